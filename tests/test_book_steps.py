"""From books to their best levels and to what has changed, against the same done naively."""

from __future__ import annotations

import sys
from decimal import Decimal
from typing import Any

import pytest
from attrs import define
from hypothesis import given
from hypothesis import strategies as st

from rxex.book import ChangedBook, L2Book, best_levels, book_updates, level_updates, update_of
from rxex.events import Gap, Notice
from rxex.models import Book, BookUpdate, Level, Levels


@define
class Wire:
    price: Any
    size: Any


SIZES = st.sampled_from(["0", "1", "1.50", "20.000"])
CHANGES = st.tuples(
    st.lists(st.tuples(st.integers(80, 99).map(lambda tick: f"{tick / 10}"), SIZES), max_size=4),
    st.lists(st.tuples(st.integers(100, 119).map(lambda tick: f"{tick / 10}"), SIZES), max_size=4),
)


def _changed(book: L2Book, changes: Any, symbol: str = "A") -> ChangedBook:
    return ChangedBook(symbol, sys.maxsize, book.bids, book.asks, 7, {"of": symbol}, changes=changes)


def _run(steps: list[Any], symbol: str = "A") -> list[ChangedBook]:
    """The books after a snapshot and each of some changes."""
    book, made = L2Book(sys.maxsize), []
    for place, step in enumerate(steps):
        bids, asks = ([Wire(*level) for level in side] for side in step)
        book.update(bids, asks)
        made.append(_changed(book, (bids, asks) if place else None, symbol))
    return made


def _texts(levels: Any) -> list[tuple[str, str]]:
    return [(str(level.price), str(level.size)) for level in levels]


@given(steps=st.lists(CHANGES, min_size=1, max_size=12), depth=st.sampled_from([1, 2, 5, 100]))
def test_the_best_levels_are_told_whenever_they_change_and_only_then(steps: list[Any], depth: int) -> None:
    step = best_levels(depth)
    told: list[Any] = []
    expected: list[Any] = []
    for book in _run(steps):
        top = (_texts(book.bids)[:depth], _texts(book.asks)[:depth])
        given = list(step(book))
        told += given
        if not expected or top != expected[-1]:
            expected.append(top)
            assert len(given) == 1
        elif given:
            # Set once more to what it was already, which the exchange has told as a change.
            expected.append(top)
    assert [(_texts(book.bids), _texts(book.asks)) for book in told if isinstance(book, Book)] == expected
    assert all(isinstance(book, Book) and book.depth == depth for book in told)


@given(steps=st.lists(CHANGES, min_size=1, max_size=12), start=st.integers(0, 11))
def test_updates_put_together_are_the_book_for_whoever_comes_when(steps: list[Any], start: int) -> None:
    step = book_updates(update_of)
    naive: dict[str, dict[Decimal, Decimal]] = {"bids": {}, "asks": {}}
    for place, book in enumerate(_run(steps)[start:]):
        (update,) = step(book)
        assert isinstance(update, BookUpdate)
        assert update.is_snapshot == (place == 0)
        for name, levels in (("bids", update.bids), ("asks", update.asks)):
            if update.is_snapshot:
                naive[name].clear()
            for level in levels:
                naive[name].pop(level.price, None)
                if level.size:
                    naive[name][level.price] = level.size
        assert list(book.asks) == [Level(*level) for level in sorted(naive["asks"].items())]
        assert list(book.bids) == [Level(*level) for level in sorted(naive["bids"].items(), reverse=True)]


@given(steps=st.lists(CHANGES, min_size=1, max_size=12), depth=st.sampled_from([1, 2, 5, 100]))
def test_updates_of_the_best_levels_put_together_and_cut_are_these_levels(steps: list[Any], depth: int) -> None:
    step = level_updates(depth)
    naive: dict[str, dict[Decimal, Decimal]] = {"bids": {}, "asks": {}}
    for place, book in enumerate(_run(steps)):
        for update in step(book):
            assert isinstance(update, BookUpdate)
            assert update.is_snapshot == (place == 0)
            for name, levels in (("bids", update.bids), ("asks", update.asks)):
                for level in levels:
                    # What is taken away was there.
                    assert level.size or level.price in naive[name]
                    naive[name].pop(level.price, None)
                    if level.size:
                        naive[name][level.price] = level.size
        naive["bids"] = dict(sorted(naive["bids"].items(), reverse=True)[:depth])
        naive["asks"] = dict(sorted(naive["asks"].items())[:depth])
        assert list(book.bids[:depth]) == [Level(*level) for level in naive["bids"].items()]
        assert list(book.asks[:depth]) == [Level(*level) for level in naive["asks"].items()]


def test_each_symbol_has_its_own_and_notices_pass() -> None:
    top, changed = best_levels(1), book_updates(update_of)
    first, second = (_run([([("9.0", "1")], [("10.0", "1")])], symbol)[0] for symbol in "AB")
    gap = Gap("book A", 1, 2, 1, None, 3, "")
    assert [book.symbol for book in (*top(first), *top(second)) if isinstance(book, Book)] == ["A", "B"]
    assert [update.symbol for update in (*changed(first), *changed(second)) if isinstance(update, BookUpdate)] == [
        *("A", "B")
    ]
    notices: list[Notice] = [gap]
    assert list(top(gap)) == list(changed(gap)) == list(level_updates(1)(gap)) == notices


def test_a_book_that_is_new_as_a_whole_is_told_even_if_it_is_the_same() -> None:
    step = best_levels(1)
    (book,) = _run([([("9.0", "1")], [("10.0", "1")])])
    assert len(list(step(book))) == len(list(step(book))) == 1


def test_best_levels_that_are_kept_do_not_change() -> None:
    book = L2Book(sys.maxsize)
    book.update([Wire("9", "1"), Wire("8", "2")], [Wire("10", "1")])
    (top,) = best_levels(2)(_changed(book, None))
    book.update([Wire("9", "0")], [])
    assert isinstance(top, Book)
    assert _texts(top.bids) == [("9", "1"), ("8", "2")]
    assert (top.bid, top.time, top.received, top.raw) == (Decimal(9), None, 7, {"of": "A"})


@pytest.mark.parametrize(("is_bids", "best"), [(True, ["3", "2"]), (False, ["1", "2"])])
def test_the_best_levels_by_themselves(*, is_bids: bool, best: list[str]) -> None:
    wire: list[Any] = [Wire(price, "1") for price in ("1", "2", "3")]
    levels = Levels(wire, is_bids=is_bids)
    top = levels.best(2)
    assert [str(level.price) for level in top] == best
    assert levels.best(2, top) is top
    assert len(levels.best(9)) == 3
    wire[1] = Wire("2", "5")
    assert levels.best(2, top) is not top
    assert [str(level.size) for level in top] == ["1", "1"]
