"""What a simulation wants done: the driver's orders."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from attrs import field, frozen

__all__ = ["Action", "Close", "Cut", "Flood", "HalfOpen", "Refusal", "Send"]


@frozen
class Send:
    """Send ``text`` on a session, in a frame of text or in a binary one."""

    session: int
    text: str
    is_binary: bool = False


@frozen
class Flood:
    """Send ``texts`` over and over, ``frames`` in all, as fast as the client reads."""

    session: int
    texts: Sequence[str] = field(repr=False)
    frames: int


@frozen
class Close:
    """Close a session with a close frame."""

    session: int
    code: int
    reason: str


@frozen
class Cut:
    """Reset a session's connection."""

    session: int


@frozen
class HalfOpen:
    """Neither send nor read on a session any more, and keep its connection open."""

    session: int


Action: TypeAlias = Send | Flood | Close | Cut | HalfOpen


@frozen
class Refusal:
    """A handshake answered with an HTTP error."""

    status: int
    retry_after: float | None = None
