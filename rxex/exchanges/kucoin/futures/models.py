"""The shapes of KuCoin's futures messages, and what they mean in our models: tickers, best prices and trades.

Sizes are lots: whole numbers, to be multiplied by the contract's multiplier. Times are nanoseconds.
Sources: KuCoin's pages "Ticker V1", "Ticker V2" and "Match" of the futures WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from attrs import frozen
from msgspec import Struct
from msgspec import field as wire_field

from rxex.channel import Number, Parse
from rxex.exchanges.kucoin.models import SIDES, Nanoseconds, trades_by
from rxex.models import Day, Side, Spread, Ticker, quick
from rxex.typing import Json

__all__ = ["FuturesTicker", "SpreadWire", "TickerWire", "TradeWire", "spreads", "tickers", "trades"]

_NO_DAY = Day()


@frozen(slots=False)
class FuturesTicker(Ticker):
    """A `Ticker` that knows the ``side`` of the taker of its last trade, and its ``trade_id``; sizes are lots."""

    side: Side | None = None
    trade_id: str | None = None


class TickerData(Struct, rename="camel", gc=False):
    """The last trade, and the best prices after it."""

    side: str
    price: Any
    size: int
    best_bid_price: Any
    best_bid_size: int
    best_ask_price: Any
    best_ask_size: int
    trade_id: str
    ts: Nanoseconds


class TickerWire(Struct, gc=False):
    """A ticker, version 1."""

    data: TickerData


_ticker, _spread = quick(FuturesTicker), quick(Spread)


def tickers(symbol: str) -> Parse[FuturesTicker]:
    """Make the reader of the tickers of ``symbol``."""

    def parse(wire: TickerWire, received: int, raw: bytes | Json, number: Number) -> Sequence[FuturesTicker]:
        row = wire.data
        ticker = _ticker(
            symbol,
            number(row.best_bid_price),
            number(row.best_bid_size),
            number(row.best_ask_price),
            number(row.best_ask_size),
            number(row.price),
            number(row.size),
            row.ts,
            received,
            raw,
            _NO_DAY,
            SIDES[row.side],
            row.trade_id,
        )
        return (ticker,)

    return parse


class SpreadData(Struct, rename="camel", gc=False):
    """The best prices."""

    best_bid_price: Any
    best_bid_size: int
    best_ask_price: Any
    best_ask_size: int
    ts: Nanoseconds


class SpreadWire(Struct, gc=False):
    """What KuCoin calls a ticker, version 2."""

    data: SpreadData


def spreads(symbol: str) -> Parse[Spread]:
    """Make the reader of the best prices of ``symbol``."""

    def parse(wire: SpreadWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Spread]:
        row = wire.data
        spread = _spread(
            symbol,
            number(row.best_bid_price),
            number(row.best_bid_size),
            number(row.best_ask_price),
            number(row.best_ask_size),
            row.ts,
            received,
            raw,
        )
        return (spread,)

    return parse


class TradeData(Struct, rename="camel", gc=False):
    """One trade."""

    side: str
    price: Any
    size: int
    trade_id: str
    time: Nanoseconds = wire_field(name="ts")


class TradeWire(Struct, gc=False):
    """A trade message."""

    data: TradeData


trades = trades_by(int)
"""Makes the reader of the trades of a symbol."""
