"""`filter_new_socket_only`."""

from __future__ import annotations

import reactivex as rx
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from rxex.events import Closed, Message, Opened, SystemStatus
from rxex.operators import filter_new_socket_only
from rxex.testing import ScriptedSocket
from tests.operators.fakes import FakeConnection

OLD, NEW = ScriptedSocket(TestScheduler()), ScriptedSocket(TestScheduler())


def test_each_socket_is_given_once_when_it_opens() -> None:
    status = SystemStatus(OLD, "online", is_online=True)
    events = rx.of(Opened(OLD), status, Message(OLD, {}), Closed(OLD), Opened(NEW))
    assert events.pipe(filter_new_socket_only(), ops.to_list()).run() == [OLD, NEW]


def test_of_a_connection_only_the_link_is_listened_to() -> None:
    connection, seen = FakeConnection(), list[object]()
    with connection.pipe(filter_new_socket_only()).subscribe(seen.append):
        connection.link.on_next(Opened(OLD))
    assert seen == [OLD]
