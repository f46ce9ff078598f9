"""What means the same on every exchange. Numbers are exact, times are nanoseconds since the epoch.

Every model keeps the exchange's own message in ``raw``. A field that an exchange does not tell is None, never a guess.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Any, ParamSpec, Protocol, TypeVar, cast, overload

import attrs
from attrs import frozen
from msgspec import Struct

from rxex.codec import decode_known, exact
from rxex.typing import Json

__all__ = [
    "Balance",
    "BestBidOffer",
    "Book",
    "BookUpdate",
    "Candle",
    "Day",
    "Fee",
    "Fill",
    "Level",
    "Levels",
    "Order",
    "OrderSnapshot",
    "OrderUpdate",
    "Record",
    "Side",
    "Stage",
    "Ticker",
    "Trade",
    "WireLevel",
    "quick",
]

P = ParamSpec("P")
T = TypeVar("T")


class Side(StrEnum):
    """Whose order met the book: the taker's side."""

    BUY = "buy"
    SELL = "sell"


class _Received:
    """What was made of a message: its arrival, and the message."""

    received: int
    _raw: bytes | Json

    @property
    def raw(self) -> Json:
        """The exchange's own message, decoded."""
        if isinstance(self._raw, bytes):
            message: Json = decode_known(self._raw)
            return message
        return self._raw

    @property
    def received_datetime(self) -> dt.datetime:
        """``received`` as a date in UTC, to the microsecond."""
        return _date(self.received)


class Record(_Received):
    """The base of nearly all models, of those of a single exchange too."""

    time: int | None

    @property
    def datetime(self) -> dt.datetime | None:
        """``time`` as a date in UTC, to the microsecond."""
        return None if self.time is None else _date(self.time)


def _date(nanoseconds: int) -> dt.datetime:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return dt.datetime.fromtimestamp(seconds, dt.UTC).replace(microsecond=rest // 1000)


def quick(model: Callable[P, T]) -> Callable[P, T]:
    """Make a maker of ``model``, a frozen class without slots, that takes its fields by position.

    A frozen class sets its fields one by one through a dictionary; this fills an open twin and closes it, in half the
    time. One model is made for every message.
    """
    fields = attrs.fields(cast("type[attrs.AttrsInstance]", model))
    open_fields = {each.name: attrs.field(default=each.default) for each in fields}
    twin = attrs.make_class("Open", open_fields, slots=False, eq=False, repr=False)

    def make(*values: Any) -> Any:
        made = twin(*values)
        made.__class__ = model
        return made

    return cast("Callable[P, T]", make)


# The last fields of all models are the same: ``time`` is when it happened by the exchange's clock (None where it does
# not say), ``received`` when its bytes arrived by this machine's, and the message itself.


@frozen(slots=False)
class Day:
    """The figures of an instrument's last 24 hours."""

    volume: Decimal | None = None
    vwap: Decimal | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    change: Decimal | None = None
    change_percent: Decimal | None = None


@frozen(slots=False)
class Ticker(Record):
    """The best prices of an instrument, its last trade, and its last 24 hours."""

    symbol: str
    bid: Decimal
    bid_size: Decimal | None
    ask: Decimal
    ask_size: Decimal | None
    last: Decimal
    last_size: Decimal | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")
    _day: Day | Callable[[bytes | Json], Day] = attrs.field(default=Day(), repr=False, eq=False, alias="day")

    @cached_property
    def day(self) -> Day:
        """The last 24 hours. Read from the message when first asked for: most tickers are read for their prices."""
        return self._day if isinstance(self._day, Day) else self._day(self._raw)


@frozen(slots=False)
class Trade(Record):
    """One trade; ``side`` is the taker's. ``id`` is the exchange's number of it, where it has one."""

    symbol: str
    price: Decimal
    size: Decimal
    side: Side
    id: int | str | None = None
    order_type: str | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class Candle(Record):
    """Open, high, low, close and volume of one interval of ``interval`` nanoseconds that begins at ``begin``.

    ``closed`` says that it will not change any more. ``complete`` is False where a gap touched it. ``late`` counts
    trades of earlier intervals that came when their candle was closed, since the last candle.
    """

    symbol: str
    begin: int
    interval: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trades: int | None = None
    vwap: Decimal | None = None
    closed: bool = False
    complete: bool = True
    late: int = 0
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class BestBidOffer(Record):
    """The best bid and the best offer among several sources, each with the source that has it."""

    symbol: str
    bid: Decimal
    bid_source: str
    ask: Decimal
    ask_source: str
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")

    @property
    def spread(self) -> Decimal:
        """Offer less bid; negative where the sources are crossed."""
        return self.ask - self.bid


@frozen(slots=False)
class Level:
    """One price of a book, and what is offered at it in all."""

    price: Decimal
    size: Decimal


class WireLevel(Protocol):
    """A level as it came: numbers or their texts."""

    price: Any
    size: Any


class Levels(Sequence[Level]):
    """One side of a book, best first: a read-only sequence of `Level`, whose numbers are made when they are read.

    Args:
        levels: as they came, prices rising; the list is kept, not copied.
        is_bids: whether the best price is the highest.

    >>> from attrs import make_class
    >>> wire = make_class("WireLevel", ["price", "size"])
    >>> bids = Levels([wire("9.5", "3"), wire("10.0", "1")], is_bids=True)
    >>> bids[0]
    Level(price=Decimal('10.0'), size=Decimal('1'))
    >>> [str(level.price) for level in bids], len(bids[:10])
    (['10.0', '9.5'], 2)
    """

    __slots__ = ("_is_bids", "_levels")

    def __init__(self, levels: list[WireLevel], *, is_bids: bool) -> None:
        self._levels = levels
        self._is_bids = is_bids

    def __len__(self) -> int:
        return len(self._levels)

    def __iter__(self) -> Iterator[Level]:
        # A generator keeps these levels, so that they stay as they are meanwhile.
        for level in reversed(self._levels) if self._is_bids else self._levels:
            yield Level(exact(level.price), exact(level.size))

    @overload
    def __getitem__(self, place: int) -> Level: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Level, ...]: ...
    def __getitem__(self, place: int | slice) -> Level | tuple[Level, ...]:
        if isinstance(place, slice):
            return tuple(self[each] for each in range(*place.indices(len(self))))
        level = self._levels[-1 - place if self._is_bids else place]
        return Level(exact(level.price), exact(level.size))

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Levels) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        best = ", ".join(f"{level.price} x {level.size}" for level in self[:3])
        return f"<{len(self)} levels: {best}{', …' if len(self) > 3 else ''}>"


def _untold(_: Json) -> None:
    return None


class Book(Struct, _Received, frozen=True):
    """A book of the best ``depth`` levels of each side, as it was after one message. It does not change any more.

    Its numbers are made when they are read. A book that failed its checksum or is crossed is never emitted.
    """

    symbol: str
    depth: int
    bids: Levels
    asks: Levels
    received: int = 0
    _raw: bytes | Json = b"{}"
    _time_of: Callable[[Any], int | None] = _untold

    @property
    def time(self) -> int | None:
        """When the exchange changed it last, in nanoseconds since the epoch; read from ``raw`` each time."""
        return self._time_of(self.raw)

    @property
    def datetime(self) -> dt.datetime | None:
        """``time`` as a date in UTC, to the microsecond."""
        return None if self.time is None else _date(self.time)

    @property
    def bid(self) -> Decimal | None:
        """The best price that is bid; None where nothing is."""
        levels = self.bids._levels
        return exact(levels[-1].price) if levels else None

    @property
    def bid_size(self) -> Decimal | None:
        """How much is bid for at the best price."""
        levels = self.bids._levels
        return exact(levels[-1].size) if levels else None

    @property
    def ask(self) -> Decimal | None:
        """The best price that is asked; None where nothing is."""
        levels = self.asks._levels
        return exact(levels[0].price) if levels else None

    @property
    def ask_size(self) -> Decimal | None:
        """How much is asked for at the best price."""
        levels = self.asks._levels
        return exact(levels[0].size) if levels else None


@frozen(slots=False)
class BookUpdate(Record):
    """One message about a book: the levels that it sets, in the exchange's order. Size 0 takes a level away.

    ``is_snapshot`` says that they are the whole book. ``checksum`` is the exchange's, and has been verified.
    """

    symbol: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    is_snapshot: bool
    checksum: int | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


class Stage(StrEnum):
    """Where an order stands. Stages only move forward; `UNKNOWN` may stand between any two of them."""

    SUBMITTING = "submitting"  # its client id is made; nothing has left
    SUBMITTED = "submitted"  # its bytes are with the socket
    PENDING = "pending"  # the exchange has taken it
    OPEN = "open"  # it can be traded with
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"  # the exchange has not taken it
    NOT_SENT = "not_sent"  # not a byte has left
    UNKNOWN = "unknown"  # it may be live or not

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return self in _FINAL_STAGES


_FINAL_STAGES = frozenset({Stage.FILLED, Stage.CANCELED, Stage.EXPIRED, Stage.REJECTED, Stage.NOT_SENT})


@frozen(slots=False)
class Fee:
    """What was paid to the exchange; negative where it paid."""

    asset: str
    amount: Decimal


@frozen(slots=False)
class Fill(Record):
    """One execution of one of our orders; ``side`` is the order's, ``id`` is the exchange's, the same whoever tells."""

    id: str
    order_id: str
    price: Decimal
    quantity: Decimal
    symbol: str | None = None
    side: Side | None = None
    fees: tuple[Fee, ...] = ()
    is_maker: bool | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class Order(Record):
    """An order of ours at one moment.

    ``filled`` is how much of ``quantity`` has been traded, ``fills`` by which executions; their sum is less where some
    of them are not known (yet). ``average_price`` and ``fees`` are those of all that has been traded. ``reason`` and
    ``error`` say why it was canceled, rejected, not sent or is unknown.
    """

    client_id: str
    symbol: str | None
    side: Side | None
    type: str | None
    quantity: Decimal | None
    price: Decimal | None = None
    stage: Stage = Stage.SUBMITTING
    order_id: str | None = None
    filled: Decimal = Decimal(0)
    average_price: Decimal | None = None
    fees: tuple[Fee, ...] = ()
    fills: tuple[Fill, ...] = ()
    reason: str = ""
    error: Exception | None = attrs.field(default=None, eq=False)
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")

    @property
    def remaining(self) -> Decimal | None:
        """What is still to be traded; None where the quantity is not known."""
        return None if self.quantity is None else self.quantity - self.filled


@frozen(slots=False)
class OrderUpdate(Record):
    """What one message tells of one of our orders. What it does not tell is None.

    ``filled``, ``average_price`` and ``fees`` are totals of the order so far, ``fill`` is the one execution that the
    message is about.
    """

    order_id: str | None
    client_id: str | None = None
    stage: Stage | None = None
    symbol: str | None = None
    side: Side | None = None
    type: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    filled: Decimal | None = None
    average_price: Decimal | None = None
    fees: tuple[Fee, ...] | None = None
    fill: Fill | None = None
    reason: str = ""
    error: Exception | None = attrs.field(default=None, eq=False)
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class OrderSnapshot(Record):
    """All our open orders at this moment, and our last executions where the exchange tells them."""

    open: tuple[OrderUpdate, ...]
    fills: tuple[OrderUpdate, ...] = ()
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class Balance(Record):
    """What we have of an asset.

    ``change`` and ``fee`` are what one booking moved, ``kind`` the exchange's word for it; None where the message
    tells the state. ``locked`` is what open orders hold. ``wallet`` names a part of the account, where it is not all.
    """

    asset: str
    total: Decimal
    locked: Decimal | None = None
    wallet: str | None = None
    change: Decimal | None = None
    fee: Decimal | None = None
    kind: str | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")
