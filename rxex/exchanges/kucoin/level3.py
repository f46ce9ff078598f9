"""KuCoin's books order by order, which it has taken out of its documents: version 2 in 2021, version 1 in 2020.

Sources: the chapter "Level 3" of KuCoin's documents up to June 2021, and up to May 2020.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Literal, overload

from attrs import frozen
from msgspec import Struct
from msgspec.structs import replace
from reactivex import Observable

from rxex.asking import check_choice
from rxex.book import BookOrder, L3Book, OrderBook
from rxex.codec import number
from rxex.errors import SequenceGap
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.asking import Kind, check_symbols, subscribe
from rxex.exchanges.kucoin.book_snapshots import OrdersSnapshot, Snapshots, checked, name_of
from rxex.exchanges.kucoin.books import check_depth
from rxex.exchanges.kucoin.integrity import JoinedBook
from rxex.typing import Json, Operator

__all__ = ["subscribe_level3"]

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


class Level3Parser(JoinedBook[Level3Wire, OrdersSnapshot, bool, OrderBook]):
    """One book on one subscription."""

    def __init__(self, depth: int | None, symbol: str) -> None:
        super().__init__()
        self.book = L3Book(sys.maxsize)
        self._depth = depth
        self._symbol = symbol
        self._orders: dict[str, _Resting] = {}
        self._time: int | None = None
        self._steps: dict[str, Callable[[EventWire], bool]] = {
            "received": lambda _: False,
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

    def _apply(self, wire: Level3Wire, after: int | None, *, is_checked: bool) -> bool | None:  # noqa: ARG002
        event = wire.data
        changed = self._steps[wire.subject.removeprefix("trade.l3")](event)
        self._time = event.moment
        return True if changed else None

    def _open(self, event: EventWire) -> bool:
        if not event.price or event.size is None or not number(event.size):
            return False  # a hidden order
        if event.order_id is None:
            raise ValueError("an order without an id")
        order = BookOrder(event.order_id, number(event.price), number(event.size), event.moment)
        known = self._orders.pop(event.order_id, None)
        is_bid = {"buy": True, "sell": False}[event.side or ""]
        if known is not None and known.is_bid is not is_bid:
            raise ValueError("an order that changes sides")
        # What shows of an iceberg opens again and again.
        self._set(order, is_bid=is_bid)
        return True

    def _match(self, event: EventWire) -> bool:
        resting = self._orders.get(event.maker_order_id or "")
        if resting is None:
            return False
        left = resting.order.size - number(event.size) if event.remain_size is None else number(event.remain_size)
        return self._shrink(resting, left)

    def _resize(self, event: EventWire) -> bool:
        resting = self._orders.get(event.order_id or "")
        if resting is None:
            return False
        return self._shrink(resting, number(event.size if event.new_size is None else event.new_size))

    def _done(self, event: EventWire) -> bool:
        resting = self._orders.get(event.order_id or "")
        if resting is None:
            return False
        return self._shrink(resting, _NOTHING)

    def _shrink(self, resting: _Resting, size: Decimal) -> bool:
        order = resting.order
        if not _NOTHING <= size <= order.size:
            raise SequenceGap(None, None, reason=f"an order of {order.size} became {size}")
        if size == order.size:
            return False
        self._set(replace(order, size=size), is_bid=resting.is_bid)
        return True

    def _set(self, order: BookOrder, *, is_bid: bool) -> None:
        if order.size:
            self._orders[order.id] = _Resting(order, is_bid)
        else:
            del self._orders[order.id]
        self.book.update((order,) if is_bid else (), () if is_bid else (order,))

    def _view(self, changes: bool | None) -> OrderBook:  # noqa: ARG002, FBT001
        book, depth = self.book, self._depth
        return OrderBook(
            self._symbol,
            sys.maxsize if depth is None else depth,
            book.bids[:depth],
            book.asks[:depth],
            time=self._time,
            received=self._received,
            raw=self._raw,
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

    KuCoin has taken this channel out of its documents, and the calls that gave its snapshots; whether any server still
    has them is not known. So the source of snapshots is yours to give.

    Where a number is missing or used again, a message cannot be read or the book is crossed, that book is withheld: a
    `Gap` is told and a snapshot asked for until one can be joined; the others go on.

    Args:
        symbol: as in ``BTC-USDT``.
        messages: the connection's, from ``keep_messages_only()``.
        snapshots: makes, for a symbol, the stream of one new `OrdersSnapshot`; it may emit on any thread.
        depth: prices of each side; None: all.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.
        version: 2, or 1 for that of before May 2020.

    Emits an `OrderBook` at once and after each change of an order; it can be kept. Hidden orders are not in it, and of
    icebergs what shows. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol, a depth or a version that cannot be one. On a connection that has the book in
    another depth or from another source the stream ends with it. Source: the chapter "Level 3" of KuCoin's documents.
    """
    check_choice("version", version, tuple(_TOPICS))
    check_depth(depth)
    source = checked(snapshots, OrdersSnapshot)
    kind: Kind[OrderBook] = Kind(
        _TOPICS[version],
        Level3Wire,
        partial(Level3Parser, depth),
        variant=f"{name_of(snapshots)} {depth}",
        first_timeout=10.0,
        keeps_last=True,
        late=Level3Parser.view,
        fetch=source,
        needs_all=True,
    )
    return subscribe(kind, check_symbols(symbol), messages, notices=notices)
