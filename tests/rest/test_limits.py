"""The counter of calls, in virtual time."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reactivex.testing import TestScheduler

from rxex.errors import InvalidArgument
from rxex.rest import CallCounter, RateLimit, WindowCounter


def test_the_count_falls_with_time() -> None:
    scheduler = TestScheduler()
    counter = CallCounter(10, 2, scheduler=scheduler)
    counter.add(8)
    scheduler.advance_by(3)
    assert counter.rate_limit == RateLimit(10, 8, 1, estimated=True)
    scheduler.advance_by(100)
    assert counter.rate_limit == RateLimit(10, 10, 0, estimated=True)


def test_a_full_counter_tells_when_there_is_room_and_then_there_is() -> None:
    scheduler = TestScheduler()
    counter = CallCounter(4, 0.5, scheduler=scheduler)
    counter.fill()
    assert counter.wait(2) == 4.0
    scheduler.advance_by(4)
    assert counter.wait(2) == 0.0
    assert counter.wait(2) == 4.0


def test_filling_never_makes_room() -> None:
    counter = CallCounter(4, 1, scheduler=TestScheduler())
    counter.add(9)
    counter.fill()
    assert counter.wait() == 6.0


def test_what_costs_more_than_there_ever_is_waits_for_an_empty_counter() -> None:
    scheduler = TestScheduler()
    counter = CallCounter(4, 1, scheduler=scheduler)
    counter.add(1)
    assert counter.wait(10) == 1.0
    scheduler.advance_by(1)
    assert counter.wait(10) == 0.0


@pytest.mark.parametrize(("maximum", "decay"), [(0, 1), (1, 0), (-1, 1), (float("nan"), 1)])
def test_a_counter_that_cannot_work_is_refused(maximum: float, decay: float) -> None:
    with pytest.raises(InvalidArgument):
        CallCounter(maximum, decay)


@given(st.lists(st.tuples(st.integers(0, 5), st.sampled_from([0.5, 1.0, 4.0])), max_size=60))
def test_the_exchange_that_counts_alike_never_refuses(calls: list[tuple[int, float]]) -> None:
    scheduler = TestScheduler()
    counter, theirs, at = CallCounter(15, 0.33, scheduler=scheduler), 0.0, 0.0
    for pause, cost in calls:
        scheduler.advance_by(pause)
        wait = counter.wait(cost)
        while wait:
            scheduler.advance_by(wait)
            wait = counter.wait(cost)
        now = scheduler.to_seconds(scheduler.now)
        theirs, at = max(0.0, theirs - (now - at) * 0.33) + cost, now
        assert theirs <= 15 + 1e-4


def test_a_window_begins_with_a_call_and_ends_after_its_period() -> None:
    scheduler = TestScheduler()
    counter = WindowCounter(10, 30, scheduler=scheduler)
    scheduler.advance_by(100)
    assert counter.wait(6) == 0.0
    scheduler.advance_by(20)
    assert counter.wait(4) == 0.0
    assert counter.wait() == 10.0
    assert counter.rate_limit == RateLimit(10, 0, 10, estimated=True)
    scheduler.advance_by(10)
    assert counter.wait(10) == 0.0
    assert counter.wait() == 30.0


def test_what_costs_more_than_a_window_has_goes_out_in_an_empty_one() -> None:
    scheduler = TestScheduler()
    counter = WindowCounter(10, 30, scheduler=scheduler)
    assert counter.wait(800) == 0.0
    assert counter.wait(1) == 30.0
    scheduler.advance_by(30)
    counter.add(4)
    assert counter.wait(800) == 30.0


def test_the_exchange_is_believed_about_its_window() -> None:
    scheduler = TestScheduler()
    counter = WindowCounter(10, 30, scheduler=scheduler)
    counter.wait(2)
    counter.told(RateLimit(20, 19, 29.9))
    assert counter.rate_limit == RateLimit(20, 18, 29.9, estimated=True), "a call of ours is under way"
    counter.told(RateLimit(20, 5, 29.9))
    assert counter.rate_limit.remaining == 5, "somebody else used it, too"
    scheduler.advance_by(20)
    counter.told(RateLimit(20, 17, 30))
    assert counter.rate_limit == RateLimit(20, 17, 30, estimated=True), "another window"
    counter.told(RateLimit(20, 0))
    assert counter.wait() == 30.0


def test_a_pause_is_as_long_as_the_exchange_says_whatever_the_window() -> None:
    scheduler = TestScheduler()
    counter = WindowCounter(10, 30, scheduler=scheduler)
    counter.wait(5)
    counter.pause(10)
    counter.pause(4)
    assert counter.wait() == 10.0
    scheduler.advance_by(10)
    assert counter.wait(5) == 0.0
    assert counter.wait() == 20.0
    counter.pause(40)
    scheduler.advance_by(30)
    assert counter.wait() == 10.0


@pytest.mark.parametrize(("maximum", "period"), [(0, 1), (1, 0), (-1, 1), (float("nan"), 1)])
def test_a_window_that_cannot_work_is_refused(maximum: float, period: float) -> None:
    with pytest.raises(InvalidArgument):
        WindowCounter(maximum, period)
