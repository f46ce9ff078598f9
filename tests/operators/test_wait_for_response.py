"""`wait_for_response`, in virtual time."""

from __future__ import annotations

import threading
from math import nan

import pytest
import reactivex as rx
from reactivex.notification import OnError
from reactivex.testing import ReactiveTest, Recorded, TestScheduler
from reactivex.testing.hotobservable import HotObservable
from reactivex.testing.mockobserver import MockObserver
from reactivex.testing.subscription import Subscription

from rxex.errors import ConnectionClosed, InvalidArgument, RequestTimeout
from rxex.operators import wait_for_response
from rxex.typing import Json
from tests.operators.fakes import FakeMessages

on_next, on_error, on_completed = ReactiveTest.on_next, ReactiveTest.on_error, ReactiveTest.on_completed
ANSWER: Json = {"id": 7, "success": True}


def is_answer(message: Json) -> bool:
    return isinstance(message, dict) and message.get("id") == 7


def hot(clock: TestScheduler, *messages: Recorded[Json]) -> HotObservable[Json]:
    return clock.create_hot_observable(*messages)


def failure(observer: MockObserver[Json]) -> Exception:
    (record,) = observer.messages
    assert isinstance(record.value, OnError)
    return record.value.exception


def test_the_first_match_is_given_and_ends_the_wait() -> None:
    clock = TestScheduler()
    messages = hot(clock, on_next(1, {"id": 6}), on_next(2, ["id", 7]), on_next(3, ANSWER), on_next(4, ANSWER))
    observer = clock.create_observer()
    messages.pipe(wait_for_response(is_answer, scheduler=clock)).subscribe(observer)
    clock.advance_to(100)
    assert observer.messages == [on_next(3, ANSWER), on_completed(3)]
    assert messages.subscriptions == [Subscription(0, 3)]


def test_no_answer_is_a_typed_error_that_names_the_request() -> None:
    clock = TestScheduler()
    messages = hot(clock, on_next(1, {"id": 6}), on_next(3, ANSWER))
    observer = clock.create_observer()
    messages.pipe(wait_for_response(is_answer, timeout=2, request="add_order", scheduler=clock)).subscribe(observer)
    clock.advance_to(100)
    error = failure(observer)
    assert isinstance(error, RequestTimeout)
    assert (observer.messages[0].time, error.request, error.timeout) == (2, "add_order", 2)
    assert messages.subscriptions == [Subscription(0, 2)]


def test_of_a_connection_only_the_lane_of_answers_is_listened_to() -> None:
    messages, seen = FakeMessages(), list[Json]()
    messages.pipe(wait_for_response(lambda _: True, scheduler=TestScheduler())).subscribe(seen.append)
    assert messages.listened == [None]
    messages.push({"channel": "ticker"}, "ticker")
    messages.push(ANSWER)
    messages.push(ANSWER)
    assert seen == [ANSWER]


def test_the_end_of_the_messages_is_told_at_once() -> None:
    clock = TestScheduler()
    observer = clock.create_observer()
    rx.of({"id": 1}).pipe(wait_for_response(is_answer, request="add_order", scheduler=clock)).subscribe(observer)
    clock.advance_to(100)
    assert isinstance(failure(observer), ConnectionClosed)
    assert "add_order" in str(failure(observer))


def test_an_error_of_the_messages_is_passed_on() -> None:
    clock = TestScheduler()
    observer = clock.create_observer()
    error = ConnectionClosed(1006)
    rx.throw(error).pipe(wait_for_response(is_answer, scheduler=clock)).subscribe(observer)
    clock.advance_to(100)
    assert failure(observer) is error


def test_what_the_function_raises_ends_the_wait() -> None:
    def raises(message: Json) -> bool:
        raise KeyError("id")

    clock = TestScheduler()
    observer = clock.create_observer()
    messages = hot(clock, on_next(1, ANSWER))
    messages.pipe(wait_for_response(raises, scheduler=clock)).subscribe(observer)
    clock.advance_to(100)
    assert isinstance(failure(observer), KeyError)
    assert messages.subscriptions == [Subscription(0, 1)]


def test_dispose_ends_the_wait_silently() -> None:
    clock = TestScheduler()
    observer = clock.create_observer()
    messages = hot(clock, on_next(3, ANSWER))
    subscription = messages.pipe(wait_for_response(is_answer, scheduler=clock)).subscribe(observer)
    clock.advance_to(1)
    subscription.dispose()
    subscription.dispose()
    clock.advance_to(100)
    assert observer.messages == []
    assert messages.subscriptions == [Subscription(0, 1)]


def test_each_subscription_waits_its_own_time() -> None:
    clock = TestScheduler()
    messages = hot(clock, on_next(7, ANSWER))
    waiting = messages.pipe(wait_for_response(is_answer, timeout=5, scheduler=clock))
    first, second = clock.create_observer(), clock.create_observer()
    waiting.subscribe(first)
    clock.advance_to(3)
    waiting.subscribe(second)
    clock.advance_to(100)
    assert isinstance(failure(first), RequestTimeout)
    assert second.messages == [on_next(7, ANSWER), on_completed(7)]


def test_without_a_scheduler_the_time_passes_by_itself() -> None:
    ended, errors = threading.Event(), list[Exception]()

    def on_end(error: Exception) -> None:
        errors.append(error)
        ended.set()

    waiting = rx.never().pipe(wait_for_response(is_answer, timeout=0.01))
    waiting.subscribe(on_error=on_end)
    assert ended.wait(5)
    assert isinstance(errors[0], RequestTimeout)


@pytest.mark.parametrize("timeout", [0, -1, nan])
def test_a_time_that_cannot_be_waited_is_refused(timeout: float) -> None:
    with pytest.raises(InvalidArgument, match="timeout is"):
        wait_for_response(is_answer, timeout=timeout)
