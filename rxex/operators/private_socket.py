"""The open socket with its token, for all who need it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Final

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable

from rxex.events import Opened, SocketEvent, SystemStatus
from rxex.fanout import FanOut
from rxex.operators._of_type import without_messages
from rxex.operators.add_token import TokenSocket, add_token
from rxex.operators.connected_socket import connected_socket

__all__ = ["PrivateSockets", "private_socket"]


class _Nothing:
    """Neither a socket nor the lack of one is known."""


_NOTHING: Final = _Nothing()


class PrivateSockets(Observable[TokenSocket | None]):
    """What `private_socket` gives: a stream that also knows its last item, and the exchange's last word on itself."""

    def __init__(
        self,
        events: Observable[SocketEvent],
        get_token: Callable[[], str | Observable[str]],
        scheduler: abc.SchedulerBase | None = None,
    ) -> None:
        super().__init__()
        self._events = without_messages(events)
        self._add_token = add_token(get_token, scheduler=scheduler)
        self._state: TokenSocket | _Nothing | None = _NOTHING
        self._status: SystemStatus | None = None
        self._fan_out: FanOut[TokenSocket | None] = FanOut()
        self._listening: abc.DisposableBase | None = None
        self._lock = threading.RLock()

    @property
    def current(self) -> TokenSocket | None:
        """The open socket, once it has its token."""
        return self._state if isinstance(self._state, TokenSocket) else None

    @property
    def status(self) -> SystemStatus | None:
        """What the exchange last said about itself on the open socket."""
        return self._status

    def _subscribe_core(
        self,
        observer: abc.ObserverBase[TokenSocket | None],
        scheduler: abc.SchedulerBase | None = None,  # noqa: ARG002
    ) -> abc.DisposableBase:
        with self._lock:
            guard = self._fan_out.subscribe(observer)
            state, is_first = self._state, self._listening is None
            listening = self._listening = self._listening or CompositeDisposable()
        if isinstance(state, TokenSocket):

            def arrive(*_: Any) -> None:
                if self._state is state:
                    guard.on_next(state)

            # On the thread that emits, so that it does not come at the same time as a newer one.
            state.scheduler.schedule(arrive)
        elif state is None:
            guard.on_next(None)
        if is_first and isinstance(listening, CompositeDisposable):
            self._listen(listening)
        return guard

    def _listen(self, listening: CompositeDisposable) -> None:
        sockets = self._events.pipe(connected_socket())
        # In this order a socket that has gone is told before the token of the next.
        listening.add(self._events.subscribe(self._on_event, lambda _error: None))
        listening.add(sockets.subscribe(self._on_link, lambda _error: None))
        listening.add(sockets.pipe(self._add_token).subscribe(self._tell, self._on_error, self._on_completed))

    def _on_event(self, event: SocketEvent) -> None:
        if isinstance(event, SystemStatus):
            self._status = event
        elif isinstance(event, Opened):
            self._status = None

    def _on_link(self, socket: object) -> None:
        if socket is None:
            self._tell(None)
        else:
            self._state = _NOTHING  # its token is on the way

    def _tell(self, state: TokenSocket | None) -> None:
        with self._lock:
            self._state = state
        self._fan_out.emit(state)

    def _on_error(self, error: Exception) -> None:
        self._forget()
        self._fan_out.fail(error)

    def _on_completed(self) -> None:
        self._forget()
        self._fan_out.complete()

    def _forget(self) -> None:
        # Who subscribes after the end starts over.
        with self._lock:
            listening, self._listening = self._listening, None
            self._state, self._status = _NOTHING, None
        if listening is not None:
            listening.dispose()


def private_socket(
    get_token: Callable[[], str | Observable[str]], *, scheduler: abc.SchedulerBase | None = None
) -> Callable[[Observable[SocketEvent]], PrivateSockets]:
    """Give the open socket with a token of its own, to all subscribers the same, and None once it has closed.

    The token is asked for once for each socket, however many subscribe (see `add_token`, also for its errors). A late
    subscriber gets what is open: a socket on its own thread, the lack of one at once. From the first subscriber on the
    source stays subscribed to until it ends; who subscribes then starts over. Emits on the socket's thread.

    Args:
        get_token: gives the token, or an Observable whose first item it is; called on a thread of its own.
        scheduler: runs ``get_token`` instead of that thread.
    """

    def _private_socket(source: Observable[SocketEvent]) -> PrivateSockets:
        return PrivateSockets(source, get_token, scheduler)

    return _private_socket
