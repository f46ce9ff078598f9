"""Bitfinex's REST over real sockets: hosts, nonces and turns, retries, limits, secrets."""

from __future__ import annotations

import json
import threading
from typing import Any

import attrs
import pytest

from rxex.auth import Credentials, Secret
from rxex.errors import AnswerLost, AuthRefused, ClockSkew, InvalidArgument, NotSent, RateLimited, RxexError
from rxex.exchanges.bitfinex.rest import BitfinexRest, RestLimits, client
from rxex.orders import OrderRefused
from tests.exchanges.bitfinex.rest.samples import TICKER, WALLET, note, order
from tests.fakes.http_server import Answer, Asked, HttpServer, cut, hold, reply
from tests.fakes.raw_server import Peer
from tests.rest.plain import data, error, outcome

CANARY = "canary-5up3r-s3cr3t"
KEY = Credentials(f"key-{CANARY}", f"secret-{CANARY}")
ORDER: dict[str, Any] = {"symbol": "tBTCUSD", "amount": 1, "price": 1, "cid": 5}
PLACED = note("on-req", [order()])
BROKEN = "500 Internal Server Error"
SMALL = reply(["error", 10114, "nonce: small"], BROKEN)


def made(url: str, **options: Any) -> BitfinexRest:
    defaults: dict[str, Any] = {"delays": lambda: iter((0.01, 0.02)), "connect_timeout": 0.5, "read_timeout": 0.5}
    return client(KEY, url=url, **(defaults | options))


def test_where_one_url_is_given_the_real_hosts_are_out_of_reach() -> None:
    with HttpServer(reply(TICKER)) as server:
        with client(KEY, public_url=server.url) as rest:
            assert data(rest.ticker(symbol="tBTCUSD")).last == data(rest.ticker(symbol="tBTCUSD")).last
            with pytest.raises(InvalidArgument, match="private"):
                rest.balances()
        with client(KEY, url=server.url, delays=lambda: iter(())) as rest:
            data(rest.ticker(symbol="tBTCUSD"))
            assert isinstance(error(rest.balances()), AnswerLost), "no wallets"
        assert [asked.target for asked in server.asked] == ["/v2/ticker/tBTCUSD"] * 3 + ["/v2/auth/r/wallets"]


@pytest.mark.parametrize("name", ["url", "public_url"])
def test_a_url_that_cannot_be_is_refused(name: str) -> None:
    options: Any = {name: "http://api.example.com"}
    with pytest.raises(InvalidArgument, match="https"):
        client(**options)


def test_private_calls_need_credentials() -> None:
    with client() as rest, pytest.raises(InvalidArgument, match="credentials"):
        rest.balances()


def test_a_token_does_instead_of_a_key() -> None:
    with HttpServer(reply([WALLET])) as server, client(url=server.url, token=f"tok-{CANARY}") as rest:
        data(rest.balances())
        (asked,) = server.asked
        assert asked.headers["bfx-token"] == f"tok-{CANARY}"
        assert "bfx-signature" not in asked.headers
    with pytest.raises(InvalidArgument, match="not both") as caught:
        client(KEY, token=Secret(f"tok-{CANARY}"))
    assert CANARY not in str(caught.value) + repr(caught.value)


@pytest.mark.parametrize(
    "trouble",
    [
        reply(["error", 11000, "not ready"], BROKEN),
        reply(["error", 20060, "maintenance"], BROKEN),
        reply(["error", 10000, "unknown"], BROKEN),
        reply(b"<html>502</html>", "502 Bad Gateway"),
        reply(b"", "503 Service Unavailable"),
        SMALL,
        cut,
        hold,
    ],
)
def test_a_read_is_tried_again(trouble: Answer) -> None:
    with HttpServer(trouble, reply([WALLET])) as server, made(server.url) as rest:
        assert data(rest.balances())[0].asset == "USD"
        nonces = [int(asked.headers["bfx-nonce"]) for asked in server.asked]
        assert len(nonces) == 2
        assert nonces[0] < nonces[1]


def test_a_nonce_that_is_small_again_is_the_error_of_a_read() -> None:
    with HttpServer(SMALL) as server, made(server.url) as rest:
        end = error(rest.balances())
        assert isinstance(end, ClockSkew)
        assert len(server.asked) == 2


@pytest.mark.parametrize(
    ("trouble", "kind"),
    [
        (reply(["error", 11000, "not ready"], BROKEN), AnswerLost),
        (reply(["error", 20060, "maintenance"], BROKEN), OrderRefused),
        (reply(["error", 10001, "Invalid order: minimum size for ETC/USD is 0.8"], BROKEN), OrderRefused),
        (reply(note("on-req", None, "ERROR", "Invalid price.")), OrderRefused),
        (reply(note("on-req", [order(status="POSTONLY CANCELED")])), OrderRefused),
        (reply({"error": "ERR_RATE_LIMIT"}, "429 Too Many Requests"), RateLimited),
        (reply(b"<html>", "429 Too Many Requests"), AnswerLost),
        (reply(b"<html>", "502 Bad Gateway"), AnswerLost),
        (reply([1, 2]), AnswerLost),
        (reply(note("on-req", [["x"]])), AnswerLost),
        (reply(b"null"), AnswerLost),
        (reply(["error", 10100, "apikey: invalid"], BROKEN), AuthRefused),
        (SMALL, ClockSkew),
        (cut, RxexError),
        (hold, RxexError),
    ],
)
def test_an_order_is_given_once_whatever_the_answer(trouble: Answer, kind: type[Exception]) -> None:
    with HttpServer(trouble, reply(PLACED)) as server, made(server.url) as rest:
        end = error(rest.add_order(**ORDER))
        assert isinstance(end, kind)
        assert type(end) is not RxexError
        assert len(server.asked) == 1
        assert CANARY not in f"{end!s}{end!r}"


def test_calls_with_one_key_go_out_in_the_order_of_their_nonces() -> None:
    with HttpServer(reply([WALLET])) as server, made(server.url) as one, made(server.url) as two:
        ends: list[Any] = []
        done = threading.Semaphore(0)
        for rest in [one, two] * 15:
            rest.balances().subscribe(ends.append, ends.append, done.release)
        assert all(done.acquire(timeout=5) for _ in range(30))
        nonces = [int(asked.headers["bfx-nonce"]) for asked in server.asked]
        assert len(nonces) == 30
        assert nonces == sorted(set(nonces))
        assert server.most_at_once == 1


def test_public_calls_go_side_by_side() -> None:
    together = threading.Barrier(2, timeout=5)

    def answer(asked: Asked, peer: Peer) -> bytes | None:
        together.wait()
        return reply(TICKER)(asked, peer)

    with HttpServer(answer) as server, made(server.url, read_timeout=5) as rest:
        ends: list[Any] = []
        done = threading.Semaphore(0)
        for _ in range(2):
            rest.ticker(symbol="tBTCUSD").subscribe(ends.append, ends.append, done.release)
        assert done.acquire(timeout=5)
        assert done.acquire(timeout=5)
        assert all(each.data.last for each in ends)


def test_after_a_429_nothing_but_cancels_goes_out_for_a_minute() -> None:
    limited = reply({"error": "ERR_RATE_LIMIT"}, "429 Too Many Requests")
    with HttpServer(limited, reply(note("oc-req", order()))) as server, made(server.url) as rest:
        first = error(rest.ticker(symbol="tBTCUSD"))
        assert isinstance(first, RateLimited)
        assert first.retry_after == 60
        assert isinstance(error(rest.balances()), RateLimited)
        assert isinstance(error(rest.add_order(**ORDER)), NotSent)
        assert data(rest.cancel_order(id=5)).order_id == "1185815098"
        assert len(server.asked) == 2


def test_clients_share_a_limiter() -> None:
    limits = RestLimits()
    rows = [["pos", 1, 1, None, "tBTCUSD", 1, 1, None, 1, 1, None, None]]
    with (
        HttpServer(reply([rows])) as server,
        made(server.url, limiter=limits) as one,
        made(server.url, limiter=limits) as two,
    ):
        ends = [outcome(rest.liquidations()).error for rest in (one, two, one, two)]
        assert ends[:3] == [None] * 3
        assert isinstance(ends[3], RateLimited)
        assert "our own count" in str(ends[3])
        assert len(server.asked) == 3


def test_what_is_left_is_told_with_each_answer() -> None:
    with HttpServer(reply(TICKER)) as server, made(server.url) as rest:
        (response,) = outcome(rest.ticker(symbol="tBTCUSD")).items
        assert response.rate_limit is not None
        assert (response.rate_limit.limit, response.rate_limit.remaining) == (90, 89)
        assert response.rate_limit.estimated


def test_an_affiliate_is_told_with_an_order() -> None:
    with HttpServer(reply(PLACED)) as server, made(server.url, affiliate="AbCd") as rest:
        assert data(rest.add_order(**ORDER)).order_id == "1185815098"
        assert json.loads(server.asked[0].body)["meta"] == {"aff_code": "AbCd"}


def test_a_token_that_was_asked_for_shows_nowhere() -> None:
    with HttpServer(reply([f"tok-{CANARY}"])) as server, made(server.url) as rest:
        (response,) = outcome(rest.token(caps=["o"])).items
        assert response.data.token.reveal() == f"tok-{CANARY}"
        assert CANARY not in repr(response)
        assert response.raw.body == b""


def test_an_interceptor_sees_parameters_and_its_change_is_signed() -> None:
    def change(request: Any) -> Any:
        return attrs.evolve(request, parameters={**request.parameters, "gid": 9})

    with HttpServer(reply(PLACED)) as server, made(server.url, before=[change]) as rest:
        data(rest.add_order(**ORDER))
        assert json.loads(server.asked[0].body)["gid"] == 9


def test_disposing_before_an_answer_ends_everything() -> None:
    with HttpServer(hold) as server, made(server.url, read_timeout=5) as rest:
        seen: list[Any] = []
        call = rest.balances().subscribe(seen.append, seen.append)
        server.wait_for(1)
        call.dispose()
        call.dispose()
        assert seen == []
