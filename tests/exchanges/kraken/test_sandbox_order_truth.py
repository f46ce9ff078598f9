"""What the simulated Kraken tells of orders adds up to what is true of them, on either version."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from rxex.exchanges.kraken.sandbox import OrderFaults
from rxex.sandbox.orders import Order
from tests.exchanges.kraken.test_sandbox_orders_v2 import market
from tests.exchanges.kraken.virtual_clients import ClientV1, D, PrivateClient, World

STATES = {"pending_new": "pending", "new": "open", "partially_filled": "open"}


def trade_at_random(world: World, client: PrivateClient, seed: int) -> None:
    """Place, amend, edit and cancel orders while the market goes on."""
    random = Random(seed)
    for _ in range(60):
        bid, _ = market(world)
        price = bid + D(random.randint(-30, 30)) / 10
        open_orders = world.exchange.open_orders()
        match random.choice(["add", "add", "market", "cancel", "amend", "edit", "wait"]):
            case "add":
                client.buy(price, D(random.randint(1, 200)) / 100, side=random.choice(["buy", "sell"]))
            case "market":
                client.call(
                    "add_order",
                    order_type="market",
                    side="buy",
                    symbol="BTC/USD",
                    order_qty=D(random.randint(1, 9)) / 10,
                )
            case "cancel" if open_orders:
                client.call("cancel_order", order_id=[random.choice(open_orders).id])
            case "amend" if open_orders:
                amount = D(random.randint(1, 200)) / 100
                client.call("amend_order", order_id=random.choice(open_orders).id, order_qty=amount, limit_price=price)
            case "edit" if open_orders:
                client.call("edit_order", order_id=random.choice(open_orders).id, symbol="BTC/USD", limit_price=price)
            case _:
                world.pass_time(random.uniform(0.5, 5.0))
    world.pass_time(30)


class Told:
    """All frames of some channels, however they came, once each and in order."""

    def __init__(self) -> None:
        self.frames: list[Any] = []

    def once(self, number: Any) -> list[Any]:
        found = {number(frame): frame for frame in self.frames}
        return [found[each] for each in sorted(found)]


def listen(client: PrivateClient | ClientV1, wanted: Any) -> Told:
    told = Told()
    take = client._take

    def keep(event: Any) -> None:
        take(event)
        data = getattr(event, "data", None)
        if data is not None and wanted(data):
            told.frames.append(data)

    client.subscription.dispose()
    client.subscription = client.world.exchange.source(path=client.path).subscribe(keep, lambda _: None)
    client.world.pass_time(0.1)
    return told


def truth(order: Order) -> tuple[Any, ...]:
    return order.state.value, order.filled, order.cost, order.size, order.price


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize(
    "faults", [OrderFaults(), OrderFaults(duplicate_events=0.3, event_delay=(0.0, 2.0), events_first=0.5)]
)
def test_executions_put_together_are_the_orders(seed: int, faults: OrderFaults) -> None:
    world = World(faults, seed=seed)
    client = PrivateClient(world)
    told = listen(client, lambda data: data.get("channel") == "executions")
    client.send(method="subscribe", params={"channel": "executions", "token": client.token})
    world.pass_time(2)
    trade_at_random(world, client, seed)
    held: dict[str, dict[str, Any]] = {}
    filled: dict[str, Any] = {}
    for frame in told.once(lambda frame: frame["sequence"]):
        for row in frame["data"]:
            held.setdefault(row["order_id"], {"cum_qty": D(0)}).update(row)
            filled[row["order_id"]] = filled.get(row["order_id"], D(0)) + row.get("last_qty", D(0))
    assert held.keys() == {order.id for order in world.exchange.orders}
    assert len(held) > 10
    for order in world.exchange.orders:
        mine = held[order.id]
        state = STATES.get(mine["order_status"], mine["order_status"])
        seen = (state, mine["cum_qty"], mine["cum_cost"], mine["order_qty"], mine.get("limit_price"))
        assert seen == truth(order)
        assert filled[order.id] == order.filled


@pytest.mark.parametrize("seed", range(3))
def test_open_orders_and_own_trades_put_together_are_the_orders(seed: int) -> None:
    world = World(seed=seed)
    client, old = PrivateClient(world), ClientV1(world)
    told = listen(old, lambda data: isinstance(data, list))
    for name in ("openOrders", "ownTrades"):
        old.send(event="subscribe", subscription={"name": name, "token": old.token})
    client.executions()
    trade_at_random(world, client, seed)
    held: dict[str, dict[str, Any]] = {}
    filled: dict[str, Any] = {}
    for rows, channel, _ in told.frames:
        for row in rows:
            for each, fields in row.items():
                if channel == "openOrders":
                    held.setdefault(each, {}).update(fields)
                else:
                    filled[fields["ordertxid"]] = filled.get(fields["ordertxid"], D(0)) + D(fields["vol"])
    assert len(held) > 10
    for order in world.exchange.orders:
        mine = held[order.id]
        state = {"closed": "filled"}.get(mine["status"], mine["status"])
        assert (state, D(mine["vol_exec"]), D(mine["cost"]), D(mine["vol"])) == truth(order)[:4]
        assert filled.get(order.id, D(0)) == order.filled
    for name in ("openOrders", "ownTrades"):
        numbers = [frame[2]["sequence"] for frame in told.frames if frame[1] == name]
        assert numbers == list(range(1, len(numbers) + 1))
