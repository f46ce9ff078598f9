"""A thousand seeded runs with faults at every step around orders: what is told of them adds up to what is true.

Every run is judged by the checker of histories, against the ledger of the simulated exchange.
"""

from __future__ import annotations

from decimal import Decimal
from random import Random
from typing import Any

import pytest

from rxex.exchanges.bitfinex.orders import AddOrder, CancelOrder, EditOrder
from rxex.exchanges.bitfinex.sandbox import OrderFault, OrderFaults
from rxex.models import Stage
from tests.exchanges.bitfinex.trading import TradingWorld
from tests.orders.seeded_runs import IS_REPEATED, ends_of

S = Stage
RUNS = 1000
PARTS = 10
PRICE = Decimal(63010)


def finish(world: TradingWorld, *, recovered: bool = True) -> None:
    """Let it end: what is still open is canceled, and everybody is told."""
    world.pass_time(5)
    cancel = world.make("cancel_order")
    for _ in range(20):
        for order in world.exchange.open_orders():
            cancel(CancelOrder(order_id=order.id)).subscribe(lambda _: None, lambda _: None)
        world.pass_time(2)
        if not world.exchange.open_orders():
            break
    world.wait(lambda: all(placed.ended for placed in world.placed))
    assert world.breaches(recovered=recovered) == []


def draw_order(random: Random) -> AddOrder:
    """An order of any kind, some that rest, some that take, some that end at once."""
    kind = random.choice(["market", "limit", "near", "ioc", "fok", "post"])
    side = random.choice(["buy", "sell"])
    size = random.choice(["0.01", "0.5", "3"])
    margin = random.random() < 0.3
    if kind == "market":
        return AddOrder("tBTCUSD", side, "market", size, margin=margin)
    far = kind in {"limit", "post"} and random.random() < 0.7
    shift = 0 if not far else -5000 if side == "buy" else 5000
    terms: dict[str, Any] = {
        "ioc": {"time_in_force": "ioc"},
        "fok": {"time_in_force": "fok"},
        "post": {"post_only": True},
    }
    return AddOrder("tBTCUSD", side, "limit", size, PRICE + shift, margin=margin, **terms.get(kind, {}))


def run(seed: int, *, asks: bool = True) -> TradingWorld:
    """Some orders, with faults of all kinds by seed; ``asks`` says whether they can be asked for over REST."""
    random = Random(seed)
    chances: dict[str, Any] = {fault.value: random.choice([0.0, 0.0, 0.1, 0.3]) for fault in OrderFault}
    delays: dict[str, Any] = {name: random.choice([None, (0.0, 1.0)]) for name in ("request_delay", "event_delay")}
    faults = OrderFaults(seed=seed, **chances, **delays)
    world = TradingWorld(
        seed=seed, faults=faults, balances={"USD": 10**7, "BTC": 100}, single_numbers=random.random() < 0.3
    )
    add_order = world.add_order_factory(**({} if asks else {"query": None}))
    edit_order = world.make("edit_order")
    for _ in range(3):
        if random.random() < 0.9:
            world.wait(lambda: world.connection.is_connected, step=0.1)
        world.place(add_order, draw_order(random))
        world.pass_time(random.choice([0.0, 0.005, 0.03, 1.0]))
        for order in world.exchange.open_orders()[-1:] if random.random() < 0.3 else ():
            change = EditOrder(order_id=order.id, quantity=random.choice(["0.2", "4"]), side=order.request.side)
            edit_order(change).subscribe(lambda _: None, lambda _: None)
            world.pass_time(random.choice([0.0, 0.03]))
        if random.random() < 0.2:
            world.exchange.cut()
    finish(world, recovered=asks)
    return world


@pytest.mark.parametrize("part", range(PARTS))
def test_a_thousand_seeded_runs_end_with_the_truth(part: int) -> None:
    ends = ends_of(run, part, PARTS, runs=RUNS)
    assert IS_REPEATED or {S.FILLED, S.CANCELED, S.EXPIRED, S.REJECTED} <= ends


def test_cut_off_at_whatever_moment_an_order_ends_with_the_truth() -> None:
    stages: set[Stage] = set()
    for moment in range(100):
        world = TradingWorld(seed=moment, balances={"USD": 10**7, "BTC": 100})
        request = AddOrder("tBTCUSD", "buy", "market", "3", margin=moment % 2 > 0)
        placed = world.place(world.add_order_factory(), request)
        world.pass_time(moment * 0.0003 if moment < 80 else moment * 0.01)
        stages.add(placed.last.stage)
        world.exchange.cut()
        finish(world)
        assert len(world.exchange.orders) <= 1
        assert placed.last.stage is (S.FILLED if world.exchange.orders else S.REJECTED)
        assert placed.last.fees or not placed.last.fills
    assert {S.SUBMITTED, S.PARTIALLY_FILLED, S.FILLED} <= stages


def test_what_cannot_be_asked_for_ends_with_the_truth_or_as_unknown() -> None:
    ends = [placed.last.stage for seed in range(60) for placed in run(seed, asks=False).placed]
    assert {S.FILLED, S.CANCELED, S.UNKNOWN} <= set(ends)
