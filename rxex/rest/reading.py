"""How fields of answers are read, strictly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from attrs import field

from rxex.errors import MalformedMessage

__all__ = ["listing", "mapping", "raw_field", "some", "text"]

T = TypeVar("T")


def raw_field() -> Any:
    """The field that keeps what the exchange said."""
    return field(default=None, repr=False, eq=False)


def some(row: Mapping[str, Any], name: str, read: Callable[[Any], T]) -> T | None:
    """What ``read`` makes of a field; None where there is none."""
    value = row.get(name)
    return None if value is None else read(value)


def text(value: Any) -> str | None:
    """A text; None where it is empty."""
    return str(value) or None


def mapping(value: Any) -> Mapping[str, Any]:
    """An object of JSON; raises `MalformedMessage` for anything else."""
    if not isinstance(value, dict):
        raise MalformedMessage("an object was expected")
    return value


def listing(value: Any) -> list[Any]:
    """An array of JSON; raises `MalformedMessage` for anything else."""
    if not isinstance(value, list):
        raise MalformedMessage("an array was expected")
    return value
