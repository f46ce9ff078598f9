"""The socket that is open now, if any."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reactivex import Observable
from reactivex import operators as ops

from rxex.events import Closed, Opened, Socket, SocketEvent
from rxex.operators._of_type import without_messages
from rxex.operators.lift import lift
from rxex.typing import Operator

__all__ = ["connected_socket"]


def connected_socket() -> Operator[SocketEvent, Socket | None]:
    """Give the open socket, and None once it has closed.

    Emits on the source's thread: nothing until one or the other is known, and nothing twice in a row. Of a connection
    with several sockets it is the one that opened first; when that closes, None and then the next.

    >>> import reactivex as rx
    >>> events = rx.of(Opened("socket 1"), Closed("socket 1"))
    >>> events.pipe(connected_socket(), rx.operators.to_list()).run()
    ['socket 1', None]
    """

    def _connected_socket(source: Observable[SocketEvent]) -> Observable[Socket | None]:
        changes: Operator[SocketEvent, Socket | None] = lift(_first_open)
        return without_messages(source).pipe(changes, ops.distinct_until_changed())

    return _connected_socket


def _first_open() -> Callable[[SocketEvent], Iterator[Socket | None]]:
    sockets: list[Socket] = []

    def step(event: SocketEvent) -> Iterator[Socket | None]:
        match event:
            case Opened(socket):
                if socket not in sockets:
                    sockets.append(socket)
                yield sockets[0]
            case Closed(socket):
                was_first = sockets[:1] == [socket]
                if socket in sockets:
                    sockets.remove(socket)
                if was_first or not sockets:
                    yield None
                    yield from sockets[:1]

    return step
