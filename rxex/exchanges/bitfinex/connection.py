"""Connections to Bitfinex's WebSocket v2, public and authenticated.

Sources: Bitfinex's pages "Network connectivity", "WebSocket general" and "Authenticated channels".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import repeat
from typing import Any, Unpack

import reactivex as rx
from attrs import evolve
from reactivex import Observable
from reactivex import operators as ops
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxex.auth import Credentials, sign
from rxex.clock import default_clock
from rxex.codec import decode
from rxex.connection import Connection
from rxex.errors import ConnectError, ConnectionClosed, InvalidArgument, LinkRefused
from rxex.events import Closed, Opened, Socket, SocketEvent
from rxex.exchanges.bitfinex.dialect import Flag, Sessions, make_dialect
from rxex.operators import backoff_reconnect
from rxex.operators._answers import check_timeout
from rxex.rest import CallCounter
from rxex.socket import Receive, await_greeting, open_socket
from rxex.socket.address import require_secure
from rxex.socket.options import SocketOptions
from rxex.typing import Json, Operator

__all__ = [
    "PRIVATE_URL",
    "PUBLIC_URL",
    "count_dials",
    "private_connection",
    "private_connection_over",
    "public_connection",
    "reconnect_delays",
]

PUBLIC_URL = "wss://api-pub.bitfinex.com/ws/2"
PRIVATE_URL = "wss://api.bitfinex.com/ws/2"
_VERSION = 2
_BAN = 60.0  # seconds for which an address is refused that connected too often
_CANCEL_ALL = 4
# One of the 25 channels of an authenticated socket is the account.
_CHANNELS_BESIDE_ACCOUNT = 24


def reconnect_delays() -> Iterator[float]:
    """After a second, and then ever more slowly up to a minute: 20 new links a minute are all that Bitfinex takes."""
    yield from (1.0, 2.0, 4.0, 8.0, 15.0, 30.0)
    yield from repeat(60.0)


def count_dials(most: int, seconds: float, *, scheduler: SchedulerBase | None = None) -> CallCounter:
    """Make what keeps new links within ``most`` in any ``seconds``: half of them at once, the others as time passes."""
    return CallCounter(most / 2, most / 2 / seconds, scheduler=scheduler)


def public_connection(
    url: str | None = None,
    *,
    sequence: bool = True,
    checksums: bool = True,
    timestamps: bool = False,
    bulk_updates: bool = False,
    delays: Callable[[], Iterator[float]] = reconnect_delays,
    attempts: int | None = None,
    stable_for: float = 30.0,
    dials: CallCounter | None = None,
    **options: Unpack[SocketOptions],
) -> Connection:
    """Prepare a connection to Bitfinex's public market data; nothing happens before its ``connect()``.

    A socket has 25 channels at most; for further ones the connection opens further sockets, at the pace that Bitfinex
    allows. Each is open once Bitfinex has said its version; another than 2 ends the connection with `LinkRefused`.

    Args:
        url: where to connect; None: Bitfinex's own address for public channels.
        sequence: whether messages are numbered: a number that does not come makes the socket connect anew, and each of
            its channels tells a `Gap`.
        checksums: whether books come with checksums, and are verified.
        timestamps: whether raw messages end with Bitfinex's time.
        bulk_updates: whether several changes of a book may come in one message.
        delays: makes the seconds to wait before each attempt to reconnect; when they end, so does the connection.
        attempts: how many attempts in a row may fail; None: any number.
        stable_for: seconds that a link has to live for the delays to start over.
        dials: counts new links, for several connections of one machine: ``rxex.rest.CallCounter(10, 10 / 60)``, as 10
            at once and 10 a minute are 20 in any minute, which is the limit; None: one of its own.
        options: ``open_timeout``, ``send_timeout``, ``max_message``, ``proxy``, ``ca_file``, see
            `rxex.socket.options.SocketOptions`.

    Raises `InvalidArgument` for a value that cannot be right. Source: Bitfinex's pages "WebSocket general".
    """
    flags = _flags(sequence=sequence, checksums=checksums, timestamps=timestamps, bulk_updates=bulk_updates)
    dialect = make_dialect()
    reconnect = backoff_reconnect(delays, stable_for=stable_for, attempts=attempts)
    counter = dials or count_dials(20, 60.0)

    def open_link(receive: Receive) -> Observable[SocketEvent]:
        return _link(url or PUBLIC_URL, receive, dialect.ping, dialect.rate, options).pipe(_say_first(lambda: [flags]))

    open_socket(url or PUBLIC_URL, **options)  # what cannot be right is told now, not when it is connected
    return Connection(lambda receive: _paced(lambda: open_link(receive), counter).pipe(reconnect), dialect)


def private_connection(
    credentials: Credentials,
    url: str | None = None,
    *,
    filters: Sequence[str] | None = None,
    dead_man_switch: bool = False,
    calc: bool = False,
    auth_timeout: float = 15.0,
    sequence: bool = True,
    checksums: bool = True,
    timestamps: bool = False,
    bulk_updates: bool = False,
    delays: Callable[[], Iterator[float]] = reconnect_delays,
    attempts: int | None = None,
    stable_for: float = 30.0,
    dials: CallCounter | None = None,
    **options: Unpack[SocketOptions],
) -> Connection:
    """Prepare an authenticated connection to Bitfinex; nothing happens before its ``connect()``.

    It authenticates on each new socket; `Authenticated` tells that Bitfinex has accepted it, with what the key may do
    in ``raw["caps"]``. A key that is refused ends the connection with `AuthRefused`. Beside the account there is room
    for 24 public channels; more belong on a `public_connection`.

    Args:
        credentials: the API key. REST may have this same object. Another program, or another object of the same key,
            has nonces of its own, and Bitfinex wants them in order.
        url: where to connect; None: Bitfinex's own address. It has to be ``wss://``, but on this machine.
        filters: what of the account is wanted: ``trading``, ``trading-tBTCUSD``, ``funding``, ``wallet``,
            ``wallet-exchange-BTC``, ``algo``, ``balance``, ``notify``; None: everything. Requests need ``notify``, and
            orders ``trading``, too.
        dead_man_switch: whether Bitfinex cancels all orders of the account when this socket closes.
        calc: whether Bitfinex is asked to calculate balances and margins by itself.
        auth_timeout: seconds for Bitfinex to accept us and to tell our open orders, after which the link is made anew.
        sequence: as all that follow, see `public_connection`.
        checksums: whether.
        timestamps: whether.
        bulk_updates: whether.
        delays: makes seconds.
        attempts: a number, or None.
        stable_for: seconds.
        dials: counts new links, of which Bitfinex takes 5 in 15 seconds here; None: one of its own.
        options: of the socket.

    Raises `InvalidArgument` for a value that cannot be right. Source: Bitfinex's page "Authenticated channels".
    """
    address = url or PRIVATE_URL
    require_secure(address)
    reconnect = backoff_reconnect(delays, stable_for=stable_for, attempts=attempts)
    counter, wire = dials or count_dials(5, 15.0), make_dialect()

    def open_link(receive: Receive) -> Observable[SocketEvent]:
        return _paced(lambda: _link(address, receive, wire.ping, wire.rate, options), counter)

    return private_connection_over(
        open_link,
        credentials,
        reconnect,
        filters=filters,
        dead_man_switch=dead_man_switch,
        calc=calc,
        auth_timeout=auth_timeout,
        sequence=sequence,
        checksums=checksums,
        timestamps=timestamps,
        bulk_updates=bulk_updates,
    )


def private_connection_over(
    open_link: Callable[[Receive], Observable[SocketEvent]],
    credentials: Credentials,
    reconnect: Operator[SocketEvent, SocketEvent],
    *,
    filters: Sequence[str] | None = None,
    dead_man_switch: bool = False,
    calc: bool = False,
    auth_timeout: float = 15.0,
    sequence: bool = True,
    checksums: bool = True,
    timestamps: bool = False,
    bulk_updates: bool = False,
) -> Connection:
    """Prepare an authenticated connection over links that ``open_link`` makes.

    Those of a simulated exchange in virtual time, as its ``source`` gives them. ``reconnect`` is what
    `backoff_reconnect` gives; the rest as of `private_connection`.
    """
    if isinstance(filters, str) or (filters is not None and not filters):
        raise InvalidArgument("filters", filters, "pass a list of them, or None for everything")
    check_timeout(auth_timeout)
    flags = _flags(sequence=sequence, checksums=checksums, timestamps=timestamps, bulk_updates=bulk_updates)
    more: dict[str, Any] = {} if filters is None else {"filter": list(filters)}
    more |= {"dms": _CANCEL_ALL} if dead_man_switch else {}
    more |= {"calc": 1} if calc else {}
    # Further sockets would have to authenticate too, and each would bring the account again.
    dialect = evolve(make_dialect(filters or ()), name="bitfinex private", channels_per_socket=None)

    sessions: Sessions = dialect.options["sessions"]

    def is_accepted(socket: Socket) -> bool:
        session = sessions.of(socket)
        if session is None or not session.account.is_authenticated:
            return False
        # What is open comes next; with filters it may not be wanted.
        return bool(filters) or session.account.messages("orders") is not None

    def link(receive: Receive) -> Observable[SocketEvent]:
        said = open_link(receive).pipe(_say_first(lambda: [flags, _auth(credentials) | more]))
        return _watched(said, is_accepted, auth_timeout).pipe(reconnect)

    return Connection(link, dialect)


def _auth(credentials: Credentials) -> dict[str, Any]:
    nonce = credentials.nonces.next(1000)  # microseconds, as nanoseconds are more than Bitfinex counts
    payload = f"AUTH{nonce}"
    return {
        "event": "auth",
        "apiKey": credentials.key.reveal(),
        "authSig": sign(credentials.secret.reveal().encode(), payload.encode(), digest="sha384", encoding="hex"),
        "authPayload": payload,
        "authNonce": nonce,
    }


def _flags(*, sequence: bool, checksums: bool, timestamps: bool, bulk_updates: bool) -> Json:
    wanted = {
        Flag.SEQ_ALL: sequence,
        Flag.OB_CHECKSUM: checksums,
        Flag.TIMESTAMP: timestamps,
        Flag.BULK_UPDATES: bulk_updates,
    }
    return {"event": "conf", "flags": sum(int(flag) for flag, is_wanted in wanted.items() if is_wanted)}


def _link(
    url: str,
    receive: Receive,
    ping: Callable[[int], Json] | None,
    rate: tuple[float, int] | None,
    options: SocketOptions,
) -> Observable[SocketEvent]:
    """Make the cold stream of one link, which is open once Bitfinex has said its version."""

    def bare(take: Receive) -> Observable[SocketEvent]:
        return open_socket(url, receive=take, ping=ping, rate=rate, **options)

    return await_greeting(bare, receive, _is_info)


def _is_info(payload: bytes) -> bool:
    message = decode(payload)
    if not (isinstance(message, dict) and message.get("event") == "info" and "version" in message):
        return False
    if message["version"] != _VERSION:
        raise LinkRefused(None, f"it speaks version {message['version']}, and we speak {_VERSION}")
    return True


def _say_first(messages: Callable[[], list[Json]]) -> Operator[SocketEvent, SocketEvent]:
    """Send messages on each new socket before anyone else can."""

    def send(event: SocketEvent) -> None:
        if isinstance(event, Opened):
            for message in messages():
                event.socket.send(message, now=True)

    return ops.do_action(send)


def _watched(
    source: Observable[SocketEvent], is_accepted: Callable[[Socket], bool], timeout: float
) -> Observable[SocketEvent]:
    """Drop a socket on which Bitfinex has not accepted us in time."""

    def subscribe(observer: ObserverBase[SocketEvent], scheduler: SchedulerBase | None = None) -> DisposableBase:
        patience = SerialDisposable()

        def watch(socket: Socket) -> None:
            def look(*_: Any) -> None:
                if not is_accepted(socket):
                    socket.drop(
                        ConnectionClosed(
                            None, f"Bitfinex has not accepted us, or not told the account, within {timeout:g} s"
                        )
                    )

            patience.disposable = socket.scheduler.schedule_relative(timeout, look)

        def on_next(event: SocketEvent) -> None:
            if isinstance(event, Opened):
                watch(event.socket)
            elif isinstance(event, Closed):
                patience.disposable = None
            observer.on_next(event)

        listening = source.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=scheduler)
        return CompositeDisposable(listening, patience)

    return Observable(subscribe)


def _paced(open_link: Callable[[], Observable[SocketEvent]], dials: CallCounter) -> Observable[SocketEvent]:
    """Open a link as soon as Bitfinex allows another one; after a refusal for their number, a minute later."""

    def begin(_: Any) -> Observable[SocketEvent]:
        wait = dials.wait()
        if wait > 0:
            return rx.timer(wait, scheduler=default_clock()).pipe(ops.flat_map(begin))
        return open_link().pipe(ops.catch(_banned))

    return rx.defer(begin)


def _banned(error: Exception, _: Observable[SocketEvent]) -> Observable[SocketEvent]:
    if isinstance(error, ConnectError) and error.status == 429 and error.retry_after is None:
        return rx.throw(ConnectError(error.address, error.reason, error.status, _BAN))
    return rx.throw(error)
