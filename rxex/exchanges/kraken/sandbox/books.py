"""Books of the simulated Kraken: what its clients are told, with the venue's habits.

A client is told of its window alone, the best levels of each side: nothing of what is pushed out of it, and what comes
back into it is published again. A frame may delete what is not there, and say a price twice; the last counts.
Sources: Kraken's pages "Book" and its guides to the checksums of books.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from random import Random
from typing import Protocol, TypeAlias
from zlib import crc32

from attrs import frozen

from rxex.codec import text_of
from rxex.exchanges.kraken.sandbox.tape import Tape
from rxex.models import Side
from rxex.sandbox.order_book import OrderBook

__all__ = ["BEHIND", "DEPTHS", "BookWindow", "Books", "Change", "Levels", "checksum", "level_v2", "sum_of"]

DEPTHS = (10, 25, 100, 500, 1000)
BEHIND = 10
"""Levels behind a window that are looked at, so that one that comes back into it is known."""
_OFTEN = 0.1
Levels: TypeAlias = list[tuple[Decimal, Decimal]]
"""Prices and sizes, best first."""


class Books(Protocol):
    """What has the books, says when a turn of changes is over, and tells of trades."""

    @property
    def flushers(self) -> list[Callable[[], None]]:
        """Called then."""
        ...

    @property
    def tape(self) -> Tape:
        """Tells of the trades of clients."""
        ...

    def watch_book(self, symbol: str, levels: int = ...) -> OrderBook:
        """Keep a book up to date, so many levels of it at least, until as many `unwatch_book`."""
        ...

    def unwatch_book(self, symbol: str) -> None:
        """End one `watch_book`."""
        ...


@frozen
class Change:
    """A level of a side as it is now; size 0: it is gone. ``is_known``: it was there before, behind the window."""

    side: Side
    price: Decimal
    size: Decimal
    is_known: bool = False


class BookWindow:
    """The best ``depth`` levels of one book, as they were told last."""

    def __init__(self, depth: int, levels: Callable[[Side, int], Levels], random: Random) -> None:
        """Look at a book.

        Args:
            depth: How many levels of each side are told.
            levels: Gives as many levels of a side as there are, at most that many.
            random: What its oddities follow from.
        """
        self._depth = depth
        self._levels = levels
        self._random = random
        self._behind: dict[Side, set[Decimal]] = {}
        self.told: dict[Side, Levels] = {}
        """What a client holds that has followed; a new one is sent this."""
        for side in Side:
            self._look(side)

    def _look(self, side: Side) -> Levels:
        levels = self._levels(side, self._depth + BEHIND)
        self.told[side] = levels[: self._depth]
        self._behind[side] = {price for price, _ in levels[self._depth :]}
        return self.told[side]

    def changes(self) -> list[Change]:
        """Tell what is different from what was told last."""
        changes: list[Change] = []
        for side in (Side.SELL, Side.BUY):
            before, behind = dict(self.told[side]), self._behind[side]
            now = self._look(side)
            mine = [Change(side, price, Decimal(0) * before[price]) for price in self._gone(side, before, dict(now))]
            mine += [Change(side, price, size, price in behind) for price, size in now if before.get(price) != size]
            changes += self._oddly(mine)
        return changes

    def _gone(self, side: Side, before: dict[Decimal, Decimal], now: dict[Decimal, Decimal]) -> Iterable[Decimal]:
        for price in before:
            if price in now:
                continue
            is_pushed_out = len(now) == self._depth and (price < min(now) if side is Side.BUY else price > max(now))
            if not is_pushed_out:
                yield price

    def _oddly(self, changes: list[Change]) -> list[Change]:
        random = self._random
        random.shuffle(changes)
        if changes and random.random() < _OFTEN:
            change = changes[0]
            if change.size:
                changes.insert(0, Change(change.side, change.price, change.size * 2, change.is_known))
        if changes and random.random() < _OFTEN:
            change = changes[0]
            far = change.price * (2 if change.side is Side.SELL else Decimal("0.5"))
            unknown = far.quantize(change.price)
            if unknown not in dict(self.told[change.side]):
                changes.append(Change(change.side, unknown, Decimal(0) * change.size))
        return changes


def checksum(asks: Sequence[tuple[str, str]], bids: Sequence[tuple[str, str]]) -> int:
    """Make the checksum of levels as they are written, best first.

    >>> checksum([("0.00001234", "1500.00000000"), ("0.00001240", "0.50000000")], [("0.00001233", "10.00000000")])
    3930699835
    """
    return sum_of((*asks[:10], *bids[:10]))


def sum_of(levels: Iterable[tuple[str, str]]) -> int:
    """Make the checksum of all these prices and sizes, as they are written."""
    return crc32("".join(f"{_digits(price)}{_digits(size)}" for price, size in levels).encode())


def _digits(number: str) -> str:
    return number.replace(".", "").lstrip("0")


def level_v2(level: tuple[Decimal, Decimal]) -> str:
    """Write a level of v2: numbers with all their digits."""
    price, size = level
    return f'{{"price":{text_of(price)},"qty":{text_of(size)}}}'
