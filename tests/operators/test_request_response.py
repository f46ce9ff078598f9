"""`request_response`, in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import count
from math import inf
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable, Subject
from reactivex import operators as ops
from reactivex.notification import OnError
from reactivex.testing import ReactiveTest, TestScheduler
from reactivex.testing.mockobserver import MockObserver

from rxex.errors import ConnectionClosed, InvalidArgument, NotSent, RequestTimeout
from rxex.events import Closed, Opened, Socket
from rxex.operators import connected_socket, request_response
from rxex.testing import ScriptedSocket
from rxex.typing import Json
from tests.operators.fakes import FakeMessages

on_next, on_completed = ReactiveTest.on_next, ReactiveTest.on_completed


def order(id_: int) -> Json:
    return {"method": "add_order", "req_id": id_}


def answer(id_: int) -> Json:
    return {"success": True, "req_id": id_}


def matches(message: Json, id_: int) -> bool:
    return isinstance(message, dict) and message.get("req_id") == id_


def yes(message: Json) -> Iterable[Json]:
    assert isinstance(message, dict)
    return [{"channel": "ticker"}, answer(message["req_id"])]


class Run:
    """One subscription to a request, on a socket that may answer."""

    def __init__(
        self,
        replies: Callable[[Json], Iterable[Json]] = lambda _: (),
        *,
        delay: float | None = 0.5,
        sockets: Callable[[ScriptedSocket], Observable[Socket | None]] = rx.of,
        messages: Observable[Json] | None = None,
        request: Callable[[int], Json] = order,
        **options: Any,
    ) -> None:
        self.clock = TestScheduler()
        self.socket = ScriptedSocket(self.clock, replies, delay=delay)
        self.observer: MockObserver[Json] = self.clock.create_observer()
        options.setdefault("ids", count(7))
        options.setdefault("matches", matches)
        operator = request_response(request, self.socket.messages if messages is None else messages, **options)
        self.stream = sockets(self.socket).pipe(operator)
        self.subscription = self.stream.subscribe(self.observer)

    def after(self, seconds: float) -> Run:
        self.clock.advance_to(seconds)
        return self

    @property
    def error(self) -> Exception:
        (record,) = self.observer.messages
        assert isinstance(record.value, OnError)
        return record.value.exception


def test_the_request_is_sent_once_and_its_answer_ends_it() -> None:
    run = Run(yes).after(100)
    assert run.socket.sent == [(0, order(7))]
    assert run.observer.messages == [on_next(0.5, answer(7)), on_completed(0.5)]  # type: ignore[arg-type]


def test_an_answer_inside_send_is_heard() -> None:
    run = Run(yes, delay=None)
    assert run.observer.messages == [on_next(0, answer(7)), on_completed(0)]


def test_another_ones_answer_is_not_taken() -> None:
    run = Run(lambda _: [answer(6), answer(8)]).after(100)
    assert isinstance(run.error, RequestTimeout)


def test_no_answer_is_a_typed_error_and_nothing_is_sent_again() -> None:
    run = Run(timeout=3, label="add_order").after(100)
    assert isinstance(run.error, RequestTimeout)
    assert (run.error.request, run.error.timeout, run.observer.messages[0].time) == ("add_order", 3, 3)
    assert run.socket.sent == [(0, order(7))]


def test_an_answer_after_the_time_changes_nothing() -> None:
    run = Run(yes, delay=6).after(100)
    assert isinstance(run.error, RequestTimeout)


def test_each_subscription_asks_for_itself_with_an_id_of_its_own() -> None:
    run = Run(yes).after(1)
    second: MockObserver[Json] = run.clock.create_observer()
    run.stream.subscribe(second)
    run.after(100)
    assert [message for _, message in run.socket.sent] == [order(7), order(8)]
    assert second.messages[0] == on_next(1.5, answer(8))  # type: ignore[arg-type]


def test_without_ids_every_request_has_another_one() -> None:
    requests = [Run(ids=None).socket.sent[0][1] for _ in range(20)]
    ids = {request["req_id"] for request in requests if isinstance(request, dict)}
    assert len(ids) == 20
    assert all(0 <= id_ < 2**45 for id_ in ids)


def test_answers_are_looked_for_in_the_lane_of_answers() -> None:
    messages = FakeMessages()
    run = Run(messages=messages)
    assert messages.listened == [None]
    messages.push(answer(7))
    assert run.observer.messages == [on_next(0, answer(7)), on_completed(0)]


# What can go wrong


def test_a_socket_that_has_closed_means_that_nothing_was_sent() -> None:
    def closed(socket: ScriptedSocket) -> Observable[Socket | None]:
        socket.close()
        return rx.of(socket)

    run = Run(sockets=closed).after(100)
    assert isinstance(run.error, NotSent)
    assert run.socket.sent == []


def test_no_socket_means_that_nothing_was_sent() -> None:
    run = Run(sockets=lambda _: rx.empty(), label="add_order").after(100)
    assert isinstance(run.error, NotSent)
    assert "add_order" in str(run.error)


def test_it_waits_for_a_socket() -> None:
    events: Subject[Any] = Subject()
    run = Run(yes, sockets=lambda _: events.pipe(connected_socket()))
    events.on_next(Closed(run.socket))
    run.after(60)
    assert run.observer.messages == []
    events.on_next(Opened(run.socket))
    run.after(70)
    assert run.socket.sent == [(60, order(7))]
    assert run.observer.messages[-1] == on_completed(60.5)  # type: ignore[arg-type]


def test_a_socket_that_closes_before_the_answer_is_told_at_once_and_not_asked_again() -> None:
    sockets: Subject[Socket | None] = Subject()
    run = Run(sockets=lambda _: sockets, label="add_order")
    second = ScriptedSocket(run.clock)
    sockets.on_next(run.socket)
    run.after(1)
    sockets.on_next(None)
    assert isinstance(run.error, ConnectionClosed)
    assert "add_order" in str(run.error)
    sockets.on_next(second)
    run.after(100)
    assert (len(run.socket.sent), second.sent) == (1, [])
    assert not sockets.observers


def test_another_socket_beside_the_first_means_nothing() -> None:
    sockets: Subject[Socket | None] = Subject()
    run = Run(yes, sockets=lambda _: sockets)
    second = ScriptedSocket(run.clock)
    for socket in (run.socket, run.socket, second):
        sockets.on_next(socket)
    run.after(100)
    assert run.observer.messages == [on_next(0.5, answer(7)), on_completed(0.5)]  # type: ignore[arg-type]
    assert (len(run.socket.sent), second.sent) == (1, [])


def test_the_end_of_the_messages_is_told_at_once() -> None:
    messages: Subject[Json] = Subject()
    run = Run(messages=messages)
    messages.on_completed()
    assert isinstance(run.error, ConnectionClosed)


def test_messages_that_have_ended_already_mean_that_nothing_is_sent() -> None:
    run = Run(messages=rx.empty())
    assert isinstance(run.error, ConnectionClosed)
    assert run.socket.sent == []


def test_errors_of_the_sockets_and_of_the_messages_are_passed_on() -> None:
    error = ConnectionClosed(1006)
    assert Run(sockets=lambda socket: rx.concat(rx.of(socket), rx.throw(error))).error is error
    assert Run(messages=rx.throw(error)).error is error


def test_what_the_functions_raise_ends_the_stream() -> None:
    def raises(*_: Any) -> Any:
        raise ZeroDivisionError

    unmade = Run(yes, request=raises)
    assert isinstance(unmade.error, ZeroDivisionError)
    assert unmade.socket.sent == []
    assert isinstance(Run(yes, matches=raises).after(100).error, ZeroDivisionError)
    assert isinstance(Run(yes, ids=map(raises, count())).error, ZeroDivisionError)


def test_ids_that_run_out_are_told_before_anything_is_sent() -> None:
    run = Run(ids=iter(()))
    assert isinstance(run.error, InvalidArgument)
    assert run.error.name == "ids"
    assert run.socket.sent == []


@pytest.mark.parametrize("timeout", [0, -1, inf])
def test_a_time_that_cannot_be_waited_is_refused(timeout: float) -> None:
    with pytest.raises(InvalidArgument, match="timeout is"):
        request_response(order, rx.never(), matches=matches, timeout=timeout)


# What users do to it


def test_dispose_stops_listening_and_a_second_dispose_does_nothing() -> None:
    messages: Subject[Json] = Subject()
    run = Run(messages=messages)
    run.subscription.dispose()
    run.subscription.dispose()
    assert not messages.observers
    assert run.after(100).observer.messages == []


def test_a_subscriber_that_disposes_in_its_callback_gets_nothing_more() -> None:
    run = Run(yes)
    seen: list[object] = []

    def on_answer(message: Json) -> None:
        seen.append(message)
        subscription.dispose()

    subscription = run.stream.subscribe(on_answer, seen.append, lambda: seen.append("end"))
    run.after(100)
    assert seen == [answer(8)]


def test_a_subscriber_that_raises_hears_nothing_more() -> None:
    sockets: Subject[Socket | None] = Subject()
    run = Run(yes, sockets=lambda _: sockets)
    errors: list[Exception] = []

    def raises(message: Json) -> None:
        raise ZeroDivisionError

    run.subscription.dispose()
    run.stream.subscribe(raises, errors.append)
    sockets.on_next(run.socket)
    with pytest.raises(ZeroDivisionError):
        run.after(1)
    assert not sockets.observers
    assert errors == []


def test_a_subscriber_that_raises_inside_send_is_told_of_nothing_else() -> None:
    run = Run(yes, delay=None)
    errors: list[Exception] = []

    def raises(message: Json) -> None:
        raise ZeroDivisionError

    run.stream.subscribe(raises, errors.append)
    run.after(100)
    assert [type(error) for error in errors] == [ZeroDivisionError]


def test_it_works_inside_a_longer_pipe() -> None:
    run = Run(yes, delay=None)
    assert run.stream.pipe(ops.count()).run() == 1
