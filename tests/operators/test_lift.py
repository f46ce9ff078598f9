"""`lift`."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import reactivex as rx
from reactivex import Subject
from reactivex import operators as ops
from reactivex.testing import ReactiveTest, TestScheduler

from rxex.operators import lift

on_next, on_error, subscribe = ReactiveTest.on_next, ReactiveTest.on_error, ReactiveTest.subscribe


def _running_total() -> Callable[[int], list[int]]:
    total = 0

    def step(item: int) -> list[int]:
        nonlocal total
        total += item
        return [total]

    return step


def test_a_step_gives_any_number_of_items_for_one() -> None:
    assert rx.of(0, 1, 3).pipe(lift(lambda: range), ops.to_list()).run() == [0, 0, 1, 2]


def test_state_belongs_to_one_subscription() -> None:
    totals = rx.of(1, 2, 3).pipe(lift(_running_total), ops.to_list())
    assert totals.run() == [1, 3, 6]
    assert totals.run() == [1, 3, 6]


def test_what_a_step_gave_before_it_raised_is_emitted_and_the_source_is_left() -> None:
    clock, error = TestScheduler(), ValueError("three")
    source = clock.create_hot_observable(on_next(210, 1), on_next(220, 3), on_next(230, 1))

    def step(item: int) -> Iterator[int]:
        yield item
        if item == 3:
            raise error
        yield -item

    result = clock.start(lambda: source.pipe(lift(lambda: step)))
    assert result.messages == [on_next(210, 1), on_next(210, -1), on_next(220, 3), on_error(220, error)]
    assert source.subscriptions == [subscribe(200, 220)]


def test_a_start_that_raises_is_an_error_of_the_stream() -> None:
    def start() -> Callable[[int], list[int]]:
        raise ValueError("no step")

    errors: list[Exception] = []
    rx.of(1).pipe(lift(start)).subscribe(on_error=errors.append)
    assert [str(error) for error in errors] == ["no step"]


def test_what_a_subscriber_raises_is_not_taken_for_the_error_of_the_step() -> None:
    source, errors = Subject[int](), list[Exception]()

    def fail(item: int) -> None:
        raise LookupError(item)

    source.pipe(lift(_running_total)).subscribe(fail, errors.append)
    with pytest.raises(LookupError):
        source.on_next(1)
    assert errors == []


def test_nothing_comes_after_a_dispose_inside_the_callback() -> None:
    source, seen = Subject[int](), list[int]()

    def stop_at_one(item: int) -> None:
        seen.append(item)
        if item == 1:
            subscription.dispose()

    subscription = source.pipe(lift(lambda: range)).subscribe(stop_at_one)
    source.on_next(5)
    assert seen == [0, 1]
