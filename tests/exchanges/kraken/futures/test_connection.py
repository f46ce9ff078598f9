"""How messages of Kraken's futures are sorted, and how a link is kept alive."""

from __future__ import annotations

from typing import Any

import pytest
import reactivex as rx
from reactivex import Subject
from reactivex.testing import TestScheduler

from rxex.events import Closed, Heartbeat, Opened, SocketEvent
from rxex.exchanges.kraken import futures
from rxex.exchanges.kraken.futures.asking import route
from rxex.exchanges.kraken.futures.connection import make_dialect, ping_every
from rxex.testing import ScriptedSocket


@pytest.mark.parametrize(
    ("message", "key"),
    [
        ({"feed": "book", "product_id": "PI_XBTUSD"}, ("book", "PI_XBTUSD")),
        ({"feed": "book_snapshot", "product_id": "pi_xbtusd"}, ("book", "PI_XBTUSD")),
        ({"feed": "open_orders_verbose_snapshot"}, ("open_orders_verbose",)),
        ({"feed": "heartbeat", "time": 1}, None),
        ({"event": "subscribed", "feed": "book", "product_ids": ["PI_XBTUSD"]}, None),
        ({"event": "info", "version": 1}, None),
        ({"feed": 7, "product_id": "PI_XBTUSD"}, None),
        ([1, 2], None),
    ],
)
def test_a_message_belongs_to_its_feed_and_product(message: Any, key: Any) -> None:
    assert route(message) == key


def test_signs_of_life_are_told_apart_from_messages() -> None:
    classify, socket = make_dialect().classify, ScriptedSocket(TestScheduler())
    beat = classify(socket, {"feed": "heartbeat", "time": 1534262350627})
    pong = classify(socket, {"event": "pong"})
    assert isinstance(beat, Heartbeat)
    assert isinstance(pong, Heartbeat)
    assert (beat.solicited, pong.solicited) == (False, True)
    assert classify(socket, {"event": "subscribed", "feed": "heartbeat"}) is None
    assert classify(socket, {"event": "info", "version": 1}) is None
    assert classify(socket, [1]) is None


def test_each_connection_remembers_its_own_requests() -> None:
    assert make_dialect().options["requests"] is not make_dialect().options["requests"]


def test_the_exchange_is_pinged_each_so_many_seconds_until_the_socket_is_gone() -> None:
    scheduler = TestScheduler()
    first, second = ScriptedSocket(scheduler), ScriptedSocket(scheduler)
    link: Subject[SocketEvent] = Subject()
    for time, event in ((1, Opened(first)), (65, Closed(first)), (100, Opened(second))):
        scheduler.schedule_absolute(float(time), lambda *_, event=event: link.on_next(event))
    events: list[Any] = []
    pinging = link.pipe(ping_every(30.0)).subscribe(events.append)
    scheduler.advance_to(150)
    pinging.dispose()
    scheduler.advance_to(300)
    ping = {"event": "ping"}
    assert [first.sent, second.sent] == [[(31, ping), (61, ping)], [(130, ping)]]
    assert [type(event) for event in events] == [Opened, Closed, Opened]


def test_a_ping_that_cannot_be_sent_is_sent_the_next_time() -> None:
    scheduler = TestScheduler()
    socket = ScriptedSocket(scheduler)
    socket.close()
    with rx.of(Opened(socket)).pipe(rx.operators.concat(rx.never()), ping_every(30.0)).subscribe():
        scheduler.advance_to(40)
        socket.closed = None
        scheduler.advance_to(70)
    assert [time for time, _ in socket.sent] == [60]


def test_connections_are_made_for_the_exchange_and_its_demo() -> None:
    assert futures.URL == "wss://futures.kraken.com/ws/v1"
    assert futures.DEMO_URL == "wss://demo-futures.kraken.com/ws/v1"
    assert not futures.public_connection(futures.DEMO_URL).is_connected
