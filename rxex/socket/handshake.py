"""The answers of servers and proxies to the handshake: bounded in time and in bytes, and understood."""

from __future__ import annotations

import errno
import re
import socket
import ssl
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from rxex.clock import wall_ns
from rxex.socket.wake import Wait

__all__ = ["Answer", "Stream", "parse_head", "seconds_of"]

_LONGEST_RETRY_AFTER = 86_400.0
_STATUS_LINE = re.compile(rb"HTTP/1\.[01] (\d{3})(?: ([ -~]{0,60}))?")
_RETRY_AFTER = re.compile(rb"\r\nretry-after:[ \t]*([ -~]{1,64}?)[ \t]*\r\n", re.IGNORECASE)


class Answer(Exception):
    """The handshake was answered with something else than a switch to WebSocket."""

    def __init__(self, status: int, phrase: str, retry_after: float | None) -> None:
        super().__init__(status)
        self.status = status
        self.phrase = phrase
        self.retry_after = retry_after


class Stream:
    """What the handshake of `websocket.WebSocket` reads and writes: bounded in time and in bytes."""

    def __init__(self, sock: socket.socket, wait: Wait, limit: int) -> None:
        self._sock = sock
        self._wait = wait
        self._limit = limit
        self._head: bytes | None = None
        self.rest = b""

    def gettimeout(self) -> float:
        return 0.0  # so that `recv` and `send` are called as they are, without a selector around them

    def close(self) -> None:
        """The dialer closes the socket."""

    def send(self, data: bytes) -> int:
        sent = 0
        while sent < len(data):
            try:
                sent += self._sock.send(data[sent:])
            except (BlockingIOError, ssl.SSLWantWriteError):
                self._wait.writable(self._sock)
            except ssl.SSLWantReadError:
                self._wait.readable(self._sock)
        return sent

    def recv(self, size: int) -> bytes:
        if self._head is None:
            head = self.read_head()
            status, phrase, retry_after = parse_head(head)
            if status != HTTPStatus.SWITCHING_PROTOCOLS:
                raise Answer(status, phrase, retry_after)
            # websocket-client keeps cookies for the whole process; links know nothing of each other.
            lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"set-cookie:")]
            self._head = b"\r\n".join(lines)
        part, self._head = self._head[:size], self._head[size:]
        return part

    def read_head(self) -> bytes:
        """Read up to the empty line; what comes behind it stays in ``rest``."""
        data = b""
        while b"\r\n\r\n" not in data:
            if len(data) >= self._limit:
                raise ValueError(f"its header has more than {self._limit} bytes")
            try:
                part = self._sock.recv(min(4096, self._limit - len(data)))
            except (BlockingIOError, ssl.SSLWantReadError):
                self._wait.readable(self._sock)
                continue
            except ssl.SSLWantWriteError:
                self._wait.writable(self._sock)
                continue
            if not part:
                raise ConnectionResetError(errno.ECONNRESET, "closed without an answer")
            data += part
        head, separator, self.rest = data.partition(b"\r\n\r\n")
        return head + separator


def parse_head(head: bytes) -> tuple[int, str, float | None]:
    """Give status, phrase and the seconds of Retry-After; raises ValueError for what is not HTTP."""
    match = _STATUS_LINE.match(head)
    if match is None:
        raise ValueError("the answer is not HTTP")
    retry_after = _RETRY_AFTER.search(head)
    seconds = seconds_of(retry_after[1].decode()) if retry_after else None
    return int(match[1]), (match[2] or b"").decode(), seconds


def seconds_of(text: str) -> float | None:
    """Read a Retry-After: seconds, or a date; None for anything else. A day at most."""
    if text.isdigit():
        seconds = float(text)
    else:
        try:
            seconds = parsedate_to_datetime(text).timestamp() - wall_ns() / 1e9
        except (ValueError, OverflowError, TypeError):
            return None
    return min(max(0.0, seconds), _LONGEST_RETRY_AFTER)
