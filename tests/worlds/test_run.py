"""rxex.run: a script blocks while its connections run."""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import reactivex as rx
from reactivex import ConnectableObservable, Observable, operators
from reactivex.abc import DisposableBase, ObserverBase
from reactivex.disposable import Disposable
from reactivex.subject import Subject

from rxex.connection import Connection
from rxex.errors import AuthRefused, InvalidArgument
from rxex.events import EventStream, Reconnecting, SocketEvent
from rxex.worlds import _closing, run
from tests.plain import DIALECT
from tests.worlds.fakes import Source


def complete(observer: ObserverBase[int]) -> None:
    observer.on_completed()


def interrupt(number: int) -> Callable[[object], None]:
    return lambda _: os.kill(os.getpid(), number)


@pytest.fixture(autouse=True)
def handlers_are_as_before() -> Iterator[None]:
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    yield
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_it_connects_and_returns_when_the_connection_completes() -> None:
    source = Source(complete)
    run(source.connection)
    assert (source.opened, source.closed) == (1, 1)


def test_it_waits_for_the_last_of_several_connections() -> None:
    first_has_ended = threading.Event()
    ended: list[str] = []

    def complete_last(observer: ObserverBase[int]) -> None:
        first_has_ended.wait(5)
        ended.append("last")
        observer.on_completed()

    first, last = Source(complete), Source(complete_last)
    first.connection.subscribe(on_completed=first_has_ended.set)
    run(first.connection, last.connection)
    assert ended == ["last"]


def test_an_error_of_one_connection_is_raised_and_closes_all() -> None:
    source = Source(lambda observer: observer.on_error(AuthRefused("no such key")))
    other = Source()
    with pytest.raises(AuthRefused, match="no such key"):
        run(other.connection, source.connection)
    assert (other.opened, other.closed) == (1, 1)
    assert source.closed == 1


def test_it_returns_after_the_time_out() -> None:
    source = Source()
    run(source.connection, timeout=0.05)
    assert (source.opened, source.closed) == (1, 1)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_everything_and_raises_nothing(number: int) -> None:
    source = Source(interrupt(number))
    run(source.connection)
    assert source.closed == 1


def test_impatient_signals_do_not_disturb_the_closing() -> None:
    disposing = threading.Event()

    def slow_close() -> None:
        for _ in range(3):
            os.kill(os.getpid(), signal.SIGINT)
            pause.wait(0.02)
        disposing.set()

    pause = threading.Event()
    connection = Observable[int](lambda observer, _: Disposable(slow_close)).pipe(operators.publish())
    run(connection, timeout=0.01)
    assert disposing.is_set()


def test_a_handler_of_the_program_itself_is_left_in_charge() -> None:
    got: list[int] = []
    previous = signal.signal(signal.SIGTERM, lambda number, _: got.append(number))
    try:
        source = Source(interrupt(signal.SIGTERM))
        run(source.connection, timeout=0.1)
    finally:
        signal.signal(signal.SIGTERM, previous)
    assert got == [signal.SIGTERM]


def test_what_the_programs_own_handler_raises_goes_through_and_everything_is_closed() -> None:
    def leave(*_: object) -> None:
        raise SystemExit(3)

    previous = signal.signal(signal.SIGTERM, leave)
    source = Source(interrupt(signal.SIGTERM))
    try:
        with pytest.raises(SystemExit):
            run(source.connection)
    finally:
        signal.signal(signal.SIGTERM, previous)
    assert source.closed == 1


def test_off_the_main_thread_it_runs_without_signal_handlers() -> None:
    source = Source(complete)
    thread = threading.Thread(target=run, args=(source.connection,))
    thread.start()
    thread.join(5)
    assert not thread.is_alive()
    assert source.closed == 1


def test_a_connection_that_stands_already_is_not_opened_twice_and_is_closed_at_the_end() -> None:
    source = Source()
    source.connection.connect()
    run(source.connection, timeout=0.01)
    assert (source.opened, source.closed) == (1, 1)


def test_it_returns_when_a_subscriber_disposes_the_connection() -> None:
    def dispose(_: int) -> None:
        assert source.connection.subscription is not None
        source.connection.subscription.dispose()

    source = Source(lambda observer: observer.on_next(1))
    source.connection.subscribe(dispose)
    run(source.connection)
    assert source.closed == 1


def test_a_connection_that_ends_while_it_connects_is_over_at_once() -> None:
    run(rx.empty().pipe(operators.publish()))


def test_what_connect_raises_is_raised_and_the_others_are_closed() -> None:
    def fail(observer: object, scheduler: object) -> DisposableBase:
        raise ZeroDivisionError

    first = Source()
    with pytest.raises(ZeroDivisionError):
        run(first.connection, Observable[int](fail).pipe(operators.publish()))
    assert first.closed == 1


def test_it_does_not_wait_for_a_connection_that_hangs(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(_closing, "_LONGEST_CLOSE", 0.05)
    release, closed = threading.Event(), threading.Event()

    def hang() -> None:
        release.wait(5)
        closed.set()

    connection = Observable[int](lambda observer, _: Disposable(hang)).pipe(operators.publish())
    with caplog.at_level(logging.WARNING):
        run(connection, timeout=0)
    assert not closed.is_set()
    assert "1 of 1 connections did not close" in caplog.text
    release.set()
    assert closed.wait(5)


def test_a_connection_that_raises_while_it_closes_is_logged_and_not_raised(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    run(Observable[int](lambda observer, _: Disposable(fail)).pipe(operators.publish()), timeout=0)
    assert "raised while it was closed" in caplog.text


def test_of_an_event_stream_it_reads_the_link_events_only() -> None:
    class Events(EventStream, ConnectableObservable[SocketEvent]):
        def __init__(self) -> None:
            ConnectableObservable.__init__(self, Subject(), Subject())
            self.subscribers: list[object] = []

        def _subscribe_core(self, observer: Any, scheduler: Any = None) -> DisposableBase:
            self.subscribers.append(observer)
            return Disposable()

        @property
        def link(self) -> Observable[SocketEvent]:
            return rx.empty()

        @property
        def messages(self) -> Any:
            raise NotImplementedError

    events = Events()
    run(events)
    assert events.subscribers == []


@pytest.mark.parametrize("wrong", [Subject(), Disposable(), None, "wss://ws.example"])
def test_what_is_no_connection_is_refused_by_name(wrong: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"connection is .*: give the connection itself"):
        run(wrong)


@pytest.mark.parametrize("wrong", [-1, float("nan"), float("inf")])
def test_a_senseless_time_out_is_refused_before_anything_is_opened(wrong: float) -> None:
    source = Source()
    with pytest.raises(InvalidArgument, match="timeout is"):
        run(source.connection, timeout=wrong)
    assert source.opened == 0


def test_it_returns_when_a_subscriber_disposes_a_connection_of_ours() -> None:
    def subscribe(observer: ObserverBase[SocketEvent], scheduler: object = None) -> DisposableBase:
        observer.on_next(Reconnecting(1, 0.0))
        return Disposable()

    connection = Connection(lambda receive: Observable(subscribe), DIALECT)
    connection.subscribe(lambda _: connection.connect().dispose())
    run(connection)


def test_a_connection_of_ours_that_cannot_be_had_raises_its_error() -> None:
    connection = Connection(lambda receive: rx.throw(AuthRefused("no such key")), DIALECT)
    with pytest.raises(AuthRefused, match="no such key"):
        run(connection)
