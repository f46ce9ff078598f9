"""Orders of an earlier process, or of a batch, told of by the simulated Kraken and its REST."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

import pytest

from rxex.exchanges.kraken.orders import AddOrder, BatchAdd, CancelOrder, batch_add_factory, cancel_order_factory
from rxex.exchanges.kraken.sandbox import OrderFault
from rxex.models import Stage
from tests.exchanges.kraken.trading import Placed, TradingWorld

S = Stage
VERSIONS = pytest.mark.parametrize("version", [2, 1])
MARKET = AddOrder("BTC/USD", "buy", "market", "0.01", client_id="mine")
FAR = AddOrder("BTC/USD", "buy", "limit", "0.01", "1000.0", client_id="mine")


def restarted(version: int, request: AddOrder, meanwhile: Callable[[TradingWorld], object] = lambda _: None) -> Placed:
    """Place an order, end, begin anew, and resume it; then cancel what is open."""
    world = TradingWorld(version=version)
    world.place(world.add_order_factory(), request)
    world.pass_time(2)
    meanwhile(world)
    world.restart()
    told = Placed(world, world.resume_order_factory()("mine"))
    world.pass_time(2)
    for order in world.exchange.open_orders():
        cancel_order_factory(world.sockets, world.messages)(CancelOrder(order_id=order.id)).subscribe()
    world.wait(lambda: told.ended)
    (truth,) = world.exchange.orders
    assert told.last.order_id == truth.id
    assert told.last.filled == truth.filled
    assert {fill.id for fill in told.last.fills} == {fill.id for fill in truth.fills}
    return told


@VERSIONS
def test_an_open_order_of_before_is_found_and_told_of_to_its_end(version: int) -> None:
    assert restarted(version, FAR).stages == [S.UNKNOWN, S.OPEN, S.CANCELED]


@VERSIONS
def test_an_order_that_was_filled_before_comes_with_its_executions(version: int) -> None:
    told = restarted(version, MARKET)
    assert told.stages == [S.UNKNOWN, S.FILLED]
    assert told.last.average_price is not None


@VERSIONS
def test_an_order_that_kraken_never_got_is_rejected(version: int) -> None:
    world = TradingWorld(version=version)
    world.exchange.fail_next_request(OrderFault.LOSE_REQUEST)
    world.place(world.add_order_factory(), FAR)
    world.pass_time(1)
    world.restart()
    told = Placed(world, world.resume_order_factory()("mine"))
    world.wait(lambda: told.ended)
    assert told.stages == [S.UNKNOWN, S.REJECTED]
    assert world.exchange.orders == []


def test_the_orders_of_a_batch_tell_their_stages() -> None:
    world = TradingWorld()
    batch = BatchAdd([AddOrder("BTC/USD", "buy", "market", "0.01"), AddOrder("BTC/USD", "buy", "limit", 1, "1000.0")])
    resume_order = world.resume_order_factory()
    batch_add_factory(world.sockets, world.messages)(batch).subscribe()
    told = [Placed(world, resume_order(order.client_id, S.OPEN)) for order in batch.orders]
    world.wait(lambda: all(each.ended for each in told))
    assert [each.last.stage for each in told] == [S.FILLED, S.OPEN]


@VERSIONS
def test_whenever_the_process_ends_the_next_one_tells_the_truth(version: int) -> None:
    ends = set()
    for seed in range(40):
        random = Random(seed)
        world = TradingWorld(version=version, seed=seed, balances={"USD": 10**7})
        side = random.choice([FAR, MARKET, AddOrder("BTC/USD", "buy", "market", "2", client_id="mine")])
        world.place(world.add_order_factory(), side)
        world.pass_time(random.choice([0.0, 0.005, 0.011, 0.02, 0.05, 1.0]))
        if random.random() < 0.3:
            world.exchange.cut()
        world.restart()
        told = Placed(world, world.resume_order_factory()("mine"))
        world.pass_time(10)
        world.exchange.expire_tokens()
        for order in world.exchange.open_orders():
            cancel_order_factory(world.sockets, world.messages)(CancelOrder(order_id=order.id)).subscribe()
        world.wait(lambda told=told: told.ended)
        truth = world.exchange.placed("mine")
        assert len(truth) <= 1, seed
        if truth:
            assert (told.last.stage.value, told.last.filled) == (truth[0].state.value, truth[0].filled), seed
        else:
            assert told.last.stage is S.REJECTED, seed
        ends.add(told.last.stage)
    assert ends == {S.FILLED, S.CANCELED, S.REJECTED}
