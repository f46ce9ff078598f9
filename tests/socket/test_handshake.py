"""The answers to the handshake, in bytes."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from rxex.clock import monotonic
from rxex.socket.handshake import Answer, Stream, parse_head
from rxex.socket.wake import Late, Stopped, Wait, Wake


class _Line:
    """A stream, and the other end of its socket."""

    def __init__(self) -> None:
        ours, self.theirs = socket.socketpair()
        ours.settimeout(0)
        self.wake, self.stopped = Wake(), False
        self._ours = ours
        self.stream = Stream(ours, Wait(monotonic() + 0.3, self.wake, lambda: self.stopped), 500)

    def close(self) -> None:
        for each in (self._ours, self.theirs, self.wake):
            each.close()


@pytest.fixture
def line() -> Iterator[_Line]:
    made = _Line()
    yield made
    made.close()


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"HTTP/1.1 101 Switching Protocols\r\nA: b\r\n\r\n", (101, "Switching Protocols", None)),
        (b"HTTP/1.0 503\r\n\r\n", (503, "", None)),
        (b"HTTP/1.1 429 Slow\r\nRETRY-AFTER:7\r\n\r\n", (429, "Slow", 7.0)),
        (b"HTTP/1.1 429 Slow\r\nX-Retry-After: 7\r\n\r\n", (429, "Slow", None)),
        (b"HTTP/1.1 500 a\x00b\xff\r\n\r\n", (500, "a", None)),
        (b"HTTP/1.1 500 " + b"x" * 100 + b"\r\n\r\n", (500, "x" * 60, None)),
    ],
)
def test_heads_are_understood(head: bytes, expected: tuple[int, str, float | None]) -> None:
    assert parse_head(head) == expected


def test_a_head_that_is_not_http_is_refused() -> None:
    for head in (b"", b"HTTP/2 200\r\n\r\n", b"HTTP/1.1 20\r\n\r\n", b"hello\r\n\r\n"):
        with pytest.raises(ValueError, match="not HTTP"):
            parse_head(head)


def test_what_comes_behind_the_head_is_kept(line: _Line) -> None:
    line.theirs.sendall(b"HTTP/1.1 101 OK\r\nSet-Cookie: a=b\r\nC: d\r\n\r\n\x81\x00rest")
    got = b""
    while not got.endswith(b"\r\n\r\n"):
        got += line.stream.recv(1)
    assert got == b"HTTP/1.1 101 OK\r\nC: d\r\n\r\n"
    assert line.stream.rest == b"\x81\x00rest"


def test_another_answer_is_told_before_its_body_is_read(line: _Line) -> None:
    line.theirs.sendall(b"HTTP/1.1 503 Busy\r\nRetry-After: 3\r\nContent-Length: 999999999\r\n\r\n")
    with pytest.raises(Answer) as caught:
        line.stream.recv(1)
    assert (caught.value.status, caught.value.phrase, caught.value.retry_after) == (503, "Busy", 3.0)


def test_no_more_than_the_limit_is_read(line: _Line) -> None:
    line.theirs.sendall(b"x" * 2000)
    with pytest.raises(ValueError, match="more than 500 bytes"):
        line.stream.read_head()
    left = line._ours.recv(4096)
    assert len(left) == 1500


def test_waiting_ends_with_the_deadline_and_with_the_dispose(line: _Line) -> None:
    with pytest.raises(Late):
        line.stream.read_head()
    line.stopped = True
    with pytest.raises(Stopped):
        line.stream.read_head()


def test_a_request_larger_than_the_kernel_takes_at_once_is_sent_whole(line: _Line) -> None:
    line._ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
    line.theirs.settimeout(0)
    size, got = 1_000_000, 0

    class Reading(Wait):
        def writable(self, sock: socket.socket) -> None:
            nonlocal got
            got += len(line.theirs.recv(1_000_000))
            super().writable(sock)

    stream = Stream(line._ours, Reading(monotonic() + 10, line.wake, lambda: False), 500)
    assert stream.send(b"x" * size) == size
    assert got + len(line.theirs.recv(1_000_000)) == size
