"""The seeded market: exact, repeatable, and consistent with itself."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rxex.models import Side
from rxex.sandbox.market import Instrument, MarketEvent, Pair

START = 1_767_225_600_000_000_000 + 1800 * 10**9
BITCOIN = Instrument("BTC/USD", "63000.0", 1, size=0.05)
CHEAP = Instrument("SC/EUR", "0.004310", 6, size=9000)


def run(pair: Pair, seconds: float) -> list[MarketEvent]:
    events = []
    while pair.next_time < seconds:
        events.append(pair.step())
    return events


def test_the_same_seed_gives_the_same_market() -> None:
    first, second = (run(Pair(BITCOIN, seed=3, start=START), 60) for _ in range(2))
    assert [event.trades for event in first] == [event.trades for event in second]
    assert [event.trades for event in run(Pair(BITCOIN, seed=4, start=START), 60)] != [event.trades for event in first]


def test_the_market_does_not_depend_on_who_looks() -> None:
    watched, unwatched = Pair(BITCOIN, seed=3, start=START), Pair(BITCOIN, seed=3, start=START)
    run(watched, 100)
    for moment in (1.0, 50.0, 50.1, 100.0):
        unwatched.catch_up(moment)
    assert (watched.bid, watched.ask, watched.last, watched.day) == (
        unwatched.bid,
        unwatched.ask,
        unwatched.last,
        unwatched.day,
    )


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), instrument=st.sampled_from([BITCOIN, CHEAP]))
def test_every_number_has_the_digits_of_its_pair(seed: int, instrument: Instrument) -> None:
    pair = Pair(instrument, seed=seed, start=START)
    events = run(pair, 10)
    day = pair.day
    prices = [pair.bid, pair.ask, pair.last, day.open, day.low, day.high, day.vwap]
    sizes = [pair.bid_size, pair.ask_size, pair.last_size, day.volume]
    for event in events:
        prices += [trade.price for trade in event.trades]
        sizes += [trade.size for trade in event.trades]
    assert {price.as_tuple().exponent for price in prices} == {-instrument.price_digits}
    assert {size.as_tuple().exponent for size in sizes} == {-instrument.size_digits}
    assert min(prices) > 0
    assert min(sizes) > 0


@settings(max_examples=20)
@given(seed=st.integers(0, 10**6), instrument=st.sampled_from([BITCOIN, CHEAP]))
def test_bids_stay_below_asks_and_the_statistics_hold_every_trade(seed: int, instrument: Instrument) -> None:
    pair = Pair(instrument, seed=seed, start=START)
    before = pair.day
    traded, number = Decimal(0), 0
    for _ in range(200):
        event = pair.step()
        assert pair.bid < pair.ask
        for trade in event.trades:
            traded += trade.size
            number += 1
            assert pair.day.low <= trade.price <= pair.day.high
        if event.trades:
            assert (pair.last, pair.last_size) == (event.trades[-1].price, event.trades[-1].size)
    assert pair.day.volume == before.volume + traded
    assert pair.day.trades == before.trades + number
    assert pair.day.low <= pair.day.vwap <= pair.day.high


def test_trades_are_numbered_without_holes_and_their_times_rise() -> None:
    pair = Pair(BITCOIN, seed=1, start=START)
    trades = [trade for event in run(pair, 300) for trade in event.trades]
    numbers = [trade.id for trade in trades]
    assert numbers == list(range(int(str(numbers[0])), int(str(numbers[0])) + len(numbers)))
    assert {trade.side for trade in trades} == {Side.BUY, Side.SELL}
    assert {trade.order_type for trade in trades} == {"market", "limit"}
    firsts = [event.trades[0].time for event in run(pair, 600) if event.trades]
    assert firsts == sorted(time for time in firsts if time is not None)


def test_events_come_in_bursts() -> None:
    pair = Pair(BITCOIN, seed=1, start=START)
    times = []
    for _ in range(4000):
        pair.step()
        times.append(pair.time)
    waits = [later - earlier for earlier, later in pairwise(times)]
    mean = sum(waits) / len(waits)
    spread = sum((wait - mean) ** 2 for wait in waits) / len(waits)
    # Of independent events the variance is the square of the mean; bursts make it larger.
    assert spread > 1.3 * mean**2
    assert 0.1 < mean < 0.5


def test_speed_shortens_the_waits() -> None:
    slow, fast = Pair(BITCOIN, seed=1, start=START), Pair(BITCOIN, seed=1, start=START, speed=10)
    for pair in (slow, fast):
        for _ in range(1000):
            pair.step()
    assert fast.time == pytest.approx(slow.time / 10, abs=15)


def test_fifty_trades_lie_behind_the_start() -> None:
    pair = Pair(BITCOIN, seed=1, start=START)
    assert len(pair.recent) == 50
    assert all((trade.time or 0) <= START for trade in pair.recent)
    assert pair.next_time > 0


def test_hours_roll_off_after_a_day() -> None:
    pair = Pair(BITCOIN, seed=1, start=START)
    volume = pair.day.volume
    run(pair, 3600)
    hour = pair.day.volume - volume
    for _ in range(25):
        pair.next_time += 3600
        pair.step()
    # 25 hours on, the whole first day is gone, and little was traded since.
    assert pair.day.volume < hour


def test_today_begins_at_midnight() -> None:
    noon = Pair(BITCOIN, seed=1, start=START + 11 * 3600 * 10**9)
    assert Decimal(0) < noon.today.volume < noon.day.volume
    assert noon.today.trades < noon.day.trades


def test_catching_up_gives_in_after_ten_thousand_events() -> None:
    pair = Pair(BITCOIN, seed=1, start=START, speed=1000)
    pair.catch_up(10_000)
    assert pair.next_time == 10_000
    assert pair.time < 10_000


def test_a_trade_of_somebody_else_is_seen_and_moves_nothing() -> None:
    plain, disturbed = Pair(BITCOIN, seed=3, start=START), Pair(BITCOIN, seed=3, start=START)
    volume, price = plain.day.volume, plain.ask + 100
    disturbed.record(price, Decimal("0.25000000"), disturbed.timestamp)
    assert (disturbed.last, disturbed.last_size) == (price, Decimal("0.25000000"))
    assert disturbed.day.volume == volume + Decimal("0.25")
    assert disturbed.candles(1)[-1].close == disturbed.candles(60)[-1].close == price
    assert [event.trades for event in run(plain, 60)] == [event.trades for event in run(disturbed, 60)]
