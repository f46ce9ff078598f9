"""`ready_socket`."""

from __future__ import annotations

import reactivex as rx
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from rxex.events import Closed, Message, Opened, SystemStatus
from rxex.operators import ready_socket
from rxex.testing import ScriptedSocket
from tests.operators.fakes import FakeConnection

OLD, NEW = ScriptedSocket(TestScheduler()), ScriptedSocket(TestScheduler())


def status(socket: ScriptedSocket, *, is_online: bool = True) -> SystemStatus:
    return SystemStatus(socket, "online" if is_online else "maintenance", is_online=is_online)


def test_a_socket_is_ready_when_the_exchange_is_online() -> None:
    events = rx.of(Opened(OLD), Message(OLD, {}), status(OLD, is_online=False), status(OLD))
    assert events.pipe(ops.take(3), ready_socket(), ops.to_list()).run() == []
    assert events.pipe(ready_socket(), ops.to_list()).run() == [OLD]


def test_a_socket_is_given_once_even_if_the_exchange_pauses() -> None:
    events = rx.of(status(OLD), status(OLD), status(OLD, is_online=False), status(OLD), Closed(OLD), status(NEW))
    assert events.pipe(ready_socket(), ops.to_list()).run() == [OLD, NEW]


def test_of_several_sockets_each_is_given_once() -> None:
    events = rx.of(status(OLD), status(NEW), status(OLD), status(NEW), Closed(OLD))
    assert events.pipe(ready_socket(), ops.to_list()).run() == [OLD, NEW]


def test_each_subscription_is_told_anew() -> None:
    ready = rx.of(status(OLD)).pipe(ready_socket())
    assert ready.run() is OLD
    assert ready.run() is OLD


def test_of_a_connection_only_the_link_is_listened_to() -> None:
    connection, seen = FakeConnection(), list[object]()
    with connection.pipe(ready_socket()).subscribe(seen.append):
        connection.link.on_next(status(NEW))
    assert seen == [NEW]
