"""Connections to Kraken's spot WebSocket, v2 and v1, and how their messages are sorted.

Sources: Kraken's guides "Spot WebSockets introduction" and the pages "Status", "Heartbeat", "Ping", "Subscribe".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from itertools import repeat

from rxex.channel import Dialect
from rxex.connection import Connection
from rxex.errors import InvalidArgument
from rxex.events import Heartbeat, Socket, SocketEvent, SystemStatus
from rxex.operators import backoff_reconnect
from rxex.socket import open_socket
from rxex.typing import Json, Operator

__all__ = ["PUBLIC_URL", "PUBLIC_V1_URL", "V1", "V2", "public_connection", "reconnect_delays"]

PUBLIC_URL = "wss://ws.kraken.com/v2"
PUBLIC_V1_URL = "wss://ws.kraken.com"


def reconnect_delays() -> Iterator[float]:
    """Kraken's advice: at once, at once, after a second, then every five."""
    yield from (0.0, 0.0, 1.0)
    yield from repeat(5.0)


def _route_v2(message: Json) -> Hashable | None:
    if isinstance(message, dict):
        channel, data = message.get("channel"), message.get("data")
        if isinstance(channel, str) and isinstance(data, list) and data and isinstance(data[0], dict):
            symbol, interval = data[0].get("symbol"), data[0].get("interval")
            if isinstance(symbol, str):
                # Candles of two intervals are two channels.
                return (channel, symbol, interval) if isinstance(interval, int) else (channel, symbol)
        if isinstance(channel, str) and isinstance(data, dict):
            return (channel,)
    return None


def _classify_v2(socket: Socket, message: Json) -> SocketEvent | None:
    if not isinstance(message, dict):
        return None
    channel = message.get("channel")
    if channel == "heartbeat":
        return Heartbeat(socket, raw=message)
    if message.get("method") == "pong":
        return Heartbeat(socket, solicited=True, raw=message)
    if channel == "status":
        data = message.get("data")
        row = data[0] if isinstance(data, list) and data else None
        status = row.get("system") if isinstance(row, dict) else None
        if isinstance(status, str):
            return SystemStatus(socket, status, status == "online", message)
    return None


def _route_v1(message: Json) -> Hashable | None:
    if isinstance(message, list) and len(message) >= 4:
        channel, pair = message[-2], message[-1]
        if isinstance(channel, str) and isinstance(pair, str):
            return channel, pair
    return None


def _classify_v1(socket: Socket, message: Json) -> SocketEvent | None:
    if not isinstance(message, dict):
        return None
    event = message.get("event")
    if event == "heartbeat":
        return Heartbeat(socket, raw=message)
    if event == "pong":
        return Heartbeat(socket, solicited=True, raw=message)
    status = message.get("status")
    if event == "systemStatus" and isinstance(status, str):
        return SystemStatus(socket, status, status == "online", message)
    return None


# Kraken sets no limit on the symbols of one request, and drops requests that come faster than some twenty a second.
V2 = Dialect(
    "kraken v2",
    _route_v2,
    _classify_v2,
    batch=100,
    ping=lambda number: {"method": "ping", "req_id": number},
    heartbeat_timeout=10.0,
    rate=(10.0, 5),
)
V1 = Dialect(
    "kraken v1",
    _route_v1,
    _classify_v1,
    batch=100,
    ping=lambda number: {"event": "ping", "reqid": number},
    heartbeat_timeout=10.0,
    rate=(10.0, 5),
)


def check_version(version: int) -> None:
    """Raise `InvalidArgument` for a version that Kraken's WebSocket does not have."""
    if version not in {1, 2}:
        raise InvalidArgument("version", version, "Kraken's WebSocket has the versions 1 and 2")


def public_connection(
    url: str | None = None,
    *,
    version: int = 2,
    delays: Callable[[], Iterator[float]] = reconnect_delays,
    attempts: int | None = None,
    stable_for: float = 30.0,
    open_timeout: float = 10.0,
    max_message: int = 4 * 2**20,
    proxy: str | None = None,
    ca_file: str | None = None,
) -> Connection:
    """Prepare a connection to Kraken's public market data; nothing happens before its ``connect()``.

    Args:
        url: where to connect; None: Kraken's own address for ``version``.
        version: 2, or 1 for the older protocol. Both give the same models.
        delays: makes the seconds to wait before each attempt to reconnect; when they end, so does the connection.
        attempts: how many attempts in a row may fail; None: any number.
        stable_for: seconds that a link has to live for the delays to start over.
        open_timeout: seconds for name look-up, TCP, TLS and handshake together.
        max_message: bytes that a message may have.
        proxy: ``http://user:password@host:port`` of an HTTP proxy.
        ca_file: a file of further certificate authorities to trust.

    Raises `InvalidArgument` for a value that cannot be right.
    """
    check_version(version)
    address = url if url is not None else PUBLIC_URL if version == 2 else PUBLIC_V1_URL
    return connection_to(
        address,
        V2 if version == 2 else V1,
        backoff_reconnect(delays, stable_for=stable_for, attempts=attempts),
        open_timeout=open_timeout,
        max_message=max_message,
        proxy=proxy,
        ca_file=ca_file,
    )


def connection_to(
    address: str,
    dialect: Dialect,
    reconnect: Operator[SocketEvent, SocketEvent],
    *,
    open_timeout: float,
    max_message: int,
    proxy: str | None,
    ca_file: str | None,
) -> Connection:
    """Prepare a connection that speaks ``dialect``; see `public_connection`."""
    return Connection(
        lambda receive: open_socket(
            address,
            receive=receive,
            open_timeout=open_timeout,
            ping=dialect.ping,
            ping_interval=dialect.ping_interval,
            pong_timeout=dialect.pong_timeout,
            max_message=max_message,
            rate=dialect.rate,
            proxy=proxy,
            ca_file=ca_file,
        ).pipe(reconnect),
        dialect,
    )
