"""What means the same on every exchange. Numbers are exact, times are nanoseconds since the epoch.

Every model keeps the exchange's own message in ``raw``. A field that an exchange does not tell is None, never a guess.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum
from typing import Any

from attrs import field, frozen

from rxex.codec import decode_known
from rxex.typing import Json

__all__ = ["BestBidOffer", "Candle", "Side", "Ticker", "Trade"]


class Side(StrEnum):
    """Whose order met the book: the taker's side."""

    BUY = "buy"
    SELL = "sell"


class _Record:
    """What all models have beside their own fields: two times as dates, and the message they were made of."""

    time: int | None
    received: int
    _raw: bytes | Json

    @property
    def raw(self) -> Json:
        """The exchange's own message, decoded."""
        if isinstance(self._raw, bytes):
            message: Json = decode_known(self._raw)
            return message
        return self._raw

    @property
    def datetime(self) -> dt.datetime | None:
        """``time`` as a date in UTC, to the microsecond."""
        return None if self.time is None else _date(self.time)

    @property
    def received_datetime(self) -> dt.datetime:
        """``received`` as a date in UTC, to the microsecond."""
        return _date(self.received)


def _date(nanoseconds: int) -> dt.datetime:
    seconds, rest = divmod(nanoseconds, 1_000_000_000)
    return dt.datetime.fromtimestamp(seconds, dt.UTC).replace(microsecond=rest // 1000)


def _raw() -> Any:
    return field(default=b"{}", repr=False, eq=False)


# All models are made without slots and, where speed matters, with arguments by position: that halves the time that a
# frozen class takes, and one is made for every message. Their last fields are the same: ``time`` is when it happened by
# the exchange's clock (None where it does not say), ``received`` when its bytes arrived by this machine's.


@frozen(slots=False)
class Ticker(_Record):
    """The best prices of an instrument and its last 24 hours."""

    symbol: str
    bid: Decimal
    bid_size: Decimal | None
    ask: Decimal
    ask_size: Decimal | None
    last: Decimal
    last_size: Decimal | None = None
    volume: Decimal | None = None
    vwap: Decimal | None = None
    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    change: Decimal | None = None
    change_percent: Decimal | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = _raw()


@frozen(slots=False)
class Trade(_Record):
    """One trade; ``side`` is the taker's. ``id`` is the exchange's number of it, where it has one."""

    symbol: str
    price: Decimal
    size: Decimal
    side: Side
    id: int | str | None = None
    order_type: str | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = _raw()


@frozen(slots=False)
class Candle(_Record):
    """Open, high, low, close and volume of one interval of ``interval`` nanoseconds that begins at ``begin``.

    ``closed`` says that it will not change any more. ``complete`` is False where a gap touched it.
    """

    symbol: str
    begin: int
    interval: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    volume: Decimal
    trades: int | None = None
    vwap: Decimal | None = None
    closed: bool = False
    complete: bool = True
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = _raw()


@frozen(slots=False)
class BestBidOffer(_Record):
    """The best bid and the best offer among several sources, each with the source that has it."""

    symbol: str
    bid: Decimal
    bid_source: str
    ask: Decimal
    ask_source: str
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = _raw()

    @property
    def spread(self) -> Decimal:
        """Offer less bid; negative where the sources are crossed."""
        return self.ask - self.bid
