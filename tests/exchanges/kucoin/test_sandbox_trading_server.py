"""Trading on the simulated KuCoin as a server, with clients that are not ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.client import RemoteDisconnected
from urllib.parse import urlencode

import pytest
from websockets.sync.client import connect

from rxex.exchanges.kucoin.sandbox import KucoinSandbox, OrderFault, kucoin_sandbox
from tests.exchanges.kucoin.sandbox_clients import http, raw_client, signature, signed

ORDERS = "/spotMarket/tradeOrdersV2"
ORDER = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "100", "size": "1"}


@pytest.fixture
def exchange() -> Iterator[KucoinSandbox]:
    with kucoin_sandbox() as exchange:
        yield exchange


def test_an_order_goes_over_http_and_is_told_over_the_socket(exchange: KucoinSandbox) -> None:
    mine = exchange.credentials()
    with raw_client(exchange.rest_url, mine) as client:
        client.subscribe(ORDERS, privateChannel=True)
        body = json.dumps({**ORDER, "clientOid": "a"})
        order_id = signed(exchange.rest_url, mine, "POST", "/api/v1/hf/orders", body=body).data["orderId"]
        received, opened = client.pushes(ORDERS, 2)
        assert [each["data"]["type"] for each in (received, opened)] == ["received", "open"]
        query = {"symbol": "BTC-USDT"}
        signed(exchange.rest_url, mine, "DELETE", f"/api/v1/hf/orders/{order_id}", query=query)
        assert client.pushes(ORDERS)[0]["data"]["type"] == "canceled"


def test_nobody_places_orders_without_a_signature(exchange: KucoinSandbox) -> None:
    answer = http(exchange.rest_url, "POST", "/api/v1/hf/orders", body=json.dumps(ORDER))
    assert answer.message["code"] == "400001"
    assert exchange.orders == []


def test_a_line_that_breaks_loses_the_answer_and_the_socket_but_not_the_order(exchange: KucoinSandbox) -> None:
    mine = exchange.credentials()
    with raw_client(exchange.rest_url, mine) as client:
        client.subscribe(ORDERS, privateChannel=True)
        exchange.fail_next_request(OrderFault.CUT_BEFORE_ANSWER)
        body = json.dumps({**ORDER, "clientOid": "a"})
        with pytest.raises((ConnectionError, RemoteDisconnected)):
            signed(exchange.rest_url, mine, "POST", "/api/v1/hf/orders", body=body)
        assert exchange.wait_until(lambda exchange: len(exchange.placed("a")) == 1 and not exchange.open_sessions)


def test_the_gateway_is_entered_with_a_bare_text(exchange: KucoinSandbox) -> None:
    mine = exchange.credentials()
    assert mine.passphrase is not None
    key, secret = mine.key.reveal(), mine.secret.reveal()
    now = str(http(exchange.rest_url, "GET", "/api/v1/timestamp").data)
    query = {
        "apikey": key,
        "sign": signature(secret, key + now),
        "passphrase": signature(secret, mine.passphrase.reveal()),
        "timestamp": now,
    }
    with connect(f"{exchange.ws_gateway_url}?{urlencode(query)}", close_timeout=1) as socket:
        challenge = socket.recv(timeout=5)
        assert isinstance(challenge, str)
        socket.send(signature(secret, challenge))
        assert json.loads(socket.recv(timeout=5))["data"] == "welcome"
        socket.send(json.dumps({"id": "1", "op": "spot.order", "args": {**ORDER, "clientOid": "g"}}))
        answer = json.loads(socket.recv(timeout=5))
        assert (answer["code"], answer["data"]["clientOid"]) == ("200000", "g")


def test_futures_are_traded_at_their_own_address(exchange: KucoinSandbox) -> None:
    mine = exchange.credentials()
    body = json.dumps(
        {"symbol": "XBTUSDTM", "side": "buy", "type": "market", "size": 3, "leverage": 2, "clientOid": "f"}
    )
    with raw_client(exchange.futures_rest_url, mine) as client:
        client.subscribe("/contract/positionAll", privateChannel=True)
        assert signed(exchange.futures_rest_url, mine, "POST", "/api/v1/orders", body=body).data["clientOid"] == "f"
        assert client.pushes("/contract/position:XBTUSDTM")[0]["data"]["currentQty"] == 3
