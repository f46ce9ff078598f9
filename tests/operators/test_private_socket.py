"""The open socket with its token, shared by all who need it."""

from __future__ import annotations

from typing import Any

from reactivex import Subject
from reactivex.testing import TestScheduler

from rxex.errors import AuthRefused
from rxex.events import Closed, Opened, SocketEvent, SystemStatus
from rxex.operators import PrivateSockets, private_socket
from rxex.testing import ScriptedSocket


class World:
    """Events by hand, tokens that are counted, a clock in virtual time."""

    def __init__(self) -> None:
        self.clock = TestScheduler()
        self.events = Subject[SocketEvent]()
        self.tokens = 0
        self.failure: Exception | None = None
        self.sockets: PrivateSockets = self.events.pipe(private_socket(self.get_token, scheduler=self.clock))

    def get_token(self) -> str:
        self.tokens += 1
        if self.failure is not None:
            raise self.failure
        return f"token {self.tokens}"

    def open(self) -> ScriptedSocket:
        socket = ScriptedSocket(self.clock)
        self.events.on_next(Opened(socket))
        return socket

    def settle(self) -> None:
        self.clock.advance_by(1)

    def listen(self) -> list[Any]:
        seen: list[Any] = []
        self.sockets.subscribe(seen.append, lambda error: seen.append(type(error)), lambda: seen.append("end"))
        return seen


def test_one_token_is_asked_for_however_many_subscribe() -> None:
    world = World()
    first, second = world.listen(), world.listen()
    socket = world.open()
    world.settle()
    assert first == second == [socket]
    assert world.tokens == 1
    assert first[0].token.reveal() == "token 1"
    assert world.sockets.current is first[0]


def test_nothing_is_asked_for_before_somebody_subscribes() -> None:
    world = World()
    world.open()
    world.settle()
    assert world.tokens == 0
    assert world.sockets.current is None


def test_a_late_subscriber_gets_the_open_socket_on_its_thread_and_the_lack_of_one_at_once() -> None:
    world = World()
    world.listen()
    socket = world.open()
    world.settle()
    late = world.listen()
    assert late == []
    world.settle()
    assert late == [socket]
    world.events.on_next(Closed(socket))
    assert world.listen() == [None]
    assert world.sockets.current is None
    assert late == [socket, None]


def test_while_the_token_is_on_its_way_nothing_is_told() -> None:
    world = World()
    seen = world.listen()
    world.events.on_next(Closed(world.open()))
    second = world.open()
    assert world.listen() == []
    world.settle()
    assert seen == [None, second]


def test_a_socket_that_closes_before_a_late_subscriber_has_it_is_not_given() -> None:
    world = World()
    world.listen()
    socket = world.open()
    world.settle()
    late = world.listen()
    world.events.on_next(Closed(socket))
    world.settle()
    assert late == [None]


def test_it_stays_subscribed_when_the_last_has_left_so_that_the_next_need_not_wait() -> None:
    world = World()
    world.sockets.subscribe().dispose()
    world.open()
    world.settle()
    late = world.listen()
    world.settle()
    assert len(late) == 1
    assert world.tokens == 1


def test_the_end_is_told_to_all_and_who_comes_then_starts_over() -> None:
    world = World()
    seen = world.listen()
    world.failure = AuthRefused("key revoked")
    world.open()
    world.settle()
    assert seen == [AuthRefused]
    world.failure = None
    again = world.listen()
    socket = world.open()
    world.settle()
    assert again == [socket]
    world.events.on_completed()
    assert again == [socket, "end"]
    assert world.sockets.current is None


def test_it_knows_what_the_exchange_last_said_on_this_socket() -> None:
    world = World()
    world.listen()
    socket = world.open()
    assert world.sockets.status is None
    world.events.on_next(SystemStatus(socket, "maintenance", is_online=False))
    assert world.sockets.status is not None
    assert world.sockets.status.status == "maintenance"
    world.events.on_next(Closed(socket))
    world.open()
    assert world.sockets.status is None
