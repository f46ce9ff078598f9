"""Requests about orders against the simulated KuCoin, in virtual time, over REST and through the gateway."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
import reactivex as rx
from reactivex import Observable
from reactivex.notification import OnError

from rxex.errors import AnswerLost, InvalidArgument, NotSent, RequestTimeout
from rxex.exchanges.kucoin import private
from rxex.exchanges.kucoin.orders import (
    AddOrder,
    AddStopOrder,
    AmendOrder,
    BatchAdd,
    Canceled,
    CanceledAll,
    CancelOrder,
    CancelStopOrder,
    add_order_factory,
    dead_mans_switch,
)
from rxex.exchanges.kucoin.rest.refusals import refused
from rxex.exchanges.kucoin.sandbox import OrderFault
from rxex.models import Balance, OrderSnapshot, Stage
from rxex.orders import OrderRefused, Refusal
from rxex.testing import Recording, record
from tests.exchanges.kucoin.gateway.worlds import GatewayWorld
from tests.exchanges.kucoin.trading import Placed, TradingWorld

D = Decimal
S = Stage
FAR = AddOrder("BTC-USDT", "buy", "limit", "0.01", "1000.0")
WAYS = pytest.mark.parametrize("world_of", [TradingWorld, GatewayWorld], ids=["rest", "gateway"])


def ask(world: TradingWorld, source: Observable[Any], seconds: float = 1.0) -> Recording[Any]:
    answer = record(source, world.clock)
    world.pass_time(seconds)
    return answer


def error_of(answer: Recording[Any]) -> Exception:
    last = answer.notifications[-1][1]
    assert isinstance(last, OnError)
    return last.exception


def open_order(world: TradingWorld, request: AddOrder = FAR, **options: Any) -> Placed:
    placed = world.place(world.add_order_factory(**options), request)
    world.pass_time(1)
    assert placed.last.stage is S.OPEN
    return placed


@WAYS
def test_an_order_that_is_filled_in_parts_tells_each_of_them_and_what_it_cost(world_of: Any) -> None:
    world = world_of(balances={"USDT": 10**8})
    placed = world.place(world.add_order_factory(), AddOrder("BTC-USDT", "buy", "market", "3"))
    world.pass_time(5)
    assert placed.ended
    assert placed.stages[:3] == [S.SUBMITTING, S.SUBMITTED, S.PENDING]
    assert set(placed.stages[3:-1]) == {S.PARTIALLY_FILLED}
    last = placed.last
    assert last.stage is S.FILLED
    assert sum(fill.quantity for fill in last.fills) == last.filled == 3
    assert last.average_price == sum(fill.price * fill.quantity for fill in last.fills) / 3
    assert last.fees[0].asset == "USDT"
    assert last.fees[0].amount == sum(fill.fees[0].amount for fill in last.fills) > 0
    assert world.breaches() == []


@WAYS
def test_a_purchase_for_money_is_filled_though_the_exchange_calls_it_canceled(world_of: Any) -> None:
    world = world_of()
    placed = world.place(world.add_order_factory(), AddOrder("BTC-USDT", "buy", "market", cash_quantity="1000"))
    world.pass_time(5)
    assert (placed.last.stage, placed.last.quantity) == (S.FILLED, None)
    cost = sum(fill.price * fill.quantity for fill in placed.last.fills)
    assert 990 < cost <= 1000
    assert world.breaches() == []


@WAYS
def test_an_order_that_was_waited_for_is_known_from_its_answer(world_of: Any) -> None:
    world = world_of(latency=(0.2, 0.2))
    world.exchange.hold_events()
    add_order = world.add_order_factory(sync=True)
    resting = world.place(add_order, FAR)
    world.pass_time(1)
    assert resting.stages == [S.SUBMITTING, S.SUBMITTED, S.OPEN]
    taking = world.place(add_order, AddOrder("BTC-USDT", "sell", "market", "0.01"))
    world.pass_time(4)
    # Its executions are asked for where they do not come.
    assert taking.last.stage is S.FILLED
    assert taking.last.fees
    world.exchange.release_events()
    world.pass_time(1)
    assert resting.last.stage is S.OPEN


@WAYS
def test_an_order_is_canceled_by_either_id_and_its_own_stream_says_so(world_of: Any) -> None:
    world = world_of()
    for by_id in (True, False):
        placed = open_order(world)
        ids = {"order_id": placed.last.order_id} if by_id else {"client_id": placed.client_id}
        answer = ask(world, world.make("cancel_order", sync=by_id)(CancelOrder(**ids)))
        (canceled,) = answer.values
        assert isinstance(canceled, Canceled)
        assert not canceled.is_over
        assert placed.last.stage is S.CANCELED
        assert placed.ended
        (again,) = ask(world, world.make("cancel_order")(CancelOrder(**ids))).values
        assert again.is_over


def rest_gives(world: TradingWorld, answer: Observable[Any]) -> None:
    """Have REST answer everything with this from now on."""
    client: Any = world.rest
    client.call = lambda _endpoint, _parameters: answer


@pytest.mark.parametrize(
    "text", ["order_not_exist_or_not_allow_to_cancel", "Order not exist or not allow to be cancelled"]
)
def test_a_race_of_a_cancel_with_a_fill_is_no_error_in_either_wording(text: str) -> None:
    world = TradingWorld()
    rest_gives(world, rx.throw(refused("cancel_order", "400100", text, {"code": "400100"})))
    cancel = world.make("cancel_order")(CancelOrder(symbol="BTC-USDT", order_id="O1"))
    assert ask(world, cancel).values == [Canceled("O1", None, is_over=True)]


def test_a_cancel_that_is_refused_for_another_reason_ends_with_it() -> None:
    world = TradingWorld()
    error = refused("cancel_order", "200002", "cancelling suspended", {"code": "200002"})
    rest_gives(world, rx.throw(error))
    answer = ask(world, world.make("cancel_order")(CancelOrder(symbol="BTC-USDT", order_id="O1")))
    assert error_of(answer) is error


def test_a_part_of_an_order_is_taken_off_and_the_rest_stays() -> None:
    world = TradingWorld()
    placed = open_order(world)
    answer = ask(world, world.make("cancel_order")(CancelOrder(order_id=placed.last.order_id, quantity="0.004")))
    assert answer.values
    assert (placed.last.stage, placed.last.quantity) == (S.OPEN, D("0.006"))


def test_the_symbol_of_an_order_that_was_placed_elsewhere_has_to_be_told() -> None:
    world = TradingWorld()
    placed = open_order(world)
    for name, request in (
        ("cancel_order", CancelOrder(order_id="unknown")),
        ("amend_order", AmendOrder(client_id="unknown", quantity=1)),
    ):
        with pytest.raises(InvalidArgument, match="was not placed on this connection"):
            world.make(name)(request)
    told = CancelOrder(symbol="BTC-USDT", order_id=placed.last.order_id)
    assert ask(world, world.make("cancel_order")(told)).values


@WAYS
def test_an_order_that_is_changed_goes_on_under_its_new_id(world_of: Any) -> None:
    world = world_of()
    placed = open_order(world)
    first = placed.last.order_id
    change = AmendOrder(client_id=placed.client_id, limit_price="1001.0", quantity="0.02")
    (amended,) = ask(world, world.make("amend_order")(change)).values
    assert (amended.original_order_id, amended.client_id) == (first, placed.client_id)
    assert amended.order_id != first
    last = placed.last
    assert (last.stage, last.order_id, last.price, last.quantity) == (S.OPEN, amended.order_id, D(1001), D("0.02"))
    assert S.CANCELED not in placed.stages
    ask(world, world.make("cancel_order")(CancelOrder(client_id=placed.client_id)))
    assert placed.last.stage is S.CANCELED
    assert placed.ended


def test_a_change_that_fills_counts_what_was_traded_before() -> None:
    world = TradingWorld(balances={"USDT": 10**8})
    first = world.place(world.add_order_factory(), AddOrder("BTC-USDT", "buy", "market", "0.01"))
    world.pass_time(2)
    price = first.last.average_price
    assert price is not None
    placed = world.place(world.add_order_factory(), AddOrder("BTC-USDT", "buy", "limit", "30", f"{price:.1f}"))
    world.wait(lambda: 0 < placed.last.filled < 30, most=120, step=0.25)
    before = placed.last.filled
    change = AmendOrder(client_id=placed.client_id, limit_price=f"{price * 2:.1f}", quantity="1")
    assert ask(world, world.make("amend_order")(change)).values
    world.pass_time(5)
    last = placed.last
    assert last.stage is S.FILLED
    assert before <= last.filled - 1 < 30
    assert last.quantity == last.filled == sum(fill.quantity for fill in last.fills)
    assert len({fill.order_id for fill in last.fills}) == 2
    assert last.fees[0].amount == sum(fill.fees[0].amount for fill in last.fills)


@pytest.mark.parametrize("fault", ["LOSE_ANSWER", "CUT_BEFORE_ANSWER", "SERVER_ERROR", "LOSE_REQUEST"])
def test_a_change_whose_answer_is_lost_is_resolved_by_the_client_id(fault: str) -> None:
    world = TradingWorld()
    placed = open_order(world)
    world.exchange.fail_next_request(OrderFault[fault])
    answer = ask(world, world.make("amend_order")(AmendOrder(client_id=placed.client_id, quantity="0.02")), 8)
    assert isinstance(error_of(answer), AnswerLost | RequestTimeout)
    world.pass_time(10)
    live = next(order for order in world.exchange.orders if order.is_open)
    assert (placed.last.stage, placed.last.order_id) == (S.OPEN, live.id)
    assert placed.last.quantity == live.size
    ask(world, world.make("cancel_order")(CancelOrder(client_id=placed.client_id)), 3)
    assert placed.last.stage is S.CANCELED


def test_a_change_that_is_refused_leaves_the_order_as_it_is() -> None:
    world = TradingWorld()
    placed = open_order(world)
    answer = ask(world, world.make("amend_order")(AmendOrder(client_id=placed.client_id, quantity="999999")))
    assert isinstance(error_of(answer), OrderRefused)
    live = [order for order in world.exchange.orders if order.is_open]
    assert [order.id for order in live] == [placed.last.order_id]
    assert placed.last.stage is S.OPEN


def test_who_leaves_before_the_answer_to_a_change_leaves_the_order_honest() -> None:
    world = TradingWorld(latency=(0.5, 0.5))
    placed = world.place(world.add_order_factory(), FAR)
    world.pass_time(3)
    waiting = world.make("amend_order")(AmendOrder(client_id=placed.client_id, quantity="0.02")).subscribe()
    world.pass_time(0.1)
    waiting.dispose()
    world.pass_time(10)
    live = next(order for order in world.exchange.orders if order.is_open)
    assert (placed.last.stage, placed.last.order_id) == (S.OPEN, live.id)


def test_all_orders_are_canceled_or_those_of_a_symbol() -> None:
    world = TradingWorld()
    placed = [open_order(world) for _ in range(2)]
    cancel_all = world.make("cancel_all")
    assert ask(world, cancel_all()).values == [CanceledAll(("BTC-USDT",))]
    assert {each.last.stage for each in placed} == {S.CANCELED}
    other = open_order(world)
    assert ask(world, cancel_all("BTC-USDT")).values == [CanceledAll(("BTC-USDT",))]
    assert other.last.stage is S.CANCELED


def test_the_switch_cancels_all_orders_unless_it_is_set_again() -> None:
    world = TradingWorld()
    placed = open_order(world)
    switch = world.make("cancel_all_orders_after")
    (told,) = ask(world, switch(10)).values
    assert told.trigger - told.now == 10 * 10**9
    (off,) = ask(world, switch(0)).values
    assert off.trigger is None
    world.pass_time(15)
    assert placed.last.stage is S.OPEN
    ask(world, switch(5), 10)
    assert placed.stages[-2:] == [S.OPEN, S.CANCELED]
    with pytest.raises(InvalidArgument):
        switch(3)


def keep_switch(world: TradingWorld, **options: Any) -> Recording[Any]:
    options = {"timeout": 10, "every": 4.0, "rest": world.rest, "scheduler": world.clock} | options
    return record(world.sockets.pipe(dead_mans_switch(world.messages, **options)), world.clock)


def test_the_switch_is_kept_alive_while_somebody_is_subscribed_and_disarmed_after() -> None:
    world = TradingWorld()
    placed = open_order(world)
    kept = keep_switch(world)
    world.pass_time(58)
    assert len(kept.values) == 15
    kept.dispose()
    world.pass_time(30)
    assert placed.last.stage is S.OPEN


def test_the_switch_cancels_all_orders_of_a_program_that_died() -> None:
    world = TradingWorld()
    placed = open_order(world)
    kept = keep_switch(world, disarm=False, symbols=["BTC-USDT"])
    world.pass_time(5)
    world.exchange.cut()
    world.pass_time(1.5)
    assert len(kept.values) == 3
    kept.dispose()
    world.pass_time(15)
    assert placed.last.stage is S.CANCELED


@pytest.mark.parametrize("options", [{"every": 10.0}, {"every": 0.0}, {"timeout": 3, "every": 1.0}])
def test_a_switch_that_could_not_be_kept_alive_is_refused_at_once(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgument):
        keep_switch(TradingWorld(), **options)


@pytest.mark.parametrize("sync", [False, True])
def test_a_batch_is_placed_each_on_its_own(sync: bool) -> None:  # noqa: FBT001
    world = TradingWorld()
    dear = AddOrder("BTC-USDT", "buy", "limit", "9000", "1000.0")
    batch = BatchAdd([FAR, dear, FAR])
    told: list[Any] = []
    resume = world.make("resume_order")
    (placed,) = ask(world, world.make("batch_add", sync=sync)(batch)).values
    assert [each.client_id for each in placed] == [order.client_id for order in batch.orders]
    assert [each.error is None for each in placed] == [True, False, True]
    assert placed[1].error.kind is Refusal.INSUFFICIENT_FUNDS
    resume(batch.orders[0].client_id).subscribe(told.append)
    world.pass_time(2)
    assert (told[-1].stage, told[-1].order_id) == (S.OPEN, placed[0].order_id)
    assert ask(world, world.make("cancel_order")(CancelOrder(client_id=placed[0].client_id))).values
    assert told[-1].stage is S.CANCELED


def test_an_order_is_only_looked_at_where_that_is_wanted() -> None:
    world = TradingWorld()
    add_order = world.add_order_factory()
    good = world.place(add_order, AddOrder("BTC-USDT", "buy", "limit", "0.01", "1000.0", validate=True))
    dear = world.place(add_order, AddOrder("BTC-USDT", "buy", "limit", "9000", "1000.0", validate=True))
    world.pass_time(1)
    assert good.stages == [S.SUBMITTING, S.SUBMITTED, S.VALIDATED]
    assert dear.last.stage is S.REJECTED
    assert world.exchange.orders == []


def test_margin_orders_go_their_own_way_and_are_followed_like_others() -> None:
    world = TradingWorld()
    add_order = world.add_order_factory(margin=True)
    cross = world.place(add_order, AddOrder("BTC-USDT", "buy", "limit", "0.01", "1000.0", margin=True))
    isolated = world.place(add_order, AddOrder("BTC-USDT", "buy", "market", "0.01", margin=True, isolated=True))
    world.pass_time(3)
    assert cross.stages[-1:] == [S.OPEN]
    assert isolated.last.stage is S.FILLED
    assert isolated.last.fees
    world.exchange.cut()
    world.pass_time(0.2)
    assert cross.stages[-1:] == [S.UNKNOWN]
    world.pass_time(5)
    assert cross.stages[-1:] == [S.OPEN]
    ask(world, world.make("cancel_order")(CancelOrder(client_id=cross.client_id)))
    assert cross.last.stage is S.CANCELED
    assert world.breaches() == []


def test_a_stop_order_waits_and_is_canceled_by_either_id() -> None:
    world = TradingWorld()
    told: list[Any] = []
    world.sockets.pipe(private.subscribe_stop_orders(world.messages)).subscribe(told.append)
    world.pass_time(0.5)
    request = AddStopOrder("BTC-USDT", "sell", "market", "0.01", trigger_price="1000.0")
    (placed,) = ask(world, world.make("add_stop_order")(request)).values
    assert placed.client_id == request.client_id
    assert [(each.order_id, each.state) for each in told] == [(placed.order_id, "open")]
    cancel = world.make("cancel_stop_order")
    assert not ask(world, cancel(CancelStopOrder(order_id=placed.order_id))).values[0].is_over
    assert told[-1].state == "cancel"
    other = AddStopOrder("BTC-USDT", "sell", "market", "0.01", trigger_price="1000.0")
    ask(world, world.make("add_stop_order")(other))
    assert ask(world, cancel(CancelStopOrder(client_id=other.client_id, symbol="BTC-USDT"))).values
    assert [each.state for each in told] == ["open", "cancel"] * 2


# What can go wrong


@WAYS
@pytest.mark.parametrize("fault", list(OrderFault), ids=[fault.value for fault in OrderFault])
def test_whatever_goes_wrong_around_an_order_it_ends_with_the_truth_and_was_sent_once(
    world_of: Any, fault: OrderFault
) -> None:
    world = world_of()
    if world_of is GatewayWorld:
        world.pass_time(1)
    world.exchange.fail_next_request(fault)
    placed = world.place(world.add_order_factory(), AddOrder("BTC-USDT", "buy", "market", "0.01"))
    world.pass_time(150)
    assert placed.ended
    never = fault in {OrderFault.LOSE_REQUEST, OrderFault.CUT_BEFORE}
    assert placed.last.stage is (S.REJECTED if never else S.FILLED)
    assert len(world.exchange.order_requests) == 1
    assert len(world.exchange.orders) == (not never)
    assert world.breaches() == []


def test_an_id_that_was_used_for_the_same_order_tells_of_that_order_and_for_another_one_is_refused() -> None:
    world = TradingWorld()
    mine = AddOrder("BTC-USDT", "buy", "limit", "0.01", "1000.0", client_id="mine")
    first = Placed(world, world.add_order_factory()(mine))
    world.pass_time(1)
    again = Placed(world, world.add_order_factory()(mine))  # as a program does that has forgotten
    other = AddOrder("BTC-USDT", "buy", "limit", "0.02", "1000.0", client_id="mine")
    refused = Placed(world, world.add_order_factory()(other))
    world.pass_time(1)
    assert (again.last.stage, again.last.order_id) == (S.OPEN, first.last.order_id)
    assert refused.last.stage is S.REJECTED
    assert isinstance(refused.last.error, OrderRefused)
    assert refused.last.error.kind is Refusal.DUPLICATE_CLIENT_ID
    here = world.add_order_factory()
    one, two = Placed(world, here(other)), Placed(world, here(other))
    assert two.last.stage is S.NOT_SENT
    one.subscription.dispose()
    assert len(world.exchange.orders) == 1


def test_a_refusal_has_the_exchange_s_text_and_our_name_for_it() -> None:
    world = TradingWorld(balances={"USDT": 1})
    placed = world.place(world.add_order_factory(), AddOrder("BTC-USDT", "buy", "limit", "1", "1000.0"))
    world.pass_time(1)
    assert placed.last.stage is S.REJECTED
    error = placed.last.error
    assert isinstance(error, OrderRefused)
    assert (error.kind, error.reason) == (Refusal.INSUFFICIENT_FUNDS, "102421: Balance insufficient!")
    assert placed.last.reason == error.reason


def test_without_a_socket_or_before_its_executions_are_heard_nothing_is_sent() -> None:
    world = TradingWorld(connect=False)
    early = world.place(world.add_order_factory(), FAR)
    world.pass_time(2)
    assert early.stages == [S.SUBMITTING, S.NOT_SENT]
    world.connection.connect()
    world.pass_time(1)
    rest_gives(world, rx.never())
    unheard = world.place(world.add_order_factory(timeout=2.0), FAR)
    world.pass_time(3)
    assert unheard.stages == [S.SUBMITTING, S.NOT_SENT]
    assert isinstance(unheard.last.error, NotSent)
    assert world.exchange.order_requests == []


def test_digits_that_kucoin_does_not_take_are_refused_at_once() -> None:
    world = TradingWorld()
    add_order = world.add_order_factory(precision=lambda _: (1, 8))
    for wrong in (("0.01", "1000.05"), ("0.000000001", "1000.0")):
        with pytest.raises(InvalidArgument, match="digits after the point"):
            add_order(AddOrder("BTC-USDT", "buy", "limit", *wrong))
        with pytest.raises(InvalidArgument):
            world.make("batch_add", precision=lambda _: (1, 8))(
                BatchAdd([AddOrder("BTC-USDT", "buy", "limit", *wrong), FAR])
            )


def test_without_a_client_there_are_no_orders_and_one_that_was_given_once_serves_all() -> None:
    world = TradingWorld()
    with pytest.raises(InvalidArgument, match="give a client"):
        add_order_factory(world.sockets, world.messages)
    add_order_factory(world.sockets, world.messages, rest=world.rest)
    add_order_factory(world.sockets, world.messages)


def test_time_outs_have_to_be_times() -> None:
    world = TradingWorld()
    for name in ("amend_order", "cancel_order", "cancel_all", "batch_add", "add_stop_order", "cancel_stop_order"):
        with pytest.raises(InvalidArgument):
            world.make(name, timeout=0.0)


def test_an_answer_that_does_not_come_is_a_time_out() -> None:
    world = TradingWorld(latency=(9.0, 9.0))
    answer = ask(world, world.make("cancel_all", timeout=2.0)(), 3)
    assert isinstance(error_of(answer), RequestTimeout)


def test_the_list_of_open_orders_and_all_balances_come_first() -> None:
    world = TradingWorld()
    placed = open_order(world)
    told: list[Any] = []
    world.sockets.pipe(private.subscribe_executions(world.messages, rest=world.rest)).subscribe(told.append)
    world.sockets.pipe(private.subscribe_balances(world.messages, rest=world.rest)).subscribe(told.append)
    world.pass_time(1)
    (snapshot,) = (item for item in told if isinstance(item, OrderSnapshot))
    assert [row.order_id for row in snapshot.open] == [placed.last.order_id]
    balances = {(item.wallet, item.asset): item for item in told if isinstance(item, Balance)}
    assert balances["trade", "USDT"].locked == world.exchange.held("USDT") > 10
    world.exchange.cut()
    world.pass_time(2)
    assert len([item for item in told if isinstance(item, OrderSnapshot)]) == 2
    assert placed.last.stage is S.OPEN
