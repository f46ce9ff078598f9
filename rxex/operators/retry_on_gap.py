"""Subscribe again where numbers are missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from itertools import chain
from math import isfinite
from typing import Any, Generic, Literal, TypeVar, overload

from attrs import define
from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.disposable import CompositeDisposable, SerialDisposable, SingleAssignmentDisposable
from reactivex.internal.constants import UTC_ZERO

from rxex.clock import default_clock
from rxex.errors import InvalidArgument, SequenceGap
from rxex.events import Gap
from rxex.operators._timed import received_of, span
from rxex.operators.backoff_reconnect import exponential

__all__ = ["retry_on_gap"]

_FLOOR = 0.1  # seconds between retries after the first, whatever the delays say
_SHORTEST_STABLE = 1.0  # seconds; with less, a source that always has a gap would be asked again without a pause
T = TypeVar("T")


def _at_once_then_slower() -> Iterator[float]:
    return chain((0.0,), exponential(0.5, 30.0))


@overload
def retry_on_gap(
    delays: Callable[[], Iterator[float]] = _at_once_then_slower,
    *,
    attempts: int | None = None,
    stable_for: float = 30.0,
    notices: Literal[False] = False,
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[T]]: ...


@overload
def retry_on_gap(
    delays: Callable[[], Iterator[float]] = _at_once_then_slower,
    *,
    attempts: int | None = None,
    stable_for: float = 30.0,
    notices: Literal[True],
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[T | Gap]]: ...


def retry_on_gap(
    delays: Callable[[], Iterator[float]] = _at_once_then_slower,
    *,
    attempts: int | None = None,
    stable_for: float = 30.0,
    notices: bool = False,
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[Any]], Observable[Any]]:
    """Subscribe to the source again when it ends with `SequenceGap`, so that it asks for a fresh snapshot.

    Any other error passes. Emits on the source's thread; subscribes again on the scheduler's.

    Args:
        delays: Makes the seconds to wait before each retry; by default none before the first, then 0.5, 1, 2 … 30.
            From the second on they are at least 0.1.
        attempts: How many retries to make before the error passes; None: no limit.
        stable_for: Seconds without a gap after which delays and attempts start over; at least 1.
        notices: Whether a `Gap` stands at the place of each gap.
        scheduler: Runs the delays.

    The error passes too when ``delays`` is used up.

    Raises:
        InvalidArgument: ``attempts`` is negative or ``stable_for`` too short. A delay that is negative or no number
            ends the stream so.

    >>> import reactivex as rx
    >>> from rxex.operators import in_sequence
    >>> answers = iter([rx.of(1, 2, 4), rx.of(4, 5)])
    >>> asked = rx.defer(lambda _: next(answers))
    >>> asked.pipe(in_sequence(int), retry_on_gap(), rx.operators.to_list()).run()
    [1, 2, 4, 5]
    """
    if attempts is not None and attempts < 0:
        raise InvalidArgument("attempts", attempts, "it has to be 0 or more, or None for no limit")
    if not stable_for >= _SHORTEST_STABLE:
        raise InvalidArgument("stable_for", stable_for, f"it has to be seconds, {_SHORTEST_STABLE:g} or more")
    stable = span("stable_for", stable_for)

    def _retry_on_gap(source: Observable[T]) -> Observable[T | Gap]:
        def subscribe(observer: ObserverBase[T | Gap], on: SchedulerBase | None = None) -> DisposableBase:
            waits = _Waits(delays, attempts, stable, scheduler or default_clock())
            session = _Session(source, observer, waits, on, notices=notices)
            session.listen()
            return session.disposable

        return Observable(subscribe)

    return _retry_on_gap


@define
class _Waits:
    """The retries of one subscription since it was last stable."""

    delays: Callable[[], Iterator[float]]
    attempts: int | None
    stable: timedelta
    clock: SchedulerBase
    _started: datetime = UTC_ZERO
    _left: Iterator[float] | None = None
    _attempt: int = 0

    def start(self) -> None:
        """The source is being subscribed to."""
        self._started = self.clock.now

    def next(self) -> float | None:
        """Give the seconds to wait; None: no more retries."""
        if self._left is None or self.clock.now - self._started >= self.stable:
            self._left, self._attempt = iter(self.delays()), 0
        delay = None if self._attempt == self.attempts else next(self._left, None)
        if delay is None:
            return None
        if not (isfinite(delay) and delay >= 0):
            raise InvalidArgument("delays", delay, "each of them has to be seconds, 0 or more")
        self._attempt += 1
        return delay if self._attempt == 1 else max(delay, _FLOOR)


class _Session(Generic[T]):
    """One subscription: the source, again and again."""

    def __init__(
        self,
        source: Observable[T],
        observer: ObserverBase[T | Gap],
        waits: _Waits,
        on: SchedulerBase | None,
        *,
        notices: bool,
    ) -> None:
        # Two places: a pause may be over, and the next subscription there, before the pause is put into its place.
        self._subscription = SerialDisposable()
        self._pause = SerialDisposable()
        self.disposable = CompositeDisposable(self._subscription, self._pause)
        self._source = source
        self._observer = observer
        self._waits = waits
        self._on = on
        self._notices = notices
        self._last: T | None = None

    def listen(self, *_: Any) -> None:
        if self._subscription.is_disposed:
            return
        # In its place before it is filled: a source that fails at once sets the next pause from inside subscribe.
        subscription = SingleAssignmentDisposable()
        self._subscription.disposable = subscription
        self._waits.start()
        subscription.disposable = self._source.subscribe(
            self._on_next, self._on_error, self._observer.on_completed, scheduler=self._on
        )

    def _on_next(self, item: T) -> None:
        self._last = item
        self._observer.on_next(item)

    def _on_error(self, error: Exception) -> None:
        delay = None
        if isinstance(error, SequenceGap):
            try:
                delay = self._waits.next()
            except Exception as failure:
                error = failure
        if delay is None or not isinstance(error, SequenceGap):
            self._observer.on_error(error)
            return
        if self._notices:
            self._observer.on_next(
                Gap(error.channel, error.expected, error.received, since=received_of(self._last), reason=error.reason)
            )
        self._pause.disposable = self._waits.clock.schedule_relative(delay, self.listen)
