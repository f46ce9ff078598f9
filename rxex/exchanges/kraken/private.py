"""Kraken's private side: the connection, our executions and balances (v2), our open orders and trades (v1).

Sources: Kraken's pages "Executions", "Balances", "openOrders", "ownTrades", "Get WebSockets Token".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping
from typing import Any, Literal, TypeVar, overload

from attrs import evolve
from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.disposable import CompositeDisposable

from rxex.channel import Answer, Channel, MakeRequest, Parse
from rxex.connection import Connection
from rxex.errors import InvalidArgument
from rxex.events import MessageStream, Notice, Socket
from rxex.exchanges.kraken import private_models as models
from rxex.exchanges.kraken.asking import EXPIRED
from rxex.exchanges.kraken.connection import V1, V2, check_version, connection_to, reconnect_delays
from rxex.models import Balance, OrderSnapshot, OrderUpdate
from rxex.operators import TokenSocket, backoff_reconnect, subscribe_channel
from rxex.socket.address import require_secure
from rxex.typing import Json, Operator

__all__ = [
    "PRIVATE_URL",
    "PRIVATE_V1",
    "PRIVATE_V1_URL",
    "PRIVATE_V2",
    "executions_of",
    "private_connection",
    "private_version_of",
    "subscribe_balances",
    "subscribe_executions",
    "subscribe_open_orders",
    "subscribe_own_trades",
    "token_of",
    "with_token",
]

T = TypeVar("T")
PRIVATE_URL = "wss://ws-auth.kraken.com/v2"
PRIVATE_V1_URL = "wss://ws-auth.kraken.com"
_CHANNELS_V2 = {"executions", "balances"}
_CHANNELS_V1 = {"openOrders", "ownTrades"}


def _route_v2(message: Json) -> Hashable | None:
    if isinstance(message, dict) and message.get("channel") in _CHANNELS_V2:
        return (message["channel"],)
    return None


def _route_v1(message: Json) -> Hashable | None:
    if isinstance(message, list) and len(message) == 3 and message[1] in _CHANNELS_V1:
        return (message[1],)
    return None


# Kraken does not tell how many messages a second it takes; some twenty are known to pass. What comes faster is not
# queued but refused (see `rxex.events.Socket.send`): an order that waits is not the order that was meant.
PRIVATE_V2 = evolve(V2, name="kraken private v2", route=_route_v2, batch=1, rate=(20.0, 20))
PRIVATE_V1 = evolve(V1, name="kraken private v1", route=_route_v1, batch=1, rate=(20.0, 20))


def private_connection(
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
    """Prepare a connection to Kraken's private side; nothing happens before its ``connect()``.

    Pipe it through ``private_socket(get_token)`` for the sockets that the private channels and requests need. The
    library sees the token only, and never shows it.

    Args:
        url: where to connect; None: Kraken's own address for ``version``. It has to be ``wss://``, but on this machine.
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
    address = url if url is not None else PRIVATE_URL if version == 2 else PRIVATE_V1_URL
    require_secure(address)
    return connection_to(
        address,
        PRIVATE_V2 if version == 2 else PRIVATE_V1,
        backoff_reconnect(delays, stable_for=stable_for, attempts=attempts),
        open_timeout=open_timeout,
        max_message=max_message,
        proxy=proxy,
        ca_file=ca_file,
    )


def private_version_of(messages: Observable[Json], version: int | None) -> int:
    """The version that is spoken: as the user says, else that of the connection."""
    if version is None:
        version = 1 if isinstance(messages, MessageStream) and messages.dialect is PRIVATE_V1 else 2
    check_version(version)
    return version


def token_of(socket: Socket) -> str:
    """The token of a socket; raises `InvalidArgument` where it has none."""
    if not isinstance(socket, TokenSocket):
        raise InvalidArgument("sockets", socket, "private channels need sockets of private_socket or add_token")
    return socket.token.reveal()


def with_token(socket: TokenSocket | None) -> TokenSocket | None:
    """Let a socket pass that has a token, and None."""
    if socket is not None:
        token_of(socket)
    return socket


def _request_v2(method: str, params: Mapping[str, Any]) -> MakeRequest:
    def make(_: object, request_id: int, socket: Socket) -> Json:
        return {"method": method, "params": {**params, "token": token_of(socket)}, "req_id": request_id}

    return make


def _request_v1(event: str, subscription: Mapping[str, Any]) -> MakeRequest:
    def make(_: object, request_id: int, socket: Socket) -> Json:
        return {"event": event, "reqid": request_id, "subscription": {**subscription, "token": token_of(socket)}}

    return make


def _answers_v2(message: Json) -> Iterator[Answer]:
    if isinstance(message, dict) and isinstance(message.get("req_id"), int):
        error, result = message.get("error"), message.get("result")
        if isinstance(error, str):
            yield _no(message["req_id"], error)
        elif message.get("success") is True and isinstance(result, dict):
            yield Answer(message["req_id"], (result.get("channel"),))


def _answers_v1(message: Json) -> Iterator[Answer]:
    if not isinstance(message, dict):
        return
    if "Error" in message:
        yield Answer(error=str(message["Error"]), transient=True)
    elif isinstance(message.get("reqid"), int):
        error = message.get("errorMessage")
        if isinstance(error, str):
            yield _no(message["reqid"], error)
        elif message.get("status") == "subscribed":
            yield Answer(message["reqid"], (message.get("channelName"),))


def _no(request_id: int, error: str) -> Answer:
    if error == "Already subscribed":
        return Answer(request_id)
    is_rate = "rate" in error.lower() or "Too many requests" in error
    return Answer(request_id, error=error, transient=is_rate, expired=error.startswith(EXPIRED))


def _channel(
    name: str, wire: Any, parse: Callable[[models.Numbering], Parse[T]], version: int, options: Mapping[str, Any]
) -> Channel[T]:
    numbering = models.Numbering(name)
    request, answers, dialect, word = (
        (_request_v1, _answers_v1, PRIVATE_V1, "name")
        if version == 1
        else (_request_v2, _answers_v2, PRIVATE_V2, "channel")
    )
    return Channel(
        name=name,
        symbol="",
        key=(name,),
        wire=wire,
        start=lambda: parse(numbering),
        subscribe=request("subscribe", {word: name, **options}),
        unsubscribe=request("unsubscribe", {word: name}),
        answer=answers,
        route=dialect.route,
        group=(name, *(f"{key}={options[key]!r}" for key in sorted(options))),
        first_timeout=10.0,
        needs_all=True,
    )


def _subscribe(channel: Channel[T], messages: Observable[Json], *, notices: bool) -> Operator[TokenSocket | None, Any]:
    ask = subscribe_channel(channel, messages, notices=notices)

    def _subscribe_private(sockets: Observable[TokenSocket | None]) -> Observable[Any]:
        return sockets.pipe(ops.map(with_token), ask)

    return _subscribe_private


@overload
def subscribe_executions(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[TokenSocket | None, OrderUpdate | OrderSnapshot]: ...
@overload
def subscribe_executions(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[TokenSocket | None, OrderUpdate | OrderSnapshot | Notice]: ...
def subscribe_executions(messages: Observable[Json], *, notices: bool = False) -> Operator[TokenSocket | None, Any]:
    """Subscribe to everything that happens to our orders (v2).

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the updates.

    Emits an `OrderSnapshot` (all open orders, our last 50 executions) on each socket and after each gap, then an
    `OrderUpdate` for each event. Numbers are checked: where one is missing, this channel alone is asked for anew. See
    `subscribe_channel` for sharing, errors and thread. Source: Kraken's page "Executions".
    """
    options = {"snap_orders": True, "snap_trades": True, "order_status": True}
    channel = _channel("executions", models.ExecutionsV2, models.parse_executions_v2, 2, options)
    return _subscribe(channel, messages, notices=notices)


@overload
def subscribe_balances(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[TokenSocket | None, Balance]: ...
@overload
def subscribe_balances(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[TokenSocket | None, Balance | Notice]: ...
def subscribe_balances(messages: Observable[Json], *, notices: bool = False) -> Operator[TokenSocket | None, Any]:
    """Subscribe to our balances (v2).

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the balances.

    Emits the `Balance` of each asset on each socket, then one with ``change`` for each booking; a trade makes two.
    What open orders hold is not told. Numbers are checked as by `subscribe_executions`. Source: Kraken's page
    "Balances".
    """
    channel = _channel("balances", models.BalancesV2, models.parse_balances_v2, 2, {"snapshot": True})
    return _subscribe(channel, messages, notices=notices)


@overload
def subscribe_open_orders(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[TokenSocket | None, OrderUpdate | OrderSnapshot]: ...
@overload
def subscribe_open_orders(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[TokenSocket | None, OrderUpdate | OrderSnapshot | Notice]: ...
def subscribe_open_orders(messages: Observable[Json], *, notices: bool = False) -> Operator[TokenSocket | None, Any]:
    """Subscribe to our orders (v1); their executions come by `subscribe_own_trades`.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among the updates.

    Emits an `OrderSnapshot` of all open orders on each socket and after each gap, then an `OrderUpdate` for each
    change. Numbers are checked as by `subscribe_executions`. Source: Kraken's page "openOrders".
    """
    channel = _channel("openOrders", models.OpenOrdersV1, models.parse_open_orders_v1, 1, {})
    return _subscribe(channel, messages, notices=notices)


@overload
def subscribe_own_trades(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[TokenSocket | None, OrderUpdate]: ...
@overload
def subscribe_own_trades(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[TokenSocket | None, OrderUpdate | Notice]: ...
def subscribe_own_trades(messages: Observable[Json], *, notices: bool = False) -> Operator[TokenSocket | None, Any]:
    """Subscribe to the executions of our orders (v1).

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap` and `Stale` stand among them.

    Emits an `OrderUpdate` with its ``fill`` for each: the last 50 on each socket and after each gap, then new ones.
    Each fill is told on its own. Numbers are checked as by `subscribe_executions`. Source: Kraken's page "ownTrades".
    """
    options = {"snapshot": True, "consolidate_taker": False}
    channel = _channel("ownTrades", models.OwnTradesV1, models.parse_own_trades_v1, 1, options)
    return _subscribe(channel, messages, notices=notices)


def executions_of(
    sockets: Observable[TokenSocket | None], messages: Observable[Json], version: int
) -> Observable[OrderUpdate | OrderSnapshot]:
    """Give all that is told of our orders, in either version."""
    if version == 2:
        return sockets.pipe(subscribe_executions(messages))
    channels = (sockets.pipe(subscribe_open_orders(messages)), sockets.pipe(subscribe_own_trades(messages)))

    def subscribe(observer: abc.ObserverBase[Any], on: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        # At once, which `merge` does not promise: both have to be asked for before an order is sent.
        both, left = CompositeDisposable(), len(channels)

        def complete() -> None:
            nonlocal left
            left -= 1
            if not left:
                observer.on_completed()

        for channel in channels:
            both.add(channel.subscribe(observer.on_next, observer.on_error, complete, scheduler=on))
        return both

    return Observable(subscribe)
