"""A url becomes a cold stream of events: `open_socket`."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Mapping

from reactivex import Observable, abc
from reactivex.disposable import Disposable

from rxex.codec import decode
from rxex.errors import ConnectError, InvalidArgument, MalformedMessage
from rxex.events import Malformed, Message, Socket, SocketEvent
from rxex.socket.address import parse_address, parse_proxy
from rxex.socket.dial import Dialer
from rxex.socket.greeting import await_greeting
from rxex.socket.link import Link
from rxex.socket.pings import ping_every
from rxex.socket.reader import Options, Receive, taken_in_turn
from rxex.typing import Json

__all__ = [
    "Receive",
    "await_greeting",
    "decode_message",
    "open_socket",
    "ping_every",
    "require_positive",
    "taken_in_turn",
    "tls_context",
]

_HEADER_NAME = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_HEADER_VALUE = re.compile(r"[\t -~]*")


def decode_message(socket: Socket, payload: bytes, received: int) -> SocketEvent:
    """Decode one text message: a `Message`, or `Malformed` where that is impossible."""
    try:
        return Message(socket, decode(payload), received)
    except MalformedMessage as error:
        return Malformed(socket, error.excerpt, error)


def open_socket(
    url: str,
    *,
    receive: Receive = decode_message,
    open_timeout: float = 10.0,
    frame_timeout: float = 10.0,
    ping_interval: float = 10.0,
    pong_timeout: float = 5.0,
    ping: Callable[[int], Json] | None = None,
    keep_alive: float | None = None,
    unpack: Callable[[bytes, int], bytes] | None = None,
    max_message: int = 4 * 2**20,
    max_handshake: int = 64 * 2**10,
    send_timeout: float = 5.0,
    rate: tuple[float, int] | None = None,
    headers: Mapping[str, str] | None = None,
    proxy: str | None = None,
    ca_file: str | None = None,
) -> Observable[SocketEvent]:
    """Make a cold stream of the events of a WebSocket: each subscription is a socket of its own.

    Emits `Opened`, then what ``receive`` makes of each message, in the order of the wire, then `Closed`, and ends with
    the error that says why: a `TransientError` where another attempt may help, else a `FatalError`. Completes where
    `Socket.close` was called. Where no link can be made it ends with the error alone. Everything is emitted on one
    daemon thread named ``rxex-socket-<host>``; dispose of the subscription from any thread, also inside a callback.

    Certificates and host names are always verified, redirects are never followed, and neither user, password nor
    query of ``url`` is ever shown.

    Args:
        url: ``ws://`` or ``wss://``.
        receive: makes the event of one text message, from the socket, the payload, and its arrival in nanoseconds
            since the epoch; None for no event. What it raises becomes a `Malformed`; 10 of them in a row end the link.
        open_timeout: seconds for look-up, TCP, proxy, TLS and handshake together.
        frame_timeout: seconds for the rest of a message after its first bytes.
        ping_interval: seconds of silence before a ping.
        pong_timeout: seconds after a ping for anything to come, before the link ends with `LinkStale`.
        ping: makes the exchange's own ping, from a number that counts up from 1; None: the ping of the protocol.
        keep_alive: seconds between pings of the protocol that are sent whatever comes in, for those who hang up on a
            silent client; None: none are. `ping_every` does it with the exchange's own ping.
        unpack: makes the text of a binary message, of ``max_message`` bytes at most; None: such messages are
            `Malformed`.
        max_message: bytes that a message may have, in either direction.
        max_handshake: bytes that the header of the handshake's answer may have.
        send_timeout: seconds that what was sent may wait for the other side to read, before the link ends.
        rate: messages a second that may be sent and how many at once; more wait for their turn, 256 at most.
        headers: of the handshake, in addition to its own.
        proxy: ``http://user:password@host:port``. The environment is not looked at.
        ca_file: a PEM file with a certificate authority to trust besides the system's.

    Raises `InvalidArgument` at once for a value that cannot be right.
    """
    address = parse_address(url)
    require_positive(
        open_timeout=open_timeout,
        frame_timeout=frame_timeout,
        ping_interval=ping_interval,
        pong_timeout=pong_timeout,
        send_timeout=send_timeout,
        max_handshake=max_handshake,
    )
    if keep_alive is not None:
        require_positive(keep_alive=keep_alive)
    if max_message < 125:
        raise InvalidArgument("max_message", max_message, "a limit has to leave room for control frames: 125 or more")
    if rate is not None and not (rate[0] > 0 and rate[1] >= 1):
        raise InvalidArgument("rate", rate, "give messages a second and how many at once, both positive")
    dialer = Dialer(
        address,
        open_timeout,
        max_handshake,
        _check_headers(headers or {}),
        None if proxy is None else parse_proxy(proxy),
        tls_context(ca_file) if address.secure else None,
    )
    options = Options(
        receive, frame_timeout, ping_interval, pong_timeout, ping, max_message, send_timeout, rate, keep_alive, unpack
    )

    def subscribe(observer: abc.ObserverBase[SocketEvent], _: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        try:
            link = Link(dialer, options, observer)
            link.start()
        except OSError as error:
            observer.on_error(ConnectError(str(address), f"no file descriptor is left: {error.strerror}"))
        except ConnectError as error:
            observer.on_error(error)
        else:
            return link
        return Disposable()

    return Observable(subscribe)


def require_positive(**values: float) -> None:
    """Refuse the first of ``values`` that is not above 0."""
    for name, value in values.items():
        if not value > 0:
            raise InvalidArgument(name, value, "it has to be more than 0")


def _check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    for name, value in headers.items():
        # Values may be secrets, so only the name is shown.
        if not _HEADER_NAME.fullmatch(name) or not _HEADER_VALUE.fullmatch(value):
            raise InvalidArgument("headers", name, "names and values of headers are printable ASCII on one line")
    return dict(headers)


def tls_context(ca_file: str | None) -> ssl.SSLContext:
    """Trust the system's authorities and those in ``ca_file``; certificates and host names are verified."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except (OSError, ssl.SSLError) as error:
            raise InvalidArgument("ca_file", ca_file, "give a file with a certificate in PEM format") from error
    return context
