"""Orders against the simulated Bitfinex: whatever goes wrong around one, it ends with the truth."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from rxex.errors import NotSent
from rxex.events import Gap, SystemStatus
from rxex.exchanges.bitfinex import funding, inputs, private
from rxex.exchanges.bitfinex.account_models import Snapshot
from rxex.exchanges.bitfinex.connection import private_connection_over
from rxex.exchanges.bitfinex.inputs import AddFundingOffer
from rxex.exchanges.bitfinex.orders import (
    AddOrder,
    BatchAdd,
    BatchCancel,
    CancelOrder,
    EditOrder,
    resume_order_factory,
)
from rxex.exchanges.bitfinex.sandbox import PRIVATE, OrderFault
from rxex.models import OrderSnapshot, OrderUpdate, Stage
from rxex.operators import backoff_reconnect, connected_socket, filter_new_socket_only, fixed, keep_messages_only
from rxex.orders import OrderRefused, Refusal
from rxex.sandbox.virtual import VIRTUAL_START
from rxex.testing import Recording, record
from tests.exchanges.bitfinex.test_order_truth import finish
from tests.exchanges.bitfinex.trading import Placed, TradingWorld

D = Decimal
S = Stage
BUY = AddOrder("tBTCUSD", "buy", "market", "0.01")
FAR = AddOrder("tBTCUSD", "buy", "limit", "0.01", "1000")
FAULTS = {
    OrderFault.LOSE_REQUEST: S.REJECTED,
    OrderFault.CUT_BEFORE: S.REJECTED,
    OrderFault.CUT_BEFORE_ANSWER: S.FILLED,
    OrderFault.LOSE_ANSWER: S.FILLED,
    OrderFault.CUT_AFTER_ANSWER: S.FILLED,
    OrderFault.SERVER_ERROR: S.FILLED,
    OrderFault.SLOW_ANSWER: S.FILLED,
    OrderFault.EVENTS_FIRST: S.FILLED,
    OrderFault.DUPLICATE_EVENTS: S.FILLED,
    OrderFault.LOSE_EVENTS: S.FILLED,
    OrderFault.CUT_AFTER_FILL: S.FILLED,
}


def one(world: TradingWorld, request: AddOrder = BUY, **options: Any) -> Placed:
    return world.place(world.add_order_factory(**options), request)


def heard(world: TradingWorld, subscribe: Any) -> Recording:
    return record(world.sockets.pipe(subscribe(world.messages)), world.clock)


@pytest.mark.parametrize("margin", [False, True])
@pytest.mark.parametrize(("fault", "end"), FAULTS.items(), ids=[fault.value for fault in FAULTS])
def test_whatever_goes_wrong_around_an_order_it_ends_with_the_truth(
    fault: OrderFault,
    end: Stage,
    margin: bool,  # noqa: FBT001
) -> None:
    world = TradingWorld()
    world.exchange.fail_next_request(fault)
    placed = one(world, AddOrder("tBTCUSD", "buy", "market", "0.01", margin=margin))
    finish(world)
    assert placed.last.stage is end
    assert len(world.exchange.orders) == (end is S.FILLED)
    if end is S.FILLED:
        assert sum(fill.quantity for fill in placed.last.fills) == placed.last.filled == D("0.01")
        assert placed.last.fees
    else:
        assert S.UNKNOWN in placed.stages
    requests = [each for each in world.exchange.order_requests if each.method == "on"]
    assert len(requests) <= 1


@pytest.mark.parametrize(
    ("request_", "end", "kind"),
    [
        (AddOrder("tBTCUSD", "buy", "limit", "0.01", "90000", post_only=True), S.REJECTED, Refusal.WOULD_TAKE),
        (AddOrder("tBTCUSD", "buy", "limit", "0.01", "1000", time_in_force="ioc"), S.EXPIRED, None),
        (AddOrder("tBTCUSD", "buy", "limit", "0.01", "1000", time_in_force="fok"), S.EXPIRED, None),
        (AddOrder("tBTCUSD", "buy", "limit", "1000000", "1000"), S.REJECTED, Refusal.INSUFFICIENT_FUNDS),
        (AddOrder("tBTCUSD", "buy", "limit", "0.00000001", "1000"), S.REJECTED, Refusal.TOO_SMALL),
    ],
)
def test_orders_that_are_not_wanted_end_by_their_name(request_: AddOrder, end: Stage, kind: Any) -> None:
    world = TradingWorld(balances={"USD": 10**6})
    placed = one(world, request_)
    finish(world)
    assert placed.last.stage is end
    error = placed.last.error
    assert (error.kind if isinstance(error, OrderRefused) else None) is kind


def test_an_order_that_is_open_goes_on_after_a_break_without_being_asked_for() -> None:
    world = TradingWorld()
    placed = one(world, FAR)
    world.pass_time(2)
    assert placed.last.stage is S.OPEN
    world.exchange.cut()
    world.pass_time(0.2)
    assert placed.last.stage is S.UNKNOWN
    world.pass_time(3)
    assert placed.stages[-2:] == [S.UNKNOWN, S.OPEN]
    assert world.asked == 0
    finish(world)
    assert placed.last.stage is S.CANCELED


def test_an_order_that_is_placed_as_soon_as_the_link_opens_waits_for_bitfinex_to_accept_us() -> None:
    world = TradingWorld(connect=False)
    world.sockets = world.connection.pipe(connected_socket())
    add_order = world.add_order_factory()
    placed: list[Placed] = []
    opened = world.connection.pipe(filter_new_socket_only())
    opened.subscribe(lambda _: placed.append(world.place(add_order, FAR)))
    world.connection.connect()
    world.pass_time(1)
    assert placed[0].stages == [S.SUBMITTING, S.SUBMITTED, S.PENDING, S.OPEN]
    finish(world)


def test_two_orders_of_one_connection_share_what_is_told_and_a_second_connection_hears_both() -> None:
    world = TradingWorld()
    other = private_connection_over(
        lambda receive: world.exchange.source(receive, path=PRIVATE),
        world.exchange.credentials(),
        backoff_reconnect(lambda: fixed(0.5), scheduler=world.clock),
    )
    messages = other.pipe(keep_messages_only())
    heard_there = record(other.pipe(filter_new_socket_only(), private.subscribe_orders(messages)), world.clock)
    other.connect()
    world.pass_time(1)
    first, second = one(world, FAR), one(world, FAR)
    world.pass_time(1)
    assert first.last.order_id != second.last.order_id
    ids = {update.order_id for update in heard_there.values if isinstance(update, OrderUpdate)}
    assert ids == {first.last.order_id, second.last.order_id}
    resume = resume_order_factory(other.pipe(private.private_socket()), messages, scheduler=world.clock)
    resumed = Placed(world, resume(first.client_id))
    world.pass_time(1)
    assert resumed.stages == [S.UNKNOWN, S.OPEN]
    resumed.subscription.dispose()
    finish(world)


def test_a_client_id_that_an_open_order_has_is_not_sent_again() -> None:
    world = TradingWorld()
    request = AddOrder("tBTCUSD", "buy", "limit", "0.01", "1000", client_id=555)
    first = one(world, request)
    world.pass_time(1)
    again = Placed(world, world.add_order_factory()(request))  # of another factory, which does not know the first
    several: list[Exception] = []
    world.make("batch_add")(BatchAdd([FAR, request])).subscribe(None, several.append)
    world.pass_time(1)
    assert again.stages == [S.SUBMITTING, S.NOT_SENT]
    for error in (again.last.error, several[0]):
        assert isinstance(error, OrderRefused)
        assert error.kind is Refusal.DUPLICATE_CLIENT_ID
    assert [order.id for order in world.exchange.orders] == [first.last.order_id]
    finish(world)


@pytest.mark.parametrize("filters", [["trading"], ["wallet", "notify"]])
def test_what_would_not_be_heard_is_not_sent(filters: list[str]) -> None:
    world = TradingWorld(link={"filters": filters})
    placed = one(world, FAR)
    world.pass_time(10)
    assert placed.stages == [S.SUBMITTING, S.NOT_SENT]
    assert "heard" in placed.last.reason
    calc = record(inputs.calc_factory(world.sockets, world.messages, scheduler=world.clock)("balance"), world.clock)
    world.pass_time(1)
    assert calc.notifications[-1][1].kind == "C"
    assert world.exchange.order_requests == []


def test_the_dead_man_s_switch_cancels_what_is_open_when_the_link_breaks() -> None:
    world = TradingWorld(link={"dead_man_switch": True})
    placed = one(world, FAR)
    snapshots = heard(world, private.subscribe_orders)
    world.pass_time(2)
    world.exchange.cut()
    world.wait(lambda: placed.ended)
    assert placed.stages[-2:] == [S.UNKNOWN, S.CANCELED]
    assert [len(each.open) for each in snapshots.values if isinstance(each, OrderSnapshot)][-1] == 0
    assert world.breaches() == []


def test_an_order_has_its_time() -> None:
    world = TradingWorld()
    end = datetime.fromtimestamp(VIRTUAL_START / 1e9, UTC).replace(microsecond=0) + timedelta(seconds=20)
    request = AddOrder("tBTCUSD", "buy", "limit", "0.01", "1000", time_in_force="gtd", expire_time=end)
    placed = one(world, request)
    world.wait(lambda: placed.ended, most=60)
    assert placed.last.stage is S.EXPIRED
    assert world.breaches() == []


def test_a_change_is_told_by_the_order_and_its_rest_is_what_was_asked_for() -> None:
    world = TradingWorld()
    placed = one(world, FAR)
    world.pass_time(1)
    edit_order = world.make("edit_order")
    changes = [
        EditOrder(client_id=placed.client_id, quantity="0.03"),
        EditOrder(client_id=placed.client_id, delta="-0.01", limit_price="1001"),
    ]
    for change in changes:
        edit_order(change).subscribe()
        world.pass_time(1)
    assert (placed.last.quantity, placed.last.price, placed.last.filled) == (D("0.02"), 1001, 0)
    finish(world)


def test_a_sell_is_changed_by_its_side() -> None:
    world = TradingWorld()
    placed = one(world, AddOrder("tBTCUSD", "sell", "limit", "0.01", "99000"))
    world.pass_time(1)
    world.make("edit_order")(EditOrder(client_id=placed.client_id, delta="0.01")).subscribe()
    world.pass_time(1)
    assert placed.last.quantity == D("0.02")
    finish(world)


def test_of_an_order_and_the_stop_beside_it_one_is_executed() -> None:
    world = TradingWorld()
    told = heard(world, private.subscribe_executions)
    placed = one(world, AddOrder("tBTCUSD", "sell", "limit", "0.01", "99000", oco_stop_price="10000"))
    world.pass_time(1)
    first, stop = world.exchange.open_orders()
    assert placed.last.stage is S.OPEN
    assert (placed.last.order_id, placed.client_id) == (first.id, first.request.client_id)
    ids = {update.client_id for update in told.values if getattr(update, "order_id", None) == stop.id}
    assert ids == {stop.request.client_id}
    assert stop.request.client_id != placed.client_id
    world.make("cancel_order")(CancelOrder(client_id=placed.client_id)).subscribe()
    world.pass_time(1)
    assert placed.last.stage is S.CANCELED
    assert world.exchange.open_orders() == []


def test_batches_are_placed_and_canceled() -> None:
    world = TradingWorld()
    orders = heard(world, private.subscribe_executions)
    wrong = AddOrder("tBTCUSD", "buy", "limit", "0.00000001", "1000")
    first = record(world.make("batch_add")(BatchAdd([FAR, FAR, wrong])), world.clock)
    world.pass_time(1)
    ((one_, two, three),) = first.values
    assert isinstance(three.error, OrderRefused)
    assert {order.id for order in world.exchange.open_orders()} == {one_.order_id, two.order_id}
    canceled = record(
        world.make("batch_cancel")(BatchCancel(order_ids=[one_.order_id], client_ids=[two.client_id])), world.clock
    )
    world.pass_time(1)
    assert [each.count for each in canceled.values] == [2]
    assert world.exchange.open_orders() == []
    resumed = world.place(lambda client_id, _: world.make("resume_order", query=world.query)(client_id), one_.client_id)
    world.wait(lambda: resumed.ended)
    assert resumed.stages == [S.UNKNOWN, S.CANCELED]
    assert len(orders.values) > 4


def test_several_requests_go_together() -> None:
    world = TradingWorld()
    placed = one(world, FAR)
    world.pass_time(1)
    told = record(
        world.make("multi")([CancelOrder(client_id=placed.client_id), AddOrder("tBTCUSD", "sell", "market", "0.01")]),
        world.clock,
    )
    world.pass_time(2)
    assert [each.kind for each in told.values] == ["ox_multi-req"]
    assert placed.last.stage is S.CANCELED
    assert len(world.exchange.orders) == 2


def test_all_are_canceled_at_once_and_what_is_not_there_is_refused() -> None:
    world = TradingWorld()
    placed = [one(world, FAR) for _ in range(3)]
    world.pass_time(1)
    everything = record(world.make("cancel_all")(), world.clock)
    world.pass_time(1)
    errors: list[Exception] = []
    world.make("cancel_order")(CancelOrder(order_id=7)).subscribe(None, errors.append)
    world.pass_time(1)
    assert [each.count for each in everything.values] == [3]
    assert {each.last.stage for each in placed} == {S.CANCELED}
    (error,) = errors
    assert isinstance(error, OrderRefused)
    assert error.kind is Refusal.UNKNOWN_ORDER


def test_in_maintenance_nothing_is_sent_and_after_it_all_goes_on() -> None:
    world = TradingWorld()
    world.exchange.announce(20060)
    world.pass_time(0.5)
    during = one(world, FAR)
    world.pass_time(0.5)
    assert during.stages == [S.SUBMITTING, S.NOT_SENT]
    assert isinstance(during.last.error, NotSent)
    world.exchange.announce(20061)
    world.pass_time(3)
    after = one(world, FAR)
    world.pass_time(1)
    assert after.last.stage is S.OPEN
    assert [event.status for event in world.events if isinstance(event, SystemStatus)] == [
        "operative",
        "maintenance",
        "operative",
        "operative",
    ]


def test_a_message_that_is_missing_makes_the_link_anew_and_the_account_is_told_again() -> None:
    world = TradingWorld()
    orders = heard(world, private.subscribe_orders)
    placed = one(world, FAR)
    world.pass_time(1)
    world.exchange.hold_events()
    world.make("cancel_order")(CancelOrder(client_id=placed.client_id)).subscribe()
    world.pass_time(1)
    world.exchange.swallow()
    world.exchange.release_events()
    world.wait(lambda: placed.ended)
    assert placed.last.stage is S.CANCELED
    assert [len(each.open) for each in orders.values if isinstance(each, OrderSnapshot)] == [0, 0]
    assert any(isinstance(event, Gap) for event in world.events)


def test_positions_wallets_and_margin_are_told() -> None:
    world = TradingWorld(balances={"USD": 10**6})
    positions, balances = heard(world, private.subscribe_positions), heard(world, private.subscribe_balances)
    margin, worth = heard(world, private.subscribe_margin_info), heard(world, private.subscribe_balance_info)
    one(world, AddOrder("tBTCUSD", "buy", "market", "0.01", margin=True))
    one(world, BUY)
    world.pass_time(3)
    calc = inputs.calc_factory(world.sockets, world.messages, scheduler=world.clock)
    calc("margin_base", "margin_sym_tBTCUSD", "balance", "position_tBTCUSD").subscribe()
    world.pass_time(3)
    assert isinstance(positions.values[0], Snapshot)
    assert positions.values[-1].amount == D("0.01")
    assert positions.values[-1].profit_loss is not None
    last = {(each.wallet, each.asset): each.total for each in balances.values}
    assert last["exchange", "BTC"] == world.exchange.balance("BTC")
    assert {type(each).__name__ for each in margin.values} == {"MarginBase", "MarginSymbol"}
    assert len(worth.values) > 0
    late = heard(world, private.subscribe_positions)
    world.pass_time(1)
    assert [each.amount for each in late.values[0].items] == [D("0.01")]


def test_offers_of_funding_are_placed_canceled_and_told() -> None:
    world = TradingWorld()
    offers = heard(world, funding.subscribe_funding_offers)
    add = inputs.add_funding_offer_factory(world.sockets, world.messages, scheduler=world.clock)
    cancel = inputs.cancel_funding_offer_factory(world.sockets, world.messages, scheduler=world.clock)
    placed = record(add(AddFundingOffer("fUSD", 500, "0.0005", 2)), world.clock)
    world.pass_time(1)
    canceled = record(cancel(placed.values[0].offer_id), world.clock)
    world.pass_time(1)
    assert isinstance(offers.values[0], Snapshot)
    assert [each.is_open for each in offers.values[1:]] == [True, False]
    assert canceled.values[0].offer_id == placed.values[0].offer_id


def test_what_one_program_says_another_hears() -> None:
    world = TradingWorld()
    notify = inputs.notify_factory(world.sockets, world.messages, scheduler=world.clock)
    heard_back = record(notify({"foo": 1}), world.clock)
    world.pass_time(1)
    assert [each.info for each in heard_back.values] == [{"foo": 1}]
