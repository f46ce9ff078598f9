"""The simulated Kraken's private endpoints as servers, spoken to by a client that is not ours."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from rxex.exchanges.kraken.sandbox import KrakenSandbox, OrderFault, kraken_sandbox
from rxex.sandbox.orders import OrderState
from tests.exchanges.kraken.sandbox_clients import RawClient, raw_client


@pytest.fixture(scope="module")
def exchange() -> Iterator[KrakenSandbox]:
    with kraken_sandbox(seed=3, speed=50) as exchange:
        yield exchange


def of_kind(client: RawClient, kind: str) -> Any:
    """The next execution of a kind, within 10 s."""
    give_up = time.monotonic() + 10
    while time.monotonic() < give_up:
        frame = json.loads(client.socket.recv(timeout=5))
        if frame.get("channel") == "executions":
            for row in frame["data"]:
                if row["exec_type"] == kind:
                    return row
    raise AssertionError(f"no {kind} came")


def order(token: str, **more: Any) -> dict[str, Any]:
    params = {"order_type": "limit", "side": "buy", "symbol": "BTC/USD", "limit_price": 100.0, "order_qty": 1.0}
    return {"method": "add_order", "params": {**params, "token": token, **more}}


def test_the_status_comes_first_with_an_id_that_no_float_can_hold(exchange: KrakenSandbox) -> None:
    for url in (exchange.private_url, exchange.private_v1_url):
        with connect(url) as socket:
            status = json.loads(socket.recv(timeout=5))
        number = status["connectionID"] if "event" in status else status["data"][0]["connection_id"]
        assert 2**53 < number < 2**64


def test_an_order_goes_from_submit_to_fill(exchange: KrakenSandbox) -> None:
    token = exchange.mint_token("trader")
    with raw_client(exchange.private_url) as client:
        client.send(method="subscribe", params={"channel": "executions", "token": token, "snap_orders": True})
        assert client.receive()["success"]
        assert client.receive()["type"] == "snapshot"
        answer = client.ask(**order(token, limit_price=70000.0, order_qty=0.01, cl_ord_id="mine"))
        assert answer["success"]
        assert of_kind(client, "filled")["order_id"] == answer["result"]["order_id"]
    (placed,) = exchange.placed("mine")
    assert placed.state is OrderState.FILLED


def test_the_market_fills_an_order_that_waits(exchange: KrakenSandbox) -> None:
    token = exchange.mint_token("patient")
    with raw_client(exchange.public_url) as public:
        public.send(method="subscribe", params={"channel": "ticker", "symbol": ["ETH/USD"]})
        public.receive()
        bid = public.receive()["data"][0]["bid"]
    with raw_client(exchange.private_url) as client:
        client.send(method="subscribe", params={"channel": "executions", "token": token})
        # Better than all other bids, so who sells next sells to us.
        client.send(**order(token, symbol="ETH/USD", limit_price=round(float(bid) + 0.01, 2), order_qty=1.0))
        fill = of_kind(client, "trade")
        assert (fill["symbol"], fill["side"]) == ("ETH/USD", "buy")


def test_two_clients_of_different_versions_see_the_same_order(exchange: KrakenSandbox) -> None:
    token = exchange.mint_token("both")
    with raw_client(exchange.private_v1_url) as old, raw_client(exchange.private_url) as new:
        old.send(event="subscribe", subscription={"name": "openOrders", "token": token})
        assert old.receive()["status"] == "subscribed"
        assert old.receive() == [[], "openOrders", {"sequence": 1}]
        txid = new.ask(**order(token))["result"]["order_id"]
        (first,) = old.receive()[0]
        assert first[txid]["status"] == "pending"
        assert old.receive()[0] == [{txid: {"status": "open", "userref": 0}}]
        old.send(event="cancelOrder", token=token, txid=[txid])
        assert old.receive()["status"] == "ok"
    assert exchange.wait_until(lambda exchange: not exchange.open_orders("both"))


def test_a_cut_before_the_answer_leaves_the_order_where_it_is(exchange: KrakenSandbox) -> None:
    token = exchange.mint_token("unlucky")
    exchange.fail_next_request(OrderFault.CUT_BEFORE_ANSWER)
    with raw_client(exchange.private_url) as client, pytest.raises(ConnectionClosed):
        client.ask(**order(token, cl_ord_id="cut"))
    (placed,) = exchange.placed("cut")
    assert placed.is_open
    with raw_client(exchange.private_url) as client:
        client.send(method="subscribe", params={"channel": "executions", "token": exchange.mint_token("unlucky")})
        client.receive()
        (row,) = client.receive()["data"]
    assert (row["cl_ord_id"], row["order_status"]) == ("cut", "new")
