"""The rows of Bitfinex's messages, and what they mean in our models.

A message is an array ``[number, payload]`` or ``[number, type, payload]``, perhaps with counts behind; rows may grow at
their end at any time. Source: Bitfinex's pages "Ticker", "Trades" and "Status".
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

import attrs
from attrs import frozen

from rxex.channel import Number, Parse, decoder
from rxex.codec import number as checked_number
from rxex.models import Day, Side, Ticker, Trade, quick
from rxex.models.record import Record
from rxex.typing import Json

__all__ = [
    "DerivativesStatus",
    "FundingTicker",
    "FundingTrade",
    "FundingTrades",
    "Liquidation",
    "Trades",
    "derivatives_status",
    "funding_ticker",
    "liquidations",
    "maybe",
    "rows_of",
    "text",
    "ticker",
    "time_of",
    "whole",
]


@frozen(slots=False)
class FundingTicker(Record):
    """The best rates of a currency's funding; sizes are those of the 25 best levels together, periods are days."""

    symbol: str
    frr: Decimal
    """The flash return rate, the average of all fixed rates, a day."""
    bid: Decimal
    bid_period: int
    bid_size: Decimal
    ask: Decimal
    ask_period: int
    ask_size: Decimal
    last: Decimal
    frr_amount_available: Decimal | None
    day: Day
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class FundingTrade(Record):
    """One trade of funding: ``size`` lent for ``period`` days at ``rate`` a day; ``side`` is the taker's."""

    symbol: str
    rate: Decimal
    size: Decimal
    period: int
    side: Side
    id: int
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class DerivativesStatus(Record):
    """The state of a perpetual contract; None where Bitfinex does not say."""

    symbol: str
    price: Decimal | None
    spot_price: Decimal | None
    mark_price: Decimal | None
    insurance_fund: Decimal | None
    next_funding: int | None
    """When funding is paid next, in nanoseconds since the epoch."""
    next_funding_accrued: Decimal | None
    next_funding_step: int | None
    current_funding: Decimal | None
    open_interest: Decimal | None
    clamp_min: Decimal | None
    clamp_max: Decimal | None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class Liquidation(Record):
    """One liquidation: its trigger, or (``is_match``) its execution, of ``amount`` (negative: sold) of a position.

    Bitfinex's pages contradict each other on what ``is_market_sold`` means: that the position was sold in the market,
    or taken over by the system.
    """

    symbol: str
    position_id: int
    amount: Decimal
    base_price: Decimal
    is_match: bool
    is_market_sold: bool
    price_acquired: Decimal | None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


T = TypeVar("T")
_ticker, _trade = quick(Ticker), quick(Trade)
_FIGURES = (1, 3, 4, 5, 7, 8, 9)
_EXECUTED = {"te", "fte"}
_END_OF_TIME = 10**14  # milliseconds since the epoch: the year 5138


def time_of(milliseconds: Any) -> int | None:
    """Give nanoseconds since the epoch of a time on the wire, which may have a fraction.

    >>> time_of(1574697680828), time_of(Decimal("1574697680828.2002")), time_of(None)
    (1574697680828000000, 1574697680828200200, None)
    """
    if milliseconds is None:
        return None
    if not (isinstance(milliseconds, int | Decimal) and 0 <= milliseconds < _END_OF_TIME):
        raise ValueError(f"{str(milliseconds)[:40]} is not a time in milliseconds")
    return int(milliseconds * 1_000_000)


def rows_of(payload: list[Any]) -> Sequence[Any] | None:
    """Give the rows of a snapshot, or None where the payload is a single row.

    >>> rows_of([[1, 2]]), rows_of([]), rows_of([1, 2])
    ([[1, 2]], [], None)
    """
    return payload if not payload or isinstance(payload[0], list) else None


def maybe(number: Number, value: Any) -> Decimal | None:
    """Give a number, or None for null."""
    return None if value is None else number(value)


def whole(value: Any) -> int:
    """Give a whole number, such as an id; raises `ValueError` for anything else."""
    if type(value) is not int:
        raise ValueError(f"{str(value)[:40]!r} is not a whole number")
    return value


def text(value: Any) -> str:
    """Give a text; raises `TypeError` for anything else."""
    if not isinstance(value, str):
        raise TypeError(f"{str(value)[:40]!r} is not a text")
    return value


def ticker(symbol: str) -> Parse[Ticker]:
    """Make the parser of a pair's ticker."""

    def parse(wire: list[Any], received: int, raw: bytes | Json, number: Number) -> Sequence[Ticker]:
        row = wire[1]
        for place in _FIGURES:
            number(row[place])
        # What Bitfinex gives as sizes are sums of 25 levels, not what is to be had at the best price.
        bid, ask, last = number(row[0]), number(row[2]), number(row[6])
        return (_ticker(symbol, bid, None, ask, None, last, None, None, received, raw, _day_of),)

    return parse


def _day_of(raw: bytes | Json) -> Day:
    wire: Any = decoder(list[Any])(raw) if isinstance(raw, bytes) else raw
    change, relative, _, volume, high, low = (checked_number(figure) for figure in wire[1][4:10])
    return Day(volume=volume, high=high, low=low, change=change, change_percent=relative * 100)


def funding_ticker(symbol: str) -> Parse[FundingTicker]:
    """Make the parser of a currency's ticker."""

    def parse(wire: list[Any], received: int, raw: bytes | Json, number: Number) -> Sequence[FundingTicker]:
        row = wire[1]
        frr, bid, bid_size, ask, ask_size, change, relative, last, volume, high, low = (
            number(row[place]) for place in (0, 1, 3, 4, 6, 7, 8, 9, 10, 11, 12)
        )
        return (
            FundingTicker(
                symbol,
                frr,
                bid,
                whole(row[2]),
                bid_size,
                ask,
                whole(row[5]),
                ask_size,
                last,
                maybe(number, row[15]) if len(row) > 15 else None,
                Day(volume=volume, high=high, low=low, change=change, change_percent=relative * 100),
                received=received,
                raw=raw,
            ),
        )

    return parse


class _TradesParser(ABC, Generic[T]):
    """Gives each trade once: it is told as executed, and later once more as stored."""

    def __init__(self, symbol: str, *, snapshot: bool) -> None:
        self._symbol = symbol
        self._with_snapshot = snapshot

    def __call__(self, wire: list[Any], received: int, raw: bytes | Json, number: Number, /) -> Sequence[T]:
        payload = wire[1]
        if isinstance(payload, str):
            return (self._read(wire[2], received, raw, number),) if payload in _EXECUTED else ()
        if not self._with_snapshot:
            return ()
        return [self._read(row, received, raw, number) for row in reversed(rows_of(payload) or [])]

    @abstractmethod
    def _read(self, row: list[Any], received: int, raw: bytes | Json, number: Number) -> T: ...


class Trades(_TradesParser[Trade]):
    """Parses the trades of a pair."""

    def _read(self, row: list[Any], received: int, raw: bytes | Json, number: Number) -> Trade:
        amount = number(row[2])
        side = Side.BUY if amount > 0 else Side.SELL
        return _trade(
            self._symbol, number(row[3]), abs(amount), side, whole(row[0]), None, time_of(row[1]), received, raw
        )


class FundingTrades(_TradesParser[FundingTrade]):
    """Parses the trades of a currency's funding."""

    def _read(self, row: list[Any], received: int, raw: bytes | Json, number: Number) -> FundingTrade:
        amount = number(row[2])
        side = Side.BUY if amount > 0 else Side.SELL
        return FundingTrade(
            self._symbol,
            number(row[3]),
            abs(amount),
            whole(row[4]),
            side,
            whole(row[0]),
            time_of(row[1]),
            received,
            raw,
        )


def derivatives_status(symbol: str) -> Parse[DerivativesStatus]:
    """Make the parser of a contract's status; older messages are shorter."""

    def parse(wire: list[Any], received: int, raw: bytes | Json, number: Number) -> Sequence[DerivativesStatus]:
        row = wire[1] + [None] * (23 - len(wire[1]))
        return (
            DerivativesStatus(
                symbol,
                price=maybe(number, row[2]),
                spot_price=maybe(number, row[3]),
                mark_price=maybe(number, row[14]),
                insurance_fund=maybe(number, row[5]),
                next_funding=time_of(row[7]),
                next_funding_accrued=maybe(number, row[8]),
                next_funding_step=None if row[9] is None else whole(row[9]),
                current_funding=maybe(number, row[11]),
                open_interest=maybe(number, row[17]),
                clamp_min=maybe(number, row[21]),
                clamp_max=maybe(number, row[22]),
                time=time_of(row[0]),
                received=received,
                raw=raw,
            ),
        )

    return parse


def liquidations(_: str) -> Parse[Liquidation]:
    """Make the parser of liquidations; each message is a list of them."""

    def parse(wire: list[Any], received: int, raw: bytes | Json, number: Number) -> Sequence[Liquidation]:
        return [
            Liquidation(
                text(row[4]),
                whole(row[1]),
                number(row[5]),
                number(row[6]),
                is_match=bool(row[8]),
                is_market_sold=bool(row[9]),
                price_acquired=maybe(number, row[11]) if len(row) > 11 else None,
                time=time_of(row[2]),
                received=received,
                raw=raw,
            )
            for row in rows_of(wire[1]) or []
        ]

    return parse
