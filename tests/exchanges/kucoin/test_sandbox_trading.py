"""The simulated KuCoin's spot orders in virtual time: their life as REST and the private topics tell it."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest

from rxex.sandbox.orders import OrderState
from tests.exchanges.kucoin.virtual_clients import SYMBOL, D, PrivateClient, World

ORDERS, OLD_ORDERS = "/spotMarket/tradeOrdersV2", "/spotMarket/tradeOrders"
HF = "/api/v1/hf/orders"
QUERY = {"symbol": SYMBOL}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> PrivateClient:
    return PrivateClient(world, ORDERS)


def without(row: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}


# The life of an order.


def test_an_order_is_accepted_received_open_and_canceled(world: World, client: PrivateClient) -> None:
    data = world.add("mine").data
    assert re.fullmatch("[0-9a-f]{24}", data["orderId"])
    assert data["clientOid"] == "mine"
    received, opened = client.inbox
    assert without(received, "userId", "data") == {
        "topic": ORDERS,
        "type": "message",
        "subject": "orderChange",
        "channelType": "private",
    }
    common = {
        "clientOid": "mine",
        "orderId": data["orderId"],
        "orderType": "limit",
        "originSize": "1",
        "price": "100",
        "side": "buy",
        "symbol": SYMBOL,
    }
    assert without(received["data"], "orderTime", "ts") == {**common, "status": "new", "type": "received"}
    sizes = {"filledSize": "0", "remainSize": "1", "size": "1", "canceledSize": "0"}
    assert without(opened["data"], "orderTime", "ts") == {**common, **sizes, "status": "open", "type": "open"}
    assert opened["data"]["ts"] // 10**6 == opened["data"]["orderTime"]
    assert world.ask("DELETE", f"{HF}/{data['orderId']}", query=QUERY).data == {"orderId": data["orderId"]}
    gone = client.rows()[-1]
    sizes = {"filledSize": "0", "remainSize": "0", "size": "1", "canceledSize": "1"}
    assert without(gone, "orderTime", "ts") == {**common, **sizes, "status": "done", "type": "canceled"}
    assert world.exchange.open_orders() == []


def test_matches_of_a_taker_come_before_it_is_open_and_those_of_a_maker_after(
    world: World, client: PrivateClient
) -> None:
    _, ask = world.market()
    world.add(price=str(ask), size="0.5")
    world.wait_for(lambda: "filled" in client.types, 3600)
    rows = client.rows()
    kinds = [(row["type"], row["status"], row.get("liquidity"), row.get("feeType")) for row in rows]
    opened = kinds.index(("open", "open", None, None))
    assert set(kinds[1:opened]) == {("match", "match", "taker", "takerFee")}
    assert set(kinds[opened + 1 : -1]) == {("match", "open", "maker", "makerFee")}
    assert kinds[-1] == ("filled", "done", None, None)
    matches = [row for row in rows if row["type"] == "match"]
    total = D(0)
    for row in matches:
        total += D(row["matchSize"])
        assert (D(row["filledSize"]), D(row["remainSize"])) == (total, D("0.5") - total)
        assert row["matchPrice"] == str(ask)
    fills = world.ask("GET", "/api/v1/hf/fills", query=QUERY).data["items"]
    assert [str(fill["tradeId"]) for fill in reversed(fills)] == [row["tradeId"] for row in matches]
    assert {fill["orderId"] for fill in fills} == {rows[0]["orderId"]}
    assert all(D(fill["fee"]) == (D(fill["funds"]) / 1000).quantize(D("1e-9"), "ROUND_DOWN") for fill in fills)


def test_a_market_buy_of_funds_ends_as_canceled(world: World, client: PrivateClient) -> None:
    order_id = world.add(type="market", price=None, size=None, funds="1000").data["orderId"]
    received, *matches, done = client.rows()
    assert (received["originFunds"], "originSize" in received, "price" in received) == ("1000", False, False)
    assert [row["type"] for row in matches] == ["match"] * len(matches) != []
    assert (done["type"], done["status"]) == ("canceled", "done")
    assert D(done["remainFunds"]) == D(done["canceledFunds"]) < D("0.001")
    record = world.ask("GET", f"{HF}/{order_id}", query=QUERY).data
    assert D(record["dealFunds"]) + D(record["cancelledFunds"]) == 1000
    assert (record["active"], record["size"], record["type"]) == (False, "0", "market")
    assert world.exchange.placed("a")[0].state is OrderState.FILLED


def test_a_market_sale_of_funds_and_orders_of_a_size(world: World, client: PrivateClient) -> None:
    world.add("funds", type="market", side="sell", price=None, size=None, funds="1000")
    world.add("size", type="market", side="sell", price=None, size="0.01")
    funds, size = world.exchange.orders
    assert D("999.9") < funds.cost <= 1000
    assert (size.filled, client.types[-1]) == (D("0.01"), "filled")


def test_the_older_topic_does_not_tell_that_an_order_was_received(world: World) -> None:
    client = PrivateClient(world, OLD_ORDERS)
    world.add()
    assert client.types == ["open"]


def test_orders_of_others_are_not_told(world: World, client: PrivateClient) -> None:
    world.ask(
        "POST", HF, {"symbol": SYMBOL, "side": "buy", "type": "limit", "price": "100", "size": "1"}, account="bob"
    )
    assert client.inbox == []
    assert len(world.exchange.open_orders("bob")) == 1


@pytest.mark.parametrize(
    ("more", "types"),
    [
        ({"postOnly": True}, ["received", "canceled"]),
        ({"timeInForce": "FOK", "size": "100000"}, ["received", "canceled"]),
        ({"timeInForce": "IOC", "size": "5", "postOnly": True}, ["received", "match", "canceled"]),
        ({"timeInForce": "FOK", "size": "0.01"}, ["received", "match", "filled"]),
    ],
    ids=["post only", "all or nothing", "at once", "all of it"],
)
def test_what_cannot_rest_is_accepted_and_then_canceled(
    client: PrivateClient, more: dict[str, Any], types: list[str]
) -> None:
    world = client.world
    world.exchange.deposit("USDT", Decimal(10**10))
    client.inbox.clear()
    _, ask = world.market()
    asked = world.add(**{"price": str(ask), "size": "1", **more})
    assert asked.data["clientOid"] == "a"
    assert list(dict.fromkeys(client.types)) == types


def test_an_order_with_a_life_ends_by_itself(world: World, client: PrivateClient) -> None:
    world.add(timeInForce="GTT", cancelAfter=30)
    world.pass_time(29)
    assert client.types == ["received", "open"]
    world.pass_time(2)
    assert client.types[-1] == "canceled"


def test_a_part_is_canceled_by_an_update(world: World, client: PrivateClient) -> None:
    order_id = world.add().data["orderId"]
    query = {**QUERY, "cancelSize": "0.4"}
    assert world.ask("DELETE", f"{HF}/cancel/{order_id}", query=query).data == {
        "orderId": order_id,
        "cancelSize": "0.4",
    }
    row = client.rows()[-1]
    assert (row["type"], row["status"], row["oldSize"], row["size"], row["remainSize"]) == (
        "update",
        "open",
        "1",
        "0.6",
        "0.6",
    )
    record = world.ask("GET", f"{HF}/{order_id}", query=QUERY).data
    assert (record["size"], record["remainSize"], record["cancelledSize"], record["active"]) == (
        "1",
        "0.6",
        "0.4",
        True,
    )
    world.ask("DELETE", f"{HF}/cancel/{order_id}", query={**QUERY, "cancelSize": "0.6"})
    assert (client.types[-1], client.rows()[-1]["canceledSize"]) == ("canceled", "1")


def test_altering_makes_another_order_under_the_same_client_id(world: World, client: PrivateClient) -> None:
    old = world.add().data["orderId"]
    answer = world.ask("POST", f"{HF}/alter", {**QUERY, "clientOid": "a", "newPrice": "101"}).data
    new = answer["newOrderId"]
    assert (new != old, answer["clientOid"]) == (True, "a")
    told = [(row["type"], row["orderId"], row["clientOid"]) for row in client.rows()[2:]]
    assert told == [("canceled", old, "a"), ("received", new, "a"), ("open", new, "a")]
    assert world.ask("GET", f"{HF}/client-order/a", query=QUERY).data["id"] == new
    placed = world.exchange.placed("a")
    assert [(order.id, order.replaced) for order in placed] == [(old, new), (new, None)]
    again = world.ask("POST", f"{HF}/alter", {**QUERY, "orderId": old, "newSize": "2"})
    assert again.refusal == ("400100", "order_not_exist_or_not_allow_to_cancel")


@pytest.mark.parametrize(
    ("stp", "types"),
    [
        ("CN", [("b", "canceled")]),
        ("CO", [("a", "canceled"), ("b", "open")]),
        ("CB", [("a", "canceled"), ("b", "canceled")]),
        ("DC", [("a", "update"), ("b", "canceled")]),
        ("", [("a", "match"), ("b", "match"), ("b", "filled")]),
    ],
)
def test_orders_of_one_account_meet_as_it_wants(client: PrivateClient, stp: str, types: list[tuple[str, str]]) -> None:
    world = client.world
    bid, ask = world.market()
    middle = str((bid + ask) / 2)
    world.add("a", price=middle, size="0.002", timeInForce="GTC")
    client.inbox.clear()
    more: dict[str, Any] = {"stp": stp} if stp else {}
    world.add("b", side="sell", price=middle, size="0.001", **more)
    assert [(row["clientOid"], row["type"]) for row in client.rows()][1:] == types


# Refusals.


@pytest.mark.parametrize(
    ("more", "code", "text"),
    [
        ({"symbol": "NO-SUCH"}, "900001", "symbol not exists"),
        ({"size": "0.000001"}, "400100", "Order size below the minimum requirement."),
        ({"size": "0.0001"}, "400100", "Order funds below the minimum requirement."),
        ({"size": "1.000000001"}, "400100", "Order size increment invalid."),
        ({"price": "100.05"}, "400100", "Price increment invalid."),
        ({"size": "100000"}, "102421", "Balance insufficient!"),
        ({"clientOid": "a b"}, "400100", "clientOid parameter invalid."),
        ({"side": "hold"}, "400100", "side parameter invalid."),
        ({"price": "-1"}, "400100", "price parameter invalid."),
        ({"price": 1e300}, "400100", "price parameter invalid."),
        ({"size": None}, "400100", "size parameter invalid."),
        ({"funds": "10"}, "400100", "funds parameter invalid."),
        ({"type": "market", "price": None, "funds": "1"}, "400100", "funds parameter invalid."),
        ({"type": "market", "price": None, "stp": "DC"}, "400100", "stp parameter invalid."),
        ({"timeInForce": "GTT"}, "400100", "cancelAfter parameter invalid."),
        ({"iceberg": True}, "400100", "visibleSize parameter invalid."),
        ({"iceberg": True, "visibleSize": "0.01"}, "400100", "display parameter invalid."),
        ({"remark": "x" * 21}, "400100", "remark parameter invalid."),
        ({"postOnly": "yes"}, "400100", "postOnly parameter invalid."),
        ({"clientTimestamp": 1, "allowMaxTimeWindow": 1}, "102411", "The order exceeded allowMaxTimeWindow."),
    ],
)
def test_what_cannot_be_is_refused_with_the_venues_code_and_leaves_nothing(
    client: PrivateClient, more: dict[str, Any], code: str, text: str
) -> None:
    asked = client.world.add(**more)
    assert (asked.status, asked.refusal) == (200, (code, text))
    assert client.inbox == []
    assert client.world.exchange.orders == []
    (record,) = client.world.exchange.order_requests
    assert record.errors == [f"{code} {text}"]


def test_a_client_id_is_good_once_also_after_the_order_is_over(world: World) -> None:
    world.add()
    assert world.add().refusal[0] == "102426"
    world.ask("DELETE", f"{HF}/client-order/a", query=QUERY)
    assert world.add().refusal[0] == "102426"
    assert len(world.exchange.placed("a")) == 1
    order = {**QUERY, "clientOid": "a", "side": "buy", "price": "100", "size": "1"}
    assert world.ask("POST", HF, order, account="bob").data["clientOid"] == "a"


def test_an_order_that_is_over_or_anothers_cannot_be_canceled(world: World) -> None:
    order_id = world.add().data["orderId"]
    text = ("400100", "order_not_exist_or_not_allow_to_cancel")
    assert world.ask("DELETE", f"{HF}/{order_id}", query=QUERY, account="bob").refusal == text
    assert world.ask("DELETE", f"{HF}/{order_id}", query={"symbol": "ETH-USDT"}).refusal == text
    assert world.ask("DELETE", f"{HF}/{order_id}").refusal == ("400100", "symbol parameter invalid.")
    assert world.ask("DELETE", f"{HF}/{order_id}", query=QUERY).data
    assert world.ask("DELETE", f"{HF}/{order_id}", query=QUERY).refusal == text
    assert world.ask("GET", f"{HF}/{order_id}", query=QUERY, account="bob").refusal == ("400100", "order not exist.")


def test_while_the_exchange_is_closed_nothing_is_placed_and_while_it_cancels_only_canceled(world: World) -> None:
    order_id = world.add().data["orderId"]
    world.exchange.set_status("cancel_only")
    assert world.add("b").refusal[0] == "200001"
    world.exchange.set_status("maintenance")
    assert world.ask("DELETE", f"{HF}/{order_id}", query=QUERY).refusal[0] == "200002"
    world.exchange.set_status("online")
    assert world.ask("DELETE", f"{HF}/{order_id}", query=QUERY).data


# The other calls.


def test_the_calls_that_wait_say_what_the_engine_has_done(world: World) -> None:
    _, ask = world.market()
    body = {**QUERY, "side": "buy", "type": "limit", "price": str(ask), "size": "2"}
    added = world.ask("POST", f"{HF}/sync", {**body, "clientOid": "s"}).data
    assert (added["status"], added["originSize"], added["canceledSize"]) == ("open", "2", "0")
    assert D(added["dealSize"]) + D(added["remainSize"]) == 2
    gone = world.ask("DELETE", f"{HF}/sync/client-order/s", query=QUERY).data
    assert (gone["clientOid"], gone["status"], gone["remainSize"]) == ("s", "done", "0")
    assert D(gone["dealSize"]) + D(gone["canceledSize"]) == 2


def test_a_test_places_nothing_and_is_refused_like_an_order(world: World, client: PrivateClient) -> None:
    body = {**QUERY, "side": "buy", "type": "limit", "price": "100", "size": "1", "clientOid": "t"}
    assert world.ask("POST", f"{HF}/test", body).data["orderId"]
    assert world.ask("POST", f"{HF}/test", {**body, "size": "100000"}).refusal[0] == "102421"
    assert (world.exchange.orders, client.inbox) == ([], [])


def test_each_order_of_a_batch_is_placed_or_refused_on_its_own(world: World) -> None:
    good = {**QUERY, "side": "buy", "type": "limit", "price": "100", "size": "1"}
    wishes = [{**good, "clientOid": "x"}, {**good, "clientOid": "x"}, {**good, "type": "market"}]
    placed, twice, market = world.ask("POST", f"{HF}/multi", {"orderList": wishes}).data
    assert (placed["success"], placed["clientOid"], bool(placed["orderId"])) == (True, "x", True)
    assert twice == {"success": False, "failMsg": "Duplicate custom order ID (clientOid)."}
    assert market == {"success": False, "failMsg": "type parameter invalid."}
    (synced,) = world.ask("POST", f"{HF}/multi/sync", {"orderList": [good]}).data
    assert (synced["success"], synced["status"]) == (True, "open")
    assert world.ask("POST", f"{HF}/multi", {"orderList": [good] * 6}).refusal == (
        "400100",
        "orderList parameter invalid.",
    )


def test_all_orders_of_a_pair_or_of_all_are_canceled(world: World) -> None:
    for number in range(2):
        world.add(f"b{number}")
        world.add(f"e{number}", symbol="ETH-USDT")
    assert world.ask("GET", f"{HF}/active/symbols").data == {"symbols": [SYMBOL, "ETH-USDT"]}
    assert world.ask("DELETE", HF, query=QUERY).data == "success"
    assert [order.request.symbol for order in world.exchange.open_orders()] == ["ETH-USDT"] * 2
    assert world.ask("DELETE", f"{HF}/cancelAll").data == {"succeedSymbols": ["ETH-USDT"], "failedSymbols": []}
    assert world.exchange.open_orders() == []


def test_orders_are_listed_while_open_and_afterwards_page_by_page(world: World) -> None:
    for number in range(5):
        world.add(f"n{number}")
    active = world.ask("GET", f"{HF}/active", query=QUERY).data
    assert [order["clientOid"] for order in active] == ["n4", "n3", "n2", "n1", "n0"]
    page = world.ask("GET", f"{HF}/active/page", query={**QUERY, "pageNum": 2, "pageSize": 2}).data
    assert [order["clientOid"] for order in page["items"]] == ["n2", "n1"]
    assert (page["totalNum"], page["totalPage"]) == (5, 3)
    world.ask("DELETE", HF, query=QUERY)
    seen: list[str] = []
    query: dict[str, Any] = {**QUERY, "limit": 2}
    while (done := world.ask("GET", f"{HF}/done", query=query).data)["items"]:
        seen += [order["clientOid"] for order in done["items"]]
        query["lastId"] = done["lastId"]
    assert seen == ["n4", "n3", "n2", "n1", "n0"]
    assert world.ask("GET", f"{HF}/done", query={**QUERY, "side": "sell"}).data["items"] == []


def test_the_dead_mans_switch_goes_off_unless_it_is_set_again(world: World, client: PrivateClient) -> None:
    world.add("b")
    world.add("e", symbol="ETH-USDT")
    now = world.ask("POST", f"{HF}/dead-cancel-all", {"timeout": 10, "symbols": SYMBOL}).data
    assert now["triggerTime"] - now["currentTime"] == 10
    world.pass_time(8)
    world.ask("POST", f"{HF}/dead-cancel-all", {"timeout": 10, "symbols": SYMBOL})
    assert world.ask("GET", f"{HF}/dead-cancel-all/query").data["symbols"] == SYMBOL
    world.pass_time(8)
    assert len(world.exchange.open_orders()) == 2
    world.pass_time(3)
    assert [order.request.client_id for order in world.exchange.open_orders()] == ["e"]
    assert client.types[-1] == "canceled"
    world.ask("POST", f"{HF}/dead-cancel-all", {"timeout": 10})
    world.ask("POST", f"{HF}/dead-cancel-all", {"timeout": -1})
    world.pass_time(20)
    assert len(world.exchange.open_orders()) == 1
    assert world.ask("GET", f"{HF}/dead-cancel-all/query").data is None


def test_an_iceberg_shows_a_part_of_itself(world: World) -> None:
    asked = world.add(iceberg=True, visibleSize="0.1", price="62000")
    assert asked.data
    (order,) = world.exchange.orders
    assert order.visible == D("0.1")
    assert world.ask("GET", f"{HF}/{order.id}", query=QUERY).data["visibleSize"] == "0.1"
