"""Timers: on one thread, in order, by a clock that nobody sets."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
import reactivex as rx
from reactivex import operators as ops
from reactivex.disposable import Disposable

from rxex.clock import TimerQueue, default_clock, monotonic, wall_ns
from rxex.errors import TransientError


def _clock_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "rxex-clock"]


def _wait_until(done: Callable[[], bool], seconds: float = 3.0) -> bool:
    pause = threading.Event()
    until = time.monotonic() + seconds
    while not done() and time.monotonic() < until:
        pause.wait(0.005)
    return done()


def test_timers_run_in_order_of_time_when_they_are_due() -> None:
    queue, ran = TimerQueue(), list[str]()
    queue.schedule_relative(3600.0, lambda *_: ran.append("late"))
    queue.schedule_relative(0.0, lambda *_: ran.append("first"))
    queue.schedule(lambda *_: ran.append("second"))
    queue.schedule_absolute(queue.to_seconds(queue.now) - 5.0, lambda *_: ran.append("overdue"))
    wait = queue.run_due()
    assert ran == ["overdue", "first", "second"]
    assert wait is not None
    assert 3590 < wait <= 3600


def test_an_empty_queue_has_no_next_timer() -> None:
    assert TimerQueue().run_due() is None


def test_an_action_gets_its_scheduler_and_its_state() -> None:
    queue, got = TimerQueue(), list[Any]()
    queue.schedule(lambda scheduler, state: got.append((scheduler, state)), "state")
    queue.run_due()
    assert got == [(queue, "state")]


def test_a_cancelled_timer_does_not_run() -> None:
    queue, ran = TimerQueue(), list[str]()
    timer = queue.schedule(lambda *_: ran.append("cancelled"))
    queue.schedule(lambda *_: ran.append("kept"))
    timer.dispose()
    timer.dispose()
    queue.run_due()
    assert ran == ["kept"]


def test_what_an_action_returns_is_disposed_of_with_its_timer() -> None:
    queue, disposed = TimerQueue(), list[str]()
    timer = queue.schedule(lambda *_: Disposable(lambda: disposed.append("inner")))
    queue.run_due()
    timer.dispose()
    assert disposed == ["inner"]


def test_cancelled_timers_do_not_pile_up() -> None:
    queue = TimerQueue()
    for _ in range(10_000):
        queue.schedule_relative(3600.0, lambda *_: None).dispose()
    assert len(queue._heap) <= 2


def test_a_timer_that_raises_takes_no_other_with_it(caplog: pytest.LogCaptureFixture) -> None:
    queue, ran = TimerQueue(), list[str]()

    def fail(*_: Any) -> None:
        raise ValueError("mine")

    queue.schedule(fail)
    queue.schedule(lambda *_: ran.append("after"))
    queue.run_due()
    assert ran == ["after"]
    assert "a timer raised" in caplog.text


def test_a_timer_that_schedules_itself_at_once_does_not_hold_the_thread() -> None:
    queue, ran = TimerQueue(), list[int]()

    def again(*_: Any) -> None:
        ran.append(1)
        queue.schedule(again)

    queue.schedule(again)
    assert queue.run_due() == 0.0
    assert len(ran) == 1
    queue.run_due()
    assert len(ran) == 2


def test_only_a_timer_that_is_due_first_wakes_the_thread() -> None:
    wakes = list[int]()
    queue = TimerQueue(lambda: wakes.append(1))
    queue.schedule_relative(10.0, lambda *_: None)
    queue.schedule_relative(20.0, lambda *_: None)
    assert len(wakes) == 1
    queue.schedule_relative(5.0, lambda *_: None)
    assert len(wakes) == 2


def test_a_handed_over_timer_runs_once_and_there() -> None:
    old, new, ran = TimerQueue(), TimerQueue(), list[str]()
    old.schedule(lambda *_: ran.append("before"))
    old.hand_over(new)
    old.schedule(lambda *_: ran.append("after"))
    assert old.run_due() is None
    assert ran == []
    assert new.run_due() is None
    assert ran == ["before", "after"]


def test_a_handed_over_timer_can_be_cancelled_and_is_forgotten() -> None:
    old, new, ran = TimerQueue(), TimerQueue(), list[str]()
    early = old.schedule_relative(3600.0, lambda *_: ran.append("early"))
    cancelled = old.schedule_relative(3600.0, lambda *_: ran.append("cancelled"))
    cancelled.dispose()
    old.hand_over(new)
    late = old.schedule_relative(3600.0, lambda *_: ran.append("late"))
    early.dispose()
    late.dispose()
    assert new.run_due() is None
    assert new._heap == []


def test_timers_from_many_threads_all_run_once() -> None:
    woken = threading.Event()
    queue, ran = TimerQueue(woken.set), list[int]()
    start = threading.Barrier(5)

    def remember(_: object, number: int | None) -> None:
        ran.append(number or 0)

    def schedule(first: int) -> None:
        start.wait()
        for number in range(first, first + 500):
            timer = queue.schedule_relative(0.0001 * (number % 7), remember, number)
            if number % 5 == 0:
                timer.dispose()

    threads = [threading.Thread(target=schedule, args=(1000 * number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    start.wait()
    while any(thread.is_alive() for thread in threads) or queue._heap:
        queue.run_due()
    expected = [1000 * block + number for block in range(4) for number in range(500)]
    assert len(ran) == len(set(ran))
    assert {number for number in expected if number % 5} <= set(ran) <= set(expected)


def test_the_default_clock_runs_timers_on_its_one_thread_and_ends_it_with_the_last() -> None:
    threads, done = list[str](), threading.Event()
    clock = default_clock()
    assert default_clock() is clock
    clock.schedule_relative(0.02, lambda *_: threads.append(threading.current_thread().name))
    clock.schedule_relative(0.03, lambda *_: done.set())
    assert len(_clock_threads()) == 1
    assert _clock_threads()[0].daemon
    assert done.wait(3)
    assert threads == ["rxex-clock"]
    assert _wait_until(lambda: not _clock_threads())


def test_an_earlier_timer_is_not_held_up_by_a_later_one() -> None:
    done = threading.Event()
    late = default_clock().schedule_relative(3600.0, lambda *_: None)
    default_clock().schedule_relative(0.01, lambda *_: done.set())
    assert done.wait(3)
    late.dispose()
    assert _wait_until(lambda: not _clock_threads())


def test_the_default_clock_keeps_its_time_when_the_wall_clock_jumps(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(time, "time_ns", lambda: 0)
    begin, done = monotonic(), threading.Event()
    default_clock().schedule_relative(0.05, lambda *_: done.set())
    assert done.wait(3)
    assert 0.05 <= monotonic() - begin < 1.0


def test_operators_of_reactivex_take_the_default_clock() -> None:
    done, ticks = threading.Event(), list[int]()
    rx.interval(0.005, scheduler=default_clock()).pipe(ops.take(3)).subscribe(ticks.append, on_completed=done.set)
    assert done.wait(3)
    assert ticks == [0, 1, 2]


def test_without_threads_scheduling_fails_with_a_typed_error_and_works_again_later(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    first, second = threading.Event(), threading.Event()
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", no_thread)
        with pytest.raises(TransientError):
            default_clock().schedule(lambda *_: first.set())
    default_clock().schedule(lambda *_: second.set())
    assert second.wait(3)
    assert not first.is_set()


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Python 3.12 and later: threads and fork
def test_a_forked_child_has_a_clock_of_its_own() -> None:
    timer = default_clock().schedule_relative(3600.0, lambda *_: None)
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            done = threading.Event()
            default_clock().schedule_relative(0.01, lambda *_: done.set())
            os.write(write, b"ran" if done.wait(3) else b"not")
        finally:
            os._exit(0)
    os.close(write)
    try:
        assert os.read(read, 3) == b"ran"
    finally:
        os.close(read)
        timer.dispose()
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)


def test_wall_time_is_in_nanoseconds_since_the_epoch() -> None:
    assert abs(wall_ns() / 1e9 - time.time()) < 1.0
