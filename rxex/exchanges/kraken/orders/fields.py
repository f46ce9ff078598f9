"""What the fields of requests have to be: checked before anything is sent."""

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
    "a_client_id",
    "a_date",
    "a_flag",
    "a_number",
    "a_side",
    "a_symbol",
    "a_whole_number",
    "an_amount",
    "an_id",
    "exact",
    "one_of",
    "refuse",
    "to_side",
    "to_utc",
]

Validator = Callable[[object, "Attribute[Any]", Any], None]
_SYMBOL = re.compile(r"[^/\s]+/[^/\s]+")
_CLIENT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[!-~]{1,18}")


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


def to_side(value: Side | str) -> Side:
    """Make a side of its name."""
    return Side(value) if value in {"buy", "sell"} else cast("Side", value)


def to_utc(value: datetime | None) -> datetime | None:
    """Make a date one in UTC, where it knows its time zone."""
    return value.astimezone(UTC) if isinstance(value, datetime) and value.tzinfo is not None else value


# Validators. What may be left out is None.


def _optional(is_right: Callable[[Any], bool], remedy: str) -> Validator:
    def validate(_: object, attribute: Attribute[Any], value: Any) -> None:
        may_be_none = attribute.default is None
        if not (value is None and may_be_none) and not is_right(value):
            raise refuse(attribute.name, value, remedy)

    return validate


def one_of(choices: Collection[str]) -> Validator:
    """Make a validator of a choice."""
    return _optional(lambda value: value in choices, f"choose one of {', '.join(choices)}")


a_number = _optional(
    lambda value: isinstance(value, Decimal) and value.is_finite(),
    "give a Decimal, a whole number, or the number as text, as in '0.10'",
)
an_amount = _optional(
    lambda value: isinstance(value, Decimal) and value.is_finite() and value > 0,
    "give more than 0, as a Decimal, a whole number, or the number as text, as in '0.10'",
)
a_side = _optional(lambda value: isinstance(value, Side), "choose one of buy, sell")
a_symbol = _optional(
    lambda value: (
        isinstance(value, str) and _SYMBOL.fullmatch(value) is not None and not {"XBT", "XDG"} & set(value.split("/"))
    ),
    "write base and quote with a slash, and BTC and DOGE for XBT and XDG, as in 'BTC/USD'; for v1 it is changed back",
)
a_client_id = _optional(
    lambda value: isinstance(value, str) and _CLIENT_ID.fullmatch(value) is not None,
    "give a UUID, 32 hexadecimal digits, or up to 18 characters of ASCII",
)
an_id = _optional(
    lambda value: isinstance(value, str) and bool(value.strip()),
    "give the id as it was told, as in 'OVN7VD-7VYHS-APBKHA'",
)
a_flag = _optional(lambda value: isinstance(value, bool), "it is True or False")
a_date = _optional(
    lambda value: isinstance(value, datetime) and value.tzinfo is not None,
    "give a datetime with a time zone, as datetime.now(UTC) does",
)
a_whole_number = _optional(lambda value: isinstance(value, int) and not isinstance(value, bool), "give a whole number")
