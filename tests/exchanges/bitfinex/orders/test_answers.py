"""Notifications as answers: whatever is wrong with one, it is no answer or one that is not sure."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxex.codec import decode
from rxex.errors import TransientError
from rxex.exchanges.bitfinex.notifications import notification_of
from rxex.exchanges.bitfinex.orders.answers import check_outcome, order_answer, outcomes, rows_of
from rxex.exchanges.bitfinex.orders.desk import Asked, Desk, ids_of
from rxex.models import Order, Stage
from rxex.orders import OrderRefused, Refusal
from tests.exchanges.bitfinex import account_samples as samples
from tests.exchanges.bitfinex.orders.account_desk import note, order_row
from tests.mutations import mutate


def order(client_id: str) -> Order:
    return Order(client_id, "tBTCUSD", None, "limit", None)


def test_the_samples_are_answers_to_their_orders_alone() -> None:
    taken = order_answer(decode(samples.N_ON.encode()), order("1575287436979"))
    assert taken is not None
    assert (taken.order_id, taken.stage, taken.time) == ("1185815098", Stage.PENDING, 1_575_287_438_515_000_000)
    refused = order_answer(decode(samples.N_ON_ERROR.encode()), order("555"))
    assert refused is not None
    assert (refused.stage, refused.reason, refused.order_id) == (Stage.REJECTED, "Invalid price.", None)
    assert isinstance(refused.error, OrderRefused)
    assert refused.error.kind is Refusal.INVALID_PRICE
    for other in samples.NOTIFICATIONS:
        assert order_answer(decode(other.encode()), order("1")) is None
    assert order_answer(decode(samples.N_OC_CID.encode()), order("555")) is None
    assert order_answer({"event": "info"}, order("555")) is None


def test_an_answer_may_have_several_orders() -> None:
    told = order_answer(note("on-req", [order_row(1, 8), order_row(555, 9)]), order("555"))
    assert told is not None
    assert told.order_id == "9"


@pytest.mark.parametrize("text", samples.NOTIFICATIONS)
@given(data=st.data())
def test_a_wrong_notification_raises_nothing_but_what_it_says(text: str, data: st.DataObject) -> None:
    message: Any = mutate(copy.deepcopy(decode(text.encode())), data)
    for client_id in ("555", "1575287436979"):
        told = order_answer(message, order(client_id))
        assert told is None or told.client_id == client_id
        assert told is None or told.stage in {Stage.PENDING, Stage.REJECTED, Stage.UNKNOWN}
    notification = notification_of(message)
    if notification is not None:
        list(outcomes(notification, ["555"]))
        rows_of(notification.info)
        desk = Desk()
        desk.wait(Asked(notification.kind, "7", "555"))
        desk.owner(message, notification)
        try:
            check_outcome("it", notification)
        except (OrderRefused, TransientError) as error:
            assert "it" in str(error)  # noqa: PT017 - either may be raised, or none


def test_an_answer_that_is_not_success_never_counts_as_one() -> None:
    for status in ("ERROR", "FAILURE", "INFO", "", None):
        told = order_answer(note("on-req", order_row(555), status), order("555"))  # type: ignore[arg-type]
        assert told is not None
        assert told.stage is (Stage.REJECTED if status in {"ERROR", "FAILURE"} else Stage.UNKNOWN)


def test_the_ids_of_a_row_are_found_where_it_has_them() -> None:
    assert ids_of(order_row(555, 7)) == ("7", "555")
    for info in (None, {}, [], [None], [0, 0, 0], ["7", None, "555"], [[7, None, 555]]):
        assert ids_of(info) == (None, None)


def test_requests_of_one_kind_are_told_apart_by_what_they_are_about() -> None:
    desk = Desk()
    by_id, by_client_id, by_message, by_turn = (
        Asked("oc-req", "7"),
        Asked("oc-req", None, "555"),
        Asked("oc-req", message_id=3),
        Asked("oc-req"),
    )
    for asked in (by_id, by_client_id, by_turn, by_message):
        desk.wait(asked)

    def owner(info: Any, message_id: Any = None) -> Asked | None:
        message = note("oc-req", info, message_id=message_id)
        notification = notification_of(message)
        assert notification is not None
        assert desk.owner(message, notification) is desk.owner(message, notification)
        return desk.owner(message, notification)

    assert owner([7]) is by_id
    assert owner([None, None, 555]) is by_client_id
    assert owner(None, 3) is by_message
    assert owner([8]) is by_turn
    assert owner(None) is by_id
    assert owner([8], 4) is by_turn
    for asked in (by_turn, by_message):
        desk.leave(asked)
    assert owner([8]) is None
