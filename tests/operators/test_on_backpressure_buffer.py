"""`on_backpressure_buffer`; what it has in common with its siblings is in ``test_hand_over.py``."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Subject
from reactivex.testing import TestScheduler

from rxex.errors import BufferOverflow, InvalidArgument
from rxex.events import Overflow
from rxex.operators import on_backpressure_buffer


class Line:
    """A buffer in virtual time whose reader takes only when told to."""

    def __init__(self, capacity: int, **options: Any) -> None:
        self.clock = TestScheduler()
        self.source: Subject[int] = Subject()
        self.seen: list[Any] = []
        operator = on_backpressure_buffer(capacity, scheduler=self.clock, **options)
        self.source.pipe(operator).subscribe(self.seen.append, self.seen.append, lambda: self.seen.append("end"))

    def send(self, *items: int) -> None:
        for item in items:
            self.source.on_next(item)

    def read(self) -> list[Any]:
        self.clock.advance_by(1)
        seen = list(self.seen)
        self.seen.clear()
        return seen


def test_all_that_fits_is_delivered_in_order() -> None:
    line = Line(3, notices=True)
    line.send(1, 2, 3)
    assert line.read() == [1, 2, 3]
    line.send(4)
    line.source.on_completed()
    assert line.read() == [4, "end"]


def test_the_oldest_make_room_and_are_counted_where_they_were() -> None:
    line = Line(3, notices=True, channel="trades")
    line.send(1, 2, 3, 4, 5)
    assert line.read() == [Overflow("trades", 2), 3, 4, 5]
    line.send(6)
    assert line.read() == [6]


def test_the_latest_are_dropped_and_counted_where_they_were() -> None:
    line = Line(3, notices=True, overflow="drop_latest")
    line.send(1, 2, 3, 4, 5)
    assert line.read() == [1, 2, 3, Overflow("", 2)]
    line.send(6)
    assert line.read() == [6]


def test_a_buffer_told_to_fail_ends_behind_what_it_holds_and_leaves_the_source() -> None:
    line = Line(3, overflow="error")
    line.send(1, 2, 3, 4, 5)
    assert line.source.observers == []
    [*items, error] = line.read()
    assert items == [1, 2, 3]
    assert isinstance(error, BufferOverflow)
    assert error.capacity == 3
    assert line.read() == []


def test_a_loss_at_the_very_end_is_told_before_the_end() -> None:
    line = Line(1, notices=True, overflow="drop_latest")
    line.send(1, 2)
    line.source.on_completed()
    assert line.read() == [1, Overflow("", 1), "end"]


@given(
    capacity=st.integers(1, 4),
    overflow=st.sampled_from(["drop_oldest", "drop_latest"]),
    bursts=st.lists(st.integers(0, 9), max_size=12),
)
@settings(max_examples=100, deadline=None)
def test_what_is_delivered_and_what_is_counted_add_up_at_every_place(
    capacity: int, overflow: Any, bursts: list[int]
) -> None:
    line, sent, place = Line(capacity, notices=True, overflow=overflow), 0, 0
    for burst in bursts:
        line.send(*range(sent, sent + burst))
        sent += burst
        seen = line.read()
        assert len([item for item in seen if isinstance(item, int)]) == min(burst, capacity)
        for item in seen:
            assert isinstance(item, Overflow) or item == place
            place += item.count if isinstance(item, Overflow) else 1
        assert place == sent


@pytest.mark.parametrize("capacity", [0, -1])
def test_a_buffer_that_holds_nothing_is_refused_at_once(capacity: int) -> None:
    with pytest.raises(InvalidArgument, match=f"capacity is {capacity}: give the number of items to hold, 1 or more"):
        on_backpressure_buffer(capacity)


def test_an_unknown_strategy_is_refused_at_once() -> None:
    with pytest.raises(InvalidArgument, match="overflow is 'newest': choose one of drop_oldest, drop_latest, error"):
        on_backpressure_buffer(5, overflow="newest")  # type: ignore[call-overload]
