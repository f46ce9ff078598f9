"""Orders that go another way than through the socket, while what becomes of them is heard on it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable
from reactivex import operators as ops
from reactivex.disposable import Disposable

from rxex.errors import (
    AnswerLost,
    AuthRefused,
    ConnectError,
    InvalidArgument,
    NotSent,
    RateLimited,
    RequestTimeout,
    TransientError,
)
from rxex.models import Order, OrderSnapshot, OrderUpdate, Stage
from rxex.orders import OrderDialect, place_order_factory
from tests.orders.desk import Buy, Told, World, dialect, filled, update

S = Stage
YES = OrderUpdate("O-mine-1", None, Stage.PENDING)
NOTHING = OrderSnapshot(())


class Way:
    """Another way to the exchange; notes what is sent on it, and what is given up before it has left."""

    def __init__(self, world: World, answer: Observable[OrderUpdate], delay: float = 1.0) -> None:
        self.sent: list[tuple[float, str]] = []
        self.given_up = 0
        self._world = world
        self._answer = answer.pipe(ops.delay_subscription(delay, scheduler=world.scheduler)) if delay else answer

    def __call__(self, order: Order, request: Buy) -> Observable[OrderUpdate]:
        def subscribe(observer: Any, scheduler: Any = None) -> Any:
            self.sent.append((self._world.scheduler.clock, order.client_id))
            answering = self._answer.subscribe(observer, scheduler=scheduler)

            def dispose() -> None:
                answering.dispose()
                self.given_up += 1

            return Disposable(dispose)

        return Observable(subscribe)


def place(world: World, way: Callable[..., Any], at: float = 2, until: Stage | None = None, **options: Any) -> Told:
    is_trial = options.pop("is_trial", lambda _request: False)
    desk: OrderDialect[Buy] = OrderDialect(dialect().draft, send=way, is_trial=is_trial)
    add_order = place_order_factory(
        world.sockets, world.messages, world.executions, desk, scheduler=world.scheduler, **options
    )
    return Told(world, at, lambda: add_order(Buy(), until))


def test_it_is_sent_once_that_way_and_its_stages_come_by_the_socket() -> None:
    world = World("o---------|")
    way = Way(world, rx.of(YES))
    told = place(world, way)
    world.tell(4, update(S.OPEN))
    world.tell(5, filled(1, "2", "2"))
    world.world.run()
    assert told.stages == [
        (2, S.SUBMITTING),
        (2, S.SUBMITTED),
        (3, S.PENDING),
        (4, S.OPEN),
        (5, S.FILLED),
    ]
    assert told.end == (5, None)
    assert way.sent == [(2, "mine-1")]
    assert world.sent == []


@pytest.mark.parametrize("delay", [0.0, 1.0])
@pytest.mark.parametrize(
    ("error", "stage"),
    [
        (NotSent("no room"), S.NOT_SENT),
        (ConnectError("api", "refused"), S.NOT_SENT),
        (InvalidArgument("size", -1, "more"), S.NOT_SENT),
        (AuthRefused("who are you"), S.REJECTED),
        (RateLimited("too fast"), S.REJECTED),
        (RequestTimeout("add", 5.0), S.UNKNOWN),
        (AnswerLost("add", "a page in HTML", 502), S.UNKNOWN),
        (TransientError("?"), S.UNKNOWN),
        (ZeroDivisionError("a bug"), S.UNKNOWN),
    ],
)
def test_its_error_tells_whether_it_was_sent_refused_or_nobody_knows(
    error: Exception, stage: Stage, delay: float
) -> None:
    world = World("o---------|")
    told = place(world, Way(world, rx.throw(error), delay))
    world.world.advance_to(6)
    assert [order.stage for order in told.orders] == [S.SUBMITTING, S.SUBMITTED, stage]
    assert told.last.error is error
    assert (told.end is None) == (stage is S.UNKNOWN)


def test_a_way_that_completes_without_an_answer_leaves_it_unknown() -> None:
    world = World("o---------|")
    told = place(world, Way(world, rx.empty()))
    world.world.advance_to(5)
    assert told.last.stage is S.UNKNOWN
    assert isinstance(told.last.error, AnswerLost)


def test_a_way_that_raises_at_once_is_not_sent() -> None:
    def broken(*_: Any) -> Observable[OrderUpdate]:
        raise InvalidArgument("size", -1, "it has to be more")

    world = World("o---------|")
    told = place(world, broken)
    world.world.run()
    assert [order.stage for order in told.orders] == [S.SUBMITTING, S.NOT_SENT]


def test_an_answer_after_the_time_out_still_counts() -> None:
    world = World("o" + "-" * 20 + "|")
    told = place(world, Way(world, rx.of(YES), 8.0), timeout=3.0)
    world.world.advance_to(15)
    assert told.stages[2:] == [(5, S.UNKNOWN), (10, S.PENDING)]


def test_disposing_gives_up_what_has_not_left() -> None:
    world = World("o---------|")
    way = Way(world, rx.never())
    told = place(world, way)
    world.at(3, told.dispose)
    world.world.run()
    assert way.given_up == 1
    assert told.end is None


def test_who_leaves_with_the_first_item_sends_nothing() -> None:
    world = World("o---------|")
    way = Way(world, rx.of(YES))
    told = place(world, way, hears_first=True)
    world.at(3, told.dispose)
    world.tell(4, NOTHING)
    world.world.run()
    assert way.sent == []


def test_an_order_that_has_to_be_heard_waits_for_the_first_word_of_its_executions() -> None:
    world = World("o---------|")
    way = Way(world, rx.of(YES))
    told = place(world, way, hears_first=True)
    world.tell(4, NOTHING)
    world.tell(6, update(S.OPEN))
    world.world.run()
    assert way.sent == [(4, "mine-1")]
    assert told.stages[:4] == [(2, S.SUBMITTING), (4, S.SUBMITTED), (5, S.PENDING), (6, S.OPEN)]


def test_a_word_about_another_order_is_word_enough() -> None:
    world = World("o---------|")
    way = Way(world, rx.of(YES))
    place(world, way, hears_first=True)
    world.tell(3, update(S.OPEN, "another"))
    world.world.run()
    assert way.sent == [(3, "mine-1")]


def test_an_order_that_would_not_be_heard_in_time_is_not_sent_and_not_later_either() -> None:
    world = World("o---------|")
    way = Way(world, rx.of(YES))
    told = place(world, way, hears_first=True, timeout=3.0)
    world.tell(6, NOTHING)
    world.world.run()
    assert told.stages == [(2, S.SUBMITTING), (5, S.NOT_SENT)]
    assert way.sent == []


def test_a_break_before_it_is_heard_keeps_it_from_being_sent() -> None:
    world = World("o--#-o---------|")
    way = Way(world, rx.of(YES))
    told = place(world, way, hears_first=True, timeout=9.0)
    world.tell(6, NOTHING)
    world.world.run()
    assert told.stages == [(2, S.SUBMITTING), (3, S.NOT_SENT)]
    assert way.sent == []


def test_a_trial_waits_for_nothing_and_ends_as_validated_or_refused() -> None:
    for answer, stage in ((rx.of(YES), S.VALIDATED), (rx.throw(AuthRefused("no")), S.REJECTED)):
        world = World("o---------|")
        told = place(world, Way(world, answer), hears_first=True, is_trial=lambda _request: True)
        world.world.run()
        assert told.last.stage is stage
        assert told.end == (3, None)


def test_a_trial_whose_request_did_not_leave_is_not_sent() -> None:
    world = World("o---------|")
    told = place(world, Way(world, rx.throw(NotSent("no room"))), is_trial=lambda _request: True)
    world.world.run()
    assert told.last.stage is S.NOT_SENT


def test_a_break_while_the_answer_is_awaited_is_unknown_and_the_answer_resolves_it() -> None:
    world = World("o--#-o---------|")
    told = place(world, Way(world, rx.of(YES), 2.0))
    row = OrderUpdate("O-mine-1", "mine-1", S.OPEN, quantity=Decimal(2))
    world.tell(6, OrderSnapshot((row,)))
    world.world.advance_to(8)
    assert told.stages[2:] == [(3, S.UNKNOWN), (4, S.PENDING), (6, S.OPEN)]


def test_a_lost_answer_makes_nothing_unknown_that_its_executions_have_told() -> None:
    world = World("o---------|")
    told = place(world, Way(world, rx.throw(AnswerLost("add", "a page in HTML", 502)), 3.0))
    world.tell(4, update(S.OPEN))
    world.world.advance_to(8)
    assert told.stages == [(2, S.SUBMITTING), (2, S.SUBMITTED), (4, S.OPEN)]
