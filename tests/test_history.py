"""The checker of histories finds each kind of lie."""

from __future__ import annotations

from decimal import Decimal

import pytest
from attrs import evolve

from rxex.models import Fill, Order, Stage
from tests.history import Entry, Told, violations

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
