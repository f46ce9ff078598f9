"""The parameters of endpoints: what may be given, checked before anything is sent, and how it is written."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_type_hints

import attrs
from attrs import Attribute, frozen

from rxex.codec import text_of
from rxex.errors import InvalidArgument

__all__ = [
    "Check",
    "checked",
    "choice",
    "flag",
    "given",
    "moment",
    "names",
    "nested",
    "number",
    "text",
    "whole",
    "written",
]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST, _LATEST = 10**17, 10**19
_NUMBER = re.compile(r"\d{1,40}(\.\d{1,40})?")
_SIGNED = re.compile(r"-?\d{1,40}(\.\d{1,40})?")
_RELATIVE = re.compile(r"[+\-#]?\d{1,40}(\.\d{1,40})?%?")


@frozen
class Check:
    """What a parameter is and may be; it stands in its annotation: ``count: Annotated[int, whole("levels", 1, 500)]``.

    ``doc`` says what the parameter is, ``convert`` gives its value from its name and what was given, or raises
    `InvalidArgument`; ``wire`` is the exchange's name for it, where that cannot be a name in Python.
    """

    doc: str
    convert: Callable[[str, Any], Any]
    wire: str | None = None


def checked(kind: type, fields: list[Attribute[Any]]) -> list[Attribute[Any]]:
    """Put the checks of annotations to work, as ``field_transformer`` of a class of parameters."""
    hints = get_type_hints(kind, include_extras=True)
    return [_with_check(each, hints[each.name].__metadata__[0]) for each in fields]


def _with_check(attribute: Attribute[Any], check: Check) -> Attribute[Any]:
    optional = attribute.default is None

    def convert(value: Any) -> Any:
        return None if value is None and optional else check.convert(attribute.name, value)

    return attribute.evolve(converter=convert, metadata={"doc": check.doc, "wire": check.wire or attribute.name})


def written(parameters: Any, *, native: bool = False) -> dict[str, Any]:
    """Give parameters by the exchange's names, as texts, lists and objects; what is None is left out.

    Numbers and flags become texts: exact, and the same in a form as in JSON. With ``native`` flags and whole numbers
    stay what they are.
    """
    if isinstance(parameters, Mapping):
        return {name: _written(value, native=native) for name, value in parameters.items()}
    values = ((each, getattr(parameters, each.name)) for each in attrs.fields(type(parameters)))
    return {each.metadata["wire"]: _written(value, native=native) for each, value in values if value is not None}


def _written(value: Any, *, native: bool) -> Any:
    if isinstance(value, tuple):
        return [_written(item, native=native) for item in value]
    if isinstance(value, Mapping) or attrs.has(type(value)):
        return written(value, native=native)
    if native and isinstance(value, int):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def given(values: Mapping[str, Any], *, lists: bool = True) -> dict[str, Any]:
    """Check parameters that no class describes. What is None is left out; lists are joined by commas unless ``lists``.

    Raises `InvalidArgument` for what cannot be written exactly.

    >>> given({"pair": ["XBTUSD", "ETHUSD"], "volume": Decimal("1E-8"), "ofs": None}, lists=False)
    {'pair': 'XBTUSD,ETHUSD', 'volume': '0.00000001'}
    """
    return {str(name): _given(str(name), value, lists=lists) for name, value in values.items() if value is not None}


def _given(name: str, value: Any, *, lists: bool) -> Any:
    match value:
        case bool() | int() | str():
            return value
        case Decimal() if value.is_finite():
            return text_of(value)
        case Mapping():
            return given(value, lists=lists)
        case list() | tuple():
            items = tuple(_given(name, item, lists=lists) for item in value)
            return items if lists else ",".join(map(str, items))
    raise InvalidArgument(name, value, "give texts, whole numbers, Decimals, flags, or lists and objects of such")


def text(doc: str, *, longest: int = 200, wire: str | None = None) -> Check:
    """A printable text."""

    def convert(name: str, value: Any) -> str:
        if not (isinstance(value, str) and 0 < len(value) <= longest and value.isprintable()):
            raise InvalidArgument(name, value, f"give a text of 1 to {longest} printable characters")
        return value

    return Check(doc, convert, wire)


def choice(doc: str, *options: str, wire: str | None = None) -> Check:
    """One of some words."""

    def convert(name: str, value: Any) -> str:
        if value not in options:
            raise InvalidArgument(name, value, f"choose of {', '.join(options)}")
        return str(value)

    return Check(doc, convert, wire)


def flag(doc: str) -> Check:
    """Yes or no."""

    def convert(name: str, value: Any) -> bool:
        if not isinstance(value, bool):
            raise InvalidArgument(name, value, "give True or False")
        return value

    return Check(doc, convert)


def whole(doc: str, least: int, most: int, *, wire: str | None = None) -> Check:
    """A whole number."""

    def convert(name: str, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise InvalidArgument(name, value, f"give a whole number from {least} to {most}")
        return value

    return Check(doc, convert, wire)


def moment(doc: str, unit: int, *, wire: str | None = None) -> Check:
    """A time: nanoseconds since the epoch, or a datetime that knows its zone; sent as whole units of ``unit`` ns."""

    def convert(name: str, value: Any) -> int:
        if isinstance(value, datetime) and value.tzinfo is not None:
            since = value - _EPOCH
            return ((since.days * 86_400 + since.seconds) * 10**9 + since.microseconds * 1000) // unit
        # Seconds or milliseconds by mistake would be a time in 1970.
        if not isinstance(value, int) or isinstance(value, bool) or not _EARLIEST <= value <= _LATEST:
            raise InvalidArgument(name, value, "give nanoseconds since the epoch, or a datetime with a time zone")
        return value // unit

    return Check(doc, convert, wire)


def number(doc: str, *, relative: bool = False, signed: bool = False) -> Check:
    """An exact number: a Decimal, an int, or the text of one; not negative unless ``signed``.

    With ``relative`` also as in ``+5%``.
    """
    pattern, kinds = _NUMBER, "a Decimal, an int or the text of a number"
    if relative:
        pattern, kinds = _RELATIVE, f"{kinds}, also relative as in +5%"
    elif signed:
        pattern = _SIGNED
    limit = "" if signed else ", not negative"

    def convert(name: str, value: Any) -> str:
        plain: object = value
        if isinstance(value, Decimal):
            plain = text_of(value) if value.is_finite() else None
        elif isinstance(value, int) and not isinstance(value, bool):
            plain = str(value)
        if not (isinstance(plain, str) and plain.isascii() and pattern.fullmatch(plain)):
            raise InvalidArgument(name, value, f"give {kinds}{limit} (a float is not exact)")
        return plain

    return Check(doc, convert)


def names(doc: str, *, most: int | None = None, joined: bool = True) -> Check:
    """A text or several: sent with commas between them, or as a list where not ``joined``."""

    def convert(name: str, value: Any) -> str | tuple[str, ...]:
        given = (value,) if isinstance(value, str) else tuple(value) if isinstance(value, Sequence) else ()
        if not given or not all(isinstance(each, str) and each and each.isprintable() for each in given):
            raise InvalidArgument(name, value, "give a text, or a sequence of texts that is not empty")
        if most is not None and len(given) > most:
            raise InvalidArgument(name, f"{len(given)} texts", f"give {most} at most")
        if any("," in each for each in given):
            raise InvalidArgument(name, value, "give several as a sequence, without commas")
        return ",".join(given) if joined else given

    return Check(doc, convert)


def nested(doc: str, kind: type, *, least: int = 1, most: int = 1, wire: str | None = None) -> Check:
    """One object of class ``kind``, or with ``most`` above 1 a sequence of them. A dictionary does for an object."""

    def one(name: str, value: Any) -> Any:
        if isinstance(value, Mapping):
            try:
                return kind(**value)
            except TypeError as error:
                raise InvalidArgument(name, sorted(map(str, value)), str(error)) from None
        if not isinstance(value, kind):
            raise InvalidArgument(name, value, f"give a {kind.__name__}, or a dictionary of its fields")
        return value

    def convert(name: str, value: Any) -> Any:
        if most == 1:
            return one(name, value)
        if isinstance(value, str) or not isinstance(value, Sequence) or not least <= len(value) <= most:
            raise InvalidArgument(name, value, f"give {least} to {most} of them in a sequence")
        return tuple(one(name, each) for each in value)

    return Check(doc, convert, wire)
