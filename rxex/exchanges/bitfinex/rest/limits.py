"""Bitfinex's limits applied to calls: reads wait, orders are not held back in silence, cancels never are.

Source: Bitfinex's page "Rate limits", and the number that the page of each endpoint tells.
"""

from __future__ import annotations

import threading
from typing import Any

from reactivex.abc import SchedulerBase

from rxex.clock import default_clock
from rxex.errors import AnswerLost, NotSent, RateLimited
from rxex.exchanges.bitfinex.rest.wire import PAUSE
from rxex.rest import Endpoint, RateLimit
from rxex.rest.sliding import SlidingCounter

__all__ = ["RestLimits"]

_PERIOD = 60.0
_USUAL = 90
_OTHERS = {
    "book": 240,
    "platform": 30,
    "tickers": 30,
    "candles": 30,
    "trades": 15,
    "stats1": 15,
    "liquidations": 3,
    # Not documented, but that no endpoint allows less than 10; those above do.
    "tickers/hist": 10,
    "funding/stats": 10,
    "transfer": 10,
}
_TOO_MANY_REQUESTS = 429


class RestLimits:
    """Counts the calls of one key and one address in every minute, endpoint by endpoint; a `rxex.rest.Limiter`."""

    def __init__(self, *, scheduler: SchedulerBase | None = None) -> None:
        """Start with nothing asked.

        Args:
            scheduler: Measures the time; default: `rxex.clock.default_clock`.
        """
        self._scheduler = scheduler or default_clock()
        self._pools: dict[str, SlidingCounter] = {}
        self._banned = SlidingCounter(1, _PERIOD, scheduler=self._scheduler)
        self._lock = threading.Lock()

    def wait(self, endpoint: Endpoint[..., Any], parameters: Any) -> float:  # noqa: ARG002 - as its protocol
        """See `rxex.rest.Limiter.wait`: raises `NotSent` for what changes something and would be refused."""
        pool = self._pool(endpoint)
        if endpoint.effect and "/cancel" in endpoint.path:
            pool.add()
            return 0.0
        wait = pool.wait()
        if wait and endpoint.effect:
            raise NotSent(f"by our own count {endpoint.pool} would be refused; there is room in {wait:.1f} s")
        return wait

    def told(self, endpoint: Endpoint[..., Any], parameters: Any, outcome: Any) -> None:  # noqa: ARG002 - as above
        """See `rxex.rest.Limiter.told`: learns that the address is refused for a while."""
        pause: float | None = None
        if isinstance(outcome, RateLimited):
            pause = PAUSE if outcome.retry_after is None else outcome.retry_after
        elif isinstance(outcome, AnswerLost) and outcome.status == _TOO_MANY_REQUESTS:
            pause = max(PAUSE, outcome.retry_after or 0.0)
        if pause is not None:
            with self._lock:
                self._banned.pause(pause)
                for pool in self._pools.values():
                    pool.pause(pause)

    def rate_limit(self, endpoint: Endpoint[..., Any], parameters: Any) -> RateLimit | None:  # noqa: ARG002 - as above
        """See `rxex.rest.Limiter.rate_limit`."""
        return self._pool(endpoint).rate_limit

    def _pool(self, endpoint: Endpoint[..., Any]) -> SlidingCounter:
        with self._lock:
            pool = self._pools.get(endpoint.pool)
            if pool is None:
                size = _OTHERS.get(endpoint.pool, _USUAL)
                pool = self._pools[endpoint.pool] = SlidingCounter(size, _PERIOD, scheduler=self._scheduler)
                pool.pause(self._banned.rate_limit.reset or 0.0)
            return pool
