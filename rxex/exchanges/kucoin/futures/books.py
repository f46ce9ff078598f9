"""The order books of KuCoin's futures: exact, each number checked, each book mended alone.

Sources: KuCoin's pages "Orderbook - Increment" and "Get Full OrderBook" of futures.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal, overload

from msgspec import Meta, Struct
from reactivex import Observable

from rxex.book import ChangedBook
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.asking import Kind, check_contracts
from rxex.exchanges.kucoin.book_snapshots import BookSnapshot, Snapshots, futures_snapshots, rest_of
from rxex.exchanges.kucoin.books import Changes, LevelsParser, book_kind, books_of, updates_of
from rxex.exchanges.kucoin.models import Milliseconds
from rxex.models import Book, BookUpdate
from rxex.typing import Json, Operator

__all__ = ["subscribe_book", "subscribe_book_updates"]

# Two commas and the side take five characters at least, so that neither number has more than 40.
_Change = Annotated[str, Meta(max_length=45)]


class UpdateWire(Struct, gc=False):
    """The change of one price: ``90631.2,sell,2``."""

    sequence: int
    change: _Change
    timestamp: Milliseconds


class BookWire(Struct, gc=False):
    """A message."""

    data: UpdateWire


class LevelWire(Struct, gc=False):
    """The new size of one price."""

    price: str
    size: str


def _time_of(message: Any) -> int | None:
    if "data" in message:
        return int(message["data"]["timestamp"]) * 1_000_000
    time = message.get("ts")
    return None if time is None else int(time)


class BookParser(LevelsParser[BookWire]):
    """One book on one subscription."""

    def __init__(self, _: Snapshots[BookSnapshot], symbol: str) -> None:
        super().__init__(symbol, _time_of)

    def _numbers(self, wire: BookWire) -> tuple[int, int]:
        sequence = wire.data.sequence
        return sequence, sequence

    def _apply(self, wire: BookWire, after: int | None, *, is_checked: bool) -> Changes | None:  # noqa: ARG002
        price, side, size = wire.data.change.split(",")
        levels = (LevelWire(price, size),)
        bids, asks = {"buy": (levels, ()), "sell": ((), levels)}[side]
        self.book.update(bids, asks, is_checked=is_checked)
        return bids, asks


def _kind(snapshots: Snapshots[BookSnapshot] | None, messages: Observable[Json]) -> Kind[ChangedBook]:
    return book_kind(
        "/contractMarket/level2", BookWire, BookParser, lambda: futures_snapshots(rest_of(messages)), snapshots
    )


@overload
def subscribe_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int | None = None,
    notices: Literal[False] = False,
    snapshots: Snapshots[BookSnapshot] | None = None,
) -> Operator[Socket | None, Book]: ...
@overload
def subscribe_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int | None = None,
    notices: Literal[True],
    snapshots: Snapshots[BookSnapshot] | None = None,
) -> Operator[Socket | None, Book | Notice]: ...
def subscribe_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int | None = None,
    notices: bool = False,
    snapshots: Snapshots[BookSnapshot] | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the order book of ``symbol``, or of several, in real time; all levels.

    Each book begins with a snapshot over REST, which is public, and goes on with changes that are numbered. Where a
    number is missing or used again, a message cannot be read or the book is crossed, that book is withheld: a `Gap` is
    told and a snapshot asked for, again and again until one can be joined; the others go on.

    Args:
        symbol: the contract, as in ``XBTUSDTM``.
        messages: those of a `public_connection`, from ``keep_messages_only()``.
        depth: levels of each side; None: all.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.
        snapshots: makes, for a contract, the stream of one new `BookSnapshot`; it may emit on any thread. None: the
            public ones. Who shares a book on one connection has to give the same source.

    Emits a `Book` at once and after each change of these levels; sizes are lots. To keep one costs a copy of the side
    that changes next, or with a ``depth`` nothing. See `subscribe_channel` for sharing, errors and thread. An error of
    ``snapshots`` that is no `TransientError` ends the stream.
    Raises `InvalidArgument` for a contract or a depth that cannot be one. On a connection that has the book from
    another source the stream ends with it.
    Sources: KuCoin's pages "Orderbook - Increment" and "Get Full OrderBook" of futures.
    """
    return books_of(_kind(snapshots, messages), check_contracts(symbol), messages, depth=depth, notices=notices)


@overload
def subscribe_book_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int | None = None,
    notices: Literal[False] = False,
    snapshots: Snapshots[BookSnapshot] | None = None,
) -> Operator[Socket | None, BookUpdate]: ...
@overload
def subscribe_book_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int | None = None,
    notices: Literal[True],
    snapshots: Snapshots[BookSnapshot] | None = None,
) -> Operator[Socket | None, BookUpdate | Notice]: ...
def subscribe_book_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int | None = None,
    notices: bool = False,
    snapshots: Snapshots[BookSnapshot] | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to what changes in the order book of ``symbol``, or of several.

    The books are those of `subscribe_book`, shared with it: checked, withheld and mended in the same way.

    Args:
        symbol: the contract, as in ``XBTUSDTM``.
        messages: those of a `public_connection`, from ``keep_messages_only()``.
        depth: levels of each side. What comes up into them is told, what is pushed out of them is not: cut it off.
            None: all, as the exchange tells their changes.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the updates.
        snapshots: see `subscribe_book`.

    Emits a `BookUpdate` for each change. The first one of a contract is the whole book, and so is the one after a gap.
    Errors and thread are those of `subscribe_book`. Source: KuCoin's page "Orderbook - Increment" of futures.
    """
    return updates_of(_kind(snapshots, messages), check_contracts(symbol), messages, depth=depth, notices=notices)
