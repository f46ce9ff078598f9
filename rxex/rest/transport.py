"""One HTTP request and its answer: bounded in time and size, told in errors that show no secret.

The only file that imports `requests`. Its adapter is used without its sessions, which follow redirects, keep cookies
and look at the environment.
"""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import ssl
import threading
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3.exceptions
from attrs import field, frozen
from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from rxex.clock import default_clock, wall_ns
from rxex.errors import (
    AnswerLost,
    AuthRefused,
    CertificateError,
    ConnectError,
    InvalidArgument,
    RequestTimeout,
    RxexError,
)
from rxex.rest.messages import HttpRequest, RawResponse
from rxex.socket import tls_context
from rxex.socket.address import parse_proxy

__all__ = ["Address", "Attempt", "Stopped", "Transport", "parse_address"]

_CHUNK = 16 * 2**10
_PRINTABLE = re.compile(r"[!-~]+")
_PROXY_SAID_NO = re.compile(r"Tunnel connection failed: (\d{3})")
_TIMEOUTS = (TimeoutError, urllib3.exceptions.TimeoutError)
_HEADERS = {"Accept": "application/json", "Accept-Encoding": "gzip", "User-Agent": "rxex"}


class Stopped(Exception):
    """The subscription was disposed of before the request went out."""


@frozen
class Address:
    """Where an exchange's endpoints are; its text has neither user, password nor query."""

    host: str
    base: str
    """Scheme, host and port."""
    secure: bool
    loopback: bool

    def __str__(self) -> str:
        return self.base


def parse_address(url: str) -> Address:
    """Check the url of an exchange's endpoints.

    Raises `InvalidArgument` unless it is ``https://``, or ``http://`` on this machine, with a host and no more.

    >>> str(parse_address("https://api.example.com/"))
    'https://api.example.com'
    """

    def refuse(remedy: str) -> InvalidArgument:
        # What stands before an @ can be a password, what stands behind a ? a token.
        shown = re.sub(r"//[^/]*@", "//", re.split(r"[?#]", str(url), maxsplit=1)[0])
        return InvalidArgument("url", shown, f"{remedy}, as in https://api.example.com")

    if not _PRINTABLE.fullmatch(str(url)):
        raise refuse("give an address of printable ASCII characters")
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise refuse("the host or the port cannot be read") from None
    if not host or parts.username is not None or parts.query or parts.fragment or parts.path.strip("/"):
        raise refuse("give scheme, host and port alone")
    if parts.scheme not in {"http", "https"}:
        raise refuse("it has to begin with https://")
    loopback = _is_loopback(host)
    if parts.scheme == "http" and not loopback:
        raise refuse("anybody on the way could read and change what goes over http:// to another machine; use https://")
    shown = f"[{host}]" if ":" in host else host
    base = f"{parts.scheme}://{shown}" + ("" if port is None else f":{port}")
    return Address(host, base, parts.scheme == "https", loopback)


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class Attempt:
    """One attempt to send one request: whether its first byte has left, and the means to give it up."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._connection: _Tracked | None = None
        self.is_sent = False
        self.is_stopped = False
        self.is_late = False

    def begin(self) -> None:
        """Begin anew, for another request; raises `Stopped` if there must not be any."""
        with self._lock:
            if self.is_stopped:
                raise Stopped
            self.is_sent = False

    def sending(self, connection: _Tracked) -> None:
        """Take note that the first byte leaves now, over ``connection``; raises `Stopped` if it must not any more."""
        with self._lock:
            if self.is_stopped:
                raise Stopped
            self.is_sent = True
            self._connection = connection
            connection.attempt = self

    def check(self) -> None:
        """Raise where it was given up: a connection that was cut looks like an answer that ends early."""
        if self.is_stopped:
            raise TimeoutError if self.is_late else Stopped

    def stop(self, *_: object, late: bool = False) -> None:
        """Give up: nothing is sent from now on, and nobody waits for an answer. ``late``: because it took too long."""
        with self._lock:
            self.is_stopped = True
            self.is_late = self.is_late or late
            connection, self._connection = self._connection, None
            # Not where the connection has gone on to the next request.
            if connection is not None and connection.attempt is self:
                connection.cut()

    def finish(self) -> None:
        """Let go of the connection: the answer is here."""
        with self._lock:
            self._connection = None

    def expire(self, *_: object) -> None:
        """Give up because it took too long."""
        self.stop(late=True)


_current = threading.local()


class _Tracked(HTTPConnection):
    """A connection that tells its attempt before the first byte of the request leaves."""

    attempt: Attempt | None = None
    _is_connecting = False

    def connect(self) -> None:
        self._is_connecting = True
        try:
            super().connect()
        finally:
            self._is_connecting = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        attempt: Attempt = _current.attempt
        # What a proxy is asked beforehand is no part of the request.
        if not self._is_connecting and not attempt.is_sent:
            attempt.sending(self)
        super().send(data)

    def cut(self) -> None:
        """End every wait on this connection, from another thread."""
        if self.sock is not None:
            with contextlib.suppress(OSError):
                # A TLS socket's own method would take the ground from under the thread that reads.
                socket.socket.shutdown(self.sock, socket.SHUT_RDWR)


class _SecureTracked(_Tracked, HTTPSConnection):
    pass


class _Pool(HTTPConnectionPool):
    ConnectionCls: Any = _Tracked


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls: Any = _SecureTracked


class _Adapter(HTTPAdapter):
    """Trusts what our TLS context trusts, and keeps our connections."""

    def __init__(self, context: ssl.SSLContext | None, **options: Any) -> None:
        self._context = context
        super().__init__(**options)

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}

    def proxy_manager_for(self, proxy: str, **options: Any) -> Any:
        manager = super().proxy_manager_for(proxy, ssl_context=self._context, **options)
        manager.pool_classes_by_scheme = {"http": _Pool, "https": _SecurePool}
        return manager

    def close(self) -> None:
        for manager in (self.poolmanager, *self.proxy_manager.values()):
            # Its own `clear` leaves it to the garbage collector to close what is in the pools.
            for key in manager.pools.keys():  # noqa: SIM118 - it is no mapping that can be walked
                pool = manager.pools.get(key)
                if pool is not None:
                    pool.close()
        super().close()

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:  # noqa: ARG002 - as its base
        """Leave it to the context, instead of another list of authorities; it is always verified."""
        conn.cert_reqs = "CERT_REQUIRED"


@frozen
class Transport:
    """Sends requests to one address. Thread-safe."""

    address: Address
    connect_timeout: float
    read_timeout: float
    max_answer: int
    keep_alive: bool
    proxy: str | None = field(repr=False)
    _adapter: _Adapter = field(repr=False)

    @classmethod
    def make(
        cls,
        address: Address,
        *,
        connect_timeout: float,
        read_timeout: float,
        max_answer: int,
        hosts: int,
        connections: int,
        keep_alive: bool,
        proxy: str | None,
        ca_file: str | None,
    ) -> Transport:
        """Prepare the pool; nothing is opened yet. Raises `InvalidArgument` for a proxy or a file that cannot be."""
        if proxy is not None:
            parse_proxy(proxy)
            if not address.secure:
                raise InvalidArgument(
                    "url", str(address), "a proxy could read and change it; use https://, or no proxy"
                )
        adapter = _Adapter(
            tls_context(ca_file) if address.secure else None,
            pool_connections=hosts,
            pool_maxsize=connections,
            pool_block=False,
        )
        return cls(address, connect_timeout, read_timeout, max_answer, keep_alive, proxy, adapter)

    def close(self) -> None:
        """Close the connections that wait for the next request."""
        self._adapter.close()

    def send(self, request: HttpRequest, attempt: Attempt) -> RawResponse:
        """Send ``request`` once, and read the whole answer, whatever its status.

        Raises, where nothing of it has left, `ConnectError`, `CertificateError`, `AuthRefused` (by a proxy) or
        `Stopped`; else `RequestTimeout` or `AnswerLost`.
        """
        limit = default_clock().schedule_relative(self.connect_timeout + self.read_timeout, attempt.expire)
        failure: Exception
        try:
            return self._exchange(request, attempt)
        except Exception as error:
            failure = self._told(error, request, attempt)
        finally:
            limit.dispose()
            attempt.finish()
        # Out here it has no context: errors of requests hold the url, the headers and the key.
        raise failure

    def _exchange(self, request: HttpRequest, attempt: Attempt) -> RawResponse:
        _current.attempt = attempt
        url = f"{self.address.base}{request.path}" + (f"?{request.query}" if request.query else "")
        headers = {**_HEADERS, **({} if self.keep_alive else {"Connection": "close"}), **request.headers}
        prepared = requests.Request(request.method, url, headers=headers, data=request.body).prepare()
        answer = self._adapter.send(
            prepared,
            stream=True,
            timeout=(self.connect_timeout, self.read_timeout),
            proxies={} if self.proxy is None else {"http": self.proxy, "https": self.proxy},
        )
        received = wall_ns()
        try:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            body = b"".join(self._decompressed(answer.raw, headers.get("content-encoding", ""), request))
            attempt.check()
        except BaseException:
            answer.raw.close()  # what is left of the answer must not be taken for the next one
            raise
        return RawResponse(answer.status_code, headers, body, received)

    def _decompressed(self, raw: Any, encoding: str, request: HttpRequest) -> Iterator[bytes]:
        left = self.max_answer
        if encoding.lower() not in {"", "identity", "gzip", "x-gzip", "deflate"}:
            raise AnswerLost(request.name, f"it is compressed as {encoding[:20]!r}, which was not asked for")
        unpack = zlib.decompressobj(wbits=47) if encoding.lower() not in {"", "identity"} else None
        while chunk := raw.read(_CHUNK, decode_content=False):
            # One byte more than allowed at most is ever unpacked.
            part = chunk if unpack is None else unpack.decompress(chunk, left + 1)
            left -= len(part)
            if left < 0:
                raise AnswerLost(request.name, f"it has more than {self.max_answer} bytes")
            yield part
        if unpack is not None and not unpack.eof:
            raise AnswerLost(request.name, "it ends before its compressed end")
        raw.release_conn()
        raw.close()  # not the connection, which is back in its pool

    def _told(self, error: Exception, request: HttpRequest, attempt: Attempt) -> Exception:
        if isinstance(error, RxexError):
            return error
        if attempt.is_stopped and not attempt.is_late:
            return Stopped()
        if attempt.is_sent:
            if attempt.is_late or any(
                isinstance(each, TimeoutError | urllib3.exceptions.TimeoutError) for each in _causes(error)
            ):
                return RequestTimeout(request.name, self.read_timeout)
            return AnswerLost(request.name, f"the connection broke ({_kind(error)})")
        return self._not_sent(error)

    def _not_sent(self, error: Exception) -> RxexError:
        causes = list(_causes(error))
        certificate = next((each for each in causes if isinstance(each, ssl.SSLCertVerificationError)), None)
        if certificate is not None:
            return CertificateError(self.address.host, certificate.verify_message)
        said = next((match for each in causes if (match := _PROXY_SAID_NO.search(str(each)))), None)
        if said is not None and self.proxy is not None:
            proxy = parse_proxy(self.proxy)
            if said[1] == "407":
                return AuthRefused(f"the proxy {proxy} asks for another user and password", 407)
            return ConnectError(str(self.address), f"the proxy {proxy} answered {said[1]}", int(said[1]))
        return ConnectError(str(self.address), _kind(error))


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Walk through what an error was made of; urllib3 keeps it in arguments, reasons and contexts."""
    pending = [error]
    seen: set[int] = set()
    while pending:
        each = pending.pop()
        if id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        parts = (each.__cause__, each.__context__, getattr(each, "reason", None), *each.args)
        pending += [part for part in parts if isinstance(part, BaseException)]


def _kind(error: Exception) -> str:
    """Say what went wrong in the system's words, or name the class of it: other texts can hold the url."""
    causes = list(_causes(error))
    for each in causes:
        if isinstance(each, OSError) and not isinstance(each, requests.RequestException) and each.strerror:
            return each.strerror
    inner = [each for each in causes if isinstance(each, OSError | urllib3.exceptions.HTTPError)]
    return type(inner[-1] if inner else error).__name__
