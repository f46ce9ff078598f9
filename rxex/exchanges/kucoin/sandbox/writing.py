"""How the simulated KuCoin writes numbers and frames."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from msgspec import Raw

from rxex.codec import encode

__all__ = ["CANDLES", "frame", "number", "text"]

CANDLES: Mapping[str, int] = {
    "1min": 1,
    "3min": 3,
    "5min": 5,
    "15min": 15,
    "30min": 30,
    "1hour": 60,
    "2hour": 120,
    "4hour": 240,
    "6hour": 360,
    "8hour": 480,
    "12hour": 720,
    "1day": 1440,
    "1week": 10_080,
}
"""Minutes of a candle, by the name of its length."""
_SMALL = Decimal("0.001")


def text(value: Decimal) -> str:
    """Write a number without zeros at its end.

    >>> text(Decimal("67220.00")), text(Decimal("0.50000000"))
    ('67220', '0.5')
    """
    return format(value.normalize(), "f")


def number(value: Decimal) -> Any:
    """Make a number of JSON as the venue's servers write it: small ones with an exponent.

    >>> frame("/x", "y", {"a": number(Decimal("0.0000015")), "b": number(Decimal("15.0"))})
    '{"topic":"/x","type":"message","subject":"y","data":{"a":1.5E-6,"b":15}}'
    """
    if value and abs(value) < _SMALL:
        return Raw(f"{value.normalize():E}".encode())
    return Raw(text(value).encode())


def frame(topic: str, subject: str, data: Mapping[str, Any], **more: Any) -> str:
    """Write a frame of data; ``more`` stands before them."""
    return encode({"topic": topic, "type": "message", "subject": subject, **more, "data": data})
