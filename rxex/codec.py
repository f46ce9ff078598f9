"""Bytes to Json and back: numbers exact, hostile input contained."""

from __future__ import annotations

import json
import re
from decimal import Context, Decimal, DecimalException, Inexact, InvalidOperation, Overflow, Subnormal, Underflow
from itertools import chain
from typing import Any, cast

import msgspec

from rxex.errors import InvalidArgument, MalformedMessage
from rxex.typing import Json

__all__ = ["DIGITS", "MAX_DEPTH", "decode", "decode_known", "encode", "exact", "number", "shape_of", "text_of"]

_CONTAINERS = frozenset({dict, list})
MAX_DEPTH = 64
"""Levels of nesting that a message may have."""

# Makes a Decimal of text as it stands and refuses what would lose a digit or overflow: 40 digits, exponents of 40.
# `create_decimal` of a context is as fast as `Decimal` itself, and unlike it takes no underscores and no blanks.
exact = Context(
    prec=40, Emax=40, Emin=-40, traps=[Inexact, InvalidOperation, Overflow, Subnormal, Underflow]
).create_decimal

decode_known = msgspec.json.Decoder(float_hook=exact).decode
"""Decode a message whose shape `decode` has accepted before (see `shape_of`)."""

_encode = msgspec.json.Encoder(decimal_format="number").encode
DIGITS = b"0123456789"
_MAX_EXCERPT = 200
_SPACE_BEFORE_COLON = re.compile(rb'"[ \t\r\n]+:')


def shape_of(frame: bytes) -> bytes:
    """Give what is left of a message without its digits.

    Two messages of one shape have the same keys, brackets and words, so what was checked for the first holds for the
    second: nesting, repeated keys, the channel that it belongs to. Only digits inside keys and words may differ.

    >>> shape_of(b'[1028,{"c":["1.50","3"]},"ticker","XBT/USD"]')
    b'[,{"c":[".",""]},"ticker","XBT/USD"]'
    """
    return frame.translate(None, DIGITS)


def decode(frame: bytes) -> Json:
    """Decode one message, strictly.

    Numbers with a fraction become `Decimal`, digit for digit; other numbers ``int``.

    Raises `MalformedMessage` for anything that is not one JSON object or array, for invalid UTF-8, NaN, infinity,
    fractions of more than 40 digits or exponents beyond 40, whole numbers of more than 4300 digits, more than 64
    levels, a key that stands twice in an object, and lone surrogates.

    >>> decode(b'{"price":0.10000,"id":18446744073709551615}')
    {'price': Decimal('0.10000'), 'id': 18446744073709551615}
    """
    try:
        data: Any = decode_known(frame)
    except (msgspec.DecodeError, UnicodeDecodeError, DecimalException, RecursionError, ValueError) as error:
        raise MalformedMessage(_reason(error), bytes(frame[:_MAX_EXCERPT])) from None
    if type(data) is list and b"{" not in frame and frame.count(b"[") <= MAX_DEPTH:
        return data  # arrays alone, and too few brackets for too many levels
    if not isinstance(data, dict | list):
        raise MalformedMessage(f"a message is an object or an array, not {type(data).__name__}", frame[:_MAX_EXCERPT])
    depth, keys = _survey(data)
    if depth > MAX_DEPTH:
        raise MalformedMessage(f"more than {MAX_DEPTH} levels", frame[:_MAX_EXCERPT])
    # As many `":` as different keys: then no key stands twice and no string looks like one. Else a closer look.
    if frame.count(b'":') != keys or _SPACE_BEFORE_COLON.search(frame):
        _refuse_repeated_keys(frame)
    return cast("Json", data)


def encode(message: Json) -> str:
    """Encode one message; a `Decimal` is written as a number with its own digits, never with an exponent.

    Raises `InvalidArgument` for NaN and infinity, which JSON does not have.

    >>> from decimal import Decimal
    >>> encode({"limit_price": Decimal("0.00000010")})
    '{"limit_price":0.00000010}'
    """
    return _encode(_plain(message)).decode()


def number(text: object) -> Decimal:
    """Make an exact, finite `Decimal` of a number or of the text of one.

    Raises `MalformedMessage` for anything else, so that no price is ever invented.
    """
    if type(text) is Decimal:
        return text
    # A Decimal would take the digits of other scripts, too.
    if (type(text) is str and text.isascii()) or type(text) is int:
        try:
            value = exact(text)
        except DecimalException:
            pass
        else:
            if value.is_finite():
                return value
    raise MalformedMessage(f"{str(text)[:40]!r} is not a number")


def text_of(value: Decimal) -> str:
    """Write a `Decimal` with all its digits and no exponent.

    >>> from decimal import Decimal
    >>> text_of(Decimal("0.00000001"))
    '0.00000001'
    """
    return format(value, "f")


def _plain(value: Any) -> Any:
    # msgspec writes str(Decimal), which has an exponent for small numbers; no exchange is sure to take that.
    if isinstance(value, float):
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise InvalidArgument("a number of the message", value, "it has to be finite")
        return msgspec.Raw(text_of(value).encode()) if "E" in str(value) else value
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def _survey(data: Json) -> tuple[int, int]:
    """Count the levels of nesting (to one past the most) and the keys; a level at a time, so that C does the work."""
    depth, keys = 0, 0
    level: list[Any] = [data]
    while level and depth <= MAX_DEPTH:
        depth += 1
        dicts = [item for item in level if type(item) is dict]
        keys += sum(map(len, dicts))
        values = list(chain.from_iterable(map(dict.values, dicts)))
        if len(dicts) < len(level):
            values += chain.from_iterable(item for item in level if type(item) is list)
        if _CONTAINERS.isdisjoint(map(type, values)):
            break
        level = [value for value in values if type(value) in _CONTAINERS]
    return depth, keys


def _refuse_repeated_keys(frame: bytes) -> None:
    def unique(pairs: list[tuple[str, Any]]) -> None:
        names = [name for name, _ in pairs]
        if len(set(names)) != len(names):
            raise MalformedMessage("a key stands twice in one object", frame[:_MAX_EXCERPT])

    json.loads(frame, object_pairs_hook=unique)


def _reason(error: Exception) -> str:
    if isinstance(error, RecursionError):
        return f"more than {MAX_DEPTH} levels"
    if isinstance(error, DecimalException):
        return "a number has more than 40 digits or an exponent beyond 40"
    return str(error)
