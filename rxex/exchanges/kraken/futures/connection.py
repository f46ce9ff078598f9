"""Connections to Kraken's futures WebSocket, and how its messages are sorted.

Sources: Kraken's pages "Futures WebSockets" (guide), "Heartbeat" and "Challenge" of the Futures WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from attrs import frozen
from reactivex import Observable

from rxex.channel import Dialect
from rxex.connection import Connection
from rxex.events import Heartbeat, MessageStream, Socket, SocketEvent
from rxex.exchanges.kraken.connection import reconnect_delays
from rxex.exchanges.kraken.futures.asking import Requests, route
from rxex.operators import backoff_reconnect, lift
from rxex.socket import Receive, open_socket, ping_every
from rxex.typing import Json, Operator

__all__ = ["DEMO_URL", "URL", "Alert", "keep_alerts", "make_dialect", "open_link", "public_connection"]

URL = "wss://futures.kraken.com/ws/v1"
DEMO_URL = "wss://demo-futures.kraken.com/ws/v1"

_SECRETS = ("api_key", "original_challenge", "signed_challenge")
# A client has to ping at least once a minute, whatever it receives.
_PING_EVERY = 30.0
# Half of what the venue allows a second: requests beyond that vanish without an answer.
_RATE = (50.0, 10)


@frozen
class Alert:
    """What the exchange complains about; it names no request. ``is_error`` tells an error from an alert."""

    text: str
    is_error: bool
    raw: Json


def keep_alerts() -> Operator[Json, Alert]:
    """Keep the exchange's alerts and errors among the messages.

    Those that answer a subscription end it with their text too. Emits on the source's thread.

    >>> import reactivex as rx
    >>> rx.of({"event": "alert", "message": "rate_limited"}).pipe(keep_alerts()).run().text
    'rate_limited'
    """

    def read(message: Json) -> Iterable[Alert]:
        if isinstance(message, dict) and message.get("event") in {"alert", "error"}:
            yield Alert(str(message.get("message")), message["event"] == "error", message)

    alerts: Operator[Json, Alert] = lift(lambda: read)

    def _keep_alerts(source: Observable[Json]) -> Observable[Alert]:
        return (source.keyed(None) if isinstance(source, MessageStream) else source).pipe(alerts)

    return _keep_alerts


def _classify(socket: Socket, message: Json) -> SocketEvent | None:
    if not isinstance(message, dict):
        return None
    if message.get("feed") == "heartbeat" and "event" not in message:
        return Heartbeat(socket, raw=message)
    if message.get("event") == "pong":
        return Heartbeat(socket, solicited=True, raw=message)
    # An acknowledgement repeats our key and proof, which nobody is to find in a log.
    message.update((name, "***") for name in _SECRETS if name in message)
    return None


def make_dialect() -> Dialect:
    """Make what one connection is told of its exchange; it remembers what was asked for on that connection."""
    return Dialect(
        "kraken futures",
        route,
        _classify,
        batch=100,
        # No limit for the silence of heartbeats: they end where nobody asks for them any more.
        rate=_RATE,
        options={"requests": Requests()},
    )


def public_connection(
    url: str | None = None,
    *,
    delays: Callable[[], Iterator[float]] = reconnect_delays,
    attempts: int | None = None,
    stable_for: float = 30.0,
    open_timeout: float = 10.0,
    max_message: int = 4 * 2**20,
    proxy: str | None = None,
    ca_file: str | None = None,
) -> Connection:
    """Prepare a connection to Kraken's futures market data; nothing happens before its ``connect()``.

    Args:
        url: where to connect; None: Kraken's own address. `DEMO_URL` is its demo.
        delays: makes the seconds to wait before each attempt to reconnect; when they end, so does the connection.
        attempts: how many attempts in a row may fail; None: any number.
        stable_for: seconds that a link has to live for the delays to start over.
        open_timeout: seconds for name look-up, TCP, TLS and handshake together.
        max_message: bytes that a message may have.
        proxy: ``http://user:password@host:port`` of an HTTP proxy.
        ca_file: a file of further certificate authorities to trust.

    Raises `InvalidArgument` for a value that cannot be right.
    """
    reconnect = backoff_reconnect(delays, stable_for=stable_for, attempts=attempts)
    options = {"open_timeout": open_timeout, "max_message": max_message, "proxy": proxy, "ca_file": ca_file}
    return Connection(lambda receive: open_link(url, receive, options).pipe(reconnect), make_dialect())


def open_link(url: str | None, receive: Receive, options: Mapping[str, Any]) -> Observable[SocketEvent]:
    """Make the cold stream of one socket that is kept alive.

    A quiet link is pinged by WebSocket's own ping. The exchange's, sent as well, is not documented: an answer to it is
    taken for what it is, and none is missed.
    """
    link = open_socket(URL if url is None else url, receive=receive, rate=_RATE, **options)
    return link.pipe(ping_every(_PING_EVERY, lambda _number: {"event": "ping"}))
