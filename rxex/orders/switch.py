"""A dead man's switch that is kept alive while somebody is subscribed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any, TypeVar

import reactivex as rx
from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.disposable import CompositeDisposable, Disposable

from rxex.errors import FatalError, InvalidArgument, NotSent
from rxex.events import Socket
from rxex.operators._each_socket import each_socket
from rxex.orders.refusals import OrderRefused, Refusal
from rxex.typing import Operator

__all__ = ["check_switch", "keep_switch"]

_log = logging.getLogger(__name__)
_PASSING = {Refusal.RATE_LIMITED, Refusal.UNAVAILABLE, Refusal.NOT_TRADING}

S = TypeVar("S", bound=Socket)
T = TypeVar("T")


def check_switch(timeout: float, every: float) -> None:
    """Raise `InvalidArgument` unless ``every`` is above 0 and below ``timeout``."""
    if not 0 < every < timeout:
        raise InvalidArgument(
            "every", every, f"it has to be seconds, more than 0 and less than the timeout ({timeout})"
        )


def keep_switch(
    call_on: Callable[[S, int], Observable[T]],
    *,
    timeout: int,
    every: float,
    disarm: bool,
    scheduler: abc.SchedulerBase | None,
) -> Operator[S | None, T]:
    """Emit what ``call_on(socket, timeout)`` gives, at once on each socket and then every ``every`` seconds.

    A call that fails for the moment is logged, and the next one follows in its time; ends with the error of one that is
    refused for good. With ``disarm``, disposing calls once more, with 0. Raises as of `check_switch`.
    """
    check_switch(timeout, every)

    def call(socket: S, seconds: int) -> Observable[T]:
        return call_on(socket, seconds).pipe(ops.catch(_go_on))

    def keep(socket: S) -> Observable[T]:
        ticks = rx.timer(0.0, every, scheduler=scheduler or socket.scheduler)
        return ticks.pipe(ops.map(lambda _: call(socket, timeout)), ops.switch_latest())

    def _keep_switch(sockets: Observable[S | None]) -> Observable[T]:
        def subscribe(observer: abc.ObserverBase[T], on: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            current: S | None = None
            has_ended = False

            def note(socket: S | None) -> None:
                nonlocal current
                current = socket

            def end(*_: Any) -> None:
                nonlocal has_ended
                has_ended = True

            def switch_off() -> None:
                if disarm and current is not None and not has_ended:
                    # Nobody waits for the answer: what listens has gone.
                    call(current, 0).subscribe(lambda _: None, lambda _error: None)

            kept: Observable[T] = sockets.pipe(ops.do_action(note, end, end), each_socket(keep))
            listening = kept.subscribe(observer, scheduler=on)
            return CompositeDisposable(listening, Disposable(switch_off))

        return Observable(subscribe)

    return _keep_switch


def _go_on(error: Exception, _: Observable[T]) -> Observable[T]:
    if isinstance(error, FatalError) and not (isinstance(error, OrderRefused) and error.kind in _PASSING):
        return rx.throw(error)
    level = logging.DEBUG if isinstance(error, NotSent) else logging.WARNING
    _log.log(level, "the dead man's switch is not set: %s", error)
    return rx.empty()
