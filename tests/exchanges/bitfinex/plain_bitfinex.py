"""A connection that gets the frames of a test, and numbers the channels that are asked for from 1 on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import count
from typing import Any

from rxex.exchanges.bitfinex.dialect import make_dialect
from rxex.testing import MarbleConnection, marble_connection
from tests.feeding import fed, feed, items

__all__ = ["acks", "feed", "items", "live"]


def acks(first: int = 1) -> Callable[[Any], Iterable[Any]]:
    """Acknowledge every request, with a number for each channel."""
    numbers = count(first)

    def reply(message: Any) -> Iterable[Any]:
        if message["event"] == "unsubscribe":
            yield {"event": "unsubscribed", "status": "OK", "chanId": message["chanId"]}
        elif message["event"] == "subscribe":
            filled = {"prec": "P0", "freq": "F0", "len": "25"} if message["channel"] == "book" else {}
            yield {**filled, **message, "event": "subscribed", "chanId": next(numbers)}

    return reply


def live(frames: Sequence[str], replies: Any = None, marbles: str | None = None) -> MarbleConnection:
    """Make a connection that gets ``frames`` one after the other; ``marbles`` names them ``m0`` and so on."""
    if marbles is None:
        return fed(frames, make_dialect(), replies or acks())
    names = {f"m{number}": frame for number, frame in enumerate(frames)}
    return marble_connection(marbles, names, make_dialect(), replies=replies or acks(), step=0.001)
