"""The simulated Kraken's private side, WebSocket v1, in virtual time."""

from __future__ import annotations

from typing import Any

import pytest

from tests.exchanges.kraken.virtual_clients import ClientV1, D, PrivateClient, World

ORDER = {"pair": "XBT/USD", "type": "buy", "ordertype": "limit", "price": "100.0", "volume": "1.0"}


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> ClientV1:
    return ClientV1(world)


def orders(client: ClientV1) -> list[dict[str, Any]]:
    """What openOrders told, without the ids."""
    frames = [each for each in client.inbox if isinstance(each, list) and each[1] == "openOrders"]
    return [row for frame in frames for each in frame[0] for row in each.values()]


def test_a_feed_is_acknowledged_then_begins_with_a_snapshot(client: ClientV1) -> None:
    assert client.subscribe("openOrders") == [
        {
            "channelName": "openOrders",
            "event": "subscriptionStatus",
            "status": "subscribed",
            "subscription": {"maxratecount": 125, "name": "openOrders"},
        },
        [[], "openOrders", {"sequence": 1}],
    ]
    ack, snapshot = client.subscribe("ownTrades", reqid=5)
    assert (ack["channelName"], ack["reqid"], snapshot[2]) == ("ownTrades", 5, {"sequence": 1})


def test_an_order_is_described_once_and_patched_afterwards(client: ClientV1) -> None:
    client.subscribe("openOrders")
    answer = client.call("addOrder", reqid=5, cl_ord_id="a", **ORDER)[0]
    txid = answer.pop("txid")
    assert answer == {
        "descr": "buy 1.00000000 XBTUSD @ limit 100.0",
        "event": "addOrderStatus",
        "reqid": 5,
        "status": "ok",
    }
    first, second = orders(client)
    assert first["status"] == "pending"
    assert first["descr"] == {
        "close": None,
        "leverage": None,
        "order": "buy 1.00000000 XBT/USD @ limit 100.0",
        "ordertype": "limit",
        "pair": "XBT/USD",
        "price": "100.00000000",
        "price2": "0.00000000",
        "type": "buy",
    }
    assert (first["vol"], first["vol_exec"], first["cl_ord_id"], first["timeinforce"]) == (
        "1.00000000",
        "0.00000000",
        "a",
        "GTC",
    )
    assert second == {"status": "open", "userref": 0, "cl_ord_id": "a"}
    assert client.call("cancelOrder", txid=[txid], reqid=7)[0] == {
        "event": "cancelOrderStatus",
        "reqid": 7,
        "status": "ok",
    }
    (patch,) = orders(client)
    assert (patch["status"], patch["cancel_reason"], "descr" in patch) == ("canceled", "User requested", False)


def test_a_fill_patches_without_a_status_and_stands_in_own_trades(world: World, client: ClientV1) -> None:
    client.subscribe("openOrders")
    client.subscribe("ownTrades")
    client.call("addOrder", **{**ORDER, "price": "70000", "volume": "0.01"})
    _, _, fill, *_, closed = orders(client)
    assert "status" not in fill
    assert (closed["status"], closed["vol_exec"]) == ("closed", "0.01000000")
    trades = [
        trade
        for frame in client.inbox
        if isinstance(frame, list) and frame[1] == "ownTrades"
        for each in frame[0]
        for trade in each.values()
    ]
    assert sum(D(trade["vol"]) for trade in trades) == D("0.01")
    assert trades[0]["pair"] == "XBT/USD"
    (order,) = world.exchange.orders
    assert trades[0]["ordertxid"] == order.id
    again = ClientV1(world)
    _, snapshot = again.subscribe("ownTrades")
    assert len(snapshot[0]) == len(trades)
    assert len(ClientV1(world).subscribe("ownTrades", snapshot=False)) == 1


def test_both_versions_tell_of_the_same_order(world: World, client: ClientV1) -> None:
    client.subscribe("openOrders")
    other = PrivateClient(world)
    other.executions()
    other.buy(cl_ord_id="a")
    assert [row["status"] for row in orders(client)] == ["pending", "open"]
    client.call("cancelOrder", cl_ord_id=["a"])
    assert [row["exec_type"] for row in other.rows()][-1] == "canceled"


@pytest.mark.parametrize(
    ("error", "change"),
    [
        ("EOrder:Order minimum not met", {"volume": "0.00001"}),
        ("EQuery:Unknown asset pair", {"pair": "XBT/GBP"}),
        ("EGeneral:Invalid arguments:ordertype", {"ordertype": "best"}),
        ("ESession:Invalid session", {"token": "made up"}),
        ("EGeneral:Invalid arguments:timeinforce", {"timeinforce": "GTX"}),
    ],
)
def test_refusals_name_no_order(world: World, client: ClientV1, error: str, change: dict[str, str]) -> None:
    message = {"event": "addOrder", "token": client.token, **ORDER, **change}
    assert client.ask(**message) == [{"errorMessage": error, "event": "addOrderStatus", "status": "error"}]
    assert world.exchange.orders == []


def test_each_canceled_order_is_answered_alone(client: ClientV1) -> None:
    txids = [client.call("addOrder", **ORDER)[0]["txid"] for _ in range(2)]
    answers = client.call("cancelOrder", txid=[txids[0], "OAAAAA-AAAAA-AAAAAA", txids[1]], reqid=3)
    assert [(each["status"], each.get("errorMessage")) for each in answers] == [
        ("ok", None),
        ("error", "EOrder:Unknown order"),
        ("ok", None),
    ]
    assert client.call("cancelOrder")[0]["errorMessage"] == "EGeneral:Invalid arguments:txid"


def test_orders_are_edited_amended_and_all_canceled(world: World, client: ClientV1) -> None:
    txid = client.call("addOrder", userref="9", **ORDER)[0]["txid"]
    edited = client.call("editOrder", orderid="9", pair="XBT/USD", price="120.0", volume="2.0")[0]
    assert (edited["originaltxid"], edited["descr"]) == (txid, "order edited price = 120.0")
    amended = client.call("amendOrder", txid=edited["txid"], limit_price="130.0")[0]
    assert (amended["status"], amended["txid"]) == ("ok", edited["txid"])
    (order,) = world.exchange.open_orders()
    assert (order.price, order.size) == (130, 2)
    assert client.call("cancelAll")[0]["count"] == 1
    switch = client.call("cancelAllOrdersAfter", timeout=60)[0]
    assert (switch["status"], switch["triggerTime"][:11]) == ("ok", "2026-01-01T")
    assert client.call("cancelAllOrdersAfter", timeout=0)[0]["triggerTime"] == "0"


def test_checking_an_order_places_none(world: World, client: ClientV1) -> None:
    answer = client.call("addOrder", validate="true", **ORDER)[0]
    assert (answer["status"], "txid" in answer, world.exchange.orders) == ("ok", False, [])


def test_everything_else_is_answered_as_the_venue_does(client: ClientV1) -> None:
    assert client.ask(event="ping", reqid=4) == [{"event": "pong", "reqid": 4}]
    assert client.ask(event="dance")[0]["errorMessage"] == "Event(s) not found"
    assert client.ask(nothing=1)[0]["errorMessage"] == "Malformed request"

    def refusal(name: str, **options: Any) -> str:
        return client.subscribe(name, **options)[0]["errorMessage"]

    assert refusal("ticker") == "Public channels not available in this endpoint"
    assert refusal("dance") == "Subscription name invalid"
    assert refusal("openOrders", depth=10) == "Subscription object unsupported field"
    assert client.ask(event="subscribe")[0]["errorMessage"] == "Subscription field must be an object"
    good, client.token = client.token, "made up"
    assert refusal("openOrders") == "ESession:Invalid session"
    client.token = good
    client.subscribe("openOrders")
    assert refusal("openOrders") == "Already subscribed"
    subscription = {"name": "openOrders", "token": good}
    assert client.ask(event="unsubscribe", subscription=subscription)[0]["status"] == "unsubscribed"
    assert client.ask(event="unsubscribe", subscription=subscription)[0]["errorMessage"] == "Subscription Not Found"


def test_the_counter_of_the_engine_is_told_where_wanted_and_refuses_beyond_its_limit() -> None:
    world = World(rate_limits=True)
    client = ClientV1(world)
    client.subscribe("openOrders", ratecounter=True)
    txid = client.call("addOrder", **ORDER)[0]["txid"]
    assert [row["ratecount"] for row in orders(client)] == [1, 1]
    client.call("cancelOrder", txid=[txid])
    assert [row["ratecount"] for row in orders(client)] == [8]
    answers = [client.call("addOrder", **ORDER)[0] for _ in range(79)]
    for answer in answers[:20]:
        answers += client.call("cancelOrder", txid=[answer["txid"]])[:1]
    assert [answer["errorMessage"] for answer in answers if answer["status"] == "error"][:1] == [
        "EOrder:Rate limit exceeded"
    ]
