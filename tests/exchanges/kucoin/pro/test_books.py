"""Pro books: changes that come before their snapshot, holes, repetitions, snapshots out of turn; a thousand runs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from random import Random
from typing import Any

import pytest
from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.testing import TestScheduler

from rxex.codec import encode
from rxex.connection import Connection
from rxex.events import Gap, Malformed, Opened, SocketEvent, SubscriptionStatus
from rxex.exchanges.kucoin import pro
from rxex.exchanges.kucoin.pro.dialect import PRO
from rxex.models import Book
from rxex.operators import filter_new_socket_only, keep_messages_only
from rxex.socket import Receive
from rxex.testing import ScriptedSocket
from tests.exchanges.kucoin.plain_books import Plain, Texts, texts
from tests.exchanges.kucoin.pro.plain_pro import acks, live
from tests.feeding import events_of, items, requests_of

ETH = "ETH-USDT"
BIDS, ASKS = [["99.5", "1"], ["99.0", "2"]], [["100.5", "3"], ["101.0", "4.50"]]


def frame(kind: str, first: int, last: int, bids: Any = (), asks: Any = (), symbol: str = ETH) -> dict[str, Any]:
    data = {"s": symbol, "O": first, "C": last, "M": 1790114459839000000 + last, "a": list(asks), "b": list(bids)}
    return {"T": "obu.SPOT", "dp": "increment@10ms", "t": kind, "P": 1790114459840641662, "d": data}


def snapshot(last: int, bids: Any = BIDS, asks: Any = ASKS) -> dict[str, Any]:
    return frame("snapshot", last, last, bids, asks)


def delta(first: int, last: int | None = None, bids: Any = (), asks: Any = ()) -> dict[str, Any]:
    return frame("delta", first, last or first, bids, asks)


def bid(number: int, price: str, size: str = "7") -> dict[str, Any]:
    return delta(number, bids=[[price, size]])


def books(frames: Iterable[Any], **options: Any) -> list[Any]:
    return items(live(frames), pro.subscribe_book, ETH, depth=None, notices=True, **options)


def best(book: Book) -> str:
    return f"{book.bids[0].price:f} x {book.bids[0].size:f}"


def test_a_book_begins_with_its_snapshot_and_goes_on_with_numbered_changes() -> None:
    told = books([snapshot(10), bid(11, "99.6"), delta(12, 14, asks=[["100.5", "0"]]), delta(15, 15)])
    assert [texts(book) for book in told] == [
        ([("99.5", "1"), ("99.0", "2")], [("100.5", "3"), ("101.0", "4.50")]),
        ([("99.6", "7"), ("99.5", "1"), ("99.0", "2")], [("100.5", "3"), ("101.0", "4.50")]),
        ([("99.6", "7"), ("99.5", "1"), ("99.0", "2")], [("101.0", "4.50")]),
    ]
    assert told[1].time == 1790114459839000011
    assert told[1].raw["d"]["C"] == 11


def test_changes_that_come_before_the_snapshot_are_kept_for_it() -> None:
    # Of those kept, 9 and 10 are in the snapshot, and 11 reaches beyond it.
    early = [bid(9, "98.0"), bid(10, "99.5", "1"), delta(11, 12, bids=[["99.7", "5"]])]
    told = books([*early, snapshot(11), bid(13, "99.8")])
    assert [best(book) for book in told] == ["99.7 x 5", "99.8 x 7"]
    assert ("98.0", "7") not in texts(told[-1])[0]


def test_what_is_taken_away_and_was_not_there_is_no_error() -> None:
    told = books([snapshot(10), bid(11, "42.0", "0"), bid(12, "99.6")])
    assert best(told[-1]) == "99.6 x 7"


def test_a_missing_number_withholds_the_book_until_another_snapshot_has_come() -> None:
    connection = live([snapshot(10), bid(12, "99.6"), bid(13, "99.7"), snapshot(14), bid(15, "99.8")])
    events = events_of(connection)
    told = items(connection, pro.subscribe_book, ETH, depth=None, notices=True)
    assert [isinstance(each, Gap) for each in told] == [False, True, False, False]
    assert (told[1].expected, told[1].received, told[1].missed) == (11, 12, 1)
    assert [best(book) for book in told[2:]] == ["99.5 x 1", "99.8 x 7"]
    assert [(message["action"], message["depth"]) for message in requests_of(connection)] == [
        ("SUBSCRIBE", "increment@10ms"),
        ("UNSUBSCRIBE", "increment@10ms"),
        ("SUBSCRIBE", "increment@10ms"),
    ]
    states = [str(event.state) for event in events if isinstance(event, SubscriptionStatus)]
    assert states == ["requested", "acked", "live", "gap", "requested", "acked", "restored", "live"]


def test_a_message_that_comes_twice_changes_nothing_and_a_number_that_is_used_again_is_a_gap() -> None:
    told = books([snapshot(10), bid(11, "99.6"), bid(12, "99.7"), bid(11, "99.6"), bid(13, "99.8"), bid(12, "1.0")])
    assert [best(each) for each in told[:4]] == ["99.5 x 1", "99.6 x 7", "99.7 x 7", "99.8 x 7"]
    assert [type(each) for each in told[4:]] == [Gap]
    assert "used again" in told[4].reason


def test_a_snapshot_that_is_repeated_changes_nothing_and_one_that_is_ahead_is_a_gap() -> None:
    told = books([snapshot(10), bid(11, "99.6"), snapshot(11), snapshot(10), bid(12, "99.7"), snapshot(15)])
    assert [best(each) for each in told[:3]] == ["99.5 x 1", "99.6 x 7", "99.7 x 7"]
    assert [type(each) for each in told[3:]] == [Gap]


def test_changes_that_begin_after_the_snapshot_are_a_gap() -> None:
    told = books([bid(14, "99.6"), snapshot(10), snapshot(20), bid(21, "99.7")])
    assert isinstance(told[0], Gap)
    assert (told[0].expected, told[0].received) == (11, 14)
    assert [best(each) for each in told[1:]] == ["99.5 x 1", "99.7 x 7"]


@pytest.mark.parametrize(
    "wrong",
    [
        bid(11, "100.6"),  # crossed
        bid(11, "NaN"),
        bid(11, "99.6", "-1"),
        delta(12, 11),
        frame("delta", 11, 11, [["99.6"]]),
        {**bid(11, "99.6"), "t": "news"},
        {**bid(11, "99.6"), "d": {"s": ETH}},
    ],
)
def test_what_cannot_be_is_a_gap_and_is_mended(wrong: Any) -> None:
    told = books([snapshot(10), wrong, snapshot(20), bid(21, "99.7")])
    assert [type(each) for each in told if isinstance(each, Gap)] == [Gap]
    assert [best(each) for each in told if not isinstance(each, Gap)] == ["99.5 x 1", "99.5 x 1", "99.7 x 7"]


def test_a_crossed_snapshot_is_never_shown() -> None:
    told = books([snapshot(10, bids=[["100.5", "1"]]), snapshot(11)])
    assert [type(each) for each in told][:1] == [Gap]
    assert [best(each) for each in told[1:]] == ["99.5 x 1"]


def test_updates_tell_the_whole_book_first_and_then_what_changes() -> None:
    connection = live([snapshot(10), bid(11, "99.6"), bid(12, "1.0")])
    updates = items(connection, pro.subscribe_book_updates, ETH, depth=2)
    assert [update.is_snapshot for update in updates] == [True, False]
    assert [f"{level.price:f} x {level.size:f}" for level in updates[1].bids] == ["99.6 x 7"]
    connection = live([snapshot(10), bid(11, "99.6"), bid(12, "1.0")])
    assert len(items(connection, pro.subscribe_book_updates, ETH, depth=None)) == 3


def test_a_depth_that_is_crossed_is_withheld() -> None:
    crossed = {**snapshot(10, bids=[["100.5", "1"]]), "dp": "5"}
    good = {**snapshot(11), "dp": "5"}
    connection = live([crossed, good])
    told = items(connection, pro.subscribe_depth, ETH, notices=True)
    assert [best(each) for each in told if isinstance(each, Book)] == ["99.5 x 1"]
    assert [type(each) for each in told if not isinstance(each, Book)] == [Gap]


def test_a_message_that_cannot_be_read_is_told_as_well() -> None:
    connection = live([snapshot(10), bid(11, "NaN")])
    events = events_of(connection)
    items(connection, pro.subscribe_book, ETH)
    assert [event.channel for event in events if isinstance(event, Malformed)] == [f"obu.increment@10ms {ETH}"]


class Exchange:
    """One book as the exchange has it, and what it sends: each subscription begins with changes or the snapshot."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.plain = Plain()
        self.last = 1000
        self.truths: dict[int, Texts] = {}
        for tick in range(8):
            self.plain.set("bids", f"{99 - tick}.5", "1")
            self.plain.set("asks", f"{101 + tick}.5", "1")

    def change(self) -> dict[str, Any]:
        """Change the book; give the message about it."""
        first, count = self.last + 1, self.random.randint(1, 3)
        changed: dict[str, list[list[str]]] = {"bids": [], "asks": []}
        for _ in range(count):
            side = self.random.choice(("bids", "asks"))
            price = f"{99 - self.random.randrange(12)}.5" if side == "bids" else f"{101 + self.random.randrange(12)}.5"
            size = self.random.choice(("0", "1.50", f"{self.random.randint(1, 99)}"))
            self.plain.set(side, price, size)
            changed[side].append([price, size])
        self.last += count
        self.truths[self.last] = self.plain.levels
        return delta(first, self.last, changed["bids"], changed["asks"])

    def whole(self) -> dict[str, Any]:
        bids, asks = self.plain.levels
        self.truths[self.last] = self.plain.levels
        return snapshot(self.last, [list(level) for level in bids], [list(level) for level in asks])


class Link:
    """A connection whose frames are made while it runs."""

    def __init__(self) -> None:
        self.scheduler = TestScheduler()
        self.subscriptions = 0
        self.socket = ScriptedSocket(self.scheduler, self._replies)
        self.connection = Connection(self._link, PRO)
        self._take: list[Callable[[Any], None]] = []

    def _replies(self, message: Any) -> Iterable[Any]:
        self.subscriptions += message["action"] == "SUBSCRIBE"
        return acks(message)

    def _link(self, receive: Receive) -> Observable[SocketEvent]:
        def subscribe(observer: ObserverBase[SocketEvent], _: SchedulerBase | None = None) -> DisposableBase:
            def take(frame: Any) -> None:
                event = receive(self.socket, encode(frame).encode(), round(self.scheduler.clock * 10**9))
                if event is not None:
                    observer.on_next(event)

            self._take.append(take)
            observer.on_next(Opened(self.socket))
            return self.socket.messages.subscribe(take)

        return Observable(subscribe)

    def pass_time(self, *frames: Any) -> None:
        self.scheduler.advance_by(0.5)
        for each in frames:
            self._take[0](each)


def test_who_comes_late_sees_the_book_as_it_is_and_not_before_there_is_one() -> None:
    link = Link()
    told: list[list[str]] = []
    messages = link.connection.pipe(keep_messages_only())

    def listen() -> list[str]:
        seen: list[str] = []
        told.append(seen)
        book = pro.subscribe_book(ETH, messages, depth=1)
        link.connection.pipe(filter_new_socket_only(), book).subscribe(lambda each: seen.append(best(each)))
        link.pass_time()
        return seen

    listen()
    link.connection.connect()
    link.pass_time(bid(10, "99.5", "1"))
    assert listen() == []
    link.pass_time(snapshot(10))
    link.pass_time(bid(11, "99.6"))
    assert listen() == ["99.6 x 7"]
    link.pass_time(bid(12, "99.7"))
    assert told == [["99.5 x 1", "99.6 x 7", "99.7 x 7"]] * 2 + [["99.6 x 7", "99.7 x 7"]]
    assert link.subscriptions == 1


def run(seed: int) -> tuple[Exchange, list[Any]]:
    """A run in which messages are lost, doubled or spoilt, and each subscription gets its snapshot late."""
    exchange, random, link = Exchange(seed), Random(f"{seed}/faults"), Link()
    told: list[Any] = []
    messages = link.connection.pipe(keep_messages_only())
    book = pro.subscribe_book(ETH, messages, depth=None, notices=True)
    link.connection.pipe(filter_new_socket_only(), book).subscribe(told.append)
    link.connection.connect()
    served, due = 0, 0
    for step in range(40):
        link.pass_time()
        if served != link.subscriptions:
            served, due = link.subscriptions, random.randint(0, 4)
        frames = [exchange.change()]
        if due == 0:
            frames.append(exchange.whole())
        due -= 1
        fate = random.random() if step < 30 else 1.0
        if fate < 0.04:
            frames = frames[1:]
        elif fate < 0.08:
            frames.insert(0, frames[0])
        elif fate < 0.10:
            frames[0] = {**frames[0], "d": {**frames[0]["d"], "b": [["x", "1"]]}}
        link.pass_time(*frames)
    return exchange, told


@pytest.mark.parametrize("block", range(4))
def test_in_a_thousand_runs_no_wrong_book_is_shown_and_each_goes_on_after_a_gap(block: int) -> None:
    gaps = 0
    for seed in range(block * 250, block * 250 + 250):
        exchange, told = run(seed)
        last = 0
        for each in told:
            if isinstance(each, Gap):
                gaps += 1
                continue
            assert texts(each) == exchange.truths[each.raw["d"]["C"]], seed
            assert each.raw["d"]["C"] > last, seed
            last = each.raw["d"]["C"]
        # Whatever was lost, the book is whole at the end.
        assert not isinstance(told[-1], Gap), seed
        assert texts(told[-1]) == exchange.plain.levels, seed
    assert gaps > 50
