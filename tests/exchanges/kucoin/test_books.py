"""KuCoin's books of the spot market: the recording, what users see, how a book is mended."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from reactivex import Observable

from rxex.errors import AuthRefused, ConnectError, InvalidArgument
from rxex.events import Gap, Stale, SubscriptionStatus
from rxex.exchanges.kucoin.book_snapshots import BookSnapshot
from rxex.exchanges.kucoin.books import subscribe_book, subscribe_book_updates
from rxex.exchanges.kucoin.dialect import SPOT
from rxex.models import Book
from rxex.operators import keep_messages_only
from rxex.testing import marble_connection
from tests.exchanges.kucoin.plain_books import (
    BTC,
    Plain,
    PlainMarket,
    Shop,
    event,
    later,
    live,
    recorded,
    requests,
    seen,
    texts,
    truths,
)
from tests.exchanges.kucoin.plain_kucoin import acks
from tests.feeding import feed


def test_the_recorded_stream_with_its_snapshots_gives_the_right_book_at_every_step(recordings: Path) -> None:
    recording = recorded(recordings)
    world = live(recording.frames, SPOT)
    naive = {symbol: Plain.of(data) for symbol, (_, data) in recording.snapshots.items()}
    last = {symbol: int(data["sequence"]) for symbol, (_, data) in recording.snapshots.items()}
    come: dict[str, list[Any]] = {symbol: [] for symbol in naive}
    """Messages that have come, and are not in the naive book yet."""

    def note(message: Any) -> None:
        if message.get("subject") == "trade.l2update":
            come[message["data"]["symbol"]].append(message["data"])

    def snapshots(symbol: str) -> Observable[Any]:
        before, data = recording.snapshots[symbol]
        return later(world, before * 0.002, BookSnapshot.of(symbol, data))

    def catch_up(symbol: str) -> bool:
        """Bring the naive book up to what has come; tell whether it changes."""
        before = naive[symbol].levels
        for data in come[symbol]:
            naive[symbol].take(data, last[symbol])
            last[symbol] = max(last[symbol], data["sequenceEnd"])
        come[symbol].clear()
        return naive[symbol].levels != before

    books: Counter[str] = Counter()
    problems: list[Any] = []

    def compare(book: Any) -> None:
        if not isinstance(book, Book):
            problems.append(book)
            return
        books[book.symbol] += 1
        catch_up(book.symbol)
        assert texts(book) == naive[book.symbol].levels
        message: Any = book.raw
        if "data" in message:
            assert message["data"]["sequenceEnd"] == last[book.symbol]
            assert book.time is None
        else:
            assert book.time == int(message["time"]) * 1_000_000

    world.connection.pipe(keep_messages_only()).subscribe(note)
    feed(world, subscribe_book, sorted(naive), depth=None, notices=True, snapshots=snapshots).subscribe(compare)
    world.run()
    assert problems == []
    assert len(books) == len(naive) == 9
    assert not any(catch_up(symbol) for symbol in naive)  # nothing came after the last book that would change it
    assert sum(books.values()) > 1000
    assert requests(world) == [("subscribe", "/market/level2:" + ",".join(sorted(naive)))]


def test_the_book_at_the_end_of_the_recording_is_one_rebuilt_naively(recordings: Path) -> None:
    recording = recorded(recordings)
    world = live(recording.frames, SPOT)
    naive = {symbol: Plain.of(data) for symbol, (_, data) in recording.snapshots.items()}
    for frame in recording.frames:
        message = json.loads(frame)
        if message.get("subject") == "trade.l2update":
            symbol = message["data"]["symbol"]
            naive[symbol].take(message["data"], int(recording.snapshots[symbol][1]["sequence"]))

    def snapshots(symbol: str) -> Observable[Any]:
        return later(world, 0.5, BookSnapshot.of(symbol, recording.snapshots[symbol][1]))

    ends: dict[str, Any] = {}
    tops: dict[str, Any] = {}
    rebuilt: dict[str, Plain] = {}

    def rebuild(update: Any) -> None:
        if update.is_snapshot:
            rebuilt[update.symbol] = Plain()
        for side, levels in (("bids", update.bids), ("asks", update.asks)):
            for level in levels:
                rebuilt[update.symbol].set(side, f"{level.price:f}", f"{level.size:f}")

    options: Any = {"snapshots": snapshots}
    feed(world, subscribe_book, list(naive), depth=None, **options).subscribe(
        lambda book: ends.update({book.symbol: book})
    )
    feed(world, subscribe_book, list(naive), **options).subscribe(lambda book: tops.update({book.symbol: book}))
    feed(world, subscribe_book_updates, list(naive), depth=None, **options).subscribe(rebuild)
    world.run()
    assert len(ends) == 9
    for symbol, plain in naive.items():
        assert texts(ends[symbol]) == plain.levels == rebuilt[symbol].levels
        assert texts(tops[symbol]) == tuple(side[:10] for side in plain.levels)
        assert tops[symbol].depth == 10


def test_a_book_follows_its_snapshot_and_tells_its_times() -> None:
    market = PlainMarket(1)
    shop = Shop(market.snapshot(market.first))
    assert seen(market.events, shop) == [market.truths[market.first], *truths(market, market.events)]
    world = live(market.events, SPOT)
    shop = Shop(market.snapshot(market.first))
    shop.world = world
    books: list[Any] = []
    feed(world, subscribe_book, BTC, snapshots=shop).subscribe(books.append)
    world.run()
    assert books[0].datetime == datetime(2021, 4, 25, 19, 18, 46, 628000, tzinfo=UTC)
    assert books[1].datetime == datetime(2024, 10, 25, 0, 33, 45, 625000, tzinfo=UTC)
    assert (books[1].symbol, books[1].depth) == (BTC, 10)
    assert books[1].raw["topic"] == "/market/level2:BTC-USDT"
    assert books[1].received > 0


def test_the_best_levels_are_told_when_they_change_and_not_when_others_do() -> None:
    market = PlainMarket(2, steps=200)
    whole = [market.truths[market.first], *truths(market, market.events)]
    tops = [tuple(side[:3] for side in book) for book in whole]
    got = seen(market.events, Shop(market.snapshot(market.first)), depth=3)
    different = [top for place, top in enumerate(tops) if place == 0 or top != tops[place - 1]]
    assert [top for place, top in enumerate(got) if place == 0 or top != got[place - 1]] == different
    assert len(got) < len(whole)


def test_updates_are_what_the_exchange_tells_without_what_only_counts() -> None:
    rows = {"asks": [["0", "0", "13"], ["10.5", "0", "14"]], "bids": [["9.0", "2.50", "12"]]}
    frames = [
        event(11, 14, rows),
        event(15, 15, {"asks": [["0", "0", "15"]]}),
        event(16, 16, {"bids": [["8", "1", "16"]]}),
    ]
    snapshot = BookSnapshot.of(BTC, {"sequence": "11", "bids": [["9", "2"]], "asks": [["10.5", "1"], ["11", "1"]]})
    updates = seen(frames, Shop(snapshot), subscribe=subscribe_book_updates)
    assert [(update.is_snapshot, len(update.bids), len(update.asks)) for update in updates] == [
        *((True, 1, 2), (False, 1, 1), (False, 1, 0))
    ]
    assert (str(updates[1].bids[0].size), str(updates[1].asks[0].size)) == ("2.50", "0")
    assert updates[1].time == 1729816425625000000
    best = seen(frames, Shop(snapshot), subscribe=subscribe_book_updates, depth=1)
    assert [(texts(update), update.is_snapshot) for update in best] == [
        *((([("9", "2")], [("10.5", "1")]), True), (([("9.0", "2.50")], [("10.5", "0"), ("11", "1")]), False))
    ]


def test_a_hole_withholds_that_book_until_a_snapshot_is_there_and_no_other() -> None:
    btc, eth = PlainMarket(3, steps=30), PlainMarket(4, steps=30, symbol="ETH-USDT")
    lost, noticed = btc.events[3], btc.events[4]["data"]
    frames = [frame for pair in zip(btc.events, eth.events, strict=False) for frame in pair if frame is not lost]
    answers = {BTC: [btc.first, noticed["sequenceEnd"]], "ETH-USDT": [eth.first]}
    markets = {BTC: btc, "ETH-USDT": eth}
    world = live(frames, SPOT)
    states: list[str] = []
    world.connection.link.subscribe(
        lambda item: states.append(item.state) if isinstance(item, SubscriptionStatus) and item.symbol == BTC else None
    )
    got: list[Any] = []
    feed(
        world,
        subscribe_book,
        [BTC, "ETH-USDT"],
        depth=None,
        notices=True,
        snapshots=lambda symbol: later(world, 0.0, markets[symbol].snapshot(answers[symbol].pop(0))),
    ).subscribe(lambda item: got.append((item.symbol, texts(item)) if isinstance(item, Book) else item))
    world.run()
    (gap,) = [item for item in got if isinstance(item, Gap)]
    start = lost["data"]["sequenceStart"]
    assert (gap.channel, gap.expected, gap.received) == ("/market/level2 BTC-USDT", start, noticed["sequenceStart"])
    assert gap.missed == noticed["sequenceStart"] - start
    after = [frame for frame in frames if frame["data"]["symbol"] == BTC][4:]
    assert [book for symbol, book in (item for item in got if item is not gap) if symbol == BTC] == [
        btc.truths[btc.first],
        *truths(btc, btc.events[:3]),
        btc.truths[noticed["sequenceEnd"]],
        *truths(btc, after),
    ]
    told = [book for symbol, book in (item for item in got if item is not gap) if symbol != BTC]
    sent = [frame for frame in frames if frame["data"]["symbol"] != BTC]
    assert told == [eth.truths[eth.first], *truths(eth, sent)]
    assert requests(world) == [("subscribe", "/market/level2:BTC-USDT,ETH-USDT")]
    assert states == ["requested", "acked", "live", "gap", "live", "restored"]


def test_a_snapshot_older_than_the_first_message_is_asked_for_again_and_no_message_is_lost() -> None:
    market = PlainMarket(5, steps=20)
    frames = market.events[4:]
    first = frames[0]["data"]["sequenceStart"]
    shop = Shop(market.snapshot(first - 2), market.snapshot(first - 2), market.snapshot(first - 1), delay=0.5)
    world = live(frames, SPOT, after="-" * 9000)
    got = seen(frames, shop, world=world)
    assert got == [market.truths[market.last]]
    assert [time for time, _ in shop.asked] == [0.0, 1.5, 4.0]


def test_a_snapshot_that_fails_is_asked_for_again_and_a_lasting_error_ends_the_stream() -> None:
    market = PlainMarket(6, steps=8)
    shop = Shop(ConnectError("there", "no"), market.snapshot(market.first))
    got = seen(market.events, shop, world=live(market.events, SPOT, after="-" * 2000))
    assert got == [market.truths[market.last]]
    shop = Shop(AuthRefused("no such key"))
    (error,) = seen(market.events, shop)
    assert isinstance(error, AuthRefused)
    assert [kind for kind, _ in requests(shop.world)] == ["subscribe", "unsubscribe"]  # type: ignore[arg-type]


def test_without_a_snapshot_for_ten_seconds_the_book_is_told_to_be_stale() -> None:
    market = PlainMarket(6, steps=8)
    shop = Shop(market.snapshot(market.first), delay=60.0)
    got = seen(market.events, shop, world=live(market.events, SPOT, after="-" * 12_000))
    assert [type(item) for item in got] == [Stale]


@pytest.mark.parametrize(
    ("answer", "remedy"),
    [
        (BookSnapshot.of("ETH-USDT", {"sequence": 1, "bids": [], "asks": []}), "asked for 'BTC-USDT'"),
        ({"sequence": 1, "bids": [], "asks": []}, "has to give a BookSnapshot"),
        (None, "has to give a BookSnapshot"),
    ],
)
def test_a_source_that_gives_something_else_ends_the_stream(answer: Any, remedy: str) -> None:
    (error,) = seen(PlainMarket(6).events, Shop(answer))
    assert isinstance(error, InvalidArgument)
    assert remedy in str(error)


def test_a_source_that_raises_ends_the_stream() -> None:
    def source(_: str) -> Any:
        raise ZeroDivisionError

    got: list[Any] = []
    world = live([], SPOT)
    feed(world, subscribe_book, BTC, snapshots=source).subscribe(on_error=got.append)
    world.run()
    assert [type(error) for error in got] == [ZeroDivisionError]


def test_the_reconnect_begins_with_a_new_snapshot() -> None:
    market = PlainMarket(8, steps=20)
    half = len(market.events) // 2
    names = {f"m{place}": frame for place, frame in enumerate(market.events)}
    marbles = list(names)
    diagram = "o-" + "-".join(marbles[:half]) + "-#--o-" + "-".join(marbles[half + 1 :]) + "-|"
    world = marble_connection(diagram, names, SPOT, replies=acks, step=0.001)
    again = market.events[half]["data"]["sequenceEnd"]
    got = seen([], Shop(market.snapshot(market.first), market.snapshot(again)), world=world)
    before, after = market.events[:half], market.events[half + 1 :]
    (gap,) = [item for item in got if isinstance(item, Gap)]
    place = got.index(gap)
    assert got[:place] == [market.truths[market.first], *truths(market, before)]
    assert got[place + 1 :] == [market.truths[again], *truths(market, after)]
