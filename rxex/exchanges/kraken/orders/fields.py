"""The fields of requests: checked before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from attrs import Attribute, field

from rxex.codec import number
from rxex.errors import InvalidArgument, MalformedMessage
from rxex.models import Side

__all__ = ["amount", "choice", "client_id", "date", "flag", "identifier", "refuse", "side", "symbol", "whole"]

_SYMBOL = re.compile(r"[^/\s]+/[^/\s]+")
_CLIENT_ID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[!-~]{1,18}")


def refuse(name: str, value: object, remedy: str) -> InvalidArgument:
    """Give the error of a field."""
    return InvalidArgument(name, value, remedy)


def _field(
    check: Callable[[str, Any], None], default: Any, converter: Any = None, *, kw_only: bool | None = None
) -> Any:
    def validate(_: object, attribute: Attribute[Any], value: Any) -> None:
        if value is not None or default is not None:
            check(attribute.name, value)

    options = {} if default is ... else {"default": default}
    by_name = default is not ... if kw_only is None else kw_only
    return field(validator=validate, converter=converter, kw_only=by_name, **options)


def _exact(value: Any) -> Any:
    """Make a Decimal of a number as it is written; a float is left to be refused: nobody wrote all of its digits."""
    if isinstance(value, bool | float) or value is None:
        return value
    try:
        return number(str(value) if isinstance(value, Decimal) else value)
    except MalformedMessage:
        return value


def amount(*, signed: bool = False, kw_only: bool = True) -> Any:
    """Make a field of a price or a quantity, more than 0 unless it may be ``signed``."""

    def check(name: str, value: Any) -> None:
        if not isinstance(value, Decimal):
            raise refuse(name, value, "give a Decimal, a whole number, or the number as text, as in '0.10'")
        if not signed and value <= 0:
            raise refuse(name, value, "it has to be more than 0")

    return _field(check, None, _exact, kw_only=kw_only)


def choice(choices: Collection[str], default: Any = None) -> Any:
    """Make a field that is one of ``choices``."""

    def check(name: str, value: Any) -> None:
        if value not in choices:
            raise refuse(name, value, f"choose one of {', '.join(choices)}")

    return _field(check, default)


def side() -> Any:
    """Make a field of a side: a `Side`, or its text."""

    def convert(value: Any) -> Any:
        return Side(value) if value in {"buy", "sell"} else value

    def check(name: str, value: Any) -> None:
        if not isinstance(value, Side):
            raise refuse(name, value, "choose one of buy, sell")

    return _field(check, ..., convert)


def symbol() -> Any:
    """Make a field of a symbol, as v2 writes it; v1's own names are made of it."""

    def check(name: str, value: Any) -> None:
        if not (isinstance(value, str) and _SYMBOL.fullmatch(value)):
            raise refuse(name, value, "write base and quote with a slash, as in 'BTC/USD'")
        if {"XBT", "XDG"} & set(value.split("/")):
            raise refuse(name, value, "write BTC for XBT and DOGE for XDG; for v1 it is changed back")

    return _field(check, ...)


def client_id() -> Any:
    """Make a field of a client order id."""

    def check(name: str, value: Any) -> None:
        if not (isinstance(value, str) and _CLIENT_ID.fullmatch(value)):
            raise refuse(name, value, "give a UUID, 32 hexadecimal digits, or up to 18 characters of ASCII")

    return _field(check, None)


def identifier() -> Any:
    """Make a field of one of Kraken's ids."""

    def check(name: str, value: Any) -> None:
        if not (isinstance(value, str) and value.strip()):
            raise refuse(name, value, "give the id as Kraken told it, as in 'OVN7VD-7VYHS-APBKHA'")

    return _field(check, None)


def flag() -> Any:
    """Make a field that is true or false."""

    def check(name: str, value: Any) -> None:
        if not isinstance(value, bool):
            raise refuse(name, value, "it is True or False")

    return _field(check, default=False)


def date() -> Any:
    """Make a field of a date that knows its time zone."""

    def check(name: str, value: Any) -> None:
        if not (isinstance(value, datetime) and value.tzinfo is not None):
            raise refuse(name, value, "give a datetime with a time zone, as datetime.now(UTC) does")

    return _field(check, None, lambda value: value.astimezone(UTC) if getattr(value, "tzinfo", None) else value)


def whole() -> Any:
    """Make a field of a whole number."""

    def check(name: str, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise refuse(name, value, "give a whole number")

    return _field(check, None)
