"""A Pro connection that gets the frames of a test, and acknowledges what is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rxex.exchanges.kucoin.pro.dialect import PRO
from rxex.testing import MarbleConnection
from tests.feeding import fed

__all__ = ["acks", "live"]


def acks(message: Any) -> Iterable[Any]:
    """Say yes to every request."""
    if message.get("action") in {"SUBSCRIBE", "UNSUBSCRIBE"}:
        yield {"id": message["id"], "result": True}


def live(frames: Iterable[Any], replies: Any = acks) -> MarbleConnection:
    return fed(frames, PRO, replies)
