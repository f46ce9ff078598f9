"""Requests: what Bitfinex would refuse, or silently change, is never made; the rest is written as it reads it."""

from __future__ import annotations

import datetime as dt
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from rxex.codec import decode, encode
from rxex.errors import InvalidArgument
from rxex.exchanges.bitfinex.orders import AddOrder, BatchAdd, BatchCancel, CancelOrder, EditOrder, wire
from rxex.exchanges.bitfinex.orders.wire import Known
from rxex.models import Side
from tests.exchanges.bitfinex.account_samples import OS

D = Decimal
LIMIT: dict[str, Any] = {"symbol": "tBTCUSD", "side": "buy", "order_type": "limit", "quantity": "1", "limit_price": 5}
KNOWN = Known("7", None, None, Side.SELL, "limit")


def add(**changes: Any) -> AddOrder:
    return AddOrder(**{name: value for name, value in (LIMIT | changes).items() if value is not None})


@pytest.mark.parametrize(
    ("changes", "payload"),
    [
        ({}, {"type": "EXCHANGE LIMIT", "amount": "1", "price": "5"}),
        ({"side": "sell", "quantity": "0.00000001"}, {"type": "EXCHANGE LIMIT", "amount": "-0.00000001", "price": "5"}),
        ({"limit_price": "1E-7"}, {"type": "EXCHANGE LIMIT", "amount": "1", "price": "0.0000001"}),
        ({"margin": True}, {"type": "LIMIT", "amount": "1", "price": "5"}),
        (
            {"symbol": "tBTCF0:USTF0", "leverage": 3},
            {"type": "LIMIT", "symbol": "tBTCF0:USTF0", "amount": "1", "price": "5", "lev": 3},
        ),
        ({"order_type": "market", "limit_price": None}, {"type": "EXCHANGE MARKET", "amount": "1"}),
        (
            {"order_type": "stop-loss", "limit_price": None, "trigger_price": 4},
            {"type": "EXCHANGE STOP", "amount": "1", "price": "4"},
        ),
        (
            {"order_type": "stop-loss-limit", "trigger_price": 4},
            {"type": "EXCHANGE STOP LIMIT", "amount": "1", "price": "4", "price_aux_limit": "5"},
        ),
        (
            {"order_type": "trailing-stop", "limit_price": None, "price_trailing": "0.5"},
            {"type": "EXCHANGE TRAILING STOP", "amount": "1", "price_trailing": "0.5"},
        ),
        ({"time_in_force": "ioc"}, {"type": "EXCHANGE IOC", "amount": "1", "price": "5"}),
        ({"time_in_force": "fok", "margin": True}, {"type": "FOK", "amount": "1", "price": "5"}),
        (
            {"time_in_force": "gtd", "expire_time": datetime(2030, 1, 2, 15, 4, 5, tzinfo=UTC)},
            {"type": "EXCHANGE LIMIT", "amount": "1", "price": "5", "tif": "2030-01-02 15:04:05"},
        ),
        (
            {"post_only": True, "hidden": True, "reduce_only": True, "close_position": True, "no_variable_rates": True},
            {"type": "EXCHANGE LIMIT", "amount": "1", "price": "5", "flags": 64 + 512 + 1024 + 4096 + 524288},
        ),
        (
            {"oco_stop_price": 3, "oco_client_id": 556, "group_id": 9, "meta": {"aff_code": "x"}},
            {
                "type": "EXCHANGE LIMIT",
                "amount": "1",
                "price": "5",
                "flags": 16384,
                "price_oco_stop": "3",
                "cid_oco": 556,
                "gid": 9,
                "meta": {"aff_code": "x"},
            },
        ),
    ],
)
def test_new_orders_are_written_as_bitfinex_reads_them(changes: Any, payload: Any) -> None:
    made = wire.add(add(**changes), "555")
    assert made == {"cid": 555, "symbol": "tBTCUSD", **payload}
    assert '"cid":555,' in encode(made)


@pytest.mark.parametrize(
    "changes",
    [
        {"symbol": "BTCUSD"},
        {"symbol": "fUSD"},
        {"side": "long"},
        {"order_type": "LIMIT"},
        {"quantity": 0},
        {"quantity": -1},
        {"quantity": 0.1},
        {"quantity": "0.123456789"},
        {"limit_price": "12345.6"},
        {"limit_price": 123456},
        {"limit_price": "0.000000001"},
        {"limit_price": 0},
        {"limit_price": None},
        {"order_type": "market"},
        {"order_type": "stop-loss", "limit_price": None},
        {"trigger_price": 4},
        {"price_trailing": 4},
        {"order_type": "trailing-stop", "limit_price": None, "price_trailing": "0.123456"},
        {"client_id": 0},
        {"client_id": 2**45},
        {"client_id": "0555"},
        {"client_id": "x"},
        {"client_id": True},
        {"client_id": 5.5},
        {"time_in_force": "gtd"},
        {"expire_time": datetime(2030, 1, 1, tzinfo=UTC)},
        {"time_in_force": "gtd", "expire_time": datetime(2030, 1, 1)},  # noqa: DTZ001
        {"order_type": "market", "limit_price": None, "time_in_force": "ioc"},
        {"post_only": True, "time_in_force": "ioc"},
        {"post_only": 1},
        {"oco_stop_price": 3, "time_in_force": "fok"},
        {"oco_client_id": 5},
        {"oco_client_id": 5, "oco_stop_price": 3, "client_id": 5},
        {"leverage": 3},
        {"symbol": "tBTCF0:USTF0", "leverage": 101},
        {"symbol": "tBTCF0:USTF0", "margin": True},
        {"group_id": 0},
        {"meta": "x"},
    ],
)
def test_what_bitfinex_would_refuse_or_change_is_not_made(changes: Any) -> None:
    with pytest.raises(InvalidArgument):
        AddOrder(**(LIMIT | changes))


def test_ids_are_taken_as_numbers_and_as_texts() -> None:
    assert add(client_id=555).client_id == add(client_id="555").client_id == "555"
    assert CancelOrder(order_id=7).order_id == "7"
    assert BatchCancel(order_ids=7, client_ids=[8, "9"]) == BatchCancel(order_ids=["7"], client_ids=["8", "9"])


@pytest.mark.parametrize(
    ("request_", "known", "payload"),
    [
        (EditOrder(order_id=7, quantity="0.5"), KNOWN, {"id": 7, "amount": "-0.5"}),
        (EditOrder(order_id=7, delta="-0.5"), KNOWN, {"id": 7, "delta": "0.5"}),
        (EditOrder(order_id=7, limit_price=6), KNOWN, {"id": 7, "price": "6"}),
        (EditOrder(order_id=7, limit_price=6, order_type="stop-loss-limit"), KNOWN, {"id": 7, "price_aux_limit": "6"}),
        (EditOrder(order_id=7, trigger_price=6, order_type="stop-loss"), Known("7"), {"id": 7, "price": "6"}),
        (
            EditOrder(client_id=5, group_id=3, leverage=2, flags=64, meta={}),
            Known(None, "5", dt.date(2026, 1, 31)),
            {"cid": 5, "cid_date": "2026-01-31", "gid": 3, "lev": 2, "flags": 64, "meta": {}},
        ),
        (EditOrder(order_id=7, quantity=1, side="buy"), Known("7"), {"id": 7, "amount": "1"}),
    ],
)
def test_changes_are_written_for_the_order_that_they_are_of(request_: Any, known: Known, payload: Any) -> None:
    assert wire.edit(request_, known) == payload


@pytest.mark.parametrize(
    ("request_", "known"),
    [
        (EditOrder(order_id=7, quantity=1), Known("7")),
        (EditOrder(order_id=7, limit_price=1), Known("7", None, None, Side.BUY)),
        (EditOrder(client_id=7, group_id=1), Known(None, "7")),
    ],
)
def test_what_is_not_known_of_an_order_has_to_be_said(request_: Any, known: Known) -> None:
    with pytest.raises(InvalidArgument, match="known here"):
        wire.edit(request_, known)


@pytest.mark.parametrize(
    "arguments",
    [
        {"order_id": 7},
        {"order_id": 7, "client_id": 7, "quantity": 1},
        {"order_id": "x", "quantity": 1},
        {"order_id": 7, "quantity": 1, "delta": 1},
        {"order_id": 7, "delta": 0},
        {"order_id": 7, "quantity": "0.000000001"},
        {"order_id": 7, "limit_price": "1.23456"},
        {"client_id": 7, "quantity": 1, "date": datetime(2026, 1, 1, tzinfo=UTC)},
    ],
)
def test_changes_that_cannot_be_are_not_made(arguments: Any) -> None:
    with pytest.raises(InvalidArgument):
        EditOrder(**arguments)


def test_an_open_order_is_known_by_its_row() -> None:
    (row,) = decode(OS.encode())[2]  # type: ignore[index]
    assert Known.of_row(row) == Known("34930659963", None, None, Side.BUY, "limit")
    assert Known.of_row([7]) == Known("7")


def test_several_orders_are_named_by_what_is_known_of_them() -> None:
    def find(order_id: str | None, client_id: str | None) -> Known:
        return Known("77", None) if client_id == "8" else Known(order_id, client_id)

    day = dt.date(2026, 1, 31)
    request = BatchCancel(order_ids=[7], client_ids=[8, 9], group_ids=[3], date=day)
    assert wire.cancel_several(request, find) == {"id": [7, 77], "cid": [[9, "2026-01-31"]], "gid": [3]}
    assert wire.operations(
        [add(), CancelOrder(client_id=8), EditOrder(order_id=7, group_id=1), request], find, ["5"]
    ) == [
        ["on", wire.add(add(), "5")],
        ["oc", {"id": 77}],
        ["ou", {"id": 7, "gid": 1}],
        ["oc_multi", {"id": [7, 77], "cid": [[9, "2026-01-31"]], "gid": [3]}],
    ]
    with pytest.raises(InvalidArgument, match="day"):
        wire.cancel_several(BatchCancel(client_ids=[9]), find)


@pytest.mark.parametrize(
    "make",
    [
        BatchCancel,
        lambda: BatchCancel(order_ids=["x"]),
        lambda: BatchCancel(client_ids=[2**45]),
        lambda: BatchCancel(group_ids=[0]),
        CancelOrder,
        lambda: CancelOrder(order_id=7, client_id=8),
        lambda: BatchAdd([]),
        lambda: BatchAdd([add()] * 16),
        lambda: BatchAdd([add(client_id=5), add(client_id=5)]),
        lambda: BatchAdd([add(), "x"]),  # type: ignore[list-item]
    ],
)
def test_batches_that_cannot_be_are_not_made(make: Any) -> None:
    with pytest.raises(InvalidArgument):
        make()
