"""Books of the simulated Bitfinex as clients are told of them: rounded prices, counts, single orders, and no trimming.

What falls out of a window is taken away explicitly, always before anything is added, so that a client's book is never
crossed and never too long. Sources: Bitfinex's pages "Books", "Raw books" and "WebSocket checksum".
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any, TypeAlias

from attrs import frozen

from rxex.exchanges.bitfinex.integrity import checksum, wire_text
from rxex.exchanges.bitfinex.sandbox.funding import FundingMarket
from rxex.exchanges.bitfinex.sandbox.instruments import significant
from rxex.exchanges.bitfinex.sandbox.margin import PlacedOrder
from rxex.exchanges.bitfinex.sandbox.trading import signed
from rxex.models import Side
from rxex.sandbox.order_book import OrderBook
from rxex.sandbox.orders import Order

__all__ = ["Look", "Row", "Window", "funding_levels", "funding_offers", "levels", "orders", "raw_depth"]

_HIDDEN = 64
_SIDES = (Side.BUY, Side.SELL)
_DEEPEST = 300
Look: TypeAlias = Callable[[Side], list["Row"]]
"""Gives the rows of a side, the best first."""


@frozen
class Row:
    """A level or an order: what it is known by, how it is told, how it is taken away, and its part of a checksum."""

    key: Hashable
    cells: tuple[Any, ...]
    gone: tuple[Any, ...]
    text: str


class Window:
    """What clients have been told of a book."""

    def __init__(self, look: Look) -> None:
        """Look at a book: ``look`` gives the rows of a side, the best first."""
        self._look = look
        self.told: dict[Side, dict[Hashable, Row]] = {side: _by_key(look(side)) for side in _SIDES}

    def rows(self) -> list[tuple[Any, ...]]:
        """All of it: bids first, the best ones first."""
        return [row.cells for side in _SIDES for row in self.told[side].values()]

    def changes(self) -> list[tuple[Any, ...]]:
        """What is to be told since the last time: first what is gone, then what is new or another."""
        gone: list[tuple[Any, ...]] = []
        new: list[tuple[Any, ...]] = []
        for side in _SIDES:
            before, now = self.told[side], _by_key(self._look(side))
            gone += [row.gone for key, row in before.items() if key not in now]
            new += [row.cells for key, row in now.items() if before.get(key) != row]
            self.told[side] = now
        return gone + new

    def checksum(self) -> int:
        """The checksum of what was told."""
        bids, asks = ([row.text for row in self.told[side].values()] for side in _SIDES)
        return checksum(bids, asks)


def _by_key(rows: Iterable[Row]) -> dict[Hashable, Row]:
    return {row.key: row for row in rows}


def raw_depth(price_digits: int, price: Decimal, precision: str, length: int) -> int:
    """How many prices of a book there have to be for so many rounded ones; at most 300."""
    if precision == "R0":
        return min(_DEEPEST, length)
    finer = max(0, price.adjusted() + 1 + price_digits - 5 + int(precision[1]))
    return min(_DEEPEST, length * int(10**finer) + 5)


def _is_seen(order: Order) -> bool:
    return not (isinstance(order.request, PlacedOrder) and order.request.flags & _HIDDEN)


def _queues(book: OrderBook, side: Side, depth: int) -> Iterator[tuple[Decimal, list[Order]]]:
    """The prices of a side and the orders there, the best first; ``depth`` of them will mostly do."""
    first = book.queues(side, depth)
    yield from first
    if len(first) == depth:
        yield from book.queues(side)[depth:]


def levels(book: OrderBook, precision: str, length: int) -> Look:
    """Rounded prices: counts of orders, and what they offer together."""
    digits = 5 - int(precision[1])

    def look(side: Side) -> list[Row]:
        rounding, sign = (ROUND_FLOOR, 1) if side is Side.BUY else (ROUND_CEILING, -1)
        groups: dict[Decimal, list[Decimal]] = {}
        for price, queue in _queues(book, side, length + 1):
            sizes = [order.visible for order in queue if _is_seen(order)]
            if not sizes:
                continue
            rounded = significant(price, digits, rounding)
            if rounded not in groups and len(groups) == length:
                break
            groups.setdefault(rounded, []).extend(sizes)
        rows = []
        for price, sizes in groups.items():
            amount = signed(sum(sizes, Decimal(0)), side)
            text = f"{wire_text(price)}:{wire_text(amount)}"
            rows.append(Row(price, (price, len(sizes), amount), (price, 0, sign), text))
        return rows

    return look


def orders(book: OrderBook, length: int) -> Look:
    """Single orders; those of one price by their ids."""

    def look(side: Side) -> list[Row]:
        sign = 1 if side is Side.BUY else -1
        rows: list[Row] = []
        for price, queue in _queues(book, side, length):
            for order in sorted(filter(_is_seen, queue), key=lambda order: int(order.id)):
                number, amount = int(order.id), signed(order.visible, side)
                text = f"{number}:{wire_text(amount)}"
                rows.append(Row(number, (number, price, amount), (number, 0, sign), text))
            if len(rows) >= length:
                break
        return rows[:length]

    return look


def funding_levels(market: FundingMarket, precision: str, length: int) -> Look:
    """Rates and periods: counts of offers, and what they offer together; who wants to borrow has a minus."""
    digits = 5 - int(precision[1])

    def look(side: Side) -> list[Row]:
        rounding, sign = (ROUND_FLOOR, -1) if side is Side.BUY else (ROUND_CEILING, 1)
        groups: dict[tuple[Decimal, int], list[Decimal]] = {}
        for offer in market.offers(side):
            place = significant(offer.rate, digits, rounding), offer.period
            groups.setdefault(place, []).append(offer.amount)
        best = sorted(groups, key=lambda place: (sign * place[0], place[1]))[:length]
        rows = []
        for place in best:
            rate, period = place
            amount = sum(groups[place], Decimal(0))
            text = f"{wire_text(rate)}:{wire_text(amount)}"
            rows.append(Row(place, (rate, period, len(groups[place]), amount), (rate, period, 0, sign), text))
        return rows

    return look


def funding_offers(market: FundingMarket, length: int) -> Look:
    """Single offers."""

    def look(side: Side) -> list[Row]:
        sign = -1 if side is Side.BUY else 1
        return [
            Row(
                each.id,
                (each.id, each.period, each.rate, each.amount),
                (each.id, each.period, 0, sign),
                f"{each.id}:{wire_text(each.amount)}",
            )
            for each in market.offers(side)[:length]
        ]

    return look
