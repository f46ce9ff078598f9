"""Kraken's books, v2 and v1: every checksum of real frames, what users see of a book, and what is refused."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from reactivex import Subject
from reactivex.testing import TestScheduler

from rxex.codec import decode
from rxex.errors import InvalidArgument
from rxex.events import Gap, Malformed, Stale, SubscriptionStatus
from rxex.exchanges import kraken
from rxex.exchanges.kraken.connection import V2
from rxex.models import Book, BookUpdate, Level
from rxex.testing import MarbleConnection, ScriptedSocket, marble_connection
from tests.exchanges.kraken.plain_books import (
    SNAPSHOT_V1,
    SNAPSHOT_V2,
    UPDATES_V1,
    UPDATES_V2,
    Plain,
    recorded_v1,
    recorded_v2,
    texts,
)
from tests.exchanges.kraken.plain_kraken import acks, feed, items, live

FRAMES = {1: [SNAPSHOT_V1, *UPDATES_V1], 2: [SNAPSHOT_V2, *UPDATES_V2]}


def _seen(connection: MarbleConnection, symbols: Any, **options: Any) -> list[Any]:
    """Read all of each book while it is new, and give what was read; gaps as they are."""
    got: list[Any] = []
    books = feed(connection, kraken.subscribe_book, symbols, notices=True, **options)
    books.subscribe(lambda item: got.append((item.symbol, texts(item)) if isinstance(item, Book) else item))
    connection.run()
    return got


@pytest.mark.parametrize("version", [1, 2])
def test_each_frame_of_the_samples_gives_the_book_of_the_venue_digit_for_digit(version: int) -> None:
    plain, expected = Plain(), []
    for frame in FRAMES[version]:
        plain.take(frame)
        expected.append(("BTC/USD", plain.levels))
    assert _seen(live(FRAMES[version], version), "BTC/USD") == expected


def test_every_recorded_v1_update_of_depth_1000_is_verified(recordings: Path) -> None:
    frames = recorded_v1(recordings)
    expected, books = [], {}
    for frame in frames:
        pair = json.loads(frame)[-1]
        books.setdefault(pair, Plain(1000)).take(frame)
        bids, asks = books[pair].levels
        expected.append((pair.replace("XBT", "BTC"), len(bids), len(asks), bids[:20], asks[:20]))
    got: list[Any] = []
    connection = live(frames, 1)
    symbols = [pair.replace("XBT", "BTC") for pair in books]
    feed(connection, kraken.subscribe_book, symbols, depth=1000, notices=True).subscribe(
        lambda book: got.append((book.symbol, len(book.bids), len(book.asks), *(side[:20] for side in texts(book))))
    )
    connection.run()
    assert len(got) == len(frames) == 1473
    assert got == expected


def test_every_recorded_v2_update_is_verified(recordings: Path) -> None:
    frames = recorded_v2(recordings)
    plain, expected = Plain(), []
    for frame in frames:
        plain.take(frame)
        expected.append(("BTC/USD", plain.levels))
    assert len(frames) == 510
    assert _seen(live(frames), "BTC/USD") == expected


def test_a_book_tells_its_best_prices_its_depth_and_its_times() -> None:
    first, *_ = items(live(FRAMES[2]), kraken.subscribe_book, "BTC/USD")
    assert (str(first.bid), str(first.bid_size), str(first.ask), str(first.ask_size)) == (
        *("63004.9", "0.01876947"),
        *("63005.0", "2.07265551"),
    )
    assert first.depth == len(first.bids) == len(first.asks) == 10
    assert first.datetime == datetime(2026, 8, 1, 2, 53, 53, 398143, tzinfo=UTC)
    assert first.received > 0
    assert first.raw["data"][0]["checksum"] == 2531248887
    old = items(live(FRAMES[1], 1), kraken.subscribe_book, "BTC/USD")
    assert old[2].time == 1693415330886651000  # not that of the level that was published again
    assert old[0].raw[-2:] == ["book-10", "XBT/USD"]


def test_a_snapshot_without_a_time_has_none() -> None:
    plain = Plain()
    plain.take(SNAPSHOT_V2)
    got = items(live([], replies=_server(plain)), kraken.subscribe_book, "BTC/USD")
    assert [book.time for book in got] == [None]


def test_books_that_are_kept_stay_as_they_were() -> None:
    plain, expected = Plain(), []
    for frame in FRAMES[1]:
        plain.take(frame)
        expected.append(plain.levels)
    books = items(live(FRAMES[1], 1), kraken.subscribe_book, "BTC/USD")
    assert [texts(book) for book in books] == expected
    assert books[1].asks is books[0].asks  # nothing is copied that has not changed
    assert books[0] != books[1]


def test_what_changed_is_told_in_the_exchanges_order_after_the_whole_book() -> None:
    updates = items(live(FRAMES[1], 1), kraken.subscribe_book_updates, "BTC/USD")
    assert [update.is_snapshot for update in updates] == [True] + [False] * 9
    assert (len(updates[0].bids), len(updates[0].asks), updates[0].checksum) == (10, 10, None)
    assert updates[2].bids == (
        Level(Decimal("27117.40000"), Decimal("0.00000000")),
        Level(Decimal("27116.80000"), Decimal("0.14741986")),
    )
    assert (updates[2].asks, updates[2].checksum, updates[2].time) == ((), 3139033408, 1693415330886651000)
    new = items(live(FRAMES[2]), kraken.subscribe_book_updates, "BTC/USD")
    assert [(update.is_snapshot, len(update.bids), len(update.asks)) for update in new] == [
        *((True, 10, 10), (False, 0, 1), (False, 0, 2))
    ]
    assert f"{new[2].asks[0].size:f}" == "0.00000000"
    assert new[2].datetime == datetime(2026, 8, 1, 2, 53, 54, 966086, tzinfo=UTC)


def _two_objects(first: dict[str, Any], second: dict[str, Any]) -> str:
    return json.dumps([336, first, second, "book-10", "XBT/USD"])


def test_both_sides_in_one_frame_of_two_objects_with_the_checksum_in_the_last() -> None:
    ask, bid = ["27120.00000", "0.00000000", "1693415331.1"], ["27119.95000", "1.00000000", "1693415331.2"]
    plain = Plain()
    plain.take(SNAPSHOT_V1)
    plain.take(_two_objects({"a": [ask]}, {"b": [bid]}))
    frame = _two_objects({"a": [ask]}, {"b": [bid], "c": str(plain.checksum)})
    assert _seen(live([SNAPSHOT_V1, frame], 1), "BTC/USD")[-1] == ("BTC/USD", plain.levels)
    (update,) = items(live([SNAPSHOT_V1, frame], 1), kraken.subscribe_book_updates, "BTC/USD")[1:]
    assert (len(update.bids), len(update.asks), update.checksum) == (1, 1, plain.checksum)
    for wrong in (
        _two_objects({"a": [ask], "c": str(plain.checksum)}, {"b": [bid]}),
        _two_objects({"a": [ask]}, {"b": [["27119.95000", "1.00000001", "1693415331.2"]], "c": str(plain.checksum)}),
        _two_objects({"a": [["27120.00001", "0.00000000", "1.1"]]}, {"b": [bid], "c": str(plain.checksum)}),
    ):
        _, gap = _seen(live([SNAPSHOT_V1, wrong], 1), "BTC/USD")
        assert isinstance(gap, Gap)
        assert "checksum" in gap.reason


@pytest.mark.parametrize("version", [1, 2])
def test_a_missing_checksum_is_a_gap(version: int) -> None:
    snapshot, update = FRAMES[version][:2]
    bare = json.loads(update, parse_float=Decimal)
    del (bare[1] if version == 1 else bare["data"][0])["c" if version == 1 else "checksum"]
    (_, gap) = _seen(live([snapshot, json.dumps(bare, default=float)], version), "BTC/USD")
    assert gap.reason == "checksum is missing"


def _server(plain: Plain) -> Any:
    def replies(message: Any) -> Iterable[Any]:
        yield from acks(message)
        if message.get("method") == "subscribe":
            for symbol in message["params"]["symbol"]:
                yield plain.snapshot_v2(symbol)

    return replies


def test_without_a_snapshot_nothing_is_emitted_and_after_ten_seconds_it_is_asked_for_again() -> None:
    plain = Plain()
    plain.take(SNAPSHOT_V2)
    asked: list[Any] = []

    def replies(message: Any) -> Iterable[Any]:
        asked.append(message["method"])
        # As in one recorded session: an acknowledgement that no snapshot follows.
        return _server(plain)(message) if asked.count("subscribe") > 1 else acks(message)

    connection = marble_connection("o-u" + "-" * 12 + "|", {"u": UPDATES_V2[0]}, V2, replies=replies)
    got = _seen(connection, "BTC/USD")
    assert asked == ["subscribe", "unsubscribe", "subscribe"]
    assert [type(item) for item in got] == [Stale, tuple]
    assert got[1] == ("BTC/USD", plain.levels)


def test_one_who_comes_late_to_a_shared_book_gets_it_whole_at_once() -> None:
    connection = live(FRAMES[2])
    feed(connection, kraken.subscribe_book, "BTC/USD").subscribe()
    connection.advance_to(0.0065)
    books: list[Any] = []
    updates: list[Any] = []
    feed(connection, kraken.subscribe_book, "BTC/USD").subscribe(lambda book: books.append(texts(book)))
    feed(connection, kraken.subscribe_book_updates, "BTC/USD").subscribe(updates.append)
    connection.run()
    plain = Plain()
    states = [plain.levels for frame in FRAMES[2] if plain.take(frame) is None]
    assert books == states[1:]
    assert [(update.is_snapshot, len(update.asks)) for update in updates] == [(True, 10), (False, 2)]
    assert [(f"{level.price:f}", f"{level.size:f}") for level in updates[0].asks] == states[1][1]
    assert [message["method"] for _, message in connection.sockets[0].sent] == ["subscribe"]  # type: ignore[call-overload]


def test_a_crossed_book_is_a_gap() -> None:
    crossed = Plain()
    crossed.take(SNAPSHOT_V2)
    crossed.bids[Decimal("63005.0")] = ("63005.0", "1.00000000")
    row = {"symbol": "BTC/USD", "bids": [{"price": 63005.0, "qty": 1.5}], "asks": [], "checksum": crossed.checksum}
    frame = json.dumps({"channel": "book", "type": "update", "data": [row]})
    _, gap = _seen(live([SNAPSHOT_V2, frame]), "BTC/USD")
    assert gap.reason == "crossed book: 63005.0 is bid while 63005.0 is asked"


@pytest.mark.parametrize("depth", [0, 11, "10", None, True, 10_000])
@pytest.mark.parametrize("subscribe", [kraken.subscribe_book, kraken.subscribe_book_updates])
def test_another_depth_is_refused_with_the_choices(subscribe: Any, depth: Any) -> None:
    with pytest.raises(InvalidArgument, match="choose one of 10, 25, 100, 500, 1000"):
        subscribe("BTC/USD", live([]).connection.messages, depth=depth)


def test_two_depths_of_one_symbol_cannot_share_a_v2_connection() -> None:
    connection = live(FRAMES[2])
    errors: list[Exception] = []
    books: list[Any] = []
    feed(connection, kraken.subscribe_book, "BTC/USD").subscribe(books.append, errors.append)
    feed(connection, kraken.subscribe_book, "BTC/USD", depth=25).subscribe(books.append, errors.append)
    connection.run()
    assert [type(error) for error in errors] == [InvalidArgument]
    assert len(books) == 3
    assert len(connection.sockets[0].sent) == 1


def test_two_depths_of_one_symbol_are_two_channels_on_v1() -> None:
    connection = live(FRAMES[1], 1)
    got: list[int] = []
    feed(connection, kraken.subscribe_book, "BTC/USD", depth=25).subscribe(lambda book: got.append(book.depth))
    feed(connection, kraken.subscribe_book, "BTC/USD").subscribe(lambda book: got.append(book.depth))
    connection.run()
    assert got == [10] * 10
    assert [message["subscription"] for _, message in connection.sockets[0].sent] == [  # type: ignore[call-overload]
        {"name": "book", "depth": 25},
        {"name": "book", "depth": 10},
    ]


def test_a_request_says_the_depth_and_so_does_the_end() -> None:
    connection = live(FRAMES[2])
    books = feed(connection, kraken.subscribe_book, ["BTC/USD", "ETH/USD"], depth=25).subscribe()
    connection.advance_to(0.002)
    books.dispose()
    asked, *_, ended = [message["params"] for _, message in connection.sockets[0].sent]  # type: ignore[call-overload]
    assert asked == {"channel": "book", "symbol": ["BTC/USD", "ETH/USD"], "depth": 25, "snapshot": True}
    assert ended == {"channel": "book", "symbol": ["ETH/USD"], "depth": 25}


@pytest.mark.parametrize("version", [1, 2])
@given(data=st.data())
def test_a_frame_with_one_changed_digit_is_never_taken_for_right(version: int, data: st.DataObject) -> None:
    frames = list(FRAMES[version])
    place = data.draw(st.integers(1, len(frames) - 1))
    frame = frames[place]
    # The digits of the levels and the checksum; not those of times and names.
    start = frame.index("{" if version == 1 else '"bids"')
    spots = [at for at in range(start, frame.rindex('"c"' if version == 1 else '"checksum"')) if _counts(frame, at)]
    at = data.draw(st.sampled_from(spots))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != frame[at]]))
    frames[place] = f"{frame[:at]}{digit}{frame[at + 1 :]}"
    connection = live(frames, version)
    plain = Plain()
    states = []
    for each in FRAMES[version]:
        plain.take(each)
        states.append(("BTC/USD", plain.levels))
    got = [item for item in _seen(connection, "BTC/USD") if isinstance(item, tuple)]
    assert got == states[: len(got)]  # right, or withheld


def _counts(frame: str, at: int) -> bool:
    if not frame[at].isdigit():
        return False
    before = frame[:at]
    # The third text of a level of v1 is its time.
    return frame.startswith("{") or before[before.rindex("[") :].count(",") < 2


def test_malformed_books_are_told_and_mended() -> None:
    wrong = UPDATES_V2[0].replace("2.08665551", '"two"')
    connection = live([SNAPSHOT_V2, wrong])
    events: list[Any] = []
    connection.connection.link.subscribe(events.append)
    _, gap = _seen(connection, "BTC/USD")
    assert gap.reason == "a message could not be read"
    assert [event.channel for event in events if isinstance(event, Malformed)] == ["book BTC/USD"]
    assert [message["method"] for _, message in connection.sockets[0].sent] == ["subscribe", "unsubscribe", "subscribe"]  # type: ignore[call-overload]
    assert "gap" in [event.state for event in events if isinstance(event, SubscriptionStatus)]


def test_updates_carry_notices_too() -> None:
    got = items(live([SNAPSHOT_V2, UPDATES_V2[1]]), kraken.subscribe_book_updates, "BTC/USD", notices=True)
    assert [type(item) for item in got] == [BookUpdate, Gap]


@pytest.mark.parametrize("version", [1, 2])
def test_books_of_a_stream_that_is_no_connection_are_verified_too(version: int) -> None:
    messages: Subject[Any] = Subject()
    sockets: Subject[Any] = Subject()
    got: list[Any] = []
    sockets.pipe(kraken.subscribe_book("BTC/USD", messages, version=version, notices=True)).subscribe(got.append)
    sockets.on_next(ScriptedSocket(TestScheduler()))
    wrong = FRAMES[version][2].replace("0.14741986", "0.14741987").replace("0.00039677", "0.00039678")
    for frame in (*FRAMES[version][:2], wrong):
        messages.on_next(decode(frame.encode()))
    plain = Plain()
    right = [plain.levels for frame in FRAMES[version][:2] if plain.take(frame) is None]
    assert [texts(item) if isinstance(item, Book) else type(item) for item in got] == [*right, Gap]
    assert got[0].raw == decode(FRAMES[version][0].encode())
