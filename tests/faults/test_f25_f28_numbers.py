"""F25 to F28: numbers that come twice, in another order, not at all, or start over."""

from __future__ import annotations

from typing import Any

import reactivex as rx
from attrs import field, frozen
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from reactivex import Observable, Subject
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from rxex.errors import ConnectionClosed, SequenceGap
from rxex.events import Closed, Gap, Message, Notice, Opened, SocketEvent
from rxex.operators import filter_new_socket_only, in_sequence, keep_messages_only, resequence, retry_on_gap
from rxex.testing import ScriptedSocket
from rxex.typing import Json

WINDOW, WAIT = 4, 2.0


@frozen
class Item:
    """The message with ``number``; the venue has started over ``epoch`` times."""

    epoch: int
    number: int
    received: int = field(default=1, eq=False)


class Wire(RuleBasedStateMachine):
    """A venue that numbers what it sends, a network that loses, repeats, delays and reorders, and a reader.

    The checker knows what was sent and when it came: what is delivered is what was sent, in order, each once; every
    hole lies under a gap that tells its size; nothing that came in time is missing; nothing is held for too long.
    """

    def __init__(self) -> None:
        super().__init__()
        self.clock = TestScheduler()
        self.line: Subject[Item] = Subject()
        self.seen: list[Item | Notice] = []
        self.epoch, self.last = 0, 100
        self.on_the_way: list[Item] = []
        self.came: dict[Item, float] = {}
        self.given_up: set[Item] = set()
        self.delivered: set[Item] = set()
        self.next: Item | None = None
        self.checked = 0
        numbered = resequence(_number, window=WINDOW, wait=WAIT, channel="book", notices=True, scheduler=self.clock)
        self.subscription = self.line.pipe(numbered).subscribe(self.seen.append)

    def arrive(self, item: Item) -> None:
        self.came.setdefault(item, self.now)
        self.line.on_next(item)

    @property
    def now(self) -> float:
        return self.clock.to_seconds(self.clock.now)

    def new_item(self) -> Item:
        self.last += 1
        return Item(self.epoch, self.last)

    @rule()
    def send(self) -> None:
        self.arrive(self.new_item())

    @rule()
    @precondition(lambda self: self.came)
    def lose(self) -> None:
        self.new_item()

    @rule()
    @precondition(lambda self: self.came)
    def delay(self) -> None:
        self.on_the_way.append(self.new_item())

    @rule(data=st.data())
    @precondition(lambda self: self.on_the_way)
    def deliver_delayed(self, data: st.DataObject) -> None:
        item = data.draw(st.sampled_from(self.on_the_way))
        self.on_the_way.remove(item)
        if self.next is None or item.number >= self.next.number - 1 - WINDOW:
            self.arrive(item)

    @rule(data=st.data())
    @precondition(lambda self: self.came)
    def repeat(self, data: st.DataObject) -> None:
        assert self.next is not None
        oldest = self.next.number - 1 - WINDOW
        again = [item for item in self.came if item.epoch == self.epoch and item.number >= oldest]
        if again:
            self.arrive(data.draw(st.sampled_from(again)))

    @rule(seconds=st.sampled_from([0.5, 1.0, WAIT]))
    def pass_time(self, seconds: float) -> None:
        self.clock.advance_by(seconds)

    @rule()
    @precondition(lambda self: self.next is not None and self.next.number > 20)
    def start_over(self) -> None:
        """Everything of the old numbers that is still on the way is lost with the server that sent it."""
        self.epoch, self.last = self.epoch + 1, 0
        self.on_the_way.clear()
        self.arrive(self.new_item())

    @invariant()
    def every_hole_lies_under_a_gap(self) -> None:
        for item in self.seen[self.checked :]:
            if isinstance(item, Item):
                assert item in self.came
                assert item not in self.delivered
                assert self.next is None or item == self.next
                self.delivered.add(item)
                self.next = Item(item.epoch, item.number + 1)
                continue
            assert isinstance(item, Gap)
            assert self.next is not None
            assert (item.channel, item.expected) == ("book", self.next.number)
            assert item.received is not None
            assert item.expected is not None
            if item.missed is None:
                assert item.received < item.expected
                self.next = Item(self.next.epoch + 1, item.received)
            else:
                assert item.missed == item.received - item.expected > 0
                missing = {Item(self.next.epoch, number) for number in range(item.expected, item.received)}
                assert not missing & self.came.keys(), "it was there"
                self.given_up |= missing
                self.next = Item(self.next.epoch, item.received)
        self.checked = len(self.seen)

    @invariant()
    def what_came_is_delivered_given_up_or_held_for_a_short_while(self) -> None:
        held = self.came.keys() - self.delivered - self.given_up
        assert len(held) <= WINDOW
        assert all(self.now - self.came[item] < WAIT for item in held)

    def teardown(self) -> None:
        self.line.on_completed()
        self.every_hole_lies_under_a_gap()
        assert self.came.keys() <= self.delivered | self.given_up


TestTheWire = Wire.TestCase
TestTheWire.settings = settings(
    max_examples=60, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


def _number(item: Item) -> int:
    return item.number


def test_f25_a_number_that_comes_twice_is_delivered_once() -> None:
    numbers = rx.of(5, 5, 6, 5, 6, 7)
    assert numbers.pipe(resequence(int), ops.to_list()).run() == [5, 6, 7]


def test_f26_what_comes_in_another_order_within_the_window_is_put_right() -> None:
    numbers = rx.of(5, 9, 7, 8, 6, 10)
    assert numbers.pipe(resequence(int, window=3), ops.to_list()).run() == [5, 6, 7, 8, 9, 10]


class Book:
    """A feed that gives a snapshot whenever it is asked, then updates with holes; numbers go on across snapshots."""

    def __init__(self, holes: set[int]) -> None:
        self.holes = holes
        self.number = 100
        self.asked = 0

    def ask(self, *_: Any) -> Observable[tuple[str, int]]:
        self.asked += 1
        first, last = self.number, next((hole for hole in sorted(self.holes) if hole > self.number), 109) + 1
        self.number = last + 1
        updates = [("update", number) for number in range(first + 1, last + 1) if number not in self.holes]
        return rx.from_iterable([("snapshot", first), *updates])


def test_f27_a_missing_number_is_a_gap_and_a_new_snapshot_is_asked_for() -> None:
    clock, book, seen = TestScheduler(), Book(holes={103}), list[Any]()
    feed = rx.defer(book.ask).pipe(in_sequence(lambda item: item[1], channel="book"))
    feed.pipe(retry_on_gap(notices=True, scheduler=clock)).subscribe(seen.append)
    clock.advance_to(1)
    assert book.asked == 2
    assert seen[:5] == [
        ("snapshot", 100),
        ("update", 101),
        ("update", 102),
        Gap("book", expected=103, received=104),
        ("snapshot", 105),
    ]


def test_f27_without_notices_a_missing_number_is_a_typed_error() -> None:
    errors: list[Exception] = []
    rx.of(1, 2, 4).pipe(resequence(int, window=0, channel="book")).subscribe(on_error=errors.append)
    [error] = errors
    assert isinstance(error, SequenceGap)
    assert (error.channel, error.expected, error.received) == ("book", 3, 4)


def _events(sockets: list[ScriptedSocket], numbers: list[list[int]]) -> list[SocketEvent]:
    events: list[SocketEvent] = []
    for socket, on_it in zip(sockets, numbers, strict=True):
        events.append(Opened(socket))
        events += [Message(socket, {"seq": number}) for number in on_it]
        events.append(Closed(socket, error=ConnectionClosed()))
    return events


def test_f28_numbers_that_start_over_on_a_new_socket_are_a_new_epoch() -> None:
    clock = TestScheduler()
    sockets = [ScriptedSocket(clock), ScriptedSocket(clock)]
    events: Subject[SocketEvent] = Subject()
    messages = events.pipe(keep_messages_only())

    def numbered(_: object) -> Observable[Any]:
        return messages.pipe(resequence(lambda message: message["seq"], notices=True, scheduler=clock))

    seen: list[Json | Gap] = []
    events.pipe(filter_new_socket_only(), ops.map(numbered), ops.switch_latest()).subscribe(seen.append)
    for event in _events(sockets, [[7, 8, 9], [1, 2]]):
        events.on_next(event)
    assert seen == [{"seq": number} for number in (7, 8, 9, 1, 2)]


def test_f28_numbers_that_start_over_on_the_same_socket_are_a_gap() -> None:
    seen: list[Any] = rx.of(700, 701, 1, 2).pipe(resequence(int, notices=True)).pipe(ops.to_list()).run()
    assert seen == [700, 701, Gap("", 702, 1, reason="the numbers start over"), 1, 2]
    errors: list[Exception] = []
    rx.of(700, 1).pipe(in_sequence(int)).subscribe(on_error=errors.append)
    assert [type(error) for error in errors] == [SequenceGap]
