"""A market that moves like one: seeded, exact, driven by a clock given from outside."""

from __future__ import annotations

import math
from collections import deque
from collections.abc import Iterable
from decimal import ROUND_HALF_EVEN, Decimal
from random import Random

from attrs import field, frozen

from rxex.models import Candle, Side, Trade
from rxex.sandbox.bars import Bar, Bars

__all__ = ["Instrument", "MarketEvent", "Pair", "Statistics"]

_MINUTE = 60 * 10**9
_HOUR = 60 * _MINUTE
_RECENT = 50
_MOST_STEPS = 10_000


@frozen
class Instrument:
    """What is traded: where its price starts, and how it moves.

    Args:
        symbol: Its name on the exchange.
        price: The price at the start.
        price_digits: Digits after the point of a price; the last of them is the tick.
        size_digits: Digits after the point of a size.
        size: A usual trade, in the base currency.
        spread: The usual distance between bid and ask, in ticks.
        volatility: The usual relative change of the price from one event to the next.
        spacing: Ticks from one price that is quoted to the next, but for the best few.
    """

    symbol: str
    price: Decimal = field(converter=Decimal)
    price_digits: int
    size_digits: int = 8
    size: float = 1.0
    spread: float = 2.0
    volatility: float = 5e-5
    spacing: int = 1


@frozen
class Statistics:
    """What was traded in a stretch of time."""

    open: Decimal
    low: Decimal
    high: Decimal
    volume: Decimal
    vwap: Decimal
    trades: int


@frozen
class MarketEvent:
    """One thing that happened to ``pair``: some trades of one taker, or none and new best prices."""

    pair: Pair
    trades: tuple[Trade, ...]
    best_changed: bool


class Pair:
    """The market of one instrument.

    What happens, and when, follows from ``seed``, the symbol, ``speed`` and the start alone: neither from who looks
    nor from when. Events come at random and in bursts, about three a second at speed 1, half of them trades.
    """

    def __init__(self, instrument: Instrument, *, seed: int, start: int, speed: float = 1.0) -> None:
        """Start the market at ``start`` (nanoseconds since the epoch) with a day of history behind it."""
        self.instrument = instrument
        self._random = Random(f"{seed}/{instrument.symbol}")  # noqa: S311 - a made-up market, not a secret
        self._start = start
        self._rate = 1.2 * speed
        self._tick = Decimal(1).scaleb(-instrument.price_digits)
        self._mid = float(instrument.price / self._tick)
        self._unrest = self._burst = 0.0
        self._buying = True
        self._trade_number = self._random.randrange(10**6, 10**8)
        self.recent: deque[Trade] = deque(maxlen=_RECENT)
        # Two minutes of real steps, so that there are trades to look back on.
        self.time = -120.0 / speed
        self.next_time = self.time
        self._hours = self._yesterday(self._nanoseconds(self.time) // _HOUR)
        self._bars = Bars(
            self._hours,
            first_minute=self._nanoseconds(self.time) // _MINUTE,
            random=Random(f"{seed}/{instrument.symbol}/minutes"),  # noqa: S311 - a made-up past
        )
        self._past_day, self._past_today = self._sums()
        self._bid = self._ask = self._bid_lots = self._ask_lots = 0
        self._requote()
        self._last, self._last_lots = self._bid, self._lots()
        self.catch_up(0.0)

    # What can be seen.

    @property
    def timestamp(self) -> int:
        """When the last event happened, in nanoseconds since the epoch."""
        return self._nanoseconds(self.time)

    @property
    def bid(self) -> Decimal:
        """The best bid."""
        return self._price(self._bid)

    @property
    def ask(self) -> Decimal:
        """The best ask."""
        return self._price(self._ask)

    @property
    def bid_size(self) -> Decimal:
        """What is bid for at the best bid."""
        return self._size(self._bid_lots)

    @property
    def ask_size(self) -> Decimal:
        """What is offered at the best ask."""
        return self._size(self._ask_lots)

    @property
    def last(self) -> Decimal:
        """The price of the last trade."""
        return self._price(self._last)

    @property
    def last_size(self) -> Decimal:
        """The size of the last trade."""
        return self._size(self._last_lots)

    @property
    def day(self) -> Statistics:
        """The last 24 hours; whole hours roll off."""
        return self._statistics(self._past_day)

    @property
    def today(self) -> Statistics:
        """Since midnight, UTC."""
        return self._statistics(self._past_today)

    def candles(self, minutes: int, since: int = 0) -> list[Candle]:
        """What was traded in each interval of so many minutes, oldest first; the last one may go on.

        Intervals begin at multiples of their length since the epoch; those without a trade have no candle. ``since`` is
        a time in nanoseconds: only intervals that end later are wanted. The day before the start is made up.
        """
        first = since // _MINUTE // minutes * minutes
        return [self._candle(bar, minutes) for bar in self._bars.candles(minutes, first)]

    def _candle(self, bar: Bar, minutes: int) -> Candle:
        return Candle(
            self.instrument.symbol,
            begin=bar.number * _MINUTE,
            interval=minutes * _MINUTE,
            open=self._price(bar.open),
            high=self._price(bar.high),
            low=self._price(bar.low),
            close=self._price(bar.close),
            volume=self._size(bar.volume),
            trades=bar.trades,
            vwap=self._vwap(bar),
            time=bar.time or None,
        )

    # What happens.

    def catch_up(self, now: float) -> None:
        """Let everything happen that is due before ``now`` (seconds since the start) while nobody looks.

        After 10,000 events the rest of the time passes without any.
        """
        for _ in range(_MOST_STEPS):
            if self.next_time > now:
                return
            self.step()
        self.next_time = now

    def step(self) -> MarketEvent:
        """Let the next event happen, at `next_time`."""
        random = self._random
        self.time = self.next_time
        self._unrest += -0.05 * self._unrest + 0.15 * random.gauss(0.0, 1.0)
        move = self.instrument.volatility * math.exp(self._unrest) * random.gauss(0.0, 1.0)
        self._mid = max(10.0, self._mid * (1.0 + move))
        trades = self._trade() if random.random() < 0.5 else ()
        best = (self._bid, self._ask)
        self._requote()
        wait = random.expovariate(self._rate * (1.0 + self._burst))
        # A trade brings more of them: bursts, which die away.
        self._burst = (self._burst + 2.0 * bool(trades)) * math.exp(-1.5 * self._rate * wait)
        self.next_time = self.time + wait
        return MarketEvent(self, trades, (self._bid, self._ask) != best)

    def number_trade(self) -> int:
        """Give the next trade its number."""
        self._trade_number += 1
        return self._trade_number

    def record(self, price: Decimal, size: Decimal, time: int) -> None:
        """Add a trade that did not come of the market itself to the day, the candles and the last price.

        What the market does does not change by it. ``time`` is in nanoseconds since the epoch.
        """
        ticks, lots = int(price / self._tick), int(size.scaleb(self.instrument.size_digits))
        self._current_hour(time).add(ticks, lots)
        self._bars.add(time, ticks, lots)
        self._last, self._last_lots = ticks, lots

    def _trade(self) -> tuple[Trade, ...]:
        random = self._random
        if random.random() < 0.3:
            self._buying = not self._buying
        side, step = (Side.BUY, 1) if self._buying else (Side.SELL, -1)
        price = self._ask if self._buying else self._bid
        order_type = "market" if random.random() < 0.4 else "limit"
        time, trades = self.timestamp, []
        hour = self._current_hour(time)
        for _ in range(1 if random.random() < 0.7 else random.randint(2, 4)):
            lots = self._lots()
            number = self.number_trade()
            trades.append(
                Trade(
                    self.instrument.symbol,
                    price=self._price(price),
                    size=self._size(lots),
                    side=side,
                    id=number,
                    order_type=order_type,
                    time=time,
                )
            )
            hour.add(price, lots)
            self._bars.add(time, price, lots)
            self._last, self._last_lots = price, lots
            time += 1000 * random.randint(1, 900)
            if random.random() < 0.5:
                price = max(1, price + step)
        # Who buys more than the best offer lifts the price.
        self._mid += 0.5 * (self._last - self._mid)
        self.recent.extend(trades)
        return tuple(trades)

    def _requote(self) -> None:
        random = self._random
        width = self.instrument.spread * random.lognormvariate(0.0, 0.35) * (1.0 + 0.1 * self._burst)
        spread = max(1, round(width))
        self._bid = max(1, math.floor(self._mid - (spread - 1) / 2))
        self._ask = self._bid + spread
        self._bid_lots, self._ask_lots = self._lots(), self._lots()

    def _lots(self) -> int:
        size = self.instrument.size * self._random.lognormvariate(-0.5, 1.0)
        return max(1, round(size * 10.0**self.instrument.size_digits))

    # The last 24 hours.

    def _yesterday(self, hour: int) -> deque[Bar]:
        """Make up the day before the start, backwards from the price at the start."""
        bars: deque[Bar] = deque()
        price, swing = self._mid, self.instrument.volatility * 40
        for number in range(hour, hour - 24, -1):
            before = price * (1.0 + self._random.gauss(0.0, swing))
            bar = Bar(number, max(1, round(before)))
            for value in (price, *(self._random.uniform(min(price, before), max(price, before)) for _ in range(3))):
                trades = self._random.randint(50, 400)
                bar.add(
                    max(1, round(value * (1.0 + self._random.gauss(0.0, swing / 4)))), trades * self._lots(), trades
                )
            bar.close = max(1, round(price))
            bar.low, bar.high = min(bar.low, bar.close), max(bar.high, bar.close)
            bars.appendleft(bar)
            price = before
        return bars

    def _current_hour(self, time: int) -> Bar:
        number = time // _HOUR
        if self._hours[-1].number != number:
            self._hours.append(Bar(number, self._last))
            while self._hours[0].number <= number - 24:
                self._hours.popleft()
            self._past_day, self._past_today = self._sums()
        return self._hours[-1]

    def _sums(self) -> tuple[Bar | None, Bar | None]:
        finished = list(self._hours)[:-1]
        today = self._hours[-1].number // 24
        return _sum(finished), _sum(bar for bar in finished if bar.number // 24 == today)

    def _statistics(self, past: Bar | None) -> Statistics:
        current = self._hours[-1]
        bar = Bar(0, (past or current).open)
        for part in (past, current):
            if part is not None:
                bar.absorb(part)
        return Statistics(
            open=self._price(bar.open),
            low=self._price(bar.low),
            high=self._price(bar.high),
            volume=self._size(bar.volume),
            vwap=self._vwap(bar),
            trades=bar.trades,
        )

    def _vwap(self, bar: Bar) -> Decimal:
        vwap = Decimal(bar.cost) / Decimal(bar.volume) if bar.volume else Decimal(bar.open)
        return (vwap * self._tick).quantize(self._tick, ROUND_HALF_EVEN)

    def _nanoseconds(self, time: float) -> int:
        return self._start + round(time * 1e6) * 1000

    def _price(self, ticks: int) -> Decimal:
        return Decimal(ticks).scaleb(-self.instrument.price_digits)

    def _size(self, lots: int) -> Decimal:
        return Decimal(lots).scaleb(-self.instrument.size_digits)


def _sum(bars: Iterable[Bar]) -> Bar | None:
    total: Bar | None = None
    for bar in bars:
        if total is None:
            total = Bar(0, bar.open)
        total.absorb(bar)
    return total
