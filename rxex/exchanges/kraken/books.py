"""Kraken's order books: exact, each checksum verified, each book mended alone.

Sources: Kraken's pages "Book" of the Spot WebSocket v2 and v1 references.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Annotated, Any, Literal, overload

from msgspec import Meta, Struct
from reactivex import Observable

from rxex.asking import check_choice
from rxex.book import Checksum, L2Book, book_updates
from rxex.channel import Number
from rxex.codec import exact
from rxex.codec import number as checked_number
from rxex.errors import SequenceGap
from rxex.events import Notice, Socket
from rxex.exchanges.kraken.asking import Kind, subscribe, version_of
from rxex.exchanges.kraken.integrity import CHECKSUM_V1, CHECKSUM_V2
from rxex.exchanges.kraken.models import time_v1, time_v2
from rxex.models import Book, BookUpdate, Level
from rxex.operators import lift
from rxex.typing import Json, Operator

__all__ = ["subscribe_book", "subscribe_book_updates"]

DEPTHS = (10, 25, 100, 500, 1000)
_Digits = Annotated[str, Meta(max_length=40)]


class LevelV1(Struct, array_like=True, gc=False):
    """A level of v1; a fourth element says that it was published before."""

    price: _Digits
    size: _Digits
    time: str


class SidesV1(Struct, rename={"as_": "as"}, gc=False):
    """Levels of v1: a snapshot has the long names, an update the short ones and the checksum in the last object."""

    a: Sequence[LevelV1] = ()
    b: Sequence[LevelV1] = ()
    c: str | None = None
    as_: Sequence[LevelV1] | None = None
    bs: Sequence[LevelV1] | None = None


class BookV1(Struct, array_like=True, gc=False):
    """A book message of v1: one or two objects stand before the channel's name and the pair."""

    channel_id: Any
    first: SidesV1
    second: SidesV1 | str
    third: str
    fourth: str | None = None


class LevelV2(Struct, rename={"size": "qty"}, gc=False):
    """A level of v2."""

    price: Any
    size: Any


class SidesV2(Struct, gc=False):
    """Levels of v2."""

    bids: list[LevelV2]
    asks: list[LevelV2]
    checksum: int | None = None


class BookV2(Struct, gc=False):
    """A book message of v2; its data has one element."""

    type: str
    data: list[SidesV2]


class _Parser:
    """What the parsers of both versions share: the book, and what the last message was."""

    __slots__ = ("_depth", "_is_whole", "_raw", "_received", "_symbol", "_time_of", "book")

    def __init__(self, depth: int, sums: Checksum[Any, Any], time_of: Callable[[Any], int | None], symbol: str) -> None:
        self.book = L2Book(depth, sums)
        self._depth = depth
        self._symbol = symbol
        self._time_of = time_of
        self._is_whole = False
        """Whether a snapshot has come. Updates before it are of an earlier subscription, or part of it already."""
        self._received = 0
        self._raw: bytes | Json = b""

    def view(self) -> Book | None:
        """The book as it is now; None before its snapshot."""
        if not self._is_whole:
            return None
        return Book(self._symbol, self._depth, self.book.bids, self.book.asks, self._received, self._raw, self._time_of)

    def _verified(self, checksum: int | None, received: int, raw: bytes | Json) -> Sequence[Book]:
        book = self.book
        if book.checksum != checksum:
            why = "is missing" if checksum is None else f"{checksum} is not that of our book, {book.checksum}"
            raise SequenceGap(None, None, reason=f"checksum {why}")
        self._received, self._raw = received, raw
        return (Book(self._symbol, self._depth, book.bids, book.asks, received, raw, self._time_of),)


class _ParserV1(_Parser):
    """A book of v1. Its snapshot has no checksum; each update has one, after its last levels."""

    def __call__(self, wire: BookV1, received: int, raw: bytes | Json, number: Number) -> Sequence[Book]:
        first, second = wire.first, wire.second
        if first.as_ is not None or first.bs is not None:
            self.book.replace(first.bs or (), first.as_ or ())
            self._is_whole = True
            return self._verified(self.book.checksum, received, raw)
        if not self._is_whole:
            return ()
        if isinstance(second, str):
            bids, asks, checksum = first.b, first.a, first.c
        else:
            bids, asks, checksum = [*first.b, *second.b], [*first.a, *second.a], second.c
        self.book.update(bids, asks, is_checked=number is not checked_number)
        return self._verified(None if checksum is None else int(checksum), received, raw)


class _ParserV2(_Parser):
    """A book of v2."""

    def __call__(self, wire: BookV2, received: int, raw: bytes | Json, number: Number) -> Sequence[Book]:
        (sides,) = wire.data
        if wire.type == "snapshot":
            self.book.replace(sides.bids, sides.asks)
            self._is_whole = True
        elif self._is_whole:
            self.book.update(sides.bids, sides.asks, is_checked=number is not checked_number)
        else:
            return ()
        return self._verified(sides.checksum, received, raw)


def _time_v1(message: Any) -> int | None:
    sides = (levels for part in message[1:-2] for levels in part.values() if isinstance(levels, list))
    return max((time_v1(level[2]) for levels in sides for level in levels), default=None)


def _time_v2(message: Any) -> int | None:
    # Snapshots have had no time once.
    timestamp = message["data"][0].get("timestamp")
    return None if timestamp is None else time_v2(timestamp)


def _kind(depth: int, version: int) -> Kind[Book]:
    check_choice("depth", depth, DEPTHS)
    parser, sums, time_of = (_ParserV1, CHECKSUM_V1, _time_v1) if version == 1 else (_ParserV2, CHECKSUM_V2, _time_v2)
    return Kind(
        "book",
        BookV1 if version == 1 else BookV2,
        partial(parser, depth, sums, time_of),
        options={"depth": depth},
        snapshot=None if version == 1 else True,
        part=depth if version == 1 else None,
        first_timeout=10.0,
        keeps_last=True,
        late=parser.view,
        needs_all=True,
    )


@overload
def subscribe_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 10,
    notices: Literal[False] = False,
    version: int | None = None,
) -> Operator[Socket | None, Book]: ...
@overload
def subscribe_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 10,
    notices: Literal[True],
    version: int | None = None,
) -> Operator[Socket | None, Book | Notice]: ...
def subscribe_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 10,
    notices: bool = False,
    version: int | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the order book of ``symbol``, or of several.

    Each checksum is verified. Where one is wrong or missing, a message cannot be read or the book is crossed, that book
    is withheld: a `Gap` is told, and the one symbol asked for again until its snapshot is there; the others go on.

    Args:
        symbol: as in ``BTC/USD``.
        messages: the connection's, from ``keep_messages_only()``.
        depth: levels of each side: 10, 25, 100, 500 or 1000. v2 has one depth of a symbol on a connection.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.
        version: 1 or 2, for a stream of messages that is no connection's; None: the connection's.

    Emits a `Book` at once and after each change. To keep one costs a copy of the sides that change next; to read it and
    let it go costs nothing. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol or a depth that cannot be one. On a connection that has the book in another
    depth the stream ends with it. Source: Kraken's page "Book".
    """
    version = version_of(messages, version)
    return subscribe(_kind(depth, version), symbol, messages, notices=notices, version=version)


@overload
def subscribe_book_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 10,
    notices: Literal[False] = False,
    version: int | None = None,
) -> Operator[Socket | None, BookUpdate]: ...
@overload
def subscribe_book_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 10,
    notices: Literal[True],
    version: int | None = None,
) -> Operator[Socket | None, BookUpdate | Notice]: ...
def subscribe_book_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 10,
    notices: bool = False,
    version: int | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to what changes in the order book of ``symbol``, or of several.

    The books are those of `subscribe_book`, shared with it: verified, withheld and mended in the same way.

    Args:
        symbol: as in ``BTC/USD``.
        messages: the connection's, from ``keep_messages_only()``.
        depth: levels of each side: 10, 25, 100, 500 or 1000. What falls out of it is not told: cut it off.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the updates.
        version: 1 or 2, for a stream of messages that is no connection's; None: the connection's.

    Emits a `BookUpdate` for each message. The first one of a symbol is the whole book, and so is the one after a gap.
    Errors and thread are those of `subscribe_book`. Source: Kraken's page "Book".
    """
    version = version_of(messages, version)
    books: Any = subscribe(_kind(depth, version), symbol, messages, notices=notices, version=version)
    updates: Any = lift(lambda: book_updates(_update_v1 if version == 1 else _update_v2))
    return lambda sockets: sockets.pipe(books, updates)


def _update_v1(book: Book) -> BookUpdate:
    message: Any = book.raw
    parts = message[1:-2]
    is_snapshot = "as" in parts[0] or "bs" in parts[0]
    bids, asks = (
        tuple(Level(exact(level[0]), exact(level[1])) for part in parts for level in part.get(name, ()))
        for name in (("bs", "as") if is_snapshot else ("b", "a"))
    )
    checksum = None if is_snapshot else int(parts[-1]["c"])
    return BookUpdate(book.symbol, bids, asks, is_snapshot, checksum, _time_v1(message), book.received, message)


def _update_v2(book: Book) -> BookUpdate:
    message: Any = book.raw
    (data,) = message["data"]
    bids, asks = (
        tuple(Level(exact(level["price"]), exact(level["qty"])) for level in data[name]) for name in ("bids", "asks")
    )
    is_snapshot, checksum = message["type"] == "snapshot", data["checksum"]
    return BookUpdate(book.symbol, bids, asks, is_snapshot, checksum, _time_v2(message), book.received, message)
