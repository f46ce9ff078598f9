"""The shapes of KuCoin's messages, and what they mean in our models: tickers and trades.

Prices and sizes are texts with all their digits; times are milliseconds or nanoseconds, numbers or texts.
Sources: KuCoin's pages "Ticker", "All Tickers" and "Trade" of the WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from msgspec import Meta, Struct

from rxex.channel import Number, Parse
from rxex.codec import number as checked_number
from rxex.models import Day, Side, Ticker, Trade, quick
from rxex.typing import Json

__all__ = [
    "SIDES",
    "Milliseconds",
    "Nanoseconds",
    "TickerWire",
    "TradeWire",
    "as_ns",
    "optional",
    "tickers",
    "tickers_of_all",
    "trades",
    "trades_by",
]

SIDES = {"buy": Side.BUY, "sell": Side.SELL}
Milliseconds: TypeAlias = Annotated[int, Meta(ge=0, lt=10**13)]
"""Since the epoch, up to the year 2286."""
Nanoseconds: TypeAlias = Annotated[int, Meta(ge=0, le=2**63 - 1)]
"""Since the epoch."""
_DIGITS_OF_NANOSECONDS = 19
_NO_DAY = Day()

_ticker, _trade = quick(Ticker), quick(Trade)


def as_ns(text: str) -> int:
    """Nanoseconds since the epoch of the text of them.

    >>> as_ns("1729843222921000000")
    1729843222921000000
    """
    if len(text) != _DIGITS_OF_NANOSECONDS or not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text[:40]!r} is not a number of nanoseconds since the epoch")
    return int(text)


def optional(value: Any, number: Number = checked_number) -> Decimal | None:
    """Make an exact number of what may be missing."""
    return None if value is None else number(value)


class TickerData(Struct, rename="camel", gc=False):
    """The best prices and the last trade."""

    price: Any
    size: Any
    best_ask: Any
    best_ask_size: Any
    best_bid: Any
    best_bid_size: Any
    time: Milliseconds


class TickerWire(Struct, gc=False):
    """A ticker."""

    data: TickerData


class AnyTickerWire(Struct, gc=False):
    """A ticker of any symbol, which its subject names."""

    subject: str
    data: TickerData


def _made(symbol: str, row: TickerData, received: int, raw: bytes | Json, number: Number) -> Ticker:
    return _ticker(
        symbol,
        number(row.best_bid),
        number(row.best_bid_size),
        number(row.best_ask),
        number(row.best_ask_size),
        number(row.price),
        number(row.size),
        row.time * 1_000_000,
        received,
        raw,
        _NO_DAY,
    )


def tickers(symbol: str) -> Parse[Ticker]:
    """Make the reader of the tickers of ``symbol``."""

    def parse(wire: TickerWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Ticker]:
        return (_made(symbol, wire.data, received, raw, number),)

    return parse


def tickers_of_all(_: str) -> Parse[Ticker]:
    """Make the reader of the tickers of all symbols."""

    def parse(wire: AnyTickerWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Ticker]:
        return (_made(wire.subject, wire.data, received, raw, number),)

    return parse


class TradeData(Struct, rename="camel", gc=False):
    """One trade; all of it is text."""

    price: Any
    size: Any
    side: str
    trade_id: str
    time: str


class TradeWire(Struct, gc=False):
    """A trade message."""

    data: TradeData


def trades_by(read_time: Callable[[Any], int]) -> Callable[[str], Parse[Trade]]:
    """Make what makes the reader of the trades of a symbol; ``read_time`` gives nanoseconds since the epoch."""

    def start(symbol: str) -> Parse[Trade]:
        def parse(wire: Any, received: int, raw: bytes | Json, number: Number) -> Sequence[Trade]:
            row = wire.data
            trade = _trade(
                symbol,
                number(row.price),
                number(row.size),
                SIDES[row.side],
                row.trade_id,
                None,
                read_time(row.time),
                received,
                raw,
            )
            return (trade,)

        return parse

    return start


trades = trades_by(as_ns)
"""Makes the reader of the trades of a symbol."""
