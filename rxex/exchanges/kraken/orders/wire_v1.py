"""Requests about orders as WebSocket v1 has them: all numbers are texts, offsets have a sign, flags are in a list.

Sources: Kraken's pages "addOrder", "amendOrder", "editOrder", "cancelOrder" of the Spot WebSocket v1 reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from rxex.codec import text_of
from rxex.errors import InvalidArgument
from rxex.exchanges.kraken.models import to_v1
from rxex.exchanges.kraken.orders.requests import AddOrder, AmendOrder, CancelOrder, ConditionalClose, EditOrder

__all__ = ["add", "amend", "cancel", "edit", "message", "only_v2"]

_Fields = dict[str, Any]


def message(event: str, fields: _Fields, request_id: int, token: str) -> _Fields:
    """Make the message of a request."""
    return {"event": event, **fields, "reqid": request_id, "token": token}


def only_v2(name: str, value: object) -> InvalidArgument:
    """Give the error of what v1 does not have."""
    return InvalidArgument(name, value, "Kraken's v1 does not have it; use version 2")


def _given(values: Mapping[str, Any]) -> _Fields:
    return {
        name: text_of(value) if isinstance(value, Decimal) else value
        for name, value in values.items()
        if value is not None and value is not False and value != ""
    }


def _price(value: Decimal | None, kind: str) -> str | None:
    if value is None:
        return None
    return text_of(value) if kind == "static" else f"{value:+f}{'%' if kind == 'pct' else ''}"


def _prices(request: AddOrder | ConditionalClose) -> tuple[str | None, str | None]:
    """The first price is the trigger's where there is one; the limit comes second then."""
    limit = _price(request.limit_price, request.limit_price_type)
    trigger = _price(request.trigger_price, request.trigger_price_type)
    return (limit, None) if trigger is None else (trigger, limit)


def _unix(date: datetime | None) -> str | None:
    return None if date is None else str(int(date.timestamp()))


def _flags(request: AddOrder | EditOrder) -> str:
    flags = []
    if request.post_only:
        flags.append("post")
    if request.fee_preference is not None:
        flags.append("fcib" if request.fee_preference == "base" else "fciq")
    if isinstance(request, AddOrder) and request.cash_quantity is not None:
        flags.append("viqc")
    return ",".join(flags)


def add(request: AddOrder, client_id: str | None) -> _Fields:
    """The fields of addOrder. Raises `InvalidArgument` for what v1 does not have."""
    if request.order_type == "iceberg":
        raise only_v2("order_type", request.order_type)
    if request.trigger_reference != "last":
        raise only_v2("trigger_reference", request.trigger_reference)
    if request.time_in_force == "fok":
        raise only_v2("time_in_force", request.time_in_force)
    price, price2 = _prices(request)
    close_price, close_price2 = (None, None) if request.close is None else _prices(request.close)
    deadline = request.deadline
    return _given(
        {
            "ordertype": request.order_type,
            "type": request.side.value,
            "pair": to_v1(request.symbol),
            "price": price,
            "price2": price2,
            "volume": request.quantity or request.cash_quantity,
            "margin": request.margin,
            "reduce_only": request.reduce_only,
            "oflags": _flags(request),
            "starttm": _unix(request.effective_time),
            "expiretm": _unix(request.expire_time),
            "deadline": None
            if deadline is None
            else f"{deadline:%Y-%m-%dT%H:%M:%S}.{deadline.microsecond // 1000:03d}Z",
            "cl_ord_id": client_id,
            "stp_type": request.self_trade,
            "timeinforce": None if request.time_in_force == "gtc" else request.time_in_force.upper(),
            "close[ordertype]": None if request.close is None else request.close.order_type,
            "close[price]": close_price,
            "close[price2]": close_price2,
            "sender_sub_id": request.sender_sub_id,
            "validate": "true" if request.validate else None,
        }
    )


def amend(request: AmendOrder) -> _Fields:
    """The fields of amendOrder."""
    deadline = request.deadline
    return _given(
        {
            "txid": request.order_id,
            "cl_ord_id": request.client_id,
            "volume": request.quantity,
            "display_volume": request.display_quantity,
            "limit_price": _price(request.limit_price, request.limit_price_type or "static"),
            "trigger_price": _price(request.trigger_price, request.trigger_price_type or "static"),
            "post_only": request.post_only,
            "deadline": None
            if deadline is None
            else f"{deadline:%Y-%m-%dT%H:%M:%S}.{deadline.microsecond // 1000:03d}Z",
        }
    )


def edit(request: EditOrder) -> _Fields:
    """The fields of editOrder. Raises `InvalidArgument` for what v1 does not have."""
    for name in ("display_quantity", "reduce_only", "deadline"):
        if getattr(request, name):
            raise only_v2(name, getattr(request, name))
    limit, trigger = request.limit_price, request.trigger_price
    return _given(
        {
            "orderid": request.order_id,
            "pair": to_v1(request.symbol),
            "price": limit if trigger is None else trigger,
            "price2": None if trigger is None else limit,
            "volume": request.quantity,
            "oflags": _flags(request),
            "newuserref": None if request.user_reference is None else str(request.user_reference),
        }
    )


def cancel(request: CancelOrder) -> _Fields:
    """The fields of cancelOrder."""
    if request.client_id is not None:
        return {"cl_ord_id": [request.client_id]}
    return {"txid": [request.order_id if request.order_id is not None else str(request.user_reference)]}
