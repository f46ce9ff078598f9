"""The simulated KuCoin's orders that wait for a price, and pairs of which one cancels the other."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exchanges.kucoin.virtual_clients import ORDER, SYMBOL, D, PrivateClient, World

STOPS, ORDERS = "/spotMarket/advancedOrders", "/spotMarket/tradeOrdersV2"
STOP, OCO = "/api/v1/stop-order", "/api/v3/oco"


@pytest.fixture
def world() -> World:
    return World(symbols=[SYMBOL])


@pytest.fixture
def client(world: World) -> PrivateClient:
    return PrivateClient(world, STOPS, ORDERS)


def stop(world: World, client_id: str = "s", **more: Any) -> Any:
    body = {**ORDER, "clientOid": client_id, "stopPrice": "50000", **more}
    return world.ask("POST", STOP, {key: each for key, each in body.items() if each is not None})


def away(world: World, ticks: int) -> str:
    bid, _ = world.market()
    return str(bid + ticks * D("0.1"))


def test_an_order_waits_and_is_told_to(world: World, client: PrivateClient) -> None:
    number = stop(world).data["orderId"]
    assert number.startswith("vs")
    assert len(number) == 24
    (frame,) = client.inbox
    row = frame["data"]
    assert (frame["topic"], frame["subject"]) == (STOPS, "stopOrder")
    assert isinstance(row.pop("createdAt"), int)
    assert isinstance(row.pop("ts"), int)
    assert row == {
        "orderId": number,
        "orderPrice": "100",
        "orderType": "stop",
        "side": "buy",
        "size": "1",
        "stop": "loss",
        "stopPrice": "50000",
        "symbol": SYMBOL,
        "tradeType": "TRADE",
        "type": "open",
    }
    assert world.exchange.held("USDT") == 0
    record = world.ask("GET", f"{STOP}/{number}").data
    assert (record["status"], record["stop"], record["clientOid"]) == ("NEW", "loss", "s")
    assert world.ask("GET", f"{STOP}/queryOrderByClientOid", query={"clientOid": "s"}).data == [record]
    assert world.ask("GET", STOP, query={"symbol": SYMBOL}).data["items"] == [record]


@pytest.mark.parametrize(("ticks", "word"), [(20, "entry"), (-20, "loss")])
def test_once_its_price_was_traded_at_it_releases_another_order(client: PrivateClient, ticks: int, word: str) -> None:
    world = client.world
    number = stop(world, stopPrice=away(world, ticks), price=away(world, 5000), size="0.01").data["orderId"]
    world.wait_for(lambda: "triggered" in client.types, 3600)
    first, *rows = client.rows()
    assert (first["stop"], first["type"]) == (word, "open")
    triggered = next(row for row in rows if row["type"] == "triggered")
    assert (triggered["orderId"], triggered["triggerSuccess"]) == (number, True)
    (order,) = world.exchange.orders
    assert (order.id != number, order.request.client_id) == (True, "s")
    assert [row["orderId"] for row in client.rows(ORDERS)] == [order.id] * 3
    record = world.ask("GET", f"{STOP}/{number}").data
    assert (record["status"], record["stopTriggerTime"] is not None) == ("TRIGGERED", True)
    (fill,) = world.ask("GET", "/api/v1/hf/fills", query={"symbol": SYMBOL}).data["items"]
    assert fill["stop"] == word


def test_what_cannot_be_placed_when_its_time_has_come_is_told(world: World, client: PrivateClient) -> None:
    stop(world, stopPrice=away(world, -10), price=away(world, 0), size="1000")
    world.wait_for(lambda: "triggered" in client.types, 3600)
    assert client.rows()[-1]["triggerSuccess"] is False
    (waited,) = world.exchange.stops
    assert (waited.order, waited.error) == (None, "Balance insufficient!")


def test_stops_are_canceled_by_either_id_and_together(world: World, client: PrivateClient) -> None:
    numbers = [stop(world, f"s{number}").data["orderId"] for number in range(4)]
    assert world.ask("DELETE", f"{STOP}/{numbers[0]}").data == {"cancelledOrderIds": numbers[:1]}
    query = {"clientOid": "s1", "symbol": SYMBOL}
    assert world.ask("DELETE", f"{STOP}/cancelOrderByClientOid", query=query).data == {
        "clientOid": "s1",
        "cancelledOrderId": numbers[1],
    }
    assert world.ask("DELETE", f"{STOP}/cancel", query={"symbol": SYMBOL}).data == {"cancelledOrderIds": numbers[2:]}
    assert client.types[4:] == ["cancel"] * 4
    assert world.ask("DELETE", f"{STOP}/{numbers[0]}").refusal == ("400100", "order_not_exist_or_not_allow_to_cancel")
    assert world.ask("GET", STOP).data["totalNum"] == 0


@pytest.mark.parametrize(
    ("more", "code"),
    [
        ({"stopPrice": None}, "400100"),
        ({"stopPrice": "0.01"}, "400100"),
        ({"stopPrice": "9" * 20}, "400100"),
        ({"size": "0.0000001"}, "400100"),
        ({"symbol": "NO-SUCH"}, "900001"),
        ({"stop": "sometimes"}, "400100"),
    ],
)
def test_what_cannot_be_is_refused(client: PrivateClient, more: dict[str, Any], code: str) -> None:
    assert stop(client.world, **more).refusal[0] == code
    assert (client.inbox, client.world.exchange.stops) == ([], [])


def test_a_client_id_is_good_once_and_fifty_may_wait(world: World) -> None:
    stop(world)
    assert stop(world).refusal == ("400100", "Duplicate clientOid.")
    for number in range(49):
        assert stop(world, f"n{number}").data
    assert stop(world, "last").refusal[0] == "200003"


# Pairs.


def pair(world: World, client_id: str = "o", **more: Any) -> Any:
    bid, _ = world.market()
    body = {
        "symbol": SYMBOL,
        "side": "sell",
        "clientOid": client_id,
        "price": str(bid + 2),
        "size": "0.01",
        "stopPrice": str(bid - 1000),
        "limitPrice": str(bid - 1001),
    }
    return world.ask("POST", f"{OCO}/order", {**body, **more})


def test_of_a_pair_the_first_that_is_triggered_cancels_the_other(world: World, client: PrivateClient) -> None:
    number = pair(world).data["orderId"]
    assert [(row["stop"], row["type"]) for row in client.rows()] == [("e_l_o", "open"), ("l_s_o", "open")]
    assert world.ask("GET", f"{OCO}/order/{number}").data["status"] == "NEW"
    world.wait_for(lambda: "triggered" in client.types, 7200)
    kinds = [(row["stop"], row["type"]) for row in client.rows(STOPS)][2:]
    assert kinds == [("l_s_o", "cancel"), ("e_l_o", "triggered")]
    (order,) = world.exchange.orders
    assert order.size == D("0.01")
    details = world.ask("GET", f"{OCO}/order/details/{number}").data
    assert [leg["status"] for leg in details["orders"]] == ["TRIGGERED", "CANCELLED"]
    world.wait_for(lambda: not order.is_open, 7200)
    assert world.ask("GET", f"{OCO}/client-order/o").data["status"] == "DONE"


def test_pairs_are_canceled_and_listed(world: World, client: PrivateClient) -> None:
    numbers = [pair(world, f"o{number}").data["orderId"] for number in range(3)]
    assert len(world.ask("DELETE", f"{OCO}/order/{numbers[0]}").data["cancelledOrderIds"]) == 2
    assert len(world.ask("DELETE", f"{OCO}/client-order/o1").data["cancelledOrderIds"]) == 2
    assert len(world.ask("DELETE", f"{OCO}/orders", query={"symbol": SYMBOL}).data["cancelledOrderIds"]) == 2
    items = world.ask("GET", f"{OCO}/orders").data["items"]
    assert [(item["orderId"], item["status"]) for item in items] == [(each, "CANCELLED") for each in reversed(numbers)]
    assert world.ask("DELETE", f"{OCO}/order/{numbers[0]}").refusal[0] == "400100"
    assert client.types == ["open"] * 6 + ["cancel"] * 6


@pytest.mark.parametrize(
    ("more", "refusal"),
    [
        ({"size": "1000"}, ("400100", "account.available.amount")),
        ({"stopPrice": "99999"}, ("400100", "stopPrice parameter invalid.")),
        ({"clientOid": ""}, ("400100", "clientOid parameter invalid.")),
        ({"limitPrice": ""}, ("400100", "limitPrice parameter invalid.")),
    ],
)
def test_a_pair_that_cannot_be_is_refused(world: World, more: dict[str, Any], refusal: tuple[str, str]) -> None:
    assert pair(world, **more).refusal == refusal
    assert world.ask("GET", f"{OCO}/order/none").refusal == ("400100", "order not exist.")
