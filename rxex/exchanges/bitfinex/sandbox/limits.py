"""How many new connections the simulated Bitfinex takes in some time; who comes faster is banned for a minute.

Source: Bitfinex's page "Network connectivity".
"""

from __future__ import annotations

from collections import deque

__all__ = ["Dials"]

_BAN = 60.0


class Dials:
    """The new connections of one address.

    >>> dials = Dials(2, 15.0)
    >>> [dials.take(now) for now in (0.0, 1.0, 2.0, 30.0, 63.0)]
    [True, True, False, False, True]
    """

    def __init__(self, most: int | None, seconds: float) -> None:
        """Allow ``most`` connections in so many seconds; None: any number."""
        self._most = most
        self._seconds = seconds
        self._times: deque[float] = deque(maxlen=most)
        self._banned_until = 0.0

    def take(self, now: float) -> bool:
        """Whether one more is allowed."""
        if self._most is None:
            return True
        if now < self._banned_until:
            return False
        if len(self._times) == self._most and now - self._times[0] < self._seconds:
            self._banned_until = now + _BAN
            return False
        self._times.append(now)
        return True
