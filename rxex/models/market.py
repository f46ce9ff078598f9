"""Market data but for books."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cached_property

import attrs
from attrs import frozen

from rxex.models.record import Record, Side
from rxex.typing import Json

__all__ = ["BestBidOffer", "Candle", "Day", "Spread", "Ticker", "Trade"]


@frozen(slots=False)
class Day:
    """The figures of an instrument's last 24 hours."""

    volume: Decimal | None = None
    vwap: Decimal | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    change: Decimal | None = None
    change_percent: Decimal | None = None


@frozen(slots=False)
class Ticker(Record):
    """The best prices of an instrument, its last trade, and its last 24 hours."""

    symbol: str
    bid: Decimal
    bid_size: Decimal | None
    ask: Decimal
    ask_size: Decimal | None
    last: Decimal
    last_size: Decimal | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")
    _day: Day | Callable[[bytes | Json], Day] = attrs.field(default=Day(), repr=False, eq=False, alias="day")

    @cached_property
    def day(self) -> Day:
        """The last 24 hours. Read from the message when first asked for: most tickers are read for their prices."""
        return self._day if isinstance(self._day, Day) else self._day(self._raw)


@frozen(slots=False)
class Trade(Record):
    """One trade; ``side`` is the taker's. ``id`` is the exchange's number of it, where it has one."""

    symbol: str
    price: Decimal
    size: Decimal
    side: Side
    id: int | str | None = None
    order_type: str | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class Spread(Record):
    """The best prices of an instrument, and how much is bid and asked at them; None where nothing is."""

    symbol: str
    bid: Decimal | None
    bid_size: Decimal | None
    ask: Decimal | None
    ask_size: Decimal | None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class Candle(Record):
    """Open, high, low, close and volume of one interval of ``interval`` nanoseconds that begins at ``begin``.

    ``closed`` says that it will not change any more. ``complete`` is False where a gap touched it. ``late`` counts
    trades of earlier intervals that came when their candle was closed, since the last candle.
    """

    symbol: str
    begin: int
    interval: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trades: int | None = None
    vwap: Decimal | None = None
    closed: bool = False
    complete: bool = True
    late: int = 0
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class BestBidOffer(Record):
    """The best bid and the best offer among several sources, each with the source that has it."""

    symbol: str
    bid: Decimal
    bid_source: str
    ask: Decimal
    ask_source: str
    bid_size: Decimal | None = None
    ask_size: Decimal | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")

    @property
    def spread(self) -> Decimal:
        """Offer less bid; negative where the sources are crossed."""
        return self.ask - self.bid
