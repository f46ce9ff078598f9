"""Connections: a new token for each socket, its servers by turns, a welcome, pings, and what can go wrong with them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import repeat
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable

from rxex.auth import Credentials, Secret
from rxex.connection import Connection
from rxex.errors import AuthRefused, InvalidArgument, TokenError
from rxex.events import Closed, Opened, Reconnected, Reconnecting, SystemStatus
from rxex.exchanges.kucoin.channels import subscribe_ticker
from rxex.exchanges.kucoin.connection import private_connection, public_connection, reconnect_delays
from rxex.exchanges.kucoin.rest import Bullet, InstanceServer
from rxex.exchanges.kucoin.sandbox import KucoinSandbox, kucoin_sandbox
from rxex.operators import filter_new_socket_only, keep_messages_only
from tests.fakes.raw_server import Peer, RawServer, frame
from tests.fakes.watch import Watch

PATIENCE = 10.0


@contextmanager
def connected(connection: Connection) -> Iterator[Watch]:
    with Watch(connection.link) as watch, connection.connect():
        yield watch


@pytest.fixture
def exchange() -> Iterator[KucoinSandbox]:
    with kucoin_sandbox(seed=1) as exchange:
        yield exchange


def soon() -> Iterator[float]:
    return repeat(0.05)


def test_a_socket_is_open_once_kucoin_has_welcomed_us(exchange: KucoinSandbox) -> None:
    with connected(public_connection(exchange.public_url)) as watch:
        watch.wait(SystemStatus)
    kinds = [type(event) for event in watch.events]
    assert kinds.index(Opened) < kinds.index(SystemStatus)


@pytest.mark.parametrize("market", ["spot", "margin", "futures"])
def test_each_market_has_servers_of_its_own(exchange: KucoinSandbox, market: Any) -> None:
    url = exchange.futures_rest_url if market == "futures" else exchange.rest_url
    with connected(public_connection(url, market=market)) as watch:
        watch.wait(Opened)


def test_a_token_that_has_expired_is_replaced_by_a_new_one(exchange: KucoinSandbox) -> None:
    connection = public_connection(exchange.public_url, delays=soon)
    tickers: list[Any] = []
    messages = connection.pipe(keep_messages_only())
    connection.pipe(filter_new_socket_only(), subscribe_ticker("BTC-USDT", messages)).subscribe(tickers.append)
    with connected(connection) as watch:
        watch.wait(Opened)
        exchange.expire_tokens()
        watch.wait(Reconnected)
        before = len(tickers)
        done = threading.Event()
        connection.pipe(filter_new_socket_only(), subscribe_ticker("BTC-USDT", messages)).subscribe(
            lambda _: done.set()
        )
        assert done.wait(PATIENCE)
    assert len(tickers) > before


def test_a_place_for_tokens_that_fails_five_times_is_asked_again(exchange: KucoinSandbox) -> None:
    exchange.fail_bullets(5)
    with connected(public_connection(exchange.public_url, delays=soon)) as watch:
        watch.wait(Opened)
    tries = watch.of(Reconnecting)
    assert [event.attempt for event in tries] == [1, 2, 3, 4, 5]
    assert all("500" in str(event.error) for event in tries)


def test_a_token_that_is_refused_is_told_and_replaced(exchange: KucoinSandbox) -> None:
    server = InstanceServer(exchange.endpoints["ws_spot_url"], 18.0, 10.0)
    tokens = iter(["nonsense", exchange.mint_token()])
    given: list[str] = []

    def get_bullet() -> Observable[Bullet]:
        given.append(next(tokens))
        return rx.of(Bullet(Secret(given[-1]), (server,)))

    with connected(public_connection(exchange.public_url, get_bullet=get_bullet, delays=soon)) as watch:
        watch.wait(Opened)
    (trouble,) = [event.error for event in watch.of(Reconnecting)]
    assert isinstance(trouble, TokenError)
    assert not watch.of(Closed)
    assert not any(token in repr(watch.events) for token in given)


def test_servers_are_taken_by_turns(exchange: KucoinSandbox) -> None:
    nobody = InstanceServer("ws://127.0.0.1:9/", 18.0, 10.0)
    servers = (nobody, InstanceServer(exchange.endpoints["ws_spot_url"], 18.0, 10.0))

    def get_bullet() -> Observable[Bullet]:
        return rx.of(Bullet(Secret(exchange.mint_token()), servers))

    with connected(public_connection(exchange.public_url, get_bullet=get_bullet, delays=soon)) as watch:
        watch.wait(Opened)
    assert ["127.0.0.1:9" in str(event.error) for event in watch.of(Reconnecting)] == [True]


@pytest.mark.parametrize("endpoint", ["wss://kucoin.example.com/", "wss://evilkucoin.com/", "ws://ws-api.kucoin.com/"])
def test_a_token_goes_to_kucoin_alone(endpoint: str) -> None:
    bullet = Bullet(Secret("b1946ac9"), (InstanceServer(endpoint, 18.0, 10.0),))
    connection = public_connection(get_bullet=lambda: rx.of(bullet))
    with connected(connection) as watch:
        watch.wait_for(lambda: watch.error is not None)
    assert isinstance(watch.error, InvalidArgument)
    assert "b1946ac9" not in str(watch.error)


def test_a_private_connection_asks_with_the_credentials(exchange: KucoinSandbox) -> None:
    with connected(private_connection(exchange.credentials(), exchange.rest_url)) as watch:
        watch.wait(Opened)


def test_a_key_that_kucoin_does_not_know_is_the_end(exchange: KucoinSandbox) -> None:
    credentials = Credentials("nobody", "c2VjcmV0", "passphrase")
    with connected(private_connection(credentials, exchange.rest_url, delays=soon)) as watch:
        watch.wait_for(lambda: watch.error is not None)
    assert isinstance(watch.error, AuthRefused)
    assert not watch.of(Reconnecting)


def test_a_source_of_tokens_keeps_the_keys_out(exchange: KucoinSandbox) -> None:
    server = InstanceServer(exchange.endpoints["ws_spot_url"], 18.0, 10.0)

    def get_bullet() -> Observable[Bullet]:
        return rx.of(Bullet(Secret(exchange.mint_token("main")), (server,)))

    with connected(private_connection(get_bullet, exchange.rest_url)) as watch:
        watch.wait(Opened)


def _raise() -> Observable[Bullet]:
    raise LookupError("the vault says b1946ac9")


@pytest.mark.parametrize(
    ("get_bullet", "kind"),
    [
        (_raise, "LookupError"),
        (lambda: rx.throw(OSError("b1946ac9")), "OSError"),
        (rx.empty, "NoToken"),
        (lambda: rx.of(None), "NoToken"),
        (rx.never, "Timeout"),
    ],
)
def test_a_source_of_tokens_that_fails_is_asked_again_and_its_words_are_not_told(
    get_bullet: Any, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rxex.exchanges.kucoin.tokens._LONGEST_WAIT", 0.1)
    with connected(public_connection(get_bullet=get_bullet, delays=soon, attempts=2)) as watch:
        watch.wait_for(lambda: watch.error is not None)
    errors = [*(event.error for event in watch.of(Reconnecting)), watch.error]
    assert [(type(error), error.kind) for error in errors if isinstance(error, TokenError)] == [(TokenError, kind)] * 3
    assert all(error.__cause__ is None and "b1946ac9" not in repr(error) for error in errors if error is not None)


def test_what_is_no_token_at_all_is_the_end() -> None:
    with connected(public_connection(get_bullet=lambda: rx.of("b1946ac9"))) as watch:  # type: ignore[arg-type]
        watch.wait_for(lambda: watch.error is not None)
    assert isinstance(watch.error, InvalidArgument)
    assert "b1946ac9" not in str(watch.error)


def test_what_cannot_be_read_before_the_welcome_is_passed_over() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        for text in ("nonsense", '{"type":"welcome","id":["k"]}', '{"type":"welcome"}'):
            peer.send(frame(text))
        peer.wait_for_end()

    with RawServer(serve) as server:
        bullet = Bullet(Secret("b1946ac9"), (InstanceServer(server.url, 18.0, 10.0),))
        connection = public_connection("http://127.0.0.1:9", get_bullet=lambda: rx.of(bullet))
        with connected(connection) as watch:
            watch.wait(Opened)
    assert watch.error is None


def test_nothing_stays_open_after_the_end(exchange: KucoinSandbox) -> None:
    connection = public_connection(exchange.public_url)
    closed: list[bool] = []
    dialect: Any = connection.messages.dialect
    client = dialect.options["rest"]
    close = client.close

    def note() -> None:
        close()
        closed.append(True)

    client.close = note
    with connected(connection) as watch:
        watch.wait(Opened)
        assert closed == []
    assert closed == [True]


def test_what_is_wrong_is_refused_at_once() -> None:
    with pytest.raises(InvalidArgument, match="choose one of spot, margin, futures"):
        public_connection(market="options")  # type: ignore[arg-type]
    with pytest.raises(InvalidArgument):
        public_connection("ftp://api.kucoin.com")


def test_the_first_attempts_wait_as_kucoin_asks() -> None:
    delays = reconnect_delays()
    assert [next(delays) for _ in range(7)] == [3.0, 5.0, 10.0, 20.0, 30.0, 60.0, 60.0]
