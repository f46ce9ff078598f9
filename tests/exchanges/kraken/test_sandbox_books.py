"""The simulated Kraken's books: our own client follows them without a gap, and so does the plainest book there is."""

from __future__ import annotations

import json
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reactivex.testing import TestScheduler

from rxex.connection import Connection
from rxex.events import Gap
from rxex.exchanges import kraken
from rxex.exchanges.kraken.connection import V1, V2
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.exchanges.kraken.sandbox.books import BookWindow, Levels, checksum
from rxex.models import Book, Side
from rxex.operators import backoff_reconnect, filter_new_socket_only, fixed, keep_messages_only
from tests.exchanges.kraken.plain_books import Plain, texts

PATHS = {1: "/", 2: "/v2"}
DIALECTS = {1: V1, 2: V2}


class Watched:
    """Virtual seconds of a client and the exchange; what was sent, and what our client made of it."""

    def __init__(
        self, version: int, symbols: list[str], depth: int = 10, *, seed: int = 3, speed: float = 20.0
    ) -> None:
        self.clock = TestScheduler()
        self.exchange = kraken_sandbox(seed=seed, speed=speed, symbols=symbols).in_virtual_time(self.clock)
        reconnect = backoff_reconnect(lambda: fixed(1.0), jitter=0.0, scheduler=self.clock)
        self.connection = Connection(
            lambda receive: self.exchange.source(receive, path=PATHS[version]).pipe(reconnect), DIALECTS[version]
        )
        self.items: list[tuple[Any, Any]] = []
        messages = self.connection.pipe(keep_messages_only())
        books = kraken.subscribe_book(symbols, messages, depth=depth, notices=True)
        self.connection.pipe(filter_new_socket_only(), books).subscribe(
            lambda item: self.items.append((item.symbol, texts(item)) if isinstance(item, Book) else (None, item))
        )
        self.link = self.connection.connect()


@pytest.mark.parametrize("version", [1, 2])
@pytest.mark.parametrize("depth", [10, 25])
def test_our_client_and_the_plain_book_follow_every_frame_to_its_checksum(version: int, depth: int) -> None:
    symbols = ["BTC/USD", "DOGE/USD", "SC/EUR"]
    watched = Watched(version, symbols, depth)
    watched.clock.advance_to(8)
    watched.link.dispose()
    plain = {symbol: Plain(depth) for symbol in symbols}
    expected: list[Any] = []
    oddities: set[str] = set()
    for sent in watched.exchange.sent:
        message = json.loads(sent.text, parse_float=str)
        if isinstance(message, dict) and message.get("channel") == "book":
            symbol, total = message["data"][0]["symbol"], message["data"][0]["checksum"]
        elif isinstance(message, list):
            symbol = message[-1].replace("XBT", "BTC").replace("XDG", "DOGE")
            total = message[-3].get("c")
            oddities |= {"two objects"} if len(message) == 5 else set()
            oddities |= {"r"} if sent.text.count('"r"]') else set()
        else:
            continue
        plain[symbol].take(sent.text)
        expected.append((symbol, plain[symbol].levels))
        assert total is None or int(total) == plain[symbol].checksum
    assert len(expected) > 300
    assert watched.items == expected[: len(watched.items)]
    assert len(watched.items) >= len(expected) - 20  # the last ones were on their way
    assert version == 2 or oddities == {"two objects", "r"}


def test_each_book_is_whole_again_after_a_cut() -> None:
    watched = Watched(2, ["BTC/USD", "ETH/USD"])
    watched.clock.advance_to(5)
    watched.exchange.cut()
    watched.clock.advance_to(10)
    watched.link.dispose()
    assert [type(item) for symbol, item in watched.items if symbol is None] == [Gap, Gap]
    assert {symbol for symbol, _ in watched.items[-20:]} == {"BTC/USD", "ETH/USD"}


def test_the_best_prices_are_those_of_the_ticker() -> None:
    watched = Watched(2, ["BTC/USD"])
    seen: list[tuple[Any, Any]] = []
    messages = watched.connection.messages
    ticker = kraken.subscribe_ticker("BTC/USD", messages, event_trigger="bbo")
    watched.connection.pipe(filter_new_socket_only(), ticker).subscribe(
        lambda item: seen.append(((str(item.bid), f"{item.bid_size:f}"), (str(item.ask), f"{item.ask_size:f}")))
    )
    watched.clock.advance_to(5)
    watched.link.dispose()
    best = [(book[0][0], book[1][0]) for symbol, book in watched.items if symbol]
    assert len(seen) > 20
    assert all(both in best for both in seen[1:-1])


def test_a_thousand_levels() -> None:
    watched = Watched(2, ["BTC/USD"], 1000, speed=5.0)
    watched.clock.advance_to(3)
    watched.link.dispose()
    assert len(watched.items) > 10
    assert all(symbol and len(book[0]) == len(book[1]) == 1000 for symbol, book in watched.items)


SIZES = st.integers(0, 3).map(lambda size: Decimal(size).scaleb(-1))
SIDES = st.lists(st.dictionaries(st.integers(90, 130).map(Decimal), SIZES, max_size=25), min_size=2, max_size=5)


@given(bids=SIDES, depth=st.sampled_from([1, 3, 10]), seed=st.integers(0, 99))
def test_whatever_a_book_becomes_who_follows_the_changes_has_its_window(bids: Any, depth: int, seed: int) -> None:
    now: dict[Decimal, Decimal] = {}

    def levels(side: Side, count: int) -> Levels:
        mine = {price: size for price, size in now.items() if size}
        return sorted(mine.items(), reverse=side is Side.BUY)[:count]

    now.update(bids[0])
    window = BookWindow(depth, levels, Random(seed))
    followed = {side: dict(window.told[side]) for side in Side}
    for book in bids[1:]:
        now.clear()
        now.update(book)
        for change in window.changes():
            followed[change.side].pop(change.price, None)
            if change.size:
                followed[change.side][change.price] = change.size
        for side in Side:
            kept = sorted(followed[side].items(), reverse=side is Side.BUY)[:depth]
            followed[side] = dict(kept)
            assert kept == levels(side, depth) == window.told[side]


def test_the_checksum_is_that_of_the_venues_example() -> None:
    asks = [(f"0.0{price}", "0.00000500") for price in range(5005, 5055, 5)]
    bids = [(f"0.0{price}", "0.00000500") for price in (5000, 4995, 4990, 4980, 4975, 4970, 4965, 4960, 4955, 4950)]
    assert checksum(asks, bids) == 974947235


@pytest.mark.parametrize(
    ("version", "request_", "error"),
    [
        (2, {"method": "subscribe", "params": {"channel": "book", "symbol": ["BTC/USD"], "depth": 42}}, "depth not"),
        (2, {"method": "unsubscribe", "params": {"channel": "book", "symbol": ["BTC/USD"], "depth": 25}}, "Not Found"),
        (1, {"event": "subscribe", "pair": ["XBT/USD"], "subscription": {"name": "book", "depth": 42}}, "depth not"),
        (1, {"event": "subscribe", "pair": ["XBT/USD"], "subscription": {"name": "book", "depth": "10"}}, "an integer"),
    ],
)
def test_what_the_venue_refuses_is_refused_in_its_words(version: int, request_: Any, error: str) -> None:
    watched = Watched(version, ["BTC/USD"])
    sockets: list[Any] = []
    watched.connection.pipe(filter_new_socket_only()).subscribe(sockets.append)
    watched.clock.advance_to(1)
    sockets[0].send(request_)
    watched.clock.advance_to(2)
    watched.link.dispose()
    refused = [sent.text for sent in watched.exchange.sent if '"error' in sent.text]
    assert len(refused) == 1
    assert error in refused[0]


def test_a_wrong_frame_breaks_one_book_which_is_mended_and_the_other_misses_nothing() -> None:
    watched = Watched(2, ["BTC/USD", "ETH/USD"])
    watched.clock.advance_to(3)
    row = '{"symbol":"BTC/USD","bids":[],"asks":[{"price":1000000.0,"qty":1.00000000}],"checksum":1}'
    watched.exchange.send_raw(f'{{"channel":"book","type":"update","data":[{row}]}}')
    watched.clock.advance_to(6)
    watched.link.dispose()
    (gap,) = [item for symbol, item in watched.items if symbol is None]
    assert (gap.channel, gap.reason[:14]) == ("book BTC/USD", "checksum 1 is ")
    other = sum('"book"' in sent.text and '"ETH/USD","bids"' in sent.text for sent in watched.exchange.sent)
    assert other - 10 <= sum(symbol == "ETH/USD" for symbol, _ in watched.items) <= other
    after = watched.items[[item for _, item in watched.items].index(gap) :]
    assert sum(symbol == "BTC/USD" for symbol, _ in after) > 50
    requests = [
        (request.message["method"], request.message["params"]["symbol"]) for request in watched.exchange.requests
    ]
    assert requests == [("subscribe", ["BTC/USD", "ETH/USD"]), ("unsubscribe", ["BTC/USD"]), ("subscribe", ["BTC/USD"])]


def test_spreads_of_v1_are_the_best_prices_of_its_book() -> None:
    watched = Watched(1, ["BTC/USD"])
    spreads: list[Any] = []
    subscribe = kraken.subscribe_spread("BTC/USD", watched.connection.messages)
    watched.connection.pipe(filter_new_socket_only(), subscribe).subscribe(spreads.append)
    watched.clock.advance_to(4)
    watched.link.dispose()
    best = [(book[0][0], book[1][0]) for symbol, book in watched.items if symbol]
    assert len(spreads) > 20
    for spread in spreads[1:-1]:
        told = ((f"{spread.bid:f}", f"{spread.bid_size:f}"), (f"{spread.ask:f}", f"{spread.ask_size:f}"))
        assert told in best


def test_instruments_tell_the_digits_that_the_books_have() -> None:
    watched = Watched(2, ["BTC/USD", "DOGE/USD"])
    instruments: list[Any] = []
    subscribe = kraken.subscribe_instruments(watched.connection.messages)
    feed = watched.connection.pipe(filter_new_socket_only(), subscribe).subscribe(instruments.append)
    watched.clock.advance_to(2)
    feed.dispose()
    watched.clock.advance_to(3)
    watched.link.dispose()
    (all_,) = instruments
    assert [pair.symbol for pair in all_.pairs] == ["BTC/USD", "DOGE/USD"]
    assert {asset.id for asset in all_.assets} == {"BTC", "DOGE", "USD"}
    digits = {pair.symbol: (pair.price_precision, pair.size_precision) for pair in all_.pairs}
    for symbol, book in watched.items[:20]:
        price, size = book[0][0]
        assert (len(price.partition(".")[2]), len(size.partition(".")[2])) == digits[symbol]
    assert [request.message["method"] for request in watched.exchange.requests][-1] == "unsubscribe"


def test_an_order_of_a_client_stands_in_the_public_book_until_it_is_cancelled() -> None:
    watched = Watched(2, ["BTC/USD"], speed=0.001)  # the market all but stands still
    private: list[Any] = []
    watched.exchange.source(path="/ws-auth/v2").subscribe(private.append)
    watched.clock.advance_to(1)
    socket, token = private[0].socket, watched.exchange.mint_token()
    ((_, (bids, _)),) = watched.items
    order = {"order_type": "limit", "side": "buy", "symbol": "BTC/USD", "limit_price": Decimal(bids[1][0])}
    params = {**order, "order_qty": Decimal("0.5"), "token": token}
    socket.send({"method": "add_order", "params": params, "req_id": 1})
    watched.clock.advance_to(2)
    sizes = [dict(book[0])[bids[1][0]] for _, book in watched.items]
    assert Decimal(sizes[-1]) - Decimal(sizes[0]) == Decimal("0.5")
    socket.send({"method": "cancel_all", "params": {"token": token}, "req_id": 2})
    watched.clock.advance_to(3)
    watched.link.dispose()
    assert dict(watched.items[-1][1][0])[bids[1][0]] == sizes[0]
