"""The books of KuCoin's futures: one level a message, each number checked, each book mended alone."""

from __future__ import annotations

import json
import sys
from decimal import Decimal
from random import Random
from typing import Any

import msgspec
import pytest
import reactivex as rx
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.codec import number
from rxex.errors import InvalidArgument, SequenceGap
from rxex.events import Gap, Malformed
from rxex.exchanges.kucoin.book_snapshots import BookSnapshot
from rxex.exchanges.kucoin.dialect import FUTURES
from rxex.exchanges.kucoin.futures.books import BookParser, BookWire, subscribe_book, subscribe_book_updates
from rxex.models import Book, BookUpdate
from tests.exchanges.kucoin.plain_books import Plain, Shop, Texts, later, live, requests, texts
from tests.feeding import feed
from tests.mutations import mutate

XBT = "XBTUSDTM"


def event(sequence: int, change: str, symbol: str = XBT) -> dict[str, Any]:
    return {
        "topic": f"/contractMarket/level2:{symbol}",
        "type": "message",
        "subject": "level2",
        "sn": sequence,
        "data": {"sequence": sequence, "change": change, "timestamp": 1731897467182},
    }


def snapshot(sequence: int, levels: Texts, symbol: str = XBT) -> BookSnapshot:
    """As over REST, where all of it is numbers."""
    bids, asks = ([[Decimal(price), int(size)] for price, size in side] for side in levels)
    data = {"symbol": symbol, "sequence": sequence, "bids": bids, "asks": asks, "ts": 1731897467182000001}
    return BookSnapshot.of(symbol, data)


class Contract:
    """The changes of one book, and the truth after each."""

    def __init__(self, seed: int, steps: int = 40, *, symbol: str = XBT) -> None:
        random = Random(seed)
        plain = Plain()
        for tick in range(8):
            plain.set("bids", f"{90 - tick}.1", str(random.randint(1, 99)))
            plain.set("asks", f"{92 + tick}.1", str(random.randint(1, 99)))
        self.first, self.last = 500, 500 + steps
        self.truths: dict[int, Texts] = {self.first: plain.levels}
        self.events: list[dict[str, Any]] = []
        for sequence in range(self.first + 1, self.last + 1):
            side, price = random.choice([("buy", 90), ("sell", 92)])
            tick = random.randint(0, 12)
            level = f"{price - tick if side == 'buy' else price + tick}.1"
            size = str(random.choice([0, 0, 1, 20, 300]))
            plain.set("bids" if side == "buy" else "asks", level, size)
            self.truths[sequence] = plain.levels
            self.events.append(event(sequence, f"{level},{side},{size}", symbol))

    def snapshot(self, sequence: int, symbol: str = XBT) -> BookSnapshot:
        return snapshot(sequence, self.truths[sequence], symbol)


def take(book: BookParser, message: Any) -> Any:
    return book(msgspec.convert(message, BookWire), 0, message, number)


@given(seed=st.integers(0, 10**6), data=st.data())
def test_whenever_the_snapshot_comes_each_book_is_the_truth(seed: int, data: st.DataObject) -> None:
    contract = Contract(seed)
    come = data.draw(st.integers(0, len(contract.events)))
    skipped = data.draw(st.integers(0, come))
    place = data.draw(st.integers(contract.first, contract.last))
    book = BookParser(lambda _: rx.never(), XBT)
    for message in contract.events[skipped:come]:
        assert take(book, message) == ()
    joined = book.join(contract.snapshot(place), 0)
    if come > skipped and place < contract.first + skipped:
        assert joined is None
        return
    assert joined is not None
    last = max(place, contract.first + come) if come > skipped else place
    assert texts(joined[0]) == contract.truths[last]
    for message in contract.events[come:]:
        sequence = message["data"]["sequence"]
        if sequence > last + 1:
            with pytest.raises(SequenceGap):
                take(book, message)
            return
        for each in take(book, message):
            assert texts(each) == contract.truths[sequence]
        last = max(last, sequence)


def seen(frames: list[Any], shop: Shop, subscribe: Any = subscribe_book, **options: Any) -> list[Any]:
    world = shop.world = options.pop("world", None) or live(frames, FUTURES, after="-" * 20)
    got: list[Any] = []
    feed(world, subscribe, XBT, notices=True, snapshots=shop, **options).subscribe(
        lambda item: got.append(read(item) if isinstance(item, Book) else item), got.append
    )
    world.run()
    return got


def read(book: Book) -> Texts:
    assert book.time is not None
    return texts(book)


def test_a_book_has_all_levels_and_tells_its_times() -> None:
    contract = Contract(1)
    shop = Shop(contract.snapshot(contract.first))
    assert seen(contract.events, shop) == [contract.truths[place] for place in range(500, 541)]
    world = shop.world = live(contract.events, FUTURES)
    books: list[Any] = []
    feed(world, subscribe_book, XBT, snapshots=shop).subscribe(books.append)
    world.run()
    assert [book.time for book in books[:2]] == [1731897467182000001, 1731897467182000000]
    assert (books[1].symbol, books[1].depth) == (XBT, sys.maxsize)
    assert books[1].raw["sn"] == 501
    assert requests(world) == [("subscribe", "/contractMarket/level2:XBTUSDTM")]


def test_the_best_levels_only() -> None:
    contract = Contract(2)
    got = seen(contract.events, Shop(contract.snapshot(contract.first)), depth=2)
    tops = [tuple(side[:2] for side in contract.truths[place]) for place in range(500, 541)]
    assert all(top in tops for top in got)
    assert got[-1] == tops[-1]


def test_a_hole_withholds_that_book_until_a_snapshot_is_there_and_no_other() -> None:
    contract, other = Contract(3, 20), Contract(4, 20, symbol="ETHUSDTM")
    frames = [frame for pair in zip(contract.events, other.events, strict=True) for frame in pair]
    del frames[8]  # number 505 of the first
    world = live(frames, FUTURES)
    answers = {XBT: [contract.snapshot(500), contract.snapshot(506)], "ETHUSDTM": [other.snapshot(500, "ETHUSDTM")]}
    got: list[Any] = []
    feed(
        world,
        subscribe_book,
        [XBT, "ETHUSDTM"],
        notices=True,
        snapshots=lambda symbol: later(world, 0.0, answers[symbol].pop(0)),
    ).subscribe(lambda item: got.append((item.symbol, texts(item)) if isinstance(item, Book) else item))
    world.run()
    (gap,) = [item for item in got if isinstance(item, Gap)]
    assert (gap.channel, gap.expected, gap.received, gap.missed) == ("/contractMarket/level2 XBTUSDTM", 505, 506, 1)
    told = [item for item in got if item is not gap]
    assert [book for symbol, book in told if symbol == XBT] == [contract.truths[n] for n in range(500, 521) if n != 505]
    assert [book for symbol, book in told if symbol != XBT] == [other.truths[n] for n in range(500, 521)]
    assert [kind for kind, _ in requests(world)] == ["subscribe", "subscribe"]


def test_what_comes_twice_is_passed_over_and_numbers_used_again_are_a_gap() -> None:
    contract = Contract(5, 4)
    first, second, third, _ = contract.events
    frames = [first, first, second, first, third, event(502, "1.1,buy,7")]
    got = seen(frames, Shop(contract.snapshot(500), contract.snapshot(504)))
    assert got[:4] == [contract.truths[place] for place in range(500, 504)]
    assert isinstance(got[4], Gap)
    assert "used again" in got[4].reason
    assert got[5] == contract.truths[504]


def test_updates_begin_with_the_whole_book() -> None:
    contract = Contract(6, 3)
    updates = seen(contract.events, Shop(contract.snapshot(500)), subscribe_book_updates)
    assert [update.is_snapshot for update in updates] == [True, False, False, False]
    assert texts(updates[0]) == contract.truths[500]
    for update, message in zip(updates[1:], contract.events, strict=True):
        price, side, size = message["data"]["change"].split(",")
        assert texts(update) == (([(price, size)], []) if side == "buy" else ([], [(price, size)]))
    best = seen(contract.events, Shop(contract.snapshot(500)), subscribe_book_updates, depth=1)
    assert all(isinstance(update, BookUpdate) for update in best)
    assert (len(best[0].bids), len(best[0].asks)) == (1, 1)


@pytest.mark.parametrize(
    "change",
    [
        "",
        "1,buy",
        "1,buy,2,3",
        "1,Buy,2",
        "1,both,2",
        "nan,buy,2",
        "1,buy,-2",
        "-1,buy,2",
        "1,buy,1e9",
        "1,buy, 2",
        "1" * 41 + ",buy,2",
        7,
        None,
    ],
)
def test_what_is_no_change_is_malformed_and_a_gap(change: Any) -> None:
    contract = Contract(7, 2)
    world = live([event(501, change), contract.events[1]], FUTURES)
    malformed: list[Any] = []
    world.connection.link.subscribe(lambda item: malformed.append(item) if isinstance(item, Malformed) else None)
    got = seen([], Shop(contract.snapshot(500), contract.snapshot(501)), world=world)
    assert len(malformed) == 1
    assert [item if isinstance(item, tuple) else type(item) for item in got] == [
        *(contract.truths[500], Gap, contract.truths[501], contract.truths[502])
    ]


def test_too_many_digits_are_refused_in_messages_of_a_known_shape_too() -> None:
    frames = [event(501, "1,buy,2"), event(502, "2,buy,3"), event(503, "3,buy," + "1" * 60)]
    start = snapshot(500, ([("1", "1")], [("200", "1")]))
    got = seen(frames, Shop(start, snapshot(503, ([("4", "1")], []))))
    assert [item if isinstance(item, tuple) else type(item) for item in got][2:] == [
        *(([("2", "3"), ("1", "2")], [("200", "1")]), Gap, ([("4", "1")], []))
    ]


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_a_message_that_was_tampered_with_never_ends_the_stream(data: st.DataObject) -> None:
    contract = Contract(8, 10)
    frames: list[Any] = list(contract.events)
    place = data.draw(st.integers(0, 8))  # that the last one is missing, nobody can know
    frames[place] = mutate(json.loads(json.dumps(frames[place])), data)
    got = seen([json.dumps(frame) for frame in frames], Shop(contract.snapshot(500), contract.snapshot(510)))
    assert all(isinstance(item, tuple | Gap) for item in got)
    assert all(item in contract.truths.values() for item in got if isinstance(item, tuple))
    assert got[-1] == contract.truths[510]


@pytest.mark.parametrize("symbol", ["BTC-USDT", "", [], "XBT USDTM"])
@pytest.mark.parametrize("subscribe", [subscribe_book, subscribe_book_updates])
def test_a_contract_that_cannot_be_one_is_refused(subscribe: Any, symbol: Any) -> None:
    with pytest.raises(InvalidArgument, match="symbol"):
        subscribe(symbol, rx.never(), snapshots=lambda _: rx.never())


def test_a_depth_that_cannot_be_one_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="depth"):
        subscribe_book(XBT, rx.never(), depth=0, snapshots=lambda _: rx.never())
