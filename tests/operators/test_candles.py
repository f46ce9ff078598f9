"""`candles`."""

from __future__ import annotations

import decimal
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
import reactivex as rx
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import operators as ops

from rxex.errors import InvalidArgument
from rxex.events import Gap, Notice, Overflow, Stale
from rxex.models import Candle, Side, Trade
from rxex.operators import candles
from tests.operators.timeline import END, Timeline

SECOND = 1_000_000_000
START = 1_700_000_040  # a full minute, in seconds since the epoch


def trade(second: float, price: str = "1", size: str = "1", symbol: str = "BTC/USD", **more: Any) -> Trade:
    time = (START * 10 + round(second * 10)) * SECOND // 10
    return Trade(symbol, Decimal(price), Decimal(size), Side.BUY, time=time, **more)


def made(*items: Trade | Notice, interval: float | timedelta = 60, **options: Any) -> list[Candle]:
    return rx.from_iterable(items).pipe(candles(interval, **options)).pipe(ops.to_list()).run()


def begins(found: list[Candle]) -> list[float]:
    return [candle.begin / SECOND - START for candle in found]


def complete(found: list[Candle]) -> list[bool]:
    return [candle.complete for candle in found]


def test_a_candle_tells_the_trades_of_its_interval() -> None:
    _, candle, _ = made(
        trade(0),
        trade(60, "10.50", "0.5"),
        trade(75, "12.00", "0.25", received=7),
        trade(90, "9.75", "1"),
        trade(119.9, "11.00", "0.25", received=9),
        trade(120),
    )
    assert candle == Candle(
        symbol="BTC/USD",
        begin=(START + 60) * SECOND,
        interval=60 * SECOND,
        open=Decimal("10.50"),
        high=Decimal("12.00"),
        low=Decimal("9.75"),
        close=Decimal("11.00"),
        volume=Decimal("2.00"),
        trades=4,
        vwap=Decimal("10.375"),
        closed=True,
        complete=True,
        late=0,
        time=(START * 10 + 1199) * SECOND // 10,
        received=9,
    )


def test_a_candle_is_emitted_once_with_the_first_trade_of_a_later_interval() -> None:
    timeline = Timeline((1, trade(0)), (2, trade(59.9)), (3, trade(60)), (4, trade(61)), (5, trade(240)))
    seen = timeline.run(candles(60))
    assert [(time, candle.begin // SECOND - START, candle.closed) for time, candle in seen] == [
        (3, 0, True),
        (5, 60, True),
    ]


def test_an_interval_without_trades_has_no_candle() -> None:
    assert begins(made(trade(0), trade(180), trade(300))) == [0, 180, 300]


def test_intervals_are_counted_from_the_epoch_and_may_be_short() -> None:
    found = made(trade(0.3), trade(0.5), trade(0.9), trade(1.1), interval=timedelta(milliseconds=500))
    assert begins(found) == [0, 0.5, 1]
    assert found[0].interval == SECOND // 2
    assert begins(made(trade(0.3), trade(0.5), interval=0.25)) == [0.25, 0.5]


def test_each_instrument_has_candles_of_its_own() -> None:
    found = made(trade(0), trade(1, symbol="ETH/USD"), trade(60), trade(61), trade(62, symbol="ETH/USD"))
    assert [(candle.symbol, candle.trades) for candle in found] == [
        ("BTC/USD", 1),
        ("ETH/USD", 1),
        ("BTC/USD", 2),
        ("ETH/USD", 1),
    ]


def test_the_first_candle_and_the_last_are_not_complete() -> None:
    found = made(trade(0), trade(60), trade(120))
    assert complete(found) == [False, True, False]
    assert [candle.closed for candle in found] == [True, True, True]


@pytest.mark.parametrize("notice", [Gap("trade"), Overflow("trade", 3), Stale("trade", 0)])
def test_a_notice_inside_an_interval_makes_its_candle_incomplete(notice: Notice) -> None:
    assert complete(made(trade(0), trade(60), notice, trade(61), trade(120), trade(180))) == [False, False, True, False]


def test_a_notice_between_two_intervals_makes_both_candles_incomplete() -> None:
    found = made(trade(0), trade(60), Gap("trade"), trade(120), trade(180), trade(240))
    assert complete(found) == [False, False, False, True, False]


def test_a_notice_touches_all_instruments_of_the_stream() -> None:
    eth = "ETH/USD"
    found = made(
        trade(0),
        trade(0, symbol=eth),
        trade(60),
        trade(60, symbol=eth),
        Gap("trade"),
        trade(120),
        trade(120, symbol=eth),
    )
    assert [(candle.symbol, candle.complete) for candle in found if begins([candle]) == [60]] == [
        ("BTC/USD", False),
        (eth, False),
    ]


def test_a_trade_of_an_earlier_interval_is_left_out_and_counted_in_the_next_candle() -> None:
    found = made(trade(0), trade(60), trade(59), trade(1), trade(61), trade(120))
    assert [(candle.trades, candle.late) for candle in found] == [(1, 0), (2, 2), (1, 0)]


def test_a_trade_without_a_time_of_its_own_counts_by_its_arrival() -> None:
    arrived = Trade("BTC/USD", Decimal(1), Decimal(1), Side.BUY, received=(START + 61) * SECOND)
    assert begins(made(trade(0), arrived, trade(120))) == [0, 60, 120]


def test_a_trade_without_any_time_ends_the_stream() -> None:
    timeline = Timeline((1, Trade("BTC/USD", Decimal(1), Decimal(1), Side.BUY)))
    [(_, error)] = timeline.run(candles(60))
    assert isinstance(error, InvalidArgument)
    assert str(error).endswith("it has to have a time, or the time of its arrival")


def test_sums_are_exact_whatever_the_decimal_context_of_the_caller() -> None:
    with decimal.localcontext(prec=3):
        found = made(
            trade(0, "12345678901234567890.12345678", "0.00000001"),
            trade(1, "12345678901234567890.12345678", "12345678901234567890.1"),
        )
    assert found[0].volume == Decimal("12345678901234567890.10000001")
    assert found[0].vwap == Decimal("12345678901234567890.12345678")


def test_a_candle_without_volume_has_no_average() -> None:
    assert made(trade(0, "5", "0"))[0].vwap is None


def test_running_candles_show_what_is_there_with_every_trade() -> None:
    found = made(trade(0), trade(30, "3"), trade(60, "4"), running=True)
    assert [(int(candle.close), candle.trades, candle.closed) for candle in found] == [
        (1, 1, False),
        (3, 2, False),
        (3, 2, True),
        (4, 1, False),
        (4, 1, True),
    ]


def test_with_grace_the_clock_closes_a_candle_reckoned_from_its_first_trade() -> None:
    # The exchange's clock is far from this one: 20 s of the interval were left at virtual second 5.
    timeline = Timeline((5, trade(40)), (6, trade(41)), (50, trade(100)))
    seen = timeline.run(candles(60, grace=2, scheduler=timeline.clock), until=100)
    assert [(time, candle.begin // SECOND - START, candle.trades) for time, candle in seen] == [
        (5 + 20 + 2, 0, 2),
        (50 + 20 + 2, 60, 1),
    ]


def test_what_comes_after_the_clock_has_closed_a_candle_is_late() -> None:
    timeline = Timeline((5, trade(55)), (13, trade(59)), (14, trade(61)), (15, trade(120)))
    seen = timeline.run(candles(60, grace=1, scheduler=timeline.clock), until=16)
    assert [(time, candle.trades, candle.late) for time, candle in seen] == [(11, 1, 0), (15, 1, 1)]


def test_the_clock_closes_the_candles_of_all_instruments_in_their_time() -> None:
    timeline = Timeline((1, trade(30)), (2, trade(20, symbol="ETH/USD")), (3, trade(31)))
    seen = timeline.run(candles(60, grace=0, scheduler=timeline.clock), until=100)
    assert [(time, candle.symbol) for time, candle in seen] == [(31, "BTC/USD"), (42, "ETH/USD")]


def test_a_candle_that_begins_later_may_be_closed_earlier() -> None:
    timeline = Timeline((1, trade(10)), (2, trade(50, symbol="ETH/USD")))
    seen = timeline.run(candles(60, grace=0, scheduler=timeline.clock), until=100)
    assert [(time, candle.symbol) for time, candle in seen] == [(12, "ETH/USD"), (51, "BTC/USD")]


def test_a_candle_that_a_trade_has_closed_is_not_closed_again_by_the_clock() -> None:
    timeline = Timeline((1, trade(58)), (2, trade(60)), (90, END))
    seen = timeline.run(candles(60, grace=5, scheduler=timeline.clock))
    assert [time for time, _ in seen] == [2, 67, 90]


def test_an_error_of_the_source_comes_behind_what_there_is() -> None:
    error = ValueError("the end")
    [(_, candle), end] = Timeline((1, trade(0)), (2, error)).run(candles(60))
    assert (candle.closed, candle.complete) == (True, False)
    assert end == (2, error)


def test_state_belongs_to_one_subscription() -> None:
    stream = rx.of(trade(0), trade(60)).pipe(candles(60)).pipe(ops.to_list())
    assert stream.run() == stream.run()


@pytest.mark.parametrize(
    ("interval", "options", "text"),
    [
        (0, {}, "interval is 0: give seconds, more than 0"),
        (-60, {}, "interval is -60: give seconds, more than 0"),
        (1e-9, {}, "interval is 1e-09: give a microsecond or more"),
        (timedelta(0), {}, "interval is datetime.timedelta(0): give a microsecond or more"),
        (60, {"grace": -1}, "grace is -1: give seconds, 0 or more"),
    ],
)
def test_values_that_cannot_be_right_are_refused_at_once(interval: Any, options: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidArgument) as refused:
        candles(interval, **options)
    assert str(refused.value) == text


prices = st.decimals("0.01", "99999", places=2)
sizes = st.decimals("0.00000001", "999", places=8)
moments = st.lists(st.tuples(st.integers(0, 600), prices, sizes), min_size=1, max_size=40)


@given(moments)
@settings(max_examples=100, deadline=None)
def test_candles_agree_with_the_trades_added_up_by_hand(moments: list[tuple[int, Decimal, Decimal]]) -> None:
    trades = [trade(second, str(price), str(size)) for second, price, size in moments]
    found = made(*trades)
    newest, expected = -1, dict[int, list[Trade]]()
    for item in trades:
        assert item.time is not None
        begin = item.time - item.time % (60 * SECOND)
        if begin >= newest:
            newest = begin
            expected.setdefault(begin, []).append(item)
    assert [candle.begin for candle in found] == list(expected)
    assert sum(candle.late for candle in found) == len(trades) - sum(map(len, expected.values()))
    for candle, inside in zip(found, expected.values(), strict=True):
        assert (candle.open, candle.close) == (inside[0].price, inside[-1].price)
        assert (candle.high, candle.low) == (max(t.price for t in inside), min(t.price for t in inside))
        volume = sum((Fraction(t.size) for t in inside), Fraction(0))
        assert Fraction(candle.volume) == volume
        assert candle.trades == len(inside)
        assert candle.vwap is not None
        exact = sum((Fraction(t.size) * Fraction(t.price) for t in inside), Fraction(0)) / volume
        assert abs(Fraction(candle.vwap) - exact) <= exact / 10**27
