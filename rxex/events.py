"""What a connection emits: socket, status and message events; and the socket that is spoken through.

Three kinds, told apart by their base classes: `LinkEvent` (the socket itself), `StatusEvent` (the exchange, the
authentication, the life of a subscription) and `Message` / `Malformed` / `Heartbeat` (what came over the wire).
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

from attrs import field, frozen
from reactivex import Observable
from reactivex.abc import SchedulerBase

from rxex.typing import Json

if TYPE_CHECKING:
    from rxex.channel import Channel

__all__ = [
    "Authenticated",
    "Closed",
    "EventStream",
    "Gap",
    "Heartbeat",
    "LinkEvent",
    "Malformed",
    "Message",
    "MessageStream",
    "Notice",
    "Opened",
    "Overflow",
    "Reconnected",
    "Reconnecting",
    "Socket",
    "SocketEvent",
    "Stale",
    "StatusEvent",
    "SubscriptionState",
    "SubscriptionStatus",
    "SystemStatus",
]

T = TypeVar("T")


@runtime_checkable
class Socket(Protocol):
    """One open socket: the only way back to the exchange.

    Whatever has these members can serve; `rxex.testing` has one that records what was sent.
    """

    @property
    def scheduler(self) -> SchedulerBase:
        """Runs timers where this socket's items are emitted, so that they never run at the same time."""
        ...

    def send(self, message: Json, *, now: bool = False) -> None:
        """Send one message. Thread-safe; never emits.

        ``now`` is for what must not wait: an order that would have to wait for its turn is refused instead.

        Raises `NotSent` when nothing left this machine: the socket is closed, the message too large, the queue full.
        """
        ...

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close for good: the connection ends and does not reconnect."""
        ...

    def drop(self, error: Exception) -> None:
        """Give this socket up because of ``error``: transient errors reconnect, fatal ones end the connection."""
        ...


@frozen
class SocketEvent:
    """The base of everything that a connection emits."""


@frozen
class LinkEvent(SocketEvent):
    """The socket itself: opened, closed, reconnecting."""


@frozen
class Opened(LinkEvent):
    """A new socket is open; everything has to be asked for again on it."""

    socket: Socket


@frozen
class Closed(LinkEvent):
    """The socket is gone; nothing of it comes after this. ``code`` is None where no close frame came."""

    socket: Socket
    code: int | None = None
    reason: str = ""
    error: Exception | None = None


@frozen
class Reconnecting(LinkEvent):
    """Attempt number ``attempt`` (from 1) to connect follows in ``delay`` seconds, because of ``error``."""

    attempt: int
    delay: float
    error: Exception | None = None


@frozen
class Reconnected(LinkEvent):
    """A new link stands after ``attempts`` attempts; the stream was down for ``downtime``."""

    attempts: int
    downtime: timedelta


@frozen
class StatusEvent(SocketEvent):
    """What the exchange says about itself, us, or a subscription."""


@frozen
class SystemStatus(StatusEvent):
    """The state of the exchange in its own word (``online``, ``maintenance`` …); ``is_online``: it trades normally."""

    socket: Socket
    status: str
    is_online: bool
    raw: Json = field(factory=dict, repr=False)


@frozen
class Authenticated(StatusEvent):
    """The exchange has accepted our authentication on this socket."""

    socket: Socket
    raw: Json = field(factory=dict, repr=False)


class SubscriptionState(StrEnum):
    """The life of a subscription."""

    REQUESTED = "requested"
    ACKED = "acked"
    LIVE = "live"
    STALE = "stale"
    GAP = "gap"
    RESTORED = "restored"
    REFUSED = "refused"
    ENDED = "ended"


@frozen
class SubscriptionStatus(StatusEvent):
    """The subscription to ``channel`` of ``symbol`` is now in ``state``; ``error`` says why it was refused or broke."""

    channel: str
    symbol: str
    state: SubscriptionState
    error: Exception | None = None


@frozen
class Notice(StatusEvent):
    """Something was lost or is late. Stands inside a feed with ``notices=True``, else among the status events."""

    channel: str


@frozen
class Gap(Notice):
    """Items are missing here. ``missed`` is None where their number cannot be known.

    ``expected`` and ``received`` are sequence numbers where the exchange has them. ``since`` and ``until`` bound the
    gap in nanoseconds since the epoch: the last arrival before it and the first after it.
    """

    expected: int | None = None
    received: int | None = None
    missed: int | None = None
    since: int | None = None
    until: int | None = None
    reason: str = ""


@frozen
class Overflow(Notice):
    """``count`` items were dropped here because the reader was too slow."""

    count: int


@frozen
class Stale(Notice):
    """Nothing has come since ``since`` (nanoseconds since the epoch) although it should have."""

    since: int

    @property
    def since_time(self) -> datetime:
        """``since`` as a date in UTC."""
        return datetime.fromtimestamp(self.since / 1e9, UTC)


@frozen(slots=False)  # without slots frozen classes are made in half the time, and there is one per message
class Message(SocketEvent):
    """One decoded message. ``received`` is its arrival in nanoseconds since the epoch."""

    socket: Socket
    data: Json
    received: int = 0


@frozen
class Heartbeat(SocketEvent):
    """The exchange's sign of life. ``solicited``: it only answers our ping."""

    socket: Socket
    solicited: bool = False
    raw: Json = field(factory=dict, repr=False)


@frozen
class Malformed(SocketEvent):
    """A message that cannot be understood; ``excerpt`` is its start, at most 200 bytes. The stream goes on."""

    socket: Socket
    excerpt: bytes = field(repr=False)
    error: Exception | None = None
    channel: str = ""


class EventStream(Observable[SocketEvent]):
    """A stream of events that can also give its parts without building an event for each message.

    Operators ask for the parts with ``isinstance``; on any other Observable they filter.
    """

    @property
    @abstractmethod
    def link(self) -> Observable[SocketEvent]:
        """All events but messages; a late subscriber gets `Opened` and `Authenticated` of the open socket first."""

    @property
    @abstractmethod
    def messages(self) -> MessageStream:
        """The decoded messages: neither heartbeats nor the exchange's status."""


class MessageStream(Observable[Json]):
    """Decoded messages that know their router: one look-up per message whatever the number of subscriptions."""

    @abstractmethod
    def keyed(self, key: Hashable) -> Observable[Json]:
        """The messages of one channel; the key None stands for all that belong to no channel: answers, errors."""

    @abstractmethod
    def feeds(
        self, channels: Sequence[Channel[T]], sockets: Observable[Socket | None], *, notices: bool
    ) -> Observable[T | Notice]:
        """The parsed items of channels, asked for on each of ``sockets``, shared by all their subscribers."""

    @abstractmethod
    def announce(self, event: SocketEvent) -> None:
        """Tell the connection's subscribers of ``event``, at this place in the order of things."""

    @property
    @abstractmethod
    def dialect(self) -> object:
        """What the connection was told of its exchange."""
