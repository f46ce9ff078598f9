"""What happened on a simulated exchange: the truth that tests compare with what a client saw."""

from __future__ import annotations

from collections import deque

from attrs import define, field, frozen

from rxex.sandbox.http import HttpCall
from rxex.typing import Json

__all__ = ["Incident", "Ledger", "Request", "Sent"]


@frozen
class Request:
    """A client on connection ``session`` sent ``text`` at ``time`` (seconds since the exchange started).

    ``message`` is the text decoded, None where it is not JSON.
    """

    session: int
    time: float
    text: str = field(repr=False)
    message: Json | None


@frozen
class Sent:
    """The exchange sent ``text`` on connection ``session``."""

    session: int
    time: float
    text: str


@frozen
class Incident:
    """A fault happened on connection ``session``: ``kind`` is the name of the fault."""

    session: int
    time: float
    kind: str


@define
class Ledger:
    """The last calls, requests, frames and faults (100,000 of each are kept); sessions are numbered from 1."""

    connections: int = 0
    refused_handshakes: int = 0
    calls: deque[HttpCall] = field(factory=lambda: deque(maxlen=100_000))
    requests: deque[Request] = field(factory=lambda: deque(maxlen=100_000))
    sent: deque[Sent] = field(factory=lambda: deque(maxlen=100_000))
    incidents: deque[Incident] = field(factory=lambda: deque(maxlen=100_000))
