"""What the simulated KuCoin tells of balances, and who is told."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.exchanges.kucoin.virtual_clients import SYMBOL, D, PrivateClient, World

BALANCE, ORDERS = "/account/balance", "/spotMarket/tradeOrdersV2"


@pytest.fixture
def world() -> World:
    return World()


@pytest.fixture
def client(world: World) -> PrivateClient:
    return PrivateClient(world, BALANCE)


def accounts(world: World, **query: Any) -> dict[str, Any]:
    """What REST says of each asset in the trade account."""
    rows = world.ask("GET", "/api/v1/accounts", query={"type": "trade", **query}).data
    return {row["currency"]: row for row in rows}


def test_what_is_held_for_an_order_is_told_and_given_back(world: World, client: PrivateClient) -> None:
    order_id = world.add().data["orderId"]
    (frame,) = client.inbox
    row = frame["data"]
    assert (frame["topic"], frame["subject"], frame["channelType"]) == (BALANCE, "account.balance", "private")
    assert frame["id"] == row["relationEventId"]
    assert row["relationContext"] == {"symbol": SYMBOL, "orderId": order_id}
    told = {name: row[name] for name in ("currency", "total", "available", "hold", "availableChange", "holdChange")}
    assert told == {
        "currency": "USDT",
        "total": "1000000",
        "available": "999899.9",
        "hold": "100.1",
        "availableChange": "-100.1",
        "holdChange": "100.1",
    }
    assert (row["relationEvent"], row["time"].isdigit()) == ("trade.hold", True)
    world.ask("DELETE", f"/api/v1/hf/orders/{order_id}", query={"symbol": SYMBOL})
    row = client.rows()[-1]
    assert (row["relationEvent"], row["hold"], row["availableChange"]) == ("trade.setted", "0", "100.1")


def test_a_market_buy_holds_then_settles_in_several_pushes(world: World, client: PrivateClient) -> None:
    world.add(type="market", price=None, size=None, funds="1000")
    rows = client.rows()
    assert (rows[0]["relationEvent"], rows[0]["holdChange"]) == ("trade.hold", "1001")
    assert {row["relationEvent"] for row in rows[1:]} == {"trade.setted"}
    assert len(rows) >= 4
    assert [row["hold"] for row in rows if row["currency"] == "USDT"][-1] == "0"
    last = {row["currency"]: row for row in rows}
    for asset, row in accounts(world).items():
        if asset in last:
            assert (row["balance"], row["available"], row["holds"], row["id"]) == (
                last[asset]["total"],
                last[asset]["available"],
                last[asset]["hold"],
                last[asset]["accountId"],
            )


def test_money_that_comes_from_outside_is_told(world: World, client: PrivateClient) -> None:
    accounts(world)
    world.exchange.deposit("USDT", D(5))
    world.exchange.deposit("USDT", D(7), kind="main")
    world.pass_time(0.1)
    assert [(row["relationEvent"], row["availableChange"]) for row in client.rows()] == [
        ("trade.other", "5"),
        ("main.deposit", "7"),
    ]
    assert world.exchange.balance("USDT") == 1_000_005


def test_topics_of_no_page_are_served_all_the_same(world: World) -> None:
    client = PrivateClient(world, "/spot/tradeFills", "/account/snapshotBalance")
    world.add(type="market", price=None, size="0.01")
    fills, balances = client.rows("/spot/tradeFills"), client.rows("/account/snapshotBalance")
    assert sum(row["size"] for row in fills) == D("0.01")
    assert (fills[0]["feeRate"], fills[0]["feeCurrency"]) == (D("0.001"), "USDT")
    assert {str(row["relationContext"]) for row in balances} == {"{}"}
    assert balances[-1]["total"] == accounts(world)["USDT"]["balance"]


def test_an_account_is_looked_at_by_its_number(world: World) -> None:
    row = accounts(world, currency="BTC")["BTC"]
    assert world.ask("GET", f"/api/v1/accounts/{row['id']}").data == {
        "currency": "BTC",
        "balance": "10",
        "available": "10",
        "holds": "0",
    }
    assert world.ask("GET", "/api/v1/accounts/1").refusal[0] == "400100"
    kinds = {row["type"] for row in world.ask("GET", "/api/v1/accounts", query={"currency": "BTC"}).data}
    assert kinds == {"main", "trade"}


def test_private_topics_want_a_token_of_an_account(world: World) -> None:
    client = PrivateClient(world, account="")
    assert client.socket is not None
    frame = {"id": "1", "type": "subscribe", "topic": BALANCE, "privateChannel": True, "response": True}
    client.socket.send(frame)
    world.pass_time(0.1)
    assert client.inbox[-1]["code"] == 403


def test_two_topics_are_told_in_the_order_of_what_happens(world: World) -> None:
    client = PrivateClient(world, BALANCE, ORDERS)
    world.add()
    assert [frame["topic"] for frame in client.inbox] == [ORDERS, BALANCE, ORDERS]


def test_events_that_are_held_back_come_in_their_order(world: World) -> None:
    client = PrivateClient(world, ORDERS)
    world.exchange.hold_events()
    world.add()
    assert client.inbox == []
    world.exchange.release_events()
    world.pass_time(0.1)
    assert client.types == ["received", "open"]


wishes = st.lists(
    st.tuples(
        st.sampled_from(["add", "market", "funds", "cancel", "wait"]),
        st.sampled_from([SYMBOL, "ETH-BTC"]),
        st.sampled_from(["buy", "sell"]),
        st.integers(-20, 20),
        st.integers(1, 300),
    ),
    max_size=15,
)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 3), wishes=wishes)
def test_pushes_put_together_are_what_there_is(seed: int, wishes: list[Any]) -> None:
    world = World(seed=seed, symbols=[SYMBOL, "ETH-BTC"], balances={"USDT": 300_000, "BTC": 5, "ETH": 40})
    client = PrivateClient(world, BALANCE, ORDERS)
    first = accounts(world)
    for number, (kind, symbol, side, ticks, size) in enumerate(wishes):
        tick = D("0.1") if symbol == SYMBOL else D("0.00001")
        bid, _ = world.market(symbol)
        amount = str(D(size) / 1000)
        body: dict[str, Any] = {"symbol": symbol, "side": side, "type": "market"}
        if kind == "wait":
            world.pass_time(size / 20)
        elif kind == "cancel":
            world.ask("DELETE", "/api/v1/hf/orders", query={"symbol": symbol})
        elif kind == "add":
            body = {**body, "type": "limit", "price": str(bid + ticks * tick), "size": amount}
            world.ask("POST", "/api/v1/hf/orders", {**body, "clientOid": f"n{number}"})
        else:
            amount = "10" if kind == "funds" and symbol == SYMBOL else amount
            world.ask("POST", "/api/v1/hf/orders", {**body, "funds" if kind == "funds" else "size": amount})
    world.ask("DELETE", "/api/v1/hf/orders/cancelAll")
    told = {asset: (D(row["balance"]), D(row["holds"])) for asset, row in first.items()}
    for row in client.rows(BALANCE):
        total, held = told[row["currency"]]
        change = D(row["availableChange"]) + D(row["holdChange"])
        assert (D(row["total"]), D(row["hold"])) == (total + change, held + D(row["holdChange"]))
        assert D(row["available"]) + D(row["hold"]) == D(row["total"])
        assert D(row["hold"]) >= 0
        told[row["currency"]] = D(row["total"]), D(row["hold"])
    for asset, row in accounts(world).items():
        assert told[asset] == (D(row["balance"]), D(row["holds"]))
    sizes: dict[str, Any] = {}
    for row in client.rows(ORDERS):
        assert D(row.get("filledSize", "0")) >= sizes.get(row["orderId"], D(0))
        sizes[row["orderId"]] = D(row.get("filledSize", "0"))
    assert sizes == {order.id: order.filled for order in world.exchange.orders}
