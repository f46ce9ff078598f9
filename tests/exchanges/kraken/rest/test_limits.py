"""Kraken's limits, counted by ourselves, in virtual time."""

from __future__ import annotations

from typing import Any

import pytest
from reactivex.testing import TestScheduler

from rxex.errors import InvalidArgument, NotSent, RateLimited
from rxex.exchanges.kraken.rate_limit import TradingCounter, Transaction
from rxex.exchanges.kraken.rest import KrakenRest, models, parameters
from rxex.exchanges.kraken.rest.limits import RestLimits
from rxex.rest import NoParameters

ADD: Any = parameters.AddOrder(pair="BTC/USD", ordertype="limit", type="buy", volume=1, price=1)
NOTHING = NoParameters()


def test_the_worked_example_of_kraken_s_page() -> None:
    """Add, amend after 7 s, cancel 36 s later: 1 + 3 + 4."""
    time = TestScheduler()
    counter = TradingCounter("pro", scheduler=time)
    costs = [counter.cost(Transaction.ADD)]
    counter.placed("O", "BTC/USD")
    time.advance_by(7)
    costs.append(counter.cost(Transaction.AMEND, "O"))
    counter.placed("O", "BTC/USD")
    time.advance_by(36)
    costs.append(counter.cost(Transaction.CANCEL, "O"))
    assert costs == [1, 3, 4]


@pytest.mark.parametrize(
    ("transaction", "costs"),
    [
        (Transaction.ADD, [1, 1, 1, 1, 1, 1, 1]),
        (Transaction.AMEND, [4, 3, 2, 1, 1, 1, 1]),
        (Transaction.EDIT, [7, 6, 5, 3, 2, 1, 1]),
        (Transaction.CANCEL, [8, 6, 5, 4, 2, 1, 0]),
    ],
)
def test_what_a_transaction_counts_by_the_age_of_the_order(transaction: Transaction, costs: list[int]) -> None:
    time = TestScheduler()
    counter = TradingCounter(scheduler=time)
    counter.placed("O", "BTC/USD")
    got = []
    for age in (0, 5, 10, 15, 45, 90, 300):
        time.advance_to(time.to_datetime(float(age)))
        got.append(counter.cost(transaction, "O"))
    assert got == costs
    assert counter.cost(transaction, "unknown") == costs[-1]


def test_a_pair_has_one_counter_whatever_it_is_called_and_others_have_their_own() -> None:
    counter = TradingCounter(scheduler=TestScheduler())
    counter.count("BTC/USD", 10)
    counter.count("XBTUSD", 10)
    assert [counter.rate_limit(pair).remaining for pair in ("XBT/USD", "btc/usd", "ETH/USD")] == [40, 40, 60]


@pytest.mark.parametrize(("tier", "most"), [("starter", 60), ("intermediate", 125), ("pro", 180)])
def test_an_order_that_the_limit_would_refuse_is_not_sent_and_a_cancel_always_is(tier: str, most: int) -> None:
    limits = RestLimits(tier, scheduler=TestScheduler())
    for number in range(most):
        assert limits.wait(KrakenRest.add_order, ADD) == 0
        limits.told(KrakenRest.add_order, ADD, models.Placed((f"O{number}",), ""))
    with pytest.raises(NotSent, match=r"BTC/USD would refuse it.* there is room in \d"):
        limits.wait(KrakenRest.add_order, ADD)
    with pytest.raises(NotSent):
        limits.wait(KrakenRest.amend_order, parameters.AmendOrder(txid="O1", limit_price=2))
    cancel = parameters.CancelOrder(txid="O1")
    assert limits.wait(KrakenRest.cancel_order, cancel) == 0
    assert limits.trading.rate_limit("BTC/USD").remaining == 0
    assert limits.wait(KrakenRest.cancel_all, NOTHING) == 0


def test_a_batch_counts_half_and_its_orders_are_known() -> None:
    limits = RestLimits(scheduler=TestScheduler())
    one = {"ordertype": "market", "type": "buy", "volume": 1}
    batch: Any = parameters.AddOrderBatch(orders=[one, one, one], pair="ETH/USD")
    assert limits.wait(KrakenRest.add_order_batch, batch) == 0
    assert limits.trading.rate_limit("ETH/USD").remaining == 58.5
    limits.told(KrakenRest.add_order_batch, batch, models.BatchPlaced((models.Placed(("A",), ""),)))
    assert limits.trading.pair_of("A") == "ETH/USD"


def test_edited_and_amended_orders_are_young_again() -> None:
    time = TestScheduler()
    limits = RestLimits(scheduler=time)
    limits.told(KrakenRest.add_order, ADD, models.Placed(("A",), ""))
    time.advance_by(100)
    amend = parameters.AmendOrder(txid="A", limit_price=2)
    limits.told(KrakenRest.amend_order, amend, models.Amended("x"))
    assert limits.trading.cost(Transaction.CANCEL, "A") == 8
    edit: Any = parameters.EditOrder(txid="A", pair="BTC/USD")
    limits.told(KrakenRest.edit_order, edit, models.Edited("B", "A", "ok", None))
    assert limits.trading.cost(Transaction.CANCEL, "B") == 8


@pytest.mark.parametrize(("tier", "most", "decay"), [("starter", 15, 0.33), ("intermediate", 20, 0.5), ("pro", 20, 1)])
def test_private_reads_keep_to_the_tier(tier: str, most: int, decay: float) -> None:
    time = TestScheduler()
    limits = RestLimits(tier, scheduler=time)
    assert limits.wait(KrakenRest.trades_history, parameters.TradesHistory()) == 0
    for _ in range(most - 4):
        assert limits.wait(KrakenRest.balance, NOTHING) == 0
    assert limits.wait(KrakenRest.balance, NOTHING) == pytest.approx(1 / decay)
    told = limits.rate_limit(KrakenRest.balance, NOTHING)
    assert told is not None
    assert (told.limit, told.remaining, told.estimated) == (most, 0, True)
    # Orders and public calls are counted apart.
    assert limits.wait(KrakenRest.add_order, ADD) == 0
    assert limits.wait(KrakenRest.server_time, NOTHING) == 0


def test_what_kraken_counts_beyond_ours_is_learned() -> None:
    limits = RestLimits(scheduler=TestScheduler())
    for endpoint, given in [(KrakenRest.server_time, NOTHING), (KrakenRest.balance, NOTHING)]:
        limits.told(endpoint, given, RateLimited("EAPI:Rate limit exceeded"))
        assert limits.wait(endpoint, given) > 0
    limits.told(KrakenRest.add_order, ADD, RateLimited("EOrder:Rate limit exceeded"))
    with pytest.raises(NotSent):
        limits.wait(KrakenRest.add_order, ADD)


def test_an_order_of_unknown_pair_is_neither_held_back_nor_counted() -> None:
    limits = RestLimits(scheduler=TestScheduler())
    cancel = parameters.CancelOrder(cl_ord_id="mine")
    assert limits.wait(KrakenRest.cancel_order, cancel) == 0
    assert limits.rate_limit(KrakenRest.cancel_order, cancel) is None


def test_an_unknown_tier_is_refused() -> None:
    with pytest.raises(InvalidArgument, match="gold"):
        RestLimits("gold")
