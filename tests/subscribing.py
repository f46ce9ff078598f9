"""What the tests of subscriptions share: a feed on a connection of marbles, and what was asked for on its sockets."""

from __future__ import annotations

from typing import Any

from reactivex import Observable

from rxex.channel import Channel
from rxex.events import SocketEvent, SubscriptionStatus
from rxex.operators import filter_new_socket_only, keep_messages_only, subscribe_channel
from rxex.testing import MarbleConnection, ScriptedSocket
from tests.plain import channel, tick

MESSAGES = {"a": tick(price=1), "b": tick(price=2), "c": tick(price=3), "z": tick("Z", 9)}


def feed_of(live: MarbleConnection, what: Channel[str] | None = None, *, notices: bool = False) -> Observable[Any]:
    messages = live.connection.pipe(keep_messages_only())
    if notices:
        return live.connection.pipe(
            filter_new_socket_only(), subscribe_channel(what or channel(), messages, notices=True)
        )
    return live.connection.pipe(filter_new_socket_only(), subscribe_channel(what or channel(), messages))


def states_of(live: MarbleConnection) -> list[str]:
    states: list[str] = []

    def note(event: SocketEvent) -> None:
        if isinstance(event, SubscriptionStatus):
            states.append(f"{event.symbol} {event.state}")

    live.connection.link.subscribe(note, on_error=lambda _: None)
    return states


def asked(socket: ScriptedSocket, verb: str = "sub") -> list[tuple[float, list[str]]]:
    return [(time, message["symbols"]) for time, message in socket.sent if message["do"] == verb]  # type: ignore[call-overload]
