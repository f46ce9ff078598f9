"""`in_sequence`."""

from __future__ import annotations

from typing import Any

import reactivex as rx
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import operators as ops

from rxex.errors import SequenceGap
from rxex.operators import in_sequence
from tests.operators.timeline import END, Timeline


def run(*moments: tuple[float, Any]) -> list[Any]:
    return Timeline(*moments).run(in_sequence(int, channel="orders"))


def test_numbers_that_follow_each_other_pass_whatever_the_first_one_is() -> None:
    assert run((1, 7), (2, 8), (3, 9), (4, END)) == [(1, 7), (2, 8), (3, 9), (4, END)]


def test_a_missing_number_ends_the_stream_at_once_and_leaves_the_source() -> None:
    timeline = Timeline((1, 7), (2, 9), (3, 10))
    [first, (time, error)] = timeline.run(in_sequence(int, channel="orders"))
    assert (first, time) == ((1, 7), 2)
    assert isinstance(error, SequenceGap)
    assert (error.expected, error.received, error.channel, error.reason) == (8, 9, "orders", "")
    assert timeline.left_at == 2


def test_a_number_that_comes_again_is_an_error_too() -> None:
    [_, (time, error)] = run((1, 7), (2, 7))
    assert time == 2
    assert str(error) == "expected number 8 in orders, received 7: a number came again, or the numbers started over"


def test_numbers_that_start_over_are_an_error() -> None:
    [_, _, (time, error)] = run((1, 7), (2, 8), (3, 1))
    assert (time, error.expected, error.received) == (3, 9, 1)


def test_state_belongs_to_one_subscription() -> None:
    numbers = rx.of(5, 6).pipe(in_sequence(int), ops.to_list())
    assert numbers.run() == [5, 6]
    assert numbers.run() == [5, 6]


def test_a_number_that_cannot_be_had_is_an_error_of_the_stream() -> None:
    [_, (time, error)] = run((1, "1"), (2, "x"))
    assert time == 2
    assert isinstance(error, ValueError)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
@settings(max_examples=100, deadline=None)
def test_what_passes_is_the_longest_start_without_a_break(numbers: list[int]) -> None:
    seen: list[int] = []
    rx.from_iterable(numbers).pipe(in_sequence(int)).subscribe(seen.append, lambda _: None)
    unbroken = list(range(numbers[0], numbers[0] + len(seen)))
    assert seen == unbroken
    assert len(seen) == len(numbers) or numbers[len(seen)] != unbroken[-1] + 1
