"""`on_backpressure_drop`; what it has in common with its siblings is in ``test_hand_over.py``."""

from __future__ import annotations

from threading import Event
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Subject
from reactivex.testing import TestScheduler

from rxex.events import Overflow
from rxex.operators import on_backpressure_drop


def test_what_comes_while_the_subscriber_is_busy_is_dropped_and_counted_behind_its_item() -> None:
    source, seen = Subject[int](), list[Any]()
    busy, go_on, told, ended = Event(), Event(), Event(), Event()

    def observe(item: Any) -> None:
        seen.append(item)
        busy.set()
        assert go_on.wait(5)
        if isinstance(item, Overflow):
            told.set()

    source.pipe(on_backpressure_drop(channel="ticker", notices=True)).subscribe(observe, on_completed=ended.set)
    source.on_next(1)
    assert busy.wait(5)
    source.on_next(2)
    source.on_next(3)
    go_on.set()
    assert told.wait(5)
    source.on_completed()
    assert ended.wait(5)
    assert seen == [1, Overflow("ticker", 2)]


def test_a_subscriber_that_is_not_busy_gets_every_item() -> None:
    clock, source, seen = TestScheduler(), Subject[int](), list[Any]()
    source.pipe(on_backpressure_drop(notices=True, scheduler=clock)).subscribe(seen.append)
    for number in range(5):
        source.on_next(number)
        clock.advance_by(1)
    assert seen == [0, 1, 2, 3, 4]


@given(bursts=st.lists(st.integers(0, 5), max_size=12))
@settings(max_examples=50, deadline=None)
def test_what_is_delivered_and_what_is_counted_add_up_at_every_place(bursts: list[int]) -> None:
    clock, source, seen = TestScheduler(), Subject[int](), list[Any]()
    source.pipe(on_backpressure_drop(notices=True, scheduler=clock)).subscribe(seen.append)
    sent = 0
    for burst in bursts:
        for _ in range(burst):
            source.on_next(sent)
            sent += 1
        clock.advance_by(1)
    place = 0
    for item in seen:
        assert isinstance(item, Overflow) or item == place
        place += item.count if isinstance(item, Overflow) else 1
    assert place == sent
