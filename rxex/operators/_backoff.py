"""How long to wait before the next attempt to connect, and when to give up; no streams here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import repeat
from math import isfinite

from attrs import define

from rxex.errors import ConnectionClosed, InvalidArgument, LinkRefused, TransientError
from rxex.events import Reconnecting

__all__ = ["Backoff", "exponential", "fixed"]

_LONGEST = 86_400.0  # seconds; whatever the delays or the exchange say, a stream does not sleep for more than a day
_FREE_ATTEMPTS = 5
_FLOOR = 1.0  # seconds between attempts after those
_RESTARTS = frozenset({1011, 1012, 1013})
_RESTART_SPREAD = 2.0  # seconds over which the clients of an exchange that restarts come back (RFC 6455, 7.2.3)
_REFUSALS = frozenset({1002, 1008, 1009, *range(4000, 5000)})
_MOST_REFUSALS = 3


def exponential(initial: float = 1.0, maximum: float = 60.0, factor: float = 2.0) -> Iterator[float]:
    """Give ``initial`` seconds, then each time ``factor`` times as many, up to ``maximum``, without end.

    Raises `InvalidArgument` for a negative ``initial``, a ``maximum`` below it and a ``factor`` below 1.

    >>> from itertools import islice
    >>> list(islice(exponential(0.5, maximum=3), 5))
    [0.5, 1.0, 2.0, 3, 3]
    """
    if not (isfinite(initial) and initial >= 0):
        raise InvalidArgument("initial", initial, "it has to be seconds, 0 or more")
    if not (isfinite(maximum) and maximum >= initial):
        raise InvalidArgument("maximum", maximum, f"it has to be seconds, {initial:g} (initial) or more")
    if not (isfinite(factor) and factor >= 1):
        raise InvalidArgument("factor", factor, "it has to be 1 or more")
    return _growing(initial, maximum, factor)


def _growing(delay: float, maximum: float, factor: float) -> Iterator[float]:
    while True:
        yield delay
        delay = min(delay * factor, maximum)


def fixed(seconds: float) -> Iterator[float]:
    """Give ``seconds`` again and again, without end. Raises `InvalidArgument` where they are negative or no number.

    >>> next(fixed(5.0))
    5.0
    """
    if not (isfinite(seconds) and seconds >= 0):
        raise InvalidArgument("seconds", seconds, "it has to be 0 or more")
    return repeat(seconds)


@define
class Backoff:
    """The attempts of one subscription since a link was last stable."""

    delays: Callable[[], Iterator[float]]
    stable_for: float
    jitter: float
    attempts: int | None
    random: Callable[[], float]
    _left: Iterator[float] | None = None
    _attempt: int = 0
    _refusals: int = 0

    def next(self, error: Exception, code: int | None, lived: float) -> Reconnecting | Exception:
        """Tell the next attempt, or the error to end with, after a link that lived so many seconds (0: never opened).

        ``code`` is that of its close frame, None without one.
        """
        if lived >= self.stable_for:
            self._left, self._attempt, self._refusals = None, 0, 0
        if not isinstance(error, TransientError):
            return error
        if code in _REFUSALS:
            self._refusals += 1
            if self._refusals > _MOST_REFUSALS:
                return _refused(error, code)
        if self._attempt == self.attempts:
            return error
        self._attempt += 1
        try:
            return self._attempt_after(error, code)
        except Exception as failure:
            return failure

    def _attempt_after(self, error: TransientError, code: int | None) -> Reconnecting | Exception:
        if self._left is None:
            self._left = iter(self.delays())
        delay = next(self._left, None)
        if delay is None:
            return error
        if not (isfinite(delay) and delay >= 0):
            return InvalidArgument("delays", delay, "each of them has to be seconds, 0 or more")
        delay += delay * self.jitter * self.random()
        if code in _RESTARTS and self._attempt == 1:
            delay += _RESTART_SPREAD * self.random()
        if self._attempt > _FREE_ATTEMPTS:
            delay = max(delay, _FLOOR)
        retry_after: float | None = getattr(error, "retry_after", None)
        if retry_after is not None:
            delay = max(delay, retry_after)
        return Reconnecting(self._attempt, min(delay, _LONGEST), error)


def _refused(error: TransientError, code: int | None) -> LinkRefused:
    reason = error.reason if isinstance(error, ConnectionClosed) else str(error)
    refused = LinkRefused(code, reason)
    refused.__cause__ = error
    return refused
