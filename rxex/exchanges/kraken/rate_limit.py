"""Kraken's limits, counted by ourselves. Source: Kraken's guides "Rate limits" of Spot REST and of Spot trading.

The matching engine counts by account and pair, whatever way a request comes: REST and WebSocket share a counter.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from enum import StrEnum
from typing import cast

from attrs import frozen
from reactivex.abc import SchedulerBase

from rxex.clock import default_clock
from rxex.errors import InvalidArgument
from rxex.rest import CallCounter, RateLimit

__all__ = ["TIERS", "Tier", "TierLimits", "TradingCounter", "Transaction", "limits_of"]

_MOST_ORDERS = 10_000


class Tier(StrEnum):
    """How far Kraken has verified an account."""

    STARTER = "starter"
    INTERMEDIATE = "intermediate"
    PRO = "pro"


@frozen
class TierLimits:
    """What a tier may do: REST calls, and the matching engine's count for each pair, with their decay a second."""

    calls: float
    calls_decay: float
    trading: float
    trading_decay: float


TIERS = {
    Tier.STARTER: TierLimits(15, 0.33, 60, 1.0),
    Tier.INTERMEDIATE: TierLimits(20, 0.5, 125, 2.34),
    Tier.PRO: TierLimits(20, 1.0, 180, 3.75),
}


def limits_of(tier: Tier | str) -> TierLimits:
    """Give the limits of a tier; raises `InvalidArgument` for one that Kraken does not have."""
    limits = TIERS.get(cast("Tier", tier))
    if limits is None:
        raise InvalidArgument("tier", tier, f"choose of {', '.join(TIERS)}")
    return limits


class Transaction(StrEnum):
    """What the matching engine counts."""

    ADD = "add"
    AMEND = "amend"
    EDIT = "edit"
    CANCEL = "cancel"


# What each counts in any case, and in addition for an order that is younger than so many seconds.
_FIXED = {Transaction.ADD: 1.0, Transaction.AMEND: 1.0, Transaction.EDIT: 1.0, Transaction.CANCEL: 0.0}
_BY_AGE: dict[Transaction, tuple[tuple[float, float], ...]] = {
    Transaction.ADD: (),
    Transaction.AMEND: ((5, 3), (10, 2), (15, 1)),
    Transaction.EDIT: ((5, 6), (10, 5), (15, 4), (45, 2), (90, 1)),
    Transaction.CANCEL: ((5, 8), (10, 6), (15, 5), (45, 4), (90, 2), (300, 1)),
}


class TradingCounter:
    """The matching engine's counters, as far as we know its orders. Thread-safe.

    An order that was not made through us counts as old. Pairs are told apart by their base and quote, written
    ``BTC/USD`` or ``XBTUSD``; Kraken's keys (``XXBTZUSD``) count on their own.

    >>> from reactivex.testing import TestScheduler
    >>> time = TestScheduler()
    >>> counter = TradingCounter("pro", scheduler=time)
    >>> counter.count("BTC/USD", counter.cost(Transaction.ADD))
    >>> counter.placed("O1", "BTC/USD")
    >>> time.advance_by(7)
    >>> counter.cost(Transaction.CANCEL, "O1")
    6.0
    """

    def __init__(self, tier: Tier | str = Tier.STARTER, *, scheduler: SchedulerBase | None = None) -> None:
        """Start at 0 for every pair.

        Args:
            tier: How far the account is verified.
            scheduler: Measures the time; default: `rxex.clock.default_clock`.
        """
        self._limits = limits_of(tier)
        self._scheduler = scheduler or default_clock()
        self._counters: dict[str, CallCounter] = {}
        self._orders: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self._lock = threading.Lock()

    def cost(self, transaction: Transaction, order_id: str | None = None) -> float:
        """Give what a transaction counts; for one on an order, by its age."""
        with self._lock:
            known = self._orders.get(order_id or "")
            age = None if known is None else self._now() - known[1]
        extra = next((cost for below, cost in _BY_AGE[transaction] if age is not None and age < below), 0.0)
        return _FIXED[transaction] + extra

    def wait(self, pair: str, cost: float) -> float:
        """Count ``cost`` and give 0; or give the seconds until there is room for it, and count nothing."""
        return self._counter(pair).wait(cost)

    def count(self, pair: str, cost: float) -> None:
        """Count ``cost`` even where there is no room for it."""
        self._counter(pair).add(cost)

    def fill(self, pair: str) -> None:
        """Count so much that there is no room: Kraken says so."""
        self._counter(pair).fill()

    def rate_limit(self, pair: str) -> RateLimit:
        """Tell what is left for ``pair``."""
        return self._counter(pair).rate_limit

    def pair_of(self, order_id: str | None) -> str | None:
        """Give the pair of an order that was made through us, None for any other."""
        with self._lock:
            known = self._orders.get(order_id or "")
        return None if known is None else known[0]

    def placed(self, order_id: str, pair: str) -> None:
        """Learn of an order that was made, or changed, just now."""
        with self._lock:
            self._orders[order_id] = (pair, self._now())
            self._orders.move_to_end(order_id)
            if len(self._orders) > _MOST_ORDERS:
                self._orders.popitem(last=False)

    def _counter(self, pair: str) -> CallCounter:
        key = pair.upper().replace("/", "").replace("BTC", "XBT").replace("DOGE", "XDG")
        with self._lock:
            if key not in self._counters:
                limits = self._limits
                self._counters[key] = CallCounter(limits.trading, limits.trading_decay, scheduler=self._scheduler)
            return self._counters[key]

    def _now(self) -> float:
        return self._scheduler.to_seconds(self._scheduler.now)
