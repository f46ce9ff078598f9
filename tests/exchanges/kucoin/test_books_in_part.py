"""Books of which only the best levels are known: what is shown is right, and renewed before it runs out."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
import reactivex as rx
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Observable, Subject

from rxex.codec import number
from rxex.errors import ConnectError, SequenceGap
from rxex.events import Gap
from rxex.exchanges.kucoin.book_snapshots import BookSnapshot
from rxex.exchanges.kucoin.books import BookParser, BookWire, subscribe_book, subscribe_book_updates
from rxex.exchanges.kucoin.dialect import SPOT
from tests.exchanges.kucoin.plain_books import BTC, PlainMarket, Shop, event, live, seen, texts
from tests.feeding import feed

SECOND = 10**9


def _known(book: Any, truth: Any, least: int) -> None:
    for side, whole in zip(texts(book), truth, strict=True):
        assert side == whole[: len(side)]
        assert len(side) >= min(least, len(whole))


@settings(max_examples=150, deadline=None)
@given(seed=st.integers(0, 10**6), levels=st.sampled_from([2, 6, 20]), lag=st.integers(0, 6), data=st.data())
def test_of_a_part_of_the_book_nothing_wrong_is_ever_shown(
    seed: int, levels: int, lag: int, data: st.DataObject
) -> None:
    market = PlainMarket(seed, steps=80)
    calls: list[Subject[Any]] = []

    def source(_: str) -> Observable[Any]:
        calls.append(Subject())
        return calls[-1]

    book = BookParser(source, BTC)
    joined = book.join(market.snapshot(market.first, levels), 0)
    assert joined is not None
    _known(joined[0], market.truths[market.first], levels)
    answered = 0
    for place, message in enumerate(market.events):
        end = message["data"]["sequenceEnd"]
        try:
            got = book(msgspec.convert(message, BookWire), place * SECOND * 2, message, number)
        except SequenceGap:
            assert any(len(side) == 0 for side in texts(book.book))
            return
        for each in got:
            _known(each, market.truths[end], 1)
        if len(calls) > answered and data.draw(st.booleans()):
            answered = len(calls)
            # As with the first: behind the stream, where it is, or ahead of it.
            at = min(market.last, max(market.first, end - 3 + lag))
            calls[-1].on_next(market.snapshot(at, levels))
    view = book.view()
    assert view is not None
    _known(view, market.truths[market.last], 1)


def _thinning(count: int, *, first: int = 101) -> list[dict[str, Any]]:
    """Messages that take the best bids away, one by one."""
    return [event(first + k, first + k, {"bids": [[str(100 - k), "0", str(first + k)]]}) for k in range(count)]


def _part(sequence: int, best: int, levels: int = 10) -> BookSnapshot:
    bids = [[str(best - k), "1"] for k in range(levels)]
    return BookSnapshot.of(BTC, {"sequence": str(sequence), "bids": bids, "asks": [["200", "1"]]}, levels)


def test_a_part_that_thins_out_is_renewed_without_a_gap() -> None:
    frames = _thinning(9)
    shop = Shop(_part(100, 100), _part(107, 93))
    got = seen(frames, shop, subscribe=subscribe_book, depth=None)
    assert [len(bids) for bids, _ in got] == [10, 9, 8, 7, 6, 5, 4, 10, 9, 8]
    assert [bids[0][0] for bids, _ in got] == [str(best) for best in (100, 99, 98, 97, 96, 95, 94, 93, 92, 91)]
    assert len(shop.asked) == 2
    updates = seen(frames, Shop(_part(100, 100), _part(107, 93)), subscribe=subscribe_book_updates, depth=None)
    assert [update.is_snapshot for update in updates] == [True, *[False] * 6, True, False, False]


@pytest.mark.parametrize("renewed", [106, 107])
def test_a_part_that_was_renewed_where_the_messages_were_is_checked_as_before(renewed: int) -> None:
    # Asked for with number 106, taken with 107.
    shop = Shop(_part(100, 100), _part(renewed, 200 - renewed), _part(200, 94))
    again = event(106, 106, {"bids": [["94", "7", "106"]]})
    frames = [*_thinning(7), again]
    got = seen(frames, shop)
    assert [type(item) for item in got] == [*[tuple] * 8, Gap, tuple]
    assert "used again" in got[8].reason
    assert len(got[7][0]) == 9 + (renewed == 107)
    assert len(shop.asked) == 3


def test_what_is_told_of_prices_beyond_the_known_part_is_left_out() -> None:
    frames = [event(101, 101, {"bids": [["90", "5", "101"]]}), event(102, 102, {"bids": [["91", "5", "102"]]})]
    got = seen(frames, Shop(_part(100, 100)))
    assert [bids[-1] for bids, _ in got] == [("91", "1"), ("91", "5")]


def test_a_part_that_has_run_out_is_a_gap_and_begun_anew() -> None:
    frames = _thinning(12)
    shop = Shop(_part(100, 100), ConnectError("there", "no"), _part(112, 88))
    got = seen(frames, shop)
    kinds = [type(item) for item in got]
    assert kinds == [*[tuple] * 10, Gap, tuple]
    assert "left the part" in got[10].reason
    assert got[11][0][0] == ("88", "1")


def test_a_side_with_fewer_levels_than_asked_for_is_whole() -> None:
    snapshot = BookSnapshot.of(BTC, {"sequence": 100, "bids": [["9", "1"]], "asks": [["10", "1"]]}, 100)
    frames = [event(101, 101, {"bids": [["1", "5", "101"]]}), event(102, 102, {"bids": [["9", "0", "102"]]})]
    frames += [event(103, 103, {"bids": [["1", "0", "103"]]})]
    shop = Shop(snapshot)
    assert [bids for bids, _ in seen(frames, shop)] == [[("9", "1")], [("9", "1"), ("1", "5")], [("1", "5")], []]
    assert len(shop.asked) == 1


def test_renewals_are_asked_for_more_slowly_after_each_failure() -> None:
    now = 0
    times: list[int] = []
    answer: list[Any] = [ConnectError("there", "no")]

    def source(_: str) -> Observable[Any]:
        times.append(now)
        return rx.throw(answer[0]) if isinstance(answer[0], Exception) else rx.just(answer[0])

    book = BookParser(source, BTC)
    book.join(_part(100, 100, 40), 0)
    frames = _thinning(21)
    frames += [event(122 + k, 122 + k, {"asks": [["200", str(k + 1), str(122 + k)]]}) for k in range(200)]
    for place, message in enumerate(frames):
        now = place * SECOND // 2
        book(msgspec.convert(message, BookWire), now, message, number)
    seconds = [(time - times[0]) / SECOND for time in times]
    assert seconds[:7] == [0, 0.5, 1.5, 3.5, 7.5, 15.5, 31.5]
    answer[0] = _part(322, 79, 40)
    now += 60 * SECOND
    for place in (322, 323):
        message = event(place, place, {"asks": [["200", "9", str(place)]]})
        book(msgspec.convert(message, BookWire), now, message, number)
    view = book.view()
    assert view is not None
    assert len(view.bids) == 40
    # After a success there is no reason to be slow any more.
    times.clear()
    for message in _thinning(22, first=324):
        change = message["data"]["changes"]["bids"][0]
        change[0] = str(int(change[0]) - 21)
        book(msgspec.convert(message, BookWire), now + SECOND, message, number)
    assert len(times) == 1
    # A clock that is put back does not stop it.
    now = 0
    message = event(346, 346, {"asks": [["200", "7", "346"]]})
    book(msgspec.convert(message, BookWire), 0, message, number)
    assert times[-1] == 0


def test_a_source_that_raises_only_costs_the_renewal() -> None:
    answers: list[Any] = [lambda: rx.just(_part(100, 100))]

    def source(_: str) -> Observable[Any]:
        made: Observable[Any] = answers.pop(0)()
        return made

    got: list[Any] = []
    world = live(_thinning(8), SPOT)
    feed(world, subscribe_book, BTC, depth=None, notices=True, snapshots=source).subscribe(got.append)
    world.run()
    assert [len(book.bids) for book in got] == [10, 9, 8, 7, 6, 5, 4, 3, 2]
