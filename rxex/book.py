"""Order books, pure: levels in order, exact, verified. No stream and no exchange is known here.

A side is a sorted list and a change is a bisection in it. The texts of the best levels, of which checksums are made,
are kept; only what has changed is written anew.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from sys import getrefcount
from typing import Any, Generic, TypeVar

from attrs import frozen

from rxex.codec import exact
from rxex.errors import MalformedMessage, SequenceGap
from rxex.models import Levels, WireLevel

__all__ = ["Checksum", "L2Book"]

_LONGEST_NUMBER = 40
B = TypeVar("B")
A = TypeVar("A")


@frozen
class Checksum(Generic[B, A]):
    """How an exchange makes one number of the best levels of a book."""

    levels: int
    """How many levels of each side take part; fewer where the side has fewer."""
    text: Callable[[WireLevel], str]
    """Writes one level."""
    bids: Callable[[Sequence[str]], B]
    """Makes the bids' part of their texts, best first; called only where one of these levels has changed."""
    asks: Callable[[Sequence[str]], A]
    """Makes the asks' part."""
    total: Callable[[B, A], int]
    """Makes the checksum of both parts."""


class L2Book:
    """The best ``depth`` levels of both sides of one book.

    ``bids`` and ``asks`` may be kept by whoever reads them: the next change then goes to a copy. After an error the
    book is not to be used any more.

    Args:
        depth: how many levels of each side there are; what lies beyond is cut off after each update.
        checksum: how the exchange makes it; None: there is none.

    >>> from attrs import make_class
    >>> level = make_class("WireLevel", ["price", "size"])
    >>> book = L2Book(2)
    >>> book.replace([level("9.90", "1.5")], [level("10.0", "1"), level("10.1", "2")])
    >>> book.update([level("9.95", "0.50")], [level("10.0", "0")])
    >>> book.bids[0], len(book.bids), book.asks[0]
    (Level(price=Decimal('9.95'), size=Decimal('0.50')), 2, Level(price=Decimal('10.1'), size=Decimal('2')))
    """

    __slots__ = ("_asks", "_bids", "_sums", "checksum")

    checksum: int | None
    """That of the levels as they are; None where the exchange has none, and before the first snapshot."""

    def __init__(self, depth: int, checksum: Checksum[Any, Any] | None = None) -> None:
        self._sums = checksum
        summed, text = (0, str) if checksum is None else (checksum.levels, checksum.text)
        self._bids = _Side(depth, summed, text, is_bids=True)
        self._asks = _Side(depth, summed, text, is_bids=False)
        self.checksum = None

    @property
    def bids(self) -> Levels:
        """What is bid for, the highest price first."""
        return self._bids.levels

    @property
    def asks(self) -> Levels:
        """What is asked for, the lowest price first."""
        return self._asks.levels

    def replace(self, bids: Sequence[WireLevel], asks: Sequence[WireLevel], *, is_checked: bool = False) -> None:
        """Forget all levels and take those of a snapshot; see `update`."""
        self._bids.clear()
        self._asks.clear()
        self.update(bids, asks, is_checked=is_checked)

    def update(self, bids: Sequence[WireLevel], asks: Sequence[WireLevel], *, is_checked: bool = False) -> None:
        """Set levels, and take away those of size 0, in the order given. To take away what is not there is no error.

        Args:
            bids: as they came; numbers or their texts.
            asks: as they came.
            is_checked: whether all numbers are known to be plain decimals of 40 digits at most.

        Raises `SequenceGap` where the book is crossed after all of it, `MalformedMessage` for what is no price or size.
        """
        if not is_checked:
            _check(bids)
            _check(asks)
        own_bids, own_asks, sums = self._bids, self._asks, self._sums
        try:
            if bids:
                own_bids.change(bids)
            if asks:
                own_asks.change(asks)
        except _Alike:
            # To set the same levels once more does no harm.
            own_bids.widen()
            own_asks.widen()
            own_bids.change(bids)
            own_asks.change(asks)
        if sums is not None and (own_bids.is_touched or own_asks.is_touched):
            if own_bids.is_touched:
                own_bids.part = sums.bids(own_bids.write())
            if own_asks.is_touched:
                own_asks.part = sums.asks(own_asks.write())
            self.checksum = sums.total(own_bids.part, own_asks.part)
        bid_keys, ask_keys = own_bids.keys, own_asks.keys
        if bid_keys and ask_keys and bid_keys[-1] >= ask_keys[0]:
            self._refuse_crossed()

    def _refuse_crossed(self) -> None:
        bid, ask = self.bids[0].price, self.asks[0].price
        if bid >= ask:
            raise SequenceGap(None, None, reason=f"crossed book: {bid} is bid while {ask} is asked")


class _Alike(Exception):
    """Two different prices are the same float."""


class _Side:
    """One side of a book. Prices rise, so that the best bid is the last and the best ask the first.

    The keys are the prices as floats. Rounding keeps their order, so that nothing can go wrong but that two prices
    become one; where a key is found, the price itself is compared too. Such books have Decimals for keys.
    """

    def __init__(self, depth: int, summed: int, text: Callable[[WireLevel], str], *, is_bids: bool) -> None:
        self._depth = depth
        self._summed = summed
        self._text = text
        self._key: Callable[[Any], Any] = float
        self._is_bids = is_bids
        self.part: Any = None
        self.clear()
        # As many references as there are when somebody else has one, too.
        self._shared = getrefcount(self.levels) + 1

    def clear(self) -> None:
        self.keys: list[Any] = []
        self._own: list[WireLevel] = []
        self.levels = Levels(self._own, is_bids=self._is_bids)
        self._texts: list[str] = []
        self.is_touched = True
        """Whether a level that the checksum is made of has changed since `write`."""

    def change(self, entries: Sequence[WireLevel]) -> None:
        """Set and take away levels."""
        if getrefcount(self.levels) >= self._shared:
            # Somebody has kept these levels: from now on they are theirs.
            self._own = self._own.copy()
            self.levels = Levels(self._own, is_bids=self._is_bids)
        if not self.keys and self._fill(entries):
            return
        key_of, keys, own, summed = self._key, self.keys, self._own, self._summed
        for entry in entries:
            key = key_of(entry.price)
            place, count = bisect_left(keys, key), len(keys)
            is_known = place < count and keys[place] == key
            if is_known and own[place].price != entry.price and exact(own[place].price) != exact(entry.price):
                raise _Alike
            is_set = float(entry.size)
            if is_known:
                if is_set:
                    own[place] = entry
                else:
                    del keys[place], own[place]
            elif is_set:
                keys.insert(place, key)
                own.insert(place, entry)
            else:
                continue  # it lies beyond the depth, or was never there
            rank = count - is_known - place if self._is_bids else place
            if rank < summed:
                self.is_touched = True
                # The texts are those of the best levels without a hole; what is missing behind them is written last.
                texts = self._texts
                if rank < len(texts):
                    if not is_set:
                        del texts[rank]
                    elif is_known:
                        texts[rank] = self._text(entry)
                    else:
                        texts.insert(rank, self._text(entry))
        if len(keys) > self._depth:
            self._cut()

    def _fill(self, entries: Sequence[WireLevel]) -> bool:
        """Take a whole side in order at once; tell whether it was in order."""
        own = entries[::-1] if self._is_bids else entries
        keys = [self._key(entry.price) for entry in own]
        if not all(lower < higher for lower, higher in pairwise(keys)) or not all(float(entry.size) for entry in own):
            return False
        self.is_touched = True
        self.keys += keys
        self._own += own
        self._cut()
        return True

    def _cut(self) -> None:
        beyond = slice(0, max(0, len(self.keys) - self._depth)) if self._is_bids else slice(self._depth, None)
        del self.keys[beyond], self._own[beyond]

    def write(self) -> list[str]:
        """Give the texts of the best levels; those that are missing are written."""
        texts, own, wanted = self._texts, self._own, min(self._summed, len(self._own))
        self.is_touched = False
        if len(texts) > wanted:
            del texts[wanted:]
        for rank in range(len(texts), wanted):
            texts.append(self._text(own[-1 - rank if self._is_bids else rank]))
        return texts

    def widen(self) -> None:
        """Take exact keys."""
        self._key = exact
        self.keys[:] = [exact(entry.price) for entry in self._own]


def _check(entries: Sequence[WireLevel]) -> None:
    for entry in entries:
        for value in (entry.price, entry.size):
            if isinstance(value, str):
                is_plain = value.isascii() and value.replace(".", "", 1).isdigit() and len(value) <= _LONGEST_NUMBER
            else:
                is_plain = isinstance(value, Decimal | int) and not isinstance(value, bool) and value >= 0
            if not is_plain:
                raise MalformedMessage(f"{str(value)[:_LONGEST_NUMBER]!r} is no price or size of a level")
