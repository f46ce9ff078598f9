"""A thousand seeded runs with faults at every step around orders: what is told of them adds up to what is true.

On the spot market over REST and through the gateway, and on that of futures. Every
run is judged by the checker of histories, against the ledger of the simulated exchange.
"""

from __future__ import annotations

import os
from decimal import Decimal
from random import Random
from typing import Any

import pytest

from rxex.exchanges.kucoin.futures import orders as futures
from rxex.exchanges.kucoin.orders import AddOrder, AmendOrder, CancelOrder
from rxex.exchanges.kucoin.sandbox import OrderFault, OrderFaults
from rxex.models import Stage
from tests.exchanges.kucoin.futures.trading import FuturesWorld
from tests.exchanges.kucoin.gateway.worlds import GatewayWorld
from tests.exchanges.kucoin.trading import TradingWorld, entry_of
from tests.history import Entry, Told, violations

S = Stage
RUNS = 1000
PARTS = 10
PRICE = Decimal("63010.0")
WORLDS: list[Any] = [TradingWorld, GatewayWorld, TradingWorld, FuturesWorld]


def settle(world: TradingWorld) -> None:
    """Let it end: what is still open is canceled, and everybody is told."""
    world.pass_time(5)
    cancel = world.make("cancel_order")
    request = futures.CancelOrder if isinstance(world, FuturesWorld) else CancelOrder
    for _ in range(20):
        for order in world.exchange.open_orders():
            one = request(symbol=order.request.symbol, order_id=order.id)
            cancel(one).subscribe(lambda _: None, lambda _: None)
        world.pass_time(2)
        if not world.exchange.open_orders():
            break
    world.wait(lambda: all(placed.ended for placed in world.placed))


def draw_order(random: Random) -> AddOrder:
    """An order of any kind, some that rest, some that take, some that end at once."""
    kind = random.choice(["market", "cash", "limit", "near", "ioc", "fok", "post"])
    side = random.choice(["buy", "sell"])
    size = random.choice(["0.01", "0.5", "3"])
    if kind == "market":
        return AddOrder("BTC-USDT", side, "market", size)
    if kind == "cash":
        return AddOrder("BTC-USDT", "buy", "market", cash_quantity=random.choice(["100", "31415.92"]))
    far = kind in {"limit", "post"} and random.random() < 0.7
    shift = 0 if not far else -5000 if side == "buy" else 5000
    terms: dict[str, Any] = {
        "ioc": {"time_in_force": "ioc"},
        "fok": {"time_in_force": "fok"},
        "post": {"post_only": True},
    }
    return AddOrder("BTC-USDT", side, "limit", size, PRICE + shift, **terms.get(kind, {}))


def draw_futures_order(random: Random) -> futures.AddOrder:
    """The same in lots."""
    kind = random.choice(["market", "limit", "near", "ioc", "post"])
    side = random.choice(["buy", "sell"])
    size = random.choice(["10", "500", "3000"])
    if kind == "market":
        return futures.AddOrder("XBTUSDTM", side, "market", size, leverage=5)
    shift = 0 if kind != "limit" else -5000 if side == "buy" else 5000
    force = "ioc" if kind == "ioc" else "gtc"
    price = PRICE + shift
    return futures.AddOrder(
        "XBTUSDTM", side, "limit", size, price, leverage=5, time_in_force=force, post_only=kind == "post"
    )


def run(seed: int) -> TradingWorld:
    """Some orders, with faults of all kinds by seed."""
    random = Random(seed)
    chances: dict[str, Any] = {fault.value: random.choice([0.0, 0.0, 0.1, 0.3]) for fault in OrderFault}
    delays: dict[str, Any] = {name: random.choice([None, (0.0, 1.0)]) for name in ("request_delay", "event_delay")}
    faults = OrderFaults(seed=seed, **chances, **delays)
    world_of = WORLDS[seed % len(WORLDS)]
    world: TradingWorld = world_of(seed=seed, faults=faults, balances={"USDT": 10**7, "BTC": 100})
    is_futures = isinstance(world, FuturesWorld)
    add_order = world.add_order_factory(**({} if is_futures else {"sync": random.random() < 0.3}))
    if random.random() < 0.2:
        world.exchange.overload(random.choice([1, 3]))
    for _ in range(3):
        if random.random() < 0.9:
            world.wait(lambda: world.connection.is_connected, step=0.1)
        world.place(add_order, draw_futures_order(random) if is_futures else draw_order(random))
        world.pass_time(random.choice([0.0, 0.005, 0.03, 1.0]))
        if random.random() < 0.2:
            world.exchange.cut()
    settle(world)
    assert world.breaches() == []
    return world


@pytest.mark.parametrize("part", range(PARTS))
def test_a_thousand_seeded_runs_end_with_the_truth(part: int) -> None:
    given = os.environ.get("RXEX_SEED")
    seeds = [int(given)] if given else range(part * RUNS // PARTS, (part + 1) * RUNS // PARTS)
    ends: set[Stage] = set()
    for seed in seeds:
        try:
            world = run(seed)
        except BaseException as error:
            error.add_note(f"RXEX_SEED={seed} repeats it")
            raise
        ends |= {placed.last.stage for placed in world.placed}
        assert S.UNKNOWN not in ends
    assert given or {S.FILLED, S.CANCELED} <= ends


def chains(world: TradingWorld) -> list[Entry]:
    """The ledger, an order and those that were put in its place being one."""
    entries: dict[str, Entry] = {}
    for order in world.exchange.orders:
        entry = entry_of(order)
        before = entries.get(entry.client_id)
        trades = {**({} if before is None else before.trades), **entry.trades}
        entries[entry.client_id] = Entry(entry.client_id, entry.stage, trades)
    return list(entries.values())


def run_with_changes(seed: int) -> TradingWorld:
    """Orders that are changed again and again, by either id, with faults of all kinds by seed."""
    random = Random(seed)
    chances: dict[str, Any] = {fault.value: random.choice([0.0, 0.0, 0.1, 0.3]) for fault in OrderFault}
    delays: dict[str, Any] = {name: random.choice([None, (0.0, 1.0)]) for name in ("request_delay", "event_delay")}
    faults = OrderFaults(seed=seed, **chances, **delays)
    world_of: Any = random.choice([TradingWorld, GatewayWorld])
    world: TradingWorld = world_of(seed=seed, faults=faults, balances={"USDT": 10**7, "BTC": 100})
    add_order, amend_order = world.add_order_factory(), world.make("amend_order")
    for _ in range(2):
        world.wait(lambda: world.connection.is_connected, step=0.1)
        side, near = random.choice(["buy", "sell"]), random.random() < 0.5
        shift = 0 if near else -500 if side == "buy" else 500
        request = AddOrder("BTC-USDT", side, "limit", random.choice(["0.5", "20"]), PRICE + shift)
        placed = world.place(add_order, request)
        for _ in range(random.choice([1, 2, 3])):
            world.pass_time(random.choice([0.05, 0.3, 1.5]))
            price = PRICE + random.choice([-400, -10, 0, 10, 400])
            change: dict[str, Any] = {"limit_price": price} if random.random() < 0.6 else {"quantity": "5"}
            if random.random() < 0.3:
                change["quantity"] = random.choice(["0.3", "7"])
            ids = {"client_id": placed.client_id}
            if placed.last.order_id is not None and random.random() < 0.5:
                ids = {"order_id": placed.last.order_id}
            amend_order(AmendOrder(symbol="BTC-USDT", **ids, **change)).subscribe(lambda _: None, lambda _: None)
            if random.random() < 0.1:
                world.exchange.cut()
    settle(world)
    return world


@pytest.mark.parametrize("seed", [1036, 1822])
def test_an_order_whose_first_id_is_told_after_its_change_counts_once(seed: int) -> None:
    world = run_with_changes(seed)
    told = [Told(each.client_id, each.orders, each.ended) for each in world.placed]
    assert violations(chains(world), told) == []


@pytest.mark.parametrize("part", range(4))
def test_orders_that_are_changed_end_with_the_truth_of_all_that_were_in_their_place(part: int) -> None:
    given = os.environ.get("RXEX_SEED")
    changed = 0
    for seed in [int(given)] if given else range(part * 25, (part + 1) * 25):
        try:
            world = run_with_changes(seed)
            told = [Told(each.client_id, each.orders, each.ended) for each in world.placed]
            assert violations(chains(world), told) == []
        except BaseException as error:
            error.add_note(f"RXEX_SEED={seed} repeats it")
            raise
        changed += len(world.exchange.orders) - len(chains(world))
    assert given or changed > 5
