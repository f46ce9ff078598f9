"""What Bitfinex's public endpoints answer: prices, books, trades, candles.

Sources: Bitfinex's pages "Ticker", "Tickers", "Tickers History", "Trades", "Book", "Candles".
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from attrs import frozen

from rxex.codec import number
from rxex.errors import MalformedMessage
from rxex.exchanges.bitfinex.account_rows import Row
from rxex.exchanges.bitfinex.funding_books import FundingLevel
from rxex.exchanges.bitfinex.models import FundingTicker, FundingTrade, FundingTrades, Trades, funding_ticker
from rxex.exchanges.bitfinex.rest.models.reading import listing, row_of
from rxex.models import Candle, Day, Ticker, Trade
from rxex.rest.reading import raw_field

__all__ = [
    "BookOrder",
    "Depth",
    "DepthLevel",
    "FundingDepth",
    "FundingStats",
    "OrderDepth",
    "PastPrices",
    "Stats",
]


L = TypeVar("L")


def read_ticker(result: Any, parameters: Any, received: int) -> Ticker:
    """Read a ticker; what Bitfinex gives as sizes are sums of 25 levels, not what is to be had at the best price."""
    row = row_of(result)
    bid, ask, change, relative, last, volume, high, low = (row.need_number(place) for place in (0, 2, 4, 5, 6, 7, 8, 9))
    day = Day(volume=volume, high=high, low=low, change=change, change_percent=relative * 100)
    return Ticker(parameters.symbol, bid, None, ask, None, last, received=received, raw=result, day=day)


def read_funding_ticker(result: Any, parameters: Any, received: int) -> FundingTicker:
    (ticker,) = funding_ticker(parameters.symbol)([None, result], received, result, number)
    return ticker


@frozen
class Stats:
    """The best prices of a pair and its last 24 hours; None is what there was none of.

    ``bid_size`` and ``ask_size`` are sums of the 25 best levels.
    """

    symbol: str
    bid: Decimal | None
    bid_size: Decimal | None
    ask: Decimal | None
    ask_size: Decimal | None
    change: Decimal | None
    change_rate: Decimal | None
    last: Decimal | None
    volume: Decimal | None
    high: Decimal | None
    low: Decimal | None
    raw: Sequence[Any] = raw_field()


@frozen
class FundingStats:
    """The best rates of a currency's funding and its last 24 hours; sizes are sums of the 25 best levels."""

    symbol: str
    frr: Decimal | None
    bid: Decimal | None
    bid_period: int | None
    bid_size: Decimal | None
    ask: Decimal | None
    ask_period: int | None
    ask_size: Decimal | None
    change: Decimal | None
    change_rate: Decimal | None
    last: Decimal | None
    volume: Decimal | None
    high: Decimal | None
    low: Decimal | None
    frr_amount_available: Decimal | None
    raw: Sequence[Any] = raw_field()


def _stats(values: Any) -> Stats | FundingStats:
    row = row_of(values)
    symbol = str(row.need(0))
    if symbol.startswith("f"):
        return FundingStats(
            symbol,
            row.number(1),
            row.number(2),
            row.whole(3),
            row.number(4),
            row.number(5),
            row.whole(6),
            row.number(7),
            row.number(8),
            row.number(9),
            row.number(10),
            row.number(11),
            row.number(12),
            row.number(13),
            row.number(16),
            values,
        )
    bid, bid_size, ask, ask_size, *figures = (row.number(place) for place in range(1, 11))
    change, rate, last, volume, high, low = figures
    return Stats(symbol, bid, bid_size, ask, ask_size, change, rate, last, volume, high, low, values)


def read_tickers(result: Any, _: Any, __: int) -> dict[str, Stats | FundingStats]:
    """Read tickers; here each figure stands one place further than in a single one, behind the symbol."""
    return {each.symbol: each for each in map(_stats, listing(result))}


@frozen
class PastPrices:
    """The best prices of a pair at a time."""

    symbol: str
    bid: Decimal | None
    ask: Decimal | None
    time: int | None


def past_prices(values: Any, _: int) -> PastPrices:
    row = row_of(values)
    return PastPrices(str(row.need(0)), row.number(1), row.number(3), row.time(12))


def read_trades(result: Any, parameters: Any, received: int) -> tuple[Trade, ...]:
    parse = Trades(parameters.symbol, snapshot=True)
    return tuple(parse([None, "te", row], received, row, number)[0] for row in listing(result))


def read_funding_trades(result: Any, parameters: Any, received: int) -> tuple[FundingTrade, ...]:
    parse = FundingTrades(parameters.symbol, snapshot=True)
    return tuple(parse([None, "te", row], received, row, number)[0] for row in listing(result))


@frozen
class DepthLevel:
    """One price of a book, what is offered at it in all, and by how many orders."""

    price: Decimal
    size: Decimal
    count: int


@frozen
class Depth:
    """A book as it was, best first."""

    symbol: str
    bids: tuple[DepthLevel, ...]
    asks: tuple[DepthLevel, ...]
    received: int
    raw: Sequence[Any] = raw_field()


def _sides(
    result: Any, amount: int, make: Callable[[Row, Decimal], L], rank: Callable[[L], tuple[Decimal, int]], buys: int = 1
) -> tuple[tuple[L, ...], tuple[L, ...]]:
    """Give bids and asks, best first; ``amount`` is the place of what has the sign ``buys`` for bids."""
    made = [(row.need_number(amount) * buys, row) for row in map(row_of, listing(result))]
    bids, asks = ([make(row, abs(size)) for size, row in made if size * sign > 0] for sign in (1, -1))
    bids.sort(key=lambda level: (-rank(level)[0], rank(level)[1]))
    return tuple(bids), tuple(sorted(asks, key=rank))


def read_depth(result: Any, parameters: Any, received: int) -> Depth:
    def level(row: Row, size: Decimal) -> DepthLevel:
        return DepthLevel(row.need_number(0), size, int(row.need_id(1)))

    bids, asks = _sides(result, 2, level, lambda level: (level.price, 0))
    return Depth(parameters.symbol, bids, asks, received, result)


@frozen
class BookOrder:
    """One order that rests in the book."""

    id: int
    price: Decimal
    size: Decimal


@frozen
class OrderDepth:
    """A book order by order, best first, and at one price the oldest first."""

    symbol: str
    bids: tuple[BookOrder, ...]
    asks: tuple[BookOrder, ...]
    received: int
    raw: Sequence[Any] = raw_field()


def read_order_depth(result: Any, parameters: Any, received: int) -> OrderDepth:
    def order(row: Row, size: Decimal) -> BookOrder:
        return BookOrder(int(row.need_id(0)), row.need_number(1), size)

    bids, asks = _sides(result, 2, order, lambda order: (order.price, order.id))
    return OrderDepth(parameters.symbol, bids, asks, received, result)


@frozen
class FundingDepth:
    """A book of funding as it was: bids want to borrow (the highest rate first), asks to lend (the lowest first)."""

    symbol: str
    bids: tuple[FundingLevel, ...]
    asks: tuple[FundingLevel, ...]
    received: int
    raw: Sequence[Any] = raw_field()


def _rank(level: FundingLevel) -> tuple[Decimal, int]:
    return level.rate, level.period


def read_funding_depth(result: Any, parameters: Any, received: int) -> FundingDepth:
    """Read a book of funding; the sign is the other way round than in books of pairs."""

    def level(row: Row, size: Decimal) -> FundingLevel:
        return FundingLevel(row.need_number(0), int(row.need_id(1)), size, int(row.need_id(2)))

    bids, asks = _sides(result, 3, level, _rank, buys=-1)
    return FundingDepth(parameters.symbol, bids, asks, received, result)


def read_funding_order_depth(result: Any, parameters: Any, received: int) -> FundingDepth:
    def offer(row: Row, size: Decimal) -> FundingLevel:
        return FundingLevel(row.need_number(2), int(row.need_id(1)), size, id=int(row.need_id(0)))

    bids, asks = _sides(result, 3, offer, _rank, buys=-1)
    return FundingDepth(parameters.symbol, bids, asks, received, result)


_SECOND = 10**9
_LENGTHS = {"m": 60, "h": 3600, "D": 86_400, "W": 604_800}


def _length(timeframe: str, begin: int) -> int:
    """Nanoseconds of a candle that begins at ``begin`` nanoseconds."""
    if timeframe == "1M":
        first = dt.datetime.fromtimestamp(begin // _SECOND, dt.UTC).date().replace(day=1)
        following = (first + dt.timedelta(days=32)).replace(day=1)
        return (following - first).days * _LENGTHS["D"] * _SECOND
    return int(timeframe[:-1]) * _LENGTHS[timeframe[-1]] * _SECOND


def _candle(values: Any, parameters: Any, received: int) -> Candle:
    """Read a candle; the close stands before high and low."""
    row = row_of(values)
    begin = row.time(0)
    if begin is None:
        raise MalformedMessage("a candle has to have a time")
    first, last, high, low, volume = (row.need_number(place) for place in range(1, 6))
    length = _length(parameters.timeframe, begin)
    return Candle(
        parameters.symbol,
        begin,
        length,
        first,
        high,
        low,
        last,
        volume,
        closed=begin + length <= received,
        received=received,
        raw=values,
    )


def read_candles(result: Any, parameters: Any, received: int) -> tuple[Candle, ...]:
    """Give the candles, the oldest first; one is closed when its time was over as the answer came, by our clock."""
    made = (_candle(row, parameters, received) for row in listing(result))
    return tuple(sorted(made, key=lambda each: each.begin))


def read_last_candle(result: Any, parameters: Any, received: int) -> Candle | None:
    """Give the last candle; None where there is none."""
    return _candle(result, parameters, received) if listing(result) else None
