"""The end of an order whose executions come later than it, or not by themselves."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx
from attrs import evolve
from reactivex import Observable

from rxex.errors import TransientError
from rxex.models import Fee, Order, OrderSnapshot, OrderUpdate, Stage
from rxex.orders import place_order_factory
from tests.orders.desk import Buy, Told, World, dialect, filled, update

S = Stage
FILL = evolve(filled(1, "2", "0"), stage=None, filled=None)


def place(world: World, query: Any = None, how: Any = None, **options: Any) -> Told:
    add_order = place_order_factory(
        world.sockets,
        world.messages,
        world.executions,
        how or dialect(),
        query=query,
        scheduler=world.scheduler,
        **options,
    )
    return Told(world, 2, lambda: add_order(Buy()))


def test_a_break_does_not_end_the_wait_for_executions() -> None:
    world = World("o----#o-----|")
    told = place(world)
    world.tell(4.8, update(S.FILLED))
    world.tell(5.5, OrderSnapshot((), (FILL,)))
    world.world.run()
    assert told.stages[-1] == (5.5, S.FILLED)
    assert [fill.id for fill in told.last.fills] == ["T1"]
    assert S.UNKNOWN not in {order.stage for order in told.orders}


def test_what_is_all_traded_is_filled_though_the_link_breaks() -> None:
    world = World("o----#------|")
    told = place(world)
    world.tell(4.8, FILL)
    world.world.run()
    assert [(round(time, 3), stage) for time, stage in told.stages[-2:]] == [
        (4.8, S.PARTIALLY_FILLED),
        (5.8, S.FILLED),
    ]


@pytest.mark.parametrize(
    ("answer", "fills"),
    [
        (lambda: rx.of(FILL, update(S.FILLED)), 1),
        (lambda: rx.of(update(S.FILLED)), 0),
        (rx.empty, 0),
        (lambda: rx.throw(TransientError("no answer")), 0),
    ],
)
def test_executions_that_do_not_come_are_asked_for_once_and_it_ends_with_them_or_without(
    answer: Any, fills: int
) -> None:
    world = World("o---------|")
    asked: list[Order] = []

    def query(order: Order) -> Observable[OrderUpdate]:
        asked.append(order)
        return answer()

    told = place(world, query)
    world.tell(4, update(S.FILLED))
    world.world.run()
    assert told.stages[-1] == (5, S.FILLED)
    assert (len(told.last.fills), told.last.filled, told.end, len(asked)) == (fills, 2, (5, None), 1)


def test_an_end_that_waits_is_told_where_the_connection_ends() -> None:
    world = World("o----------|")
    told = place(world)
    world.tell(4, update(S.FILLED))
    world.at(4.2, world.executions.on_completed)
    world.world.run()
    assert told.stages[-1] == (4.2, S.FILLED)
    assert told.end == (4.2, None)


@pytest.mark.parametrize(("at", "ends"), [(4.3, 4.3), (5.5, 4.5)])
def test_an_end_waits_for_fees_that_come_after_the_executions_but_not_for_ever(at: float, ends: float) -> None:
    world = World("o---------|")
    told = place(world, awaits_fees=True)
    plain = filled(1, "2", "2")
    assert plain.fill is not None
    with_fee = evolve(plain, stage=None, filled=None, fill=evolve(plain.fill, fees=(Fee("B", Decimal("0.1")),)))
    world.tell(3.5, evolve(plain, fill=evolve(plain.fill, fees=())))
    world.tell(4, update(S.FILLED))
    world.tell(at, with_fee)
    world.world.run()
    assert told.stages[-1] == (ends, S.FILLED)
    assert bool(told.last.fees) is (at == ends)


def test_an_answer_may_name_the_order_instead_of_the_request() -> None:
    world = World("o-----|")

    def answer_to(message: Any, order: Order) -> OrderUpdate | None:
        named = message["order"].removeprefix("O-")
        return OrderUpdate(message["order"], named, S.PENDING) if named == order.client_id else None

    told = place(world, how=evolve(dialect(), answer_to=answer_to))
    world.world.run()
    assert (2, S.PENDING) in told.stages
