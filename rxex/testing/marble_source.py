"""The cold stream of sockets that a marble diagram tells of."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from attrs import frozen
from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.disposable import CompositeDisposable, Disposable

from rxex.codec import encode
from rxex.errors import TransientError
from rxex.events import Closed, Opened, Reconnected, Reconnecting, SocketEvent
from rxex.testing.marbles import Mark
from rxex.testing.scripted_socket import ScriptedSocket

if TYPE_CHECKING:
    from rxex.socket import Receive

__all__ = ["Script"]


@frozen
class Script:
    """What happens to the link, and when, counted from each subscription."""

    marks: Sequence[Mark]
    payloads: Mapping[str, bytes]
    error: Exception
    """Why `#` cuts the link."""
    scheduler: SchedulerBase
    open_socket: Callable[[], ScriptedSocket]

    def source(self, receive: Receive) -> Observable[SocketEvent]:
        """Give the stream that a `rxex.connection.Connection` is made of."""

        def subscribe(observer: ObserverBase[SocketEvent], _: SchedulerBase | None = None) -> DisposableBase:
            return _Link(self, receive, observer).start()

        return Observable(subscribe)

    def now(self) -> float:
        """Virtual seconds."""
        return self.scheduler.to_seconds(self.scheduler.now)


class _Link:
    """One subscription: one socket after another, with the events of the real thing."""

    def __init__(self, script: Script, receive: Receive, observer: ObserverBase[SocketEvent]) -> None:
        self._script = script
        self._receive = receive
        self._observer = observer
        self._begin = script.now()
        self._reached = 0  # marks
        self._socket: ScriptedSocket | None = None
        self._down_since: float | None = None
        self._subscriptions = CompositeDisposable()

    def start(self) -> DisposableBase:
        for mark in self._script.marks:
            self._subscriptions.add(self._script.scheduler.schedule_relative(mark.time, self._action(mark.name)))
        return Disposable(self._stop)

    def _action(self, name: str) -> Callable[..., None]:
        return lambda *_: self._reach(name)

    def _reach(self, name: str) -> None:
        self._reached += 1
        if self._socket is not None and self._socket.closed is not None:
            # The user ended it at this very instant; that is told before anything that follows.
            self._close(self._socket.closed)
        socket = self._socket
        if name == "o":
            self._open()
        elif name == "|":
            if socket is None:
                self._end(self._observer.on_completed)
            else:
                socket.close()
                self._close(Closed(socket, 1000))
        elif socket is None:
            return  # the user dropped it, so what the diagram goes on to say of it reaches nobody
        elif name == "#":
            socket.cut(self._script.error)
            self._close(Closed(socket, error=self._script.error))
        else:
            self._hear(socket, self._script.payloads[name])

    def _open(self) -> None:
        socket = self._socket = self._script.open_socket()
        self._subscriptions.add(socket.messages.subscribe(lambda answer: self._hear(socket, encode(answer).encode())))
        self._subscriptions.add(socket.ends.subscribe(self._close))
        self._observer.on_next(Opened(socket))
        if self._down_since is not None:
            down, self._down_since = self._script.now() - self._down_since, None
            self._observer.on_next(Reconnected(1, timedelta(seconds=down)))

    def _hear(self, socket: ScriptedSocket, payload: bytes) -> None:
        event = self._receive(socket, payload, round(self._script.now() * 1e9))
        if event is not None:
            self._observer.on_next(event)

    def _close(self, event: Closed) -> None:
        if event.socket is not self._socket:
            return
        self._socket, self._down_since = None, self._script.now()
        self._observer.on_next(event)
        error = event.error
        if error is None:
            self._end(self._observer.on_completed)
        elif not isinstance(error, TransientError):
            self._end(lambda: self._observer.on_error(error))
        else:
            ahead = self._script.marks[self._reached :]
            opening = next((mark.time for mark in ahead if mark.name == "o"), None)
            if opening is not None:
                passed = self._script.now() - self._begin
                self._observer.on_next(Reconnecting(1, round(opening - passed, 6), error))

    def _end(self, tell: Callable[[], None]) -> None:
        self._subscriptions.dispose()
        tell()

    def _stop(self) -> None:
        self._subscriptions.dispose()
        if self._socket is not None:
            self._socket.close()
