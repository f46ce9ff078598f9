"""The socket that each event came from."""

from __future__ import annotations

from collections.abc import Iterator

from rxex.events import Socket, SocketEvent
from rxex.operators.lift import lift
from rxex.typing import Operator

__all__ = ["map_socket_only"]


def map_socket_only() -> Operator[SocketEvent, Socket]:
    """Give the socket of every event that has one, a message included; put a filter before it.

    Emits on the source's thread.

    >>> import reactivex as rx
    >>> from rxex.events import Authenticated, Reconnecting
    >>> rx.of(Reconnecting(1, 0.5), Authenticated("socket 1")).pipe(map_socket_only()).run()
    'socket 1'
    """
    return lift(lambda: _socket_of)


def _socket_of(event: SocketEvent) -> Iterator[Socket]:
    socket: Socket | None = getattr(event, "socket", None)
    if socket is not None:
        yield socket
