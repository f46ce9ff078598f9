"""The life of one call: wait for the limits, for the turn, for a thread; ask; perhaps again."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any, Generic, TypeVar

from reactivex import abc
from reactivex.disposable import Disposable, SerialDisposable, SingleAssignmentDisposable

from rxex.auth import Turns
from rxex.errors import ClockSkew, NotSent, RateLimited, RxexError, TransientError
from rxex.fanout import Guard, Receiver
from rxex.rest.transport import Attempt, Stopped

__all__ = ["Call"]

T = TypeVar("T")


class Call(abc.DisposableBase, Generic[T]):
    """One subscription to a call. Disposing is idempotent and safe from any thread.

    At any moment at most one of these is under way: a pause (for the limits, or before another attempt), the wait for
    the turn and a thread, or the work.
    """

    def __init__(
        self,
        observer: Receiver[T],
        name: str,
        *,
        wait: Callable[[], float],
        turns: Turns | None,
        urgent: bool,
        run: Callable[[Callable[[], None]], None],
        work: Callable[[Attempt], T],
        delays: Iterator[float],
        patience: float,
        scheduler: abc.SchedulerBase,
    ) -> None:
        """Prepare a call.

        Args:
            observer: Is told the outcome.
            name: The exchange's word for the call.
            wait: Gives the seconds until it may go out; 0 counts it.
            turns: Lets calls with one key go out one after the other; None: there is no key.
            urgent: Whether it goes before those that are not.
            run: Runs an action on a thread that may wait.
            work: Asks the exchange; raises what the call ends with, or why to try again.
            delays: Seconds before each further attempt.
            patience: Seconds to wait for the limits, for the turn and a thread, and for an exchange that asks to.
            scheduler: Measures time.
        """
        self._guard = Guard(observer, _nothing)
        self._name = name
        self._wait = wait
        self._turns = turns
        self._urgent = urgent
        self._run = run
        self._do = work
        self._delays = delays
        self._patience = patience
        self._scheduler = scheduler
        self._attempt = Attempt()
        self._lock = threading.Lock()
        self._is_over = False
        self._is_queued = False
        self._pause = SerialDisposable()
        self._impatience = SerialDisposable()
        self._turn = SingleAssignmentDisposable()
        self._waiting_since = 0.0

    def start(self) -> None:
        """Begin; to be called once."""
        self._waiting_since = self._now()
        self._ask_limits()

    def dispose(self) -> None:
        """Cancel: nothing is sent and nothing is emitted from now on."""
        with self._lock:
            self._is_over = True
            was_queued, self._is_queued = self._is_queued, False
        self._pause.dispose()
        self._impatience.dispose()
        self._attempt.stop()
        if was_queued:
            self._turn.dispose()
        self._guard.dispose()

    def _ask_limits(self, *_: Any) -> None:
        try:
            wait = self._wait()
        except RxexError as error:
            self._fail(error)
            return
        if not wait:
            self._queue()
        elif self._now() - self._waiting_since + wait > self._patience:
            self._fail(RateLimited(f"by our own count there is no room for {self._name} in time", wait))
        else:
            self._pause.disposable = self._scheduler.schedule_relative(wait, self._ask_limits)

    def _queue(self) -> None:
        with self._lock:
            if self._is_over:
                return
            self._is_queued = True
            turn = self._turn = SingleAssignmentDisposable()
        self._impatience.disposable = self._scheduler.schedule_relative(self._patience, self._lose_patience)
        if self._turns is None:
            self._start_work()
        else:
            # In its place before it is filled: it may come, and be over, at once.
            turn.disposable = self._turns.take(self._start_work, urgent=self._urgent)

    def _start_work(self) -> None:
        try:
            self._run(self._work)
        except RxexError as error:
            self._leave_queue(error)

    def _lose_patience(self, *_: Any) -> None:
        self._leave_queue(NotSent(f"{self._name} waited {self._patience:g} s for its turn"))

    def _leave_queue(self, error: RxexError) -> None:
        with self._lock:
            was_queued, self._is_queued = self._is_queued, False
        if was_queued:
            self._impatience.disposable = Disposable()
            self._turn.dispose()
            self._fail(error)

    def _work(self) -> None:
        with self._lock:
            if not self._is_queued:
                return
            self._is_queued = False
        self._impatience.disposable = Disposable()
        outcome: T | Exception
        try:
            outcome = self._do(self._attempt)
        except Stopped:
            return
        except Exception as error:
            outcome = error
        finally:
            self._turn.dispose()
        if isinstance(outcome, Exception):
            self._fail_or_try_again(outcome)
        else:
            self._guard.on_next(outcome)
            self._guard.on_completed()

    def _fail_or_try_again(self, error: Exception) -> None:
        # A clock that is off was measured and tried again already.
        if not isinstance(error, TransientError) or isinstance(error, ClockSkew | NotSent):
            self._fail(error)
            return
        try:
            delay = next(self._delays, None)
        except Exception as failure:
            self._fail(failure)
            return
        asked: float = getattr(error, "retry_after", None) or 0.0
        if delay is None or asked > self._patience:
            self._fail(error)
            return
        self._waiting_since = self._now() + max(delay, asked)
        self._pause.disposable = self._scheduler.schedule_relative(max(delay, asked), self._ask_limits)

    def _fail(self, error: Exception) -> None:
        self._guard.on_error(error)

    def _now(self) -> float:
        return self._scheduler.to_seconds(self._scheduler.now)


def _nothing(_: object) -> None:
    pass
