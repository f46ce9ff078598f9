"""What the exchange says about itself, us and our subscriptions."""

from __future__ import annotations

from reactivex import Observable

from rxex.events import SocketEvent, StatusEvent
from rxex.operators._of_type import of_type, without_messages
from rxex.typing import Operator

__all__ = ["keep_status_only"]


def keep_status_only() -> Operator[SocketEvent, StatusEvent]:
    """Keep the status events: the exchange's own state, our authentication, the life of subscriptions, and notices.

    Emits them on the source's thread. On a connection no event object is built for a message.

    >>> import reactivex as rx
    >>> from rxex.events import Gap, Message
    >>> rx.of(Message(None, {}), Gap("ticker BTC/USD", missed=2)).pipe(keep_status_only()).run().missed
    2
    """

    def _keep_status_only(source: Observable[SocketEvent]) -> Observable[StatusEvent]:
        return without_messages(source).pipe(of_type(StatusEvent))

    return _keep_status_only
