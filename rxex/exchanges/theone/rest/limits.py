"""TheOne's limits applied to calls: reads wait, swaps are not held back in silence.

Source: TheOne's documents on rate limits: 100 calls a minute without a key, 1,000 with one.
"""

from __future__ import annotations

from typing import Any

from reactivex.abc import SchedulerBase

from rxex.errors import NotSent, RateLimited
from rxex.rest import CallCounter, Endpoint, RateLimit

__all__ = ["RestLimits"]

_PUBLIC, _PRIVATE = 100.0, 1000.0
_MINUTE = 60.0


class RestLimits:
    """Counts the calls of one key; a `rxex.rest.Limiter`."""

    def __init__(
        self, *, public: float = _PUBLIC, private: float = _PRIVATE, scheduler: SchedulerBase | None = None
    ) -> None:
        """Start at 0; ``public`` and ``private`` calls are those of a minute."""
        self._public = CallCounter(public, public / _MINUTE, scheduler=scheduler)
        self._private = CallCounter(private, private / _MINUTE, scheduler=scheduler)

    def wait(self, endpoint: Endpoint[..., Any], parameters: Any) -> float:  # noqa: ARG002
        """See `rxex.rest.Limiter.wait`: raises `NotSent` for what changes something and would have to wait."""
        wait = self._of(endpoint).wait(endpoint.cost)
        if wait and endpoint.effect:
            raise NotSent(f"the rate limit would refuse it by our own count; there is room in {wait:.1f} s")
        return wait

    def told(self, endpoint: Endpoint[..., Any], parameters: Any, outcome: Any) -> None:  # noqa: ARG002
        """See `rxex.rest.Limiter.told`: learns that the exchange counted more."""
        if isinstance(outcome, RateLimited):
            self._of(endpoint).fill()

    def rate_limit(self, endpoint: Endpoint[..., Any], parameters: Any) -> RateLimit | None:  # noqa: ARG002
        """See `rxex.rest.Limiter.rate_limit`."""
        return self._of(endpoint).rate_limit

    def _of(self, endpoint: Endpoint[..., Any]) -> CallCounter:
        return self._private if endpoint.private else self._public
