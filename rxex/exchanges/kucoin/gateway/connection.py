"""Connections to KuCoin's order gateway: a signed address, a challenge that is answered, then the welcome.

Source: KuCoin's pages "Classic Websocket API" (order entry) and "Error code".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Unpack
from urllib.parse import urlencode

import msgspec
import reactivex as rx
from attrs import define
from reactivex import Observable
from reactivex import operators as ops

from rxex.auth import Credentials, ServerClock
from rxex.channel import Dialect
from rxex.clock import wall_ns
from rxex.codec import decode
from rxex.connection import Connection
from rxex.errors import (
    AuthRefused,
    ClockSkew,
    ConnectError,
    ConnectionClosed,
    MalformedMessage,
    RateLimited,
)
from rxex.events import Heartbeat, Socket, SocketEvent
from rxex.exchanges.kucoin.connection import reconnect_delays
from rxex.exchanges.kucoin.dialect import ServerNotice
from rxex.exchanges.kucoin.rest.wire import check_credentials, signature
from rxex.operators import backoff_reconnect
from rxex.socket import Receive, await_greeting, open_socket, ping_every
from rxex.socket.address import require_secure
from rxex.socket.options import SocketOptions
from rxex.typing import Json

__all__ = ["GATEWAY", "GATEWAY_URL", "gateway_connection", "greeted", "signed_address"]

GATEWAY_URL = "wss://wsapi.kucoin.com/v1/private"
_PING_INTERVAL = 18.0
_PONG_TIMEOUT = 10.0
_LONGEST_TEXT = 200
_OK = "200000"
_CLOCK = "400002"
_TOO_LATE = "400012"
_LEAVING = "501000"


def _route(_: Json) -> Hashable | None:
    return None  # there are answers only


def _classify(socket: Socket, message: Json) -> SocketEvent | None:
    """Give the event that a message stands for which answers none of our requests."""
    if not isinstance(message, dict):
        return None
    if message.get("op") == "pong":
        return Heartbeat(socket, solicited=True, raw=message)
    code = message.get("code")
    if message.get("id") is not None or code is None:
        return None
    if str(code) == _LEAVING:
        socket.drop(ConnectionClosed(None, "the gateway asks to connect anew"))
    text = str(message.get("msg", ""))[:_LONGEST_TEXT]
    return ServerNotice(socket, "error", text, int(code) if str(code).isdecimal() else None, message)


def _ping(number: int) -> Json:
    return {"id": f"p{number}", "op": "ping", "timestamp": wall_ns() // 10**6}


GATEWAY = Dialect(
    "kucoin gateway", _route, _classify, ping=_ping, ping_interval=_PING_INTERVAL, pong_timeout=_PONG_TIMEOUT
)


def gateway_connection(
    credentials: Credentials,
    url: str | None = None,
    *,
    clock: ServerClock | None = None,
    welcome_timeout: float = 10.0,
    delays: Callable[[], Iterator[float]] = reconnect_delays,
    attempts: int | None = None,
    stable_for: float = 30.0,
    **options: Unpack[SocketOptions],
) -> Connection:
    """Prepare a connection to KuCoin's order gateway; nothing happens before its ``connect()``.

    Each socket proves who we are: the address is signed, and so is the gateway's challenge. It is open once the gateway
    has welcomed us. `order_gateway` makes requests of it. What becomes of orders is not told here: use a
    `private_connection` beside it. Neither key, passphrase nor signature is ever shown.

    Args:
        credentials: the API key (of version 3), secret and passphrase.
        url: where to connect; None: KuCoin's own address. It has to be ``wss://``, but on this machine.
        clock: KuCoin's time, as ``rest.clock`` of a client knows it; None: ours, which may be 5 seconds off.
        welcome_timeout: seconds for the challenge and the welcome together.
        delays: makes the seconds to wait before each attempt to reconnect; when they end, so does the connection.
        attempts: how many attempts in a row may fail; None: any number.
        stable_for: seconds that a link has to live for the delays to start over.
        options: ``open_timeout``, ``send_timeout``, ``max_message``, ``proxy``, ``ca_file``, see
            `rxex.socket.options.SocketOptions`.

    A key that KuCoin does not accept ends the connection with `AuthRefused`. Raises `InvalidArgument` for a value that
    cannot be right.
    """
    check_credentials(credentials)
    require_secure(url or GATEWAY_URL)
    times = clock or ServerClock()

    def dial(take: Receive) -> Observable[SocketEvent]:
        return open_socket(
            signed_address(url or GATEWAY_URL, credentials, times),
            receive=take,
            ping=_ping,
            ping_interval=_PING_INTERVAL,
            pong_timeout=_PONG_TIMEOUT,
            **options,
        )

    reconnect = backoff_reconnect(delays, stable_for=stable_for, attempts=attempts)
    return Connection(lambda receive: greeted(dial, receive, credentials, welcome_timeout).pipe(reconnect), GATEWAY)


def signed_address(url: str, credentials: Credentials, clock: ServerClock) -> str:
    """The address of one link: key, time and passphrase, signed."""
    key, timestamp = credentials.key.reveal(), str(clock.now() // 10**6)
    passphrase = "" if credentials.passphrase is None else credentials.passphrase.reveal()
    query = {
        "apikey": key,
        "sign": signature(credentials.secret, f"{key}{timestamp}"),
        "passphrase": signature(credentials.secret, passphrase),
        "timestamp": timestamp,
    }
    return f"{url}?{urlencode(query)}"


def greeted(
    dial: Callable[[Receive], Observable[SocketEvent]],
    receive: Receive,
    credentials: Credentials,
    welcome_timeout: float,
) -> Observable[SocketEvent]:
    """Make the cold stream of one link, open once the gateway has welcomed us; ``dial`` makes the bare one."""

    def link(_: object) -> Observable[SocketEvent]:
        greeting = _Greeting(credentials)

        def bare(take: Receive) -> Observable[SocketEvent]:
            return dial(lambda socket, payload, received: greeting.take(take, socket, payload, received))

        opened = await_greeting(bare, receive, greeting.is_welcome, timeout=welcome_timeout)
        # The gateway hangs up right after it has said why not; what it said counts.
        told = ops.catch(lambda error, _: rx.throw(greeting.refusal or error))
        return opened.pipe(ping_every(_PING_INTERVAL, _ping), told)

    return rx.defer(link)


@define(eq=False)
class _Greeting:
    """What is said before a link is open."""

    credentials: Credentials
    is_answered: bool = False
    refusal: Exception | None = None

    def take(self, take: Receive, socket: Socket, payload: bytes, received: int) -> SocketEvent | None:
        """Answer the challenge; hand everything on, the challenge too."""
        if not self.is_answered and _is_challenge(payload):
            self.is_answered = True
            proof = signature(self.credentials.secret, payload.decode())
            socket.send(msgspec.Raw(proof.encode()))  # type: ignore[arg-type]  # a bare text, which is no JSON
        return take(socket, payload, received)

    def is_welcome(self, payload: bytes) -> bool:
        """Tell the welcome; raises what a refusal stands for."""
        try:
            message = decode(payload)
        except MalformedMessage:
            return False
        if not isinstance(message, dict):
            return False
        code = message.get("code")
        if code is not None and str(code) != _OK:
            self.refusal = _refusal(str(code), str(message.get("msg", ""))[:_LONGEST_TEXT])
            raise self.refusal
        return self.is_answered and message.get("data") == "welcome"


def _is_challenge(payload: bytes) -> bool:
    message = decode(payload)
    return isinstance(message, dict) and "sessionId" in message and "timestamp" in message


def _refusal(code: str, text: str) -> Exception:
    reason = f"{code}: {text}"
    if code == _CLOCK:
        return ClockSkew("the order gateway", reason)
    if code == _TOO_LATE:
        return ConnectionClosed(None, reason)
    if code.startswith("429"):
        return RateLimited(reason)
    if code.startswith("5"):
        return ConnectError("the order gateway", reason)
    return AuthRefused(reason)
