"""Order books of orders: price by price, and at each price the queue."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from decimal import Decimal
from itertools import count
from typing import Any

from rxex.book.checksum import Checksum
from rxex.book.orders import BookOrder, OrderLevel
from rxex.errors import MalformedMessage, SequenceGap

__all__ = ["L3Book"]


def _time_of(order: BookOrder) -> int:
    return order.time


class L3Book:
    """The orders at the best ``depth`` prices of both sides of one book.

    Exchanges differ in what a change of an order means for its place in the queue, and some do not say. So two queues
    can be told of every level: by the orders' times, and as they came (an order that is changed keeps its place, unless
    its price changes, or it grows and is dated anew). The first holds until `rearrange`.

    ``bids`` and ``asks`` may be kept by whoever reads them. After an error the book is not to be used any more.

    Args:
        depth: how many prices of each side there are; what lies beyond is cut off after each update.
        checksum: how the exchange makes it, of the orders of the best levels; None: there is none.
        rank: by what the orders of one price queue; by default by their times.
        may_cross: whether bids above asks are taken as they are.

    >>> def order(id, price, size, time): return BookOrder(id, Decimal(price), Decimal(size), time)
    >>> book = L3Book(2)
    >>> book.replace([order("a", "9.90", "1.5", 1)], [order("b", "10.0", "1", 2), order("c", "10.0", "2", 1)])
    >>> [each.id for each in book.asks[0].orders], book.asks[0].size
    (['c', 'b'], Decimal('3'))
    >>> book.update([], [order("c", "10.0", "0", 3), order("d", "10.1", "1", 3)])
    >>> [(level.price, len(level.orders)) for level in book.asks]
    [(Decimal('10.0'), 1), (Decimal('10.1'), 1)]
    """

    bids: tuple[OrderLevel, ...]
    """What is bid for, the highest price first."""
    asks: tuple[OrderLevel, ...]
    """What is asked for, the lowest price first."""
    checksum: int | None
    """That of the orders as they are; None where the exchange has none, and before the first snapshot."""

    def __init__(
        self,
        depth: int,
        checksum: Checksum[Any, Any] | None = None,
        *,
        rank: Callable[[BookOrder], int] = _time_of,
        may_cross: bool = False,
    ) -> None:
        self._sums = checksum
        self._may_cross = may_cross
        self._bids = _Side(depth, checksum, rank, is_bids=True)
        self._asks = _Side(depth, checksum, rank, is_bids=False)
        self.bids = self.asks = ()
        self.checksum = None

    def replace(self, bids: Sequence[BookOrder], asks: Sequence[BookOrder]) -> None:
        """Forget all orders and take those of a snapshot; see `update`."""
        self._bids.clear()
        self._asks.clear()
        self.update(bids, asks)

    def update(self, bids: Sequence[BookOrder], asks: Sequence[BookOrder]) -> None:
        """Set orders, and take away those of size 0, in the order given. To take away what is not there is no error.

        Args:
            bids: orders as they are now, known by their ids.
            asks: the same.

        Raises `SequenceGap` where the book is crossed after all of it and may not be, `MalformedMessage` for what is no
        price or size.
        """
        self._bids.change(bids)
        self._asks.change(asks)
        self._settle()
        if not self._may_cross and self.bids and self.asks and self.bids[0].price >= self.asks[0].price:
            bid, ask = self.bids[0].price, self.asks[0].price
            raise SequenceGap(None, None, reason=f"crossed book: {bid} is bid while {ask} is asked")

    def rearrange(self) -> None:
        """Queue orders by the other rule from now on, those that are here included."""
        self._bids.rearrange()
        self._asks.rearrange()
        self._settle()

    def _settle(self) -> None:
        self.bids, self.asks = self._bids.levels, self._asks.levels
        sums = self._sums
        if sums is not None:
            for side, make in ((self._bids, sums.bids), (self._asks, sums.asks)):
                if side.is_touched:
                    side.is_touched = False
                    side.part = make(side.texts)
            self.checksum = sums.total(self._bids.part, self._asks.part)


class _Side:
    """One side of a book, the best level first: the keys of bids are their prices turned negative."""

    def __init__(
        self, depth: int, sums: Checksum[Any, Any] | None, rank: Callable[[BookOrder], int], *, is_bids: bool
    ) -> None:
        self._depth = depth
        self._summed = 0 if sums is None else sums.levels
        self._write = _no_text if sums is None else sums.text
        self._rank = rank
        self._sign = Decimal(-1 if is_bids else 1)
        self._by_time = True
        self.part: Any = None
        self.clear()

    def clear(self) -> None:
        self._keys: list[Decimal] = []
        self._own: list[OrderLevel] = []
        self._places: dict[str, tuple[Decimal, int]] = {}
        """The level of each order, and when it came to its queue, by id."""
        self._arrivals = count()
        self.levels: tuple[OrderLevel, ...] = ()
        self.texts: list[bytes] = []
        """Those of the levels that the checksum is made of; empty while one has to be written anew."""
        self.is_touched = True
        """Whether a level that the checksum is made of has changed since the last checksum."""

    def change(self, orders: Sequence[BookOrder]) -> None:
        """Set and take away orders."""
        if not orders:
            return
        for order in orders:
            if order.size < 0 or (order.size and order.price <= 0):
                raise MalformedMessage("what is no plain number stands for a price or a size of an order")
            known = self._places.get(order.id)
            before = None if known is None else self._take(order.id, known[0])
            if order.size:
                stays = before is not None and _keeps_its_place(before, order)
                self._put(order, known[1] if known is not None and stays else next(self._arrivals))
        self._finish()

    def rearrange(self) -> None:
        """Queue by the other rule."""
        self._by_time = not self._by_time
        self._own = [OrderLevel(level.price, self._queue(level.orders)) for level in self._own]
        self.texts.clear()
        self.is_touched = True
        self._finish()

    def _take(self, name: str, key: Decimal) -> BookOrder:
        """Take an order out, and its level where it was the last one there; give it."""
        del self._places[name]
        place = bisect_left(self._keys, key)
        level = self._own[place]
        left = tuple(order for order in level.orders if order.id != name)
        if left:
            self._own[place] = OrderLevel(level.price, left)
            self._touch(place, (b"",))
        else:
            del self._keys[place], self._own[place]
            self._touch(place, ())
        return next(order for order in level.orders if order.id == name)

    def _put(self, order: BookOrder, arrival: int) -> None:
        key = self._sign * order.price
        self._places[order.id] = key, arrival
        place = bisect_left(self._keys, key)
        if place < len(self._keys) and self._keys[place] == key:
            level = self._own[place]
            self._own[place] = OrderLevel(level.price, self._queue((*level.orders, order)))
            self._touch(place, (b"",))
        else:
            self._keys.insert(place, key)
            self._own.insert(place, OrderLevel(order.price, (order,)))
            self._touch(place, (b"",), known=0)

    def _touch(self, place: int, texts: tuple[bytes, ...], *, known: int = 1) -> None:
        """Put ``texts``, which are to be written, in the place of that of a level, or before it (``known`` is 0)."""
        if place < self._summed:
            self.is_touched = True
            if place < len(self.texts):
                self.texts[place : place + known] = texts

    def _queue(self, orders: tuple[BookOrder, ...]) -> tuple[BookOrder, ...]:
        places = self._places
        if self._by_time:
            return tuple(sorted(orders, key=lambda order: (self._rank(order), places[order.id][1])))
        return tuple(sorted(orders, key=lambda order: places[order.id][1]))

    def _finish(self) -> None:
        for level in self._own[self._depth :]:
            for order in level.orders:
                del self._places[order.id]
        del self._keys[self._depth :], self._own[self._depth :]
        self.levels = tuple(self._own)
        if not self.is_touched:
            return
        texts, summed = self.texts, self._own[: self._summed]
        del texts[len(summed) :]
        for place, level in enumerate(summed):
            if place == len(texts):
                texts.append(b"".join(map(self._write, level.orders)))
            elif not texts[place]:
                texts[place] = b"".join(map(self._write, level.orders))


def _no_text(_: BookOrder) -> bytes:
    return b""


def _keeps_its_place(before: BookOrder, now: BookOrder) -> bool:
    return before.price == now.price and (now.size <= before.size or now.time <= before.time)
