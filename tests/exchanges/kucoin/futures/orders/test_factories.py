"""Requests about futures orders against the simulated KuCoin, in virtual time, over REST and through the gateway."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from reactivex import Observable
from reactivex.notification import OnError

from rxex.errors import InvalidArgument, RequestTimeout
from rxex.exchanges.kucoin.futures import private
from rxex.exchanges.kucoin.futures.orders import AddOrder, AddStopOrder, BatchAdd, BatchCancel, Canceled, CancelOrder
from rxex.exchanges.kucoin.futures.position_models import Position
from rxex.exchanges.kucoin.orders import CanceledAll
from rxex.exchanges.kucoin.sandbox import OrderFault
from rxex.models import OrderSnapshot, Stage
from rxex.orders import OrderRefused, Refusal
from rxex.testing import Recording, record
from tests.exchanges.kucoin.futures.trading import FuturesWorld
from tests.exchanges.kucoin.gateway.worlds import GatewayWorld
from tests.exchanges.kucoin.trading import Placed

D = Decimal
S = Stage
FAR = AddOrder("XBTUSDTM", "buy", "limit", "1", "1000", leverage=3)


class FuturesGatewayWorld(FuturesWorld, GatewayWorld):
    """Futures orders through the gateway."""


WAYS = pytest.mark.parametrize("world_of", [FuturesWorld, FuturesGatewayWorld], ids=["rest", "gateway"])


def ask(world: FuturesWorld, source: Observable[Any], seconds: float = 1.0) -> Recording[Any]:
    answer = record(source, world.clock)
    world.pass_time(seconds)
    return answer


def open_order(world: Any) -> Placed:
    placed: Placed = world.place(world.add_order_factory(), FAR)
    world.pass_time(1)
    assert placed.last.stage is S.OPEN
    return placed


@WAYS
def test_an_order_is_filled_in_lots_with_its_fees(world_of: Any) -> None:
    world = world_of()
    placed = world.place(world.add_order_factory(), AddOrder("XBTUSDTM", "buy", "market", "3000", leverage=5))
    world.pass_time(5)
    last = placed.last
    assert (last.stage, last.filled) == (S.FILLED, 3000)
    assert len(last.fills) > 1
    assert last.fees[0].asset == "USDT"
    assert last.fees[0].amount == sum(fill.fees[0].amount for fill in last.fills) > 0
    assert world.breaches() == []


@WAYS
def test_an_order_is_canceled_by_either_id(world_of: Any) -> None:
    world = world_of()
    cancel = world.make("cancel_order")
    for by_id in (True, False):
        placed = open_order(world)
        ids = {"order_id": placed.last.order_id} if by_id else {"client_id": placed.client_id}
        (canceled,) = ask(world, cancel(CancelOrder(**ids))).values
        assert isinstance(canceled, Canceled)
        assert not canceled.is_over
        assert placed.last.stage is S.CANCELED
        (again,) = ask(world, cancel(CancelOrder(**ids))).values
        assert again.is_over
    with pytest.raises(InvalidArgument, match="name it"):
        cancel(CancelOrder(client_id="unknown"))


def test_all_orders_in_a_contract_are_canceled() -> None:
    world = FuturesWorld()
    placed = [open_order(world) for _ in range(2)]
    assert ask(world, world.make("cancel_all")("XBTUSDTM")).values == [CanceledAll(("XBTUSDTM",))]
    assert {each.last.stage for each in placed} == {S.CANCELED}


@WAYS
def test_a_batch_is_placed_and_canceled_each_on_its_own(world_of: Any) -> None:
    world = world_of()
    dear = AddOrder("XBTUSDTM", "buy", "limit", "900000000", "1000", leverage=1)
    batch = BatchAdd([FAR, dear, FAR])
    (placed,) = ask(world, world.make("batch_add")(batch)).values
    assert [each.client_id for each in placed] == [order.client_id for order in batch.orders]
    assert [each.error is None for each in placed] == [True, False, True]
    assert placed[1].error.kind is Refusal.INSUFFICIENT_FUNDS
    ids = [each.order_id for each in placed if each.order_id]
    (canceled,) = ask(world, world.make("batch_cancel")(BatchCancel(order_ids=ids))).values
    assert [each.error for each in canceled] == [None, None]
    assert not any(order.is_open for order in world.exchange.orders)


def test_an_order_of_an_earlier_program_is_followed_again() -> None:
    world = FuturesWorld()
    placed = open_order(world)
    placed.subscription.dispose()
    told: list[Any] = []
    world.make("resume_order")(placed.client_id).subscribe(told.append)
    world.pass_time(1)
    assert [order.stage for order in told] == [S.UNKNOWN, S.OPEN]
    assert told[-1].order_id == placed.last.order_id


def test_an_order_is_only_looked_at_where_that_is_wanted() -> None:
    world = FuturesWorld()
    request = AddOrder("XBTUSDTM", "buy", "limit", "1", "1000", leverage=3, validate=True)
    placed = world.place(world.add_order_factory(), request)
    world.pass_time(1)
    assert placed.stages == [S.SUBMITTING, S.SUBMITTED, S.VALIDATED]
    assert world.exchange.orders == []


def test_stop_orders_are_told_and_canceled() -> None:
    world = FuturesWorld()
    told: list[Any] = []
    world.sockets.pipe(private.subscribe_stop_orders(world.messages, symbol="XBTUSDTM")).subscribe(told.append)
    world.pass_time(0.5)
    request = AddStopOrder("XBTUSDTM", "sell", "market", "1", fall_price="1000", leverage=3)
    (placed,) = ask(world, world.make("add_stop_order")(request)).values
    assert placed.client_id == request.client_id
    assert [(each.order_id, each.state) for each in told] == [(placed.order_id, "open")]
    assert ask(world, world.make("cancel_stop_orders")("XBTUSDTM")).values == [CanceledAll(("XBTUSDTM",))]
    assert told[-1].state == "cancel"
    assert ask(world, world.make("cancel_stop_orders")()).values == [CanceledAll(None)]


@WAYS
@pytest.mark.parametrize("fault", list(OrderFault), ids=[fault.value for fault in OrderFault])
def test_whatever_goes_wrong_around_an_order_it_ends_with_the_truth(world_of: Any, fault: OrderFault) -> None:
    world = world_of()
    world.exchange.fail_next_request(fault)
    placed = world.place(world.add_order_factory(), AddOrder("XBTUSDTM", "buy", "market", "1", leverage=3))
    world.pass_time(150)
    assert placed.ended
    never = fault in {OrderFault.LOSE_REQUEST, OrderFault.CUT_BEFORE}
    assert placed.last.stage is (S.REJECTED if never else S.FILLED)
    assert len(world.exchange.order_requests) == 1
    assert world.breaches() == []


def test_an_order_with_exits_is_placed_at_once_and_its_exits_wait() -> None:
    world = FuturesWorld()
    told: list[Any] = []
    world.sockets.pipe(private.subscribe_stop_orders(world.messages)).subscribe(told.append)
    world.pass_time(0.5)
    request = AddOrder("XBTUSDTM", "buy", "market", "1", leverage=3, take_profit_price="90000", stop_loss_price="30000")
    placed = world.place(world.add_order_factory(), request)
    world.pass_time(3)
    assert placed.last.stage is S.FILLED
    assert {(each.stop, each.trigger_price, each.side) for each in told} == {
        ("up", D(90000), None),
        ("down", D(30000), None),
    }


def test_an_id_that_was_used_for_the_same_order_tells_of_that_order_and_for_another_one_is_refused() -> None:
    world = FuturesWorld()
    mine = AddOrder("XBTUSDTM", "buy", "limit", "1", "1000", leverage=3, client_id="mine")
    first = Placed(world, world.add_order_factory()(mine))
    world.pass_time(1)
    again = Placed(world, world.add_order_factory()(mine))
    other = AddOrder("XBTUSDTM", "buy", "limit", "2", "1000", leverage=3, client_id="mine")
    refused = Placed(world, world.add_order_factory()(other))
    world.pass_time(1)
    assert (again.last.stage, again.last.order_id) == (S.OPEN, first.last.order_id)
    assert isinstance(refused.last.error, OrderRefused)
    assert refused.last.error.kind is Refusal.DUPLICATE_CLIENT_ID
    assert len(world.exchange.orders) == 1


def test_positions_and_open_orders_begin_with_what_is_there() -> None:
    world = FuturesWorld()
    resting = open_order(world)
    world.place(world.add_order_factory(), AddOrder("XBTUSDTM", "sell", "market", "5", leverage=3))
    world.pass_time(3)
    told: list[Any] = []
    world.sockets.pipe(private.subscribe_positions(world.messages, rest=world.rest)).subscribe(told.append)
    world.sockets.pipe(private.subscribe_executions(world.messages, rest=world.rest)).subscribe(told.append)
    world.pass_time(1)
    position = next(item for item in told if isinstance(item, Position))
    assert (position.symbol, position.quantity, position.is_open) == ("XBTUSDTM", D(-5), True)
    snapshot = next(item for item in told if isinstance(item, OrderSnapshot))
    assert [row.order_id for row in snapshot.open] == [resting.last.order_id]


def test_digits_and_times_are_checked() -> None:
    world = FuturesWorld()
    add_order = world.add_order_factory(precision=lambda _: (1, 0))
    with pytest.raises(InvalidArgument, match="digits after the point"):
        add_order(AddOrder("XBTUSDTM", "buy", "limit", "1", "1000.05"))
    for name in ("cancel_order", "cancel_all", "batch_add", "batch_cancel", "add_stop_order", "cancel_stop_orders"):
        with pytest.raises(InvalidArgument):
            world.make(name, timeout=0.0)
    slow = FuturesWorld(latency=(9.0, 9.0))
    last = ask(slow, slow.make("cancel_all", timeout=2.0)("XBTUSDTM"), 3).notifications[-1][1]
    assert isinstance(last, OnError)
    assert isinstance(last.exception, RequestTimeout)
