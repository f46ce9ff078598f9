"""The one place that reads a clock: monotonic timers on one thread, and the wall time of arrival.

Every function with time takes a scheduler and uses `default_clock` without one. A scheduler of reactivex measures
wall-clock time, or starts a thread for each timer; these do neither.
"""

from __future__ import annotations

import heapq
import logging
import os
import threading
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any, TypeVar, cast

from reactivex import abc, typing
from reactivex.disposable import Disposable, SingleAssignmentDisposable
from reactivex.internal.constants import UTC_ZERO
from reactivex.scheduler.periodicscheduler import PeriodicScheduler

from rxex.errors import TransientError

__all__ = ["TimerQueue", "default_clock", "monotonic", "wall_ns"]

_log = logging.getLogger(__name__)
_T = TypeVar("_T")

wall_ns: Callable[[], int] = time.time_ns
"""Nanoseconds since the epoch, by the machine's wall clock; for stamping arrivals, never for waiting."""

monotonic: Callable[[], float] = time.monotonic
"""Seconds of a clock that nobody sets, so that only differences of it mean anything."""


class _Timer:
    __slots__ = ("action", "active", "subscription")

    def __init__(self, action: Callable[[], abc.DisposableBase | None]) -> None:
        self.action = action
        self.active = True
        self.subscription = SingleAssignmentDisposable()

    def run(self) -> None:
        if self.active:
            self.active = False
            self.subscription.disposable = self.action() or Disposable()


class TimerQueue(PeriodicScheduler):
    """A scheduler whose timers run on the thread that calls `run_due`.

    Scheduling and cancelling are safe from any thread; cancelled timers do not pile up. ``wake`` is called (on the
    scheduling thread) whenever a new timer is the next one due.
    """

    def __init__(self, wake: Callable[[], None] = lambda: None) -> None:
        super().__init__()
        self._wake = wake
        self._heap: list[tuple[float, int, _Timer]] = []
        self._number = count()
        self._cancelled = 0
        self._lock = threading.RLock()
        self._successor: TimerQueue | None = None

    @property
    def now(self) -> datetime:
        """The monotonic clock as a date; only differences of it mean anything."""
        return UTC_ZERO + timedelta(seconds=time.monotonic())

    def schedule(self, action: typing.ScheduledAction[_T], state: _T | None = None) -> abc.DisposableBase:
        """Run ``action`` at the next turn."""
        return self._add(time.monotonic(), action, state)

    def schedule_relative(
        self, duetime: typing.RelativeTime, action: typing.ScheduledAction[_T], state: _T | None = None
    ) -> abc.DisposableBase:
        """Run ``action`` in ``duetime`` seconds."""
        return self._add(time.monotonic() + max(0.0, self.to_seconds(duetime)), action, state)

    def schedule_absolute(
        self, duetime: typing.AbsoluteTime, action: typing.ScheduledAction[_T], state: _T | None = None
    ) -> abc.DisposableBase:
        """Run ``action`` at ``duetime``, a date of this scheduler's `now`."""
        return self._add(self.to_seconds(duetime), action, state)

    def _add(self, due: float, action: typing.ScheduledAction[_T], state: _T | None) -> abc.DisposableBase:
        timer = _Timer(lambda: action(self, cast(Any, state)))
        self._push(due, timer)

        def cancel() -> None:
            if timer.active:
                timer.active = False
                self._forget_cancelled()
            timer.subscription.dispose()

        return Disposable(cancel)

    def _push(self, due: float, timer: _Timer) -> None:
        with self._lock:
            successor = self._successor
            first = False
            if successor is None:
                entry = (due, next(self._number), timer)
                heapq.heappush(self._heap, entry)
                first = self._heap[0] is entry
        if successor is not None:
            successor._push(due, timer)
        elif first:
            try:
                self._wake()
            except TransientError:
                timer.active = False
                self._purge()
                raise

    def _forget_cancelled(self) -> None:
        with self._lock:
            successor = self._successor
            if successor is None:
                self._cancelled += 1
                if self._cancelled * 2 <= len(self._heap):
                    return
                self._purge()
        if successor is None:
            self._wake()
        else:
            successor._forget_cancelled()

    def _purge(self) -> None:
        with self._lock:
            self._heap = [entry for entry in self._heap if entry[2].active]
            heapq.heapify(self._heap)
            self._cancelled = 0

    def run_due(self) -> float | None:
        """Run what is due by now, in order of time; give the seconds until the next timer, None when there is none."""
        if not self._heap:
            return None  # without the lock: a timer that comes right now wakes the caller up
        now = time.monotonic()
        while True:
            with self._lock:
                while self._heap and not self._heap[0][2].active:
                    heapq.heappop(self._heap)
                    self._cancelled = max(0, self._cancelled - 1)
                if not self._heap:
                    return None
                due = self._heap[0][0]
                if due > now:  # also where a timer has just scheduled another: the caller has other things to do
                    return max(0.0, due - time.monotonic())
                timer = heapq.heappop(self._heap)[2]
            try:
                timer.run()
            except Exception:
                # A timer that raises must not take the others with it.
                _log.exception("a timer raised")

    def hand_over(self, other: TimerQueue) -> None:
        """Move every timer that has not run yet to ``other``, and every later one."""
        with self._lock:
            entries, self._heap = self._heap, []
            self._successor = other
        for due, _, timer in entries:
            if timer.active:
                other._push(due, timer)


class _Clock(TimerQueue):
    """A timer queue with a daemon thread that lives as long as there are timers."""

    def __init__(self) -> None:
        super().__init__(self._start_or_notify)
        self._changed = threading.Condition()
        self._running = False

    def _start_or_notify(self) -> None:
        with self._changed:
            if self._running:
                self._changed.notify()
            elif self._heap:
                try:
                    threading.Thread(target=self._run, name="rxex-clock", daemon=True).start()
                except RuntimeError as error:
                    raise TransientError("no thread could be started for the timers") from error
                self._running = True

    def _run(self) -> None:
        while True:
            self.run_due()
            with self._changed:
                # Looked at again under the lock: a timer that came since then has only notified.
                heap = self._heap
                if not heap:
                    self._running = False
                    return
                wait = heap[0][0] - time.monotonic()
                if wait > 0:
                    self._changed.wait(wait)


_default: _Clock | None = None
_default_lock = threading.Lock()


def default_clock() -> TimerQueue:
    """Give the process's one timer thread; it starts with the first timer and ends with the last."""
    global _default
    with _default_lock:
        if _default is None:
            _default = _Clock()
        return _default


def _forget_after_fork() -> None:
    # The child has no such thread; it gets a clock of its own when it asks.
    global _default, _default_lock
    _default, _default_lock = None, threading.Lock()


os.register_at_fork(after_in_child=_forget_after_fork)
