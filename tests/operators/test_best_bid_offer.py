"""`best_bid_offer`."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from threading import Barrier, Event, Thread
from typing import Any

import pytest
import reactivex as rx
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Observable, Subject
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.testing import TestScheduler

from rxex.clock import default_clock
from rxex.errors import InvalidArgument
from rxex.events import Gap, Overflow, Stale
from rxex.fanout import FanOut
from rxex.models import BestBidOffer, Ticker
from rxex.operators import best_bid_offer
from tests.operators.timeline import END, Timeline

SECOND = 1_000_000_000


def quote(bid: str, ask: str, symbol: str = "BTC/USD", **more: Any) -> Ticker:
    return Ticker(symbol, Decimal(bid), more.pop("bid_size", None), Decimal(ask), None, Decimal(bid), **more)


def run(here: Sequence[tuple[float, Any]], there: Sequence[tuple[float, Any]], until: float = 100) -> list[Any]:
    clock = TestScheduler()
    sources = {"here": Timeline(*here, clock=clock).source, "there": Timeline(*there, clock=clock).source}
    watched = Timeline(clock=clock)
    watched.source = best_bid_offer(sources, max_age=5, scheduler=clock)
    return [(time, plain(item)) for time, item in watched.run(lambda source: source, until)]


def stream(fan: FanOut[Ticker]) -> Observable[Ticker]:
    def subscribe(observer: ObserverBase[Ticker], _: SchedulerBase | None = None) -> DisposableBase:
        return fan.subscribe(observer)

    return Observable(subscribe)


def plain(item: Any) -> Any:
    if isinstance(item, BestBidOffer):
        return f"{item.bid} {item.bid_source} / {item.ask} {item.ask_source}"
    return f"{item.channel} is stale" if isinstance(item, Stale) else item


def test_the_best_of_all_sources_is_told_whenever_it_changes() -> None:
    here = [(1, quote("7", "10")), (4, quote("9", "11"))]
    there = [(2, quote("8", "9")), (3, quote("8", "9"))]
    assert run(here, there, until=5) == [
        (1, "7 here / 10 here"),
        (2, "8 there / 9 there"),
        (4, "9 here / 9 there"),
    ]


def test_it_tells_sizes_times_and_the_symbol_of_the_bid() -> None:
    clock = TestScheduler()
    here, there, seen = Subject[Ticker](), Subject[Ticker](), list[Any]()
    best_bid_offer({"here": here, "there": there}, max_age=5, scheduler=clock).subscribe(seen.append)
    here.on_next(quote("7", "9", "XBT/USD", bid_size=Decimal(3), time=100, received=120))
    there.on_next(quote("6", "8", "BTCUSD", received=110))
    assert seen[-1] == BestBidOffer(
        "XBT/USD", Decimal(7), "here", Decimal(8), "there", bid_size=Decimal(3), time=100, received=120
    )
    assert seen[-1].spread == 1


def test_a_change_of_size_alone_is_told() -> None:
    seen = run([(1, quote("7", "9")), (2, quote("7", "9", bid_size=Decimal(2)))], [], until=3)
    assert [time for time, _ in seen] == [1, 2]


def test_of_equal_prices_the_first_source_counts() -> None:
    assert run([(2, quote("7", "9"))], [(1, quote("7", "9"))], until=3)[-1] == (2, "7 here / 9 here")


def test_a_source_that_has_gone_quiet_is_left_out_until_it_speaks_again() -> None:
    here = [(1, quote("8", "9")), (8, quote("8", "9"))]
    there = [(time, quote("7", "10")) for time in (2, 4, 6, 8)]
    assert run(here, there, until=9) == [
        (1, "8 here / 9 here"),
        (6, "here is stale"),
        (6, "7 there / 10 there"),
        (8, "8 here / 9 here"),
    ]


def test_a_source_that_has_never_spoken_is_told_once() -> None:
    assert run([(4, quote("7", "9")), (8, quote("7", "9"))], [], until=12) == [
        (4, "7 here / 9 here"),
        (5, "there is stale"),
    ]


def test_when_all_are_quiet_there_are_no_prices_until_one_speaks() -> None:
    assert run([(1, quote("7", "9")), (50, quote("7", "9"))], [], until=52) == [
        (1, "7 here / 9 here"),
        (5, "there is stale"),
        (6, "here is stale"),
        (50, "7 here / 9 here"),
    ]


def test_stale_tells_when_the_source_was_heard_last() -> None:
    clock = TestScheduler()
    silent, told = rx.never(), rx.concat(rx.of(quote("7", "9", received=77)), rx.never())
    seen = list[Any]()
    best_bid_offer({"silent": silent, "told": told}, max_age=5, scheduler=clock).subscribe(seen.append)
    clock.advance_to(20)
    assert seen[1:] == [Stale("silent", 0), Stale("told", 77)]


def test_what_is_too_old_is_not_used_even_where_the_alarm_is_late() -> None:
    class LateClock(TestScheduler):
        def schedule_absolute(self, duetime: Any, action: Any, state: Any = None) -> Any:
            return super().schedule_absolute(self.to_seconds(duetime) + 3, action, state)

    clock = LateClock()
    here, there, seen = Subject[Ticker](), Subject[Ticker](), list[Any]()
    best_bid_offer({"here": here, "there": there}, max_age=5, scheduler=clock).subscribe(seen.append)
    here.on_next(quote("8", "9"))
    clock.advance_to(6)
    there.on_next(quote("7", "10"))
    assert [plain(item) for item in seen] == ["8 here / 9 here", "here is stale", "7 there / 10 there"]


@pytest.mark.parametrize("notice", [Gap("ticker"), Stale("ticker", 0)])
def test_a_source_that_says_that_it_is_unsure_is_left_out_at_once(notice: Any) -> None:
    assert run([(1, quote("8", "9")), (3, notice)], [(2, quote("7", "10"))], until=4) == [
        (1, "8 here / 9 here"),
        (3, "here is stale"),
        (3, "7 there / 10 there"),
    ]


def test_tickers_that_were_skipped_do_no_harm() -> None:
    assert run([(1, quote("8", "9")), (3, Overflow("ticker", 4))], [], until=4) == [(1, "8 here / 9 here")]


def test_a_source_that_has_completed_is_left_out_and_the_last_one_ends_the_stream() -> None:
    assert run([(1, quote("8", "9")), (2, END)], [(1.5, quote("7", "10")), (3, END)]) == [
        (1, "8 here / 9 here"),
        (2, "here is stale"),
        (2, "7 there / 10 there"),
        (3, "there is stale"),
        (3, END),
    ]


def test_the_error_of_one_source_ends_the_stream_and_leaves_the_others() -> None:
    clock, error = TestScheduler(), ValueError("the end")
    here, there, errors = Subject[Ticker](), Subject[Ticker](), list[Exception]()
    best_bid_offer({"here": here, "there": there}, max_age=5, scheduler=clock).subscribe(on_error=errors.append)
    here.on_error(error)
    assert errors == [error]
    assert there.observers == []


def test_subscriptions_share_nothing() -> None:
    clock = TestScheduler()
    here, first, second = Subject[Ticker](), list[Any](), list[Any]()
    best = best_bid_offer({"here": here}, max_age=5, scheduler=clock)
    best.subscribe(first.append)
    here.on_next(quote("8", "9"))
    best.subscribe(second.append)
    here.on_next(quote("8", "9"))
    assert (len(first), len(second)) == (1, 1)


def test_sources_on_different_threads_never_tell_the_subscriber_at_the_same_time() -> None:
    here, there = FanOut[Ticker](), FanOut[Ticker]()
    sources = {"here": stream(here), "there": stream(there)}
    inside, seen, together = list[int](), list[Any](), list[Any]()

    def observe(item: Any) -> None:
        inside.append(1)
        if len(inside) > 1:
            together.append(item)
        seen.append(item)
        inside.pop()

    subscription = best_bid_offer(sources, max_age=1000).subscribe(observe)
    start = Barrier(2)

    def speak(fan: FanOut[Ticker], base: int) -> None:
        start.wait(5)
        for number in range(2000):
            fan.emit(quote(str(base + number % 7), "100"))

    speakers = [Thread(target=speak, args=each) for each in ((here, 1), (there, 2))]
    for speaker in speakers:
        speaker.start()
    for speaker in speakers:
        speaker.join(10)
    assert together == []
    assert len(seen) > 1000
    subscription.dispose()
    assert default_clock().run_due() is None


def test_a_dispose_inside_the_callback_does_not_wait_for_the_other_sources() -> None:
    here, there = FanOut[Ticker](), FanOut[Ticker]()
    sources = {"here": stream(here), "there": stream(there)}
    inside, waiting, finished, seen = Event(), Event(), Event(), list[Any]()

    def observe(item: Any) -> None:
        seen.append(item)
        inside.set()
        assert waiting.wait(5)
        subscription.dispose()
        finished.set()

    subscription = best_bid_offer(sources, max_age=1000).subscribe(observe)
    first = Thread(target=lambda: here.emit(quote("7", "9")))
    first.start()
    assert inside.wait(5)
    second = Thread(target=lambda: there.emit(quote("8", "9")))
    second.start()
    second.join(0.05)
    waiting.set()
    assert finished.wait(1)
    first.join(1)
    second.join(1)
    assert not first.is_alive()
    assert not second.is_alive()
    assert len(seen) == 1
    assert (here.guards, there.guards) == ((), ())


@pytest.mark.parametrize(
    ("sources", "max_age", "text"),
    [
        ({}, 5, "sources is {}: give at least one"),
        ({"here": rx.never()}, 0, "max_age is 0: give seconds, more than 0"),
        ({"here": rx.never()}, float("nan"), "max_age is nan: give seconds, more than 0"),
    ],
)
def test_values_that_cannot_be_right_are_refused_at_once(sources: Any, max_age: float, text: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        best_bid_offer(sources, max_age=max_age)
    assert str(refused.value) == text


said = st.tuples(st.integers(0, 40), st.integers(0, 2), st.integers(1, 9), st.integers(1, 9))


@given(st.lists(said, max_size=25))
@settings(max_examples=100, deadline=None)
def test_what_is_told_is_the_best_of_those_that_are_not_too_old(script: list[tuple[int, int, int, int]]) -> None:
    clock = TestScheduler()
    legs = {name: Subject[Ticker]() for name in "abc"}
    told: list[Any] = [None]

    def observe(item: Any) -> None:
        if isinstance(item, BestBidOffer):
            told[0] = item
        elif told[0] is not None and item.channel in (told[0].bid_source, told[0].ask_source):
            told[0] = None

    best_bid_offer(legs, max_age=5, scheduler=clock).subscribe(observe)
    heard: dict[str, tuple[int, int, int]] = {}
    moments = sorted(
        [*((2 * time, each) for time, *each in script), *((time, None) for time in range(1, 90, 2))],
        key=lambda moment: moment[0],
    )
    for half_seconds, speech in moments:
        if half_seconds:
            clock.advance_to(half_seconds / 2)
        if speech is not None:
            name = "abc"[speech[0]]
            heard[name] = (half_seconds, speech[1], speech[2])
            legs[name].on_next(quote(str(speech[1]), str(speech[2])))
        live = {name: each for name, each in heard.items() if half_seconds - each[0] < 10}
        best = told[0]
        if not live:
            assert best is None
        else:
            assert best is not None
            assert (best.bid, best.ask) == (
                max(bid for _, bid, _ in live.values()),
                min(ask for _, _, ask in live.values()),
            )
            assert live[best.bid_source][1] == best.bid
            assert live[best.ask_source][2] == best.ask
