"""Orders that KuCoin would refuse are refused before anything is sent."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rxex.errors import InvalidArgument
from rxex.exchanges.kucoin.rest import client
from rxex.exchanges.kucoin.rest.parameters import futures, spot
from rxex.rest.parameters import written

LIMIT: dict[str, Any] = {"symbol": "BTC-USDT", "side": "buy", "type": "limit", "price": 1, "size": "0.1"}
MARKET: dict[str, Any] = {"symbol": "BTC-USDT", "side": "buy", "type": "market"}
LOTS: dict[str, Any] = {"symbol": "XBTUSDTM", "side": "sell", "client_oid": "c", "price": 1, "size": 3}


def test_all_fields_of_an_order_go_by_kucoin_s_names() -> None:
    order = spot.AddOrder(
        **LIMIT,
        client_oid="c-1",
        time_in_force="GTT",
        cancel_after=60,
        post_only=False,
        hidden=False,
        iceberg=True,
        visible_size=Decimal("0.01"),
        stp="CN",
        tags="t",
        remark="r",
        allow_max_time_window=100,
    )
    assert written(order, native=True) == {
        "symbol": "BTC-USDT",
        "side": "buy",
        "type": "limit",
        "price": "1",
        "size": "0.1",
        "clientOid": "c-1",
        "timeInForce": "GTT",
        "cancelAfter": 60,
        "postOnly": False,
        "hidden": False,
        "iceberg": True,
        "visibleSize": "0.01",
        "stp": "CN",
        "tags": "t",
        "remark": "r",
        "allowMaxTimeWindow": 100,
    }


@pytest.mark.parametrize(
    "order",
    [LIMIT, {**MARKET, "size": 1}, {**MARKET, "funds": "5.5"}],
)
def test_an_order_that_can_be_is_taken(order: dict[str, Any]) -> None:
    assert written(spot.AddOrder(**order))["symbol"] == "BTC-USDT"
    assert written(spot.AddMarginOrder(**order, client_oid="c"))["clientOid"] == "c"
    assert written(spot.AddMarginOrder(**order, client_oid="c", is_isolated=True))["isIsolated"] == "true"


@pytest.mark.parametrize(
    ("order", "named"),
    [
        ({**LIMIT, "price": None}, "price"),
        ({**LIMIT, "size": None}, "size"),
        ({**LIMIT, "size": None, "funds": 1}, "size"),
        ({**LIMIT, "funds": 1}, "funds"),
        ({**LIMIT, "side": "long"}, "side"),
        ({**LIMIT, "size": -1}, "size"),
        ({**LIMIT, "size": 0.1}, "size"),
        ({**LIMIT, "price": "NaN"}, "price"),
        ({**LIMIT, "symbol": "BTC/USDT"}, "symbol"),
        ({**LIMIT, "client_oid": "x" * 41}, "client_oid"),
        ({**LIMIT, "client_oid": "a b"}, "client_oid"),
        ({**LIMIT, "time_in_force": "GTT"}, "cancel_after"),
        ({**LIMIT, "cancel_after": 5}, "cancel_after"),
        ({**LIMIT, "iceberg": True}, "visible_size"),
        ({**LIMIT, "visible_size": 1}, "visible_size"),
        ({**MARKET}, "size, funds"),
        ({**MARKET, "size": 1, "funds": 1}, "size, funds"),
        ({**MARKET, "size": 1, "price": 1}, "price"),
        ({**MARKET, "size": 1, "stp": "DC"}, "stp"),
    ],
)
def test_an_order_that_cannot_be_is_refused(order: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        spot.AddOrder(**order)
    assert refusal.value.name == named


def test_a_batch_has_limit_orders_of_one_symbol() -> None:
    orders = [{**LIMIT}, {**LIMIT, "symbol": "ETH-USDT"}]
    with pytest.raises(InvalidArgument, match="one symbol"):
        spot.AddOrders(order_list=orders)
    with pytest.raises(InvalidArgument, match="limit"):
        spot.AddOrders(order_list=[{**MARKET, "size": 1}])
    with pytest.raises(InvalidArgument, match="1 to 5"):
        spot.AddOrders(order_list=[LIMIT] * 6)


@pytest.mark.parametrize(
    "given",
    [{}, {"order_id": "a"}, {"order_id": "a", "client_oid": "b", "new_size": 1}, {"new_price": 1}],
)
def test_an_edit_names_one_order_and_a_change(given: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        spot.EditOrder(symbol="BTC-USDT", **given)


@pytest.mark.parametrize("timeout", [0, 4, -2, 86_401, True])
def test_the_dead_man_s_switch_takes_5_seconds_to_a_day_or_never(timeout: Any) -> None:
    with pytest.raises(InvalidArgument, match="timeout"):
        spot.CancelAllAfter(timeout=timeout)
    assert written(spot.CancelAllAfter(timeout=-1, symbols=["A-B", "C-D"]), native=True) == {
        "timeout": -1,
        "symbols": "A-B,C-D",
    }


@pytest.mark.parametrize("size", [0, 5, 21, 50, 101])
def test_a_part_of_a_book_has_20_or_100_levels(size: int) -> None:
    with pytest.raises(InvalidArgument, match="size"):
        spot.Depth(symbol="BTC-USDT", size=size)


@pytest.mark.parametrize(
    "order",
    [
        LOTS,
        {**LOTS, "size": None, "qty": "0.5"},
        {**LOTS, "size": None, "close_order": True},
        {**LOTS, "type": "market", "price": None},
        {**LOTS, "stop": "up", "stop_price": 5, "stop_price_type": "TP"},
    ],
)
def test_an_order_in_futures_that_can_be_is_taken(order: dict[str, Any]) -> None:
    assert written(futures.AddOrder(**order))["clientOid"] == "c"


@pytest.mark.parametrize(
    ("order", "named"),
    [
        ({**LOTS, "size": None}, "size, qty, value_qty"),
        ({**LOTS, "qty": 1}, "size, qty, value_qty"),
        ({**LOTS, "close_order": True}, "size, qty, value_qty"),
        ({**LOTS, "size": "3"}, "size"),
        ({**LOTS, "size": 0}, "size"),
        ({**LOTS, "price": None}, "price"),
        ({**LOTS, "type": "market"}, "price"),
        ({**LOTS, "stop": "up"}, "stop, stop_price, stop_price_type"),
        ({**LOTS, "stop_price": 5, "stop_price_type": "TP"}, "stop, stop_price, stop_price_type"),
    ],
)
def test_an_order_in_futures_that_cannot_be_is_refused(order: dict[str, Any], named: str) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        futures.AddOrder(**order)
    assert refusal.value.name == named


def test_cancels_of_several_name_them_by_one_kind_of_id() -> None:
    for given in ({}, {"order_ids_list": ["a"], "client_oids_list": [{"symbol": "X", "client_oid": "c"}]}):
        with pytest.raises(InvalidArgument, match="one of both"):
            futures.CancelOrders(**given)
    with pytest.raises(InvalidArgument, match="20 at most"):
        futures.CancelOrders(order_ids_list=["a"] * 21)


def test_a_candle_of_another_length_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="granularity"):
        futures.Candles(symbol="XBTUSDTM", granularity=2)


def test_a_field_that_there_is_not_is_refused_with_the_name_of_the_call() -> None:
    with client() as rest, pytest.raises(InvalidArgument, match="sizes") as refusal:
        rest.ticker(symbol="BTC-USDT", sizes=1)  # type: ignore[call-arg]
    assert refusal.value.name == "ticker"
