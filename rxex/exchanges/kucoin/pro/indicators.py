"""What KuCoin's Pro channels tell of contracts besides their trade: mark and index price, and funding.

Two spellings of these channels are in use: with hyphens, which was seen on the wire, and in camel case. Messages are
understood in both; which one a request uses can be chosen. Source: KuCoin's pages on the Pro (unified) WebSocket.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, TypeAlias, overload

from attrs import field, frozen
from msgspec import Struct
from reactivex import Observable

from rxex.asking import check_choice
from rxex.channel import Number, Parse
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.models import Milliseconds, Nanoseconds, optional
from rxex.exchanges.kucoin.pro.asking import Kind, check_symbols, subscribe, subscribe_mine
from rxex.models import Record
from rxex.typing import Json, Operator

__all__ = [
    "FundingRate",
    "MarkPrice",
    "Spelling",
    "subscribe_all_funding_rates",
    "subscribe_funding_rate",
    "subscribe_mark_price",
]

Spelling: TypeAlias = Literal["hyphens", "camel"]
"""How requests write the names of these channels: ``mark-price`` or ``markPrice``."""
_MILLISECOND = 10**6


@frozen(slots=False)
class MarkPrice(Record):
    """The price by which positions are valued, that of the index, and how many lots are open."""

    symbol: str
    price: Decimal
    index_price: Decimal
    open_interest: Decimal | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class FundingRate(Record):
    """What will be paid for a position at ``due``, as a part of 1 of its value, and what was paid last.

    ``begin`` and ``due`` are the ends of the ``interval``, all in nanoseconds; the rate stays between ``floor`` and
    ``cap``.
    """

    symbol: str
    rate: Decimal
    last_rate: Decimal | None = None
    begin: int | None = None
    due: int | None = None
    interval: int | None = None
    cap: Decimal | None = None
    floor: Decimal | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False, alias="raw")


class MarkData(Struct, rename={"mark": "mp", "index": "ip", "open_interest": "oi", "time": "ts"}, gc=False):
    """Mark and index price."""

    mark: Any
    index: Any
    time: Milliseconds
    open_interest: Any = None


class MarkWire(Struct, rename={"data": "d"}, gc=False):
    """A message about the mark price."""

    data: MarkData


def _marks(symbol: str) -> Parse[MarkPrice]:
    def parse(wire: MarkWire, received: int, raw: bytes | Json, number: Number) -> Sequence[MarkPrice]:
        row = wire.data
        interest, time = optional(row.open_interest, number), row.time * _MILLISECOND
        return (MarkPrice(symbol, number(row.mark), number(row.index), interest, time, received, raw),)

    return parse


_FUNDING = {
    "symbol": "s",
    "rate": "fr",
    "begin": "ft",
    "last_rate": "lfr",
    "due": "nt",
    "interval": "gl",
    "cap": "fc",
    "floor": "ff",
}


class FundingData(Struct, rename=_FUNDING, gc=False):
    """The funding of one contract."""

    symbol: str
    rate: Any
    last_rate: Any = None
    begin: Milliseconds | None = None
    due: Milliseconds | None = None
    interval: Milliseconds | None = None
    cap: Any = None
    floor: Any = None


class FundingWire(Struct, rename={"data": "d", "time": "P"}, gc=False):
    """A message about funding, of one contract or of several."""

    data: FundingData | list[FundingData]
    time: Nanoseconds | None = None


def _ns(milliseconds: int | None) -> int | None:
    return None if milliseconds is None else milliseconds * _MILLISECOND


def _rates(_: str) -> Parse[FundingRate]:
    def parse(wire: FundingWire, received: int, raw: bytes | Json, number: Number) -> Sequence[FundingRate]:
        rows = wire.data if isinstance(wire.data, list) else [wire.data]
        return [
            FundingRate(
                row.symbol,
                number(row.rate),
                optional(row.last_rate, number),
                _ns(row.begin),
                _ns(row.due),
                _ns(row.interval),
                optional(row.cap, number),
                optional(row.floor, number),
                wire.time,
                received,
                raw,
            )
            for row in rows
        ]

    return parse


_MARK: dict[Spelling, Kind[MarkPrice]] = {
    "hyphens": Kind("mark-price", MarkWire, _marks, first_timeout=10.0, stale_after=30.0, keeps_last=True),
    "camel": Kind("markPrice", MarkWire, _marks, first_timeout=10.0, stale_after=30.0, keeps_last=True),
}
_RATE: dict[Spelling, Kind[FundingRate]] = {
    "hyphens": Kind("funding-fee", FundingWire, _rates, keeps_last=True),
    "camel": Kind("fundingFee", FundingWire, _rates, keeps_last=True),
}
_ALL_RATES: dict[Spelling, Kind[FundingRate]] = {
    "hyphens": Kind("funding-fee-all-symbols", FundingWire, _rates, has_symbol=False),
    "camel": Kind("fundingFeeAllSymbols", FundingWire, _rates, has_symbol=False),
}


@overload
def subscribe_mark_price(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    spelling: Spelling = "hyphens",
    notices: Literal[False] = False,
) -> Operator[Socket | None, MarkPrice]: ...
@overload
def subscribe_mark_price(
    symbol: str | Sequence[str], messages: Observable[Json], *, spelling: Spelling = "hyphens", notices: Literal[True]
) -> Operator[Socket | None, MarkPrice | Notice]: ...
def subscribe_mark_price(
    symbol: str | Sequence[str], messages: Observable[Json], *, spelling: Spelling = "hyphens", notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the mark and the index price of ``symbol``, or of several.

    Args:
        symbol: as in ``XBTUSDTM``.
        messages: those of a `public_connection` to futures, from ``keep_messages_only()``.
        spelling: ``hyphens`` asks for ``mark-price``, ``camel`` for ``markPrice``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the prices.

    Emits a `MarkPrice` for each message; `Stale` is told where none comes within 10 s of the subscription, or later for
    30 s. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a contract. Source: KuCoin's page on the Pro channel "mark-price".
    """
    check_choice("spelling", spelling, _MARK)
    return subscribe(_MARK[spelling], check_symbols(symbol, is_contract=True), messages, notices=notices)


@overload
def subscribe_funding_rate(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    spelling: Spelling = "hyphens",
    notices: Literal[False] = False,
) -> Operator[Socket | None, FundingRate]: ...
@overload
def subscribe_funding_rate(
    symbol: str | Sequence[str], messages: Observable[Json], *, spelling: Spelling = "hyphens", notices: Literal[True]
) -> Operator[Socket | None, FundingRate | Notice]: ...
def subscribe_funding_rate(
    symbol: str | Sequence[str], messages: Observable[Json], *, spelling: Spelling = "hyphens", notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the funding rate of ``symbol``, or of several.

    Args:
        symbol: as in ``XBTUSDTM``.
        messages: those of a `public_connection` to futures, from ``keep_messages_only()``.
        spelling: ``hyphens`` asks for ``funding-fee``, ``camel`` for ``fundingFee``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the rates.

    Emits a `FundingRate` for each message. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a contract. Source: KuCoin's page on the Pro channel "funding-fee".
    """
    check_choice("spelling", spelling, _RATE)
    return subscribe(_RATE[spelling], check_symbols(symbol, is_contract=True), messages, notices=notices)


@overload
def subscribe_all_funding_rates(
    messages: Observable[Json], *, spelling: Spelling = "hyphens", notices: Literal[False] = False
) -> Operator[Socket | None, FundingRate]: ...
@overload
def subscribe_all_funding_rates(
    messages: Observable[Json], *, spelling: Spelling = "hyphens", notices: Literal[True]
) -> Operator[Socket | None, FundingRate | Notice]: ...
def subscribe_all_funding_rates(
    messages: Observable[Json], *, spelling: Spelling = "hyphens", notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the funding rates of all contracts, told once a minute.

    Nobody has shown such a message: one row and a list of rows are understood.

    Args:
        messages: those of a `public_connection` to futures, from ``keep_messages_only()``.
        spelling: ``hyphens`` asks for ``funding-fee-all-symbols``, ``camel`` for ``fundingFeeAllSymbols``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the rates.

    Emits a `FundingRate` for each contract. See `subscribe_channel` for sharing, errors and thread.
    Source: KuCoin's page on the Pro channel "funding-fee-all-symbols".
    """
    check_choice("spelling", spelling, _ALL_RATES)
    return subscribe_mine(_ALL_RATES[spelling], {"tradeType": "FUTURES"}, messages, notices=notices)
