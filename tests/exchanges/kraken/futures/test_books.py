"""Kraken's futures books: all levels, each number checked, each book mended alone."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from rxex.events import Gap, Notice, SubscriptionState, SubscriptionStatus
from rxex.exchanges.kraken import futures
from rxex.models import Book, BookUpdate, Level
from rxex.operators import filter_new_socket_only, keep_messages_only
from tests.exchanges.kraken.futures.samples import (
    BOOK_SNAPSHOT,
    acks,
    book_update,
    events_of,
    items_of,
    live,
    plain,
    recorded,
    replay,
)

XBT = "PI_XBTUSD"
BASE = 326072249
ETH_SNAPSHOT = BOOK_SNAPSHOT.replace(b"XBT", b"ETH")


def books(messages: Any) -> Any:
    return futures.subscribe_book(XBT, messages, notices=True)


def levels(side: Any) -> list[tuple[str, str]]:
    return [(str(level.price), str(level.size)) for level in side]


def events_sent(world: Any) -> list[tuple[str, Any]]:
    return [(message["event"], message["product_ids"]) for _, message in world.sockets[0].sent]


def test_a_book_follows_its_updates_with_the_digits_of_the_wire() -> None:
    frames = {
        "s": BOOK_SNAPSHOT,
        "a": book_update(BASE + 1, "buy", "34892.5", "1.50"),
        "b": book_update(BASE + 2, "sell", "34911.5", "0.0"),
        "c": book_update(BASE + 3, "sell", "3.49E4", "7"),
        "d": book_update(BASE + 4, "buy", "1.0", "0"),
    }
    made = items_of(live(frames, "o-s-a-b-c-d-|", replies=acks), books)
    assert [(levels(book.bids), levels(book.asks)) for book in made] == [
        (bids, asks)
        for bids, asks in (
            ([("34892.5", "6385"), ("34892", "10924")], [("34911.5", "20598"), ("34912", "2300")]),
            ([("34892.5", "1.50"), ("34892", "10924")], [("34911.5", "20598"), ("34912", "2300")]),
            ([("34892.5", "1.50"), ("34892", "10924")], [("34912", "2300")]),
            ([("34892.5", "1.50"), ("34892", "10924")], [("3.49E+4", "7"), ("34912", "2300")]),
            ([("34892.5", "1.50"), ("34892", "10924")], [("3.49E+4", "7"), ("34912", "2300")]),
        )
    ]
    last = made[-1]
    assert (last.symbol, last.depth, last.time, last.bid) == (XBT, sys.maxsize, 1612269953629000000, Decimal("34892.5"))


def test_levels_of_size_0_in_a_snapshot_are_no_levels() -> None:
    snapshot = BOOK_SNAPSHOT.replace(b'"qty":6385', b'"qty":0.0')
    (book,) = items_of(live({"a": snapshot}), books)
    assert levels(book.bids) == [("34892", "10924")]


def test_a_hole_withholds_that_book_until_it_was_asked_for_again_and_no_other() -> None:
    frames = {
        "s": BOOK_SNAPSHOT,
        "e": ETH_SNAPSHOT,
        "x": book_update(BASE + 2, "buy", "34892.5", "1"),
        "y": book_update(BASE + 3, "buy", "34892.5", "2"),
        "f": book_update(BASE + 1, "buy", "34892.5", "3", "PI_ETHUSD"),
        "t": BOOK_SNAPSHOT.replace(b"326072249", b"400"),
        "u": book_update(401, "buy", "34892.5", "4"),
    }
    world = live(frames, "o-s-e-x-y-f-t-u-|", replies=acks)
    status = events_of(world, SubscriptionStatus)
    made = items_of(world, lambda messages: futures.subscribe_book([XBT, "PI_ETHUSD"], messages, notices=True))
    told = [each.symbol if isinstance(each, Book) else "gap" for each in made]
    assert told == [XBT, "PI_ETHUSD", "gap", "PI_ETHUSD", XBT, XBT]
    assert (made[2].channel, made[2].expected, made[2].received, made[2].missed) == (
        "book PI_XBTUSD",
        BASE + 1,
        BASE + 2,
        1,
    )
    assert events_sent(world) == [
        ("subscribe", [XBT, "PI_ETHUSD"]),
        ("unsubscribe", [XBT]),
        ("subscribe", [XBT]),
    ]
    assert [each.state for each in status if each.symbol == XBT].count(SubscriptionState.RESTORED) == 1


@pytest.mark.parametrize(
    ("frame", "why"),
    [
        (book_update(BASE + 1, "buy", "34911.5", "1"), "crossed"),
        (book_update(BASE + 1, "buy", "34892.5", '"x"'), "could not be read"),
        (book_update(BASE + 1, "buy", "34892.5", "-1"), "could not be read"),
        (book_update(BASE + 1, "both", "34892.5", "1"), "could not be read"),
        (book_update(3, "buy", "34892.5", "1"), ""),
    ],
    ids=["crossed", "no number", "negative", "no side", "numbers that start over"],
)
def test_a_book_that_cannot_be_right_is_a_gap_and_mended(frame: bytes, why: str) -> None:
    frames = {"s": BOOK_SNAPSHOT, "a": book_update(BASE + 1, "buy", "34892.5", "9"), "x": frame, "t": BOOK_SNAPSHOT}
    if why:
        frames["x"] = frame.replace(str(BASE + 1).encode(), str(BASE + 2).encode())
    world = live(frames, "o-s-a-x-t-|", replies=acks)
    made = items_of(world, books)
    assert [type(each).__name__ for each in made] == ["Book", "Book", "Gap", "Book"]
    assert why in made[2].reason
    assert [event for event, _ in events_sent(world)] == ["subscribe", "unsubscribe", "subscribe"]


def test_an_update_that_comes_twice_or_is_part_of_the_snapshot_is_passed_over() -> None:
    frames = {
        "p": book_update(BASE - 1, "buy", "34892.5", "1"),
        "s": BOOK_SNAPSHOT,
        "a": book_update(BASE + 1, "buy", "34892.5", "5"),
    }
    made = items_of(live(frames, "o-p-s-p-a-a-|", replies=acks), books)
    assert [str(book.bid_size) for book in made] == ["6385", "5"]


def test_a_subscription_that_is_acknowledged_and_silent_is_asked_for_again() -> None:
    world = live({"s": BOOK_SNAPSHOT}, "o" + "-" * 14 + "s-|", replies=acks)
    made = items_of(world, books)
    assert [type(each).__name__ for each in made] == ["Stale", "Book"]
    assert [event for event, _ in events_sent(world)] == ["subscribe", "unsubscribe", "subscribe"]


def test_the_reconnect_begins_with_a_new_snapshot() -> None:
    frames = {"s": BOOK_SNAPSHOT, "a": book_update(BASE + 1, "buy", "34892.5", "5")}
    made = items_of(live(frames, "o-s-a-#--o-a-s-a-|", replies=acks), books)
    assert [type(each).__name__ for each in made] == ["Book", "Book", "Gap", "Book", "Book"]


def test_updates_begin_with_the_whole_book_for_who_comes_late_too() -> None:
    frames = {
        "s": BOOK_SNAPSHOT,
        "a": book_update(BASE + 1, "buy", "34892.5", "0"),
        "b": book_update(BASE + 2, "sell", "34912", "8"),
    }
    world = live(frames, "o-s-a-b-|", replies=acks)
    messages = world.connection.pipe(keep_messages_only())
    sockets = world.connection.pipe(filter_new_socket_only())
    updates: list[Any] = []
    late: list[Any] = []
    sockets.pipe(futures.subscribe_book_updates(XBT, messages, notices=True)).subscribe(updates.append)
    world.advance_to(5)
    sockets.pipe(futures.subscribe_book_updates("pi_xbtusd", messages)).subscribe(late.append)
    kept: list[Any] = []
    sockets.pipe(futures.subscribe_book(XBT, messages)).subscribe(kept.append)
    world.run()
    assert all(isinstance(update, BookUpdate) for update in updates)
    assert [update.is_snapshot for update in updates] == [True, False, False]
    assert updates[1].bids == (Level(Decimal("34892.5"), Decimal(0)),)
    assert [update.is_snapshot for update in late] == [True, False]
    assert levels(late[0].bids) == [("34892", "10924")]
    assert [levels(book.asks)[-1] for book in kept] == [("34912", "2300"), ("34912", "8")]
    assert events_sent(world) == [("subscribe", [XBT])]


# Recordings


class NaiveBook:
    """What a book is, without any cleverness."""

    def __init__(self, snapshot: Any) -> None:
        self.sides = {name: {level["price"]: level["qty"] for level in snapshot[name]} for name in ("bids", "asks")}

    def update(self, message: Any) -> None:
        side = self.sides["bids" if message["side"] == "buy" else "asks"]
        side.pop(message["price"], None)
        if Decimal(message["qty"]):
            side[message["price"]] = message["qty"]

    def levels(self, name: str) -> list[tuple[str, str]]:
        return sorted(self.sides[name].items(), key=lambda level: Decimal(level[0]), reverse=name == "bids")


def _book_messages(frames: list[bytes]) -> list[Any]:
    messages = [message for message in map(plain, frames) if "event" not in message]
    return [message for message in messages if message["feed"] in {"book", "book_snapshot"}]


def test_the_recorded_books_are_those_of_a_naive_rebuild_at_each_step_without_a_gap(recordings: Path) -> None:
    frames = recorded(recordings)
    expected = _book_messages(frames)
    products = sorted({message["product_id"] for message in expected})
    naive: dict[str, NaiveBook] = {}
    step = iter(expected)
    gaps: list[Notice] = []

    def compare(book: Book | Notice) -> None:
        if isinstance(book, Notice):
            gaps.append(book)
            return
        message = next(step)
        if message["feed"] == "book_snapshot":
            naive[message["product_id"]] = NaiveBook(message)
        else:
            naive[message["product_id"]].update(message)
        rebuilt = naive[message["product_id"]]
        assert book.symbol == message["product_id"]
        assert levels(book.bids) == rebuilt.levels("bids")
        assert levels(book.asks) == rebuilt.levels("asks")
        assert book.time == int(message["timestamp"]) * 1_000_000

    names = {f"m{number}": frame for number, frame in enumerate(frames)}
    world = live(names, "o-" + "-".join(names) + "-|", step=0.001)
    messages = world.connection.pipe(keep_messages_only())
    world.connection.pipe(filter_new_socket_only(), futures.subscribe_book(products, messages, notices=True)).subscribe(
        compare
    )
    world.run()
    assert next(step, None) is None
    assert gaps == []
    assert (len(products), len(expected)) == (10, 2402)


def test_without_one_recorded_frame_one_book_has_one_gap_and_is_asked_for_once_more(recordings: Path) -> None:
    frames = recorded(recordings)
    places = [place for place, frame in enumerate(frames) if b'"feed":"book",' in frame and b'"event"' not in frame]
    lost = frames[places[len(places) // 2]]
    product = plain(lost)["product_id"]
    later = [plain(frames[place])["product_id"] for place in places[len(places) // 2 + 1 :]]
    assert product in later
    frames.remove(lost)
    expected = _book_messages(frames)
    products = sorted({message["product_id"] for message in expected})
    made, world = replay(frames, lambda messages: futures.subscribe_book(products, messages, notices=True))
    gaps = [each for each in made if isinstance(each, Gap)]
    assert [(gap.channel, gap.missed) for gap in gaps] == [(f"book {product}", 1)]
    assert events_sent(world)[1:] == [("unsubscribe", [product]), ("subscribe", [product])]
    shown = [each.symbol for each in made if isinstance(each, Book)]
    for other in products:
        if other != product:
            assert shown.count(other) == sum(message["product_id"] == other for message in expected)
