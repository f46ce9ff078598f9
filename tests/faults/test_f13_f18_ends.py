"""F13 to F18: links that the other side ends, and exchanges that are there but do not trade."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

import pytest
from reactivex import Observable, abc
from reactivex.disposable import Disposable
from reactivex.testing import ReactiveTest, TestScheduler

from rxex.channel import Dialect
from rxex.connection import Connection
from rxex.errors import ConnectionClosed, LinkRefused, LinkStale, TransientError
from rxex.events import Closed, Heartbeat, Message, Opened, Reconnecting, Socket, SocketEvent, SystemStatus
from rxex.operators import backoff_reconnect, exponential, fixed
from rxex.socket import open_socket
from rxex.testing import ScriptedSocket
from rxex.typing import Json
from tests.fakes.raw_server import CLOSE, Peer, RawServer, Script, accept_and_wait, frame
from tests.fakes.watch import Watch, watch


def _closing(code: int, reason: str = "") -> Script:
    def serve(peer: Peer) -> None:
        peer.accept(then=frame("[1]") + frame(code.to_bytes(2, "big") + reason.encode(), first=0x80 | CLOSE))
        assert peer.read_close() == code
        assert peer.sock.recv(10) == b"", "the client hangs up after the closing handshake"

    return serve


@pytest.mark.parametrize("code", [1000, 1001])
def test_f13_a_link_that_the_server_closes_in_order_is_made_anew(code: int) -> None:
    with (
        RawServer(_closing(code, "bye"), accept_and_wait) as server,
        Watch(open_socket(server.url).pipe(backoff_reconnect(lambda: fixed(0)))) as seen,
    ):
        seen.wait(Opened, 2)
        assert seen.kinds[:5] == ["Opened", "Message", "Closed", "Reconnecting", "Opened"]
        closed = seen.of(Closed)[0]
        assert (closed.code, closed.reason, closed.error) == (code, "bye", None)


def test_f13_a_link_that_we_close_is_not_made_anew() -> None:
    with (
        RawServer(accept_and_wait) as server,
        Watch(open_socket(server.url).pipe(backoff_reconnect(lambda: fixed(0)))) as seen,
    ):
        seen.socket.close()
        seen.wait_for_end()
        assert seen.completed
        assert server.connections == 1


def test_f13_a_close_frame_without_a_code_is_answered_and_told_as_1005() -> None:
    def serve(peer: Peer) -> None:
        peer.accept(then=b"\x88\x00")
        assert peer.read_close() == 1000

    with RawServer(serve) as server, watch(server.url) as seen:
        seen.wait_for_end()
        assert seen.of(Closed)[0].code == 1005
        assert server.done.wait(3)


@pytest.mark.parametrize("code", [1011, 1012, 1013])
def test_f14_after_a_restart_the_first_pause_is_random(code: int) -> None:
    with (
        RawServer(_closing(code), accept_and_wait) as server,
        Watch(open_socket(server.url).pipe(backoff_reconnect(lambda: fixed(0), random=lambda: 0.05))) as seen,
    ):
        seen.wait(Opened, 2)
        assert seen.of(Reconnecting)[0].delay > 0.05


@pytest.mark.parametrize("code", [1008, 1002, 1009, 4001])
def test_f15_a_link_closed_for_what_we_do_is_tried_three_times_more_and_then_refused_with_the_reason(code: int) -> None:
    with (
        RawServer(_closing(code, "too many requests")) as server,
        Watch(open_socket(server.url).pipe(backoff_reconnect(lambda: fixed(0)))) as seen,
    ):
        seen.wait_for_end()
        assert isinstance(seen.error, LinkRefused)
        assert (seen.error.code, seen.error.reason) == (code, "too many requests")
        assert server.connections == 4


def test_f15_a_protocol_that_we_do_not_understand_is_refused_after_three_more_attempts() -> None:
    def serve(peer: Peer) -> None:
        peer.accept(then=b"\xc1\x00")
        peer.read_close()

    with (
        RawServer(serve) as server,
        Watch(open_socket(server.url).pipe(backoff_reconnect(lambda: fixed(0)))) as seen,
    ):
        seen.wait_for_end()
        assert isinstance(seen.error, LinkRefused)
        assert seen.error.code == 1002
        assert server.connections == 4


def _classify(socket: Socket, message: Json) -> SocketEvent | None:
    if isinstance(message, dict) and message.get("type") == "heartbeat":
        return Heartbeat(socket, raw=message)
    if isinstance(message, dict) and message.get("type") == "pong":
        return Heartbeat(socket, solicited=True, raw=message)
    if isinstance(message, dict) and message.get("type") == "status":
        return SystemStatus(socket, str(message["status"]), message["status"] == "online", message)
    return None


def _connection(url: str, heartbeat_timeout: float | None = None) -> Connection:
    dialect = Dialect("test", lambda _: None, _classify, heartbeat_timeout=heartbeat_timeout)
    return Connection(
        lambda receive: open_socket(
            url, receive=receive, ping_interval=0.1, pong_timeout=1.0, ping=lambda number: {"type": "ping", "n": number}
        ).pipe(backoff_reconnect(lambda: fixed(0.01))),
        dialect,
    )


def test_f16_maintenance_is_a_status_and_the_link_stays() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        for status in ("online", "maintenance", "online"):
            peer.text({"type": "status", "status": status})
        peer.text({"data": 1})
        peer.wait_for_end()

    with RawServer(serve) as server:
        connection = _connection(server.url)
        with Watch(connection) as seen:
            link = connection.connect()
            seen.wait(Message)
            link.dispose()
        assert [(event.status, event.is_online) for event in seen.of(SystemStatus)] == [
            ("online", True),
            ("maintenance", False),
            ("online", True),
        ]
        assert seen.of(Closed) == []
        assert server.connections == 1


def _closes_at_once(scheduler: TestScheduler, subscribed: list[float]) -> Observable[SocketEvent]:
    def subscribe(observer: abc.ObserverBase[SocketEvent], _: object = None) -> abc.DisposableBase:
        subscribed.append(scheduler.to_seconds(scheduler.now))
        socket = ScriptedSocket(scheduler)
        observer.on_next(Opened(socket))
        observer.on_next(Closed(socket, 1000))
        observer.on_error(ConnectionClosed(1000))
        return Disposable()

    return Observable(subscribe)


@pytest.mark.parametrize("make", [exponential, lambda: fixed(0)], ids=["exponential", "none"])
def test_f17_a_link_that_closes_at_once_is_tried_once_a_second_at_most_after_the_fifth(
    make: Callable[[], Iterator[float]],
) -> None:
    scheduler, subscribed = TestScheduler(), list[float]()
    source = _closes_at_once(scheduler, subscribed)
    scheduler.start(
        lambda: source.pipe(backoff_reconnect(make, scheduler=scheduler)), disposed=ReactiveTest.disposed * 4
    )
    gaps = [later - earlier for earlier, later in pairwise(subscribed)]
    assert len(gaps) > 50
    assert all(gap >= 1.0 for gap in gaps[5:])


def test_f18_a_heartbeat_that_stops_while_pongs_go_on_ends_the_link() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        for _ in range(3):
            peer.text({"type": "heartbeat"})
            peer.server.over.wait(0.05)
        while (message := peer.read_message()) is not None:
            peer.text({"type": "pong", "n": message["n"]})

    with RawServer(serve) as server:
        connection = _connection(server.url, heartbeat_timeout=0.4)
        with Watch(connection) as seen:
            link = connection.connect()
            closed = seen.wait(Closed)
            link.dispose()
        assert isinstance(closed.error, LinkStale)
        assert isinstance(closed.error, TransientError)
        assert "heartbeat" in closed.error.what
        assert closed.error.silence == 0.4
        assert any(event.solicited for event in seen.of(Heartbeat))
