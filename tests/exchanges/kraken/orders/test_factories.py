"""Requests about orders against the simulated Kraken, in virtual time, v2 and v1."""

from __future__ import annotations

import logging
from decimal import Decimal
from typing import Any

import pytest
from reactivex import Observable
from reactivex.notification import OnError

from rxex.errors import ConnectionClosed, InvalidArgument, NotSent, RequestTimeout
from rxex.exchanges.kraken import orders
from rxex.exchanges.kraken.orders import AddOrder, AmendOrder, BatchAdd, BatchCancel, CancelOrder, EditOrder
from rxex.exchanges.kraken.orders.factories import obstacle
from rxex.exchanges.kraken.private import subscribe_balances, subscribe_executions
from rxex.exchanges.kraken.sandbox import OrderFault
from rxex.models import Balance, Order, OrderSnapshot, Stage
from rxex.orders import OrderRefused, Refusal
from rxex.sandbox.orders import OrderState
from rxex.testing import Recording, record
from tests.exchanges.kraken.trading import Placed, TradingWorld

D = Decimal
S = Stage
VERSIONS = pytest.mark.parametrize("version", [2, 1])
FAR = AddOrder("BTC/USD", "buy", "limit", "0.01", "1000.0")


def ask(world: TradingWorld, source: Observable[Any], seconds: float = 1.0) -> Recording[Any]:
    answer = record(source, world.clock)
    world.pass_time(seconds)
    return answer


def error_of(answer: Recording[Any]) -> Exception:
    last = answer.notifications[-1][1]
    assert isinstance(last, OnError)
    return last.exception


def make(world: TradingWorld, name: str, **options: Any) -> Any:
    return getattr(orders, f"{name}_factory")(world.sockets, world.messages, scheduler=world.clock, **options)


def open_order(world: TradingWorld, **more: Any) -> Placed:
    placed = world.place(world.add_order_factory(), AddOrder("BTC/USD", "buy", "limit", "0.01", "1000.0", **more))
    world.pass_time(1)
    assert placed.last.stage is S.OPEN
    return placed


@VERSIONS
def test_an_order_that_is_filled_in_parts_tells_each_of_them(version: int) -> None:
    world = TradingWorld(version=version, balances={"USD": 10**8})
    placed = world.place(world.add_order_factory(), AddOrder("BTC/USD", "buy", "market", "3"))
    world.pass_time(3)
    assert placed.ended
    assert placed.stages[:4] == [S.SUBMITTING, S.SUBMITTED, S.PENDING, S.OPEN]
    assert set(placed.stages[4:-1]) == {S.PARTIALLY_FILLED}
    assert placed.last.stage is S.FILLED
    assert sum(fill.quantity for fill in placed.last.fills) == placed.last.filled == 3
    cost = sum(fill.price * fill.quantity for fill in placed.last.fills)
    assert placed.last.average_price == cost / 3
    assert [fee.asset for fee in placed.last.fees] == ["USD"]
    assert placed.last.fees[0].amount == sum(fill.fees[0].amount for fill in placed.last.fills) > 0
    assert world.breaches() == []


@VERSIONS
def test_an_order_that_is_only_looked_at_is_validated_or_refused_and_never_placed(version: int) -> None:
    world = TradingWorld(version=version, balances={"USD": 100})
    right = world.place(world.add_order_factory(), AddOrder("BTC/USD", "buy", "limit", "0.01", "1000", validate=True))
    wrong = world.place(world.add_order_factory(), AddOrder("BTC/USD", "buy", "limit", "9", "1000", validate=True))
    world.pass_time(1)
    assert right.stages == [S.SUBMITTING, S.SUBMITTED, S.VALIDATED]
    assert wrong.stages == [S.SUBMITTING, S.SUBMITTED, S.REJECTED]
    assert isinstance(wrong.last.error, OrderRefused)
    assert wrong.last.error.kind is Refusal.INSUFFICIENT_FUNDS
    assert (right.ended, wrong.ended) == (True, True)
    assert world.exchange.orders == []
    assert world.breaches() == []


@VERSIONS
@pytest.mark.parametrize("fault", [OrderFault.LOSE_REQUEST, OrderFault.CUT_BEFORE_ANSWER, OrderFault.LOSE_ANSWER])
def test_a_validation_whose_answer_is_lost_ends_as_unknown_and_asks_for_nothing(
    version: int, fault: OrderFault
) -> None:
    world = TradingWorld(version=version)
    world.exchange.fail_next_request(fault)
    placed = world.place(world.add_order_factory(), AddOrder("BTC/USD", "buy", "limit", "1", "1000", validate=True))
    world.pass_time(20)
    assert (placed.last.stage, placed.ended, world.asked) == (S.UNKNOWN, True, 0)
    assert world.exchange.orders == []


@VERSIONS
def test_an_order_is_amended_in_its_place(version: int) -> None:
    world = TradingWorld(version=version)
    placed = open_order(world)
    change = AmendOrder(order_id=placed.last.order_id, limit_price="1001.0", quantity="0.02")
    answer = ask(world, make(world, "amend_order")(change))
    assert isinstance(answer.values[0], orders.Amended)
    (order,) = world.exchange.orders
    assert (order.price, order.size) == (D("1001.0"), D("0.02"))
    if version == 2:
        assert (placed.last.stage, placed.last.price, placed.last.quantity) == (S.OPEN, D("1001.0"), D("0.02"))


@VERSIONS
def test_an_order_is_edited_into_another(version: int) -> None:
    world = TradingWorld(version=version)
    placed = open_order(world, client_id=None)
    edit = EditOrder(order_id=placed.last.order_id or "", symbol="BTC/USD", limit_price="999.0", quantity="0.01")
    answer = ask(world, make(world, "edit_order")(edit))
    if isinstance(answer.notifications[-1][1], OnError):
        assert isinstance(error_of(answer), OrderRefused)  # an order with a client id cannot be edited
        return
    (edited,) = answer.values
    assert edited.original_order_id == placed.last.order_id
    assert placed.last.stage is S.CANCELED
    assert placed.last.reason == "Order replaced"


@VERSIONS
def test_an_order_is_canceled_and_its_own_stream_says_so(version: int) -> None:
    world = TradingWorld(version=version)
    placed = open_order(world)
    answer = ask(world, make(world, "cancel_order")(CancelOrder(client_id=placed.client_id)))
    assert isinstance(answer.values[0], orders.Canceled)
    assert (placed.last.stage, placed.last.reason) == (S.CANCELED, "User requested")
    assert placed.ended
    again = ask(world, make(world, "cancel_order")(CancelOrder(order_id=placed.last.order_id)))
    error = error_of(again)
    assert isinstance(error, OrderRefused)
    assert error.kind is Refusal.UNKNOWN_ORDER


@VERSIONS
def test_all_orders_are_canceled(version: int) -> None:
    world = TradingWorld(version=version)
    placed = [open_order(world) for _ in range(3)]
    answer = ask(world, make(world, "cancel_all")())
    assert answer.values == [orders.CanceledAll(3)]
    assert {each.last.stage for each in placed} == {S.CANCELED}


@VERSIONS
def test_the_switch_cancels_all_orders_unless_it_is_set_again(version: int) -> None:
    world = TradingWorld(version=version)
    placed = open_order(world)
    switch = make(world, "cancel_all_orders_after")
    (told,) = ask(world, switch(10)).values
    assert (told.trigger_time - told.current_time).total_seconds() == 10
    (off,) = ask(world, switch(0)).values
    assert off.trigger_time is None
    world.pass_time(15)
    assert placed.last.stage is S.OPEN
    ask(world, switch(5), 10)
    assert placed.last.stage is S.CANCELED
    for wrong in (-1, 86_400, 1.5, True):
        with pytest.raises(InvalidArgument):
            switch(wrong)


def test_a_batch_is_placed_and_canceled() -> None:
    world = TradingWorld()
    too_small = AddOrder("BTC/USD", "buy", "limit", "9000", "1000.0")
    batch = BatchAdd([FAR, too_small, FAR])
    (placed,) = ask(world, make(world, "batch_add")(batch)).values
    assert [each.client_id for each in placed] == [order.client_id for order in batch.orders]
    assert [each.error.kind if each.error else None for each in placed] == [None, Refusal.INSUFFICIENT_FUNDS, None]
    ids = [each.order_id for each in placed if each.order_id]
    (canceled,) = ask(world, make(world, "batch_cancel")(BatchCancel(order_ids=ids))).values
    assert canceled == orders.BatchCanceled(2)
    assert {order.state for order in world.exchange.orders} == {OrderState.CANCELED}


def test_v1_has_no_batches() -> None:
    world = TradingWorld(version=1)
    for name in ("batch_add", "batch_cancel"):
        with pytest.raises(InvalidArgument, match="use version 2"):
            make(world, name)


@VERSIONS
def test_a_request_that_gets_lost_is_a_time_out_or_a_break_and_is_not_sent_again(version: int) -> None:
    world = TradingWorld(version=version)
    open_order(world)
    for fault, kind in ((OrderFault.LOSE_ANSWER, RequestTimeout), (OrderFault.CUT_BEFORE_ANSWER, ConnectionClosed)):
        world.exchange.fail_next_request(fault)
        answer = ask(world, make(world, "cancel_all")(), 8)
        assert isinstance(error_of(answer), kind)
    assert [record.method for record in world.exchange.order_requests][1:] in (["cancel_all"] * 2, ["cancelAll"] * 2)


@VERSIONS
@pytest.mark.parametrize("state", ["maintenance", "cancel_only", "post_only"])
def test_what_the_exchange_would_refuse_now_is_not_sent(version: int, state: str) -> None:
    world = TradingWorld(version=version)
    world.exchange.set_status(state)
    world.pass_time(1)
    taking = world.place(world.add_order_factory(), FAR)
    resting = world.place(
        world.add_order_factory(), AddOrder("BTC/USD", "buy", "limit", "0.01", "1000.0", post_only=True)
    )
    cancel = ask(world, make(world, "cancel_all")())
    assert taking.last.stage is S.NOT_SENT
    assert state in taking.last.reason
    assert (resting.last.stage is S.NOT_SENT) is (state != "post_only")
    if state == "maintenance":
        assert isinstance(error_of(cancel), NotSent)
    else:
        assert cancel.values


def test_obstacles_are_told_by_request_and_state() -> None:
    assert obstacle("add_order", "online") == ""
    assert obstacle("cancel_order", "cancel_only") == ""
    assert "post_only" in obstacle("add_order", "post_only")
    assert obstacle("add_order", "post_only", post_only=True) == ""
    assert obstacle("batch_cancel", "maintenance")


@VERSIONS
def test_too_many_digits_are_refused_before_anything_is_sent(version: int) -> None:
    world = TradingWorld(version=version)
    add_order = world.add_order_factory(precision={"BTC/USD": (1, 8)}.get)
    for wrong in (("0.000000001", "1000.0"), ("0.01", "1000.01")):
        with pytest.raises(InvalidArgument, match="digits"):
            add_order(AddOrder("BTC/USD", "buy", "limit", *wrong))
    add_order(AddOrder("BTC/USD", "buy", "limit", "0.0100000000", "1000.000"))
    add_order(AddOrder("ETH/USD", "buy", "limit", "0.0100000001", "1000.001"))
    trailing = {"trigger_price": "0.255", "trigger_price_type": "pct"}
    add_order(AddOrder("BTC/USD", "sell", "trailing-stop", "0.01", **trailing))
    assert world.exchange.orders == []


def test_what_v1_does_not_have_is_refused_before_anything_is_sent() -> None:
    world = TradingWorld(version=1)
    with pytest.raises(InvalidArgument, match="use version 2"):
        world.add_order_factory()(AddOrder("BTC/USD", "buy", "iceberg", "15", "1", display_quantity="1"))


@VERSIONS
def test_the_token_shows_nowhere(version: int, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    world = TradingWorld(version=version)
    events = record(world.connection, world.clock)
    placed = open_order(world)
    ask(world, make(world, "cancel_order")(CancelOrder(order_id="O-UNKNOWN")))
    world.exchange.cut()
    world.pass_time(2)
    seen = repr((events.notifications, placed.orders, world.sockets.current, world.sockets)) + caplog.text
    assert len(world.tokens) == 2
    assert not any(token in seen for token in world.tokens)


# The switch, kept alive


@VERSIONS
def test_the_switch_is_kept_alive_while_somebody_is_subscribed_and_disarmed_after(version: int) -> None:
    world = TradingWorld(version=version)
    placed = open_order(world)
    kept = record(
        world.sockets.pipe(orders.dead_mans_switch(world.messages, timeout=10, every=4.0, scheduler=world.clock)),
        world.clock,
    )
    world.pass_time(60)
    assert len(kept.values) == 15
    assert placed.last.stage is S.OPEN
    kept.dispose()
    world.pass_time(30)
    assert placed.last.stage is S.OPEN
    last = world.exchange.order_requests[-1]
    assert last.request["timeout"] == 0


@VERSIONS
def test_the_switch_is_set_at_once_on_the_next_socket_and_fires_without_one(version: int) -> None:
    world = TradingWorld(version=version)
    placed = open_order(world)
    switch = orders.dead_mans_switch(world.messages, timeout=10, every=4.0, disarm=False, scheduler=world.clock)
    kept = record(world.sockets.pipe(switch), world.clock)
    world.pass_time(5)
    world.exchange.cut()
    world.pass_time(1.5)
    assert len(kept.values) == 3
    kept.dispose()
    world.pass_time(15)
    assert placed.last.stage is S.CANCELED
    assert placed.last.reason == "Cancel all orders after"


def test_a_switch_that_is_refused_for_good_ends_and_one_that_fails_for_now_goes_on() -> None:
    world = TradingWorld()
    switch = orders.dead_mans_switch(world.messages, timeout=60, every=10.0, scheduler=world.clock)
    world.exchange.fail_next_request(OrderFault.LOSE_ANSWER)
    kept = record(world.sockets.pipe(switch), world.clock)
    world.pass_time(12)
    assert len(kept.values) == 1
    world.exchange.expire_tokens()
    world.pass_time(10)
    assert isinstance(error_of(kept), OrderRefused)
    for every in (0.0, 60.0):
        with pytest.raises(InvalidArgument):
            orders.dead_mans_switch(world.messages, timeout=60, every=every)


# The channels, against the exchange


def test_executions_and_balances_are_shared_and_tell_what_the_exchange_has() -> None:
    world = TradingWorld(balances={"USD": 10**6})
    executions = record(world.sockets.pipe(subscribe_executions(world.messages)), world.clock)
    balances = record(world.sockets.pipe(subscribe_balances(world.messages)), world.clock)
    world.pass_time(1)
    assert executions.values == [OrderSnapshot((), (), None, executions.values[0].received)]
    placed = world.place(world.add_order_factory(), AddOrder("BTC/USD", "buy", "market", "0.01"))
    world.pass_time(2)
    assert placed.last.stage is S.FILLED
    last: dict[str, Balance] = {balance.asset: balance for balance in balances.values}
    assert last["USD"].total == world.exchange.balance("USD")
    assert last["BTC"].total == world.exchange.balance("BTC") == D("0.01")
    subscribed = [event for event in world.events if getattr(event, "state", None) == "requested"]
    assert [event.channel for event in subscribed] == ["executions", "balances"]


def test_orders_of_before_are_in_the_first_snapshot() -> None:
    world = TradingWorld()
    placed: list[Order] = open_order(world).orders
    executions = record(world.sockets.pipe(subscribe_executions(world.messages)), world.clock)
    world.exchange.cut()
    world.pass_time(3)
    (snapshot,) = [item for item in executions.values if isinstance(item, OrderSnapshot)]
    assert [row.order_id for row in snapshot.open] == [placed[-1].order_id]
