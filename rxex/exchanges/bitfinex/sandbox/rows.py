"""Rows of the account's messages: orders, executions, wallets, positions.

Source: Bitfinex's pages "Orders", "Trades", "Wallets" and "Positions" of the authenticated channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from rxex.codec import number, text_of
from rxex.errors import MalformedMessage
from rxex.exchanges.bitfinex.sandbox.instruments import DERIVATIVES
from rxex.exchanges.bitfinex.sandbox.margin import PlacedOrder, Position
from rxex.exchanges.bitfinex.sandbox.trading import placed, signed
from rxex.exchanges.bitfinex.sandbox.writing import milliseconds
from rxex.sandbox.orders import Fill, Order, OrderState, Reason

__all__ = ["order_row", "position_row", "refused_row", "status_of", "trade_row", "wallet_row"]

ZERO = Decimal(0)
_ENDS = {
    Reason.POST_ONLY: "POSTONLY CANCELED",
    Reason.FILL_OR_KILL: "FILLORKILL CANCELED",
    Reason.IMMEDIATE: "IOC CANCELED",
    Reason.LIQUIDITY: "RSN_BOOK_SLIP",
    "RSN_POS_NOTFOUND": "RSN_POS_NOTFOUND",
}
_POST_ONLY = 4096


def order_row(order: Order) -> list[Any]:
    """An order, as it is now."""
    request = placed(order)
    average = order.cost / order.filled if order.filled else ZERO
    row = _row(request, order.id)
    row[4], row[5] = milliseconds(order.opened), milliseconds(order.changed)
    row[6] = signed(order.remaining, request.side)
    row[13] = status_of(order)
    row[16:20] = [
        _price(order),
        average.quantize(Decimal("1E-8"), ROUND_HALF_EVEN),
        request.trailing or 0,
        (order.price or 0) if "STOP LIMIT" in request.words else 0,
    ]
    row[23:26] = [0, int(bool(request.flags & 64)), None if request.partner is None else int(request.partner)]
    row[28] = "API>BFX"
    meta = {**(request.meta or {}), **({"$F7": 1} if request.flags & _POST_ONLY or order.post_only else {})}
    row[31] = meta or None
    return row


def refused_row(asked: Mapping[str, Any]) -> list[Any]:
    """What of a request is repeated where no order comes of it."""
    row: list[Any] = [None] * 32
    row[0], row[1], row[2] = asked.get("id"), asked.get("gid"), asked.get("cid")
    row[3], row[6], row[8] = asked.get("symbol"), _repeated(asked.get("amount")), asked.get("type")
    row[16] = _repeated(asked.get("price"))
    row[23] = 0
    return row


def _repeated(value: Any) -> Any:
    """A number where it is one, as it was sent where it is not."""
    try:
        return number(value)
    except MalformedMessage:
        return value


def _row(request: PlacedOrder, number: str) -> list[Any]:
    row: list[Any] = [None] * 32
    row[0], row[1], row[2], row[3] = int(number), request.gid, request.cid, request.symbol
    row[7], row[8] = signed(request.size or ZERO, request.side), request.words
    row[10], row[12] = request.tif, request.flags
    return row


def _price(order: Order) -> Decimal | int:
    if order.request.type.is_triggered:
        return order.trigger_price or 0
    return order.price or 0


def status_of(order: Order) -> str:
    """The text of an order's state, with what has been filled of it, the last fill first."""
    fills = [f"{_float(fill.price)}({_float(signed(fill.size, order.request.side))})" for fill in order.fills][::-1]
    partial = [f"PARTIALLY FILLED @ {fill}" for fill in fills]
    if order.state is OrderState.FILLED:
        return f"EXECUTED @ {fills[0]}" + (f": was {', '.join(partial[1:])}" if partial[1:] else "")
    if order.is_open:
        return (partial[0] + (f": was {', '.join(partial[1:])}" if partial[1:] else "")) if partial else "ACTIVE"
    end = _ENDS.get(order.reason or "", "CANCELED")
    if order.reason == Reason.FUNDS:
        end = "INSUFFICIENT BALANCE (G1)" if partial else "INSUFFICIENT BALANCE (U1)"
    return end + (f" was: {', '.join(partial)}" if partial else "")


def _float(value: Decimal) -> str:
    text = text_of(value.normalize() + 0)
    return text if "." in text else f"{text}.0"


def trade_row(fill: Fill, *, is_stored: bool) -> list[Any]:
    """An execution; its fee is known once it is stored."""
    order = fill.order
    request = placed(order)
    return [
        fill.trade_id,
        request.symbol,
        milliseconds(fill.time),
        int(order.id),
        signed(fill.size, request.side),
        fill.price,
        request.words,
        _price(order),
        1 if fill.is_maker else -1,
        -fill.fee if is_stored else None,
        fill.fee_asset if is_stored else None,
        request.cid,
    ]


def wallet_row(
    kind: str,
    currency: str,
    balance: Decimal,
    *,
    available: Decimal | None = None,
    description: str | None = None,
    meta: Mapping[str, Any] | None = None,
) -> list[Any]:
    """A wallet of one currency."""
    return [kind, currency, balance, 0, available, description, meta]


def position_row(position: Position, price: Decimal | None = None) -> list[Any]:
    """A position; with the market's ``price`` also what follows from that."""
    symbol, is_open = position.terms.symbol, bool(position.amount)
    row: list[Any] = [symbol, "ACTIVE" if is_open else "CLOSED", position.amount, position.base_price, 0, 0]
    calculated: list[Any] = [None] * 4
    if price is not None and is_open:
        profit, collateral = position.profit(price), position.collateral
        loss = (position.cost - collateral) / position.amount if position.amount > 0 else None
        calculated = [profit, profit * 100 / abs(position.cost), loss and loss.quantize(price), position.leverage]
    row += calculated
    row += [None, position.id, milliseconds(position.opened), milliseconds(position.changed), None]
    row += [1 if symbol in DERIVATIVES else 0, None, position.collateral if is_open else 0]
    row += [None if price is None else 0, dict(position.reason) or None]
    return [each.quantize(Decimal("1E-8"), ROUND_HALF_EVEN) if isinstance(each, Decimal) else each for each in row]
