"""Each socket on which we are authenticated."""

from __future__ import annotations

from reactivex import Observable

from rxex.events import Authenticated, Socket, SocketEvent
from rxex.operators._of_type import of_type_map, without_messages
from rxex.typing import Operator

__all__ = ["authenticated_socket"]


def authenticated_socket() -> Operator[SocketEvent, Socket]:
    """Give the socket of each `Authenticated` event: the exchange has accepted us on it.

    Emits on the source's thread.

    >>> import reactivex as rx
    >>> rx.of(Authenticated("socket 1")).pipe(authenticated_socket()).run()
    'socket 1'
    """

    def _authenticated_socket(source: Observable[SocketEvent]) -> Observable[Socket]:
        return without_messages(source).pipe(of_type_map(Authenticated, _socket_of))

    return _authenticated_socket


def _socket_of(event: Authenticated) -> Socket:
    return event.socket
