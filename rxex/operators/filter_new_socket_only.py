"""Each new socket of a connection."""

from __future__ import annotations

from reactivex import Observable

from rxex.events import Opened, Socket, SocketEvent
from rxex.operators._of_type import of_type_map, without_messages
from rxex.typing import Operator

__all__ = ["filter_new_socket_only"]


def filter_new_socket_only() -> Operator[SocketEvent, Socket]:
    """Give each new socket when it opens.

    Emits on the source's thread. On a connection whose socket is open, a late subscriber gets that one first.

    >>> import reactivex as rx
    >>> rx.of(Opened("socket 1")).pipe(filter_new_socket_only()).run()
    'socket 1'
    """

    def _filter_new_socket_only(source: Observable[SocketEvent]) -> Observable[Socket]:
        return without_messages(source).pipe(of_type_map(Opened, _socket_of))

    return _filter_new_socket_only


def _socket_of(event: Opened) -> Socket:
    return event.socket
