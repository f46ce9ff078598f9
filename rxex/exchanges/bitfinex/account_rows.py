"""One row of the account's messages, read from its front: rows may be shorter than today's, longer, null anywhere."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rxex.channel import Number
from rxex.exchanges.bitfinex.models import time_of, whole

__all__ = ["Row"]

_SECONDS = 10**11  # what is less is a time in seconds: in milliseconds it would be the year 1973


class Row:
    """The values of a row by their places; what is not there is None. Raises what `models` raises for a wrong type.

    >>> from rxex.codec import number
    >>> row = Row([7, None, "USD"], number)
    >>> row.whole(0), row.number(1), row.text(2), row.text(3)
    (7, None, 'USD', None)
    """

    __slots__ = ("_number", "values")

    def __init__(self, values: Any, number: Number) -> None:
        if not isinstance(values, list):
            raise TypeError(f"{str(values)[:40]!r} is not a row")
        self.values: list[Any] = values
        self._number = number

    def at(self, place: int) -> Any:
        """The value as it is."""
        return self.values[place] if place < len(self.values) else None

    def need(self, place: int) -> Any:
        """A number or a text that has to be there; raises `ValueError` where it is not."""
        value = self.at(place)
        if value is None or isinstance(value, bool | list | dict):
            raise ValueError(f"a row has {str(value)[:40]!r} at place {place}")
        return value

    def number(self, place: int) -> Decimal | None:
        """A number."""
        value = self.at(place)
        return None if value is None else self._number(value)

    def need_number(self, place: int) -> Decimal:
        """A number that has to be there; raises `ValueError` where it is not."""
        return self._number(self.need(place))

    def whole(self, place: int) -> int | None:
        """A whole number."""
        value = self.at(place)
        return None if value is None else whole(value)

    def need_id(self, place: int) -> str:
        """An id that has to be there, as text; raises `ValueError` where it is not."""
        return str(whole(self.need(place)))

    def id(self, place: int) -> str | None:
        """An id, as text; None for null, and for 0, which stands for none."""
        value = self.whole(place)
        return str(value) if value else None

    def text(self, place: int) -> str | None:
        """A text."""
        value = self.at(place)
        if value is not None and not isinstance(value, str):
            raise TypeError(f"{str(value)[:40]!r} is not a text")
        return value

    def flag(self, place: int) -> bool:
        """Yes or no, which Bitfinex writes in several ways."""
        return self.at(place) in (1, "1", True)

    def time(self, place: int) -> int | None:
        """A time in nanoseconds since the epoch; on the wire milliseconds, or seconds with a fraction."""
        value = self.at(place)
        is_seconds = isinstance(value, int | Decimal) and not isinstance(value, bool) and 0 < value < _SECONDS
        return time_of(value * 1000 if is_seconds else value or None)
