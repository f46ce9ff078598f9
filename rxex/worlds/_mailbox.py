"""Items on their way from a stream, which comes when it likes, to a reader that takes them when it likes."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from reactivex import ConnectableObservable, Observable
from reactivex.disposable import CompositeDisposable, Disposable, SingleAssignmentDisposable

from rxex.errors import BufferOverflow
from rxex.events import Overflow
from rxex.operators._buffer import Buffer

T = TypeVar("T")


class Mailbox(Generic[T]):
    """A bounded buffer between a stream and its reader.

    Where it is full, the oldest item is dropped and an `Overflow` stands in the place of all those dropped; without
    ``notices`` the stream ends there with `BufferOverflow`.

    Args:
        capacity: items held at most.
        notices: whether the reader takes notices.
        wake: called, on the thread of the stream, when something comes after `read` has found nothing.
    """

    def __init__(self, capacity: int, *, notices: bool, wake: Callable[[], None]) -> None:
        self.is_over = False
        self._buffer = Buffer[T](capacity, "drop_oldest" if notices else "error")
        self._wake = wake
        self._ended = False
        self._error: Exception | None = None
        self._is_awaited = False
        # Re-entrant: a signal handler may emit while the very thread it interrupts is reading.
        self._lock = threading.RLock()
        self._subscription = SingleAssignmentDisposable()

    def fill(
        self, feed: Observable[T], connection: ConnectableObservable[Any] | None, resources: CompositeDisposable
    ) -> None:
        """Subscribe to ``feed``, then open ``connection``; what ends both is added to ``resources`` in this order."""
        resources.add(self._subscription)
        self._subscription.disposable = feed.subscribe(self._put, self.end, self.end)
        if connection is not None:
            resources.add(connection.connect() or Disposable())

    def _put(self, item: T) -> None:
        overflow: BufferOverflow | None = None
        with self._lock:
            if self._ended:
                return
            try:
                self._buffer.put(item)
            except BufferOverflow as error:
                overflow = error
            wake, self._is_awaited = self._is_awaited, False
        if overflow is not None:
            self.end(overflow)
        elif wake:
            self._wake()

    def end(self, error: Exception | None = None) -> None:
        """Let nothing more in. The reader gets what is there, then ``error``, if any."""
        with self._lock:
            if self._ended:
                return
            self._ended, self._error = True, error
        self._wake()
        self._subscription.dispose()

    def read(self) -> Iterator[T | Overflow]:
        """Give what is there until nothing is; then ask to be woken, or be over and raise the stream's error."""
        while True:
            with self._lock:
                # Before the look: what a signal handler adds right after the look wakes us all the same.
                self._is_awaited = True
                taken = self._buffer.take()
                if taken is None:
                    self.is_over = self._ended
                    break
                self._is_awaited = False
            lost, items = taken
            if lost:
                yield Overflow("", lost)
            yield from items
        if self.is_over and self._error is not None:
            raise self._error
