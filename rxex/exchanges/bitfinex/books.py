"""Bitfinex's order books of pairs, aggregated by price: exact, each checksum verified, each book mended alone.

Sources: Bitfinex's pages "Books" and "WebSocket checksum" of the public WebSocket channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, overload

from msgspec import Struct
from reactivex import Observable

from rxex.asking import check_choice
from rxex.book import ChangedBook, L2Book, book_updates, update_of
from rxex.channel import Number
from rxex.errors import SequenceGap
from rxex.events import Notice, Socket
from rxex.exchanges.bitfinex.asking import Kind, check_symbols, subscribe
from rxex.exchanges.bitfinex.integrity import SUMMED, checksum, wire_text
from rxex.exchanges.bitfinex.models import rows_of, whole
from rxex.models import Book, BookUpdate
from rxex.operators import lift
from rxex.typing import Json, Operator

__all__ = ["DEPTHS", "PRECISIONS", "TOO_MUCH", "check_frequency", "subscribe_book", "subscribe_book_updates", "verify"]

DEPTHS = (1, 25, 100, 250)
PRECISIONS = ("P0", "P1", "P2", "P3", "P4")
# Bitfinex takes away itself what falls out of the depth; to cut it off would take away what it still counts.
_UNCUT = 1_000_000
TOO_MUCH = 10**40


class WireLevel(Struct, gc=False):
    """A level as it came, with the text that a checksum is made of once one has needed it."""

    price: Any
    size: Any
    text: str = ""


def verify(expected: int, bids: Sequence[str], asks: Sequence[str]) -> None:
    """Raise `SequenceGap` where the checksum of a book is another one; it may come without its sign."""
    ours = checksum(bids, asks)
    if (ours - expected) % 2**32:
        raise SequenceGap(None, None, reason=f"checksum {expected} is not that of our book, {ours}")


def check_frequency(frequency: str) -> None:
    """Raise `InvalidArgument` for a frequency that Bitfinex does not have."""
    check_choice("frequency", frequency, ("F0", "F1"))


class _Parser:
    """The book of one pair. Its first message is the snapshot, whatever its form."""

    __slots__ = ("_depth", "_is_whole", "_raw", "_received", "_symbol", "book")

    def __init__(self, depth: int, symbol: str) -> None:
        # Prices are rounded, so that bids and asks may meet.
        self.book = L2Book(_UNCUT, may_cross=True)
        self._depth = depth
        self._symbol = symbol
        self._is_whole = False
        self._received = 0
        self._raw: bytes | Json = b""

    def view(self) -> ChangedBook | None:
        """The book as it is now; None before its snapshot."""
        return self._book(None) if self._is_whole else None

    def _book(self, changes: tuple[Sequence[WireLevel], Sequence[WireLevel]] | None) -> ChangedBook:
        book = self.book
        return ChangedBook(self._symbol, self._depth, book.bids, book.asks, self._received, self._raw, changes=changes)

    def __call__(self, wire: list[Any], received: int, raw: bytes | Json, number: Number, /) -> Sequence[ChangedBook]:
        payload = wire[1]
        if isinstance(payload, str):
            if payload == "cs" and self._is_whole:
                verify(whole(wire[2]), _texts(self.book.bids), _texts(self.book.asks))
            return ()
        rows = rows_of(payload)
        if rows is None:
            if not self._is_whole:
                return ()  # it is of an earlier subscription
            rows = (payload,)
        bids: list[WireLevel] = []
        asks: list[WireLevel] = []
        for row in rows:
            price, amount = number(row[0]), number(row[2])
            if not 0 <= price < TOO_MUCH or not -TOO_MUCH < amount < TOO_MUCH:
                raise ValueError(f"{price} x {amount} is no level of a book")
            level = WireLevel(price, abs(amount) if whole(row[1]) else 0)
            (bids if amount > 0 else asks).append(level)
        is_new, self._is_whole = not self._is_whole, True
        self._received, self._raw = received, raw
        if is_new:
            self.book.replace(bids, asks, is_checked=True)
            return (self._book(None),)
        self.book.update(bids, asks, is_checked=True)
        return (self._book((bids, asks)),)


def _texts(levels: Any) -> list[str]:
    own: list[WireLevel] = levels._levels
    sign, best = ("", own[: -SUMMED - 1 : -1]) if levels._is_bids else ("-", own[:SUMMED])
    for level in best:
        if not level.text:
            level.text = f"{wire_text(level.price)}:{sign}{wire_text(level.size)}"
    return [level.text for level in best]


def _kind(depth: int, precision: str, frequency: str) -> Kind[ChangedBook]:
    check_choice("depth", depth, DEPTHS)
    check_choice("precision", precision, PRECISIONS)
    check_frequency(frequency)
    return Kind(
        "book",
        partial(_Parser, depth),
        options={"prec": precision, "freq": frequency, "len": str(depth)},
        keeps_last=True,
        late=_Parser.view,
        needs_all=True,
    )


@overload
def subscribe_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 25,
    precision: str = "P0",
    frequency: str = "F0",
    notices: Literal[False] = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Book]: ...
@overload
def subscribe_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 25,
    precision: str = "P0",
    frequency: str = "F0",
    notices: Literal[True],
    sub_id: str | None = None,
) -> Operator[Socket | None, Book | Notice]: ...
def subscribe_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 25,
    precision: str = "P0",
    frequency: str = "F0",
    notices: bool = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the order book of ``symbol``, or of several.

    Each checksum is verified when it comes, which is after the changes that it is of. Where one is wrong or a message
    cannot be read, that book is withheld: a `Gap` is told, and the one symbol asked for again until its snapshot is
    there; the others go on. A message of the socket that is missing makes the whole socket connect anew.

    Args:
        symbol: as in ``tBTCUSD``.
        messages: the connection's, from ``keep_messages_only()``.
        depth: levels of each side: 1, 25, 100 or 250.
        precision: ``P0`` (five significant digits of the price) to ``P4`` (one).
        frequency: ``F0`` (at once) or ``F1`` (every two seconds).
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.
        sub_id: how the request is called on the wire, for one symbol; None: a number of ours.

    Emits a `Book` at once and after each change. Rounded prices may make bid and ask meet. To keep a book costs a copy
    of the sides that change next; to read it and let it go costs nothing. See `subscribe_channel` for sharing, errors
    and thread. Raises `InvalidArgument` for a value that cannot be right. Source: Bitfinex's page "Books".
    """
    kind = _kind(depth, precision, frequency)
    return subscribe(kind, check_symbols(symbol), messages, notices=notices, sub_id=sub_id)


@overload
def subscribe_book_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 25,
    precision: str = "P0",
    frequency: str = "F0",
    notices: Literal[False] = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, BookUpdate]: ...
@overload
def subscribe_book_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 25,
    precision: str = "P0",
    frequency: str = "F0",
    notices: Literal[True],
    sub_id: str | None = None,
) -> Operator[Socket | None, BookUpdate | Notice]: ...
def subscribe_book_updates(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 25,
    precision: str = "P0",
    frequency: str = "F0",
    notices: bool = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to what changes in the order book of ``symbol``, or of several.

    The books are those of `subscribe_book`, shared with it: verified, withheld and mended in the same way.

    Args:
        symbol: as all that follow, see `subscribe_book`.
        messages: the connection's.
        depth: levels of each side.
        precision: digits.
        frequency: ``F0`` or ``F1``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the updates.
        sub_id: a name.

    Emits a `BookUpdate` for each message. The first one of a symbol is the whole book, and so is the one after a gap.
    Errors and thread are those of `subscribe_book`. Source: Bitfinex's page "Books".
    """
    kind = _kind(depth, precision, frequency)
    books: Any = subscribe(kind, check_symbols(symbol), messages, notices=notices, sub_id=sub_id)
    updates: Any = lift(lambda: book_updates(update_of))
    return lambda sockets: sockets.pipe(books, updates)
