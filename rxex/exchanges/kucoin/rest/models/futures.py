"""What KuCoin tells of orders and positions in futures. Source: "Futures Trading" of its classic REST reference."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from rxex.codec import number
from rxex.exchanges.kucoin.rest.models.orders import Placed, placed, stage_of
from rxex.exchanges.kucoin.rest.models.reading import (
    amount,
    listing,
    mapping,
    millis,
    nanos,
    raw_field,
    side_of,
    some,
    text,
)
from rxex.exchanges.kucoin.rest.refusals import refused
from rxex.models import Side, Stage
from rxex.orders import OrderRefused

__all__ = [
    "ClosedPosition",
    "FundingPage",
    "FundingPayment",
    "FuturesCanceled",
    "FuturesOrderInfo",
    "MarginMode",
    "MaxOpenSize",
    "OpenOrderValue",
    "Position",
]

Row = Mapping[str, Any]


def batch_placed(row: Row, _: int) -> Placed:
    """Read one order of a batch: that the batch was taken says nothing about it."""
    code = str(row.get("code", ""))
    if code == "200000":
        return placed(row, _)
    error = refused("futures_add_order_batch", code, str(row.get("msg") or ""), row, futures=True)
    return Placed(some(row, "orderId", text), some(row, "clientOid", text), error, raw=row)


@frozen
class FuturesCanceled:
    """What became of one cancel of several; ``error`` is why it was refused."""

    order_id: str | None
    client_oid: str | None
    error: OrderRefused | None = None


def batch_canceled(row: Row, _: int) -> FuturesCanceled:
    code = str(row.get("code", ""))
    # Here, and only here, 200 is success.
    taken = code in {"200", "200000"}
    error = None if taken else refused("futures_cancel_orders", code, str(row.get("msg") or ""), row, futures=True)
    return FuturesCanceled(some(row, "orderId", text), some(row, "clientOid", text), error)


@frozen
class FuturesOrderInfo:
    """An order, as it stands; sizes are lots."""

    id: str
    client_oid: str | None
    symbol: str
    side: Side
    type: str
    price: Decimal | None
    size: Decimal
    filled: Decimal
    filled_value: Decimal
    average_price: Decimal | None
    active: bool
    cancel_exists: bool
    leverage: Decimal | None
    margin_mode: str | None
    reduce_only: bool
    post_only: bool
    time_in_force: str | None
    stop: str | None
    stop_price: Decimal | None
    stop_price_type: str | None
    settle: str | None
    time: int | None
    created: int | None
    updated: int | None
    ended: int | None
    raw: Mapping[str, Any] = raw_field()

    @property
    def funds(self) -> None:
        """There is none: an order is for lots."""
        return

    @property
    def stage(self) -> Stage:
        """Where it stands, judged by its sizes."""
        return stage_of(self, self.filled_value)


def order(row: Row, _: int) -> FuturesOrderInfo:
    return FuturesOrderInfo(
        str(row["id"]),
        some(row, "clientOid", text),
        str(row["symbol"]),
        side_of(row),
        str(row["type"]),
        amount(row, "price") or None,
        number(row["size"]),
        number(row["filledSize"] if "filledSize" in row else row["dealSize"]),
        number(row["filledValue"] if "filledValue" in row else row["dealValue"]),
        amount(row, "avgDealPrice") or None,
        bool(row["isActive"]),
        bool(row["cancelExist"]),
        amount(row, "leverage"),
        some(row, "marginMode", text),
        bool(row.get("reduceOnly")),
        bool(row.get("postOnly")),
        some(row, "timeInForce", text),
        some(row, "stop", text),
        amount(row, "stopPrice"),
        some(row, "stopPriceType", text),
        some(row, "settleCurrency", text),
        some(row, "orderTime", nanos),
        some(row, "createdAt", millis),
        some(row, "updatedAt", millis),
        some(row, "endAt", millis),
        row,
    )


@frozen
class OpenOrderValue:
    """What open orders in a contract are for, in lots and in the currency that it is settled in."""

    buy_size: Decimal
    sell_size: Decimal
    buy_cost: Decimal
    sell_cost: Decimal
    settle: str


def open_order_value(row: Row, _: int) -> OpenOrderValue:
    return OpenOrderValue(
        number(row["openOrderBuySize"]),
        number(row["openOrderSellSize"]),
        number(row["openOrderBuyCost"]),
        number(row["openOrderSellCost"]),
        str(row["settleCurrency"]),
    )


@frozen
class Position:
    """A position: ``size`` is in lots, below 0 for a short one. Prices are None where there is nothing to price."""

    symbol: str
    size: Decimal
    is_open: bool
    side: str | None
    margin_mode: str | None
    leverage: Decimal | None
    entry_price: Decimal | None
    mark_price: Decimal | None
    mark_value: Decimal | None
    liquidation_price: Decimal | None
    bankrupt_price: Decimal | None
    margin: Decimal | None
    unrealised: Decimal | None
    realised: Decimal | None
    maintenance_margin: Decimal | None
    settle: str | None
    opened: int | None
    time: int | None
    raw: Mapping[str, Any] = raw_field()


def position(row: Row, _: int) -> Position:
    leverage = amount(row, "leverage")
    return Position(
        str(row["symbol"]),
        number(row["currentQty"]),
        bool(row["isOpen"]),
        some(row, "positionSide", text),
        some(row, "marginMode", text),
        amount(row, "realLeverage") if leverage is None else leverage,
        amount(row, "avgEntryPrice"),
        amount(row, "markPrice"),
        amount(row, "markValue"),
        amount(row, "liquidationPrice"),
        amount(row, "bankruptPrice"),
        amount(row, "posMargin"),
        amount(row, "unrealisedPnl"),
        amount(row, "realisedPnl"),
        amount(row, "maintMargin"),
        some(row, "settleCurrency", text),
        some(row, "openingTimestamp", millis),
        some(row, "currentTimestamp", millis),
        row,
    )


@frozen
class ClosedPosition:
    """A position that was closed, and what it brought."""

    id: str
    symbol: str
    side: str | None
    type: str
    settle: str
    margin_mode: str | None
    leverage: Decimal | None
    open_price: Decimal
    close_price: Decimal
    profit: Decimal
    trade_fee: Decimal
    funding_fee: Decimal
    opened: int | None
    closed: int | None
    raw: Mapping[str, Any] = raw_field()


def closed_position(row: Row, _: int) -> ClosedPosition:
    return ClosedPosition(
        str(row["closeId"]),
        str(row["symbol"]),
        some(row, "side", text),
        str(row["type"]),
        str(row["settleCurrency"]),
        some(row, "marginMode", text),
        amount(row, "leverage"),
        number(row["openPrice"]),
        number(row["closePrice"]),
        number(row["pnl"]),
        number(row["tradeFee"]),
        number(row["fundingFee"]),
        some(row, "openTime", millis),
        some(row, "closeTime", millis),
        row,
    )


@frozen
class MarginMode:
    """``ISOLATED`` or ``CROSS``."""

    symbol: str
    mode: str


def margin_mode(row: Row, _: int) -> MarginMode:
    return MarginMode(str(row["symbol"]), str(row["marginMode"]))


@frozen
class MaxOpenSize:
    """How many lots can still be bought and sold."""

    symbol: str
    buy: Decimal
    sell: Decimal


def max_open_size(row: Row, _: int) -> MaxOpenSize:
    return MaxOpenSize(str(row["symbol"]), number(row["maxBuyOpenSize"]), number(row["maxSellOpenSize"]))


def cross_leverage(row: Row, _: int) -> Decimal:
    return number(row["leverage"])


@frozen
class FundingPayment:
    """What was paid (below 0) or received for a position at ``time``."""

    id: int
    symbol: str
    time: int | None
    rate: Decimal
    mark_price: Decimal
    size: Decimal
    cost: Decimal
    amount: Decimal
    settle: str
    raw: Mapping[str, Any] = raw_field()


@frozen
class FundingPage:
    """Payments; ``more`` says whether there are others, after the last one's id."""

    payments: tuple[FundingPayment, ...]
    more: bool


def funding_history(row: Row, _: int) -> FundingPage:
    def payment(each: Row) -> FundingPayment:
        return FundingPayment(
            int(number(each["id"])),
            str(each["symbol"]),
            some(each, "timePoint", millis),
            number(each["fundingRate"]),
            number(each["markPrice"]),
            number(each["positionQty"]),
            number(each["positionCost"]),
            number(each["funding"]),
            str(each["settleCurrency"]),
            each,
        )

    return FundingPage(tuple(payment(mapping(each)) for each in listing(row["dataList"])), bool(row["hasMore"]))
