"""Hand items over to another thread, and drop those that come while it is busy."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Literal, TypeVar, overload

from reactivex import Observable
from reactivex.abc import SchedulerBase

from rxex.events import Overflow
from rxex.operators._hand_over import hand_over

__all__ = ["on_backpressure_drop"]

T = TypeVar("T")


@overload
def on_backpressure_drop(
    *,
    channel: str = "",
    notices: Literal[False] = False,
    on_overflow: Callable[[Overflow], None] | None = None,
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[T]]: ...


@overload
def on_backpressure_drop(
    *,
    channel: str = "",
    notices: Literal[True],
    on_overflow: Callable[[Overflow], None] | None = None,
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[T | Overflow]]: ...


def on_backpressure_drop(
    *,
    channel: str = "",
    notices: bool = False,
    on_overflow: Callable[[Overflow], None] | None = None,
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[Any]], Observable[Any]]:
    """Hand items over to a thread of the subscriber's own, and drop those that come while it is busy.

    Nothing waits, so what arrives is never old. The source never waits either; the end comes behind the item that the
    subscriber is busy with. A subscriber that raises ends its own subscription.

    Args:
        channel: What notices call the stream.
        notices: Whether `Overflow` with the exact count stands where items were dropped: behind the item that the
            subscriber was busy with.
        on_overflow: Called with the same on the subscriber's thread, at the same place; it belongs to the subscriber
            and must not raise either. Without it and ``notices`` losses are logged, at most once a second, with
            their exact count.
        scheduler: Hands over on this scheduler, for virtual time or a loop of your own. None: on a daemon thread that
            lives as long as the subscription, ``rxex-on_backpressure_drop``.

    >>> import reactivex as rx
    >>> rx.of(1).pipe(on_backpressure_drop()).run()
    1
    """
    return hand_over(
        _Single[Any],
        name="on_backpressure_drop",
        channel=channel,
        notices=notices,
        on_overflow=on_overflow,
        scheduler=scheduler,
    )


class _Single(Generic[T]):
    """Room for one item, while the subscriber is not busy with another."""

    def __init__(self) -> None:
        self._item: tuple[T, ...] = ()
        self._lost = 0
        self._is_busy = False

    def put(self, item: T) -> None:
        if self._is_busy or self._item:
            self._lost += 1
        else:
            self._item = (item,)

    def take(self) -> tuple[int, tuple[T, ...]] | None:
        # Whoever takes again has done with what was taken before. What was lost is told before an item gets in.
        item, self._item = self._item, ()
        lost, self._lost = (0, self._lost) if item else (self._lost, 0)
        self._is_busy = bool(item or lost)
        return (lost, item) if self._is_busy else None
