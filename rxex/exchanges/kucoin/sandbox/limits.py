"""Quotas of the simulated KuCoin: what calls weigh is taken from pools, which are full again each 30 seconds.

Source: KuCoin's page "Rate limit".
"""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil

from attrs import define, frozen

__all__ = ["Quota", "Quotas"]

_WINDOW = 30.0
_SIZES = {"spot": 4000, "futures": 2000, "management": 2000, "public": 2000, "earn": 2000, "copytrading": 2000}


@define
class _Pool:
    ends: float = 0.0
    used: int = 0


@frozen
class Quota:
    """What is told with an answer: the size of a pool, what is left of it, and milliseconds until it is full again."""

    limit: int
    remaining: int
    reset: int
    is_used_up: bool = False

    @property
    def headers(self) -> Mapping[str, str]:
        """How that is written."""
        return {
            "gw-ratelimit-limit": str(self.limit),
            "gw-ratelimit-remaining": str(self.remaining),
            "gw-ratelimit-reset": str(self.reset),
        }


class Quotas:
    """The pools of all accounts."""

    def __init__(self) -> None:
        self._pools: dict[tuple[str, str], _Pool] = {}

    def charge(self, pool: str, owner: str, weight: int, now: float) -> Quota:
        """Take ``weight`` from a pool of ``owner``; what is not there is not taken."""
        mine, limit = self._pool(pool, owner, now), _SIZES[pool]
        is_used_up = mine.used + weight > limit
        if not is_used_up:
            mine.used += weight
        return Quota(limit, limit - mine.used, ceil((mine.ends - now) * 1000), is_used_up)

    def use_up(self, pool: str, owner: str, now: float) -> None:
        """Leave nothing in a pool until it is full again."""
        self._pool(pool, owner, now).used = _SIZES[pool]

    def _pool(self, pool: str, owner: str, now: float) -> _Pool:
        mine = self._pools.setdefault((pool, owner), _Pool())
        if now >= mine.ends:
            # A window begins with the first call after the last one.
            mine.ends, mine.used = now + _WINDOW, 0
        return mine
