"""What goes over the wire to Bitfinex: paths, queries, JSON, signatures."""

from __future__ import annotations

import hashlib
import hmac
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.auth import Credentials, NonceSource, Secret, ServerClock
from rxex.errors import InvalidArgument
from rxex.exchanges.bitfinex.rest import (
    AddOrder,
    BitfinexRest,
    CancelOrder,
    CancelOrders,
    EditOrder,
    Meta,
    OrderFlags,
    wire,
)
from rxex.rest import Endpoint, HttpRequest, Request
from rxex.rest.parameters import written

NONCE = "1700000000000000"
EMPTY_OBJECT = "afbf78cd51a89892e09129309adef95416cd1975e061c03e37a7e5b9080a7a68ed081a16f21ef29e55493f0f61388a1e"
ORDER: dict[str, Any] = {"symbol": "tBTCUSD", "amount": "0.1", "price": "10000"}


def sent(name: str, token: Secret | None = None, affiliate: str | None = None, **given: Any) -> HttpRequest:
    endpoint: Endpoint[..., Any] = getattr(BitfinexRest, name)
    credentials = Credentials("the key", "secret", nonces=NonceSource(lambda: 1_700_000_000_000_000_999))
    parameters = written(endpoint.parameters(**given), native=True)
    request = Request(endpoint.name, endpoint.method, endpoint.path, parameters, {"X-Mine": "1"})
    return wire.writer(token, affiliate)(endpoint, request, credentials if endpoint.private else None, ServerClock())


def body(name: str, **given: Any) -> Any:
    return json.loads(sent(name, **given).body or b"")


@pytest.mark.parametrize(
    ("path", "text", "code"),
    [
        (
            "auth/r/wallets",
            "",
            "3ceeb5a0d6c39ea024e7597c49fc3e49ab4145991c5acd8427fe19ef637c3fecf09a768b577048842a539361a7186b05",
        ),
        (
            "auth/r/wallets",
            "{}",
            EMPTY_OBJECT,
        ),
        (
            "auth/w/order/submit",
            '{"type":"EXCHANGE LIMIT","symbol":"tBTCUSD","amount":"0.1","price":"10000"}',
            "0427b2bcbf7aeba4b183c8542816ca3453e30f6769954763025f318c8b6b7c85dc57a7a6b6fc371867a143a07c632069",
        ),
    ],
)
def test_known_signatures(path: str, text: str, code: str) -> None:
    assert wire.signature(Secret("secret"), f"/v2/{path}", NONCE, text.encode()) == code


def test_a_call_without_parameters_is_signed_with_an_empty_object() -> None:
    request = sent("balances")
    assert (request.method, request.path, request.query, request.body) == ("POST", "/v2/auth/r/wallets", "", b"{}")
    assert request.headers == {
        "X-Mine": "1",
        "Content-Type": "application/json",
        "bfx-nonce": NONCE,
        "bfx-apikey": "the key",
        "bfx-signature": EMPTY_OBJECT,
    }


@settings(max_examples=60)
@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=40).filter(str.isprintable))
def test_any_text_is_signed_exactly_as_it_is_sent(text: str) -> None:
    request = sent("add_order", **ORDER, meta={"aff_code": text})
    assert request.body is not None
    assert json.loads(request.body)["meta"] == {"aff_code": text}
    message = f"/api{request.path}{NONCE}".encode() + request.body
    assert request.headers["bfx-signature"] == hmac.new(b"secret", message, hashlib.sha384).hexdigest()


def test_nonces_are_microseconds_and_rise_though_the_clock_does_not() -> None:
    credentials = Credentials("key", "secret", nonces=NonceSource(lambda: 1_700_000_000_000_000_000))
    endpoint = BitfinexRest.balances
    request = Request(endpoint.name, "POST", endpoint.path, {})
    write = wire.writer()
    nonces = [int(write(endpoint, request, credentials, ServerClock()).headers["bfx-nonce"]) for _ in range(3)]
    assert nonces == [1_700_000_000_000_000 + step for step in range(3)]
    assert nonces[-1] < 2**53


def test_a_token_stands_instead_of_key_and_signature() -> None:
    headers = sent("balances", Secret("pub:api:token")).headers
    assert headers["bfx-token"] == "pub:api:token"
    assert headers["bfx-nonce"] == NONCE
    assert not {"bfx-apikey", "bfx-signature"} & set(headers)
    assert "pub:api:token" not in repr(sent("balances", Secret("pub:api:token")))


def test_an_order_is_texts_and_whole_numbers_without_exponents() -> None:
    request = sent(
        "add_order",
        symbol="tDOGE:USD",
        amount=Decimal("-1E-8"),
        type="STOP LIMIT",
        price=Decimal("1.2345E-4"),
        price_aux_limit=3,
        cid=2**45 - 1,
        gid=7,
        flags=OrderFlags.HIDDEN | OrderFlags.REDUCE_ONLY,
        tif=datetime(2026, 11, 20, 15, 4, 5, tzinfo=UTC),
        meta=Meta(make_visible=True, protect_selfmatch=False),
    )
    assert request.effect
    assert request.body == (
        b'{"symbol":"tDOGE:USD","amount":"-0.00000001","type":"STOP LIMIT","price":"0.00012345",'
        b'"price_aux_limit":"3","cid":35184372088831,"gid":7,"flags":1088,"tif":"2026-11-20 15:04:05",'
        b'"meta":{"make_visible":1,"protect_selfmatch":0}}'
    )


@pytest.mark.parametrize("when", [date(2026, 11, 20), "2026-11-20", datetime(2026, 11, 20, 23, 59, tzinfo=UTC)])
def test_the_day_of_a_client_id_is_that_of_utc(when: Any) -> None:
    assert body("cancel_order", cid=5, cid_date=when) == {"cid": 5, "cid_date": "2026-11-20"}
    assert body("cancel_orders", cid=[(5, when)]) == {"cid": [[5, "2026-11-20"]]}


def test_ids_as_models_tell_them_are_numbers_on_the_wire() -> None:
    assert body("cancel_order", id="34988418651") == {"id": 34988418651}
    assert body("cancel_orders", id=["1", 2], gid="3") == {"id": [1, 2], "gid": [3]}
    assert body("cancel_all") == {"all": 1}
    assert body("open_orders", id="7", symbol="tBTCUSD") == {"id": [7]}


def test_several_operations_are_pairs_of_name_and_fields() -> None:
    ops = [AddOrder(**ORDER, cid=1), EditOrder(id=5, delta=-2), CancelOrder(id="6"), CancelOrders(gid=[7])]
    assert body("order_multi", ops=ops) == {
        "ops": [
            ["on", {**ORDER, "type": "EXCHANGE LIMIT", "cid": 1}],
            ["ou", {"id": 5, "delta": "-2"}],
            ["oc", {"id": 6}],
            ["oc_multi", {"gid": [7]}],
        ]
    }


def test_an_affiliate_is_told_with_every_order_that_tells_none() -> None:
    told = json.loads(sent("add_order", affiliate="ABC", **ORDER).body or b"")
    assert told["meta"] == {"aff_code": "ABC"}
    own = json.loads(
        sent("add_order", affiliate="ABC", **ORDER, meta={"aff_code": "X", "make_visible": True}).body or b""
    )
    assert own["meta"] == {"aff_code": "X", "make_visible": 1}
    ops = [AddOrder(**ORDER), CancelOrder(id=6)]
    multi = json.loads(sent("order_multi", affiliate="ABC", ops=ops).body or b"")
    assert [op.get("meta") for _, op in multi["ops"]] == [{"aff_code": "ABC"}, None]
    assert sent("cancel_all", affiliate="ABC").body == b'{"all":1}'


@pytest.mark.parametrize(
    ("name", "given", "path", "query"),
    [
        ("ticker", {"symbol": "tDOGE:USD"}, "ticker/tDOGE:USD", ""),
        ("tickers", {}, "tickers", "symbols=ALL"),
        ("tickers", {"symbols": ["tBTCUSD", "fUSD"]}, "tickers", "symbols=tBTCUSD,fUSD"),
        ("depth", {"symbol": "tBTCUSD", "length": 25}, "book/tBTCUSD/P0", "len=25"),
        ("order_depth", {"symbol": "tBTCUSD"}, "book/tBTCUSD/R0", ""),
        ("ohlc", {"symbol": "tBTCUSD", "timeframe": "1D"}, "candles/trade:1D:tBTCUSD/hist", ""),
        (
            "ohlc",
            {"symbol": "fUSD", "timeframe": "1m", "period": "p30", "limit": 2, "sort": 1},
            "candles/trade:1m:fUSD:p30/hist",
            "limit=2&sort=1",
        ),
        ("config", {"config": "pub:fees"}, "conf/pub:fees", ""),
        ("config", {"config": ["pub:fees", "pub:list:currency"]}, "conf/pub:fees,pub:list:currency", ""),
        ("derivatives_status", {}, "status/deriv", "keys=ALL"),
        ("average_price", {"symbol": "tBTCUSD", "amount": -2}, "calc/trade/avg", "symbol=tBTCUSD&amount=-2"),
        (
            "trades",
            {"symbol": "tBTCUSD", "start": 1_700_000_000_123_456_789, "end": datetime(2026, 1, 1, tzinfo=UTC)},
            "trades/tBTCUSD/hist",
            "start=1700000000123&end=1767225600000",
        ),
    ],
)
def test_public_calls_have_a_path_and_a_query(name: str, given: Any, path: str, query: str) -> None:
    request = sent(name, **given)
    assert (request.path, request.query, request.body) == (f"/v2/{path}", query, None)
    assert request.headers == {"X-Mine": "1"}


@pytest.mark.parametrize(
    ("name", "given", "path"),
    [
        ("open_orders", {}, "auth/r/orders"),
        ("open_orders", {"symbol": "tBTCF0:USTF0"}, "auth/r/orders/tBTCF0:USTF0"),
        ("closed_orders", {}, "auth/r/orders/hist"),
        ("closed_orders", {"symbol": "tBTCUSD"}, "auth/r/orders/tBTCUSD/hist"),
        ("order_trades", {"symbol": "tBTCUSD", "id": 5}, "auth/r/order/tBTCUSD:5/trades"),
        ("ledgers", {"currency": "USD"}, "auth/r/ledgers/USD/hist"),
        ("funding_info", {"key": "fUSD"}, "auth/r/info/funding/fUSD"),
    ],
)
def test_private_calls_have_what_is_in_the_path_nowhere_else(name: str, given: Any, path: str) -> None:
    request = sent(name, **given)
    assert (request.path, request.query, request.body) == (f"/v2/{path}", "", b"{}")


def test_what_an_interceptor_puts_into_the_path_is_checked_too() -> None:
    endpoint = BitfinexRest.ticker
    request = Request(endpoint.name, "GET", endpoint.path, {"symbol": "../../auth/w/withdraw"})
    with pytest.raises(InvalidArgument, match="part of the path of ticker"):
        wire.writer()(endpoint, request, None, ServerClock())


def test_a_currency_is_moved_from_a_wallet_to_another() -> None:
    told = body("transfer", from_="exchange", to="margin", currency="UST", amount="1.50")
    assert told == {"from": "exchange", "to": "margin", "currency": "UST", "amount": "1.50"}


def test_a_token_is_asked_for_with_flags_as_they_are() -> None:
    assert body("token", caps="o", write_permission=False) == {"scope": "api", "caps": ["o"], "writePermission": False}
    assert body("auto_renew", status=False, currency="USD") == {"status": 0, "currency": "USD"}
