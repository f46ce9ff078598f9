"""`authenticated_socket`."""

from __future__ import annotations

import reactivex as rx
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from rxex.events import Authenticated, Closed, Message, Opened, SystemStatus
from rxex.operators import authenticated_socket
from rxex.testing import ScriptedSocket
from tests.operators.fakes import FakeConnection

OLD, NEW = ScriptedSocket(TestScheduler()), ScriptedSocket(TestScheduler())


def test_a_socket_is_given_when_we_are_authenticated_on_it() -> None:
    status = SystemStatus(OLD, "online", is_online=True)
    events = rx.of(Opened(OLD), status, Message(OLD, {}), Authenticated(OLD), Closed(OLD), Opened(NEW))
    assert events.pipe(authenticated_socket(), ops.to_list()).run() == [OLD]


def test_of_a_connection_only_the_link_is_listened_to() -> None:
    connection, seen = FakeConnection(), list[object]()
    with connection.pipe(authenticated_socket()).subscribe(seen.append):
        connection.link.on_next(Authenticated(NEW))
    assert seen == [NEW]
