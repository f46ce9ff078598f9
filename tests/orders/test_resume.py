"""Orders that something else has placed: found, and told of from then on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable

from rxex.errors import InvalidArgument, TransientError
from rxex.models import Fill, Order, OrderSnapshot, OrderUpdate, Side, Stage
from rxex.orders import resume_order_factory
from tests.orders.desk import Told, World, filled, update

S = Stage
OPEN = update(S.OPEN, symbol="A/B", side=Side.BUY, quantity=Decimal(2), price=Decimal(10), filled=Decimal(0))
NOTHING = OrderSnapshot(())


def resume(world: World, at: float = 2, until: Stage | None = None, **options: Any) -> Told:
    factory = resume_order_factory(world.sockets, world.executions, scheduler=world.scheduler, **options)
    return Told(world, at, lambda: factory("mine-1", until))


def answering(world: World, *answers: list[OrderUpdate]) -> tuple[Any, list[float]]:
    """A query that gives one answer after the other, and when it was asked."""
    left, asked = list(answers), list[float]()

    def query(order: Order) -> Observable[OrderUpdate]:
        assert order.client_id == "mine-1"
        asked.append(world.scheduler.clock)
        return rx.from_iterable(left.pop(0) if len(left) > 1 else left[0])

    return query, asked


def test_an_open_order_is_found_in_the_list_and_told_of_to_its_end() -> None:
    world = World("o---------|")
    told = resume(world)
    world.tell(3, OrderSnapshot((OPEN,)))
    world.tell(4, filled(1, "0.5", "0.5"))
    world.tell(5, filled(2, "1.5", "2"))
    world.tell(6, update(S.FILLED))
    world.world.run()
    assert told.stages == [(2, S.UNKNOWN), (3, S.OPEN), (4, S.PARTIALLY_FILLED), (5, S.FILLED)]
    assert told.end == (5, None)
    first, found = told.orders[:2]
    assert isinstance(first.error, TransientError)
    assert (first.client_id, first.order_id) == ("mine-1", None)
    assert (found.order_id, found.symbol, found.quantity) == ("O-mine-1", "A/B", Decimal(2))
    assert world.sent == []


def test_the_list_may_come_before_the_socket() -> None:
    world = World("o---------|")
    sockets = world.sockets.pipe(rx.operators.delay(3, scheduler=world.scheduler))
    factory = resume_order_factory(sockets, world.executions, scheduler=world.scheduler)
    told = Told(world, 2, lambda: factory("mine-1"))
    world.tell(2.5, update(S.CANCELED))  # of a time that is not listed
    world.tell(3, OrderSnapshot((OPEN,)))
    world.tell(4, filled(1, "0.5", "0.5"))
    world.tell(6, update(S.CANCELED))
    world.world.run()
    assert told.stages == [(2, S.UNKNOWN), (5, S.OPEN), (5, S.PARTIALLY_FILLED), (6, S.CANCELED)]


def test_one_that_has_ended_is_asked_for_and_comes_with_its_executions() -> None:
    world = World("o---------|")
    fill = Fill("T1", "O-mine-1", Decimal(10), Decimal(2))
    end = update(S.FILLED, quantity=Decimal(2), filled=Decimal(2))
    query, asked = answering(world, [update(None, fill=fill), end])
    told = resume(world, query=query)
    world.tell(3, NOTHING)
    world.world.run()
    assert told.stages == [(2, S.UNKNOWN), (2, S.FILLED)]
    assert told.last.fills == (fill,)
    assert (told.end, asked) == ((2, None), [2])


def test_until_a_stage_completes_there() -> None:
    world = World("o---------|")
    told = resume(world, until=S.OPEN)
    world.tell(3, OrderSnapshot((OPEN,)))
    world.world.run()
    assert (told.last.stage, told.end) == (S.OPEN, (3, None))


def test_one_that_was_never_taken_is_rejected_once_the_exchange_has_settled() -> None:
    world = World("o" + "-" * 30 + "|")
    query, asked = answering(world, [])
    told = resume(world, query=query, settle=4.0)
    world.tell(3, NOTHING)
    world.world.run()
    assert [stage for _, stage in told.stages] == [S.UNKNOWN, S.REJECTED]
    assert told.end is not None
    assert 6 <= told.end[0] <= 12
    assert asked[0] == 2


def test_without_anybody_to_ask_it_ends_as_unknown_and_never_hangs() -> None:
    world = World("o" + "-" * 30 + "|")
    told = resume(world, patience=10.0)
    world.tell(3, NOTHING)
    world.world.run()
    assert told.stages == [(2, S.UNKNOWN)]
    assert told.end == (12, None)


def test_it_waits_for_a_socket_and_outlives_breaks() -> None:
    world = World("----o--#-o--------|")
    told = resume(world, at=1)
    world.tell(5, OrderSnapshot((OPEN,)))
    world.tell(11, OrderSnapshot((OPEN,)))
    world.tell(12, update(S.CANCELED))
    world.world.run()
    assert told.stages == [(1, S.UNKNOWN), (5, S.OPEN), (7, S.UNKNOWN), (11, S.OPEN), (12, S.CANCELED)]


@pytest.mark.parametrize("marbles", ["-------|", "o------|"])
def test_the_end_of_the_connection_ends_it(marbles: str) -> None:
    world = World(marbles)
    told = resume(world)
    world.at(7, world.executions.on_completed)
    world.world.run()
    assert told.stages == [(2, S.UNKNOWN)]
    assert told.end == (7, None)


def test_two_may_follow_one_order() -> None:
    world = World("o---------|")
    first, second = resume(world), resume(world)
    world.tell(3, OrderSnapshot((OPEN,)))
    world.tell(4, update(S.CANCELED))
    world.world.run()
    assert first.stages == second.stages == [(2, S.UNKNOWN), (3, S.OPEN), (4, S.CANCELED)]


def test_disposed_of_it_is_silent() -> None:
    world = World("o---------|")
    told = resume(world)
    world.at(3, told.dispose)
    world.at(3.5, told.dispose)
    world.tell(4, OrderSnapshot((OPEN,)))
    world.world.run()
    assert (told.stages, told.end) == ([(2, S.UNKNOWN)], None)


def test_what_cannot_be_is_refused_at_once() -> None:
    world = World("o|")
    factory = resume_order_factory(world.sockets, world.executions)
    with pytest.raises(InvalidArgument):
        factory("")
    with pytest.raises(InvalidArgument):
        factory("mine-1", S.SUBMITTING)
    for option in ("settle", "patience", "check"):
        with pytest.raises(InvalidArgument):
            resume_order_factory(world.sockets, world.executions, **{option: 0.0})
