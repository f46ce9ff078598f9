"""`is_connected`."""

from __future__ import annotations

import reactivex as rx
from reactivex import Subject
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from rxex.errors import AuthRefused
from rxex.events import Closed, Message, Opened, Reconnecting, SocketEvent
from rxex.operators import is_connected
from rxex.testing import ScriptedSocket, marble_connection
from tests.operators.fakes import FakeConnection

OLD, NEW = ScriptedSocket(TestScheduler()), ScriptedSocket(TestScheduler())


def test_it_is_told_at_once_and_then_whenever_it_changes() -> None:
    events: Subject[SocketEvent] = Subject()
    states: list[bool] = []
    events.pipe(is_connected()).subscribe(states.append)
    assert states == [False]
    story = (Opened(OLD), Message(OLD, {}), Closed(OLD), Closed(OLD), Reconnecting(1, 1.0), Opened(NEW), Opened(NEW))
    for event in story:
        events.on_next(event)
    assert states == [False, True, False, True]


def test_of_several_sockets_one_is_enough() -> None:
    events = rx.of(Opened(OLD), Opened(NEW), Closed(OLD), Opened(OLD), Closed(NEW), Closed(OLD))
    assert events.pipe(is_connected(), ops.to_list()).run() == [False, True, False]


def test_who_comes_late_to_a_connection_hears_what_is() -> None:
    live = marble_connection("-o---#--o|")
    told: dict[int, list[tuple[float, bool]]] = {0: [], 3: [], 6: []}
    for time, states in told.items():

        def subscribe(*_: object, states: list[tuple[float, bool]] = states) -> None:
            live.connection.pipe(is_connected()).subscribe(
                lambda state: states.append((live.scheduler.to_seconds(live.scheduler.now), state)), lambda _: None
            )

        live.scheduler.schedule_absolute(float(time), subscribe)
    live.run()
    assert told == {
        0: [(0, False), (1, True), (5, False), (8, True), (9, False)],
        3: [(3, True), (5, False), (8, True), (9, False)],
        6: [(6, False), (8, True), (9, False)],
    }


def test_it_ends_as_the_connection_does() -> None:
    ends: list[object] = []
    rx.throw(AuthRefused("no")).pipe(is_connected()).subscribe(on_error=lambda error: ends.append(str(error)))
    rx.empty().pipe(is_connected()).subscribe(on_completed=lambda: ends.append("completed"))
    assert ends == ["the exchange refused our authentication: no", "completed"]


def test_of_a_connection_only_the_link_is_listened_to() -> None:
    connection, seen = FakeConnection(), list[object]()
    with connection.pipe(is_connected()).subscribe(seen.append):
        connection.link.on_next(Opened(OLD))
        connection.link.on_next(Closed(OLD))
    assert seen == [False, True, False]
