"""The socket that is open now, if any."""

from __future__ import annotations

from collections.abc import Iterator

from reactivex import Observable
from reactivex import operators as ops

from rxex.events import Closed, Opened, Socket, SocketEvent
from rxex.operators._of_type import without_messages
from rxex.operators.lift import lift
from rxex.typing import Operator

__all__ = ["connected_socket"]


def connected_socket() -> Operator[SocketEvent, Socket | None]:
    """Give the open socket, and None once it has closed.

    Emits on the source's thread: nothing until one or the other is known, and nothing twice in a row.

    >>> import reactivex as rx
    >>> events = rx.of(Opened("socket 1"), Closed("socket 1"))
    >>> events.pipe(connected_socket(), rx.operators.to_list()).run()
    ['socket 1', None]
    """

    def _connected_socket(source: Observable[SocketEvent]) -> Observable[Socket | None]:
        changes: Operator[SocketEvent, Socket | None] = lift(lambda: _change)
        return without_messages(source).pipe(changes, ops.distinct_until_changed())

    return _connected_socket


def _change(event: SocketEvent) -> Iterator[Socket | None]:
    match event:
        case Opened(socket):
            yield socket
        case Closed():
            yield None
