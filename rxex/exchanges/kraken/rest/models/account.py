"""What Kraken's private endpoints answer. Source: "Account Data" and "Trading" of Kraken's Spot REST reference."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from rxex.auth import Secret
from rxex.codec import number
from rxex.errors import MalformedMessage
from rxex.exchanges.kraken.models import time_v2
from rxex.exchanges.kraken.rest.models.reading import SIDES, mapping, raw_field, some, text, time_of
from rxex.models import Side

__all__ = [
    "Amend",
    "Amended",
    "BatchPlaced",
    "Canceled",
    "Edited",
    "ExtendedBalance",
    "OrderInfo",
    "OrderPage",
    "Placed",
    "SwitchTimes",
    "TradeInfo",
    "TradePage",
    "WebSocketsToken",
]


@frozen
class WebSocketsToken:
    """What opens the private feeds; to be used within ``expires`` seconds."""

    token: Secret
    expires: int


def read_token(result: Any, _: Any, __: int) -> WebSocketsToken:
    token = result["token"]
    if not isinstance(token, str) or not token:
        raise MalformedMessage("there is no token")
    return WebSocketsToken(Secret(token), int(result["expires"]))


def read_balances(result: Any, _: Any, __: int) -> dict[str, Decimal]:
    return {asset: number(amount) for asset, amount in mapping(result).items()}


@frozen
class ExtendedBalance:
    """What is held of an asset, what open orders hold back, and credit lines."""

    balance: Decimal
    held: Decimal
    credit: Decimal
    credit_used: Decimal

    @property
    def available(self) -> Decimal:
        """What can be traded with."""
        return self.balance + self.credit - self.credit_used - self.held


def read_extended_balances(result: Any, _: Any, __: int) -> dict[str, ExtendedBalance]:
    return {
        asset: ExtendedBalance(
            number(row["balance"]),
            number(row.get("hold_trade", 0)),
            number(row.get("credit", 0)),
            number(row.get("credit_used", 0)),
        )
        for asset, row in mapping(result).items()
    }


@frozen
class OrderInfo:
    """An order as Kraken tells it: ``status`` is ``pending``, ``open``, ``closed``, ``canceled`` or ``expired``.

    ``price`` and ``price2`` are those that the order was given, in Kraken's words; ``average_price`` is what its fills
    cost, None without a fill. ``pair`` is Kraken's alternative name.
    """

    id: str
    status: str
    pair: str
    side: Side
    order_type: str
    price: str
    price2: str
    size: Decimal
    filled: Decimal
    cost: Decimal
    fee: Decimal
    average_price: Decimal | None
    opened: int | None
    closed: int | None
    start: int | None
    expires: int | None
    reason: str | None
    flags: tuple[str, ...]
    client_id: str | None
    userref: int | None
    trades: tuple[str, ...]
    raw: Mapping[str, Any] = raw_field()


def _order(key: str, row: Mapping[str, Any]) -> OrderInfo:
    description = row["descr"]
    filled = number(row["vol_exec"])
    return OrderInfo(
        id=key,
        status=str(row["status"]),
        pair=description["pair"],
        side=SIDES[description["type"]],
        order_type=description["ordertype"],
        price=description["price"],
        price2=description["price2"],
        size=number(row["vol"]),
        filled=filled,
        cost=number(row["cost"]),
        fee=number(row["fee"]),
        average_price=number(row["price"]) if filled else None,
        opened=some(row, "opentm", time_of),
        closed=some(row, "closetm", time_of),
        start=some(row, "starttm", time_of),
        expires=some(row, "expiretm", time_of),
        reason=some(row, "reason", text),
        flags=tuple(flag for flag in str(row.get("oflags") or "").split(",") if flag),
        client_id=some(row, "cl_ord_id", text),
        userref=row.get("userref") or None,
        trades=tuple(row.get("trades") or ()),
        raw=row,
    )


def read_orders(result: Any, _: Any, __: int) -> dict[str, OrderInfo]:
    return {key: _order(key, row) for key, row in mapping(result).items()}


def read_open_orders(result: Any, parameters: Any, received: int) -> dict[str, OrderInfo]:
    return read_orders(result["open"], parameters, received)


@frozen
class OrderPage:
    """Up to 50 orders, the newest first, of ``count`` in all (None where it was not asked for)."""

    orders: dict[str, OrderInfo]
    count: int | None


def read_closed_orders(result: Any, parameters: Any, received: int) -> OrderPage:
    return OrderPage(read_orders(result["closed"], parameters, received), result.get("count"))


@frozen
class Amend:
    """One state of an order: as it was given (``original``), changed by us (``user``) or by Kraken (``restated``).

    What is not told is None.
    """

    id: str | None
    type: str
    size: Decimal | None
    remaining: Decimal | None
    display: Decimal | None
    limit_price: Decimal | None
    trigger_price: Decimal | None
    post_only: bool | None
    reason: str | None
    time: int | None
    raw: Mapping[str, Any] = raw_field()


def read_amends(result: Any, _: Any, __: int) -> tuple[Amend, ...]:
    return tuple(
        Amend(
            some(row, "amend_id", text),
            str(row["amend_type"]),
            some(row, "order_qty", number),
            some(row, "remaining_qty", number),
            some(row, "display_qty", number),
            some(row, "limit_price", number),
            some(row, "trigger_price", number),
            row.get("post_only"),
            some(row, "reason", text),
            int(row["timestamp"]) * 10**6,
            row,
        )
        for row in result["amends"]
    )


@frozen
class TradeInfo:
    """One fill of one of our orders. ``pair`` is Kraken's key."""

    id: str
    order_id: str
    pair: str
    side: Side
    order_type: str
    price: Decimal
    size: Decimal
    cost: Decimal
    fee: Decimal
    time: int | None
    maker: bool | None
    trade_id: int | None
    raw: Mapping[str, Any] = raw_field()


def read_own_trades(result: Any, _: Any, __: int) -> dict[str, TradeInfo]:
    return {
        key: TradeInfo(
            key,
            row["ordertxid"],
            row["pair"],
            SIDES[row["type"]],
            row["ordertype"],
            number(row["price"]),
            number(row["vol"]),
            number(row["cost"]),
            number(row["fee"]),
            time_of(row["time"]),
            row.get("maker"),
            row.get("trade_id"),
            row,
        )
        for key, row in mapping(result).items()
    }


@frozen
class TradePage:
    """Up to 50 trades, the newest first, of ``count`` in all (None where it was not asked for)."""

    trades: dict[str, TradeInfo]
    count: int | None


def read_trades_history(result: Any, parameters: Any, received: int) -> TradePage:
    return TradePage(read_own_trades(result["trades"], parameters, received), result.get("count"))


@frozen
class Placed:
    """What became of a request for an order: its ids, and Kraken's description of it.

    No ids where it was only validated. ``error`` is Kraken's text for an order of a batch that was refused.
    """

    ids: tuple[str, ...]
    description: str
    close: str | None = None
    error: str | None = None
    raw: Mapping[str, Any] = raw_field()


def read_placed(result: Any, _: Any, __: int) -> Placed:
    description = result["descr"]
    return Placed(tuple(result.get("txid", ())), description["order"], description.get("close"), raw=result)


@frozen
class BatchPlaced:
    """What became of the orders of a batch, in its order."""

    orders: tuple[Placed, ...]


def read_batch(result: Any, _: Any, __: int) -> BatchPlaced:
    def placed(row: Mapping[str, Any]) -> Placed:
        ids = (row["txid"],) if row.get("txid") else ()
        description = row.get("descr") or {}
        return Placed(ids, description.get("order", ""), row.get("close"), some(row, "error", text), row)

    return BatchPlaced(tuple(map(placed, result["orders"])))


@frozen
class Amended:
    """Kraken's number of an amendment; the order keeps its own."""

    id: str


def read_amended(result: Any, _: Any, __: int) -> Amended:
    return Amended(str(result["amend_id"]))


@frozen
class Edited:
    """An edit cancels an order (``original_id``) and makes a new one (``id``)."""

    id: str | None
    original_id: str | None
    status: str | None
    error: str | None
    raw: Mapping[str, Any] = raw_field()


def read_edited(result: Any, _: Any, __: int) -> Edited:
    return Edited(
        some(result, "txid", text),
        some(result, "originaltxid", text),
        some(result, "status", text),
        some(result, "error_message", text),
        result,
    )


@frozen
class Canceled:
    """How many orders were canceled; ``pending`` says that it is still to happen."""

    count: int
    pending: bool


def read_canceled(result: Any, _: Any, __: int) -> Canceled:
    return Canceled(int(result["count"]), bool(result.get("pending", False)))


@frozen
class SwitchTimes:
    """When the dead-man's switch was set, and when it cancels all orders; None: it is off."""

    now: int
    trigger: int | None


def read_switch(result: Any, _: Any, __: int) -> SwitchTimes:
    trigger = str(result["triggerTime"])
    return SwitchTimes(time_v2(result["currentTime"]), None if trigger in {"0", ""} else time_v2(trigger))
