"""A snapshot and a numbered stream make a book: against the truth after each change, whatever comes when."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest
import reactivex as rx
from attrs import define
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.codec import exact, number
from rxex.errors import MalformedMessage, SequenceGap
from rxex.exchanges.kucoin.book_snapshots import BookSnapshot
from rxex.exchanges.kucoin.books import BookParser, BookWire
from rxex.models import Book
from tests.exchanges.kucoin.plain_books import PlainMarket, event, texts

SECOND = 10**9


def parser() -> BookParser:
    return BookParser(lambda _: rx.never(), "BTC-USDT")


def take(book: BookParser, message: Any, received: int = 0, make_number: Any = number) -> Any:
    return book(msgspec.convert(message, BookWire), received, message, make_number)


def join(book: BookParser, snapshot: BookSnapshot) -> Any:
    return book.join(snapshot, 7)


def numbers(message: Any) -> tuple[int, int]:
    return message["data"]["sequenceStart"], message["data"]["sequenceEnd"]


@given(seed=st.integers(0, 10**6), data=st.data())
def test_whenever_the_snapshot_comes_and_wherever_it_stands_each_book_is_the_truth(
    seed: int, data: st.DataObject
) -> None:
    market = PlainMarket(seed, steps=25)
    come = data.draw(st.integers(0, len(market.events)), label="messages before the snapshot")
    # Behind the messages, in the middle of one, or ahead of all that have come.
    place = data.draw(st.integers(market.first, market.last), label="the snapshot")
    skipped = data.draw(st.integers(0, come), label="messages before the subscription")
    book = parser()
    kept = market.events[skipped:come]
    assert all(take(book, message) == () for message in kept)
    assert book.view() is None
    joined = join(book, market.snapshot(place))
    if kept and place < numbers(kept[0])[0] - 1:
        assert joined is None
        assert book.view() is None
        joined = join(book, market.snapshot(market.last))
        place = market.last
    assert joined is not None
    last = max([place, *(numbers(message)[1] for message in kept)])
    assert [texts(each) for each in joined] == [market.truths[last]]
    assert joined[0].received == 7
    for message in market.events[come:]:
        first, end = numbers(message)
        if first > last + 1:
            with pytest.raises(SequenceGap):
                take(book, message)
            return
        for each in take(book, message):
            assert texts(each) == market.truths[end]
        last = max(last, end)
        view = book.view()
        assert view is not None
        assert texts(view) == market.truths[last]


@define
class Faulty:
    """The messages of a market with faults between, as a user's feed would get them."""

    market: PlainMarket
    data: st.DataObject

    def __iter__(self) -> Iterator[dict[str, Any]]:
        events = self.market.events
        for place, message in enumerate(events):
            fault = self.data.draw(st.sampled_from(["none"] * 6 + ["lost", "twice", "old", "late"]))
            if fault == "lost":
                continue
            yield message
            if fault == "twice":
                yield message
            elif fault == "old":
                yield events[self.data.draw(st.integers(0, place))]
            elif fault == "late" and place + 1 < len(events):
                yield events[place + 1]


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), data=st.data())
def test_lost_repeated_and_disordered_messages_never_make_a_wrong_book(seed: int, data: st.DataObject) -> None:
    market = PlainMarket(seed, steps=30)
    book, head = parser(), market.first
    waiting, shown = data.draw(st.integers(0, 4)), 0
    for message in Faulty(market, data):
        head = max(head, numbers(message)[1])
        try:
            got = take(book, message)
        except SequenceGap:
            book, got, waiting = parser(), (), data.draw(st.integers(0, 4))
        if book.view() is None:
            waiting -= 1
            if waiting < 0:
                # REST may lag behind the stream, or be ahead of it.
                place = data.draw(st.integers(max(market.first, head - 4), min(market.last, head + 4)))
                got = join(book, market.snapshot(place)) or ()
        for each in got:
            raw: Any = each.raw
            told = raw.get("data")
            shown += 1
            if told is not None:
                assert texts(each) == market.truths[told["sequenceEnd"]]
            else:
                assert texts(each) in market.truths.values()
    if book.view() is None:
        join(book, market.snapshot(market.last))
        assert book.view() is not None
    assert shown or book.view() is not None


def test_an_event_that_straddles_the_snapshot_counts_only_for_what_is_newer() -> None:
    for before in (True, False):
        book = parser()
        snapshot = BookSnapshot.of(
            "BTC-USDT", {"sequence": "12", "bids": [["9", "2"], ["8", "1"]], "asks": [["11", "5"]]}
        )
        # The exchange merges by price and sorts by price: 9 was set by change 12, which the snapshot has as well.
        message = event(11, 14, {"bids": [["8", "0", "14"], ["9", "7", "11"]], "asks": [["10", "3", "13"]]})
        if before:
            take(book, message)
        (joined,) = join(book, snapshot)
        if not before:
            (joined,) = take(book, message)
        assert texts(joined) == ([("9", "2")], [("10", "3"), ("11", "5")])


def test_a_price_of_0_only_counts() -> None:
    book = parser()
    join(book, BookSnapshot.of("BTC-USDT", {"sequence": 12, "bids": [["9", "2"]], "asks": [["11", "5"]]}))
    for place, price in enumerate(["0", "0.00", "0"], start=13):
        assert take(book, event(place, place, {"asks": [[price, "0", str(place)]]})) == ()
    (last,) = take(book, event(16, 16, {"asks": [["11", "6", "16"]]}))
    assert texts(last) == ([("9", "2")], [("11", "6")])


@pytest.mark.parametrize("kept", [[], [11, 12, 13]])
def test_numbers_used_again_for_something_else_are_a_gap(kept: list[int]) -> None:
    book = parser()
    for place in kept:
        take(book, event(place, place, {"bids": [["9", "4", str(place)]]}))
    join(book, BookSnapshot.of("BTC-USDT", {"sequence": 12, "bids": [["9", "2"]], "asks": [["11", "5"]]}))
    message = event(13, 13, {"bids": [["9", "4", "13"]]})
    assert len(take(book, message)) == (0 if kept else 1)
    assert take(book, message) == ()
    with pytest.raises(SequenceGap, match="used again"):
        take(book, event(13, 13, {"bids": [["9", "5", "13"]]}))


def test_numbers_that_start_over_are_a_gap_however_low_they_are() -> None:
    book = parser()
    join(book, BookSnapshot.of("BTC-USDT", {"sequence": 12, "bids": [], "asks": []}))
    take(book, event(13, 13, {"bids": [["9", "4", "13"]]}))
    with pytest.raises(SequenceGap, match="expected number 14, received 1"):
        take(book, event(1, 1, {"bids": [["9", "5", "1"]]}))


def test_a_stream_that_does_not_come_up_to_the_snapshot_is_a_gap_after_30_seconds() -> None:
    book = parser()
    join(book, BookSnapshot.of("BTC-USDT", {"sequence": 10**12, "bids": [["9", "2"]], "asks": []}))
    assert take(book, event(5, 5, {"bids": [["9", "4", "5"]]}), 100 * SECOND) == ()
    assert take(book, event(6, 6, {"bids": [["9", "4", "6"]]}), 130 * SECOND) == ()
    with pytest.raises(SequenceGap, match="do not come up to the snapshot"):
        take(book, event(7, 7, {"bids": [["9", "4", "7"]]}), 130 * SECOND + 1)


@pytest.mark.parametrize("restart", [1, 500])
def test_a_hole_or_a_restart_before_the_snapshot_only_needs_a_later_one(restart: int) -> None:
    book = parser()
    for place in (11, 12, restart, restart + 1):
        take(book, event(place, place, {"bids": [["9", str(place), str(place)]]}))
    if restart == 500:
        assert join(book, BookSnapshot.of("BTC-USDT", {"sequence": 12, "bids": [], "asks": []})) is None
    (joined,) = join(book, BookSnapshot.of("BTC-USDT", {"sequence": restart, "bids": [], "asks": []}))
    assert texts(joined) == ([("9", str(restart + 1))], [])


def test_what_comes_twice_before_the_snapshot_costs_nothing() -> None:
    book = parser()
    for place in (11, 12, 13, 12, 14, 14):
        take(book, event(place, place, {"bids": [["9", str(place), str(place)]]}))
    (joined,) = join(book, BookSnapshot.of("BTC-USDT", {"sequence": 10, "bids": [], "asks": []}))
    assert texts(joined) == ([("9", "14")], [])


def test_what_the_snapshot_had_already_may_come_twice_too() -> None:
    book = parser()
    join(book, BookSnapshot.of("BTC-USDT", {"sequence": 12, "bids": [["9", "1"]], "asks": []}))
    old = event(11, 11, {"bids": [["9", "8", "11"]]})
    assert take(book, old) == ()
    assert len(take(book, event(13, 13, {"bids": [["9", "2", "13"]]}))) == 1
    assert take(book, old) == ()


def test_changes_of_one_price_count_in_the_order_of_their_numbers() -> None:
    book = parser()
    join(book, BookSnapshot.of("BTC-USDT", {"sequence": 12, "bids": [], "asks": []}))
    (after,) = take(book, event(13, 15, {"bids": [["9", "5", "15"], ["9", "0", "14"], ["9.0", "3", "13"]]}))
    assert texts(after) == ([("9", "5")], [])


def test_what_is_kept_for_a_snapshot_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rxex.exchanges.kucoin.integrity._MOST_KEPT", 3)
    book = parser()
    for place in range(1, 11):
        take(book, event(place, place, {"bids": [["9", str(place), str(place)]]}))
    assert join(book, BookSnapshot.of("BTC-USDT", {"sequence": 6, "bids": [], "asks": []})) is None
    (joined,) = join(book, BookSnapshot.of("BTC-USDT", {"sequence": 7, "bids": [], "asks": []}))
    assert texts(joined) == ([("9", "10")], [])


def test_numbers_that_go_back_within_a_message_cannot_be_read() -> None:
    book = parser()
    join(book, BookSnapshot.of("BTC-USDT", {"sequence": 12, "bids": [], "asks": []}))
    with pytest.raises(MalformedMessage, match="go back from 13 to 12"):
        take(book, event(13, 12, {"bids": [["9", "4", "13"]]}))


def test_a_crossed_book_is_a_gap_from_the_snapshot_on() -> None:
    book = parser()
    crossed = BookSnapshot.of("BTC-USDT", {"sequence": 12, "bids": [["12", "1"]], "asks": [["11", "5"]]})
    with pytest.raises(SequenceGap, match="crossed"):
        join(book, crossed)
    book = parser()
    join(book, BookSnapshot.of("BTC-USDT", {"sequence": 12, "bids": [["9", "1"]], "asks": [["11", "5"]]}))
    with pytest.raises(SequenceGap, match="crossed"):
        take(book, event(13, 13, {"bids": [["11", "1", "13"]]}), make_number=exact)


def test_a_book_that_is_kept_stays_as_it_was() -> None:
    market = PlainMarket(7, steps=40)
    book = parser()
    kept: list[tuple[int, Book]] = [(market.first, each) for each in join(book, market.snapshot(market.first))]
    for message in market.events:
        kept += [(numbers(message)[1], each) for each in take(book, message)]
    assert len(kept) > 10
    assert [texts(each) for _, each in kept] == [market.truths[place] for place, _ in kept]
