"""The matching engine, rule by rule."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from rxex.sandbox.crossing import FEES, MARKET
from rxex.sandbox.matching import MatchingEngine
from rxex.sandbox.orders import (
    Amendment,
    NewOrder,
    Order,
    OrderState,
    OrderType,
    Reason,
    Refused,
    RefusedFor,
    SelfTrade,
    TimeInForce,
    Trigger,
)
from tests.sandbox.engine import BUY, SELL, SYMBOL, TERMS, Bench, PlainIds

D = Decimal


@pytest.fixture
def bench() -> Bench:
    return Bench()


def state(order: Order) -> tuple[str, str, str | None]:
    return order.state.value, f"{order.filled.normalize():f}", order.reason


# Meeting.


def test_the_best_price_is_filled_first_and_at_one_price_who_came_first(bench: Bench) -> None:
    late = bench.order(SELL, "1", "101", "bob")
    first = bench.order(SELL, "1", "100.5", "bob")
    second = bench.order(SELL, "1", "100.5", "bob")
    taker = bench.order(BUY, "1.5", "101")
    assert [state(order)[:2] for order in (first, second, late, taker)] == [
        ("filled", "1"),
        ("open", "0.5"),
        ("open", "0"),
        ("filled", "1.5"),
    ]
    assert [(trade.price, trade.size, trade.side) for trade in bench.trades] == [
        (D("100.5"), D(1), BUY),
        (D("100.5"), D("0.5"), BUY),
    ]
    assert bench.book(SELL) == [("100.5", "0.5"), ("101.0", "1")]


def test_the_rest_of_a_limit_order_waits_in_the_book(bench: Bench) -> None:
    bench.order(SELL, "1", "100", "bob")
    order = bench.order(BUY, "3", "100")
    assert state(order) == ("open", "1", None)
    assert bench.said(order) == ["accepted", "opened", "fill"]
    assert bench.book(BUY) == [("100.0", "2")]
    bench.take(SELL, "99", "5")
    assert bench.said(order) == ["accepted", "opened", "fill", "fill", "filled"]
    assert [(fill.is_maker, fill.price) for fill in order.fills] == [(False, D(100)), (True, D(100))]


def test_a_trade_is_at_the_price_of_who_waited(bench: Bench) -> None:
    bench.order(BUY, "1", "105", "bob")
    order = bench.order(SELL, "1", "100")
    assert order.fills[0].price == 105


def test_makers_and_takers_pay_their_fees_and_nothing_is_lost(bench: Bench) -> None:
    bench.order(SELL, "1", "100", "bob")
    bench.order(BUY, "1", "100")
    assert bench.accounts.balance("ada", "USD") == D("9899.60")
    assert bench.accounts.balance("bob", "USD") == D("10099.75")
    assert bench.accounts.balance(FEES, "USD") == D("0.65")
    assert bench.accounts.balance("ada", "BTC") == 11
    assert bench.accounts.total("USD") == 20_000


def test_a_fee_in_the_base_is_taken_off_what_was_bought(bench: Bench) -> None:
    bench.order(SELL, "1", "100", "bob")
    order = bench.order(BUY, "1", "100", fee_in_base=True)
    assert (order.fills[0].fee, order.fills[0].fee_asset) == (D("0.004"), "BTC")
    assert bench.accounts.balance("ada", "BTC") == D("10.996")
    assert bench.accounts.balance("ada", "USD") == 9900


def test_the_market_fills_a_resting_order_part_by_part(bench: Bench) -> None:
    bench.quote({"99": "5"}, {"101": "5"})
    order = bench.order(BUY, "2", "99.5")
    bench.take(SELL, "99", "0.5")
    bench.take(SELL, "99", "0.75")
    bench.quote({"98": "5"}, {"99.5": "3"})
    assert [fill.size for fill in order.fills] == [D("0.5"), D("0.75"), D("0.75")]
    assert order.state is OrderState.FILLED
    assert bench.book(SELL) == [("99.5", "2.25")]
    assert bench.accounts.balance(MARKET, "BTC") == -2


def test_behind_the_market_at_the_same_price_an_order_waits_its_turn(bench: Bench) -> None:
    bench.quote({"99": "1"}, {})
    order = bench.order(BUY, "1", "99")
    bench.take(SELL, "99", "1.25")
    assert order.filled == D("0.25")


def test_quotes_are_replaced_and_a_smaller_one_keeps_its_place(bench: Bench) -> None:
    bench.quote({"99": "1", "98": "1"}, {"101": "1"})
    mine = bench.order(BUY, "1", "99")
    bench.quote({"99": "0.5"}, {"102": "2"})
    assert bench.book(BUY) == [("99.0", "1.5")]
    bench.take(SELL, "99", "0.5")
    assert mine.filled == 0
    bench.quote({"99": "3"}, {})
    bench.take(SELL, "99", "1")
    assert mine.state is OrderState.FILLED


# Kinds of orders.


def test_a_market_order_takes_what_there_is_and_ends(bench: Bench) -> None:
    bench.quote({}, {"100": "1", "101": "1"})
    order = bench.order(BUY, "3")
    assert state(order) == ("canceled", "2", Reason.LIQUIDITY)
    assert order.cost == 201


def test_a_market_order_of_cash_buys_no_more_than_that(bench: Bench) -> None:
    bench.quote({}, {"100": "1", "200": "5"})
    order = bench.engine.submit("ada", NewOrder(symbol=SYMBOL, side=BUY, type=OrderType.MARKET, cash=D(150)))
    assert (order.filled, order.cost) == (D("1.25"), D(150))


@pytest.mark.parametrize("size", ["1", "2.5"])
def test_immediate_or_cancel_never_rests(bench: Bench, size: str) -> None:
    bench.order(SELL, "2", "100", "bob")
    order = bench.order(BUY, size, "100", time_in_force=TimeInForce.IOC)
    assert order.state is (OrderState.FILLED if size == "1" else OrderState.CANCELED)
    assert order.filled == min(D(size), D(2))
    assert bench.book(BUY) == []


def test_fill_or_kill_is_whole_or_nothing(bench: Bench) -> None:
    bench.order(SELL, "2", "100", "bob")
    killed = bench.order(BUY, "2.5", "100", time_in_force=TimeInForce.FOK)
    assert state(killed) == ("canceled", "0", Reason.FILL_OR_KILL)
    assert bench.order(BUY, "2", "100", time_in_force=TimeInForce.FOK).state is OrderState.FILLED


def test_a_post_only_order_that_would_take_is_accepted_and_canceled(bench: Bench) -> None:
    bench.order(SELL, "1", "100", "bob")
    order = bench.order(BUY, "1", "100", post_only=True)
    assert bench.said(order) == ["accepted", "canceled"]
    assert order.reason == Reason.POST_ONLY
    assert bench.order(BUY, "1", "99.9", post_only=True).is_open


def test_an_order_expires_and_another_begins_at_their_times(bench: Bench) -> None:
    expiring = bench.order(BUY, "1", "90", time_in_force=TimeInForce.GTD, expire=20)
    beginning = bench.order(BUY, "1", "91", begin=10)
    assert (bench.engine.next_due, beginning.state, bench.book(BUY)) == (10, "pending", [("90.0", "1")])
    bench.engine.advance(10)
    assert bench.book(BUY) == [("91.0", "1"), ("90.0", "1")]
    bench.engine.advance(50)
    assert (expiring.state, expiring.closed, bench.engine.next_due) == ("expired", 20, None)
    assert bench.accounts.held("ada", "USD") == D("91.37")


def test_an_iceberg_shows_a_slice_and_the_next_one_queues_anew(bench: Bench) -> None:
    iceberg = bench.order(SELL, "3", "100", "bob", type=OrderType.ICEBERG, display=D(1))
    plain = bench.order(SELL, "1", "100", "bob")
    assert bench.book(SELL) == [("100.0", "2")]
    bench.order(BUY, "1.5", "100")
    assert (iceberg.filled, plain.filled) == (1, D("0.5"))
    assert bench.said(iceberg) == ["accepted", "opened", "fill", "refilled"]
    bench.order(BUY, "2.5", "100")
    assert (iceberg.state, plain.state) == ("filled", "filled")


@pytest.mark.parametrize(
    ("kind", "side", "trigger", "last"),
    [
        (OrderType.STOP_LOSS, SELL, "95", "95"),
        (OrderType.STOP_LOSS, BUY, "105", "106"),
        (OrderType.TAKE_PROFIT, SELL, "105", "105"),
        (OrderType.TAKE_PROFIT, BUY, "95", "94"),
    ],
)
def test_a_triggered_order_waits_for_its_price(
    bench: Bench, kind: OrderType, side: Any, trigger: str, last: str
) -> None:
    bench.quote({"90": "5"}, {"110": "5"})
    bench.take(BUY, "100", "1")
    order = bench.order(side, "1", type=kind, trigger=Trigger(price=D(trigger)))
    bench.take(BUY, "100.1", "1")
    assert bench.said(order) == ["accepted", "opened"]
    bench.take(SELL if D(last) < 100 else BUY, last, "1")
    assert bench.said(order) == ["accepted", "opened", "triggered", "fill", "filled"]


def test_a_triggered_limit_order_rests_at_its_limit(bench: Bench) -> None:
    bench.quote({"90": "5"}, {"110": "5"})
    order = bench.order(BUY, "1", "104", type=OrderType.STOP_LOSS_LIMIT, trigger=Trigger(price=D(103)))
    bench.take(BUY, "103", "1")
    assert bench.said(order) == ["accepted", "opened", "triggered"]
    assert bench.book(BUY)[0] == ("104.0", "1")


def test_a_trailing_stop_follows_the_market_one_way(bench: Bench) -> None:
    bench.quote({"90": "5"}, {"210": "5"})
    bench.take(BUY, "100", "1")
    order = bench.order(SELL, "1", type=OrderType.TRAILING_STOP, trigger=Trigger(distance=D(5), percent=True))
    assert order.trigger_price == 95
    bench.take(BUY, "200", "1")
    assert order.trigger_price == 190
    bench.take(BUY, "195", "1")
    assert (order.trigger_price, order.state) == (190, "open")
    bench.take(SELL, "190", "1")
    assert state(order) == ("filled", "1", None)


def test_a_trailing_limit_is_set_off_from_the_price_that_triggers(bench: Bench) -> None:
    bench.quote({"90": "5"}, {"210": "5"})
    bench.take(BUY, "100", "1")
    order = bench.order(
        SELL,
        "1",
        type=OrderType.TRAILING_STOP_LIMIT,
        trigger=Trigger(distance=D(5)),
        limit_distance=D("-1.5"),
    )
    bench.take(BUY, "95", "1")
    assert (order.price, bench.book(SELL)[0]) == (D("93.5"), ("93.5", "1"))


def test_a_triggered_market_order_stops_where_the_money_ends(bench: Bench) -> None:
    bench.quote({}, {"1000": "100"})
    bench.take(BUY, "100", "1")
    order = bench.order(BUY, "90", type=OrderType.STOP_LOSS, trigger=Trigger(price=D(105)))
    bench.take(BUY, "105", "1")
    assert state(order) == ("canceled", "9.9601", Reason.FUNDS)
    assert bench.accounts.balance("ada", "USD") >= 0


def test_each_fill_of_an_order_with_a_close_places_one(bench: Bench) -> None:
    bench.quote({}, {"100": "1"})
    close = NewOrder(symbol=SYMBOL, side=SELL, type=OrderType.TAKE_PROFIT, trigger=Trigger(price=D(120)))
    bench.order(BUY, "1", "100", close=close)
    (placed,) = bench.engine.open_orders("ada")
    assert (placed.request.type, placed.size, placed.trigger_price) == (OrderType.TAKE_PROFIT, D(1), D(120))


@pytest.mark.parametrize(
    ("policy", "newest", "oldest"),
    [
        (SelfTrade.CANCEL_NEWEST, "canceled", "open"),
        (SelfTrade.CANCEL_OLDEST, "open", "canceled"),
        (SelfTrade.CANCEL_BOTH, "canceled", "canceled"),
    ],
)
def test_an_account_never_trades_with_itself(bench: Bench, policy: SelfTrade, newest: str, oldest: str) -> None:
    resting = bench.order(SELL, "1", "100")
    order = bench.order(BUY, "1", "100", self_trade=policy)
    assert (order.state, resting.state, bench.trades) == (newest, oldest, [])


# Refusals.


@pytest.mark.parametrize(
    ("why", "options"),
    [
        (RefusedFor.SIZE, {"size": D("0.009")}),
        (RefusedFor.SIZE, {"size": D(0)}),
        (RefusedFor.LOT, {"size": D("1.00001")}),
        (RefusedFor.TICK, {"price": D("100.01")}),
        (RefusedFor.PRICE, {"price": D(-1)}),
        (RefusedFor.COST, {"size": D("0.01"), "price": D(1)}),
        (RefusedFor.FUNDS, {"size": D(100)}),
        (RefusedFor.ARGUMENTS, {"price": None}),
        (RefusedFor.ARGUMENTS, {"size": None}),
        (RefusedFor.ARGUMENTS, {"trigger": Trigger(price=D(1))}),
        (RefusedFor.ARGUMENTS, {"limit_distance": D(1)}),
        (RefusedFor.ARGUMENTS, {"display": D(1)}),
        (RefusedFor.ARGUMENTS, {"expire": 10}),
        (RefusedFor.ARGUMENTS, {"time_in_force": TimeInForce.GTD}),
        (RefusedFor.ARGUMENTS, {"time_in_force": TimeInForce.GTD, "expire": 0}),
        (RefusedFor.ARGUMENTS, {"time_in_force": TimeInForce.IOC, "post_only": True}),
        (RefusedFor.ARGUMENTS, {"type": OrderType.MARKET, "price": None, "post_only": True}),
        (RefusedFor.ARGUMENTS, {"type": OrderType.MARKET, "price": None, "time_in_force": TimeInForce.FOK}),
        (RefusedFor.ARGUMENTS, {"type": OrderType.ICEBERG}),
        (RefusedFor.ARGUMENTS, {"type": OrderType.ICEBERG, "display": D("0.01"), "size": D(1)}),
        (RefusedFor.ARGUMENTS, {"cash": D(5)}),
        (RefusedFor.COST, {"cash": D("0.1"), "size": None, "type": OrderType.MARKET, "price": None}),
        (RefusedFor.PRICE, {"type": OrderType.TRAILING_STOP, "price": None, "trigger": Trigger(distance=D(0))}),
        (RefusedFor.ARGUMENTS, {"type": OrderType.STOP_LOSS, "price": None, "trigger": Trigger(distance=D(1))}),
        (RefusedFor.SYMBOL, {"symbol": "ETH/USD"}),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(bench: Bench, why: RefusedFor, options: dict[str, Any]) -> None:
    request = {"symbol": SYMBOL, "side": BUY, "type": OrderType.LIMIT, "price": D(100), "size": D(1), **options}
    with pytest.raises(Refused) as refused:
        bench.engine.submit("ada", NewOrder(**request))
    assert refused.value.why is why
    assert (bench.events, bench.engine.orders, bench.accounts.held("ada", "USD")) == ([], {}, 0)


def test_a_market_buy_beyond_the_funds_is_refused(bench: Bench) -> None:
    bench.quote({}, {"9990": "2"})
    with pytest.raises(Refused) as refused:
        bench.order(BUY, "1")
    assert refused.value.why is RefusedFor.FUNDS


def test_a_client_id_is_unique_among_open_orders_alone(bench: Bench) -> None:
    first = bench.order(BUY, "1", "100", client_id="a")
    with pytest.raises(Refused) as refused:
        bench.order(BUY, "1", "100", client_id="a")
    assert refused.value.why is RefusedFor.CLIENT_ID
    assert bench.order(BUY, "1", "99", "bob", client_id="a").is_open
    bench.engine.cancel(first)
    assert bench.order(BUY, "1", "100", client_id="a").id != first.id


def test_validating_checks_and_places_nothing(bench: Bench) -> None:
    request = NewOrder(symbol=SYMBOL, side=BUY, price=D(100), size=D(1))
    assert bench.engine.submit("ada", request, validate=True).id == ""
    assert (bench.events, bench.book(BUY)) == ([], [])
    with pytest.raises(Refused):
        bench.engine.submit("ada", NewOrder(symbol=SYMBOL, side=BUY, price=D(100), size=D(1000)), validate=True)


def test_no_more_orders_than_allowed_are_open(bench: Bench) -> None:
    engine = MatchingEngine([TERMS], accounts=bench.accounts, ids=PlainIds(), listener=bench.events.append, most_open=2)
    request = NewOrder(symbol=SYMBOL, side=BUY, price=D(100), size=D(1))
    first, _ = engine.submit("ada", request), engine.submit("ada", request)
    with pytest.raises(Refused) as refused:
        engine.submit("ada", request)
    assert refused.value.why is RefusedFor.TOO_MANY
    engine.cancel(first)
    engine.submit("ada", request)


# Changing orders.


def test_canceling_frees_what_was_held_and_works_once(bench: Bench) -> None:
    order = bench.order(BUY, "1", "100")
    assert bench.accounts.held("ada", "USD") == D("100.40")
    bench.engine.cancel(order)
    assert (bench.accounts.held("ada", "USD"), bench.book(BUY)) == (0, [])
    with pytest.raises(Refused) as refused:
        bench.engine.cancel(order)
    assert refused.value.why is RefusedFor.ORDER


@pytest.mark.parametrize(
    ("amendment", "first"),
    [
        (Amendment(size=D("0.5")), "amended"),
        (Amendment(size=D(2)), "other"),
        (Amendment(price=D("100.0")), "amended"),
    ],
)
def test_an_amended_order_keeps_its_place_unless_it_grows(bench: Bench, amendment: Amendment, first: str) -> None:
    amended = bench.order(SELL, "1", "100", "bob")
    other = bench.order(SELL, "1", "100", "bob")
    bench.engine.amend(amended, amendment)
    bench.order(BUY, "0.25", "100")
    assert {"amended": amended, "other": other}[first].filled == D("0.25")


def test_another_price_loses_the_place_and_may_take(bench: Bench) -> None:
    bench.order(SELL, "1", "101", "bob")
    order = bench.order(BUY, "2", "100")
    bench.engine.amend(order, Amendment(price=D(101)))
    assert state(order) == ("open", "1", None)
    assert bench.said(order) == ["accepted", "opened", "amended", "fill"]
    assert bench.book(BUY) == [("101.0", "1")]


def test_a_size_that_is_filled_already_ends_the_order(bench: Bench) -> None:
    order = bench.order(BUY, "2", "100")
    bench.take(SELL, "100", "1")
    bench.engine.amend(order, Amendment(size=D("0.5")))
    assert state(order) == ("canceled", "1", Reason.USER)
    assert bench.accounts.held("ada", "USD") == 0


@pytest.mark.parametrize(
    ("why", "amendment"),
    [
        (RefusedFor.FUNDS, Amendment(size=D(1000))),
        (RefusedFor.POST_ONLY, Amendment(price=D(101), post_only=True)),
        (RefusedFor.LOT, Amendment(size=D("1.00001"))),
        (RefusedFor.ARGUMENTS, Amendment(trigger_price=D(1))),
        (RefusedFor.ARGUMENTS, Amendment(display=D(1))),
        (RefusedFor.COST, Amendment(price=D("0.1"))),
    ],
)
def test_a_refused_amendment_changes_nothing(bench: Bench, why: RefusedFor, amendment: Amendment) -> None:
    bench.order(SELL, "1", "101", "bob")
    order = bench.order(BUY, "1", "100")
    heard = len(bench.events)
    with pytest.raises(Refused) as refused:
        bench.engine.amend(order, amendment)
    assert refused.value.why is why
    assert (len(bench.events), order.size, order.price, order.post_only) == (heard, 1, 100, False)
    assert bench.accounts.held("ada", "USD") == D("100.40")
    bench.engine.cancel(order)
    with pytest.raises(Refused):
        bench.engine.amend(order, Amendment(size=D(1)))


def test_a_trigger_can_be_moved(bench: Bench) -> None:
    bench.quote({"90": "5"}, {})
    bench.take(SELL, "90", "0.1")
    order = bench.order(SELL, "1", type=OrderType.STOP_LOSS, trigger=Trigger(price=D(80)))
    bench.engine.amend(order, Amendment(trigger_price=D(95)))
    assert bench.said(order) == ["accepted", "opened", "amended", "triggered", "fill", "filled"]


def test_a_replaced_order_is_another_one_that_names_it(bench: Bench) -> None:
    old = bench.order(BUY, "1", "100")
    new = bench.engine.replace(old, NewOrder(symbol=SYMBOL, side=BUY, price=D(101), size=D(2)))
    assert (state(old), old.replaced) == (("canceled", "0", Reason.REPLACED), new.id)
    assert bench.book(BUY) == [("101.0", "2")]
    with pytest.raises(Refused):
        bench.engine.replace(new, NewOrder(symbol=SYMBOL, side=BUY, price=D(101), size=D(1000)))
    assert new.is_open
    assert bench.accounts.held("ada", "USD") == D("202.81")


def test_listeners_of_the_book_hear_each_level_that_changes(bench: Bench) -> None:
    heard: list[tuple[str, str, str]] = []
    book = bench.engine.books[SYMBOL]
    book.listeners.append(lambda side, price, size: heard.append((side, str(price), f"{size.normalize():f}")))
    bench.order(SELL, "1", "100", "bob")
    bench.order(SELL, "2", "100", "bob")
    bench.order(BUY, "1.5", "101")
    assert heard == [("sell", "100.0", "1"), ("sell", "100.0", "3"), ("sell", "100.0", "2"), ("sell", "100.0", "1.5")]
    assert book.size_at(SELL, D(100)) == D("1.5")
    assert [order.remaining for order in book.orders(SELL)] == [D("1.5")]
    assert book.levels(SELL, 0) == []


def test_orders_are_found_by_either_id_of_their_account(bench: Bench) -> None:
    order = bench.order(BUY, "1", "100", client_id="a")
    assert bench.engine.find("ada", id=order.id) is order
    assert bench.engine.find("ada", client_id="a") is order
    assert bench.engine.find("bob", id=order.id) is None
    bench.engine.cancel(order)
    assert bench.engine.find("ada", id=order.id) is order
    assert bench.engine.find("ada", client_id="a") is None
