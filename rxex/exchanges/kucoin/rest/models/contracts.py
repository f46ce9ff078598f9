"""What KuCoin's public futures endpoints answer. Source: "Futures Trading" of its classic REST reference."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from rxex.codec import number
from rxex.exchanges.kucoin.rest.models.reading import amount, listing, mapping, millis, nanos, present, raw_field, some
from rxex.models import Candle, Ticker

__all__ = ["Contract", "FundingRate"]

Row = Mapping[str, Any]


@frozen
class Contract:
    """A futures contract. Sizes are lots: one is ``multiplier`` of the base, or -1 of the quote where it is inverse.

    ``next_funding`` is in how many nanoseconds funding is paid next; ``expires`` is None for a perpetual contract.
    """

    symbol: str
    root: str
    type: str
    base: str
    quote: str
    settle: str
    status: str
    multiplier: Decimal
    lot_size: Decimal
    tick_size: Decimal
    maximum_size: Decimal
    maximum_price: Decimal
    maximum_leverage: Decimal | None
    inverse: bool
    maker_fee: Decimal
    taker_fee: Decimal
    initial_margin: Decimal
    maintenance_margin: Decimal
    mark_price: Decimal | None
    index_price: Decimal | None
    last_price: Decimal | None
    open_interest: Decimal | None
    volume: Decimal | None
    turnover: Decimal | None
    funding_rate: Decimal | None
    next_funding: int | None
    expires: int | None
    raw: Mapping[str, Any] = raw_field()


def contract(row: Row, _: int) -> Contract:
    return Contract(
        str(row["symbol"]),
        str(row["rootSymbol"]),
        str(row["type"]),
        str(row["baseCurrency"]),
        str(row["quoteCurrency"]),
        str(row["settleCurrency"]),
        str(row["status"]),
        number(row["multiplier"]),
        number(row["lotSize"]),
        number(row["tickSize"]),
        number(row["maxOrderQty"]),
        number(row["maxPrice"]),
        amount(row, "maxLeverage"),
        bool(row["isInverse"]),
        number(row["makerFeeRate"]),
        number(row["takerFeeRate"]),
        number(row["initialMargin"]),
        number(row["maintainMargin"]),
        amount(row, "markPrice"),
        amount(row, "indexPrice"),
        amount(row, "lastTradePrice"),
        amount(row, "openInterest"),
        amount(row, "volumeOf24h"),
        amount(row, "turnoverOf24h"),
        amount(row, "fundingFeeRate"),
        some(row, "nextFundingRateTime", millis),
        some(row, "expireDate", millis),
        row,
    )


def ticker(row: Row, received: int) -> Ticker:
    return Ticker(
        str(row["symbol"]),
        number(row["bestBidPrice"]),
        number(row["bestBidSize"]),
        number(row["bestAskPrice"]),
        number(row["bestAskSize"]),
        number(row["price"]),
        number(row["size"]),
        nanos(row["ts"]),
        received,
        dict(row),
    )


def read_ticker(result: Any, parameters: Any, received: int) -> Ticker:
    return ticker(mapping(present(result, parameters.symbol)), received)


def read_candles(result: Any, parameters: Any, received: int) -> tuple[Candle, ...]:
    """Give the candles, the oldest first; closed are those whose time was over as the answer came."""
    made = [_candle(row, parameters, received) for row in listing(present(result, parameters.symbol))]
    return tuple(sorted(made, key=lambda each: each.begin))


def _candle(row: Any, parameters: Any, received: int) -> Candle:
    begin, opened, high, low, close, volume, *_ = map(number, row)
    start, length = int(begin) * 10**6, parameters.granularity * 60 * 10**9
    return Candle(
        parameters.symbol,
        start,
        length,
        opened,
        high,
        low,
        close,
        volume,
        closed=start + length <= received,
        received=received,
        raw=row,
    )


@frozen
class FundingRate:
    """What is paid for positions at ``time``, or from then on; ``predicted`` is what comes after it."""

    symbol: str
    rate: Decimal
    time: int | None
    predicted: Decimal | None = None
    cap: Decimal | None = None
    floor: Decimal | None = None
    funding_time: int | None = None
    raw: Mapping[str, Any] = raw_field()


def funding_rate(row: Row, _: int) -> FundingRate:
    return FundingRate(
        str(row["symbol"]),
        number(row["value"]),
        some(row, "timePoint", millis),
        amount(row, "predictedValue"),
        amount(row, "fundingRateCap"),
        amount(row, "fundingRateFloor"),
        some(row, "fundingTime", millis),
        row,
    )


def past_funding_rate(row: Row, _: int) -> FundingRate:
    return FundingRate(str(row["symbol"]), number(row["fundingRate"]), some(row, "timepoint", millis), raw=row)
