from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

import pytest
from reactivex.testing import TestScheduler

from rxex.errors import ConnectionClosed, NotSent
from rxex.events import Closed, Socket
from rxex.testing import ScriptedSocket, record
from rxex.typing import Json


def echo(message: Json) -> Iterable[Json]:
    return [{"echo": message}]


def test_it_is_a_socket_to_the_library_and_to_the_type_checker() -> None:
    socket: Socket = ScriptedSocket(TestScheduler())
    assert isinstance(socket, Socket)


def test_it_records_what_the_other_side_would_read_and_when() -> None:
    clock = TestScheduler()
    socket = ScriptedSocket(clock)
    request: Json = {"price": Decimal("0.00000010"), "ids": [1]}
    clock.advance_to(3)
    socket.send(request)
    request["ids"].append(2)  # type: ignore[call-overload]
    assert socket.sent == [(3, {"price": Decimal("0.00000010"), "ids": [1]})]
    assert str(socket.sent[0][1]["price"]) == "1.0E-7"  # type: ignore[call-overload]


def test_what_cannot_be_sent_on_a_real_socket_cannot_be_sent_here() -> None:
    socket = ScriptedSocket(TestScheduler())
    with pytest.raises(TypeError):
        socket.send({"side": object()})
    assert socket.sent == []


def test_answers_come_after_the_delay() -> None:
    clock = TestScheduler()
    socket = ScriptedSocket(clock, echo, delay=1.5)
    answers = record(socket.messages, clock)
    clock.advance_to(1)
    socket.send({"id": 1})
    clock.advance_to(10)
    assert answers.values == [{"echo": {"id": 1}}]
    assert [time for time, _ in answers.notifications] == [2.5]


def test_answers_without_delay_come_at_the_same_time_but_not_inside_send() -> None:
    clock = TestScheduler()
    socket = ScriptedSocket(clock, echo)
    answers = record(socket.messages, clock)
    seen_in_send: list[int] = []

    def speak(*_: object) -> None:
        socket.send({"id": 1})
        seen_in_send.append(len(answers.values))

    clock.schedule_relative(2, speak)
    clock.advance_to(3)
    assert seen_in_send == [0]
    assert [time for time, _ in answers.notifications] == [2]


def test_answers_can_come_inside_send() -> None:
    clock = TestScheduler()
    socket = ScriptedSocket(clock, echo, delay=None)
    answers = record(socket.messages, clock)
    socket.send({"id": 1})
    assert answers.values == [{"echo": {"id": 1}}]


@pytest.mark.parametrize("delay", [None, 0.0, 1.0])
def test_nothing_comes_from_a_closed_socket(delay: float | None) -> None:
    clock = TestScheduler()
    socket = ScriptedSocket(clock, lambda _: [{"first": 1}, {"second": 2}], delay=delay)
    answers = record(socket.messages, clock)
    socket.messages.subscribe(lambda _: socket.close())
    socket.send({})
    clock.advance_to(5)
    assert answers.values == [{"first": 1}]


def test_a_closed_socket_sends_nothing() -> None:
    socket = ScriptedSocket(TestScheduler())
    socket.close()
    with pytest.raises(NotSent, match="closed"):
        socket.send({})
    assert socket.sent == []


def test_the_other_side_can_refuse_a_message() -> None:
    def refuse(_: Json) -> Iterable[Json]:
        raise NotSent("the queue is full")
        yield {}

    socket = ScriptedSocket(TestScheduler(), refuse)
    with pytest.raises(NotSent, match="the queue is full"):
        socket.send({"id": 1})
    assert socket.sent == []
    assert socket.failure is None


def test_an_error_of_the_replies_is_raised_and_kept() -> None:
    def check(message: Json) -> Iterable[Json]:
        assert "id" in message
        return []

    socket = ScriptedSocket(TestScheduler(), check)
    with pytest.raises(AssertionError):
        socket.send({})
    assert isinstance(socket.failure, AssertionError)


def test_how_and_when_it_ended_is_told_once() -> None:
    clock = TestScheduler()
    error = ConnectionClosed(1006, "gone")
    closed, dropped, cut = (ScriptedSocket(clock) for _ in range(3))
    ends = record(closed.ends, clock), record(dropped.ends, clock), record(cut.ends, clock)
    clock.advance_to(4)
    closed.close(1001, "enough")
    closed.close()
    closed.drop(error)
    dropped.drop(error)
    dropped.close()
    cut.cut(error)
    assert [end.values for end in ends] == [[], [], []], "told after what is under way, never from inside a call"
    clock.advance_to(5)
    assert closed.closed == Closed(closed, 1001, "enough")
    assert dropped.closed == Closed(dropped, error=error)
    assert cut.closed == Closed(cut, error=error)
    assert [end.values for end in ends] == [[closed.closed], [dropped.closed], []]
    assert {closed.closed_at, dropped.closed_at, cut.closed_at} == {4}


def test_its_repr_says_whether_it_is_open_and_how_much_was_sent() -> None:
    socket = ScriptedSocket(TestScheduler())
    socket.send({})
    assert repr(socket) == "<ScriptedSocket: open, 1 sent>"
    socket.close()
    assert repr(socket) == "<ScriptedSocket: closed at 0 s, 1 sent>"
    assert repr(socket) in repr(socket.closed)
