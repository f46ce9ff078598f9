"""KuCoin's Pro order books: a snapshot and numbered changes over one socket, without a key and without REST.

Changes may come before the snapshot: they are kept for it. From then on each begins with the number after the last;
where one is missing the book is withheld and asked for anew, which brings another snapshot.

Source: KuCoin's page on the Pro channel "obu", and what was measured of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, overload

from msgspec import Struct
from reactivex import Observable

from rxex.asking import check_choice
from rxex.book import ChangedBook, L2Book, best_levels, book_updates, level_updates, update_of
from rxex.channel import Number, Parse
from rxex.codec import number as checked_number
from rxex.errors import SequenceGap
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.book_snapshots import BookSnapshot
from rxex.exchanges.kucoin.books import Changes, LevelsParser, check_depth
from rxex.exchanges.kucoin.depth import DEPTHS, LevelWire
from rxex.exchanges.kucoin.models import Nanoseconds
from rxex.exchanges.kucoin.pro.asking import Kind, check_symbols, subscribe
from rxex.models import Book, BookUpdate, Spread, quick
from rxex.operators import lift
from rxex.typing import Json, Operator

__all__ = ["BookParser", "subscribe_book", "subscribe_book_updates", "subscribe_depth", "subscribe_spread"]

_spread = quick(Spread)


class NumberedData(Struct, rename={"bids": "b", "asks": "a", "first": "O", "last": "C"}, gc=False):
    """Levels, and the numbers of the changes that they are from."""

    bids: list[LevelWire]
    asks: list[LevelWire]
    first: int
    last: int


class BookWire(Struct, rename={"data": "d", "type": "t"}, gc=False):
    """A snapshot or a change."""

    type: Literal["snapshot", "delta"]
    data: NumberedData


def _time_of(message: Any) -> int | None:
    time = message["d"].get("M")
    return None if time is None else int(time)


class BookParser(LevelsParser[BookWire]):
    """One book on one subscription."""

    def __init__(self, symbol: str) -> None:
        super().__init__(symbol, _time_of)

    def __call__(self, wire: BookWire, received: int, raw: bytes | Json, number: Number) -> Sequence[ChangedBook]:
        if wire.type == "delta":
            return super().__call__(wire, received, raw, number)
        data = wire.data
        following = self._next
        if following is not None:
            if data.last < following:
                return ()  # the book has all of it
            raise SequenceGap(following, data.last, reason="a snapshot has come that is ahead of the changes")
        # Checks the numbers before a level of it is used.
        checked = L2Book(len(data.bids) + len(data.asks) + 1)
        checked.replace(data.bids, data.asks, is_checked=number is not checked_number)
        told: Any = raw
        books = self.join(
            BookSnapshot(self._symbol, data.last, tuple(checked.bids), tuple(checked.asks), raw=told), received
        )
        if books is None:
            raise SequenceGap(
                data.last + 1, self._numbers(self._kept[0])[0], reason="changes after the snapshot are missing"
            )
        return books

    def _numbers(self, wire: BookWire) -> tuple[int, int]:
        return wire.data.first, wire.data.last

    def _apply(self, wire: BookWire, after: int | None, *, is_checked: bool) -> Changes | None:  # noqa: ARG002
        # Sizes are absolute: what a message repeats of the snapshot does no harm.
        data = wire.data
        if not data.bids and not data.asks:
            return None
        self.book.update(data.bids, data.asks, is_checked=is_checked)
        return data.bids, data.asks


_BOOK: Kind[ChangedBook] = Kind(
    "obu",
    BookWire,
    BookParser,
    {"depth": "increment@10ms", "rpiFilter": 0},
    # The snapshot was seen to take up to 6 seconds.
    first_timeout=15.0,
    keeps_last=True,
    late=BookParser.view,
    needs_all=True,
)


class LevelsData(Struct, rename={"bids": "b", "asks": "a", "time": "M"}, gc=False):
    """Both sides, the best level first."""

    bids: list[LevelWire]
    asks: list[LevelWire]
    time: Nanoseconds | None = None


class LevelsWire(Struct, rename={"data": "d"}, gc=False):
    """A message with the best levels."""

    data: LevelsData


def _depths(depth: int, symbol: str) -> Parse[Book]:
    book = L2Book(depth)

    def parse(wire: LevelsWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Book]:
        data = wire.data
        book.replace(data.bids, data.asks, is_checked=number is not checked_number)
        return (Book(symbol, depth, book.bids, book.asks, received, raw, _time_of),)

    return parse


def _spreads(symbol: str) -> Parse[Spread]:
    def parse(wire: LevelsWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Spread]:
        data = wire.data
        bid, ask = data.bids[0] if data.bids else None, data.asks[0] if data.asks else None
        spread = _spread(
            symbol,
            None if bid is None else number(bid.price),
            None if bid is None else number(bid.size),
            None if ask is None else number(ask.price),
            None if ask is None else number(ask.size),
            data.time,
            received,
            raw,
        )
        return (spread,)

    return parse


_DEPTH: dict[int, Kind[Book]] = {
    depth: Kind(
        "obu",
        LevelsWire,
        partial(_depths, depth),
        {"depth": str(depth), "rpiFilter": 0},
        first_timeout=30.0,
        keeps_last=True,
    )
    for depth in DEPTHS
}
_SPREAD: Kind[Spread] = Kind(
    "obu", LevelsWire, _spreads, {"depth": "1", "rpiFilter": 0}, first_timeout=30.0, keeps_last=True
)


@overload
def subscribe_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int | None = 10,
    notices: Literal[False] = False,
) -> Operator[Socket | None, Book]: ...
@overload
def subscribe_book(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int | None = 10, notices: Literal[True]
) -> Operator[Socket | None, Book | Notice]: ...
def subscribe_book(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int | None = 10, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the order book of ``symbol``, or of several: the best 500 levels of each side, every 10 ms.

    Each book begins with a snapshot, which takes some seconds, and goes on with changes that are numbered. Where a
    number is missing or used again, a message cannot be read or the book is crossed, that book is withheld: a `Gap` is
    told and it is asked for anew. The other books do not stop.

    Args:
        symbol: as in ``BTC-USDT``, or ``XBTUSDTM`` (sizes are lots) on a connection to futures.
        messages: those of a `public_connection`, from ``keep_messages_only()``.
        depth: levels of each side, at most; None: all that are known.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.

    Emits a `Book` at once and after each change of these levels. To keep one costs nothing; with ``depth=None`` it
    costs a copy of the side that changes next. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol or a depth that cannot be one. Source: KuCoin's page on the Pro channel "obu".
    """
    check_depth(depth)
    books: Any = subscribe(_BOOK, check_symbols(symbol), messages, notices=notices)
    if depth is None:
        return books  # type: ignore[no-any-return]
    best: Any = lift(lambda: best_levels(depth))
    return lambda sockets: sockets.pipe(books, best)


@overload
def subscribe_book_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int | None = 10,
    notices: Literal[False] = False,
) -> Operator[Socket | None, BookUpdate]: ...
@overload
def subscribe_book_updates(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int | None = 10, notices: Literal[True]
) -> Operator[Socket | None, BookUpdate | Notice]: ...
def subscribe_book_updates(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int | None = 10, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to what changes in the order book of ``symbol``, or of several.

    The books are those of `subscribe_book`, shared with it: checked, withheld and mended in the same way.

    Args:
        symbol: as in ``BTC-USDT``, or ``XBTUSDTM`` (sizes are lots) on a connection to futures.
        messages: those of a `public_connection`, from ``keep_messages_only()``.
        depth: levels of each side. What comes up into them is told, what is pushed out of them is not: cut it off.
            None: all that are known, as the exchange tells their changes.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the updates.

    Emits a `BookUpdate` for each change. The first one of a symbol is the whole book, and so is the one after a gap.
    Errors and thread are those of `subscribe_book`. Source: KuCoin's page on the Pro channel "obu".
    """
    check_depth(depth)
    books: Any = subscribe(_BOOK, check_symbols(symbol), messages, notices=notices)
    updates: Any = lift(lambda: book_updates(update_of) if depth is None else level_updates(depth))
    return lambda sockets: sockets.pipe(books, updates)


@overload
def subscribe_depth(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int = 5, notices: Literal[False] = False
) -> Operator[Socket | None, Book]: ...
@overload
def subscribe_depth(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int = 5, notices: Literal[True]
) -> Operator[Socket | None, Book | Notice]: ...
def subscribe_depth(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int = 5, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the best levels of ``symbol``, or of several: the whole of them in each message, every 100 ms.

    A crossed one is withheld, and a `Gap` told.

    Args:
        symbol: as in ``BTC-USDT``, or ``XBTUSDTM`` (sizes are lots) on a connection to futures.
        messages: those of a `public_connection`, from ``keep_messages_only()``.
        depth: levels of each side: 5 or 50.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.

    Emits a `Book` for each message; after 30 s without one `Stale` is told.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol, and for another depth.
    Source: KuCoin's page on the Pro channel "obu".
    """
    check_choice("depth", depth, DEPTHS)
    return subscribe(_DEPTH[depth], check_symbols(symbol), messages, notices=notices)


@overload
def subscribe_spread(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Spread]: ...
@overload
def subscribe_spread(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Spread | Notice]: ...
def subscribe_spread(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the best prices of ``symbol``, or of several, each time one of them or its size changes.

    Args:
        symbol: as in ``BTC-USDT``, or ``XBTUSDTM`` (sizes are lots) on a connection to futures.
        messages: those of a `public_connection`, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the spreads.

    Emits a `Spread` for each change; after 30 s without one `Stale` is told.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol. Source: KuCoin's page on the Pro channel "obu".
    """
    return subscribe(_SPREAD, check_symbols(symbol), messages, notices=notices)
