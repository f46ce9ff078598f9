"""Futures positions of the simulated KuCoin themselves: what they cost, what closing them brings."""

from __future__ import annotations

from decimal import ROUND_DOWN, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxex.exchanges.kucoin.sandbox.instruments import FUTURES_TERMS
from rxex.exchanges.kucoin.sandbox.positions import Position
from rxex.sandbox.order_checks import rounded

D = Decimal
trades = st.lists(st.tuples(st.integers(-50, 50).filter(bool), st.integers(500_000, 700_000)), max_size=20)


@given(symbol=st.sampled_from(["XBTUSDTM", "XBTUSDM"]), trades=trades)
def test_whatever_is_traded_costs_and_gains_add_up_to_the_last_digit(
    symbol: str, trades: list[tuple[int, int]]
) -> None:
    terms = FUTURES_TERMS[symbol]
    position, paid, lots, fees = Position(terms), D(0), D(0), D(0)
    for number, (size, ticks) in enumerate(trades):
        price = D(ticks) / 10
        cost = rounded(terms.value(D(abs(size)), price), terms.cost_digits, ROUND_DOWN) * (1 if size > 0 else -1)
        position.change(D(size), cost, D("0.01"), number)
        paid, lots, fees = paid + cost, lots + size, fees + D("0.01")
        assert (position.quantity, position.fees) == (lots, fees)
        assert position.cost - position.realised == paid
        if not lots:
            assert (position.cost, position.margin, position.entry) == (D(0), D(0), D(0))
        else:
            assert D(50_000) - 1 <= position.entry <= D(70_000) + 1
            assert (position.cost > 0) is ((lots > 0) is (terms.multiplier > 0))


@pytest.mark.parametrize("symbol", ["XBTUSDTM", "XBTUSDM"])
@pytest.mark.parametrize("lots", [1000, -1000])
def test_a_loss_is_reached_at_its_price(symbol: str, lots: int) -> None:
    terms = FUTURES_TERMS[symbol]
    position = Position(terms, leverage=D(5))
    cost = rounded(terms.value(D(abs(lots)), D(60_000)), terms.cost_digits, ROUND_DOWN) * (1 if lots > 0 else -1)
    position.change(D(lots), cost, D(0), 1)
    price = position.price_of_loss(position.margin)
    assert (price < 60_000) is (lots > 0)
    assert abs(position.profit(price) + position.margin) < position.margin / 1000
    assert position.profit(D(60_000)) == pytest.approx(0, abs=D("1e-7"))
