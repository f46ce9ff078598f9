"""What KuCoin's answers and errors mean, whatever the status they come with."""

from __future__ import annotations

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.errors import (
    AnswerLost,
    AuthRefused,
    ClockSkew,
    MalformedMessage,
    RateLimited,
    RedirectRefused,
    RequestRefused,
    RxexError,
)
from rxex.exchanges.kucoin.rest import KucoinRest, wire
from rxex.exchanges.kucoin.rest.refusals import UNCLEAR, kind_of, refused
from rxex.orders import OrderRefused, Refusal
from rxex.rest import RateLimit, RawResponse

LIMITS = {"gw-ratelimit-limit": "4000", "gw-ratelimit-remaining": "3999", "gw-ratelimit-reset": "29985"}


def answer(body: Any, status: int = 200, headers: dict[str, str] | None = None) -> RawResponse:
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawResponse(status, headers or {}, data)


def refusal(code: str, text: str = "why", *, name: str = "add_order", status: int = 200, **headers: str) -> RxexError:
    with pytest.raises(RxexError) as failure:
        wire.read(getattr(KucoinRest, name), answer({"code": code, "msg": text}, status, headers))
    return failure.value


def test_the_data_of_an_answer_is_given_with_exact_numbers() -> None:
    assert str(wire.read(KucoinRest.balances, answer(b'{"code":"200000","data":[1.10,2.62e-06]}'))) == (
        "[Decimal('1.10'), Decimal('0.00000262')]"
    )
    assert wire.read(KucoinRest.balances, answer({"code": "200000"})) is None
    assert wire.read(KucoinRest.balances, answer({"code": "200000", "data": None})) is None


def test_the_three_headers_are_the_limit() -> None:
    assert wire.rate_limit(answer({}, headers=LIMITS)) == RateLimit(4000, 3999, 29.985)


@pytest.mark.parametrize(
    "change", [{"gw-ratelimit-reset": ""}, {"gw-ratelimit-limit": "-1"}, {"gw-ratelimit-remaining": "x"}]
)
def test_without_one_of_the_headers_nothing_is_known(change: dict[str, str]) -> None:
    assert wire.rate_limit(answer({}, headers={**LIMITS, **change})) is None
    assert wire.rate_limit(answer({})) is None


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("400002", ClockSkew),
        *((code, AuthRefused) for code in ("400001", "400003", "400004", "400005", "400006", "400007", "400008")),
        *((code, AuthRefused) for code in ("400301", "400304", "40010", "411100")),
        ("429000", RateLimited),
        ("1015", RateLimited),
        *((code, AnswerLost) for code in sorted(UNCLEAR)),
        ("200004", OrderRefused),
        ("400100", OrderRefused),
        ("999999", OrderRefused),
    ],
)
@pytest.mark.parametrize("status", [200, 400])
def test_every_code_has_its_class_whatever_the_status(code: str, kind: type[RxexError], status: int) -> None:
    failure = refusal(code, status=status)
    assert type(failure) is kind
    assert f"{code}: why" in str(failure)


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        ("102421", "", Refusal.INSUFFICIENT_FUNDS),
        ("200004", "Balance insufficient!", Refusal.INSUFFICIENT_FUNDS),
        ("102426", "", Refusal.DUPLICATE_CLIENT_ID),
        ("126044", "", Refusal.DUPLICATE_CLIENT_ID),
        ("200003", "", Refusal.TOO_MANY_ORDERS),
        ("200001", "", Refusal.NOT_TRADING),
        ("900001", "", Refusal.UNKNOWN_SYMBOL),
        ("130203", "", Refusal.MARGIN),
        ("400100", "order_not_exist_or_not_allow_to_cancel", Refusal.UNKNOWN_ORDER),
        ("400100", "Order not exist or not allow to be cancelled", Refusal.UNKNOWN_ORDER),
        ("400100", "account.available.amount", Refusal.INSUFFICIENT_FUNDS),
        ("400100", "clientOid is duplicate", Refusal.DUPLICATE_CLIENT_ID),
        ("400100", "The quantity is below the minimum requirement.", Refusal.TOO_SMALL),
        ("400100", "Price increment invalid.", Refusal.INVALID_PRICE),
        ("400100", "symbol not exists", Refusal.UNKNOWN_SYMBOL),
        ("400100", "side is required", Refusal.INVALID_REQUEST),
        ("", "whatever", Refusal.OTHER),
    ],
)
def test_our_name_for_a_refusal_is_found_by_its_code_and_by_its_text(code: str, text: str, kind: Refusal) -> None:
    assert kind_of(code, text) is kind


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("200003", Refusal.UNKNOWN_SYMBOL),
        ("200001", Refusal.INVALID_REQUEST),
        ("100004", Refusal.UNKNOWN_ORDER),
        ("300018", Refusal.DUPLICATE_CLIENT_ID),
        ("300003", Refusal.INSUFFICIENT_FUNDS),
        ("300012", Refusal.INVALID_PRICE),
        ("330011", Refusal.MARGIN),
    ],
)
def test_codes_mean_something_else_in_futures(code: str, kind: Refusal) -> None:
    assert kind_of(code, "", futures=True) is kind
    failure = refusal(code, name="futures_add_order")
    assert isinstance(failure, OrderRefused)
    assert failure.kind is kind


def test_a_refusal_keeps_what_kucoin_said() -> None:
    failure = refusal("200004", "Balance insufficient!")
    assert isinstance(failure, OrderRefused)
    assert failure.request == "add_order"
    assert failure.raw == {"code": "200004", "msg": "Balance insufficient!"}
    assert "f03a" not in repr(failure)
    assert str(refused("x", "", "", {})) == "the exchange refused x (other): without a reason"


def test_what_is_no_order_is_refused_plainly() -> None:
    assert type(refusal("400100", name="full_depth")) is RequestRefused
    assert type(refusal("400100", name="balances")) is RequestRefused
    for name in (
        "cancel_stop_order",
        "cancel_oco_order_by_client_oid",
        "query_oco_order",
        "futures_recent_orders",
        "margin_cancel_order",
        "futures_stop_orders",
        "cancel_all",
    ):
        assert type(refusal("400100", name=name)) is OrderRefused, name


def test_too_many_calls_say_how_long_to_wait() -> None:
    failure = refusal("429000", status=429, **LIMITS)
    assert isinstance(failure, RateLimited)
    assert failure.retry_after == 29.985
    overloaded = refusal("429000", status=429)
    assert isinstance(overloaded, RateLimited)
    assert overloaded.retry_after is None
    other = refusal("200002", "too many requests", name="futures_add_order")
    assert isinstance(other, RateLimited)
    assert other.retry_after == 10
    assert type(refusal("200002", "level range", name="futures_query_order")) is OrderRefused
    assert type(refusal("200002", "too many", name="add_order")) is OrderRefused


@pytest.mark.parametrize(
    "body",
    [
        b"error code: 1015",
        b"<html><title>Error 1015</title>You are being rate limited</html>",
        b'{"code":"1015","msg":"x"}',
        b'{"code":1015}',
    ],
)
@pytest.mark.parametrize("status", [200, 403, 429])
@pytest.mark.parametrize("name", ["ticker", "add_order"])
def test_the_limit_of_an_address_is_a_page_or_json_and_nothing_was_done(body: bytes, status: int, name: str) -> None:
    with pytest.raises(RateLimited) as failure:
        wire.read(getattr(KucoinRest, name), answer(body, status))
    assert failure.value.retry_after == 30
    assert failure.value.reason.startswith(wire.ADDRESS_LIMIT)


@pytest.mark.parametrize(
    ("body", "status", "kind"),
    [
        (b"", 500, AnswerLost),
        (b"", 503, AnswerLost),
        (b"<html>502 Bad Gateway</html>", 502, AnswerLost),
        (b'{"timestamp":1,"error":"Internal"}', 500, AnswerLost),
        (b'{"code":"700000","msg":"?"}', 500, AnswerLost),
        (b"<html>", 403, AuthRefused),
        (b'{"code":"700000","msg":"?"}', 401, AuthRefused),
        (b"<html>", 404, RequestRefused),
        (b"", 302, RedirectRefused),
        (b"", 200, MalformedMessage),
        (b"[]", 200, MalformedMessage),
        (b"{}", 200, MalformedMessage),
        (b'{"code":null,"data":1}', 200, MalformedMessage),
        (b'{"code":"200000","data":{}}', 500, AnswerLost),
    ],
)
def test_an_answer_that_is_not_kucoin_s_own_is_judged_by_its_status(
    body: bytes, status: int, kind: type[RxexError]
) -> None:
    with pytest.raises(kind) as failure:
        wire.read(KucoinRest.add_order, answer(body, status))
    assert type(failure.value) is kind


def test_a_refusal_for_too_many_calls_without_json_waits_for_the_window_if_it_is_told() -> None:
    with pytest.raises(RateLimited) as failure:
        wire.read(KucoinRest.add_order, answer(b"", 429, LIMITS))
    assert failure.value.retry_after == 29.985
    with pytest.raises(RateLimited):
        wire.read(KucoinRest.ticker, answer(b"", 429))
    with pytest.raises(AnswerLost):
        wire.read(KucoinRest.add_order, answer(b"", 429))


@settings(max_examples=200)
@given(st.binary(max_size=60), st.sampled_from([200, 400, 429, 500]))
def test_hostile_bytes_end_in_an_error_of_ours(body: bytes, status: int) -> None:
    with contextlib.suppress(RxexError):
        assert wire.read(KucoinRest.balances, answer(body, status)) is None


@settings(max_examples=100)
@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=5), lambda t: st.lists(t, max_size=3)))
def test_any_code_and_any_text_end_in_an_error_of_ours(value: Any) -> None:
    for body in ({"code": value, "msg": "x"}, {"code": "400100", "msg": value}):
        if body["code"] != "200000":
            with pytest.raises(RxexError):
                wire.read(KucoinRest.balances, answer(body))
