"""One instrument's resting orders: best price first, then first come, first served."""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Callable, Iterator
from decimal import Decimal

from rxex.models import Side
from rxex.sandbox.orders import Order

__all__ = ["LevelChange", "OrderBook"]

ZERO = Decimal(0)

LevelChange = Callable[[Side, Decimal, Decimal], None]
"""Hears the side, the price and the new size of a level; the size is 0 for one that is gone."""


class OrderBook:
    """Resting orders by price and time.

    Readers use `levels`, `best` and `orders`, and ``listeners`` (a list to add functions to), which hear of each level
    that changes, in the order in which it happens; ``order_listeners`` hear of each order: ``add``, ``update`` (of its
    size) or ``remove``, before the level's change is told.
    """

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.listeners: list[LevelChange] = []
        self.order_listeners: list[Callable[[str, Order], None]] = []
        # Prices ascend by this key on either side, so the best is always the first.
        self._keys: dict[Side, list[Decimal]] = {Side.BUY: [], Side.SELL: []}
        self._queues: dict[tuple[Side, Decimal], dict[str, Order]] = {}
        self._sizes: dict[tuple[Side, Decimal], Decimal] = {}
        self._seen: dict[str, Decimal] = {}
        self._last_queued = 0

    # Reading.

    def best(self, side: Side) -> Decimal | None:
        """The best price of ``side``; None where nobody offers any."""
        keys = self._keys[side]
        return _key(side, keys[0]) if keys else None

    def levels(self, side: Side, depth: int | None = None) -> list[tuple[Decimal, Decimal]]:
        """Prices and visible sizes of ``side``, best first; at most ``depth`` of them."""
        prices = (_key(side, key) for key in self._keys[side][:depth])
        return [(price, self._sizes[side, price]) for price in prices]

    def size_at(self, side: Side, price: Decimal) -> Decimal:
        """The visible size of a level, 0 where there is none."""
        return self._sizes.get((side, price), ZERO)

    def orders(self, side: Side) -> Iterator[Order]:
        """Every order of ``side``, in the order in which they would be filled."""
        for _, queue in self.queues(side):
            yield from queue

    def queues(self, side: Side, depth: int | None = None) -> list[tuple[Decimal, list[Order]]]:
        """Prices and orders of ``side``, best first and in the order in which they are filled; ``depth`` prices."""
        prices = [_key(side, key) for key in self._keys[side][:depth]]
        return [(price, list(self._queues[side, price].values())) for price in prices]

    def first(self, side: Side) -> Order | None:
        """The order of ``side`` that is filled next."""
        price = self.best(side)
        return None if price is None else next(iter(self._queues[side, price].values()))

    # Changing; the engine's.

    def add(self, order: Order) -> None:
        """Put an order at the end of its price's queue."""
        place = _place(order)
        if place not in self._queues:
            self._queues[place] = {}
            insort(self._keys[place[0]], _key(*place))
        self._queues[place][order.id] = order
        self._seen[order.id] = order.visible
        order.is_resting = True
        order.queued = self._last_queued = max(self._last_queued + 1, order.changed)
        self._tell("add", order)
        self._resize(place, order.visible)

    def remove(self, order: Order) -> None:
        """Take an order out."""
        place = _place(order)
        del self._queues[place][order.id]
        order.is_resting = False
        seen = self._seen.pop(order.id)
        if not self._queues[place]:
            del self._queues[place]
            keys = self._keys[place[0]]
            del keys[bisect_left(keys, _key(*place))]
        self._tell("remove", order)
        self._resize(place, -seen)

    def update(self, order: Order) -> None:
        """Take notice of a new size of an order, which keeps its place in the queue."""
        change = order.visible - self._seen[order.id]
        self._seen[order.id] = order.visible
        if change:
            self._tell("update", order)
        self._resize(_place(order), change)

    def _tell(self, what: str, order: Order) -> None:
        for listener in self.order_listeners:
            listener(what, order)

    def _resize(self, place: tuple[Side, Decimal], change: Decimal) -> None:
        size = self._sizes.get(place, ZERO) + change
        if place in self._queues:
            self._sizes[place] = size
        else:
            size = ZERO
            del self._sizes[place]
        if change:
            for listener in self.listeners:
                listener(*place, size)


def _key(side: Side, price: Decimal) -> Decimal:
    return price if side is Side.SELL else -price


def _place(order: Order) -> tuple[Side, Decimal]:
    if order.price is None:
        raise TypeError("an order without a price does not rest")
    return order.request.side, order.price
