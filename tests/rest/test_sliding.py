"""Calls counted in every window of time, in virtual time."""

from __future__ import annotations

import threading

import pytest
from reactivex.testing import TestScheduler

from rxex.errors import InvalidArgument
from rxex.rest import RateLimit
from rxex.rest.sliding import SlidingCounter


def test_no_window_of_the_period_has_more_than_the_maximum() -> None:
    time = TestScheduler()
    counter = SlidingCounter(3, 60, scheduler=time)
    went: list[float] = []
    for _ in range(1000):
        if counter.wait() == 0:
            went.append(time.to_seconds(time.now))
        time.advance_by(0.7)
    assert len(went) > 30
    assert all(later - earlier >= 59.999 for earlier, later in zip(went, went[3:], strict=False))


def test_there_is_room_exactly_when_it_says() -> None:
    time = TestScheduler()
    counter = SlidingCounter(2, 60, scheduler=time)
    assert counter.wait() == 0
    time.advance_by(10)
    assert counter.wait() == 0
    time.advance_by(20)
    assert counter.wait() == 30
    time.advance_by(30)
    assert counter.wait() == 0
    assert counter.wait() == 10


def test_what_cannot_wait_is_counted_all_the_same() -> None:
    counter = SlidingCounter(2, 60, scheduler=TestScheduler())
    for _ in range(3):
        counter.add()
    assert counter.wait() == 60
    assert counter.rate_limit == RateLimit(2, 0, 60, estimated=True)


def test_a_pause_holds_and_a_shorter_one_does_not_end_it() -> None:
    time = TestScheduler()
    counter = SlidingCounter(2, 5, scheduler=time)
    counter.pause(60)
    counter.pause(1)
    assert counter.rate_limit == RateLimit(2, 0, 60, estimated=True)
    time.advance_by(59)
    assert counter.wait() == 1
    time.advance_by(1)
    assert counter.wait() == 0
    assert counter.rate_limit == RateLimit(2, 1, 5, estimated=True)


def test_threads_never_count_more_than_there_is_room_for() -> None:
    counter = SlidingCounter(100, 60, scheduler=TestScheduler())
    went: list[float] = []

    def ask() -> None:
        went.extend(counter.wait() for _ in range(50))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(5)
    assert went.count(0.0) == 100


@pytest.mark.parametrize(("maximum", "period"), [(0, 1), (-1, 1), (1, 0), (1, -5)])
def test_a_size_that_cannot_be_is_refused(maximum: int, period: float) -> None:
    with pytest.raises(InvalidArgument, match="above 0"):
        SlidingCounter(maximum, period)
