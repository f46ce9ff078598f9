"""Names of orders, trades and ledger entries in the venue's form."""

from __future__ import annotations

from random import Random

__all__ = ["Ids"]

_ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"


class Ids:
    """Makes up names, and numbers of trades, of ``random``."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._trade = random.randrange(10**7, 10**8)

    def name(self, first: str) -> str:
        """A name that begins with ``first``: ``OVN7VD-7VYHS-APBKHA``."""
        letters = first + "".join(self._random.choices(_ALPHABET, k=17 - len(first)))
        return f"{letters[:6]}-{letters[6:11]}-{letters[11:]}"

    def order(self) -> str:
        """Name an order."""
        return self.name("O")

    def fill(self) -> str:
        """Name one order's part in a trade."""
        return self.name("T")

    def trade(self) -> int:
        """Number a trade."""
        self._trade += 1
        return self._trade
