"""Kraken's books order by order: a host of their own, which wants a token; each checksum verified.

Sources: Kraken's page "Orders (Level 3)" of the Spot WebSocket v2 reference, and its guide to the checksum.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Literal, overload

from attrs import evolve
from msgspec import Struct, convert
from reactivex import Observable
from reactivex import operators as ops

from rxex.asking import check_choice
from rxex.book import BookOrder, L3Book, OrderBook, OrderBookUpdate, order_updates
from rxex.channel import Number
from rxex.codec import number
from rxex.connection import Connection
from rxex.errors import SequenceGap
from rxex.events import Notice
from rxex.exchanges.kraken.asking import Kind, subscribe
from rxex.exchanges.kraken.connection import V2, connection_to, reconnect_delays
from rxex.exchanges.kraken.integrity import CHECKSUM_V2
from rxex.exchanges.kraken.models import time_v2
from rxex.exchanges.kraken.private import token_of, with_token
from rxex.operators import TokenSocket, backoff_reconnect, lift
from rxex.socket.address import require_secure
from rxex.typing import Json, Operator

__all__ = ["LEVEL3", "LEVEL3_URL", "level3_connection", "subscribe_level3", "subscribe_level3_updates"]

LEVEL3_URL = "wss://ws-l3.kraken.com/v2"
# Kraken counts subscriptions, 200 a second: a symbol is 5, 25 or 100 by its depth. Two requests a second, each at most
# half of that.
_BATCHES = {10: 20, 100: 4, 1000: 1}
LEVEL3 = evolve(V2, name="kraken level3", rate=(2.0, 2))
_NOTHING = Decimal(0)


class OrderV2(Struct, rename={"id": "order_id", "price": "limit_price", "size": "order_qty"}, gc=False):
    """An order; a snapshot's have no event, and of one that is deleted the rest may be missing."""

    id: str
    price: Any = None
    size: Any = None
    timestamp: str | None = None
    event: str | None = None


class OrdersV2(Struct, gc=False):
    """Orders of both sides."""

    bids: list[OrderV2]
    asks: list[OrderV2]
    checksum: int | None = None
    timestamp: str | None = None


class Level3V2(Struct, gc=False):
    """A message of level 3; its data has one element."""

    type: str
    data: list[OrdersV2]


class _Parser:
    """The book of one symbol.

    Kraken does not say whether an order that is modified keeps its place in the queue while its time changes. So a
    checksum that is not that of our book is held against the other queue as well, which is then kept to.
    """

    __slots__ = ("_book", "_depth", "_last", "_symbol")

    def __init__(self, depth: int, symbol: str) -> None:
        self._book = L3Book(depth, CHECKSUM_V2)
        self._depth = depth
        self._symbol = symbol
        self._last: OrderBook | None = None

    def view(self) -> OrderBook | None:
        """The book as it is now; None before its snapshot."""
        return self._last

    def __call__(self, wire: Level3V2, received: int, raw: bytes | Json, make: Number) -> Sequence[OrderBook]:
        (orders,) = wire.data
        book = self._book
        bids, asks = ([_order(each, make) for each in side] for side in (orders.bids, orders.asks))
        if wire.type == "snapshot":
            book.replace(bids, asks)
        elif self._last is not None:
            book.update(bids, asks)
        else:
            return ()  # of an earlier subscription, or part of the snapshot already
        self._verify(orders.checksum)
        time = None if orders.timestamp is None else time_v2(orders.timestamp)
        self._last = OrderBook(
            self._symbol, self._depth, book.bids, book.asks, book.checksum, time=time, received=received, raw=raw
        )
        return (self._last,)

    def _verify(self, checksum: int | None) -> None:
        book = self._book
        if book.checksum == checksum:
            return
        ours = book.checksum
        if checksum is not None:
            book.rearrange()
            if book.checksum == checksum:
                return
        why = "is missing" if checksum is None else f"{checksum} is not that of our book, {ours}"
        raise SequenceGap(None, None, reason=f"checksum {why}")


def _order(wire: OrderV2, make: Number) -> BookOrder:
    if wire.event == "delete":
        return BookOrder(wire.id, _NOTHING, _NOTHING, 0)
    # One without a time has no place in a queue, and cannot be read.
    return BookOrder(wire.id, make(wire.price), make(wire.size), time_v2(wire.timestamp or ""))


def level3_connection(
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
    """Prepare a connection to Kraken's host for books order by order; nothing happens before its ``connect()``.

    Pipe it through ``private_socket(get_token)`` for the sockets that `subscribe_level3` needs.

    Args:
        url: where to connect; None: Kraken's own address. It has to be ``wss://``, but on this machine.
        delays: makes the seconds to wait before each attempt to reconnect; when they end, so does the connection.
        attempts: how many attempts in a row may fail; None: any number.
        stable_for: seconds that a link has to live for the delays to start over.
        open_timeout: seconds for name look-up, TCP, TLS and handshake together.
        max_message: bytes that a message may have; a snapshot has every order of 2,000 prices at most.
        proxy: ``http://user:password@host:port`` of an HTTP proxy.
        ca_file: a file of further certificate authorities to trust.

    Raises `InvalidArgument` for a value that cannot be right.
    """
    address = LEVEL3_URL if url is None else url
    require_secure(address)
    return connection_to(
        address,
        LEVEL3,
        backoff_reconnect(delays, stable_for=stable_for, attempts=attempts),
        open_timeout=open_timeout,
        max_message=max_message,
        proxy=proxy,
        ca_file=ca_file,
    )


@overload
def subscribe_level3(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int = 10, notices: Literal[False] = False
) -> Operator[TokenSocket | None, OrderBook]: ...
@overload
def subscribe_level3(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int = 10, notices: Literal[True]
) -> Operator[TokenSocket | None, OrderBook | Notice]: ...
def subscribe_level3(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int = 10, notices: bool = False
) -> Operator[TokenSocket | None, Any]:
    """Subscribe to the order book of ``symbol``, or of several, order by order (v2).

    Each checksum is verified. Where one is wrong or missing, a message cannot be read or the book is crossed, that book
    is withheld: a `Gap` is told, and the one symbol asked for again until its snapshot is there; the others go on.

    Args:
        symbol: as in ``BTC/USD``.
        messages: those of a `level3_connection`, from ``keep_messages_only()``.
        depth: prices of each side: 10, 100 or 1000; one of a symbol on a connection. Kraken takes 200 symbols on a
            connection, and the deeper they are, the slower they are asked for.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.

    Emits an `OrderBook` at once and after each change; it can be kept. Only orders that rest and show are in it. See
    `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol or a depth that cannot be one. On a connection that has the book in another
    depth, or for a socket without a token, the stream ends with it. Source: Kraken's page "Orders (Level 3)".
    """
    return _subscribe(symbol, messages, depth, notices=notices)


@overload
def subscribe_level3_updates(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int = 10, notices: Literal[False] = False
) -> Operator[TokenSocket | None, OrderBookUpdate]: ...
@overload
def subscribe_level3_updates(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int = 10, notices: Literal[True]
) -> Operator[TokenSocket | None, OrderBookUpdate | Notice]: ...
def subscribe_level3_updates(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int = 10, notices: bool = False
) -> Operator[TokenSocket | None, Any]:
    """Subscribe to what changes, order by order, in the book of ``symbol``, or of several (v2).

    The books are those of `subscribe_level3`, shared with it: verified, withheld and mended in the same way.

    Args:
        symbol: as in ``BTC/USD``.
        messages: those of a `level3_connection`, from ``keep_messages_only()``.
        depth: prices of each side: 10, 100 or 1000. What falls out of it is not told: cut it off.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the updates.

    Emits an `OrderBookUpdate` for each message. The first one of a symbol is the whole book, and so is the one after a
    gap. Errors and thread are those of `subscribe_level3`. Source: Kraken's page "Orders (Level 3)".
    """
    books = _subscribe(symbol, messages, depth, notices=notices)
    updates: Any = lift(lambda: order_updates(_update))
    return lambda sockets: sockets.pipe(books, updates)


def _subscribe(
    symbol: str | Sequence[str], messages: Observable[Json], depth: int, *, notices: bool
) -> Operator[TokenSocket | None, Any]:
    check_choice("depth", depth, tuple(_BATCHES))
    kind: Kind[OrderBook] = Kind(
        "level3",
        Level3V2,
        partial(_Parser, depth),
        options={"depth": depth},
        snapshot=True,
        first_timeout=10.0,
        keeps_last=True,
        late=_Parser.view,
        needs_all=True,
        batch=_BATCHES[depth],
        of_socket=_told_with,
    )
    ask: Any = subscribe(kind, symbol, messages, notices=notices, version=2)
    return lambda sockets: sockets.pipe(ops.map(with_token), ask)


def _update(book: OrderBook) -> OrderBookUpdate:
    message = convert(book.raw, Level3V2)
    (orders,) = message.data
    bids, asks = (tuple(_order(each, number) for each in side) for side in (orders.bids, orders.asks))
    is_snapshot = message.type == "snapshot"
    return OrderBookUpdate(book.symbol, bids, asks, is_snapshot, book.checksum, book.time, book.received, book._raw)


def _told_with(socket: Any) -> dict[str, str]:
    return {"token": token_of(socket)}
