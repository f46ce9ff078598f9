"""F01 to F05: links that break, and links that only look alive."""

from __future__ import annotations

import inspect
import threading
import time

import pytest

from rxex.errors import ConnectionClosed, LinkStale, TransientError
from rxex.events import Closed, Message, Opened, Reconnected
from rxex.operators import backoff_reconnect, fixed
from rxex.socket import open_socket
from tests.fakes.fault_proxy import FaultProxy, Toxics
from tests.fakes.raw_server import Peer, RawServer, accept_and_wait, frame
from tests.fakes.watch import Watch, watch

FIRST, SECOND = frame('{"n":1}'), frame('{"n":2,"pad":"' + "x" * 130 + '"}')
SAMPLE = FIRST + SECOND
HANDSHAKE = (
    len("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n")
    + len("Sec-WebSocket-Accept: \r\n\r\n")
    + 28
)


def _send_the_sample(peer: Peer) -> None:
    peer.accept()
    peer.send(SAMPLE)
    peer.wait_for_end()


def _whole(cut: int) -> int:
    return (cut >= len(FIRST)) + (cut >= len(SAMPLE))


@pytest.mark.parametrize("reset", [True, False], ids=["F01-reset", "F02-fin"])
def test_f01_f02_a_link_cut_at_any_byte_gives_whole_messages_then_closed_without_a_code(reset: bool) -> None:  # noqa: FBT001
    with RawServer(_send_the_sample) as server, FaultProxy(server.port, Toxics()) as proxy:
        reasons = set[str]()
        for cut in range(len(SAMPLE) + 1):
            proxy.toxics = Toxics(limit_data=cut, reset_peer=reset, skip=HANDSHAKE)
            with watch(proxy.url) as seen:
                seen.wait_for_end()
                assert seen.kinds == ["Opened", *["Message"] * _whole(cut), "Closed"], f"cut at {cut}"
                closed = seen.of(Closed)[0]
                assert closed.code is None
                assert isinstance(seen.error, ConnectionClosed)
                assert isinstance(seen.error, TransientError)
                assert seen.error is closed.error
                reasons.add(seen.error.reason)
        assert reasons == {"Connection reset by peer" if reset else "the other side hung up"}


def test_f01_after_a_reset_the_link_is_made_anew_and_nothing_of_the_old_one_comes() -> None:
    def serve(peer: Peer) -> None:
        peer.accept(then=frame(f'{{"link":{peer.server.connections}}}') + SECOND[:20])
        if peer.server.connections < 4:
            peer.reset()
        peer.wait_for_end()

    with (
        RawServer(serve) as server,
        Watch(open_socket(server.url).pipe(backoff_reconnect(lambda: fixed(0.01)))) as seen,
    ):
        seen.wait(Reconnected, 3)
        seen.wait_for(lambda: seen.kinds[-1] == "Message")
        assert seen.of(Opened)[-1].socket is seen.of(Message)[-1].socket
        for closed in seen.of(Closed):
            place = seen.events.index(closed)
            assert not any(getattr(event, "socket", None) is closed.socket for event in seen.events[place + 1 :])


def test_f03_a_half_open_link_is_closed_after_the_ping_went_unanswered() -> None:
    defaults = inspect.signature(open_socket).parameters
    assert defaults["ping_interval"].default + defaults["pong_timeout"].default <= 15

    toxics = Toxics(limit_data=len(FIRST), timeout=True, skip=HANDSHAKE)
    with (
        RawServer(_send_the_sample) as server,
        FaultProxy(server.port, toxics) as proxy,
        watch(proxy.url, ping_interval=0.4, pong_timeout=0.2) as seen,
    ):
        message = seen.wait(Message)
        since = time.monotonic()
        seen.wait_for_end()
        assert isinstance(seen.error, LinkStale)
        assert seen.of(Closed)[0].error is seen.error
        assert 0.5 < time.monotonic() - since < 2.0
        assert message.data == {"n": 1}


HALVES = {
    "one byte of a header": SECOND[:1],
    "half a header": SECOND[:3],
    "no body": SECOND[:4],
    "half a body": SECOND[:50],
    "all but one byte": SECOND[:-1],
    "half of a large one": frame("x" * 200_000)[:100_000],
    "a fragment": b"\x01\x02[1",
    "half a fragment": b"\x01\x05[1",
    "half a ping": b"\x89\x05abc",
}


@pytest.mark.parametrize("half", HALVES.values(), ids=HALVES)
def test_f04_half_a_frame_then_silence_ends_at_the_deadline_of_the_frame(half: bytes) -> None:
    def serve(peer: Peer) -> None:
        peer.accept(then=FIRST)
        peer.send(half)
        peer.hold()

    with RawServer(serve) as server, watch(server.url, frame_timeout=0.4) as seen:
        seen.wait_for_end()
        assert isinstance(seen.error, LinkStale)
        assert seen.error.what == "rest of a frame"
        assert 0.35 < seen.seconds < 2.0
        assert len(seen.of(Message)) == 1


def test_f04_the_deadline_is_ten_seconds_and_dispose_waits_for_nothing() -> None:
    assert inspect.signature(open_socket).parameters["frame_timeout"].default == 10

    def serve(peer: Peer) -> None:
        peer.accept(then=FIRST + SECOND[:50])
        peer.wait_for_end()

    with RawServer(serve) as server, watch(server.url) as seen:
        seen.wait(Message)
        begin = time.monotonic()
        seen.subscription.dispose()
        assert time.monotonic() - begin < 1.0
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("rxex")]


@pytest.mark.parametrize("kind", ["bytes", "fragments"])
def test_f05_a_frame_that_comes_a_byte_at_a_time_has_the_same_deadline(kind: str) -> None:
    def dribble(peer: Peer) -> None:
        peer.accept()
        pieces = [bytes([byte]) for byte in SECOND] if kind == "bytes" else [b"\x01\x01[", *[b"\x00\x01 "] * 100]
        for piece in pieces:
            peer.send(piece)
            if peer.server.over.wait(0.03):
                return

    with RawServer(dribble) as server, watch(server.url, frame_timeout=0.5) as seen:
        seen.wait_for_end()
        assert isinstance(seen.error, LinkStale)
        assert 0.45 < seen.seconds < 2.5
        assert not seen.of(Message)


def test_f05_many_frames_that_come_in_slices_have_a_deadline_each() -> None:
    def serve(peer: Peer) -> None:
        peer.accept()
        for number in range(10):
            payload = frame(f'{{"n":{number}}}')
            peer.send(payload[:4])
            peer.server.over.wait(0.06)
            peer.send(payload[4:] + b"\x01\x02[1")
            peer.server.over.wait(0.06)
            peer.send(b"\x80\x01]")
        peer.wait_for_end()

    with RawServer(serve) as server, watch(server.url, frame_timeout=0.4) as seen:
        seen.wait(Message, 20)
        assert seen.error is None


def test_f05_a_slow_but_whole_stream_through_a_slicer_arrives() -> None:
    toxics = Toxics(slicer=7, latency=0.002, skip=HANDSHAKE)
    with RawServer(_send_the_sample) as server, FaultProxy(server.port, toxics) as proxy, watch(proxy.url) as seen:
        seen.wait(Message, 2)
        assert seen.kinds == ["Opened", "Message", "Message"]


def test_a_healthy_link_through_the_proxy_stays() -> None:
    with RawServer(accept_and_wait) as server, FaultProxy(server.port, Toxics()) as proxy, watch(proxy.url) as seen:
        seen.socket.close()
        seen.wait_for_end()
        assert seen.completed
