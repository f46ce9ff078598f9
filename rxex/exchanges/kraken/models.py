"""The shapes of Kraken's messages, and what they mean in our models.

v2 writes numbers as JSON numbers with all their digits, v1 as strings; v1 calls bitcoin XBT and dogecoin XDG.
Sources: Kraken's pages "Ticker", "Trades" of the Spot WebSocket v1 and v2 references.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from typing import Any, TypeVar

from msgspec import Struct, convert

from rxex.channel import Number, Parse, decoder
from rxex.codec import number as checked_number
from rxex.models import Day, Side, Ticker, Trade, quick
from rxex.typing import Json

__all__ = [
    "TickerV1",
    "TickerV2",
    "TradeV1",
    "TradeV2",
    "from_v1",
    "tickers_v1",
    "tickers_v2",
    "trades_v1",
    "trades_v2",
    "to_v1",
]

_ticker, _trade = quick(Ticker), quick(Trade)
W = TypeVar("W")
_V1_NAMES = {"BTC": "XBT", "DOGE": "XDG"}
_V2_NAMES = {old: new for new, old in _V1_NAMES.items()}
_SIDES_V1 = {"b": Side.BUY, "s": Side.SELL}
_SIDES_V2 = {"buy": Side.BUY, "sell": Side.SELL}
_ORDER_TYPES_V1 = {"m": "market", "l": "limit"}


def to_v1(symbol: str) -> str:
    """Give v1's name of a symbol.

    >>> to_v1("BTC/USD"), to_v1("ETH/BTC")
    ('XBT/USD', 'ETH/XBT')
    """
    return "/".join(_V1_NAMES.get(name, name) for name in symbol.split("/"))


@lru_cache(maxsize=4096)
def from_v1(symbol: str) -> str:
    """Give the symbol that v1 calls ``symbol``.

    >>> from_v1("XDG/XBT")
    'DOGE/BTC'
    """
    return "/".join(_V2_NAMES.get(name, name) for name in symbol.split("/"))


@lru_cache(maxsize=16)
def _second(text: str) -> int:
    return int(datetime.fromisoformat(f"{text}+00:00").timestamp())


def time_v2(text: str) -> int:
    """Nanoseconds since the epoch of an RFC 3339 time.

    >>> time_v2("2023-09-25T07:49:37.708706Z")
    1695628177708706000
    """
    fraction = text[20:-1]
    if text[19:20] not in {".", "Z"} or text[-1:] != "Z":
        raise ValueError(f"{text[:40]!r} is not a time in UTC")
    return _second(text[:19]) * 1_000_000_000 + int(fraction.ljust(9, "0")[:9])


def time_v1(text: str) -> int:
    """Nanoseconds since the epoch of a number of seconds.

    >>> time_v1("1534614057.321597")
    1534614057321597000
    """
    if len(text) == 17 and text[10] == ".":  # microseconds, as ever so far
        return int(text.replace(".", "")) * 1000
    seconds, _, fraction = text.partition(".")
    return int(seconds + fraction.ljust(9, "0")[:9])


class TickerDataV2(Struct, gc=False):
    """What is read of a v2 ticker at once."""

    symbol: str
    bid: Any
    bid_qty: Any
    ask: Any
    ask_qty: Any
    last: Any
    timestamp: str | None = None


class TickerV2(Struct, gc=False):
    """A v2 ticker, snapshot or update; its data has one element."""

    data: list[TickerDataV2]


def tickers_v2(_: str) -> Parse[Ticker]:
    """Make the reader of v2 tickers, which name their symbol."""

    def parse(wire: TickerV2, received: int, raw: bytes | Json, number: Number) -> Sequence[Ticker]:
        (row,) = wire.data
        ticker = _ticker(
            row.symbol,
            number(row.bid),
            number(row.bid_qty),
            number(row.ask),
            number(row.ask_qty),
            number(row.last),
            None,
            None if row.timestamp is None else time_v2(row.timestamp),
            received,
            raw,
            _day_v2,
        )
        if number is checked_number:
            _ = ticker.day  # read later where it can be trusted to be readable
        return (ticker,)

    return parse


class DayDataV2(Struct, gc=False):
    """What a v2 ticker tells of the last 24 hours."""

    volume: Any
    vwap: Any
    high: Any
    low: Any
    change: Any
    change_pct: Any


class DayV2(Struct, gc=False):
    """A v2 ticker, read for its day."""

    data: list[DayDataV2]


def _day_v2(raw: bytes | Json) -> Day:
    (row,) = _read(DayV2, raw).data
    number = checked_number
    return Day(
        number(row.volume),
        number(row.vwap),
        None,
        number(row.high),
        number(row.low),
        number(row.change),
        number(row.change_pct),
    )


def _read(wire: type[W], raw: bytes | Json) -> W:
    message: W = decoder(wire)(raw) if isinstance(raw, bytes) else convert(raw, wire)
    return message


class TradeDataV2(Struct, gc=False):
    """One trade of v2."""

    symbol: str
    side: str
    price: Any
    qty: Any
    ord_type: str
    trade_id: int
    timestamp: str


class TradeV2(Struct, gc=False):
    """A v2 trade message: one or several trades."""

    data: list[TradeDataV2]


def trades_v2(_: str) -> Parse[Trade]:
    """Make the reader of v2 trades, which name their symbol; each message has them oldest first."""

    def parse(wire: TradeV2, received: int, raw: bytes | Json, number: Number) -> Sequence[Trade]:
        trades = []
        # A comprehension would cost as much as the rest, for its function and what it closes over.
        for row in wire.data:
            trades.append(  # noqa: PERF401
                _trade(
                    row.symbol,
                    number(row.price),
                    number(row.qty),
                    _SIDES_V2[row.side],
                    row.trade_id,
                    row.ord_type,
                    time_v2(row.timestamp),
                    received,
                    raw,
                )
            )
        return trades

    return parse


class QuoteV1(Struct, array_like=True, gc=False):
    """Best bid or ask: price, whole lots, size."""

    price: str
    whole_lots: Any
    size: str


class LastV1(Struct, array_like=True, gc=False):
    """The last trade: price, size."""

    price: str
    size: str


class TickerDataV1(Struct, gc=False):
    """What is read of a v1 ticker at once; the letters are Kraken's."""

    a: QuoteV1
    b: QuoteV1
    c: LastV1


class TickerV1(Struct, array_like=True, gc=False):
    """A v1 ticker."""

    channel_id: Any
    data: TickerDataV1
    channel: str
    pair: str


def tickers_v1(symbol: str) -> Parse[Ticker]:
    """Make the reader of the v1 tickers of ``symbol``; their day is the last 24 hours, as in v2."""

    def parse(wire: TickerV1, received: int, raw: bytes | Json, number: Number) -> Sequence[Ticker]:
        ask, bid, last = wire.data.a, wire.data.b, wire.data.c
        ticker = _ticker(
            symbol,
            number(bid.price),
            number(bid.size),
            number(ask.price),
            number(ask.size),
            number(last.price),
            number(last.size),
            None,
            received,
            raw,
            _day_v1,
        )
        if number is checked_number:
            _ = ticker.day  # read later where it can be trusted to be readable
        return (ticker,)

    return parse


class FigureV1(Struct, array_like=True, gc=False):
    """A figure of a v1 ticker, for today and for the last 24 hours."""

    today: str
    day: str


class DayDataV1(Struct, gc=False):
    """What a v1 ticker tells of the last 24 hours; the letters are Kraken's."""

    v: FigureV1
    p: FigureV1
    o: FigureV1
    h: FigureV1
    l: FigureV1  # noqa: E741


class DayV1(Struct, array_like=True, gc=False):
    """A v1 ticker, read for its day."""

    channel_id: Any
    data: DayDataV1


def _day_v1(raw: bytes | Json) -> Day:
    row = _read(DayV1, raw).data
    return Day(*(checked_number(figure.day) for figure in (row.v, row.p, row.o, row.h, row.l)))


class TradeDataV1(Struct, array_like=True, gc=False):
    """One trade of v1."""

    price: str
    size: str
    time: str
    side: str
    order_type: str


class TradeV1(Struct, array_like=True, gc=False):
    """A v1 trade message: one or several trades."""

    channel_id: Any
    data: list[TradeDataV1]
    channel: str
    pair: str


def trades_v1(symbol: str) -> Parse[Trade]:
    """Make the reader of the v1 trades of ``symbol``; each message has them oldest first."""

    def parse(wire: TradeV1, received: int, raw: bytes | Json, number: Number) -> Sequence[Trade]:
        trades = []
        for row in wire.data:
            trades.append(  # noqa: PERF401
                _trade(
                    symbol,
                    number(row.price),
                    number(row.size),
                    _SIDES_V1[row.side],
                    None,
                    _ORDER_TYPES_V1.get(row.order_type, row.order_type),
                    time_v1(row.time),
                    received,
                    raw,
                )
            )
        return trades

    return parse
