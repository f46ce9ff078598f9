"""Sockets that take binary messages: plain, in fragments, deflated, too big, and no message at all."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from typing import Any

import pytest

from rxex.errors import ConnectionClosed, InvalidArgument
from rxex.events import Closed, Malformed, Message, Opened
from rxex.exchanges.kucoin.pro.dialect import PRO
from rxex.exchanges.kucoin.pro.link import open_binary_socket, unpacked
from rxex.socket import decode_message
from rxex.socket.frames import BINARY, CONTINUATION, Violation
from tests.fakes.raw_server import CLOSE, Peer, RawServer, frame
from tests.fakes.watch import Watch

TICK: Any = {"T": "ticker.SPOT", "d": {"s": "BTC-USDT", "l": "90968.2"}}
TEXT = json.dumps(TICK).encode()


def deflated(text: bytes) -> bytes:
    squeeze = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return squeeze.compress(text) + squeeze.flush()


def serving(*frames: bytes) -> Callable[[Peer], None]:
    def serve(peer: Peer) -> None:
        peer.accept(b"".join(frames))
        peer.wait_for_end()

    return serve


def binary(payload: bytes, first: int = 0x80 | BINARY) -> bytes:
    return frame(payload, first=first)


def watched(server: RawServer, **options: Any) -> Watch:
    given: Any = options
    return Watch(open_binary_socket(server.url, receive=decode_message, dialect=PRO, options=given))


@pytest.mark.parametrize(
    "frames",
    [
        (frame(TEXT),),
        (binary(TEXT),),
        (binary(b" \n" + TEXT),),
        (binary(deflated(TEXT)),),
        (binary(TEXT[:9], BINARY), binary(TEXT[9:], 0x80 | CONTINUATION)),
        (binary(deflated(TEXT)[:9], BINARY), binary(deflated(TEXT)[9:], 0x80 | CONTINUATION)),
    ],
    ids=["text", "binary", "binary with spaces", "deflated", "in fragments", "deflated in fragments"],
)
def test_a_message_is_the_same_however_it_comes(frames: tuple[bytes, ...]) -> None:
    with RawServer(serving(*frames, *frames)) as server, watched(server) as watch:
        watch.wait(Message, 2)
        assert [event.data for event in watch.of(Message)] == [TICK, TICK]
        assert not watch.of(Malformed)


def test_many_messages_in_one_read_come_in_their_order() -> None:
    frames = [binary(json.dumps({"n": number}).encode()) for number in range(2000)]
    with RawServer(serving(*frames)) as server, watched(server) as watch:
        watch.wait(Message, 2000)
        assert [event.data["n"] for event in watch.of(Message)] == list(range(2000))  # type: ignore[call-overload]


def test_what_is_neither_json_nor_deflated_ends_the_link_and_is_told() -> None:
    with RawServer(serving(binary(b"\xff\xfe\xfd"))) as server, watched(server) as watch:
        watch.wait(Closed)
        watch.wait_for(lambda: watch.error is not None)
        assert len(watch.of(Malformed)) == 1
        assert isinstance(watch.error, ConnectionClosed)
        assert watch.error.code == 1007


def test_a_message_that_is_cut_off_is_told_and_the_link_goes_on() -> None:
    with RawServer(serving(binary(TEXT[:20]), binary(TEXT))) as server, watched(server) as watch:
        watch.wait(Message)
        assert len(watch.of(Malformed)) == 1
        assert watch.error is None


def test_a_small_message_that_inflates_to_a_huge_one_ends_the_link() -> None:
    bomb = deflated(b'["' + b"x" * 2_000_000 + b'"]')
    assert len(bomb) < 4000
    with RawServer(serving(binary(bomb))) as server, watched(server, max_message=1_000_000) as watch:
        watch.wait(Closed)
        watch.wait_for(lambda: watch.error is not None)
        assert isinstance(watch.error, ConnectionClosed)
        assert watch.error.code == 1009
    with pytest.raises(Violation):
        unpacked(bomb, 1_000_000)
    assert len(unpacked(bomb, 3_000_000)) == 2_000_004


def test_no_json_looks_like_json_once_it_is_deflated() -> None:
    for text in (b"{}", b"[]", TEXT, b"[" * 50 + b"]" * 50, b'{"a":1}' * 9):
        assert unpacked(deflated(text), 10_000) == text


def test_a_socket_can_be_closed_dropped_and_disposed_of() -> None:
    def polite(peer: Peer) -> None:
        peer.accept(binary(TEXT))
        peer.read_close()
        peer.send(frame(b"\x03\xe8", first=0x80 | CLOSE))

    with RawServer(polite, serving(binary(TEXT)), serving(binary(TEXT))) as server:
        with watched(server) as watch:
            watch.wait(Message)
            watch.of(Opened)[0].socket.close()
            watch.wait_for(lambda: watch.completed)
        with watched(server) as watch:
            watch.wait(Message)
            watch.of(Opened)[0].socket.drop(ConnectionClosed(None, "enough"))
            watch.wait_for(lambda: watch.error is not None)
            assert "enough" in str(watch.error)
        with watched(server) as watch:
            watch.wait(Message)
            watch.subscription.dispose()
            watch.subscription.dispose()
            assert watch.error is None


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("http://127.0.0.1", {}),
        ("ws://127.0.0.1", {"open_timeout": 0}),
        ("ws://127.0.0.1", {"max_message": 1}),
        ("ws://127.0.0.1", {"proxy": "socks5://x"}),
        ("wss://127.0.0.1", {"ca_file": "/nowhere.pem"}),
    ],
)
def test_what_cannot_be_right_is_refused_at_once(url: str, options: Any) -> None:
    with pytest.raises(InvalidArgument):
        open_binary_socket(url, receive=decode_message, dialect=PRO, options=options)


def test_where_nobody_listens_it_ends_with_an_error() -> None:
    with RawServer() as server:
        url = server.url
    with Watch(open_binary_socket(url, receive=decode_message, dialect=PRO, options={})) as watch:
        watch.wait_for(lambda: watch.error is not None)
