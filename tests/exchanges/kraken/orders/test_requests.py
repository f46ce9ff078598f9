"""Requests are checked when they are made, and stand on the wire as Kraken has them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest

from rxex.codec import encode
from rxex.errors import InvalidArgument
from rxex.exchanges.kraken.orders import (
    AddOrder,
    AmendOrder,
    BatchAdd,
    BatchCancel,
    CancelOrder,
    ConditionalClose,
    EditOrder,
    wire_v1,
    wire_v2,
)
from rxex.models import Side

D = Decimal
LIMIT = AddOrder("BTC/USD", "buy", "limit", "1.2", "26500.4", client_id="mine")
NOON = datetime(2026, 1, 22, 13, 0, 0, 500_600, timezone(timedelta(hours=1)))


def test_numbers_are_exact_however_they_are_given() -> None:
    for quantity in ("1.20", D("1.20"), 2):
        order = AddOrder("BTC/USD", Side.BUY, "limit", quantity, "1")
        assert str(order.quantity) == str(quantity)
    assert LIMIT.side is Side.BUY


LIMIT_ORDER: dict[str, Any] = {
    "symbol": "BTC/USD",
    "side": "buy",
    "order_type": "limit",
    "quantity": "1",
    "limit_price": "10",
}


@pytest.mark.parametrize(
    ("wrong", "name"),
    [
        ({"symbol": "BTCUSD"}, "symbol"),
        ({"symbol": "XBT/USD"}, "symbol"),
        ({"symbol": None}, "symbol"),
        ({"side": "long"}, "side"),
        ({"side": None}, "side"),
        ({"order_type": "magic"}, "order_type"),
        ({"quantity": -1}, "quantity"),
        ({"quantity": 0}, "quantity"),
        ({"quantity": 1.5}, "quantity"),
        ({"quantity": True}, "quantity"),
        ({"quantity": "much"}, "quantity"),
        ({"quantity": D("NaN")}, "quantity"),
        ({"quantity": "1_0"}, "quantity"),
        ({"quantity": None}, "quantity"),
        ({"limit_price": None}, "limit_price"),
        ({"limit_price": "-10"}, "limit_price"),
        ({"order_type": "market"}, "limit_price"),
        ({"trigger_price": "9"}, "trigger_price"),
        ({"order_type": "stop-loss-limit"}, "trigger_price"),
        ({"order_type": "trailing-stop-limit", "trigger_price": "9"}, "trigger_price_type"),
        ({"client_id": "more than eighteen characters"}, "client_id"),
        ({"client_id": "ümlaut"}, "client_id"),
        ({"client_id": ""}, "client_id"),
        ({"limit_price_type": "other"}, "limit_price_type"),
        ({"trigger_reference": "mark"}, "trigger_reference"),
        ({"time_in_force": "day"}, "time_in_force"),
        ({"time_in_force": "gtd"}, "expire_time"),
        ({"expire_time": NOON}, "expire_time"),
        ({"deadline": datetime(2026, 1, 1)}, "deadline"),  # noqa: DTZ001 - the naive date is the point
        ({"deadline": "soon"}, "deadline"),
        ({"post_only": 1}, "post_only"),
        ({"post_only": True, "time_in_force": "ioc"}, "post_only"),
        ({"display_quantity": "0.1"}, "display_quantity"),
        ({"order_type": "iceberg"}, "display_quantity"),
        ({"order_type": "iceberg", "display_quantity": "0.05"}, "display_quantity"),
        ({"order_type": "iceberg", "display_quantity": "2"}, "display_quantity"),
        ({"cash_quantity": "100"}, "cash_quantity"),
        ({"fee_preference": "BTC"}, "fee_preference"),
        ({"self_trade": "allow"}, "self_trade"),
        ({"sender_sub_id": " "}, "sender_sub_id"),
    ],
    ids=str,
)
def test_what_kraken_would_refuse_by_its_form_cannot_be_made(wrong: dict[str, Any], name: str) -> None:
    with pytest.raises(InvalidArgument) as caught:
        AddOrder(**(LIMIT_ORDER | wrong))
    assert caught.value.name == name


def test_a_field_that_does_not_exist_cannot_be_given() -> None:
    with pytest.raises(TypeError):
        AddOrder(**LIMIT_ORDER, leverage=5)  # type: ignore[call-arg]


def on_v2(params: dict[str, Any]) -> str:
    return encode(params)


def test_numbers_of_v2_have_a_fraction_and_no_exponent() -> None:
    for text, written in (("100", "100.0"), ("1E+2", "100.0"), ("0.00000001", "0.00000001"), ("1.20", "1.20")):
        order = AddOrder("BTC/USD", "buy", "limit", text, "26500.4")
        assert f'"order_qty":{written},' in on_v2(wire_v2.add(order, None))


def test_an_order_of_v2_says_what_was_said_and_nothing_more() -> None:
    assert wire_v2.add(LIMIT, "mine") == {
        "symbol": "BTC/USD",
        "order_type": "limit",
        "side": "buy",
        "order_qty": D("1.2"),
        "limit_price": D("26500.4"),
        "cl_ord_id": "mine",
    }
    assert wire_v2.message("add_order", {"symbol": "BTC/USD"}, 5, "secret") == {
        "method": "add_order",
        "params": {"symbol": "BTC/USD", "token": "secret"},
        "req_id": 5,
    }


FULL = AddOrder(
    "BTC/USD",
    "sell",
    "stop-loss-limit",
    "1",
    "9000",
    trigger_price="2.5",
    trigger_price_type="pct",
    trigger_reference="index",
    time_in_force="gtd",
    expire_time=NOON,
    effective_time=NOON,
    deadline=NOON,
    post_only=True,
    reduce_only=True,
    margin=True,
    fee_preference="base",
    self_trade="cancel_both",
    sender_sub_id="desk",
    validate=True,
    close=ConditionalClose("limit", "9500"),
)


def test_every_field_of_an_order_has_its_place_on_v2() -> None:
    assert wire_v2.add(FULL, "mine") == {
        "symbol": "BTC/USD",
        "order_type": "stop-loss-limit",
        "side": "sell",
        "order_qty": D("1.0"),
        "limit_price": D("9000.0"),
        "triggers": {"price": D("2.5"), "price_type": "pct", "reference": "index"},
        "time_in_force": "gtd",
        "margin": True,
        "post_only": True,
        "reduce_only": True,
        "effective_time": "2026-01-22T12:00:00.500Z",
        "expire_time": "2026-01-22T12:00:00.500Z",
        "deadline": "2026-01-22T12:00:00.500Z",
        "cl_ord_id": "mine",
        "conditional": {"order_type": "limit", "limit_price": D("9500.0"), "limit_price_type": "static"},
        "fee_preference": "base",
        "stp_type": "cancel_both",
        "sender_sub_id": "desk",
        "validate": True,
    }
    ice = AddOrder("BTC/USD", "buy", "iceberg", "15", "1", display_quantity="1")
    assert wire_v2.add(ice, None)["display_qty"] == 1
    cash = AddOrder("BTC/USD", "buy", "market", cash_quantity="100")
    assert wire_v2.add(cash, None)["cash_order_qty"] == 100
    trailing = AddOrder(
        "BTC/USD",
        "sell",
        "trailing-stop-limit",
        1,
        "-5",
        limit_price_type="quote",
        trigger_price=3,
        trigger_price_type="pct",
    )
    assert wire_v2.add(trailing, None)["limit_price_type"] == "quote"
    assert wire_v2.add(trailing, None)["limit_price"] == -5


def test_an_order_of_v1_is_all_text() -> None:
    order = AddOrder("BTC/USD", "buy", "limit", "10.123", "9000", post_only=True)
    assert wire_v1.message("addOrder", wire_v1.add(order, "mine"), 5, "secret") == {
        "event": "addOrder",
        "reqid": 5,
        "ordertype": "limit",
        "type": "buy",
        "pair": "XBT/USD",
        "price": "9000",
        "volume": "10.123",
        "oflags": "post",
        "cl_ord_id": "mine",
        "token": "secret",
    }
    small = AddOrder("BTC/USD", "buy", "limit", "0.00000001", "9000")
    assert wire_v1.add(small, None)["volume"] == "0.00000001"


def test_every_field_of_an_order_has_its_place_on_v1() -> None:
    plain = AddOrder(**{**_fields(FULL), "trigger_reference": "last"})
    assert wire_v1.add(plain, None) == {
        "ordertype": "stop-loss-limit",
        "type": "sell",
        "pair": "XBT/USD",
        "price": "+2.5%",
        "price2": "9000",
        "volume": "1",
        "margin": True,
        "reduce_only": True,
        "oflags": "post,fcib",
        "starttm": "1769083200",
        "expiretm": "1769083200",
        "deadline": "2026-01-22T12:00:00.500Z",
        "stp_type": "cancel_both",
        "timeinforce": "GTD",
        "close[ordertype]": "limit",
        "close[price]": "9500",
        "sender_sub_id": "desk",
        "validate": "true",
    }
    cash = AddOrder("BTC/USD", "buy", "market", cash_quantity="100", fee_preference="quote")
    assert wire_v1.add(cash, None)["oflags"] == "fciq,viqc"
    assert wire_v1.add(cash, None)["volume"] == "100"
    trailing = AddOrder(
        "BTC/USD",
        "sell",
        "trailing-stop-limit",
        1,
        "-5",
        limit_price_type="quote",
        trigger_price=3,
        trigger_price_type="quote",
    )
    assert (wire_v1.add(trailing, None)["price"], wire_v1.add(trailing, None)["price2"]) == ("+3", "-5")


def _fields(order: AddOrder) -> dict[str, Any]:
    return {name: getattr(order, name) for name in AddOrder.__annotations__}


@pytest.mark.parametrize(
    "order",
    [
        AddOrder("BTC/USD", "buy", "iceberg", "15", "1", display_quantity="1"),
        AddOrder("BTC/USD", "buy", "limit", "1", "1", time_in_force="fok"),
        AddOrder("BTC/USD", "buy", "stop-loss", "1", trigger_price="1", trigger_reference="index"),
    ],
)
def test_what_v1_does_not_have_is_refused_before_it_is_sent(order: AddOrder) -> None:
    with pytest.raises(InvalidArgument, match="use version 2"):
        wire_v1.add(order, None)


def test_amendments_say_what_changes() -> None:
    change = AmendOrder(order_id="OAIYAU", limit_price="61031.3", deadline=NOON, post_only=True)
    assert wire_v2.amend(change) == {
        "order_id": "OAIYAU",
        "limit_price": D("61031.3"),
        "post_only": True,
        "deadline": "2026-01-22T12:00:00.500Z",
    }
    assert wire_v1.amend(change) == {
        "txid": "OAIYAU",
        "limit_price": "61031.3",
        "post_only": True,
        "deadline": "2026-01-22T12:00:00.500Z",
    }
    trigger = AmendOrder(client_id="mine", trigger_price="61036.4", quantity="2", display_quantity="1")
    assert wire_v1.amend(trigger) == {
        "cl_ord_id": "mine",
        "trigger_price": "61036.4",
        "volume": "2",
        "display_volume": "1",
    }
    for wrong in ({}, {"order_id": "O"}, {"order_id": "O", "client_id": "a", "quantity": 1}):
        with pytest.raises(InvalidArgument):
            AmendOrder(**wrong)


def test_edits_name_the_order_and_its_symbol() -> None:
    edit = EditOrder(order_id="O26VH7", symbol="BTC/USD", quantity="1.5", limit_price="9000", user_reference=666)
    assert wire_v2.edit(edit) == {
        "order_id": "O26VH7",
        "symbol": "BTC/USD",
        "order_qty": D("1.5"),
        "limit_price": D("9000.0"),
        "order_userref": 666,
    }
    assert wire_v1.edit(edit) == {
        "orderid": "O26VH7",
        "pair": "XBT/USD",
        "price": "9000",
        "volume": "1.5",
        "newuserref": "666",
    }
    both = EditOrder(order_id="O", symbol="BTC/USD", limit_price="2", trigger_price="1", post_only=True)
    assert (wire_v1.edit(both)["price"], wire_v1.edit(both)["price2"]) == ("1", "2")
    assert wire_v2.edit(both)["triggers"] == {"price": 1}
    with pytest.raises(InvalidArgument, match="use version 2"):
        wire_v1.edit(EditOrder(order_id="O", symbol="BTC/USD", reduce_only=True))
    with pytest.raises(InvalidArgument):
        EditOrder(order_id=None, symbol="BTC/USD")
    with pytest.raises(InvalidArgument):
        EditOrder(order_id="O", symbol="BTC/USD", user_reference="x")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "v2", "v1"),
    [
        (CancelOrder(order_id="O1"), {"order_id": ["O1"]}, {"txid": ["O1"]}),
        (CancelOrder(client_id="mine"), {"cl_ord_id": ["mine"]}, {"cl_ord_id": ["mine"]}),
        (CancelOrder(user_reference=7), {"order_userref": [7]}, {"txid": ["7"]}),
    ],
)
def test_one_order_is_canceled_at_a_time(request_: CancelOrder, v2: Any, v1: Any) -> None:
    assert (wire_v2.cancel(request_), wire_v1.cancel(request_)) == (v2, v1)
    for wrong in ({}, {"order_id": "O1", "client_id": "mine"}, {"order_id": ""}):
        with pytest.raises(InvalidArgument):
            CancelOrder(**wrong)


def test_a_batch_has_one_symbol_and_every_order_its_client_id() -> None:
    other = AddOrder("BTC/USD", "sell", "limit", "0.987654321", "2020.20", self_trade="cancel_both")
    batch = BatchAdd([LIMIT, other], deadline=NOON.astimezone(UTC))
    first, second = batch.orders
    assert first.client_id == "mine"
    assert second.client_id
    params = wire_v2.batch_add(batch)
    assert params["symbol"] == "BTC/USD"
    assert params["deadline"] == "2026-01-22T12:00:00.500Z"
    assert [order["cl_ord_id"] for order in params["orders"]] == ["mine", second.client_id]
    assert all("symbol" not in order for order in params["orders"])
    late = AddOrder("BTC/USD", "buy", "limit", 1, 1, deadline=NOON)
    for wrong in (
        [LIMIT],
        [LIMIT] * 2,
        [LIMIT, AddOrder("ETH/USD", "buy", "limit", 1, 1)],
        [other] * 16,
        [other, late],
        [other, AddOrder("BTC/USD", "buy", "limit", 1, 1, validate=True)],
    ):
        with pytest.raises(InvalidArgument):
            BatchAdd(wrong)


def test_a_batch_is_canceled_by_either_id() -> None:
    assert wire_v2.batch_cancel(BatchCancel(order_ids=["O1"], client_ids=["a"])) == {
        "orders": ["O1"],
        "cl_ord_id": ["a"],
    }
    assert wire_v2.batch_cancel(BatchCancel(order_ids=["O1", "O2"])) == {"orders": ["O1", "O2"]}
    with pytest.raises(InvalidArgument):
        BatchCancel(order_ids=["O1"])
    with pytest.raises(InvalidArgument):
        BatchCancel(client_ids=["a"] * 51)
