"""KuCoin's books order by order, which it has taken out of its documents: version 2 in 2021, version 1 in 2020.

Sources: the chapter "Level 3" of KuCoin's documents up to June 2021, and up to May 2020.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, Literal, overload

from attrs import frozen
from msgspec import Struct
from msgspec.structs import replace
from reactivex import Observable

from rxex.asking import check_choice
from rxex.book import BookOrder, L3Book, OrderBook, OrderBookUpdate, order_updates
from rxex.codec import number
from rxex.errors import SequenceGap
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.asking import Kind, check_symbols, subscribe
from rxex.exchanges.kucoin.book_snapshots import OrdersSnapshot, Snapshots, checked, name_of
from rxex.exchanges.kucoin.books import check_depth
from rxex.exchanges.kucoin.integrity import JoinedBook
from rxex.operators import lift
from rxex.typing import Json, Operator, Step

__all__ = ["subscribe_level3", "subscribe_level3_updates"]

_TOPICS = {1: "/market/level3", 2: "/spotMarket/level3"}
_NOTHING = Decimal(0)


class EventWire(Struct, rename="camel", gc=False):
    """What happened to an order; version 1 has its numbers as texts. What is missing depends on the kind."""

    sequence: str | int
    order_id: str | None = None
    side: str | None = None
    price: str | None = None
    size: str | None = None
    new_size: str | None = None
    remain_size: str | None = None
    maker_order_id: str | None = None
    ts: int | None = None
    time: str | int | None = None

    @property
    def moment(self) -> int:
        """Nanoseconds since the epoch."""
        return int(self.time or 0) if self.ts is None else self.ts


class Level3Wire(Struct, gc=False):
    """A message; the subjects of version 1 begin with ``trade.l3``."""

    subject: str
    data: EventWire


@frozen
class _Resting:
    """An order that is in the book."""

    order: BookOrder
    is_bid: bool


@frozen(slots=False)
class ChangedOrders(OrderBook):
    """A book, and what its last message has set in it: a bid or an ask. None: all of it is new."""

    change: _Resting | None = None


class Level3Parser(JoinedBook[Level3Wire, OrdersSnapshot, _Resting, ChangedOrders]):
    """One book on one subscription."""

    def __init__(self, symbol: str) -> None:
        super().__init__()
        self.book = L3Book(sys.maxsize)
        self._symbol = symbol
        self._orders: dict[str, _Resting] = {}
        self._time: int | None = None
        self._steps: dict[str, Callable[[EventWire], _Resting | None]] = {
            "received": lambda _: None,
            "open": self._open,
            "match": self._match,
            "change": self._resize,
            "update": self._resize,
            "done": self._done,
        }

    def _numbers(self, wire: Level3Wire) -> tuple[int, int]:
        sequence = int(wire.data.sequence)
        return sequence, sequence

    def _replace(self, snapshot: OrdersSnapshot) -> None:
        self.book.replace(snapshot.bids, snapshot.asks)
        self._orders = {
            order.id: _Resting(order, is_bid)
            for side, is_bid in ((snapshot.bids, True), (snapshot.asks, False))
            for order in side
        }
        self._time = None

    def _apply(self, wire: Level3Wire, after: int | None, *, is_checked: bool) -> _Resting | None:  # noqa: ARG002
        event = wire.data
        change = self._steps[wire.subject.removeprefix("trade.l3")](event)
        self._time = event.moment
        return change

    def _open(self, event: EventWire) -> _Resting | None:
        if not event.price or event.size is None or not number(event.size):
            return None  # a hidden order
        if event.order_id is None:
            raise ValueError("an order without an id")
        order = BookOrder(event.order_id, number(event.price), number(event.size), event.moment)
        known = self._orders.pop(event.order_id, None)
        is_bid = {"buy": True, "sell": False}[event.side or ""]
        if known is not None and known.is_bid is not is_bid:
            raise ValueError("an order that changes sides")
        # What shows of an iceberg opens again and again.
        return self._set(order, is_bid=is_bid)

    def _match(self, event: EventWire) -> _Resting | None:
        resting = self._orders.get(event.maker_order_id or "")
        if resting is None:
            return None
        left = resting.order.size - number(event.size) if event.remain_size is None else number(event.remain_size)
        return self._shrink(resting, left)

    def _resize(self, event: EventWire) -> _Resting | None:
        resting = self._orders.get(event.order_id or "")
        if resting is None:
            return None
        return self._shrink(resting, number(event.size if event.new_size is None else event.new_size))

    def _done(self, event: EventWire) -> _Resting | None:
        resting = self._orders.get(event.order_id or "")
        if resting is None:
            return None
        return self._shrink(resting, _NOTHING)

    def _shrink(self, resting: _Resting, size: Decimal) -> _Resting | None:
        order = resting.order
        if not _NOTHING <= size <= order.size:
            raise SequenceGap(None, None, reason=f"an order of {order.size} became {size}")
        return None if size == order.size else self._set(replace(order, size=size), is_bid=resting.is_bid)

    def _set(self, order: BookOrder, *, is_bid: bool) -> _Resting:
        change = _Resting(order, is_bid)
        if order.size:
            self._orders[order.id] = change
        else:
            del self._orders[order.id]
        self.book.update((order,) if is_bid else (), () if is_bid else (order,))
        return change

    def _view(self, changes: _Resting | None) -> ChangedOrders:
        book = self.book
        return ChangedOrders(
            self._symbol,
            sys.maxsize,
            book.bids,
            book.asks,
            time=self._time,
            received=self._received,
            raw=self._raw,
            change=changes,
        )


def _best_prices(depth: int) -> Step[ChangedOrders | Notice, OrderBook | Notice]:
    """Make the step that cuts books to their best prices, and passes over those that are the same in them."""
    shown: dict[str, OrderBook] = {}

    def step(item: ChangedOrders | Notice) -> Iterable[OrderBook | Notice]:
        if isinstance(item, Notice):
            return (item,)
        before, bids, asks = shown.get(item.symbol), item.bids[:depth], item.asks[:depth]
        if before is not None and item.change is not None and before.bids == bids and before.asks == asks:
            return ()
        book = OrderBook(item.symbol, depth, bids, asks, None, item.time, item.received, item._raw)
        shown[item.symbol] = book
        return (book,)

    return step


def _update_of(book: ChangedOrders) -> OrderBookUpdate:
    change = book.change
    if change is None:
        bids, asks = (tuple(order for level in side for order in level.orders) for side in (book.bids, book.asks))
    else:
        bids, asks = ((change.order,), ()) if change.is_bid else ((), (change.order,))
    return OrderBookUpdate(book.symbol, bids, asks, change is None, None, book.time, book.received, book._raw)


def _kind(snapshots: Snapshots[OrdersSnapshot], version: int) -> Kind[ChangedOrders]:
    check_choice("version", version, tuple(_TOPICS))
    return Kind(
        _TOPICS[version],
        Level3Wire,
        Level3Parser,
        variant=name_of(snapshots),
        first_timeout=10.0,
        keeps_last=True,
        late=Level3Parser.view,
        fetch=checked(snapshots, OrdersSnapshot),
        needs_all=True,
    )


@overload
def subscribe_level3(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshots: Snapshots[OrdersSnapshot],
    depth: int | None = 10,
    notices: Literal[False] = False,
    version: int = 2,
) -> Operator[Socket | None, OrderBook]: ...
@overload
def subscribe_level3(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshots: Snapshots[OrdersSnapshot],
    depth: int | None = 10,
    notices: Literal[True],
    version: int = 2,
) -> Operator[Socket | None, OrderBook | Notice]: ...
def subscribe_level3(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshots: Snapshots[OrdersSnapshot],
    depth: int | None = 10,
    notices: bool = False,
    version: int = 2,
) -> Operator[Socket | None, Any]:
    """Subscribe to the order book of ``symbol``, or of several, order by order (retired).

    KuCoin has taken this channel out of its documents, and the call that gave its snapshots; whether any server still
    has them is not known. So the source of snapshots is yours to give: `order_snapshots` asks that call.

    Where a number is missing or used again, a message cannot be read or the book is crossed, that book is withheld: a
    `Gap` is told and a snapshot asked for until one can be joined; the others go on.

    Args:
        symbol: as in ``BTC-USDT``.
        messages: the connection's, from ``keep_messages_only()``.
        snapshots: makes, for a symbol, the stream of one new `OrdersSnapshot`; it may emit on any thread.
        depth: prices of each side; None: all.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.
        version: 2, or 1 for that of before May 2020.

    Emits an `OrderBook` at once and after each change of these prices; it can be kept. Hidden orders are not in it, and
    of icebergs what shows. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol, a depth or a version that cannot be one. On a connection that has the book
    from another source the stream ends with it. Source: the chapter "Level 3" of KuCoin's documents.
    """
    check_depth(depth)
    books: Any = subscribe(_kind(snapshots, version), check_symbols(symbol), messages, notices=notices)
    if depth is None:
        return books  # type: ignore[no-any-return]
    best: Any = lift(lambda: _best_prices(depth))
    return lambda sockets: sockets.pipe(books, best)


@overload
def subscribe_level3_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshots: Snapshots[OrdersSnapshot],
    notices: Literal[False] = False,
    version: int = 2,
) -> Operator[Socket | None, OrderBookUpdate]: ...
@overload
def subscribe_level3_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshots: Snapshots[OrdersSnapshot],
    notices: Literal[True],
    version: int = 2,
) -> Operator[Socket | None, OrderBookUpdate | Notice]: ...
def subscribe_level3_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshots: Snapshots[OrdersSnapshot],
    notices: bool = False,
    version: int = 2,
) -> Operator[Socket | None, Any]:
    """Subscribe to what changes in the order book of ``symbol``, or of several, order by order (retired).

    The books are those of `subscribe_level3`, shared with it: checked, withheld and mended in the same way.

    Args:
        symbol: as in ``BTC-USDT``.
        messages: the connection's, from ``keep_messages_only()``.
        snapshots: see `subscribe_level3`.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the updates.
        version: 2, or 1 for that of before May 2020.

    Emits an `OrderBookUpdate` for each change of an order, at whatever price. The first one of a symbol is the whole
    book, and so is the one after a gap. Errors and thread are those of `subscribe_level3`.
    Source: the chapter "Level 3" of KuCoin's documents.
    """
    books: Any = subscribe(_kind(snapshots, version), check_symbols(symbol), messages, notices=notices)
    updates: Any = lift(lambda: order_updates(_update_of))
    return lambda sockets: sockets.pipe(books, updates)
