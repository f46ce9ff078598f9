"""The simulated Kraken's private endpoints of REST, without HTTP."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from rxex.exchanges.kraken.sandbox.controls import trading_of
from rxex.exchanges.kraken.sandbox.trading import Declined
from rxex.exchanges.kraken.sandbox.trading_rest import TradingRest
from tests.exchanges.kraken.virtual_clients import D, PrivateClient, World


class Rest:
    """Calls endpoints of a world; the account is bob's."""

    def __init__(self, world: World) -> None:
        self.world = world

    def __call__(self, endpoint: str, **params: Any) -> Any:
        def call(simulation: Any) -> Any:
            rest = TradingRest(trading_of(simulation))
            if endpoint in rest.endpoints:
                return rest.endpoints[endpoint]("bob", params)
            return rest.call("bob", endpoint, params)

        return self.world.exchange._run(call)

    def error(self, endpoint: str, **params: Any) -> str:
        with pytest.raises(Declined) as declined:
            self(endpoint, **params)
        return declined.value.text

    def buy(self, **more: Any) -> Any:
        order = {"pair": "XBTUSD", "type": "buy", "ordertype": "limit", "price": "100.0", "volume": "1.0"}
        return self("AddOrder", **{**order, **more})


@pytest.fixture
def rest() -> Rest:
    return Rest(World())


def test_an_order_is_placed_seen_and_canceled(rest: Rest) -> None:
    placed = rest.buy(cl_ord_id="a")
    (txid,) = placed["txid"]
    assert placed["descr"] == {"order": "buy 1.00000000 XBTUSD @ limit 100.0"}
    shown = rest("OpenOrders")["open"][txid]
    assert (shown["status"], shown["vol"], shown["vol_exec"], shown["descr"]["pair"]) == (
        "open",
        "1.00000000",
        "0.00000000",
        "XBTUSD",
    )
    assert "trades" not in shown
    assert rest("QueryOrders", txid=txid, trades=True)[txid]["trades"] == []
    assert rest("CancelOrder", txid=txid) == {"count": 1}
    assert rest("OpenOrders") == {"open": {}}
    closed = rest("ClosedOrders", cl_ord_id="a")
    assert (closed["count"], closed["closed"][txid]["status"], closed["closed"][txid]["reason"]) == (
        1,
        "canceled",
        "User requested",
    )
    assert rest.error("CancelOrder", txid=txid) == "EOrder:Unknown order"


def test_what_is_done_on_one_side_is_told_on_the_other(rest: Rest) -> None:
    client = PrivateClient(rest.world, "bob")
    client.executions()
    rest.buy(cl_ord_id="a")
    rest.world.pass_time(0.1)
    assert [row["exec_type"] for row in client.rows()] == ["pending_new", "new"]
    token = rest("GetWebSocketsToken")
    assert token["expires"] == 900
    client.token = token["token"]
    assert client.call("cancel_order", cl_ord_id=["a"])["success"]


def test_fills_are_in_the_history_with_their_money(rest: Rest) -> None:
    before = D(rest("Balance")["ZUSD"])
    (txid,) = rest.buy(price="70000", volume="0.01")["txid"]
    order = rest("QueryOrders", txid=txid, trades="true")[txid]
    assert (order["status"], order["vol_exec"]) == ("closed", "0.01000000")
    history = rest("TradesHistory")
    assert history["count"] == len(order["trades"])
    trades = [history["trades"][each] for each in order["trades"]]
    assert sum(D(trade["cost"]) for trade in trades) == D(order["cost"])
    assert {trade["pair"] for trade in trades} == {"XXBTZUSD"}
    assert rest("QueryTrades", txid=",".join(order["trades"])) == history["trades"]
    assert rest.error("QueryTrades", txid="TAAAAA") == "EGeneral:Invalid arguments:txid"
    assert D(rest("Balance")["ZUSD"]) == before - D(order["cost"]) - D(order["fee"])
    assert D(rest("Balance")["XXBT"]) == D("10.01")


def test_what_is_held_for_orders_is_told_apart(rest: Rest) -> None:
    rest.buy()
    funds = rest("BalanceEx")["ZUSD"]
    assert (D(funds["balance"]), D(funds["hold_trade"])) == (1_000_000, D("100.4"))


def test_history_comes_in_pages_and_between_dates(rest: Rest) -> None:
    for _ in range(52):
        rest.buy()
        rest.world.pass_time(1)
        rest("CancelAll")
    first, second = rest("ClosedOrders"), rest("ClosedOrders", ofs="50")
    assert (first["count"], len(first["closed"]), len(second["closed"])) == (52, 50, 2)
    newest, *_, oldest = first["closed"].values()
    assert newest["opentm"] > oldest["opentm"]
    (id_of_oldest,) = [each for each, order in second["closed"].items() if order["opentm"] < 1_767_225_600.5]
    after = rest("ClosedOrders", start=id_of_oldest, closetime="open")
    assert after["count"] == 51
    assert rest("ClosedOrders", end="1767225602.5")["count"] == 2


def test_orders_are_amended_edited_and_placed_in_batches(rest: Rest) -> None:
    (txid,) = rest.buy()["txid"]
    amend_id = rest("AmendOrder", txid=txid, limit_price="110.0")["amend_id"]
    original, amend = rest("OrderAmends", order_id=txid)["amends"]
    assert (original["amend_type"], original["limit_price"]) == ("original", "100.0")
    assert (amend["amend_id"], amend["limit_price"]) == (amend_id, "110.0")
    edited = rest("EditOrder", txid=txid, pair="XBTUSD", price="120.0")
    assert (edited["originaltxid"], edited["price"], edited["orders_cancelled"]) == (txid, "120.0", 1)
    order = {"type": "buy", "ordertype": "limit", "price": "100.0", "volume": "1.0"}
    batch = rest("AddOrderBatch", pair="XBTUSD", orders=[order, {**order, "volume": "90000"}])["orders"]
    assert batch[1] == {"error": "EOrder:Insufficient funds"}
    assert rest("CancelOrderBatch", orders=[edited["txid"], batch[0]["txid"]]) == {"count": 2}
    assert rest("CancelAll") == {"count": 0}
    assert rest("CancelAllOrdersAfter", timeout="60")["triggerTime"] == "2026-01-01T00:01:00Z"


@pytest.mark.parametrize(
    ("error", "change"),
    [
        ("EQuery:Unknown asset pair", {"pair": "XBTGBP"}),
        ("EGeneral:Invalid arguments:volume minimum not met", {"volume": "0.00001"}),
        ("EGeneral:Invalid arguments:volume", {"volume": "much"}),
        ("EOrder:Invalid price:BTC/USD price can only be specified up to 1 decimals.", {"price": "100.05"}),
        ("EGeneral:Invalid arguments:oflags", {"oflags": "best"}),
        ("EOrder:Insufficient margin", {"leverage": "2"}),
    ],
)
def test_refusals_have_the_venues_words(rest: Rest, error: str, change: dict[str, str]) -> None:
    with pytest.raises(Declined) as declined:
        rest.buy(**change)
    assert declined.value.text == error
    (record,) = rest.world.exchange.order_requests
    assert (record.errors, record.answers) == ([error], [f'{{"error":["{error}"]}}'])


def test_relative_prices_and_flags_are_read(rest: Rest) -> None:
    rest.buy(price="-10%", oflags="post,fcib", userref="5", expiretm="+60", timeinforce="GTD")
    (order,) = rest.world.exchange.open_orders("bob")
    assert order.price is not None
    assert 50_000 < order.price < 63_000
    assert (order.post_only, order.request.fee_in_base, order.request.reference) == (True, True, 5)
    assert rest("OpenOrders", userref="6") == {"open": {}}
    assert len(rest("OpenOrders", userref="5")["open"]) == 1
    rest.world.pass_time(61)
    assert rest.world.exchange.open_orders("bob") == []


def test_triggered_and_closing_orders_are_read(rest: Rest) -> None:
    rest.buy(ordertype="stop-loss-limit", price="90000", price2="+100", type="buy", volume="0.1")
    rest.buy(ordertype="trailing-stop", price="+5%", type="sell", volume="0.1")
    stop, trailing = rest.world.exchange.open_orders("bob")
    assert (stop.trigger_price, stop.price) == (90_000, 90_100)
    assert trailing.trigger_price is not None
    assert 55_000 < trailing.trigger_price < 62_000
    rest.buy(price="70000", volume="0.01", **{"close[ordertype]": "limit", "close[price]": "90000"})
    assert {order.price for order in rest.world.exchange.open_orders("bob")} >= {90_000}
    assert rest.error("AddOrder", pair="XBTUSD", type="buy", ordertype="trailing-stop", price="5", volume="1") == (
        "EGeneral:Invalid arguments:price"
    )


def test_there_is_no_other_endpoint(rest: Rest) -> None:
    assert rest.error("Withdraw") == "EGeneral:Unknown Method"


def test_bookings_add_up_to_the_balances(rest: Rest) -> None:
    before = {asset: D(amount) for asset, amount in rest("Balance").items()}
    rest("AddOrder", pair="XBTUSD", type="buy", ordertype="market", volume="2")
    rest("AddOrder", pair="XBTUSD", type="sell", ordertype="market", volume="0.5")
    rows = rest("Ledgers")["ledger"]
    assert rest("Ledgers", asset="XXBT")["count"] * 2 == rest("Ledgers")["count"] == len(rows) >= 4
    assert rest("Ledgers", type="deposit") == {"ledger": {}, "count": 0}
    now = {asset: D(amount) for asset, amount in rest("Balance").items()}
    for asset in ("XXBT", "ZUSD"):
        mine = [row for row in rows.values() if row["asset"] == asset]
        assert now[asset] - before[asset] == sum(D(row["amount"]) - D(row["fee"]) for row in mine)
        assert D(mine[0]["balance"]) == now[asset]
        for newer, older in pairwise(mine):
            assert D(newer["balance"]) - D(newer["amount"]) + D(newer["fee"]) == D(older["balance"])
    trades = rest("TradesHistory")["trades"]
    assert {row["refid"] for row in rows.values()} == set(trades)
    name = next(iter(rows))
    assert rest("QueryLedgers", id=name) == {name: rows[name]}
    assert rest.error("QueryLedgers", id="LNONE") == "EGeneral:Invalid arguments:id"


def test_what_all_is_worth(rest: Rest) -> None:
    worth = rest("TradeBalance", asset="ZUSD")
    assert worth["e"] == worth["eb"] == worth["mf"]
    assert D(worth["eb"]) > 1000
    assert (worth["m"], worth["uv"]) == ("0.0000", "0.0000")
    rest.buy()
    assert D(rest("TradeBalance")["uv"]) > 1000
    assert D(rest("TradeBalance", asset="XXBT")["eb"]) > 0
    assert rest.error("TradeBalance", asset="NONE") == "EQuery:Unknown asset"
    assert rest("OpenPositions") == {}
