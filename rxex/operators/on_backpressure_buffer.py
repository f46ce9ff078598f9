"""Hand items over to another thread through a bounded buffer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, TypeVar, get_args, overload

from reactivex import Observable
from reactivex.abc import SchedulerBase

from rxex.errors import InvalidArgument
from rxex.events import Overflow
from rxex.operators._buffer import Buffer, OverflowStrategy
from rxex.operators._hand_over import check_capacity, hand_over

__all__ = ["OverflowStrategy", "on_backpressure_buffer"]

T = TypeVar("T")


@overload
def on_backpressure_buffer(
    capacity: int,
    *,
    overflow: OverflowStrategy = "drop_oldest",
    channel: str = "",
    notices: Literal[False] = False,
    on_overflow: Callable[[Overflow], None] | None = None,
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[T]]: ...


@overload
def on_backpressure_buffer(
    capacity: int,
    *,
    overflow: OverflowStrategy = "drop_oldest",
    channel: str = "",
    notices: Literal[True],
    on_overflow: Callable[[Overflow], None] | None = None,
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[T | Overflow]]: ...


def on_backpressure_buffer(
    capacity: int,
    *,
    overflow: OverflowStrategy = "drop_oldest",
    channel: str = "",
    notices: bool = False,
    on_overflow: Callable[[Overflow], None] | None = None,
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[Any]], Observable[Any]]:
    """Hand items over to a thread of the subscriber's own; up to ``capacity`` of them wait while it is busy.

    The source never waits. Order is kept; the end comes behind what is in the buffer. A subscriber that raises ends
    its own subscription.

    Args:
        capacity: How many items wait at most, not counting the one that the subscriber is busy with.
        overflow: What to do with an item that finds the buffer full. ``drop_oldest`` gives it the place of the one
            that waited longest, ``drop_latest`` drops the new one, ``error`` leaves the source and ends the stream
            with `BufferOverflow` behind what is in the buffer.
        channel: What notices call the stream.
        notices: Whether `Overflow` with the exact count stands where items were dropped.
        on_overflow: Called with the same on the subscriber's thread, at the same place; it belongs to the subscriber
            and must not raise either. Without it and ``notices`` losses are logged, at most once a second, with
            their exact count.
        scheduler: Hands over on this scheduler, for virtual time or a loop of your own. None: on a daemon thread that
            lives as long as the subscription, ``rxex-on_backpressure_buffer``.

    Raises:
        InvalidArgument: ``capacity`` is below 1, or ``overflow`` none of the three.

    >>> import reactivex as rx
    >>> rx.range(1000).pipe(on_backpressure_buffer(1000), rx.operators.sum()).run()
    499500
    """
    check_capacity(capacity)
    if overflow not in get_args(OverflowStrategy):
        raise InvalidArgument("overflow", overflow, f"choose one of {', '.join(get_args(OverflowStrategy))}")
    return hand_over(
        lambda: Buffer[Any](capacity, overflow),
        name="on_backpressure_buffer",
        channel=channel,
        notices=notices,
        on_overflow=on_overflow,
        scheduler=scheduler,
    )
