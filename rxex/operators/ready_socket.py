"""Each socket once the exchange trades normally on it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reactivex import Observable

from rxex.events import Closed, Socket, SocketEvent, SystemStatus
from rxex.operators._of_type import without_messages
from rxex.operators.lift import lift
from rxex.typing import Operator

__all__ = ["ready_socket"]


def ready_socket() -> Operator[SocketEvent, Socket]:
    """Give each socket once, when the exchange first says on it that it is online (`SystemStatus.is_online`).

    Emits on the source's thread.

    >>> import reactivex as rx
    >>> rx.of(SystemStatus("socket 1", "online", is_online=True)).pipe(ready_socket()).run()
    'socket 1'
    """

    def _ready_socket(source: Observable[SocketEvent]) -> Observable[Socket]:
        ready: Operator[SocketEvent, Socket] = lift(_first_online)
        return without_messages(source).pipe(ready)

    return _ready_socket


def _first_online() -> Callable[[SocketEvent], Iterator[Socket]]:
    ready: set[Socket] = set()

    def step(event: SocketEvent) -> Iterator[Socket]:
        match event:
            case SystemStatus(socket, is_online=True) if socket not in ready:
                ready.add(socket)
                yield socket
            case Closed(socket):
                ready.discard(socket)

    return step
