"""Tell when a stream has gone quiet."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar

from attrs import define, field
from reactivex import Observable
from reactivex.abc import SchedulerBase

from rxex.events import Notice, Stale
from rxex.operators._timed import Alarm, lift_timed, received_of, span

__all__ = ["stale_after"]

T = TypeVar("T")


def stale_after(
    seconds: float, *, channel: str = "", scheduler: SchedulerBase | None = None
) -> Callable[[Observable[T]], Observable[T | Stale]]:
    """Emit everything, and `Stale` where nothing has come for ``seconds``: once per silence.

    The time before the first item counts as well. Notices of the source pass, but are no sign of life.

    Args:
        seconds: The silence that is too long.
        channel: What the notice calls the stream.
        scheduler: Measures the silence; its thread emits the notice, never at the same time as an item. There is one
            timer per subscription, however many items come.

    ``Stale.since`` is the arrival of the last item (its ``received``, where it has one), or the subscription.

    Raises:
        InvalidArgument: ``seconds`` is not above 0.

    >>> import reactivex as rx
    >>> rx.never().pipe(stale_after(0.01, channel="ticker BTC/USD"), rx.operators.first()).run().channel
    'ticker BTC/USD'
    """
    silence = span("seconds", seconds)
    return lift_timed(lambda alarm: _Watch[Any](alarm, silence, channel), scheduler)


@define
class _Watch(Generic[T]):
    alarm: Alarm
    silence: timedelta
    channel: str
    last: T | None = None
    heard: datetime = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.heard = self.alarm.now
        self.alarm.set(self.heard + self.silence)

    def push(self, item: T) -> Iterable[T | Stale]:
        if not isinstance(item, Notice):
            self.last, self.heard = item, self.alarm.now
            if not self.alarm.is_set:
                self.alarm.set(self.heard + self.silence)
        return (item,)

    def expire(self) -> Iterable[T | Stale]:
        quiet = self.alarm.now - self.heard
        if quiet < self.silence:
            self.alarm.set(self.heard + self.silence)
            return ()
        since = received_of(self.last) or self.alarm.epoch_ns - quiet // timedelta(microseconds=1) * 1000
        return (Stale(self.channel, since),)

    def finish(self, _error: Exception | None, /) -> Iterable[T | Stale]:
        return ()
