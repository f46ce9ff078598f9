"""Bullet tokens: each opens connections to the servers of one market, for a day.

Sources: KuCoin's pages "Get public token" and "Get private token".
"""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Callable
from random import Random

from attrs import define

__all__ = ["TOKEN_LIFE", "Token", "Tokens"]

TOKEN_LIFE = 86_400.0
"""Seconds in which a token opens connections."""


@define
class Token:
    """What a token stands for: a market, an account (empty on a public one), and seconds when it ends."""

    market: str
    account: str
    ends: float


class Tokens:
    """All tokens of an exchange."""

    def __init__(self, random: Random, now: Callable[[], float], life: float = TOKEN_LIFE) -> None:
        """Make tokens of ``random`` that live ``life`` seconds; ``now`` tells the time in seconds."""
        self._random = random
        self._now = now
        self._life = life
        self._tokens: dict[str, Token] = {}

    def mint(self, market: str, account: str = "") -> str:
        """Make a token for the servers of ``market``; without an account it is a public one."""
        text = urlsafe_b64encode(self._random.randbytes(132)).decode() + "==." + self._random.randbytes(8).hex()
        self._tokens[text] = Token(market, account, self._now() + self._life)
        return text

    def find(self, text: str, market: str) -> Token | str:
        """Give the token, or what the venue says where it is not good for the servers of ``market``."""
        token = self._tokens.get(text)
        if token is None or token.market != market:
            return "token is invalid"
        return "token is expired" if self._now() > token.ends else token

    def expire(self) -> None:
        """Have the time of all tokens that were made until now run out."""
        for token in self._tokens.values():
            token.ends = min(token.ends, self._now() - 1)
