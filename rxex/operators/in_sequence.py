"""Numbered items, refused at the first number that is not the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from reactivex import Observable

from rxex.errors import SequenceGap
from rxex.operators.lift import lift

__all__ = ["in_sequence"]

T = TypeVar("T")


def in_sequence(number: Callable[[Any], int], *, channel: str = "") -> Callable[[Observable[T]], Observable[T]]:
    """Check that each number is the one after the last; hold nothing back and drop nothing.

    For feeds that must not be repaired by guessing, as private ones: put `retry_on_gap` behind it, which subscribes
    again and so asks for a fresh snapshot. The first number seen is the base. Emits on the source's thread.

    Args:
        number: Gives the number of an item.
        channel: What the error calls the stream.

    The stream ends with `SequenceGap` at the first number that is not the next: a number too high means that items
    are missing, a repeated or lower one that they came twice or that the numbers started over.

    >>> import reactivex as rx
    >>> numbers = rx.of(3, 4, 6).pipe(in_sequence(int, channel="orders"))
    >>> _ = numbers.subscribe(print, lambda error: print(error))
    3
    4
    expected number 5 in orders, received 6
    """

    def start() -> Callable[[T], tuple[T]]:
        last: int | None = None

        def step(item: T) -> tuple[T]:
            nonlocal last
            received = number(item)
            if last is not None and received != last + 1:
                reason = "a number came again, or the numbers started over" if received <= last else ""
                raise SequenceGap(last + 1, received, channel, reason)
            last = received
            return (item,)

        return step

    return lift(start)
