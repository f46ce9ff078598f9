"""Bitfinex's limits, counted by ourselves, in virtual time."""

from __future__ import annotations

import pytest
from reactivex.testing import TestScheduler

from rxex.errors import AnswerLost, NotSent, RateLimited
from rxex.exchanges.bitfinex.rest import BitfinexRest, RestLimits
from rxex.rest import RateLimit


def ask(limits: RestLimits, name: str) -> float:
    return limits.wait(getattr(BitfinexRest, name), None)


def used_up(limits: RestLimits, name: str) -> int:
    count = 0
    while not ask(limits, name):
        count += 1
    return count


@pytest.mark.parametrize(
    ("name", "most"),
    [
        ("depth", 240),
        ("ticker", 90),
        ("tickers", 30),
        ("trades", 15),
        ("ohlc", 30),
        ("stats", 15),
        ("derivatives_status", 90),
        ("liquidations", 3),
        ("rankings", 90),
        ("system_status", 30),
        ("fx_rate", 90),
        ("average_price", 90),
        ("config", 90),
        ("balances", 90),
        ("open_orders", 90),
    ],
)
def test_what_is_allowed_in_a_minute(name: str, most: int) -> None:
    limits = RestLimits(scheduler=TestScheduler())
    assert used_up(limits, name) == most
    assert limits.rate_limit(getattr(BitfinexRest, name), None) == RateLimit(most, 0, 60, estimated=True)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("depth", "order_depth"),
        ("depth", "funding_depth"),
        ("trades", "funding_trades"),
        ("ohlc", "last_ohlc"),
        ("config", "asset_pairs"),
        ("derivatives_status", "derivatives_status_history"),
        ("ticker", "funding_ticker"),
        ("stats", "last_stats"),
        ("average_price", "funding_average_rate"),
    ],
)
def test_endpoints_that_are_one_to_bitfinex_count_together(name: str, other: str) -> None:
    limits = RestLimits(scheduler=TestScheduler())
    used_up(limits, name)
    assert ask(limits, other) == 60
    assert ask(limits, "balances") == 0


def test_a_read_waits_for_the_oldest_call_to_be_a_minute_old() -> None:
    time = TestScheduler()
    limits = RestLimits(scheduler=time)
    assert ask(limits, "liquidations") == 0
    time.advance_by(20)
    assert ask(limits, "liquidations") == ask(limits, "liquidations") == 0
    assert ask(limits, "liquidations") == 40
    time.advance_by(40)
    assert ask(limits, "liquidations") == 0
    assert ask(limits, "liquidations") == 20


def test_orders_are_not_held_back_in_silence_and_cancels_never() -> None:
    limits = RestLimits(scheduler=TestScheduler())
    for _ in range(90):
        assert ask(limits, "add_order") == 0
    with pytest.raises(NotSent, match=r"room in 60\.0 s"):
        ask(limits, "add_order")
    for _ in range(100):
        assert ask(limits, "cancel_order") == ask(limits, "cancel_all") == ask(limits, "cancel_funding_offer") == 0


@pytest.mark.parametrize(
    "outcome", [RateLimited("ERR_RATE_LIMIT", 60.0), RateLimited("?"), AnswerLost("add_order", "HTTP 429", 429)]
)
def test_a_refusal_for_the_rate_is_one_of_the_address_and_holds_everything(outcome: Exception) -> None:
    time = TestScheduler()
    limits = RestLimits(scheduler=time)
    assert ask(limits, "ticker") == 0
    limits.told(BitfinexRest.ticker, None, outcome)
    assert ask(limits, "ticker") == 60
    assert ask(limits, "balances") == 60, "of which nothing was asked before"
    with pytest.raises(NotSent):
        ask(limits, "add_order")
    assert ask(limits, "cancel_order") == 0
    time.advance_by(60)
    assert ask(limits, "ticker") == ask(limits, "balances") == ask(limits, "add_order") == ask(limits, "depth") == 0


@pytest.mark.parametrize("outcome", [RateLimited("?", 90.0), AnswerLost("add_order", "HTTP 429", 429, 90.0)])
def test_a_longer_wait_that_is_asked_for_is_kept_to(outcome: Exception) -> None:
    limits = RestLimits(scheduler=TestScheduler())
    limits.told(BitfinexRest.ticker, None, outcome)
    assert ask(limits, "ticker") == 90


@pytest.mark.parametrize("outcome", [AnswerLost("x", "HTTP 502", 502), RateLimit(1, 0, 5), object(), None])
def test_other_outcomes_hold_nothing(outcome: object) -> None:
    limits = RestLimits(scheduler=TestScheduler())
    limits.told(BitfinexRest.ticker, None, outcome)
    assert ask(limits, "ticker") == 0
