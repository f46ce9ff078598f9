"""F09, F20, F46, F47, P12, P18, P19 over REST: orders are sent once, and what became of them is never made up.

Each fault is tried at every stage of a call, and what a user was told is compared with the exchange's own ledger.
"""

from __future__ import annotations

import contextlib
import logging
import traceback
from collections.abc import Iterator
from typing import Any

import attrs
import pytest
from reactivex.testing import TestScheduler

from rxex.auth import Credentials, NonceSource
from rxex.clock import wall_ns
from rxex.errors import (
    AnswerLost,
    ClockSkew,
    ConnectError,
    NotSent,
    RateLimited,
    RequestRefused,
    RequestTimeout,
)
from rxex.exchanges import kraken
from rxex.exchanges.kraken.rest import KrakenRest
from rxex.exchanges.kraken.sandbox import KrakenSandbox, kraken_sandbox
from rxex.rest import Request
from rxex.sandbox import CallFault
from tests.fakes.fault_proxy import FaultProxy, Toxics
from tests.fakes.http_server import HttpServer, reply
from tests.fakes.raw_server import Peer, RawServer
from tests.rest.plain import Outcome, data, error

ORDER: dict[str, Any] = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "volume": "1", "price": 100}
KEY = Credentials("key", "c2VjcmV0")
MAYBE = (AnswerLost, RequestTimeout)
NOTHING_LEFT = (ConnectError, NotSent)


@pytest.fixture
def exchange() -> Iterator[KrakenSandbox]:
    with kraken_sandbox(symbols=["BTC/USD"]) as exchange:
        yield exchange


@contextlib.contextmanager
def _client(exchange: KrakenSandbox, url: str | None = None, **options: Any) -> Iterator[KrakenRest]:
    defaults: dict[str, Any] = {"credentials": exchange.credentials(), "delays": lambda: iter((0.01, 0.02))}
    defaults |= {"connect_timeout": 1, "read_timeout": 0.3}
    with kraken.rest.client(url=url or exchange.rest_url, **(defaults | options)) as rest:
        yield rest


def _is_honest(end: Exception | None, orders: int) -> None:
    """What a user was told agrees with what the exchange has."""
    if end is None:
        assert orders == 1
    elif isinstance(end, MAYBE):
        assert orders in {0, 1}
    else:
        assert orders == 0, f"{end!r} was told, and there is an order"


# F47 and P12: at each stage of an order.


@pytest.mark.parametrize("after_effect", [False, True])
@pytest.mark.parametrize("status", [0, 500, 502, 503, 504, 520, 429, 408])
def test_f47_an_order_without_a_telling_answer_is_unknown_and_sent_once(
    exchange: KrakenSandbox, *, status: int, after_effect: bool
) -> None:
    exchange.fail_next_call(CallFault(status, after_effect=after_effect, retry_after=0.01))
    with _client(exchange) as rest:
        end = error(rest.add_order(**ORDER, cl_ord_id="mine"))
        assert isinstance(end, AnswerLost)
        assert "may have taken effect" in str(end)
        assert len(exchange.calls) == 1
        # P15: the exchange itself tells, by the client's id.
        assert len(data(rest.open_orders(cl_ord_id="mine"))) == len(exchange.placed("mine")) == int(after_effect)


@pytest.mark.parametrize("toxics", [Toxics(limit_data=0, timeout=True), Toxics(limit_data=60, timeout=True)])
def test_f47_an_order_whose_answer_does_not_come_is_unknown_and_sent_once(
    exchange: KrakenSandbox, toxics: Toxics
) -> None:
    with FaultProxy(_port(exchange), toxics) as proxy, _client(exchange, f"http://127.0.0.1:{proxy.port}") as rest:
        assert isinstance(error(rest.add_order(**ORDER, cl_ord_id="mine")), RequestTimeout)
    assert len(exchange.calls) == 1
    assert len(exchange.placed("mine")) == 1


def _size(exchange: KrakenSandbox) -> int:
    """The bytes of an answer to an order, its header included."""
    sizes: list[int] = []
    with _client(exchange, after=[lambda _, raw: sizes.append(len(raw.body) + 200) or raw]) as rest:
        (name,) = data(rest.add_order(**ORDER)).ids
        data(rest.cancel_order(txid=name))
    return sizes[0]


@pytest.mark.parametrize("reset", [False, True])
def test_f47_an_answer_cut_at_any_place_never_makes_a_second_order_or_a_wrong_word(
    exchange: KrakenSandbox, *, reset: bool
) -> None:
    seen: set[str] = set()
    for number, place in enumerate(range(0, _size(exchange), 9)):
        before, name = len(exchange.calls), f"order-{number}"
        with (
            FaultProxy(_port(exchange), Toxics(limit_data=place, reset_peer=reset)) as proxy,
            _client(exchange, f"http://127.0.0.1:{proxy.port}") as rest,
        ):
            end = Outcome(rest.add_order(**ORDER, cl_ord_id=name)).wait()
        assert len(exchange.calls) - before == 1
        assert len(exchange.placed(name)) == 1
        _is_honest(end.error, 1)
        seen.add(type(end.error).__name__)
    assert "AnswerLost" in seen
    assert seen <= {"AnswerLost", "NoneType"}


@pytest.mark.parametrize("place", [0, 1, 40, 200, 350])
def test_f47_an_order_cut_on_its_way_out_is_never_told_as_refused_and_never_sent_again(
    exchange: KrakenSandbox, place: int
) -> None:
    def cut(peer: Peer) -> None:
        left = place
        while left and (part := peer.sock.recv(left)):
            left -= len(part)
        peer.reset()

    with RawServer(cut) as server, _client(exchange, f"http://127.0.0.1:{server.port}") as rest:
        end = error(rest.add_order(**ORDER))
        # A reset that is there before the first byte has left is told as what it is.
        assert isinstance(end, (AnswerLost, *NOTHING_LEFT) if place == 0 else AnswerLost)
        assert server.connections == 1


def test_f40_without_a_connection_nothing_has_left(exchange: KrakenSandbox) -> None:
    with _client(exchange, "http://127.0.0.1:1") as rest:
        end = error(rest.add_order(**ORDER))
        assert isinstance(end, NOTHING_LEFT)


@pytest.mark.parametrize("text", ["EService:Unavailable", "EService:Busy", "EGeneral:Internal error"])
def test_f47_a_service_in_trouble_does_not_tell_what_became_of_an_order(text: str) -> None:
    with HttpServer(reply({"error": [text]})) as server, kraken.rest.client(KEY, url=server.url) as rest:
        assert isinstance(error(rest.add_order(**ORDER)), AnswerLost)
        assert len(server.asked) == 1


def test_f47_what_the_venue_documents_as_a_refusal_is_one(exchange: KrakenSandbox) -> None:
    with _client(exchange) as rest:
        end = error(rest.add_order(**(ORDER | {"volume": "0.00000001"}), cl_ord_id="mine"))
        assert isinstance(end, RequestRefused)
        assert exchange.placed("mine") == []
    for text in ("EOrder:Rate limit exceeded", "EAPI:Rate limit exceeded"):
        with HttpServer(reply({"error": [text]})) as server, kraken.rest.client(KEY, url=server.url) as rest:
            assert isinstance(error(rest.add_order(**ORDER)), RateLimited)
            assert len(server.asked) == 1


def test_p12_each_subscription_is_one_order_and_no_more_whatever_fails(exchange: KrakenSandbox) -> None:
    with _client(exchange) as rest:
        call = rest.add_order(**ORDER)
        for status in (0, 503):
            exchange.fail_next_call(CallFault(status))
            error(call)
        data(call)
        assert len(exchange.calls) == 3
        assert len(exchange.open_orders()) == 1


# F09 and P3: reads.


def test_f09_reads_wait_at_least_as_long_as_they_are_asked_to(exchange: KrakenSandbox) -> None:
    scheduler, times = TestScheduler(), []

    def note(request: Request) -> Request:
        times.append(scheduler.to_seconds(scheduler.now))
        return request

    faults = [CallFault(429, retry_after=20), CallFault(503, retry_after=7), CallFault(0), CallFault(418)]
    exchange.fail_next_call(*faults)
    options: dict[str, Any] = {"scheduler": scheduler, "before": [note], "delays": lambda: iter((1, 2, 4, 8))}
    with _client(exchange, **options) as rest:
        call = Outcome(rest.balance())
        scheduler.advance_by(60)
        assert call.items
    assert times == [0, 20, 27, 31, 39]


# F46 and P18: clocks and nonces.


def test_f46_a_clock_that_is_behind_is_told_with_its_offset_and_reads_are_tried_once_more(
    exchange: KrakenSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    wall = wall_ns() - 10 * 10**9
    monkeypatch.setattr("rxex.rest.client.wall_ns", lambda: wall)
    monkeypatch.setattr("rxex.rest.transport.wall_ns", lambda: wall)
    given = exchange.credentials()
    with _client(exchange, credentials=given) as other:
        data(other.balance())
    # Another program used the key meanwhile: our nonces are ten seconds behind its own.
    behind = Credentials(given.key, given.secret, nonces=NonceSource(lambda: wall))
    with _client(exchange, credentials=behind) as rest:
        for call, calls in ((rest.balance(), 3), (rest.add_order(**ORDER), 2)):
            before = len(exchange.calls)
            end = error(call)
            assert isinstance(end, ClockSkew)
            assert end.offset == pytest.approx(10, abs=1.5)
            assert len(exchange.calls) - before == calls
    assert exchange.open_orders() == []


def test_p18_a_clock_that_is_set_back_makes_no_nonce_fall(exchange: KrakenSandbox) -> None:
    now = wall_ns()
    times = iter([now, now - 30 * 10**9, now - 3600 * 10**9, now + 1])
    given = exchange.credentials()
    credentials = Credentials(given.key, given.secret, nonces=NonceSource(lambda: next(times)))
    with _client(exchange, credentials=credentials) as rest:
        for _ in range(4):
            data(rest.balance())
    assert len(exchange.calls) == 4


# P19 and F56: secrets.


def test_f56_no_fault_shows_a_key_a_signature_or_a_token(
    exchange: KrakenSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    credentials = exchange.credentials("canary")
    secret = credentials.secret.reveal()
    signatures: list[str] = []
    faults = [
        CallFault(0),
        CallFault(0, after_effect=True),
        CallFault(403),
        CallFault(302),
        CallFault(503),
        CallFault(200),
    ]
    shown: list[str] = []
    options: dict[str, Any] = {"credentials": credentials, "delays": lambda: iter(())}
    with caplog.at_level(logging.DEBUG), _client(exchange, **options) as rest:
        for fault in faults:
            for call in (rest.websockets_token(), rest.add_order(**ORDER), rest.balance()):
                exchange.fail_next_call(fault)
                shown += _texts(error(call))
        response = Outcome(rest.websockets_token()).wait().items[0]
        shown += [repr(response), str(attrs.asdict(response)), repr(rest), str(vars(rest))]
        signatures += [call.headers["api-sign"] for call in exchange.calls if "api-sign" in call.headers]
    text = "\n".join([*shown, caplog.text])
    assert signatures
    for each in (secret, "sandbox-canary", response.data.token.reveal(), *signatures):
        assert each not in text


def _texts(end: Exception) -> list[str]:
    trace = traceback.TracebackException.from_exception(end, capture_locals=True)
    return [str(end), repr(end), "".join(trace.format()), repr(attrs.asdict(end)) if attrs.has(type(end)) else ""]


def test_tokens_for_add_token_are_minted_one_at_a_time(exchange: KrakenSandbox) -> None:
    with _client(exchange) as rest:
        get_token = kraken.get_websockets_token(rest)
        tokens: list[str] = []
        ends = [Outcome(get_token(), tokens.append) for _ in range(6)]
        assert all(end.wait().error is None for end in ends)
    assert len(set(tokens)) == 6
    assert all(len(token) == 43 for token in tokens)


def _port(exchange: KrakenSandbox) -> int:
    return int(exchange.rest_url.rpartition(":")[2])
