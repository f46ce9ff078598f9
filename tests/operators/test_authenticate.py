"""`authenticate`, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from math import nan
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable, Subject
from reactivex.notification import OnError
from reactivex.testing import ReactiveTest, TestScheduler
from reactivex.testing.mockobserver import MockObserver

from rxex.errors import AuthRefused, InvalidArgument, NotSent, RequestTimeout
from rxex.events import Authenticated, Socket
from rxex.operators import authenticate
from rxex.testing import ScriptedSocket
from rxex.typing import Json
from tests.operators.fakes import FakeMessages

on_next, on_completed = ReactiveTest.on_next, ReactiveTest.on_completed
LOGIN: Json = {"event": "auth", "apiKey": "key"}
YES: Json = {"event": "auth", "status": "OK"}
NO: Json = {"event": "auth", "status": "FAILED", "msg": "apikey: invalid"}


def login(socket: Socket) -> Json:
    return LOGIN


def accepted(message: Json) -> bool | None:
    if not isinstance(message, dict) or message.get("event") != "auth":
        return None
    return bool(message["status"] == "OK")


def reason_of(message: Json) -> str:
    assert isinstance(message, dict)
    return str(message["msg"])


class Run:
    """One subscription to the operator; `open` opens a socket that answers in its way."""

    def __init__(self, messages: Observable[Json] | None = None, **options: Any) -> None:
        self.clock = TestScheduler()
        self.sockets: Subject[Socket | None] = Subject()
        self.messages: Subject[Json] = Subject()
        self.observer: MockObserver[Socket] = self.clock.create_observer()
        request = options.pop("request", login)
        judge = options.pop("accepted", accepted)
        operator = authenticate(request, judge, messages or self.messages, **options)
        self.subscription = self.sockets.pipe(operator).subscribe(self.observer)

    def open(
        self, replies: Callable[[Json], Iterable[Json]] = lambda _: (), delay: float | None = 0.5
    ) -> ScriptedSocket:
        socket = ScriptedSocket(self.clock, replies, delay=delay)
        socket.messages.subscribe(self.messages.on_next)
        self.sockets.on_next(socket)
        return socket

    @property
    def error(self) -> Exception:
        last = self.observer.messages[-1].value
        assert isinstance(last, OnError)
        return last.exception


def says(*answers: Json) -> Callable[[Json], Iterable[Json]]:
    return lambda _: answers


def test_a_socket_is_given_once_the_exchange_has_accepted_us() -> None:
    run = Run()
    socket = run.open(says({"event": "info"}, YES))
    run.clock.advance_to(100)
    assert socket.sent == [(0, LOGIN)]
    assert run.observer.messages == [on_next(0.5, socket)]  # type: ignore[arg-type]
    assert socket.closed is None


def test_an_answer_inside_send_is_heard() -> None:
    run = Run()
    socket = run.open(says(YES), delay=None)
    assert run.observer.messages == [on_next(0, socket)]


def test_every_new_socket_is_authenticated_anew_and_the_same_one_is_not() -> None:
    run = Run()
    first = run.open(says(YES))
    run.sockets.on_next(first)
    run.clock.advance_to(10)
    run.sockets.on_next(None)
    second = run.open(says(YES))
    run.clock.advance_to(20)
    assert run.observer.messages == [on_next(0.5, first), on_next(10.5, second)]  # type: ignore[arg-type]
    assert len(first.sent) == len(second.sent) == 1


def test_on_a_connection_it_is_announced_before_the_socket_is_given() -> None:
    messages = FakeMessages()
    run = Run(messages)
    socket = ScriptedSocket(run.clock)
    order: list[object] = []
    given = rx.of(socket).pipe(authenticate(login, accepted, messages))
    given.subscribe(lambda given: order.extend((*messages.announced, given)))
    assert messages.listened == [None]
    messages.push(YES)
    assert order == [Authenticated(socket, YES), socket]


def test_a_refusal_ends_this_stream_with_the_reason_and_leaves_the_socket_alone() -> None:
    run = Run(refusal=reason_of)
    socket = run.open(says(NO))
    run.clock.advance_to(1)
    assert isinstance(run.error, AuthRefused)
    assert run.error.reason == "apikey: invalid"
    assert socket.closed is None
    assert not run.messages.observers


def test_a_refusal_without_a_reason_is_one_too() -> None:
    run = Run()
    run.open(says(NO))
    run.clock.advance_to(1)
    assert isinstance(run.error, AuthRefused)


def test_a_key_revoked_later_is_refused_on_the_next_socket() -> None:
    run = Run(refusal=reason_of)
    first = run.open(says(YES), delay=None)
    run.open(says(NO), delay=None)
    assert run.observer.messages[0] == on_next(0, first)
    assert isinstance(run.error, AuthRefused)


def test_no_answer_drops_the_socket_so_that_the_connection_tries_again() -> None:
    run = Run(timeout=3)
    socket = run.open()
    run.clock.advance_to(100)
    assert socket.closed is not None
    assert isinstance(socket.closed.error, RequestTimeout)
    assert (socket.closed_at, socket.closed.error.timeout) == (3, 3)
    assert run.observer.messages == []
    again = run.open(says(YES))
    run.clock.advance_to(200)
    assert run.observer.messages == [on_next(100.5, again)]  # type: ignore[arg-type]


def test_an_answer_after_the_time_is_not_taken_for_one_of_the_next_socket() -> None:
    run = Run(timeout=3)
    late = run.open(says(YES), delay=4)
    run.clock.advance_to(3.5)
    assert late.closed is not None
    silent = run.open()
    run.clock.advance_to(5)
    assert run.observer.messages == []
    assert len(silent.sent) == 1


@pytest.mark.parametrize("reopens", [True, False])
def test_a_socket_that_has_gone_is_not_waited_for(reopens: bool) -> None:  # noqa: FBT001
    run = Run(timeout=3)
    gone = run.open(says(YES), delay=1)
    second = run.open() if reopens else None
    if not reopens:
        run.sockets.on_next(None)
        assert not run.messages.observers
    run.clock.advance_to(2)
    if second is None:
        assert run.observer.messages == []
    run.clock.advance_to(100)
    assert gone.closed is None


def test_a_request_that_cannot_be_sent_drops_the_socket() -> None:
    def refuse(message: Json) -> Iterable[Json]:
        raise NotSent("the queue is full")

    run = Run()
    socket = run.open(refuse)
    assert socket.closed is not None
    assert isinstance(socket.closed.error, NotSent)
    assert run.observer.messages == []
    assert not run.messages.observers


@pytest.mark.parametrize("name", ["request", "accepted", "refusal"])
def test_what_a_function_raises_ends_the_stream(name: str) -> None:
    def raises(*_: object) -> Any:
        raise ZeroDivisionError

    options: dict[str, Any] = {name: raises}
    run = Run(**options)
    socket = run.open(says(NO), delay=None)
    assert isinstance(run.error, ZeroDivisionError)
    assert socket.closed is None


def test_the_end_of_the_messages_ends_the_wait_and_drops_nothing() -> None:
    run = Run()
    socket = run.open()
    run.messages.on_completed()
    run.sockets.on_completed()
    run.clock.advance_to(100)
    assert run.observer.messages == [on_completed(0)]
    assert socket.closed is None


def test_a_source_of_one_socket_is_waited_for() -> None:
    clock = TestScheduler()
    socket = ScriptedSocket(clock, says(YES), delay=2)
    observer = clock.create_observer()
    rx.of(socket).pipe(authenticate(login, accepted, socket.messages)).subscribe(observer)
    clock.advance_to(100)
    assert observer.messages == [on_next(2, socket), on_completed(2)]


def test_dispose_ends_the_wait() -> None:
    run = Run()
    socket = run.open(says(YES))
    run.subscription.dispose()
    run.subscription.dispose()
    run.clock.advance_to(100)
    assert run.observer.messages == []
    assert socket.closed is None
    assert not run.messages.observers


def test_a_subscriber_that_raises_is_given_no_further_socket() -> None:
    run = Run()

    def raises(socket: Socket) -> None:
        raise ZeroDivisionError

    run.subscription.dispose()
    run.sockets.pipe(authenticate(login, accepted, run.messages)).subscribe(raises)
    run.open(says(YES))
    with pytest.raises(ZeroDivisionError):
        run.clock.advance_to(100)
    assert not run.sockets.observers
    assert not run.messages.observers


@pytest.mark.parametrize("timeout", [0, -1, nan])
def test_a_time_that_cannot_be_waited_is_refused(timeout: float) -> None:
    with pytest.raises(InvalidArgument, match="timeout is"):
        authenticate(login, accepted, rx.never(), timeout=timeout)
