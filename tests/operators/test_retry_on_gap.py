"""`retry_on_gap`."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count, repeat
from typing import Any

import pytest
import reactivex as rx
from attrs import frozen
from reactivex import Observable, Subject
from reactivex.testing import Recorded, TestScheduler

from rxex.errors import BufferOverflow, InvalidArgument, SequenceGap
from rxex.events import Gap
from rxex.operators import in_sequence, retry_on_gap
from tests.operators.timeline import END, Timeline, notification_of

GAP = SequenceGap(3, 5, "orders")


class Source:
    """A cold source: attempt number n plays ``plays[n]``, the last one for all that follow. Notes when it was asked."""

    def __init__(self, *plays: list[tuple[float, Any]]) -> None:
        self.clock = TestScheduler()
        self.asked: list[float] = []
        self._plays = plays

    @property
    def stream(self) -> Observable[Any]:
        return rx.defer(lambda _: self._play())

    def _play(self) -> Observable[Any]:
        play = self._plays[min(len(self.asked), len(self._plays) - 1)]
        self.asked.append(self.clock.to_seconds(self.clock.now))
        records: list[Any] = [Recorded(time, notification_of(item)) for time, item in play]  # type: ignore[arg-type]
        return self.clock.create_cold_observable(records)

    def run(self, until: float = 1000, **options: Any) -> list[Any]:
        timeline = Timeline(clock=self.clock)
        timeline.source = self.stream
        return timeline.run(retry_on_gap(scheduler=self.clock, **options), until)


def test_a_gap_makes_the_source_be_asked_again_at_once() -> None:
    source = Source([(1, "a"), (2, GAP)], [(1, "b"), (2, END)])
    assert source.run() == [(1, "a"), (3, "b"), (4, END)]
    assert source.asked == [0, 2]


def test_with_notices_a_gap_stands_at_its_place() -> None:
    @frozen
    class Item:
        received: int

    source = Source([(1, Item(50)), (2, GAP)], [(1, Item(60)), (2, END)])
    gap = Gap("orders", expected=3, received=5, missed=None, since=50)
    assert source.run(notices=True) == [(1, Item(50)), (2, gap), (3, Item(60)), (4, END)]


def test_a_source_that_always_has_a_gap_is_asked_less_and_less_often() -> None:
    source = Source([(0, GAP)])
    assert source.run(until=100) == []
    assert source.asked == [0, 0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5, 61.5, 91.5]


def test_a_source_that_fails_inside_subscribe_does_not_make_it_spin() -> None:
    clock, asked = TestScheduler(), list[float]()

    def ask(*_: Any) -> Observable[int]:
        asked.append(clock.to_seconds(clock.now))
        return rx.throw(GAP)

    subscription = rx.defer(ask).pipe(retry_on_gap(lambda: repeat(0.0), scheduler=clock)).subscribe()
    clock.advance_to(1)
    subscription.dispose()
    assert len(asked) == 12
    clock.advance_to(2)
    assert len(asked) == 12


def test_a_time_without_a_gap_makes_delays_and_attempts_start_over() -> None:
    source = Source([(0, GAP)], [(0, GAP)], [(29, GAP)], [(30, GAP)], [(31, END)])
    assert source.run(attempts=3) == [(0.5 + 29 + 1 + 30 + 31, END)]
    assert source.asked == [0, 0, 0.5, 30.5, 60.5]


def test_after_the_last_attempt_the_gap_passes() -> None:
    source = Source([(1, GAP)])
    assert source.run(attempts=2) == [(3.5, GAP)]
    assert source.asked == [0, 1, 2.5]
    assert Source([(1, GAP)]).run(attempts=0) == [(1, GAP)]


def test_after_the_last_delay_the_gap_passes() -> None:
    source = Source([(1, GAP)])
    assert source.run(delays=lambda: iter([2.0, 3.0])) == [(8, GAP)]
    assert source.asked == [0, 3, 7]


def test_any_other_error_passes_at_once() -> None:
    error = BufferOverflow(5)
    source = Source([(1, error)])
    assert source.run() == [(1, error)]
    assert source.asked == [0]


def test_the_source_is_asked_again_with_a_state_of_its_own() -> None:
    clock, numbers = TestScheduler(), count()
    answers = [[1, 2, 4], [9, 10]]
    source = rx.defer(lambda _: rx.from_iterable(answers[next(numbers)]))
    seen: list[Any] = []
    source.pipe(in_sequence(int)).pipe(retry_on_gap(notices=True, scheduler=clock)).subscribe(seen.append)
    clock.advance_to(1)
    assert seen == [1, 2, Gap("", 3, 4), 9, 10]


def test_subscriptions_do_not_share_their_attempts() -> None:
    source = Source([(1, GAP)])
    retried = source.stream.pipe(retry_on_gap(attempts=1, scheduler=source.clock))
    ends: list[float] = []
    for _ in range(2):
        retried.subscribe(on_error=lambda _: ends.append(source.clock.to_seconds(source.clock.now)))
    source.clock.advance_to(10)
    assert ends == [2, 2]


def test_a_dispose_in_the_pause_ends_it() -> None:
    source = Source([(1, GAP)])
    assert source.run(until=2.2) == []
    source.clock.advance_to(10)
    assert source.asked == [0, 1]


def test_a_dispose_inside_the_notice_ends_it() -> None:
    clock, source, asked = TestScheduler(), Subject[int](), list[int]()

    def ask(*_: Any) -> Observable[int]:
        asked.append(1)
        return source

    subscription = (
        rx.defer(ask).pipe(retry_on_gap(notices=True, scheduler=clock)).subscribe(lambda _: subscription.dispose())
    )
    source.on_error(GAP)
    clock.advance_to(10)
    assert asked == [1]


def _failing() -> Iterator[float]:
    raise LookupError("no delays")
    yield 0.0


@pytest.mark.parametrize(
    ("delays", "text"),
    [
        (lambda: iter([-1.0]), "delays is -1.0: each of them has to be seconds, 0 or more"),
        (lambda: iter([float("nan")]), "delays is nan: each of them has to be seconds, 0 or more"),
        (_failing, "no delays"),
    ],
)
def test_delays_that_make_no_sense_end_the_stream(delays: Callable[[], Iterator[float]], text: str) -> None:
    source = Source([(1, GAP)])
    [(time, error)] = source.run(delays=delays)
    assert (time, str(error)) == (1, text)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"attempts": -1}, "attempts is -1: it has to be 0 or more, or None for no limit"),
        ({"stable_for": 0.5}, "stable_for is 0.5: it has to be seconds, 1 or more"),
        ({"stable_for": float("nan")}, "stable_for is nan: it has to be seconds, 1 or more"),
    ],
)
def test_values_that_cannot_be_right_are_refused_at_once(options: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        retry_on_gap(**options)
    assert str(refused.value) == text
