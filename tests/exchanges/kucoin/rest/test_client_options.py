"""The options that KuCoin's own client has over HTTP, each at work in ours."""

from __future__ import annotations

import threading
from itertools import repeat
from typing import Any

import attrs
import pytest

from rxex.auth import Credentials
from rxex.clock import wall_ns
from rxex.errors import AnswerLost, ConnectError, RequestTimeout
from rxex.exchanges.kucoin.rest import KucoinRest, client
from rxex.rest import RawResponse, Request
from tests.fakes.http_proxy import proxy_server
from tests.fakes.http_server import Answer, Asked, HttpServer, cut, hold, reply
from tests.fakes.raw_server import Peer
from tests.fakes.tls import Authority
from tests.rest.plain import Outcome, data, error

KEY = Credentials("key", "secret", "passphrase")
EMPTY: Answer = reply({"code": "200000", "data": []})


def made(url: str, **options: Any) -> KucoinRest:
    return client(KEY, url=url, **{"delays": lambda: iter(()), **options})


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return Authority(tmp_path_factory.mktemp("tls"))


def test_keep_alive() -> None:
    def close(asked: Asked, peer: Peer) -> bytes | None:
        assert asked.headers["connection"] == "close"
        return (EMPTY(asked, peer) or b"").replace(b"\r\n", b"\r\nConnection: close\r\n", 1)

    for answer, keep_alive, connections in [(EMPTY, True, [1, 1, 1]), (close, False, [1, 2, 3])]:
        with HttpServer(answer) as server, made(server.url, keep_alive=keep_alive) as rest:
            for _ in range(3):
                assert data(rest.balances()) == ()
            assert [asked.connection for asked in server.asked] == connections


def test_connections_per_pool() -> None:
    gate = threading.Event()

    def slow(asked: Asked, peer: Peer) -> bytes | None:
        gate.wait(5)
        return EMPTY(asked, peer)

    with HttpServer(slow) as server, made(server.url, connections=2, read_timeout=5.0) as rest:
        calls = [Outcome(rest.balances()) for _ in range(6)]
        server.wait_for(2)
        gate.set()
        assert [call.wait().error for call in calls] == [None] * 6
        assert server.most_at_once == 2
        assert server.connections == 2


def test_the_time_out_of_connecting() -> None:
    # It takes the connection, and then never speaks TLS.
    with HttpServer(hold) as server:
        began = wall_ns()
        with made(server.url.replace("http://127.0.0.1", "https://localhost"), connect_timeout=0.2) as rest:
            assert isinstance(error(rest.balances()), ConnectError)
        assert wall_ns() - began < 3 * 10**9


def test_the_time_out_of_reading() -> None:
    with HttpServer(hold) as server, made(server.url, read_timeout=0.2) as rest:
        assert isinstance(error(rest.balances()), RequestTimeout)


@pytest.mark.parametrize("retries", [0, 3])
def test_how_many_retries_and_after_what_delay_for_reads_only(retries: int) -> None:
    broken = reply(b"", "503 Service Unavailable")
    with HttpServer(broken) as server, made(server.url, delays=lambda: repeat(0.05, retries)) as rest:
        began = wall_ns()
        assert isinstance(error(rest.balances()), AnswerLost)
        assert len(server.asked) == 1 + retries
        assert wall_ns() - began >= retries * 0.05 * 10**9
        assert isinstance(error(rest.cancel_all()), AnswerLost)
        assert len(server.asked) == 2 + retries


def test_a_proxy(authority: Authority) -> None:
    with HttpServer(EMPTY, context=authority.server()) as server, proxy_server() as proxy:
        with made(server.url, ca_file=str(authority.file), proxy=f"http://127.0.0.1:{proxy.port}") as rest:
            assert data(rest.balances()) == ()
        assert [head.split(b" ")[0] for head in proxy.heads] == [b"CONNECT"]
        assert len(server.asked) == 1


def test_interceptors_run_in_their_order_at_every_attempt() -> None:
    seen: list[str] = []

    def note(word: str) -> Any:
        def before(request: Request) -> Request:
            seen.append(f"{word} {request.name}")
            return attrs.evolve(request, headers={**request.headers, f"X-{word}": "yes"})

        return before

    def after(request: Request, raw: RawResponse) -> RawResponse:
        seen.append(f"{request.name} {raw.status}")
        return raw

    with (
        HttpServer(cut, EMPTY) as server,
        made(server.url, before=[note("one"), note("two")], after=[after], delays=lambda: iter((0.0,))) as rest,
    ):
        assert data(rest.balances()) == ()
        assert [(asked.headers["x-one"], asked.headers["x-two"]) for asked in server.asked] == [("yes", "yes")] * 2
    assert seen == ["one balances", "two balances"] * 2 + ["balances 200"]


def test_a_parameter_that_an_interceptor_changed_is_signed_as_it_is_sent() -> None:
    def change(request: Request) -> Request:
        return attrs.evolve(request, parameters={**request.parameters, "currency": "A&B"})

    with HttpServer(EMPTY) as server, made(server.url, before=[change]) as rest:
        data(rest.balances(currency="C"))
        assert server.asked[0].target == "/api/v1/accounts?currency=A%26B"
