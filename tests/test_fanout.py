"""Fan-out: isolation, order, dispose."""

from __future__ import annotations

import logging
import threading

import pytest
from reactivex import operators as ops
from reactivex.disposable import Disposable
from reactivex.observer import Observer

from rxex.fanout import FanOut, GuardedObservable


def _collect(fan_out: FanOut[int], into: list[object]) -> None:
    fan_out.subscribe(Observer(into.append, into.append, lambda: into.append("end")))


def test_every_subscriber_gets_every_item_in_order() -> None:
    fan_out: FanOut[int] = FanOut()
    first: list[object] = []
    second: list[object] = []
    _collect(fan_out, first)
    _collect(fan_out, second)
    for item in range(5):
        fan_out.emit(item)
    assert first == second == [0, 1, 2, 3, 4]


def test_a_subscriber_that_raises_ends_alone_and_is_reported_once(caplog: pytest.LogCaptureFixture) -> None:
    fan_out: FanOut[int] = FanOut()
    seen: list[object] = []

    def fail(item: int) -> None:
        raise RuntimeError(f"a strategy's bug at {item}")

    fan_out.subscribe(Observer(fail))
    _collect(fan_out, seen)
    with caplog.at_level(logging.ERROR):
        for item in range(3):
            fan_out.emit(item)
    assert seen == [0, 1, 2]
    assert len(caplog.records) == 1
    assert "a strategy's bug at 0" in caplog.text


def test_a_subscriber_that_disposes_inside_its_callback_gets_nothing_more_and_the_others_miss_nothing() -> None:
    fan_out: FanOut[int] = FanOut()
    seen: list[int] = []
    others: list[object] = []

    def once(item: int) -> None:
        seen.append(item)
        guard.dispose()

    guard = fan_out.subscribe(Observer(once))
    _collect(fan_out, others)
    for item in range(3):
        fan_out.emit(item)
    assert seen == [0]
    assert others == [0, 1, 2]


def test_one_who_subscribes_during_an_item_gets_the_next_one() -> None:
    fan_out: FanOut[int] = FanOut()
    late: list[object] = []
    fan_out.subscribe(Observer(lambda item: _collect(fan_out, late) if item == 0 else None))
    fan_out.emit(0)
    fan_out.emit(1)
    assert late == [1]


def test_dispose_from_another_thread_waits_for_the_callback_in_progress() -> None:
    fan_out: FanOut[int] = FanOut()
    entered, leave = threading.Event(), threading.Event()
    order: list[str] = []

    def slow(_: int) -> None:
        entered.set()
        assert leave.wait(5)
        order.append("callback ended")

    guard = fan_out.subscribe(Observer(slow))
    emitting = threading.Thread(target=fan_out.emit, args=(1,))
    emitting.start()
    assert entered.wait(5)

    def dispose() -> None:
        guard.dispose()
        order.append("dispose returned")

    disposing = threading.Thread(target=dispose)
    disposing.start()
    leave.set()
    disposing.join(5)
    emitting.join(5)
    assert order == ["callback ended", "dispose returned"]


def test_nothing_arrives_after_dispose_has_returned_however_the_threads_race() -> None:
    for _ in range(200):
        fan_out: FanOut[int] = FanOut()
        disposed = threading.Event()
        late: list[int] = []
        guard = fan_out.subscribe(
            Observer(lambda item, d=disposed, into=late: into.append(item) if d.is_set() else None)
        )
        emitting = threading.Thread(target=lambda f=fan_out: [f.emit(item) for item in range(50)])
        emitting.start()
        guard.dispose()
        disposed.set()
        emitting.join(5)
        assert late == []


def test_the_owner_is_told_when_the_first_subscriber_has_come_and_the_last_has_gone() -> None:
    changes: list[int] = []
    fan_out: FanOut[int] = FanOut(lambda: changes.append(len(fan_out.guards)))
    first, second = fan_out.subscribe(Observer()), fan_out.subscribe(Observer())
    first.dispose()
    second.dispose()
    second.dispose()
    assert changes == [1, 0]


def test_an_error_ends_every_subscription_once() -> None:
    fan_out: FanOut[int] = FanOut()
    seen: list[object] = []
    _collect(fan_out, seen)
    error = ValueError("over")
    fan_out.fail(error)
    fan_out.fail(error)
    fan_out.emit(1)
    assert seen == [error]


def test_a_subscriber_without_on_error_is_reported_and_harms_no_other(caplog: pytest.LogCaptureFixture) -> None:
    fan_out: FanOut[int] = FanOut()
    seen: list[object] = []
    fan_out.subscribe(Observer(lambda item: None))
    _collect(fan_out, seen)
    with caplog.at_level(logging.ERROR):
        fan_out.fail(ValueError("over"))
    assert [str(item) for item in seen] == ["over"]
    assert "over" in caplog.text


def _guarded(fan_out: FanOut[int]) -> GuardedObservable[int]:
    return GuardedObservable(fan_out.subscribe)


def test_a_guarded_stream_takes_callbacks_or_an_observer_and_operators() -> None:
    fan_out: FanOut[int] = FanOut()
    by_callback: list[object] = []
    by_observer: list[object] = []
    by_operator: list[object] = []
    stream = _guarded(fan_out)
    stream.subscribe(by_callback.append, by_callback.append, lambda: by_callback.append("end"))
    stream.subscribe(Observer(by_observer.append, by_observer.append, lambda: by_observer.append("end")))
    stream.pipe(ops.map(lambda item: item * 2)).subscribe(by_operator.append)
    stream.subscribe().dispose()
    fan_out.emit(1)
    fan_out.complete()
    assert by_callback == by_observer == [1, "end"]
    assert by_operator == [2]


def test_nothing_comes_after_the_end_of_a_guarded_stream_nor_after_its_dispose() -> None:
    fan_out: FanOut[int] = FanOut()
    ended: list[object] = []
    disposed: list[object] = []
    _guarded(fan_out).subscribe(ended.append, ended.append)
    subscription = _guarded(fan_out).subscribe(disposed.append)
    subscription.dispose()
    error = ValueError("over")
    fan_out.fail(error)
    fan_out.emit(1)
    fan_out.complete()
    assert ended == [error]
    assert disposed == []


def test_what_cannot_be_joined_is_an_error_of_the_stream() -> None:
    def join(observer: object) -> Disposable:
        raise ValueError("no room")

    seen: list[Exception] = []
    GuardedObservable[int](join).subscribe(on_error=seen.append)
    assert [str(error) for error in seen] == ["no room"]
