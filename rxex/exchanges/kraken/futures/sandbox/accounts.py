"""The accounts of the simulated Kraken futures: their keys, and what their private feeds begin with."""

from __future__ import annotations

import base64
import hashlib
from typing import Any

from rxex.codec import encode

__all__ = ["KEY_PREFIX", "PRIVATE_FEEDS", "secret_of", "snapshot_of"]

KEY_PREFIX = "sandbox-futures-"
"""What API keys begin with; the name of the account follows."""

PRIVATE_FEEDS = {
    "open_orders",
    "open_orders_verbose",
    "fills",
    "open_positions",
    "balances",
    "account_log",
    "notifications_auth",
}


def secret_of(key: str) -> str:
    """The secret that belongs to an API key of the sandbox, in base64."""
    return base64.b64encode(hashlib.sha512(key.encode()).digest()).decode()


def snapshot_of(feed: str, milliseconds: int) -> str:
    """What a private feed begins with: an account that has some dollars and has done nothing yet."""
    contents: dict[str, dict[str, Any]] = {
        "fills": {"account": "sandbox", "fills": []},
        "open_positions": {"account": "sandbox", "positions": [], "seq": 0, "timestamp": milliseconds},
        "balances": {
            "account": "sandbox",
            "holding": {"USD": 50_000, "XBT": 1},
            "futures": {},
            "timestamp": milliseconds,
            "seq": 0,
        },
        "account_log": {"logs": []},
        "notifications_auth": {"notifications": []},
    }
    name = feed if feed in {"open_positions", "notifications_auth"} else f"{feed}_snapshot"
    return encode({"feed": name, **contents.get(feed, {"account": "sandbox", "orders": []})})
