"""Connections to KuCoin's Pro (unified) WebSocket: public ones need no token, and are open once they are welcomed.

Sources: KuCoin's pages on the Pro (unified) WebSocket, and what was measured of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Literal, Unpack
from urllib.parse import quote

import reactivex as rx
from attrs import define
from reactivex import Observable
from reactivex import operators as ops
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxex.asking import check_choice
from rxex.auth import Credentials, ServerClock
from rxex.codec import decode
from rxex.connection import Connection
from rxex.errors import AuthRefused, ConnectError, InvalidArgument, MalformedMessage, TokenError
from rxex.events import Closed, Opened, Socket, SocketEvent
from rxex.exchanges.kucoin.connection import reconnect_delays
from rxex.exchanges.kucoin.pro.dialect import PRO, is_welcome, ping, text_in
from rxex.exchanges.kucoin.pro.link import open_binary_socket
from rxex.exchanges.kucoin.pro.logins import GetToken, Login, framed, with_tokens
from rxex.operators import backoff_reconnect
from rxex.socket import Receive, await_greeting, ping_every
from rxex.socket.address import require_secure
from rxex.socket.options import SocketOptions
from rxex.typing import Json

__all__ = ["FUTURES_URL", "PRIVATE_URL", "SPOT_URL", "private_connection", "public_connection"]

SPOT_URL = "wss://x-push-spot.kucoin.com"
FUTURES_URL = "wss://x-push-futures.kucoin.com"
PRIVATE_URL = "wss://wsapi-push.kucoin.com"
_URLS = {"spot": SPOT_URL, "futures": FUTURES_URL}
_SHORTEST_INTERVAL, _LONGEST_INTERVAL = 2.0, PRO.ping_interval
"""Seconds between pings: more than one a second ends a link, and silence for more than these has a dead link told."""


def public_connection(
    url: str | None = None,
    *,
    market: Literal["spot", "futures"] = "spot",
    welcome_timeout: float = 10.0,
    delays: Callable[[], Iterator[float]] = reconnect_delays,
    attempts: int | None = None,
    stable_for: float = 30.0,
    **options: Unpack[SocketOptions],
) -> Connection:
    """Prepare a connection to KuCoin's public Pro market data; nothing happens before its ``connect()``.

    No token is needed. The socket is open once KuCoin has welcomed us, and is pinged as often as the welcome says, but
    every 20 s at least and every 2 s at most: more than one ping a second ends a link.

    Args:
        url: where to connect; None: KuCoin's own address of ``market``.
        market: ``spot`` or ``futures``.
        welcome_timeout: seconds for KuCoin's welcome.
        delays: makes the seconds to wait before each attempt to reconnect; when they end, so does the connection.
        attempts: how many attempts in a row may fail; None: any number; 0: the first failure is the end.
        stable_for: seconds that a link has to live for the delays to start over.
        options: ``open_timeout``, ``send_timeout``, ``max_message``, ``proxy``, ``ca_file``, see
            `rxex.socket.options.SocketOptions`.

    Raises `InvalidArgument` for a value that cannot be right.
    """
    check_choice("market", market, _URLS)
    address = url or _URLS[market]
    open_binary_socket(address, receive=_nowhere, dialect=PRO, options=options)  # says what cannot be right

    def link(receive: Receive) -> Observable[SocketEvent]:
        return rx.defer(lambda _: _link(address, receive, _Greeting(), welcome_timeout, options))

    reconnect = backoff_reconnect(delays, stable_for=stable_for, attempts=attempts)
    return Connection(lambda receive: link(receive).pipe(reconnect), PRO)


def private_connection(
    source: Credentials | GetToken,
    url: str | None = None,
    *,
    rest_url: str | None = None,
    login: Literal["token", "frame"] = "token",
    clock: ServerClock | None = None,
    welcome_timeout: float = 10.0,
    delays: Callable[[], Iterator[float]] = reconnect_delays,
    attempts: int | None = None,
    stable_for: float = 30.0,
    **options: Unpack[SocketOptions],
) -> Connection:
    """Prepare a connection to KuCoin's private Pro channels; nothing happens before its ``connect()``.

    Clients of others log in in two ways, neither of which could be tried: with a new token for each socket, or with a
    signed frame behind the welcome. Neither key, token nor signature is ever shown.

    Args:
        source: the API key, secret and passphrase; or, with ``login="token"``, what makes the stream of a
            token, see `rxex.exchanges.kucoin.pro.logins.GetToken`.
        url: where to connect; None: KuCoin's own address. It has to be ``wss://``, but on this machine.
        rest_url: where REST gives tokens, to be given where ``url`` is, unless it is not asked; None: KuCoin's own.
            ``https://``, but on this machine.
        login: ``token`` or ``frame``.
        clock: KuCoin's time, for the frame, as ``rest.clock`` of a client knows it; None: ours.
        welcome_timeout: seconds for the welcome, and for the answer to the frame.
        delays: as all that follow, see `public_connection`.
        attempts: a number, or None.
        stable_for: seconds.
        options: of the socket; ``proxy`` and ``ca_file`` hold for the token as well.

    A key that KuCoin does not accept ends the connection with `AuthRefused`. Raises `InvalidArgument` for a value that
    cannot be right.
    """
    check_choice("login", login, ("token", "frame"))
    address = url or PRIVATE_URL
    require_secure(address)
    open_binary_socket(address, receive=_nowhere, dialect=PRO, options=options)  # says what cannot be right
    if login == "token" and isinstance(source, Credentials) and (url is None) is not (rest_url is None):
        # What is meant for a simulated exchange never reaches the real one.
        raise InvalidArgument("rest_url", rest_url, "give both url and rest_url, or neither")
    logins = framed(source, clock or ServerClock()) if login == "frame" else with_tokens(source, rest_url, options)

    def link(receive: Receive) -> Observable[SocketEvent]:
        def opened(login: Login) -> Observable[SocketEvent]:
            joint = "" if not login.token else f"{'&' if '?' in address else '?'}token={quote(login.token, safe='')}"
            greeting = _Greeting(login.frame, is_token=bool(login.token))
            return _link(address + joint, receive, greeting, welcome_timeout, options)

        return logins.each.pipe(ops.map(opened), ops.switch_latest())

    reconnect = backoff_reconnect(delays, stable_for=stable_for, attempts=attempts)
    return Connection(lambda receive: link(receive).pipe(reconnect, ops.finally_action(logins.close)), PRO)


def _nowhere(_: Socket, __: bytes, ___: int) -> SocketEvent | None:
    return None


def _link(
    address: str, receive: Receive, greeting: _Greeting, welcome_timeout: float, options: SocketOptions
) -> Observable[SocketEvent]:
    """Make the cold stream of one link, open once KuCoin has welcomed us."""

    def bare(take: Receive) -> Observable[SocketEvent]:
        return open_binary_socket(address, receive=greeting.listening(take), dialect=PRO, options=options)

    link = await_greeting(bare, receive, greeting.is_over, timeout=welcome_timeout)
    # The server may hang up right after it has said why not; what it said counts.
    told = ops.catch(lambda error, _: rx.throw(greeting.error_for(error)))
    return _pinged(link, greeting).pipe(told)


def _pinged(link: Observable[SocketEvent], greeting: _Greeting) -> Observable[SocketEvent]:
    """Ping the socket of a link as often as its greeting said."""

    def subscribe(observer: ObserverBase[SocketEvent], scheduler: SchedulerBase | None = None) -> DisposableBase:
        pinging = SerialDisposable()

        def on_next(event: SocketEvent) -> None:
            if isinstance(event, Opened):
                alone = rx.never().pipe(ops.start_with(event), ping_every(greeting.ping_interval, ping))
                pinging.disposable = alone.subscribe()
            elif isinstance(event, Closed):
                pinging.disposable = None
            observer.on_next(event)

        listening = link.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)
        return CompositeDisposable(listening, pinging)

    return Observable(subscribe)


@define(eq=False)
class _Greeting:
    """What is said before one link is open."""

    frame: Callable[[], Json] | None = None
    """Makes the frame that says who we are, where the address does not."""
    is_token: bool = False
    ping_interval: float = _LONGEST_INTERVAL
    _is_asked: bool = False
    _refusal: Exception | None = None

    def listening(self, take: Receive) -> Receive:
        """Make what says who we are at the welcome, and hands everything on."""
        frame = self.frame
        if frame is None:
            return take

        def listen(socket: Socket, payload: bytes, received: int) -> SocketEvent | None:
            if not self._is_asked:
                message = _read(payload)
                if message is not None and is_welcome(message):
                    self._is_asked = True
                    socket.send(frame())
            return take(socket, payload, received)

        return listen

    def is_over(self, payload: bytes) -> bool:
        """Tell the last word of the greeting; raises what a refusal stands for."""
        message = _read(payload)
        if message is None:
            return False
        if is_welcome(message):
            self.ping_interval = _interval(message.get("pingInterval"))
            return self.frame is None
        if message.get("result") is True:
            return self._is_asked
        if message.get("result") is False or message.get("type") == "error" or "code" in message:
            self._refusal = self._refused(text_in(message))
            raise self._refusal
        return False

    def error_for(self, error: Exception) -> Exception:
        """Give what a link ended with that was never welcomed, or that was refused in the handshake."""
        if self._refusal is not None:
            return self._refusal
        # A token may be too old; the next link has another one.
        is_stale = self.is_token and isinstance(error, AuthRefused) and error.status == 401
        return TokenError("RefusedToken") if is_stale else error

    def _refused(self, reason: str) -> Exception:
        if self._is_asked:
            return AuthRefused(reason)
        return TokenError("RefusedToken") if self.is_token else ConnectError("KuCoin", reason)


def _read(payload: bytes) -> Mapping[str, Any] | None:
    try:
        message = decode(payload)
    except MalformedMessage:
        return None
    return message if isinstance(message, dict) else None


def _interval(told: object) -> float:
    """Seconds between pings, of the milliseconds that a welcome tells.

    >>> _interval(18000), _interval(50), _interval(None)
    (18.0, 2.0, 20.0)
    """
    if isinstance(told, bool) or not isinstance(told, int) or told <= 0:
        return _LONGEST_INTERVAL
    return min(max(told / 1000, _SHORTEST_INTERVAL), _LONGEST_INTERVAL)
