"""Sockets for the Pro servers: what they send stands in binary frames, as plain JSON or (seen by others) deflated.

Source: what was measured of KuCoin's Pro servers.
"""

from __future__ import annotations

import zlib

from reactivex import Observable, abc
from reactivex.disposable import Disposable

from rxex.channel import Dialect
from rxex.errors import ConnectError
from rxex.events import SocketEvent
from rxex.socket import Receive, open_socket, tls_context
from rxex.socket.address import parse_address, parse_proxy
from rxex.socket.dial import Dialed, Dialer
from rxex.socket.frames import BINARY, TEXT, TOO_BIG, Fragments, Header, Violation
from rxex.socket.link import Link
from rxex.socket.options import SocketOptions
from rxex.socket.outbox import Outbox
from rxex.socket.reader import End, Options, Reader

__all__ = ["open_binary_socket", "unpacked"]

_FRAME_TIMEOUT = 10.0
_LARGEST_HANDSHAKE = 64 * 2**10
_PLAIN = (b"{", b"[")


def open_binary_socket(
    url: str, *, receive: Receive, dialect: Dialect, options: SocketOptions
) -> Observable[SocketEvent]:
    """Make a cold stream like that of `rxex.socket.open_socket`, for which a binary message is as good as a text.

    Args:
        url: ``ws://`` or ``wss://``.
        receive: makes the event of one message, text or binary, inflated where it was deflated.
        dialect: what says when silence is too long, and how much may be sent. Silence is met with the ping of the
            protocol: two of KuCoin's own within a second would be one too many.
        options: of the socket.

    Raises `InvalidArgument` at once for a value that cannot be right.
    """
    open_socket(url, rate=dialect.rate, **options)  # says what cannot be right
    address, proxy = parse_address(url), options.get("proxy")
    dialer = Dialer(
        address,
        options.get("open_timeout", 10.0),
        _LARGEST_HANDSHAKE,
        {},
        None if proxy is None else parse_proxy(proxy),
        tls_context(options.get("ca_file")) if address.secure else None,
    )
    of_link = Options(
        receive,
        frame_timeout=_FRAME_TIMEOUT,
        ping_interval=dialect.ping_interval,
        pong_timeout=dialect.pong_timeout,
        ping=None,
        max_message=options.get("max_message", 4 * 2**20),
        send_timeout=options.get("send_timeout", 5.0),
        rate=dialect.rate,
    )

    def subscribe(observer: abc.ObserverBase[SocketEvent], _: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        try:
            link = _BinaryLink(dialer, of_link, observer)
            link.start()
        except OSError as error:
            observer.on_error(ConnectError(str(address), f"no file descriptor is left: {error.strerror}"))
        except ConnectError as error:
            observer.on_error(error)
        else:
            return link
        return Disposable()

    return Observable(subscribe)


def unpacked(message: bytes, limit: int) -> bytes:
    """Give the text of a binary message; what is neither JSON nor deflated is given as it is, for others to refuse.

    Raises `Violation` where it has more than ``limit`` bytes once it is inflated.

    >>> unpacked(b'{"id":"1"}', 100)
    b'{"id":"1"}'
    """
    # No JSON begins with these bytes once it is deflated.
    if message.lstrip()[:1] in _PLAIN:
        return message
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    try:
        text = inflater.decompress(message, limit + 1)
    except zlib.error:
        return message
    if len(text) > limit:
        raise Violation(TOO_BIG, f"a deflated message has more than the {limit} bytes allowed")
    return text


class _Unpacking(Fragments):
    """Puts messages together, and makes texts of those that are binary."""

    def __init__(self, max_message: int) -> None:
        super().__init__(max_message)
        self._limit = max_message

    def add(self, header: Header, payload: bytes) -> tuple[int, bytes] | None:
        whole = super().add(header, payload)
        if whole is None or whole[0] != BINARY:
            return whole
        return TEXT, unpacked(whole[1], self._limit)


class _BinaryReader(Reader):
    """Reads one open link."""

    def understand_binary(self) -> None:
        """Take binary messages, too; to be called before anything is read."""
        self._fragments = _Unpacking(self._options.max_message)


class _BinaryLink(Link):
    """One subscription of a socket."""

    def _live(self, reader: Reader, outbox: Outbox, dialed: Dialed) -> End:  # noqa: ARG002 - it is replaced
        # Nobody knows this socket before it has told that it is open, so that nobody has used the other reader.
        binary = _BinaryReader(
            dialed.sock,
            outbox,
            self._options,
            owner=self,
            observer=self._observer,
            timers=self._timers,
            wake=self._wake,
        )
        binary.understand_binary()
        self._reader = binary
        return super()._live(binary, outbox, dialed)
