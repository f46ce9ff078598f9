"""The simulated Kraken's trading side itself: its limits, its book, its money."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.exchanges.kraken.sandbox import INSTRUMENTS
from rxex.exchanges.kraken.sandbox.order_rates import OrderRates
from rxex.exchanges.kraken.sandbox.refusals import Declined
from rxex.exchanges.kraken.sandbox.terms import TERMS
from rxex.exchanges.kraken.sandbox.trading import MAIN, Trading
from rxex.models import Side
from rxex.sandbox import Simulation
from rxex.sandbox.orders import NewOrder, Order, OrderType, Refused
from tests.sandbox.plain import START, PlainProtocol

D = Decimal
LIMIT = NewOrder(symbol="BTC/USD", side=Side.BUY, price=D(100), size=D(1))


def floor(*, seed: int = 1, **options: Any) -> tuple[Simulation, Trading]:
    """A trading side and the simulation that it is a part of."""
    sides: list[Trading] = []

    class Telling(PlainProtocol):
        def happened(self, event: Any) -> None:
            sides[0].happened(event)

    simulation = Simulation({"/": Telling}, INSTRUMENTS.values(), start=START, seed=seed)
    sides.append(Trading(simulation, **options))
    return simulation, sides[0]


# Limits.


def refusal_of(action: Callable[[], Any]) -> str:
    """The text that something is declined with; empty where it is not."""
    try:
        action()
    except Declined as declined:
        return declined.text
    return ""


def test_the_venues_own_example_counts_eight() -> None:
    rates = OrderRates(enforced=True)
    rates.charge("a", "BTC/USD", "add", now=0.0)
    added = rates.count("a", "BTC/USD", now=0.0)
    rates.charge("a", "BTC/USD", "amend", now=7.0, age=7.0)
    amended = rates.count("a", "BTC/USD", now=7.0)
    rates.charge("a", "BTC/USD", "cancel", now=43.0, age=36.0)
    assert added + amended + rates.count("a", "BTC/USD", now=43.0) == 8


def test_quick_orders_and_cancels_are_refused_until_the_counter_is_down_again() -> None:
    simulation, trading = floor(rate_limits=True)
    placed = 0

    def place_and_cancel() -> None:
        nonlocal placed
        order = trading.add(MAIN, LIMIT)
        placed += 1
        trading.cancel(order)

    while not (text := refusal_of(place_and_cancel)):
        pass
    assert (text, placed) == ("EOrder:Rate limit exceeded", 14)
    simulation.advance(60.0)
    assert refusal_of(place_and_cancel) == ""


def test_unless_it_is_asked_for_nothing_is_counted() -> None:
    _, trading = floor()
    for _ in range(100):
        trading.cancel(trading.add(MAIN, LIMIT))


def test_an_account_has_80_open_orders_of_a_pair_and_others_of_another() -> None:
    _, trading = floor()
    for _ in range(80):
        trading.add(MAIN, LIMIT)
    with pytest.raises(Declined, match="EOrder:Orders limit exceeded"):
        trading.add(MAIN, LIMIT)
    trading.add(MAIN, NewOrder(symbol="ETH/USD", side=Side.BUY, price=D(100), size=D(1)))
    trading.add("other", LIMIT)


# The book.


def test_a_book_that_is_watched_follows_the_market_and_tells_each_level() -> None:
    simulation, trading = floor()
    copy: dict[Side, dict[Decimal, Decimal]] = {Side.BUY: {}, Side.SELL: {}}

    def keep(side: Side, price: Decimal, size: Decimal) -> None:
        if size:
            copy[side][price] = size
        else:
            del copy[side][price]

    book = trading.engine.books["BTC/USD"]
    book.listeners.append(keep)
    assert trading.watch_book("BTC/USD", 40) is book
    turns: list[int] = []
    trading.flushers.append(lambda: turns.append(1))
    order = trading.add(MAIN, NewOrder(symbol="BTC/USD", side=Side.BUY, price=D(60000), size=D(1)))
    pair = simulation.market.pair("BTC/USD")
    for second in range(1, 60):
        simulation.advance(float(second))
        assert (book.best(Side.BUY), book.best(Side.SELL)) == (pair.bid, pair.ask)
        assert book.levels(Side.SELL) == sorted(copy[Side.SELL].items())
        assert book.levels(Side.BUY) == sorted(copy[Side.BUY].items(), reverse=True)
    assert len(book.levels(Side.SELL)) == 40
    assert len(book.levels(Side.BUY)) == 41
    assert turns
    trading.cancel(order)
    trading.unwatch_book("BTC/USD")
    turns.clear()
    simulation.advance(70.0)
    assert turns == []


def test_who_looks_or_trades_does_not_move_the_market() -> None:
    quiet, _ = floor()
    watched, trading = floor()
    trading.watch_book("BTC/USD")
    order = trading.add(MAIN, NewOrder(symbol="BTC/USD", side=Side.BUY, type=OrderType.MARKET, size=D("0.1")))
    mine = {(fill.price, fill.size, fill.time) for fill in order.fills}
    for simulation in (quiet, watched):
        simulation.advance(30.0)
    pairs = [simulation.market.pair("BTC/USD") for simulation in (quiet, watched)]
    assert pairs[0].bid == pairs[1].bid
    first, second = ([(trade.price, trade.size, trade.time) for trade in pair.recent] for pair in pairs)
    assert mine <= set(second)
    assert [trade for trade in second if trade not in mine] == first[len(mine) :]


def test_every_instrument_has_terms_that_its_usual_trade_keeps_to() -> None:
    assert TERMS.keys() == INSTRUMENTS.keys()
    for symbol, instrument in INSTRUMENTS.items():
        terms = TERMS[symbol]
        assert (terms.price_digits, terms.size_digits) == (instrument.price_digits, instrument.size_digits)
        assert terms.minimum < D(instrument.size)


# Money.

wishes = st.lists(
    st.tuples(
        st.sampled_from(["add", "market", "cancel", "wait"]),
        st.sampled_from(["ada", "bob"]),
        st.sampled_from(["BTC/USD", "ETH/BTC", "DOGE/USD"]),
        st.sampled_from(list(Side)),
        st.integers(-30, 30),
        st.integers(1, 400),
    ),
    max_size=30,
)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 5), wishes=wishes)
def test_whatever_is_traded_no_money_is_made_or_lost(seed: int, wishes: list[Any]) -> None:
    balances = {"USD": D(500_000), "BTC": D(5), "ETH": D(50), "DOGE": D(100_000)}
    simulation, trading = floor(seed=seed, balances=balances)
    orders: list[Order] = []
    for account in ("ada", "bob"):
        trading.open_account(account)
    texts = set()
    for kind, account, symbol, side, ticks, size in wishes:
        pair, terms = simulation.market.pair(symbol), TERMS[symbol]
        price = None if kind == "market" else pair.bid + ticks * D(1).scaleb(-terms.price_digits)
        order_type = OrderType.MARKET if kind == "market" else OrderType.LIMIT
        request = NewOrder(symbol=symbol, side=side, type=order_type, price=price, size=terms.minimum * size)
        if kind == "wait":
            simulation.advance(simulation.now + size / 20)
        elif kind == "cancel" and orders:
            texts.add(refusal_of(partial(trading.cancel, orders[size % len(orders)])))
        else:
            texts.add(refusal_of(lambda account=account, request=request: orders.append(trading.add(account, request))))
    assert texts <= {"", "EOrder:Insufficient funds", "EOrder:Unknown order", "EOrder:Cost minimum not met"}
    for asset, amount in balances.items():
        assert trading.accounts.total(asset) == 2 * amount
        for account in ("ada", "bob"):
            assert 0 <= trading.accounts.held(account, asset) <= trading.accounts.balance(account, asset)
    for order in orders:
        assert sum((fill.cost for fill in order.fills), D(0)) == order.cost
        assert sum((fill.fee for fill in order.fills), D(0)) == order.fee
    for account in ("ada", "bob"):
        for order in trading.engine.open_orders(account):
            trading.engine.cancel(order)
        assert {trading.accounts.held(account, asset) for asset in balances} == {D(0)}


def test_a_refusal_of_the_engine_says_why() -> None:
    _, trading = floor()
    with pytest.raises(Refused, match="insufficient funds"):
        trading.engine.submit("nobody", LIMIT)
