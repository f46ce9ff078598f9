"""What was traded minute by minute and hour by hour, in ticks and lots, and candles of any length made of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from random import Random

__all__ = ["Bar", "Bars"]

_MINUTE = 60 * 10**9
_HOUR = 60
_MOST_MINUTES = 21_600
_MOST_HOURS = 24 * 16


class Bar:
    """Trades of one stretch of time; ``time`` is that of the last one (0: it was never real)."""

    __slots__ = ("close", "cost", "high", "low", "number", "open", "time", "trades", "volume")

    def __init__(self, number: int, price: int) -> None:
        """Begin the stretch with this number at ``price``."""
        self.number = number
        self.open = self.low = self.high = self.close = price
        self.trades = self.volume = self.cost = self.time = 0

    def add(self, price: int, lots: int, trades: int = 1, time: int = 0) -> None:
        """Add a trade, or several at one price."""
        self.low, self.high, self.close = min(self.low, price), max(self.high, price), price
        self.trades += trades
        self.volume += lots
        self.cost += price * lots
        self.time = time

    def absorb(self, other: Bar) -> None:
        """Add the trades of a later bar."""
        self.low, self.high, self.close = min(self.low, other.low), max(self.high, other.high), other.close
        self.trades += other.trades
        self.volume += other.volume
        self.cost += other.cost
        self.time = other.time


class Bars:
    """The past of one instrument: made up for the time before the first trade, then as it was."""

    def __init__(self, hours: Iterable[Bar], *, first_minute: int, random: Random) -> None:
        """Begin with what is known.

        Args:
            hours: What was traded in the hours before, by their numbers since the epoch, oldest first.
            first_minute: The number of the minute in which trading begins.
            random: What the minutes of these hours are made up of, once anybody asks.
        """
        self._hours: deque[Bar] = deque((_copy(bar) for bar in hours), _MOST_HOURS)
        self._minutes: deque[Bar] = deque(maxlen=_MOST_MINUTES)
        self._made_up: list[Bar] | None = [_copy(bar) for bar in self._hours]
        self._first_minute = first_minute
        self._random = random

    def add(self, time: int, price: int, lots: int) -> None:
        """Add a trade at ``time`` (nanoseconds since the epoch); one that is late belongs to the last minute."""
        minute = time // _MINUTE
        for bars, number in ((self._minutes, minute), (self._hours, minute // _HOUR)):
            if not bars or bars[-1].number < number:
                bars.append(Bar(number, price))
            bars[-1].add(price, lots, time=time)

    def candles(self, minutes: int, since: int = 0) -> list[Bar]:
        """Put bars together to ones of ``minutes``, oldest first; stretches without a trade have none.

        They are numbered by the minute in which they begin; ``since`` is the first that is wanted.
        """
        bars, length = (self._hours, _HOUR) if minutes % _HOUR == 0 else (self._known_minutes(), 1)
        together: list[Bar] = []
        for bar in _since(bars, since // length):
            begin = bar.number * length // minutes * minutes
            if not together or together[-1].number != begin:
                together.append(Bar(begin, bar.open))
            together[-1].absorb(bar)
        return together

    def _known_minutes(self) -> deque[Bar]:
        if self._made_up is not None:
            made_up, self._made_up = self._made_up, None
            before = [minute for hour in made_up for minute in self._split(hour)]
            self._minutes = deque([*before, *self._minutes], _MOST_MINUTES)
        return self._minutes

    def _split(self, hour: Bar) -> Iterator[Bar]:
        """Make up the minutes of an hour: from its open to its close, by its high and its low, with all its trades."""
        first = hour.number * _HOUR
        count = min(_HOUR, self._first_minute - first)
        if count <= 0:
            return
        drift, swing = (hour.close - hour.open) / count, (hour.high - hour.low) / 8
        ways = [hour.open + drift * place + self._random.gauss(0.0, swing) for place in range(1, count)]
        prices = [hour.open, *(min(hour.high, max(hour.low, round(way))) for way in ways), hour.close]
        highest, lowest = (self._random.randrange(count) for _ in range(2))
        for place in range(count):
            bar = Bar(first + place, prices[place])
            lots, trades = (total // count + (place < total % count) for total in (hour.volume, hour.trades))
            if place == highest:
                bar.high = hour.high
            if place == lowest:
                bar.low = hour.low
            bar.add(prices[place + 1], lots, trades)
            yield bar


def _copy(bar: Bar) -> Bar:
    copy = Bar(bar.number, bar.open)
    copy.absorb(bar)
    return copy


def _since(bars: deque[Bar], number: int) -> list[Bar]:
    wanted = []
    for bar in reversed(bars):
        if bar.number < number:
            break
        wanted.append(bar)
    return wanted[::-1]
