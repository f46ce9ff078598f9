"""Pure steps from books to what their readers want: their best levels, or what has changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import TypeVar

from attrs import evolve

from rxex.book.orders import BookOrder, OrderBook, OrderBookUpdate, OrderLevel
from rxex.codec import exact
from rxex.events import Notice
from rxex.models import Book, BookUpdate, Level, Levels, WireLevel, quick
from rxex.typing import Step

__all__ = ["ChangedBook", "best_levels", "book_updates", "level_updates", "order_updates", "update_of"]

B = TypeVar("B", bound=Book)
_B = TypeVar("_B", bound=Book | OrderBook)
_O = TypeVar("_O", bound=OrderBook)
_U = TypeVar("_U", bound=BookUpdate | OrderBookUpdate)
_NOTHING = Decimal(0)
_level, _update = quick(Level), quick(BookUpdate)


class ChangedBook(Book, frozen=True):
    """A book, and what its last message has set in it: bids and asks. None: all of it is new."""

    changes: tuple[Sequence[WireLevel], Sequence[WireLevel]] | None = None


def best_levels(depth: int) -> Step[ChangedBook | Notice, Book | Notice]:
    """Make the step that cuts books to their best ``depth`` levels, and passes over those that are the same in them.

    What it gives has levels of its own: to keep them costs nothing.
    """
    shown: dict[str, tuple[Levels, Levels]] = {}

    def step(item: ChangedBook | Notice) -> Iterable[Book | Notice]:
        if isinstance(item, Notice):
            return (item,)
        changes, before = item.changes, shown.get(item.symbol)
        if changes is None or before is None:
            bids, asks = item.bids.best(depth), item.asks.best(depth)
        else:
            bids = item.bids.best(depth, before[0]) if changes[0] else before[0]
            asks = item.asks.best(depth, before[1]) if changes[1] else before[1]
            if bids is before[0] and asks is before[1]:
                return ()
        shown[item.symbol] = bids, asks
        return (Book(item.symbol, depth, bids, asks, item.received, item._raw, item._time_of),)

    return step


def book_updates(read: Callable[[B], BookUpdate]) -> Step[B | Notice, BookUpdate | Notice]:
    """Make the step from books to what ``read`` finds changed in each; the first of each symbol is told whole."""
    return _changes(
        read, lambda book, update: evolve(update, bids=tuple(book.bids), asks=tuple(book.asks), is_snapshot=True)
    )


def order_updates(read: Callable[[_O], OrderBookUpdate]) -> Step[_O | Notice, OrderBookUpdate | Notice]:
    """Make the step from books order by order to what ``read`` finds changed; see `book_updates`."""
    return _changes(
        read,
        lambda book, update: evolve(update, bids=_orders_of(book.bids), asks=_orders_of(book.asks), is_snapshot=True),
    )


def _orders_of(levels: Iterable[OrderLevel]) -> tuple[BookOrder, ...]:
    return tuple(order for level in levels for order in level.orders)


def _changes(read: Callable[[_B], _U], whole: Callable[[_B, _U], _U]) -> Step[_B | Notice, _U | Notice]:
    begun: set[str] = set()

    def step(item: _B | Notice) -> Iterable[_U | Notice]:
        if isinstance(item, Notice):
            return (item,)
        update = read(item)
        if item.symbol not in begun:
            # Who comes late to a shared book has not seen its snapshot.
            begun.add(item.symbol)
            if not update.is_snapshot:
                return (whole(item, update),)
        return (update,)

    return step


def level_updates(depth: int) -> Step[ChangedBook | Notice, BookUpdate | Notice]:
    """Make the step from books to what changes in their best ``depth`` levels; the first of each symbol is told whole.

    What comes up into these levels is told; what is pushed out of them is not: it is to be cut off.
    """
    cut = best_levels(depth)
    shown: dict[str, Book] = {}

    def step(item: ChangedBook | Notice) -> Iterable[BookUpdate | Notice]:
        if isinstance(item, Notice):
            return (item,)
        return [tell(book, item.changes is None) for book in cut(item) if isinstance(book, Book)]

    def tell(book: Book, is_new: bool) -> BookUpdate:  # noqa: FBT001
        before = shown.get(book.symbol)
        shown[book.symbol] = book
        if is_new or before is None:
            is_new, bids, asks = True, tuple(book.bids), tuple(book.asks)
        else:
            bids, asks = _differences(before.bids, book.bids, depth), _differences(before.asks, book.asks, depth)
        return BookUpdate(book.symbol, bids, asks, is_new, None, book.time, book.received, book._raw)

    return step


def _differences(before: Levels, now: Levels, depth: int) -> tuple[Level, ...]:
    if before is now:
        return ()
    known = {level.price: level for level in before._levels}
    set_now = [level for level in now._levels if known.pop(level.price, None) != level]
    worst = now[-1].price if len(now) == depth else None
    gone = [exact(price) for price in known]
    if worst is not None:
        gone = [price for price in gone if (price > worst if now._is_bids else price < worst)]
    return (
        *(Level(price, _NOTHING) for price in gone),
        *(Level(exact(each.price), exact(each.size)) for each in set_now),
    )


def update_of(book: ChangedBook) -> BookUpdate:
    """Tell what has changed in a book: for `book_updates`."""
    changes = book.changes
    if changes is None:
        bids, asks = tuple(book.bids), tuple(book.asks)
    else:
        bids, asks = (tuple([_level(exact(level.price), exact(level.size)) for level in side]) for side in changes)
    return _update(book.symbol, bids, asks, changes is None, None, book.time, book.received, book._raw)
