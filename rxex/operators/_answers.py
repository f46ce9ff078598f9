"""Wait for the answer to a request: the first message that is one, or an error when it does not come."""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import isfinite
from typing import Any, TypeVar

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SingleAssignmentDisposable

from rxex.errors import ConnectionClosed, InvalidArgument, RequestTimeout
from rxex.events import MessageStream

__all__ = ["check_timeout", "first_answer"]

S = TypeVar("S")
T = TypeVar("T")


def check_timeout(timeout: float) -> None:
    """Raise `InvalidArgument` unless ``timeout`` is a time that can be waited."""
    if not (isfinite(timeout) and timeout > 0):
        raise InvalidArgument("timeout", timeout, "it has to be seconds, more than 0")


def first_answer(
    messages: Observable[S],
    judge: Callable[[S], T | None],
    *,
    timeout: float,
    request: str,
    scheduler: abc.SchedulerBase,
    ask: Callable[[], None] = lambda: None,
) -> Observable[T]:
    """Listen, call ``ask``, emit the first thing that ``judge`` makes of a message (None: no answer), and complete.

    Ends with `RequestTimeout` after ``timeout`` seconds, with `ConnectionClosed` where the messages complete, and with
    what ``ask`` and ``judge`` raise. Emits on the messages' thread, the time-out on the scheduler's, never both.
    """
    # The answers of a connection have a lane of their own, so that no channel's data is decoded for this.
    answers: Observable[Any] = messages.keyed(None) if isinstance(messages, MessageStream) else messages

    def subscribe(observer: abc.ObserverBase[T], on: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        ending = threading.Lock()
        timer, listening = SingleAssignmentDisposable(), SingleAssignmentDisposable()
        both = CompositeDisposable(timer, listening)

        def is_first_to_end() -> bool:
            is_first = ending.acquire(blocking=False)
            if is_first:
                both.dispose()
            return is_first

        def fail(error: Exception) -> None:
            if is_first_to_end():
                observer.on_error(error)

        def on_next(message: S) -> None:
            try:
                answer = judge(message)
            except Exception as error:
                fail(error)
                return
            if answer is not None and is_first_to_end():
                observer.on_next(answer)
                observer.on_completed()

        def on_completed() -> None:
            fail(ConnectionClosed(None, f"no answer to {request} came before; it may have taken effect all the same"))

        def on_timeout(*_: Any) -> None:
            fail(RequestTimeout(request, timeout))

        timer.disposable = scheduler.schedule_relative(timeout, on_timeout)
        listening.disposable = answers.subscribe(on_next, fail, on_completed, scheduler=on)
        if not ending.locked():
            try:
                ask()
            except Exception as error:
                if ending.locked():  # the answer came inside, and it is the subscriber that raised
                    raise
                fail(error)
        return both

    return Observable(subscribe)
