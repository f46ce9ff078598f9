"""What the back-pressure operators share: items wait in a store until another thread hands them over."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from threading import Condition, RLock, Thread, current_thread
from typing import Any, Generic, Protocol, TypeVar

from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.disposable import CompositeDisposable, Disposable, SingleAssignmentDisposable

from rxex.clock import default_clock
from rxex.errors import InvalidArgument, TransientError
from rxex.events import Overflow
from rxex.operators._loss_log import LossLog
from rxex.typing import Operator

__all__ = ["OnOverflow", "Store", "check_capacity", "hand_over"]

_log = logging.getLogger(__name__)
_LONGEST_CALLBACK = 2.0  # seconds that dispose waits for a callback in progress on another thread
T = TypeVar("T")

OnOverflow = Callable[[Overflow], None]


class Store(Protocol[T]):
    """Items on their way to the subscriber, and how many were lost between them. One thread at a time."""

    def put(self, item: T) -> None:
        """Add an item, or count one as lost. An error that is raised ends the stream behind what is stored."""
        ...

    def take(self) -> tuple[int, tuple[T, ...]] | None:
        """Remove the next item and give it in a tuple, with the number of items that were lost before it.

        The tuple is empty where nothing follows the loss. None: nothing is stored and nothing was lost.
        """
        ...


def check_capacity(capacity: int) -> None:
    """Refuse a capacity that holds nothing."""
    if not capacity >= 1:
        raise InvalidArgument("capacity", capacity, "give the number of items to hold, 1 or more")


def hand_over(
    make_store: Callable[[], Store[T]],
    *,
    name: str,
    channel: str,
    notices: bool,
    on_overflow: OnOverflow | None,
    scheduler: SchedulerBase | None,
) -> Operator[T, Any]:
    """Make an operator that hands its items over by a store of its own for each subscription."""

    def _hand_over(source: Observable[T]) -> Observable[Any]:
        def subscribe(observer: ObserverBase[Any], on: SchedulerBase | None = None) -> DisposableBase:
            log = LossLog(name, scheduler or default_clock())

            def tell_loss(count: int) -> None:
                overflow = Overflow(channel, count)
                if on_overflow is not None:
                    on_overflow(overflow)
                if notices:
                    observer.on_next(overflow)
                elif on_overflow is None:
                    log.add(overflow)

            run = _HandOver(observer, make_store(), tell_loss, scheduler)
            run.listen(source, name, on)
            return CompositeDisposable(run, Disposable(log.close))

        return Observable(subscribe)

    return _hand_over


class _HandOver(DisposableBase, Generic[T]):
    """One subscription: the source puts, the worker takes and tells the subscriber."""

    def __init__(
        self,
        observer: ObserverBase[Any],
        store: Store[T],
        tell_loss: Callable[[int], None],
        scheduler: SchedulerBase | None,
    ) -> None:
        self._observer = observer
        self._store = store
        self._tell_loss = tell_loss
        self._scheduler = scheduler
        self._is_scheduled = False
        self._worker: Thread | None = None
        self._source = SingleAssignmentDisposable()
        self._changed = Condition()
        self._delivery = RLock()
        self._end: Callable[[], None] | None = None
        self._active = True

    def listen(self, source: Observable[T], name: str, on: SchedulerBase | None) -> None:
        if self._scheduler is None:
            worker = Thread(target=self._work, name=f"rxex-{name}", daemon=True)
            try:
                worker.start()
            except RuntimeError as error:
                raise TransientError(f"{name} cannot start its thread: {error}") from error
            self._worker = worker
        try:
            self._source.disposable = source.subscribe(
                self._on_next,
                lambda error: self._change(self._set_end, partial(self._observer.on_error, error)),
                lambda: self._change(self._set_end, self._observer.on_completed),
                scheduler=on,
            )
        except BaseException:
            self.dispose()
            raise

    # On the source's thread, which never waits for the subscriber.

    def _on_next(self, item: T) -> None:
        self._change(self._put, item)
        if self._end is not None:
            self._source.dispose()

    def _put(self, item: T) -> None:
        try:
            self._store.put(item)
        except Exception as error:
            self._set_end(partial(self._observer.on_error, error))

    def _set_end(self, end: Callable[[], None]) -> None:
        self._end = end

    def _change(self, change: Callable[[Any], None], argument: Any) -> None:
        with self._changed:
            if not self._active or self._end is not None:
                return
            change(argument)
            if self._scheduler is None:
                self._changed.notify()
                return
            was_scheduled, self._is_scheduled = self._is_scheduled, True
        if not was_scheduled:
            self._scheduler.schedule(self._work)

    # On the worker, or the scheduler's thread.

    def _work(self, *_: Any) -> None:
        while self._hand_over_one():
            pass

    def _hand_over_one(self) -> bool:
        with self._changed:
            while True:
                if not self._active:
                    return False
                taken, end = self._store.take(), self._end
                if taken is not None or end is not None:
                    break
                if self._scheduler is not None:
                    self._is_scheduled = False
                    return False
                self._changed.wait()
        with self._delivery:
            try:
                if taken is not None:
                    self._deliver(*taken)
                    return True
                self._finish(end)
            except Exception as error:
                _log.error("a subscriber raised; its subscription ends, the others go on", exc_info=error)
            self.dispose()
            return False

    def _deliver(self, lost: int, items: tuple[T, ...]) -> None:
        if not self._active:
            return  # disposed of since it was taken
        if lost:
            self._tell_loss(lost)
        for item in items:
            self._observer.on_next(item)

    def _finish(self, end: Callable[[], None] | None) -> None:
        if self._active and end is not None:
            self._active = False
            end()

    def dispose(self) -> None:
        with self._changed:
            self._active = False
            self._changed.notify()
        self._source.dispose()
        if self._delivery.acquire(timeout=_LONGEST_CALLBACK):
            self._delivery.release()
            if self._worker is not None and self._worker is not current_thread():
                self._worker.join(_LONGEST_CALLBACK)
