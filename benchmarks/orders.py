"""Messages about books order by order that can be sent over and over: changes by chance, and then all of them undone.

There is no recording of such a feed; these have its form, and its checksums are those of the books that they describe.
"""

from __future__ import annotations

import random
from bisect import insort
from collections.abc import Iterator
from zlib import crc32

__all__ = ["DEPTH", "SYMBOLS", "round_trip"]

DEPTH = 100
SYMBOLS = tuple(f"{base}/{quote}" for base in ("BTC", "ETH", "SOL", "XRP", "ADA") for quote in ("USD", "EUR"))
_SUMMED = 10  # prices of each side that a checksum is made of
_PRICES = 90  # of each side; less than the depth, so that none is ever pushed out
_CHANGES = 300
_MIDDLE = 50_000  # ticks

_Order = tuple[int, int, str, str]
"""The tick of its price, the number that is its time and its place in the queue, its id, its size."""


class _Book:
    """One book; the orders of each side lie in the order of the checksum."""

    def __init__(self, symbol: str) -> None:
        self._symbol = symbol
        self._chance = random.Random(symbol)
        self._number = 0
        self._sides: dict[str, list[_Order]] = {"bids": [], "asks": []}
        for side, orders in self._sides.items():
            for place in range(_PRICES):
                for _ in range(self._chance.choice((1, 1, 2, 4))):
                    insort(orders, self._new(side, place))

    def _new(self, side: str, place: int) -> _Order:
        self._number += 1
        # Bids are kept by the distance from the middle, as asks are.
        size = f"{self._chance.lognormvariate(0, 1):.8f}"
        return place, self._number, f"O{self._symbol[:3]}{side[0].upper()}-{self._number:011d}", size

    def checksum(self) -> int:
        return crc32("".join(self._summed()).encode())

    def _summed(self) -> Iterator[str]:
        for side in ("asks", "bids"):
            orders = self._sides[side]
            prices = sorted({order[0] for order in orders})[:_SUMMED]
            for order in orders:
                if order[0] > prices[-1]:
                    break
                for text in (_price(side, order), order[3]):
                    yield text.replace(".", "").lstrip("0")

    def snapshot(self) -> str:
        rows = {side: [_row(side, order) for order in orders] for side, orders in self._sides.items()}
        return self._message("snapshot", rows)

    def change(self) -> tuple[str, str]:
        """Let something happen to one order; give the message, and the one that undoes it."""
        chance, side = self._chance, self._chance.choice(("bids", "asks"))
        orders = self._sides[side]
        before = self.checksum()
        # Most of what happens, happens near the best price.
        place = min(int(chance.expovariate(1 / 8)), _PRICES - 1)
        here = [order for order in orders if order[0] == place]
        event = chance.choice(("add", "delete", "delete", "modify")) if here else "add"
        if event == "add":
            order = self._new(side, place)
            insort(orders, order)
            rows, undone = _row(side, order, "add"), _row(side, order, "delete")
        else:
            order = chance.choice(here)
            orders.remove(order)
            rows, undone = _row(side, order, "delete"), _row(side, order, "add")
            if event == "modify":
                less = (*order[:3], f"{float(order[3]) * 0.7:.8f}")
                insort(orders, less)
                rows, undone = _row(side, less, "modify"), _row(side, order, "modify")
        return self._message("update", {side: [rows]}), self._message("update", {side: [undone]}, before)

    def _message(self, kind: str, rows: dict[str, list[str]], checksum: int | None = None) -> str:
        bids, asks = (",".join(rows.get(side, ())) for side in ("bids", "asks"))
        return (
            f'{{"channel":"level3","type":"{kind}","data":[{{"symbol":"{self._symbol}",'
            f'"checksum":{self.checksum() if checksum is None else checksum},"bids":[{bids}],"asks":[{asks}],'
            f'"timestamp":"2026-01-01T00:00:00.000000000Z"}}]}}'
        )


def _price(side: str, order: _Order) -> str:
    ticks = _MIDDLE + order[0] + 1 if side == "asks" else _MIDDLE - order[0]
    return f"{ticks // 10}.{ticks % 10}"


def _row(side: str, order: _Order, event: str = "") -> str:
    told = f'"event":"{event}",' if event else ""
    return (
        f'{{{told}"order_id":"{order[2]}","limit_price":{_price(side, order)},"order_qty":{order[3]},'
        f'"timestamp":"2025-12-31T23:59:59.{order[1]:09d}Z"}}'
    )


def round_trip() -> tuple[list[str], list[str]]:
    """Give the snapshots, and the updates after them with what undoes them."""
    books = [_Book(symbol) for symbol in SYMBOLS]
    snapshots = [book.snapshot() for book in books]
    changes = [random.Random(number).choice(books).change() for number in range(_CHANGES)]
    return snapshots, [forth for forth, _ in changes] + [back for _, back in reversed(changes)]
