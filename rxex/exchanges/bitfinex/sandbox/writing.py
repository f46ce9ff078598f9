"""How the simulated Bitfinex writes: numbers as ECMAScript does, times in milliseconds."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec

from rxex.exchanges.bitfinex.integrity import wire_text

__all__ = ["milliseconds", "write"]

_encode = msgspec.json.Encoder().encode


def write(value: Any) -> str:
    """Write rows, objects and texts as JSON; of numbers only what says something.

    >>> write([Decimal("0.00000070"), Decimal("63000.0"), None, "tBTCUSD", {"$F7": 1}])
    '[7e-7,63000,null,"tBTCUSD",{"$F7":1}]'
    """
    return _encode(_plain(value)).decode()


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return msgspec.Raw(wire_text(value).encode() if value else b"0")
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def milliseconds(nanoseconds: int) -> int:
    """A time as the venue writes it."""
    return nanoseconds // 1_000_000
