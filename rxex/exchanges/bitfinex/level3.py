"""Bitfinex's order books of pairs, order by order: what it calls raw books.

Sources: Bitfinex's pages "Raw books" and "WebSocket checksum" of the public WebSocket channels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from functools import partial
from itertools import chain, islice
from typing import Any, Literal, overload

from reactivex import Observable

from rxex.asking import check_choice
from rxex.book import BookOrder, L3Book, OrderBook, OrderLevel
from rxex.channel import Number
from rxex.events import Notice, Socket
from rxex.exchanges.bitfinex.asking import Kind, check_symbols, subscribe
from rxex.exchanges.bitfinex.books import DEPTHS, TOO_MUCH, verify
from rxex.exchanges.bitfinex.integrity import SUMMED, wire_text
from rxex.exchanges.bitfinex.models import rows_of, whole
from rxex.typing import Json, Operator

__all__ = ["subscribe_level3"]

_UNCUT = 1_000_000
_NOTHING = Decimal(0)


class _Parser:
    """The book of one pair. Its first message is the snapshot, whatever its form."""

    __slots__ = ("_book", "_depth", "_last", "_sides", "_symbol")

    def __init__(self, depth: int, symbol: str) -> None:
        # Ids rise with time: the older of two orders at one price is the one with the lower id.
        self._book = L3Book(_UNCUT, rank=lambda order: int(order.id), may_cross=True)
        self._depth = depth
        self._symbol = symbol
        self._sides: dict[str, bool] = {}
        """Whether an order is a bid, by its id: one that changes its side has to leave the other."""
        self._last: OrderBook | None = None

    def view(self) -> OrderBook | None:
        """The book as it is now; None before its snapshot."""
        return self._last

    def __call__(self, wire: list[Any], received: int, raw: bytes | Json, number: Number, /) -> Sequence[OrderBook]:
        payload, book = wire[1], self._book
        if isinstance(payload, str):
            if payload == "cs" and self._last is not None:
                verify(whole(wire[2]), _texts(book.bids, ""), _texts(book.asks, "-"))
            return ()
        rows = rows_of(payload)
        if rows is None:
            if self._last is None:
                return ()  # it is of an earlier subscription
            rows = [payload]
        bids: list[BookOrder] = []
        asks: list[BookOrder] = []
        for name, price, amount in ((str(whole(row[0])), number(row[1]), number(row[2])) for row in rows):
            if not 0 <= price < TOO_MUCH or not (amount and -TOO_MUCH < amount < TOO_MUCH):
                raise ValueError(f"{price} x {amount} is no order of a book")
            self._sort(bids, asks, BookOrder(name, price, abs(amount), 0), is_bid=amount > 0)
        if self._last is None:
            book.replace(bids, asks)
        else:
            book.update(bids, asks)
        self._last = OrderBook(self._symbol, self._depth, book.bids, book.asks, received=received, raw=raw)
        return (self._last,)

    def _sort(self, bids: list[BookOrder], asks: list[BookOrder], order: BookOrder, *, is_bid: bool) -> None:
        was_bid = self._sides.pop(order.id, is_bid)
        gone = BookOrder(order.id, _NOTHING, _NOTHING, 0)
        if was_bid is not is_bid:
            (bids if was_bid else asks).append(gone)
        if order.price:
            self._sides[order.id] = is_bid
        (bids if is_bid else asks).append(order if order.price else gone)


def _texts(levels: Iterable[OrderLevel], sign: str) -> list[str]:
    best = islice(chain.from_iterable(level.orders for level in levels), SUMMED)
    return [f"{order.id}:{sign}{wire_text(order.size)}" for order in best]


@overload
def subscribe_level3(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 25,
    notices: Literal[False] = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, OrderBook]: ...
@overload
def subscribe_level3(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 25,
    notices: Literal[True],
    sub_id: str | None = None,
) -> Operator[Socket | None, OrderBook | Notice]: ...
def subscribe_level3(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 25,
    notices: bool = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the order book of ``symbol``, or of several, order by order.

    Verified, withheld and mended as in `subscribe_book`. Prices have all their digits here.

    Args:
        symbol: as in ``tBTCUSD``.
        messages: the connection's, from ``keep_messages_only()``.
        depth: orders of each side, not prices: 1, 25, 100 or 250.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.
        sub_id: how the request is called on the wire, for one symbol; None: a number of ours.

    Emits an `OrderBook` at once and after each change; orders of one price stand in the order of their ids, which is
    their age. See `subscribe_channel` for sharing, errors and thread. Raises `InvalidArgument` for a symbol or a depth
    that cannot be one. Source: Bitfinex's page "Raw books".
    """
    check_choice("depth", depth, DEPTHS)
    kind: Kind[OrderBook] = Kind(
        "book",
        partial(_Parser, depth),
        options={"prec": "R0", "freq": "F0", "len": str(depth)},
        keeps_last=True,
        late=_Parser.view,
        needs_all=True,
    )
    return subscribe(kind, check_symbols(symbol), messages, notices=notices, sub_id=sub_id)
