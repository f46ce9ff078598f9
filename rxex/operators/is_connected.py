"""Whether the connection is open."""

from __future__ import annotations

import threading

from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase

from rxex.events import Closed, Opened, Socket, SocketEvent
from rxex.operators._of_type import without_messages
from rxex.typing import Operator

__all__ = ["is_connected"]


def is_connected() -> Operator[SocketEvent, bool]:
    """Tell whether a socket is open: at once, and then whenever that changes.

    Of a connection with several sockets one is enough. What is at the time of the subscription comes on the
    subscriber's thread, or where a socket is open on that socket's; the changes come on the source's.

    >>> import reactivex as rx
    >>> rx.of(Opened("socket 1"), Closed("socket 1")).pipe(is_connected(), rx.operators.to_list()).run()
    [False, True, False]
    """

    def _is_connected(source: Observable[SocketEvent]) -> Observable[bool]:
        def subscribe(observer: ObserverBase[bool], scheduler: SchedulerBase | None = None) -> DisposableBase:
            sockets: list[Socket] = []
            last: bool | None = None
            # The first word may come on another thread than the rest.
            turn = threading.RLock()

            def tell() -> None:
                nonlocal last
                is_open = bool(sockets)
                if is_open is not last:
                    last = is_open
                    observer.on_next(is_open)

            def on_next(event: SocketEvent) -> None:
                with turn:
                    if isinstance(event, Opened) and event.socket not in sockets:
                        sockets.append(event.socket)
                    elif isinstance(event, Closed) and event.socket in sockets:
                        sockets.remove(event.socket)
                    if isinstance(event, Opened | Closed):
                        tell()

            events = without_messages(source)
            listening = events.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)
            # A connection whose socket is open says so by itself.
            if not getattr(source, "is_connected", False):
                with turn:
                    if last is None:
                        tell()
            return listening

        return Observable(subscribe)

    return _is_connected
