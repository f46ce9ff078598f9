"""What goes over the wire to Kraken: signatures, forms, JSON; and what its errors mean."""

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

from rxex.auth import Credentials, NonceSource, Secret, ServerClock
from rxex.errors import (
    AnswerLost,
    AuthRefused,
    ClockSkew,
    InvalidArgument,
    MalformedMessage,
    RateLimited,
    RequestRefused,
    RxexError,
)
from rxex.exchanges.kraken.rest import KrakenRest, parameters, wire
from rxex.rest import Endpoint, HttpRequest, NoParameters, RawResponse, Request
from rxex.rest.parameters import written

# The dummy of Kraken's documentation.
SECRET = "kQH5HW/8p1uGOVjbgWA7FunAmGO8lsSUXNsu3eow76sz84Q18fWxnyRzBHCd3pd5nE9qa99HAZtuZuj6F1huXg=="
NONCE = 1616492376594
JSON_ORDER = (
    b'{"nonce":"1616492376594","ordertype":"limit","pair":"XBTUSD","price":"37500","type":"buy","volume":"1.25"}'
)
ORDER = {"pair": "XBTUSD", "ordertype": "limit", "type": "buy", "volume": "1.25", "price": 37500}


def signed(endpoint: Endpoint[..., Any], given: Any, passphrase: str | None = None) -> HttpRequest:
    credentials = Credentials("the key", SECRET, passphrase, nonces=NonceSource(lambda: NONCE))
    request = Request(endpoint.name, endpoint.method, endpoint.path, written(given))
    return wire.write(endpoint, request, credentials, ServerClock())


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        # Published by Kraken.
        (
            "/0/private/AddOrder",
            b"nonce=1616492376594&ordertype=limit&pair=XBTUSD&price=37500&type=buy&volume=1.25",
            "4/dpxb3iT4tp/ZCVEwSnEsLxx0bqyhLpdfOpc6fn7OR8+UClSV5n9E6aSS8MPtnRfp32bAb0nmbRn6H8ndwLUQ==",
        ),
        (
            "/0/private/GetWebSocketsToken",
            b"nonce=1616492376594",
            "+mRDmY9Ks0Moc1zjv/BjfvYa98buO0x1yHChZR5onlfAzAUbfIYlLggUZzdQ0RsmXm4Sh+Q8iAIZdo2wSeHeiA==",
        ),
        (
            "/0/private/AddOrder",
            JSON_ORDER,
            "r/o+GpKxXjV/mls/r5CKLu5R+yzK5psqvQ4hXxMX1nzdxTBhV+ui82QGgPZMMitpFwCOAdPEZMmXgZxD2chJEg==",
        ),
    ],
)
def test_the_published_signatures(path: str, body: bytes, expected: str) -> None:
    assert wire.signature(Secret(SECRET), path, "1616492376594", body) == expected


def _is_signed(request: HttpRequest, nonce: str) -> None:
    """Check the signature as the other side does: over the bytes that came."""
    assert request.body is not None
    digest = hashlib.sha256(nonce.encode() + request.body).digest()
    code = hmac.new(base64.b64decode(SECRET), request.path.encode() + digest, hashlib.sha512)
    assert request.headers["API-Sign"] == base64.b64encode(code.digest()).decode()


def test_a_form_has_the_nonce_and_what_was_given_and_is_signed() -> None:
    request = signed(KrakenRest.add_order, parameters.AddOrder(**ORDER, starttm="+60", oflags=["post", "fciq"]))
    assert request.headers["API-Key"] == "the key"
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert (request.method, request.path, request.query) == ("POST", "/0/private/AddOrder", "")
    # A literal + would arrive as a blank.
    assert b"starttm=%2B60" in (request.body or b"")
    assert dict(parse_qsl((request.body or b"").decode())) == {
        **ORDER,
        "price": "37500",
        "nonce": str(NONCE),
        "starttm": "+60",
        "oflags": "post,fciq",
    }
    _is_signed(request, str(NONCE))


def test_the_closing_order_is_written_with_brackets_in_a_form_and_as_an_object_in_json() -> None:
    close = {"ordertype": "stop-loss-limit", "price": "-2%", "price2": 1}
    form = signed(KrakenRest.add_order, parameters.AddOrder(**ORDER, close=close))
    fields = dict(parse_qsl((form.body or b"").decode()))
    assert {name: value for name, value in fields.items() if "[" in name} == {
        "close[ordertype]": "stop-loss-limit",
        "close[price]": "-2%",
        "close[price2]": "1",
    }
    one = {name: value for name, value in ORDER.items() if name != "pair"}
    batch = parameters.AddOrderBatch(orders=[{**one, "close": close}, one], pair="XBTUSD", validate=True)
    sent = signed(KrakenRest.add_order_batch, batch)
    assert sent.headers["Content-Type"] == "application/json"
    body = json.loads(sent.body or b"")
    assert body["nonce"] == str(NONCE)
    assert body["validate"] == "true"
    assert body["orders"][0]["close"] == {"ordertype": "stop-loss-limit", "price": "-2%", "price2": "1"}
    _is_signed(sent, str(NONCE))


def test_a_passphrase_is_the_one_time_password() -> None:
    request = signed(KrakenRest.balance, NoParameters(), "123456")
    assert dict(parse_qsl((request.body or b"").decode()))["otp"] == "123456"


def test_public_calls_have_a_query_and_no_key() -> None:
    request = Request("Depth", "GET", "/0/public/Depth", written(parameters.Depth(pair="BTC/USD", count=10)))
    sent = wire.write(KrakenRest.depth, request, None, ServerClock())
    assert sent.query == "pair=BTC%2FUSD&count=10"
    assert sent.body is None
    assert sent.headers == {}


@settings(max_examples=40)
@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"]), min_size=1, max_size=40).filter(str.isprintable))
def test_any_text_arrives_as_it_was_given_and_is_signed_as_it_is_sent(text: str) -> None:
    for endpoint in (KrakenRest.open_orders, KrakenRest.cancel_order_batch):
        if endpoint.json:
            given: Any = parameters.CancelOrderBatch(orders=["x"], cl_ord_ids=[text.replace(",", "")[:30] or "x"])
            request = signed(endpoint, given)
            assert json.loads(request.body or b"")["cl_ord_ids"] == list(given.cl_ord_ids)
        else:
            request = signed(endpoint, parameters.OpenOrders(cl_ord_id=text))
            assert dict(parse_qsl((request.body or b"").decode()))["cl_ord_id"] == text
        _is_signed(request, str(NONCE))


@pytest.mark.parametrize("secret", ["not base64!", "abc", "ä"])
def test_a_secret_that_cannot_be_kraken_s_is_refused_and_not_shown(secret: str) -> None:
    with pytest.raises(InvalidArgument, match="base64") as refusal:
        wire.check_credentials(Credentials("key", secret))
    assert secret not in str(refusal.value)


# Answers.


def answer(body: Any, status: int = 200, **headers: str) -> RawResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, data)


def test_a_result_is_given_with_exact_numbers_and_warnings_do_not_matter() -> None:
    raw = answer(b'{"error":["WGeneral:Danger"],"result":{"a":1.10}}')
    assert str(wire.read(KrakenRest.balance, raw)) == "{'a': Decimal('1.10')}"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("EGeneral:Invalid arguments", RequestRefused),
        ("EGeneral:Invalid arguments:volume minimum not met", RequestRefused),
        ("EQuery:Unknown asset pair", RequestRefused),
        ("EOrder:Insufficient funds", RequestRefused),
        ("EOrder:Orders limit exceeded", RequestRefused),
        ("EService:Market in cancel_only mode", RequestRefused),
        ("EService:Deadline elapsed", RequestRefused),
        ("ESomething:New", RequestRefused),
        ("EAPI:Invalid key", AuthRefused),
        ("EAPI:Invalid signature", AuthRefused),
        ("EGeneral:Permission denied", AuthRefused),
        ("EGeneral:Temporary lockout", AuthRefused),
        ("EAPI:Feature disabled", AuthRefused),
        ("EAccount:Invalid permissions", AuthRefused),
        ("EAuth:Account temporary disabled", AuthRefused),
        ("EAuth:Account unconfirmed", AuthRefused),
        ("ESession:Invalid session", AuthRefused),
        ("EAPI:Invalid nonce", ClockSkew),
        ("EAPI:Rate limit exceeded", RateLimited),
        ("EAuth:Rate limit exceeded", RateLimited),
        ("EAuth:Too many requests", RateLimited),
        ("EOrder:Rate limit exceeded", RateLimited),
        ("EOrder:Domain rate limit exceeded", RateLimited),
        ("EService: Throttled: 1", RateLimited),
        ("EService:Unavailable", AnswerLost),
        ("EService:Busy", AnswerLost),
        ("EGeneral:Internal error", AnswerLost),
        ("EGeneral:Internal error[:42]", AnswerLost),
    ],
)
@pytest.mark.parametrize("status", [200, 400, 429, 500])
def test_every_error_text_has_its_class_whatever_the_status(text: str, kind: type[RxexError], status: int) -> None:
    with pytest.raises(kind) as failure:
        wire.read(KrakenRest.add_order, answer({"error": [text]}, status))
    assert type(failure.value) is kind
    assert text in str(failure.value)


def test_of_several_errors_the_least_certain_one_counts() -> None:
    with pytest.raises(AnswerLost, match="EOrder:Insufficient funds; EService:Busy"):
        wire.read(KrakenRest.add_order, answer({"error": ["EOrder:Insufficient funds", "EService:Busy"]}))


def test_a_throttle_says_until_when(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "wall_ns", lambda: 1_700_000_000_000_000_000)
    for text, seconds in [("EService: Throttled: 1700000030", 30), ("EService:Throttled:[1700000007]", 7)]:
        with pytest.raises(RateLimited) as failure:
            wire.read(KrakenRest.balance, answer({"error": [text]}))
        assert failure.value.retry_after == seconds


def test_a_refusal_keeps_what_kraken_said() -> None:
    with pytest.raises(RequestRefused) as failure:
        wire.read(KrakenRest.add_order, answer({"error": ["EOrder:Insufficient funds"]}))
    assert failure.value.request == "AddOrder"
    assert failure.value.raw == {"error": ["EOrder:Insufficient funds"]}


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (answer(b"<html>", 520), AnswerLost),
        (answer(b"<html>", 403), AuthRefused),
        (answer(b"<html>", 200), MalformedMessage),
        (answer({"error": []}, 502), AnswerLost),
        (answer({"error": []}), MalformedMessage),
        (answer([1]), MalformedMessage),
        (answer({"error": "EOrder:x", "result": 1}, 503), AnswerLost),
    ],
)
def test_what_is_no_answer_of_kraken_s(raw: RawResponse, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        wire.read(KrakenRest.add_order, raw)
