"""Events: frozen, in three kinds."""

from __future__ import annotations

import datetime as dt

import attrs
import pytest
from reactivex.testing import TestScheduler

from rxex import events
from rxex.events import (
    Closed,
    Gap,
    Heartbeat,
    LinkEvent,
    Malformed,
    Message,
    Notice,
    Opened,
    Overflow,
    Reconnected,
    Reconnecting,
    Socket,
    SocketEvent,
    Stale,
    StatusEvent,
    SubscriptionStatus,
    SystemStatus,
)
from rxex.testing import ScriptedSocket

SOCKET = ScriptedSocket(TestScheduler())


def test_the_testing_socket_is_a_socket() -> None:
    assert isinstance(SOCKET, Socket)


@pytest.mark.parametrize("kind", [Opened, Closed, Reconnecting, Reconnected])
def test_what_the_socket_does_is_a_link_event(kind: type) -> None:
    assert issubclass(kind, LinkEvent)
    assert not issubclass(kind, StatusEvent)


@pytest.mark.parametrize("kind", [SystemStatus, SubscriptionStatus, Gap, Overflow, Stale, events.Authenticated])
def test_what_is_said_of_the_exchange_us_or_a_subscription_is_a_status_event(kind: type) -> None:
    assert issubclass(kind, StatusEvent)
    assert not issubclass(kind, LinkEvent)


@pytest.mark.parametrize("kind", [Message, Malformed, Heartbeat])
def test_what_came_over_the_wire_is_neither(kind: type) -> None:
    assert issubclass(kind, SocketEvent)
    assert not issubclass(kind, LinkEvent | StatusEvent)


def test_gap_overflow_and_stale_are_notices() -> None:
    assert set(Notice.__subclasses__()) == {Gap, Overflow, Stale}


def test_no_event_can_be_changed() -> None:
    for event in (Opened(SOCKET), Message(SOCKET, {}), Gap("a"), Overflow("a", 1)):
        with pytest.raises(attrs.exceptions.FrozenInstanceError):
            event.socket = None  # type: ignore[union-attr, misc, assignment]


def test_the_bytes_of_a_malformed_message_do_not_show() -> None:
    assert "secret" not in repr(Malformed(SOCKET, b"secret"))


def test_stale_tells_since_when_as_a_date() -> None:
    assert Stale("a", 1_000_000_000).since_time == dt.datetime(1970, 1, 1, 0, 0, 1, tzinfo=dt.UTC)
