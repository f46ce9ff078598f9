"""What means the same on every exchange. Numbers are exact, times are nanoseconds since the epoch.

Every model keeps the exchange's own message in ``raw``. A field that an exchange does not tell is None, never a guess.
"""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from enum import StrEnum

from attrs import field, frozen

from rxex.codec import decode_known
from rxex.typing import Json

__all__ = ["BestBidOffer", "Candle", "Side", "Ticker", "Trade"]


class Side(StrEnum):
    """Whose order met the book: the taker's side."""

    BUY = "buy"
    SELL = "sell"


# Without slots a frozen class is made in half the time, and one is made for every message.
@frozen(slots=False)
class _Record:
    """What all models have: the instrument, two times and the message they were made of."""

    symbol: str
    time: int | None = field(kw_only=True, default=None)
    """When it happened, by the exchange's clock; None where it does not say."""
    received: int = field(kw_only=True, default=0)
    """When its bytes arrived, by this machine's clock."""
    _raw: bytes | Json = field(kw_only=True, default=b"{}", repr=False, eq=False)

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


@frozen(slots=False)
class Ticker(_Record):
    """The best prices of an instrument and its last 24 hours."""

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


@frozen(slots=False)
class Trade(_Record):
    """One trade; ``side`` is the taker's. ``id`` is the exchange's number of it, where it has one."""

    price: Decimal
    size: Decimal
    side: Side
    id: int | str | None = None
    order_type: str | None = None


@frozen(slots=False)
class Candle(_Record):
    """Open, high, low, close and volume of one interval of ``interval`` seconds that begins at ``begin``.

    ``closed`` says that it will not change any more. ``complete`` is False where a gap touched it.
    """

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


@frozen(slots=False)
class BestBidOffer(_Record):
    """The best bid and the best offer among several sources, each with the source that has it."""

    bid: Decimal
    bid_source: str
    ask: Decimal
    ask_source: str

    @property
    def spread(self) -> Decimal:
        """Offer less bid; negative where the sources are crossed."""
        return self.ask - self.bid
