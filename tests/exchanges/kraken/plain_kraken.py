"""A connection that gets the frames of a test, and acknowledges what is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from rxex.exchanges.kraken.connection import V1, V2
from rxex.testing import MarbleConnection
from tests.feeding import fed, feed, items

__all__ = ["acks", "feed", "items", "live"]


def acks(message: Any) -> Iterable[Any]:
    """Acknowledge every request, in the version that it is made in."""
    if "method" in message:
        params = message["params"]
        told = {name: value for name, value in params.items() if name != "symbol"}
        for result in [told | {"symbol": symbol} for symbol in params.get("symbol", ())] or [told]:
            yield {"method": message["method"], "req_id": message["req_id"], "result": result, "success": True}
        return
    wanted = message["subscription"]
    parts = [wanted[name] for name in ("depth", "interval") if name in wanted]
    for pair in message["pair"]:
        yield {
            "channelName": "-".join(map(str, [wanted["name"], *parts])),
            "event": "subscriptionStatus",
            "pair": pair,
            "reqid": message["reqid"],
            "status": f"{message['event']}d",
            "subscription": wanted,
        }


def live(frames: Sequence[str], version: int = 2, replies: Any = acks) -> MarbleConnection:
    return fed(frames, V1 if version == 1 else V2, replies)
