"""The simulated Kraken, WebSocket v2, spoken to by a client that is not ours."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from websockets.sync.client import connect

from rxex.exchanges.kraken.sandbox import INSTRUMENTS, KrakenSandbox, kraken_sandbox
from tests.exchanges.kraken.sandbox_clients import RawClient, raw_client

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z")


@pytest.fixture(scope="module")
def exchange() -> Iterator[KrakenSandbox]:
    with kraken_sandbox(seed=1, speed=30) as exchange:
        yield exchange


@pytest.fixture
def client(exchange: KrakenSandbox) -> Iterator[RawClient]:
    with raw_client(exchange.public_url) as client:
        yield client


def ticker(*symbols: str, **more: Any) -> dict[str, Any]:
    return {"method": "subscribe", "params": {"channel": "ticker", "symbol": list(symbols), **more}}


def trade(*symbols: str, **more: Any) -> dict[str, Any]:
    return {"method": "subscribe", "params": {"channel": "trade", "symbol": list(symbols), **more}}


def without_times(answer: dict[str, Any]) -> dict[str, Any]:
    assert TIME.fullmatch(answer.pop("time_in"))
    assert TIME.fullmatch(answer.pop("time_out"))
    return answer


def test_the_status_comes_first_with_an_id_that_no_float_can_hold(exchange: KrakenSandbox) -> None:
    with connect(exchange.public_url) as socket:
        status = json.loads(socket.recv(timeout=5))
    number = status["data"][0].pop("connection_id")
    assert status == {
        "channel": "status",
        "type": "update",
        "data": [{"version": "2.0.10", "system": "online", "api_version": "v2"}],
    }
    assert number > 2**53
    assert number < 2**64


def test_a_status_for_everybody_has_no_connection_id() -> None:
    with kraken_sandbox() as exchange, raw_client(exchange.public_url) as client:
        exchange.set_status("cancel_only")
        assert client.receive()["data"] == [{"version": "2.0.10", "system": "cancel_only", "api_version": "v2"}]


def test_each_symbol_is_acknowledged_alone_with_the_id_that_was_sent(client: RawClient) -> None:
    client.send(**trade("BTC/USD", "ETH/USD"), req_id=2**60)
    answers = [without_times(client.receive()) for _ in range(2)]
    assert answers == [
        {
            "method": "subscribe",
            "req_id": 2**60,
            "result": {"channel": "trade", "snapshot": False, "symbol": symbol},
            "success": True,
        }
        for symbol in ("BTC/USD", "ETH/USD")
    ]


def test_without_an_id_none_comes_back(client: RawClient) -> None:
    assert without_times(client.ask(**ticker("BTC/USD"))) == {
        "method": "subscribe",
        "result": {"channel": "ticker", "event_trigger": "trades", "snapshot": True, "symbol": "BTC/USD"},
        "success": True,
    }


def test_a_ticker_is_a_snapshot_then_updates_with_the_digits_of_the_pair(client: RawClient) -> None:
    client.ask(**ticker("BTC/USD"))
    frames = [client.receive() for _ in range(4)]
    assert [frame["type"] for frame in frames] == ["snapshot", "update", "update", "update"]
    for frame in frames:
        (row,) = frame["data"]
        assert list(row) == [
            *("symbol", "bid", "bid_qty", "ask", "ask_qty", "last", "volume", "vwap", "low", "high"),
            *("change", "change_pct", "timestamp"),
        ]
        for name in ("bid", "ask", "last", "vwap", "low", "high", "change"):
            assert row[name].as_tuple().exponent == -1
        for name in ("bid_qty", "ask_qty", "volume"):
            assert row[name].as_tuple().exponent == -8
        assert row["bid"] < row["ask"]
        assert TIME.fullmatch(row["timestamp"])
    assert "E" not in "".join(client.texts[1:]).replace("ETH", "")


def test_without_a_snapshot_a_ticker_begins_with_an_update(client: RawClient) -> None:
    client.ask(**ticker("ETH/USD", snapshot=False))
    assert client.receive()["type"] == "update"


def test_a_ticker_by_trades_agrees_with_the_trades(client: RawClient) -> None:
    client.send(**trade("BTC/USD"))
    client.send(**ticker("BTC/USD", snapshot=False))
    last, compared = None, 0
    while compared < 5:
        frame = client.receive()
        if frame.get("channel") == "trade":
            last = frame["data"][-1]
            assert last["side"] in {"buy", "sell"}
            assert last["ord_type"] in {"limit", "market"}
        elif frame.get("channel") == "ticker":
            assert last is not None
            assert frame["data"][0]["last"] == last["price"]
            compared += 1


def test_a_ticker_by_best_prices_tells_changes_of_these_alone(client: RawClient) -> None:
    client.ask(**ticker("BTC/USD", event_trigger="bbo"))
    best = [(row["bid"], row["ask"]) for row in (client.receive()["data"][0] for _ in range(10))]
    assert all(earlier != later for earlier, later in itertools.pairwise(best))


def test_a_snapshot_of_trades_holds_the_last_fifty_and_the_next_one_follows_on(client: RawClient) -> None:
    client.ask(**trade("BTC/USD", snapshot=True))
    snapshot, update = client.receive(), client.receive()
    numbers = [row["trade_id"] for row in snapshot["data"]]
    assert snapshot["type"] == "snapshot"
    assert numbers == list(range(numbers[0], numbers[0] + 50))
    assert update["data"][0]["trade_id"] == numbers[-1] + 1


def test_after_an_unsubscribe_nothing_comes(client: RawClient) -> None:
    client.ask(**trade("BTC/USD"))
    request = {"method": "unsubscribe", "params": {"channel": "trade", "symbol": ["BTC/USD"]}, "req_id": 5}
    client.send(**request)
    while (answer := client.receive()).get("method") != "unsubscribe":
        pass
    assert without_times(answer) == {
        "method": "unsubscribe",
        "req_id": 5,
        "result": {"channel": "trade", "symbol": "BTC/USD"},
        "success": True,
    }
    assert client.ask(method="ping")["method"] == "pong"


def test_ping_is_answered_and_takes_no_params(client: RawClient) -> None:
    assert without_times(client.ask(method="ping", req_id=101)) == {"method": "pong", "req_id": 101}
    assert without_times(client.ask(method="ping")) == {"method": "pong"}
    assert without_times(client.ask(method="ping", params={}, req_id=0)) == {
        "error": "Unsupported field: 'params' for the given msg type: ping",
        "method": "ping",
        "req_id": 0,
        "success": False,
    }


NOT_FOUND = {"method": "unsubscribe", "params": {"channel": "ticker", "symbol": ["BTC/USD"]}}


@pytest.mark.parametrize(
    ("request_", "method", "error", "symbol"),
    [
        (ticker("XBT/EUR"), "subscribe", "Currency pair not supported XBT/EUR", "XBT/EUR"),
        (ticker("BTCUSD"), "subscribe", "Currency pair not in ISO 4217-A3 format BTCUSD", "BTCUSD"),
        (ticker("*"), "subscribe", "Currency pair not in ISO 4217-A3 format *", "*"),
        (NOT_FOUND, "subscribe", "Subscription Not Found", "BTC/USD"),
        (
            ticker("BTC/USD", depth=10),
            "subscribe",
            "Unsupported field: 'depth' for the given msg type: subscribe",
            None,
        ),
        (ticker("BTC/USD", snapshot=1), "subscribe", "Snapshot field must be a boolean", None),
        (ticker("BTC/USD", event_trigger="now"), "subscribe", "Event_trigger field must be trades or bbo", None),
        (
            {**ticker(), "channel": "x"},
            "subscribe",
            "Unsupported field: 'channel' for the given msg type: subscribe",
            None,
        ),
        ({"method": "subscribe"}, "subscribe", "Params field must be an object", None),
        ({"method": "subscribe", "params": {"channel": "ticker"}}, "subscribe", "Symbol field must be an array", None),
        ({"method": "subscribe", "params": {"channel": "nonsense"}}, "subscribe", "Subscription name invalid", None),
        (
            {"method": "subscribe", "params": {"channel": "executions", "token": "x"}},
            "subscribe",
            "Private data and trading are unavailable on this endpoint. Try ws-auth.kraken.com",
            None,
        ),
        ({"method": "add_order", "params": {}}, "add_order", "Unsupported event", None),
    ],
)
def test_refusals_have_the_texts_of_the_venue(
    client: RawClient, request_: dict[str, Any], method: str, error: str, symbol: str | None
) -> None:
    expected: dict[str, Any] = {"error": error, "method": method, "req_id": 9, "success": False}
    if symbol is not None:
        expected["symbol"] = symbol
    assert without_times(client.ask(**request_, req_id=9)) == expected


@pytest.mark.parametrize("text", ["nonsense", "[1]", '"text"', "{}", '{"method":5}', "", '{"method":"ping"'])
def test_what_is_no_request_is_malformed(client: RawClient, text: str) -> None:
    client.socket.send(text)
    assert without_times(client.receive()) == {"error": "Malformed request", "method": "error", "success": False}


def test_one_bad_symbol_does_not_spoil_the_others(client: RawClient) -> None:
    client.send(**trade("XBT/USD", "BTC/USD"))
    assert [client.receive()["success"] for _ in range(2)] == [False, True]


def test_a_second_subscription_to_the_same_is_refused(client: RawClient) -> None:
    client.ask(**trade("USDT/USD"))
    client.send(**trade("USDT/USD"))
    while "method" not in (answer := client.receive()):
        pass
    assert answer["error"] == "Already subscribed"
    assert answer["symbol"] == "USDT/USD"


def test_heartbeats_come_from_the_first_subscription_on() -> None:
    with kraken_sandbox(seed=1) as exchange, connect(exchange.public_url) as socket:
        socket.recv(timeout=5)
        with pytest.raises(TimeoutError):
            socket.recv(timeout=1.1)
        socket.send(json.dumps(trade("USDC/USD")))
        while socket.recv(timeout=5) != '{"channel":"heartbeat"}':
            pass
        (request,) = exchange.requests
        beats = [sent.time for sent in exchange.sent if "heartbeat" in sent.text]
        assert beats[0] - request.time == pytest.approx(1.0, abs=0.05)


def test_a_refusal_on_demand_has_the_text_that_was_given() -> None:
    with kraken_sandbox() as exchange, raw_client(exchange.public_url) as client:
        exchange.refuse("BTC/USD", "EService:Unavailable")
        exchange.refuse("ETH/USD")
        client.send(**ticker("BTC/USD", "ETH/USD"))
        assert [client.receive()["error"] for _ in range(2)] == [
            "EService:Unavailable",
            "Currency pair not supported ETH/USD",
        ]
        exchange.accept("BTC/USD")
        assert client.ask(**ticker("BTC/USD"))["success"] is True


def test_every_instrument_is_served(exchange: KrakenSandbox, client: RawClient) -> None:
    client.send(**ticker(*INSTRUMENTS))
    snapshots: dict[str, Any] = {}
    while len(snapshots) < len(INSTRUMENTS):
        message = client.receive()
        if message.get("type") == "snapshot":
            snapshots[message["data"][0]["symbol"]] = message["data"][0]
    assert list(snapshots) == list(INSTRUMENTS)
    for symbol, row in snapshots.items():
        assert abs(row["last"] / INSTRUMENTS[symbol].price - 1) < Decimal("0.2")
