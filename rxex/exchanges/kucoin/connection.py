"""Connections to KuCoin's classic WebSocket: a new token for each socket, and open once the server has welcomed us.

Sources: KuCoin's pages "Websocket introduction", "Get public token", "Get private token" and "Create connection".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import count, repeat
from typing import TypeAlias, Unpack
from urllib.parse import quote, urlsplit
from uuid import uuid4

import reactivex as rx
from attrs import evolve
from reactivex import Observable
from reactivex import operators as ops

from rxex.asking import check_choice
from rxex.auth import Credentials
from rxex.channel import Dialect
from rxex.codec import decode
from rxex.connection import Connection
from rxex.errors import AuthRefused, ConnectError, InvalidArgument, MalformedMessage, RateLimited, TokenError
from rxex.events import SocketEvent
from rxex.exchanges.kucoin import rest
from rxex.exchanges.kucoin.dialect import FUTURES, SPOT
from rxex.exchanges.kucoin.rest import Bullet, Market
from rxex.exchanges.kucoin.tokens import fresh
from rxex.operators import backoff_reconnect
from rxex.rest import Response
from rxex.socket import Receive, await_greeting, open_socket, ping_every
from rxex.socket.address import LOOPBACK
from rxex.socket.options import SocketOptions
from rxex.typing import Json

__all__ = ["GetBullet", "private_connection", "public_connection", "reconnect_delays"]

GetBullet: TypeAlias = Callable[[], Observable[Bullet]]
"""A source of tokens: each call makes a stream whose first item is a new one.

Where it raises, or gives none within a minute, it is asked again within the connection's own backoff (`TokenError`,
which tells of the error its type only); a `FatalError` is the end of the connection.
"""

_OVERLOAD = 509
_SILENCE, _PATIENCE = 10.0, 5.0  # seconds before a ping, and for its pong


def reconnect_delays() -> Iterator[float]:
    """KuCoin's advice, three to five seconds before an attempt, and more after several: its CDN shuts storms out."""
    yield from (3.0, 5.0, 10.0, 20.0, 30.0)
    yield from repeat(60.0)


def public_connection(
    url: str | None = None,
    *,
    market: Market = "spot",
    get_bullet: GetBullet | None = None,
    hosts: Sequence[str] = (),
    welcome_timeout: float = 10.0,
    delays: Callable[[], Iterator[float]] = reconnect_delays,
    attempts: int | None = None,
    stable_for: float = 30.0,
    **options: Unpack[SocketOptions],
) -> Connection:
    """Prepare a connection to KuCoin's public market data; nothing happens before its ``connect()``.

    For each socket a new token is asked for over REST; its server is one of those named with it, by turns. The socket
    is open once KuCoin has welcomed us, and is pinged as often as KuCoin wants. The token is never shown.

    Args:
        url: where REST answers, of the host that ``market`` is on; None: KuCoin's own.
        market: ``spot``, ``margin`` (on the same servers), or ``futures``.
        get_bullet: makes the stream of a new token, instead of asking ``url`` for it; see `GetBullet`.
        hosts: where tokens may be sent to, besides the domain of ``url``: ``ws.example.com``.
        welcome_timeout: seconds for KuCoin's welcome.
        delays: makes the seconds to wait before each attempt to reconnect; when they end, so does the connection.
        attempts: how many attempts in a row may fail; None: any number; 0: the first failure is the end.
        stable_for: seconds that a link has to live for the delays to start over.
        options: ``open_timeout``, ``send_timeout``, ``max_message``, ``proxy``, ``ca_file``, see
            `rxex.socket.options.SocketOptions`; the last two hold for the token as well.

    Raises `InvalidArgument` for a value that cannot be right.
    """
    client = _client(None, market, url, options)
    dialect = _dialect(market, url, client)

    def ask() -> Observable[Bullet]:
        return client.public_token(market=market).pipe(ops.map(_data_of))

    links = _Links(dialect, get_bullet or ask, hosts, welcome_timeout, options)
    reconnect = backoff_reconnect(delays, stable_for=stable_for, attempts=attempts)
    return Connection(lambda receive: links.open(receive).pipe(reconnect, ops.finally_action(client.close)), dialect)


def private_connection(
    source: Credentials | GetBullet,
    url: str | None = None,
    *,
    market: Market = "spot",
    hosts: Sequence[str] = (),
    welcome_timeout: float = 10.0,
    delays: Callable[[], Iterator[float]] = reconnect_delays,
    attempts: int | None = None,
    stable_for: float = 30.0,
    **options: Unpack[SocketOptions],
) -> Connection:
    """Prepare a connection to KuCoin's private channels; nothing happens before its ``connect()``.

    As `public_connection`, but for the token: it is asked for with credentials, or taken from a source of yours, so
    that the keys need not be known here. A key that KuCoin does not accept ends the connection with `AuthRefused`.

    Args:
        source: the API key, secret and passphrase, with the permission "General"; or what makes the stream of a token,
            see `GetBullet`.
        url: where REST answers, of the host that ``market`` is on; None: KuCoin's own. ``https://``, but on this
            machine.
        market: ``spot`` and ``margin`` share one connection; ``futures`` has its own.
        hosts: as all that follow, see `public_connection`.
        welcome_timeout: seconds.
        delays: makes seconds.
        attempts: a number, or None.
        stable_for: seconds.
        options: of the socket.

    Raises `InvalidArgument` for a value that cannot be right.
    """
    client = _client(source if isinstance(source, Credentials) else None, market, url, options)
    dialect = _dialect(market, url, client)

    def ask() -> Observable[Bullet]:
        return client.private_token(market=market).pipe(ops.map(_data_of))

    get_bullet = ask if isinstance(source, Credentials) else source
    links = _Links(dialect, get_bullet, hosts, welcome_timeout, options)
    reconnect = backoff_reconnect(delays, stable_for=stable_for, attempts=attempts)
    return Connection(lambda receive: links.open(receive).pipe(reconnect, ops.finally_action(client.close)), dialect)


class _Links:
    """Makes one link after another: each with a token of its own, on the next of the servers that came with it."""

    def __init__(
        self,
        dialect: Dialect,
        get_bullet: GetBullet,
        hosts: Sequence[str],
        welcome_timeout: float,
        options: SocketOptions,
    ) -> None:
        self._dialect = dialect
        self._get_bullet = get_bullet
        self._hosts = {*hosts, _domain(urlsplit(dialect.options["rest_url"]).hostname or "")}
        self._welcome_timeout = welcome_timeout
        self._options = options
        self._turn = count()

    def open(self, receive: Receive) -> Observable[SocketEvent]:
        """Make the cold stream of one link."""

        def link(bullet: Bullet) -> Observable[SocketEvent]:
            return self._link(bullet, receive)

        return fresh(self._get_bullet, Bullet, "get_bullet").pipe(ops.map(link), ops.switch_latest())

    def _link(self, bullet: Bullet, receive: Receive) -> Observable[SocketEvent]:
        if not bullet.servers:
            return rx.throw(ConnectError("KuCoin", "the token came without a server"))
        server = bullet.servers[next(self._turn) % len(bullet.servers)]
        host = urlsplit(server.endpoint).hostname or ""
        if not any(host == known or host.endswith(f".{known}") for known in self._hosts):
            remedy = "KuCoin named this host with a token; add it to hosts if it is KuCoin's"
            return rx.throw(InvalidArgument("hosts", host, remedy))
        if not server.endpoint.startswith("wss://") and host not in LOOPBACK:
            return rx.throw(InvalidArgument("hosts", host, "a token is sent over wss:// only"))
        name, dialect = uuid4().hex, self._dialect
        joint = "&" if "?" in server.endpoint else "?"
        address = f"{server.endpoint}{joint}token={quote(bullet.token.reveal(), safe='')}&connectId={name}"

        def bare(take: Receive) -> Observable[SocketEvent]:
            return open_socket(
                address,
                receive=take,
                ping=dialect.ping,
                # Sooner than KuCoin asks for, so that a dead link is noticed within 15 s.
                ping_interval=min(_SILENCE, server.ping_interval),
                pong_timeout=min(_PATIENCE, server.ping_timeout),
                rate=dialect.rate,
                **self._options,
            )

        def is_welcome(payload: bytes) -> bool:
            return _is_welcome(payload, name)

        link = await_greeting(bare, receive, is_welcome, timeout=self._welcome_timeout)
        # A token that is too old may be refused in the handshake already; the next link has another one.
        return link.pipe(ping_every(server.ping_interval, _ping), ops.catch(_retried))


def _ping(number: int) -> Json:
    return {"id": f"k{number}", "type": "ping"}


def _retried(error: Exception, _: Observable[SocketEvent]) -> Observable[SocketEvent]:
    if isinstance(error, AuthRefused) and error.status == 401:
        return rx.throw(TokenError("RefusedToken"))
    return rx.throw(error)


def _is_welcome(payload: bytes, name: str) -> bool:
    try:
        message = decode(payload)
    except MalformedMessage:
        return False
    if not isinstance(message, dict):
        return False
    if message.get("type") == "error":
        if message.get("code") == _OVERLOAD:
            raise RateLimited("KuCoin has too many connections of ours, or is busy")
        raise TokenError("RefusedToken")
    return message.get("type") == "welcome" and message.get("id") in (name, None)


def _client(
    credentials: Credentials | None, market: Market, url: str | None, options: SocketOptions
) -> rest.KucoinRest:
    check_choice("market", market, ("spot", "margin", "futures"))
    spot, futures = (None, url or rest.FUTURES_URL) if market == "futures" else (url or rest.REST_URL, None)
    return rest.client(
        credentials,
        url=spot,
        futures_url=futures,
        # Reconnecting is what tries again, and tells so.
        delays=lambda: iter(()),
        proxy=options.get("proxy"),
        ca_file=options.get("ca_file"),
    )


def _data_of(response: Response[Bullet]) -> Bullet:
    return response.data


def _dialect(market: Market, url: str | None, client: rest.KucoinRest) -> Dialect:
    dialect = FUTURES if market == "futures" else SPOT
    rest_url = url or (rest.FUTURES_URL if market == "futures" else rest.REST_URL)
    return evolve(dialect, options={**dialect.options, "market": market, "rest_url": rest_url, "rest": client})


def _domain(host: str) -> str:
    """Give what the names of an exchange's hosts have in common: of api.kucoin.com it is kucoin.com."""
    parts = host.split(".")
    return host if len(parts) < 3 or parts[-1].isdigit() else ".".join(parts[-2:])
