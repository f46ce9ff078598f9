"""KuCoin's books of the spot market: the recording, what users see, how one is mended, and what is refused."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest
import reactivex as rx
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Observable, Subject
from reactivex.testing import TestScheduler

from rxex.codec import decode, number
from rxex.errors import AuthRefused, ConnectError, InvalidArgument, MalformedMessage, SequenceGap
from rxex.events import Gap, Malformed, Stale, SubscriptionStatus
from rxex.exchanges.kucoin.book_snapshots import BookSnapshot
from rxex.exchanges.kucoin.books import BookParser, BookWire, subscribe_book, subscribe_book_updates
from rxex.exchanges.kucoin.dialect import SPOT
from rxex.models import Book, BookUpdate
from rxex.operators import keep_messages_only
from rxex.testing import MarbleConnection, ScriptedSocket, marble_connection
from tests.exchanges.kucoin.plain_books import (
    Plain,
    PlainMarket,
    acks,
    event,
    feed,
    later,
    live,
    recorded,
    requests,
    texts,
)
from tests.mutations import mutate

SECOND = 10**9
BTC = "BTC-USDT"


class Shop:
    """Gives one snapshot after the other, the last one again and again; keeps who asked when."""

    def __init__(self, *answers: Any, delay: float = 0.0) -> None:
        self.answers = list(answers)
        self.delay = delay
        self.asked: list[tuple[float, str]] = []
        self.world: MarbleConnection | None = None

    def __call__(self, symbol: str) -> Observable[Any]:
        assert self.world is not None
        now = self.world.scheduler
        self.asked.append((round(now.to_seconds(now.now), 4), symbol))
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return later(self.world, self.delay, answer)


def seen(
    frames: list[Any], shop: Shop, symbols: Any = BTC, subscribe: Any = subscribe_book, **options: Any
) -> list[Any]:
    """Read all of each item while it is new: books as texts, notices as they are, and the error in the end."""
    world: MarbleConnection = options.pop("world", None) or live(frames, SPOT, after="-" * 20)
    shop.world = world
    got: list[Any] = []
    options = {"depth": None, "notices": True} | options
    feed(world, subscribe, symbols, snapshots=shop, **options).subscribe(
        lambda item: got.append(texts(item) if isinstance(item, Book) else item), got.append
    )
    world.run()
    return got


def truths(market: PlainMarket, events: list[Any]) -> list[Any]:
    """The books after messages; those that only count are no changes."""
    return [market.truths[each["data"]["sequenceEnd"]] for each in events if any_change(each)]


def any_change(message: Any) -> bool:
    return any(row[0] != "0" for side in message["data"]["changes"].values() for row in side)


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


# A part of the book


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


def test_renewals_are_asked_for_once_a_second_and_after_failures_more_slowly() -> None:
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
    assert seconds[:6] == [0, 2, 6, 14, 30, 60]
    # A clock that is put back does not stop it.
    now = 0
    message = event(322, 322, {"asks": [["200", "7", "322"]]})
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


# Hostile messages, and what is refused


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
            assert book == market.truths[raw["data"]["sequenceEnd"]] or _is_harmless(frames[place], book)


def _is_harmless(tampered: Any, book: Any) -> bool:
    # A changed price or size that is one cannot be told from a right one: KuCoin has no checksums.
    del book
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


# Sharing


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
