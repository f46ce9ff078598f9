"""The dead man's switch, kept alive while somebody is subscribed.

Source: Kraken's page "Cancel All Orders After".
"""

from __future__ import annotations

import logging
from typing import Any

import reactivex as rx
from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.disposable import CompositeDisposable, Disposable

from rxex.errors import FatalError, InvalidArgument, NotSent
from rxex.exchanges.kraken.orders.answers import SwitchSet
from rxex.exchanges.kraken.orders.factories import cancel_all_orders_after_factory
from rxex.operators import TokenSocket
from rxex.operators._each_socket import each_socket
from rxex.orders import OrderRefused, Refusal
from rxex.typing import Json, Operator

__all__ = ["dead_mans_switch"]

_log = logging.getLogger(__name__)
_PASSING = {Refusal.RATE_LIMITED, Refusal.UNAVAILABLE, Refusal.NOT_TRADING}


def dead_mans_switch(
    messages: Observable[Json],
    *,
    timeout: int = 60,
    every: float = 20.0,
    disarm: bool = True,
    version: int | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Operator[TokenSocket | None, SwitchSet]:
    """Have Kraken cancel all orders of the account when this program falls silent.

    Emits a `SwitchSet` each time that Kraken has taken it: at once on each socket, then every ``every`` seconds. While
    the link is down the time runs, and that is the point. Emits on the socket's thread.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        timeout: seconds of silence after which Kraken cancels everything.
        every: seconds between two calls; a third of ``timeout`` is what Kraken recommends.
        disarm: whether disposing switches it off; a program that just dies cannot, and its orders are canceled.
        version: 1 or 2, for a stream of messages that is no connection's; None: the connection's.
        scheduler: runs the calls; default: the socket's.

    A call that fails for the moment is logged, and the next one follows in its time. Ends with `OrderRefused` where
    Kraken refuses it for good. Raises `InvalidArgument` unless ``every`` is above 0 and below ``timeout``.
    """
    if not 0 < every < timeout:
        raise InvalidArgument(
            "every", every, f"it has to be seconds, more than 0 and less than the timeout ({timeout})"
        )

    def call_on(socket: TokenSocket, seconds: int) -> Observable[SwitchSet]:
        ask = cancel_all_orders_after_factory(rx.of(socket), messages, version=version, scheduler=scheduler)
        return ask(seconds).pipe(ops.catch(_go_on))

    def keep(socket: TokenSocket) -> Observable[SwitchSet]:
        ticks = rx.timer(0.0, every, scheduler=scheduler or socket.scheduler)
        return ticks.pipe(ops.map(lambda _: call_on(socket, timeout)), ops.switch_latest())

    def _dead_mans_switch(sockets: Observable[TokenSocket | None]) -> Observable[SwitchSet]:
        def subscribe(observer: abc.ObserverBase[SwitchSet], on: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            current: TokenSocket | None = None
            has_ended = False

            def note(socket: TokenSocket | None) -> None:
                nonlocal current
                current = socket

            def end(*_: Any) -> None:
                nonlocal has_ended
                has_ended = True

            def switch_off() -> None:
                if disarm and current is not None and not has_ended:
                    # Nobody waits for the answer: what listens has gone.
                    call_on(current, 0).subscribe(lambda _: None, lambda _error: None)

            kept: Observable[SwitchSet] = sockets.pipe(ops.do_action(note, end, end), each_socket(keep))
            listening = kept.subscribe(observer, scheduler=on)
            return CompositeDisposable(listening, Disposable(switch_off))

        return Observable(subscribe)

    return _dead_mans_switch


def _go_on(error: Exception, _: Observable[SwitchSet]) -> Observable[SwitchSet]:
    if isinstance(error, FatalError) and not (isinstance(error, OrderRefused) and error.kind in _PASSING):
        return rx.throw(error)
    level = logging.DEBUG if isinstance(error, NotSent) else logging.WARNING
    _log.log(level, "the dead man's switch is not set: %s", error)
    return rx.empty()
