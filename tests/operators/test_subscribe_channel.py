"""subscribe_channel as an operator; the life of what it subscribes to is tested with the feeds."""

from __future__ import annotations

from typing import Any

import pytest
import reactivex as rx
from reactivex import Subject
from reactivex.testing import TestScheduler

from rxex.errors import SubscriptionRefused, SubscriptionTimeout
from rxex.events import Gap, Socket
from rxex.operators import filter_new_socket_only, keep_messages_only, subscribe_channel
from rxex.testing import ScriptedSocket, marble_connection
from rxex.typing import Json
from tests.plain import DIALECT, channel, no, tick, yes


def test_nothing_is_asked_for_before_somebody_subscribes() -> None:
    live = marble_connection("o---|", {}, DIALECT, replies=yes)
    live.connection.pipe(
        filter_new_socket_only(), subscribe_channel(channel(), live.connection.pipe(keep_messages_only()))
    )
    live.run()
    assert live.sockets[0].sent == []


def test_on_any_stream_of_messages_a_refusal_is_a_typed_error() -> None:
    messages: Subject[Json] = Subject()
    socket = ScriptedSocket(TestScheduler(), no("no such thing"), delay=None)
    socket.messages.subscribe(messages.on_next)
    errors: list[Exception] = []
    rx.of(socket).pipe(subscribe_channel(channel(), messages)).subscribe(pytest.fail, errors.append)
    assert [type(error) for error in errors] == [SubscriptionRefused]


def test_on_any_stream_of_messages_silence_is_a_typed_error() -> None:
    scheduler = TestScheduler()
    messages: Subject[Json] = Subject()
    sockets: Subject[Socket] = Subject()
    errors: list[Exception] = []
    sockets.pipe(subscribe_channel(channel(), messages)).subscribe(pytest.fail, errors.append)
    sockets.on_next(ScriptedSocket(scheduler))
    scheduler.advance_to(9.5)
    assert errors == []
    scheduler.advance_to(11)
    assert [type(error) for error in errors] == [SubscriptionTimeout]


def test_on_any_stream_of_messages_the_error_of_the_messages_ends_it() -> None:
    messages: Subject[Json] = Subject()
    errors: list[Exception] = []
    Subject[Socket]().pipe(subscribe_channel(channel(), messages)).subscribe(pytest.fail, errors.append)
    error = ValueError("over")
    messages.on_error(error)
    assert errors == [error]


def test_notices_stand_among_the_items_only_where_asked_for() -> None:
    messages = {"a": tick(price=1), "b": tick(price=2)}
    live = marble_connection("o-a-#--o-b-|", messages, DIALECT, replies=yes)
    stream = live.connection.pipe(keep_messages_only())
    items: list[Any] = []
    plain: list[Any] = []
    live.connection.pipe(filter_new_socket_only(), subscribe_channel(channel(), stream, notices=True)).subscribe(
        items.append
    )
    live.connection.pipe(filter_new_socket_only(), subscribe_channel(channel(), stream)).subscribe(plain.append)
    live.run()
    assert [type(item) for item in items] == [str, Gap, str]
    assert plain == ["A=1", "A=2"]
