"""A TCP proxy that breaks links on demand; the faults have the names of toxiproxy's toxics."""

from __future__ import annotations

import contextlib
import select
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from attrs import frozen

__all__ = ["FaultProxy", "Toxics"]


@frozen
class Toxics:
    """What happens to the bytes on their way down, from the server to the client."""

    limit_data: int | None = None
    """After so many bytes (of all after ``skip``) the link is cut."""
    reset_peer: bool = False
    """The cut is a TCP reset, not an orderly end."""
    timeout: bool = False
    """Instead of a cut nothing passes any more, in either direction, and nothing is closed."""
    slicer: int | None = None
    """Bytes come in slices of so many …"""
    latency: float = 0.0
    """… and each of them so many seconds late."""
    skip: int = 0
    """So many bytes (those of the handshake, say) pass untouched."""


class FaultProxy:
    """Passes connections on to ``port``, with the faults that ``toxics`` names when they are made."""

    def __init__(self, port: int, toxics: Toxics) -> None:
        self._target = port
        self.toxics = toxics
        self._over = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.url = f"ws://127.0.0.1:{self.port}/v2"
        self._socks: set[socket.socket] = set()
        self._left: dict[str, int] = {}
        self.passed = {"up": 0, "down": 0}
        """The bytes that passed each way, on all links, since `count`."""
        self._threads = [threading.Thread(target=self._accept, daemon=True, name="fault-accept")]

    def __enter__(self) -> Self:
        self._threads[0].start()
        return self

    def count(self, *, up: int | None = None, down: int | None = None) -> None:
        """Begin to count; cut the link after so many more bytes to the server, or to the client."""
        self.passed = {"up": 0, "down": 0}
        self._left = {way: most for way, most in (("up", up), ("down", down)) if most is not None}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        _hang_up(self._listener, *self._socks.copy())
        for thread in self._threads:
            thread.join(5)
        self._close(self._listener)

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._target), 5)
            except OSError:
                return
            for sock in (client, server):
                sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socks |= {client, server}
            done = threading.Barrier(2, lambda link=(client, server): self._close(*link))
            for pump, source, target in ((self._down, server, client), (self._up, client, server)):
                thread = threading.Thread(target=_run, args=(pump, source, target, done), daemon=True, name="fault")
                self._threads = [each for each in self._threads if each.is_alive()] + [thread]
                thread.start()

    def _close(self, *socks: socket.socket) -> None:
        for sock in socks:
            sock.close()
        self._socks.difference_update(socks)

    def _up(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError, ValueError):
            while True:
                # Not blocked inside recv: a socket that another thread reads from is not reset by closing it.
                if select.select([client], [], [], 0.02)[0]:
                    data = client.recv(65_536)
                    if not data:
                        break
                    if not self._pass("up", data, server):
                        self._cut(self.toxics, client)
                        break
        _hang_up(client, server)

    def _down(self, server: socket.socket, client: socket.socket) -> None:
        toxics, passed = self.toxics, 0
        limit = toxics.limit_data
        with contextlib.suppress(OSError):
            while data := server.recv(65_536):
                for piece in self._slices(toxics, data, passed):
                    room = len(piece) if limit is None else min(len(piece), toxics.skip + limit - passed)
                    passed += room
                    may_go_on = self._pass("down", piece[:room], client)
                    if not may_go_on or (limit is not None and passed >= toxics.skip + limit):
                        self._cut(toxics, client)
                        server.shutdown(socket.SHUT_RDWR)
                        return
        _hang_up(server, client)

    def _pass(self, way: str, data: bytes, target: socket.socket) -> bool:
        """Hand on what may pass; False where the link is to be cut now."""
        most = self._left.get(way)
        room = data if most is None else data[:most]
        self.passed[way] += len(room)  # before the other side can act upon them
        target.sendall(room)
        if most is None:
            return True
        self._left[way] = most - len(room)
        if self._left[way]:
            return True
        del self._left[way]
        return False

    def _slices(self, toxics: Toxics, data: bytes, passed: int) -> Iterator[bytes]:
        untouched = max(0, toxics.skip - passed)
        if untouched:
            yield data[:untouched]
        rest = data[untouched:]
        step = toxics.slicer or len(rest) or 1
        for start in range(0, len(rest), step):
            if toxics.latency and self._over.wait(toxics.latency):
                return
            yield rest[start : start + step]

    def _cut(self, toxics: Toxics, target: socket.socket) -> None:
        if toxics.timeout:
            self._over.wait(30)
        elif toxics.reset_peer:
            target.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            target.close()
        else:
            target.shutdown(socket.SHUT_RDWR)


def _run(
    pump: Callable[[socket.socket, socket.socket], None],
    source: socket.socket,
    target: socket.socket,
    done: threading.Barrier,
) -> None:
    pump(source, target)
    done.wait()


def _hang_up(*socks: socket.socket) -> None:
    for sock in socks:
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
