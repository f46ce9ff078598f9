"""Tokens of private connections: good for 15 minutes, and for as long as a subscription was made with them."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable
from random import Random

from attrs import define, field

__all__ = ["TOKEN_LIFE", "Tokens"]

TOKEN_LIFE = 900
"""Seconds in which a token has to be used."""


@define
class _Token:
    account: str
    ends: float
    sessions: set[int] = field(factory=set)


class Tokens:
    """All tokens of an exchange."""

    def __init__(self, random: Random, now: Callable[[], float]) -> None:
        """Make tokens of ``random``; ``now`` tells the time in seconds."""
        self._random = random
        self._now = now
        self._tokens: dict[str, _Token] = {}

    def mint(self, account: str) -> str:
        """Make a token of ``account``."""
        token = b64encode(self._random.randbytes(33)).decode()[:43]
        self._tokens[token] = _Token(account, self._now() + TOKEN_LIFE)
        return token

    def account_of(self, token: str, session: int) -> str | None:
        """Whose token this is; None where it is not good on this session, or not any more."""
        known = self._tokens.get(token)
        if known is None or (self._now() > known.ends and session not in known.sessions):
            return None
        return known.account

    def subscribed(self, token: str, session: int) -> None:
        """Keep a token good for ``session``, which has a subscription made with it."""
        self._tokens[token].sessions.add(session)

    def unsubscribed(self, session: int) -> None:
        """Take notice that ``session`` has no subscription any more."""
        for token in self._tokens.values():
            token.sessions.discard(session)

    def expire(self) -> None:
        """Have the time of all tokens that were minted until now run out."""
        for token in self._tokens.values():
            token.ends = min(token.ends, self._now() - 1)
