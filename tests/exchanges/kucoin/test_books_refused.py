"""Books and hostile messages; what cannot be asked for, and what cannot be read."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.errors import InvalidArgument, MalformedMessage
from rxex.events import Gap, Malformed
from rxex.exchanges.kucoin.book_snapshots import BookSnapshot
from rxex.exchanges.kucoin.books import subscribe_book, subscribe_book_updates
from rxex.exchanges.kucoin.dialect import SPOT
from rxex.models import Book
from tests.exchanges.kucoin.plain_books import BTC, PlainMarket, Shop, event, live, seen, texts
from tests.feeding import feed
from tests.mutations import mutate


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_a_message_that_was_tampered_with_is_told_and_never_makes_a_wrong_book(data: st.DataObject) -> None:
    market = PlainMarket(9, steps=12)
    place = data.draw(st.integers(0, len(market.events) - 1))
    frames = list(market.events)
    frames[place] = mutate(json.loads(json.dumps(frames[place])), data)
    shop = Shop(market.snapshot(market.first), market.snapshot(market.last))
    shop.world = live([json.dumps(frame) for frame in frames], SPOT, after="-" * 5)
    got: list[Any] = []
    feed(shop.world, subscribe_book, BTC, depth=None, notices=True, snapshots=shop).subscribe(
        lambda item: got.append((item.raw, texts(item)) if isinstance(item, Book) else item), got.append
    )
    shop.world.run()
    for item in got:
        if isinstance(item, Gap):
            continue
        raw, book = item
        if "data" not in raw:
            assert book in (market.truths[market.first], market.truths[market.last])
        elif raw in market.events:
            assert book == market.truths[raw["data"]["sequenceEnd"]] or _could_be_real(frames[place])


def _could_be_real(tampered: Any) -> bool:
    # What is missing without a trace cannot be noticed: KuCoin has no checksums.
    try:
        rows = [row for side in tampered["data"]["changes"].values() for row in side]
        return all(Decimal(str(part)) >= 0 for row in rows for part in row[:2])
    except (LookupError, TypeError, ArithmeticError, AttributeError):
        return False


@pytest.mark.parametrize(
    "change",
    [
        {"bids": [["9", "nan", "13"]]},
        {"bids": [["-9", "1", "13"]]},
        {"bids": [["9", "1e999", "13"]]},
        {"bids": [["9", "1"]]},
        {"bids": [["9" * 41, "1", "13"]]},
        {"bids": [["9", None, "13"]]},
        {"bids": None},
    ],
)
def test_what_is_no_change_is_malformed_and_a_gap(change: Any) -> None:
    snapshot = BookSnapshot.of(BTC, {"sequence": "12", "bids": [["9", "2"]], "asks": [["10", "1"]]})
    frames = [event(13, 13, change), event(14, 14, {"bids": [["9", "4", "14"]]})]
    shop = Shop(snapshot, BookSnapshot.of(BTC, {"sequence": "13", "bids": [["8", "2"]], "asks": []}))
    world = live(frames, SPOT)
    malformed: list[Any] = []
    world.connection.link.subscribe(lambda item: malformed.append(item) if isinstance(item, Malformed) else None)
    got = seen(frames, shop, world=world)
    assert [item.channel for item in malformed] == ["/market/level2 BTC-USDT"]
    assert [item if isinstance(item, tuple) else type(item) for item in got] == [
        ([("9", "2")], [("10", "1")]),
        Gap,
        ([("8", "2")], []),
        ([("9", "4"), ("8", "2")], []),
    ]


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"sequence": "1", "bids": [["1"]], "asks": []},
        {"sequence": "x", "bids": [], "asks": []},
        {"sequence": "1.5", "bids": [], "asks": []},
        {"sequence": None, "bids": [], "asks": []},
        {"sequence": "-1", "bids": [], "asks": []},
        {"sequence": "1", "bids": [["NaN", "1"]], "asks": []},
        {"sequence": "1", "bids": 7, "asks": []},
        {"sequence": "1", "bids": [None], "asks": []},
        {"sequence": "1", "bids": [], "asks": [], "time": "now"},
        {"sequence": "1", "bids": [], "asks": [], "ts": 1.5},
    ],
)
def test_an_answer_that_is_no_snapshot_cannot_be_read(data: Any) -> None:
    with pytest.raises(MalformedMessage, match=r"snapshot|number"):
        BookSnapshot.of(BTC, data)


@pytest.mark.parametrize("depth", [0, -1, "10", True, 2.5])
@pytest.mark.parametrize("subscribe", [subscribe_book, subscribe_book_updates])
def test_a_depth_that_cannot_be_one_is_refused(subscribe: Any, depth: Any) -> None:
    with pytest.raises(InvalidArgument, match="depth"):
        subscribe(BTC, rx.never(), depth=depth, snapshots=lambda _: rx.never())


@pytest.mark.parametrize("symbol", ["BTC/USD", "", "BTC-", [], [BTC, 7]])
def test_a_symbol_that_cannot_be_one_is_refused(symbol: Any) -> None:
    with pytest.raises(InvalidArgument, match="symbol"):
        subscribe_book(symbol, rx.never(), snapshots=lambda _: rx.never())
