"""A WebSocket server that can do everything wrong: a script per connection, on a raw TCP socket."""

from __future__ import annotations

import base64
import contextlib
import hashlib
import json
import socket
import ssl
import struct
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self, TypeAlias

__all__ = ["CLOSE", "PING", "PONG", "Peer", "RawServer", "Script", "accept_and_wait", "frame"]

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(payload: bytes | str, *, first: int = 0x80 | TEXT, masked: bool = False, claim: int | None = None) -> bytes:
    """Make a frame as a server sends it: ``first`` is its first byte, ``claim`` the size that it claims to have."""
    payload = payload.encode() if isinstance(payload, str) else payload
    size = len(payload) if claim is None else claim
    mask = 0x80 if masked else 0
    if size < 126:
        header = bytes([first, mask | size])
    elif size < 65_536:
        header = bytes([first, mask | 126]) + size.to_bytes(2, "big")
    else:
        header = bytes([first, mask | 127]) + size.to_bytes(8, "big")
    return header + (b"\0\0\0\0" if masked else b"") + payload


class Peer:
    """One accepted connection, as its script sees it."""

    def __init__(self, server: RawServer, sock: socket.socket) -> None:
        self.server = server
        self.sock = sock
        self._buffer = b""

    def head(self) -> bytes:
        """Read the request of the handshake."""
        while b"\r\n\r\n" not in self._buffer:
            part = self.sock.recv(4096)
            if not part:
                raise ConnectionResetError
            self._buffer += part
        head, _, self._buffer = self._buffer.partition(b"\r\n\r\n")
        self.server.heads.append(head)
        return head

    def answer(self, status: str, headers: str = "", body: str = "") -> None:
        """Read the request and answer with an HTTP status."""
        self.head()
        self.send(f"HTTP/1.1 {status}\r\n{headers}Content-Length: {len(body)}\r\n\r\n{body}".encode())

    def accept(self, then: bytes = b"", headers: str = "") -> None:
        """Do the handshake, and send ``then`` in the same segment."""
        lines = self.head().split(b"\r\n")
        key = next(line.split(b": ")[1] for line in lines if line.lower().startswith(b"sec-websocket-key"))
        token = base64.b64encode(hashlib.sha1(key + _GUID).digest()).decode()
        head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        self.send(f"{head}Sec-WebSocket-Accept: {token}\r\n{headers}\r\n".encode() + then)

    def send(self, data: bytes) -> None:
        self.sock.sendall(data)

    def text(self, message: Any) -> None:
        """Send a message as JSON."""
        self.send(frame(json.dumps(message)))

    def read(self) -> tuple[int, bytes] | None:
        """Read one frame of the client: opcode and payload; None at the end."""
        header = self._exactly(2)
        if header is None:
            return None
        assert header[0] & 0x80, "a client's frame is not final"
        assert header[1] & 0x80, "a client's frame is not masked"
        size = header[1] & 0x7F
        if size > 125:
            more = self._exactly(2 if size == 126 else 8)
            size = int.from_bytes(more or b"", "big")
        mask, payload = self._exactly(4), self._exactly(size)
        if mask is None or payload is None:
            return None
        self.server.frames.append((header[0] & 0x0F, plain := bytes(b ^ mask[i % 4] for i, b in enumerate(payload))))
        return header[0] & 0x0F, plain

    def read_message(self) -> Any:
        """Read frames up to the next text message, and decode it; None at the end."""
        while (got := self.read()) is not None:
            if got[0] == TEXT:
                return json.loads(got[1])
        return None

    def read_close(self) -> int | None:
        """Read frames up to the close frame: its code; None if there was none."""
        while (got := self.read()) is not None:
            if got[0] == CLOSE:
                return int.from_bytes(got[1][:2], "big")
        return None

    def wait_for_end(self) -> None:
        """Read and forget until the client hangs up."""
        with contextlib.suppress(OSError):
            while self.sock.recv(65_536):
                pass

    def hold(self) -> None:
        """Do nothing at all, not even read, until the test is over."""
        self.server.over.wait(30)

    def reset(self) -> None:
        """Hang up with a TCP reset."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def _exactly(self, size: int) -> bytes | None:
        while len(self._buffer) < size:
            part = self.sock.recv(65_536)
            if not part:
                return None
            self._buffer += part
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        return data


Script: TypeAlias = Callable[[Peer], None]


def accept_and_wait(peer: Peer) -> None:
    """Do the handshake, then read and forget; answer a close frame."""
    peer.accept()
    if (code := peer.read_close()) is not None:
        peer.send(frame(code.to_bytes(2, "big"), first=0x80 | CLOSE))


class RawServer:
    """Runs ``script`` for each connection on a thread; with several, each connection takes the next (the last stays).

    What happened is in ``heads``, ``frames`` and ``connections``; what a script raised, except for a connection that
    broke, is raised at the end of the with block.
    """

    def __init__(self, *scripts: Script, context: ssl.SSLContext | None = None, host: str = "127.0.0.1") -> None:
        self.heads: list[bytes] = []
        self.frames: list[tuple[int, bytes]] = []
        self.connections = 0
        self.over = threading.Event()
        self.done = threading.Event()
        """Set when a script has run to its end."""
        self._scripts = scripts
        self._context = context
        self._listener = socket.create_server((host, 0), backlog=64)
        self.port: int = self._listener.getsockname()[1]
        self._peers: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._failures: list[BaseException] = []
        self._acceptor = threading.Thread(target=self._accept, daemon=True, name="fake-accept")

    @property
    def url(self) -> str:
        scheme, host = ("ws", "127.0.0.1") if self._context is None else ("wss", "localhost")
        return f"{scheme}://{host}:{self.port}/v2"

    def __enter__(self) -> Self:
        self._acceptor.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.over.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._acceptor.join(5)
        for peer in self._peers:
            with contextlib.suppress(OSError):
                peer.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(5)
        for peer in self._peers:
            peer.close()
        if error is None and self._failures:
            raise self._failures[0]

    def _accept(self) -> None:
        while True:
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            sock.settimeout(30)
            script = self._scripts[min(self.connections, len(self._scripts) - 1)]
            self.connections += 1
            self._peers.append(sock)
            thread = threading.Thread(target=self._serve, args=(sock, script), daemon=True, name="fake-peer")
            self._threads.append(thread)
            thread.start()

    def _serve(self, sock: socket.socket, script: Script) -> None:
        try:
            if self._context is not None:
                secure = self._context.wrap_socket(sock, server_side=True)
                self._peers.append(secure)
                sock = secure
            script(Peer(self, sock))
        except OSError:
            pass  # the client hung up, or the test is over
        except BaseException as error:
            self._failures.append(error)
        finally:
            self.done.set()
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            sock.close()
