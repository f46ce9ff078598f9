"""The simulated Kraken as users start it: its arguments, its endpoints, our own client, virtual time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from reactivex.testing import TestScheduler

from rxex.connection import Connection
from rxex.errors import InvalidArgument
from rxex.exchanges import kraken
from rxex.exchanges.kraken.connection import V1, V2
from rxex.exchanges.kraken.sandbox import INSTRUMENTS, KrakenSandbox, kraken_sandbox, sandbox
from rxex.models import Ticker, Trade
from rxex.operators import backoff_reconnect, filter_new_socket_only, fixed, keep_messages_only
from rxex.sandbox import Faults, VirtualExchange
from tests.exchanges.kraken.sandbox_clients import raw_client


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"speed": 0}, "speed"),
        ({"speed": -1}, "speed"),
        ({"flood": -1}, "flood"),
        ({"symbols": ["XBT/USD"]}, "XBT/USD"),
        ({"playback": "nowhere.jsonl"}, "nowhere"),
        ({"playback": []}, "playback"),
    ],
)
def test_what_cannot_be_is_refused_by_name(options: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidArgument, match=word):
        kraken_sandbox(**options)


def test_the_endpoints_have_the_names_of_the_attributes() -> None:
    assert sandbox is kraken_sandbox
    with kraken_sandbox() as exchange:
        assert exchange.endpoints == {
            "public_url": exchange.public_url,
            "public_v1_url": exchange.public_v1_url,
            "private_url": exchange.private_url,
            "private_v1_url": exchange.private_v1_url,
            "level3_url": exchange.level3_url,
            "rest_url": exchange.rest_url,
        }
        assert exchange.public_url == exchange.public_v1_url + "v2"


def test_only_the_chosen_symbols_are_traded() -> None:
    with kraken_sandbox(symbols=["ETH/USD"]) as exchange, raw_client(exchange.public_url) as client:
        request: dict[str, Any] = {
            "method": "subscribe",
            "params": {"channel": "ticker", "symbol": ["BTC/USD", "ETH/USD"]},
        }
        client.send(**request)
        assert [client.receive()["success"] for _ in range(2)] == [False, True]


def test_a_flood_is_made_of_ticker_frames_with_the_market_standing_still() -> None:
    with kraken_sandbox(flood=12_000) as exchange, raw_client(exchange.public_url) as client:
        client.send(method="subscribe", params={"channel": "ticker", "symbol": ["BTC/USD", "SC/EUR"]})
        assert [client.receive()["success"] for _ in range(2)] == [True, True]
        symbols = [client.receive()["data"][0]["symbol"] for _ in range(12_000)]
        assert symbols == ["BTC/USD", "SC/EUR"] * 6000
        assert client.ask(method="ping")["method"] == "pong"


def test_a_flood_of_trades_holds_trades_alone() -> None:
    with kraken_sandbox(flood=100) as exchange, raw_client(exchange.public_v1_url) as client:
        client.ask(event="subscribe", pair=["XBT/USD"], subscription={"name": "trade"})
        assert {client.receive()[-2] for _ in range(100)} == {"trade"}


def test_instruments_have_two_assets_and_prices_of_their_own_digits() -> None:
    assert len(INSTRUMENTS) >= 20
    for symbol, instrument in INSTRUMENTS.items():
        assert symbol == instrument.symbol
        assert len(symbol.split("/")) == 2
        assert instrument.price.as_tuple().exponent == -instrument.price_digits


def asked(times: int) -> Callable[[KrakenSandbox], bool]:
    return lambda exchange: sum('"subscribe"' in entry.text for entry in exchange.requests) == times


def test_our_own_client_sees_ticks_over_cut_connections_and_subscribes_once_on_each() -> None:
    ticks: list[Ticker] = []
    enough = threading.Event()
    with kraken_sandbox(seed=1, speed=50) as exchange:
        connection = kraken.public_connection(exchange.public_url, delays=lambda: fixed(0.05))
        messages = connection.pipe(keep_messages_only())

        def take(tick: Ticker) -> None:
            ticks.append(tick)
            enough.set()

        connection.pipe(filter_new_socket_only(), kraken.subscribe_ticker("BTC/USD", messages)).subscribe(take)
        link = connection.connect()
        for number in range(1, 5):
            # A tick alone may be one of the connection before, which was still on its way.
            assert exchange.wait_until(asked(number))
            enough.clear()
            assert enough.wait(10)
            if number < 4:
                exchange.cut()
        link.dispose()
        assert exchange.wait_until(lambda exchange: not exchange.open_sessions)
        requests = [(entry.session, entry.text) for entry in exchange.requests if '"subscribe"' in entry.text]
    assert [session for session, _ in requests] == [1, 2, 3, 4]
    assert len({tick.symbol for tick in ticks}) == 1


def watch(version: int, seed: int) -> tuple[list[str], VirtualExchange]:
    """A minute of ticker and trades in virtual time, with faults."""
    scheduler = TestScheduler()
    faults = Faults(
        seed=seed, cut_every=(5, 20), close_every=(10, 30), half_open_every=(20, 40), drop=0.05, delay=(0, 0.1)
    )
    exchange = kraken_sandbox(seed=seed, faults=faults).in_virtual_time(scheduler)
    reconnect = backoff_reconnect(lambda: fixed(1.0), jitter=0.0, scheduler=scheduler)
    path, dialect = ("/", V1) if version == 1 else ("/v2", V2)
    connection = Connection(lambda receive: exchange.source(receive, path=path).pipe(reconnect), dialect)
    messages = connection.pipe(keep_messages_only())
    seen: list[str] = []

    def take(item: Ticker | Trade) -> None:
        seen.append(f"{scheduler.to_seconds(scheduler.now)} {item}")

    connection.pipe(filter_new_socket_only(), kraken.subscribe_ticker("BTC/USD", messages)).subscribe(take)
    connection.pipe(filter_new_socket_only(), kraken.subscribe_trades("BTC/USD", messages)).subscribe(take)
    link = connection.connect()
    scheduler.advance_to(60)
    link.dispose()
    scheduler.start()
    return seen, exchange


@pytest.mark.parametrize("version", [1, 2])
def test_in_virtual_time_the_same_connection_sees_the_same_run_with_the_same_seed(version: int) -> None:
    first, exchange = watch(version, 3)
    assert len(first) > 50
    assert exchange.connections > 3
    assert first == watch(version, 3)[0]
    assert first != watch(version, 4)[0]
    kinds = {incident.kind for incident in exchange.incidents}
    assert {"cut", "drop"} <= kinds
