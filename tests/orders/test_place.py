"""Placing an order: sent at most once, told at each stage, honest about what is not known."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx
from attrs import evolve
from reactivex import Observable, Subject

from rxex.errors import AuthRefused, ConnectionClosed, InvalidArgument, NotSent, RequestTimeout, TransientError
from rxex.events import SystemStatus
from rxex.models import Order, OrderSnapshot, OrderUpdate, Stage
from rxex.operators import TokenSocket
from rxex.orders import AddOrder, OrderRefused, Refusal, place_order_factory
from rxex.typing import Json
from tests.orders.desk import TOKEN, Buy, Told, World, accept, dialect, filled, refuse, update

S = Stage
NOTHING = OrderSnapshot(())


def factory(world: World, **options: Any) -> AddOrder[Buy]:
    dialect_ = options.pop("dialect", None) or dialect()
    return place_order_factory(
        world.sockets, world.messages, world.executions, dialect_, scheduler=world.scheduler, **options
    )


def place(world: World, at: float = 2, until: Stage | None = None, **options: Any) -> Told:
    add_order = factory(world, **options)
    return Told(world, at, lambda: add_order(Buy(), until))


def test_an_order_tells_each_stage_and_completes_with_the_last() -> None:
    world = World("o---------|", delay=1)
    told = place(world)
    world.tell(4, update(S.OPEN))
    world.tell(5, filled(1, "0.5", "0.5"))
    world.tell(6, filled(2, "1.5", "2"))
    world.tell(7, update(S.FILLED))
    world.world.run()
    assert told.stages == [
        (2, S.SUBMITTING),
        (2, S.SUBMITTED),
        (3, S.PENDING),
        (4, S.OPEN),
        (5, S.PARTIALLY_FILLED),
        (6, S.FILLED),
    ]
    assert told.end == (6, None)
    assert told.orders[0].client_id == "mine-1"
    assert [order.filled for order in told.orders[-2:]] == [Decimal("0.5"), Decimal(2)]
    assert len(world.sent) == 1
    assert TOKEN not in repr(told.orders)


def test_nothing_is_sent_before_somebody_subscribes_and_once_for_each_who_does() -> None:
    world = World("o---------|")
    order = factory(world)(Buy())
    first, second = Told(world, 2, lambda: order), Told(world, 3, lambda: order)
    world.world.advance_to(1.5)
    assert world.sent == []
    world.world.advance_to(5)
    assert [message["client"] for message in world.sent] == ["mine-1", "mine-2"]
    assert first.last.stage is second.last.stage is S.PENDING


def test_the_client_id_is_told_before_a_byte_leaves() -> None:
    world = World("o---------|")
    sent_before: list[int] = []
    add_order = factory(world)
    world.at(2, lambda: add_order(Buy()).subscribe(lambda _: sent_before.append(len(world.sent))))
    world.world.run()
    assert sent_before[:2] == [0, 1]


@pytest.mark.parametrize("delay", [0.0, None])
def test_an_answer_that_comes_inside_send_is_heard(delay: float | None) -> None:
    world = World("o---------|", delay=delay)
    told = place(world)
    world.world.advance_to(5)
    assert told.stages == [(2, S.SUBMITTING), (2, S.SUBMITTED), (2, S.PENDING)]


def test_until_completes_at_that_stage_or_beyond() -> None:
    world = World("o---------|")
    told = place(world, until=S.OPEN)
    skipped = Told(world, 3, lambda: factory(world)(Buy(client_id="b"), S.OPEN))
    world.tell(4, update(S.OPEN))
    world.tell(5, filled(1, "1", "1", "b"))
    world.world.run()
    assert told.end == (4, None)
    assert (skipped.last.stage, skipped.end) == (S.PARTIALLY_FILLED, (5, None))


def test_until_a_stage_that_cannot_be_waited_for_is_refused_at_once() -> None:
    world = World("o|")
    for until in (S.UNKNOWN, S.SUBMITTING):
        with pytest.raises(InvalidArgument):
            factory(world)(Buy(), until)
    for option in ("timeout", "settle", "patience", "check"):
        with pytest.raises(InvalidArgument):
            factory(world, **{option: 0.0})


def test_a_refusal_is_rejected_with_the_exchange_s_text_and_our_name_for_it() -> None:
    world = World("o---------|", refuse)
    told = place(world)
    world.world.run()
    assert told.stages == [(2, S.SUBMITTING), (2, S.SUBMITTED), (2, S.REJECTED)]
    assert told.end == (2, None)
    error = told.last.error
    assert isinstance(error, OrderRefused)
    assert (error.kind, error.reason) == (Refusal.INSUFFICIENT_FUNDS, "not enough money")


@pytest.mark.parametrize("marbles", ["-----o-----|", "o#---o-----|"])
def test_without_a_socket_it_is_not_sent_and_not_later_either(marbles: str) -> None:
    world = World(marbles)
    told = place(world)
    world.world.run()
    assert [order.stage for order in told.orders] == [S.SUBMITTING, S.NOT_SENT]
    assert isinstance(told.last.error, NotSent)
    assert told.end is not None
    assert told.end[0] == (2 if "#" in marbles else 3)
    assert world.sent == []


def test_a_send_that_fails_is_not_sent() -> None:
    def broken(_: Json) -> Iterable[Json]:
        raise NotSent("the queue is full")

    world = World("o---------|", broken)
    told = place(world)
    world.world.run()
    assert [order.stage for order in told.orders] == [S.SUBMITTING, S.NOT_SENT]
    assert told.last.reason == "not sent: the queue is full"


def test_a_message_that_cannot_be_made_is_not_sent() -> None:
    def broken(*_: Any) -> Json:
        raise InvalidArgument("size", -1, "it has to be more")

    world = World("o---------|")
    told = place(world, dialect=evolve(dialect(), make=broken))
    world.world.run()
    assert told.last.stage is S.NOT_SENT
    assert isinstance(told.last.error, InvalidArgument)
    assert world.sent == []


def test_a_socket_that_fails_otherwise_leaves_it_unknown() -> None:
    class Odd(TokenSocket):
        __slots__ = ()

        def send(self, message: Json, *, now: bool = False) -> None:
            super().send(message, now=now)
            raise OSError("after the first bytes")

    world = World("o-----------|")
    odd = world.sockets.pipe(rx.operators.map(lambda socket: socket and Odd(socket._socket, socket.token)))
    add_order = place_order_factory(odd, world.messages, world.executions, dialect(), scheduler=world.scheduler)
    told = Told(world, 2, lambda: add_order(Buy()))
    world.world.advance_to(5)
    assert [order.stage for order in told.orders] == [S.SUBMITTING, S.SUBMITTED, S.UNKNOWN, S.PENDING]


def test_what_the_exchange_would_not_take_now_is_not_sent() -> None:
    world = World("o---------|")
    plain = dialect(obstacle=lambda _, status: "" if status == "online" else f"the exchange is in {status}")
    world.at(1, lambda: world.connection.announce(SystemStatus(world.world.sockets[0], "maintenance", is_online=False)))
    told = place(world, dialect=plain)
    world.at(3, lambda: world.connection.announce(SystemStatus(world.world.sockets[0], "online", is_online=True)))
    later = place(world, at=4, dialect=plain)
    world.world.advance_to(5)
    assert told.last.stage is S.NOT_SENT
    assert told.last.reason == "not sent: the exchange is in maintenance"
    assert later.last.stage is S.PENDING


def test_a_trial_ends_as_validated_and_asks_for_no_executions() -> None:
    world = World("o---------|")
    asked: list[None] = []

    def ask(*_: Any) -> Any:
        asked.append(None)
        return rx.never()

    add_order = place_order_factory(
        world.sockets, world.messages, Observable(ask), dialect(is_trial=lambda _: True), scheduler=world.scheduler
    )
    first, second = (Told(world, 2, lambda: add_order(Buy(client_id="a"), S.OPEN)) for _ in range(2))
    world.world.run()
    for told in (first, second):
        assert told.stages == [(2, S.SUBMITTING), (2, S.SUBMITTED), (2, S.VALIDATED)]
        assert told.end == (2, None)
        assert told.last.order_id is None
    assert asked == []


@pytest.mark.parametrize(
    ("marbles", "replies", "end"),
    [
        ("o---------|", refuse, (2, S.REJECTED)),
        ("o---------|", lambda _: [], (7, S.UNKNOWN)),
        ("o--#-o----|", lambda _: [], (3, S.UNKNOWN)),
        ("-----------|", lambda _: [], (3, S.NOT_SENT)),
    ],
)
def test_a_trial_always_ends_and_is_never_asked_for(marbles: str, replies: Any, end: tuple[float, Stage]) -> None:
    world = World(marbles, replies)

    def query(_: Order) -> Observable[OrderUpdate]:
        raise AssertionError("there is nothing to ask for")

    told = place(world, dialect=dialect(is_trial=lambda _: True), query=query)
    world.world.run()
    assert told.stages[-1] == end
    assert told.end == (end[0], None)


def test_two_live_orders_never_have_one_client_id() -> None:
    world = World("o-----------|")
    add_order = factory(world)
    request = Buy(client_id="x")
    first, second = Told(world, 2, lambda: add_order(request)), Told(world, 3, lambda: add_order(request))
    world.tell(4, update(S.CANCELED, "x"))
    third = Told(world, 5, lambda: add_order(request))
    world.world.advance_to(8)
    assert first.last.stage is S.CANCELED
    assert [order.stage for order in second.orders] == [S.SUBMITTING, S.NOT_SENT]
    assert "live already" in second.last.reason
    assert third.last.stage is S.PENDING
    assert len(world.sent) == 2


def silent(_: Json) -> Iterable[Json]:
    return ()


def test_an_end_waits_a_second_for_executions_that_come_on_a_channel_of_their_own() -> None:
    world = World("o---------|")
    told, late = place(world), Told(world, 2, lambda: factory(world)(Buy(client_id="b")))
    for client_id in ("mine-1", "b"):
        world.tell(4, update(S.FILLED, client_id))
    world.tell(4.5, evolve(filled(1, "2", "0"), stage=None, filled=None))
    world.world.run()
    assert told.stages[-1] == (4.5, S.FILLED)
    assert len(told.last.fills) == 1
    assert late.stages[-1] == (5, S.FILLED)
    assert (late.last.filled, late.last.fills) == (2, ())


def test_an_order_that_is_all_traded_is_filled_in_a_second_whatever_is_not_told() -> None:
    world = World("o---------|")
    told = place(world)
    world.tell(4, evolve(filled(1, "2", "0"), stage=None, filled=None))
    raised = Told(world, 2, lambda: factory(world)(Buy(client_id="b")))
    world.tell(4, evolve(filled(2, "2", "0", "b"), stage=None, filled=None))
    world.tell(4.5, update(S.OPEN, "b", quantity=Decimal(3)))
    world.tell(6, evolve(filled(3, "1", "0", "b"), stage=None, filled=None))
    world.world.run()
    assert told.stages[3:] == [(4, S.PARTIALLY_FILLED), (5, S.FILLED)]
    assert raised.stages[3:] == [
        (4, S.PARTIALLY_FILLED),
        (4.5, S.PARTIALLY_FILLED),
        (6, S.PARTIALLY_FILLED),
        (7, S.FILLED),
    ]


def test_without_an_answer_it_is_unknown_and_a_late_answer_resolves_it() -> None:
    world = World("o---------------|", accept, delay=7)
    told = place(world)
    world.tell(11, update(S.OPEN))
    world.world.advance_to(12)
    assert told.stages == [(2, S.SUBMITTING), (2, S.SUBMITTED), (7, S.UNKNOWN), (9, S.PENDING), (11, S.OPEN)]
    assert isinstance(told.orders[2].error, RequestTimeout)
    assert told.orders[2].client_id == "mine-1"


def test_its_executions_resolve_it_where_the_answer_is_lost() -> None:
    world = World("o---------------|", silent)
    told = place(world)
    world.tell(8, update(S.OPEN))
    world.tell(9, update(S.CANCELED))
    world.world.advance_to(12)
    assert [order.stage for order in told.orders[2:]] == [S.UNKNOWN, S.OPEN, S.CANCELED]


def test_known_by_its_executions_it_needs_no_answer() -> None:
    world = World("o---------------|", silent)
    told = place(world)
    world.tell(3, update(S.OPEN))
    world.world.advance_to(12)
    assert told.stages == [(2, S.SUBMITTING), (2, S.SUBMITTED), (3, S.OPEN)]


def test_a_break_makes_it_unknown_and_the_open_orders_of_the_next_socket_resolve_it() -> None:
    world = World("o---#---o-------|")
    told = place(world)
    world.tell(3, update(S.OPEN))
    world.tell(9, OrderSnapshot((evolve(filled(1, "1", "1"), stage=S.OPEN),)))
    world.tell(10, filled(2, "1", "2"))
    world.world.run()
    assert told.stages[2:] == [
        (2, S.PENDING),
        (3, S.OPEN),
        (4, S.UNKNOWN),
        (9, S.PARTIALLY_FILLED),
        (10, S.FILLED),
    ]
    assert isinstance(told.orders[4].error, ConnectionClosed)
    assert len(world.sent) == 1


class Asked:
    """A REST endpoint: gives these answers one after the other, each after half a second."""

    def __init__(self, world: World, *answers: list[OrderUpdate] | Exception) -> None:
        self.world = world
        self.answers = list(answers)
        self.stages = {S.UNKNOWN}
        self.times: list[float] = []

    def __call__(self, order: Order) -> Observable[OrderUpdate]:
        assert order.stage in self.stages
        self.times.append(self.world.scheduler.to_seconds(self.world.scheduler.now))
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            return rx.timer(0.5, scheduler=self.world.scheduler).pipe(rx.operators.flat_map(rx.throw(answer)))
        return rx.from_iterable(answer).pipe(rx.operators.delay(0.5, scheduler=self.world.scheduler))


def test_an_order_that_has_left_the_list_is_asked_for() -> None:
    world = World("o---#---o-------|")
    asked = Asked(world, [filled(1, "1", "1"), update(S.CANCELED, filled=Decimal(1), reason="User requested")])
    told = place(world, query=asked)
    world.tell(9, NOTHING)
    world.world.run()
    assert asked.times == [9]
    assert told.stages[3:] == [(4, S.UNKNOWN), (9.5, S.PARTIALLY_FILLED), (9.5, S.CANCELED)]
    assert told.last.filled == 1


def test_no_such_order_is_believed_after_a_while_only() -> None:
    world = World("o--#--o" + "-" * 60 + "|", silent)
    asked = Asked(world, TransientError("status 502"), [], [], [], [])
    told = place(world, query=asked, settle=10.0)
    world.tell(7, NOTHING)
    world.world.advance_to(60)
    assert asked.times == [7, 8.5, 11, 15.5]
    assert told.stages[1:] == [(2, S.SUBMITTED), (3, S.UNKNOWN), (16, S.REJECTED)]
    assert "no such order" in told.last.reason
    assert told.end == (16, None)


def test_a_query_that_raises_is_asked_again() -> None:
    world = World("o-----------------|", silent)
    times: list[float] = []

    def query(_: Order) -> Observable[OrderUpdate]:
        times.append(world.scheduler.to_seconds(world.scheduler.now))
        if len(times) == 1:
            raise ValueError("a bug")
        return rx.of(update(S.FILLED))

    told = place(world, query=query)
    world.world.advance_to(15)
    assert times == [7, 8]
    assert told.stages[-2:] == [(7, S.UNKNOWN), (8, S.FILLED)]


def test_what_cannot_be_resolved_ends_as_unknown_and_never_hangs() -> None:
    world = World("o--#--o" + "-" * 60 + "|", silent)
    told = place(world, patience=20.0)
    world.tell(7, NOTHING)
    world.world.advance_to(60)
    assert told.stages[-1] == (3, S.UNKNOWN)
    assert told.end == (27, None)


def test_patience_counts_while_the_link_is_open_only() -> None:
    world = World("o---#---------o----#--o---------------|")
    told = place(world, patience=6.0)
    world.tell(15, NOTHING)
    world.tell(23, NOTHING)
    world.world.advance_to(35)
    assert told.end == (29, None)


def test_where_it_is_quiet_the_exchange_is_asked() -> None:
    world = World("o" + "-" * 60 + "|")
    asked = Asked(world, [], [update(S.OPEN)], TransientError("status 502"), [filled(1, "2", "2")])
    asked.stages = {S.PENDING, S.OPEN}
    told = place(world, query=asked, check=10.0)
    world.world.advance_to(55)
    assert asked.times == [7, 17.5, 28, 38.5]
    assert told.stages[2:] == [(2, S.PENDING), (18, S.OPEN), (39, S.FILLED)]


def test_the_end_of_the_connection_ends_it() -> None:
    world = World("o---|")
    told = place(world)
    world.world.run()
    assert told.stages[-1] == (4, S.UNKNOWN)
    assert told.end == (4, None)
    before = World("---|")
    early = place(before)
    before.world.run()
    assert early.last.stage is S.NOT_SENT


def test_executions_that_cannot_be_had_keep_an_order_from_being_sent_and_end_one_that_was() -> None:
    world = World("o--------|")
    told = place(world)
    world.at(3, lambda: world.executions.on_error(TransientError("refused")))
    late = place(world, at=4)
    world.world.run()
    assert told.stages[-1] == (3, S.UNKNOWN)
    assert told.end == (3, None)
    assert late.last.stage is S.NOT_SENT
    assert late.last.reason == "refused"


def test_a_token_that_is_refused_is_not_sent() -> None:
    world = World("o--------|")
    failing: Observable[TokenSocket | None] = rx.throw(AuthRefused("key revoked"))
    add_order = place_order_factory(failing, world.messages, world.executions, dialect(), scheduler=world.scheduler)
    told = Told(world, 2, lambda: add_order(Buy()))
    world.world.run()
    assert told.last.stage is S.NOT_SENT
    assert isinstance(told.last.error, AuthRefused)


def test_a_stream_of_one_socket_will_do() -> None:
    world = World("o--------|")
    add_order = factory(world)
    one = place_order_factory(
        world.sockets.pipe(rx.operators.take(1)), world.messages, world.executions, dialect(), scheduler=world.scheduler
    )
    told = Told(world, 2, lambda: one(Buy(client_id="one")))
    world.tell(4, filled(1, "2", "2", "one"))
    world.world.advance_to(6)
    assert told.stages[-1] == (4, S.FILLED)
    assert add_order is not one


def test_disposed_of_before_it_is_sent_it_is_not_sent_and_afterwards_it_only_falls_silent() -> None:
    world = World("o---------|")
    add_order = factory(world)
    told = Told(world, 2, lambda: add_order(Buy()))
    never = Told(world, 2, lambda: add_order(Buy()).pipe(rx.operators.take(1)))
    world.at(3, told.dispose)
    world.tell(4, update(S.OPEN))
    world.world.advance_to(6)
    assert told.last.stage is S.PENDING
    assert told.end is None
    assert [order.stage for order in never.orders] == [S.SUBMITTING]
    assert len(world.sent) == 1
    assert world.executions.observers == []


def test_a_subscriber_that_raises_hurts_only_itself(caplog: pytest.LogCaptureFixture) -> None:
    world = World("o---------|")
    add_order = factory(world)
    raised: list[Stage] = []

    def raising(order: Order) -> None:
        raised.append(order.stage)
        raise ValueError("mine")

    world.at(2, lambda: add_order(Buy()).subscribe(raising))
    told = Told(world, 2, lambda: add_order(Buy()))
    world.world._link = world.connection.connect()  # what a subscriber raises is reported, which ends a test otherwise
    world.scheduler.advance_to(5.0)
    assert raised == [S.SUBMITTING]
    assert told.last.stage is S.PENDING
    assert len(world.sent) == 1
    assert "a subscriber raised" in caplog.text


def test_messages_that_the_venue_s_function_chokes_on_do_not_end_an_order(caplog: pytest.LogCaptureFixture) -> None:
    def choking(message: Json, request_id: int) -> OrderUpdate | None:
        raise KeyError("missing")

    world = World("o-------------|")
    told = place(world, dialect=evolve(dialect(), answer=choking))
    world.tell(4, update(S.OPEN))
    world.world._link = world.connection.connect()
    world.scheduler.advance_to(6.0)
    assert told.stages[-1] == (4, S.OPEN)
    assert "mine-1" in caplog.text


def test_words_from_several_threads_come_one_at_a_time_and_none_after_the_end() -> None:
    world = World("o---------|")
    executions: Subject[Any] = Subject()
    socket = TokenSocket(world.scheduler and _Plain(), None)  # type: ignore[arg-type]
    add_order = place_order_factory(
        rx.never().pipe(rx.operators.start_with(socket)), rx.never(), executions, evolve(dialect(), make=lambda *_: {})
    )
    orders: list[Order] = []
    inside = threading.Lock()
    done = threading.Event()

    def keep(order: Order) -> None:
        assert inside.acquire(blocking=False)
        orders.append(order)
        inside.release()

    subscription = add_order(Buy(Decimal(1000))).subscribe(keep, None, done.set)

    def push(first: int) -> None:
        for number in range(first, 1000, 4):
            executions.on_next(filled(number, "1", "0"))

    threads = [threading.Thread(target=push, args=(first,)) for first in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    executions.on_next(update(S.FILLED))
    assert done.wait(5)
    assert [order.filled for order in orders[2:]] == [*range(1, 1001), 1000]
    assert orders[-1].stage is S.FILLED
    subscription.dispose()


class _Plain:
    """A socket that takes everything, with timers that never come."""

    scheduler = rx.testing.TestScheduler()

    def send(self, message: Json, *, now: bool = False) -> None:
        assert now
