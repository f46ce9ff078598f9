"""An order that is changed goes on as one, whichever of end, new order and answer comes first, or never."""

from __future__ import annotations

from decimal import Decimal
from itertools import permutations
from typing import Any

import pytest
from reactivex import Subject

from rxex.channel import Dialect
from rxex.errors import AnswerLost
from rxex.exchanges.kucoin.orders.placed import Known, PlacedOrders, placed_of
from rxex.models import Order, OrderSnapshot, OrderUpdate, Side, Stage
from rxex.testing import marble_connection

S = Stage
OLD_END = OrderUpdate("old", "mine", S.CANCELED)
NEW_OPEN = OrderUpdate("new", "mine", S.OPEN)
OTHER = OrderUpdate("x", "another", S.CANCELED)
FILL = OrderUpdate("old", "mine", S.PARTIALLY_FILLED)


def order(client_id: str = "mine", order_id: str | None = "old") -> Order:
    return Order(client_id, "BTC-USDT", Side.BUY, "limit", None, order_id=order_id)


class Course:
    """What a follower is told while an order is changed."""

    def __init__(self) -> None:
        self.placed = PlacedOrders()
        self.placed.note(order())
        self.executions: Subject[Any] = Subject()
        self.told: list[OrderUpdate] = []
        self.subscription = self.placed.follow(self.executions).subscribe(self.told.append)
        self.replacement: Any = None

    def amend(self) -> Course:
        self.replacement = self.placed.replace("old", None)
        return self

    def tell(self, *updates: Any) -> Course:
        for update in updates:
            self.executions.on_next(update)
        return self

    def answer(self) -> Course:
        self.placed.replaced(self.replacement, "new")
        return self

    @property
    def briefly(self) -> list[tuple[Any, ...]]:
        return [(each.order_id, each.stage, each.replaces) for each in self.told]


def test_the_new_price_is_told_with_the_answer_also_where_the_new_order_is_not_heard_of() -> None:
    course = Course()
    replacement = course.placed.replace("old", None, Decimal(12))
    course.placed.replaced(replacement, "new")
    assert [(each.order_id, each.price, each.replaces) for each in course.told] == [("new", 12, "old")]


def test_the_first_id_is_an_older_one_only_of_an_order_that_was_changed() -> None:
    placed = PlacedOrders()
    placed.note(order(order_id="new"))
    assert not placed.is_older("mine", "old")
    placed.replace(None, "mine")
    assert placed.is_older("mine", "old")
    assert not placed.is_older("mine", "new")
    assert not placed.is_older("another", "old")


@pytest.mark.parametrize("turns", list(permutations(["end", "open", "answer"])))
def test_the_three_words_of_a_change_in_any_order_make_one_order(turns: tuple[str, ...]) -> None:
    course = Course().amend()
    for turn in turns:
        if turn == "answer":
            course.answer()
        else:
            course.tell(OLD_END if turn == "end" else NEW_OPEN)
    assert S.CANCELED not in {each.stage for each in course.told}
    assert ("new", S.OPEN, "old") in course.briefly
    assert next(each for each in course.told if each.order_id == "new").replaces == "old"


def test_what_comes_before_the_end_of_the_old_one_comes_before_the_new_one() -> None:
    course = Course().amend().tell(FILL, OLD_END, NEW_OPEN).answer()
    assert course.briefly == [
        ("old", S.PARTIALLY_FILLED, None),
        ("old", None, None),  # its end is none, but tells how much was traded
        ("new", S.PENDING, "old"),
        ("new", S.OPEN, "old"),
    ]


def test_other_orders_and_lists_do_not_wait() -> None:
    snapshot = OrderSnapshot(())
    course = Course().amend().tell(OTHER, snapshot)
    assert course.told == [OTHER, snapshot]


def test_a_change_that_is_refused_changes_nothing() -> None:
    course = Course().amend().tell(FILL, OLD_END)
    course.placed.kept(course.replacement)
    assert course.told == [FILL, OLD_END]
    course.tell(NEW_OPEN)
    assert course.told[-1] is NEW_OPEN


def test_without_an_answer_it_is_unknown_unless_the_new_one_was_seen() -> None:
    course = Course().amend().tell(FILL, OLD_END)
    lost = AnswerLost("amend_order", "?")
    course.placed.unclear(course.replacement, lost)
    assert course.told[0] is FILL
    assert (course.told[-1].order_id, course.told[-1].stage, course.told[-1].error) == ("old", S.UNKNOWN, lost)
    seen = Course().amend().tell(OLD_END, NEW_OPEN)
    seen.placed.unclear(seen.replacement, lost)
    assert seen.briefly == [("old", None, None), ("new", S.PENDING, "old"), ("new", S.OPEN, "old")]
    assert seen.tell(OLD_END).briefly[-1] == ("old", None, None)


def test_an_outcome_counts_once() -> None:
    course = Course().amend().answer()
    course.placed.unclear(course.replacement, AnswerLost("amend_order", "?"))
    assert course.briefly == [("new", S.PENDING, "old")]


def test_who_has_left_is_told_nothing() -> None:
    course = Course().amend()
    course.subscription.dispose()
    course.tell(NEW_OPEN).answer()
    assert course.told == []


def test_an_order_is_known_by_either_id_and_the_oldest_are_forgotten() -> None:
    placed = PlacedOrders(most=2)
    placed.note(order("a", None), "MARGIN_TRADE")
    assert placed.find(client_id="a") == Known("a", "BTC-USDT", "MARGIN_TRADE", None)
    placed.note(order("a", "A"), "MARGIN_TRADE")
    assert placed.find(order_id="A") == Known("a", "BTC-USDT", "MARGIN_TRADE", "A", ("A",))
    placed.note(order("b", "B"))
    placed.note(order("c", "C"))
    assert placed.find(order_id="A") is placed.find(client_id="a") is None
    assert placed.find() is None


def test_a_connection_has_one_store_for_all_its_factories() -> None:
    live = marble_connection("o-|", dialect=Dialect("d", lambda _: None))
    assert placed_of(live.connection.messages) is placed_of(live.connection.messages)
    other = marble_connection("o-|", dialect=Dialect("d", lambda _: None))
    assert placed_of(live.connection.messages) is not placed_of(other.connection.messages)
    loose: Subject[Any] = Subject()
    assert placed_of(loose) is not placed_of(loose)


def test_being_canceled_is_no_end_once_a_change_may_have_taken_effect() -> None:
    course = Course().amend()
    course.placed.unclear(course.replacement, AnswerLost("amend_order", "500000"))
    course.told.clear()
    course.tell(OLD_END)
    assert course.briefly == [("old", None, None), ("old", S.UNKNOWN, None)]
    course.told.clear()
    course.tell(NEW_OPEN, OLD_END, OTHER)
    assert course.briefly == [("new", S.OPEN, "old"), ("old", None, None), ("x", S.CANCELED, None)]
    course.told.clear()
    course.tell(OrderUpdate("new", "mine", S.FILLED))
    assert course.briefly == [("new", S.FILLED, "old")]


def test_the_ids_of_an_order_that_is_changed_are_remembered() -> None:
    course = Course().tell(NEW_OPEN)
    assert course.placed.ids_of("mine") == ("old",)
    assert not course.placed.is_changed(order())
    course.amend().tell(NEW_OPEN, NEW_OPEN)
    assert course.placed.ids_of("mine") == ("old", "new")
    assert course.placed.is_changed(order())
    assert course.placed.ids_of("another") == ()
