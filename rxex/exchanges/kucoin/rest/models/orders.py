"""What KuCoin tells of spot and margin orders. Source: "Orders" of its classic REST reference."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Protocol

from attrs import frozen

from rxex.codec import number
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
    texts,
)
from rxex.exchanges.kucoin.rest.refusals import refused
from rxex.models import Fee, Fill, Side, Stage
from rxex.orders import OrderRefused

__all__ = ["Canceled", "CanceledIds", "CanceledSymbols", "Edited", "OrderInfo", "Placed", "SwitchTimes"]

Row = Mapping[str, Any]


@frozen
class Placed:
    """What became of a request for an order.

    ``error`` is why one of a batch was refused. What the matching engine says, from ``size`` on, is told only by the
    calls that wait for it.
    """

    order_id: str | None
    client_oid: str | None
    error: OrderRefused | None = None
    status: str | None = None
    size: Decimal | None = None
    filled: Decimal | None = None
    remaining: Decimal | None = None
    canceled: Decimal | None = None
    time: int | None = None
    matched: int | None = None
    borrowed: Decimal | None = None
    raw: Mapping[str, Any] = raw_field()


def placed(row: Row, _: int) -> Placed:
    return Placed(
        some(row, "orderId", text),
        some(row, "clientOid", text),
        None,
        some(row, "status", text),
        amount(row, "originSize"),
        amount(row, "dealSize"),
        amount(row, "remainSize"),
        amount(row, "canceledSize"),
        some(row, "orderTime", millis),
        some(row, "matchTime", millis),
        amount(row, "borrowSize"),
        row,
    )


def batch_placed(row: Row, _: int) -> Placed:
    """Read one order of a batch: that the batch was taken says nothing about it."""
    if row["success"] is True:
        return placed(row, _)
    error = refused("add_order_batch", "", str(row.get("failMsg") or ""), row)
    return Placed(some(row, "orderId", text), some(row, "clientOid", text), error, raw=row)


@frozen
class Edited:
    """An edit cancels an order and makes a new one, with id ``order_id`` and the client id of the old one."""

    order_id: str
    client_oid: str | None


def edited(row: Row, _: int) -> Edited:
    return Edited(str(row["newOrderId"]), some(row, "clientOid", text))


@frozen
class Canceled:
    """A cancel that was taken; it is done when the order says so.

    What the matching engine says, from ``status`` on, is told only by the calls that wait for it.
    """

    order_id: str | None
    client_oid: str | None
    status: str | None = None
    size: Decimal | None = None
    filled: Decimal | None = None
    remaining: Decimal | None = None
    canceled: Decimal | None = None
    raw: Mapping[str, Any] = raw_field()


def canceled(row: Row, _: int) -> Canceled:
    part = amount(row, "cancelSize")
    return Canceled(
        some(row, "orderId", text) or some(row, "cancelledOrderId", text),
        some(row, "clientOid", text),
        some(row, "status", text),
        amount(row, "originSize"),
        amount(row, "dealSize"),
        amount(row, "remainSize"),
        amount(row, "canceledSize") if part is None else part,
        row,
    )


@frozen
class CanceledIds:
    """The ids of the orders whose cancel was taken."""

    order_ids: tuple[str, ...]


def canceled_ids(row: Row, _: int) -> CanceledIds:
    return CanceledIds(texts(row["cancelledOrderIds"] or []))


@frozen
class CanceledSymbols:
    """The symbols whose orders are canceled, and those where it failed, with KuCoin's reasons."""

    symbols: tuple[str, ...]
    failed: Mapping[str, str]


def canceled_symbols(row: Row, _: int) -> CanceledSymbols:
    failed = {str(each["symbol"]): str(each["error"]) for each in listing(row.get("failedSymbols") or [])}
    return CanceledSymbols(texts(row.get("succeedSymbols") or []), failed)


def open_symbols(row: Row, _: int) -> tuple[str, ...]:
    return texts(row.get("symbols") or [])


@frozen
class OrderInfo:
    """An order, as it stands. ``reason`` is why it was canceled, where KuCoin tells."""

    id: str
    client_oid: str | None
    symbol: str
    side: Side
    type: str
    price: Decimal | None
    size: Decimal | None
    funds: Decimal | None
    filled: Decimal
    filled_funds: Decimal
    remaining: Decimal | None
    canceled: Decimal | None
    fee: Fee | None
    active: bool
    in_book: bool
    cancel_exists: bool
    time_in_force: str | None
    post_only: bool
    trade_type: str | None
    reason: str | None
    created: int | None
    updated: int | None
    raw: Mapping[str, Any] = raw_field()

    @property
    def average_price(self) -> Decimal | None:
        """What was paid for one, so far."""
        return self.filled_funds / self.filled if self.filled else None

    @property
    def stage(self) -> Stage:
        """Where it stands, judged by its sizes."""
        return stage_of(self, self.filled_funds)


class _Sizes(Protocol):
    """What tells the stage of an order."""

    @property
    def size(self) -> Decimal | None: ...
    @property
    def funds(self) -> Decimal | None: ...
    @property
    def filled(self) -> Decimal: ...
    @property
    def active(self) -> bool: ...


def stage_of(order: _Sizes, filled_funds: Decimal) -> Stage:
    """Tell where an order stands.

    An order by funds ends ``canceled`` though it is filled: what is left of its funds buys nothing any more. It counts
    as filled where that is less than a hundredth.
    """
    if order.active:
        return Stage.PARTIALLY_FILLED if order.filled else Stage.OPEN
    if order.size:
        return Stage.FILLED if order.filled >= order.size else Stage.CANCELED
    funds = order.funds or Decimal(0)
    return Stage.FILLED if order.filled and (funds - filled_funds) * 100 <= funds else Stage.CANCELED


def order(row: Row, _: int) -> OrderInfo:
    fee, funds = amount(row, "fee"), amount(row, "funds")
    return OrderInfo(
        str(row["id"]),
        some(row, "clientOid", text),
        str(row["symbol"]),
        side_of(row),
        str(row["type"]),
        amount(row, "price") or None,
        amount(row, "size") or None,
        funds or None,
        number(row["dealSize"]),
        number(row["dealFunds"]),
        amount(row, "remainSize"),
        amount(row, "cancelledSize"),
        None if fee is None else Fee(str(row["feeCurrency"]), fee),
        bool(row["active"]),
        bool(row.get("inOrderBook")),
        bool(row.get("cancelExist")),
        some(row, "timeInForce", text),
        bool(row.get("postOnly")),
        some(row, "tradeType", text),
        some(row, "cancelReason", text),
        some(row, "createdAt", millis),
        some(row, "lastUpdatedAt", millis),
        row,
    )


def fill(row: Row, received: int) -> Fill:
    return Fill(
        str(row["tradeId"]),
        str(row["orderId"]),
        number(row["price"]),
        number(row["size"]),
        str(row["symbol"]),
        side_of(row),
        (Fee(str(row["feeCurrency"]), number(row["fee"])),),
        row["liquidity"] == "maker",
        some(row, "tradeTime", nanos) or some(row, "createdAt", millis),
        received,
        dict(row),
    )


@frozen
class SwitchTimes:
    """When the dead-man's switch was set, and when it cancels; None: it is off. ``timeout`` in seconds."""

    now: int | None
    trigger: int | None
    timeout: int | None = None
    symbols: tuple[str, ...] = ()


def read_switch(result: Any, _: Any, __: int) -> SwitchTimes:
    """Read what the switch says; it says nothing where it was never set."""
    row = mapping({} if result is None else result)
    now, trigger = (int(number(row.get(name) or 0)) * 10**9 for name in ("currentTime", "triggerTime"))
    symbols = tuple(filter(None, str(row.get("symbols") or "").split(",")))
    return SwitchTimes(now or None, trigger or None, some(row, "timeout", int), symbols)
