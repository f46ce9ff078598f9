"""A link counts as open once the other side has greeted: `await_greeting`."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxex.errors import ConnectionClosed
from rxex.events import Closed, Opened, Socket, SocketEvent
from rxex.socket.reader import Receive, taken_in_turn, turn_of

__all__ = ["await_greeting"]


def await_greeting(
    link: Callable[[Receive], Observable[SocketEvent]],
    receive: Receive,
    is_greeting: Callable[[bytes], bool],
    *,
    timeout: float = 10.0,
) -> Observable[SocketEvent]:
    """Make the cold stream of a link whose `Opened` comes with the greeting of the other side, and not before.

    Args:
        link: makes the cold stream of the bare link, as `open_socket` does.
        receive: takes each message, from the greeting on.
        is_greeting: tells whether a message is the greeting; another one before it is passed over. What it raises gives
            the link up: a `TransientError` where another attempt may help, a `FatalError` where none does.
        timeout: seconds for the greeting, after which the link ends with `ConnectionClosed`.

    A link that ends before the greeting was never open: it ends with the error alone. Emits on the socket's thread.
    """

    def subscribe(observer: ObserverBase[SocketEvent], scheduler: SchedulerBase | None = None) -> DisposableBase:
        is_open = False
        patience = SerialDisposable()
        turn, hand_on = turn_of(receive)

        def take(socket: Socket, payload: bytes, received: int) -> SocketEvent | None:
            nonlocal is_open
            if not is_open:
                try:
                    is_open = is_greeting(payload)
                except Exception as error:
                    socket.drop(error)
                    return None
                if not is_open:
                    return None
                patience.dispose()
                observer.on_next(Opened(socket))
            return hand_on(socket, payload, received)

        def on_next(event: SocketEvent) -> None:
            if isinstance(event, Opened):
                socket = event.socket
                late = ConnectionClosed(None, f"no greeting came within {timeout:g} s")
                patience.disposable = socket.scheduler.schedule_relative(timeout, lambda *_: socket.drop(late))
            elif is_open or not isinstance(event, Closed):
                observer.on_next(event)

        listening = link(taken_in_turn(take, turn)).subscribe(
            on_next, observer.on_error, observer.on_completed, scheduler=scheduler
        )
        return CompositeDisposable(listening, patience)

    return Observable(subscribe)
