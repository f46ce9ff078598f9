"""Events of the account by the names of Bitfinex's own client."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx
from reactivex import operators as ops

from rxex.codec import decode
from rxex.errors import InvalidArgument
from rxex.exchanges.bitfinex import account_models as models
from rxex.exchanges.bitfinex.dialect import ACCOUNT
from rxex.exchanges.bitfinex.listening import EVENTS, on
from rxex.exchanges.bitfinex.notifications import Notification
from rxex.models import Balance, OrderSnapshot, OrderUpdate
from rxex.operators import keep_messages_only
from rxex.testing import record
from tests.exchanges.bitfinex import account_samples as samples
from tests.exchanges.bitfinex.plain_bitfinex import live

MESSAGES = [
    decode(text.encode()) for text in (*samples.ACCOUNT, '[0,"n",[null,"ucm-x",null,null,1,null,"SUCCESS","x"]]')
]


def heard(event: str) -> list[Any]:
    items: list[Any] = rx.from_iterable(MESSAGES).pipe(on(event), ops.to_list()).run()
    return items


@pytest.mark.parametrize(
    ("event", "model", "count"),
    [
        ("order_snapshot", OrderSnapshot, 1),
        ("order_new", OrderUpdate, 1),
        ("order_cancel", OrderUpdate, 1),
        ("position_snapshot", models.Snapshot, 1),
        ("position_close", models.Position, 1),
        ("trade_execution", OrderUpdate, 1),
        ("trade_execution_update", OrderUpdate, 1),
        ("wallet_snapshot", tuple, 1),
        ("wallet_update", Balance, 1),
        ("funding_offer_snapshot", models.Snapshot, 1),
        ("balance_update", models.BalanceInfo, 1),
        ("base_margin_info", models.MarginBase, 1),
        ("symbol_margin_info", models.MarginSymbol, 1),
        ("funding_info_update", models.FundingInfo, 1),
        ("on-req-notification", Notification, 3),
        ("oc-req-notification", Notification, 3),
        ("notification", Notification, 1),
        ("funding_loan_close", object, 0),
    ],
)
def test_an_event_tells_its_own(event: str, model: Any, count: int) -> None:
    items = heard(event)
    assert len(items) == count
    assert all(isinstance(item, model) for item in items)


def test_updates_of_orders_are_counted_from_what_was_told_before() -> None:
    (update,) = heard("order_update")
    assert update.filled == Decimal("0.5")


def test_every_type_of_message_has_an_event() -> None:
    assert set(EVENTS.values()) == set(ACCOUNT)


def test_a_message_that_cannot_be_read_is_passed_over_and_an_unknown_name_refused() -> None:
    messages = [[0, "wu", ["exchange"]], [0, "wu"], {"event": "info"}, [0, "wu", ["exchange", "BTC", 1]]]
    items: list[Any] = rx.from_iterable(messages).pipe(on("wallet_update"), ops.to_list()).run()
    assert [item.asset for item in items] == ["BTC"]
    with pytest.raises(InvalidArgument):
        on("order_filled")


def test_the_events_of_a_connection_are_heard() -> None:
    connection = live([samples.OS, samples.ON])
    got = record(connection.connection.pipe(keep_messages_only(), on("order_new")), connection.scheduler)
    connection.run()
    assert [order.order_id for order in got.values] == ["1151718504"]
