"""KuCoin's index and mark prices of margin trading, and what is lent.

Sources: KuCoin's pages "Index Price" and "Mark Price" of the WebSocket reference; "Funding Book" of its older one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Literal, TypeVar, overload

from attrs import field, frozen
from msgspec import Struct
from reactivex import Observable

from rxex.channel import Number, Parse
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.asking import Kind, check_currencies, check_symbols, subscribe
from rxex.exchanges.kucoin.models import Milliseconds, Nanoseconds
from rxex.models import Record, quick
from rxex.typing import Json, Operator

__all__ = [
    "FundingOffer",
    "IndexPrice",
    "MarkPrice",
    "subscribe_funding_book",
    "subscribe_index_price",
    "subscribe_mark_price",
]

T = TypeVar("T")


@frozen(slots=False)
class _Price(Record):
    symbol: str
    price: Decimal
    granularity: int
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class IndexPrice(_Price):
    """The price of an index; ``granularity`` is the nanoseconds from one to the next."""


@frozen(slots=False)
class MarkPrice(_Price):
    """The price by which margin positions are valued; ``granularity`` is the nanoseconds from one to the next."""


@frozen(slots=False)
class FundingOffer(Record):
    """How much of ``currency`` is offered to be lent for ``term`` days at a rate; rates are parts of 1."""

    currency: str
    side: str
    size: Decimal
    term: int
    daily_rate: Decimal
    annual_rate: Decimal
    sequence: int
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False, alias="raw")


class TickData(Struct, gc=False):
    """A price, at a time."""

    granularity: Milliseconds
    timestamp: Milliseconds
    value: Any


class TickWire(Struct, gc=False):
    """An index or mark price."""

    data: TickData


def _ticks(make: Callable[[str, Decimal, int, int, int, bytes | Json], T]) -> Callable[[str], Parse[T]]:
    def start(symbol: str) -> Parse[T]:
        def parse(wire: TickWire, received: int, raw: bytes | Json, number: Number) -> Sequence[T]:
            row = wire.data
            granularity, time = row.granularity * 1_000_000, row.timestamp * 1_000_000
            return (make(symbol, number(row.value), granularity, time, received, raw),)

        return parse

    return start


_INDEX: Kind[IndexPrice] = Kind(
    "/indicator/index", TickWire, _ticks(quick(IndexPrice)), first_timeout=10.0, stale_after=30.0, keeps_last=True
)
_MARK: Kind[MarkPrice] = Kind(
    "/indicator/markPrice", TickWire, _ticks(quick(MarkPrice)), first_timeout=10.0, stale_after=30.0, keeps_last=True
)


class OfferData(Struct, rename="camel", gc=False):
    """A rate, and what is offered at it."""

    sequence: int
    daily_int_rate: Any
    annual_int_rate: Any
    term: int
    size: Any
    side: str
    ts: Nanoseconds


class OfferWire(Struct, gc=False):
    """A change of the funding book."""

    data: OfferData


def _offers(currency: str) -> Parse[FundingOffer]:
    def parse(wire: OfferWire, received: int, raw: bytes | Json, number: Number) -> Sequence[FundingOffer]:
        row = wire.data
        offer = FundingOffer(
            currency=currency,
            side=row.side,
            size=number(row.size),
            term=row.term,
            daily_rate=number(row.daily_int_rate),
            annual_rate=number(row.annual_int_rate),
            sequence=row.sequence,
            time=row.ts,
            received=received,
            raw=raw,
        )
        return (offer,)

    return parse


_FUNDING: Kind[FundingOffer] = Kind("/margin/fundingBook", OfferWire, _offers)


@overload
def subscribe_index_price(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, IndexPrice]: ...
@overload
def subscribe_index_price(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, IndexPrice | Notice]: ...
def subscribe_index_price(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the index price of ``symbol``, or of several.

    Args:
        symbol: as in ``USDT-BTC``; these have a list of their own, which is not that of what can be traded.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the prices.

    Emits an `IndexPrice` every second; `Stale` is told where none comes within 10 s of the subscription, as for a
    symbol that KuCoin does not know, or later for 30 s. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol. Source: KuCoin's page "Index Price".
    """
    return subscribe(_INDEX, check_symbols(symbol), messages, notices=notices)


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
    """Subscribe to the mark price of ``symbol``, or of several.

    Args:
        symbol: as in ``USDT-BTC``; these have a list of their own, which is not that of what can be traded.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the prices.

    Emits a `MarkPrice` every second; `Stale` is told where none comes within 10 s of the subscription, as for a symbol
    that KuCoin does not know, or later for 30 s. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol. Source: KuCoin's page "Mark Price".
    """
    return subscribe(_MARK, check_symbols(symbol), messages, notices=notices)


@overload
def subscribe_funding_book(
    currency: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, FundingOffer]: ...
@overload
def subscribe_funding_book(
    currency: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, FundingOffer | Notice]: ...
def subscribe_funding_book(
    currency: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to what is offered to be lent of ``currency``, or of several. Legacy.

    KuCoin's present pages no longer have this channel.

    Args:
        currency: as in ``BTC``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the offers.

    Emits a `FundingOffer` for each change, if it is served still. See `subscribe_channel` for sharing, errors and
    thread.
    Raises `InvalidArgument` for what cannot be a currency. Source: "Funding Book" of KuCoin's older reference.
    """
    return subscribe(_FUNDING, check_currencies(currency), messages, notices=notices)
