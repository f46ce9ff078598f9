"""REST: what is sent, how it is signed, what is made of the answers, and what each code of an error means."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from rxex.auth import Credentials, Secret, ServerClock
from rxex.errors import AnswerLost, AuthRefused, ClockSkew, InvalidArgument, NotSent, RateLimited, RxexError
from rxex.exchanges import theone
from rxex.exchanges.theone.models import SwapStage
from rxex.exchanges.theone.rest import TheOneRest, wire
from rxex.exchanges.theone.rest.limits import RestLimits
from rxex.exchanges.theone.sandbox import BROKER_TOKEN, TheOneSandbox, theone_sandbox
from rxex.exchanges.theone.signing import Signer, derive_key
from rxex.rest import NoParameters, RawResponse, Request
from rxex.sandbox import CallFault

D = Decimal
KEY = Credentials("test_key_1", "test_secret_1")
CLOCK = ServerClock(lambda: 1_732_526_400_000 * 10**6)


@pytest.fixture(scope="module")
def exchange() -> Iterator[TheOneSandbox]:
    with theone_sandbox(balances={"ETH": "100", "USDT": 5}, walk=(0.0, 0.01)) as served:
        yield served


@pytest.fixture
def rest(exchange: TheOneSandbox) -> Iterator[TheOneRest]:
    with theone.rest.client(exchange.credentials(), url=exchange.rest_url, broker_token=BROKER_TOKEN) as made:
        yield made


@pytest.fixture(autouse=True, scope="module")
def nothing_else_is_left_behind(exchange: TheOneSandbox) -> None:
    """The exchange is started before the threads are counted."""


def test_what_is_public_needs_no_key(exchange: TheOneSandbox) -> None:
    with theone.rest.client(url=exchange.rest_url) as public:
        assert public.health().run().data.status == "ok"
        assert public.server_time().run().data.time > 10**18
        assert public.version().run().data.go_version == "go1.22"
        for private in (public.balances, public.keys):
            with pytest.raises(InvalidArgument):
                private()


@pytest.mark.parametrize("derivation", ["plain", "sha256-base64url"])
def test_what_is_private_is_signed_under_either_derivation(exchange: TheOneSandbox, derivation: Any) -> None:
    with theone.rest.client(KEY, url=exchange.rest_url, key_derivation=derivation) as client:
        assert {each.asset for each in client.balances().run().data} == {"ETH", "USDT"}


def test_what_is_public_is_asked_without_a_key(rest: TheOneRest, exchange: TheOneSandbox) -> None:
    rest.version().run()
    assert not [name for name in exchange.calls[-1].headers if name.startswith(("x-api", "authorization"))]
    rest.keys().run()
    assert not [name for name in exchange.calls[-1].headers if name.startswith("x-api")]


def test_a_query_tells_that_there_is_no_such_swap_and_nothing_else_means_that(
    rest: TheOneRest, exchange: TheOneSandbox
) -> None:
    swap = theone.Swap("never-seen", "ETH", "USDT", D(1))
    assert theone.swap_query(rest)(swap).pipe(ops.to_list()).run() == []
    for code, text in ((400, "INVALID_REQUEST"), (401, "UNAUTHORIZED"), (500, "INTERNAL_ERROR")):
        body = f'{{"code":"{text}","message":"no"}}'.encode()
        with (
            theone.rest.client(
                KEY,
                url=exchange.rest_url,
                delays=lambda: iter(()),
                after=[lambda _, raw, code=code, body=body: RawResponse(code, {}, body, raw.received)],  # type: ignore[misc]
            ) as client,
            pytest.raises(RxexError),
        ):
            theone.swap_query(client)(swap).run()


def test_an_estimate_a_swap_and_its_state(rest: TheOneRest, exchange: TheOneSandbox) -> None:
    estimate = rest.estimate("1.50", "ETH", "USDT").run().data
    assert estimate.expected_out == D("3235.93299000")
    placed = rest.swap("1.50", "ETH", "USDT", slippage_bps=30, client_id="by-rest").run().data
    assert placed.stage is SwapStage.PENDING
    assert exchange.wait_until(lambda it: it.swapped("by-rest")[0].status == "FILLED")
    for asked in (rest.order_status(placed.order_id), rest.order_status("by-rest", "by-rest")):
        status = asked.run().data
        assert (status.order_id, status.stage, status.client_id) == (placed.order_id, SwapStage.FILLED, "by-rest")
        assert status.filled_out == D("3235.93299000")
    call = next(call for call in exchange.calls if call.path == "/api/v1/swap")
    assert call.headers["idempotency-key"] == "by-rest"
    assert call.body == (b'{"amount":"1.50","from":"ETH","to":"USDT","slippage_bps":30,"clientOrderId":"by-rest"}')


def test_a_swap_with_the_same_idempotency_key_is_refused_as_a_duplicate(rest: TheOneRest) -> None:
    rest.swap("1", "ETH", "USDT", idempotency_key="once").run()
    with pytest.raises(theone.BrokerRefused) as caught:
        rest.swap("1", "ETH", "USDT", idempotency_key="once").run()
    assert caught.value.code is theone.ErrorCode.DUPLICATE_REQUEST
    assert caught.value.request_id is not None


def test_without_one_each_call_has_a_key_of_its_own(rest: TheOneRest, exchange: TheOneSandbox) -> None:
    before = len(exchange.calls)
    swap = rest.swap("1", "ETH", "USDT")
    swap.run()
    swap.run()
    keys = [call.headers["idempotency-key"] for call in exchange.calls[before:]]
    assert len(set(keys)) == 2


def test_a_swap_whose_answer_is_lost_is_not_sent_again(rest: TheOneRest, exchange: TheOneSandbox) -> None:
    before = len(exchange.swaps)
    exchange.fail_next_call(CallFault(0, after_effect=True))
    with pytest.raises(AnswerLost):
        rest.swap("1", "ETH", "USDT", client_id="lost").run()
    assert len(exchange.swaps) == before + 1
    assert rest.order_status("lost", "lost").run().data.client_id == "lost"


def test_keys_are_managed_with_the_brokers_token_and_their_secret_is_told_once(
    rest: TheOneRest, exchange: TheOneSandbox
) -> None:
    made = rest.create_key("mine")
    response = made.run()
    key = response.data
    assert key.key is not None
    assert key.secret is not None
    assert response.raw.body == b""
    assert key.secret.reveal() not in f"{key!r} {response!r} {key.raw}"
    known = {each.id for each in rest.keys(limit=100).run().data}
    assert key.id in known
    assert len(rest.keys(1, 1).run().data) == 1
    assert rest.key(key.id).run().data.name == "mine"
    with theone.rest.client(Credentials(key.key.reveal(), key.secret.reveal()), url=exchange.rest_url) as own:
        assert own.balances().run().data
        rest.delete_key(key.id).run()
        with pytest.raises(AuthRefused):
            own.balances().run()
    with pytest.raises(theone.BrokerRefused) as caught:
        rest.key(key.id).run()
    assert caught.value.code is theone.ErrorCode.NOT_FOUND
    with theone.rest.client(url=exchange.rest_url, broker_token="wrong") as stranger, pytest.raises(AuthRefused):
        stranger.keys().run()


def test_a_signer_of_the_users_signs_for_rest_too(exchange: TheOneSandbox) -> None:
    key = derive_key("test_secret_2")
    signer = Signer("test_key_2", lambda text: hmac.new(key, text.encode(), "sha256").hexdigest())
    with theone.rest.client(signer, url=exchange.rest_url) as client:
        assert client.balances().run().data


@pytest.mark.parametrize(
    ("credentials", "text"),
    [(Credentials("nobody", "x"), "Invalid API key"), (Credentials("test_key_1", "x"), "Invalid signature")],
)
def test_a_key_that_is_wrong_is_refused(exchange: TheOneSandbox, credentials: Credentials, text: str) -> None:
    with theone.rest.client(credentials, url=exchange.rest_url) as client, pytest.raises(AuthRefused) as caught:
        client.balances().run()
    assert caught.value.reason == text


def test_a_clock_that_is_off_is_measured_and_reads_are_asked_again(exchange: TheOneSandbox) -> None:
    with theone.rest.client(KEY, url=exchange.rest_url) as client:
        client.clock.measure(0, 10**12, 0)
        assert client.balances().run().data
        client.clock.measure(0, 10**12, 0)
        with pytest.raises(ClockSkew) as caught:
            client.swap("1", "ETH", "USDT").run()
    assert caught.value.offset is not None
    assert abs(caught.value.offset) < 5


def written(endpoint: Any, **values: Any) -> Any:
    signer = Signer.of(KEY, "plain")
    request = Request(endpoint.name, endpoint.method, endpoint.path, values)
    return wire.writer(signer, None)(endpoint, request, None, CLOCK)


def test_vectors_of_signatures_computed_by_hand() -> None:
    get = written(TheOneRest.order_status, id="ord/1", clientOrderId="my id")
    assert (get.path, get.query) == ("/api/v1/orders/ord%2F1/status", "clientOrderId=my+id")
    assert get.body is None
    text = "\n".join(
        (
            "GET",
            "/api/v1/orders/ord%2F1/status?clientOrderId=my+id",
            "1732526400000",
            get.headers["X-API-NONCE"],
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        )
    )
    by_hand = hmac.new(b"test_secret_1", text.encode(), hashlib.sha256).hexdigest()
    assert get.headers["X-API-SIGN"] == by_hand
    assert get.headers["X-API-TIMESTAMP"] == "1732526400000"
    post = written(TheOneRest.swap, amount="1", slippage_bps=5, idempotency_key="k")
    assert post.body == b'{"amount":"1","slippage_bps":5}'
    assert post.headers["Idempotency-Key"] == "k"
    body = hashlib.sha256(post.body).hexdigest()
    text = f"POST\n/api/v1/swap\n1732526400000\n{post.headers['X-API-NONCE']}\n{body}"
    assert post.headers["X-API-SIGN"] == hmac.new(b"test_secret_1", text.encode(), hashlib.sha256).hexdigest()
    assert "test_secret_1" not in repr(post)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (401, "UNAUTHORIZED", AuthRefused),
        (401, "INVALID_SIGNATURE", AuthRefused),
        (401, "MISSING_API_KEY", AuthRefused),
        (401, "EXPIRED_REQUEST", ClockSkew),
        (401, "INVALID_NONCE", ClockSkew),
        (400, "INVALID_REQUEST", theone.BrokerRefused),
        (404, "NOT_FOUND", theone.BrokerRefused),
        (409, "DUPLICATE_REQUEST", theone.BrokerRefused),
        (400, "SWAP_ERROR", theone.BrokerRefused),
        (500, "INTERNAL_ERROR", AnswerLost),
        (503, "SOMETHING_NEW", AnswerLost),
        (422, "SOMETHING_NEW", theone.BrokerRefused),
        (429, "RATE_LIMIT", RateLimited),
    ],
)
def test_each_code_is_an_error_of_its_kind(status: int, code: str, kind: type[RxexError]) -> None:
    body = f'{{"code":"{code}","message":"the text","requestId":"r-1"}}'.encode()
    with pytest.raises(RxexError) as caught:
        wire.read(TheOneRest.balances, RawResponse(status, {}, body))
    assert type(caught.value) is kind
    if isinstance(caught.value, theone.BrokerRefused):
        assert (caught.value.code, caught.value.request_id, caught.value.reason) == (code, "r-1", "the text")
        assert code in str(caught.value)


def test_a_limit_that_a_swap_ran_into_is_not_known_to_have_stopped_it() -> None:
    with pytest.raises(AnswerLost):
        wire.read(TheOneRest.swap, RawResponse(429, {}, b'{"code":"RATE_LIMIT","message":"x"}'))


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"code":7}', b'{"message":"x"}'])
def test_a_page_of_a_proxy_is_read_by_its_status(body: bytes) -> None:
    with pytest.raises(AnswerLost):
        wire.read(TheOneRest.swap, RawResponse(502, {}, body))
    with pytest.raises(AuthRefused):
        wire.read(TheOneRest.swap, RawResponse(403, {}, body))


@pytest.mark.parametrize(
    ("call", "answer"),
    [
        ("health", b'{"status":"ok"}'),
        ("server_time", b'{"serverTime":"now"}'),
        ("balances", b'{"balances":[{"asset":"A"}]}'),
        ("balances", b"[]"),
        ("keys", b'{"keys":[{"name":"x"}]}'),
        ("keys", b'{"keys":7}'),
        ("version", b"{}"),
    ],
)
def test_an_answer_that_cannot_be_read_is_lost_and_never_invented(
    rest: TheOneRest, exchange: TheOneSandbox, call: str, answer: bytes
) -> None:
    with (
        theone.rest.client(
            KEY,
            url=exchange.rest_url,
            broker_token=BROKER_TOKEN,
            delays=lambda: iter(()),
            after=[lambda _, raw: RawResponse(200, {}, answer, raw.received)],
        ) as client,
        pytest.raises(AnswerLost),
    ):
        getattr(client, call)().run()


@pytest.mark.parametrize(
    "arguments",
    [{"amount_in": 1.5}, {"amount_in": "0"}, {"slippage_bps": 10_001}, {"asset_out": "ETH"}, {"idempotency_key": ""}],
)
def test_what_cannot_be_right_is_refused_before_anything_is_sent(rest: TheOneRest, arguments: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        rest.swap(**{"amount_in": "1", "asset_in": "ETH", "asset_out": "USDT", **arguments})
    for wrong in ({"limit": 101}, {"limit": 0}, {"offset": -1}):
        with pytest.raises(InvalidArgument):
            rest.keys(**wrong)


def test_reads_wait_for_the_limits_and_swaps_are_not_held_back_in_silence() -> None:
    clock = TestScheduler()
    limits = RestLimits(private=60.0, public=2.0, scheduler=clock)
    assert [limits.wait(TheOneRest.balances, NoParameters()) for _ in range(60)] == [0.0] * 60
    assert limits.wait(TheOneRest.balances, NoParameters()) == pytest.approx(1.0)
    with pytest.raises(NotSent):
        limits.wait(TheOneRest.swap, NoParameters())
    assert limits.wait(TheOneRest.health, NoParameters()) == 0.0
    limits.told(TheOneRest.health, NoParameters(), RateLimited("x"))
    assert limits.wait(TheOneRest.health, NoParameters()) > 0
    told = limits.rate_limit(TheOneRest.health, NoParameters())
    assert told is not None
    assert told.remaining == 0
    clock.advance_to(1.0)
    assert limits.wait(TheOneRest.balances, NoParameters()) == 0.0


def test_nothing_of_a_key_shows(rest: TheOneRest) -> None:
    shown = repr(rest) + str(theone.rest.client(KEY, broker_token=Secret("the-canary")))
    assert "test_secret" not in shown
    assert "canary" not in shown
