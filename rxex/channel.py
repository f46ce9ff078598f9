"""What a venue tells the shared code: how its messages are sorted, and how each of its channels is asked for."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Generic, Protocol, TypeAlias, TypeVar

import msgspec
from attrs import field, frozen
from reactivex import Observable

from rxex.codec import exact
from rxex.events import Socket, SocketEvent
from rxex.typing import Json

__all__ = ["Answer", "Channel", "Dialect", "JoiningParse", "MakeRequest", "Number", "Parse", "Session", "decoder"]

T = TypeVar("T")
Number: TypeAlias = Callable[[Any], Decimal]
T_co = TypeVar("T_co", covariant=True)


class Parse(Protocol[T_co]):
    """Makes items of one message of a channel; ``received`` is its arrival in nanoseconds since the epoch.

    ``raw`` is the whole message, as bytes or decoded, for the items to keep. ``number`` makes an exact Decimal of a
    number or its text; it is to be used for every number that an item shows. Raises `SequenceGap` where the channel's
    integrity is broken (it is then asked for again), anything else where a field is wrong (`Malformed` tells it).
    """

    def __call__(self, wire: Any, received: int, raw: bytes | Json, number: Number, /) -> Sequence[T_co]: ...


class JoiningParse(Parse[T_co], Protocol[T_co]):
    """A parser that needs what its channel fetches: it keeps messages back until it has joined that to them."""

    def join(self, fetched: Any, received: int, /) -> Sequence[T_co] | None:
        """Make items of what was fetched and of the messages so far; None: it is too old to be joined, fetch again."""
        ...


class MakeRequest(Protocol):
    """Makes the one request for channels (all of one group) with a request id, to be sent through a socket.

    None: there is nothing to ask for, the channel comes by itself and counts as acknowledged.
    """

    def __call__(self, channels: Sequence[Channel[Any]], request_id: int, socket: Socket, /) -> Json | None: ...


class Session(Protocol):
    """What holds on one socket only: the numbers that stand for channels there, and the count of its messages."""

    def route(self, frame: bytes, /) -> Hashable | None:
        """Give the key of the channel that a message in bytes belongs to, None for all others.

        Learns from acknowledgements by itself. Raises `SequenceGap` where a message of the socket is missing: the
        socket is dropped, and each feed on it tells a `Gap` and asks anew on the next one.
        """
        ...


@frozen
class Answer:
    """What a message answers: the request with ``id``, and of its channels those with ``key`` or ``symbol``.

    What is None is not known. ``error`` is None for a yes. ``transient`` says that the same request may be sent again
    (a rate limit), ``expired`` that what the socket was authenticated with does not count, perhaps not any more;
    ``remedy`` helps the user out.
    """

    id: int | None = None
    key: Hashable = None
    symbol: str | None = None
    error: str | None = None
    transient: bool = False
    expired: bool = False
    remedy: str = ""


@frozen
class Channel(Generic[T]):
    """One stream of one venue: how to ask for it, which messages are its own, what they mean."""

    name: str
    """The venue's word for it, as told in events and errors: ``ticker``."""
    symbol: str
    """The instrument, as the user writes it."""
    key: Hashable
    """What the dialect's ``route`` gives for messages of this channel; the identity of the channel on a connection."""
    wire: Any
    """The type (for msgspec) that a message of this channel has."""
    start: Callable[[], Parse[T]]
    """Makes the parser; called anew on each socket and after each gap, so that it may keep state."""
    subscribe: MakeRequest
    """Makes the request for these channels (all of one ``group``) with this request id."""
    unsubscribe: MakeRequest
    answer: Callable[[Json], Iterable[Answer]]
    """Tells what a message that belongs to no channel answers."""
    route: Callable[[Json], Hashable | None]
    """The dialect's; so that the channel can be found on any stream of messages."""
    group: Hashable = None
    """Channels of one group can be asked for in one request; None: always alone. Two of one key, but of different
    groups (a book of another depth) cannot be had on one connection."""
    batch: int | None = None
    """Channels of its group that one request may ask for, where that is less than the dialect's; None: as many."""
    ack_timeout: float = 10.0
    """Seconds to wait for the acknowledgement."""
    first_timeout: float | None = None
    """Seconds after the acknowledgement within which the channel promises data; None: it promises none."""
    stale_after: float | None = None
    """Seconds of silence that mean that the channel is stale; None: silence is normal."""
    keeps_last: bool = False
    """Whether one item tells the whole state, so that a late subscriber of a shared feed gets the last one at once."""
    late: Callable[[Any], T | None] | None = None
    """Makes that item of the parser, where items are not to be kept for it; None: the last item is kept."""
    fetch: Callable[[], Observable[Any]] | None = None
    """What the parser (a `JoiningParse`) needs besides messages, such as the snapshot of a book. Asked for after each
    acknowledgement, and after a gap instead of a new subscription; its first item goes to `JoiningParse.join`, on the
    thread that emits. After a `TransientError` it is asked again, ever more slowly; any other error ends the feed."""
    needs_all: bool = False
    """Whether items are made of all messages so far: one that cannot be read is a gap, and without data after the
    acknowledgement it is asked for again."""

    @property
    def label(self) -> str:
        """``name`` and ``symbol``, as told in errors and notices."""
        return f"{self.name} {self.symbol}".strip()


@frozen
class Dialect:
    """How one protocol of a venue sorts its messages, and the limits it sets."""

    name: str
    route: Callable[[Json], Hashable | None]
    """The key of the channel a message belongs to, None for all others.

    Learned from the shape of a message where it is made of words found in it as they stand (a string, or a tuple of
    strings) and nothing but words, keys and brackets decides on it; otherwise it is asked for each message.
    """
    classify: Callable[[Socket, Json], SocketEvent | None] = lambda _socket, _message: None
    """The event that a message of no channel stands for (`Heartbeat`, `SystemStatus` …), None for a plain answer."""
    session: Callable[[Socket], Session] | None = None
    """Makes what routes the messages of one socket, where the venue numbers channels or messages per socket; ``route``
    is then for messages of streams that are no connection's."""
    batch: int = 1
    """Channels that one subscribe request may ask for."""
    channels_per_socket: int | None = None
    """The venue's limit; further channels go over further sockets. None: no limit."""
    ping: Callable[[int], Json] | None = None
    """Makes the venue's own ping (the argument counts up); None: the WebSocket's ping is used."""
    ping_interval: float = 10.0
    """Seconds of silence before a ping."""
    pong_timeout: float = 5.0
    """Seconds for anything to come after a ping before the link counts as dead."""
    heartbeat_timeout: float | None = None
    """Seconds without a `Heartbeat` (once one came) before the link counts as stale. None: none is promised."""
    rate: tuple[float, int] | None = None
    """Messages a second that may be sent, and how many at once. None: no limit."""
    options: dict[str, Any] = field(factory=dict)


def decoder(wire: Any) -> Callable[[bytes], Any]:
    """Give the decoder of a channel's messages; numbers in fields of type ``Any`` are exact. One serves all feeds."""
    return _decoder(wire)


@lru_cache(maxsize=256)
def _decoder(wire: Any) -> Callable[[bytes], Any]:
    return msgspec.json.Decoder(wire, float_hook=exact).decode
