"""Count our own calls in every window of time, so that the exchange need not refuse them."""

from __future__ import annotations

import threading
from collections import deque

from reactivex.abc import SchedulerBase

from rxex.clock import default_clock
from rxex.errors import InvalidArgument
from rxex.rest.messages import RateLimit

__all__ = ["SlidingCounter"]

# Clocks count microseconds: what is due within a few of them is due now.
_SOON = 5e-6


class SlidingCounter:
    """Lets ``maximum`` calls go in any ``period`` seconds, wherever the exchange's own window begins. Thread-safe.

    >>> from reactivex.testing import TestScheduler
    >>> counter = SlidingCounter(2, 60, scheduler=TestScheduler())
    >>> [counter.wait() for _ in range(3)]
    [0.0, 0.0, 60.0]
    """

    def __init__(self, maximum: int, period: float, *, scheduler: SchedulerBase | None = None) -> None:
        """Start with nothing asked.

        Args:
            maximum: Calls in one window.
            period: Seconds of a window.
            scheduler: Measures the time; default: `rxex.clock.default_clock`.
        """
        if not (maximum > 0 and period > 0):
            raise InvalidArgument("maximum, period", (maximum, period), "both have to be above 0")
        self.maximum = maximum
        self._period = period
        self._scheduler = scheduler or default_clock()
        self._times: deque[float] = deque(maxlen=maximum)
        self._pause_end = self._now()
        self._lock = threading.Lock()

    def wait(self) -> float:
        """Count a call and give 0; or give the seconds until there is room for it, and count nothing."""
        with self._lock:
            now = self._forget()
            if self._pause_end > now + _SOON:
                return self._pause_end - now
            if len(self._times) == self.maximum:
                return self._times[0] + self._period - now
            self._times.append(now)
            return 0.0

    def add(self) -> None:
        """Count a call even where there is no room for it."""
        with self._lock:
            self._times.append(self._forget())

    def pause(self, seconds: float) -> None:
        """Have no room for the next ``seconds``, whatever was counted: the exchange says so."""
        with self._lock:
            self._pause_end = max(self._pause_end, self._now() + seconds)

    @property
    def rate_limit(self) -> RateLimit:
        """What is left, by our own count."""
        with self._lock:
            now = self._forget()
            pause = max(0.0, self._pause_end - now)
            last = self._times[-1] + self._period - now if self._times else 0.0
            left = 0 if pause else self.maximum - len(self._times)
            return RateLimit(self.maximum, left, max(pause, last), estimated=True)

    def _forget(self) -> float:
        now = self._now()
        while self._times and self._times[0] + self._period <= now + _SOON:
            self._times.popleft()
        return now

    def _now(self) -> float:
        return self._scheduler.to_seconds(self._scheduler.now)
