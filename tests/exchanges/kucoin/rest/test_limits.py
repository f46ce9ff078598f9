"""KuCoin's quotas, counted by ourselves and told by KuCoin, in virtual time."""

from __future__ import annotations

from typing import Any

import pytest
from reactivex.testing import TestScheduler

from rxex.errors import InvalidArgument, NotSent, RateLimited
from rxex.exchanges.kucoin.rest import KucoinRest, RestLimits
from rxex.rest import RateLimit


def ask(limits: RestLimits, name: str) -> float:
    return limits.wait(getattr(KucoinRest, name), None)


@pytest.mark.parametrize(
    ("vip", "spot", "others"), [(0, 4000, 2000), (1, 6000, 2000), (2, 8000, 4000), (12, 40000, 20000)]
)
def test_the_quotas_of_a_level(vip: int, spot: int, others: int) -> None:
    pools = RestLimits(vip, scheduler=TestScheduler()).pools
    sizes = {name: pool.rate_limit.limit for name, pool in pools.items()}
    assert sizes == {
        "Spot": spot,
        "Futures": others,
        "Management": others,
        **dict.fromkeys(("Public", "Earn", "CopyTrading", "Broker"), 2000),
    }


@pytest.mark.parametrize("vip", [-1, 13, True, "1", None])
def test_another_level_is_refused(vip: Any) -> None:
    with pytest.raises(InvalidArgument, match="vip"):
        RestLimits(vip)


def test_reads_wait_for_the_end_of_the_window_each_pool_for_itself() -> None:
    time = TestScheduler()
    limits = RestLimits(scheduler=time)
    for _ in range(133):
        assert ask(limits, "tickers") == 0
    time.advance_by(10)
    assert ask(limits, "tickers") == 20
    assert ask(limits, "ticker") == 0
    assert ask(limits, "open_orders") == ask(limits, "balances") == ask(limits, "futures_position") == 0
    time.advance_by(20)
    assert ask(limits, "tickers") == 0
    left = limits.rate_limit(KucoinRest.tickers, None)
    assert left == RateLimit(2000, 1985, 30, estimated=True)


def test_orders_are_not_held_back_in_silence_and_cancels_never() -> None:
    limits = RestLimits(scheduler=TestScheduler())
    limits.pools["Spot"].add(4000)
    with pytest.raises(NotSent, match=r"30\.0 s"):
        ask(limits, "add_order")
    assert ask(limits, "cancel_order") == ask(limits, "cancel_all") == 0
    assert ask(limits, "query_order") == 30


def test_what_kucoin_tells_counts_more() -> None:
    time = TestScheduler()
    limits = RestLimits(scheduler=time)
    assert ask(limits, "query_order") == 0
    limits.told(KucoinRest.query_order, None, RateLimit(6000, 3, 12.5))
    assert ask(limits, "query_order") == 0
    assert ask(limits, "query_order") == 12.5
    time.advance_by(12.5)
    assert limits.rate_limit(KucoinRest.query_order, None) == RateLimit(6000, 6000, 30, estimated=True)


def test_a_refusal_pauses_its_pool_and_that_of_an_address_all_of_them() -> None:
    limits = RestLimits(scheduler=TestScheduler())
    limits.told(KucoinRest.futures_position, None, RateLimited("200002: too many", 10.0))
    assert ask(limits, "futures_position") == 10
    assert ask(limits, "ticker") == 0
    limits.told(KucoinRest.ticker, None, RateLimited("1015: too many requests", 30.0))
    assert ask(limits, "query_order") == ask(limits, "balances") == 30


def test_an_overloaded_exchange_does_not_count_against_us() -> None:
    limits = RestLimits(scheduler=TestScheduler())
    limits.told(KucoinRest.ticker, None, RateLimited("429000: overloaded"))
    assert ask(limits, "ticker") == 0
