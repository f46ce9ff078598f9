"""A url becomes a cold stream of events, over real sockets."""

from __future__ import annotations

import gc
import json
import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from rxex.errors import (
    ConnectError,
    ConnectionClosed,
    ForkedError,
    InvalidArgument,
    LinkStale,
    MalformedMessage,
    NotSent,
    SequenceGap,
)
from rxex.events import Closed, Malformed, Message, Opened, Socket, SocketEvent
from rxex.socket import decode_message, open_socket
from rxex.typing import Json
from tests.fakes.raw_server import CLOSE, PING, PONG, Peer, RawServer, accept_and_wait, frame
from tests.fakes.watch import Watch, watch

CANARY = "canary-secret"


def _echo(peer: Peer) -> None:
    peer.accept()
    while (message := peer.read_message()) is not None:
        peer.text(message)


def _send(socket: Socket, times: int, message: Json) -> None:
    for _ in range(times):
        socket.send(message)


def test_nothing_happens_before_a_subscription_and_each_one_is_a_socket_of_its_own() -> None:
    with RawServer(accept_and_wait) as server:
        stream = open_socket(server.url)
        assert server.connections == 0
        with Watch(stream) as first, Watch(stream) as second:
            assert first.socket is not second.socket
            assert server.connections == 2


def test_opened_then_messages_in_the_order_of_the_wire_then_closed_and_the_error() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        for number in range(1000):
            peer.text({"n": number, "price": 1.50})
        peer.send(frame(b"\x03\xf4restart", first=0x80 | CLOSE))
        assert peer.read_close() == 1012

    with RawServer(serve) as server, watch(server.url) as seen:
        seen.wait_for_end()
        assert [message.data["n"] for message in seen.of(Message) if isinstance(message.data, dict)] == list(
            range(1000)
        )
        assert seen.kinds == ["Opened", *["Message"] * 1000, "Closed"]
        assert isinstance(seen.error, ConnectionClosed)
        assert (seen.error.code, seen.error.reason) == (1012, "restart")
        closed = seen.of(Closed)[0]
        assert (closed.code, closed.reason, closed.error) == (1012, "restart", None)
        assert seen.of(Opened)[0].socket is seen.of(Message)[0].socket is closed.socket


def test_everything_is_emitted_on_one_named_daemon_thread() -> None:
    threads = list[threading.Thread]()

    def serve(peer: Peer) -> None:
        peer.accept()
        peer.text({"a": 1})
        peer.send(b"\x88\x00")

    with RawServer(serve) as server, watch(server.url, lambda _: threads.append(threading.current_thread())) as seen:
        seen.wait_for_end()
        assert {thread.name for thread in threads} == {"rxex-socket-127.0.0.1"}
        assert all(thread.daemon for thread in threads)


def test_arrivals_are_stamped_with_the_wall_clock() -> None:
    with RawServer(_echo) as server, watch(server.url) as seen:
        before = time.time_ns()
        seen.socket.send({"a": 1})
        message = seen.wait(Message)
        assert before <= message.received <= time.time_ns()


@pytest.mark.parametrize("size", [0, 1, 125, 126, 127, 65_535, 65_536, 70_000, 4 * 2**20 - 2])
def test_messages_of_every_size_up_to_the_limit_come_whole(size: int) -> None:
    payload = b"[" + b"1" * 30 + b" " * size + b"]"
    payload = payload[:size] if size < 40 else payload[: size - 1] + b"]"

    def serve(peer: Peer) -> None:
        peer.accept(then=frame(payload[:50]) if size < 50 else b"")
        peer.send(frame(payload) + frame("[2]"))
        peer.wait_for_end()

    got = list[bytes]()

    def receive(socket: Socket, payload: bytes, received: int) -> SocketEvent | None:
        got.append(payload)
        return decode_message(socket, payload, received)

    with RawServer(serve) as server, watch(server.url, receive=receive) as seen:
        seen.wait_for(lambda: got and got[-1] == b"[2]")
        assert payload in got
        assert all(type(payload) is bytes for payload in got)


def test_a_message_cut_anywhere_by_the_network_comes_whole() -> None:
    data = (
        frame('{"a":1}') + frame("[" + "2," * 200 + "2]") + b"\x01\x02[3" + frame("", first=0x80 | PING) + b"\x80\x01]"
    )
    data += frame("[" + "4," * 33_000 + "4]")
    cuts = [*range(1, 450, 4), 500, 65_535, 65_536]

    def serve(peer: Peer) -> None:
        peer.accept()
        for cut in cuts:
            peer.send(data[:cut])
            peer.read_message()  # the client says when it has read that far
            peer.send(data[cut:])

    def paced(event: SocketEvent) -> None:
        if isinstance(event, Opened) or (isinstance(event, Message) and len(event.data) > 10_000):
            event.socket.send({"next": True})

    with RawServer(serve) as server, watch(server.url, paced) as seen:
        seen.wait_for(lambda: len(seen.of(Message)) == 4 * len(cuts), 20)
        sizes = [len(message.data) for message in seen.of(Message)]
        assert sizes == [1, 201, 1, 33_001] * len(cuts)


def test_what_comes_with_the_handshake_is_not_lost() -> None:
    def serve(peer: Peer) -> None:
        peer.accept(then=frame('{"a":1}') + frame('{"a":2}') + frame('{"a":3}')[:4])
        peer.send(frame('{"a":3}')[4:])
        peer.wait_for_end()

    with RawServer(serve) as server, watch(server.url) as seen:
        seen.wait(Message, 3)
        assert [message.data for message in seen.of(Message)] == [{"a": 1}, {"a": 2}, {"a": 3}]


def test_messages_are_sent_masked_and_in_order_from_any_thread() -> None:
    with RawServer(_echo) as server, watch(server.url) as seen:
        socket = seen.socket

        def send(thread: int) -> None:
            for number in range(200):
                socket.send({"thread": thread, "n": number})

        threads = [threading.Thread(target=send, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        seen.wait(Message, 800)
        data = [message.data for message in seen.of(Message) if isinstance(message.data, dict)]
        for sender in range(4):
            assert [item["n"] for item in data if item["thread"] == sender] == list(range(200))


def test_sending_from_inside_a_callback_works() -> None:
    def answer(event: SocketEvent) -> None:
        if isinstance(event, Opened):
            event.socket.send({"n": 0})
        if isinstance(event, Message) and isinstance(event.data, dict) and event.data["n"] < 50:
            event.socket.send({"n": event.data["n"] + 1})

    with RawServer(_echo) as server, watch(server.url, answer) as seen:
        assert seen.wait(Message, 51).data == {"n": 50}


def test_a_large_message_is_sent_while_messages_come() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        block = frame('{"flood":1}') * 1000
        stop = threading.Event()

        def flood() -> None:
            while not stop.is_set():
                peer.send(block)

        thread = threading.Thread(target=flood, daemon=True, name="flood")
        thread.start()
        message = peer.read_message()
        stop.set()
        thread.join()
        peer.text({"size": len(message["a"])})
        peer.wait_for_end()

    def receive(socket: Socket, payload: bytes, received: int) -> SocketEvent | None:
        return None if payload == b'{"flood":1}' else decode_message(socket, payload, received)

    with RawServer(serve) as server, watch(server.url, receive=receive) as seen:
        seen.socket.send({"a": "x" * 3_000_000})
        assert seen.wait(Message).data == {"size": 3_000_000}


def test_a_server_that_does_not_read_holds_up_neither_the_sender_nor_the_reader_and_ends_the_link() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        for number in range(1000):
            peer.text({"n": number})
            if peer.server.over.wait(0.005):
                return

    with RawServer(serve) as server, watch(server.url, send_timeout=0.5) as seen:
        socket, begin = seen.socket, time.monotonic()
        with pytest.raises(NotSent, match="does not read"):
            _send(socket, 100, {"a": "x" * 500_000})
        assert time.monotonic() - begin < 0.5
        seen.wait_for_end()
        assert isinstance(seen.error, LinkStale)
        assert 0.4 < time.monotonic() - begin < 2.0
        assert len(seen.of(Message)) > 20


def test_a_message_that_is_too_large_is_not_sent() -> None:
    with RawServer(accept_and_wait) as server, watch(server.url, max_message=1000) as seen:
        with pytest.raises(NotSent, match="bytes"):
            seen.socket.send({"a": "x" * 1000})
        assert server.frames == []


def test_after_the_end_nothing_is_sent() -> None:
    def serve(peer: Peer) -> None:
        peer.accept(then=b"\x88\x00")

    with RawServer(serve) as server, watch(server.url) as seen:
        seen.wait_for_end()
        with pytest.raises(NotSent):
            seen.socket.send({"a": 1})
        seen.socket.close()
        seen.socket.drop(SequenceGap(1, 2))
        assert len(seen.of(Closed)) == 1


def test_a_reset_link_says_not_sent_or_nothing_but_never_an_error_of_the_system() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        peer.read_message()
        peer.reset()

    with RawServer(serve) as server, watch(server.url) as seen:
        socket = seen.socket
        begin = time.monotonic()
        while time.monotonic() - begin < 5:
            try:
                socket.send({"a": 1})
            except NotSent:
                break
        seen.wait_for_end()
        assert isinstance(seen.error, ConnectionClosed)
        assert seen.error.code is None


def test_closing_for_good_gives_closed_and_completes() -> None:
    with RawServer(accept_and_wait) as server, watch(server.url) as seen:
        seen.socket.close(3001, "enough")
        seen.wait_for_end()
        assert seen.completed
        closed = seen.of(Closed)[0]
        assert (closed.code, closed.error) == (3001, None)
        assert server.frames[-1] == (CLOSE, (3001).to_bytes(2, "big") + b"enough")
        with pytest.raises(NotSent):
            seen.socket.send({"a": 1})


def test_messages_are_delivered_until_the_other_side_has_answered_our_close() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        code = peer.read_close()
        peer.text({"last": True})
        peer.send(frame((code or 0).to_bytes(2, "big"), first=0x80 | CLOSE))

    with RawServer(serve) as server, watch(server.url) as seen:
        seen.socket.close()
        seen.wait_for_end()
        assert seen.kinds == ["Opened", "Message", "Closed"]


def test_a_close_that_is_not_answered_ends_within_two_seconds() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        peer.hold()

    with RawServer(serve) as server, watch(server.url) as seen:
        socket = seen.socket
        begin = time.monotonic()
        socket.close()
        seen.wait_for_end()
        assert seen.completed
        assert 1.9 < time.monotonic() - begin < 3.5


@pytest.mark.parametrize("from_a_callback", [False, True], ids=["from outside", "in a callback"])
def test_a_dropped_link_gives_closed_and_ends_with_the_error(from_a_callback: bool) -> None:  # noqa: FBT001
    error = SequenceGap(1, 2)

    def serve(peer: Peer) -> None:
        peer.accept(then=frame("[1]") * 100)
        peer.server.frames.append((0, b""))
        assert peer.read_close() == 1001

    def drop(event: SocketEvent) -> None:
        if from_a_callback and isinstance(event, Message):
            event.socket.drop(error)

    with RawServer(serve) as server, watch(server.url, drop) as seen:
        if not from_a_callback:
            seen.wait(Message, 100)
            seen.socket.drop(error)
        seen.wait_for_end()
        assert seen.error is error
        assert seen.of(Closed)[0].error is error
        assert len(seen.of(Message)) == (1 if from_a_callback else 100)


def test_dropping_from_a_timer_is_noticed_at_once() -> None:
    error = SequenceGap(1, 2)
    with RawServer(accept_and_wait) as server, watch(server.url) as seen:
        socket, begin = seen.socket, time.monotonic()
        socket.scheduler.schedule_relative(0.05, lambda *_: socket.drop(error))
        seen.wait_for_end()
        assert seen.error is error
        assert time.monotonic() - begin < 1.0


def test_a_disposed_socket_says_goodbye_and_emits_nothing_more() -> None:
    codes = list[int | None]()

    def serve(peer: Peer) -> None:
        peer.accept(then=frame("[1]"))
        codes.append(peer.read_close())

    with RawServer(serve) as server, watch(server.url) as seen:
        seen.wait(Message)
        seen.subscription.dispose()
        assert seen.kinds == ["Opened", "Message"]
        assert not seen.completed
        assert seen.error is None
        assert server.done.wait(3)
        assert codes == [1001]


def test_disposing_inside_a_callback_stops_in_the_middle_of_a_chunk() -> None:
    subscription = threading.Event()

    def stop(event: SocketEvent) -> None:
        if isinstance(event, Message) and event.data == [3]:
            assert subscription.wait(3)
            seen.subscription.dispose()
            seen.subscription.dispose()

    def serve(peer: Peer) -> None:
        peer.accept()
        peer.send(b"".join(frame(f"[{number}]") for number in range(1000)))
        peer.wait_for_end()

    with RawServer(serve) as server:
        seen = watch(server.url, stop)
        subscription.set()
        seen.wait_for(lambda: len(seen.of(Message)) >= 4)
        assert server.done.wait(3)
        assert len(seen.of(Message)) == 4


def test_disposing_from_two_threads_under_a_flood_ends_within_two_seconds() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        while True:
            peer.send(frame("[1]") * 1000)

    with RawServer(serve) as server:
        seen = watch(server.url)
        seen.wait(Message, 1000)
        begin, count = time.monotonic(), list[int]()

        def dispose() -> None:
            seen.subscription.dispose()
            count.append(len(seen.events))

        threads = [threading.Thread(target=dispose) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert time.monotonic() - begin < 2.0
        assert max(count) == len(seen.events)


def test_a_callback_that_takes_too_long_does_not_hold_dispose_for_ever() -> None:
    entered, leave = threading.Event(), threading.Event()

    def block(_: SocketEvent) -> None:
        entered.set()
        leave.wait(10)

    with RawServer(accept_and_wait) as server:
        seen = watch(server.url, block)
        assert entered.wait(3)
        begin = time.monotonic()
        seen.subscription.dispose()
        assert 1.5 < time.monotonic() - begin < 3.5
        leave.set()


def test_timers_run_between_messages_on_the_thread_that_emits() -> None:
    ran = list[tuple[str, float]]()
    with RawServer(accept_and_wait) as server, watch(server.url) as seen:
        socket, done = seen.socket, threading.Event()

        def note(*_: Any) -> None:
            ran.append((threading.current_thread().name, time.monotonic()))
            if len(ran) == 3:
                done.set()

        begin = time.monotonic()
        for delay in (0.0, 0.05, 0.1):
            socket.scheduler.schedule_relative(delay, note)
        assert done.wait(3)
        assert {name for name, _ in ran} == {"rxex-socket-127.0.0.1"}
        for delay, (_, at) in zip((0.0, 0.05, 0.1), ran, strict=True):
            assert delay <= at - begin < delay + 0.5


def test_timers_go_on_without_the_socket() -> None:
    with RawServer(accept_and_wait) as server:
        with watch(server.url) as seen:
            socket, early, late, cancelled = seen.socket, threading.Event(), threading.Event(), threading.Event()
            socket.scheduler.schedule_relative(0.2, lambda *_: early.set())
            timer = socket.scheduler.schedule_relative(0.2, lambda *_: cancelled.set())
        assert not early.is_set()
        socket.scheduler.schedule_relative(0.1, lambda *_: late.set())
        timer.dispose()
        assert early.wait(3)
        assert late.wait(3)
        assert not cancelled.is_set()


@pytest.mark.parametrize("with_a_ping_of_its_own", [False, True], ids=["protocol", "exchange"])
def test_silence_is_met_with_a_ping_and_then_with_the_end(with_a_ping_of_its_own: bool) -> None:  # noqa: FBT001
    def serve(peer: Peer) -> None:
        peer.accept()
        peer.read()
        peer.text({"pong": 1})
        peer.read()
        peer.hold()

    def make_ping(number: int) -> Json:
        return {"op": "ping", "id": number}

    ping = make_ping if with_a_ping_of_its_own else None
    with RawServer(serve) as server, watch(server.url, ping_interval=0.3, pong_timeout=0.3, ping=ping) as seen:
        seen.wait_for_end()
        assert isinstance(seen.error, LinkStale)
        assert 0.9 <= seen.seconds < 2.5
        if with_a_ping_of_its_own:
            assert [json.loads(payload) for _, payload in server.frames] == [
                {"op": "ping", "id": 1},
                {"op": "ping", "id": 2},
            ]
        else:
            assert server.frames == [(PING, b"1"), (PING, b"2")]


def test_no_ping_is_sent_while_anything_comes() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        for _ in range(20):
            peer.text({"a": 1})
            peer.server.over.wait(0.05)
        peer.send(b"\x88\x00")
        while peer.read() is not None:
            pass

    with RawServer(serve) as server, watch(server.url, ping_interval=0.4, pong_timeout=0.1) as seen:
        seen.wait_for_end()
        assert len(seen.of(Message)) == 20
        assert [opcode for opcode, _ in server.frames] == [CLOSE]


def test_binary_messages_are_taken_by_who_can_unpack_them() -> None:
    def serve(peer: Peer) -> None:
        peer.accept(then=frame(b"[1]~", first=0x82) + frame("[2]"))
        peer.wait_for_end()

    with RawServer(serve) as server, watch(server.url, unpack=lambda message, _limit: message[:-1]) as seen:
        seen.wait(Message, 2)
        assert [event.data for event in seen.of(Message)] == [[1], [2]]


def test_pings_that_keep_a_link_alive_are_sent_while_messages_come() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        for _ in range(20):
            peer.text({"a": 1})
            peer.server.over.wait(0.05)
        peer.send(b"\x88\x00")
        while peer.read() is not None:
            pass

    with RawServer(serve) as server, watch(server.url, ping_interval=9, keep_alive=0.3) as seen:
        seen.wait_for_end()
        assert len(seen.of(Message)) == 20
        assert [opcode for opcode, _ in server.frames][:2] == [PING, PING]


def test_a_slow_subscriber_does_not_look_like_silence() -> None:
    def serve(peer: Peer) -> None:
        peer.accept(then=frame("[1]") + frame("[2]")[:2])
        peer.send(frame("[2]")[2:])
        while (got := peer.read()) is not None:
            peer.send(frame(got[1], first=0x80 | PONG))

    pause = threading.Event()

    def slow(event: SocketEvent) -> None:
        if isinstance(event, Message):
            pause.wait(0.5)

    def block(*_: object) -> None:
        pause.wait(0.5)

    with (
        RawServer(serve) as server,
        watch(server.url, slow, ping_interval=0.1, pong_timeout=0.1, frame_timeout=0.2) as seen,
    ):
        seen.wait(Message, 2)
        seen.socket.scheduler.schedule(block)
        done = threading.Event()
        seen.socket.scheduler.schedule_relative(0.7, lambda *_: done.set())
        assert done.wait(3)
        assert seen.error is None


def test_a_ping_is_answered_with_its_own_payload() -> None:
    def serve(peer: Peer) -> None:
        peer.accept(then=frame(b"", first=0x80 | PING) + frame(b"\xff" * 125, first=0x80 | PING))
        assert peer.read() == (PONG, b"")
        assert peer.read() == (PONG, b"\xff" * 125)
        peer.send(frame(b"unasked", first=0x80 | PONG) + frame("[1]"))
        peer.wait_for_end()

    with RawServer(serve) as server, watch(server.url) as seen:
        seen.wait(Message)


def test_more_messages_than_the_rate_allows_wait_for_their_turn_in_order() -> None:
    arrivals = list[tuple[int, float]]()

    def serve(peer: Peer) -> None:
        peer.accept()
        while (message := peer.read_message()) is not None:
            arrivals.append((message["n"], time.monotonic()))
            if len(arrivals) == 12:
                peer.text({"all": True})

    with RawServer(serve) as server, watch(server.url, rate=(50.0, 3)) as seen:
        socket, begin = seen.socket, time.monotonic()
        for number in range(12):
            socket.send({"n": number})
        assert time.monotonic() - begin < 0.15
        seen.wait(Message)
        assert [number for number, _ in arrivals] == list(range(12))
        assert arrivals[11][1] - begin >= 9 / 50


def test_messages_that_wait_for_their_turn_are_bounded() -> None:
    with RawServer(accept_and_wait) as server, watch(server.url, rate=(0.001, 1)) as seen:
        socket = seen.socket
        for number in range(257):
            socket.send({"n": number})
        with pytest.raises(NotSent, match="wait for their turn"):
            socket.send({"n": 257})
        seen.subscription.dispose()
        assert len([opcode for opcode, _ in server.frames if opcode == 1]) == 1


def test_what_receive_gives_is_emitted_and_none_is_not() -> None:
    def serve(peer: Peer) -> None:
        peer.accept(then=frame("drop") + frame("keep") + frame("drop"))
        peer.send(b"\x88\x00")

    def receive(socket: Socket, payload: bytes, received: int) -> SocketEvent | None:
        return Message(socket, [payload], received) if payload == b"keep" else None

    with RawServer(serve) as server, watch(server.url, receive=receive) as seen:
        seen.wait_for_end()
        assert [message.data for message in seen.of(Message)] == [[b"keep"]]


def test_a_receive_that_raises_is_one_malformed_event_and_the_stream_goes_on() -> None:
    def receive(socket: Socket, payload: bytes, received: int) -> SocketEvent | None:
        if b"bad" in payload:
            raise KeyError("mine")
        return decode_message(socket, payload, received)

    def serve(peer: Peer) -> None:
        peer.accept(then=(frame('["bad"]') * 9 + frame("[1]")) * 3)
        peer.send(b"\x88\x00")

    with RawServer(serve) as server, watch(server.url, receive=receive) as seen:
        seen.wait_for_end()
        assert len(seen.of(Malformed)) == 27
        assert len(seen.of(Message)) == 3
        assert isinstance(seen.of(Malformed)[0].error, KeyError)
        assert seen.of(Malformed)[0].excerpt == b'["bad"]'


def test_ten_malformed_messages_in_a_row_close_the_link() -> None:
    codes = list[int | None]()

    def serve(peer: Peer) -> None:
        peer.accept(then=frame("[1]") + frame("{") * 30)
        codes.append(peer.read_close())

    with RawServer(serve) as server, watch(server.url) as seen:
        seen.wait_for_end()
        assert len(seen.of(Malformed)) == 10
        assert isinstance(seen.error, ConnectionClosed)
        assert seen.error.code == 1007
        assert server.done.wait(3)
        assert codes == [1007]


def test_a_subscriber_that_raises_is_logged_and_the_link_goes_on(caplog: pytest.LogCaptureFixture) -> None:
    def fail(event: SocketEvent) -> None:
        raise ValueError("mine")

    def serve(peer: Peer) -> None:
        peer.accept(then=frame("[1]") + frame("{") + frame("[2]"))
        peer.send(b"\x88\x00")

    with RawServer(serve) as server, watch(server.url, fail) as seen:
        seen.wait_for_end()
        assert seen.kinds == ["Opened", "Message", "Malformed", "Message", "Closed"]
        assert caplog.text.count("a subscriber raised") == 5


def test_a_subscriber_that_ends_its_thread_ends_the_link_with_an_error(caplog: pytest.LogCaptureFixture) -> None:
    def leave(event: SocketEvent) -> None:
        if isinstance(event, Message):
            raise SystemExit

    def serve(peer: Peer) -> None:
        peer.accept(then=frame("[1]"))
        peer.wait_for_end()

    with RawServer(serve) as server, watch(server.url, leave) as seen:
        seen.wait_for_end()
        assert isinstance(seen.error, ConnectionClosed)
        assert "SystemExit" in seen.error.reason
        assert "the read loop failed" in caplog.text


def test_a_stream_whose_end_nobody_handles_logs_it(caplog: pytest.LogCaptureFixture) -> None:
    ended = threading.Event()

    def serve(peer: Peer) -> None:
        peer.accept(then=b"\x88\x00")

    with RawServer(serve) as server:
        open_socket(server.url).subscribe(lambda event: ended.set() if isinstance(event, Closed) else None)
        assert ended.wait(3)
        for thread in threading.enumerate():
            if thread.name.startswith("rxex-socket"):
                thread.join(3)
        assert "a subscriber raised" in caplog.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("open_timeout", 0),
        ("open_timeout", -1.0),
        ("frame_timeout", float("nan")),
        ("ping_interval", 0),
        ("keep_alive", 0),
        ("pong_timeout", -5),
        ("send_timeout", 0),
        ("max_message", 0),
        ("max_message", -1),
        ("max_handshake", 0),
        ("rate", (0, 1)),
        ("rate", (1.0, 0)),
        ("rate", (-1.0, 1)),
        ("headers", {"X-Evil": "a\r\nHost: b"}),
        ("headers", {"X Evil": "a"}),
        ("headers", {"": "a"}),
        ("proxy", "socks5://proxy:1080"),
        ("ca_file", "/nowhere/ca.pem"),
        ("ca_file", __file__),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_before_any_socket(name: str, value: Any) -> None:
    with pytest.raises(InvalidArgument) as caught:
        open_socket("wss://ws.example.com", **{name: value})
    assert caught.value.name == name


def test_a_url_that_cannot_be_right_is_refused_before_any_socket() -> None:
    with pytest.raises(InvalidArgument, match="url"):
        open_socket("https://ws.example.com")


def test_without_a_thread_the_error_is_typed_and_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_thread(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", no_thread)
    with watch("ws://127.0.0.1:1") as seen:
        assert isinstance(seen.error, ConnectError)
        assert "thread" in seen.error.reason


def test_without_a_file_descriptor_the_error_is_typed_and_nothing_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_pipe() -> tuple[int, int]:
        raise OSError(24, "Too many open files")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pipe", no_pipe)
        with watch("ws://127.0.0.1:1") as seen:
            assert isinstance(seen.error, ConnectError)
            assert "Too many open files" in seen.error.reason


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")  # Python 3.12 and later: threads and fork
def test_a_forked_child_cannot_use_the_link_and_the_parent_notices_nothing() -> None:
    with RawServer(_echo) as server, watch(server.url) as seen:
        socket = seen.socket
        child = os.fork()
        if not child:
            outcome = 1
            try:
                failures = 0
                uses: list[Callable[[], None]] = [
                    socket.close,
                    lambda: socket.send([1]),
                    lambda: socket.drop(ForkedError()),
                ]
                for use in uses:
                    try:
                        use()
                    except ForkedError:
                        failures += 1
                seen.subscription.dispose()
                gc.collect()
                outcome = 0 if failures == 3 else 2
            finally:
                os._exit(outcome)
        deadline = time.monotonic() + 5
        while (ended := os.waitpid(child, os.WNOHANG)) == (0, 0) and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        if ended == (0, 0):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
        assert ended == (child, 0)
        socket.send({"parent": 1})
        assert seen.wait(Message).data == {"parent": 1}
        assert [json.loads(payload) for _, payload in server.frames] == [{"parent": 1}]


def test_no_secret_is_logged_or_shown(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)

    def serve(peer: Peer) -> None:
        peer.accept(then=frame("{"))
        peer.read_message()
        peer.send(b"\x88\x00")

    with RawServer(serve) as server:
        url = server.url.replace("ws://", f"ws://me:{CANARY}@") + f"?token={CANARY}"
        with watch(url, headers={"API-Key": CANARY}) as seen:
            seen.socket.send({"token": CANARY})
            seen.wait_for_end()
            assert CANARY in server.heads[0].decode()
            assert b"Authorization: Basic " in server.heads[0]
            shown = [
                repr(seen.events),
                str(seen.events),
                repr(seen.error),
                str(seen.error),
                repr(seen.socket),
                caplog.text,
            ]
            assert all(CANARY not in text for text in shown)
            assert "is open" in caplog.text


def test_decode_message_makes_messages_and_malformed_events() -> None:
    socket: Any = object()
    assert decode_message(socket, b'{"a":1}', 7) == Message(socket, {"a": 1}, 7)
    malformed = decode_message(socket, b"{" + b"x" * 1000, 7)
    assert isinstance(malformed, Malformed)
    assert len(malformed.excerpt) == 200
    assert isinstance(malformed.error, MalformedMessage)
