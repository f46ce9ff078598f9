"""The simulated Kraken's candles: what our client is told, held against the trades that it is told of."""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest

from rxex.connection import Connection
from rxex.exchanges import kraken
from rxex.exchanges.kraken.connection import V1, V2
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.models import Candle, Trade
from rxex.operators import backoff_reconnect, filter_new_socket_only, fixed, keep_messages_only
from tests.exchanges.kraken.sandbox_clients import raw_client
from tests.exchanges.kraken.virtual_clients import Client, World

MINUTE = 60 * 10**9
PATHS = {1: "/", 2: "/v2"}


class Watched(World):
    """Virtual time of a client of candles and trades."""

    def __init__(self, version: int, interval: int = 60, **options: Any) -> None:
        super().__init__(symbols=["BTC/USD", "DOGE/USD"], **options)
        reconnect = backoff_reconnect(lambda: fixed(1.0), jitter=0.0, scheduler=self.scheduler)
        self.connection = Connection(
            lambda receive: self.exchange.source(receive, path=PATHS[version]).pipe(reconnect),
            V1 if version == 1 else V2,
        )
        self.candles: list[Candle] = []
        self.trades: list[Trade] = []
        messages = self.connection.pipe(keep_messages_only())
        sockets = self.connection.pipe(filter_new_socket_only())
        sockets.pipe(kraken.subscribe_trades("BTC/USD", messages)).subscribe(self.trades.append)
        self.feed = sockets.pipe(kraken.subscribe_candles("BTC/USD", messages, interval=interval)).subscribe(
            self.candles.append
        )
        self.link = self.connection.connect()


def _of(trades: list[Trade], begin: int, interval: int) -> list[Trade]:
    return [trade for trade in trades if begin <= (trade.time or 0) < begin + interval]


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("interval", [60, 300])
def test_each_candle_is_closed_once_and_is_that_of_its_trades(version: int, interval: int) -> None:
    watched = Watched(version, interval)
    watched.pass_time(900.0)
    watched.link.dispose()
    closed = [candle for candle in watched.candles if candle.closed and candle.received and candle.time]
    new = [candle for candle in closed if candle.begin >= (watched.trades[0].time or 0)]
    assert len(new) >= 900 // interval - 2
    for candle in new:
        mine = _of(watched.trades, candle.begin, interval * 10**9)
        prices = [trade.price for trade in mine]
        assert (candle.open, candle.high, candle.low, candle.close) == (
            *(prices[0], max(prices)),
            *(min(prices), prices[-1]),
        )
        assert (candle.volume, candle.trades) == (sum(trade.size for trade in mine), len(mine))
        cost = sum((trade.price * trade.size for trade in mine), Decimal(0))
        assert candle.vwap is not None
        assert abs(cost / candle.volume - candle.vwap) <= Decimal("0.1")
    begins = [candle.begin for candle in closed]
    assert begins == sorted(set(begins))
    # A running candle is told with trades and with nothing else.
    running = [candle for candle in watched.candles if not candle.closed]
    takers = {trade.received for trade in watched.trades}
    assert {candle.received for candle in running[1:]} == takers


def test_v2_begins_with_the_past_and_v1_with_the_last_candle() -> None:
    new, old = Watched(2), Watched(1)
    for watched in (new, old):
        watched.pass_time(0.2)
        watched.link.dispose()
    first = new.candles[0].received
    snapshot = [candle for candle in new.candles if candle.received == first]
    assert len(snapshot) == 720
    assert [candle.closed for candle in snapshot] == [True] * 719 + [False]
    assert all(after.begin - before.begin == MINUTE for before, after in pairwise(snapshot[:-4]))
    assert old.candles[0].closed is False
    assert old.candles[0].begin == snapshot[-1].begin
    assert (old.candles[0].open, old.candles[0].close) == (snapshot[-1].open, snapshot[-1].close)


def test_intervals_are_channels_of_their_own_and_an_end_is_of_one() -> None:
    watched = Watched(2)
    fives: list[Candle] = []
    subscribe = kraken.subscribe_candles("BTC/USD", watched.connection.messages, interval=300)
    watched.connection.pipe(filter_new_socket_only(), subscribe).subscribe(fives.append)
    watched.pass_time(60.0)
    watched.feed.dispose()
    watched.pass_time(1.0)
    told, other = len(watched.candles), len(fives)
    watched.pass_time(30.0)
    watched.link.dispose()
    assert len(watched.candles) == told
    assert len(fives) > other
    assert {candle.interval for candle in fives} == {5 * MINUTE}


def test_after_a_cut_v2_tells_what_was_missed() -> None:
    watched = Watched(2)
    watched.pass_time(100.0)
    watched.exchange.refuse_handshakes(150)
    watched.exchange.cut()
    watched.pass_time(300.0)
    watched.link.dispose()
    begins = [candle.begin for candle in watched.candles if candle.closed]
    missed = [begin for begin in begins if begin > watched.candles[720].begin]
    assert len(set(missed)) >= 4


def test_the_numbers_have_the_digits_of_the_pair() -> None:
    world = World()
    client = Client(world, "/v2")
    ack, snapshot, *_ = client.ask(
        method="subscribe", params={"channel": "ohlc", "symbol": ["DOGE/USD"], "interval": 60}
    )
    assert ack["result"] == {"channel": "ohlc", "interval": 60, "snapshot": True, "symbol": "DOGE/USD"}
    row = snapshot["data"][-1]
    assert {len(str(row[name]).partition(".")[2]) for name in ("open", "high", "low", "close", "vwap")} == {7}
    assert len(f"{row['volume']:f}".partition(".")[2]) == 8
    assert (row["interval"], row["interval_begin"]) == (60, "2025-12-31T23:00:00.000000000Z")
    assert row["timestamp"] == "2026-01-01T00:00:00.000000Z"
    client.subscription.dispose()


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"interval": 7}, "Subscription ohlc interval not supported"),
        ({"interval": "5"}, "Subscription ohlc interval not supported"),
        ({"depth": 10}, "Unsupported field: 'depth' for the given msg type: subscribe"),
    ],
)
def test_what_v2_refuses(params: dict[str, Any], error: str) -> None:
    client = Client(World(), "/v2")
    (answer,) = client.ask(method="subscribe", params={"channel": "ohlc", "symbol": ["BTC/USD"], **params})
    assert answer["error"] == error
    client.subscription.dispose()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"interval": 7}, "Subscription ohlc interval not supported"),
        ({"interval": "5"}, "Subscription ohlc interval must be an integer"),
        ({"depth": 10}, "Unsupported field: 'depth' for the given msg type: subscribe"),
    ],
)
def test_what_v1_refuses(options: dict[str, Any], error: str) -> None:
    client = Client(World(), "/")
    (answer,) = client.ask(event="subscribe", pair=["XBT/USD"], subscription={"name": "ohlc", **options})
    assert answer["errorMessage"] == error
    client.subscription.dispose()


def test_a_v1_frame_has_the_shape_of_the_venues() -> None:
    with kraken_sandbox(seed=1) as exchange, raw_client(exchange.public_v1_url) as client:
        ask = {"event": "subscribe", "pair": ["XBT/USD"], "subscription": {"name": "ohlc"}}
        assert client.ask(**ask)["channelName"] == "ohlc-1"
        _, row, channel, pair = client.receive()
        assert (channel, pair, len(row)) == ("ohlc-1", "XBT/USD", 9)
        assert [type(value) for value in row] == [str] * 8 + [int]
        assert float(row[1]) % 60 == 0
        assert client.ask(**{**ask, "event": "unsubscribe"})["status"] == "unsubscribed"


def test_floods_are_of_the_channel_that_was_asked_for() -> None:
    with kraken_sandbox(flood=10) as exchange, raw_client(exchange.public_url) as client:
        client.ask(method="subscribe", params={"channel": "ohlc", "symbol": ["BTC/USD"], "interval": 5})
        frames = [client.receive() for _ in range(10)]
    assert {(frame["channel"], frame["data"][-1]["interval"]) for frame in frames} == {("ohlc", 5)}
    assert all(len(json.dumps(frame, default=str)) < 1000 for frame in frames)


@pytest.mark.parametrize("version", [1, 2])
def test_over_a_real_socket(version: int) -> None:
    enough, candles = threading.Event(), []
    with kraken_sandbox(seed=2, speed=20) as exchange:
        url = exchange.public_url if version == 2 else exchange.public_v1_url
        connection = kraken.public_connection(url, version=version)
        messages = connection.pipe(keep_messages_only())

        def keep(candle: Candle) -> None:
            candles.append(candle)
            if sum(not each.closed for each in candles[-30:]) == 20:
                enough.set()

        connection.pipe(filter_new_socket_only(), kraken.subscribe_candles("BTC/USD", messages)).subscribe(keep)
        with connection.connect():
            assert enough.wait(20)
    assert candles[-1].raw is not None
