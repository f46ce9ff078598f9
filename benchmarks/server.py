"""The flooding server: a process of its own, so that what sending costs is not counted.

``ws://HOST:PORT/STREAM?feeds=N&count=N&rate=N``: sends ``count`` messages (rounded up to whole rounds; 0: for ever) of
a stream of `benchmarks.streams` once ``feeds`` feeds were asked for (0: at once), as fast as the client takes them, or
``rate`` a second, evenly; before them what the stream has once. Subscribe requests are acknowledged in the form of
Kraken's protocol v1 or v2, as they were asked, pings answered.
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
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from benchmarks import streams

_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_BLOB = 256 * 1024  # bytes that one call sends at least
_PING, _PONG, _CLOSE = 9, 10, 8

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
        self.feeds = 0

    def serve(self) -> None:
        """Answer the request, then flood."""
        head = self._head()
        path, query = _target(head)
        if path == "sent":
            body = json.dumps(_sent).encode()
            self.link.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\nConnection: close\r\n\r\n" % len(body) + body)
            return
        stream = streams.load(path)
        frames = [frame(message.encode()) for message in stream.messages]
        key = _header(head, b"sec-websocket-key")
        accept = base64.b64encode(hashlib.sha1(key + _GUID).digest())
        self.link.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
        )
        wanted = query.get("feeds", 0)
        if wanted:
            self._send({"connectionID": 1, "event": "systemStatus", "status": "online", "version": "1.9.0"})
        while self.feeds < wanted:
            self._read()
        self.link.sendall(b"".join(frame(message.encode()) for message in stream.first))
        if query.get("rate"):
            self._pace(frames, query["count"], query["rate"])
        else:
            self._flood(frames, query.get("count", 0))
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

    def _pace(self, frames: list[bytes], count: int, rate: int) -> None:
        _sent.clear()
        pause, due = 10**9 // rate, time.monotonic_ns()
        for number in range(count):
            due += pause
            wait = due - time.monotonic_ns()
            if wait > 0:
                time.sleep(wait / 1e9)
            _sent.append(time.monotonic_ns())
            self.link.sendall(frames[number % len(frames)])

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
                self._acknowledge(json.loads(payload))

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

    def _acknowledge(self, request: dict[str, Any]) -> None:
        if request.get("method") == "subscribe":
            self._acknowledge_v2(request)
            return
        if request.get("event") != "subscribe":
            return
        subscription = request["subscription"]
        name = "-".join(str(value) for value in (subscription["name"], subscription.get("depth")) if value)
        for pair in request["pair"]:
            answer: dict[str, Any] = {"channelID": 1000 + self.feeds, "channelName": name}
            answer |= {"event": "subscriptionStatus", "pair": pair, "status": "subscribed"}
            if "reqid" in request:
                answer["reqid"] = request["reqid"]
            self._send(answer | {"subscription": subscription})
            self.feeds += 1

    def _acknowledge_v2(self, request: dict[str, Any]) -> None:
        params = request["params"]
        for symbol in params["symbol"]:
            result = {**params, "symbol": symbol}
            answer = {"method": "subscribe", "result": result, "success": True}
            self._send(answer | {name: request[name] for name in ("req_id",) if name in request})
            self.feeds += 1

    def _send(self, message: dict[str, Any]) -> None:
        self.link.sendall(frame(json.dumps(message, separators=(",", ":")).encode()))


def _target(head: bytes) -> tuple[str, dict[str, int]]:
    parts = urlsplit(head.split(b" ", 2)[1].decode())
    return parts.path.strip("/"), {name: int(value) for name, value in parse_qsl(parts.query)}


def _header(head: bytes, name: bytes) -> bytes:
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip()
    raise ConnectionError


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
