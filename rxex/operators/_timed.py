"""What operators with a timer share: one alarm per subscription, and one caller of the subscriber at a time."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from threading import RLock, get_ident
from typing import Any, Generic, Protocol, TypeVar

from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.disposable import CompositeDisposable, SerialDisposable, SingleAssignmentDisposable
from reactivex.internal.constants import UTC_ZERO

from rxex.clock import TimerQueue, default_clock, wall_ns
from rxex.errors import InvalidArgument
from rxex.typing import Operator

__all__ = ["Alarm", "TimedStep", "lift_timed", "merge_timed", "received_of", "span"]

_log = logging.getLogger(__name__)
_LONGEST_CALLBACK = 2.0  # seconds that dispose waits for an alarm that is telling the subscriber something
_LONGEST_SPAN = 1e9  # seconds; some 30 years
A = TypeVar("A")
B = TypeVar("B")
A_contra = TypeVar("A_contra", contravariant=True)
B_co = TypeVar("B_co", covariant=True)


def span(name: str, seconds: float, *, zero: bool = False) -> timedelta:
    """Make a time span of the argument ``name``; refuse a negative or endless one, and 0 unless ``zero`` allows it."""
    if not (seconds > 0 or (zero and seconds == 0)) or seconds > _LONGEST_SPAN:
        raise InvalidArgument(name, seconds, f"give seconds, {'0 or more' if zero else 'more than 0'}")
    return timedelta(seconds=seconds)


def received_of(item: object) -> int | None:
    """When ``item`` arrived, in nanoseconds since the epoch; None where it does not say."""
    return getattr(item, "received", None) or None


class Alarm:
    """The one timer of a subscription. It rings no later than it was set to, and may ring early."""

    def __init__(self, scheduler: SchedulerBase, ring: Callable[[], None]) -> None:
        self._scheduler = scheduler
        self._ring = ring
        self._due: datetime | None = None
        self._timer = SerialDisposable()

    @property
    def now(self) -> datetime:
        """The scheduler's time; only differences of it mean anything."""
        return self._scheduler.now

    @property
    def epoch_ns(self) -> int:
        """Nanoseconds since the epoch: by the wall clock, or in virtual time by the scheduler."""
        if isinstance(self._scheduler, TimerQueue):
            return wall_ns()
        return (self.now - UTC_ZERO) // timedelta(microseconds=1) * 1000

    @property
    def is_set(self) -> bool:
        """Whether it is going to ring."""
        return self._due is not None

    def set(self, due: datetime) -> None:
        """Ring at ``due``, or at the time set before if that is earlier."""
        if self._due is None or due < self._due:
            self._due = due
            self._timer.disposable = self._scheduler.schedule_absolute(due, self._rings)

    def _rings(self, *_: Any) -> None:
        self._ring()

    def stop(self) -> None:
        """Do not ring any more."""
        self._timer.dispose()

    def reset(self) -> None:
        """Forget the time it was set to: it has rung."""
        self._due = None


class TimedStep(Protocol[A_contra, B_co]):
    """The pure part of an operator with a timer. Each method gives what is to be emitted, and may raise an error."""

    def push(self, item: A_contra, /) -> Iterable[B_co]:
        """Take one item."""
        ...

    def expire(self) -> Iterable[B_co]:
        """The alarm has rung, perhaps before its time."""
        ...

    def finish(self, error: Exception | None, /) -> Iterable[B_co]:
        """The source has ended, with ``error`` or without; what is raised here is emitted instead."""
        ...


class _Run(DisposableBase, Generic[A, B]):
    """One subscription: items and alarms take turns, and nothing of either comes after the end."""

    def __init__(
        self, observer: ObserverBase[B], start: Callable[[Alarm], TimedStep[A, B]], scheduler: SchedulerBase
    ) -> None:
        self._observer = observer
        self._turn = RLock()
        self._thread = 0
        self._ringing = False
        self._active = True
        self._sources = CompositeDisposable()
        self._alarm = Alarm(scheduler, self._ring)
        with self._turn:  # an alarm that is set at once must find the step
            self._step = start(self._alarm)

    def listen(self, sources: Sequence[Observable[A]], scheduler: SchedulerBase | None) -> None:
        left = len(sources)

        def one_completed() -> None:
            nonlocal left
            left -= 1
            if not left:
                self._finish(None)

        for source in sources:
            subscription = SingleAssignmentDisposable()
            self._sources.add(subscription)
            subscription.disposable = source.subscribe(
                self._on_next,
                lambda error: self._in_turn(self._finish, error),
                lambda: self._in_turn(one_completed),
                scheduler=scheduler,
            )

    def _on_next(self, item: A) -> None:
        self._in_turn(self._emit, self._step.push, item)

    def _ring(self) -> None:
        try:
            self._in_turn(self._expire)
        except Exception as error:
            # There is no source above an alarm that would end the subscription for the subscriber's exception.
            _log.error("a subscriber raised; its subscription ends, the others go on", exc_info=error)

    def _expire(self) -> None:
        # Noted before the look at _active, so that either this sees a dispose or the dispose sees this.
        self._ringing = True
        try:
            self._alarm.reset()
            if self._active:
                self._emit(self._step.expire)
        finally:
            self._ringing = False

    def _in_turn(self, action: Callable[..., object], *arguments: Any) -> None:
        try:
            with self._turn:
                outer, self._thread = self._thread, get_ident()
                try:
                    if self._active:
                        action(*arguments)
                finally:
                    self._thread = outer
        finally:
            # Not before the turn is over: a source may wait for its callback in progress, and that for its turn.
            if not self._active and self._thread != get_ident():
                self._sources.dispose()

    def _emit(self, make: Callable[..., Iterable[B]], *arguments: Any) -> None:
        results: list[B] = []
        failure: Exception | None = None
        try:
            results.extend(make(*arguments))
        except Exception as error:
            failure = error
        try:
            for result in results:
                self._observer.on_next(result)
        except Exception:
            self._stop()
            raise
        if failure is not None:
            self._end(failure)

    def _finish(self, error: Exception | None) -> None:
        self._emit(self._step.finish, error)
        self._end(error)

    def _end(self, error: Exception | None) -> None:
        if self._active:
            self._stop()
            if error is None:
                self._observer.on_completed()
            else:
                self._observer.on_error(error)

    def _stop(self) -> None:
        self._active = False
        self._alarm.stop()

    def dispose(self) -> None:
        self._stop()
        if self._thread == get_ident():
            return  # the turn in progress on this thread disposes of the sources as it ends
        if self._ringing and self._turn.acquire(timeout=_LONGEST_CALLBACK):
            self._turn.release()
        self._sources.dispose()


def lift_timed(start: Callable[[Alarm], TimedStep[A, B]], scheduler: SchedulerBase | None) -> Operator[A, B]:
    """Make an operator of a step that also acts when its alarm rings; ``start`` runs once per subscription."""
    return lambda source: merge_timed([source], start, scheduler)


def merge_timed(
    sources: Sequence[Observable[A]], start: Callable[[Alarm], TimedStep[A, B]], scheduler: SchedulerBase | None
) -> Observable[B]:
    """Feed the items of all ``sources``, which may come on different threads, to one step."""

    def subscribe(observer: ObserverBase[B], sources_scheduler: SchedulerBase | None = None) -> DisposableBase:
        run = _Run(observer, start, scheduler or default_clock())
        run.listen(sources, sources_scheduler)
        return run

    return Observable(subscribe)
