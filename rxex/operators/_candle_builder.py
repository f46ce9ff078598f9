"""Trades of one instrument in, candles out: the pure part of `candles`."""

from __future__ import annotations

from datetime import datetime
from decimal import Context, Decimal

from attrs import define, field

from rxex.errors import InvalidArgument
from rxex.models import Candle, Trade

__all__ = ["CandleBuilder", "time_of"]

_EXACT = 100  # digits: sums of prices times sizes are not rounded, whatever the caller's decimal context is
_QUOTIENT = 28  # digits of an average price


def time_of(trade: Trade) -> int:
    """When ``trade`` happened, or else arrived, in nanoseconds since the epoch."""
    if trade.time is not None:
        return trade.time
    if not trade.received:
        raise InvalidArgument("trade", trade, "it has to have a time, or the time of its arrival")
    return trade.received


@define
class _Bar:
    """The interval that is being filled."""

    begin: int
    complete: bool
    due: datetime | None
    open: Decimal
    high: Decimal
    low: Decimal
    last: Trade
    volume: Decimal = Decimal(0)
    value: Decimal = Decimal(0)
    trades: int = 0


@define
class CandleBuilder:
    """The candles of one instrument.

    The first candle and those that a gap touches are not complete: the one being filled, and the one of the next trade.
    """

    interval: int
    bar: _Bar | None = None
    late: int = 0
    _open_from: int = 0
    _whole: bool = False
    _sums: Context = field(factory=lambda: Context(prec=_EXACT))
    _quotients: Context = field(factory=lambda: Context(prec=_QUOTIENT))

    def add(self, trade: Trade) -> list[Candle]:
        """Take a trade; give the candle that it closes."""
        time = time_of(trade)
        begin = time - time % self.interval
        if begin < self._open_from:
            self.late += 1
            return []
        closed = self.close() if self.bar is not None and begin > self.bar.begin else []
        bar = self.bar
        if bar is None:
            price = trade.price
            bar = self.bar = _Bar(begin, self._whole, None, price, price, price, trade)
            self._open_from = begin
        self._whole = True
        self._fill(bar, trade)
        return closed

    def _fill(self, bar: _Bar, trade: Trade) -> None:
        bar.high, bar.low, bar.last = max(bar.high, trade.price), min(bar.low, trade.price), trade
        bar.volume = self._sums.add(bar.volume, trade.size)
        bar.value = self._sums.fma(trade.price, trade.size, bar.value)
        bar.trades += 1

    def touch(self) -> None:
        """Something was lost here."""
        self._whole = False
        if self.bar is not None:
            self.bar.complete = False

    def close(self) -> list[Candle]:
        """Close the interval that is being filled; what still comes of it is late."""
        candles = self.running(closed=True)
        if self.bar is not None:
            self._open_from = self.bar.begin + self.interval
        self.bar, self.late = None, 0
        return candles

    def running(self, *, closed: bool = False) -> list[Candle]:
        """Give the interval that is being filled, as it is."""
        bar = self.bar
        if bar is None:
            return []
        candle = Candle(
            symbol=bar.last.symbol,
            begin=bar.begin,
            interval=self.interval,
            open=bar.open,
            high=bar.high,
            low=bar.low,
            close=bar.last.price,
            volume=bar.volume,
            trades=bar.trades,
            vwap=self._quotients.divide(bar.value, bar.volume) if bar.volume else None,
            closed=closed,
            complete=bar.complete,
            late=self.late,
            time=bar.last.time,
            received=bar.last.received,
        )
        return [candle]
