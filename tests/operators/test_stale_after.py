"""`stale_after`."""

from __future__ import annotations

import time
from threading import Event
from typing import Any

import pytest
import reactivex as rx
from attrs import frozen
from reactivex import Subject
from reactivex.testing import TestScheduler

from rxex.clock import default_clock, wall_ns
from rxex.errors import InvalidArgument
from rxex.events import Gap, Stale
from rxex.operators import stale_after
from tests.operators.timeline import END, Timeline

SECOND = 1_000_000_000


def run(*moments: tuple[float, Any], until: float = 100) -> list[Any]:
    timeline = Timeline(*moments)
    return timeline.run(stale_after(5, channel="ticker", scheduler=timeline.clock), until)


def stale(since: float) -> Stale:
    return Stale("ticker", int(since * SECOND))


def test_a_stream_that_never_stays_quiet_for_long_is_left_as_it_is() -> None:
    assert run((1, "a"), (5.5, "b"), (10, "c"), (14, END)) == [(1, "a"), (5.5, "b"), (10, "c"), (14, END)]


def test_a_silence_is_told_once_and_the_next_one_again() -> None:
    assert run((1, "a"), (20, "b")) == [(1, "a"), (6, stale(1)), (20, "b"), (25, stale(20))]


def test_the_silence_counts_from_the_last_item() -> None:
    assert run((1, "a"), (4, "b"), (8.5, "c")) == [(1, "a"), (4, "b"), (8.5, "c"), (13.5, stale(8.5))]


def test_the_time_before_the_first_item_counts() -> None:
    assert run((7, "a"), (8, END)) == [(5, stale(0)), (7, "a"), (8, END)]


def test_notices_of_the_source_pass_but_are_no_sign_of_life() -> None:
    gap = Gap("ticker")
    assert run((1, "a"), (4, gap), (8, END)) == [(1, "a"), (4, gap), (6, stale(1)), (8, END)]
    assert run((1, "a"), (8, gap), (20, END)) == [(1, "a"), (6, stale(1)), (8, gap), (20, END)]


def test_since_is_the_arrival_of_the_last_item_where_it_knows_it() -> None:
    @frozen
    class Item:
        received: int

    assert run((1, Item(77)))[1] == (6, Stale("ticker", 77))


def test_an_error_of_the_source_passes_and_nothing_comes_after_it() -> None:
    error = ValueError("the end")
    assert run((1, "a"), (2, error)) == [(1, "a"), (2, error)]


def test_there_is_one_timer_however_many_items_come(monkeypatch: pytest.MonkeyPatch) -> None:
    scheduled: list[float] = []
    clock, source = TestScheduler(), Subject[int]()
    schedule = clock.schedule_absolute

    def count(duetime: Any, *arguments: Any) -> Any:
        scheduled.append(clock.to_seconds(duetime))
        return schedule(duetime, *arguments)

    monkeypatch.setattr(clock, "schedule_absolute", count)
    subscription = source.pipe(stale_after(5, scheduler=clock)).subscribe()
    for number in range(1000):
        source.on_next(number)
    assert scheduled == [5]
    clock.advance_to(4)
    source.on_next(1000)
    clock.advance_to(8)
    assert scheduled == [5, 9]
    subscription.dispose()


def test_nothing_comes_after_a_dispose() -> None:
    clock, seen = TestScheduler(), list[Any]()
    subscription = rx.never().pipe(stale_after(5, scheduler=clock)).subscribe(seen.append)
    clock.advance_to(4)
    subscription.dispose()
    subscription.dispose()
    clock.advance_to(20)
    assert seen == []


def test_a_dispose_inside_the_notice_ends_the_stream() -> None:
    clock, source, seen = TestScheduler(), Subject[int](), list[Any]()

    def stop(item: Any) -> None:
        seen.append(item)
        subscription.dispose()

    subscription = source.pipe(stale_after(5, scheduler=clock)).subscribe(stop)
    clock.advance_to(20)
    source.on_next(1)
    assert seen == [Stale("", 0)]
    assert source.observers == []


def test_by_default_the_silence_is_measured_by_the_monotonic_clock_and_told_in_wall_time() -> None:
    before, told, seen = wall_ns(), Event(), list[Any]()

    def observe(item: Any) -> None:
        seen.append(item)
        told.set()

    started = time.monotonic()
    subscription = rx.never().pipe(stale_after(0.02)).subscribe(observe)
    assert told.wait(5)
    assert time.monotonic() - started >= 0.02
    assert before - SECOND // 100 <= seen[0].since <= wall_ns()
    subscription.dispose()
    assert default_clock().run_due() is None


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf")])
def test_a_silence_that_cannot_be_measured_is_refused_at_once(seconds: float) -> None:
    with pytest.raises(InvalidArgument, match=f"seconds is {seconds}: give seconds, more than 0"):
        stale_after(seconds)
