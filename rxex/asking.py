"""What the functions that subscribe to channels share: checks of what the user asks for, and messages as they come."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import Any, TypeVar

from rxex.channel import Number
from rxex.errors import InvalidArgument
from rxex.typing import Json

__all__ = ["as_it_comes", "check_choice", "check_interval", "check_names"]

T = TypeVar("T")


def check_choice(name: str, value: object, choices: Collection[object]) -> None:
    """Raise `InvalidArgument` for what is none of ``choices``.

    >>> check_choice("depth", 10, (10, 25))
    """
    if value not in choices or isinstance(value, bool):
        raise InvalidArgument(name, value, f"choose one of {', '.join(map(str, choices))}")


def check_interval(interval: float | timedelta, choices: Mapping[int, T]) -> T:
    """Give what ``choices``, whose keys are seconds, has for an interval; raises `InvalidArgument` where it has none.

    >>> check_interval(timedelta(minutes=5), {60: "1min", 300: "5min"})
    '5min'
    """
    seconds = interval.total_seconds() if isinstance(interval, timedelta) else interval
    for choice, value in choices.items():
        if seconds == choice and not isinstance(seconds, bool):
            return value
    raise InvalidArgument("interval", interval, f"there are candles of {', '.join(map(str, choices))} seconds")


def check_names(name: str, value: str | Sequence[str], pattern: re.Pattern[str], remedy: str) -> list[str]:
    """Give the names that are meant by one or several; raises `InvalidArgument` for none, and for what cannot be one.

    >>> check_names("symbol", "BTC/USD", re.compile("[A-Z]+/[A-Z]+"), "write it as in 'BTC/USD'")
    ['BTC/USD']
    """
    names: list[Any] = [value] if isinstance(value, str) else list(value)
    if not names:
        raise InvalidArgument(name, value, f"give at least one; {remedy}")
    for each in names:
        if not isinstance(each, str) or not pattern.fullmatch(each):
            raise InvalidArgument(name, each, remedy)
    return names


def as_it_comes(wire: Json, _received: int, _raw: bytes | Json, _number: Number, /) -> Sequence[Json]:
    """Parse nothing: give the decoded message itself."""
    return (wire,)
