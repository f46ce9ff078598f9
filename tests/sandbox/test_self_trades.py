"""What becomes of orders of one account that would meet, beyond canceling one of them."""

from __future__ import annotations

from decimal import Decimal

import pytest

from rxex.sandbox.orders import EventKind, NewOrder, Order, OrderState, Reason, Refused, RefusedFor, SelfTrade
from tests.sandbox.engine import BUY, SELL, SYMBOL, Bench

D = Decimal


@pytest.fixture
def bench() -> Bench:
    return Bench()


def sizes(order: Order) -> tuple[OrderState, Decimal, Decimal, str | None]:
    return order.state, order.size, order.filled, order.reason


def test_both_lose_the_size_of_the_smaller_one_which_goes(bench: Bench) -> None:
    maker = bench.order(SELL, "1", "100")
    taker = bench.order(BUY, "0.4", "101", self_trade=SelfTrade.DECREASE)
    assert sizes(maker) == (OrderState.OPEN, D("0.6"), D(0), None)
    assert sizes(taker) == (OrderState.CANCELED, D("0.4"), D(0), Reason.SELF_TRADE)
    assert bench.book(SELL) == [("100.0", "0.6")]
    assert bench.accounts.held("ada", "BTC") == D("0.6")
    assert bench.said(maker)[-1] == EventKind.AMENDED
    assert bench.trades == []


def test_a_taker_that_is_larger_goes_on_with_what_is_left(bench: Bench) -> None:
    maker = bench.order(SELL, "1", "100")
    bench.order(SELL, "0.5", "100.5", "bob")
    taker = bench.order(BUY, "1.5", "101", self_trade=SelfTrade.DECREASE)
    assert sizes(maker) == (OrderState.CANCELED, D(1), D(0), Reason.SELF_TRADE)
    assert sizes(taker) == (OrderState.FILLED, D("0.5"), D("0.5"), None)
    assert [trade.price for trade in bench.trades] == [D("100.5")]
    assert bench.accounts.held("ada", "USD") == 0


def test_two_of_the_same_size_both_go(bench: Bench) -> None:
    orders = [bench.order(SELL, "1", "100"), bench.order(BUY, "1", "100", self_trade=SelfTrade.DECREASE)]
    assert [order.state for order in orders] == [OrderState.CANCELED] * 2
    assert bench.book(SELL) == bench.book(BUY) == []


def test_where_it_is_allowed_an_account_trades_with_itself_and_pays_both_fees(bench: Bench) -> None:
    bench.order(SELL, "1", "100")
    taker = bench.order(BUY, "1", "100", self_trade=SelfTrade.ALLOW, time_in_force="fok")
    assert taker.state is OrderState.FILLED
    assert bench.accounts.balance("ada", "BTC") == 10
    assert bench.accounts.balance("ada", "USD") == D(10_000) - D("0.65")


def test_an_order_is_replaced_under_the_same_client_id_which_stays_taken_for_others(bench: Bench) -> None:
    old = bench.order(BUY, "1", "100", client_id="a")
    request = NewOrder(symbol=SYMBOL, side=BUY, price=D(90), size=D(1), client_id="a")
    new = bench.engine.replace(old, request)
    assert (old.state, old.replaced, new.request.client_id) == (OrderState.CANCELED, new.id, "a")
    other = bench.order(BUY, "1", "80")
    with pytest.raises(Refused) as refused:
        bench.engine.replace(other, request)
    assert refused.value.why is RefusedFor.CLIENT_ID
    assert other.is_open
