"""`keep_status_only`."""

from __future__ import annotations

import reactivex as rx
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from rxex.events import (
    Authenticated,
    Closed,
    Gap,
    Heartbeat,
    Message,
    Opened,
    SubscriptionState,
    SubscriptionStatus,
    SystemStatus,
)
from rxex.operators import keep_status_only
from rxex.testing import ScriptedSocket
from tests.operators.fakes import FakeConnection

SOCKET = ScriptedSocket(TestScheduler())
STATUS = [
    SystemStatus(SOCKET, "online", is_online=True),
    Authenticated(SOCKET),
    SubscriptionStatus("ticker", "BTC/USD", SubscriptionState.LIVE),
    Gap("ticker BTC/USD"),
]


def test_only_status_events_are_kept_and_notices_are_some() -> None:
    events = rx.of(Opened(SOCKET), *STATUS[:2], Message(SOCKET, {}), Heartbeat(SOCKET), *STATUS[2:], Closed(SOCKET))
    assert events.pipe(keep_status_only(), ops.to_list()).run() == STATUS


def test_of_a_connection_only_the_link_is_listened_to() -> None:
    connection, seen = FakeConnection(), list[object]()
    with connection.pipe(keep_status_only()).subscribe(seen.append):
        connection.link.on_next(Opened(SOCKET))
        connection.link.on_next(STATUS[0])
    assert seen == STATUS[:1]
