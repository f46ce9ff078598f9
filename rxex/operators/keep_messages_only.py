"""The decoded messages of a connection."""

from __future__ import annotations

from reactivex import Observable

from rxex.events import EventStream, Message, SocketEvent
from rxex.operators._of_type import of_type_map
from rxex.typing import Json, Operator

__all__ = ["keep_messages_only"]


def keep_messages_only() -> Operator[SocketEvent, Json]:
    """Keep the decoded messages; leave out heartbeats and what the socket and the exchange say about themselves.

    Emits each message's data on the source's thread. On a connection no event object is built for a message, and what
    comes out knows the connection's router (see `rxex.events.MessageStream`).

    >>> import reactivex as rx
    >>> rx.of(Message(None, {"price": 1})).pipe(keep_messages_only()).run()
    {'price': 1}
    """

    def _keep_messages_only(source: Observable[SocketEvent]) -> Observable[Json]:
        if isinstance(source, EventStream):
            return source.messages
        return source.pipe(of_type_map(Message, _data_of))

    return _keep_messages_only


def _data_of(message: Message) -> Json:
    return message.data
