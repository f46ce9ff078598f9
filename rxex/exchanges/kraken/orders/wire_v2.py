"""Requests about orders as WebSocket v2 has them: numbers with a fraction and without an exponent, dates in RFC 3339.

Sources: Kraken's pages "Add Order", "Amend Order", "Edit Order", "Cancel Order", "Cancel All", "Cancel All Orders
After", "Batch Add", "Batch Cancel" of the Spot WebSocket v2 reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from rxex.exchanges.kraken.orders.requests import (
    AddOrder,
    AmendOrder,
    BatchAdd,
    BatchCancel,
    CancelOrder,
    ConditionalClose,
    EditOrder,
)

__all__ = ["add", "amend", "batch_add", "batch_cancel", "cancel", "edit", "message"]

_Params = dict[str, Any]


def message(method: str, params: _Params, request_id: int, token: str) -> _Params:
    """Make the message of a request."""
    return {"method": method, "params": {**params, "token": token}, "req_id": request_id}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        # A number without a fraction is refused here and there as being no number_float.
        return value if value.as_tuple().exponent < 0 else Decimal(f"{value:f}.0")  # type: ignore[operator]
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%dT%H:%M:%S}.{value.microsecond // 1000:03d}Z"
    return value


def _given(values: Mapping[str, Any]) -> _Params:
    """What is not said is left out."""
    return {name: _plain(value) for name, value in values.items() if value is not None and value is not False}


def _triggers(request: AddOrder | EditOrder) -> _Params | None:
    if request.trigger_price is None:
        return None
    if isinstance(request, EditOrder):
        return _given({"price": request.trigger_price})
    return _given(
        {
            "price": request.trigger_price,
            "price_type": request.trigger_price_type,
            "reference": request.trigger_reference,
        }
    )


def _close(close: ConditionalClose | None) -> _Params | None:
    if close is None:
        return None
    return _given(
        {
            "order_type": close.order_type,
            "limit_price": close.limit_price,
            "limit_price_type": None if close.limit_price is None else close.limit_price_type,
            "trigger_price": close.trigger_price,
            "trigger_price_type": None if close.trigger_price is None else close.trigger_price_type,
        }
    )


def _order(request: AddOrder, client_id: str | None) -> _Params:
    return _given(
        {
            "order_type": request.order_type,
            "side": request.side.value,
            "order_qty": request.quantity,
            "cash_order_qty": request.cash_quantity,
            "limit_price": request.limit_price,
            # Static is how all but trailing stops go anyway.
            "limit_price_type": None if request.limit_price_type == "static" else request.limit_price_type,
            "triggers": _triggers(request),
            "time_in_force": None if request.time_in_force == "gtc" else request.time_in_force,
            "margin": request.margin,
            "post_only": request.post_only,
            "reduce_only": request.reduce_only,
            "effective_time": request.effective_time,
            "expire_time": request.expire_time,
            "cl_ord_id": client_id,
            "conditional": _close(request.close),
            "display_qty": request.display_quantity,
            "fee_preference": request.fee_preference,
            "stp_type": request.self_trade,
            "sender_sub_id": request.sender_sub_id,
        }
    )


def add(request: AddOrder, client_id: str | None) -> _Params:
    """The parameters of add_order."""
    rest = _given({"deadline": request.deadline, "validate": request.validate})
    return {"symbol": request.symbol, **_order(request, client_id), **rest}


def amend(request: AmendOrder) -> _Params:
    """The parameters of amend_order."""
    return _given(
        {
            "order_id": request.order_id,
            "cl_ord_id": request.client_id,
            "order_qty": request.quantity,
            "display_qty": request.display_quantity,
            "limit_price": request.limit_price,
            "limit_price_type": request.limit_price_type,
            "trigger_price": request.trigger_price,
            "trigger_price_type": request.trigger_price_type,
            "post_only": request.post_only,
            "deadline": request.deadline,
        }
    )


def edit(request: EditOrder) -> _Params:
    """The parameters of edit_order."""
    return _given(
        {
            "order_id": request.order_id,
            "symbol": request.symbol,
            "order_qty": request.quantity,
            "limit_price": request.limit_price,
            "triggers": _triggers(request),
            "display_qty": request.display_quantity,
            "fee_preference": request.fee_preference,
            "order_userref": request.user_reference,
            "post_only": request.post_only,
            "reduce_only": request.reduce_only,
            "deadline": request.deadline,
        }
    )


def cancel(request: CancelOrder) -> _Params:
    """The parameters of cancel_order."""
    ids = {
        "order_id": request.order_id,
        "cl_ord_id": request.client_id,
        "order_userref": request.user_reference,
    }
    return {name: [value] for name, value in ids.items() if value is not None}


def batch_add(request: BatchAdd) -> _Params:
    """The parameters of batch_add."""
    orders = [_order(order, order.client_id) for order in request.orders]
    return {"symbol": request.orders[0].symbol, "orders": orders, **_given({"deadline": request.deadline})}


def batch_cancel(request: BatchCancel) -> _Params:
    """The parameters of batch_cancel."""
    ids = {"orders": list(request.order_ids), "cl_ord_id": list(request.client_ids)}
    return {name: value for name, value in ids.items() if value}
