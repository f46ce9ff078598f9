"""From an address to an open WebSocket: look-up, TCP, proxy, TLS and handshake under one deadline.

Every wait ends when the deadline passes and when the subscription is disposed of.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import ssl
import threading
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, NamedTuple, TypeAlias

import websocket
from attrs import field, frozen

from rxex.clock import monotonic
from rxex.errors import AuthRefused, CertificateError, ConnectError, LinkRefused, RedirectRefused, RxexError
from rxex.socket.address import Address, Proxy
from rxex.socket.handshake import Answer, Stream, parse_head
from rxex.socket.wake import LONGEST_WAIT, Late, Stopped, Wait, Wake

__all__ = ["Dialed", "Dialer"]

_AddressInfo: TypeAlias = tuple[Any, ...]

_HEAD_START = 0.25  # seconds that one address of a host gets before the next is tried beside it (RFC 8305)
_MOST_ADDRESSES = 8
_MAY_PASS = {408, 418, 425, 429}  # statuses below 500 that another attempt may change


class Dialed(NamedTuple):
    """An open link."""

    sock: socket.socket
    """Non-blocking; an `ssl.SSLSocket` for a wss:// address."""
    rest: bytes
    """What came right behind the handshake."""


@frozen
class Dialer:
    """Makes links to one address; its options are those of `open_socket`."""

    address: Address
    timeout: float
    max_handshake: int
    headers: Mapping[str, str] = field(repr=False)
    proxy: Proxy | None
    context: ssl.SSLContext | None

    def dial(self, wake: Wake, is_stopped: Callable[[], bool]) -> Dialed:
        """Make one link.

        Raises `ConnectError` where another attempt may help, else `CertificateError`, `AuthRefused`,
        `RedirectRefused` or `LinkRefused`; `Stopped` as soon as ``is_stopped`` says so (after a ``wake.set()``).
        """
        if is_stopped():
            raise Stopped
        wait = Wait(monotonic() + self.timeout, wake, is_stopped)
        stage = "looking up the host"
        sock: socket.socket | None = None
        try:
            via = self.proxy or self.address
            infos = _resolve(via.host, via.port, wait)
            stage = "connecting"
            sock = _connect(infos, wait)
            if self.proxy is not None:
                stage = "asking the proxy"
                self._tunnel(sock, self.proxy, wait)
            if self.context is not None:
                stage = "agreeing on TLS"
                sock = _secure(sock, self.context, self.address.host, wait)
            stage = "waiting for the handshake"
            dialed = self._shake_hands(sock, wait)
            sock = None
        except (RxexError, Stopped):
            raise
        except Late:
            reason = f"{stage} took longer than {self.timeout:g} s"
            raise ConnectError(str(self.address), reason) from None
        except ssl.SSLCertVerificationError as error:
            # Before OSError, which it is one of: another attempt will not mend a certificate.
            raise CertificateError(self.address.host, error.verify_message) from error
        except (OSError, websocket.WebSocketException, RuntimeError, ValueError) as error:
            raise ConnectError(str(self.address), f"{stage} failed: {_text_of(error)}") from error
        finally:
            if sock is not None:
                sock.close()
        return dialed

    def _tunnel(self, sock: socket.socket, proxy: Proxy, wait: Wait) -> None:
        stream = Stream(sock, wait, self.max_handshake)
        stream.send(proxy.request(self.address))
        status, phrase, _ = parse_head(stream.read_head())
        if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            raise AuthRefused(f"the proxy {proxy} asks for another user and password", status)
        if not 200 <= status < 300:
            raise ConnectError(str(self.address), f"the proxy {proxy} answered {status} {phrase}".rstrip(), status)

    def _shake_hands(self, sock: socket.socket, wait: Wait) -> Dialed:
        stream = Stream(sock, wait, self.max_handshake)
        headers = dict(self.headers)
        if self.address.authorization:
            headers.setdefault("Authorization", self.address.authorization)
        try:
            client: Any = websocket.WebSocket(enable_multithread=False)
            client.connect(self.address.url, socket=stream, header=headers, redirect_limit=0)
        except Answer as answer:
            raise self._refusal(answer) from None
        return Dialed(sock, stream.rest)

    def _refusal(self, answer: Answer) -> RxexError:
        status = answer.status
        text = f"HTTP {status} {answer.phrase}".rstrip()
        if 300 <= status < 400:
            return RedirectRefused(self.address.host, status)
        if status in {401, 403}:
            return AuthRefused(text, status)
        if status == HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return AuthRefused(f"a proxy asks for a user and password ({text})", status)
        if 400 <= status < 500 and status not in _MAY_PASS:
            return LinkRefused(status, f"{text} at {self.address}; check the url")
        return ConnectError(str(self.address), text, status, answer.retry_after)


def _resolve(host: str, port: int, wait: Wait) -> list[_AddressInfo]:
    try:
        return socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, socket.IPPROTO_TCP, socket.AI_NUMERICHOST)
    except socket.gaierror:
        pass  # a name, not a number
    found: list[list[_AddressInfo] | Exception] = []

    def look_up() -> None:
        try:
            found.append(socket.getaddrinfo(host, port, 0, socket.SOCK_STREAM, socket.IPPROTO_TCP))
        except (OSError, UnicodeError) as error:
            found.append(error)
        wait.wake.set()

    # The resolver of the C library cannot be interrupted, so it gets a thread that may be left behind.
    threading.Thread(target=look_up, name=f"rxex-resolve-{host}", daemon=True).start()
    while not found:
        wait({})
    if isinstance(found[0], Exception):
        raise found[0]
    return found[0]


def _connect(infos: list[_AddressInfo], wait: Wait) -> socket.socket:
    """Connect to the first address that answers, each tried a moment after the one before it."""
    pending: dict[int, socket.socket] = {}
    waiting = infos[:_MOST_ADDRESSES]
    failure = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    try:
        while waiting or pending:
            if waiting:
                family, kind, protocol, _, target = waiting.pop(0)
                try:
                    sock = _start(family, kind, protocol, target)
                except OSError as error:
                    failure = error
                    continue
                pending[sock.fileno()] = sock
            events = dict.fromkeys(pending, select.POLLOUT)
            for descriptor in wait(events, _HEAD_START if waiting else LONGEST_WAIT):
                sock = pending.pop(descriptor)
                code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
                if not code:
                    return sock
                sock.close()
                failure = OSError(code, os.strerror(code))
        raise failure
    finally:
        for sock in pending.values():
            sock.close()


def _start(family: int, kind: int, protocol: int, target: Any) -> socket.socket:
    sock = socket.socket(family, kind, protocol)
    try:
        sock.settimeout(0)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        code = sock.connect_ex(target)
        if code not in (0, errno.EINPROGRESS):
            raise OSError(code, os.strerror(code))
    except BaseException:
        sock.close()
        raise
    return sock


def _secure(sock: socket.socket, context: ssl.SSLContext, host: str, wait: Wait) -> ssl.SSLSocket:
    secure = context.wrap_socket(sock, server_hostname=host, do_handshake_on_connect=False)
    try:
        while True:
            try:
                secure.do_handshake()
            except ssl.SSLWantReadError:
                wait.readable(secure)
            except ssl.SSLWantWriteError:
                wait.writable(secure)
            else:
                return secure
    except BaseException:
        secure.close()
        raise


def _text_of(error: Exception) -> str:
    # Only texts that the system or we ourselves made: the rest could hold what the other side or the user wrote.
    if isinstance(error, ssl.SSLError):
        return error.reason or "TLS error"
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    if isinstance(error, websocket.WebSocketException):
        return "the answer is no WebSocket handshake"
    return str(error)
