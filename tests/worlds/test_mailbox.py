"""The buffer between a stream and its reader."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Observable, Subject
from reactivex.abc import DisposableBase, ObserverBase
from reactivex.disposable import CompositeDisposable

from rxex.errors import BufferOverflow, NotSent
from rxex.events import Overflow
from rxex.worlds._mailbox import Mailbox


class Reader:
    """A mailbox of a subject; ``wakes`` counts how often the reader was woken."""

    def __init__(self, capacity: int, *, notices: bool = False) -> None:
        self.wakes = 0
        self.subject = Subject[int]()
        self.mailbox = Mailbox[int](capacity, notices=notices, wake=self._wake)
        self.mailbox.fill(self.subject, None, CompositeDisposable())

    def _wake(self) -> None:
        self.wakes += 1

    def put(self, *items: int) -> None:
        for item in items:
            self.subject.on_next(item)

    def read(self) -> list[int | Overflow]:
        return list(self.mailbox.read())


def test_items_are_read_in_the_order_in_which_they_came() -> None:
    reader = Reader(3)
    reader.put(1, 2)
    assert reader.read() == [1, 2]
    assert reader.read() == []
    reader.put(3)
    assert reader.read() == [3]
    assert not reader.mailbox.is_over


def test_the_reader_is_woken_once_for_all_that_came_since_it_found_nothing() -> None:
    reader = Reader(10)
    reader.put(1)
    assert reader.wakes == 0, "it has not looked yet"
    reader.read()
    reader.put(2, 3, 4)
    assert reader.wakes == 1
    reader.read()
    reader.put(5)
    assert reader.wakes == 2


def test_what_comes_while_the_reader_reads_needs_no_wake() -> None:
    reader = Reader(10)
    reader.put(1)
    items = reader.mailbox.read()
    assert next(items) == 1
    reader.put(2)
    assert list(items) == [2]
    assert reader.wakes == 0


def test_the_end_comes_after_the_last_item() -> None:
    reader = Reader(10)
    reader.put(1)
    reader.subject.on_completed()
    items = reader.mailbox.read()
    assert next(items) == 1
    assert not reader.mailbox.is_over
    assert list(items) == []
    assert reader.mailbox.is_over
    assert reader.wakes == 1


def test_an_error_is_raised_after_the_last_item() -> None:
    reader = Reader(10)
    reader.put(1)
    reader.subject.on_error(NotSent("gone"))
    items = reader.mailbox.read()
    assert next(items) == 1
    with pytest.raises(NotSent, match="gone"):
        next(items)
    assert reader.mailbox.is_over


def test_without_notices_a_full_mailbox_gives_what_it_has_then_fails_and_leaves_the_stream() -> None:
    reader = Reader(2)
    reader.put(1, 2, 3)
    assert not reader.subject.observers
    items = reader.mailbox.read()
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(BufferOverflow, match="a buffer of 2 items ran full"):
        next(items)


def test_with_notices_the_oldest_are_dropped_and_counted_in_their_place() -> None:
    reader = Reader(2, notices=True)
    reader.put(1, 2, 3, 4, 5)
    assert reader.read() == [Overflow("", 3), 4, 5]
    reader.put(6)
    assert reader.read() == [6]


def test_what_comes_after_the_end_is_not_let_in() -> None:
    reader = Reader(2)
    reader.mailbox.end()
    reader.put(1)
    assert reader.read() == []
    reader.mailbox.end(NotSent("late"))
    assert reader.read() == []


@given(st.integers(1, 4), st.lists(st.one_of(st.integers(1, 6), st.none()), max_size=20))
@settings(max_examples=100, deadline=None)
def test_every_item_is_read_once_in_order_or_counted(capacity: int, script: list[int | None]) -> None:
    """A number puts that many items, None reads one step further."""
    reader = Reader(capacity, notices=True)
    sent = 0
    got: list[int] = []
    reading: Iterator[int | Overflow] = iter(())

    def take(item: int | Overflow) -> None:
        if isinstance(item, Overflow):
            assert item.count > 0
            got.extend([-1] * item.count)
        else:
            assert item == len(got), "what was lost stands where it was lost"
            got.append(item)

    for step in script:
        if step is not None:
            reader.put(*range(sent, sent + step))
            sent += step
        elif (item := next(reading, None)) is not None:
            take(item)
        else:
            reading = reader.mailbox.read()
    held = 0
    for item in (*reading, *reader.mailbox.read()):
        held += not isinstance(item, Overflow)
        take(item)
    assert held <= capacity + 1
    assert len(got) == sent


def test_several_threads_may_put_while_one_reads() -> None:
    def put(first: int) -> None:
        for number in range(1000):
            subjects[first].on_next(first + number)

    woken = threading.Event()
    mailbox = Mailbox[int](100_000, notices=False, wake=woken.set)
    subjects = {first: Subject[int]() for first in range(0, 4000, 1000)}

    def subscribe(observer: ObserverBase[int], scheduler: object = None) -> DisposableBase:
        return CompositeDisposable([subject.subscribe(observer) for subject in subjects.values()])

    mailbox.fill(Observable(subscribe), None, CompositeDisposable())
    threads = [threading.Thread(target=put, args=(first,)) for first in subjects]
    for thread in threads:
        thread.start()
    got: list[int | Overflow] = []
    while True:
        got.extend(mailbox.read())
        if len(got) == 4000:
            break
        assert woken.wait(5)
        woken.clear()
    for thread in threads:
        thread.join()
    for first in subjects:
        of_one = [item for item in got if isinstance(item, int) and first <= item < first + 1000]
        assert of_one == list(range(first, first + 1000))
