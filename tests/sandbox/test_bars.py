"""Minutes and hours of trades: any candles made of them are those of the trades, and the past hangs together."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rxex.sandbox.bars import Bar, Bars
from rxex.sandbox.market import Instrument, Pair

SECOND = 10**9
MINUTE = 60 * SECOND
START = 1_767_225_600 * SECOND  # midnight
BTC = Instrument("BTC/USD", "63000.0", 1, size=0.05, volatility=6e-5)
TRADES = st.lists(st.tuples(st.integers(0, 9000), st.integers(1, 50), st.integers(1, 9)), max_size=60)


def figures(bar: Bar) -> tuple[int, ...]:
    return bar.number, bar.open, bar.high, bar.low, bar.close, bar.volume, bar.cost, bar.trades, bar.time


@given(trades=TRADES, minutes=st.sampled_from([1, 5, 30, 60, 240]), since=st.integers(0, 9000))
def test_candles_are_those_of_the_trades(trades: Any, minutes: int, since: int) -> None:
    bars = Bars([], first_minute=0, random=Random(0))
    expected: dict[int, list[tuple[int, int, int]]] = {}
    for at, price, lots in sorted(trades):
        bars.add(at * SECOND, price, lots)
        expected.setdefault(at // 60 // minutes * minutes, []).append((at, price, lots))
    first = since // 60 // minutes * minutes
    assert [figures(bar) for bar in bars.candles(minutes, first)] == [
        (
            begin,
            rows[0][1],
            max(price for _, price, _ in rows),
            min(price for _, price, _ in rows),
            rows[-1][1],
            sum(lots for *_, lots in rows),
            sum(price * lots for _, price, lots in rows),
            len(rows),
            rows[-1][0] * SECOND,
        )
        for begin, rows in expected.items()
        if begin >= first
    ]


def test_a_trade_that_is_late_belongs_to_the_last_minute() -> None:
    bars = Bars([], first_minute=0, random=Random(0))
    bars.add(60 * SECOND, 5, 1)
    bars.add(59 * SECOND, 6, 1)
    assert [(bar.number, bar.close, bar.trades) for bar in bars.candles(1)] == [(1, 6, 2)]


@pytest.mark.parametrize("seed", range(5))
def test_the_made_up_minutes_add_up_to_the_made_up_hours(seed: int) -> None:
    pair = Pair(BTC, seed=seed, start=START)
    hours, minutes = pair.candles(60), pair.candles(1)
    assert len(hours) >= 24
    assert len(minutes) >= 23 * 60
    assert [candle.begin for candle in minutes[:-3]] == list(range(minutes[0].begin, minutes[-3].begin, MINUTE))
    for before, after in pairwise(minutes[:-5]):
        assert before.close == after.open
    for hour in hours[:-2]:
        mine = [candle for candle in minutes if hour.begin <= candle.begin < hour.begin + 60 * MINUTE]
        assert (hour.open, hour.close) == (mine[0].open, mine[-1].close)
        assert hour.high == max(candle.high for candle in mine)
        assert hour.low == min(candle.low for candle in mine)
        assert hour.volume == sum(candle.volume for candle in mine)
        assert hour.trades == sum(candle.trades or 0 for candle in mine)
    for candle in (*hours, *minutes, *pair.candles(30), *pair.candles(1440)):
        assert candle.low <= min(candle.open, candle.close) <= max(candle.open, candle.close) <= candle.high
        assert candle.vwap is not None
        assert candle.low <= candle.vwap <= candle.high


def test_candles_of_the_market_are_its_trades_and_looking_at_them_changes_nothing() -> None:
    pair, other = (Pair(BTC, seed=3, start=START) for _ in range(2))
    pair.candles(1)
    trades = [trade for _ in range(2000) for trade in pair.step().trades]
    others = [trade for _ in range(2000) for trade in other.step().trades]
    assert trades == others
    assert pair.candles(5) == other.candles(5)
    last = pair.candles(5)[-1]
    mine = [trade for trade in trades if (trade.time or 0) >= last.begin]
    assert mine
    assert (last.open, last.close, last.trades) == (mine[0].price, mine[-1].price, len(mine))
    assert last.volume == sum(trade.size for trade in mine)
    assert last.time == mine[-1].time
    assert pair.candles(5, last.begin) == pair.candles(5, last.begin + 5 * MINUTE - 1) == [last]
