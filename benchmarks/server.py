"""The flooding server: a process of its own, so that what sending costs is not counted.

``ws://HOST:PORT/STREAM/feeds=N&count=N&rate=N``: sends ``count`` messages (rounded up to whole rounds; 0: for ever, but
of messages that count one round) of a stream of `benchmarks.streams` once ``feeds`` feeds were asked for (0: at once),
as fast as the client takes them, or ``rate`` a second, evenly; before them what the stream has once. It greets and
answers as the exchange does, see `benchmarks.venues`. Below the same address over HTTP, KuCoin's tokens are given out.
``http://HOST:PORT/sent`` gives the times (monotonic, ns) at which the last connection with a rate sent its messages.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from types import ModuleType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from benchmarks import streams
from benchmarks.recorded import Stream
from benchmarks.venues import bitfinex, kraken, kucoin

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_BLOB = 256 * 1024  # bytes that one call sends at least
_PING, _PONG, _CLOSE = 9, 10, 8
_VENUES: dict[str, ModuleType] = {"kucoin": kucoin, "bitfinex": bitfinex}

_sent: list[int] = []


def frame(payload: bytes, opcode: int = 1) -> bytes:
    """Make one unmasked frame."""
    size = len(payload)
    if size < 126:
        return struct.pack("!BB", 0x80 | opcode, size) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x80 | opcode, 126, size) + payload
    return struct.pack("!BBQ", 0x80 | opcode, 127, size) + payload


class Client:
    """One connection."""

    def __init__(self, link: socket.socket) -> None:
        self.link = link
        self.received = bytearray()
        self.venue: ModuleType = kraken
        self.feeds = 0

    def serve(self) -> None:
        """Answer the request, then flood."""
        head = self._head()
        target = urlsplit(head.split(b" ", 2)[1].decode())
        if target.path == "/sent":
            self._reply(_sent)
        elif target.path.endswith(kucoin.BULLET):
            while len(self.received) < int(_header(head, b"content-length") or 0):
                self.received += self._some()
            place = target.path.removesuffix(kucoin.BULLET)
            self._reply(kucoin.bullet(f"ws://{_header(head, b'host').decode()}{place}"))
        else:
            self._serve_stream(head, target.path, dict(parse_qsl(target.query)))

    def _reply(self, message: Any) -> None:
        body = json.dumps(message).encode()
        head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close"
        self.link.sendall(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)

    def _serve_stream(self, head: bytes, path: str, query: dict[str, str]) -> None:
        name, _, rest = path.strip("/").partition("/")
        options = {key: int(value) for key, value in parse_qsl(rest)}
        stream = streams.load(name)
        self.venue = _VENUES.get(name, kraken)
        accept = base64.b64encode(hashlib.sha1(_header(head, b"sec-websocket-key") + _GUID).digest())
        self.link.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        wanted, count = options.get("feeds", 0), options.get("count", 0)
        if wanted:
            self._send(self.venue.greet(query))
        while self.feeds < wanted:
            self._read()
        rounds = range(-(-count // len(stream.messages)) or 1)
        first = b"".join(frame(message.encode()) for message in stream.first)
        if options.get("rate"):
            frames = [each for number in rounds for each in _frames(stream, number)]
            self.link.sendall(first)
            self._pace(frames[:count], options["rate"])
        elif stream.numbered:
            # All are made before the first is sent: a client may be faster than this.
            blobs = [b"".join(_frames(stream, number)) for number in rounds]
            self.link.sendall(first)
            for blob in blobs:
                self.link.sendall(blob)
                self._answer()
        else:
            self.link.sendall(first)
            self._flood(_frames(stream, 0), count)
        while True:
            self._read()

    def _flood(self, frames: list[bytes], count: int) -> None:
        rounds = -(-_BLOB // sum(map(len, frames)))
        blob = b"".join(frames) * rounds
        left = -(-count // len(frames)) if count else -1
        while left:
            if 0 < left < rounds:
                self.link.sendall(b"".join(frames) * left)
                break
            self.link.sendall(blob)
            left -= rounds if left > 0 else 0
            self._answer()

    def _pace(self, frames: list[bytes], rate: int) -> None:
        _sent.clear()
        pause, due = 10**9 // rate, time.monotonic_ns()
        for each in frames:
            due += pause
            wait = due - time.monotonic_ns()
            if wait > 0:
                time.sleep(wait / 1e9)
            _sent.append(time.monotonic_ns())
            self.link.sendall(each)

    def _head(self) -> bytes:
        while b"\r\n\r\n" not in self.received:
            self.received += self._some()
        head, _, rest = bytes(self.received).partition(b"\r\n\r\n")
        self.received = bytearray(rest)
        return head

    def _some(self) -> bytes:
        data = self.link.recv(65536)
        if not data:
            raise ConnectionError
        return data

    def _answer(self) -> None:
        """Read what is there without waiting."""
        try:
            while data := self.link.recv(65536, socket.MSG_DONTWAIT):
                self.received += data
                self._handle()
        except BlockingIOError:
            return

    def _read(self) -> None:
        self.received += self._some()
        self._handle()

    def _handle(self) -> None:
        for opcode, payload in self._frames():
            if opcode == _CLOSE:
                self.link.sendall(frame(payload[:2], _CLOSE))
                raise ConnectionError
            if opcode == _PING:
                self.link.sendall(frame(payload, _PONG))
            elif opcode in {1, 2}:
                for answer, feeds in self.venue.answer(json.loads(payload)):
                    self._send(answer)
                    self.feeds += feeds

    def _frames(self) -> Iterator[tuple[int, bytes]]:
        """Cut the client's (masked) frames out of what was received."""
        while len(self.received) >= 6:
            size, start = self.received[1] & 0x7F, 2
            if size == 126:
                size, start = int.from_bytes(self.received[2:4], "big"), 4
            elif size == 127:
                size, start = int.from_bytes(self.received[2:10], "big"), 10
            end = start + 4 + size
            if len(self.received) < end:
                return
            mask, body = self.received[start : start + 4], self.received[start + 4 : end]
            opcode = self.received[0] & 0x0F
            del self.received[:end]
            yield opcode, bytes(byte ^ mask[place % 4] for place, byte in enumerate(body))

    def _send(self, message: dict[str, Any]) -> None:
        self.link.sendall(frame(json.dumps(message, separators=(",", ":")).encode()))


def _frames(stream: Stream, number: int) -> list[bytes]:
    """Make the frames of one round."""
    return [frame(message.encode()) for message in stream.round(number)]


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    return b""


def _serve(link: socket.socket) -> None:
    with link:
        link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            Client(link).serve()
        except OSError:
            return  # the client has what it wanted


def main() -> None:
    """Print the port, then serve until standard input ends."""
    if len(sys.argv) > 1:
        os.sched_setaffinity(0, {int(sys.argv[1])})
    with socket.create_server(("127.0.0.1", 0)) as listener:
        print(listener.getsockname()[1], flush=True)
        threading.Thread(target=_accept, args=(listener,), daemon=True).start()
        sys.stdin.read()


def _accept(listener: socket.socket) -> None:
    while True:
        link, _ = listener.accept()
        threading.Thread(target=_serve, args=(link,), daemon=True).start()


if __name__ == "__main__":
    main()
