"""KuCoin's order books of the spot market: exact, each number checked, each book mended alone.

Sources: KuCoin's pages "Orderbook - Increment", "Get Part OrderBook" and "Get Full OrderBook".
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Annotated, Any, Literal, TypeAlias, TypeVar, overload

from msgspec import Meta, Struct
from reactivex import Observable

from rxex.book import ChangedBook, L2Book, best_levels, book_updates, level_updates, update_of
from rxex.codec import exact
from rxex.errors import InvalidArgument, SequenceGap
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.asking import Kind, check_symbols, subscribe
from rxex.exchanges.kucoin.book_snapshots import (
    BookSnapshot,
    Renewal,
    Snapshots,
    checked,
    name_of,
    part_snapshots,
    rest_of,
)
from rxex.exchanges.kucoin.integrity import JoinedBook
from rxex.exchanges.kucoin.models import Milliseconds
from rxex.models import Book, BookUpdate, WireLevel
from rxex.operators import lift
from rxex.typing import Json, Operator

__all__ = [
    "Changes",
    "LevelsParser",
    "book_kind",
    "books_of",
    "check_depth",
    "subscribe_book",
    "subscribe_book_updates",
    "updates_of",
]

_Digits = Annotated[str, Meta(max_length=40)]
W = TypeVar("W")
Changes: TypeAlias = tuple[Sequence[WireLevel], Sequence[WireLevel]]
"""What a message has set of bids and of asks."""


class ChangeWire(Struct, array_like=True, gc=False):
    """The new size of one price, and the number of the change."""

    price: _Digits
    size: _Digits
    sequence: str | int


class SidesWire(Struct, gc=False):
    """What has changed on both sides."""

    asks: list[ChangeWire]
    bids: list[ChangeWire]


class UpdateWire(Struct, rename="camel", gc=False):
    """The changes with the numbers from ``sequence_start`` to ``sequence_end``, merged by price."""

    sequence_start: int
    sequence_end: int
    changes: SidesWire
    time: Milliseconds | None = None


class BookWire(Struct, gc=False):
    """A message."""

    data: UpdateWire


def _time_of(message: Any) -> int | None:
    # Recordings of 2021 have no time; a snapshot has its data without an envelope.
    time = message.get("data", message).get("time")
    return None if time is None else int(time) * 1_000_000


class LevelsParser(JoinedBook[W, BookSnapshot, Changes, ChangedBook]):
    """One book of levels on one subscription, of spot or of futures."""

    def __init__(self, symbol: str, time_of: Callable[[Any], int | None]) -> None:
        super().__init__()
        self.book = L2Book(sys.maxsize)
        self._symbol = symbol
        self._time_of = time_of

    def _replace(self, snapshot: BookSnapshot) -> None:
        self.book.replace(snapshot.bids, snapshot.asks)

    def _view(self, changes: Changes | None) -> ChangedBook:
        book = self.book
        return ChangedBook(
            self._symbol, sys.maxsize, book.bids, book.asks, self._received, self._raw, self._time_of, changes
        )


class BookParser(LevelsParser[BookWire]):
    """One book on one subscription.

    A snapshot of the best levels knows each side down to its last price, and nothing beyond. Within these prices the
    messages tell everything; what they tell of others is left out, as nobody knows what lies between. Once so many
    levels have gone that half of them are left, a new snapshot is asked for and the book goes over to it.
    """

    def __init__(self, source: Snapshots[BookSnapshot], symbol: str) -> None:
        super().__init__(symbol, _time_of)
        self._floor: Decimal | None = None
        """The lowest bid that is known to be one; None: all are known."""
        self._ceiling: Decimal | None = None
        self._least = 0
        """Levels of a side that is not known as a whole, below which a new snapshot is asked for."""
        self._renewal = Renewal(partial(source, symbol))

    def _numbers(self, wire: BookWire) -> tuple[int, int]:
        data = wire.data
        return data.sequence_start, data.sequence_end

    def _replace(self, snapshot: BookSnapshot) -> None:
        super()._replace(snapshot)
        bids, asks, levels = snapshot.bids, snapshot.asks, snapshot.levels
        self._floor = self._ceiling = None
        if levels is not None:
            if bids and len(bids) >= levels:
                self._floor = min(level.price for level in bids)
            if asks and len(asks) >= levels:
                self._ceiling = max(level.price for level in asks)
            self._least = levels // 2
        self._is_watching = self._floor is not None or self._ceiling is not None

    def _apply(self, wire: BookWire, after: int | None, *, is_checked: bool) -> Changes | None:
        sides = wire.data.changes
        bids, asks = _settled(sides.bids, after), _settled(sides.asks, after)
        if self._floor is not None:
            floor = self._floor
            bids = [change for change in bids if exact(change.price) >= floor]
        if self._ceiling is not None:
            ceiling = self._ceiling
            asks = [change for change in asks if exact(change.price) <= ceiling]
        if not bids and not asks:
            return None
        self.book.update(bids, asks, is_checked=is_checked)
        return bids, asks

    def _watch(self, wire: BookWire, received: int) -> bool:
        book, renewal = self.book, self._renewal
        if renewal.is_open:
            self._kept.append(wire)
            snapshot = renewal.answer
            # One that is ahead of the messages waits for them.
            if snapshot is not None and self._next is not None and snapshot.sequence < self._next:
                renewal.take()
                if snapshot.sequence >= self._numbers(self._kept[0])[0] - 1:
                    self._begin(snapshot, self._kept)
                    self._is_behind = False
                    return True
        bids = None if self._floor is None else len(book.bids)
        asks = None if self._ceiling is None else len(book.asks)
        if bids == 0 or asks == 0:
            raise SequenceGap(None, None, reason="prices have left the part of the book that is known")
        is_thin = (bids is not None and bids < self._least) or (asks is not None and asks < self._least)
        if is_thin and renewal.start(received):
            self._kept.clear()
        return False


def _settled(changes: Sequence[ChangeWire], after: int | None) -> Sequence[ChangeWire]:
    """Give what is newer than ``after``, in the order of the numbers, without what only counts.

    About every third change has the price 0 and stands for no level. Merged changes stand in the order of prices.
    """
    if not changes:
        return changes
    if after is None and len(changes) == 1:
        return changes if float(changes[0].price) else ()
    if after is not None:
        changes = [change for change in changes if int(change.sequence) > after]
    if len(changes) > 1:
        changes = sorted(changes, key=_sequence)
    return [change for change in changes if float(change.price)]


def _sequence(change: ChangeWire) -> int:
    return int(change.sequence)


def book_kind(
    topic: str,
    wire: Any,
    parser: Callable[[Snapshots[BookSnapshot], str], JoinedBook[Any, BookSnapshot, Any, ChangedBook]],
    default: Callable[[], Snapshots[BookSnapshot]],
    snapshots: Snapshots[BookSnapshot] | None,
) -> Kind[ChangedBook]:
    """Give the kind of channel of a book that is joined to snapshots, from a source of the user's or another."""
    source = checked(default() if snapshots is None else snapshots, BookSnapshot)
    return Kind(
        topic,
        wire,
        partial(parser, source),
        variant="" if snapshots is None else name_of(snapshots),
        first_timeout=10.0,
        keeps_last=True,
        late=_view_of,
        fetch=source,
        needs_all=True,
    )


def _view_of(parser: JoinedBook[Any, Any, Any, ChangedBook]) -> ChangedBook | None:
    return parser.view()


def books_of(
    kind: Kind[ChangedBook], symbols: Sequence[str], messages: Observable[Json], *, depth: int | None, notices: bool
) -> Operator[Socket | None, Any]:
    """Subscribe to books, as deep as is wanted; they are shared, whatever the depth."""
    books: Any = subscribe(kind, symbols, messages, notices=notices)
    check_depth(depth)
    if depth is None:
        return books  # type: ignore[no-any-return]
    best: Any = lift(lambda: best_levels(depth))
    return lambda sockets: sockets.pipe(books, best)


def updates_of(
    kind: Kind[ChangedBook], symbols: Sequence[str], messages: Observable[Json], *, depth: int | None, notices: bool
) -> Operator[Socket | None, Any]:
    """Subscribe to what changes in books, as deep as is wanted."""
    books: Any = subscribe(kind, symbols, messages, notices=notices)
    check_depth(depth)
    updates: Any = lift(lambda: book_updates(update_of) if depth is None else level_updates(depth))
    return lambda sockets: sockets.pipe(books, updates)


def check_depth(depth: int | None) -> None:
    """Raise `InvalidArgument` for what is no number of levels."""
    given: object = depth
    if given is not None and (not isinstance(given, int) or isinstance(given, bool) or given < 1):
        raise InvalidArgument("depth", depth, "give a number of levels, or None for all")


def _kind(snapshots: Snapshots[BookSnapshot] | None, messages: Observable[Json]) -> Kind[ChangedBook]:
    return book_kind("/market/level2", BookWire, BookParser, lambda: part_snapshots(rest_of(messages)), snapshots)


@overload
def subscribe_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int | None = 10,
    notices: Literal[False] = False,
    snapshots: Snapshots[BookSnapshot] | None = None,
) -> Operator[Socket | None, Book]: ...
@overload
def subscribe_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int | None = 10,
    notices: Literal[True],
    snapshots: Snapshots[BookSnapshot] | None = None,
) -> Operator[Socket | None, Book | Notice]: ...
def subscribe_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int | None = 10,
    notices: bool = False,
    snapshots: Snapshots[BookSnapshot] | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the order book of ``symbol``, or of several, in real time.

    Each book begins with a snapshot over REST and goes on with changes that are numbered. Where a number is missing or
    used again, a message cannot be read or the book is crossed, that book is withheld: a `Gap` is told and a snapshot
    asked for, again and again until one can be joined; the others go on. KuCoin has no checksums.

    Without credentials KuCoin gives the best 100 levels of each side. What is shown then is right, and never more than
    is known: half of them at least but for moments, and more while prices stay where they are. Before they run out a
    new snapshot is asked for (two units of the public limit, four times a second at most), and the book goes over to
    it; where prices run away faster, that is a gap. The whole book takes a signed call:
    ``snapshots=full_snapshots(rest)``.

    Args:
        symbol: as in ``BTC-USDT``.
        messages: those of a `public_connection`, from ``keep_messages_only()``.
        depth: levels of each side, at most; None: all that are known.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.
        snapshots: makes, for a symbol, the stream of one new `BookSnapshot`; it may emit on any thread. None: the
            public ones. Who shares a book on one connection has to give the same source.

    Emits a `Book` at once and after each change of these levels. To keep one costs nothing; with ``depth=None`` it
    costs a copy of the side that changes next. See `subscribe_channel` for sharing, errors and thread. An error of
    ``snapshots`` that is no `TransientError` ends the stream.
    Raises `InvalidArgument` for a symbol or a depth that cannot be one. On a connection that has the book from another
    source the stream ends with it. Sources: KuCoin's pages "Orderbook - Increment" and "Get Part OrderBook".
    """
    return books_of(_kind(snapshots, messages), check_symbols(symbol), messages, depth=depth, notices=notices)


@overload
def subscribe_book_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int | None = 10,
    notices: Literal[False] = False,
    snapshots: Snapshots[BookSnapshot] | None = None,
) -> Operator[Socket | None, BookUpdate]: ...
@overload
def subscribe_book_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int | None = 10,
    notices: Literal[True],
    snapshots: Snapshots[BookSnapshot] | None = None,
) -> Operator[Socket | None, BookUpdate | Notice]: ...
def subscribe_book_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int | None = 10,
    notices: bool = False,
    snapshots: Snapshots[BookSnapshot] | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to what changes in the order book of ``symbol``, or of several.

    The books are those of `subscribe_book`, shared with it: checked, withheld, mended and renewed in the same way.

    Args:
        symbol: as in ``BTC-USDT``.
        messages: those of a `public_connection`, from ``keep_messages_only()``.
        depth: levels of each side. What comes up into them is told, what is pushed out of them is not: cut it off.
            None: all that are known, as the exchange tells their changes.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the updates.
        snapshots: see `subscribe_book`.

    Emits a `BookUpdate` for each change. The first one of a symbol is the whole book, and so is the one after a gap,
    and the one with which the book goes over to a new snapshot. Errors and thread are those of `subscribe_book`.
    Source: KuCoin's page "Orderbook - Increment".
    """
    return updates_of(_kind(snapshots, messages), check_symbols(symbol), messages, depth=depth, notices=notices)
