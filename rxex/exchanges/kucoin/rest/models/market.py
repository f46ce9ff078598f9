"""What KuCoin's public endpoints answer: prices, books, trades, candles.

Source: the pages "Market Data" of its classic REST reference.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from rxex.codec import number
from rxex.exchanges.kucoin.rest.models.reading import (
    amount,
    listing,
    mapping,
    millis,
    nanos,
    present,
    raw_field,
    side_of,
    some,
)
from rxex.models import Candle, Level, Ticker, Trade

__all__ = ["BookOrder", "Depth", "MarkPrice", "OrderDepth", "Stats"]

Row = Mapping[str, Any]


def read_ticker(result: Any, parameters: Any, received: int) -> Ticker:
    row = mapping(present(result, parameters.symbol))
    return Ticker(
        parameters.symbol,
        number(row["bestBid"]),
        number(row["bestBidSize"]),
        number(row["bestAsk"]),
        number(row["bestAskSize"]),
        number(row["price"]),
        number(row["size"]),
        millis(row["time"]),
        received,
        dict(row),
    )


@frozen
class Stats:
    """The last 24 hours of an instrument, and its best prices; None is what there was none of."""

    symbol: str
    bid: Decimal | None
    ask: Decimal | None
    last: Decimal | None
    high: Decimal | None
    low: Decimal | None
    average: Decimal | None
    volume: Decimal | None
    volume_value: Decimal | None
    change: Decimal | None
    change_rate: Decimal | None
    time: int | None
    raw: Mapping[str, Any] = raw_field()


def day_stats(row: Row, time: int | None) -> Stats:
    return Stats(
        str(row["symbol"]),
        amount(row, "buy"),
        amount(row, "sell"),
        amount(row, "last"),
        amount(row, "high"),
        amount(row, "low"),
        amount(row, "averagePrice"),
        amount(row, "vol"),
        amount(row, "volValue"),
        amount(row, "changePrice"),
        amount(row, "changeRate"),
        time,
        row,
    )


def read_day_stats(result: Any, parameters: Any, _: int) -> Stats:
    row = mapping(present(result, parameters.symbol))
    return day_stats(row, millis(row["time"]))


def read_tickers(result: Any, _: Any, __: int) -> tuple[Stats, ...]:
    time = millis(result["time"])
    return tuple(day_stats(mapping(row), time) for row in listing(result["ticker"]))


@frozen
class Depth:
    """A book as it was, best first; ``sequence`` is that of the last change in it."""

    symbol: str
    sequence: int
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    time: int | None
    received: int
    raw: Mapping[str, Any] = raw_field()


def _levels(rows: Any) -> tuple[Level, ...]:
    return tuple(Level(number(price), number(size)) for price, size, *_ in listing(rows or []))


def read_depth(result: Any, parameters: Any, received: int) -> Depth:
    row = mapping(present(result, parameters.symbol))
    sequence, time = int(number(row["sequence"])), row.get("time")
    # Futures tell nanoseconds, under another name.
    when = some(row, "ts", nanos) if time is None else millis(time)
    return Depth(parameters.symbol, sequence, _levels(row["bids"]), _levels(row["asks"]), when, received, row)


@frozen
class BookOrder:
    """One order that rests in the book since ``time``."""

    id: str
    price: Decimal
    size: Decimal
    time: int | None


@frozen
class OrderDepth:
    """A book order by order, best first; ``sequence`` is that of the last change in it."""

    symbol: str
    sequence: int
    bids: tuple[BookOrder, ...]
    asks: tuple[BookOrder, ...]
    time: int | None
    received: int
    raw: Mapping[str, Any] = raw_field()


def _orders(rows: Any) -> tuple[BookOrder, ...]:
    return tuple(
        BookOrder(str(key), number(price), number(size), nanos(time)) for key, price, size, time, *_ in listing(rows)
    )


def read_order_depth(result: Any, parameters: Any, received: int) -> OrderDepth:
    row = mapping(present(result, parameters.symbol))
    time = row.get("time")
    when = some(row, "ts", nanos) if time is None else millis(time)
    sequence = int(number(row["sequence"]))
    return OrderDepth(parameters.symbol, sequence, _orders(row["bids"]), _orders(row["asks"]), when, received, row)


def read_trades(result: Any, parameters: Any, received: int) -> tuple[Trade, ...]:
    """Give trades of spot (``time``) or of futures (``ts``), both in nanoseconds."""
    return tuple(
        Trade(
            parameters.symbol,
            number(row["price"]),
            number(row["size"]),
            side_of(row),
            str(row.get("tradeId") or row["sequence"]),
            None,
            nanos(row["time"] if "time" in row else row["ts"]),
            received,
            row,
        )
        for row in listing(present(result, parameters.symbol))
    )


_SECOND = 10**9
_LENGTHS = {"min": 60, "hour": 3600, "day": 86_400, "week": 604_800}


def _length(kind: str, begin: int) -> int:
    """Nanoseconds of a candle that begins at ``begin`` seconds."""
    if kind == "1month":
        day = dt.datetime.fromtimestamp(begin, dt.UTC).date().replace(day=1)
        following = (day + dt.timedelta(days=32)).replace(day=1)
        return (following - day).days * _LENGTHS["day"] * _SECOND
    word = kind.lstrip("0123456789")
    return int(kind.removesuffix(word)) * _LENGTHS[word] * _SECOND


def read_candles(result: Any, parameters: Any, received: int) -> tuple[Candle, ...]:
    """Give the candles, the oldest first; the close stands before high and low here, and nowhere else.

    A candle is closed when its time was over as the answer came, by our own clock.
    """
    made = [_candle(row, parameters, received) for row in listing(present(result, parameters.symbol))]
    return tuple(sorted(made, key=lambda each: each.begin))


def _candle(row: Any, parameters: Any, received: int) -> Candle:
    begin, opened, close, high, low, volume, *_ = map(number, row)
    length = _length(parameters.type, int(begin))
    return Candle(
        parameters.symbol,
        int(begin) * _SECOND,
        length,
        opened,
        high,
        low,
        close,
        volume,
        closed=int(begin) * _SECOND + length <= received,
        received=received,
        raw=row,
    )


@frozen
class MarkPrice:
    """The price that margins are reckoned with, and the index that it follows, where it is told."""

    symbol: str
    value: Decimal
    index: Decimal | None
    time: int | None
    raw: Mapping[str, Any] = raw_field()


def mark_price(row: Row, _: int) -> MarkPrice:
    return MarkPrice(
        str(row["symbol"]), number(row["value"]), amount(row, "indexPrice"), some(row, "timePoint", millis), row
    )


def read_prices(result: Any, _: Any, __: int) -> dict[str, Decimal]:
    return {currency: number(price) for currency, price in mapping(result).items()}
