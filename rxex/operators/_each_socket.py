"""Do something on each new socket, and stop when the next one comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import reactivex as rx
from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.disposable import SingleAssignmentDisposable

from rxex.events import Socket
from rxex.typing import Operator

__all__ = ["each_socket"]

S = TypeVar("S", bound=Socket)
T = TypeVar("T")


def each_socket(work: Callable[[S], Observable[T]]) -> Operator[S | None, T]:
    """Emit what ``work`` gives on the newest socket; None stands for a socket that has gone."""

    def start(socket: S | None) -> Observable[T]:
        return rx.empty() if socket is None else work(socket)

    def _each_socket(source: Observable[S | None]) -> Observable[T]:
        return _ends_when_raised_at(source.pipe(ops.distinct_until_changed(), ops.map(start), ops.switch_latest()))

    return _each_socket


def _ends_when_raised_at(source: Observable[T]) -> Observable[T]:
    # Emitted on a timer or for another stream's message, an item would not end the subscription that it breaks.
    def subscribe(observer: abc.ObserverBase[T], on: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        subscription = SingleAssignmentDisposable()

        def on_next(item: T) -> None:
            try:
                observer.on_next(item)
            except Exception:
                subscription.dispose()
                raise

        subscription.disposable = source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=on)
        return subscription

    return Observable(subscribe)
