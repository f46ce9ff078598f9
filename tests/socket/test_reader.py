"""The read loop: whatever way the bytes are cut, the same messages come out."""

from __future__ import annotations

import contextlib
import random
import socket
import threading
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reactivex import Observer
from reactivex.testing import TestScheduler

from rxex.clock import TimerQueue
from rxex.errors import ConnectionClosed
from rxex.events import SocketEvent
from rxex.socket import open_socket, taken_in_turn
from rxex.socket.frames import Violation
from rxex.socket.outbox import Outbox
from rxex.socket.reader import End, Options, Reader
from rxex.socket.wake import Wake
from rxex.testing import ScriptedSocket
from tests.fakes.raw_server import PING, Peer, RawServer, frame


def _read(wire: bytes, *, chunk: int, rest: int = 0, max_message: int = 100_000) -> tuple[list[bytes], BaseException]:
    """Let a reader read ``wire`` in pieces of ``chunk`` bytes; gives the messages and how it ended."""
    got = list[bytes]()
    errors = list[SocketEvent]()

    def receive(_: object, payload: bytes, received: int) -> None:
        got.append(payload)
        assert received > 0

    ours, theirs = socket.socketpair()
    wake = Wake()
    ours.settimeout(0)

    def write() -> None:
        with contextlib.suppress(OSError):  # the reader has had enough
            theirs.sendall(wire[rest:])
            theirs.shutdown(socket.SHUT_WR)

    writer = threading.Thread(target=write)
    if len(wire) > 50_000:  # more than the kernel surely takes at once
        writer.start()
    else:
        write()
    timers = TimerQueue()
    outbox = Outbox(ours, timeout=5, max_bytes=10_000_000, rate=None, timers=timers, wake=wake.set)
    options = Options(receive, 10, 10, 5, None, max_message, 5, None)
    owner = ScriptedSocket(TestScheduler())
    reader = Reader(ours, outbox, options, owner=owner, observer=Observer(errors.append), timers=timers, wake=wake)
    try:
        with patch("rxex.socket.reader._CHUNK", chunk), pytest.raises((End, Violation)) as caught:
            reader.read(wire[:rest])
    finally:
        ours.close()
        if writer.ident is not None:
            writer.join()
        theirs.close()
        wake.close()
    return got, caught.value


def _pieces(payload: bytes, seed: int) -> bytes:
    """Frame a message whole or in fragments, with pings between them."""
    chance = random.Random(seed)
    if chance.random() < 0.6:
        return frame(payload)
    cuts = sorted(chance.randrange(len(payload) + 1) for _ in range(chance.randrange(1, 4)))
    parts = [payload[start:stop] for start, stop in zip([0, *cuts], [*cuts, len(payload)], strict=True)]
    wire = b""
    for number, part in enumerate(parts):
        first = (0x01 if number == 0 else 0x00) | (0x80 if number == len(parts) - 1 else 0)
        wire += frame(part, first=first)
        if chance.random() < 0.3:
            wire += frame(b"ping", first=0x80 | PING)
    return wire


_payloads = st.lists(
    st.one_of(
        st.text(max_size=20).map(str.encode),
        st.integers(100, 300).map(lambda size: b"x" * size),
        st.sampled_from([b"y" * 65_535, b"z" * 65_536]),
    ),
    max_size=8,
)


@given(_payloads, st.integers(1, 400) | st.just(65_536), st.integers(0, 1000), st.integers(0, 300))
@settings(max_examples=150, deadline=None)
def test_however_the_bytes_are_cut_the_same_messages_come(
    payloads: list[bytes], chunk: int, seed: int, rest: int
) -> None:
    wire = b"".join(_pieces(payload, seed + number) for number, payload in enumerate(payloads))
    if len(wire) > 20_000:
        chunk = max(chunk, 2000)
    got, end = _read(wire, chunk=chunk, rest=min(rest, chunk, len(wire)))
    assert got == payloads
    assert isinstance(end, End)
    assert isinstance(end.error, ConnectionClosed)


@given(st.binary(max_size=300), st.integers(1, 50))
@settings(max_examples=300, deadline=None)
def test_any_bytes_end_in_one_of_the_known_ways(wire: bytes, chunk: int) -> None:
    _, end = _read(wire, chunk=chunk, max_message=200)
    assert isinstance(end, End | Violation)
    if isinstance(end, Violation):
        assert end.code in {1002, 1007, 1009}


@pytest.mark.parametrize("size", [200, 201])
def test_the_limit_is_the_size_of_the_message(size: int) -> None:
    got, end = _read(frame("x" * size), chunk=64, max_message=200)
    assert (got == [b"x" * size]) == (size == 200)
    assert isinstance(end, Violation) == (size > 200)


def test_nothing_is_read_once_alive_is_empty() -> None:
    got = list[bytes]()
    wire: Any = frame("[1]") * 5
    ours, theirs = socket.socketpair()
    wake, timers = Wake(), TimerQueue()
    ours.settimeout(0)
    theirs.sendall(wire)
    outbox = Outbox(ours, timeout=5, max_bytes=1000, rate=None, timers=timers, wake=wake.set)

    def receive(_: object, payload: bytes, __: int) -> None:
        got.append(payload)
        if len(got) == 2:
            reader.alive.clear()

    options = Options(receive, 10, 10, 5, None, 1000, 5, None)
    owner = ScriptedSocket(TestScheduler())
    reader = Reader(ours, outbox, options, owner=owner, observer=Observer(), timers=timers, wake=wake)
    reader.read(b"")
    assert got == [b"[1]"] * 2
    ours.close()
    theirs.close()
    wake.close()


class Turn:
    """What is held now, and how often it was taken."""

    def __init__(self) -> None:
        self.held = 0
        self.taken = 0

    def __enter__(self) -> None:
        self.held += 1
        self.taken += 1

    def __exit__(self, *_: object) -> None:
        self.held -= 1


@pytest.mark.parametrize("is_wrapped", [False, True])
def test_the_turn_is_held_for_each_message_also_where_something_stands_between(*, is_wrapped: bool) -> None:
    turn, held, done = Turn(), list[int](), threading.Event()

    def receive(*_: object) -> None:
        held.append(turn.held)
        if len(held) == 3:
            done.set()

    taken = taken_in_turn(receive, turn)

    def between(socket: Any, payload: bytes, received: int) -> Any:
        return taken(socket, payload, received)

    def serve(peer: Peer) -> None:
        peer.accept(then=frame("[1]") + frame("[2]") + frame("[3]"))
        peer.wait_for_end()

    with RawServer(serve) as server:
        link = open_socket(server.url, receive=between if is_wrapped else taken).subscribe(lambda _: None)
        assert done.wait(5)
        link.dispose()
    assert held == [1, 1, 1]
    assert turn.taken == 3 if is_wrapped else turn.taken < 3
