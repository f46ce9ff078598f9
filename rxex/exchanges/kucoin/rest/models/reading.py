"""How fields of KuCoin's answers are read, strictly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Generic, TypeVar

from attrs import frozen

from rxex.codec import number
from rxex.errors import MalformedMessage, RequestRefused
from rxex.models import Side
from rxex.rest.reading import listing, mapping, raw_field, some, text

__all__ = [
    "Cursor",
    "Page",
    "amount",
    "cursor_of",
    "each",
    "flag",
    "identity",
    "listing",
    "mapping",
    "millis",
    "nanos",
    "one",
    "page_of",
    "present",
    "raw_field",
    "side_of",
    "some",
    "text",
    "texts",
    "words",
]

T = TypeVar("T")
Row = Mapping[str, Any]


@frozen
class Page(Generic[T]):
    """Page ``number`` of ``pages``, with up to ``size`` items of ``total`` in all."""

    items: tuple[T, ...]
    number: int
    size: int
    total: int
    pages: int


@frozen
class Cursor(Generic[T]):
    """Items, the newest first; ``last_id`` is to be given for those that are older, None: there are none."""

    items: tuple[T, ...]
    last_id: int | None


def one(make: Callable[[Row, int], T]) -> Callable[[Any, Any, int], T]:
    """Read one object."""
    return lambda result, _, received: make(mapping(result), received)


def each(make: Callable[[Row, int], T]) -> Callable[[Any, Any, int], tuple[T, ...]]:
    """Read an array of objects."""
    return lambda result, _, received: tuple(make(mapping(row), received) for row in listing(result))


def page_of(make: Callable[[Row, int], T]) -> Callable[[Any, Any, int], Page[T]]:
    """Read a page of objects."""

    def read(result: Any, _: Any, received: int) -> Page[T]:
        numbers = (int(number(result[name])) for name in ("currentPage", "pageSize", "totalNum", "totalPage"))
        return Page(tuple(make(mapping(row), received) for row in listing(result["items"])), *numbers)

    return read


def cursor_of(make: Callable[[Row, int], T]) -> Callable[[Any, Any, int], Cursor[T]]:
    """Read objects with the id of the last one."""

    def read(result: Any, _: Any, received: int) -> Cursor[T]:
        items = tuple(make(mapping(row), received) for row in listing(result["items"]))
        return Cursor(items, some(result, "lastId", lambda value: int(number(value)) or None))

    return read


def identity(result: Any, _: Any, __: int) -> str:
    """Read a plain text."""
    if not isinstance(result, str):
        raise MalformedMessage("a text was expected")
    return result


def flag(result: Any, _: Any, __: int) -> bool:
    """Read a plain yes or no."""
    if not isinstance(result, bool):
        raise MalformedMessage("true or false was expected")
    return result


def words(result: Any, _: Any, __: int) -> tuple[str, ...]:
    """Read an array of texts."""
    return texts(result)


def texts(value: Any) -> tuple[str, ...]:
    """Texts of an array."""
    return tuple(map(str, listing(value)))


def present(result: Any, what: str) -> Any:
    """Refuse null, with which KuCoin answers where there is nothing of that name."""
    if result is None:
        raise RequestRefused(what, "it answered null: there is none")
    return result


def amount(row: Row, name: str) -> Decimal | None:
    """The number in a field; None where it is missing, null or empty."""
    value = row.get(name)
    return None if value is None or value == "" else number(value)


def side_of(row: Row) -> Side:
    """Buy or sell."""
    return Side(row["side"])


def millis(value: Any) -> int | None:
    """Nanoseconds of a number of milliseconds; 0 stands for none."""
    return int(number(value)) * 10**6 or None


def nanos(value: Any) -> int | None:
    """Nanoseconds; 0 stands for none."""
    return int(number(value)) or None
