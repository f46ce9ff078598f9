"""A connection as its users see it, in virtual time."""

from __future__ import annotations

import logging
import threading
from time import monotonic
from typing import Any

import pytest
import reactivex as rx
from attrs import evolve
from reactivex import operators as ops
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.testing import TestScheduler

from rxex.connection import Connection
from rxex.errors import AuthRefused, ConnectionClosed, LinkStale
from rxex.events import (
    Authenticated,
    Closed,
    Heartbeat,
    Malformed,
    Message,
    Opened,
    Socket,
    SocketEvent,
    SubscriptionStatus,
    SystemStatus,
)
from rxex.operators import (
    authenticated_socket,
    connected_socket,
    filter_new_socket_only,
    keep_channel,
    keep_messages_only,
    subscribe_channel,
)
from rxex.socket import open_socket
from rxex.testing import ScriptedSocket, marble_connection
from rxex.typing import Json
from tests.fakes.raw_server import Peer, RawServer
from tests.plain import DIALECT, channel, tick, yes

MESSAGES = {
    "a": tick(price=1),
    "b": tick(price=2),
    "z": tick("Z", 9),
    "h": {"beat": 1},
    "s": {"system": "online"},
    "r": {"reply": 1},
}


def _names(events: list[SocketEvent]) -> list[str]:
    return [type(event).__name__ for event in events]


def test_nothing_happens_before_connect() -> None:
    live = marble_connection("o-a-|", MESSAGES, DIALECT)
    live.connection.subscribe(lambda event: pytest.fail(f"{event} came before connect"))
    live.scheduler.advance_to(50)
    assert live.sockets == []


def test_events_come_in_wire_order_and_messages_among_them() -> None:
    live = marble_connection("o-a-s-h-b-#--o-a-|", MESSAGES, DIALECT)
    events: list[SocketEvent] = []
    live.connection.subscribe(events.append)
    live.run()
    assert _names(events) == [
        *("Opened", "Message", "SystemStatus", "Heartbeat", "Message", "Closed"),
        *("Reconnecting", "Opened", "Reconnected", "Message", "Closed"),
    ]


def test_messages_are_neither_heartbeats_nor_status_but_answers_are_among_them() -> None:
    live = marble_connection("o-a-h-s-r-b-|", MESSAGES, DIALECT)
    messages: list[Any] = []
    live.connection.pipe(keep_messages_only()).subscribe(messages.append)
    live.run()
    assert messages == [MESSAGES["a"], MESSAGES["r"], MESSAGES["b"]]


def test_a_channel_is_kept_by_its_key_and_answers_by_none() -> None:
    live = marble_connection("o-a-z-r-b-|", MESSAGES, DIALECT)
    kept: list[Any] = []
    answers: list[Any] = []
    messages = live.connection.pipe(keep_messages_only())
    messages.pipe(keep_channel(("tick", "A"))).subscribe(kept.append)
    messages.pipe(keep_channel(None)).subscribe(answers.append)
    live.run()
    assert kept == [MESSAGES["a"], MESSAGES["b"]]
    assert answers == [MESSAGES["r"]]


def test_a_message_event_is_built_only_where_somebody_listens_to_events(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: Any) -> Any:
        pytest.fail("an event was built that nobody listens to")

    monkeypatch.setattr("rxex.router.Message", refuse)
    live = marble_connection("o-a-b-|", MESSAGES, DIALECT)
    messages: list[Any] = []
    sockets: list[Any] = []
    live.connection.pipe(keep_messages_only()).subscribe(messages.append)
    live.connection.pipe(filter_new_socket_only()).subscribe(sockets.append)
    live.run()
    assert len(messages) == 2
    assert sockets == live.sockets


def test_malformed_bytes_are_one_event_and_the_stream_goes_on() -> None:
    live = marble_connection("o-a-x-b-|", MESSAGES | {"x": b'{"channel":"tick","price":NaN}'}, DIALECT)
    events: list[SocketEvent] = []
    messages: list[Any] = []
    live.connection.subscribe(events.append)
    live.connection.pipe(keep_messages_only()).subscribe(messages.append)
    live.run()
    malformed = [event for event in events if isinstance(event, Malformed)]
    assert [event.excerpt for event in malformed] == [b'{"channel":"tick","price":NaN}']
    assert messages == [MESSAGES["a"], MESSAGES["b"]]


def test_the_one_who_subscribes_late_gets_the_open_socket() -> None:
    live = marble_connection("o-----a-|", MESSAGES, DIALECT)
    sockets: list[Any] = []
    live.advance_to(3)
    live.connection.pipe(filter_new_socket_only()).subscribe(sockets.append)
    live.run()
    assert sockets == live.sockets


def test_who_stays_through_a_dispose_hears_that_the_old_socket_is_gone_before_the_new_one_comes() -> None:
    scheduler = TestScheduler()
    sockets = [ScriptedSocket(scheduler), ScriptedSocket(scheduler)]
    opened = iter(sockets)
    connection = Connection(lambda _: rx.concat(rx.of(Opened(next(opened))), rx.never()), DIALECT)
    states: list[Any] = []
    connection.pipe(connected_socket()).subscribe(states.append)
    connection.connect().dispose()
    assert states == sockets[:1]
    connection.connect()
    assert states == [sockets[0], None, sockets[1]]


def test_the_one_who_subscribes_late_hears_that_the_socket_is_authenticated() -> None:
    def classify(socket: Socket, message: Json) -> SocketEvent | None:
        return Authenticated(socket, message) if "beat" in message else None

    live = marble_connection("o-h-----#--o-|", MESSAGES, evolve(DIALECT, classify=classify))
    late: list[Any] = []
    live.advance_to(4)
    live.connection.pipe(authenticated_socket()).subscribe(late.append)
    live.advance_to(6)
    assert late == [live.sockets[0]]
    live.run()
    assert late == [live.sockets[0]]


def test_the_one_who_subscribes_late_gets_each_later_socket_once() -> None:
    live = marble_connection("o----#-o--|", MESSAGES, DIALECT)
    sockets: list[Any] = []
    live.advance_to(3)
    live.connection.pipe(filter_new_socket_only()).subscribe(sockets.append)
    live.run()
    assert sockets == live.sockets
    assert len(sockets) == 2


def test_the_one_who_subscribes_inside_the_opened_event_gets_that_socket_once() -> None:
    live = marble_connection("o--a--|", MESSAGES, DIALECT)
    sockets: list[Any] = []
    live.connection.subscribe(
        lambda event: (
            live.connection.pipe(filter_new_socket_only()).subscribe(sockets.append)
            if isinstance(event, Opened)
            else None
        )
    )
    live.run()
    assert sockets == live.sockets


def test_a_subscriber_that_raises_harms_neither_the_link_nor_the_others(caplog: pytest.LogCaptureFixture) -> None:
    live = marble_connection("o-a-b-|", MESSAGES, DIALECT)
    messages: list[Any] = []
    stream = live.connection.pipe(keep_messages_only())
    stream.subscribe(lambda message: 1 / 0)
    stream.subscribe(messages.append)
    with caplog.at_level(logging.ERROR), pytest.raises(ZeroDivisionError):
        live.run()  # the kit raises at the end what a subscriber raised on the way
    assert len(messages) == 2
    assert len(caplog.records) == 1


def test_what_is_announced_inside_an_event_comes_after_it() -> None:
    live = marble_connection("o-a--|", MESSAGES, DIALECT, replies=yes)
    order: list[str] = []
    messages = live.connection.pipe(keep_messages_only())
    live.connection.pipe(filter_new_socket_only(), subscribe_channel(channel(), messages)).subscribe()
    for name in ("first", "second"):
        live.connection.link.subscribe(
            lambda event, name=name: order.append(f"{name} {getattr(event, 'state', type(event).__name__)}")
        )
    live.run()
    assert order[:4] == ["first Opened", "second Opened", "first requested", "second requested"]


def test_completion_reaches_events_messages_and_channels() -> None:
    live = marble_connection("o-a-|", MESSAGES, DIALECT)
    ended: list[str] = []
    messages = live.connection.pipe(keep_messages_only())
    for name, stream in {
        "events": live.connection,
        "messages": messages,
        "channel": messages.pipe(keep_channel(("tick", "A"))),
    }.items():
        stream.subscribe(on_completed=lambda name=name: ended.append(name))
    live.run()
    assert sorted(ended) == ["channel", "events", "messages"]


def test_a_fatal_error_ends_every_stream_once_and_a_new_connect_starts_over() -> None:
    live = marble_connection("o-a-#", MESSAGES, DIALECT, error=AuthRefused("no"))
    errors: list[Exception] = []
    for stream in (live.connection, live.connection.pipe(keep_messages_only())):
        stream.subscribe(on_error=errors.append)
    live.run()
    assert [type(error) for error in errors] == [AuthRefused, AuthRefused]
    sockets: list[Any] = []
    live.connection.pipe(filter_new_socket_only()).subscribe(sockets.append, on_error=lambda _: None)
    live.connection.connect()
    live.scheduler.advance_to(20)
    assert len(sockets) == 1
    assert sockets[0] is not live.sockets[0]


class _Source:
    """A cold source that counts its subscriptions and lets the test speak."""

    def __init__(self) -> None:
        self.observers: list[ObserverBase[SocketEvent]] = []
        self.disposed = 0

    def __call__(self, receive: Any) -> rx.Observable[SocketEvent]:
        def subscribe(observer: ObserverBase[SocketEvent], scheduler: SchedulerBase | None = None) -> DisposableBase:
            self.observers.append(observer)

            def dispose() -> None:
                self.disposed += 1

            return rx.disposable.Disposable(dispose)

        return rx.Observable(subscribe)


def test_connecting_twice_opens_once_and_after_a_dispose_anew() -> None:
    source = _Source()
    connection = Connection(source, DIALECT)
    first = connection.connect()
    assert connection.connect() is first
    assert len(source.observers) == 1
    first.dispose()
    first.dispose()
    assert source.disposed == 1
    second = connection.connect()
    assert second is not first
    assert len(source.observers) == 2
    first.dispose()
    assert source.disposed == 1


def test_subscribers_stay_through_a_dispose_and_a_new_connect() -> None:
    source = _Source()
    connection = Connection(source, DIALECT)
    sockets: list[Any] = []
    connection.pipe(filter_new_socket_only()).subscribe(sockets.append)
    for _ in range(2):
        link = connection.connect()
        source.observers[-1].on_next(Opened(ScriptedSocket(TestScheduler())))
        assert connection.is_connected
        link.dispose()
        assert not connection.is_connected
    assert len(sockets) == 2


def test_a_source_of_decoded_messages_is_routed_the_same_way() -> None:
    source = _Source()
    connection = Connection(source, DIALECT)
    ticks: list[str] = []
    messages = connection.pipe(keep_messages_only())
    connection.pipe(filter_new_socket_only(), subscribe_channel(channel(), messages)).subscribe(ticks.append)
    connection.connect()
    socket = ScriptedSocket(TestScheduler())
    for event in (
        Opened(socket),
        Message(socket, tick(price=5), 7),
        Message(socket, tick("Z"), 8),
        Message(socket, {"beat": 1}),
    ):
        source.observers[-1].on_next(event)
    assert ticks == ["A=5"]


def test_a_missing_heartbeat_drops_the_socket() -> None:
    live = marble_connection("o-h-h-----a------a-------|", MESSAGES, evolve(DIALECT, heartbeat_timeout=5.0))
    events: list[SocketEvent] = []
    live.connection.subscribe(events.append)
    live.run()
    closed = [event for event in events if isinstance(event, Closed)]
    assert isinstance(closed[0].error, LinkStale)
    assert live.sockets[0].closed_at == 9.0


def test_without_a_first_heartbeat_none_is_missed() -> None:
    live = marble_connection("o-------------|", MESSAGES, evolve(DIALECT, heartbeat_timeout=5.0))
    live.run()
    assert live.sockets[0].closed is not None
    assert live.sockets[0].closed.error is None


def test_ref_count_of_reactivex_works_on_a_connection() -> None:
    live = marble_connection("o-a-b-|", MESSAGES, DIALECT)
    seen: list[Any] = []
    live.connection.pipe(ops.ref_count(), ops.filter(lambda event: isinstance(event, Message))).subscribe(seen.append)
    live.scheduler.advance_to(10)
    assert len(seen) == 2


@pytest.fixture
def pooled() -> Any:
    dialect = evolve(DIALECT, channels_per_socket=2)
    return marble_connection("o" + "-" * 30 + "|", MESSAGES, dialect, replies=yes)


def _symbols_asked(socket: ScriptedSocket) -> list[str]:
    return [symbol for _, message in socket.sent if message["do"] == "sub" for symbol in message["symbols"]]  # type: ignore[call-overload]


def test_channels_past_the_limit_of_a_socket_go_over_further_sockets(pooled: Any) -> None:
    messages = pooled.connection.pipe(keep_messages_only())
    feeds = {
        symbol: pooled.connection.pipe(
            filter_new_socket_only(), subscribe_channel(channel(symbol), messages)
        ).subscribe()
        for symbol in "ABCDE"
    }
    pooled.advance_to(5)
    assert [_symbols_asked(socket) for socket in pooled.sockets] == [["A", "B"], ["C", "D"], ["E"]]
    feeds["E"].dispose()
    pooled.advance_to(10)
    feeds["A"].dispose()
    late = pooled.connection.pipe(filter_new_socket_only(), subscribe_channel(channel("F"), messages)).subscribe()
    pooled.advance_to(15)
    assert _symbols_asked(pooled.sockets[0]) == ["A", "B", "F"]
    late.dispose()


def test_a_further_socket_that_nobody_needs_any_more_is_told_as_closed(pooled: Any) -> None:
    messages = pooled.connection.pipe(keep_messages_only())
    events: list[Any] = []
    pooled.connection.link.subscribe(events.append)
    feeds = [
        pooled.connection.pipe(filter_new_socket_only(), subscribe_channel(channel(symbol), messages)).subscribe()
        for symbol in "ABCDE"
    ]
    pooled.advance_to(5)
    feeds[4].dispose()
    pooled.advance_to(10)
    assert [event.socket for event in events if isinstance(event, Closed)] == [pooled.sockets[2]]
    late: list[Any] = []
    pooled.connection.link.subscribe(late.append)
    pooled.advance_to(15)
    assert [event.socket for event in late if isinstance(event, Opened)] == pooled.sockets[:2]


def test_a_dispose_in_a_callback_does_not_wait_for_the_other_sockets() -> None:
    def flood(peer: Peer) -> None:
        peer.accept()
        try:
            while True:
                peer.text(tick(price=1))
        except OSError:
            return

    dialect = evolve(DIALECT, channels_per_socket=1)
    disposed = threading.Event()
    took: list[float] = []
    late: list[Any] = []
    with RawServer(flood, flood, flood, flood) as server:
        connection = Connection(lambda receive: open_socket(server.url, receive=receive), dialect)
        messages = connection.pipe(keep_messages_only())
        sockets: set[Any] = set()

        def take(event: Any) -> None:
            if isinstance(event, Message):
                late.extend([event] if disposed.is_set() else [])
                sockets.add(event.socket)
                if len(sockets) == 4 and not took:
                    began = monotonic()
                    connected.dispose()
                    took.append(monotonic() - began)
                    disposed.set()

        connection.subscribe(take)
        for symbol in "ABCD":
            connection.pipe(filter_new_socket_only(), subscribe_channel(channel(symbol), messages)).subscribe()
        connected = connection.connect()
        assert disposed.wait(10)
    assert took[0] < 1
    assert late == []


def test_a_status_event_tells_the_state_of_the_exchange() -> None:
    live = marble_connection("o-s-a-|", MESSAGES, DIALECT)
    statuses: list[SocketEvent] = []
    live.connection.link.subscribe(statuses.append)
    live.run()
    status = next(event for event in statuses if isinstance(event, SystemStatus))
    assert status.is_online
    assert not any(isinstance(event, Message) for event in statuses)


def test_the_reason_of_a_cut_stands_in_closed() -> None:
    live = marble_connection("o-#", MESSAGES, DIALECT, error=ConnectionClosed(1012, "restart"))
    events: list[SocketEvent] = []
    live.connection.subscribe(events.append)
    live.run()
    assert [event.error.code for event in events if isinstance(event, Closed)] == [1012]  # type: ignore[union-attr]


def test_heartbeats_and_subscription_states_are_told_among_the_events() -> None:
    live = marble_connection("o-h-a-|", MESSAGES, DIALECT, replies=yes)
    events: list[SocketEvent] = []
    messages = live.connection.pipe(keep_messages_only())
    live.connection.pipe(filter_new_socket_only(), subscribe_channel(channel(), messages)).subscribe()
    live.connection.link.subscribe(events.append)
    live.run()
    assert any(isinstance(event, Heartbeat) for event in events)
    assert [event.state for event in events if isinstance(event, SubscriptionStatus)][:3] == [
        "requested",
        "acked",
        "live",
    ]
