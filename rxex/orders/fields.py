"""What the fields of requests have to be: checked before anything is sent. Each may be left out if its default is None.

>>> from attrs import field, frozen
>>> @frozen
... class Amount:
...     amount: Decimal | None = field(default=None, converter=exact, validator=an_amount)
>>> Amount("0.10")
Amount(amount=Decimal('0.10'))
>>> Amount(0.1)
Traceback (most recent call last):
    ...
rxex.errors.InvalidArgument: amount is 0.1: give more than 0, as a Decimal, a whole number, or the number as text, ...
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast

from attrs import Attribute

from rxex.codec import number
from rxex.errors import InvalidArgument, MalformedMessage
from rxex.models import Side

__all__ = [
    "Precision",
    "Validator",
    "a_date",
    "a_flag",
    "a_number",
    "a_side",
    "a_whole_number",
    "an_amount",
    "check_digits",
    "check_one",
    "exact",
    "matching",
    "needed",
    "one_of",
    "optional",
    "refuse",
    "to_side",
    "to_utc",
    "whole",
]

Precision = Callable[[str], tuple[int, int] | None]
"""Gives how many digits after the point an exchange takes in prices and in quantities of a symbol; None: not known."""
Validator = Callable[[object, "Attribute[Any]", Any], None]


def refuse(name: str, value: object, remedy: str) -> InvalidArgument:
    """Give the error of a field."""
    return InvalidArgument(name, value, remedy)


# Converters: what they cannot make sense of they leave to be refused.


def exact(value: Decimal | int | str | None) -> Decimal | None:
    """Make a Decimal of a number as it is written; not of a float: nobody wrote all of its digits."""
    if isinstance(value, bool | float) or value is None:
        return cast("Decimal | None", value)
    try:
        return number(str(value) if isinstance(value, Decimal) else value)
    except MalformedMessage:
        return cast("Decimal", value)


def needed(value: Decimal | int | str) -> Decimal:
    """As `exact`, for what may not be left out."""
    return cast("Decimal", exact(value))


def to_side(value: Side | str) -> Side:
    """Make a side of its name."""
    return Side(value) if value in {"buy", "sell"} else cast("Side", value)


def to_utc(value: datetime | None) -> datetime | None:
    """Make a date one in UTC, where it knows its time zone."""
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not None else value


# Validators


def optional(is_right: Callable[[Any], bool], remedy: str) -> Validator:
    """Make a validator of what is right; None is where it is the default."""

    def validate(_: object, attribute: Attribute[Any], value: Any) -> None:
        may_be_none = attribute.default is None
        if not (value is None and may_be_none) and not is_right(value):
            raise refuse(attribute.name, value, remedy)

    return validate


def one_of(choices: Collection[str]) -> Validator:
    """Make a validator of a choice."""
    return optional(lambda value: value in choices, f"choose one of {', '.join(choices)}")


def matching(pattern: str, remedy: str) -> Validator:
    """Make a validator of a text that is written like ``pattern``, from its start to its end."""
    compiled = re.compile(pattern)
    return optional(lambda value: isinstance(value, str) and compiled.fullmatch(value) is not None, remedy)


def whole(least: int, most: int) -> Validator:
    """Make a validator of a whole number."""
    return optional(
        lambda value: isinstance(value, int) and not isinstance(value, bool) and least <= value <= most,
        f"give a whole number from {least} to {most}",
    )


a_number = optional(
    lambda value: isinstance(value, Decimal) and value.is_finite(),
    "give a Decimal, a whole number, or the number as text, as in '0.10'",
)
an_amount = optional(
    lambda value: isinstance(value, Decimal) and value.is_finite() and value > 0,
    "give more than 0, as a Decimal, a whole number, or the number as text, as in '0.10'",
)
a_side = optional(lambda value: isinstance(value, Side), "choose one of buy, sell")
a_flag = optional(lambda value: isinstance(value, bool), "it is True or False")
a_date = optional(
    lambda value: isinstance(value, datetime) and value.tzinfo is not None,
    "give a datetime with a time zone, as datetime.now(UTC) does",
)
a_whole_number = optional(lambda value: isinstance(value, int) and not isinstance(value, bool), "give a whole number")


def check_one(**given: object) -> None:
    """Raise `InvalidArgument` unless exactly one of these is not None."""
    told = {name: value for name, value in given.items() if value is not None}
    if len(told) != 1:
        raise refuse(" or ".join(given), tuple(told.values()), "give exactly one of them")


def check_digits(symbol: str, most: int, **values: Decimal | None) -> None:
    """Raise `InvalidArgument` for a value with more than ``most`` digits after the point.

    >>> check_digits("A/B", 1, limit_price=Decimal("10.500"))
    >>> check_digits("A/B", 1, limit_price=Decimal("10.55"))
    Traceback (most recent call last):
        ...
    rxex.errors.InvalidArgument: limit_price is Decimal('10.55'): A/B has 1 digits after the point
    """
    for name, value in values.items():
        exponent = 0 if value is None else value.normalize().as_tuple().exponent
        if isinstance(exponent, int) and -exponent > most:
            raise refuse(name, value, f"{symbol} has {most} digits after the point")
