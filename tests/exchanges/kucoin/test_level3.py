"""KuCoin's books order by order, both versions: against a list of orders that is sorted when it is read."""

from __future__ import annotations

import json
from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from random import Random
from typing import Any

import msgspec
import pytest
import reactivex as rx
from attrs import define, field
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.book import OrderBook
from rxex.codec import number
from rxex.errors import InvalidArgument, SequenceGap
from rxex.events import Gap, Malformed
from rxex.exchanges.kucoin.book_snapshots import OrdersSnapshot
from rxex.exchanges.kucoin.dialect import SPOT
from rxex.exchanges.kucoin.level3 import Level3Parser, Level3Wire, subscribe_level3, subscribe_level3_updates
from tests.exchanges.kucoin.plain_books import BTC, Shop, live, requests
from tests.feeding import feed
from tests.mutations import mutate

Rows = tuple[list[tuple[str, str, str]], list[tuple[str, str, str]]]
V2, V1 = "/spotMarket/level3", "/market/level3"


def message(version: int, kind: str, sequence: int, **data: Any) -> dict[str, Any]:
    """One event; of version 1 everything is text, under older names."""
    data = {"symbol": BTC, "sequence": sequence, **data}
    if version == 1:
        data["time"] = data.pop("ts")
        if kind == "update":
            kind, data["newSize"] = "change", data.pop("size")
        data.pop("remainSize", None)
        data = {name: str(value) for name, value in data.items()} | {"type": kind}
        kind = f"trade.l3{kind}"
    return {"type": "message", "topic": f"{V1 if version == 1 else V2}:{BTC}", "subject": kind, "data": data}


@define
class Order:
    id: str
    side: str
    price: str
    size: Decimal
    time: int


@define
class Desk:
    """An exchange that keeps a list of orders, and tells every step of each."""

    version: int
    orders: list[Order] = field(factory=list)
    events: list[dict[str, Any]] = field(factory=list)
    truths: dict[int, Rows] = field(factory=dict)
    snapshots: dict[int, OrdersSnapshot] = field(factory=dict)
    sequence: int = 1000

    @classmethod
    def trading(cls, version: int, seed: int, steps: int = 40) -> Desk:
        random, desk = Random(seed), cls(version)
        for place in range(6):
            desk._add(f"b{place}", "buy", f"{90 - place}.5", Decimal(random.randint(1, 9)))
            desk._add(f"a{place}", "sell", f"{95 + place}.5", Decimal(random.randint(1, 9)))
        desk._note()
        for step in range(steps):
            desk._step(random, f"n{step}")
        return desk

    @property
    def first(self) -> int:
        return min(self.truths)

    def _add(self, name: str, side: str, price: str, size: Decimal) -> Order:
        order = Order(name, side, price, size, 10**18 + self.sequence * 100 + len(self.orders))
        self.orders.append(order)
        return order

    def _side(self, side: str) -> list[Order]:
        found = [order for order in self.orders if order.side == side]
        sign = -1 if side == "buy" else 1
        return sorted(found, key=lambda order: (sign * Decimal(order.price), order.time))

    def _note(self) -> None:
        bids, asks = (
            [(order.id, order.price, str(order.size)) for order in self._side(side)] for side in ("buy", "sell")
        )
        self.truths[self.sequence] = bids, asks
        rows = [[[o.id, o.price, str(o.size), o.time] for o in self._side(side)] for side in ("buy", "sell")]
        self.snapshots[self.sequence] = OrdersSnapshot.of(
            BTC, {"sequence": str(self.sequence), "bids": rows[0], "asks": rows[1]}
        )

    def _tell(self, kind: str, **data: Any) -> None:
        self.sequence += 1
        data.setdefault("ts", 10**18 + self.sequence * 100)
        self.events.append(message(self.version, kind, self.sequence, **data))
        self._note()

    def _step(self, random: Random, name: str) -> None:
        kind = random.choice(["open", "open", "hidden", "match", "match", "shrink", "cancel", "iceberg", "market"])
        order = random.choice(self.orders) if self.orders else None
        side = random.choice(["buy", "sell"])
        if kind in ("open", "hidden", "iceberg") or order is None:
            price = f"{90 - random.randint(0, 8)}.5" if side == "buy" else f"{95 + random.randint(0, 8)}.5"
            size = Decimal(random.randint(1, 9))
            self._tell("received", orderId=name, clientOid="c")
            if kind == "hidden":
                self._tell("open", orderId=name, side=side, price="", size="0", orderTime=1)
                self._tell("done", orderId=name, reason="canceled")
                return
            self.sequence += 1
            opened = self._add(name, side, price, size)
            self.sequence -= 1
            self._tell("open", orderId=name, side=side, price=price, size=str(size), orderTime=1, ts=opened.time)
            if kind == "iceberg":
                # Its next slice opens under the same id, at the end of the queue.
                self.orders.remove(opened)
                self.sequence += 1
                again = self._add(name, side, price, size)
                self.sequence -= 1
                self._tell("open", orderId=name, side=side, price=price, size=str(size), orderTime=1, ts=again.time)
        elif kind == "match":
            best = self._side(side)
            if not best:
                return
            maker = best[0]
            size = min(maker.size, Decimal(random.choice(["0.5", "1", "100"])))
            maker.size -= size
            if not maker.size:
                self.orders.remove(maker)
            self._tell(
                "match",
                side="sell" if maker.side == "buy" else "buy",
                price=maker.price,
                size=str(size),
                remainSize=str(maker.size),
                takerOrderId=name,
                makerOrderId=maker.id,
                tradeId="t",
            )
            if not maker.size:
                self._tell("done", orderId=maker.id, reason="filled")
        elif kind == "shrink":
            order.size = order.size / 2
            self._tell("update", orderId=order.id, size=str(order.size))
        elif kind == "cancel":
            self.orders.remove(order)
            self._tell("done", orderId=order.id, reason="canceled")
        else:
            self._tell("received", orderId=name, clientOid="c")
            self._tell(
                "match", side=side, price="1", size="1", remainSize="0", takerOrderId=name, makerOrderId="hidden"
            )
            self._tell("update", orderId="hidden", size="1")


def rows(book: OrderBook) -> Rows:
    bids, asks = (
        [(order.id, str(order.price), str(order.size)) for level in side for order in level.orders]
        for side in (book.bids, book.asks)
    )
    return bids, asks


def take(book: Level3Parser, event: Any) -> Sequence[OrderBook]:
    return book(msgspec.convert(event, Level3Wire), 0, event, number)


@pytest.mark.parametrize("version", [1, 2])
@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**6), data=st.data())
def test_each_book_is_the_truth_with_every_queue_whenever_the_snapshot_comes(
    version: int, seed: int, data: st.DataObject
) -> None:
    desk = Desk.trading(version, seed, 20)
    come = data.draw(st.integers(0, len(desk.events)))
    place = data.draw(st.integers(desk.first, desk.sequence))
    book = Level3Parser(BTC)
    for event in desk.events[:come]:
        assert take(book, event) == ()
    joins = book.join(desk.snapshots[place], 0)
    assert joins is not None
    (joined,) = joins
    last = max(place, desk.first + come)
    assert rows(joined) == desk.truths[last]
    for sequence, event in enumerate(desk.events[come:], start=desk.first + come + 1):
        for each in take(book, event):
            assert rows(each) == desk.truths[sequence]
        if sequence > last:
            view = book.view()
            assert view is not None
            assert rows(view) == desk.truths[sequence]


def seen(frames: list[Any], shop: Shop, version: int = 2, **options: Any) -> list[Any]:
    world = shop.world = options.pop("world", None) or live(frames, SPOT, after="-" * 20)
    got: list[Any] = []
    options = {"depth": None, "notices": True} | options
    feed(world, subscribe_level3, BTC, snapshots=shop, version=version, **options).subscribe(
        lambda item: got.append(rows(item) if isinstance(item, OrderBook) else item), got.append
    )
    world.run()
    return got


@pytest.mark.parametrize(("version", "topic"), [(1, V1), (2, V2)])
def test_a_book_is_asked_for_joined_and_followed(version: int, topic: str) -> None:
    desk = Desk.trading(version, 1)
    shop = Shop(desk.snapshots[desk.first])
    got = seen(desk.events, shop, version)
    truths = list(desk.truths.values())
    changed = [truth for place, truth in enumerate(truths) if place == 0 or truth != truths[place - 1]]
    # The next slice of an iceberg can look like the one before.
    assert [book for place, book in enumerate(got) if place == 0 or book != got[place - 1]] == changed
    assert requests(shop.world) == [("subscribe", f"{topic}:{BTC}")]  # type: ignore[arg-type]


def test_the_best_prices_only_and_what_a_book_tells() -> None:
    desk = Desk.trading(2, 2)
    shop = Shop(desk.snapshots[desk.first])
    world = shop.world = live(desk.events, SPOT)
    books: list[Any] = []
    feed(world, subscribe_level3, BTC, snapshots=shop, depth=2).subscribe(books.append)
    world.run()
    assert all(len(book.bids) <= 2 and len(book.asks) <= 2 for book in books)
    last = books[-1]
    prices = list(dict.fromkeys(price for _, price, _ in desk.truths[desk.sequence][0]))
    assert [str(level.price) for level in last.bids] == prices[:2]
    assert (last.symbol, last.depth, last.checksum) == (BTC, 2, None)
    assert last.time == last.raw["data"]["ts"]
    assert books[0].time is None


def test_a_hole_is_a_gap_and_mended() -> None:
    desk = Desk.trading(2, 3, 10)
    frames = [*desk.events[:4], *desk.events[5:]]
    got = seen(frames, Shop(desk.snapshots[desk.first], desk.snapshots[desk.sequence]))
    (gap,) = [item for item in got if isinstance(item, Gap)]
    assert (gap.expected, gap.received) == (desk.first + 5, desk.first + 6)
    assert got[-1] == desk.truths[desk.sequence]
    assert all(item in desk.truths.values() for item in got if item is not gap)


BASE = OrdersSnapshot.of(BTC, {"sequence": "10", "bids": [["b", "9", "2", 5]], "asks": [["a", "11", "3", 6]]})


@pytest.mark.parametrize(
    ("kind", "data", "why"),
    [
        ("match", {"makerOrderId": "b", "size": "3", "remainSize": "-1"}, "became -1"),
        ("update", {"orderId": "b", "size": "2.5"}, "became 2.5"),
        ("open", {"orderId": "n", "side": "buy", "price": "11", "size": "1"}, "crossed"),
        ("open", {"orderId": "b", "side": "sell", "price": "12", "size": "1"}, "could not be read"),
        ("open", {"orderId": "n", "side": "both", "price": "8", "size": "1"}, "could not be read"),
        ("open", {"side": "buy", "price": "8", "size": "1"}, "could not be read"),
        ("open", {"orderId": "n", "side": "buy", "price": "-8", "size": "1"}, "could not be read"),
        ("open", {"orderId": "n", "side": "buy", "price": "NaN", "size": "1"}, "could not be read"),
        ("match", {"makerOrderId": "b"}, "could not be read"),
        ("unheard of", {"orderId": "b"}, "could not be read"),
    ],
)
def test_what_cannot_be_is_a_gap_and_begun_anew(kind: str, data: Any, why: str) -> None:
    frames = [message(2, kind, 11, ts=10**18, **data), message(2, "done", 12, ts=10**18, orderId="a")]
    after = OrdersSnapshot.of(BTC, {"sequence": "11", "bids": [["b", "9", "1", 5]], "asks": [["a", "11", "3", 6]]})
    world = live(frames, SPOT)
    malformed: list[Any] = []
    world.connection.link.subscribe(lambda item: malformed.append(item) if isinstance(item, Malformed) else None)
    first, gap, again, last = seen([], Shop(BASE, after), world=world)
    assert first == ([("b", "9", "2")], [("a", "11", "3")])
    assert isinstance(gap, Gap)
    assert why in gap.reason
    assert len(malformed) == (why == "could not be read")
    assert again == ([("b", "9", "1")], [("a", "11", "3")])
    assert last == ([("b", "9", "1")], [])


def test_only_changes_of_the_book_are_told() -> None:
    book = Level3Parser(BTC)
    book.join(BASE, 0)
    for sequence, kind, data in [
        (11, "received", {"orderId": "n"}),
        (12, "open", {"orderId": "n", "side": "buy", "price": "8", "size": "0"}),
        (13, "update", {"orderId": "b", "size": "2"}),
        (14, "update", {"orderId": "stranger", "size": "2"}),
        (15, "done", {"orderId": "stranger"}),
        (16, "match", {"makerOrderId": "stranger", "size": "1"}),
    ]:
        assert take(book, message(2, kind, sequence, ts=10**18, **data)) == ()
    # What remains is the exchange's word.
    (after,) = take(book, message(2, "match", 17, ts=10**18, makerOrderId="b", size="0.5", remainSize="1.25"))
    assert rows(after) == ([("b", "9", "1.25")], [("a", "11", "3")])


def test_a_match_without_what_remains_is_taken_off_the_order() -> None:
    book = Level3Parser(BTC)
    book.join(BASE, 0)
    event = message(1, "match", 11, ts=10**18, makerOrderId="b", takerOrderId="t", size="0.5", price="9", side="sell")
    (after,) = take(book, event)
    assert rows(after) == ([("b", "9", "1.5")], [("a", "11", "3")])
    with pytest.raises(SequenceGap):
        take(book, message(1, "match", 12, ts=10**18, makerOrderId="b", size="1.6", price="9", side="sell"))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_message_that_was_tampered_with_never_ends_the_stream(data: st.DataObject) -> None:
    desk = Desk.trading(2, 9, 8)
    place = data.draw(st.integers(0, len(desk.events) - 1))
    frames: list[Any] = list(desk.events)
    frames[place] = mutate(json.loads(json.dumps(frames[place])), data)
    shop = Shop(desk.snapshots[desk.first], desk.snapshots[desk.sequence])
    got = seen([json.dumps(frame) for frame in frames], shop)
    assert all(isinstance(item, tuple | Gap) for item in got)


@pytest.mark.parametrize(
    ("options", "named"),
    [({"version": 3}, "version"), ({"version": True}, "version"), ({"depth": 0}, "depth"), ({"depth": "10"}, "depth")],
)
def test_what_cannot_be_asked_for_is_refused(options: Any, named: str) -> None:
    with pytest.raises(InvalidArgument, match=named):
        subscribe_level3(BTC, rx.never(), snapshots=lambda _: rx.never(), **options)
    with pytest.raises(InvalidArgument, match="symbol"):
        subscribe_level3("BTC/USD", rx.never(), snapshots=lambda _: rx.never())


def test_two_who_want_other_depths_share_one_book_and_so_do_updates() -> None:
    desk = Desk.trading(2, 4, 60)
    shop = Shop(desk.snapshots[desk.first])
    world = shop.world = live(desk.events, SPOT)
    best: list[Any] = []
    naive: dict[str, dict[str, tuple[str, str]]] = {"bids": {}, "asks": {}}
    kinds: list[bool] = []

    def take_update(update: Any) -> None:
        kinds.append(update.is_snapshot)
        for side, orders in (("bids", update.bids), ("asks", update.asks)):
            for order in orders:
                naive[side].pop(order.id, None)
                if order.size:
                    naive[side][order.id] = (str(order.price), str(order.size))

    feed(world, subscribe_level3, BTC, snapshots=shop, depth=None).subscribe()
    feed(world, subscribe_level3, BTC, snapshots=shop, depth=1, notices=True).subscribe(best.append)
    feed(world, subscribe_level3_updates, BTC, snapshots=shop, notices=True).subscribe(take_update)
    world.run()
    for side, truth in zip(naive, desk.truths[desk.sequence], strict=True):
        assert naive[side] == {name: (price, size) for name, price, size in truth}
    assert kinds == [True] + [False] * (len(kinds) - 1)
    assert 1 < len(best) < len(kinds)
    tops = [(book.bids, book.asks) for book in best]
    assert all(before != after for before, after in pairwise(tops))
    assert requests(world) == [("subscribe", f"{V2}:{BTC}")]
    assert len(shop.asked) == 1


def test_notices_stand_among_books_and_updates() -> None:
    desk = Desk.trading(2, 3, 10)
    frames = [*desk.events[:4], *desk.events[5:]]
    for subscribe, options in ((subscribe_level3, {"depth": 1}), (subscribe_level3_updates, {})):
        shop = Shop(desk.snapshots[desk.first], desk.snapshots[desk.sequence])
        world = shop.world = live(frames, SPOT)
        got: list[Any] = []
        feed(world, subscribe, BTC, snapshots=shop, notices=True, **options).subscribe(got.append)
        world.run()
        assert [type(item) for item in got].count(Gap) == 1
        assert not isinstance(got[-1], Gap)
