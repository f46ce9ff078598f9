"""`on_backpressure_latest`; what it has in common with its siblings is in ``test_hand_over.py``."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Subject
from reactivex.testing import TestScheduler

from rxex.errors import InvalidArgument
from rxex.events import Gap, Overflow, Stale
from rxex.operators import on_backpressure_latest


class Line:
    """A line in virtual time whose reader takes only when told to."""

    def __init__(self, **options: Any) -> None:
        self.clock = TestScheduler()
        self.source: Subject[Any] = Subject()
        self.seen: list[Any] = []
        operator = on_backpressure_latest(scheduler=self.clock, **options)
        self.source.pipe(operator).subscribe(self.seen.append, self.seen.append, lambda: self.seen.append("end"))

    def send(self, *items: Any) -> None:
        for item in items:
            self.source.on_next(item)

    def read(self) -> list[Any]:
        self.clock.advance_by(1)
        seen = list(self.seen)
        self.seen.clear()
        return seen


def first_letter(item: str) -> str:
    return item[0]


def test_only_the_newest_waits_and_the_others_are_counted_before_it() -> None:
    line = Line(notices=True, channel="ticker")
    line.send(1, 2, 3)
    assert line.read() == [Overflow("ticker", 2), 3]
    line.send(4)
    line.source.on_completed()
    assert line.read() == [4, "end"]


def test_a_newer_item_takes_the_place_of_the_older_one_of_its_key() -> None:
    line = Line(key=first_letter, notices=True)
    line.send("a1", "b1", "a2", "c1", "b2", "a3")
    assert line.read() == [Overflow("", 2), "a3", Overflow("", 1), "b2", "c1"]


def test_with_too_many_keys_the_one_that_waited_longest_is_dropped_and_counted() -> None:
    line = Line(key=first_letter, notices=True, capacity=2)
    line.send("a1", "a2", "b1", "c1")
    assert line.read() == [Overflow("", 2), "b1", "c1"]


def test_notices_of_the_source_are_not_asked_for_a_key_and_are_not_lost_among_items() -> None:
    line = Line(key=first_letter, notices=True)
    old, new, stale = Gap("trades", 1, 2), Gap("trades", 5, 6), Stale("trades", 0)
    line.send(old, "a1", stale, "a2", new)
    assert line.read() == [Overflow("", 1), new, Overflow("", 1), "a2", stale]


def test_a_key_that_cannot_be_had_ends_the_stream_behind_what_waits() -> None:
    line = Line(key=first_letter)
    line.send("a1", "", "b1")
    [item, error] = line.read()
    assert item == "a1"
    assert isinstance(error, IndexError)
    assert line.source.observers == []


@given(bursts=st.lists(st.lists(st.integers(0, 5), max_size=12), max_size=8), capacity=st.integers(1, 4))
@settings(max_examples=100, deadline=None)
def test_each_key_ends_with_its_newest_item_and_nothing_is_lost_uncounted(
    bursts: list[list[int]], capacity: int
) -> None:
    line = Line(key=lambda item: item[0], notices=True, capacity=capacity)
    number = 0
    for burst in bursts:
        sent = [(key, number := number + 1) for key in burst]
        line.send(*sent)
        seen = line.read()
        items = [item for item in seen if not isinstance(item, Overflow)]
        assert len(items) + sum(item.count for item in seen if isinstance(item, Overflow)) == len(sent)
        newest = dict(sent)
        assert all(newest[key] == count for key, count in items)
        assert len(items) == min(len(newest), capacity)
        if len(newest) <= capacity:
            assert [key for key, _ in items] == list(dict.fromkeys(burst))


def test_a_line_that_holds_nothing_is_refused_at_once() -> None:
    with pytest.raises(InvalidArgument, match="capacity is 0: give the number of items to hold, 1 or more"):
        on_backpressure_latest(capacity=0)
