"""The markets of all instruments: told while they are watched, silent otherwise."""

from __future__ import annotations

from collections.abc import Callable

from rxex.sandbox.market import Instrument, MarketEvent, Pair
from rxex.sandbox.market_feed import MarketFeed

START = 1_767_225_600_000_000_000
INSTRUMENTS = [Instrument("BTC/USD", "63000.0", 1), Instrument("ETH/USD", "3207.50", 2)]


class Clock:
    """Runs what the feed schedules."""

    def __init__(self) -> None:
        self.told: list[tuple[float, str]] = []
        self.waiting: list[tuple[float, Callable[[], None]]] = []
        self.feed = MarketFeed(INSTRUMENTS, start=START, seed=1, speed=1.0, schedule=self.schedule, tell=self.tell)

    def schedule(self, wait: float, action: Callable[[], None]) -> None:
        self.waiting.append((self.feed.now + wait, action))

    def tell(self, event: MarketEvent) -> None:
        self.told.append((self.feed.now, event.pair.instrument.symbol))

    def advance(self, now: float) -> None:
        while self.waiting and min(self.waiting, key=lambda entry: entry[0])[0] <= now:
            entry = min(self.waiting, key=lambda entry: entry[0])
            self.waiting.remove(entry)
            self.feed.now = entry[0]
            entry[1]()
        self.feed.now = now


def test_only_what_is_watched_is_told() -> None:
    clock = Clock()
    clock.feed.watch("BTC/USD")
    clock.advance(20)
    assert len(clock.told) > 10
    assert {symbol for _, symbol in clock.told} == {"BTC/USD"}


def test_two_watchers_make_no_second_series_of_events() -> None:
    once, twice = Clock(), Clock()
    once.feed.watch("BTC/USD")
    twice.feed.watch("BTC/USD")
    twice.feed.watch("BTC/USD")
    once.advance(20)
    twice.advance(20)
    assert once.told == twice.told


def test_watching_again_at_once_makes_no_second_series_of_events() -> None:
    clock, steady = Clock(), Clock()
    steady.feed.watch("BTC/USD")
    for _ in range(5):
        clock.feed.watch("BTC/USD")
        clock.feed.unwatch("BTC/USD")
    clock.feed.watch("BTC/USD")
    clock.advance(20)
    steady.advance(20)
    assert clock.told == steady.told


def test_nothing_is_scheduled_any_more_once_nobody_watches() -> None:
    clock = Clock()
    clock.feed.watch("BTC/USD")
    clock.advance(5)
    clock.feed.unwatch("BTC/USD")
    clock.advance(100)
    assert clock.waiting == []


def test_a_market_that_nobody_watched_has_gone_on() -> None:
    clock = Clock()
    clock.feed.watch("BTC/USD")
    clock.advance(5)
    clock.feed.unwatch("BTC/USD")
    clock.advance(60)
    other = Pair(INSTRUMENTS[0], seed=1, start=START)
    other.catch_up(60)
    assert clock.feed.pair("BTC/USD").last == other.last


def test_a_market_that_skips_goes_on_later_and_piles_nothing_up() -> None:
    clock = Clock()
    clock.feed.watch("BTC/USD")
    clock.feed.skip_to(1000)
    clock.advance(999)
    assert clock.told == []
    clock.advance(1010)
    assert clock.told[0][0] == 1000
