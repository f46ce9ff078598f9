"""How fields of Kraken's answers are read, strictly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rxex.codec import number
from rxex.errors import MalformedMessage
from rxex.models import Side
from rxex.rest.reading import mapping, raw_field, some, text

__all__ = ["SIDES", "mapping", "raw_field", "rows_of", "some", "text", "time_of"]

SIDES = {"b": Side.BUY, "s": Side.SELL, "buy": Side.BUY, "sell": Side.SELL}
_BILLION = Decimal(10**9)


def time_of(value: Any) -> int | None:
    """Nanoseconds of a number of seconds; 0 stands for none."""
    return int(number(value) * _BILLION) or None


def rows_of(result: Any, parameters: Any) -> list[Any]:
    """Give the one entry of a result, whatever its name: it is rarely the name that was asked for."""
    found = [value for name, value in result.items() if name != "last"]
    if len(found) != 1:
        raise MalformedMessage(f"{len(found)} results for {parameters.pair}")
    rows = found[0]
    if not isinstance(rows, list):
        raise MalformedMessage(f"rows of {parameters.pair} are no array")
    return rows
