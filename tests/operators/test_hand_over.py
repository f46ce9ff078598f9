"""What `on_backpressure_buffer`, `on_backpressure_latest` and `on_backpressure_drop` have in common."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable, Subject
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.testing import TestScheduler

from rxex.errors import TransientError
from rxex.events import Overflow
from rxex.fanout import FanOut
from rxex.operators import on_backpressure_buffer, on_backpressure_drop, on_backpressure_latest

Make = Callable[..., Callable[[Observable[Any]], Observable[Any]]]


def _buffer(**options: Any) -> Callable[[Observable[Any]], Observable[Any]]:
    return on_backpressure_buffer(100, **options)


OPERATORS: dict[str, Make] = {
    "on_backpressure_buffer": _buffer,
    "on_backpressure_latest": on_backpressure_latest,
    "on_backpressure_drop": on_backpressure_drop,
}


@pytest.fixture(params=OPERATORS)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def make(name: str) -> Make:
    return OPERATORS[name]


class Reader:
    """A subscriber whose callback can be held up; notes what it got and on which threads."""

    def __init__(self) -> None:
        self.seen: list[Any] = []
        self.errors: list[Exception] = []
        self.threads: set[Thread] = set()
        self.busy, self.go_on, self.ended = Event(), Event(), Event()
        self.do: Callable[[Any], None] = lambda item: None

    def on_next(self, item: Any) -> None:
        self.threads.add(threading.current_thread())
        self.seen.append(item)
        self.busy.set()
        assert self.go_on.wait(5)
        self.do(item)

    def on_error(self, error: Exception) -> None:
        self.errors.append(error)
        self.ended.set()

    def subscribe(self, stream: Observable[Any]) -> Any:
        return stream.subscribe(self.on_next, self.on_error, self.ended.set)


def test_items_arrive_on_one_named_daemon_thread_that_ends_with_the_stream(make: Make, name: str) -> None:
    source, reader = Subject[int](), Reader()
    reader.subscribe(source.pipe(make()))
    source.on_next(1)
    assert reader.busy.wait(5)
    [thread] = reader.threads
    assert (thread.name, thread.daemon) == (f"rxex-{name}", True)
    reader.go_on.set()
    source.on_completed()
    assert reader.ended.wait(5)
    thread.join(5)
    assert not thread.is_alive()


def test_a_source_never_waits_for_a_busy_subscriber(make: Make) -> None:
    source, reader = Subject[int](), Reader()
    subscription = reader.subscribe(source.pipe(make(notices=True)))
    source.on_next(0)
    assert reader.busy.wait(5)
    for number in range(1, 10_000):
        source.on_next(number)
    assert reader.seen == [0]
    reader.go_on.set()
    source.on_completed()
    assert reader.ended.wait(5)
    delivered = [item for item in reader.seen if isinstance(item, int)]
    lost = sum(item.count for item in reader.seen if isinstance(item, Overflow))
    assert delivered == sorted(delivered)
    assert len(delivered) + lost == 10_000
    subscription.dispose()


def test_a_racing_reader_gets_every_item_or_the_exact_count(make: Make) -> None:
    total, seen, ended = 20_000, list[Any](), Event()
    source = Subject[int]()
    source.pipe(make(notices=True)).subscribe(seen.append, on_completed=ended.set)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        for number in range(total):
            source.on_next(number)
        source.on_completed()
        assert ended.wait(20)
    finally:
        sys.setswitchinterval(interval)
    expected = 0
    for item in seen:
        expected += item.count if isinstance(item, Overflow) else 1
        if isinstance(item, int):
            assert item == expected - 1
    assert expected == total


def test_an_error_comes_behind_what_waits(make: Make) -> None:
    source, reader, error = Subject[int](), Reader(), ValueError("the end")
    reader.subscribe(source.pipe(make(notices=True)))
    source.on_next(1)
    source.on_error(error)
    assert reader.busy.wait(5)
    assert reader.errors == []
    reader.go_on.set()
    assert reader.ended.wait(5)
    assert reader.seen == [1]
    assert reader.errors == [error]


def test_a_subscriber_that_raises_ends_its_own_subscription_and_is_logged_once(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    fan, sibling = FanOut[int](), list[int]()
    reader = Reader()

    def listen(observer: ObserverBase[int], _: SchedulerBase | None = None) -> DisposableBase:
        return fan.subscribe(observer)

    source = Observable(listen)

    def fail(item: int) -> None:
        raise LookupError(item)

    reader.do = fail
    reader.go_on.set()
    reader.subscribe(source.pipe(make()))
    source.subscribe(sibling.append)
    with caplog.at_level(logging.ERROR):
        fan.emit(1)
        assert reader.busy.wait(5)
        [thread] = reader.threads
        thread.join(5)
    assert not thread.is_alive()
    fan.emit(2)
    assert reader.seen == [1]
    assert sibling == [1, 2]
    assert len(fan.guards) == 1
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["1"]


def test_an_error_that_nobody_handles_is_logged_and_leaves_no_thread(
    make: Make, caplog: pytest.LogCaptureFixture
) -> None:
    threads = set(threading.enumerate())
    with caplog.at_level(logging.ERROR):
        rx.throw(ValueError("unhandled")).pipe(make()).subscribe()
        for thread in set(threading.enumerate()) - threads:
            thread.join(5)
    assert [str(record.exc_info[1]) for record in caplog.records if record.exc_info] == ["unhandled"]


def test_a_dispose_inside_the_callback_ends_the_stream_and_its_thread(make: Make) -> None:
    source, reader = Subject[int](), Reader()
    reader.do = lambda _: subscription.dispose()
    subscription = reader.subscribe(source.pipe(make()))
    source.on_next(1)
    assert reader.busy.wait(5)
    source.on_next(2)
    reader.go_on.set()
    [thread] = reader.threads
    thread.join(5)
    assert not thread.is_alive()
    assert reader.seen == [1]
    assert source.observers == []


def test_a_dispose_from_outside_waits_for_the_callback_and_leaves_no_thread(make: Make) -> None:
    source, reader, disposed = Subject[int](), Reader(), Event()
    subscription = reader.subscribe(source.pipe(make()))
    source.on_next(1)
    assert reader.busy.wait(5)
    source.on_next(2)
    [thread] = reader.threads

    def dispose() -> None:
        subscription.dispose()
        disposed.set()

    disposer = Thread(target=dispose)
    disposer.start()
    assert not disposed.wait(0.05)
    reader.go_on.set()
    assert disposed.wait(5)
    assert not thread.is_alive()
    assert reader.seen == [1]
    disposer.join(5)
    subscription.dispose()


def test_a_dispose_does_not_wait_for_a_callback_that_hangs(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    module = sys.modules["rxex.operators._hand_over"]
    assert module._LONGEST_CALLBACK == 2
    monkeypatch.setattr(module, "_LONGEST_CALLBACK", 0.02)
    source, reader = Subject[int](), Reader()
    subscription = reader.subscribe(source.pipe(make()))
    source.on_next(1)
    assert reader.busy.wait(5)
    source.on_next(2)
    subscription.dispose()
    [thread] = reader.threads
    assert thread.is_alive()
    reader.go_on.set()
    thread.join(5)
    assert not thread.is_alive()
    assert reader.seen == [1]


def test_a_thread_that_waits_for_items_ends_at_a_dispose(make: Make, name: str) -> None:
    subscription = rx.never().pipe(make()).subscribe()
    [thread] = [thread for thread in threading.enumerate() if thread.name == f"rxex-{name}"]
    subscription.dispose()
    assert not thread.is_alive()


def test_each_subscription_has_a_thread_and_a_line_of_its_own(make: Make, name: str) -> None:
    source, slow, quick = Subject[int](), Reader(), Reader()
    stream = source.pipe(make())
    both = [slow.subscribe(stream), quick.subscribe(stream)]
    quick.go_on.set()
    source.on_next(1)
    assert quick.busy.wait(5)
    assert slow.busy.wait(5)
    assert quick.threads != slow.threads
    slow.go_on.set()
    for subscription in both:
        subscription.dispose()


def test_where_no_thread_can_be_started_the_stream_says_so(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: Thread) -> None:
        raise RuntimeError("can't start new thread")

    source, errors = Subject[int](), list[Exception]()
    monkeypatch.setattr(Thread, "start", refuse)
    source.pipe(make()).subscribe(on_error=errors.append)
    assert [type(error) for error in errors] == [TransientError]
    assert source.observers == []


def test_on_a_scheduler_items_are_handed_over_there_and_there_is_no_thread(make: Make) -> None:
    clock, source, seen = TestScheduler(), Subject[int](), list[Any]()
    threads = threading.active_count()
    subscription = source.pipe(make(scheduler=clock)).subscribe(seen.append)
    assert threading.active_count() == threads
    source.on_next(1)
    assert seen == []
    clock.advance_to(1)
    assert seen == [1]
    source.on_next(2)
    subscription.dispose()
    clock.advance_to(2)
    assert seen == [1]


def test_what_is_lost_is_told_to_on_overflow_at_its_place(make: Make) -> None:
    clock, source, seen = TestScheduler(), Subject[int](), list[Any]()
    source.pipe(make(scheduler=clock, on_overflow=seen.append, channel="trades")).subscribe(seen.append)
    for number in range(102):
        source.on_next(number)
    clock.advance_to(1)
    [lost] = [item for item in seen if isinstance(item, Overflow)]
    assert lost.channel == "trades"
    assert lost.count == 102 - (len(seen) - 1)
    source.on_completed()
    clock.advance_to(2)


def test_an_on_overflow_that_raises_ends_the_subscription(make: Make, caplog: pytest.LogCaptureFixture) -> None:
    def fail(overflow: Overflow) -> None:
        raise LookupError(overflow.count)

    clock, source = TestScheduler(), Subject[int]()
    source.pipe(make(scheduler=clock, on_overflow=fail)).subscribe()
    for number in range(102):
        source.on_next(number)
    with caplog.at_level(logging.ERROR):
        clock.advance_to(1)
    assert source.observers == []
    assert len(caplog.records) == 1


def test_losses_that_nobody_asked_for_are_logged_once_a_second_with_their_exact_count(
    make: Make, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    clock, source, seen = TestScheduler(), Subject[int](), list[Any]()
    subscription = source.pipe(make(scheduler=clock, channel="trades")).subscribe(seen.append)
    sent, told = 0, list[str]()

    def burst() -> None:
        nonlocal sent
        for _ in range(150):
            source.on_next(sent)
            sent += 1

    with caplog.at_level(logging.WARNING):
        for time in (1, 1.25, 1.5, 1.75):
            clock.advance_to(time)
            burst()
        clock.advance_to(1.8)
        assert len(caplog.records) == 1
        clock.advance_to(3)
        assert len(caplog.records) == 2
        clock.advance_to(10)
        assert len(caplog.records) == 2
        burst()
        clock.advance_to(10.1)
        burst()
        clock.advance_to(10.2)
        assert len(caplog.records) == 3
        subscription.dispose()
        told = [record.getMessage() for record in caplog.records]
    counts = [int(text.split()[0]) for text in told]
    assert sum(counts) == sent - len(seen)
    assert len(counts) == 4
    assert told[0].endswith(f" items of trades were dropped: the subscriber behind {name} is too slow")
    clock.advance_to(20)


def test_where_no_pause_can_be_had_each_loss_is_logged(
    make: Make, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise TransientError("no thread could be started for the timers")

    clock, source, seen = TestScheduler(), Subject[int](), list[Any]()
    subscription = source.pipe(make(scheduler=clock)).subscribe(seen.append)
    monkeypatch.setattr(clock, "schedule_relative", refuse)
    with caplog.at_level(logging.WARNING):
        for time in (1, 2):
            for number in range(150):
                source.on_next(number)
            clock.advance_to(time)
    subscription.dispose()
    assert sum(int(record.getMessage().split()[0]) for record in caplog.records) == 300 - len(seen)
    assert len(caplog.records) == 2
