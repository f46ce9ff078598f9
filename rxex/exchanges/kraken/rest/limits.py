"""Kraken's limits applied to calls: reads wait, orders are not held back in silence, cancels never are."""

from __future__ import annotations

from typing import Any

from reactivex.abc import SchedulerBase

from rxex.errors import NotSent, RateLimited
from rxex.exchanges.kraken.rate_limit import Tier, TradingCounter, Transaction, limits_of
from rxex.exchanges.kraken.rest.models import Amended, BatchPlaced, Edited, Placed
from rxex.rest import CallCounter, Endpoint, RateLimit

__all__ = ["RestLimits"]

# Kraken does not tell what it allows without a key; a call a second is known to be safe.
_PUBLIC = (10.0, 1.0)
_ON_AN_ORDER = {"AmendOrder": Transaction.AMEND, "EditOrder": Transaction.EDIT, "CancelOrder": Transaction.CANCEL}


class RestLimits:
    """Counts the calls of one key; a `rxex.rest.Limiter`."""

    def __init__(
        self,
        tier: Tier | str = Tier.STARTER,
        *,
        trading: TradingCounter | None = None,
        scheduler: SchedulerBase | None = None,
    ) -> None:
        """Start at 0.

        Args:
            tier: How far the account is verified.
            trading: The matching engine's counters, where they are shared with a WebSocket; None: new ones.
            scheduler: Measures the time; default: `rxex.clock.default_clock`.
        """
        limits = limits_of(tier)
        self.trading = trading or TradingCounter(tier, scheduler=scheduler)
        self._public = CallCounter(*_PUBLIC, scheduler=scheduler)
        self._private = CallCounter(limits.calls, limits.calls_decay, scheduler=scheduler)

    def wait(self, endpoint: Endpoint[..., Any], parameters: Any) -> float:
        """See `rxex.rest.Limiter.wait`: raises `NotSent` for an order that the engine's limit would refuse."""
        if not endpoint.effect:
            return (self._private if endpoint.private else self._public).wait(endpoint.cost)
        pair = self._pair(parameters)
        cost = self._trading_cost(endpoint, parameters)
        if pair is None or not cost:
            return 0.0
        if endpoint.name.startswith("Cancel"):
            self.trading.count(pair, cost)
            return 0.0
        wait = self.trading.wait(pair, cost)
        if wait:
            raise NotSent(f"the rate limit of {pair} would refuse it by our own count; there is room in {wait:.1f} s")
        return 0.0

    def told(self, endpoint: Endpoint[..., Any], parameters: Any, outcome: Any) -> None:
        """See `rxex.rest.Limiter.told`: learns ids and ages of orders, and that the exchange counted more."""
        pair = self._pair(parameters)
        if isinstance(outcome, RateLimited):
            if not endpoint.effect:
                (self._private if endpoint.private else self._public).fill()
            elif pair is not None:
                self.trading.fill(pair)
        elif pair is not None:
            for order_id in _placed(outcome, parameters):
                self.trading.placed(order_id, pair)

    def rate_limit(self, endpoint: Endpoint[..., Any], parameters: Any) -> RateLimit | None:
        """See `rxex.rest.Limiter.rate_limit`; of a call on an order of unknown pair nothing is known."""
        if not endpoint.effect:
            return (self._private if endpoint.private else self._public).rate_limit
        pair = self._pair(parameters)
        return None if pair is None else self.trading.rate_limit(pair)

    def _pair(self, parameters: Any) -> str | None:
        given: str | None = getattr(parameters, "pair", None)
        return given or self.trading.pair_of(getattr(parameters, "txid", None))

    def _trading_cost(self, endpoint: Endpoint[..., Any], parameters: Any) -> float:
        if endpoint.name == "AddOrder":
            return self.trading.cost(Transaction.ADD)
        if endpoint.name == "AddOrderBatch":
            return len(parameters.orders) / 2
        transaction = _ON_AN_ORDER.get(endpoint.name)
        return 0.0 if transaction is None else self.trading.cost(transaction, parameters.txid)


def _placed(outcome: Any, parameters: Any) -> tuple[str, ...]:
    match outcome:
        case Placed(ids=ids):
            return ids
        case BatchPlaced(orders=orders):
            return tuple(each for order in orders for each in order.ids)
        case Edited(id=str(new)):
            return (new,)
        case Amended() if parameters.txid is not None:
            return (parameters.txid,)
    return ()
