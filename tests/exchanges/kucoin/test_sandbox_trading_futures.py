"""The simulated KuCoin's futures orders, positions and settings in virtual time."""

from __future__ import annotations

from typing import Any

import pytest

from rxex.exchanges.kucoin.sandbox import OrderFault
from tests.exchanges.kucoin.virtual_clients import Asked, D, PrivateClient, World

SYMBOL, COIN = "XBTUSDTM", "XBTUSDM"
ORDERS, STOPS, POSITIONS = "/contractMarket/tradeOrders", "/contractMarket/advancedOrders", "/contract/positionAll"
WALLET = "/contractAccount/wallet"


class FuturesWorld(World):
    """The futures servers."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"symbols": [SYMBOL, COIN], **options})

    def ask(self, method: str, path: str, body: Any = None, **more: Any) -> Asked:
        return super().ask(method, path, body, server="futures", **more)

    def order(self, client_id: str = "f", **more: Any) -> Asked:
        """Place a limit order far below the market, unless told otherwise; None takes a member away."""
        body = {"symbol": SYMBOL, "side": "buy", "type": "limit", "price": "100", "size": 10, "leverage": 5}
        body = {**body, "clientOid": client_id, **more}
        return self.ask("POST", "/api/v1/orders", {key: each for key, each in body.items() if each is not None})

    def position(self, symbol: str = SYMBOL) -> dict[str, Any]:
        data: dict[str, Any] = self.ask("GET", "/api/v1/position", query={"symbol": symbol}).data
        return data


@pytest.fixture
def world() -> FuturesWorld:
    return FuturesWorld()


def listen(world: World, *topics: str) -> PrivateClient:
    return PrivateClient(world, *topics, market="futures")


# Orders.


def test_an_order_is_open_and_canceled_and_nobody_says_received(world: FuturesWorld) -> None:
    client, one = listen(world, ORDERS), listen(world, f"{ORDERS}:{SYMBOL}")
    number = world.order().data["orderId"]
    assert number.isdigit()
    (frame,) = client.inbox
    row = frame["data"]
    assert (frame["topic"], frame["subject"]) == (f"{ORDERS}:{SYMBOL}", "symbolOrderChange")
    times = row.pop("orderTime"), row.pop("ts")
    assert times[0] == times[1] > 10**18
    assert row == {
        "symbol": SYMBOL,
        "orderType": "limit",
        "side": "buy",
        "orderId": number,
        "clientOid": "f",
        "marginMode": "ISOLATED",
        "tradeType": "trade",
        "size": "10",
        "price": "100",
        "liquidity": "maker",
        "filledSize": "0",
        "remainSize": "10",
        "canceledSize": "0",
        "type": "open",
        "status": "open",
    }
    assert world.ask("DELETE", f"/api/v1/orders/{number}").data == {"cancelledOrderIds": [number]}
    assert (client.types, client.rows()[-1]["canceledSize"]) == (["open", "canceled"], "10")
    assert one.types == client.types
    assert world.ask("DELETE", f"/api/v1/orders/{number}").refusal[0] == "100004"


def test_a_taker_opens_a_position_and_closes_it(world: FuturesWorld) -> None:
    client = listen(world, ORDERS, POSITIONS, WALLET)
    _, ask = world.market(SYMBOL)
    world.order(type="market", price=None)
    (fill,) = world.ask("GET", "/api/v1/fills", query={"symbol": SYMBOL}).data["items"]
    assert (D(fill["price"]), fill["size"], fill["feeRate"]) == (ask, 10, "0.0006")
    cost, fee = D(ask) / 100, D(fill["fee"])
    assert fee == cost * D("0.0006")
    (row,) = client.rows(f"/contract/position:{SYMBOL}")
    assert (row["changeReason"], row["currentQty"], row["isOpen"], row["leverage"]) == ("positionChange", 10, True, 5)
    assert (row["avgEntryPrice"], row["posCost"], row["posInit"], row["currentComm"]) == (ask, cost, cost / 5, fee)
    assert row["posMargin"] == row["posInit"] + row["posComm"]
    assert row["bankruptPrice"] < row["liquidationPrice"] < ask
    balance = client.rows(WALLET)[-1]
    assert D(balance["walletBalance"]) == 1_000_000 - fee
    assert D(balance["availableBalance"]) == 1_000_000 - fee - row["posMargin"]
    world.order("g", type="market", price=None, side=None, size=None, closeOrder=True)
    row = client.rows(f"/contract/position:{SYMBOL}")[-1]
    assert (row["currentQty"], row["isOpen"], row["posMargin"]) == (0, False, 0)
    fills = world.ask("GET", "/api/v1/recentFills").data
    gain = (D(fills[0]["price"]) - ask) / 100
    assert (row["realisedGrossPnl"], row["realisedPnl"]) == (gain, gain - D(fills[0]["fee"]) - fee)
    balance = client.rows(WALLET)[-1]
    assert D(balance["walletBalance"]) == D(balance["availableBalance"]) == 1_000_000 + row["realisedPnl"]
    versions = [int(row["version"]) for row in client.rows(WALLET)]
    assert versions == sorted(set(versions))


def test_selling_more_than_one_holds_turns_the_position_round(world: FuturesWorld) -> None:
    world.order("a", type="market", price=None)
    world.order("b", type="market", price=None, side="sell", size=15)
    position = world.position()
    assert (position["currentQty"], position["posCost"] < 0) == (-5, True)
    assert position["bankruptPrice"] > position["avgEntryPrice"]
    held = world.ask("GET", "/api/v1/account-overview", query={"currency": "USDT"}).data
    assert held["marginBalance"] == 1_000_000 + position["realisedPnl"]
    assert held["positionMargin"] == position["posMargin"]
    assert held["availableBalance"] == held["marginBalance"] - held["positionMargin"]


def test_contracts_that_are_settled_in_coin_gain_when_the_price_falls_and_one_is_short(world: FuturesWorld) -> None:
    world.order(symbol=COIN, type="market", price=None, side="sell", size=5000)
    before = world.position(COIN)
    assert (before["isInverse"], before["settleCurrency"], before["posCost"] > 0) == (True, "XBT", True)
    world.pass_time(120)
    after = world.position(COIN)
    fallen = after["markPrice"] < before["avgEntryPrice"]
    assert (after["unrealisedPnl"] > 0) is fallen
    assert world.exchange.balance("XBT", kind="futures") != 10


def test_the_mark_price_changes_a_part_of_a_position(world: FuturesWorld) -> None:
    client = listen(world, f"/contract/position:{SYMBOL}")
    world.order(type="market", price=None)
    world.pass_time(10)
    full, *reduced = client.rows()
    assert {row["changeReason"] for row in reduced} == {"markPriceChange"}
    assert all(row.keys() < full.keys() and "avgEntryPrice" not in row for row in reduced)
    world.order("b", type="market", price=None, side=None, size=None, closeOrder=True)
    client.inbox.clear()
    world.pass_time(10)
    assert client.inbox == []


def test_funding_is_paid_every_eight_hours(world: FuturesWorld) -> None:
    world.order(type="market", price=None)
    world.pass_time(4 * 3600 - 5)
    client = listen(world, POSITIONS, WALLET)
    world.pass_time(10)
    frame = next(frame for frame in client.inbox if frame["subject"] == "position.settlement")
    row = frame["data"]
    assert (row["symbol"], row["qty"], row["fundingRate"]) == (SYMBOL, 10, D("0.0001"))
    paid = -row["markPrice"] / 100 * D("0.0001")
    assert abs(row["fundingFee"] - paid) < D("1e-7")
    position = world.position()
    assert position["posFunding"] == row["fundingFee"]
    overview = world.ask("GET", "/api/v1/account-overview", query={"currency": "USDT"}).data
    assert overview["marginBalance"] == 1_000_000 + position["realisedPnl"]


def test_an_order_may_only_make_a_position_smaller(world: FuturesWorld) -> None:
    assert world.order(reduceOnly=True).refusal == ("300009", "No open positions to close.")
    world.order("a", type="market", price=None)
    assert world.order("b", reduceOnly=True).refusal[0] == "300009"
    _, ask = world.market(SYMBOL)
    far = str(ask + 5000)
    assert world.order("c", side="sell", price=far, size=50, reduceOnly=True).data
    order = world.exchange.orders[-1]
    assert (order.size, world.exchange.held("USDT", kind="futures")) == (D(10), D(0))
    world.order("d", type="market", price=None, side=None, size=None, closeOrder=True)
    assert not order.is_open


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"symbol": "NOSUCHM"}, "200003"),
        ({"clientOid": None}, "100001"),
        ({"size": None}, "100001"),
        ({"size": 0}, "100001"),
        ({"size": "1.5"}, "100001"),
        ({"qty": "1"}, "100001"),
        ({"price": "100.05"}, "100001"),
        ({"side": None}, "100001"),
        ({"leverage": 101}, "300016"),
        ({"marginMode": "CROSS"}, "330005"),
        ({"price": "60000", "size": 100_000_000}, "300003"),
        ({"stop": "up"}, "100001"),
        ({"timeInForce": "FOK"}, "100001"),
    ],
)
def test_what_cannot_be_is_refused(world: FuturesWorld, more: dict[str, Any], code: str) -> None:
    client = listen(world, ORDERS)
    assert world.order(**more).refusal[0] == code
    assert (client.inbox, world.exchange.orders) == ([], [])


def test_a_client_id_is_good_once(world: FuturesWorld) -> None:
    world.order()
    assert world.order().refusal == ("300018", "clientOid parameter repeated")


def test_sizes_may_be_told_in_the_base_or_as_a_value(world: FuturesWorld) -> None:
    world.order("q", size=None, qty="0.05")
    world.order("v", size=None, valueQty="5000", price="50000")
    assert [order.size for order in world.exchange.orders] == [50, 100]


def test_several_are_placed_and_canceled_each_on_its_own(world: FuturesWorld) -> None:
    good = {"symbol": SYMBOL, "side": "buy", "type": "limit", "price": "100", "size": 1, "leverage": 2}
    placed, twice = world.ask("POST", "/api/v1/orders/multi", [{**good, "clientOid": "m"}] * 2).data
    assert (placed["code"], placed["clientOid"], placed["symbol"]) == ("200000", "m", SYMBOL)
    assert (twice["code"], twice["orderId"]) == ("300018", None)
    body = {"orderIdsList": [placed["orderId"], "1"]}
    gone, unknown = world.ask("DELETE", "/api/v1/orders/multi-cancel", body).data
    assert (gone["code"], unknown["code"]) == ("200", "100004")
    world.order("n")
    body = {"clientOidsList": [{"symbol": SYMBOL, "clientOid": "n"}]}
    assert world.ask("DELETE", "/api/v1/orders/multi-cancel", body).data[0]["code"] == "200"
    world.order("o")
    query = {"symbol": SYMBOL}
    assert world.ask("DELETE", "/api/v1/orders/client-order/o", query=query).data == {"clientOid": "o"}
    numbers = [world.order(f"p{number}").data["orderId"] for number in range(3)]
    assert world.ask("DELETE", "/api/v3/orders", query=query).data == {"cancelledOrderIds": numbers}


def test_orders_are_listed_those_that_are_over_unless_told_otherwise(world: FuturesWorld) -> None:
    first = world.order("a").data["orderId"]
    second = world.order("b").data["orderId"]
    world.ask("DELETE", f"/api/v1/orders/{first}")
    assert [row["id"] for row in world.ask("GET", "/api/v1/orders").data["items"]] == [first]
    (row,) = world.ask("GET", "/api/v1/orders", query={"status": "active"}).data["items"]
    assert (row["id"], row["status"], row["isActive"], row["size"]) == (second, "open", True, 10)
    assert world.ask("GET", f"/api/v1/orders/{second}").data == row
    assert world.ask("GET", "/api/v1/orders/byClientOid", query={"clientOid": "b"}).data == row
    assert [row["id"] for row in world.ask("GET", "/api/v1/recentDoneOrders").data] == [first]
    assert world.ask("GET", "/api/v1/orders/1").refusal == ("100001", "error.getOrder.orderNotExist")
    totals = world.ask("GET", "/api/v1/openOrderStatistics", query={"symbol": SYMBOL}).data
    assert (totals["openOrderBuySize"], totals["openOrderBuyCost"], totals["openOrderSellSize"]) == (10, "1", 0)


def test_a_test_places_nothing(world: FuturesWorld) -> None:
    body = {"symbol": SYMBOL, "side": "buy", "type": "limit", "price": "100", "size": 1, "clientOid": "t"}
    assert world.ask("POST", "/api/v1/orders/test", body).data["orderId"]
    assert world.exchange.orders == []


# Stops.


def test_a_stop_releases_an_order_with_another_number(world: FuturesWorld) -> None:
    client = listen(world, STOPS, ORDERS)
    bid, _ = world.market(SYMBOL)
    more = {"stop": "down", "stopPriceType": "TP", "stopPrice": str(bid - 1)}
    number = world.order(price=str(bid + 500), **more).data["orderId"]
    (row,) = world.ask("GET", "/api/v1/stopOrders").data["items"]
    assert (row["id"], row["stop"], row["stopTriggered"]) == (number, "down", False)
    world.wait_for(lambda: "triggered" in client.types, 3600)
    assert (client.rows()[0]["orderId"], client.rows()[0]["size"], client.rows()[0]["type"]) == (number, 10, "open")
    (order,) = world.exchange.orders
    assert order.id != number
    assert world.ask("GET", f"/api/v1/orders/{number}").data["stopTriggered"] is True
    assert world.position()["currentQty"] == 10


def test_profit_is_taken_or_loss_stopped_whichever_comes_first(world: FuturesWorld) -> None:
    client = listen(world, STOPS)
    bid, ask = world.market(SYMBOL)
    body = {"symbol": SYMBOL, "side": "buy", "type": "market", "size": 10, "leverage": 5, "clientOid": "x"}
    exits = {"triggerStopUpPrice": str(ask + 2), "triggerStopDownPrice": str(bid - 2), "stopPriceType": "TP"}
    assert world.ask("POST", "/api/v1/st-orders", {**body, **exits}).data
    assert world.position()["currentQty"] == 10
    world.wait_for(lambda: "triggered" in client.types, 3600)
    assert sorted(client.types) == ["cancel", "open", "open", "triggered"]
    assert world.position()["currentQty"] == 0


def test_stops_are_canceled_together_and_one_by_one(world: FuturesWorld) -> None:
    more = {"stop": "down", "stopPriceType": "TP", "stopPrice": "10"}
    numbers = [world.order(f"s{number}", **more).data["orderId"] for number in range(3)]
    assert world.ask("DELETE", f"/api/v1/orders/{numbers[0]}").data == {"cancelledOrderIds": numbers[:1]}
    assert world.ask("DELETE", "/api/v1/stopOrders").data == {"cancelledOrderIds": numbers[1:]}
    assert world.ask("GET", "/api/v1/stopOrders").data["items"] == []


# Settings.


def test_margin_mode_and_leverage_are_told(world: FuturesWorld) -> None:
    client = listen(world, "/contract/marginMode", "/contract/crossLeverage")
    body = {"symbol": SYMBOL, "marginMode": "CROSS"}
    assert world.ask("POST", "/api/v2/position/changeMarginMode", body).data == body
    assert world.ask("GET", "/api/v2/position/getMarginMode", query={"symbol": SYMBOL}).data == body
    leverage = {"symbol": SYMBOL, "leverage": "8"}
    assert world.ask("POST", "/api/v2/changeCrossUserLeverage", leverage).data is True
    assert world.ask("GET", "/api/v2/getCrossUserLeverage", query={"symbol": SYMBOL}).data == leverage
    world.pass_time(0.1)
    told = [(frame["topic"], frame["subject"], frame["data"]) for frame in client.inbox]
    assert told == [
        ("/contract/marginMode", "user.config", {SYMBOL: "CROSS"}),
        ("/contract/crossLeverage", "user.config", {SYMBOL: {"leverage": "8"}}),
    ]
    world.order(type="market", price=None, marginMode="CROSS", leverage=None)
    position = world.position()
    assert (position["crossMode"], position["leverage"]) == (True, 8)
    back = world.ask("POST", "/api/v2/position/changeMarginMode", {"symbol": SYMBOL, "marginMode": "ISOLATED"})
    assert back.refusal[0] == "330006"


def test_a_level_of_risk_is_told_once_it_has_changed(world: FuturesWorld) -> None:
    client = listen(world, POSITIONS)
    path = "/api/v1/position/risk-limit-level/change"
    assert world.ask("POST", path, {"symbol": SYMBOL, "level": 3}).data is True
    world.pass_time(0.1)
    (frame,) = client.inbox
    assert (frame["topic"], frame["subject"]) == (f"/contract/position:{SYMBOL}", "position.adjustRiskLimit")
    assert (frame["data"]["success"], frame["data"]["riskLimitLevel"]) == (True, 3)
    assert world.ask("POST", path, {"symbol": SYMBOL, "level": 11}).refusal[0] == "100001"


def test_more_margin_moves_the_price_of_liquidation_away(world: FuturesWorld) -> None:
    client = listen(world, POSITIONS)
    world.order(type="market", price=None)
    before = world.position()
    body = {"symbol": SYMBOL, "margin": 50, "bizNo": "1"}
    after = world.ask("POST", "/api/v1/position/margin/deposit-margin", body).data
    assert after["posMargin"] == before["posMargin"] + 50
    assert after["liquidationPrice"] < before["liquidationPrice"]
    world.pass_time(0.1)
    assert "marginChange" in {row["changeReason"] for row in client.rows()}


# Faults, and the gateway's side.


def test_faults_are_those_of_spot_and_cut_the_futures_socket(world: FuturesWorld) -> None:
    client = listen(world, ORDERS)
    world.exchange.fail_next_request(OrderFault.CUT_BEFORE_ANSWER)
    assert world.order("x").status == 0
    assert (client.closed is not None, len(world.exchange.placed("x"))) == (True, 1)
    (record,) = world.exchange.order_requests
    assert (record.client_id, record.fault) == ("x", OrderFault.CUT_BEFORE_ANSWER)
