"""How rows of Bitfinex's answers are read: strictly, from their front, as they may grow at their end."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from rxex.channel import Number
from rxex.codec import number
from rxex.errors import MalformedMessage
from rxex.exchanges.bitfinex.account_rows import Row
from rxex.rest.reading import listing
from rxex.typing import Json

__all__ = ["each", "first", "listing", "mine", "one", "row_of"]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class _AccountReader(Protocol[T_co]):
    def __call__(self, kind: str, values: Any, received: int, raw: bytes | Json, number: Number, /) -> T_co: ...


def row_of(values: Any) -> Row:
    """Give the values of a row by their places."""
    return Row(values, number)


def mine(read: _AccountReader[T], kind: str = "") -> Callable[[Any, int], T]:
    """Read a row as the authenticated channels do; ``kind`` is the type of message that tells the same there."""
    return lambda values, received: read(kind, values, received, values, number)


def one(make: Callable[[Any, int], T]) -> Callable[[Any, Any, int], T]:
    """Read one row."""
    return lambda result, _, received: make(result, received)


def each(make: Callable[[Any, int], T]) -> Callable[[Any, Any, int], tuple[T, ...]]:
    """Read an array of rows."""
    return lambda result, _, received: tuple(make(row, received) for row in listing(result))


def first(make: Callable[[Any, int], T]) -> Callable[[Any, Any, int], T]:
    """Read the only row of an array, or a row that stands in no array."""

    def read(result: Any, _: Any, received: int) -> T:
        rows = listing(result)
        if not rows:
            raise MalformedMessage("a row was expected")
        return make(rows[0] if isinstance(rows[0], list) else rows, received)

    return read
