"""Kraken's checksums of books: CRC-32 of the digits of the ten best levels, asks before bids.

Of each price and size the digits are taken as they were on the wire, without the point and without leading zeros. v1
writes more decimals than v2, so that the same book has two checksums.
Sources: Kraken's guides "Book checksum (v1)" and "Book checksum (v2)".
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from zlib import crc32

from rxex.book import Checksum
from rxex.codec import text_of
from rxex.models import WireLevel

__all__ = ["CHECKSUM_V1", "CHECKSUM_V2"]


def _text_v1(level: WireLevel) -> bytes:
    return f"{level.price.replace('.', '').lstrip('0')}{level.size.replace('.', '').lstrip('0')}".encode()


def _text_v2(level: WireLevel) -> bytes:
    return (_digits(level.price) + _digits(level.size)).encode()


def _digits(value: Any) -> str:
    # A number without a fraction comes as an int.
    return (text_of(value) if isinstance(value, Decimal) else str(value)).replace(".", "").lstrip("0")


def _asks(texts: list[bytes]) -> int:
    return crc32(b"".join(texts))


CHECKSUM_V1: Checksum[bytes, int] = Checksum(10, _text_v1, b"".join, _asks, crc32)
CHECKSUM_V2: Checksum[bytes, int] = Checksum(10, _text_v2, b"".join, _asks, crc32)
