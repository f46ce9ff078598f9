"""An HTTP server that can do everything wrong: it answers each request with the next of its answers."""

from __future__ import annotations

import contextlib
import json
import ssl
import threading
from collections.abc import Callable
from typing import Any, TypeAlias

from attrs import frozen

from tests.fakes.raw_server import Peer, RawServer

__all__ = ["Answer", "Asked", "HttpServer", "cut", "dribble", "hold", "reply"]


@frozen
class Asked:
    """One request, as it arrived on connection number ``connection``."""

    connection: int
    method: str
    target: str
    headers: dict[str, str]
    body: bytes


Answer: TypeAlias = Callable[[Asked, Peer], bytes | None]


def reply(body: Any = None, status: str = "200 OK", headers: str = "", *, cut_at: int | None = None) -> Answer:
    """Answer with ``body`` (bytes, or JSON of anything else); with ``cut_at`` only so many bytes of it."""
    data = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()

    def answer(_: Asked, peer: Peer) -> bytes | None:
        whole = f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(data)}\r\n\r\n".encode() + data
        if cut_at is None:
            return whole
        peer.send(whole[:cut_at])
        return None

    return answer


def cut(_: Asked, peer: Peer) -> None:
    """Reset the connection instead of answering."""
    peer.reset()


def hold(_: Asked, peer: Peer) -> None:
    """Never answer."""
    peer.wait_for_end()


def dribble(text: bytes, pause: float = 0.05) -> Answer:
    """Send ``text`` byte by byte."""

    def answer(_: Asked, peer: Peer) -> None:
        for byte in text:
            peer.send(bytes([byte]))
            if peer.server.over.wait(pause):
                return

    return answer


class HttpServer(RawServer):
    """Answers request after request, on as many connections as come; the last answer stays."""

    def __init__(self, *answers: Answer, context: ssl.SSLContext | None = None) -> None:
        super().__init__(self._script, context=context)
        self.asked: list[Asked] = []
        self.most_at_once = 0
        self._answers = answers
        self._at_once = 0
        self._arrived = threading.Condition()

    @property
    def url(self) -> str:
        scheme, host = ("http", "127.0.0.1") if self._context is None else ("https", "localhost")
        return f"{scheme}://{host}:{self.port}"

    def wait_for(self, count: int, seconds: float = 5.0) -> list[Asked]:
        """Wait for so many requests, and give all."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.asked) >= count, seconds), f"{len(self.asked)} of {count}"
            return list(self.asked)

    def _script(self, peer: Peer) -> None:
        connection = self.connections
        with contextlib.suppress(ConnectionResetError):
            while True:
                asked = _read(peer, connection)
                with self._arrived:
                    answer = self._answers[min(len(self.asked), len(self._answers) - 1)]
                    self.asked.append(asked)
                    self._at_once += 1
                    self.most_at_once = max(self.most_at_once, self._at_once)
                    self._arrived.notify_all()
                try:
                    data = answer(asked, peer)
                finally:
                    with self._arrived:
                        self._at_once -= 1
                if data is None:
                    return
                peer.send(data)


def _read(peer: Peer, connection: int) -> Asked:
    first, *lines = peer.head().decode("latin-1").split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    body = peer._exactly(int(headers.get("content-length", 0)))
    if body is None:
        raise ConnectionResetError
    return Asked(connection, method, target, headers, body)
