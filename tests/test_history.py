"""The checker of histories finds each kind of lie."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import evolve

from rxex.models import Fill, Order, Stage
from tests.history import Entry, Missed, Told, losses, strays, violations

FILL = Fill("T1", "O1", Decimal(5), Decimal(2))
ASKED = Order("a", "A/B", None, "limit", Decimal(2))
S = Stage


def course(*stages: Stage) -> list[Order]:
    done = {"filled": Decimal(2), "fills": (FILL,)}
    return [evolve(ASKED, stage=stage, **(done if stage is S.FILLED else {})) for stage in stages]


GOOD = Told("a", course(S.SUBMITTING, S.SUBMITTED, S.PENDING, S.UNKNOWN, S.OPEN, S.FILLED))
LEDGER = [Entry("a", S.FILLED, {"T1": Decimal(2)})]


def test_a_true_history_has_no_fault() -> None:
    assert violations(LEDGER, [GOOD]) == []
    assert violations([], [Told("a", course(S.SUBMITTING, S.NOT_SENT))]) == []
    assert violations([], [Told("a", course(S.SUBMITTING, S.SUBMITTED, S.UNKNOWN, S.REJECTED))]) == []
    assert violations([], [Told("a", course(S.SUBMITTING, S.SUBMITTED, S.UNKNOWN))], recovered=False) == []
    assert violations([Entry("a", S.OPEN)], [Told("a", course(S.SUBMITTING, S.OPEN), ended=False)]) == []


@pytest.mark.parametrize(
    ("ledger", "orders", "lie"),
    [
        ([*LEDGER, *LEDGER], GOOD.orders, "2 times in the ledger"),
        ([*LEDGER, Entry("b", S.OPEN)], GOOD.orders, "nobody placed it"),
        ([], course(S.SUBMITTING, S.SUBMITTED, S.PENDING, S.REJECTED), "is not in the ledger"),
        (LEDGER, course(S.SUBMITTING, S.NOT_SENT), "told not_sent and is filled"),
        (LEDGER, course(S.SUBMITTING, S.SUBMITTED, S.REJECTED), "told rejected and is filled"),
        (LEDGER, course(S.SUBMITTING, S.SUBMITTED, S.VALIDATED), "told validated and is filled"),
        ([Entry("a", S.CANCELED, {"T1": Decimal(2)})], GOOD.orders, "told filled and is canceled"),
        ([Entry("a", S.CANCELED, {"T1": Decimal(2)})], course(S.SUBMITTING, S.CANCELED), "told 0 filled and has 2"),
        ([Entry("a", S.FILLED, {"T2": Decimal(2)})], GOOD.orders, "executions ['T1']"),
        (LEDGER, course(S.SUBMITTED, S.FILLED), "does not begin"),
        (LEDGER, [], "does not begin"),
        (LEDGER, course(S.SUBMITTING, S.OPEN, S.PENDING, S.FILLED), "goes back to pending"),
        (LEDGER, course(S.SUBMITTING, S.FILLED, S.FILLED), "goes on after filled"),
        (LEDGER, course(S.SUBMITTING, S.FILLED, S.UNKNOWN), "goes on after filled"),
        (LEDGER, course(S.SUBMITTING, S.FILLED, S.CANCELED), "is less filled"),
        (LEDGER, course(S.SUBMITTING, S.SUBMITTED, S.UNKNOWN), "ended as unknown"),
        (LEDGER, course(S.SUBMITTING, S.SUBMITTED), "ended as submitted"),
        (LEDGER, [ASKED, evolve(ASKED, filled=Decimal(4), fills=(FILL, FILL))], "counts an execution twice"),
        (LEDGER, [ASKED, evolve(ASKED, fills=(FILL,))], "its executions are more than 0"),
        (LEDGER, [ASKED, evolve(ASKED, stage=S.FILLED, filled=Decimal(1))], "is filled with 1 of 2"),
    ],
)
def test_every_lie_is_found(ledger: list[Entry], orders: list[Order], lie: str) -> None:
    assert lie in "\n".join(violations(ledger, [Told("a", orders)]))


@pytest.mark.parametrize(
    "told",
    [
        [1, 2, 3, 4],
        [1, 2],
        [],
        [1, Missed(), 4],
        [Missed(), 1, Missed(0), 2],
        [1, Missed(2), 4],
        [1, Missed(1), Missed(1), 4],
        [1, Missed(1), Missed(), 4],
    ],
)
def test_a_true_feed_has_no_fault(told: list[object]) -> None:
    assert losses([1, 2, 3, 4], told) == []


@pytest.mark.parametrize(
    ("told", "lie"),
    [
        ([1, 3], "1 lost without a word before 3"),
        ([4], "3 lost without a word"),
        ([1, 2, 2], "told again"),
        ([2, 1], "told again, or too late"),
        ([1, Missed(), 5], "5: was never sent"),
        ([1, Missed(1), 4], "2 lost before 4, and 1 announced"),
        ([1, Missed(1), 2], "0 lost before 2, and 1 announced"),
        ([1, Missed(), 3, 1], "told again"),
        ([Missed(), 2, 4], "1 lost without a word before 4"),
    ],
)
def test_every_lie_of_a_feed_is_found(told: list[object], lie: str) -> None:
    assert lie in "\n".join(losses([1, 2, 3, 4], told))


def test_what_is_missing_at_the_end_is_a_loss_once_nothing_is_on_its_way() -> None:
    assert losses([1, 2], [1], complete=True) == ["1 lost without a word at the end"]
    assert losses([1, 2], [1, Missed()], complete=True) == []
    assert losses([1, 2], [1, Missed(2)], complete=True) == ["1 lost at the end, and 2 announced"]


def test_a_book_is_what_it_was_at_the_exchange_in_that_order() -> None:
    assert strays("abcb", ["a", "c", "c", Missed(), "b"]) == []
    assert strays("abc", ["a", "x"]) == ["x: was never sent"]
    assert strays("abc", ["c", Missed(), "a"]) == ["a: told again, or too late"]
