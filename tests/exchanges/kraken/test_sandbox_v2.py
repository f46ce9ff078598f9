"""The simulated Kraken, WebSocket v2, spoken to by a client that is not ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from rxex.exchanges.kraken.sandbox import KrakenSandbox, kraken_sandbox


@contextmanager
def client(exchange: KrakenSandbox) -> Iterator[ClientConnection]:
    with connect(exchange.ws_public_url) as socket:
        yield socket


@pytest.fixture
def exchange() -> Iterator[KrakenSandbox]:
    with kraken_sandbox(seed=1, speed=20) as exchange:
        yield exchange


def receive(socket: ClientConnection) -> dict[str, Any]:
    """Give the next message but heartbeats."""
    while True:
        message: dict[str, Any] = json.loads(socket.recv(timeout=5))
        if message != {"channel": "heartbeat"}:
            return message


def send(socket: ClientConnection, **message: Any) -> None:
    socket.send(json.dumps(message))


def test_the_status_comes_first_with_an_id_that_no_float_can_hold(exchange: KrakenSandbox) -> None:
    with client(exchange) as socket:
        status = receive(socket)
    assert status["channel"] == "status"
    assert status["data"][0]["system"] == "online"
    assert status["data"][0]["connection_id"] > 2**53


def test_a_subscribe_is_acknowledged_then_answered_with_a_snapshot_then_with_updates(exchange: KrakenSandbox) -> None:
    with client(exchange) as socket:
        receive(socket)
        send(socket, method="subscribe", params={"channel": "ticker", "symbol": ["BTC/USD"]}, req_id=7)
        answer = receive(socket)
        assert answer["success"] is True
        assert answer["req_id"] == 7
        assert answer["result"] == {
            "channel": "ticker",
            "event_trigger": "trades",
            "snapshot": True,
            "symbol": "BTC/USD",
        }
        assert [receive(socket)["type"] for _ in range(3)] == ["snapshot", "update", "update"]
