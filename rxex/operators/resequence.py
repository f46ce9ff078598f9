"""Numbered items back in order, each once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any, Generic, Literal, TypeVar, overload

from attrs import frozen
from reactivex import Observable
from reactivex.abc import SchedulerBase

from rxex.errors import InvalidArgument, SequenceGap
from rxex.events import Gap, Notice
from rxex.operators._sequencer import Sequencer
from rxex.operators._timed import Alarm, lift_timed, span

__all__ = ["resequence"]

T = TypeVar("T")


@overload
def resequence(
    number: Callable[[Any], int],
    *,
    window: int = 64,
    wait: float | None = 1.0,
    channel: str = "",
    notices: Literal[False] = False,
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[T]], Observable[T]]: ...


@overload
def resequence(
    number: Callable[[Any], int],
    *,
    window: int = 64,
    wait: float | None = 1.0,
    channel: str = "",
    notices: Literal[True],
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[T | Notice]], Observable[T | Notice]]: ...


def resequence(
    number: Callable[[Any], int],
    *,
    window: int = 64,
    wait: float | None = 1.0,
    channel: str = "",
    notices: bool = False,
    scheduler: SchedulerBase | None = None,
) -> Callable[[Observable[Any]], Observable[Any]]:
    """Put items back in the order of their numbers, each once.

    The first number seen is the base. An item that comes early is held until those before it are there, or until they
    are given up. Notices of the source pass at once.

    Args:
        number: Gives the number of an item.
        window: How many items are held before a missing number is given up. A number up to ``window`` below the last
            is a duplicate or late, and dropped; one further below means that the numbers start over.
        wait: Seconds that an item is held at most; None: until the window is full.
        channel: What notices and errors call the stream.
        notices: Whether a number that is given up becomes a `Gap` and the stream goes on. Without it the stream ends
            there with `SequenceGap`, so that nothing is lost in silence; see `retry_on_gap`.
        scheduler: Measures ``wait``; its thread emits what has waited that long. All else is emitted on the source's.

    At its end the source leaves no item behind: what is still held is given up, then comes the end.

    Raises:
        InvalidArgument: ``window`` or ``wait`` is negative.

    >>> import reactivex as rx
    >>> rx.of(4, 6, 5, 5, 7).pipe(resequence(int), rx.operators.to_list()).run()
    [4, 5, 6, 7]
    """
    if window < 0:
        raise InvalidArgument("window", window, "give the number of items to hold, 0 or more")
    patience = None if wait is None else span("wait", wait, zero=True)

    def start(alarm: Alarm) -> _Resequence[Any]:
        return _Resequence(Sequencer(number, window, channel, lambda: alarm.now), patience, alarm, notices)

    return lift_timed(start, scheduler)


@frozen
class _Resequence(Generic[T]):
    sequencer: Sequencer[T]
    wait: timedelta | None
    alarm: Alarm
    notices: bool

    def push(self, item: T | Notice) -> Iterable[T | Notice]:
        if isinstance(item, Notice):
            return [item]
        results = self.sequencer.push(item)
        if self.sequencer.held:
            self._set_alarm()
        return self._told(results)

    def expire(self) -> Iterable[T | Notice]:
        results = [] if self.wait is None else self.sequencer.give_up_before(self.alarm.now - self.wait)
        self._set_alarm()
        return self._told(results)

    def finish(self, error: Exception | None) -> Iterable[T | Notice]:
        # Without notices what stands behind a hole is not emitted; an error of the source says more than the hole.
        return [] if error is not None and not self.notices else self._told(self.sequencer.give_up_all())

    def _set_alarm(self) -> None:
        oldest = None if self.wait is None or self.alarm.is_set else self.sequencer.oldest
        if oldest is not None and self.wait is not None:
            self.alarm.set(oldest + self.wait)

    def _told(self, results: list[T | Gap]) -> Iterable[T | Notice]:
        for result in results:
            if isinstance(result, Gap) and not self.notices:
                raise SequenceGap(result.expected, result.received, result.channel, result.reason)
            yield result
