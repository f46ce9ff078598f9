"""Orders asked for over REST, with the simulated exchange and with answers of our own."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable
from reactivex import operators as ops

from rxex.codec import number
from rxex.exchanges.bitfinex.order_models import read_trade
from rxex.exchanges.bitfinex.orders import AddOrder, CancelOrder, EditOrder, order_query
from rxex.exchanges.bitfinex.rest.models.orders import OrderInfo, closed_order, open_order
from rxex.models import Fill, Order, OrderUpdate, Side, Stage
from tests.exchanges.bitfinex.orders.account_desk import order_row, trade_row
from tests.exchanges.bitfinex.trading import Placed, TradingWorld

D = Decimal
S = Stage
FAR = AddOrder("tBTCUSD", "buy", "limit", "0.01", "1000")


class Answer:
    """What a call gives."""

    def __init__(self, data: Any) -> None:
        self.data = data
        self.received = 0


class Rest:
    """Answers of our own; notes what was asked."""

    def __init__(self, opened: Any = (), closed: Any = (), trades: Any = ()) -> None:
        self.asked: list[Any] = []
        self._answers = {
            "open_orders": tuple(open_order(row, 0) for row in opened),
            "closed_orders": tuple(closed_order(row, 0) for row in closed),
            "order_trades": tuple(_fill(row) for row in trades),
        }

    def __getattr__(self, name: str) -> Any:
        def call(**parameters: Any) -> Observable[Answer]:
            self.asked.append((name, parameters))
            return rx.of(Answer(self._answers[name]))

        return call


def _fill(row: list[Any]) -> Fill | None:
    return read_trade(row, 0, row, number).fill


def told(rest: Any, order_id: str | None = None, client_id: str = "555") -> list[OrderUpdate]:
    order = Order(client_id, "tBTCUSD", None, None, None, order_id=order_id)
    updates: list[OrderUpdate] = order_query(rest)(order).pipe(ops.to_list()).run()
    return updates


def test_an_open_order_is_found_by_the_client_id_and_no_other_is_asked_for() -> None:
    rest = Rest(opened=[order_row(1), order_row(555)])
    (update,) = told(rest)
    assert (update.order_id, update.client_id, update.stage) == ("7", "555", S.OPEN)
    assert [name for name, _ in rest.asked] == ["open_orders"]


def test_a_closed_order_is_found_with_its_executions_first() -> None:
    executed = order_row(555, 8, amount=0, status="EXECUTED @ 100.0(1)")
    trades = [trade_row(555, D("0.75"), 2, 8, fee=D("-0.1")), trade_row(555, D("0.25"), 1, 8, fee=D("-0.1"))]
    rest = Rest(closed=[order_row(555, 5, _4=500, status="CANCELED"), executed], trades=trades)
    first, second, end = told(rest)
    assert [update.fill.id for update in (first, second) if update.fill] == ["1", "2"]
    assert (end.stage, end.filled, end.order_id) == (S.FILLED, 1, "8")
    assert rest.asked[1:] == [
        ("closed_orders", {"symbol": "tBTCUSD", "id": None, "limit": 2500}),
        ("order_trades", {"symbol": "tBTCUSD", "id": 8}),
    ]


def test_an_older_order_with_the_same_client_id_is_not_taken_for_it() -> None:
    rest = Rest(closed=[order_row(555, amount=-1, _7=-1, status="CANCELED"), order_row(555, _8="STOP")])
    order = Order("555", "tBTCUSD", Side.BUY, "limit", D(1))
    updates: list[OrderUpdate] = order_query(rest)(order).pipe(ops.to_list()).run()
    assert updates == []


def test_by_bitfinex_s_own_id_the_client_id_does_not_matter() -> None:
    rest = Rest(closed=[order_row(None, 8, status="CANCELED")])
    (update,) = told(rest, "8")
    assert (update.client_id, update.stage) == ("555", S.CANCELED)
    assert [parameters["id"] for _, parameters in rest.asked] == [[8], [8]]


def test_an_order_that_is_nowhere_is_told_by_silence() -> None:
    assert told(Rest(opened=[order_row(1)], closed=[order_row(2)])) == []


@pytest.mark.parametrize(
    ("amount", "status", "trades", "quantity", "filled"),
    [
        # It was made smaller before it was executed, which its row does not show.
        (0, "EXECUTED @ 100.0(0.5)", ["0.5"], "0.5", "0.5"),
        # Some of its executions are not told (any more).
        (0, "EXECUTED @ 100.0(1)", ["0.5"], "1", "1"),
        (D("0.25"), "CANCELED was: PARTIALLY FILLED @ 100.0(0.5)", ["0.5"], "0.75", "0.5"),
        (0, "EXECUTED @ 100.0(1)", [], "1", "1"),
    ],
)
def test_how_much_was_executed_the_executions_know_best(
    amount: Any, status: str, trades: list[str], quantity: str, filled: str
) -> None:
    rows = [trade_row(555, D(size), place) for place, size in enumerate(trades, 1)]
    *_, end = told(Rest(closed=[order_row(555, amount=amount, status=status)], trades=rows))
    assert (end.quantity, end.filled) == (D(quantity), D(filled))


def test_the_simulated_exchange_is_asked_for_orders_of_all_kinds() -> None:
    world = TradingWorld(balances={"USD": 10**8, "BTC": 100})
    add_order = world.add_order_factory()
    requests = (AddOrder("tBTCUSD", "buy", "market", "3"), FAR, FAR)
    market, far, changed = (world.place(add_order, request) for request in requests)
    world.pass_time(2)
    world.make("cancel_order")(CancelOrder(client_id=far.client_id)).subscribe()
    world.make("edit_order")(EditOrder(client_id=changed.client_id, quantity="0.02")).subscribe()
    world.pass_time(2)

    def asked(placed: Placed) -> list[OrderUpdate]:
        got: list[OrderUpdate] = []
        world.query(Order(placed.client_id, "tBTCUSD", None, None, None)).subscribe(got.append)
        world.pass_time(1)
        return got

    *fills, end = asked(market)
    assert (end.stage, end.filled, len(fills)) == (S.FILLED, 3, len(market.last.fills))
    assert sum(update.fill.quantity for update in fills if update.fill) == 3
    assert all(update.fill.fees for update in fills if update.fill)
    assert [update.stage for update in asked(far)] == [S.CANCELED]
    assert [(update.stage, update.quantity) for update in asked(changed)] == [(S.OPEN, D("0.02"))]
    assert changed.last.quantity == D("0.02")


def test_an_info_keeps_the_shared_model() -> None:
    info: OrderInfo = open_order(order_row(555), 0)
    assert info.update.stage is S.OPEN
