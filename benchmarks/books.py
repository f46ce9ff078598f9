"""Messages about books that can be sent over and over: those that were received, and then all of them undone.

A book message says what has changed, and its checksum holds for the book it was made for alone. So each round leads
forth, as received, and back, each change undone in a message of the same form with the checksum of the book before.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any
from zlib import crc32

__all__ = ["name_v2", "price_digits", "round_trip", "to_v2"]

_SUMMED = 10  # levels of each side that a checksum is made of


class _Book:
    """One book as Kraken's v1 describes it: the levels of each side by the texts of their prices."""

    def __init__(self, head: Any, snapshot: dict[str, list[list[str]]], depth: int) -> None:
        self._head = head
        self._depth = depth
        self._sides = {side: {level[0]: level for level in snapshot.get(f"{side}s", [])} for side in "ab"}

    def checksum(self) -> int:
        best = (*self._best("a"), *self._best("b"))
        return crc32("".join(text.replace(".", "").lstrip("0") for level in best for text in level[:2]).encode())

    def _best(self, side: str) -> list[list[str]]:
        levels = sorted(self._sides[side].values(), key=lambda level: float(level[0]), reverse=side == "b")
        return levels[:_SUMMED]

    def change(self, parts: list[dict[str, Any]]) -> str:
        """Apply an update; give the message that undoes it."""
        checksum = self.checksum()
        undo: dict[str, dict[str, list[str]]] = {}
        for part in parts:
            for side in part.keys() & self._sides.keys():
                before, levels = undo.setdefault(side, {}), self._sides[side]
                for level in part[side]:
                    price, size, time = level[:3]
                    before.setdefault(price, levels.get(price, [price, "0.00000000", time])[:3])
                    if float(size):
                        levels[price] = level
                    else:
                        levels.pop(price, None)
                while len(levels) > self._depth:
                    worst = max(levels, key=float) if side == "a" else min(levels, key=float)
                    before.setdefault(worst, levels.pop(worst)[:3])
        if self.checksum() != int(parts[-1]["c"]):
            raise ValueError(f"the checksum of an update of {self._head[-1]} does not hold")
        undone: list[dict[str, Any]] = [{side: list(levels.values())} for side, levels in undo.items()]
        undone[-1]["c"] = str(checksum)
        return json.dumps([self._head[0], *undone, *self._head[1:]], separators=(",", ":"))


def round_trip(messages: Iterable[str]) -> tuple[list[str], list[str]]:
    """Give the snapshots among ``messages``, and the updates after them with what undoes them.

    Raises `ValueError` where a checksum does not hold.
    """
    books: dict[str, _Book] = {}
    snapshots, forth, back = [], [], []
    for text in messages:
        number, *parts, channel, pair = json.loads(text)
        if "as" in parts[0] or "bs" in parts[0]:
            books[pair] = _Book((number, channel, pair), parts[0], int(channel.partition("-")[2]))
            snapshots.append(text)
        elif pair in books:
            forth.append(text)
            back.append(books[pair].change(parts))
    return snapshots, forth + back[::-1]


def name_v2(pair: str) -> str:
    """Give what v2 calls a pair of v1."""
    return pair.replace("XBT", "BTC")


def to_v2(text: str) -> str:
    """Write a message about a book as Kraken's v2 does: numbers as on the wire, a checksum in snapshots too."""
    number, *parts, channel, pair = json.loads(text)
    is_snapshot = "as" in parts[0]
    bids, asks = (
        [level for part in parts for level in part.get(f"{side}s" if is_snapshot else side, [])] for side in "ba"
    )
    book = _Book((number, channel, pair), parts[0], int(channel.partition("-")[2]))
    checksum = book.checksum() if is_snapshot else parts[-1]["c"]
    time = datetime.fromtimestamp(max(float(level[2]) for level in (*bids, *asks)), UTC)
    return (
        f'{{"channel":"book","type":"{"snapshot" if is_snapshot else "update"}","data":[{{"symbol":"{name_v2(pair)}",'
        f'"bids":[{_levels_v2(bids)}],"asks":[{_levels_v2(asks)}],"checksum":{checksum},'
        f'"timestamp":"{time:%Y-%m-%dT%H:%M:%S.%f}Z"}}]}}'
    )


def _levels_v2(levels: Iterable[list[str]]) -> str:
    return ",".join(f'{{"price":{level[0]},"qty":{level[1]}}}' for level in levels)


def price_digits(snapshots: Iterable[str]) -> dict[str, int]:
    """Give how many digits after the point the prices of each pair have, by the names of v2."""
    books = [json.loads(text) for text in snapshots]
    return {name_v2(book[-1]): len(book[1]["as"][0][0].partition(".")[2]) for book in books}
