"""Hand each item to many subscribers: no lock on the way, and a bad subscriber hurts only itself.

A Subject of reactivex takes two locks and copies its list for every item, and one raising observer starves the rest.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from threading import get_ident
from typing import Generic, TypeVar

from reactivex import abc

__all__ = ["FanOut", "Guard"]

_log = logging.getLogger(__name__)
_LONGEST_CALLBACK = 2.0  # seconds that dispose waits for a callback in progress on another thread
T = TypeVar("T")


class Guard(abc.DisposableBase, Generic[T]):
    """One subscription: nothing arrives once `dispose` has returned, and an exception of the observer ends it alone."""

    __slots__ = ("_active", "_held", "_leave", "_lock", "_observer", "_thread", "on_next")

    def __init__(self, observer: abc.ObserverBase[T], leave: Callable[[Guard[T]], None]) -> None:
        self._observer = observer
        self._leave = leave
        self._active = True
        self._thread = 0
        self._held: deque[Callable[[], None]] | None = None
        self._lock = threading.Lock()
        self.on_next: Callable[[T], None] = self._deliver

    def _deliver(self, item: T) -> None:
        # The thread is noted before the look at _active, so that either this sees the dispose or the dispose sees this.
        self._thread = get_ident()
        try:
            if self._active:
                self._observer.on_next(item)
        except Exception as error:
            self._fail(error)
        finally:
            self._thread = 0

    def on_error(self, error: Exception) -> None:
        """End with ``error``."""
        self._end(lambda: self._observer.on_error(error))

    def on_completed(self) -> None:
        """End."""
        self._end(self._observer.on_completed)

    def _end(self, tell: Callable[[], None]) -> None:
        if self._hold(lambda: self._end_now(tell)):
            return
        self._end_now(tell)

    def _end_now(self, tell: Callable[[], None]) -> None:
        if self._active:
            self._active = False
            self._leave(self)
            self._thread = get_ident()
            try:
                tell()
            except Exception:
                # A subscriber without an on_error lands here as well: reactivex raises the error itself then.
                _log.exception("a subscriber raised while its stream ended")
            finally:
                self._thread = 0

    def _fail(self, error: Exception) -> None:
        self._active = False
        self._leave(self)
        _log.error("a subscriber raised; its subscription ends, the others go on", exc_info=error)
        dispose = getattr(self._observer, "dispose", None)
        if dispose is not None:
            dispose()

    def _hold(self, action: Callable[[], None]) -> bool:
        with self._lock:
            if self._held is None:
                return False
            self._held.append(action)
            return True

    def _deliver_or_hold(self, item: T) -> None:
        if not self._hold(lambda: self._deliver(item)):
            self._deliver(item)

    def start_holding(self) -> None:
        """Keep what comes until `release`: the subscriber is about to get earlier items from another thread."""
        self._held = deque()
        self.on_next = self._deliver_or_hold

    def release(self, first: Iterable[T]) -> None:
        """Deliver ``first``, then what was held meanwhile, then go on as usual."""
        for item in first:
            self._deliver(item)
        while True:
            with self._lock:
                held = self._held
                if not held:
                    self._held = None
                    self.on_next = self._deliver
                    return
                action = held.popleft()
            action()

    def dispose(self) -> None:
        """End silently. Waits (2 s at most) for a callback in progress, unless it is called from inside it."""
        self._active = False
        self._leave(self)
        thread = self._thread
        if thread and thread != get_ident():
            give_up, pause = time.monotonic() + _LONGEST_CALLBACK, threading.Event()
            while self._thread == thread and time.monotonic() < give_up:
                pause.wait(0.001)


class FanOut(Generic[T]):
    """The subscribers of one stream.

    `emit` walks an immutable tuple that is replaced when a subscriber comes or goes; one thread at a time may emit.
    """

    __slots__ = ("_lock", "_on_empty", "guards")

    def __init__(self, on_empty: Callable[[], None] = lambda: None) -> None:
        self.guards: tuple[Guard[T], ...] = ()
        self._lock = threading.Lock()
        self._on_empty = on_empty

    def add(self, observer: abc.ObserverBase[T], *, holding: bool = False) -> Guard[T]:
        """Add a subscriber; with ``holding`` it gets nothing before its `Guard.release`."""
        guard = Guard(observer, self._remove)
        if holding:
            guard.start_holding()
        with self._lock:
            self.guards = (*self.guards, guard)
        return guard

    def _remove(self, guard: Guard[T]) -> None:
        with self._lock:
            left = tuple(other for other in self.guards if other is not guard)
            if len(left) == len(self.guards):
                return
            self.guards = left
        if not left:
            self._on_empty()

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
