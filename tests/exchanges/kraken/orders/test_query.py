"""What has become of an order, asked over REST: open or closed, with its executions."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx
from attrs import evolve
from reactivex import operators as ops

from rxex.exchanges.kraken.orders import order_query
from rxex.exchanges.kraken.rest.models.account import OrderInfo, OrderPage, read_orders, read_own_trades
from rxex.exchanges.kraken.rest.models.market import read_asset_pairs
from rxex.models import Fee, Order, OrderUpdate, Side, Stage
from rxex.rest import RawResponse, Response

D = Decimal
ORDER = Order("mine", "BTC/USD", Side.BUY, "limit", D(2), stage=Stage.UNKNOWN)
ROW: dict[str, Any] = {
    "status": "closed",
    "opentm": D("1688666559.8974"),
    "closetm": D("1688666560.5"),
    "cl_ord_id": "mine",
    "descr": {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "10", "price2": "0"},
    "vol": "2",
    "vol_exec": "2",
    "cost": "20",
    "fee": "0.2",
    "price": "10",
    "oflags": "fciq",
    "reason": None,
    "trades": [f"T{number}" for number in range(25)],
}


def info(order_id: str = "O1", **more: Any) -> OrderInfo:
    return read_orders({order_id: ROW | more}, None, 0)[order_id]


class Rest:
    """Answers as Kraken's client does; notes what was asked."""

    def __init__(self, opened: Iterable[OrderInfo] = (), closed: Iterable[OrderInfo] = ()) -> None:
        self.asked: list[tuple[str, dict[str, Any]]] = []
        self.opened = {order.id: order for order in opened}
        self.closed = {order.id: order for order in closed}

    def _answer(self, name: str, asked: dict[str, Any], data: Any) -> rx.Observable[Any]:
        self.asked.append((name, asked))
        return rx.of(Response(data, RawResponse(200, {}, b""), None, 7))

    def open_orders(self, **asked: Any) -> rx.Observable[Any]:
        return self._answer("open", asked, self.opened)

    def closed_orders(self, **asked: Any) -> rx.Observable[Any]:
        return self._answer("closed", asked, OrderPage(self.closed, None))

    def query_orders(self, **asked: Any) -> rx.Observable[Any]:
        return self._answer("query", asked, {key: order for key, order in self.closed.items() if key in asked["txid"]})

    def asset_pairs(self, **asked: Any) -> rx.Observable[Any]:
        row = {"altname": "XBTUSD", "wsname": "XBT/USD", "base": "XXBT", "quote": "ZUSD"}
        rest = {"pair_decimals": 1, "lot_decimals": 8, "fees": [], "status": "online"}
        return self._answer("pairs", asked, read_asset_pairs({"XXBTZUSD": row | rest}, None, 0))

    def query_trades(self, **asked: Any) -> rx.Observable[Any]:
        rows = {
            each: {
                "ordertxid": "O1",
                "pair": "XXBTZUSD",
                "type": "buy",
                "ordertype": "limit",
                "price": "10",
                "vol": "0.08",
                "cost": "0.8",
                "fee": "0.008",
                "time": D("1688666560.0") - int(each[1:]),
                "maker": True,
            }
            for each in asked["txid"]
        }
        return self._answer("trades", asked, read_own_trades(rows, None, 0))


def told(rest: Any, order: Order = ORDER) -> list[OrderUpdate]:
    return order_query(rest)(order).pipe(ops.to_list()).run() or []


def test_an_order_that_is_nowhere_gives_nothing() -> None:
    rest = Rest()
    assert told(rest) == []
    assert [name for name, _ in rest.asked] == ["open", "closed"]
    assert all(asked["cl_ord_id"] == "mine" for _, asked in rest.asked)


def test_an_open_order_is_not_looked_for_among_the_closed() -> None:
    rest = Rest([info(status="open", vol_exec="0", trades=None)])
    (update,) = told(rest)
    assert (update.stage, update.order_id, update.client_id, update.filled) == (Stage.OPEN, "O1", "mine", 0)
    assert [name for name, _ in rest.asked] == ["open"]


def test_a_closed_order_comes_with_all_its_executions_before_its_end() -> None:
    rest = Rest(closed=[info()])
    *fills, end = told(rest)
    assert len({update.fill.id for update in fills if update.fill}) == 25
    assert [name for name, _ in rest.asked] == ["open", "closed", "trades", "trades"]
    assert fills[0].fill is not None
    assert fills[0].fill.fees == (Fee("USD", D("0.008")),)
    assert (end.stage, end.filled, end.average_price, end.quantity) == (Stage.FILLED, 2, 10, 2)
    assert sum(update.fill.quantity for update in fills if update.fill) == end.filled


def test_an_order_whose_id_is_known_is_asked_for_by_it_and_only_for_what_is_new() -> None:
    rest = Rest(closed=[info()])
    known = tuple(update.fill for update in told(rest)[:-1] if update.fill)[:24]
    rest.asked.clear()
    fill, _ = told(rest, evolve(ORDER, order_id="O1", fills=known))
    assert [name for name, _ in rest.asked] == ["query", "trades"]
    assert fill.fill is not None
    assert fill.fill.id not in {each.id for each in known}


@pytest.mark.parametrize(
    ("row", "stage"),
    [
        ({"status": "canceled", "vol_exec": "1", "reason": "User requested"}, Stage.CANCELED),
        ({"status": "closed", "vol_exec": "1", "reason": "Immediate or cancel"}, Stage.CANCELED),
        ({"status": "expired"}, Stage.EXPIRED),
        ({"status": "pending"}, Stage.PENDING),
    ],
)
def test_every_status_has_its_stage(row: dict[str, Any], stage: Stage) -> None:
    *_, end = told(Rest(closed=[info(**row)]))
    assert end.stage is stage
    assert end.reason == (row.get("reason") or "")


def test_of_two_orders_with_one_client_id_the_last_is_meant_and_fees_are_in_their_asset() -> None:
    rest = Rest(closed=[info("O2", opentm=D("1688666600.0"), oflags="fcib", trades=None), info()])
    (end,) = told(rest)
    assert end.order_id == "O2"
    assert end.fees == (Fee("BTC", D("0.2")),)


def test_of_an_order_that_something_else_placed_the_symbol_is_asked_for_too() -> None:
    rest = Rest([info(status="open", vol_exec="0", trades=None)])
    (update,) = told(rest, Order("mine", None, None, None, None, stage=Stage.UNKNOWN))
    assert rest.asked[1:] == [("pairs", {"pair": ["XBTUSD"]})]
    assert (update.symbol, update.side, update.type, update.price) == ("BTC/USD", Side.BUY, "limit", 10)
    assert update.fees == (Fee("USD", D("0.2")),)


@pytest.mark.parametrize(
    ("kind", "price", "price2", "limit"),
    [
        ("limit", "10.50", "0", D("10.50")),
        ("iceberg", "10.50", "0", D("10.50")),
        ("market", "0", "0", None),
        ("stop-loss", "10.50", "0", None),
        ("stop-loss-limit", "10.50", "10.40", D("10.40")),
        ("trailing-stop-limit", "+5.0%", "-0.1", None),
        ("limit", "5.0%", "0", None),
        ("limit", "", "", None),
    ],
)
def test_the_limit_is_told_where_it_is_a_price(kind: str, price: str, price2: str, limit: Decimal | None) -> None:
    text = {"pair": "XBTUSD", "type": "buy", "ordertype": kind, "price": price, "price2": price2}
    (update,) = told(Rest([info(status="open", vol_exec="0", trades=None, descr=text)]))
    assert update.price == limit
