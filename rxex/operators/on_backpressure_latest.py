"""Hand items over to another thread, of each key only the newest."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Any, Generic, Literal, TypeVar, overload

from reactivex import Observable
from reactivex.abc import SchedulerBase

from rxex.events import Notice, Overflow
from rxex.operators._hand_over import check_capacity, hand_over

__all__ = ["on_backpressure_latest"]

T = TypeVar("T")


@overload
def on_backpressure_latest(
    key: Callable[[Any], Hashable] | None = None,
    *,
    capacity: int = 10_000,
    channel: str = "",
    notices: Literal[False] = False,
    on_overflow: Callable[[Overflow], None] | None = None,
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[T]]: ...


@overload
def on_backpressure_latest(
    key: Callable[[Any], Hashable] | None = None,
    *,
    capacity: int = 10_000,
    channel: str = "",
    notices: Literal[True],
    on_overflow: Callable[[Overflow], None] | None = None,
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[T | Notice]], Observable[T | Notice]]: ...


def on_backpressure_latest(
    key: Callable[[Any], Hashable] | None = None,
    *,
    capacity: int = 10_000,
    channel: str = "",
    notices: bool = False,
    on_overflow: Callable[[Overflow], None] | None = None,
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[Any]], Observable[Any]]:
    """Hand items over to a thread of the subscriber's own; while it is busy, of each key only the newest item waits.

    A newer item takes the place of the older one in the line, so that a busy key does not push others back. The
    source never waits; the end comes behind the items that wait. A subscriber that raises ends its own subscription.

    Args:
        key: Gives what items replace each other by, as ``lambda ticker: ticker.symbol``. None: all replace each
            other. Notices of the source are not asked; they replace those of their own kind and channel.
        capacity: How many keys wait at most; with more, the one that waited longest is dropped.
        channel: What notices call the stream.
        notices: Whether `Overflow`, with the exact count of those replaced or dropped, stands before what took
            their place.
        on_overflow: Called with the same on the subscriber's thread, at the same place; it belongs to the subscriber
            and must not raise either. Without it and ``notices`` losses are logged, at most once a second, with
            their exact count.
        scheduler: Hands over on this scheduler, for virtual time or a loop of your own. None: on a daemon thread that
            lives as long as the subscription, ``rxex-on_backpressure_latest``.

    The stream ends with what ``key`` raises, behind the items that wait.

    Raises:
        InvalidArgument: ``capacity`` is below 1.

    >>> import reactivex as rx
    >>> rx.range(1000).pipe(on_backpressure_latest(), rx.operators.last()).run()
    999
    """
    check_capacity(capacity)
    return hand_over(
        lambda: _Latest[Any](key, capacity),
        name="on_backpressure_latest",
        channel=channel,
        notices=notices,
        on_overflow=on_overflow,
        scheduler=scheduler,
    )


class _Latest(Generic[T]):
    """A line of keys; each has its newest item and how many that replaced."""

    def __init__(self, key: Callable[[T], Hashable] | None, capacity: int) -> None:
        self._key = key
        self._capacity = capacity
        self._entries: OrderedDict[Hashable, tuple[int, T]] = OrderedDict()
        self._lost_first = 0

    def put(self, item: T) -> None:
        if isinstance(item, Notice):
            key: Hashable = (type(item), item.channel)
        else:
            key = None if self._key is None else self._key(item)
        replaced = self._entries.get(key)
        if replaced is not None:
            self._entries[key] = (replaced[0] + 1, item)
            return
        if len(self._entries) == self._capacity:
            self._lost_first += self._entries.popitem(last=False)[1][0] + 1
        self._entries[key] = (0, item)

    def take(self) -> tuple[int, tuple[T, ...]] | None:
        if not self._entries:
            return None
        lost, item = self._entries.popitem(last=False)[1]
        lost, self._lost_first = lost + self._lost_first, 0
        return lost, (item,)
