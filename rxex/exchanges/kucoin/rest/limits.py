"""KuCoin's quotas applied to calls: reads wait, orders are not held back in silence, cancels never are."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from reactivex.abc import SchedulerBase

from rxex.errors import InvalidArgument, NotSent, RateLimited
from rxex.exchanges.kucoin.rest.wire import ADDRESS_LIMIT
from rxex.rest import Endpoint, RateLimit, WindowCounter

__all__ = ["RestLimits"]

_PERIOD = 30.0
_SPOT = (4000, 6000, 8000, 10000, 13000, 16000, 20000, 23000, 26000, 30000, 33000, 36000, 40000)
_OTHER = (2000, 2000, 4000, 5000, 6000, 7000, 8000, 10000, 12000, 14000, 16000, 18000, 20000)
_FLAT = ("Public", "Earn", "CopyTrading", "Broker")
_FLAT_QUOTA = 2000


class RestLimits:
    """Counts the calls of one key and one address, pool by pool; a `rxex.rest.Limiter`.

    What KuCoin tells with an answer, the size of a pool too, counts more than what was counted here.
    """

    def __init__(self, vip: int = 0, *, scheduler: SchedulerBase | None = None) -> None:
        """Start with all quotas unused.

        Args:
            vip: The VIP level of the account, 0 to 12.
            scheduler: Measures the time; default: `rxex.clock.default_clock`.

        Raises `InvalidArgument` for another level.
        """
        given: object = vip
        if not isinstance(given, int) or isinstance(given, bool) or not 0 <= given < len(_SPOT):
            raise InvalidArgument("vip", vip, f"give a level from 0 to {len(_SPOT) - 1}")
        sizes = {"Spot": _SPOT[vip], "Futures": _OTHER[vip], "Management": _OTHER[vip]}
        sizes |= dict.fromkeys(_FLAT, _FLAT_QUOTA)
        self.pools: Mapping[str, WindowCounter] = MappingProxyType(
            {name: WindowCounter(size, _PERIOD, scheduler=scheduler) for name, size in sizes.items()}
        )
        """The counts, by KuCoin's words for the pools; orders given over a WebSocket count in them, too."""

    def wait(self, endpoint: Endpoint[..., Any], parameters: Any) -> float:  # noqa: ARG002 - as its protocol
        """See `rxex.rest.Limiter.wait`: raises `NotSent` for an order that the quota would refuse."""
        pool = self.pools[endpoint.pool]
        if endpoint.effect and endpoint.method == "DELETE":
            pool.add(endpoint.cost)
            return 0.0
        wait = pool.wait(endpoint.cost)
        if wait and endpoint.effect:
            raise NotSent(f"the quota of {endpoint.pool} is used up by our own count; there is room in {wait:.1f} s")
        return wait

    def told(self, endpoint: Endpoint[..., Any], parameters: Any, outcome: Any) -> None:  # noqa: ARG002 - as above
        """See `rxex.rest.Limiter.told`: learns what is left, and that calls are refused for a while."""
        if isinstance(outcome, RateLimit):
            self.pools[endpoint.pool].told(outcome)
        elif isinstance(outcome, RateLimited) and outcome.retry_after is not None:
            everywhere = outcome.reason.startswith(ADDRESS_LIMIT)
            for pool in self.pools.values() if everywhere else [self.pools[endpoint.pool]]:
                pool.pause(outcome.retry_after)

    def rate_limit(self, endpoint: Endpoint[..., Any], parameters: Any) -> RateLimit | None:  # noqa: ARG002 - as above
        """See `rxex.rest.Limiter.rate_limit`."""
        return self.pools[endpoint.pool].rate_limit
