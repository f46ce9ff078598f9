"""`connected_socket`."""

from __future__ import annotations

import reactivex as rx
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from rxex.events import Closed, Message, Opened, Reconnecting
from rxex.operators import connected_socket
from rxex.testing import ScriptedSocket
from tests.operators.fakes import FakeConnection

OLD, NEW = ScriptedSocket(TestScheduler()), ScriptedSocket(TestScheduler())


def test_it_is_the_open_socket_and_none_between_two() -> None:
    events = rx.of(Opened(OLD), Message(OLD, {}), Closed(OLD), Reconnecting(1, 1.0), Opened(NEW))
    assert events.pipe(connected_socket(), ops.to_list()).run() == [OLD, None, NEW]


def test_nothing_is_given_before_anything_is_known() -> None:
    events = rx.of(Reconnecting(1, 1.0), Message(OLD, {}))
    assert events.pipe(connected_socket(), ops.to_list()).run() == []


def test_nothing_is_given_twice_in_a_row() -> None:
    # A late subscriber of a connection can meet the Opened that it was given already.
    events = rx.of(Closed(OLD), Closed(OLD), Opened(NEW), Opened(NEW))
    assert events.pipe(connected_socket(), ops.to_list()).run() == [None, NEW]


def test_of_several_sockets_it_is_the_first_and_its_end_is_told_before_the_next() -> None:
    events = rx.of(Opened(OLD), Opened(NEW), Closed(NEW), Opened(NEW), Closed(OLD), Opened(OLD), Closed(NEW))
    assert events.pipe(connected_socket(), ops.to_list()).run() == [OLD, None, NEW, None, OLD]


def test_each_subscription_is_told_anew() -> None:
    connected = rx.of(Opened(OLD)).pipe(connected_socket())
    assert connected.run() is OLD
    assert connected.run() is OLD


def test_of_a_connection_only_the_link_is_listened_to() -> None:
    connection, seen = FakeConnection(), list[object]()
    with connection.pipe(connected_socket()).subscribe(seen.append):
        connection.link.on_next(Opened(OLD))
        connection.link.on_next(Closed(OLD))
    assert seen == [OLD, None]
