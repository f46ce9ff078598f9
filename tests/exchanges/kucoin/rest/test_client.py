"""KuCoin's REST over real sockets: hosts, tokens, the clock, limits, retries, the options of the official client."""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from pathlib import Path
from typing import Any

import attrs
import pytest

from rxex.auth import Credentials
from rxex.clock import wall_ns
from rxex.errors import AnswerLost, AuthRefused, ClockSkew, InvalidArgument, RateLimited, RxexError
from rxex.exchanges.kucoin.rest import Broker, KucoinRest, client
from rxex.models import Level
from rxex.orders import OrderRefused, Refusal
from rxex.rest import RateLimit
from tests.exchanges.kucoin.rest.samples import BULLET, PLACED, TICKER
from tests.fakes.http_server import Answer, Asked, HttpServer, cut, hold, reply
from tests.fakes.raw_server import Peer
from tests.rest.plain import Outcome, data, error, outcome

CANARY = "canary-5up3r-s3cr3t"
KEY = Credentials(f"key-{CANARY}", f"secret-{CANARY}", f"phrase-{CANARY}")
LIMITS = "GW-RATELIMIT-LIMIT: 4000\r\nGW-RATELIMIT-REMAINING: 17\r\ngw-ratelimit-reset: 20\r\n"
ORDER: dict[str, Any] = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": 1, "size": 1}


def ok(result: Any, headers: str = "") -> Answer:
    return reply({"code": "200000", "data": result}, headers=headers)


def no(code: str, text: str = "why", status: str = "200 OK", headers: str = "") -> Answer:
    return reply({"code": code, "msg": text}, status, headers)


def made(url: str, **options: Any) -> KucoinRest:
    defaults: dict[str, Any] = {
        "delays": lambda: iter((0.01, 0.02)),
        "connect_timeout": 0.5,
        "read_timeout": 0.5,
    }
    return client(KEY, url=url, **(defaults | options))


def test_tokens_are_asked_where_their_market_is() -> None:
    with (
        HttpServer(ok(BULLET)) as one,
        HttpServer(ok(BULLET)) as two,
        client(KEY, url=one.url, futures_url=two.url) as rest,
    ):
        for market in ("spot", "margin", "futures"):
            for call in (rest.public_token, rest.private_token):
                (response,) = outcome(call(market=market)).items  # type: ignore[arg-type]
                assert response.data.servers[0].ping_interval == 18.0
                assert response.raw.body == b""
        targets = [f"/api/v1/bullet-{kind}" for kind in ("public", "private")]
        assert [asked.target for asked in one.asked] == targets * 2
        assert [asked.target for asked in two.asked] == targets
        assert {asked.method for asked in one.asked} == {"POST"}


def test_a_token_of_another_market_is_refused() -> None:
    with client(KEY) as rest, pytest.raises(InvalidArgument, match="market"):
        rest.public_token(market="options")  # type: ignore[arg-type]


def test_a_private_token_needs_credentials_with_a_passphrase() -> None:
    with client() as rest, pytest.raises(InvalidArgument, match="credentials"):
        rest.private_token()
    with pytest.raises(InvalidArgument, match="passphrase"):
        client(Credentials("key", "secret"))


def test_where_one_url_is_given_the_real_hosts_are_out_of_reach() -> None:
    with HttpServer(ok(1)) as server:
        with client(url=server.url) as rest, pytest.raises(InvalidArgument, match="futures"):
            rest.futures_server_time()
        with client(futures_url=server.url) as rest:
            assert data(rest.futures_server_time()).time == 10**6
            with pytest.raises(InvalidArgument, match="spot"):
                rest.server_time()
    with client() as rest:
        assert repr(rest) == "<KucoinRest of https://api.kucoin.com>"
        rest.futures_server_time()


@pytest.mark.parametrize("name", ["url", "futures_url", "broker_url"])
def test_a_url_that_cannot_be_is_refused(name: str) -> None:
    options: Any = {name: "http://api.example.com"}
    with pytest.raises(InvalidArgument, match="https"):
        client(**options)


def test_a_bullet_endpoint_that_answers_500_is_asked_again() -> None:
    broken = reply(b"", "500 Internal Server Error")
    busy = no("230005", "The system is busy", "200 OK")
    with HttpServer(broken, busy, ok(BULLET)) as server, made(server.url) as rest:
        assert data(rest.private_token()).token.reveal() == BULLET["token"]
        assert len(server.asked) == 3


def test_a_time_that_was_refused_is_measured_once_and_a_read_is_tried_again() -> None:
    ahead = wall_ns() // 10**6 + 60_000
    skew = no("400002", "KC-API-TIMESTAMP Invalid", "400 Bad Request")
    with HttpServer(skew, ok(ahead), ok([])) as server, made(server.url) as rest:
        assert data(rest.balances()) == ()
        first, time, second = server.asked
        assert time.target == "/api/v1/timestamp"
        moved = int(second.headers["kc-api-timestamp"]) - int(first.headers["kc-api-timestamp"])
        assert 59_000 < moved < 65_000
        assert rest.clock.offset == pytest.approx(60, abs=2)


def test_an_order_whose_time_was_refused_is_not_given_twice() -> None:
    skew = no("400002", "KC-API-TIMESTAMP Invalid", "400 Bad Request")
    with HttpServer(skew, ok(wall_ns() // 10**6 + 60_000), ok(PLACED)) as server, made(server.url) as rest:
        end = error(rest.add_order(**ORDER))
        assert isinstance(end, ClockSkew)
        assert end.offset == pytest.approx(60, abs=2)
        assert [asked.target for asked in server.asked] == ["/api/v1/hf/orders", "/api/v1/timestamp"]
        assert data(rest.add_order(**ORDER)).order_id == PLACED["orderId"]


@pytest.mark.parametrize("answer", [cut, hold, reply(b"", "502 Bad Gateway"), no("500000", "Internal Server Error")])
def test_an_order_without_a_clear_answer_is_lost_and_not_given_twice(answer: Answer) -> None:
    with HttpServer(answer) as server, made(server.url, read_timeout=0.2) as rest:
        end = error(rest.add_order(**ORDER))
        assert "may have taken effect" in str(end)
        assert len(server.asked) == 1


def test_a_refused_order_has_our_name_and_the_limits_that_came_with_it() -> None:
    with HttpServer(no("200004", "Balance insufficient!", headers=LIMITS)) as server, made(server.url) as rest:
        end = error(rest.add_order(**ORDER))
    assert isinstance(end, OrderRefused)
    assert (end.kind, end.reason) == (Refusal.INSUFFICIENT_FUNDS, "200004: Balance insufficient!")
    assert end.rate_limit == RateLimit(4000, 17, 0.02)


def test_the_answer_carries_the_limits_and_the_raw_response() -> None:
    with HttpServer(ok(TICKER, LIMITS)) as server, made(server.url) as rest:
        (response,) = outcome(rest.ticker(symbol="BTC-USDT")).items
    assert response.rate_limit == RateLimit(4000, 17, 0.02)
    assert json.loads(response.raw.body)["data"] == TICKER
    assert response.data.bid == Decimal("67267.5")
    assert b"symbol=BTC-USDT" in server.asked[0].target.encode()


def test_without_headers_the_limit_is_our_own_count() -> None:
    with HttpServer(ok(TICKER)) as server, made(server.url, vip=3) as rest:
        (response,) = outcome(rest.ticker(symbol="BTC-USDT")).items
        assert response.rate_limit is not None
        assert attrs.evolve(response.rate_limit, reset=None) == RateLimit(2000, 1998, None, estimated=True)


def test_too_many_calls_wait_until_the_window_ends_and_are_made_again() -> None:
    limits = LIMITS.replace("17", "0").replace(": 20\r\n", ": 300\r\n")
    many = no("429000", "Too many requests", "429 Too Many Requests", limits)
    with HttpServer(many, ok(TICKER, LIMITS)) as server, made(server.url) as rest:
        before = wall_ns()
        assert data(rest.ticker(symbol="BTC-USDT")).symbol == "BTC-USDT"
        assert wall_ns() - before >= 0.3 * 10**9
        assert len(server.asked) == 2


def test_an_overloaded_exchange_is_asked_again_by_our_own_delays() -> None:
    overload = no("429000", "Too many requests", "429 Too Many Requests")
    with HttpServer(overload, overload, ok(TICKER)) as server, made(server.url) as rest:
        assert data(rest.ticker(symbol="BTC-USDT")).symbol == "BTC-USDT"
    with HttpServer(overload) as server, made(server.url) as rest:
        assert isinstance(error(rest.add_order(**ORDER)), RateLimited)
        assert len(server.asked) == 1


def test_an_address_that_is_blocked_says_so_and_nothing_else_goes_out_for_a_while() -> None:
    page = reply(b"error code: 1015", "429 Too Many Requests", "Content-Type: text/plain\r\n")
    with HttpServer(page) as server, made(server.url, patience=1.0) as rest:
        blocked = error(rest.ticker(symbol="BTC-USDT"))
        assert isinstance(blocked, RateLimited)
        assert blocked.retry_after == 30
        assert isinstance(error(rest.balances()), RateLimited)
        assert len(server.asked) == 1


def test_a_key_that_is_refused_is_fatal_at_once() -> None:
    with HttpServer(no("400003", "KC-API-KEY not exists", "401 Unauthorized")) as server, made(server.url) as rest:
        end = error(rest.balances())
        assert isinstance(end, AuthRefused)
        assert (end.reason, end.status) == ("400003: KC-API-KEY not exists", 401)
        assert len(server.asked) == 1


def test_calls_with_one_key_go_out_side_by_side() -> None:
    both = threading.Barrier(3)

    def together(asked: Asked, peer: Peer) -> bytes | None:
        both.wait(5)
        return ok([])(asked, peer)

    with HttpServer(together) as server, made(server.url, read_timeout=5.0) as rest:
        calls = [Outcome(rest.balances()) for _ in range(3)]
        assert [call.wait().items[0].data for call in calls] == [(), (), ()]


def test_a_broker_is_told_at_every_private_call() -> None:
    broker = Broker("RXEX", f"broker-{CANARY}")
    with HttpServer(ok([])) as server, made(server.url, broker=broker, key_version=2) as rest:
        data(rest.balances())
        (asked,) = server.asked
        assert asked.headers["kc-api-partner"] == "RXEX"
        assert asked.headers["kc-api-key-version"] == "2"


def test_no_secret_is_told_by_anything() -> None:
    answers = [no("400005", "Invalid KC-API-SIGN", "401 Unauthorized"), ok(BULLET), reply(b"<html>"), cut]
    told: list[str] = []
    with HttpServer(*answers) as server, made(server.url, delays=lambda: iter(())) as rest:
        told.append(repr(error(rest.private_token())))
        (response,) = outcome(rest.private_token()).items
        told += [repr(response), str(response.data), repr(rest)]
        for _ in range(2):
            end = error(rest.private_token())
            assert isinstance(end, RxexError | AnswerLost)
            told += [str(end), repr(end), repr(end.__cause__), repr(end.__context__)]
    assert CANARY not in " ".join(told)
    assert str(BULLET["token"]) not in " ".join(told)


def test_the_recorded_snapshots_are_read_whole_and_exactly(recordings: Path) -> None:
    lines = [line for line in (recordings / "kucoin_http.jsonl").read_text().splitlines() if line.strip()]
    bodies: list[tuple[str, bytes]] = []
    for line in lines:
        head, _, text = line.partition(": {")
        symbol = head.partition("symbol=")[2].partition(" ")[0]
        if symbol and "/level2" in head:
            bodies.append((symbol, ("{" + text).encode()))
    assert len(bodies) == 9
    with HttpServer(*(reply(body) for _, body in bodies)) as server, made(server.url) as rest:
        for symbol, body in bodies:
            book = data(rest.full_depth(symbol=symbol))
            wire = json.loads(body)["data"]
            assert (book.symbol, book.sequence, book.time) == (symbol, int(wire["sequence"]), wire["time"] * 10**6)
            for side, rows in ((book.bids, wire["bids"]), (book.asks, wire["asks"])):
                assert side == tuple(Level(Decimal(price), Decimal(size)) for price, size in rows)
                assert [[format(each.price, "f"), format(each.size, "f")] for each in side] == rows
            assert book.bids[0].price < book.asks[0].price
            assert server.asked[-1].target == f"/api/v3/market/orderbook/level2?symbol={symbol}"
