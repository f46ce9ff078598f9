"""Rows of v2's private channels: executions, balances.

An order is described once in full, and by patches afterwards; numbers carry the digits of the pair.
https://docs.kraken.com/api/docs/websocket-v2/executions
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from rxex.exchanges.kraken.sandbox.base import rfc3339
from rxex.exchanges.kraken.sandbox.terms import TERMS
from rxex.models import Side
from rxex.sandbox.orders import EventKind, Fill, Order, OrderEvent, OrderState

__all__ = ["average", "balance_rows", "dollars", "event_row", "snapshot_row", "trade_row", "wallet_rows"]

_TYPES = {
    EventKind.ACCEPTED: "pending_new",
    EventKind.OPENED: "new",
    EventKind.TRIGGERED: "status",
    EventKind.FILL: "trade",
    EventKind.REFILLED: "iceberg_refill",
    EventKind.FILLED: "filled",
    EventKind.AMENDED: "amended",
    EventKind.CANCELED: "canceled",
    EventKind.EXPIRED: "expired",
}
_DOLLARS = {"USD", "USDT", "USDC"}
_FOUR = Decimal("0.0001")


def event_row(event: OrderEvent) -> dict[str, Any]:
    """What an event tells of its order: all of it when it was accepted, what has changed afterwards."""
    order, kind = event.order, _TYPES[event.kind]
    time = {"timestamp": rfc3339(event.time)}
    match event.kind:
        case EventKind.ACCEPTED:
            return {**_described(order, kind, "pending_new"), **time}
        case EventKind.FILL if event.fill is not None:
            return trade_row(event.fill, "partially_filled")
        case EventKind.OPENED:
            return {**time, "order_status": "new", "exec_type": kind, **_ids(order)}
        case EventKind.TRIGGERED:
            last = {} if order.trigger_price is None else {"triggers": _triggers(order)}
            limit = {} if order.price is None else {"limit_price": order.price}
            return {**time, "order_status": _status(order), "exec_type": kind, **last, **limit, **_ids(order)}
        case EventKind.REFILLED:
            shown = {"display_qty": order.display, "display_qty_remain": order.visible}
            return {**time, "order_status": _status(order), "exec_type": kind, **shown, **_ids(order)}
        case EventKind.AMENDED:
            return {**time, "exec_type": kind, "order_status": _status(order), **_amended(event), **_ids(order)}
        case _:
            reason = {"cancel_reason": event.reason, "reason": event.reason} if event.reason else {}
            return {**time, "order_status": kind, "exec_type": kind, **_totals(order), **reason, **_ids(order)}


def snapshot_row(order: Order) -> dict[str, Any]:
    """An open order as it is now."""
    status = _status(order)
    return {
        **_described(order, "pending_new" if status == "pending_new" else "new", status),
        **_totals(order),
        "timestamp": rfc3339(order.changed),
    }


def trade_row(fill: Fill, status: str) -> dict[str, Any]:
    """A fill; one of the past has no totals of its order, which is filled."""
    order, terms = fill.order, TERMS[fill.order.request.symbol]
    totals = {} if status == "filled" else {key: _totals(order)[key] for key in ("cum_qty", "cum_cost", "avg_price")}
    reference = {} if order.request.client_id is not None else {"order_userref": order.request.reference or 0}
    client = {} if order.request.client_id is None else {"cl_ord_id": order.request.client_id}
    return {
        "order_id": order.id,
        **reference,
        **client,
        "exec_id": fill.id,
        "exec_type": "trade",
        "trade_id": fill.trade_id,
        "symbol": terms.symbol,
        "side": order.request.side.value,
        "last_qty": fill.size,
        "last_price": fill.price,
        "liquidity_ind": "m" if fill.is_maker else "t",
        "cost": fill.cost,
        "order_type": order.request.type.value,
        "timestamp": rfc3339(fill.time),
        "order_status": status,
        **totals,
        "fee_usd_equiv": dollars(fill.fee if fill.fee_asset == terms.quote else fill.fee * fill.price, terms.quote),
        "fees": [{"asset": fill.fee_asset, "qty": fill.fee}],
    }


def average(order: Order) -> Decimal:
    """The average price of what was filled."""
    tick = Decimal(1).scaleb(-TERMS[order.request.symbol].price_digits)
    return (order.cost / order.filled if order.filled else Decimal(0)).quantize(tick, ROUND_HALF_EVEN)


def dollars(amount: Decimal, quote: str) -> Decimal:
    """An amount of a quote in US dollars: of other quotes the sandbox has no rate, and says 0."""
    return (amount if quote in _DOLLARS else Decimal(0)).quantize(_FOUR, ROUND_HALF_EVEN)


def wallet_rows(balances: Mapping[str, Decimal]) -> list[dict[str, Any]]:
    """All balances, as a snapshot has them."""
    return [
        {
            "asset": asset,
            "asset_class": "currency",
            "balance": amount,
            "wallets": [{"type": "spot", "id": "main", "balance": amount}],
        }
        for asset, amount in sorted(balances.items())
    ]


def balance_rows(fill: Fill, ledger_ids: Iterable[str]) -> list[dict[str, Any]]:
    """The two entries of a fill in the books of its account, as an update has them."""
    terms = TERMS[fill.order.request.symbol]
    bought = 1 if fill.order.request.side is Side.BUY else -1
    sides = ((terms.base, fill.size * bought, fill.base_left), (terms.quote, -fill.cost * bought, fill.quote_left))
    return [
        {
            "ledger_id": ledger_id,
            "ref_id": fill.id,
            "timestamp": rfc3339(fill.time),
            "type": "trade",
            "asset": asset,
            "asset_class": "currency",
            "category": "trade",
            "wallet_type": "spot",
            "wallet_id": "main",
            "amount": amount,
            "fee": fill.fee if fill.fee_asset == asset else Decimal(0),
            "balance": left,
        }
        for ledger_id, (asset, amount, left) in zip(ledger_ids, sides, strict=False)
    ]


def _status(order: Order) -> str:
    if order.state is OrderState.PENDING:
        return "pending_new"
    return "partially_filled" if order.filled else "new"


def _ids(order: Order) -> dict[str, Any]:
    request = order.request
    if request.client_id is not None:
        return {"cl_ord_id": request.client_id, "order_id": order.id}
    return {"order_userref": request.reference or 0, "order_id": order.id}


def _totals(order: Order) -> dict[str, Any]:
    terms = TERMS[order.request.symbol]
    fee = order.fee * average(order) if order.request.fee_in_base else order.fee
    return {
        "cum_qty": order.filled.quantize(Decimal(1).scaleb(-terms.size_digits)),
        "cum_cost": order.cost.quantize(Decimal(1).scaleb(-terms.cost_digits)),
        "fee_usd_equiv": dollars(fee, terms.quote),
        "avg_price": average(order),
    }


def _amended(event: OrderEvent) -> dict[str, Any]:
    order = event.order
    limit = {} if order.price is None else {"limit_price": order.price, "limit_price_type": "static"}
    trigger = {"triggers": _triggers(order)} if order.request.trigger is not None else {}
    cum = {"cum_qty": _totals(order)["cum_qty"]}
    return {**cum, "reason": event.reason, "amended": True, "order_qty": order.size, **limit, **trigger}


def _triggers(order: Order) -> dict[str, Any]:
    trigger = order.request.trigger
    reference = "last" if trigger is None else trigger.reference
    price = {} if order.trigger_price is None else {"price": order.trigger_price}
    status = "triggered" if order.triggered else "untriggered"
    return {**price, "price_type": "static", "reference": reference, "status": status}


def _described(order: Order, kind: str, status: str) -> dict[str, Any]:
    request = order.request
    row: dict[str, Any] = {
        "order_id": order.id,
        "symbol": request.symbol,
        "order_qty": order.size,
        "cum_cost": _totals(order)["cum_cost"],
        "time_in_force": request.time_in_force.value.upper(),
        "exec_type": kind,
        "side": request.side.value,
        "order_type": request.type.value,
        **{key: value for key, value in _ids(order).items() if key != "order_id"},
        "limit_price_type": "static",
    }
    if request.trigger is not None:
        triggers = _triggers(order)
        row |= {"triggers": triggers, "trigger": triggers["reference"]}
    row["stop_price"] = order.trigger_price or Decimal("0.0")
    if order.price is not None:
        row["limit_price"] = order.price
    optional = {
        "post_only": request.post_only or None,
        "cash_order_qty": request.cash,
        "display_qty": order.display,
        "effective_time": None if request.begin is None else rfc3339(request.begin),
        "expire_time": None if request.expire is None else rfc3339(request.expire),
        "amended": order.amended or None,
    }
    row |= {key: value for key, value in optional.items() if value is not None}
    fees = {"fee_usd_equiv": Decimal("0.0000"), "fee_ccy_pref": "fcib" if request.fee_in_base else "fciq"}
    return {**row, "order_status": status, **fees}
