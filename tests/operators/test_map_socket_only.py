"""`map_socket_only`."""

from __future__ import annotations

import reactivex as rx
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from rxex.errors import MalformedMessage
from rxex.events import Authenticated, Gap, Heartbeat, Malformed, Message, Opened, Reconnecting, SystemStatus
from rxex.operators import keep_status_only, map_socket_only
from rxex.testing import ScriptedSocket

SOCKET = ScriptedSocket(TestScheduler())


def test_every_event_with_a_socket_gives_it() -> None:
    events = rx.of(
        Opened(SOCKET),
        Message(SOCKET, {}),
        Heartbeat(SOCKET),
        Malformed(SOCKET, b"", MalformedMessage("truncated")),
        SystemStatus(SOCKET, "online", is_online=True),
    )
    assert events.pipe(map_socket_only(), ops.to_list()).run() == [SOCKET] * 5


def test_an_event_without_a_socket_gives_nothing() -> None:
    events = rx.of(Reconnecting(1, 0.0), Authenticated(SOCKET), Gap("ticker"))
    assert events.pipe(map_socket_only(), ops.to_list()).run() == [SOCKET]
    assert events.pipe(keep_status_only(), map_socket_only(), ops.to_list()).run() == [SOCKET]
