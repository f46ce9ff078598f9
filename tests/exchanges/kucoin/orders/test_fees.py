"""The end of an order waits for its fees, as long as is bearable."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx
from attrs import evolve
from reactivex import Observable
from reactivex.testing import TestScheduler

from rxex.errors import AnswerLost, AuthRefused
from rxex.exchanges.kucoin.orders.fees import with_fees
from rxex.models import Fee, Fill, Order, Side, Stage
from rxex.testing import record

D = Decimal
S = Stage


def fill(number: int, quantity: str = "1", order_id: str = "O1", fee: str | None = "0.1") -> Fill:
    fees = () if fee is None else (Fee("USDT", D(fee)),)
    return Fill(str(number), order_id, D(10 * number), D(quantity), fees=fees)


def order(stage: Stage, filled: str = "2", fills: tuple[Fill, ...] = ()) -> Order:
    return Order("mine", "A-B", Side.BUY, "limit", D(2), stage=stage, order_id="O1", filled=D(filled), fills=fills)


FEELESS = (fill(1, fee=None), fill(2, fee=None))


def run(last: Order, ask: Callable[[str], Any], before: str = "O1") -> tuple[float, Order]:
    clock = TestScheduler()
    first = evolve(order(S.OPEN, "0"), order_id=before)
    told = record(with_fees(rx.of(first, last), ask, clock), clock)
    clock.advance_to(20)
    (_, same), (time, second) = [(time, item.value) for time, item in told.notifications if hasattr(item, "value")]
    assert same is first
    assert told.notifications[-1][1].kind == "C"
    return time, second


def test_the_end_comes_with_the_fees_of_its_executions() -> None:
    asked: list[str] = []

    def ask(order_id: str) -> Observable[tuple[Fill, ...]]:
        asked.append(order_id)
        return rx.of((fill(1), fill(2)))

    time, last = run(order(S.FILLED, fills=FEELESS), ask)
    assert (time, asked) == (0, ["O1"])
    assert last.fees == (Fee("USDT", D("0.2")),)
    assert [each.fees for each in last.fills] == [(Fee("USDT", D("0.1")),)] * 2
    assert last.average_price == 15


def test_all_ids_that_an_order_had_are_asked_for() -> None:
    answers = {"O0": (fill(1, order_id="O0"),), "O1": (fill(2),)}
    _, last = run(order(S.CANCELED, fills=(fill(2, fee=None),)), lambda order_id: rx.of(answers[order_id]), "O0")
    assert last.fees == (Fee("USDT", D("0.2")),)


@pytest.mark.parametrize(
    "last", [order(S.REJECTED, "0"), order(S.CANCELED, "0"), order(S.FILLED, fills=(fill(1), fill(2)))]
)
def test_nothing_is_asked_for_where_nothing_was_traded_or_all_is_known(last: Order) -> None:
    def ask(_: str) -> Observable[tuple[Fill, ...]]:
        raise AssertionError("nobody is to ask")

    assert run(last, ask) == (0, last)


def test_executions_that_are_not_all_there_are_asked_for_again() -> None:
    answers = [(), (fill(1),), (fill(1), fill(2))]
    time, last = run(order(S.FILLED), lambda _: rx.of(answers.pop(0)))
    assert time == 0.75
    assert last.fees == (Fee("USDT", D("0.2")),)


@pytest.mark.parametrize(
    "answer",
    [
        lambda _: rx.of((fill(1),)),
        lambda _: rx.throw(AnswerLost("fills", "?")),
        lambda _: rx.throw(AuthRefused("no")),
        lambda _: int("what?"),
    ],
)
def test_fees_that_do_not_come_are_none_and_the_end_comes_all_the_same(answer: Any) -> None:
    ended = order(S.FILLED, fills=FEELESS)
    assert run(ended, answer) == (1.75, ended)


def test_an_answer_that_hangs_is_waited_for_three_seconds() -> None:
    ended = order(S.FILLED, fills=FEELESS)
    assert run(ended, lambda _: rx.never()) == (3, ended)


def test_executions_under_other_ids_that_add_up_take_the_place_of_those_that_were_told() -> None:
    _, last = run(order(S.FILLED, fills=FEELESS), lambda _: rx.of((fill(7), fill(8))))
    assert [each.id for each in last.fills] == ["7", "8"]


def test_all_of_an_order_that_was_changed_is_asked_for_until_it_is_told() -> None:
    clock = TestScheduler()
    told = order(S.FILLED, fills=(fill(1), fill(2)))
    lost = AnswerLost("trades_history", "it does not tell all executions yet")
    answers: list[Observable[Order]] = [rx.throw(lost), rx.throw(lost), rx.of(told)]
    ends = with_fees(
        rx.of(order(S.CANCELED, "1")), None, clock, whole=lambda _: answers.pop(0), is_changed=lambda _: True
    )
    seen = record(ends, clock)
    clock.advance_to(20)
    assert [(time, item.value) for time, item in seen.notifications if hasattr(item, "value")] == [(1.5, told)]


def test_an_end_is_told_as_it_was_heard_where_nobody_tells_all_of_it_for_a_minute() -> None:
    clock = TestScheduler()
    last = order(S.CANCELED, "1")
    ends = with_fees(rx.of(last), None, clock, whole=lambda _: rx.never(), is_changed=lambda _: True)
    seen = record(ends, clock)
    clock.advance_to(100)
    assert [(time, item.value) for time, item in seen.notifications if hasattr(item, "value")] == [(60, last)]
