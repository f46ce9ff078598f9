"""Kraken's futures books: exact, each number checked, each book mended alone.

Source: the page "Book" of the Futures WebSocket reference.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, overload

from msgspec import Struct
from reactivex import Observable

from rxex.book import L2Book, book_updates
from rxex.channel import Number
from rxex.codec import exact
from rxex.codec import number as checked_number
from rxex.events import Notice, Socket
from rxex.exchanges.kraken.futures.asking import Kind, subscribe
from rxex.exchanges.kraken.futures.integrity import Numbers
from rxex.exchanges.kraken.futures.models import SIDES, time_ns
from rxex.models import Book, BookUpdate, Level, Side
from rxex.operators import lift
from rxex.typing import Json, Operator

__all__ = ["subscribe_book", "subscribe_book_updates"]

# The exchange sends all levels that there are.
_ALL = sys.maxsize


class LevelWire(Struct, rename={"size": "qty"}, gc=False):
    """A level of a snapshot."""

    price: Any
    size: Any


class SnapshotWire(Struct, tag_field="feed", tag="book_snapshot", gc=False):
    """All levels of a book."""

    product_id: str
    seq: int
    timestamp: int
    bids: list[LevelWire]
    asks: list[LevelWire]


class UpdateWire(Struct, tag_field="feed", tag="book", rename={"size": "qty"}, gc=False):
    """The new size of one level."""

    product_id: str
    side: str
    seq: int
    timestamp: int
    price: Any
    size: Any


def _time_of(message: Any) -> int:
    return time_ns(message["timestamp"])


class BookParser:
    """One book on one subscription, and what the last message was."""

    __slots__ = ("_numbers", "_product", "_raw", "_received", "book")

    def __init__(self, product: str) -> None:
        self.book = L2Book(_ALL)
        self._numbers = Numbers()
        self._product = product
        self._received = 0
        self._raw: bytes | Json = b""

    def __call__(
        self, wire: SnapshotWire | UpdateWire, received: int, raw: bytes | Json, number: Number
    ) -> Sequence[Book]:
        if isinstance(wire, UpdateWire):
            is_bid = SIDES[wire.side] is Side.BUY
            if not self._numbers.follows(wire.seq):
                return ()
            is_checked = number is not checked_number
            self.book.update((wire,) if is_bid else (), () if is_bid else (wire,), is_checked=is_checked)
        else:
            self.book.replace(wire.bids, wire.asks)
            self._numbers.begin(wire.seq)
        self._received, self._raw = received, raw
        return (self._view(),)

    def view(self) -> Book | None:
        """The book as it is now; None before its snapshot."""
        return self._view() if self._numbers.has_begun else None

    def _view(self) -> Book:
        book = self.book
        return Book(self._product, _ALL, book.bids, book.asks, self._received, self._raw, _time_of)


_BOOK: Kind[Book] = Kind(
    "book",
    SnapshotWire | UpdateWire,
    lambda product: partial(BookParser, product),
    first_timeout=10.0,
    keeps_last=True,
    late=BookParser.view,
    needs_all=True,
)


@overload
def subscribe_book(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Book]: ...
@overload
def subscribe_book(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Book | Notice]: ...
def subscribe_book(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the order book of ``symbol``, or of several; all levels.

    Where a number is missing, a message cannot be read or the book is crossed, that book is withheld: a `Gap` is told,
    and the one product asked for again until its snapshot is there; the others go on.

    Args:
        symbol: the product's id, as in ``PF_XBTUSD``; in either case.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.

    Emits a `Book` at once and after each change; its ``depth`` is ``sys.maxsize``. To keep one costs a copy of the side
    that changes next; to read it and let it go costs nothing. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a product. Source: Kraken's page "Book".
    """
    return subscribe(_BOOK, symbol, messages, notices=notices)


@overload
def subscribe_book_updates(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, BookUpdate]: ...
@overload
def subscribe_book_updates(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, BookUpdate | Notice]: ...
def subscribe_book_updates(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to what changes in the order book of ``symbol``, or of several.

    The books are those of `subscribe_book`, shared with it: checked, withheld and mended in the same way.

    Args:
        symbol: the product's id, as in ``PF_XBTUSD``; in either case.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the updates.

    Emits a `BookUpdate` for each message. The first one of a product is the whole book, and so is the one after a gap.
    Errors and thread are those of `subscribe_book`. Source: Kraken's page "Book".
    """
    books = subscribe(_BOOK, symbol, messages, notices=notices)
    updates: Operator[Book | Notice, BookUpdate | Notice] = lift(lambda: book_updates(_update_of))
    return lambda sockets: sockets.pipe(books, updates)


def _update_of(book: Book) -> BookUpdate:
    message: Any = book.raw
    is_snapshot = message["feed"] == "book_snapshot"
    if is_snapshot:
        bids, asks = (tuple(map(_level, message[name])) for name in ("bids", "asks"))
    else:
        levels = (_level(message),)
        bids, asks = (levels, ()) if message["side"] == "buy" else ((), levels)
    return BookUpdate(book.symbol, bids, asks, is_snapshot, None, _time_of(message), book.received, message)


def _level(message: Any) -> Level:
    return Level(exact(message["price"]), exact(message["qty"]))
