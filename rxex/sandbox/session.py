"""One client of a simulated exchange, and the protocol that it is spoken to in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol

from attrs import define, field

from rxex.sandbox.actions import Refusal
from rxex.sandbox.faults import Injector
from rxex.sandbox.market import MarketEvent
from rxex.typing import Json

__all__ = ["Session", "WireProtocol"]


@define(eq=False)
class Session:
    """One client's connection; ``query`` is that of its URL, ``state`` is its protocol's own.

    ``stamp`` finishes a data frame or an answer when its turn to be sent has come: where frames are numbered one after
    the other, whatever they are of, the number is given then. What it makes None of is lost. None: frames are sent as
    they are. ``is_binary`` has all but floods sent in binary frames, as some exchanges do with texts.
    """

    number: int
    protocol: WireProtocol
    injector: Injector
    last_activity: float
    is_open: bool = True
    half_open: bool = False
    has_heartbeat: bool = False
    last_release: float = 0.0
    silent: set[object] = field(factory=set)
    query: Mapping[str, str] = field(factory=dict[str, str], repr=False)
    state: Any = None
    stamp: Callable[[str], str | None] | None = None
    is_binary: bool = False


class WireProtocol(Protocol):
    """One of an exchange's protocols, as its server speaks it; it answers with the simulation's ``send…`` methods."""

    def refuses(self, query: Mapping[str, str]) -> Refusal | None:  # noqa: ARG002 - for those who look at it
        """Say whether a handshake with this query is refused; it is not, unless a protocol says so."""
        return None

    def opened(self, session: Session) -> None:
        """Greet a new client."""

    def received(self, session: Session, message: Json | None) -> None:
        """Take a client's message; ``message`` is None where the text is not JSON."""

    def closed(self, session: Session) -> None:
        """Forget a client."""

    def happened(self, event: MarketEvent) -> None:
        """Tell those who subscribed of an event of the market."""

    def status_changed(self, sessions: Iterable[Session]) -> None:
        """Tell these clients the exchange's state."""
