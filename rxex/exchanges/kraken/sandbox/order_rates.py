"""How fast an account may place and change orders, as the venue's matching engine counts it.

https://docs.kraken.com/api/docs/guides/spot-ratelimits: a counter for each account and pair, which decays.
"""

from __future__ import annotations

from attrs import define

from rxex.exchanges.kraken.sandbox.refusals import Declined

__all__ = ["RATE_LIMIT", "OrderRates"]

RATE_LIMIT = 125
"""The most of the venue's middle tier."""
_DECAY = 2.34
# In any case, and in addition for an order that is younger than so many seconds.
_FIXED = {"add": 1.0, "amend": 1.0, "edit": 1.0, "cancel": 0.0}
_YOUNG = {
    "add": (),
    "amend": ((5, 3), (10, 2), (15, 1)),
    "edit": ((5, 6), (10, 5), (15, 4), (45, 2), (90, 1)),
    "cancel": ((5, 8), (10, 6), (15, 5), (45, 4), (90, 2), (300, 1)),
}


@define
class _Counter:
    count: float = 0.0
    time: float = 0.0


class OrderRates:
    """The counters of all accounts; counts nothing unless it is told to.

    >>> rates = OrderRates(enforced=True)
    >>> rates.charge("main", "BTC/USD", "add", now=0.0)
    >>> rates.charge("main", "BTC/USD", "cancel", now=2.0, age=2.0)
    >>> rates.count("main", "BTC/USD", now=2.0)
    8
    """

    def __init__(self, *, enforced: bool) -> None:
        """Begin at 0; with ``enforced`` refuse what goes beyond the limit."""
        self.enforced = enforced
        self._counters: dict[tuple[str, str], _Counter] = {}

    def charge(
        self, account: str, symbol: str, kind: str, *, now: float, age: float = 0.0, refuses: bool = True
    ) -> None:
        """Count an ``add``, ``amend``, ``edit`` or ``cancel`` of an order ``age`` seconds old; raises `Declined`."""
        if not self.enforced:
            return
        counter = self._counter(account, symbol, now)
        cost = _FIXED[kind] + next((extra for least, extra in _YOUNG[kind] if age < least), 0)
        if refuses and counter.count + cost > RATE_LIMIT:
            counter.count += _FIXED[kind]
            raise Declined("EOrder:Rate limit exceeded")
        counter.count += cost

    def count(self, account: str, symbol: str, now: float) -> int:
        """The counter of an account and a pair."""
        return int(self._counter(account, symbol, now).count)

    def _counter(self, account: str, symbol: str, now: float) -> _Counter:
        counter = self._counters.setdefault((account, symbol), _Counter(0.0, now))
        counter.count = max(0.0, counter.count - (now - counter.time) * _DECAY)
        counter.time = now
        return counter
