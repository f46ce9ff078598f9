"""Count our own calls, so that the exchange need not refuse them."""

from __future__ import annotations

import threading
from typing import Any, Protocol

from reactivex.abc import SchedulerBase

from rxex.clock import default_clock
from rxex.errors import InvalidArgument
from rxex.rest.messages import RateLimit

__all__ = ["CallCounter", "Limiter", "WindowCounter"]

# Seconds by which the exchange's window may seem to end later than ours without being another one.
_LATENCY = 1.0
# Clocks count microseconds: what is due within a few of them is due now.
_SOON = 5e-6


class Limiter(Protocol):
    """Decides when calls may go out. Its methods are called from several threads."""

    def wait(self, endpoint: Any, parameters: Any) -> float:
        """Give the seconds until this call may go out; 0: now, and it is counted.

        Raises `NotSent` where it is better given up than held back.
        """
        ...

    def told(self, endpoint: Any, parameters: Any, outcome: Any) -> None:
        """Learn from the data of the answer to a call, or from the error that it ended with.

        Before either, ``outcome`` is the `RateLimit` that the answer tells, if it tells one.
        """

    def rate_limit(self, endpoint: Any, parameters: Any) -> RateLimit | None:
        """Tell what is left for calls like this one, by our own count."""
        ...


class CallCounter:
    """A count that each call raises and that falls with time; no call may raise it above ``maximum``. Thread-safe.

    >>> from reactivex.testing import TestScheduler
    >>> counter = CallCounter(3, 0.5, scheduler=TestScheduler())
    >>> [counter.wait() for _ in range(4)]
    [0.0, 0.0, 0.0, 2.0]
    """

    def __init__(self, maximum: float, decay: float, *, scheduler: SchedulerBase | None = None) -> None:
        """Start at 0.

        Args:
            maximum: What the count may reach.
            decay: By how much it falls in a second.
            scheduler: Measures the time; default: `rxex.clock.default_clock`.
        """
        if not (maximum > 0 and decay > 0):
            raise InvalidArgument("maximum, decay", (maximum, decay), "both have to be above 0")
        self.maximum = maximum
        self._decay = decay
        self._scheduler = scheduler or default_clock()
        self._count = 0.0
        self._at = self._now()
        self._lock = threading.Lock()

    def wait(self, cost: float = 1.0) -> float:
        """Count ``cost`` and give 0; or give the seconds until there is room for it, and count nothing."""
        with self._lock:
            excess = self._fallen() + min(cost, self.maximum) - self.maximum
            if excess > _SOON * self._decay:
                return excess / self._decay
            self._count += cost
            return 0.0

    def add(self, cost: float) -> None:
        """Count ``cost`` even where there is no room for it."""
        with self._lock:
            self._count = self._fallen() + cost

    def fill(self) -> None:
        """Count so much that there is no room: the exchange says so."""
        with self._lock:
            self._count = max(self._fallen(), self.maximum)

    @property
    def rate_limit(self) -> RateLimit:
        """What is left."""
        with self._lock:
            count = self._fallen()
            return RateLimit(self.maximum, max(0.0, self.maximum - count), count / self._decay, estimated=True)

    def _fallen(self) -> float:
        now = self._now()
        self._count = max(0.0, self._count - (now - self._at) * self._decay)
        self._at = now
        return self._count

    def _now(self) -> float:
        return self._scheduler.to_seconds(self._scheduler.now)


class WindowCounter:
    """Counts what is asked in windows of ``period`` seconds, each of which begins with a call. Thread-safe.

    >>> from reactivex.testing import TestScheduler
    >>> counter = WindowCounter(10, 30, scheduler=TestScheduler())
    >>> [counter.wait(4) for _ in range(3)]
    [0.0, 0.0, 30.0]
    """

    def __init__(self, maximum: float, period: float, *, scheduler: SchedulerBase | None = None) -> None:
        """Start with nothing asked.

        Args:
            maximum: What may be counted in one window.
            period: Seconds of a window.
            scheduler: Measures the time; default: `rxex.clock.default_clock`.
        """
        if not (maximum > 0 and period > 0):
            raise InvalidArgument("maximum, period", (maximum, period), "both have to be above 0")
        self._maximum = maximum
        self._period = period
        self._scheduler = scheduler or default_clock()
        self._count = 0.0
        self._end = self._pause_end = self._now()
        self._lock = threading.Lock()

    def wait(self, cost: float = 1.0) -> float:
        """Count ``cost`` and give 0; or give the seconds until there is room for it, and count nothing."""
        with self._lock:
            now = self._renew()
            if self._pause_end > now + _SOON:
                return self._pause_end - now
            if self._count and self._count + cost > self._maximum:
                return self._end - now
            self._count += cost
            return 0.0

    def add(self, cost: float) -> None:
        """Count ``cost`` even where there is no room for it."""
        with self._lock:
            self._renew()
            self._count += cost

    def pause(self, seconds: float) -> None:
        """Have no room for the next ``seconds``, whatever was counted: the exchange says so."""
        with self._lock:
            self._pause_end = max(self._pause_end, self._now() + seconds)

    def told(self, limit: RateLimit) -> None:
        """Believe what the exchange says of its window; what it has not counted yet stays counted."""
        with self._lock:
            now = self._renew()
            end = now + (self._end - now if limit.reset is None else limit.reset)
            used = limit.limit - limit.remaining
            # A window of the exchange that goes on for longer than ours began later than ours.
            began_later = end > self._end + _LATENCY
            self._maximum = max(limit.limit, 1.0)
            self._count = used if began_later else max(used, self._count)
            self._end = end

    @property
    def rate_limit(self) -> RateLimit:
        """What is left, by our own count."""
        with self._lock:
            now = self._renew()
            left = max(0.0, self._maximum - self._count)
            return RateLimit(self._maximum, left, max(0.0, self._end - now), estimated=True)

    def _renew(self) -> float:
        now = self._now()
        if now >= self._end - _SOON:
            self._end = now + self._period
            self._count = 0.0
        return now

    def _now(self) -> float:
        return self._scheduler.to_seconds(self._scheduler.now)
