"""What Bitfinex's errors mean: arrays, objects, pages of HTML, notifications, and orders that end at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

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
from rxex.exchanges.bitfinex.rest import AddOrder, BitfinexRest, CancelOrder, wire
from rxex.models import Stage
from rxex.orders import OrderRefused, Refusal
from rxex.rest import Endpoint, RawResponse
from tests.exchanges.bitfinex.rest.samples import NO_BALANCE, ONLY_ID, note, order

READ, ORDER, OFFER = "balances", "add_order", "add_funding_offer"
PAGE = b"<html><body>502 Bad Gateway</body></html>"


def read(name: str, answer: Any, status: int = 200, **asked: Any) -> Any:
    """Read an answer as the client does."""
    endpoint: Endpoint[..., Any] = getattr(BitfinexRest, name)
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    result = wire.read(endpoint, RawResponse(status, {}, body))
    return endpoint.read(result, endpoint.parameters(**asked) if asked else None, 0)


def raised(name: str, answer: Any, status: int = 500, **asked: Any) -> Exception:
    """Give what an answer ends with."""
    with pytest.raises(RxexError) as caught:
        read(name, answer, status, **asked)
    return caught.value


@pytest.mark.parametrize("status", [200, 400, 500])
@pytest.mark.parametrize("name", [READ, ORDER])
@pytest.mark.parametrize("code", [10100, 10111, 10112, 10113])
def test_credentials_that_are_not_accepted(name: str, status: int, code: int) -> None:
    error = raised(name, ["error", code, "apikey: invalid"], status)
    assert isinstance(error, AuthRefused)
    assert (error.reason, error.status) == (f"{code}: apikey: invalid", status)


@pytest.mark.parametrize(
    "answer", [{"error": "ERR_AUTH"}, {"message": "no", "id": 5}, ["error", None, "no"], b"<html>"]
)
@pytest.mark.parametrize("status", [401, 403])
def test_a_status_that_says_who_we_are_is_not_accepted(answer: Any, status: int) -> None:
    assert isinstance(raised(ORDER, answer, status), AuthRefused)


def test_an_object_with_a_message_among_others_is_no_error() -> None:
    assert wire.read(BitfinexRest.balances, RawResponse(200, {}, b'{"message":"hello","id":1}')) == {
        "message": "hello",
        "id": 1,
    }


@pytest.mark.parametrize("name", [READ, ORDER])
def test_a_nonce_that_is_too_small(name: str) -> None:
    error = raised(name, ["error", 10114, "nonce: small"])
    assert isinstance(error, ClockSkew)
    assert error.reason == "10114: nonce: small"


@pytest.mark.parametrize("name", [READ, ORDER])
@pytest.mark.parametrize(
    ("status", "answer"),
    [
        (429, {"error": "ERR_RATE_LIMIT"}),
        (500, {"error": "ERR_RATE_LIMIT"}),
        (200, {"error": "ERR_RATE_LIMIT"}),
        (500, ["error", 11010, "ratelimit: error"]),
        (500, ["error", 10001, "ratelimit: error"]),
        (429, {"message": "Ratelimit"}),
        (200, {"message": "Ratelimit"}),
        (429, ["error", None, None]),
        (429, {"message": "slow down"}),
    ],
)
def test_every_word_for_too_many_calls(name: str, status: int, answer: Any) -> None:
    error = raised(name, answer, status)
    assert isinstance(error, RateLimited)
    assert error.retry_after == 60
    assert error.reason


def test_a_page_that_says_429_is_no_word_of_bitfinex_about_an_order() -> None:
    read = raised(READ, PAGE, 429)
    assert isinstance(read, RateLimited)
    assert read.retry_after == 60
    lost = raised(ORDER, PAGE, 429)
    assert isinstance(lost, AnswerLost)
    assert lost.status == 429


@pytest.mark.parametrize("name", [READ, ORDER])
@pytest.mark.parametrize(
    ("header", "seconds"), [("120", 120), ("5", 60), ("x", 60), ("", 60), ("9" * 65, 60), ("9" * 60, 86_400), ("٣", 60)]
)
def test_a_longer_wait_that_is_asked_for_is_told(name: str, header: str, seconds: float) -> None:
    endpoint: Endpoint[..., Any] = getattr(BitfinexRest, name)
    with pytest.raises(RateLimited) as caught:
        wire.read(endpoint, RawResponse(429, {"retry-after": header}, b'{"error":"ERR_RATE_LIMIT"}'))
    assert caught.value.retry_after == seconds


@pytest.mark.parametrize("status", [500, 502, 503, 504, 520])
@pytest.mark.parametrize("name", [READ, ORDER])
@pytest.mark.parametrize("body", [PAGE, b"", b"null", b"{}", b"[]", b"oops"])
def test_a_server_in_trouble_tells_nothing(name: str, status: int, body: bytes) -> None:
    error = raised(name, body, status)
    assert isinstance(error, AnswerLost)
    assert error.status == status


def test_other_statuses() -> None:
    assert isinstance(raised(READ, PAGE, 302), RedirectRefused)
    assert isinstance(raised(ORDER, PAGE, 403), AuthRefused)
    assert isinstance(raised(ORDER, PAGE, 404), RequestRefused)
    assert isinstance(raised(READ, PAGE, 200), MalformedMessage)


@pytest.mark.parametrize("answer", [["error", 10000, "unknown"], ["error", 10008, ""], ["error", 11000, "not ready"]])
@pytest.mark.parametrize("name", [READ, ORDER])
def test_errors_that_do_not_tell_whether_it_took_effect(name: str, answer: Any) -> None:
    error = raised(name, answer)
    assert isinstance(error, AnswerLost)
    assert str(answer[1]) in error.reason


@pytest.mark.parametrize("answer", [["error"], ["error", None, None], ["error", 31415, "new"], {"error": "ERR_X"}])
def test_errors_that_nobody_knows_are_no_refusals_of_an_order(answer: Any) -> None:
    assert isinstance(raised(ORDER, answer), AnswerLost)
    refused = raised(ORDER, answer, 400)
    assert isinstance(refused, OrderRefused)
    assert refused.reason


def test_maintenance_is_waited_for_by_reads_and_refuses_orders() -> None:
    assert isinstance(raised(READ, ["error", 20060, "maintenance"]), AnswerLost)
    refused = raised(ORDER, ["error", 20060, "maintenance"])
    assert isinstance(refused, OrderRefused)
    assert refused.reason
    assert refused.kind is Refusal.NOT_TRADING


@pytest.mark.parametrize(
    ("code", "text", "kind"),
    [
        (10001, "Invalid order: not enough exchange balance for -1.0 BTCUSD at 5.0", Refusal.INSUFFICIENT_FUNDS),
        (10001, "Invalid order: minimum size for ETC/USD is 0.8", Refusal.TOO_SMALL),
        (10001, "Invalid price.", Refusal.INVALID_PRICE),
        (10020, "price: invalid", Refusal.INVALID_PRICE),
        (10020, "cid: invalid", Refusal.INVALID_REQUEST),
        (10020, "symbol: invalid", Refusal.UNKNOWN_SYMBOL),
        (10001, "Order not found.", Refusal.UNKNOWN_ORDER),
    ],
)
def test_refusals_of_orders_have_our_names_and_bitfinex_words(code: int, text: str, kind: Refusal) -> None:
    answer = ["error", code, text]
    error = raised(ORDER, answer)
    assert isinstance(error, OrderRefused)
    assert (error.kind, error.reason, error.request, error.raw) == (kind, f"{code}: {text}", ORDER, answer)


@pytest.mark.parametrize("name", [READ, OFFER])
def test_other_refusals_have_bitfinex_words(name: str) -> None:
    error = raised(name, ["error", 10020, "limit: invalid"])
    assert type(error) is RequestRefused
    assert error.reason == "10020: limit: invalid"


def test_null_stands_for_what_there_is_not() -> None:
    error = raised("last_ohlc", b"null", 200)
    assert isinstance(error, RequestRefused)
    assert "nothing of that name" in error.reason
    assert isinstance(raised(ORDER, b"null", 200), MalformedMessage), "which of an order is a lost answer"


@pytest.mark.parametrize("status", ["ERROR", "FAILURE"])
def test_a_notification_of_failure_is_a_refusal_though_http_says_200(status: str) -> None:
    error = raised(ORDER, note("on-req", [], status, "Invalid price."), 200)
    assert isinstance(error, OrderRefused)
    assert (error.kind, error.reason) == (Refusal.INVALID_PRICE, "Invalid price.")
    offer = raised(OFFER, note("fon-req", None, status, "Invalid offer: not enough balance"), 200)
    assert type(offer) is RequestRefused
    silent = raised("transfer", note("acc_tf", None, status, ""), 200)
    assert isinstance(silent, RequestRefused)
    assert silent.reason == status


@pytest.mark.parametrize("status", ["PENDING", "", None, "success"])
def test_a_notification_of_an_unknown_status_tells_nothing(status: Any) -> None:
    assert isinstance(raised(ORDER, note("on-req", [order()], status, "hm"), 200), AnswerLost)


def test_a_notification_of_a_failure_inside_bitfinex_tells_nothing() -> None:
    assert isinstance(raised(ORDER, note("on-req", None, "ERROR", "Internal error, try again"), 200), AnswerLost)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        ("INSUFFICIENT BALANCE (U1)", Refusal.INSUFFICIENT_FUNDS),
        ("POSTONLY CANCELED", Refusal.WOULD_TAKE),
        ("RSN_POS_REDUCE_INCR", Refusal.MARGIN),
        ("RSN_DUST", Refusal.TOO_SMALL),
    ],
)
def test_an_order_that_was_accepted_and_ended_at_once_is_refused(status: str, kind: Refusal) -> None:
    error = raised(ORDER, note("on-req", [order(status=status)]), 200)
    assert isinstance(error, OrderRefused)
    assert (error.kind, error.reason) == (kind, status)


@pytest.mark.parametrize(
    "status",
    ["IOC CANCELED", "CANCELED", "EXECUTED @ 5.0(-2.5)", "INSUFFICIENT BALANCE (G1) was: PARTIALLY FILLED @ 5.0(-1)"],
)
def test_an_order_that_ended_at_once_otherwise_is_no_error(status: str) -> None:
    result = note("on-req", [order(status=status, amount=0 if "EXECUTED" in status else -1.5)])
    made = read(ORDER, result)
    assert made.orders[0].stage.is_final
    assert made.orders[0].stage is not Stage.REJECTED


def test_of_two_orders_one_that_is_live_is_not_an_error() -> None:
    made = read(ORDER, note("on-req", [NO_BALANCE, order()]))
    assert [each.stage for each in made.orders] == [Stage.REJECTED, Stage.OPEN]
    assert made.orders[0].update.error is not None


def test_one_operation_of_several_that_was_refused_is_told_with_it() -> None:
    ops: Any = [
        AddOrder(symbol="tBTCUSD", amount=1, price=1),
        AddOrder(symbol="tBTCUSD", amount=1, price=1),
        CancelOrder(id=5),
    ]
    told = [note("on-req", [NO_BALANCE]), note("on-req", None, "ERROR", "cid: invalid"), note("oc-req", ONLY_ID)]
    late, invalid, canceled = read("order_multi", note("ox_multi-req", told), ops=ops)
    assert isinstance(late.error, OrderRefused)
    assert (late.accepted, late.error.kind) == (None, Refusal.INSUFFICIENT_FUNDS)
    assert isinstance(invalid.error, OrderRefused)
    assert (invalid.error.request, invalid.error.reason) == ("add_order", "cid: invalid")
    assert canceled.error is None
    assert canceled.accepted is not None
    assert canceled.accepted.order_id == "1185815100"
    whole = raised("order_multi", note("ox_multi-req", None, "ERROR", "input: invalid"), 200, ops=ops)
    assert isinstance(whole, OrderRefused)


def test_operations_without_as_many_answers_are_a_lost_answer() -> None:
    told = note("ox_multi-req", [note("oc-req", ONLY_ID)])
    assert isinstance(raised("order_multi", told, 200, ops=[CancelOrder(id=5), CancelOrder(id=6)]), MalformedMessage)
