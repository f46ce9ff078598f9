"""The simulated Kraken futures: as others' clients see it, as ours does, in real and in virtual time, with faults."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from reactivex.testing import TestScheduler
from websockets.sync.client import ClientConnection, connect

from rxex.auth import Credentials
from rxex.connection import Connection
from rxex.errors import AuthRefused, InvalidArgument, SubscriptionRefused
from rxex.events import Gap, Heartbeat
from rxex.exchanges.kraken import futures
from rxex.exchanges.kraken.futures.connection import make_dialect
from rxex.exchanges.kraken.futures.sandbox import INSTRUMENTS, VirtualFutures, futures_sandbox, sandbox
from rxex.models import Balance, Book, Fill, OrderSnapshot
from rxex.operators import authenticated_socket, backoff_reconnect, filter_new_socket_only, fixed, keep_messages_only
from rxex.sandbox import Faults
from tests.exchanges.kraken.futures.samples import FILLS, plain, recorded

XBT = "PF_XBTUSD"


class RawClient:
    """Speaks JSON over a library that is not ours."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    def send(self, **message: Any) -> None:
        self._socket.send(json.dumps(message))

    def send_text(self, text: str) -> None:
        self._socket.send(text)

    def receive(self, timeout: float = 5) -> Any:
        return json.loads(self._socket.recv(timeout=timeout), parse_float=Decimal)

    def ask(self, **message: Any) -> Any:
        self.send(**message)
        return self.receive()

    def until(self, **wanted: Any) -> Any:
        """Give the next message that has these fields."""
        while True:
            message = self.receive()
            if all(message.get(name) == value for name, value in wanted.items()):
                return message


@contextmanager
def raw_client(**options: Any) -> Iterator[RawClient]:
    with futures_sandbox(**options) as exchange, connect(exchange.ws_url, close_timeout=1) as socket:
        client = RawClient(socket)
        assert client.receive() == {"event": "info", "version": 1}
        yield client


# As others see it


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"speed": 0}, "speed"),
        ({"speed": -1}, "speed"),
        ({"symbols": ["BTC/USD"]}, "BTC/USD"),
        ({"playback": "nowhere.jsonl"}, "nowhere"),
        ({"playback": []}, "playback"),
    ],
)
def test_what_cannot_be_is_refused_by_name(options: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidArgument, match=word):
        futures_sandbox(**options)


def test_the_endpoint_has_the_path_of_the_venue() -> None:
    assert sandbox is futures_sandbox
    with futures_sandbox() as exchange:
        assert exchange.endpoints == {"ws_url": exchange.ws_url}
        assert exchange.ws_url.endswith("/ws/v1")


def test_each_product_is_acknowledged_in_upper_case_and_then_sent_its_snapshot() -> None:
    with raw_client() as client:
        client.send(event="subscribe", feed="book", product_ids=["pf_xbtusd", "PI_ETHUSD"])
        acks = [client.receive() for _ in range(2)]
        assert acks == [
            {"event": "subscribed", "feed": "book", "product_ids": [XBT]},
            {"event": "subscribed", "feed": "book", "product_ids": ["PI_ETHUSD"]},
        ]
        snapshot = client.until(feed="book_snapshot", product_id=XBT)
        assert snapshot["bids"][0]["price"] < snapshot["asks"][0]["price"]
        assert client.until(feed="book", product_id=XBT)["seq"] == snapshot["seq"] + 1
        assert client.ask(event="unsubscribe", feed="book", product_ids=[XBT]) is not None


def test_a_ticker_writes_small_numbers_with_exponents() -> None:
    with raw_client() as client:
        client.send(event="subscribe", feed="ticker", product_ids=[XBT])
        client.receive()
        ticker = client.receive()
        assert (ticker["feed"], ticker["tag"], ticker["pair"]) == ("ticker", "perpetual", "XBT:USD")
        assert "E-" in str(ticker["relative_funding_rate"])
        client.send(event="subscribe", feed="ticker_lite", product_ids=["FI_XBTUSD_270326"])
        lite = client.until(feed="ticker_lite", product_id="FI_XBTUSD_270326", tag="quarter")
        assert lite["bid"] < lite["ask"]
        client.send(event="subscribe", feed="ticker", product_ids=["FI_XBTUSD_270326"])
        assert "funding_rate" not in client.until(feed="ticker", product_id="FI_XBTUSD_270326", leverage="50x")


@pytest.mark.parametrize(
    ("request_", "answer"),
    [
        ({"event": "ping"}, {"event": "pong"}),
        ({"event": "subscribe", "feed": "nothing"}, {"event": "error", "message": "Invalid feed"}),
        (
            {"event": "subscribe", "feed": "book", "product_ids": [XBT, "PI_NOUSD"]},
            {"event": "error", "message": "Invalid product id"},
        ),
        ({"event": "subscribe", "feed": "book"}, {"event": "error", "message": "Invalid product id"}),
        (
            {"event": "subscribe", "feed": "book", "product_ids": [7]},
            {"event": "error", "message": "Invalid product id"},
        ),
        (
            {"event": "unsubscribe", "feed": "book", "product_ids": [XBT]},
            {"event": "alert", "message": "Not subscribed to feed"},
        ),
        (
            {"event": "subscribe", "feed": "fills"},
            {"event": "alert", "message": "Failed to subscribe to authenticated feed"},
        ),
        ({"event": "challenge", "api_key": "unknown"}, {"event": "error", "message": "Invalid API key"}),
        ({"event": "dance"}, {"event": "error", "message": "Json Error"}),
        ({}, {"event": "error", "message": "Json Error"}),
    ],
)
def test_the_exchanges_own_answers(request_: dict[str, Any], answer: dict[str, Any]) -> None:
    with raw_client() as client:
        assert client.ask(**request_) == answer


def test_what_is_no_json_is_an_error() -> None:
    with raw_client() as client:
        client.send_text("hello")
        assert client.receive() == {"event": "error", "message": "Json Error"}


def test_who_subscribes_again_is_alerted_and_sent_a_new_snapshot() -> None:
    with raw_client() as client:
        client.send(event="subscribe", feed="trade", product_ids=[XBT])
        client.until(feed="trade_snapshot")
        client.send(event="subscribe", feed="trade", product_ids=[XBT])
        assert client.until(event="alert")["message"] == "Already subscribed to feed, re-requesting"
        trades = client.until(feed="trade_snapshot")["trades"]
        numbers = [trade["seq"] for trade in trades]
        assert numbers == list(range(numbers[0], numbers[0] - len(numbers), -1))


def test_requests_beyond_the_limit_vanish() -> None:
    with raw_client() as client:
        for _ in range(150):
            client.send(event="ping")
        client.send_text("hello")  # vanishes too
        assert [client.receive() for _ in range(100)] == [{"event": "pong"}] * 100
        with pytest.raises(TimeoutError):
            client.receive(timeout=0.3)


# As ours sees it


class World:
    """A connection of ours to an exchange in virtual time."""

    def __init__(self, signer: Any = None, **options: Any) -> None:
        self.scheduler = TestScheduler()
        self.exchange: VirtualFutures = futures_sandbox(**options).in_virtual_time(self.scheduler)
        reconnect = backoff_reconnect(lambda: fixed(1.0), scheduler=self.scheduler, random=lambda: 0.0)

        def source(receive: Any) -> Any:
            return self.exchange.source(receive).pipe(reconnect)

        self.connection = (
            Connection(source, make_dialect())
            if signer is None
            else futures.PrivateConnection(source, self.exchange.credentials() if signer is True else signer)
        )
        self.messages = self.connection.pipe(keep_messages_only())

    def listen(self, operator: Any, sockets: Any = None) -> list[Any]:
        items: list[Any] = []
        self.connection.pipe(sockets or filter_new_socket_only(), operator).subscribe(items.append, items.append)
        return items

    def run(self, seconds: float) -> None:
        link = self.connection.connect()
        self.scheduler.advance_to(seconds)
        link.dispose()


def test_our_client_reads_every_feed_over_a_real_socket() -> None:
    with futures_sandbox(speed=20) as exchange:
        connection = futures.public_connection(exchange.ws_url)
        messages = connection.pipe(keep_messages_only())
        sockets = connection.pipe(filter_new_socket_only())
        seen: dict[str, list[Any]] = {}
        for name in ("ticker", "ticker_lite", "trades", "book"):
            items: list[Any] = seen.setdefault(name, [])
            sockets.pipe(getattr(futures, f"subscribe_{name}")([XBT, "PI_ETHUSD"], messages)).subscribe(items.append)
        link = connection.connect()
        everything = exchange.wait_until(lambda _: all(len(items) > 5 for items in seen.values()), timeout=10)
        link.dispose()
        assert everything, {name: len(items) for name, items in seen.items()}
        assert {item.symbol for item in seen["book"]} == {XBT, "PI_ETHUSD"}


def test_books_and_trades_follow_the_market_without_a_gap() -> None:
    world = World(speed=2)
    books = world.listen(futures.subscribe_book(list(INSTRUMENTS), world.messages, notices=True))
    trades = world.listen(futures.subscribe_trades(XBT, world.messages, notices=True, snapshot=True))
    beats = world.listen(futures.subscribe_heartbeat(world.connection))
    world.run(20)
    assert all(isinstance(book, Book) for book in books)
    assert len(books) > 500
    assert all(book.bid is None or book.ask is None or book.bid < book.ask for book in books)
    numbers = [trade.raw for trade in trades[50:]]
    assert [each["seq"] for each in numbers] == list(range(numbers[0]["seq"], numbers[0]["seq"] + len(numbers)))
    assert 15 <= len(beats) <= 20
    assert all(isinstance(beat, Heartbeat) for beat in beats)


def test_with_frames_lost_doubled_and_turned_round_every_book_that_is_shown_is_the_exchanges() -> None:
    world = World(seed=3, speed=5, faults=Faults(seed=5, drop=0.003, duplicate=0.02, reorder=0.003))
    shown = world.listen(futures.subscribe_book([XBT, "PI_ETHUSD"], world.messages, notices=True))
    world.run(40)
    truth: dict[tuple[str, int], Any] = {}
    for sent in world.exchange.sent:
        message = json.loads(sent.text, parse_float=Decimal)
        if message.get("feed") == "book_snapshot":
            truth[message["product_id"], message["seq"]] = {
                side: {Decimal(level["price"]): Decimal(level["qty"]) for level in message[name]}
                for side, name in (("buy", "bids"), ("sell", "asks"))
            }
    gaps = [item for item in shown if isinstance(item, Gap)]
    books = [item for item in shown if isinstance(item, Book)]
    assert len(gaps) > 5
    assert len(books) > 500
    replayed: dict[str, dict[str, dict[Decimal, Decimal]]] = {}
    for book in books:
        told: Any = book.raw
        if told["feed"] == "book_snapshot":
            replayed[book.symbol] = {side: dict(own) for side, own in truth[book.symbol, told["seq"]].items()}
        else:
            levels = replayed[book.symbol][told["side"]]
            levels.pop(Decimal(told["price"]), None)
            if told["qty"]:
                levels[Decimal(told["price"])] = Decimal(told["qty"])
        own = replayed[book.symbol]
        assert {level.price: level.size for level in book.bids} == own["buy"]
        assert {level.price: level.size for level in book.asks} == own["sell"]
        assert book.bid is None or book.ask is None or book.bid < book.ask


def test_under_the_same_faults_no_trade_comes_twice_and_none_is_missing_without_a_gap() -> None:
    world = World(seed=3, speed=5, faults=Faults(seed=8, drop=0.005, duplicate=0.05, cut_every=(20, 40)))
    told = world.listen(futures.subscribe_trades(XBT, world.messages, notices=True))
    world.run(200)
    rows: dict[str, int] = {}
    for sent in world.exchange.sent:
        message = json.loads(sent.text)
        for row in message.get("trades", [message]):
            if "uid" in row:
                rows[row["uid"]] = row["seq"]
    numbers = [None if isinstance(each, Gap) else rows[each.id] for each in told]
    steps = [after - before for before, after in pairwise(numbers) if before is not None and after is not None]
    assert len(world.exchange.incidents) > 10
    assert len(steps) > 300
    assert set(steps) == {1}
    shown = [number for number in numbers if number is not None]
    assert shown == sorted(set(shown))
    # Nearly all that was lost on the way came out of snapshots.
    assert len(shown) > 0.95 * (shown[-1] - shown[0])


def test_a_refused_product_ends_its_stream_with_the_exchanges_text() -> None:
    world = World()
    items = world.listen(futures.subscribe_book("PF_NOUSD", world.messages))
    world.run(5)
    assert [type(item) for item in items] == [SubscriptionRefused]


def test_many_requests_at_once_stay_below_the_limit() -> None:
    with futures_sandbox() as exchange:
        connection = futures.public_connection(exchange.ws_url)
        messages = connection.pipe(keep_messages_only())
        sockets = connection.pipe(filter_new_socket_only())
        ends: list[Exception] = []
        for number in range(120):  # none of them is known, so that in the end each is asked for by itself
            sockets.pipe(futures.subscribe_ticker(f"PF_A{number}USD", messages)).subscribe(on_error=ends.append)
        link = connection.connect()
        assert exchange.wait_until(lambda _: len(ends) == 120, timeout=15)
        link.dispose()
    assert {type(end) for end in ends} == {SubscriptionRefused}


# Private


def test_a_signed_challenge_opens_the_private_feeds() -> None:
    world = World(signer=True)
    orders = world.listen(futures.subscribe_open_orders(world.messages), authenticated_socket())
    balances = world.listen(futures.subscribe_balances(world.messages), authenticated_socket())
    fills = world.listen(futures.subscribe_fills(world.messages), authenticated_socket())
    row = json.loads(FILLS, parse_float=Decimal)
    world.scheduler.schedule_relative(2.0, lambda *_: world.exchange.tell("fills", {"fills": row["fills"]}))
    world.scheduler.schedule_relative(3.0, lambda *_: world.exchange.tell("balances", {"holding": {"USD": 7}}))
    world.scheduler.schedule_relative(4.0, lambda *_: world.exchange.cut())
    world.run(10)
    assert [type(item) for item in orders] == [OrderSnapshot] * 2
    assert [type(item) for item in fills] == [Fill]
    assert all(isinstance(item, Balance) for item in balances)
    assert [str(item.total) for item in balances] == ["50000", "1", "7", "50000", "1"]
    assert len([request for request in world.exchange.requests if '"challenge","api_key"' in request.text]) == 2


def test_a_private_connection_over_a_real_socket() -> None:
    with futures_sandbox() as exchange:
        connection = futures.private_connection(exchange.credentials(), exchange.ws_url)
        messages = connection.pipe(keep_messages_only())
        positions: list[Any] = []
        connection.pipe(authenticated_socket(), futures.subscribe_open_positions(messages)).subscribe(positions.append)
        link = connection.connect()
        assert exchange.wait_until(lambda _: len(positions) == 1)
        exchange.cut()
        assert exchange.wait_until(lambda _: len(positions) == 2)
        link.dispose()


def test_a_wrong_secret_and_an_unknown_key_are_refused() -> None:
    right = World().exchange.credentials()
    wrong = World(signer=Credentials(right.key, "c2VjcmV0"))
    items = wrong.listen(futures.subscribe_open_orders(wrong.messages), authenticated_socket())
    wrong.run(5)
    assert [type(item) for item in items] == [SubscriptionRefused]
    unknown = World(signer=Credentials("unknown", right.secret))
    items = unknown.listen(futures.subscribe_fills(unknown.messages), authenticated_socket())
    unknown.run(5)
    assert [type(item) for item in items] == [AuthRefused]


def test_only_private_feeds_are_told() -> None:
    with pytest.raises(InvalidArgument, match="book"):
        World().exchange.tell("book", {})


# Playback


def test_a_recording_comes_verbatim_with_its_spacing_to_who_subscribes(tmp_path: Path) -> None:
    lite = '{"feed":"ticker_lite","product_id":"PI_XRPUSD","bid":0.58,"ask":5.9E-1,"tag":"perpetual"}'
    path = tmp_path / "session.jsonl"
    path.write_text(
        'wss://x <-> 1.0\n1.5: {"event":"info","version":1}\n2.0: not json\n'
        f'2.5: {lite}\n\n4.5: {lite}\n5.0: {{"feed":"ticker_lite","product_id":"PI_ETHUSD","bid":1,"ask":2}}\n'
    )
    world = World(playback=path)
    items = world.listen(futures.subscribe_ticker_lite("pi_xrpusd", world.messages))
    refused = world.listen(futures.subscribe_ticker_lite("PI_LTCUSD", world.messages))
    world.run(30)
    assert [sent.text for sent in world.exchange.sent if "bid" in sent.text] == [lite, lite]
    assert str(items[0].ask) == "0.59"
    assert items[1].received - items[0].received == 2_000_000_000
    assert [type(item) for item in refused] == [SubscriptionRefused]


def test_the_recorded_session_is_played_to_the_last_frame(recordings: Path) -> None:
    frames = [frame.decode() for frame in recorded(recordings) if b'"event"' not in frame]
    messages = [plain(frame.encode()) for frame in frames]
    world = World(playback=recordings / "kraken_futures.jsonl")
    books = sorted({message["product_id"] for message in messages if message["feed"] == "book"})
    others = sorted({message["product_id"] for message in messages})
    shown = world.listen(futures.subscribe_book(books, world.messages, notices=True))
    trades = world.listen(futures.subscribe_trades(others, world.messages, snapshot=True, notices=True))
    lites = world.listen(futures.subscribe_ticker_lite(others, world.messages, notices=True))
    world.run(30)
    sent = [each.text for each in world.exchange.sent if '"event"' not in each.text]
    assert sorted(sent) == sorted(frames)
    assert len(shown) == sum('"feed":"book' in text for text in frames)
    assert (len(trades), len(lites)) == (1003, 50)
    assert not any(isinstance(each, Gap) for each in (*shown, *trades, *lites))
