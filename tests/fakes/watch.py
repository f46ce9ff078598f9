"""Subscribes to a stream, remembers what comes, and waits for it with a time limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeVar

from reactivex import Observable, abc

from rxex.events import Opened, Socket, SocketEvent
from rxex.socket import open_socket

__all__ = ["Watch", "watch"]

E = TypeVar("E", bound=SocketEvent)


class Watch:
    """One subscription and everything it was told. Disposes of it at the end of a with block."""

    def __init__(self, source: Observable[SocketEvent], on_event: Callable[[SocketEvent], None] | None = None) -> None:
        self.events: list[SocketEvent] = []
        self.error: Exception | None = None
        self.completed = False
        self.threads: set[str] = set()
        self._told = threading.Condition()
        self._on_event = on_event
        self.begin = time.monotonic()
        self.end = 0.0
        self.subscription: abc.DisposableBase = source.subscribe(self._next, self._error, self._completed)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.subscription.dispose()

    @property
    def kinds(self) -> list[str]:
        """The class names of the events."""
        return [type(event).__name__ for event in self.events]

    @property
    def seconds(self) -> float:
        """From the subscription to its end."""
        return self.end - self.begin

    def of(self, kind: type[E]) -> list[E]:
        """The events of one class."""
        return [event for event in self.events if isinstance(event, kind)]

    def wait(self, kind: type[E], count: int = 1, seconds: float = 5.0) -> E:
        """Wait for the ``count``-th event of a class, and give it."""
        self.wait_for(lambda: len(self.of(kind)) >= count, seconds)
        return self.of(kind)[count - 1]

    def wait_for(self, done: Callable[[], Any], seconds: float = 5.0) -> None:
        """Wait until ``done`` holds; it is asked after each event."""
        with self._told:
            assert self._told.wait_for(done, seconds), f"not in {seconds} s; came: {self.events[-5:]}, {self.error!r}"

    def wait_for_end(self, seconds: float = 5.0) -> None:
        """Wait until the stream has ended."""
        self.wait_for(lambda: self.completed or self.error is not None, seconds)

    @property
    def socket(self) -> Socket:
        """The socket of the first `Opened`."""
        return self.wait(Opened).socket

    def _next(self, event: SocketEvent) -> None:
        assert not self.completed, "an event came after the end"
        assert self.error is None, "an event came after the end"
        with self._told:
            self.events.append(event)
            self.threads.add(threading.current_thread().name)
            self._told.notify_all()
        if self._on_event is not None:
            self._on_event(event)

    def _error(self, error: Exception) -> None:
        with self._told:
            self.error, self.end = error, time.monotonic()
            self._told.notify_all()

    def _completed(self) -> None:
        with self._told:
            self.completed, self.end = True, time.monotonic()
            self._told.notify_all()


def watch(url: str, on_event: Callable[[SocketEvent], None] | None = None, **options: Any) -> Watch:
    """Open a socket and watch it."""
    return Watch(open_socket(url, **options), on_event)
