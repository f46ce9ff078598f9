"""Who shares a book, who does not, and who comes late or leaves early."""

from __future__ import annotations

import json
from typing import Any

import reactivex as rx
from reactivex import Subject
from reactivex.testing import TestScheduler

from rxex.codec import decode
from rxex.errors import InvalidArgument
from rxex.events import Gap
from rxex.exchanges.kucoin.books import subscribe_book, subscribe_book_updates
from rxex.exchanges.kucoin.dialect import SPOT
from rxex.models import BookUpdate
from rxex.testing import ScriptedSocket
from tests.exchanges.kucoin.plain_books import (
    BTC,
    PlainMarket,
    Shop,
    live,
    requests,
    seen,
    texts,
    truths,
)
from tests.feeding import feed


def test_two_who_want_other_depths_share_one_book_and_one_snapshot() -> None:
    market = PlainMarket(10, steps=30)
    shop = Shop(market.snapshot(market.first))
    shop.world = live(market.events, SPOT)
    whole: list[Any] = []
    best: list[Any] = []
    late: list[Any] = []
    updates: list[Any] = []
    feed(shop.world, subscribe_book, BTC, depth=None, snapshots=shop).subscribe(lambda book: whole.append(texts(book)))
    feed(shop.world, subscribe_book, BTC, depth=2, snapshots=shop).subscribe(lambda book: best.append(texts(book)))
    shop.world.advance_to(0.0105)
    feed(shop.world, subscribe_book, BTC, depth=None, snapshots=shop).subscribe(lambda book: late.append(texts(book)))
    feed(shop.world, subscribe_book_updates, BTC, depth=None, snapshots=shop).subscribe(updates.append)
    shop.world.advance_to(0.0106)
    assert [len(each) for each in (late, updates)] == [1, 1]
    assert late[0] == whole[-1]
    shop.world.run()
    assert whole == [market.truths[market.first], *truths(market, market.events)]
    assert best[-1] == tuple(side[:2] for side in whole[-1])
    assert late == whole[len(whole) - len(late) :]
    assert len(late) == len(updates)
    assert texts(updates[0]) == late[0]
    assert [update.is_snapshot for update in updates] == [True] + [False] * (len(updates) - 1)
    assert requests(shop.world) == [("subscribe", "/market/level2:BTC-USDT")]
    assert len(shop.asked) == 1


def test_a_book_from_another_source_cannot_be_had_on_the_same_connection() -> None:
    market = PlainMarket(10)
    world = live(market.events, SPOT)
    errors: list[Any] = []
    books: list[Any] = []
    for source in (lambda _: rx.just(market.snapshot(market.first)), lambda _: rx.just(market.snapshot(market.first))):
        feed(world, subscribe_book, BTC, snapshots=source).subscribe(books.append, errors.append)
    world.run()
    assert [type(error) for error in errors] == [InvalidArgument]
    assert len(books) > 3


def test_nobody_is_told_after_a_dispose_and_the_exchange_is() -> None:
    market = PlainMarket(11)
    shop = Shop(market.snapshot(market.first), delay=0.01)
    shop.world = live(market.events, SPOT)
    got: list[Any] = []
    subscription = feed(shop.world, subscribe_book, BTC, snapshots=shop).subscribe(got.append)
    shop.world.advance_to(0.005)
    subscription.dispose()
    subscription.dispose()
    shop.world.run()
    assert got == []
    assert [kind for kind, _ in requests(shop.world)] == ["subscribe", "unsubscribe"]


def test_a_book_of_a_stream_that_is_no_connection_is_joined_too() -> None:
    market = PlainMarket(12, steps=10)
    messages: Subject[Any] = Subject()
    sockets: Subject[Any] = Subject()
    scheduler = TestScheduler()
    got: list[Any] = []
    answer: Subject[Any] = Subject()
    sockets.pipe(subscribe_book(BTC, messages, depth=None, snapshots=lambda _: answer)).subscribe(
        lambda book: got.append(texts(book))
    )
    socket = ScriptedSocket(scheduler)
    sockets.on_next(socket)
    sent: Any = socket.sent[0][1]
    messages.on_next({"id": sent["id"], "type": "ack"})
    for place, message in enumerate(market.events):
        if place == 3:
            answer.on_next(market.snapshot(market.first))
            scheduler.advance_to(1.0)
        messages.on_next(decode(json.dumps(message).encode()))
    end = market.events[2]["data"]["sequenceEnd"]
    assert got == [market.truths[end], *truths(market, market.events[3:])]


def test_updates_carry_notices_too() -> None:
    market = PlainMarket(13, steps=10)
    frames = [market.events[0], *market.events[2:]]
    got = seen(
        frames, Shop(market.snapshot(market.first), market.snapshot(market.last)), subscribe=subscribe_book_updates
    )
    assert [type(item) for item in got] == [BookUpdate, BookUpdate, Gap, BookUpdate]
    assert got[3].is_snapshot
