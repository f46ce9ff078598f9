"""Names of orders, fills and trades in the venue's form."""

from __future__ import annotations

from random import Random

__all__ = ["FuturesIds", "SpotIds"]


class SpotIds:
    """Makes up names of 24 hexadecimal digits, and numbers of trades, of ``random``."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._trade = random.randrange(10**16, 2 * 10**16)

    def order(self) -> str:
        """Name an order."""
        return f"{self._random.getrandbits(96):024x}"

    def fill(self) -> str:
        """Name one order's part in a trade."""
        return self.order()

    def trade(self) -> int:
        """Number a trade; no float holds such a number."""
        self._trade += 1
        return self._trade


class FuturesIds(SpotIds):
    """Makes up names that are numbers of 18 digits."""

    def order(self) -> str:
        """Name an order."""
        return str(self._random.randrange(10**17, 10**18))
