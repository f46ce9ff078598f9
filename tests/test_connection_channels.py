"""A connection whose exchange limits the channels of a socket: when it is disposed of, and when nobody wants any."""

from __future__ import annotations

from typing import Any

from attrs import evolve
from reactivex import operators as ops

from rxex.errors import LinkStale
from rxex.events import Closed
from rxex.operators import filter_new_socket_only, keep_messages_only, subscribe_channel
from rxex.testing import marble_connection
from tests.plain import DIALECT, channel, yes


def test_who_disposes_while_channels_are_asked_for_gets_no_further_socket() -> None:
    pooled = marble_connection("o" + "-" * 30 + "|", {}, evolve(DIALECT, channels_per_socket=2), replies=yes)
    messages = pooled.connection.pipe(keep_messages_only())
    sockets = pooled.connection.pipe(filter_new_socket_only(), ops.do_action(lambda _: pooled.dispose()), ops.take(1))
    sockets.pipe(subscribe_channel(channel("A"), messages)).subscribe()
    pooled.advance_to(10)
    assert len(pooled.sockets) == 1


def test_without_channels_no_heartbeat_is_missed() -> None:
    dialect = evolve(DIALECT, heartbeat_timeout=5.0, channels_per_socket=2)
    marbles = "o-h-h" + "-" * 30 + "h" + "-" * 30 + "|"
    live = marble_connection(marbles, {"h": {"beat": 1}}, dialect, replies=yes)
    closed: list[Any] = []
    live.connection.subscribe(lambda event: closed.append(event.error) if isinstance(event, Closed) else None)
    messages = live.connection.pipe(keep_messages_only())
    feed = live.connection.pipe(filter_new_socket_only(), subscribe_channel(channel("A"), messages)).subscribe()
    live.advance_to(6)
    feed.dispose()
    live.advance_to(30)
    assert closed == []
    live.run()
    assert isinstance(closed[0], LinkStale)
