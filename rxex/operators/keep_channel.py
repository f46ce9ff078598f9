"""The messages of one channel."""

from __future__ import annotations

from collections.abc import Callable, Hashable

from reactivex import Observable
from reactivex import operators as ops

from rxex.errors import InvalidArgument
from rxex.events import MessageStream
from rxex.typing import Json, Operator

__all__ = ["keep_channel"]


def keep_channel(key: Hashable, route: Callable[[Json], Hashable | None] | None = None) -> Operator[Json, Json]:
    """Keep the messages of the channel ``key``; the key None stands for all that belong to no channel.

    ``route`` gives the key of a message. The messages of a connection know it themselves, and are looked up once
    whatever the number of channels; on any other Observable it is needed: without it `InvalidArgument` is raised when
    the operator is applied. Emits on the source's thread; an error raised by ``route`` ends the stream.

    >>> import reactivex as rx
    >>> messages = rx.of({"channel": "book"}, {"channel": "ticker"})
    >>> messages.pipe(keep_channel("ticker", lambda message: message["channel"])).run()
    {'channel': 'ticker'}
    """

    def _keep_channel(source: Observable[Json]) -> Observable[Json]:
        if isinstance(source, MessageStream):
            return source.keyed(key)
        if route is None:
            raise InvalidArgument("route", None, "a stream that is not of a connection needs a function here")
        key_of = route

        def is_of_channel(message: Json) -> bool:
            return key_of(message) == key

        return source.pipe(ops.filter(is_of_channel))

    return _keep_channel
