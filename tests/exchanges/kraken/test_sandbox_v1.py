"""The simulated Kraken, WebSocket v1, spoken to by a client that is not ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from websockets.sync.client import connect

from rxex.exchanges.kraken.sandbox import KrakenSandbox, kraken_sandbox
from tests.exchanges.kraken.sandbox_clients import RawClient, raw_client


@pytest.fixture(scope="module")
def exchange() -> Iterator[KrakenSandbox]:
    with kraken_sandbox(seed=1, speed=30) as exchange:
        yield exchange


@pytest.fixture
def client(exchange: KrakenSandbox) -> Iterator[RawClient]:
    with raw_client(exchange.public_v1_url) as client:
        yield client


def request(event: str, name: str, *pairs: str) -> dict[str, Any]:
    return {"event": event, "pair": list(pairs), "subscription": {"name": name}}


def test_the_status_comes_first_with_an_id_that_no_float_can_hold(exchange: KrakenSandbox) -> None:
    with connect(exchange.public_v1_url) as socket:
        status = json.loads(socket.recv(timeout=5))
    assert status.pop("connectionID") > 2**53
    assert status == {"event": "systemStatus", "status": "online", "version": "1.9.1"}


def test_a_status_change_is_told() -> None:
    with kraken_sandbox() as exchange, raw_client(exchange.public_v1_url) as client:
        exchange.set_status("maintenance")
        assert client.receive() == {"event": "systemStatus", "status": "maintenance", "version": "1.9.1"}


def test_each_pair_is_acknowledged_alone_with_the_id_that_was_sent(client: RawClient) -> None:
    client.send(**request("subscribe", "trade", "XBT/USD", "ETH/XBT"), reqid=2**60)
    answers: list[dict[str, Any]] = []
    while len(answers) < 2:
        message = client.receive()
        if isinstance(message, dict):
            answers.append(message)
    numbers = {answer.pop("channelID") for answer in answers}
    assert len(numbers) == 2
    assert answers == [
        {
            "channelName": "trade",
            "event": "subscriptionStatus",
            "pair": pair,
            "reqid": 2**60,
            "status": "subscribed",
            "subscription": {"name": "trade"},
        }
        for pair in ("XBT/USD", "ETH/XBT")
    ]


def test_an_id_inside_the_subscription_is_answered_too(client: RawClient) -> None:
    answer = client.ask(event="subscribe", pair=["XDG/USD"], subscription={"name": "trade", "reqid": 4})
    assert answer["reqid"] == 4
    assert answer["subscription"] == {"name": "trade"}


def test_a_ticker_comes_right_after_the_acknowledgement_in_the_shape_of_the_venue(client: RawClient) -> None:
    number = client.ask(**request("subscribe", "ticker", "XBT/USD"))["channelID"]
    for _ in range(3):
        frame = client.receive()
        assert [frame[0], *frame[2:]] == [number, "ticker", "XBT/USD"]
        payload = frame[1]
        assert list(payload) == ["a", "b", "c", "v", "p", "t", "l", "h", "o"]
        for side in ("a", "b"):
            price, whole, size = payload[side]
            assert len(price.split(".")[1]) == 5
            assert whole == int(Decimal(size))
            assert len(size.split(".")[1]) == 8
        assert all(type(count) is int for count in payload["t"])
        today, day = (Decimal(volume) for volume in payload["v"])
        assert today <= day


def test_trades_are_lists_of_texts_and_there_is_no_snapshot_of_them(client: RawClient) -> None:
    number = client.ask(**request("subscribe", "trade", "XBT/USD"))["channelID"]
    frame = client.receive()
    assert [frame[0], *frame[2:]] == [number, "trade", "XBT/USD"]
    for price, size, time, side, order_type, misc in frame[1]:
        assert len(price.split(".")[1]) == 5
        assert len(size.split(".")[1]) == 8
        assert len(time.split(".")[1]) == 6
        assert side in "bs"
        assert order_type in "ml"
        assert misc == ""
    assert len(frame[1]) <= 4  # a snapshot would hold fifty


def test_after_an_unsubscribe_nothing_comes(client: RawClient) -> None:
    client.ask(**request("subscribe", "trade", "XBT/USD"))
    client.send(**request("unsubscribe", "trade", "XBT/USD"), reqid=5)
    while not isinstance(answer := client.receive(), dict):
        pass
    assert answer["status"] == "unsubscribed"
    assert answer["reqid"] == 5
    assert client.ask(event="ping") == {"event": "pong"}


def test_ping_is_answered_with_the_id_that_was_sent(client: RawClient) -> None:
    assert client.ask(event="ping", reqid=42) == {"event": "pong", "reqid": 42}


@pytest.mark.parametrize(
    ("request_", "error", "pair"),
    [
        (request("subscribe", "ticker", "BTC/USD"), "Currency pair not supported BTC/USD", "BTC/USD"),
        (request("subscribe", "ticker", "NO/NE"), "Currency pair not supported NO/NE", "NO/NE"),
        (request("subscribe", "ticker", "XBTUSD"), "Currency pair not in ISO 4217-A3 format XBTUSD", "XBTUSD"),
        (request("unsubscribe", "ticker", "XBT/USD"), "Subscription Not Found", "XBT/USD"),
        (request("subscribe", "nonsense", "XBT/USD"), "Subscription name invalid", None),
        (
            request("subscribe", "ownTrades"),
            "Private data and trading are unavailable on this endpoint. Try ws-auth.kraken.com",
            None,
        ),
        (
            {"event": "subscribe", "pair": "XBT/USD", "subscription": {"name": "ticker"}},
            "Pair field must be an array",
            None,
        ),
        ({"event": "subscribe", "pair": ["XBT/USD"]}, "Subscription field must be an object", None),
        (
            {"event": "subscribe", "pair": ["XBT/USD"], "subscription": {"name": "ticker", "depth": 10}},
            "Unsupported field: 'depth' for the given msg type: subscribe",
            None,
        ),
    ],
)
def test_refusals_have_the_texts_of_the_venue(
    client: RawClient, request_: dict[str, Any], error: str, pair: str | None
) -> None:
    expected = {"errorMessage": error, "event": "subscriptionStatus", "reqid": 9, "status": "error"}
    if pair is not None:
        expected["pair"] = pair
    if "subscription" in request_:
        expected["subscription"] = request_["subscription"]
    assert client.ask(**request_, reqid=9) == expected


@pytest.mark.parametrize("text", ["nonsense", "[1]", "{}", '{"event":5}'])
def test_what_is_no_request_is_malformed(client: RawClient, text: str) -> None:
    client.socket.send(text)
    assert client.receive() == {"errorMessage": "Malformed request", "event": "error", "status": "error"}


def test_an_unknown_event_is_refused(client: RawClient) -> None:
    assert client.ask(event="dance", reqid=3) == {
        "errorMessage": "Event(s) not found",
        "event": "error",
        "reqid": 3,
        "status": "error",
    }


def test_requests_that_come_too_fast_are_refused_without_an_event(client: RawClient) -> None:
    for _ in range(21):
        client.send(event="ping")
    answers = [client.receive() for _ in range(21)]
    assert answers == [{"event": "pong"}] * 20 + [{"Error": "Exceeded msg rate"}]


def test_heartbeats_come_from_the_first_subscription_on() -> None:
    with kraken_sandbox(seed=1) as exchange, connect(exchange.public_v1_url) as socket:
        socket.send(json.dumps(request("subscribe", "trade", "USDC/USD")))
        while socket.recv(timeout=5) != '{"event":"heartbeat"}':
            pass
        (asked,) = exchange.requests
        assert exchange.sent[-1].time - asked.time == pytest.approx(1.0, abs=0.05)
