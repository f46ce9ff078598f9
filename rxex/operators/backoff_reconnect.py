"""Connect again after transient errors, with pauses."""

from __future__ import annotations

import random as _random
from collections.abc import Callable, Iterator
from datetime import datetime
from math import isfinite
from typing import Any

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SerialDisposable, SingleAssignmentDisposable

from rxex.clock import default_clock
from rxex.errors import ConnectionClosed, InvalidArgument
from rxex.events import Closed, Opened, Reconnected, SocketEvent
from rxex.operators._backoff import Backoff, exponential, fixed
from rxex.typing import Operator

__all__ = ["backoff_reconnect", "exponential", "fixed"]

_SHORTEST_STABLE = 1.0  # seconds; with less, a link that closes at once would be opened again without a pause


def backoff_reconnect(
    delays: Callable[[], Iterator[float]] = exponential,
    *,
    stable_for: float = 30.0,
    jitter: float = 0.2,
    attempts: int | None = None,
    scheduler: abc.SchedulerBase | None = None,
    random: Callable[[], float] = _random.random,
) -> Operator[SocketEvent, SocketEvent]:
    """Subscribe to a cold source of socket events again whenever it fails with a `TransientError`.

    Emits everything of the source; `Reconnecting` before each pause; `Reconnected` right after the `Opened` of a link
    that took more than one attempt. The first attempts after a restart of the exchange (codes 1011 to 1013) are spread
    over two more seconds, from the sixth on they are at least a second apart, and none waits for more than a day.

    Ends with the source when it completes, and with an error: any that is not transient, at once; the last one when
    ``attempts`` or ``delays`` are used up; `LinkRefused` when the exchange closes the link for the fourth time with a
    code that means us (1002, 1008, 1009, 4000 to 4999). Only a stable link makes all these counts start over.

    Emits on the source's thread; subscribes to it on the scheduler's.

    Args:
        delays: makes the seconds to wait, one for each attempt: `exponential`, `fixed` (as ``lambda: fixed(5)``) or a
            generator function of your own; called anew after each stable link.
        stable_for: seconds between `Opened` and `Closed` that make a link stable; at least 1.
        jitter: the share of a delay that is added to it at most, at random.
        attempts: how many to make before giving up; None: no limit.
        scheduler: runs the pauses; default: `rxex.clock.default_clock`.
        random: gives the share of the jitter, from 0 to 1.

    Raises `InvalidArgument` for values out of these bounds; a delay that is negative or no number ends the stream so.
    """
    if not callable(delays):
        raise InvalidArgument("delays", delays, "pass the function that makes the delays, not what it gave")
    if not (isfinite(stable_for) and stable_for >= _SHORTEST_STABLE):
        raise InvalidArgument("stable_for", stable_for, f"it has to be seconds, {_SHORTEST_STABLE:g} or more")
    if not (isfinite(jitter) and jitter >= 0):
        raise InvalidArgument("jitter", jitter, "it has to be a share of the delay, 0 or more")
    if attempts is not None and attempts < 0:
        raise InvalidArgument("attempts", attempts, "it has to be 0 or more, or None for no limit")

    def _backoff_reconnect(source: Observable[SocketEvent]) -> Observable[SocketEvent]:
        def subscribe(
            observer: abc.ObserverBase[SocketEvent], on: abc.SchedulerBase | None = None
        ) -> abc.DisposableBase:
            backoff = Backoff(delays, stable_for, jitter, attempts, random)
            session = _Session(source, observer, scheduler or default_clock(), backoff, on)
            session.connect()
            return session.disposable

        return Observable(subscribe)

    return _backoff_reconnect


class _Session:
    """One subscription: one link after another."""

    def __init__(
        self,
        source: Observable[SocketEvent],
        observer: abc.ObserverBase[SocketEvent],
        clock: abc.SchedulerBase,
        backoff: Backoff,
        on: abc.SchedulerBase | None,
    ) -> None:
        self._source = source
        self._observer = observer
        self._clock = clock
        self._backoff = backoff
        self._on = on
        self._link = SerialDisposable()
        self._pause = SerialDisposable()
        self.disposable = CompositeDisposable(self._link, self._pause)
        self._down_since = clock.now
        self._attempts = 0
        self._opened: datetime | None = None
        self._closed: Closed | None = None

    def connect(self, *_: Any) -> None:
        if self._link.is_disposed:
            return
        self._opened = self._closed = None
        # In its place before it is filled: a source that fails at once sets the next pause from inside subscribe.
        link = SingleAssignmentDisposable()
        self._link.disposable = link
        link.disposable = self._source.subscribe(
            self._on_next, self._on_error, self._observer.on_completed, scheduler=self._on
        )

    def _on_next(self, event: SocketEvent) -> None:
        if isinstance(event, Closed):
            self._closed = event
            self._down_since = self._clock.now
        elif isinstance(event, Opened):
            self._opened = self._clock.now
        self._observer.on_next(event)
        if isinstance(event, Opened) and self._attempts:
            attempts, self._attempts = self._attempts, 0
            self._observer.on_next(Reconnected(attempts, self._clock.now - self._down_since))

    def _on_error(self, error: Exception) -> None:
        lived = 0.0
        if self._opened is not None:
            if self._closed is None:
                self._down_since = self._clock.now
            lived = (self._down_since - self._opened).total_seconds()
        code = error.code if isinstance(error, ConnectionClosed) else None
        if code is None and self._closed is not None:
            code = self._closed.code
        step = self._backoff.next(error, code, lived)
        if isinstance(step, Exception):
            self._observer.on_error(step)
            return
        self._attempts += 1
        self._observer.on_next(step)
        self._pause.disposable = self._clock.schedule_relative(step.delay, self.connect)
