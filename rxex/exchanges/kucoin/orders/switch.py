"""The dead man's switch, kept alive while somebody is subscribed.

Source: KuCoin's page "Disconnection Protect (Deadman)".
"""

from __future__ import annotations

from collections.abc import Sequence

import reactivex as rx
from reactivex import Observable, abc

from rxex.events import Socket
from rxex.exchanges.kucoin.orders.factories import cancel_all_orders_after_factory
from rxex.exchanges.kucoin.rest import KucoinRest
from rxex.exchanges.kucoin.rest.models import SwitchTimes
from rxex.orders.switch import keep_switch
from rxex.typing import Json, Operator

__all__ = ["dead_mans_switch"]


def dead_mans_switch(
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    symbols: Sequence[str] | None = None,
    timeout: int = 60,
    every: float = 20.0,
    disarm: bool = True,
    scheduler: abc.SchedulerBase | None = None,
) -> Operator[Socket | None, SwitchTimes]:
    """Have KuCoin cancel all orders of the spot account when this program falls silent.

    Emits a `SwitchTimes` each time that KuCoin has taken it: at once on each socket, then every ``every`` seconds.
    While the link is down the time runs, and that is the point. Emits on the thread of the REST client.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        rest: a client with credentials; default: the connection's.
        symbols: up to 50 pairs whose orders it is about; default: all.
        timeout: seconds of silence after which KuCoin cancels everything, 5 to 86,400.
        every: seconds between two calls; a third of ``timeout`` is a good choice.
        disarm: whether disposing switches it off; a program that just dies cannot, and its orders are canceled.
        scheduler: runs the calls; default: the socket's.

    A call that fails for the moment is logged, and the next one follows in its time. Ends with `OrderRefused` where
    KuCoin refuses it for good. Raises `InvalidArgument` unless ``every`` is above 0 and below ``timeout``, for
    another ``timeout`` than KuCoin takes, and where there is no client.
    """
    switch = cancel_all_orders_after_factory(rx.never(), messages, rest=rest, scheduler=scheduler)
    switch(timeout, symbols)  # raises, and sends nothing before it is subscribed to

    def call_on(_: Socket, seconds: int) -> Observable[SwitchTimes]:
        return switch(seconds, symbols)

    return keep_switch(call_on, timeout=timeout, every=every, disarm=disarm, scheduler=scheduler)
