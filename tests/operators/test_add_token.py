"""`add_token`: the thread of its own for real, everything else in virtual time."""

from __future__ import annotations

import copy
import logging
import pickle
import threading
import traceback
from collections.abc import Callable
from typing import Any

import attrs
import pytest
import reactivex as rx
from reactivex import Observable, Subject
from reactivex.notification import OnError, OnNext
from reactivex.testing import ReactiveTest, TestScheduler
from reactivex.testing.mockobserver import MockObserver
from reactivex.testing.subscription import Subscription

from rxex.auth import Secret
from rxex.clock import TimerQueue
from rxex.errors import AuthRefused, ConnectError, RateLimited, TokenError
from rxex.events import Authenticated, Socket
from rxex.operators import TokenSocket, add_token, authenticate
from rxex.testing import ScriptedSocket
from rxex.typing import Json

on_next, on_error, on_completed = ReactiveTest.on_next, ReactiveTest.on_error, ReactiveTest.on_completed
CANARY = "canary-t0k3n-b1946ac9"


class Run:
    """One subscription to the operator; ``get_token`` runs in virtual time."""

    def __init__(self, get_token: Callable[[TestScheduler], str | Observable[str]]) -> None:
        self.clock = TestScheduler()
        self.asked: list[float] = []
        self.sockets: Subject[Socket | None] = Subject()
        self.observer: MockObserver[TokenSocket] = self.clock.create_observer()

        def ask() -> str | Observable[str]:
            self.asked.append(self.clock.to_seconds(self.clock.now))
            return get_token(self.clock)

        self.stream = self.sockets.pipe(add_token(ask, scheduler=self.clock))
        self.subscription = self.stream.subscribe(self.observer)

    def open(self) -> ScriptedSocket:
        socket = ScriptedSocket(self.clock)
        self.sockets.on_next(socket)
        return socket

    @property
    def given(self) -> list[tuple[float, str, Socket]]:
        return [
            (record.time, record.value.value.token.reveal(), record.value.value)
            for record in self.observer.messages
            if isinstance(record.value, OnNext)
        ]


def after(seconds: float, token: str = CANARY) -> Callable[[TestScheduler], Observable[str]]:
    """A token source that takes its time."""
    return lambda clock: clock.create_cold_observable(on_next(seconds, token), on_next(seconds + 1, "a second one"))  # type: ignore[arg-type]


def raising(error: BaseException) -> Callable[[TestScheduler], str]:
    def get_token(_: TestScheduler) -> str:
        raise error

    return get_token


def test_each_new_socket_is_given_with_a_token_of_its_own() -> None:
    tokens = iter(("first", "second"))
    run = Run(lambda _: next(tokens))
    first = run.open()
    run.sockets.on_next(first)  # the same one
    run.clock.advance_to(10)
    run.sockets.on_next(None)
    second = run.open()
    run.clock.advance_to(20)
    assert run.given == [(0, "first", first), (10, "second", second)]
    assert run.asked == [0, 10]


def test_the_first_item_of_an_observable_is_the_token() -> None:
    run = Run(after(3))
    socket = run.open()
    run.clock.advance_to(100)
    assert run.given == [(3, CANARY, socket)]


@pytest.mark.parametrize("goes", [True, False])
def test_a_newer_socket_or_its_close_ends_the_wait(goes: bool) -> None:  # noqa: FBT001
    source: list[Any] = []

    def slow(clock: TestScheduler) -> Observable[str]:
        source.append(after(3)(clock))
        made: Observable[str] = source[-1]
        return made

    run = Run(slow)
    old = run.open()
    run.clock.advance_to(2)
    new = None if goes else run.open()
    if goes:
        run.sockets.on_next(None)
    run.clock.advance_to(100)
    assert source[0].subscriptions == [Subscription(0, 2)]
    assert run.given == ([] if new is None else [(5, CANARY, new)])
    assert old.closed is None


def test_a_source_of_one_socket_is_waited_for() -> None:
    run = Run(after(3))
    socket = run.open()
    run.sockets.on_completed()
    run.clock.advance_to(100)
    assert run.given == [(3, CANARY, socket)]
    assert run.observer.messages[-1] == on_completed(3)


# What can go wrong


@pytest.mark.parametrize(
    ("error", "kind", "retry_after"),
    [
        (ConnectError("rest.example", "status 500"), "ConnectError", None),
        (ConnectError("rest.example", "status 503", 503, 7.5), "ConnectError", 7.5),
        (RateLimited("slow down", 30), "RateLimited", 30),
        (ValueError(CANARY), "ValueError", None),
    ],
)
@pytest.mark.parametrize("inside", [True, False])
def test_an_error_drops_the_socket_so_that_the_connection_tries_again(
    error: Exception,
    kind: str,
    retry_after: float | None,
    inside: bool,  # noqa: FBT001
) -> None:
    run = Run((lambda _: rx.throw(error)) if inside else raising(error))
    socket = run.open()
    run.clock.advance_to(1)
    assert socket.closed is not None
    assert isinstance(socket.closed.error, TokenError)
    assert (socket.closed.error.kind, socket.closed.error.retry_after) == (kind, retry_after)
    assert run.observer.messages == []
    run.open()
    run.clock.advance_to(2)
    assert run.asked == [0, 1]


def test_a_token_source_that_wants_to_exit_has_failed_too() -> None:
    run = Run(raising(SystemExit(CANARY)))
    socket = run.open()
    run.clock.advance_to(1)
    assert socket.closed is not None
    assert isinstance(socket.closed.error, TokenError)
    assert socket.closed.error.kind == "SystemExit"


@pytest.mark.parametrize("nothing", ["", None, b"token", rx.of(""), rx.empty()], ids=str)
def test_no_token_is_an_error_too(nothing: Any) -> None:
    run = Run(lambda _: nothing)
    socket = run.open()
    run.clock.advance_to(1)
    assert socket.closed is not None
    assert isinstance(socket.closed.error, TokenError)
    assert run.observer.messages == []


@pytest.mark.parametrize("inside", [True, False])
def test_a_refusal_ends_this_stream_and_leaves_the_socket_alone(inside: bool) -> None:  # noqa: FBT001
    refused = AuthRefused("key revoked", 401)
    run = Run((lambda _: rx.throw(refused)) if inside else raising(refused))
    socket = run.open()
    run.clock.advance_to(1)
    assert run.observer.messages == [on_error(0, refused)]
    assert socket.closed is None
    assert not run.sockets.observers


def test_an_error_for_a_socket_that_has_gone_concerns_nobody() -> None:
    error = AuthRefused("late")
    run = Run(lambda clock: clock.create_cold_observable(on_error(3, error)))
    run.open()
    run.sockets.on_next(None)
    run.clock.advance_to(100)
    assert run.observer.messages == []


def test_dispose_ends_the_wait() -> None:
    run = Run(after(3))
    run.open()
    run.clock.advance_to(1)
    run.subscription.dispose()
    run.subscription.dispose()
    run.clock.advance_to(100)
    assert run.observer.messages == []


def test_a_subscriber_that_raises_is_given_no_further_socket() -> None:
    run = Run(lambda _: CANARY)

    def raises(socket: TokenSocket) -> None:
        raise ZeroDivisionError

    run.subscription.dispose()
    run.stream.subscribe(raises)
    run.open()
    with pytest.raises(ZeroDivisionError):
        run.clock.advance_to(1)
    assert not run.sockets.observers


# The thread


class Queue(TimerQueue):
    """Timers that run when the test says so, on the test's thread, as those of a socket run on its own."""

    def __init__(self) -> None:
        self.woken = threading.Event()
        super().__init__(self.woken.set)


class Blocking:
    """A token source that waits for the test; ``threads`` are those that it was called on."""

    def __init__(self) -> None:
        self.threads: list[threading.Thread] = []
        self.asked, self.may_answer = threading.Event(), threading.Event()

    def __call__(self) -> str:
        self.threads.append(threading.current_thread())
        self.asked.set()
        assert self.may_answer.wait(5)
        return CANARY


def test_the_token_is_fetched_on_a_thread_of_its_own_and_given_on_the_sockets() -> None:
    queue, source, given = Queue(), Blocking(), list[tuple[str, threading.Thread]]()
    tokens: Observable[TokenSocket] = rx.of(ScriptedSocket(queue)).pipe(add_token(source))
    tokens.subscribe(lambda socket: given.append((socket.token.reveal(), threading.current_thread())))
    assert source.asked.wait(5)
    assert [(thread.name, thread.daemon) for thread in source.threads] == [("rxex-token", True)]
    source.may_answer.set()
    assert queue.woken.wait(5)
    assert given == []
    queue.run_due()
    assert given == [(CANARY, threading.current_thread())]


def test_a_token_that_comes_after_the_dispose_goes_nowhere() -> None:
    queue, source, given = Queue(), Blocking(), list[TokenSocket]()
    tokens: Observable[TokenSocket] = rx.of(ScriptedSocket(queue)).pipe(add_token(source))
    subscription = tokens.subscribe(given.append)
    assert source.asked.wait(5)
    subscription.dispose()
    source.may_answer.set()
    source.threads[0].join(5)
    queue.run_due()
    assert given == []


def test_without_a_thread_to_be_had_the_connection_tries_again(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(self: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    queue = Queue()
    socket = ScriptedSocket(queue)
    tokens: Observable[TokenSocket] = rx.of(socket).pipe(add_token(lambda: CANARY))
    tokens.subscribe()
    queue.run_due()
    assert socket.closed is not None
    assert isinstance(socket.closed.error, TokenError)


# What is given


def with_token(socket: Socket) -> TokenSocket:
    return TokenSocket(socket, Secret(CANARY))


def test_it_is_the_socket_that_it_stands_for() -> None:
    clock = TestScheduler()
    socket, other = ScriptedSocket(clock), ScriptedSocket(clock)
    given = with_token(socket)
    assert isinstance(given, Socket)
    assert given == socket
    assert socket == given
    assert given == with_token(with_token(socket))
    assert given != other
    assert len({socket, given}) == 1
    assert given.scheduler is clock
    given.send({"a": 1})
    given.drop(TokenError("ValueError"))
    with_token(other).close(1001, "enough")
    assert socket.sent == [(0, {"a": 1})]
    assert socket.closed is not None
    assert isinstance(socket.closed.error, TokenError)
    assert other.closed is not None
    assert (other.closed.code, other.closed.reason) == (1001, "enough")


def test_the_token_is_sent_and_shows_nowhere_else(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    run = Run(lambda _: CANARY)
    authenticated: list[TokenSocket] = []

    def login(socket: TokenSocket) -> Json:
        return {"token": socket.token.reveal()}

    sockets = run.stream.pipe(authenticate(login, lambda _: True, rx.never(), timeout=1))
    sockets.subscribe(authenticated.append)
    socket = run.open()
    run.clock.advance_to(5)
    assert {"token": CANARY} in [message for _, message in socket.sent]
    given = run.given[0][2]
    event = Authenticated(given)
    texts = [str(given), repr(given), f"{given}", repr(event), repr(attrs.asdict(event)), str(socket.closed)]
    texts.extend(str(getattr(given, name, "")) for name in dir(given))
    for text in (*texts, caplog.text):
        assert CANARY not in text
    for dump in (pickle.dumps, copy.deepcopy):
        with pytest.raises(TypeError) as refusal:
            dump(given)
        assert CANARY not in str(refusal.value)


@pytest.mark.parametrize("is_fatal", [True, False])
def test_no_error_of_the_token_source_shows_the_token(is_fatal: bool) -> None:  # noqa: FBT001
    def get_token(_: TestScheduler) -> str:
        token = CANARY
        try:
            raise ValueError(f"GET https://rest.example/?token={token}")
        except ValueError as error:
            if is_fatal:
                raise AuthRefused("status 401") from error
            raise

    run = Run(get_token)
    socket = run.open()
    run.clock.advance_to(1)
    if is_fatal:
        last = run.observer.messages[-1].value
        assert isinstance(last, OnError)
        error = last.exception
    else:
        assert socket.closed is not None
        assert socket.closed.error is not None
        error = socket.closed.error
    shown = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert type(error).__name__ in shown
    assert "ValueError(" not in shown
    assert CANARY not in f"{shown}{error!r}{error}"
