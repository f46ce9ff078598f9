"""`keep_messages_only`."""

from __future__ import annotations

import reactivex as rx
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from rxex.errors import MalformedMessage
from rxex.events import Authenticated, Closed, Heartbeat, Malformed, Message, Opened, SystemStatus
from rxex.operators import keep_messages_only
from rxex.testing.scripted_socket import ScriptedSocket
from tests.operators.fakes import FakeConnection


def test_only_the_data_of_messages_is_kept() -> None:
    socket = ScriptedSocket(TestScheduler())
    events = rx.of(
        Opened(socket),
        SystemStatus(socket, "online", is_online=True),
        Authenticated(socket),
        Message(socket, {"a": 1}),
        Heartbeat(socket),
        Malformed(socket, b"{", MalformedMessage("truncated")),
        Message(socket, [2]),
        Closed(socket),
    )
    assert events.pipe(keep_messages_only(), ops.to_list()).run() == [{"a": 1}, [2]]


def test_a_connection_gives_its_own_messages_and_builds_no_event() -> None:
    connection = FakeConnection()
    assert connection.pipe(keep_messages_only()) is connection.messages
