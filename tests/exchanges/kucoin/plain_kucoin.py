"""A connection to KuCoin that gets the frames of a test, and acknowledges what is asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from rxex.exchanges.kucoin.dialect import FUTURES, SPOT
from rxex.testing import MarbleConnection
from tests.feeding import fed

__all__ = ["acks", "error", "live"]


def acks(message: Any) -> Iterable[Any]:
    """Acknowledge every request, as the exchange does where that is wanted."""
    if message["type"] in {"subscribe", "unsubscribe"} and message["response"]:
        yield {"id": str(message["id"]), "type": "ack"}


def error(code: int, text: str, request_id: Any = "x8ZyTzqPa") -> dict[str, Any]:
    return {"id": request_id, "type": "error", "code": code, "data": text}


def live(frames: Iterable[Any], *, futures: bool = False, replies: Any = acks) -> MarbleConnection:
    return fed(frames, FUTURES if futures else SPOT, replies)
