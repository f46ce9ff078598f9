"""The dead man's switch, kept alive while somebody is subscribed.

Source: Kraken's page "Cancel All Orders After".
"""

from __future__ import annotations

import reactivex as rx
from reactivex import Observable, abc

from rxex.exchanges.kraken.orders.answers import SwitchSet
from rxex.exchanges.kraken.orders.factories import cancel_all_orders_after_factory
from rxex.operators import TokenSocket
from rxex.orders.switch import keep_switch
from rxex.typing import Json, Operator

__all__ = ["dead_mans_switch"]


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

    def call_on(socket: TokenSocket, seconds: int) -> Observable[SwitchSet]:
        ask = cancel_all_orders_after_factory(rx.of(socket), messages, version=version, scheduler=scheduler)
        return ask(seconds)

    return keep_switch(call_on, timeout=timeout, every=every, disarm=disarm, scheduler=scheduler)
