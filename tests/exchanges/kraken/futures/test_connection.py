"""How messages of Kraken's futures are sorted, and how a link is kept alive."""

from __future__ import annotations

from typing import Any

import pytest
from reactivex.testing import TestScheduler

from rxex.events import Heartbeat
from rxex.exchanges.kraken import futures
from rxex.exchanges.kraken.futures.asking import route
from rxex.exchanges.kraken.futures.connection import make_dialect
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


def test_connections_are_made_for_the_exchange_and_its_demo() -> None:
    assert futures.URL == "wss://futures.kraken.com/ws/v1"
    assert futures.DEMO_URL == "wss://demo-futures.kraken.com/ws/v1"
    assert not futures.public_connection(futures.DEMO_URL).is_connected
