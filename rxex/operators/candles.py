"""Candles made of trades."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta

from attrs import define, field
from reactivex import Observable
from reactivex.abc import SchedulerBase

from rxex.errors import InvalidArgument
from rxex.events import Notice
from rxex.models import Candle, Trade
from rxex.operators._candle_builder import CandleBuilder, time_of
from rxex.operators._timed import Alarm, lift_timed, span

__all__ = ["candles"]

_MICROSECOND = timedelta(microseconds=1)


def candles(
    interval: float | timedelta,
    *,
    grace: float | None = None,
    running: bool = False,
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[Trade | Notice]], Observable[Candle]]:
    """Make candles of trades, by the exchange's time and exact, for each instrument on its own.

    Intervals are counted from the epoch. A candle is emitted once, closed, with the first trade of a later interval;
    an interval without trades has none. At its end the source's last candles are emitted too, closed and not complete.

    A candle is ``complete`` unless it is the first of its instrument (trades may have come before), or a notice of
    the source stands inside it or between it and the trade before: so subscribe with ``notices=True`` where a gap
    must not go unseen. Trades that come when their candle is closed are left out and counted in ``late`` of the next.

    Args:
        interval: The length of an interval: seconds, or a ``timedelta``.
        grace: Seconds after its end at which a candle is closed without waiting for a trade, too; None: never. The end
            is reckoned from the candle's first trade, so that the machine's clock need not be right. Such a candle
            cannot know of a gap that is told only later.
        running: Whether each trade also emits its candle as it is then, not closed.
        scheduler: Measures ``grace``; its thread emits what it closes. All else is emitted on the source's.

    A trade that says neither when it happened nor when it arrived ends the stream with `InvalidArgument`.

    Raises:
        InvalidArgument: ``interval`` is not above 0, or ``grace`` negative.

    >>> import reactivex as rx
    >>> from decimal import Decimal
    >>> from rxex.models import Side
    >>> def trade(time, price):
    ...     return Trade("BTC/USD", Decimal(price), Decimal(1), Side.BUY, time=time * 10**9)
    >>> minute = rx.of(trade(60, "7.0"), trade(119, "8.5"), trade(120, "9.0")).pipe(candles(60), rx.operators.first())
    >>> candle = minute.run()
    >>> print(candle.open, candle.high, candle.low, candle.close, candle.volume, candle.vwap)
    7.0 8.5 7.0 8.5 2 7.75
    """
    length = interval if isinstance(interval, timedelta) else span("interval", interval)
    if length < _MICROSECOND:
        raise InvalidArgument("interval", interval, "give a microsecond or more")
    patience = None if grace is None else span("grace", grace, zero=True)
    nanoseconds = length // _MICROSECOND * 1000
    return lift_timed(lambda alarm: _Candles(alarm, nanoseconds, patience, running), scheduler)


@define
class _Candles:
    alarm: Alarm
    interval: int
    grace: timedelta | None
    running: bool
    builders: dict[str, CandleBuilder] = field(factory=dict[str, CandleBuilder])

    def push(self, item: Trade | Notice) -> Iterable[Candle]:
        if isinstance(item, Notice):
            for builder in self.builders.values():
                builder.touch()
            return
        if item.symbol not in self.builders:
            self.builders[item.symbol] = CandleBuilder(self.interval)
        builder = self.builders[item.symbol]
        yield from builder.add(item)
        bar = builder.bar
        if bar is not None and bar.due is None and self.grace is not None:
            left = timedelta(microseconds=(bar.begin + self.interval - time_of(item)) / 1000)
            bar.due = self.alarm.now + left + self.grace
            self.alarm.set(bar.due)
        if self.running:
            yield from builder.running()

    def expire(self) -> Iterable[Candle]:
        now = self.alarm.now
        for builder in self.builders.values():
            bar = builder.bar
            if bar is None or bar.due is None:
                continue
            if bar.due <= now:
                yield from builder.close()
            else:
                self.alarm.set(bar.due)

    def finish(self, _error: Exception | None, /) -> Iterable[Candle]:
        for builder in self.builders.values():
            builder.touch()
            yield from builder.close()
