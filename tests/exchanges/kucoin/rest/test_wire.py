"""What goes over the wire to KuCoin: signatures, queries, JSON."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.auth import Credentials, Secret, ServerClock
from rxex.errors import (
    InvalidArgument,
)
from rxex.exchanges.kucoin.rest import Broker, KucoinRest, wire
from rxex.rest import Endpoint, HttpRequest, Request
from rxex.rest.parameters import written

SECRET = "f03a5284-5c39-4aaa-9b20-dea10bdcf8e3"
CREDENTIALS = Credentials("the key", SECRET, "the passphrase")
CLOCK = ServerClock(lambda: 1547015186532_999_999)
ORDER = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": "50000", "size": "0.00001"}


def sent(name: str, version: Any = 3, broker: Broker | None = None, **given: Any) -> HttpRequest:
    endpoint: Endpoint[..., Any] = getattr(KucoinRest, name)
    parameters = written(endpoint.parameters(**given), native=True)
    request = Request(endpoint.name, endpoint.method, endpoint.path, parameters, {"X-SITE-TYPE": "australia"})
    return wire.writer(version, broker)(endpoint, request, CREDENTIALS if endpoint.private else None, CLOCK)


def code(text: str, key: str = SECRET) -> str:
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def test_the_published_signature() -> None:
    message = '1547015186532POST/api/v1/deposit-addresses{"currency":"BTC"}'
    assert wire.signature(Secret(SECRET), message) == "7QP/oM0ykidMdrfNEUmng8eZjg/ZvPafjIqmxiVfYu4="


@pytest.mark.parametrize("version", [2, 3])
def test_an_order_is_json_signed_as_it_is_sent(version: int) -> None:
    request = sent("add_order", version, **ORDER, client_oid="c-1", post_only=True)
    assert (request.method, request.path, request.query, request.effect) == ("POST", "/api/v1/hf/orders", "", True)
    body = request.body or b""
    assert json.loads(body) == {**ORDER, "clientOid": "c-1", "postOnly": True}
    assert request.headers == {
        "X-SITE-TYPE": "australia",
        "Content-Type": "application/json",
        "KC-API-KEY": "the key",
        "KC-API-SIGN": code("1547015186532POST/api/v1/hf/orders" + body.decode()),
        "KC-API-TIMESTAMP": "1547015186532",
        "KC-API-PASSPHRASE": code("the passphrase"),
        "KC-API-KEY-VERSION": str(version),
    }


def test_a_number_has_no_exponent_and_a_whole_one_is_no_text() -> None:
    body = sent("futures_add_order", symbol="XBTUSDTM", side="buy", client_oid="c", price="0.00000001", size=3).body
    assert json.loads(body or b"") == {
        "clientOid": "c",
        "symbol": "XBTUSDTM",
        "side": "buy",
        "type": "limit",
        "price": "0.00000001",
        "size": 3,
    }


def test_the_query_is_signed_as_it_is_typed_and_sent_encoded() -> None:
    request = sent("balances", currency="abc!@#11")
    assert request.query == "currency=abc%21%40%2311"
    assert request.headers["KC-API-SIGN"] == code("1547015186532GET/api/v1/accounts?currency=abc!@#11")
    assert request.body is None
    assert "Content-Type" not in request.headers


@settings(max_examples=60)
@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=30).filter(str.isprintable))
def test_any_text_arrives_as_it_was_given_and_is_signed_as_typed(text: str) -> None:
    request = sent("balances", currency=text, type="main")
    assert dict(parse_qsl(request.query, keep_blank_values=True)) == {"currency": text, "type": "main"}
    assert " " not in request.query
    assert request.query.isascii()
    assert request.headers["KC-API-SIGN"] == code(f"1547015186532GET/api/v1/accounts?currency={text}&type=main")


def test_parts_of_the_path_are_taken_out_of_the_query() -> None:
    request = sent("cancel_order", symbol="BTC-USDT", order_id="670fd33b")
    assert (request.method, request.path, request.query) == (
        "DELETE",
        "/api/v1/hf/orders/670fd33b",
        "symbol=BTC-USDT",
    )
    assert request.headers["KC-API-SIGN"] == code("1547015186532DELETE/api/v1/hf/orders/670fd33b?symbol=BTC-USDT")
    assert sent("depth", symbol="A-B", size=20).path == "/api/v1/market/orderbook/level2_20"
    assert sent("futures_depth", symbol="XBTUSDM").path == "/api/v1/level2/depth100"


@pytest.mark.parametrize("value", ["", "..", "a/b", "a?b", "a%2f", "ä", None])
def test_what_would_change_the_path_is_refused_even_from_an_interceptor(value: Any) -> None:
    endpoint = KucoinRest.query_order
    request = Request(endpoint.name, "GET", endpoint.path, {"orderId": value} if value is not None else {})
    with pytest.raises(InvalidArgument, match="orderId"):
        wire.writer()(endpoint, request, CREDENTIALS, CLOCK)


def test_one_delete_has_json_and_others_a_query() -> None:
    request = sent("futures_cancel_orders", client_oids_list=[{"symbol": "XBTUSDTM", "client_oid": "c"}])
    assert (request.method, request.query) == ("DELETE", "")
    assert json.loads(request.body or b"") == {"clientOidsList": [{"symbol": "XBTUSDTM", "clientOid": "c"}]}
    assert request.headers["Content-Type"] == "application/json"
    signed = f"1547015186532DELETE/api/v1/orders/multi-cancel{(request.body or b'').decode()}"
    assert request.headers["KC-API-SIGN"] == code(signed)
    assert sent("futures_cancel_stop_orders", symbol="XBTUSDTM").query == "symbol=XBTUSDTM"


def test_a_batch_of_futures_is_an_array() -> None:
    order = {"symbol": "XBTUSDTM", "side": "buy", "client_oid": "c", "price": 1, "size": 3}
    body = json.loads(sent("futures_add_order_batch", orders=[order, order]).body or b"")
    assert [each["clientOid"] for each in body] == ["c", "c"]


def test_flags_in_a_query_are_words_in_small_letters() -> None:
    query = sent("futures_funding_history", symbol="XBTUSDTM", reverse=True, forward=False, max_count=5).query
    assert query == "symbol=XBTUSDTM&reverse=true&forward=false&maxCount=5"


def test_a_list_in_a_query_is_a_name_for_each_of_its_items() -> None:
    request = Request("x", "GET", "/x", {"a": ["1", "2"], "b": True})
    written = wire.writer()(KucoinRest.balances, request, CREDENTIALS, CLOCK)
    assert written.query == "a=1&a=2&b=true"
    assert written.headers["KC-API-SIGN"] == code("1547015186532GET/x?a=1&a=2&b=true")


def test_times_are_milliseconds_but_those_of_candles_on_the_spot_market() -> None:
    times = {"start_at": 1_700_000_000_123_456_789, "end_at": 1_700_000_100_000_000_000}
    assert sent("ohlc", symbol="A-B", type="1min", **times).query == (
        "symbol=A-B&type=1min&startAt=1700000000&endAt=1700000100"
    )
    assert "startAt=1700000000123" in sent("closed_orders", symbol="A-B", **times).query
    candles = sent("futures_ohlc", symbol="X", granularity=5, start=times["start_at"], end=times["end_at"])
    assert candles.query == "symbol=X&granularity=5&from=1700000000123&to=1700000100000"


def test_an_order_that_must_not_come_late_tells_when_it_was_signed() -> None:
    body = json.loads(sent("add_order", **ORDER, allow_max_time_window=500).body or b"")
    assert (body["allowMaxTimeWindow"], body["clientTimestamp"]) == (500, 1547015186532)
    batch = json.loads(sent("add_order_batch", order_list=[{**ORDER, "allow_max_time_window": 7}, ORDER]).body or b"")
    assert [each.get("clientTimestamp") for each in batch["orderList"]] == [1547015186532, None]


def test_public_calls_and_tokens_have_no_body_and_public_ones_no_key() -> None:
    request = sent("spot_public_token")
    assert (request.method, request.body, request.headers) == (
        "POST",
        None,
        {"X-SITE-TYPE": "australia", "Content-Type": "application/json"},
    )
    request = sent("spot_private_token")
    assert (request.body, request.query, request.effect) == (None, "", False)
    assert request.headers["KC-API-SIGN"] == code("1547015186532POST/api/v1/bullet-private")


def test_a_broker_signs_with_its_own_key() -> None:
    broker = Broker("ABC", "the broker key", "ABC broker")
    headers = sent("balances", broker=broker).headers
    assert headers["KC-API-PARTNER"] == "ABC"
    assert headers["KC-BROKER-NAME"] == "ABC broker"
    assert headers["KC-API-PARTNER-VERIFY"] == "true"
    assert headers["KC-API-PARTNER-SIGN"] == code("1547015186532ABCthe key", "the broker key")
    assert "the broker key" not in repr(broker)
    partner = sent("balances", broker=Broker("ABC", Secret("k"))).headers
    assert "KC-BROKER-NAME" not in partner
    assert "KC-API-PARTNER" not in sent("spot_public_token", broker=broker).headers


@pytest.mark.parametrize("name", ["", " a", "a\r\nb", "ä", None, 5])
def test_a_broker_whose_name_cannot_be_is_refused(name: Any) -> None:
    with pytest.raises(InvalidArgument, match=r"broker\.partner"):
        Broker(name, "key")


@pytest.mark.parametrize("version", [1, 4, "2"])
def test_a_key_of_another_version_is_refused(version: Any) -> None:
    with pytest.raises(InvalidArgument, match="key_version"):
        wire.writer(version)


def test_credentials_need_a_passphrase() -> None:
    with pytest.raises(InvalidArgument, match="passphrase"):
        wire.check_credentials(Credentials("key", "secret"))
