"""Order books of pairs: every published checksum, gaps mended alone, and the recorded session."""

from __future__ import annotations

import json
from collections import defaultdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rxex.codec import decode
from rxex.errors import InvalidArgument
from rxex.events import Closed, Gap, Malformed
from rxex.exchanges.bitfinex.books import subscribe_book, subscribe_book_updates
from rxex.models import Book
from rxex.sandbox.recording import read_recording
from tests.exchanges.bitfinex.checksum_vectors import BOOK_D, SUM_D, VECTORS
from tests.exchanges.bitfinex.plain_bitfinex import acks, feed, items, live
from tests.mutations import mutate

BOOK = "[1,[[100,1,1],[99,2,5],[101,1,-2],[102,1,-4]]]"

BOOK_3 = BOOK.replace("[1,", "[3,", 1)


def sides(book: Any) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    bids, asks = ([(str(level.price), str(level.size)) for level in side] for side in (book.bids, book.asks))
    return bids, asks


@pytest.mark.parametrize("name", VECTORS)
def test_published_checksums_are_verified(name: str) -> None:
    book, updates, total = VECTORS[name]
    frames = [f"[1,{book}]", *(f"[1,{update}]" for update in updates), f'[1,"cs",{total}]']
    got = items(live(frames), subscribe_book, "tBTCUSD", notices=True)
    assert [type(item) for item in got].count(Gap) == 0
    assert len(got) == 1 + len(updates)
    unsigned = [*frames[:-1], f'[1,"cs",{total % 2**32}]']
    assert not any(isinstance(item, Gap) for item in items(live(unsigned), subscribe_book, "tBTCUSD", notices=True))


@pytest.mark.parametrize("name", VECTORS)
def test_a_checksum_that_is_off_by_one_is_a_gap_and_the_book_is_asked_for_again(name: str) -> None:
    book, updates, total = VECTORS[name]
    frames = [f"[1,{book}]", *(f"[1,{update}]" for update in updates), f'[1,"cs",{total + 1}]', f"[2,{BOOK_D}]"]
    connection = live(frames)
    got = items(connection, subscribe_book, "tBTCUSD", notices=True)
    assert [type(item) for item in got][-2:] == [Gap, type(got[0])]
    assert "checksum" in got[-2].reason
    assert sides(got[-1])[0] == [("6000", "1"), ("5900", "2")]
    asked = [(message["event"], message.get("chanId")) for _, message in connection.sockets[0].sent]
    assert asked == [("subscribe", None), ("unsubscribe", 1), ("subscribe", None)]


def test_levels_are_set_replaced_and_taken_away() -> None:
    frames = [BOOK, "[1,[100,0,1]]", "[1,[99.5,1,7]]", "[1,[101,3,-9]]", "[1,[50,0,1]]"]
    got = items(live(frames), subscribe_book, "tBTCUSD")
    assert sides(got[-1]) == ([("99.5", "7"), ("99", "5")], [("101", "9"), ("102", "4")])
    assert (got[-1].bid, got[-1].ask, got[-1].bid_size) == (Decimal("99.5"), Decimal(101), Decimal(7))


def test_the_first_message_is_the_snapshot_and_later_lists_are_changes() -> None:
    got = items(live([BOOK, "[1,[[100,0,1],[101,0,-1]]]"]), subscribe_book, "tBTCUSD")
    assert sides(got[-1]) == ([("99", "5")], [("102", "4")])


def test_what_comes_while_a_book_waits_to_be_asked_for_again_is_no_snapshot() -> None:
    # The second gap in a row is mended after a second; the old subscription goes on until then.
    replies = acks()
    wrong = '[{},"cs",5]'
    frames = [
        BOOK,
        wrong.format(1),
        BOOK.replace("[1,", "[2,", 1),
        wrong.format(2),
        "[2,[[98,1,1],[103,1,-1]]]",
        BOOK_3,
    ]
    connection = live(frames, replies=replies, marbles=f"o-m0-m1-m2-m3-m4{'-' * 1500}m5-|")
    got = items(connection, subscribe_book, "tBTCUSD", notices=True)
    assert [type(item) for item in got if not isinstance(item, Gap)] == [type(got[0])] * 3
    assert sides(got[-1]) == sides(got[0])


def test_a_market_without_orders_has_an_empty_book() -> None:
    got = items(live(["[1,[]]", "[1,[100,1,1]]"]), subscribe_book, "tBTCUSD")
    assert [sides(book) for book in got] == [([], []), ([("100", "1")], [])]


def test_a_book_that_meets_is_shown_as_it_is() -> None:
    got = items(live(["[1,[[100,1,1],[100,1,-1]]]"]), subscribe_book, "tBTCUSD", precision="P4")
    assert got[0].bid == got[0].ask


def test_a_corrupted_level_heals_alone_and_the_other_book_misses_nothing() -> None:
    frames = [f"[1,{BOOK_D}]", f"[2,{BOOK_D}]", '[1,"cs",5]', f'[2,"cs",{SUM_D}]', "[2,[5800,1,1]]", f"[3,{BOOK_D}]"]
    connection = live(frames)
    first: list[Any] = []
    second: list[Any] = []
    feed(connection, subscribe_book, "tBTCUSD", notices=True).subscribe(first.append)
    feed(connection, subscribe_book, "tETHUSD", notices=True).subscribe(second.append)
    connection.run()
    assert [isinstance(item, Gap) for item in first] == [False, True, False]
    assert [isinstance(item, Gap) for item in second] == [False, False]
    assert len(connection.sockets) == 1


def test_a_message_that_cannot_be_read_is_told_and_the_book_mended() -> None:
    connection = live([BOOK, "[1,[null,1,1]]", "[2,[[7,1,1]]]"])
    told: list[Any] = []
    connection.connection.subscribe(lambda event: told.append(event) if isinstance(event, Malformed) else None)
    got = items(connection, subscribe_book, "tBTCUSD", notices=True)
    assert [isinstance(item, Gap) for item in got] == [False, True, False]
    assert len(told) == 1


def test_a_lost_message_makes_the_socket_connect_anew() -> None:
    conf = '{"event":"conf","status":"OK","flags":65536}'
    frames = [conf, f"[1,{BOOK_D},1]", "[1,[5800,1,1],3]", conf, f"[2,{BOOK_D},1]"]
    connection = live(frames, marbles="o-m0-m1-m2-#-o-m3-m4-|")
    closed: list[Any] = []
    connection.connection.link.subscribe(lambda event: closed.append(event) if isinstance(event, Closed) else None)
    got = items(connection, subscribe_book, "tBTCUSD", notices=True)
    assert [isinstance(item, Gap) for item in got] == [False, True, False]
    assert "expected number 2" in str(closed[0].error)
    assert len(connection.sockets) == 2


def test_what_changes_is_told_as_updates_the_first_being_the_whole_book() -> None:
    got = items(live([BOOK, "[1,[100,0,1]]", "[1,[[98,1,3],[103,1,-1]]]"]), subscribe_book_updates, "tBTCUSD")
    assert [update.is_snapshot for update in got] == [True, False, False]
    assert sides(got[1]) == ([("100", "0")], [])
    assert sides(got[2]) == ([("98", "3")], [("103", "1")])


def test_a_late_subscriber_of_a_shared_book_gets_it_at_once() -> None:
    connection = live([BOOK, "[1,[99.5,1,7]]"])
    first: list[Any] = []
    late: list[Any] = []
    feed(connection, subscribe_book, "tBTCUSD").subscribe(first.append)
    connection.advance_to(0.0045)
    feed(connection, subscribe_book, "tBTCUSD").subscribe(late.append)
    connection.run()
    assert isinstance(late[0], Book)
    assert len(connection.sockets[0].sent) == 1


@pytest.mark.parametrize(
    "wrong", [{"depth": 10}, {"precision": "P5"}, {"precision": "R0"}, {"frequency": "F2"}, {"depth": True}]
)
def test_what_bitfinex_does_not_have_is_refused_at_once(wrong: Any) -> None:
    with pytest.raises(InvalidArgument):
        items(live([BOOK]), subscribe_book, "tBTCUSD", **wrong)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_no_message_shows_a_wrong_level(data: st.DataObject) -> None:
    row = json.loads(data.draw(st.sampled_from([BOOK, "[1,[100,0,1]]", "[1,[99.5,1,7]]", '[1,"cs",7]'])))
    frame = json.dumps([1, mutate(row[1:], data)][0:1] + mutate([row[1:]], data)[0:1])
    for book in items(live([BOOK, frame]), subscribe_book, "tBTCUSD"):
        for levels in (book.bids, book.asks):
            assert all(level.price.is_finite() and level.size > 0 for level in levels)


def test_the_recorded_books_are_those_of_a_naive_rebuild(recordings: Path) -> None:
    frames = [frame.text for frame in read_recording(recordings / "bitfinex.jsonl")]
    known: dict[int, str] = {}
    naive: dict[str, dict[Decimal, Decimal]] = defaultdict(dict)
    begun: set[str] = set()
    for frame in frames:
        message: Any = decode(frame.encode())
        if isinstance(message, dict):
            if message.get("channel") == "book" and message["event"] == "subscribed":
                known[message["chanId"]] = message["symbol"]
            continue
        symbol = known.get(message[0])
        if symbol is None or message[1] == "hb":
            continue
        rows = [message[1]] if symbol in begun and message[1] and not isinstance(message[1][0], list) else message[1]
        begun.add(symbol)
        for price, count, amount in rows:
            if count:
                naive[symbol][Decimal(price)] = Decimal(amount)
            else:
                naive[symbol].pop(Decimal(price), None)
    symbols = sorted(known.values())
    assert len(symbols) == 7
    # The recorded acknowledgements are the answers.
    connection = live(frames, replies=lambda _: ())
    last: dict[str, Any] = {}
    malformed: list[Any] = []
    connection.connection.subscribe(lambda event: malformed.append(event) if isinstance(event, Malformed) else None)

    def keep(item: Any) -> None:
        assert isinstance(item, Book)
        last[item.symbol] = sides(item)

    feed(connection, subscribe_book, symbols, depth=100, notices=True).subscribe(
        lambda item: keep(item) if not isinstance(item, Gap) else None, lambda _: None
    )
    connection.run()
    assert malformed == []
    for symbol in symbols:
        levels = naive[symbol]
        bids = [(str(price), str(size)) for price, size in sorted(levels.items(), reverse=True) if size > 0]
        asks = [(str(price), str(-size)) for price, size in sorted(levels.items()) if size < 0]
        assert last[symbol] == (bids, asks)
