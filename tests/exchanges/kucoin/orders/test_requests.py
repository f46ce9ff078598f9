"""Requests about spot and margin orders: what is wrong never leaves, what is right becomes KuCoin's own words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from rxex.clock import wall_ns
from rxex.codec import decode, encode
from rxex.errors import InvalidArgument
from rxex.exchanges.kucoin.orders import (
    AddOrder,
    AddStopOrder,
    AmendOrder,
    BatchAdd,
    CancelOrder,
    CancelStopOrder,
    wire,
)
from rxex.exchanges.kucoin.rest.parameters import spot, stops
from rxex.models import Side
from rxex.rest.parameters import written

D = Decimal
LIMIT: dict[str, Any] = {
    "symbol": "BTC-USDT",
    "side": "buy",
    "order_type": "limit",
    "quantity": "0.10",
    "limit_price": "100.5",
}
MARKET: dict[str, Any] = {"symbol": "BTC-USDT", "side": "sell", "order_type": "market", "quantity": 2}
CASH: dict[str, Any] = {"symbol": "BTC-USDT", "side": "buy", "order_type": "market", "cash_quantity": "50"}
STOP: dict[str, Any] = {**LIMIT, "trigger_price": "99"}


def now() -> datetime:
    return datetime.fromtimestamp(wall_ns() / 1e9, UTC)


def body(request: AddOrder) -> Any:
    """What goes over the wire."""
    kind = spot.AddMarginOrder if request.margin else spot.AddOrder
    return decode(encode(written(kind(**wire.add(request, "mine")), native=True)).encode())


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, {}),
        ({"post_only": True, "hidden": True}, {"postOnly": True, "hidden": True}),
        ({"time_in_force": "ioc"}, {"timeInForce": "IOC"}),
        ({"time_in_force": "fok"}, {"timeInForce": "FOK"}),
        ({"time_in_force": "gtd", "cancel_after": 60}, {"timeInForce": "GTT", "cancelAfter": 60}),
        ({"order_type": "iceberg", "display_quantity": "0.01"}, {"iceberg": True, "visibleSize": "0.01"}),
        ({"self_trade": "decrease_and_cancel"}, {"stp": "DC"}),
        ({"self_trade": "cancel_oldest", "remark": "a b", "tags": "t"}, {"stp": "CO", "remark": "a b", "tags": "t"}),
        (
            {"margin": True, "isolated": True, "auto_borrow": True, "auto_repay": True},
            {"isIsolated": True, "autoBorrow": True, "autoRepay": True},
        ),
        ({"validate": True}, {}),
    ],
)
def test_a_limit_order_in_kucoin_s_words(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    plain = {
        "symbol": "BTC-USDT",
        "side": "buy",
        "type": "limit",
        "clientOid": "mine",
        "price": "100.5",
        "size": "0.10",
    }
    assert body(AddOrder(**(LIMIT | given))) == plain | wanted


def test_market_orders_are_for_a_size_or_for_money() -> None:
    assert body(AddOrder(**MARKET)) == {
        "symbol": "BTC-USDT",
        "side": "sell",
        "type": "market",
        "clientOid": "mine",
        "size": "2",
    }
    assert body(AddOrder(**CASH))["funds"] == "50"


def test_ends_and_deadlines_are_told_as_what_is_left_of_them() -> None:
    told = body(AddOrder(**LIMIT, time_in_force="gtd", expire_time=now() + timedelta(seconds=90)))
    assert told["timeInForce"] == "GTT"
    assert 89 <= told["cancelAfter"] <= 91
    window = body(AddOrder(**LIMIT, deadline=now() + timedelta(seconds=2)))["allowMaxTimeWindow"]
    assert 1900 <= window <= 2001
    past = now() - timedelta(seconds=1)
    lates: list[dict[str, Any]] = [{"deadline": past}, {"time_in_force": "gtd", "expire_time": past}]
    for late in lates:
        with pytest.raises(InvalidArgument, match="it is over already"):
            wire.add(AddOrder(**LIMIT, **late), "mine")


def test_numbers_are_exact() -> None:
    order = AddOrder(**(LIMIT | {"quantity": D("0.000000010"), "limit_price": "1e2"}))
    assert (order.side, order.quantity) == (Side.BUY, D("0.000000010"))
    assert body(order)["size"] == "0.000000010"
    assert body(order)["price"] == "100"


@pytest.mark.parametrize(
    ("base", "wrong"),
    [
        (LIMIT, {"symbol": "BTC/USDT"}),
        (LIMIT, {"symbol": "BTCUSDT"}),
        (LIMIT, {"side": "long"}),
        (LIMIT, {"order_type": "stop-loss"}),
        (LIMIT, {"quantity": 0.1}),
        (LIMIT, {"quantity": "0"}),
        (LIMIT, {"quantity": None}),
        (LIMIT, {"limit_price": None}),
        (LIMIT, {"limit_price": "-1"}),
        (LIMIT, {"client_id": "x" * 41}),
        (LIMIT, {"client_id": "a b"}),
        (LIMIT, {"client_id": ""}),
        (LIMIT, {"client_id": "-a"}),
        (LIMIT, {"cash_quantity": "5"}),
        (LIMIT, {"time_in_force": "gtt"}),
        (LIMIT, {"time_in_force": "gtd"}),
        (LIMIT, {"cancel_after": 5}),
        (LIMIT, {"time_in_force": "gtd", "cancel_after": 0}),
        (LIMIT, {"time_in_force": "gtd", "cancel_after": 2_592_001}),
        (LIMIT, {"time_in_force": "gtd", "cancel_after": 5, "expire_time": now()}),
        (LIMIT, {"expire_time": now()}),
        (LIMIT, {"deadline": "soon"}),
        (LIMIT, {"post_only": True, "time_in_force": "ioc"}),
        (LIMIT, {"display_quantity": "0.01"}),
        (LIMIT, {"order_type": "iceberg"}),
        (LIMIT, {"order_type": "iceberg", "display_quantity": "0.2"}),
        (LIMIT, {"order_type": "iceberg", "display_quantity": "0.01", "hidden": True}),
        (LIMIT, {"self_trade": "CN"}),
        (LIMIT, {"remark": "x" * 21}),
        (LIMIT, {"remark": "é"}),
        (LIMIT, {"isolated": True}),
        (LIMIT, {"auto_borrow": True}),
        (LIMIT, {"auto_repay": True}),
        (LIMIT, {"margin": True, "deadline": now()}),
        (LIMIT, {"margin": True, "tags": "x"}),
        (LIMIT, {"validate": 1}),
        (MARKET, {"limit_price": "5"}),
        (MARKET, {"cash_quantity": "5"}),
        (MARKET, {"post_only": True}),
        (MARKET, {"time_in_force": "ioc"}),
        (MARKET, {"self_trade": "decrease_and_cancel"}),
        (CASH, {"cash_quantity": None}),
    ],
)
def test_what_kucoin_would_refuse_by_its_form_is_refused_here(base: dict[str, Any], wrong: dict[str, Any]) -> None:
    AddOrder(**base)
    with pytest.raises(InvalidArgument):
        AddOrder(**(base | wrong))


def test_a_stop_order_in_kucoin_s_words() -> None:
    request = AddStopOrder(**STOP, client_id="mine", remark="r")
    told = decode(encode(written(stops.AddStopOrder(**wire.stop(request)), native=True)).encode())
    assert told == {
        "symbol": "BTC-USDT",
        "side": "buy",
        "type": "limit",
        "clientOid": "mine",
        "price": "100.5",
        "size": "0.10",
        "stopPrice": "99",
        "remark": "r",
    }
    assert wire.stop(AddStopOrder(**STOP, margin=True))["trade_type"] == "MARGIN_TRADE"
    assert wire.stop(AddStopOrder(**STOP, margin=True, isolated=True))["trade_type"] == "MARGIN_ISOLATED_TRADE"
    assert AddStopOrder(**STOP).client_id != AddStopOrder(**STOP).client_id


@pytest.mark.parametrize(
    "wrong", [{"trigger_price": None}, {"trigger_price": 1.5}, {"order_type": "iceberg"}, {"isolated": True}]
)
def test_a_stop_order_that_kucoin_would_refuse_is_refused_here(wrong: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        AddStopOrder(**(STOP | wrong))


def test_a_change_says_which_order_and_what() -> None:
    assert wire.amend(AmendOrder(order_id="O1", limit_price="5"), "A-B") == {
        "symbol": "A-B",
        "order_id": "O1",
        "new_price": D(5),
    }
    for wrong in ({"order_id": "O1"}, {"limit_price": 5}, {"order_id": "O1", "client_id": "c", "quantity": 5}):
        with pytest.raises(InvalidArgument):
            AmendOrder(**wrong)


def test_a_cancel_names_one_order_and_parts_go_by_kucoin_s_id_on_spot() -> None:
    CancelOrder(order_id="O1", quantity="0.5")
    CancelStopOrder(client_id="c")
    wrongs: list[dict[str, Any]] = [
        {},
        {"order_id": "O1", "client_id": "c"},
        {"client_id": "c", "quantity": 1},
        {"order_id": "O1", "quantity": 1, "margin": True},
        {"order_id": "a/b"},
    ]
    for wrong in wrongs:
        with pytest.raises(InvalidArgument):
            CancelOrder(**wrong)
    with pytest.raises(InvalidArgument):
        CancelStopOrder()


def test_a_batch_has_two_to_five_limit_orders_of_one_symbol_each_with_an_id() -> None:
    one = AddOrder(**LIMIT)
    batch = BatchAdd([one, AddOrder(**LIMIT, client_id="mine")])
    assert batch.orders[1].client_id == "mine"
    assert batch.orders[0].client_id
    wrongs: list[list[AddOrder]] = [
        [one],
        [one] * 6,
        [one, AddOrder(**(LIMIT | {"symbol": "ETH-USDT"}))],
        [AddOrder(**LIMIT, client_id="a")] * 2,
        [one, AddOrder(**MARKET)],
        [one, AddOrder(**LIMIT, margin=True)],
        [one, AddOrder(**LIMIT, validate=True)],
    ]
    for wrong in wrongs:
        with pytest.raises(InvalidArgument):
            BatchAdd(wrong)
