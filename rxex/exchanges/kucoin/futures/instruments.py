"""What KuCoin tells of a contract besides its trade: mark and index price, funding, and its last 24 hours.

Sources: KuCoin's pages "Instrument", "Announcement" and "Symbol Snapshot" of the futures WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any, Literal, TypeVar, overload

from attrs import field, frozen
from msgspec import Struct
from reactivex import Observable

from rxex.channel import Number, Parse
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.asking import Kind, check_contracts, subscribe
from rxex.exchanges.kucoin.dialect import ANNOUNCEMENT
from rxex.exchanges.kucoin.models import Milliseconds, Nanoseconds, optional
from rxex.models import Record
from rxex.operators import lift
from rxex.typing import Json, Operator, Step

__all__ = [
    "ContractSnapshot",
    "FundingRate",
    "FundingSettlement",
    "MarkPrice",
    "subscribe_announcements",
    "subscribe_funding_rate",
    "subscribe_mark_price",
    "subscribe_snapshot",
]

T = TypeVar("T")


@frozen(slots=False)
class MarkPrice(Record):
    """The price by which positions are valued, and that of the index; ``granularity`` is nanoseconds."""

    symbol: str
    price: Decimal
    index_price: Decimal
    granularity: int
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class FundingRate(Record):
    """What will be paid for a position, as a part of 1 of its value; ``granularity`` is nanoseconds.

    ``period`` is KuCoin's number, where it tells one.
    """

    symbol: str
    rate: Decimal
    granularity: int
    period: int | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class FundingSettlement(Record):
    """The payment of funding begins, or has ended (``is_over``); ``funding_time`` is nanoseconds since the epoch."""

    symbol: str
    is_over: bool
    rate: Decimal
    funding_time: int
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class ContractSnapshot(Record):
    """The last 24 hours of a contract; ``change_rate`` is a part of 1, ``before`` the price 24 hours ago."""

    symbol: str
    last: Decimal | None
    before: Decimal | None
    high: Decimal | None
    low: Decimal | None
    change: Decimal | None
    change_rate: Decimal | None
    volume: Decimal | None
    turnover: Decimal | None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False, alias="raw")


class InstrumentData(Struct, rename="camel", gc=False):
    """Mark and index price, or the funding rate."""

    granularity: Milliseconds
    timestamp: Milliseconds
    mark_price: Any = None
    index_price: Any = None
    funding_rate: Any = None
    period: int | None = None


class InstrumentWire(Struct, gc=False):
    """An instrument message; its subject says which it is."""

    subject: str
    data: InstrumentData


def _instruments(symbol: str) -> Parse[MarkPrice | FundingRate]:
    def parse(
        wire: InstrumentWire, received: int, raw: bytes | Json, number: Number
    ) -> Sequence[MarkPrice | FundingRate]:
        row = wire.data
        granularity, time = row.granularity * 1_000_000, row.timestamp * 1_000_000
        if wire.subject == "mark.index.price":
            mark, index = number(row.mark_price), number(row.index_price)
            return (MarkPrice(symbol, mark, index, granularity, time, received, raw),)
        if wire.subject == "funding.rate":
            return (FundingRate(symbol, number(row.funding_rate), granularity, row.period, time, received, raw),)
        return ()  # it may tell more one day

    return parse


# No item tells the whole state, so that who comes late waits for the next one.
_INSTRUMENT: Kind[MarkPrice | FundingRate] = Kind(
    "/contract/instrument", InstrumentWire, _instruments, batch=1, first_timeout=10.0, stale_after=30.0
)


class AnnouncementData(Struct, rename="camel", gc=False):
    """A settlement of funding."""

    funding_time: Milliseconds
    funding_rate: Any
    timestamp: Milliseconds


class AnnouncementWire(Struct, gc=False):
    """An announcement."""

    subject: str
    data: AnnouncementData


_SUBJECTS = {"funding.begin": False, "funding.end": True}


def _announcements(symbol: str) -> Parse[FundingSettlement]:
    def parse(wire: AnnouncementWire, received: int, raw: bytes | Json, number: Number) -> Sequence[FundingSettlement]:
        is_over, row = _SUBJECTS.get(wire.subject), wire.data
        if is_over is None:
            return ()  # of something else
        rate, funding_time = number(row.funding_rate), row.funding_time * 1_000_000
        return (FundingSettlement(symbol, is_over, rate, funding_time, row.timestamp * 1_000_000, received, raw),)

    return parse


_ANNOUNCEMENTS: Kind[FundingSettlement] = Kind(ANNOUNCEMENT, AnnouncementWire, _announcements, batch=1)


class SnapshotData(Struct, rename="camel", gc=False):
    """The last 24 hours."""

    ts: Nanoseconds
    last_price: Any = None
    high_price: Any = None
    low_price: Any = None
    price24_hours_before: Any = None
    price_chg: Any = None
    price_chg_pct: Any = None
    volume: Any = None
    turnover: Any = None


class SnapshotWire(Struct, gc=False):
    """A snapshot message."""

    data: SnapshotData


def _snapshots(symbol: str) -> Parse[ContractSnapshot]:
    def parse(wire: SnapshotWire, received: int, raw: bytes | Json, _: Number) -> Sequence[ContractSnapshot]:
        row = wire.data
        snapshot = ContractSnapshot(
            symbol=symbol,
            last=optional(row.last_price),
            before=optional(row.price24_hours_before),
            high=optional(row.high_price),
            low=optional(row.low_price),
            change=optional(row.price_chg),
            change_rate=optional(row.price_chg_pct),
            volume=optional(row.volume),
            turnover=optional(row.turnover),
            time=row.ts,
            received=received,
            raw=raw,
        )
        return (snapshot,)

    return parse


_SNAPSHOT: Kind[ContractSnapshot] = Kind(
    "/contractMarket/snapshot",
    SnapshotWire,
    _snapshots,
    batch=1,
    first_timeout=15.0,
    stale_after=30.0,
    keeps_last=True,
)


def _only(
    model: type[T], symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool
) -> Operator[Socket | None, Any]:
    """Subscribe to the instrument channel and keep one of the two things that it tells."""

    def keep(item: MarkPrice | FundingRate | Notice) -> Iterable[Any]:
        return (item,) if isinstance(item, (model, Notice)) else ()

    step: Step[Any, Any] = keep
    both: Operator[Socket | None, Any] = subscribe(_INSTRUMENT, check_contracts(symbol), messages, notices=notices)
    one: Operator[Any, Any] = lift(lambda: step)
    return lambda sockets: one(both(sockets))


@overload
def subscribe_mark_price(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, MarkPrice]: ...
@overload
def subscribe_mark_price(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, MarkPrice | Notice]: ...
def subscribe_mark_price(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the mark and the index price of ``symbol``, or of several.

    Args:
        symbol: as in ``XBTUSDTM``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the prices.

    Emits a `MarkPrice` every second. It shares its subscription with `subscribe_funding_rate`: `Stale` is told where
    neither comes within 10 s of it, as for a symbol that KuCoin does not know, or later for 30 s.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a contract. Source: KuCoin's page "Instrument".
    """
    return _only(MarkPrice, symbol, messages, notices=notices)


@overload
def subscribe_funding_rate(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, FundingRate]: ...
@overload
def subscribe_funding_rate(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, FundingRate | Notice]: ...
def subscribe_funding_rate(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the funding rate of ``symbol``, or of several.

    Args:
        symbol: as in ``XBTUSDTM``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the rates.

    Emits a `FundingRate` every minute. It shares its subscription, and its `Stale`, with `subscribe_mark_price`.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a contract. Source: KuCoin's page "Instrument".
    """
    return _only(FundingRate, symbol, messages, notices=notices)


@overload
def subscribe_announcements(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, FundingSettlement]: ...
@overload
def subscribe_announcements(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, FundingSettlement | Notice]: ...
def subscribe_announcements(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the settlements of funding of ``symbol``, or of several.

    Args:
        symbol: as in ``XBTUSDTM``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the settlements.

    Emits a `FundingSettlement` when one begins and when it has ended, every few hours.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a contract. Source: KuCoin's page "Announcement".
    """
    return subscribe(_ANNOUNCEMENTS, check_contracts(symbol), messages, notices=notices)


@overload
def subscribe_snapshot(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, ContractSnapshot]: ...
@overload
def subscribe_snapshot(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, ContractSnapshot | Notice]: ...
def subscribe_snapshot(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the last 24 hours of ``symbol``, or of several.

    Args:
        symbol: as in ``XBTUSDTM``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the snapshots.

    Emits a `ContractSnapshot` every five seconds; `Stale` is told where none comes within 15 s of the subscription, as
    for a symbol that KuCoin does not know, or later for 30 s.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a contract. Source: KuCoin's page "Symbol Snapshot".
    """
    return subscribe(_SNAPSHOT, check_contracts(symbol), messages, notices=notices)
