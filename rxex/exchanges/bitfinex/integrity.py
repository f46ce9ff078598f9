"""Bitfinex's checksums of books: CRC-32 of the 25 best levels, a bid and an ask by turns, as they were on the wire.

Source: Bitfinex's page "WebSocket checksum".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain, zip_longest
from zlib import crc32

__all__ = ["checksum", "wire_text"]

SUMMED = 25


def wire_text(value: Decimal | int) -> str:
    """Write a number as Bitfinex does, which is as ECMAScript writes doubles: from 1e-7 on with an exponent.

    >>> [wire_text(Decimal(text)) for text in ("0.0000011", "0.00000070", "1.1E-7", "43.358118629999986", "-20")]
    ['0.0000011', '7e-7', '1.1e-7', '43.358118629999986', '-20']
    """
    if isinstance(value, int):
        return str(value)
    short = value.normalize()
    place = short.adjusted()
    if -7 < place <= 20:
        return f"{short:f}"
    sign, digits, _ = short.as_tuple()
    first, *rest = map(str, digits)
    fraction = f".{''.join(rest)}" if rest else ""
    return f"{'-' if sign else ''}{first}{fraction}e{place:+d}"


def checksum(bids: Sequence[str], asks: Sequence[str]) -> int:
    """Give the signed checksum of a book, of the texts ``price:amount`` of its levels, the best first.

    >>> checksum(["6000:1", "5900:2"], ["6100:-3", "6200:-4"])
    1756193398
    """
    pairs: Iterable[tuple[str | None, str | None]] = zip_longest(bids[:SUMMED], asks[:SUMMED])
    total = crc32(":".join(text for text in chain.from_iterable(pairs) if text is not None).encode())
    return total - 2**32 if total >= 2**31 else total
