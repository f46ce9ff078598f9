"""The connection to TheOne's WebSocket: who we are comes first, on each socket.

Sources: TheOne's documents on its WebSocket, and the README of its Python client.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.disposable import CompositeDisposable, Disposable, SerialDisposable

from rxex.auth import Credentials, ServerClock
from rxex.channel import Dialect
from rxex.codec import decode
from rxex.connection import Connection
from rxex.errors import AuthRefused, ClockSkew, InvalidArgument, MalformedMessage
from rxex.events import Authenticated, Closed, Opened, Socket, SocketEvent
from rxex.exchanges.theone.channels import route
from rxex.exchanges.theone.desk import Desk
from rxex.exchanges.theone.refusals import error_of_text
from rxex.exchanges.theone.signing import STREAM_PATH, KeyDerivation, Signer
from rxex.operators import backoff_reconnect, exponential, filter_new_socket_only
from rxex.operators._answers import check_timeout
from rxex.socket import Receive, await_greeting, decode_message, open_socket
from rxex.socket.address import require_secure
from rxex.typing import Json, Operator

__all__ = ["STREAM_URL", "connection", "connection_over", "reconnect_delays"]

STREAM_URL = "wss://partner-api.the-one.io/ws/v1/stream"
_MAX_MESSAGE = 64 * 2**10
_CHANNELS_PER_SOCKET = 100
_ATTEMPTS = 5

OpenLink = Callable[[Receive], Observable[SocketEvent]]


def reconnect_delays() -> Iterator[float]:
    """Give the delays of TheOne's own client: a second, then always twice as long, up to a minute.

    >>> from itertools import islice
    >>> list(islice(reconnect_delays(), 5))
    [1.0, 2.0, 4.0, 8.0, 16.0]
    """
    return exponential(1.0, maximum=60.0)


def connection(
    credentials: Credentials | Signer | None = None,
    url: str = STREAM_URL,
    *,
    key_derivation: KeyDerivation = "sha256-base64url",
    signed_path: str = STREAM_PATH,
    auth_timeout: float = 10.0,
    channels_per_socket: int = _CHANNELS_PER_SOCKET,
    rate: tuple[float, int] | None = None,
    delays: Callable[[], Iterator[float]] = reconnect_delays,
    attempts: int | None = _ATTEMPTS,
    stable_for: float = 30.0,
    ping_interval: float = 30.0,
    pong_timeout: float = 10.0,
    open_timeout: float = 10.0,
    max_message: int = _MAX_MESSAGE,
    proxy: str | None = None,
    ca_file: str | None = None,
    clock: ServerClock | None = None,
) -> Connection:
    """Prepare a connection to TheOne; nothing happens before its ``connect()``.

    Each socket says first who we are. It counts as open, and `Opened` is emitted, once the exchange has accepted that;
    `Authenticated` follows. So its sockets can be used at once, and its ``is_connected`` tells whether it is connected
    and authenticated. Requests take the sockets of ``connected_socket()``, channels those of
    ``filter_new_socket_only()``, as some channels may have to go over a further socket.

    Args:
        credentials: the API key; a `Signer` where the secret is to stay elsewhere; None: the environment's
            ``BROKER_API_KEY`` and ``BROKER_SECRET_KEY``.
        url: where to connect. It has to be ``wss://``, but on this machine.
        key_derivation: how the key of the signature is made of the secret; see `derive_key`. Which of the two the
            service takes was not confirmed.
        signed_path: the path that is signed, whatever that of ``url`` is; operations are signed with its neighbours.
        auth_timeout: seconds for the exchange to accept us.
        channels_per_socket: how many channels one socket may have (the API's documents say 50); more are spread over
            further sockets, each of which is authenticated too.
        rate: messages a second that may be sent and how many at once; the API's documents allow 100. None: no limit.
        delays: makes the seconds to wait before each attempt to reconnect.
        attempts: how many attempts to reconnect there are, counted anew when a link has been stable; None: any number.
        stable_for: seconds that a link has to live to be stable; delays and attempts then start over.
        ping_interval: seconds between pings, and of silence before one that has to be answered.
        pong_timeout: seconds after a ping for anything to come, before the link counts as dead.
        open_timeout: seconds for name look-up, TCP, TLS and handshake together.
        max_message: bytes that a message may have (the API's documents say 1 MiB).
        proxy: ``http://user:password@host:port`` of an HTTP proxy.
        ca_file: a file of further certificate authorities to trust.
        clock: the exchange's time, for timestamps; that of a REST client measures it. None: our own.

    It ends with `AuthRefused` where the exchange does not know the key or the signature; a time or nonce that it does
    not like (`ClockSkew`), no answer, and a signer that fails (`TokenError`) are tried again on the next socket. No key
    and no signature shows in any event, message or error. Raises `InvalidArgument` for a value that cannot be right.
    """
    require_secure(url)
    if channels_per_socket < 1:
        raise InvalidArgument("channels_per_socket", channels_per_socket, "it has to be 1 or more")

    def open_link(receive: Receive) -> Observable[SocketEvent]:
        return open_socket(
            url,
            receive=receive,
            open_timeout=open_timeout,
            ping_interval=ping_interval,
            keep_alive=ping_interval,
            pong_timeout=pong_timeout,
            max_message=max_message,
            rate=rate,
            proxy=proxy,
            ca_file=ca_file,
        )

    open_link(decode_message)  # what cannot be right is told now, not when it is connected
    return connection_over(
        open_link,
        credentials,
        backoff_reconnect(delays, stable_for=stable_for, attempts=attempts),
        key_derivation=key_derivation,
        signed_path=signed_path,
        auth_timeout=auth_timeout,
        channels_per_socket=channels_per_socket,
        clock=clock,
    )


def connection_over(
    open_link: OpenLink,
    credentials: Credentials | Signer | None,
    reconnect: Operator[SocketEvent, SocketEvent],
    *,
    key_derivation: KeyDerivation = "sha256-base64url",
    signed_path: str = STREAM_PATH,
    auth_timeout: float = 10.0,
    channels_per_socket: int = _CHANNELS_PER_SOCKET,
    clock: ServerClock | None = None,
) -> Connection:
    """Prepare a connection over links that ``open_link`` makes: those of a simulated exchange in virtual time.

    ``reconnect`` is what `backoff_reconnect` gives; the rest as of `connection`.
    """
    check_timeout(auth_timeout)
    desk = Desk(Signer.of(credentials, key_derivation), clock or ServerClock(), signed_path)
    dialect = _make_dialect(desk, channels_per_socket)

    def source(receive: Receive) -> Observable[SocketEvent]:
        link = await_greeting(
            lambda take: open_link(take).pipe(_log_in(desk)), receive, _is_welcome, timeout=auth_timeout
        )
        return link.pipe(reconnect)

    made = Connection(source, dialect)
    desk.sockets = made.pipe(filter_new_socket_only())
    return made


def _make_dialect(desk: Desk, channels_per_socket: int) -> Dialect:
    """Make what one connection is told of its exchange; the desk is that connection's own."""

    def classify(socket: Socket, message: Json) -> SocketEvent | None:
        if isinstance(message, dict) and message.get("op") == "auth" and not message.get("error"):
            return Authenticated(socket, message)
        desk.hear(socket, message)
        return None

    return Dialect("theone", route, classify, channels_per_socket=channels_per_socket, options={"desk": desk})


def _log_in(desk: Desk) -> Operator[SocketEvent, SocketEvent]:
    """Send who we are as the first message of each socket; the requests on it end with it."""

    def _send_login(source: Observable[SocketEvent]) -> Observable[SocketEvent]:
        def subscribe(observer: ObserverBase[SocketEvent], scheduler: SchedulerBase | None = None) -> DisposableBase:
            ending = SerialDisposable()

            def on_next(event: SocketEvent) -> None:
                if isinstance(event, Closed):
                    ending.disposable = None
                observer.on_next(event)
                if isinstance(event, Opened):
                    desk.open(event.socket)
                    # Also where we close the link, and no event tells of it.
                    ending.disposable = Disposable(lambda: desk.close(event.socket))
                    try:
                        event.socket.send(desk.login())
                    except Exception as error:
                        event.socket.drop(error)

            listening = source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)
            return CompositeDisposable(listening, ending)

        return Observable(subscribe)

    return _send_login


def _is_welcome(payload: bytes) -> bool:
    """Tell whether a message says that we are accepted; raises what it says instead."""
    try:
        message = decode(payload)
    except MalformedMessage:
        return False  # nothing that can be read was said about us
    if not isinstance(message, dict) or message.get("op") not in ("auth", "", None):
        return False
    error = message.get("error")
    if error:
        refusal = error_of_text("the login", str(error))
        # Whatever else it says: it does not want us.
        raise refusal if isinstance(refusal, ClockSkew) else AuthRefused(str(error))
    data = message.get("data")
    return message.get("op") == "auth" and isinstance(data, dict) and data.get("status") == "authenticated"
