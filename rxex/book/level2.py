"""Order books of levels.

A side is a sorted list and a change is a bisection in it. The texts of the best levels, of which checksums are made,
are kept; only what has changed is written anew.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import pairwise
from sys import getrefcount
from typing import Any

from rxex.book.checksum import Checksum
from rxex.codec import exact
from rxex.errors import MalformedMessage, SequenceGap
from rxex.models import Levels, WireLevel

__all__ = ["L2Book"]

_LONGEST_NUMBER = 40
_TOO_MUCH = 10**_LONGEST_NUMBER


class L2Book:
    """The best ``depth`` levels of both sides of one book.

    ``bids`` and ``asks`` may be kept by whoever reads them: the next change then goes to a copy. After an error the
    book is not to be used any more.

    Args:
        depth: how many levels of each side there are; what lies beyond is cut off after each update.
        checksum: how the exchange makes it; None: there is none.
        may_cross: whether bids above asks are taken as they are.

    >>> from attrs import make_class
    >>> level = make_class("WireLevel", ["price", "size"])
    >>> book = L2Book(2)
    >>> book.replace([level("9.90", "1.5")], [level("10.0", "1"), level("10.1", "2")])
    >>> book.update([level("9.95", "0.50")], [level("10.0", "0")])
    >>> book.bids[0], len(book.bids), book.asks[0]
    (Level(price=Decimal('9.95'), size=Decimal('0.50')), 2, Level(price=Decimal('10.1'), size=Decimal('2')))
    """

    bids: Levels
    """What is bid for, the highest price first."""
    asks: Levels
    """What is asked for, the lowest price first."""
    checksum: int | None
    """That of the levels as they are; None where the exchange has none, and before the first snapshot."""

    def __init__(self, depth: int, checksum: Checksum[Any, Any] | None = None, *, may_cross: bool = False) -> None:
        self._sums = checksum
        self._may_cross = may_cross
        summed, text = (0, _no_text) if checksum is None else (checksum.levels, checksum.text)
        self._bids = _Side(depth, summed, text, is_bids=True)
        self._asks = _Side(depth, summed, text, is_bids=False)
        self.bids, self.asks = self._bids.levels, self._asks.levels
        self.checksum = None
        self._bids.count_references()
        self._asks.count_references()

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

        Raises `SequenceGap` where the book is crossed after all of it and may not be, `MalformedMessage` for what is no
        price or size.
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
        except ValueError as error:
            raise MalformedMessage(str(error)) from None
        except _Alike:
            # To set the same levels once more does no harm.
            own_bids.widen()
            own_asks.widen()
            own_bids.change(bids)
            own_asks.change(asks)
        self.bids, self.asks = own_bids.levels, own_asks.levels
        if sums is not None and (own_bids.is_touched or own_asks.is_touched):
            if own_bids.is_touched:
                own_bids.is_touched = False
                own_bids.part = sums.bids(own_bids.texts)
            if own_asks.is_touched:
                own_asks.is_touched = False
                own_asks.part = sums.asks(own_asks.texts)
            self.checksum = sums.total(own_bids.part, own_asks.part)
        bid_keys, ask_keys = own_bids.keys, own_asks.keys
        if bid_keys and ask_keys and bid_keys[-1] >= ask_keys[0]:
            self._refuse_crossed()

    def _refuse_crossed(self) -> None:
        bid, ask = self.bids[0].price, self.asks[0].price
        if bid >= ask and not self._may_cross:
            raise SequenceGap(None, None, reason=f"crossed book: {bid} is bid while {ask} is asked")


class _Alike(Exception):
    """Two different prices are the same float."""


class _Side:
    """One side of a book. Prices rise, so that the best bid is the last and the best ask the first.

    The keys are the prices as floats. Rounding keeps their order, so that nothing can go wrong but that two prices
    become one; where a key is found, the price itself is compared too. Such books have Decimals for keys.
    """

    def __init__(self, depth: int, summed: int, text: Callable[[WireLevel], bytes], *, is_bids: bool) -> None:
        self._depth = depth
        self._summed = summed
        self._text = text
        self._key: Callable[[Any], Any] = float
        self._is_bids = is_bids
        self.part: Any = None
        self._own_references = 0
        self.clear()

    def count_references(self) -> None:
        """Note how many references to the levels there are now; with more, somebody else has them, too."""
        self._own_references = getrefcount(self.levels)

    def clear(self) -> None:
        self.keys: list[Any] = []
        self._own: list[WireLevel] = []
        self.levels = Levels(self._own, is_bids=self._is_bids)
        self.texts: list[bytes] = []
        """Those of the best levels, as many as the checksum is made of."""
        self.is_touched = True
        """Whether a level that the checksum is made of has changed since the last checksum."""

    def change(self, entries: Sequence[WireLevel]) -> None:
        """Set and take away levels."""
        if getrefcount(self.levels) > self._own_references:
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
                # What is missing behind these levels is written last.
                texts = self.texts
                if rank < len(texts):
                    if not is_set:
                        del texts[rank]
                    elif is_known:
                        texts[rank] = self._text(entry)
                    else:
                        texts.insert(rank, self._text(entry))
                        del texts[summed:]
        if len(keys) > self._depth:
            self._cut()
        if self.is_touched and (len(self.texts) != summed or len(keys) < summed):
            self._write()

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
        self._write()
        return True

    def _cut(self) -> None:
        beyond = slice(0, max(0, len(self.keys) - self._depth)) if self._is_bids else slice(self._depth, None)
        del self.keys[beyond], self._own[beyond]

    def _write(self) -> None:
        """Write the texts that are missing; forget those that are too many."""
        wanted = min(self._summed, len(self._own))
        del self.texts[wanted:]
        for rank in range(len(self.texts), wanted):
            self.texts.append(self._text(self._own[-1 - rank if self._is_bids else rank]))

    def widen(self) -> None:
        """Take exact keys."""
        self._key = exact
        self.keys[:] = [exact(entry.price) for entry in self._own]


def _no_text(_: WireLevel) -> bytes:
    return b""


def _check(entries: Sequence[WireLevel]) -> None:
    """Refuse what a float takes and a price is not: signs, exponents, infinity, too many digits."""
    values = [value for entry in entries for value in (entry.price, entry.size)]
    try:
        digits = "".join(values).replace(".", "")
    except TypeError:
        are_plain = all(
            isinstance(value, Decimal | int) and not isinstance(value, bool) and 0 <= value < _TOO_MUCH
            for value in values
        )
    else:
        are_plain = not values or (digits.isascii() and digits.isdigit() and max(map(len, values)) <= _LONGEST_NUMBER)
    if not are_plain:
        raise MalformedMessage("what is no plain number stands for a price or a size of a level")
