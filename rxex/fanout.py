"""Hand each item to many subscribers: no lock on the way, and a bad subscriber hurts only itself.

A Subject of reactivex takes two locks and copies its list for every item, and one raising observer starves the rest.
"""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Generic, Protocol, TypeVar, cast

from attrs import frozen
from reactivex import Observable, abc
from reactivex.disposable import Disposable
from reactivex.internal import default_error

from rxex.clock import monotonic

__all__ = ["FanOut", "Guard", "GuardedObservable", "Receiver"]

_log = logging.getLogger(__name__)
_LONGEST_CALLBACK = 2.0  # seconds that dispose waits for a callback in progress on another thread
T = TypeVar("T")
T_contra = TypeVar("T_contra", contravariant=True)


class Receiver(Protocol[T_contra]):
    """What a guard guards: an observer of reactivex, or anything else with its three methods."""

    @property
    def on_next(self) -> Callable[[T_contra], None]: ...
    @property
    def on_error(self) -> Callable[[Exception], None]: ...
    @property
    def on_completed(self) -> Callable[[], None]: ...


class Guard(abc.DisposableBase, Generic[T]):
    """One subscription: nothing arrives once `dispose` has returned, and an exception of the observer ends it alone."""

    __slots__ = ("_active", "_leave", "_next", "_observer")

    def __init__(self, observer: Receiver[T], leave: Callable[[Guard[T]], None]) -> None:
        self._observer = observer
        self._next = observer.on_next
        self._leave = leave
        self._active = True

    @property
    def is_active(self) -> bool:
        """Whether it has neither ended nor been disposed."""
        return self._active

    def on_next(self, item: T) -> None:
        """Hand ``item`` over, unless disposed."""
        try:
            if self._active:
                self._next(item)
        except Exception as error:
            self._fail(error)

    def on_error(self, error: Exception) -> None:
        """End with ``error``."""
        self._end(lambda: self._observer.on_error(error))

    def on_completed(self) -> None:
        """End."""
        self._end(self._observer.on_completed)

    def _end(self, tell: Callable[[], None]) -> None:
        if not self._active:
            return
        self._active = False
        self._leave(self)
        try:
            tell()
        except Exception as error:
            # A subscriber without an on_error lands here as well: reactivex raises the error itself then.
            _log.error("a stream ended and its subscriber did not handle it", exc_info=error)

    def _fail(self, error: Exception) -> None:
        self._active = False
        self._leave(self)
        _log.error("a subscriber raised; its subscription ends, the others go on", exc_info=error)
        dispose = getattr(self._observer, "dispose", None)
        if dispose is not None:
            dispose()

    def dispose(self) -> None:
        """End silently. Waits (2 s at most) for a callback in progress on another thread."""
        self._active = False
        self._leave(self)
        if self._is_at_work():
            give_up, pause = monotonic() + _LONGEST_CALLBACK, threading.Event()
            while self._is_at_work() and monotonic() < give_up:
                pause.wait(0.001)

    def _is_at_work(self) -> bool:
        """Whether another thread is inside a callback of this very subscription."""
        # Looked for on the stacks: a dispose is rare, and a note of it would have to be taken for each item. Who comes
        # into `on_next` after this look finds the guard inactive.
        me = threading.get_ident()
        return any(self._is_on(frame) for thread, frame in sys._current_frames().items() if thread != me)

    def _is_on(self, stack: FrameType) -> bool:
        frame: FrameType | None = stack
        while frame is not None:
            if frame.f_code in _DELIVERIES and frame.f_locals.get("self") is self:
                return True
            frame = frame.f_back
        return False


_DELIVERIES = {Guard.on_next.__code__, Guard._end.__code__}


class FanOut(Generic[T]):
    """The subscribers of one stream.

    `emit` walks an immutable tuple that is replaced when a subscriber comes or goes; one thread at a time may emit.
    ``on_change`` is called when the first one has come or the last one has gone.
    """

    __slots__ = ("_lock", "guards", "on_change")

    def __init__(self, on_change: Callable[[], None] = lambda: None) -> None:
        self.guards: tuple[Guard[T], ...] = ()
        self._lock = threading.Lock()
        self.on_change = on_change

    def guard(self, observer: Receiver[T]) -> Guard[T]:
        """Make a guard that gets nothing before it is passed to `add`."""
        return Guard(observer, self._remove)

    def add(self, guard: Guard[T]) -> Guard[T]:
        """Let ``guard`` have every item from now on."""
        with self._lock:
            if guard.is_active:
                self.guards = (*self.guards, guard)
            is_first = len(self.guards) == 1
        if is_first:
            self.on_change()
        return guard

    def subscribe(self, observer: Receiver[T]) -> Guard[T]:
        """Add a subscriber."""
        return self.add(self.guard(observer))

    def _remove(self, guard: Guard[T]) -> None:
        with self._lock:
            left = tuple(other for other in self.guards if other is not guard)
            if len(left) == len(self.guards):
                return
            self.guards = left
        if not left:
            self.on_change()

    def emit(self, item: T) -> None:
        """Hand ``item`` to every subscriber."""
        for guard in self.guards:
            guard.on_next(item)

    def fail(self, error: Exception) -> None:
        """End every subscription with ``error``."""
        for guard in self.guards:
            guard.on_error(error)

    def complete(self) -> None:
        """End every subscription."""
        for guard in self.guards:
            guard.on_completed()


class GuardedObservable(Observable[T]):
    """An Observable whose ``join`` puts every observer behind guards.

    reactivex puts a wrapper of its own around each observer, for the same purpose; here it is left out, because it
    would be one more call for every message.
    """

    def __init__(self, join: Callable[[Receiver[T]], abc.DisposableBase]) -> None:
        super().__init__()
        self._join = join

    def _subscribe_core(
        self,
        observer: abc.ObserverBase[T],
        scheduler: abc.SchedulerBase | None = None,  # noqa: ARG002
    ) -> abc.DisposableBase:
        return self._join(observer)

    def subscribe(
        self,
        on_next: abc.ObserverBase[T] | abc.OnNext[T] | None = None,
        on_error: abc.OnError | None = None,
        on_completed: abc.OnCompleted | None = None,
        *,
        scheduler: abc.SchedulerBase | None = None,  # noqa: ARG002
    ) -> abc.DisposableBase:
        """Subscribe an observer, or callbacks; see `reactivex.Observable.subscribe`."""
        observer: Receiver[T]
        if isinstance(on_next, abc.ObserverBase) or callable(getattr(on_next, "on_next", None)):
            observer = cast("Receiver[T]", on_next)
        else:
            observer = _Callbacks(on_next or _ignore, on_error or default_error, on_completed or _ignore)
        try:
            return self._join(observer)
        except Exception as error:
            observer.on_error(error)
            return Disposable()


@frozen
class _Callbacks(Generic[T]):
    """A receiver whose methods are the callbacks themselves."""

    on_next: Callable[[T], None]
    on_error: Callable[[Exception], None]
    on_completed: Callable[[], None]


def _ignore(*_: object) -> None:
    pass
