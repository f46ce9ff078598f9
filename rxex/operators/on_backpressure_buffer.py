"""Hand items over to another thread through a bounded buffer."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Any, Generic, Literal, TypeAlias, TypeVar, get_args, overload

from reactivex import Observable
from reactivex.abc import SchedulerBase

from rxex.errors import BufferOverflow, InvalidArgument
from rxex.events import Overflow
from rxex.operators._hand_over import check_capacity, hand_over

__all__ = ["OverflowStrategy", "on_backpressure_buffer"]

T = TypeVar("T")
OverflowStrategy: TypeAlias = Literal["drop_oldest", "drop_latest", "error"]
"""What to do with an item that finds a buffer full."""


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
        lambda: _Buffer[Any](capacity, overflow),
        name="on_backpressure_buffer",
        channel=channel,
        notices=notices,
        on_overflow=on_overflow,
        scheduler=scheduler,
    )


class _Buffer(Generic[T]):
    """A queue whose entries know how many items were lost before them."""

    def __init__(self, capacity: int, overflow: OverflowStrategy) -> None:
        self._capacity = capacity
        self._overflow = overflow
        self._entries: deque[tuple[int, T]] = deque()
        self._lost_first = 0
        self._lost_last = 0

    def put(self, item: T) -> None:
        if len(self._entries) == self._capacity:
            if self._overflow == "error":
                raise BufferOverflow(self._capacity)
            if self._overflow == "drop_latest":
                self._lost_last += 1
                return
            self._lost_first += self._entries.popleft()[0] + 1
        self._entries.append((self._lost_last, item))
        self._lost_last = 0

    def take(self) -> tuple[int, tuple[T, ...]] | None:
        if self._entries:
            lost, item = self._entries.popleft()
            lost, self._lost_first = lost + self._lost_first, 0
            return lost, (item,)
        lost, self._lost_last = self._lost_last, 0
        return (lost, ()) if lost else None
