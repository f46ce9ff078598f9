"""Rows of orders and executions: what was executed, what was changed, how it ended."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rxex.codec import decode, number
from rxex.exchanges.bitfinex.order_models import OrdersRead, parse_status, read_trade, type_of
from rxex.models import Fee, OrderUpdate, Side, Stage
from rxex.orders import OrderRefused, Refusal
from tests.exchanges.bitfinex.account_samples import OC, ON, OS, OU, TE, TU

D = Decimal
S = Stage


def row(amount: str, status: str = "ACTIVE", original: str = "1", *, order_id: int = 7, **more: Any) -> list[Any]:
    """One row: the order of 1 at 100, unless told otherwise."""
    places: dict[int, Any] = {
        0: order_id,
        2: 555,
        3: "tBTCUSD",
        4: 1000,
        5: 2000,
        6: D(amount),
        7: D(original),
        8: "EXCHANGE LIMIT",
        13: status,
        16: 100,
        **{int(name[1:]): value for name, value in more.items()},
    }
    return [places.get(place) for place in range(32)]


class Orders:
    """Orders that are read one after the other."""

    def __init__(self) -> None:
        self.read = OrdersRead()

    def __call__(self, kind: str, values: list[Any]) -> OrderUpdate:
        return self.read.read(kind, values, 0, b"", number)


def read(*texts: str) -> list[OrderUpdate]:
    orders = Orders()
    messages: list[Any] = [decode(text.encode()) for text in texts]
    return [orders(kind, values) for _, kind, values in messages]


def test_the_life_of_an_order_is_read() -> None:
    opened, partly, filled = read(ON, OU, OC)
    assert [opened.stage, partly.stage, filled.stage] == [S.OPEN, S.PARTIALLY_FILLED, S.FILLED]
    assert (opened.order_id, opened.client_id, opened.symbol) == ("1151718504", "1548262833910", "tBTCUSD")
    assert (opened.side, opened.type, opened.quantity, opened.price) == (Side.SELL, "limit", 1, 15980)
    assert [opened.filled, partly.filled, filled.filled] == [0, D("0.5"), 1]
    assert [opened.average_price, partly.average_price] == [None, 15980]
    assert (opened.time, filled.time) == (1_548_262_833_410_000_000, 1_548_262_888_016_000_000)
    assert {order.reason for order in (opened, partly, filled)} == {""}


def test_a_snapshot_is_a_list_of_open_orders() -> None:
    message: Any = decode(OS.encode())
    orders = OrdersRead()
    orders.start_over(message[2], 9, message, number)
    (order,) = orders.open.values()
    assert (order.order_id, order.quantity, order.stage, order.received) == ("34930659963", D("0.201104"), S.OPEN, 9)
    orders.start_over([], 9, message, number)
    assert orders.open == {}


def test_executions_are_read_at_once_without_their_fee_and_then_with_it() -> None:
    first, second = (read_trade(message[2], 3, message, number) for message in map(decode_text, (TE, TU)))
    assert first.fill is not None
    assert (first.fill.id, first.fill.order_id, first.fill.quantity, first.fill.price) == (
        "402088407",
        "34938060782",
        D("0.2"),
        D("153.57"),
    )
    assert (first.fill.fees, first.fill.side, first.fill.is_maker, first.client_id) == ((), Side.SELL, False, None)
    assert second.fill is not None
    assert second.fill.fees == (Fee("USD", D("0.50095867")),)
    assert (second.stage, second.filled, second.type) == (None, None, "market")


def decode_text(text: str) -> Any:
    return decode(text.encode())


@pytest.mark.parametrize(
    ("text", "state", "code", "filled"),
    [
        ("ACTIVE", "ACTIVE", "", "0"),
        ("PARTIALLY FILLED @ 15980.0(-0.5)", "PARTIALLY FILLED", "", "0.5"),
        ("EXECUTED @ 107.6(-0.2)", "EXECUTED", "", "0.2"),
        ("EXECUTED @ 15980.0(-0.5): was PARTIALLY FILLED @ 15980.0(-0.5)", "EXECUTED", "", "1.0"),
        ("EXECUTED @ 1662.9(0.05): was PARTIALLY FILLED @ 1661.5(0.05)", "EXECUTED", "", "0.10"),
        ("EXECUTED @ 3(1): was PARTIALLY FILLED @ 2(0.5), PARTIALLY FILLED @ 1(2)", "EXECUTED", "", "3.5"),
        ("CANCELED", "CANCELED", "", "0"),
        ("CANCELED was: PARTIALLY FILLED @ 5.5(0.25)", "CANCELED", "", "0.25"),
        ("INSUFFICIENT BALANCE (G1) was: PARTIALLY FILLED @ 5(1)", "INSUFFICIENT BALANCE", "G1", "1"),
        ("INSUFFICIENT BALANCE (U1)", "INSUFFICIENT BALANCE", "U1", "0"),
        ("INSUFFICIENT MARGIN was: PARTIALLY FILLED @ 5(1)", "INSUFFICIENT MARGIN", "", "1"),
        ("POSTONLY CANCELED", "POSTONLY CANCELED", "", "0"),
        ("FILLORKILL CANCELED", "FILLORKILL CANCELED", "", "0"),
        ("IOC CANCELED", "IOC CANCELED", "", "0"),
        ("RSN_POS_REDUCE_INCR", "RSN_POS_REDUCE_INCR", "", "0"),
        ("RSN_DUST was: ACTIVE (note: POSCLOSE)", "RSN_DUST", "", "0"),
        ("RSN_BOOK_SLIP was: PARTIALLY FILLED @ 5e-7(1)", "RSN_BOOK_SLIP", "", "1"),
        ("EXECUTED @ xxxx was ACTIVE (note:POSCLOSE)", "EXECUTED", "", "0"),
        ("FORCED EXECUTED", "FORCED EXECUTED", "", "0"),
        ("", "", "", "0"),
        ("@ 1.2.3(4) 5(.)", "@", "", "0"),
    ],
)
def test_the_grammar_of_statuses(text: str, state: str, code: str, filled: str) -> None:
    status = parse_status(text)
    assert (status.code, status.filled) == (code, D(filled))
    assert status.state.startswith(state)


@pytest.mark.parametrize(
    ("amount", "status", "stage", "filled"),
    [
        ("0", "EXECUTED @ 107.6(1)", S.FILLED, "1"),
        ("0", "EXECUTED @ 107.6(0.4)", S.FILLED, "1"),
        ("0", "FORCED EXECUTED", S.FILLED, "1"),
        ("0", "EXECUTED @ xxxx was ACTIVE (note:POSCLOSE)", S.FILLED, "1"),
        ("1", "CANCELED", S.CANCELED, "0"),
        ("0.75", "CANCELED was: PARTIALLY FILLED @ 5.5(0.25)", S.CANCELED, "0.25"),
        ("0.5", "INSUFFICIENT BALANCE (G1) was: PARTIALLY FILLED @ 5(0.5)", S.CANCELED, "0.5"),
        ("1", "INSUFFICIENT BALANCE (U1)", S.REJECTED, "0"),
        ("1", "POSTONLY CANCELED", S.REJECTED, "0"),
        ("1", "RSN_DUST", S.REJECTED, "0"),
        ("1", "FILLORKILL CANCELED", S.EXPIRED, "0"),
        ("0.5", "IOC CANCELED was: PARTIALLY FILLED @ 5(0.5)", S.EXPIRED, "0.5"),
        ("1", "NOBODY KNOWS", S.CANCELED, "0"),
        ("0.5", "EXECUTED @ 5(0.5)", S.CANCELED, "0.5"),
    ],
)
@pytest.mark.parametrize("is_known", [True, False])
def test_how_an_order_ends(amount: str, status: str, stage: Stage, filled: str, is_known: bool) -> None:  # noqa: FBT001
    orders = Orders()
    if is_known:
        orders("on", row("1"))
    update = orders("oc", row(amount, status))
    assert (update.stage, update.filled) == (stage, D(filled))
    assert update.reason == ("" if stage is S.FILLED else status)
    assert isinstance(update.error, OrderRefused) is (stage is S.REJECTED)
    assert orders.read.open == {}


def test_an_order_that_is_not_wanted_says_why() -> None:
    update = Orders()("oc", row("1", "POSTONLY CANCELED"))
    assert isinstance(update.error, OrderRefused)
    assert update.error.kind is Refusal.WOULD_TAKE


def test_an_order_ends_by_its_time() -> None:
    assert Orders()("oc", row("1", "CANCELED", _10=1900)).stage is S.EXPIRED
    assert Orders()("oc", row("1", "CANCELED", _10=2100)).stage is S.CANCELED


@pytest.mark.parametrize("original", ["1", "0.6"])
def test_a_changed_amount_is_no_execution_whether_or_not_the_original_follows(original: str) -> None:
    orders = Orders()
    orders("on", row("1"))
    changed = orders("ou", row("0.6", original=original))
    assert (changed.stage, changed.quantity, changed.filled) == (S.OPEN, D("0.6"), 0)
    partly = orders("ou", row("0.4", "PARTIALLY FILLED @ 100.0(0.2)", original))
    assert (partly.stage, partly.quantity, partly.filled) == (S.PARTIALLY_FILLED, D("0.6"), D("0.2"))
    more = orders("ou", row("1.4", "PARTIALLY FILLED @ 100.0(0.2)", original))
    assert (more.quantity, more.filled) == (D("1.6"), D("0.2"))
    full = orders("oc", row("0", "EXECUTED @ 100.0(1.4): was PARTIALLY FILLED @ 100.0(0.2)", original))
    assert (full.stage, full.quantity, full.filled) == (S.FILLED, D("1.6"), D("1.6"))


def test_an_order_that_was_changed_before_is_what_its_text_says() -> None:
    assert Orders()("on", row("0.4")).filled == 0
    assert Orders()("on", row("0.4")).quantity == D("0.4")
    partly = Orders()("on", row("0.4", "PARTIALLY FILLED @ 100.0(0.1)"))
    assert (partly.quantity, partly.filled, partly.stage) == (D("0.5"), D("0.1"), S.PARTIALLY_FILLED)


def test_a_text_that_begins_anew_after_a_change_counts_what_follows() -> None:
    orders = Orders()
    orders("on", row("1"))
    orders("ou", row("0.8", "PARTIALLY FILLED @ 100.0(0.2)"))
    assert orders("ou", row("0.5", "ACTIVE")).quantity == D("0.7")
    partly = orders("ou", row("0.4", "PARTIALLY FILLED @ 100.0(0.1)"))
    assert (partly.quantity, partly.filled) == (D("0.7"), D("0.3"))
    grown = orders("ou", row("0.9", "PARTIALLY FILLED @ 99(0.1), PARTIALLY FILLED @ 100.0(0.1)"))
    assert (grown.quantity, grown.filled) == (D("1.3"), D("0.4"))


@pytest.mark.parametrize(
    ("text", "ours"),
    [("EXCHANGE LIMIT", "limit"), ("IOC", "limit"), ("STOP", "stop-loss"), ("TRAILING STOP", "trailing-stop")],
)
def test_types_have_our_names(text: str, ours: str) -> None:
    assert type_of(text) == ours
    assert type_of(None) is None


def test_the_limit_is_that_of_the_type() -> None:
    assert Orders()("on", row("1", _8="STOP LIMIT", _19=D("99.5"))).price == D("99.5")
    assert Orders()("on", row("1", _8="STOP")).price is None
    assert Orders()("on", row("1", _8="MARKET")).price is None


def test_a_list_that_cannot_be_read_changes_nothing() -> None:
    orders = OrdersRead()
    orders.start_over([row("1")], 0, b"", number)
    for wrong in ({}, [row("1", order_id=8), ["x"]], None):
        with pytest.raises((TypeError, ValueError)):
            orders.start_over(wrong, 0, b"", number)
    assert list(orders.open) == ["7"]


def test_an_end_without_amounts_does_not_tell_how_much_was_filled() -> None:
    update = Orders()("oc", [7, None, 555, "tBTCUSD", None, None, None, None, "LIMIT", *[None] * 4, "EXECUTED @ 1(1)"])
    assert (update.stage, update.filled, update.quantity) == (S.FILLED, None, None)


def test_short_rows_and_nulls_are_read() -> None:
    update = Orders()("on", [7, None, None, "tBTCUSD", None, None, D("-0.5")])
    assert (update.client_id, update.side, update.quantity, update.time, update.type) == (
        None,
        Side.SELL,
        D("0.5"),
        None,
        None,
    )
    with pytest.raises(ValueError, match="place 0"):
        Orders()("on", [])
