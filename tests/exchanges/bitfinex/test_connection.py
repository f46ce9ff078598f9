"""Public connections: many sockets as one, versions, floods of dials, and what can go wrong on the way."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from itertools import islice, product, repeat
from typing import Any

import pytest
from reactivex.testing import TestScheduler

from rxex.connection import Connection
from rxex.errors import ConnectError, InvalidArgument, LinkRefused
from rxex.events import Closed, Gap, Opened, Reconnected, Reconnecting, SystemStatus
from rxex.exchanges.bitfinex.books import subscribe_book
from rxex.exchanges.bitfinex.candles import subscribe_candles
from rxex.exchanges.bitfinex.channels import subscribe_ticker
from rxex.exchanges.bitfinex.connection import count_dials, public_connection, reconnect_delays
from rxex.exchanges.bitfinex.sandbox import INSTRUMENTS, BitfinexSandbox, bitfinex_sandbox
from rxex.exchanges.bitfinex.sandbox.limits import Dials
from rxex.operators import filter_new_socket_only, keep_messages_only
from rxex.rest import CallCounter
from tests.fakes.http_server import HttpServer, reply
from tests.fakes.watch import Watch

PATIENCE = 20.0


@pytest.fixture
def exchange() -> Iterator[BitfinexSandbox]:
    with bitfinex_sandbox(seed=1, speed=2) as exchange:
        yield exchange


def soon() -> Iterator[float]:
    return repeat(0.05)


class Feeds:
    """Many feeds of one connection: what has come of each since it was last asked."""

    def __init__(self, connection: Connection, count: int) -> None:
        pairs = [symbol for symbol in INSTRUMENTS if "F0" not in symbol]
        intervals = (60, 300, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400)
        self.wanted = list(islice(product(pairs, intervals), count))
        self.items: Counter[Any] = Counter()
        self.gaps: Counter[Any] = Counter()
        self._more = threading.Condition()
        messages = connection.pipe(keep_messages_only())
        for name in self.wanted:
            symbol, interval = name
            candles = subscribe_candles(symbol, messages, interval=interval, notices=True)
            connection.pipe(filter_new_socket_only(), candles).subscribe(lambda item, name=name: self._take(name, item))

    def _take(self, name: Any, item: Any) -> None:
        with self._more:
            (self.gaps if isinstance(item, Gap) else self.items)[name] += 1
            self._more.notify_all()

    def all_come(self) -> bool:
        """Whether each feed gives something, from now on."""
        with self._more:
            self.items.clear()
            return self._more.wait_for(lambda: len(self.items) == len(self.wanted), PATIENCE)

    def gaps_of(self, count: int) -> set[Any]:
        """Wait for gaps in so many feeds, and give these."""
        with self._more:
            assert self._more.wait_for(lambda: len(self.gaps) >= count, PATIENCE), self.gaps
            found = set(self.gaps)
            self.gaps.clear()
            return found


@pytest.mark.timeout(120)
def test_130_subscriptions_share_six_sockets_and_a_cut_one_pauses_its_own_alone(exchange: BitfinexSandbox) -> None:
    connection = public_connection(exchange.public_url, delays=soon, dials=CallCounter(100, 1.0))
    feeds = Feeds(connection, 130)
    with Watch(connection.link) as watch, connection.connect():
        assert feeds.all_come()
        assert len(exchange.open_sessions) == 6
        touched: list[set[Any]] = []
        for session in exchange.open_sessions:
            before = len(watch.of(Reconnected))
            exchange.cut(session)
            watch.wait(Reconnected, before + 1)
            touched.append(feeds.gaps_of(5 if len(touched) == 5 else 25))
            assert feeds.all_come()
        assert len(exchange.open_sessions) == 6
    assert sorted(map(len, touched)) == [5, 25, 25, 25, 25, 25]
    assert set().union(*touched) == set(feeds.wanted)


def test_a_message_that_is_missing_makes_its_socket_connect_anew(exchange: BitfinexSandbox) -> None:
    connection = public_connection(exchange.public_url, delays=soon)
    feeds = Feeds(connection, 3)
    with Watch(connection.link) as watch, connection.connect():
        assert feeds.all_come()
        exchange.swallow()
        watch.wait(Reconnected)
        assert len(feeds.gaps_of(3)) == 3
        assert feeds.all_come()
    assert "expected number" in str(watch.of(Closed)[0].error)


def test_a_corrupted_level_heals_alone(exchange: BitfinexSandbox) -> None:
    connection = public_connection(exchange.public_url)
    messages = connection.pipe(keep_messages_only())
    gap, healed = threading.Event(), threading.Event()
    others: list[Any] = []

    def take(item: Any) -> None:
        if isinstance(item, Gap):
            gap.set()
        elif gap.is_set():
            healed.set()

    sockets = connection.pipe(filter_new_socket_only())
    sockets.pipe(subscribe_book("tBTCUSD", messages, notices=True)).subscribe(take)
    sockets.pipe(subscribe_book("tETHUSD", messages, notices=True)).subscribe(others.append)
    with Watch(connection.link) as watch, connection.connect():
        watch.wait(Opened)
        exchange.corrupt_level("tBTCUSD")
        assert gap.wait(PATIENCE)
        assert healed.wait(PATIENCE)
    assert not any(isinstance(item, Gap) for item in others)
    assert len(watch.of(Opened)) == 1


def test_another_version_is_not_spoken(exchange: BitfinexSandbox) -> None:
    exchange.set_version(3)
    connection = public_connection(exchange.public_url, delays=soon)
    with Watch(connection.link) as watch, connection.connect():
        watch.wait_for_end()
    assert isinstance(watch.error, LinkRefused)
    assert "version 3" in str(watch.error)


@pytest.mark.parametrize("code", [20051, 20061])
def test_after_a_restart_and_after_maintenance_it_connects_anew(exchange: BitfinexSandbox, code: int) -> None:
    connection = public_connection(exchange.public_url, delays=soon)
    with Watch(connection.link) as watch, connection.connect():
        watch.wait(SystemStatus)
        exchange.announce(code)
        watch.wait(Reconnected)


def test_maintenance_is_told_and_the_link_stays(exchange: BitfinexSandbox) -> None:
    connection = public_connection(exchange.public_url, delays=soon)
    with Watch(connection.link) as watch, connection.connect():
        watch.wait(SystemStatus)
        exchange.announce(20060)
        told = watch.wait(SystemStatus, 2)
    assert not told.is_online
    assert not watch.of(Closed)


def test_further_links_are_opened_at_the_pace_that_bitfinex_allows(exchange: BitfinexSandbox) -> None:
    connection = public_connection(exchange.public_url, dials=CallCounter(1, 4.0))
    messages = connection.pipe(keep_messages_only())
    candles = [(symbol, interval) for symbol in ("tBTCUSD", "tETHUSD") for interval in (60, 300, 900, 1800, 3600)]
    sockets = connection.pipe(filter_new_socket_only())
    for symbol, interval in candles:
        sockets.pipe(subscribe_candles(symbol, messages, interval=interval)).subscribe()
    for depth, precision in product((1, 25, 100, 250), ("P0", "P1", "P2", "P3", "P4")):
        sockets.pipe(subscribe_book("tBTCUSD", messages, depth=depth, precision=precision)).subscribe()
    with Watch(connection.link) as watch, connection.connect():
        watch.wait(Opened)
        first = len(watch.of(Opened))
        watch.wait(Opened, 2)
    assert first == 1


@pytest.mark.parametrize(("most", "seconds"), [(20, 60.0), (5, 15.0)])
def test_however_often_links_break_there_are_never_more_than_bitfinex_allows(most: int, seconds: float) -> None:
    clock = TestScheduler()
    counter, allowed = count_dials(most, seconds, scheduler=clock), Dials(most, seconds)
    dialed = 0
    for step in range(2000):
        clock.advance_to(step * 0.25)
        if counter.wait() == 0:
            assert allowed.take(step * 0.25), step
            dialed += 1
    assert dialed >= 500 / seconds * most / 2


def test_who_connected_too_often_waits_for_a_minute() -> None:
    with HttpServer(reply({"error": "ERR_RATE_LIMIT"}, "429 Too Many Requests")) as server:
        connection = public_connection(server.url.replace("http", "ws"))
        with Watch(connection.link) as watch, connection.connect():
            again = watch.wait(Reconnecting)
    assert isinstance(again.error, ConnectError)
    assert again.delay >= 60


@pytest.mark.parametrize(
    "wrong", [{"url": "https://api-pub.bitfinex.com/ws/2"}, {"open_timeout": -1}, {"attempts": -1}]
)
def test_what_is_wrong_is_refused_at_once(wrong: Any) -> None:
    with pytest.raises(InvalidArgument):
        public_connection(**wrong)


def test_messages_are_not_counted_where_that_is_not_wanted(exchange: BitfinexSandbox) -> None:
    connection = public_connection(exchange.public_url, sequence=False, checksums=False)
    messages = connection.pipe(keep_messages_only())
    lengths: set[int] = set()
    done = threading.Event()

    def take(ticker: Any) -> None:
        lengths.add(len(ticker.raw))
        done.set()

    connection.pipe(filter_new_socket_only(), subscribe_ticker("tBTCUSD", messages)).subscribe(take)
    with connection.connect():
        assert done.wait(PATIENCE)
    assert lengths == {2}


def test_delays_grow_to_a_minute() -> None:
    assert [*islice(reconnect_delays(), 8)] == [1.0, 2.0, 4.0, 8.0, 15.0, 30.0, 60.0, 60.0]
