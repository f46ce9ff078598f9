"""An HTTP proxy that knows CONNECT, and how to refuse it."""

from __future__ import annotations

import base64
import contextlib
import socket
import threading

from tests.fakes.raw_server import Peer, RawServer

__all__ = ["proxy_server"]


def proxy_server(*, user: str | None = None, status: str | None = None) -> RawServer:
    """Make a proxy: with ``user`` ("name:password") it asks for it, with ``status`` it answers that to everybody."""

    def serve(peer: Peer) -> None:
        head = peer.head().decode()
        if status is not None:
            peer.send(f"HTTP/1.1 {status}\r\n\r\n".encode())
            return
        if user is not None:
            expected = "Proxy-Authorization: Basic " + base64.b64encode(user.encode()).decode()
            if expected not in head.split("\r\n"):
                peer.send(b'HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="p"\r\n\r\n')
                return
        host, _, port = head.split(" ")[1].rpartition(":")
        with socket.create_connection((host.strip("[]"), int(port)), 5) as target:
            peer.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
            back = threading.Thread(target=_pump, args=(target, peer.sock), daemon=True, name="fake-proxy")
            back.start()
            _pump(peer.sock, target)
            back.join(5)

    return RawServer(serve)


def _pump(source: socket.socket, target: socket.socket) -> None:
    with contextlib.suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    for sock in (source, target):
        with contextlib.suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)
