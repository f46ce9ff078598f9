"""The shapes of messages on Pro channels, and what they mean in our models: tickers, trades and candles.

Names are single letters, prices and sizes are texts, ``P`` is when a message was sent. Sizes of futures are lots.
Source: KuCoin's pages on the Pro (unified) WebSocket.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Annotated, Any

from msgspec import Meta, Struct

from rxex.channel import Number, Parse
from rxex.exchanges.kucoin.futures.candles import FuturesCandle
from rxex.exchanges.kucoin.futures.models import FuturesTicker
from rxex.exchanges.kucoin.models import SIDES, Nanoseconds
from rxex.exchanges.kucoin.pro.asking import is_spot
from rxex.models import Candle, Closing, Day, Side, Ticker, Trade, quick
from rxex.typing import Json

__all__ = ["CandleWire", "TickerWire", "TradeWire", "candles", "side_of", "tickers", "trades"]

_SECOND = 10**9
_NO_DAY = Day()
_Seconds = Annotated[int, Meta(ge=0, lt=10**10)]

_ticker, _futures_ticker, _trade = quick(Ticker), quick(FuturesTicker), quick(Trade)


def side_of(word: str) -> Side:
    """Give the side that a word in either case stands for.

    >>> side_of("BUY").value
    'buy'
    """
    return SIDES[word.lower()]


_TICKER = {
    "bid": "b",
    "bid_size": "B",
    "ask": "a",
    "ask_size": "A",
    "last": "l",
    "last_size": "q",
    "side": "S",
    "time": "M",
}


class TickerData(Struct, rename=_TICKER, gc=False):
    """The best prices and the last trade."""

    bid: Any
    bid_size: Any
    ask: Any
    ask_size: Any
    last: Any
    last_size: Any
    time: Nanoseconds
    side: str | None = None


class TickerWire(Struct, rename={"data": "d"}, gc=False):
    """A ticker."""

    data: TickerData


def tickers(symbol: str) -> Parse[Ticker]:
    """Make the reader of the tickers of ``symbol``."""
    spot = is_spot(symbol)

    def parse(wire: TickerWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Ticker]:
        row = wire.data
        told = (
            symbol,
            number(row.bid),
            number(row.bid_size),
            number(row.ask),
            number(row.ask_size),
            number(row.last),
            number(row.last_size),
            row.time,
            received,
            raw,
            _NO_DAY,
        )
        if spot:
            return (_ticker(*told),)
        return (_futures_ticker(*told, None if row.side is None else side_of(row.side), None),)

    return parse


class TradeData(Struct, rename={"price": "p", "size": "q", "side": "S", "trade_id": "ti", "time": "M"}, gc=False):
    """One trade."""

    price: Any
    size: Any
    side: str
    trade_id: str | int
    time: Nanoseconds


class TradeWire(Struct, rename={"data": "d"}, gc=False):
    """A trade message."""

    data: TradeData


def trades(symbol: str) -> Parse[Trade]:
    """Make the reader of the trades of ``symbol``."""

    def parse(wire: TradeWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Trade]:
        row = wire.data
        price, size, side = number(row.price), number(row.size), side_of(row.side)
        return (_trade(symbol, price, size, side, str(row.trade_id), None, row.time, received, raw),)

    return parse


_CANDLE = {"begin": "O", "open": "o", "high": "h", "low": "l", "close": "c", "volume": "v"}


class CandleData(Struct, rename=_CANDLE, gc=False):
    """One candle; what its flag ``S`` says is written nowhere, so that it is not asked."""

    begin: _Seconds
    open: Any
    high: Any
    low: Any
    close: Any
    volume: Any


class CandleWire(Struct, rename={"data": "d", "time": "P"}, gc=False):
    """A candle message."""

    data: CandleData
    time: Nanoseconds | None = None


def candles(length: int) -> Callable[[str], Parse[Candle | FuturesCandle]]:
    """Make what makes the reader of candles of ``length`` nanoseconds of a symbol."""

    def start(symbol: str) -> Parse[Candle | FuturesCandle]:
        closing: Closing[Any] = Closing()

        def parse(wire: CandleWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Any]:
            row = wire.data
            told: dict[str, Any] = {
                "symbol": symbol,
                "begin": row.begin * _SECOND,
                "interval": length,
                "open": number(row.open),
                "high": number(row.high),
                "low": number(row.low),
                "close": number(row.close),
                "time": wire.time,
                "received": received,
                "raw": raw,
            }
            volume = number(row.volume)
            return closing.add((Candle(**told, volume=volume) if is_spot(symbol) else FuturesCandle(**told),))

        return parse

    return start
