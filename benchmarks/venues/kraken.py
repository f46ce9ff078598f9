"""Kraken: what the server answers, in the form of protocol v1 or v2, as it is asked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["answer", "greet"]


def greet(_query: Mapping[str, str]) -> dict[str, Any]:
    """Make the first word of a connection."""
    return {"connectionID": 1, "event": "systemStatus", "status": "online", "version": "1.9.0"}


def answer(request: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int]]:
    """Give the answers to a request, each with how many feeds it acknowledges."""
    if request.get("method") == "subscribe":
        params = request["params"]
        for symbol in params["symbol"]:
            acknowledged = {"method": "subscribe", "result": {**params, "symbol": symbol}, "success": True}
            yield acknowledged | {name: request[name] for name in ("req_id",) if name in request}, 1
    elif request.get("event") == "subscribe":
        subscription = request["subscription"]
        name = "-".join(str(value) for value in (subscription["name"], subscription.get("depth")) if value)
        for number, pair in enumerate(request["pair"], start=1000):
            acknowledged = {"channelID": number, "channelName": name, "event": "subscriptionStatus", "pair": pair}
            acknowledged |= {"status": "subscribed", "subscription": subscription}
            yield acknowledged | {name: request[name] for name in ("reqid",) if name in request}, 1
