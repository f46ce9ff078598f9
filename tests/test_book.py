"""Order books: against a naive model, digit for digit, and safely shared."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zlib import crc32

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from rxex.book import Checksum, L2Book
from rxex.codec import exact
from rxex.errors import MalformedMessage, SequenceGap
from rxex.models import Book, Level

SUMMED = 3
SUMS = Checksum(
    SUMMED,
    lambda level: f"{level.price}:{level.size} ".encode(),
    b"".join,
    lambda texts: crc32(b"".join(texts)),
    crc32,
)


@frozen
class Wire:
    price: Any
    size: Any


def _levels(*pairs: tuple[Any, Any]) -> list[Wire]:
    return [Wire(price, size) for price, size in pairs]


def _texts(levels: Any) -> list[tuple[str, str]]:
    return [(str(level.price), str(level.size)) for level in levels]


def _book(depth: int = 10) -> L2Book:
    book = L2Book(depth, SUMS)
    book.replace(_levels(("9.90", "1"), ("9.80", "2")), _levels(("10.00", "3"), ("10.10", "4")))
    return book


# Bids and asks lie apart, so that no book is crossed by chance; few prices, so that they meet again and again.
SIZES = st.sampled_from(["0", "0.00", "1", "1.50", "20.000"])
CHANGES = {
    "bids": st.lists(st.tuples(st.integers(80, 99).map(lambda tick: f"{tick / 10}"), SIZES), max_size=8),
    "asks": st.lists(st.tuples(st.integers(100, 119).map(lambda tick: f"{tick / 10}0"), SIZES), max_size=8),
}


class BookAgainstDictionary(RuleBasedStateMachine):
    """Whatever is set and taken away: the book is what a dictionary that is sorted when it is read says."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[Any, list[tuple[str, str]]]] = []

    @initialize(depth=st.sampled_from([1, 2, 3, 5, 10]), wide=st.booleans(), **CHANGES)
    def start(self, *, depth: int, wide: bool, bids: list[Any], asks: list[Any]) -> None:
        self.depth = depth
        self.book = L2Book(depth, SUMS)
        if wide:
            # Two prices that are one as floats make the book go on with exact keys.
            near = _levels(("12.000000000000000001", "1"), ("12.000000000000000002", "1"))
            self.book.update([], near)
            self.book.update([], [Wire(level.price, "0") for level in near])
        self.bids: dict[Decimal, tuple[str, str]] = {}
        self.asks: dict[Decimal, tuple[str, str]] = {}
        self.replace(bids, asks)

    @rule(**CHANGES)
    def replace(self, bids: list[Any], asks: list[Any]) -> None:
        self.bids.clear()
        self.asks.clear()
        self.book.replace(_levels(*bids), _levels(*asks))
        self._apply(bids, asks)

    @rule(is_checked=st.booleans(), **CHANGES)
    def update(self, *, is_checked: bool, bids: list[Any], asks: list[Any]) -> None:
        self.book.update(_levels(*bids), _levels(*asks), is_checked=is_checked)
        self._apply(bids, asks)

    @rule()
    def keep(self) -> None:
        self.kept = [(levels, _texts(levels)) for levels in (self.book.bids, self.book.asks)]

    def _apply(self, bids: list[Any], asks: list[Any]) -> None:
        for side, changes in ((self.bids, bids), (self.asks, asks)):
            for price, size in changes:
                side.pop(Decimal(price), None)
                if Decimal(size):
                    side[Decimal(price)] = (price, size)
        for side, worst in ((self.bids, min), (self.asks, max)):
            while len(side) > self.depth:
                del side[worst(side)]

    @invariant()
    def is_the_same(self) -> None:
        if not hasattr(self, "book"):
            return
        bids = [self.bids[price] for price in sorted(self.bids, reverse=True)]
        asks = [self.asks[price] for price in sorted(self.asks)]
        assert _texts(self.book.bids) == bids
        assert _texts(self.book.asks) == asks
        text = "".join(f"{price}:{size} " for price, size in (*asks[:SUMMED], *bids[:SUMMED]))
        assert self.book.checksum == crc32(text.encode())

    @invariant()
    def what_was_kept_has_not_changed(self) -> None:
        for levels, texts in self.kept:
            assert _texts(levels) == texts


TestBookAgainstDictionary = BookAgainstDictionary.TestCase
TestBookAgainstDictionary.settings = settings(max_examples=100, stateful_step_count=15, deadline=None)


def test_levels_are_read_like_any_sequence_best_first() -> None:
    book = _book()
    assert book.bids[0] == Level(Decimal("9.90"), Decimal(1))
    assert _texts(book.bids[:1]) == [("9.90", "1")]
    assert _texts(book.asks) == [("10.00", "3"), ("10.10", "4")]
    assert book.asks[-1].price == Decimal("10.10")
    assert len(book.asks) == 2
    assert Level(Decimal("9.8"), Decimal(2)) in book.bids
    with pytest.raises(IndexError):
        book.bids[2]
    with pytest.raises(IndexError):
        book.bids[-3]
    assert repr(book.bids) == "<2 levels: 9.90 x 1, 9.80 x 2>"


def test_a_level_that_falls_out_of_the_depth_is_gone_and_does_not_come_back_by_itself() -> None:
    book = _book(depth=2)
    book.update(_levels(("9.95", "1")), [])
    assert _texts(book.bids) == [("9.95", "1"), ("9.90", "1")]
    book.update(_levels(("9.95", "0")), [])
    assert _texts(book.bids) == [("9.90", "1")]


def test_what_is_set_and_taken_away_in_one_update_goes_in_order_and_the_depth_is_cut_at_the_end() -> None:
    book = _book(depth=2)
    book.update(_levels(("9.95", "1"), ("9.96", "2"), ("9.95", "0"), ("9.96", "3")), [])
    assert _texts(book.bids) == [("9.96", "3"), ("9.90", "1")]
    book = _book(depth=2)
    book.update(_levels(("9.95", "1"), ("9.95", "0")), [])
    assert _texts(book.bids) == [("9.90", "1"), ("9.80", "2")]


@pytest.mark.parametrize("bid", ["10.00", "10.0", "10.05"])
def test_a_crossed_book_is_noticed(bid: str) -> None:
    book = _book()
    with pytest.raises(SequenceGap, match=f"crossed book: {bid} is bid while 10.00 is asked"):
        book.update(_levels((bid, "1")), [])


def test_a_book_that_may_cross_is_taken_as_it_is() -> None:
    book = L2Book(10, may_cross=True)
    book.replace([Wire("10.5", "1")], [Wire("10.0", "2")])
    assert (str(book.bids[0].price), str(book.asks[0].price)) == ("10.5", "10.0")


def test_a_book_that_is_crossed_only_within_an_update_is_not_crossed() -> None:
    book = _book()
    book.update(_levels(("10.00", "1")), _levels(("10.00", "0")))
    assert book.bids[0].price < book.asks[0].price


def test_prices_that_differ_in_the_twentieth_digit_are_two_levels_and_not_crossed() -> None:
    book = L2Book(10)
    book.replace(
        _levels(("1.0000000000000000002", "1"), ("1.0000000000000000001", "2")),
        _levels(("1.0000000000000000003", "3")),
    )
    assert len(book.bids) == 2
    book.update(_levels(("1.0000000000000000001", "0")), _levels(("1.00000000000000000025", "9")))
    assert _texts(book.bids) == [("1.0000000000000000002", "1")]
    assert _texts(book.asks) == [("1.00000000000000000025", "9"), ("1.0000000000000000003", "3")]


@given(
    st.lists(
        st.tuples(st.integers(0, 10**21), st.integers(0, 21)).map(lambda pair: exact(f"{pair[0]}e-{pair[1]}")),
        min_size=1,
        max_size=12,
    )
)
def test_any_prices_at_all_are_kept_apart_and_in_order(prices: list[Decimal]) -> None:
    book = L2Book(100)
    for price in prices:
        book.update([], [Wire(price, Decimal(1))])
    assert [level.price for level in book.asks] == sorted(set(prices))


def test_the_same_price_with_other_digits_is_the_same_level() -> None:
    book = _book()
    book.update([], _levels(("10.0", "7")))
    assert _texts(book.asks) == [("10.0", "7"), ("10.10", "4")]


@pytest.mark.parametrize(
    "wrong", ["", ".", "-1", "NaN", "1_0", " 1", "1e5", "1.2.3", "٣", "1" * 41, None, True, 1.5, -1]
)
@pytest.mark.parametrize("is_size", [False, True])
def test_what_is_no_number_is_refused(*, wrong: Any, is_size: bool) -> None:
    book = _book()
    with pytest.raises(MalformedMessage):
        book.update(_levels(("9.95", wrong) if is_size else (wrong, "1")), [])


def test_decimals_and_whole_numbers_serve_as_well_as_texts() -> None:
    book = _book()
    book.update([Wire(Decimal("9.90"), 0), Wire(9, Decimal("2.50"))], [])
    assert _texts(book.bids) == [("9.80", "2"), ("9", "2.50")]


def test_what_nobody_keeps_is_changed_in_place_and_what_somebody_keeps_is_left_alone() -> None:
    book = _book()
    before = id(book.bids)
    book.update(_levels(("9.85", "1")), [])
    assert id(book.bids) == before
    kept = book.bids
    walk = iter(book.bids)
    next(walk)
    book.update(_levels(("9.95", "1")), [])
    assert book.bids is not kept
    assert _texts(kept) == [("9.90", "1"), ("9.85", "1"), ("9.80", "2")]
    assert _texts(walk) == [("9.85", "1"), ("9.80", "2")]


def test_an_iterator_alone_keeps_its_levels() -> None:
    book = _book()
    walk = iter(book.bids)
    next(walk)
    book.update(_levels(("9.95", "1")), [])
    assert _texts(walk) == [("9.80", "2")]


def test_a_book_model_reads_its_best_prices_exactly_and_has_none_where_a_side_is_empty() -> None:
    book = _book()
    model = Book("A/B", 10, book.bids, book.asks, 5, b'{"t":7}', lambda message: message["t"])
    assert (str(model.bid), str(model.bid_size), str(model.ask), str(model.ask_size)) == ("9.90", "1", "10.00", "3")
    assert (model.time, model.received, model.raw) == (7, 5, {"t": 7})
    empty = L2Book(10)
    model = Book("A/B", 10, empty.bids, empty.asks)
    assert (model.bid, model.bid_size, model.ask, model.ask_size, model.time) == (None,) * 5


def test_best_prices_are_read_anew_whenever_they_change() -> None:
    book = _book()
    kept = Book("A", 10, book.bids, book.asks)
    assert (kept.bid, kept.ask, kept.bid, kept.ask) == (exact("9.90"), 10, exact("9.90"), 10)
    book.update(_levels(("9.90", "0")), _levels(("9.95", "2")))
    now = Book("A", 10, book.bids, book.asks)
    assert (str(now.bid), str(now.ask)) == ("9.80", "9.95")
    assert (str(kept.bid), str(kept.ask)) == ("9.90", "10.00")
    book.update([], _levels(("9.950", "3")))
    assert str(book.asks.price) == "9.950"
    book.update(_levels(("9.80", "0")), [])
    assert Book("A", 10, book.bids, book.asks).bid is book.bids.price is None
