"""rxex.blocking: a stream in a for loop."""

from __future__ import annotations

import gc
import os
import signal
import threading
from collections.abc import Generator
from typing import Any, assert_type

import pytest
import reactivex as rx
from reactivex import Observable, Subject, operators
from reactivex.abc import ObserverBase

from rxex.errors import AuthRefused, BufferOverflow, InvalidArgument
from rxex.events import Overflow
from rxex.worlds import blocking
from tests.worlds.fakes import Source


def numbers(observer: ObserverBase[int]) -> None:
    for number in range(100):
        observer.on_next(number)
    observer.on_completed()


def one(observer: ObserverBase[int]) -> None:
    observer.on_next(1)


def read(source: Source, **options: Any) -> Generator[int, None, None]:
    return blocking(source.connection, connection=source.connection, **options)


def test_items_of_another_thread_come_in_order_and_the_end_closes_the_connection() -> None:
    source = Source(numbers)
    assert list(read(source)) == list(range(100))
    assert (source.opened, source.closed) == (1, 1)


def test_nothing_happens_before_the_first_item_is_asked_for() -> None:
    source = Source(one)
    ticks = read(source)
    assert source.opened == 0
    assert next(ticks) == 1
    ticks.close()
    assert source.closed == 1


def test_it_listens_before_it_connects() -> None:
    hot = rx.of(1, 2, 3).pipe(operators.publish())
    assert assert_type(list(blocking(hot, connection=hot)), list[int]) == [1, 2, 3]


def test_the_error_of_the_feed_is_raised_after_its_last_item() -> None:
    def fail(observer: ObserverBase[int]) -> None:
        observer.on_next(1)
        observer.on_error(AuthRefused("no such key"))

    source, got = Source(fail), list[int]()
    with pytest.raises(AuthRefused, match="no such key"):
        got.extend(read(source))
    assert got == [1]
    assert source.closed == 1


def test_break_closes_everything() -> None:
    source = Source(one)
    for _ in read(source):
        break
    assert source.closed == 1


def test_an_exception_in_the_loop_closes_everything() -> None:
    def loop() -> None:
        for tick in read(source):
            print(tick // 0)

    source = Source(one)
    with pytest.raises(ZeroDivisionError):
        loop()
    assert source.closed == 1


def test_an_iterator_that_nobody_holds_closes_everything() -> None:
    source = Source(one)
    ticks = read(source)
    next(ticks)
    del ticks
    assert source.closed == 1


def test_an_iterator_in_a_cycle_is_closed_by_the_garbage_collector() -> None:
    source = Source(one)
    cycle: list[Any] = [read(source)]
    cycle.append(cycle)
    next(cycle[0])
    del cycle
    gc.collect()
    assert source.closed == 1


def test_ctrl_c_ends_the_wait_and_closes_everything() -> None:
    source = Source(lambda _: os.kill(os.getpid(), signal.SIGINT))
    with pytest.raises(KeyboardInterrupt):
        next(blocking(rx.never(), connection=source.connection))
    assert source.closed == 1


def test_a_feed_without_a_connection_is_only_subscribed_to() -> None:
    subject = Subject[int]()
    ticks = blocking(subject.pipe(operators.start_with(0)))
    assert next(ticks) == 0
    threading.Thread(target=subject.on_next, args=(1,)).start()
    assert next(ticks) == 1
    ticks.close()
    assert not subject.observers


def test_a_signal_handler_may_emit_while_the_loop_waits() -> None:
    subject = Subject[int]()
    previous = signal.signal(signal.SIGUSR1, lambda *_: subject.on_next(7))
    source = Source(lambda _: os.kill(os.getpid(), signal.SIGUSR1))
    try:
        for tick in blocking(subject, connection=source.connection):
            assert tick == 7
            break
    finally:
        signal.signal(signal.SIGUSR1, previous)


def test_a_loop_that_is_too_slow_gets_what_had_room_and_then_an_error() -> None:
    got: list[int] = []
    with pytest.raises(BufferOverflow, match="a buffer of 3 items"):
        got.extend(blocking(rx.range(0, 10), capacity=3))
    assert got == [0, 1, 2]


def test_with_notices_a_loop_that_is_too_slow_is_told_how_many_were_dropped() -> None:
    items = list(blocking(rx.range(0, 10), capacity=3, notices=True))
    assert assert_type(items, list[int | Overflow]) == [Overflow("", 7), 7, 8, 9]


def test_the_time_out_ends_the_iteration_and_closes_everything() -> None:
    source = Source(one)
    assert list(read(source, timeout=0.05)) == [1]
    assert source.closed == 1


def test_an_iteration_that_ends_before_its_time_out_leaves_no_timer() -> None:
    assert list(blocking(rx.of(1), timeout=60)) == [1]  # the clock's thread would be found by the fixture


def test_what_subscribing_raises_is_raised() -> None:
    def fail(observer: object, scheduler: object) -> Any:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        next(blocking(Observable[int](fail)))


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"capacity": 0}, "capacity is 0: give the number of items to hold"),
        ({"capacity": -5}, "capacity is -5"),
        ({"timeout": -1}, "timeout is -1"),
        ({"connection": Subject()}, "connection is .*: give the connection itself"),
    ],
)
def test_senseless_options_are_refused_at_once(options: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidArgument, match=text):
        blocking(rx.of(1), **options)
