"""What items and events say, as a line for people and as JSON for programs. Digits stay as the exchange wrote them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any, TypeGuard

import attrs

from rxex.codec import encode, text_of
from rxex.events import (
    Closed,
    Gap,
    Malformed,
    Overflow,
    Reconnected,
    Reconnecting,
    SocketEvent,
    Stale,
    SubscriptionState,
    SubscriptionStatus,
    SystemStatus,
)
from rxex.models import Book, Level, Levels, Ticker

__all__ = ["fields_of", "json_line", "news", "plain_line", "printable", "shown", "time_text", "value_of"]

_TIMES = {"time", "received", "since", "until", "begin"}
"""Fields that hold nanoseconds since the epoch."""
_BOOK = ("symbol", "depth", "bids", "asks", "time", "received")
_BEST_OF_BOOK = ("symbol", "bid", "bid_size", "ask", "ask_size", "spread", "time", "received")


def printable(text: str) -> str:
    r"""Write what a terminal could take for a command, or for the end of the line, as an escape.

    >>> printable("a\x1b[2Jb\n")
    'a\\x1b[2Jb\\n'
    """
    return text if text.isprintable() else "".join(each if each.isprintable() else repr(each)[1:-1] for each in text)


def time_text(nanoseconds: int) -> str:
    """Write a time in UTC, to the microsecond, or to the nanosecond where it has such digits.

    >>> time_text(1_618_678_145_920_708_000), time_text(1_618_678_145_920_708_001)
    ('2021-04-17T16:49:05.920708Z', '2021-04-17T16:49:05.920708001Z')
    """
    seconds, rest = divmod(nanoseconds, 10**9)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{f'{rest:09d}'.removesuffix('000')}Z"


def fields_of(kind: type[Any]) -> tuple[str, ...]:
    """The names of the fields that a class shows."""
    if kind is Book:
        return _BOOK
    return tuple(each.name for each in attrs.fields(kind) if each.repr and each.name != "socket")


def value_of(item: object, name: str) -> Any:
    """The value of a field, or of what is reckoned from two: the spread."""
    if name != "spread":
        return getattr(item, name, None)
    bid, ask = getattr(item, "bid", None), getattr(item, "ask", None)
    return None if bid is None or ask is None else ask - bid


def shown(name: str, value: object) -> str:
    """Write a field's value with all its digits."""
    if isinstance(value, Decimal):
        return text_of(value)
    if _are_levels(value):
        return ",".join(f"{text_of(level.price)}x{text_of(level.size)}" for level in value) or "none"
    if isinstance(value, int) and name in _TIMES:
        return time_text(value)
    if isinstance(value, timedelta):
        return text_of(Decimal(repr(value.total_seconds())))
    return str(value)


def _are_levels(value: object) -> TypeGuard[Sequence[Level]]:
    return isinstance(value, Levels) or (isinstance(value, tuple) and all(isinstance(each, Level) for each in value))


def json_line(item: Any) -> str | None:
    """Write an item, or an event that is news, as one JSON object; numbers and times are text, so no digit is lost."""
    if isinstance(item, SocketEvent) and news(item) is None:
        return None
    return encode({"type": _kind(type(item)), **_texts(item)})


def _kind(kind: type[Any]) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", kind.__name__).lower()


def _texts(item: Any) -> dict[str, Any]:
    texts: dict[str, Any] = {}
    for name in fields_of(type(item)):
        value = getattr(item, name)
        if _are_levels(value):
            texts[name] = [[text_of(level.price), text_of(level.size)] for level in value]
        else:
            texts[name] = value if value is None or isinstance(value, bool) else shown(name, value)
    if isinstance(item, Ticker):
        texts["day"] = _texts(item.day)
    return texts


def plain_line(item: Any) -> str | None:
    """Write an item as its time and its fields, an event that is news as ``# `` and what it says.

    Of a book there are the best prices and sizes and what lies between them.
    """
    if isinstance(item, SocketEvent):
        text = news(item)
        return None if text is None else printable(f"# {text}")
    names = _BEST_OF_BOOK if isinstance(item, Book) else fields_of(type(item))
    values = {name: value for name in names if (value := value_of(item, name)) is not None}
    received, symbol = values.pop("received", 0), values.pop("symbol", "")
    words = [time_text(values.pop("time", received)), symbol]
    for name, value in values.items():
        words += name, shown(name, value)
    return printable(" ".join(words))


def news(event: SocketEvent) -> str | None:
    """Say what has happened to the link or a subscription; None for what happens when all goes well."""
    match event:
        case Gap():
            return f"gap in {event.channel}{_extent(event)}{_because(event.reason)}"
        case Stale():
            return f"{event.channel} is stale: nothing came since {time_text(event.since)}"
        case Overflow():
            return f"{event.count} items dropped here: the output is too slow"
        case Closed():
            return str(event.error or f"the link was closed with code {event.code}{_because(event.reason)}")
        case Reconnecting():
            return f"reconnecting in {event.delay:.1f} s, attempt {event.attempt}{_because(event.error)}"
        case Reconnected():
            attempts = "1 attempt" if event.attempts == 1 else f"{event.attempts} attempts"
            return f"reconnected after {attempts}, {event.downtime.total_seconds():.1f} s without a link"
        case SubscriptionStatus(state=SubscriptionState.RESTORED):
            return f"{event.channel} {event.symbol} restored"
        case SubscriptionStatus(state=SubscriptionState.REFUSED):
            return str(event.error)
        case SystemStatus(is_online=False):
            return f"the exchange says: {event.status}"
        case Malformed():
            return str(event.error)
    return None


def _because(reason: object) -> str:
    return f": {reason}" if reason else ""


def _extent(gap: Gap) -> str:
    extent = [] if gap.missed is None else [f"{gap.missed} items"]
    if gap.since is not None and gap.until is not None:
        extent.append(f"{(gap.until - gap.since) / 1e9:.1f} s from {time_text(gap.since)} on")
    return f": {', '.join(extent)}" if extent else ""
