"""The shapes of Kraken's futures tickers, and what they mean in our models.

Numbers are JSON numbers, exponents included; times are milliseconds since the epoch.
Sources: the pages "Ticker" and "Ticker Lite" of the Futures WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from attrs import field, frozen
from msgspec import Struct, convert
from msgspec import field as wire_field

from rxex.channel import Number, decoder
from rxex.codec import number as checked_number
from rxex.models import Day, Record, Side, Ticker, quick
from rxex.typing import Json

__all__ = [
    "Contract",
    "FuturesTicker",
    "Greeks",
    "TickerLite",
    "TickerLiteWire",
    "TickerWire",
    "parse_ticker",
    "parse_ticker_lite",
    "time_ns",
]

W = TypeVar("W")
SIDES = {"buy": Side.BUY, "sell": Side.SELL}


def time_ns(milliseconds: int) -> int:
    """Nanoseconds since the epoch."""
    return milliseconds * 1_000_000


def moment(milliseconds: int | None) -> int | None:
    """Nanoseconds since the epoch; None where the venue has no such moment and writes 0."""
    return time_ns(milliseconds) if milliseconds else None


def optional(value: Any) -> Decimal | None:
    """Make an exact number of what may be missing."""
    return None if value is None else checked_number(value)


def read(wire: Any, raw: bytes | Json) -> Any:
    """Read a message once more, for other fields of it."""
    return decoder(wire)(raw) if isinstance(raw, bytes) else convert(raw, wire)


@frozen(slots=False)
class Greeks:
    """How the price of an option moves, and its implied volatility."""

    iv: Decimal | None
    delta: Decimal | None
    gamma: Decimal | None
    vega: Decimal | None
    theta: Decimal | None
    rho: Decimal | None


@frozen(slots=False)
class Contract:
    """What the ticker of a contract tells beside its prices. Times are nanoseconds since the epoch.

    ``premium`` is in percent of the index, ``funding_rate`` an amount, ``relative_funding_rate`` a rate, each for the
    time until ``next_funding_time``; a contract that is not perpetual has none.
    """

    tag: str | None = None
    pair: str | None = None
    index: Decimal | None = None
    mark_price: Decimal | None = None
    premium: Decimal | None = None
    open_interest: Decimal | None = None
    volume_quote: Decimal | None = None
    funding_rate: Decimal | None = None
    funding_rate_prediction: Decimal | None = None
    relative_funding_rate: Decimal | None = None
    relative_funding_rate_prediction: Decimal | None = None
    next_funding_time: int | None = None
    days_to_maturity: int | None = None
    maturity_time: int | None = None
    leverage: str | None = None
    suspended: bool | None = None
    post_only: bool | None = None
    greeks: Greeks | None = None


class GreeksWire(Struct, gc=False):
    """The greeks of an option."""

    iv: Any = None
    delta: Any = None
    gamma: Any = None
    vega: Any = None
    theta: Any = None
    rho: Any = None


class ContractWire(Struct, gc=False):
    """A ticker, read for its contract; its styles of names are the venue's."""

    tag: str | None = None
    pair: str | None = None
    index: Any = None
    mark_price: Any = wire_field(name="markPrice", default=None)
    premium: Any = None
    open_interest: Any = wire_field(name="openInterest", default=None)
    volume_quote: Any = wire_field(name="volumeQuote", default=None)
    funding_rate: Any = None
    funding_rate_prediction: Any = None
    relative_funding_rate: Any = None
    relative_funding_rate_prediction: Any = None
    # Described as a duration, it is an instant.
    next_funding_rate_time: int | None = None
    dtm: int | None = None
    maturity_time: int | None = wire_field(name="maturityTime", default=None)
    leverage: str | None = None
    suspended: bool | None = None
    post_only: bool | None = None
    greeks: GreeksWire | None = None


def _contract(raw: bytes | Json) -> Contract:
    wire: ContractWire = read(ContractWire, raw)
    greeks = wire.greeks
    return Contract(
        wire.tag,
        wire.pair,
        optional(wire.index),
        optional(wire.mark_price),
        optional(wire.premium),
        optional(wire.open_interest),
        optional(wire.volume_quote),
        optional(wire.funding_rate),
        optional(wire.funding_rate_prediction),
        optional(wire.relative_funding_rate),
        optional(wire.relative_funding_rate_prediction),
        moment(wire.next_funding_rate_time),
        wire.dtm,
        moment(wire.maturity_time),
        wire.leverage,
        wire.suspended,
        wire.post_only,
        None
        if greeks is None
        else Greeks(*map(optional, (greeks.iv, greeks.delta, greeks.gamma, greeks.vega, greeks.theta, greeks.rho))),
    )


@frozen(slots=False)
class FuturesTicker(Ticker):
    """A `Ticker` that knows its `contract`."""

    @cached_property
    def contract(self) -> Contract:
        """Funding, index, mark price and maturity. Read from the message when first asked for."""
        return _contract(self._raw)


class TickerWire(Struct, gc=False):
    """What is read of a ticker at once."""

    product_id: str
    time: int
    bid: Any
    ask: Any
    bid_size: Any
    ask_size: Any
    last: Any


class DayWire(Struct, gc=False):
    """A ticker, read for its day. What it calls the change is in percent."""

    volume: Any = None
    open: Any = None
    high: Any = None
    low: Any = None
    change: Any = None


def _day(raw: bytes | Json) -> Day:
    wire: DayWire = read(DayWire, raw)
    volume, opened, high, low, change = map(optional, (wire.volume, wire.open, wire.high, wire.low, wire.change))
    return Day(volume, None, opened, high, low, None, change)


_ticker = quick(FuturesTicker)


def parse_ticker(wire: TickerWire, received: int, raw: bytes | Json, number: Number) -> Sequence[FuturesTicker]:
    """Give the ticker of a message."""
    ticker = _ticker(
        wire.product_id,
        number(wire.bid),
        number(wire.bid_size),
        number(wire.ask),
        number(wire.ask_size),
        number(wire.last),
        None,
        time_ns(wire.time),
        received,
        raw,
        _day,
    )
    # What is read later is tried now where the numbers of this kind of message are still to be checked.
    if number is checked_number:
        _ = ticker.day, ticker.contract
    return (ticker,)


@frozen(slots=False)
class TickerLite(Record):
    """The best prices of a contract, and little else; the exchange tells no time. ``premium`` is in percent."""

    symbol: str
    bid: Decimal
    ask: Decimal
    change_percent: Decimal | None = None
    premium: Decimal | None = None
    volume: Decimal | None = None
    volume_quote: Decimal | None = None
    tag: str | None = None
    pair: str | None = None
    days_to_maturity: int | None = None
    maturity_time: int | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False)


class TickerLiteWire(Struct, gc=False):
    """A ticker_lite."""

    product_id: str
    bid: Any
    ask: Any
    change: Any = None
    premium: Any = None
    volume: Any = None
    volume_quote: Any = wire_field(name="volumeQuote", default=None)
    tag: str | None = None
    pair: str | None = None
    dtm: int | None = None
    maturity_time: int | None = wire_field(name="maturityTime", default=None)


_ticker_lite = quick(TickerLite)


def parse_ticker_lite(wire: TickerLiteWire, received: int, raw: bytes | Json, number: Number) -> Sequence[TickerLite]:
    """Give the best prices of a message."""
    ticker = _ticker_lite(
        wire.product_id,
        number(wire.bid),
        number(wire.ask),
        optional(wire.change),
        optional(wire.premium),
        optional(wire.volume),
        optional(wire.volume_quote),
        wire.tag,
        wire.pair,
        wire.dtm,
        moment(wire.maturity_time),
        None,
        received,
        raw,
    )
    return (ticker,)
