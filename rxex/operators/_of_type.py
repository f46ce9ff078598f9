"""Keep the items of one class."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase

from rxex.events import EventStream, SocketEvent
from rxex.typing import Operator

__all__ = ["of_type", "of_type_map", "without_messages"]

T = TypeVar("T")
B = TypeVar("B")


def of_type(kind: type[T]) -> Operator[object, T]:
    """Keep the items that are a ``kind``, on the source's thread."""
    return of_type_map(kind, lambda item: item)


def of_type_map(kind: type[T], value: Callable[[T], B]) -> Operator[object, B]:
    """Give the ``value`` of the items that are a ``kind``; one operator, where filter and map would be two."""

    def _of_type(source: Observable[object]) -> Observable[B]:
        def subscribe(observer: ObserverBase[B], scheduler: SchedulerBase | None = None) -> DisposableBase:
            def on_next(item: object) -> None:
                if isinstance(item, kind):
                    observer.on_next(value(item))

            return source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)

        return Observable(subscribe)

    return _of_type


def without_messages(source: Observable[SocketEvent]) -> Observable[SocketEvent]:
    """Give the part of ``source`` without messages, where it has one, so that none is built for nothing."""
    return source.link if isinstance(source, EventStream) else source
