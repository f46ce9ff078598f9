"""The simulated Kraken's books order by order: our own client follows them, and so does the plainest book there is."""

from __future__ import annotations

import json
import threading
from decimal import Decimal
from random import Random
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.book import OrderBook as Told
from rxex.connection import Connection
from rxex.errors import SubscriptionRefused
from rxex.events import Gap
from rxex.exchanges import kraken
from rxex.exchanges.kraken.level3 import LEVEL3
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.exchanges.kraken.sandbox.level3 import LEVEL3_PATH, OrderWindow
from rxex.models import Side
from rxex.operators import backoff_reconnect, fixed, keep_messages_only, private_socket
from rxex.sandbox.order_book import OrderBook
from rxex.sandbox.orders import NewOrder, Order
from tests.exchanges.kraken.sandbox_clients import raw_client
from tests.exchanges.kraken.virtual_clients import Client, PrivateClient, World

Levels = list[list[tuple[str, str, str]]]


class Plain:
    """Orders in dictionaries, sorted whenever they are looked at."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.sides: dict[str, dict[str, Any]] = {"bids": {}, "asks": {}}

    def take(self, frame: str) -> None:
        message = json.loads(frame, parse_float=str)
        (row,) = message["data"]
        for name, orders in self.sides.items():
            if message["type"] == "snapshot":
                orders.clear()
            for order in row[name]:
                if order.get("event") == "delete":
                    orders.pop(order["order_id"], None)
                else:
                    orders[order["order_id"]] = order
            kept = self._prices(name)[: self.depth]
            self.sides[name] = {each: order for each, order in orders.items() if Decimal(order["limit_price"]) in kept}

    def _prices(self, name: str) -> list[Decimal]:
        return sorted({Decimal(each["limit_price"]) for each in self.sides[name].values()}, reverse=name == "bids")

    def levels(self, name: str) -> Levels:
        orders = sorted(self.sides[name].values(), key=lambda order: order["timestamp"])
        return [
            [
                (order["order_id"], order["limit_price"], order["order_qty"])
                for order in orders
                if Decimal(order["limit_price"]) == price
            ]
            for price in self._prices(name)
        ]

    @property
    def checksum(self) -> int:
        rows = [row for name in ("asks", "bids") for level in self.levels(name)[:10] for row in level]
        return crc32("".join(text.replace(".", "").lstrip("0") for row in rows for text in row[1:]).encode())


def levels(side: Any) -> Levels:
    """The orders of one of our books with all their digits."""
    return [[(order.id, f"{order.price:f}", f"{order.size:f}") for order in level.orders] for level in side]


class Watched(World):
    """Virtual seconds of a client of level 3; what was sent, and what our client made of it."""

    def __init__(self, symbols: list[str], depth: int = 10, **options: Any) -> None:
        super().__init__(**{"speed": 20.0, "symbols": symbols, **options})
        reconnect = backoff_reconnect(lambda: fixed(1.0), jitter=0.0, scheduler=self.scheduler)
        self.connection = Connection(
            lambda receive: self.exchange.source(receive, path=LEVEL3_PATH).pipe(reconnect), LEVEL3
        )
        self.items: list[tuple[Any, Any]] = []
        messages = self.connection.pipe(keep_messages_only())
        self.sockets = private_socket(self.exchange.mint_token, scheduler=self.scheduler)
        books = kraken.subscribe_level3(symbols, messages, depth=depth, notices=True)
        self.feed = self.connection.pipe(self.sockets, books).subscribe(self._keep)
        self.link = self.connection.connect()

    def _keep(self, item: Any) -> None:
        is_book = isinstance(item, Told)
        self.items.append((item.symbol, (levels(item.bids), levels(item.asks))) if is_book else (None, item))

    @property
    def asked(self) -> list[Any]:
        """What was asked for."""
        return [request.message for request in self.exchange.requests]

    @property
    def frames(self) -> list[tuple[str, str, int]]:
        """The symbol, the text and the checksum of each frame of orders."""
        frames = []
        for sent in self.exchange.sent:
            message = json.loads(sent.text)
            if message.get("channel") == "level3":
                (row,) = message["data"]
                frames.append((row["symbol"], sent.text, row["checksum"]))
        return frames


def test_our_client_and_the_plain_book_follow_every_frame_while_orders_come_and_go() -> None:
    watched = Watched(["BTC/USD", "ETH/USD"])
    trader = PrivateClient(watched)
    random = Random(4)
    mine: list[str] = []
    for _ in range(120):
        bids, asks = next(book for symbol, book in reversed(watched.items) if symbol == "BTC/USD")
        side, rows = random.choice([("buy", bids), ("sell", asks)])
        price = Decimal(random.choice(rows[1:4])[0][1])
        if mine and random.random() < 0.4:
            size = Decimal(random.choice(["0.00100000", "0.00300000"]))
            change = random.choice([{"order_qty": size}, {"order_qty": size, "limit_price": price}, None])
            name = random.choice(mine)
            if change is None:
                trader.call("cancel_order", order_id=[name])
            else:
                trader.call("amend_order", order_id=name, **change)
        else:
            iceberg = {"order_type": "iceberg", "display_qty": Decimal("0.001")} if random.random() < 0.3 else {}
            answer = trader.buy(price, Decimal("0.00200000"), side=side, **iceberg)
            if answer["success"]:
                mine.append(answer["result"]["order_id"])
    watched.link.dispose()
    plain = {symbol: Plain(10) for symbol in ("BTC/USD", "ETH/USD")}
    expected: list[Any] = []
    for symbol, text, total in watched.frames:
        plain[symbol].take(text)
        assert plain[symbol].checksum == total
        expected.append((symbol, (plain[symbol].levels("bids"), plain[symbol].levels("asks"))))
    assert len(expected) > 500
    assert watched.items == expected[: len(watched.items)]
    assert len(watched.items) >= len(expected) - 20  # the last ones were on their way
    texts = "".join(text for _, text, _ in watched.frames)
    assert all(texts.count(f'"event":"{event}"') > 50 for event in ("add", "modify", "delete"))
    queues = [len(level) for symbol, book in watched.items if symbol == "BTC/USD" for side in book for level in side]
    assert max(queues) >= 3


def test_an_amended_order_keeps_its_place_when_it_shrinks_and_loses_it_when_it_grows() -> None:
    watched = Watched(["BTC/USD"], speed=0.001)  # the market all but stands still
    trader = PrivateClient(watched)
    price = Decimal(watched.items[-1][1][0][1][0][1])
    first, second = (trader.buy(price, Decimal("1.00000000"))["result"]["order_id"] for _ in range(2))
    sizes = []
    for size in ("0.50000000", "0.80000000"):
        trader.call("amend_order", order_id=first, order_qty=Decimal(size))
        sizes.append([(name, size) for name, _, size in watched.items[-1][1][0][1] if name in {first, second}])
    assert sizes == [
        [(first, "0.50000000"), (second, "1.00000000")],
        [(second, "1.00000000"), (first, "0.80000000")],
    ]
    trader.call("amend_order", order_id=second, order_qty=Decimal("1.00000000"), limit_price=price - Decimal("0.1"))
    assert watched.items[-1][1][0][2][-1][0] == second
    assert '"event":"modify"' in watched.frames[-1][1]
    watched.link.dispose()


@pytest.mark.parametrize("depth", [100, 1000])
def test_deeper_books(depth: int) -> None:
    watched = Watched(["BTC/USD"], depth, speed=5.0)
    watched.pass_time(2.0)
    watched.link.dispose()
    assert len(watched.items) > 10
    assert all(symbol and len(book[0]) == len(book[1]) == depth for symbol, book in watched.items)


def test_one_wrong_order_breaks_one_book_which_is_mended_and_the_other_misses_nothing() -> None:
    watched = Watched(["BTC/USD", "ETH/USD"])
    watched.pass_time(3.0)
    text = next(text for symbol, text, _ in reversed(watched.frames) if symbol == "BTC/USD" and '"add"' in text)
    head, event, tail = text.partition('"event":"add"')
    watched.exchange.send_raw(head + event + tail.replace('"order_qty":', '"order_qty":9', 1))
    watched.pass_time(3.0)
    watched.link.dispose()
    (gap,) = [item for symbol, item in watched.items if symbol is None]
    assert isinstance(gap, Gap)
    assert gap.channel == "level3 BTC/USD"
    assert "is not that of our book" in gap.reason
    other = sum(symbol == "ETH/USD" for symbol, _, _ in watched.frames)
    assert other - 10 <= sum(symbol == "ETH/USD" for symbol, _ in watched.items) <= other
    after = watched.items[[item for _, item in watched.items].index(gap) :]
    assert sum(symbol == "BTC/USD" for symbol, _ in after) > 50
    requests = [(asked["method"], asked["params"]["symbol"]) for asked in watched.asked]
    assert requests == [("subscribe", ["BTC/USD", "ETH/USD"]), ("unsubscribe", ["BTC/USD"]), ("subscribe", ["BTC/USD"])]


def test_each_book_is_whole_again_after_a_cut_with_a_token_of_its_own() -> None:
    watched = Watched(["BTC/USD", "ETH/USD"])
    watched.pass_time(3.0)
    watched.exchange.cut()
    watched.pass_time(4.0)
    watched.link.dispose()
    assert [type(item) for symbol, item in watched.items if symbol is None] == [Gap, Gap]
    assert {symbol for symbol, _ in watched.items[-20:]} == {"BTC/USD", "ETH/USD"}
    first, second = (asked["params"]["token"] for asked in watched.asked)
    assert first != second


def test_a_book_whose_token_is_too_old_to_start_over_with_gets_a_new_one_with_a_new_socket() -> None:
    watched = Watched(["BTC/USD"])
    watched.pass_time(3.0)
    watched.exchange.expire_tokens()
    watched.exchange.send_raw(watched.frames[0][1].replace('"checksum":', '"checksum":1'))
    watched.pass_time(4.0)
    watched.link.dispose()
    gaps = [item for symbol, item in watched.items if symbol is None]
    assert [gap.reason for gap in gaps][1:] == ["ESession:Invalid session"]
    assert [asked["method"] for asked in watched.asked] == ["subscribe", "unsubscribe", "subscribe", "subscribe"]
    assert len({asked["params"]["token"] for asked in watched.asked}) == 2
    assert watched.exchange.connections == 2
    assert len(watched.items) - watched.items.index((None, gaps[1])) > 20


def test_a_token_that_never_counted_ends_the_stream() -> None:
    errors: list[Any] = []
    watched = Watched(["BTC/USD"])
    messages = watched.connection.messages
    sockets = watched.connection.pipe(private_socket(lambda: "none", scheduler=watched.scheduler))
    sockets.pipe(kraken.subscribe_level3("ETH/USD", messages)).subscribe(lambda _: None, errors.append)
    watched.pass_time(2.0)
    watched.link.dispose()
    (error,) = errors
    assert isinstance(error, SubscriptionRefused)
    assert error.reason == "ESession:Invalid session"
    assert watched.exchange.connections == 1


def test_nobody_is_told_any_more_after_the_end() -> None:
    watched = Watched(["BTC/USD"])
    watched.pass_time(2.0)
    watched.feed.dispose()
    watched.pass_time(1.0)
    told = len(watched.frames)
    watched.pass_time(2.0)
    watched.link.dispose()
    assert told == len(watched.frames)
    assert [asked["method"] for asked in watched.asked] == ["subscribe", "unsubscribe"]


@pytest.mark.parametrize(
    ("params", "error"),
    [
        ({"depth": 25}, "Subscription depth not supported"),
        ({"token": "none"}, "ESession:Invalid session"),
        ({"token": None}, "Token(s) not found"),
        ({"channel": "book", "token": None}, "Subscription name invalid"),
        ({"channel": []}, "Subscription name invalid"),
        (
            {"channel": "executions"},
            "Private data and trading are unavailable on this endpoint. Try ws-auth.kraken.com",
        ),
        ({"event_trigger": "bbo"}, "Unsupported field: 'event_trigger' for the given msg type: subscribe"),
    ],
)
def test_what_the_venue_refuses_is_refused_in_its_words(params: dict[str, Any], error: str) -> None:
    world = World()
    client = Client(world, LEVEL3_PATH)
    asked = {"channel": "level3", "symbol": ["BTC/USD"], "token": world.exchange.mint_token(), **params}
    told = {name: value for name, value in asked.items() if value is not None}
    (answer,) = client.ask(method="subscribe", params=told, req_id=7)
    assert (answer["error"], answer["success"], answer["req_id"]) == (error, False, 7)


def test_the_public_endpoint_has_no_such_books() -> None:
    with kraken_sandbox() as exchange, raw_client(exchange.public_url) as client:
        answer = client.ask(method="subscribe", params={"channel": "level3", "symbol": ["BTC/USD"], "token": "x"})
    assert answer["error"].startswith("Private data")


def test_over_a_real_socket() -> None:
    enough, items = threading.Event(), []
    with kraken_sandbox(seed=2, speed=50, symbols=["BTC/USD", "SC/EUR"]) as exchange:
        connection = kraken.level3_connection(exchange.level3_url)
        messages = connection.pipe(keep_messages_only())
        books = kraken.subscribe_level3(["BTC/USD", "SC/EUR"], messages, notices=True)

        def keep(item: Any) -> None:
            items.append(item)
            if len(items) == 200:
                enough.set()

        connection.pipe(private_socket(exchange.mint_token), books).subscribe(keep)
        with connection.connect():
            assert enough.wait(20)
    assert all(isinstance(item, Told) for item in items[:200])
    assert {item.symbol for item in items[:200]} == {"BTC/USD", "SC/EUR"}


def _order(number: int, side: Side, price: int, size: int) -> Order:
    return Order(
        id=f"o{number}",
        number=number,
        account="a",
        request=NewOrder(symbol="X/Y", side=side),
        opened=0,
        size=Decimal(size),
        price=Decimal(price),
        display=None,
        trigger_price=None,
        post_only=False,
        changed=0,
        dated=0,
    )


ACTIONS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 20), st.integers(1, 8), st.integers(1, 3)), max_size=8)


@settings(max_examples=200)
@given(depth=st.sampled_from([1, 2, 3]), side=st.sampled_from(list(Side)), turns=st.lists(ACTIONS, max_size=6))
def test_whatever_a_book_becomes_who_follows_the_orders_has_its_window(depth: int, side: Side, turns: Any) -> None:
    book, orders = OrderBook("X/Y"), dict[int, Order]()
    window = OrderWindow(depth, book)
    followed: dict[str, Any] = {}
    for actions in turns:
        for action, number, price, size in actions:
            order = orders.get(number)
            if order is None:
                orders[number] = _order(number, side, price, size)
                book.add(orders[number])
            elif action == 0:
                book.remove(orders.pop(number))
            elif action == 1:
                order.size = Decimal(size)
                book.update(order)
            else:
                book.remove(order)
                order.price, order.size = Decimal(price), Decimal(size)
                book.add(order)
        changes, prices = window.changes(), list(window.told[side])
        for change in changes:
            # Nothing is told of what is pushed out.
            worst = (min if side is Side.BUY else max)([*prices, change.order.price])
            assert len(prices) < depth or worst == prices[-1]
            assert (change.event == "add") is (change.order.id not in followed)
            followed.pop(change.order.id, None)
            if change.event != "delete":
                followed[change.order.id] = change.order
        prices = sorted({each.price for each in followed.values()}, reverse=side is Side.BUY)[:depth]
        followed = {name: each for name, each in followed.items() if each.price in prices}
        queues = [
            (price, sorted((each for each in followed.values() if each.price == price), key=lambda each: each.time))
            for price in prices
        ]
        assert queues == list(window.told[side].items())
        truth = [(price, [(order.id, order.visible) for order in queue]) for price, queue in book.queues(side, depth)]
        assert [(price, [(each.id, each.size) for each in queue]) for price, queue in queues] == truth
