"""A connection that gets the frames of a test, one a millisecond, and the items that come out of a feed on it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from reactivex import Observable

from rxex.channel import Dialect
from rxex.events import Malformed, SocketEvent
from rxex.operators import filter_new_socket_only, keep_messages_only
from rxex.testing import MarbleConnection, marble_connection

__all__ = ["events_of", "feed", "fed", "items", "malformed", "requests_of"]


def fed(frames: Iterable[Any], dialect: Dialect, replies: Any, **options: Any) -> MarbleConnection:
    """Make a connection that gets these frames."""
    names = {f"m{number}": frame for number, frame in enumerate(frames)}
    return marble_connection(f"o-{'-'.join(names)}-|", names, dialect, replies=replies, step=0.001, **options)


def feed(connection: MarbleConnection, subscribe: Any, *args: Any, **options: Any) -> Observable[Any]:
    """Subscribe to a channel of a connection."""
    messages = connection.connection.pipe(keep_messages_only())
    return connection.connection.pipe(filter_new_socket_only(), subscribe(*args, messages, **options))


def items(connection: MarbleConnection, subscribe: Any, *args: Any, **options: Any) -> list[Any]:
    """Run a connection, and give what comes out of a channel of it."""
    got: list[Any] = []
    feed(connection, subscribe, *args, **options).subscribe(got.append)
    connection.run()
    return got


def events_of(connection: MarbleConnection) -> list[SocketEvent]:
    """Give the list that all events but messages will be put into."""
    events: list[SocketEvent] = []
    connection.connection.link.subscribe(events.append, on_error=lambda _: None)
    return events


def malformed(events: Sequence[SocketEvent]) -> list[Malformed]:
    """Keep what could not be understood."""
    return [event for event in events if isinstance(event, Malformed)]


def requests_of(connection: MarbleConnection, socket: int = 0) -> list[Any]:
    """Give what was sent on a socket."""
    return [message for _, message in connection.sockets[socket].sent]
