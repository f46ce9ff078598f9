"""A link that counts as open once the other side has greeted, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from reactivex import Observable, Subject
from reactivex.testing import TestScheduler

from rxex.errors import ConnectionClosed, TokenError
from rxex.events import Closed, Message, Opened, Socket, SocketEvent
from rxex.socket import Receive, await_greeting, decode_message
from rxex.testing import ScriptedSocket


class Line:
    """A link by hand: what it is told to receive goes through the function that it was made with."""

    def __init__(self, is_greeting: Callable[[bytes], bool] = lambda payload: b"welcome" in payload) -> None:
        self.scheduler = TestScheduler()
        self.socket = ScriptedSocket(self.scheduler)
        self.link: Subject[SocketEvent] = Subject()
        self.events: list[Any] = []
        self.take: Receive = decode_message
        stream = await_greeting(self.open, decode_message, is_greeting, timeout=10.0)
        self.subscription = stream.subscribe(self.events.append, self.events.append, lambda: self.events.append("end"))
        self.link.on_next(Opened(self.socket))

    def open(self, take: Receive) -> Observable[SocketEvent]:
        self.take = take
        return self.link

    def receive(self, text: str) -> None:
        event = self.take(self.socket, text.encode(), 0)
        if event is not None:
            self.link.on_next(event)

    @property
    def given_up(self) -> Exception | None:
        return None if self.socket.closed is None else self.socket.closed.error


def test_the_socket_is_open_with_the_greeting_which_is_a_message_like_others() -> None:
    line = Line()
    assert line.events == []
    line.receive('{"type":"welcome"}')
    line.receive('{"a":1}')
    assert [type(event) for event in line.events] == [Opened, Message, Message]
    line.scheduler.advance_to(60)
    assert line.given_up is None


def test_what_comes_before_the_greeting_is_passed_over() -> None:
    line = Line()
    line.receive('{"a":1}')
    line.receive('{"type":"welcome"}')
    assert [type(event) for event in line.events] == [Opened, Message]


def test_without_a_greeting_the_link_is_given_up() -> None:
    line = Line()
    line.scheduler.advance_to(9.9)
    assert line.given_up is None
    line.scheduler.advance_to(10.1)
    assert isinstance(line.given_up, ConnectionClosed)
    assert "no greeting came within 10 s" in str(line.given_up)


def test_a_greeting_that_says_no_gives_the_link_up_with_its_error() -> None:
    def refuse(_: bytes) -> bool:
        raise TokenError("ExpiredToken")

    line = Line(refuse)
    line.receive('{"type":"error"}')
    assert isinstance(line.given_up, TokenError)
    assert line.events == []


def test_a_link_that_ends_before_the_greeting_was_never_open() -> None:
    line = Line()
    error = ConnectionClosed()
    line.link.on_next(Closed(line.socket, error=error))
    line.link.on_error(error)
    assert line.events == [error]


def test_a_link_that_ends_after_the_greeting_is_closed() -> None:
    line = Line()
    line.receive('{"type":"welcome"}')
    line.link.on_next(Closed(line.socket))
    line.link.on_completed()
    assert [type(event) for event in line.events] == [Opened, Message, Closed, str]


@pytest.mark.parametrize("greeted", [False, True])
def test_nothing_is_left_after_a_dispose(*, greeted: bool) -> None:
    line = Line()
    if greeted:
        line.receive('{"type":"welcome"}')
    before = len(line.events)
    line.subscription.dispose()
    line.scheduler.advance_to(60)
    assert line.given_up is None
    assert len(line.events) == before
    assert not line.link.observers


def test_each_subscription_awaits_a_greeting_of_its_own() -> None:
    takes: list[Receive] = []
    scheduler = TestScheduler()

    def open_link(take: Receive) -> Observable[SocketEvent]:
        takes.append(take)
        return Subject()

    stream = await_greeting(open_link, decode_message, lambda payload: payload == b"hi")
    seen: list[list[SocketEvent]] = [[], []]
    for events in seen:
        stream.subscribe(events.append)
    socket: Socket = ScriptedSocket(scheduler)
    takes[1](socket, b"hi", 0)
    assert [[type(event) for event in events] for events in seen] == [[], [Opened]]
