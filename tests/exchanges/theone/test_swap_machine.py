"""The stages of a swap: they move forward, whatever is told and in which order."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise, permutations
from typing import Any

import pytest

from rxex.errors import ConnectionClosed, NotSent
from rxex.exchanges.theone.models import OrderStatus, Swap, SwapStage
from rxex.exchanges.theone.refusals import BrokerRefused
from rxex.exchanges.theone.swap_machine import SwapMachine, is_before

S = SwapStage
LOST = ConnectionClosed(None, "cut")
NO = BrokerRefused("swap", "Insufficient balance")


def machine(*, sent: bool = True) -> SwapMachine:
    made = SwapMachine(Swap("mine", "ETH", "USDT", Decimal("1.5")))
    if sent:
        made.sent(1)
    return made


def status(stage: SwapStage | None, order_id: str = "ord_1", **facts: Any) -> OrderStatus:
    return OrderStatus(order_id, str(stage), stage, **facts)


def stage_of(swap: Swap | None) -> SwapStage | None:
    return None if swap is None else swap.stage


def test_it_goes_through_its_stages_once() -> None:
    made = machine(sent=False)
    told = [stage_of(made.sent(1)), stage_of(made.sent(2))]
    told += [stage_of(made.update(status(stage))) for stage in (S.PENDING, S.PENDING, S.PROCESSING, S.FILLED, S.FAILED)]
    assert told == [S.SUBMITTED, None, S.PENDING, None, S.PROCESSING, S.FILLED, None]


@pytest.mark.parametrize("order", list(permutations((S.PENDING, S.PROCESSING, S.FILLED))))
def test_what_comes_late_does_not_bring_it_back(order: Any) -> None:
    made = machine()
    told = [swap.stage for stage in order if (swap := made.update(status(stage))) is not None]
    assert told[-1] is S.FILLED
    assert all(is_before(first, second) for first, second in pairwise(told))


@pytest.mark.parametrize("end", [S.FILLED, S.FAILED, S.CANCELED])
@pytest.mark.parametrize("other", [S.FILLED, S.FAILED, S.CANCELED, S.PENDING, None])
def test_nothing_comes_after_its_end(end: SwapStage, other: SwapStage | None) -> None:
    made = machine()
    made.update(status(end))
    assert made.update(status(other, filled_out=Decimal(9))) is None
    assert [made.lose(LOST), made.refuse(NO), made.absent(), made.not_sent(LOST)] == [None] * 4
    assert made.swap.stage is end
    assert made.swap.filled_out is None


def test_facts_are_kept_and_news_of_them_told() -> None:
    made = machine()
    first = made.update(status(S.PENDING, time=5, received=6))
    assert first is not None
    assert (first.order_id, first.time, first.received) == ("ord_1", 5, 6)
    partly = made.update(status(S.PROCESSING, filled_out=Decimal("1.0")))
    more = made.update(status(S.PROCESSING, filled_out=Decimal("2.50"), tx_hash="0xa"))
    assert partly is not None
    assert more is not None
    assert (partly.filled_out, more.filled_out, more.tx_hash) == (Decimal(1), Decimal("2.50"), "0xa")
    assert made.update(status(S.PROCESSING, filled_out=Decimal("2.50"))) is None
    # What is behind the stage that is known is behind with all it says.
    assert made.update(status(S.PENDING, filled_out=Decimal(0))) is None
    assert made.swap.filled_out == Decimal("2.50")
    assert made.update(status(S.FILLED, order_id="ord_2")) is None


def test_lost_it_is_unknown_until_something_is_told_and_no_stage_is_told_twice_otherwise() -> None:
    made = machine()
    made.update(status(S.PROCESSING))
    told = [
        made.lose(LOST),
        made.lose(LOST),
        made.update(status(S.PENDING)),
        made.lose(LOST),
        made.update(status(S.FILLED)),
    ]
    assert [stage_of(swap) for swap in told] == [S.UNKNOWN, None, S.PROCESSING, S.UNKNOWN, S.FILLED]
    unknown = told[0]
    assert unknown is not None
    assert unknown.error is LOST
    assert made.swap.error is None
    assert made.swap.reason == ""


def test_a_refusal_is_believed_only_of_what_the_exchange_has_not_taken() -> None:
    refused = machine()
    swap = refused.refuse(NO)
    assert swap is not None
    assert (swap.stage, swap.reason, swap.error) == (S.REJECTED, "Insufficient balance", NO)
    taken = machine()
    taken.update(status(S.PENDING))
    assert taken.refuse(NO) is None
    lost = machine()
    lost.lose(LOST)
    assert stage_of(lost.refuse(NO)) is S.REJECTED


def test_absence_is_an_answer_to_a_swap_that_may_never_have_arrived_and_to_no_other() -> None:
    assert machine().absent() is None
    lost = machine()
    lost.lose(LOST)
    assert stage_of(lost.absent()) is S.REJECTED
    taken = machine()
    taken.update(status(S.PENDING))
    taken.lose(LOST)
    assert taken.absent() is None


def test_before_it_is_sent_it_can_only_be_not_sent() -> None:
    made = machine(sent=False)
    assert [made.lose(LOST), made.refuse(NO), made.absent(), made.update(status(S.FILLED))] == [None] * 4
    assert not made.is_sent
    assert stage_of(made.not_sent(NotSent("no socket"))) is S.NOT_SENT
    assert made.sent() is None
    assert not made.is_sent


def test_a_word_that_we_do_not_know_says_that_the_exchange_has_it() -> None:
    made = machine()
    assert stage_of(made.update(status(None))) is S.PENDING
    assert made.update(status(None)) is None
    assert stage_of(made.update(status(S.FILLED))) is S.FILLED


def test_unknown_is_neither_before_nor_after_anything() -> None:
    assert not any(is_before(S.UNKNOWN, stage) or is_before(stage, S.UNKNOWN) for stage in S)
