"""Books of orders: against a naive model, in either queue, cut to their depth, safely kept."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zlib import crc32

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxex.book import BookOrder, Checksum, L3Book, OrderBook
from rxex.errors import MalformedMessage, SequenceGap

SUMMED = 2
SUMS: Checksum[bytes, int] = Checksum(
    SUMMED,
    lambda order: f"{order.id}:{order.price}:{order.size} ".encode(),
    b"".join,
    lambda texts: crc32(b"".join(texts)),
    crc32,
)


def order(name: str, price: Any, size: Any = "1", time: int = 0) -> BookOrder:
    return BookOrder(name, Decimal(price), Decimal(size), time)


def ids(levels: Any) -> list[list[str]]:
    return [[each.id for each in level.orders] for level in levels]


def book_of(*asks: BookOrder, depth: int = 10) -> L3Book:
    book = L3Book(depth, SUMS)
    book.replace([order("bid", "9.0")], asks)
    return book


def test_levels_are_in_order_and_a_level_is_the_sum_of_its_orders() -> None:
    book = L3Book(10)
    book.replace(
        [order("a", "9.8"), order("b", "9.9", "0.5"), order("c", "9.9", "1.25", 1)],
        [order("d", "10.1", "3"), order("e", "10.0", "2")],
    )
    assert ids(book.bids) == [["b", "c"], ["a"]]
    assert ids(book.asks) == [["e"], ["d"]]
    assert str(book.bids[0].size) == "1.75"
    assert book.checksum is None


def test_an_order_that_shrinks_keeps_its_place_in_either_queue() -> None:
    book = book_of(order("a", "10", "5", 1), order("b", "10", "5", 2))
    book.update([], [order("a", "10", "2", 1)])
    assert ids(book.asks) == [["a", "b"]]
    book.rearrange()
    assert ids(book.asks) == [["a", "b"]]
    assert str(book.asks[0].size) == "7"


def test_an_order_that_is_dated_anew_goes_to_the_end_by_time_and_stays_as_it_came() -> None:
    book = book_of(order("a", "10", "5", 1), order("b", "10", "5", 2))
    by_time = book.checksum
    book.update([], [order("a", "10", "4", 3)])
    assert ids(book.asks) == [["b", "a"]]
    book.rearrange()
    assert ids(book.asks) == [["a", "b"]]
    assert book.checksum != by_time
    book.rearrange()
    assert ids(book.asks) == [["b", "a"]]


def test_an_order_that_grows_and_is_dated_anew_goes_to_the_end_in_either_queue() -> None:
    book = book_of(order("a", "10", "5", 1), order("b", "10", "5", 2))
    book.update([], [order("a", "10", "6", 3)])
    assert ids(book.asks) == [["b", "a"]]
    book.rearrange()
    assert ids(book.asks) == [["b", "a"]]


def test_an_order_whose_price_changes_goes_to_the_end_of_its_new_level() -> None:
    book = book_of(order("a", "10", time=1), order("b", "11", time=3), order("c", "11", time=4))
    book.rearrange()
    book.update([], [order("a", "11", time=2)])
    assert ids(book.asks) == [["b", "c", "a"]]
    book.rearrange()
    assert ids(book.asks) == [["a", "b", "c"]]


def test_a_queue_of_one_time_is_as_it_came() -> None:
    assert ids(book_of(order("b", "10"), order("a", "10"), order("c", "10")).asks) == [["b", "a", "c"]]


def test_what_lies_beyond_the_depth_is_forgotten_with_all_its_orders() -> None:
    book = book_of(order("a", "10"), order("b", "11"), order("c", "12"), order("d", "12"), depth=2)
    assert ids(book.asks) == [["a"], ["b"]]
    book.update([], [order("a", "10", "0")])
    book.update([], [order("c", "12", "0")])
    assert ids(book.asks) == [["b"]]
    book.update([], [order("d", "12"), order("c", "12")])
    assert ids(book.asks) == [["b"], ["d", "c"]]


def test_an_order_that_comes_back_into_the_depth_by_a_change_is_there() -> None:
    book = book_of(order("a", "10"), order("b", "11"), order("far", "12"), depth=2)
    book.update([], [order("far", "9.5")])
    assert ids(book.asks) == [["far"], ["a"]]


def test_to_take_away_what_is_not_there_changes_nothing() -> None:
    book = book_of(order("a", "10"))
    before = book.checksum
    book.update([order("x", "1", "0")], [order("y", "10", "0")])
    assert (ids(book.asks), book.checksum) == ([["a"]], before)


def test_levels_that_are_kept_stay_as_they_were() -> None:
    book = book_of(order("a", "10"), order("b", "11"))
    kept, bids = book.asks, book.bids
    book.update([], [order("a", "10", "0"), order("c", "11")])
    assert ids(kept) == [["a"], ["b"]]
    assert ids(book.asks) == [["b", "c"]]
    assert book.bids is bids


def test_orders_of_one_price_queue_by_what_the_exchange_goes_by() -> None:
    book = L3Book(10, rank=lambda each: int(each.id), may_cross=True)
    book.replace([order("7", "9.0"), order("30", "9.0")], [order("8", "8.0")])
    book.update([order("12", "9.0")], [])
    assert ids(book.bids) == [["7", "12", "30"]]
    assert book.asks[0].price < book.bids[0].price


def test_a_crossed_book_is_a_gap() -> None:
    book = book_of(order("a", "10"))
    with pytest.raises(SequenceGap, match="10 is bid while 10 is asked"):
        book.update([order("b", "10")], [])


@pytest.mark.parametrize(("price", "size"), [("-1", "1"), ("0", "1"), ("1", "-1")])
def test_what_is_no_price_or_size_is_refused(price: str, size: str) -> None:
    with pytest.raises(MalformedMessage):
        book_of(order("a", price, size))


def test_a_book_tells_its_best_prices() -> None:
    book = book_of(order("a", "10.0", "2"), order("b", "10.0", "1"))
    told = OrderBook("X/Y", 10, book.bids, book.asks)
    assert (told.bid, told.bid_size, told.ask, told.ask_size) == (Decimal(9), Decimal(1), Decimal(10), Decimal(3))
    empty = OrderBook("X/Y", 10, (), ())
    assert (empty.bid, empty.bid_size, empty.ask, empty.ask_size, empty.datetime) == (None, None, None, None, None)


NAMES = st.sampled_from("abcdefgh")
ORDERS = st.lists(st.tuples(NAMES, st.integers(0, 5), st.integers(0, 2), st.integers(0, 4)), max_size=6)


class Naive:
    """Orders in two dictionaries, sorted whenever they are looked at."""

    def __init__(self, depth: int) -> None:
        self.depth = depth
        self.sides: list[dict[str, tuple[int, BookOrder]]] = [{}, {}]
        self.came = 0
        self.by_time = True

    def set(self, side: int, orders: list[BookOrder]) -> None:
        mine = self.sides[side]
        for each in orders:
            place, before = mine.pop(each.id, (None, None))
            self.came += 1
            if before is None or before.price != each.price or (each.size > before.size and each.time > before.time):
                place = self.came
            if each.size and place is not None:
                mine[each.id] = place, each
        kept = sorted({each.price for _, each in mine.values()}, reverse=not side)[: self.depth]
        self.sides[side] = {name: both for name, both in mine.items() if both[1].price in kept}

    def levels(self, side: int) -> list[list[str]]:
        mine = self.sides[side].values()
        prices = sorted({each.price for _, each in mine}, reverse=not side)
        return [
            [
                each.id
                for place, each in sorted(mine, key=lambda both: (both[1].time if self.by_time else 0, both[0]))
                if each.price == price
            ]
            for price in prices
        ]

    @property
    def checksum(self) -> int:
        texts = [
            SUMS.text(self.sides[side][name][1]).decode()
            for side in (1, 0)
            for level in self.levels(side)[:SUMMED]
            for name in level
        ]
        return crc32("".join(texts).encode())


@given(depth=st.sampled_from([1, 2, 3, 10]), updates=st.lists(st.tuples(ORDERS, ORDERS, st.booleans()), max_size=8))
def test_whatever_comes_the_book_is_what_dictionaries_say(depth: int, updates: Any) -> None:
    book, naive = L3Book(depth, SUMS), Naive(depth)
    for bids, asks, rearranges in updates:
        sides = [
            [order(f"{base}{name}", base + price, size, time) for name, price, size, time in rows]
            for base, rows in ((10, bids), (20, asks))
        ]
        book.update(*sides)
        naive.set(0, sides[0])
        naive.set(1, sides[1])
        if rearranges:
            book.rearrange()
            naive.by_time = not naive.by_time
        assert [ids(book.bids), ids(book.asks)] == [naive.levels(0), naive.levels(1)]
        assert book.checksum == naive.checksum
