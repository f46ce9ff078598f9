"""Order books: views and changes of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, Protocol, overload

import attrs
from attrs import frozen
from msgspec import Struct

from rxex.codec import exact
from rxex.models.record import Received, Record, as_date
from rxex.typing import Json

__all__ = ["Book", "BookUpdate", "Level", "Levels", "WireLevel"]


@frozen(slots=False)
class Level:
    """One price of a book, and what is offered at it in all."""

    price: Decimal
    size: Decimal


class WireLevel(Protocol):
    """A level as it came: numbers or their texts."""

    @property
    def price(self) -> Any: ...
    @property
    def size(self) -> Any: ...


class Levels(Sequence[Level]):
    """One side of a book, best first: a read-only sequence of `Level`, whose numbers are made when they are read.

    Args:
        levels: as they came, prices rising; the list is kept, not copied.
        is_bids: whether the best price is the highest.

    >>> from attrs import make_class
    >>> wire = make_class("WireLevel", ["price", "size"])
    >>> bids = Levels([wire("9.5", "3"), wire("10.0", "1")], is_bids=True)
    >>> bids[0]
    Level(price=Decimal('10.0'), size=Decimal('1'))
    >>> [str(level.price) for level in bids], len(bids[:10])
    (['10.0', '9.5'], 2)
    >>> bids.best(1)
    <1 levels: 10.0 x 1>
    """

    __slots__ = ("_is_bids", "_levels", "_read")

    def __init__(self, levels: list[WireLevel], *, is_bids: bool) -> None:
        self._levels = levels
        self._is_bids = is_bids
        # The best level whose price was read last, and the price: most changes leave it as it is.
        self._read: tuple[WireLevel | None, Decimal | None] = (None, None)

    @property
    def price(self) -> Decimal | None:
        """The best price; None where there is no level."""
        levels = self._levels
        if not levels:
            return None
        level = levels[-1 if self._is_bids else 0]
        read, price = self._read
        if level is not read:
            price = exact(level.price)
            self._read = level, price
        return price

    def best(self, count: int, before: Levels | None = None) -> Levels:
        """Give the best ``count`` levels by themselves, or ``before``, if it consists of just the same."""
        levels = self._levels[-count:] if self._is_bids else self._levels[:count]
        if before is not None and before._levels == levels:
            return before
        return Levels(levels, is_bids=self._is_bids)

    def __len__(self) -> int:
        return len(self._levels)

    def __iter__(self) -> Iterator[Level]:
        # A generator keeps these levels, so that they stay as they are meanwhile.
        for level in reversed(self._levels) if self._is_bids else self._levels:
            yield Level(exact(level.price), exact(level.size))

    @overload
    def __getitem__(self, place: int) -> Level: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Level, ...]: ...
    def __getitem__(self, place: int | slice) -> Level | tuple[Level, ...]:
        if isinstance(place, slice):
            return tuple(self[each] for each in range(*place.indices(len(self))))
        level = self._levels[-1 - place if self._is_bids else place]
        return Level(exact(level.price), exact(level.size))

    def __eq__(self, other: object) -> bool:
        return tuple(self) == tuple(other) if isinstance(other, Levels) else NotImplemented

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        best = ", ".join(f"{level.price} x {level.size}" for level in self[:3])
        return f"<{len(self)} levels: {best}{', …' if len(self) > 3 else ''}>"


def _untold(_: Json) -> None:
    return None


class Book(Struct, Received, frozen=True):
    """A book of the best ``depth`` levels of each side, as it was after one message. It does not change any more.

    Its numbers are made when they are read. A book that failed its checksum or is crossed is never emitted.
    """

    symbol: str
    depth: int
    bids: Levels
    asks: Levels
    received: int = 0
    _raw: bytes | Json = b"{}"
    _time_of: Callable[[Any], int | None] = _untold

    @property
    def time(self) -> int | None:
        """When the exchange changed it last, in nanoseconds since the epoch; read from ``raw`` each time."""
        return self._time_of(self.raw)

    @property
    def datetime(self) -> dt.datetime | None:
        """``time`` as a date in UTC, to the microsecond."""
        return None if self.time is None else as_date(self.time)

    @property
    def bid(self) -> Decimal | None:
        """The best price that is bid; None where nothing is."""
        return self.bids.price

    @property
    def bid_size(self) -> Decimal | None:
        """How much is bid for at the best price."""
        levels = self.bids._levels
        return exact(levels[-1].size) if levels else None

    @property
    def ask(self) -> Decimal | None:
        """The best price that is asked; None where nothing is."""
        return self.asks.price

    @property
    def ask_size(self) -> Decimal | None:
        """How much is asked for at the best price."""
        levels = self.asks._levels
        return exact(levels[0].size) if levels else None


@frozen(slots=False)
class BookUpdate(Record):
    """One message about a book: the levels that it sets, in the exchange's order. Size 0 takes a level away.

    ``is_snapshot`` says that they are the whole book. ``checksum`` is the exchange's, and has been verified.
    """

    symbol: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    is_snapshot: bool
    checksum: int | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")
