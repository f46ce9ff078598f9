"""What all models are made of: two times, the message they were made of, and a quick way to make them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from enum import StrEnum
from typing import Any, ParamSpec, TypeVar, cast

import attrs

from rxex.codec import decode_known
from rxex.typing import Json

__all__ = ["Received", "Record", "Side", "as_date", "quick"]

P = ParamSpec("P")
T = TypeVar("T")


class Side(StrEnum):
    """Whose order met the book: the taker's side."""

    BUY = "buy"
    SELL = "sell"


class Received:
    """What was made of a message: its arrival, and the message."""

    received: int
    _raw: bytes | Json

    @property
    def raw(self) -> Json:
        """The exchange's own message, decoded."""
        if isinstance(self._raw, bytes):
            message: Json = decode_known(self._raw)
            return message
        return self._raw

    @property
    def received_datetime(self) -> dt.datetime:
        """``received`` as a date in UTC, to the microsecond."""
        return as_date(self.received)


class Record(Received):
    """The base of nearly all models, of those of a single exchange too."""

    time: int | None

    @property
    def datetime(self) -> dt.datetime | None:
        """``time`` as a date in UTC, to the microsecond."""
        return None if self.time is None else as_date(self.time)


def as_date(nanoseconds: int) -> dt.datetime:
    """Give nanoseconds since the epoch as a date in UTC, to the microsecond."""
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return dt.datetime.fromtimestamp(seconds, dt.UTC).replace(microsecond=rest // 1000)


def quick(model: Callable[P, T]) -> Callable[P, T]:
    """Make a maker of ``model``, a frozen class without slots, that takes its fields by position.

    A frozen class sets its fields one by one through a dictionary; this fills an open twin and closes it, in half the
    time. One model is made for every message.
    """
    fields = attrs.fields(cast("type[attrs.AttrsInstance]", model))
    open_fields = {each.name: attrs.field(default=each.default) for each in fields}
    twin = attrs.make_class("Open", open_fields, slots=False, eq=False, repr=False)

    def make(*values: Any) -> Any:
        made = twin(*values)
        made.__class__ = model
        return made

    return cast("Callable[P, T]", make)


# The last fields of all models are the same: ``time`` is when it happened by the exchange's clock (None where it does
# not say), ``received`` when its bytes arrived by this machine's, and the message itself.
