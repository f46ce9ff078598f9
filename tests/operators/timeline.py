"""A source in virtual time, and what an operator makes of it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reactivex import Observable
from reactivex.notification import Notification, OnCompleted, OnError, OnNext
from reactivex.testing import Recorded, TestScheduler

END = "end"


class Timeline:
    """A hot source with ``(seconds, item)``: an exception is its error, `END` its end."""

    def __init__(self, *moments: tuple[float, Any], clock: TestScheduler | None = None) -> None:
        self.clock = clock or TestScheduler()
        records: list[Any] = [Recorded(time, notification_of(item)) for time, item in moments]  # type: ignore[arg-type]
        self.source: Observable[Any] = self.clock.create_hot_observable(records)

    @property
    def left_at(self) -> float | None:
        """When the source was left; None: it was not."""
        [subscription] = self.source.subscriptions  # type: ignore[attr-defined]
        return None if subscription.unsubscribe > 1e15 else float(subscription.unsubscribe)

    def run(self, operator: Callable[[Observable[Any]], Observable[Any]], until: float = 1000) -> list[Any]:
        """Subscribe at 0 and give what comes out, as it went in, up to ``until``; then dispose."""
        observer = self.clock.create_observer()
        subscription = self.source.pipe(operator).subscribe(observer)
        self.clock.advance_to(until)
        subscription.dispose()
        return [(record.time, value_of(record.value)) for record in observer.messages]


def notification_of(item: Any) -> Notification[Any]:
    if isinstance(item, Exception):
        return OnError(item)
    return OnCompleted() if item is END else OnNext(item)


def value_of(notification: Any) -> Any:
    if isinstance(notification, OnError):
        return notification.exception
    return END if isinstance(notification, OnCompleted) else notification.value
