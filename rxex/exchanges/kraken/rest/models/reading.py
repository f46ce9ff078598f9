"""How fields of Kraken's answers are read, strictly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, TypeVar

from attrs import field

from rxex.codec import number
from rxex.errors import MalformedMessage
from rxex.models import Side

__all__ = ["SIDES", "mapping", "raw_field", "rows_of", "some", "text", "time_of"]

T = TypeVar("T")
SIDES = {"b": Side.BUY, "s": Side.SELL, "buy": Side.BUY, "sell": Side.SELL}
_BILLION = Decimal(10**9)


def raw_field() -> Any:
    """The field that keeps what Kraken said."""
    return field(default=None, repr=False, eq=False)


def time_of(value: Any) -> int | None:
    """Nanoseconds of a number of seconds; 0 stands for none."""
    return int(number(value) * _BILLION) or None


def some(row: Mapping[str, Any], name: str, read: Callable[[Any], T]) -> T | None:
    """What ``read`` makes of a field; None where there is none."""
    value = row.get(name)
    return None if value is None else read(value)


def text(value: Any) -> str | None:
    """A text; None where it is empty."""
    return str(value) or None


def rows_of(result: Any, parameters: Any) -> list[Any]:
    """Give the one entry of a result, whatever its name: it is rarely the name that was asked for."""
    found = [value for name, value in result.items() if name != "last"]
    if len(found) != 1:
        raise MalformedMessage(f"{len(found)} results for {parameters.pair}")
    rows = found[0]
    if not isinstance(rows, list):
        raise MalformedMessage(f"rows of {parameters.pair} are no array")
    return rows


def mapping(value: Any) -> Mapping[str, Any]:
    """An object of JSON; raises `MalformedMessage` for anything else."""
    if not isinstance(value, dict):
        raise MalformedMessage("an object was expected")
    return value
