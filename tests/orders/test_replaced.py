"""An order that the exchange puts in the place of another goes on as the same one, under its new id."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rxex.errors import TransientError
from rxex.models import Fee, Fill, Order, OrderSnapshot, OrderUpdate, Side, Stage
from rxex.orders import OrderMachine

S = Stage
D = Decimal
ASKED = Order("mine", "A/B", Side.BUY, "limit", D(3), D(10))


def told(stage: Stage | None = None, order_id: str = "O1", filled: str | None = None, **more: Any) -> OrderUpdate:
    return OrderUpdate(order_id, "mine", stage, filled=None if filled is None else D(filled), **more)


def fill(number: int, quantity: str, order_id: str = "O1") -> Fill:
    return Fill(f"T{number}", order_id, D(10), D(quantity))


def course(*updates: OrderUpdate) -> tuple[OrderMachine, list[Order]]:
    machine = OrderMachine(ASKED)
    orders = machine.sent()
    for update in updates:
        orders += machine.update(update)
    return machine, orders


def test_it_goes_on_with_what_was_traded_under_the_id_before() -> None:
    machine, orders = course(
        told(S.OPEN),
        told(S.PARTIALLY_FILLED, filled="1", fill=fill(1, "1")),
        told(S.PENDING, "O2", "0", quantity=D(5), replaces="O1"),
        told(S.CANCELED, "O1", "1"),
        told(S.OPEN, "O2", "0", quantity=D(5)),
        told(S.PARTIALLY_FILLED, "O2", "2", fill=fill(2, "2", "O2")),
        told(S.PARTIALLY_FILLED, "O2", "5", fill=fill(3, "3", "O2")),
    )
    assert [(order.stage, order.order_id, order.filled, order.quantity) for order in orders[1:]] == [
        (S.OPEN, "O1", 0, 3),
        (S.PARTIALLY_FILLED, "O1", 1, 3),
        (S.PARTIALLY_FILLED, "O2", 1, 6),
        (S.PARTIALLY_FILLED, "O2", 3, 6),
        (S.FILLED, "O2", 6, 6),
    ]
    assert [each.id for each in machine.order.fills] == ["T1", "T2", "T3"]


def test_what_was_traded_counts_once_where_it_was_the_other_way_round() -> None:
    machine, _ = course(
        told(S.PARTIALLY_FILLED, "O2", "1", fill=fill(1, "1", "O2")),
        told(S.PENDING, "O1", "0", replaces="O2"),
        told(S.PARTIALLY_FILLED, "O2", "2", fill=fill(2, "1", "O2"), quantity=D(3), replaces="O1"),
    )
    assert (machine.order.order_id, machine.order.filled, machine.order.quantity) == ("O2", 2, 3)


def test_an_end_of_what_was_replaced_that_waits_for_its_executions_is_none() -> None:
    machine, _ = course(told(S.OPEN), told(S.CANCELED, filled="1"))
    assert machine.is_ending
    orders = machine.update(told(S.OPEN, "O2", "0", quantity=D(2), replaces="O1"))
    assert not machine.is_ending
    assert [(order.stage, order.filled) for order in orders] == [(S.PARTIALLY_FILLED, 1)]


def test_an_averaged_price_of_the_new_one_alone_is_not_that_of_the_whole() -> None:
    machine, _ = course(
        told(S.OPEN),
        told(S.PARTIALLY_FILLED, filled="1", fill=fill(1, "1")),
        told(S.OPEN, "O2", "1", quantity=D(2), replaces="O1", average_price=D(99), fees=(Fee("B", D(9)),)),
    )
    assert (machine.order.filled, machine.order.average_price, machine.order.fees) == (2, None, ())


def test_a_second_time_too_and_a_third_order_does_not_count() -> None:
    machine, _ = course(
        told(S.OPEN),
        told(S.OPEN, "O2", "0", quantity=D(4), replaces="O1"),
        told(S.OPEN, "O3", "0", quantity=D(5), replaces="O2"),
        told(S.OPEN, "O9", "0", quantity=D(7), replaces="O8"),
    )
    assert (machine.order.order_id, machine.order.quantity) == ("O3", 5)


def test_what_was_traded_under_the_id_before_and_is_told_late_counts_once() -> None:
    machine, orders = course(
        told(S.OPEN),
        told(S.OPEN, "O2", "0", quantity=D(2), replaces="O1"),
        told(S.PARTIALLY_FILLED, "O1", "1", fill=fill(1, "1")),
        told(S.PARTIALLY_FILLED, "O1", "1", fill=fill(1, "1")),
        told(None, "O1", "1.5"),
        told(S.CANCELED, "O1", "1.5"),
        told(S.PARTIALLY_FILLED, "O2", "2", fill=fill(3, "2", "O2")),
    )
    assert [(order.stage, order.order_id, order.filled, order.quantity) for order in orders[1:]] == [
        (S.OPEN, "O1", 0, 3),
        (S.OPEN, "O2", 0, 2),
        (S.PARTIALLY_FILLED, "O2", 1, 3),
        (S.PARTIALLY_FILLED, "O2", D("1.5"), D("3.5")),
    ]
    assert machine.is_ending  # half an execution is missing
    (ended,) = machine.update(told(None, "O1", "1.5", fill=fill(2, "0.5")))
    assert (ended.stage, ended.filled, ended.quantity) == (S.FILLED, D("3.5"), D("3.5"))
    assert [each.id for each in ended.fills] == ["T1", "T3", "T2"]


def test_a_late_word_about_the_id_before_does_not_tell_what_has_become_of_an_unknown_one() -> None:
    machine, _ = course(told(S.OPEN), told(S.OPEN, "O2", "0", quantity=D(2), replaces="O1"))
    machine.lose(TransientError("a break"))
    assert machine.update(told(S.CANCELED, "O1", "1")) == []
    assert machine.order.stage is S.UNKNOWN
    (known,) = machine.answer(told(S.OPEN, "O2", "0", quantity=D(2)))
    assert (known.stage, known.filled, known.quantity) == (S.PARTIALLY_FILLED, 1, 3)


def test_where_nobody_knows_whether_it_was_replaced_it_is_unknown_until_that_is_told() -> None:
    machine, orders = course(told(S.OPEN), told(S.UNKNOWN, error=TransientError("the answer is lost")))
    assert orders[-1].stage is S.UNKNOWN
    assert str(orders[-1].error) == "the answer is lost"
    (known,) = machine.answer(told(S.OPEN, "O2", "0", quantity=D(3), replaces="O1"))
    assert (known.stage, known.order_id) == (S.OPEN, "O2")


def test_the_list_of_open_orders_knows_it_by_its_new_id() -> None:
    machine, _ = course(told(S.OPEN), told(S.OPEN, "O2", "0", replaces="O1"))
    assert machine.snapshot(OrderSnapshot((told(S.OPEN, "O2", "0"),))) == []
    assert machine.order.stage is S.OPEN


def test_where_executions_have_no_fees_the_order_s_own_count() -> None:
    machine, _ = course(told(S.PARTIALLY_FILLED, filled="3", fill=fill(1, "3"), fees=(Fee("B", D("0.3")),)))
    assert machine.order.fees == (Fee("B", D("0.3")),)
