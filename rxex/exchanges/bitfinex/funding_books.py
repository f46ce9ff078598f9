"""Bitfinex's books of funding: what is lent and borrowed, aggregated by rate and period, or offer by offer.

Sources: Bitfinex's pages "Books" and "Raw books" of the public WebSocket channels. What its checksums of these books
are made of is not settled, so they are not verified.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import partial
from typing import Any, Literal, overload

import attrs
from attrs import frozen
from reactivex import Observable

from rxex.asking import check_choice
from rxex.channel import Number
from rxex.events import Notice, Socket
from rxex.exchanges.bitfinex.asking import FUNDING, Kind, check_symbols, subscribe
from rxex.exchanges.bitfinex.books import DEPTHS, PRECISIONS, check_frequency
from rxex.exchanges.bitfinex.models import rows_of, whole
from rxex.models.record import Record
from rxex.typing import Json, Operator

__all__ = ["FundingBook", "FundingLevel", "subscribe_funding_book"]


@frozen
class FundingLevel:
    """What is lent or borrowed at a rate a day for a period of days: by ``count`` offers, or by the one with ``id``."""

    rate: Decimal
    period: int
    size: Decimal
    count: int = 1
    id: int | None = None


@frozen(slots=False)
class FundingBook(Record):
    """A book of funding as it was after one message: bids want to borrow (the highest rate first), asks to lend."""

    symbol: str
    depth: int
    bids: tuple[FundingLevel, ...]
    asks: tuple[FundingLevel, ...]
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


class _Side:
    """One side: levels in order, and where each of them is, by what it is known by."""

    def __init__(self, sign: int) -> None:
        self._sign = sign
        self._order: list[tuple[Decimal, int, int]] = []
        self._levels: dict[tuple[Decimal, int, int], FundingLevel] = {}
        self._places: dict[object, tuple[Decimal, int, int]] = {}

    def set(self, name: object, level: FundingLevel | None) -> None:
        """Put a level in its place; None takes it away, which is no error where it is not there."""
        before = self._places.pop(name, None)
        if before is not None:
            del self._order[bisect_left(self._order, before)], self._levels[before]
        if level is not None:
            place = (self._sign * level.rate, level.period, level.id or 0)
            insort(self._order, place)
            self._levels[place] = level
            self._places[name] = place

    def levels(self) -> tuple[FundingLevel, ...]:
        """Give all levels, the best first."""
        return tuple(self._levels[place] for place in self._order)


class _Parser:
    """The book of one currency. Its first message is the snapshot."""

    def __init__(self, depth: int, read: Callable[..., _Row], symbol: str) -> None:
        self._depth = depth
        self._read = read
        self._symbol = symbol
        self._bids, self._asks = _Side(-1), _Side(1)
        self._last: FundingBook | None = None

    def view(self) -> FundingBook | None:
        """The book as it is now; None before its snapshot."""
        return self._last

    def __call__(self, wire: list[Any], received: int, raw: bytes | Json, number: Number, /) -> Sequence[FundingBook]:
        payload = wire[1]
        if isinstance(payload, str):
            return ()
        rows = rows_of(payload)
        if rows is None:
            if self._last is None:
                return ()  # it is of an earlier subscription
            rows = [payload]
        for name, level, is_bid in (self._read(row, number) for row in rows):
            (self._asks if is_bid else self._bids).set(name, None)
            (self._bids if is_bid else self._asks).set(name, level)
        bids, asks = self._bids.levels(), self._asks.levels()
        self._last = FundingBook(self._symbol, self._depth, bids, asks, received=received, raw=raw)
        return (self._last,)


_Row = tuple[object, FundingLevel | None, bool]


def _aggregated(row: list[Any], number: Number) -> _Row:
    rate, period, count, amount = number(row[0]), whole(row[1]), whole(row[2]), number(row[3])
    # Who lends adds to the supply: here a positive amount is an ask.
    return (rate, period, amount < 0), FundingLevel(rate, period, abs(amount), count) if count else None, amount < 0


def _by_offer(row: list[Any], number: Number) -> _Row:
    name, period, rate, amount = whole(row[0]), whole(row[1]), number(row[2]), number(row[3])
    return name, FundingLevel(rate, period, abs(amount), id=name) if rate else None, amount < 0


@overload
def subscribe_funding_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 25,
    precision: str = "P0",
    frequency: str = "F0",
    notices: Literal[False] = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, FundingBook]: ...
@overload
def subscribe_funding_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 25,
    precision: str = "P0",
    frequency: str = "F0",
    notices: Literal[True],
    sub_id: str | None = None,
) -> Operator[Socket | None, FundingBook | Notice]: ...
def subscribe_funding_book(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    depth: int = 25,
    precision: str = "P0",
    frequency: str = "F0",
    notices: bool = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the book of a currency's funding, or of several.

    Args:
        symbol: as in ``fUSD``.
        messages: the connection's, from ``keep_messages_only()``.
        depth: levels of each side, or offers: 1, 25, 100 or 250.
        precision: ``P0`` to ``P4`` by rate and period, ``R0`` offer by offer.
        frequency: ``F0`` (at once) or ``F1`` (every two seconds).
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.
        sub_id: how the request is called on the wire, for one symbol; None: a number of ours.

    Emits a `FundingBook` at once and after each change. Its checksums are not verified, but each missing message of the
    socket is noticed. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a value that cannot be right. Source: Bitfinex's pages "Books" and "Raw books".
    """
    check_choice("depth", depth, DEPTHS)
    check_choice("precision", precision, (*PRECISIONS, "R0"))
    check_frequency(frequency)
    kind: Kind[FundingBook] = Kind(
        "book",
        partial(_Parser, depth, _by_offer if precision == "R0" else _aggregated),
        options={"prec": precision, "freq": frequency, "len": str(depth)},
        keeps_last=True,
        late=_Parser.view,
        needs_all=True,
    )
    return subscribe(kind, check_symbols(symbol, FUNDING), messages, notices=notices, sub_id=sub_id)
