"""Requests about futures orders: what is wrong never leaves, what is right becomes KuCoin's own words."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rxex.codec import decode, encode
from rxex.errors import InvalidArgument
from rxex.exchanges.kucoin.futures.orders import (
    AddOrder,
    AddStopOrder,
    BatchAdd,
    BatchCancel,
    CancelOrder,
    wire,
)
from rxex.exchanges.kucoin.rest.parameters import futures
from rxex.rest.parameters import written

D = Decimal
LIMIT: dict[str, Any] = {
    "symbol": "XBTUSDTM",
    "side": "buy",
    "order_type": "limit",
    "quantity": "3",
    "limit_price": "100.5",
}
MARKET: dict[str, Any] = {"symbol": "XBTUSDTM", "side": "sell", "order_type": "market", "quantity": 2}
STOP: dict[str, Any] = {**MARKET, "fall_price": "99"}
PLAIN = {"symbol": "XBTUSDTM", "side": "buy", "type": "limit", "clientOid": "mine", "price": "100.5", "size": 3}


def on_wire(parameters: Any) -> Any:
    return decode(encode(written(parameters, native=True)).encode())


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, {}),
        ({"leverage": 5, "margin_mode": "cross"}, {"leverage": 5, "marginMode": "CROSS"}),
        ({"position_side": "long", "reduce_only": True}, {"positionSide": "LONG", "reduceOnly": True}),
        ({"time_in_force": "ioc", "force_hold": True}, {"timeInForce": "IOC", "forceHold": True}),
        ({"post_only": True, "hidden": True}, {"postOnly": True, "hidden": True}),
        ({"order_type": "iceberg", "display_quantity": 1}, {"iceberg": True, "visibleSize": "1"}),
        ({"self_trade": "cancel_both", "remark": "r"}, {"stp": "CB", "remark": "r"}),
    ],
)
def test_a_limit_order_in_kucoin_s_words(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    assert on_wire(futures.AddOrder(**wire.add(AddOrder(**(LIMIT | given)), "mine"))) == PLAIN | wanted


def test_quantities_may_be_told_in_the_base_or_in_the_quote_and_are_none_to_close_a_position() -> None:
    base = {name: value for name, value in MARKET.items() if name != "quantity"}
    assert wire.add(AddOrder(**base, base_quantity="0.1"), "mine")["qty"] == D("0.1")
    assert wire.add(AddOrder(**base, cash_quantity="50"), "mine")["value_qty"] == 50
    closing = on_wire(futures.AddOrder(**wire.add(AddOrder(**base, close_position=True), "mine")))
    assert closing == {"symbol": "XBTUSDTM", "side": "sell", "type": "market", "clientOid": "mine", "closeOrder": True}


@pytest.mark.parametrize(
    ("base", "wrong"),
    [
        (LIMIT, {"symbol": "BTC-USDT"}),
        (LIMIT, {"side": "long"}),
        (LIMIT, {"quantity": "0.5"}),
        (LIMIT, {"quantity": 1.0}),
        (LIMIT, {"quantity": None}),
        (LIMIT, {"base_quantity": 1}),
        (LIMIT, {"close_position": True}),
        (LIMIT, {"limit_price": None}),
        (LIMIT, {"leverage": 0}),
        (LIMIT, {"leverage": 2.5}),
        (LIMIT, {"margin_mode": "CROSS"}),
        (LIMIT, {"position_side": "up"}),
        (LIMIT, {"time_in_force": "fok"}),
        (LIMIT, {"self_trade": "decrease_and_cancel"}),
        (LIMIT, {"display_quantity": 1}),
        (LIMIT, {"order_type": "iceberg"}),
        (LIMIT, {"order_type": "iceberg", "display_quantity": 1, "hidden": True}),
        (LIMIT, {"post_only": True, "time_in_force": "ioc"}),
        (MARKET, {"post_only": True}),
        (MARKET, {"limit_price": 5}),
    ],
)
def test_what_kucoin_would_refuse_by_its_form_is_refused_here(base: dict[str, Any], wrong: dict[str, Any]) -> None:
    AddOrder(**base)
    with pytest.raises(InvalidArgument):
        AddOrder(**(base | wrong))


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ({}, {"stop": "down", "stopPrice": "99", "stopPriceType": "TP"}),
        (
            {"rise_price": "101", "fall_price": None, "trigger_reference": "mark"},
            {"stop": "up", "stopPrice": "101", "stopPriceType": "MP"},
        ),
        ({"trigger_reference": "index"}, {"stop": "down", "stopPrice": "99", "stopPriceType": "IP"}),
    ],
)
def test_a_stop_order_in_kucoin_s_words(given: dict[str, Any], wanted: dict[str, Any]) -> None:
    request = AddStopOrder(**(STOP | given), client_id="mine")
    plain = {"symbol": "XBTUSDTM", "side": "sell", "type": "market", "clientOid": "mine", "size": 2}
    assert on_wire(futures.AddOrder(**wire.stop(request))) == plain | wanted


@pytest.mark.parametrize(("side", "up", "down"), [("buy", "110", "90"), ("sell", "90", "110")])
def test_exits_are_above_or_below_as_the_side_has_it(side: str, up: str, down: str) -> None:
    request = AddOrder(**(LIMIT | {"side": side}), take_profit_price="110", stop_loss_price="90")
    told = on_wire(futures.AddStopOrder(**wire.add(request, "mine")))
    assert (told["triggerStopUpPrice"], told["triggerStopDownPrice"], told["stopPriceType"]) == (up, down, "TP")
    one = wire.add(AddOrder(**LIMIT, stop_loss_price="90", trigger_reference="mark"), "mine")
    assert (one.get("trigger_stop_up_price"), one["stop_price_type"]) == (None, "MP")
    with pytest.raises(InvalidArgument):
        AddOrder(**LIMIT, take_profit_price="110", validate=True)


def test_a_stop_order_waits_for_one_price() -> None:
    for wrong in (
        {"fall_price": None},
        {"rise_price": 5},
        {"order_type": "limit"},
        {"trigger_reference": "bid"},
        {"quantity": None},
    ):
        with pytest.raises(InvalidArgument):
            AddStopOrder(**(STOP | wrong))


def test_cancels_and_batches_are_checked() -> None:
    one, validated = AddOrder(**LIMIT), AddOrder(**LIMIT, validate=True)
    assert BatchAdd([one, AddOrder(**LIMIT, client_id="mine")]).orders[1].client_id == "mine"
    for orders in (
        [one],
        [one, AddOrder(**LIMIT, stop_loss_price="1")],
        [one] * 21,
        [AddOrder(**LIMIT, client_id="a")] * 2,
        [one, validated],
    ):
        with pytest.raises(InvalidArgument):
            BatchAdd(orders)
    assert BatchCancel(order_ids=["1", "2"]).order_ids == ("1", "2")
    for ids in ([], ["1"], ["1"] * 21):
        with pytest.raises(InvalidArgument):
            BatchCancel(order_ids=ids)
    wrongs: list[dict[str, Any]] = [{}, {"order_id": "1", "client_id": "c"}, {"order_id": "a b"}]
    for wrong in wrongs:
        with pytest.raises(InvalidArgument):
            CancelOrder(**wrong)
