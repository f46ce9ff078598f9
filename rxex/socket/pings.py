"""Pings that are sent whatever comes in: `ping_every`."""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxex.errors import NotSent
from rxex.events import Closed, Opened, Socket, SocketEvent
from rxex.typing import Json, Operator

__all__ = ["ping_every"]


def ping_every(seconds: float, make: Callable[[int], Json]) -> Operator[SocketEvent, SocketEvent]:
    """Send the exchange's ping on each socket of a stream, each so many seconds, until it or the stream ends.

    For exchanges that hang up on who is silent, though they themselves send. ``make`` makes the ping, from a number
    that counts up from 1. Emits what the source emits, on its thread.
    """

    def _ping_every(source: Observable[SocketEvent]) -> Observable[SocketEvent]:
        def subscribe(observer: ObserverBase[SocketEvent], scheduler: SchedulerBase | None = None) -> DisposableBase:
            timer, numbers = SerialDisposable(), count(1)

            def ping(socket: Socket) -> None:
                try:
                    socket.send(make(next(numbers)))
                except NotSent:
                    return  # the socket is gone, or so busy that it needs no ping
                finally:
                    wait(socket)

            def wait(socket: Socket) -> None:
                timer.disposable = socket.scheduler.schedule_relative(seconds, lambda *_: ping(socket))

            def on_next(event: SocketEvent) -> None:
                if isinstance(event, Opened):
                    wait(event.socket)
                elif isinstance(event, Closed):
                    timer.disposable = None
                observer.on_next(event)

            listening = source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)
            return CompositeDisposable(listening, timer)

        return Observable(subscribe)

    return _ping_every
