"""Requests about orders as Bitfinex has them on the wire: numbers as texts without an exponent, ids as numbers.

Sources: as of `requests`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import frozen

from rxex.codec import text_of
from rxex.exchanges.bitfinex.order_models import TYPES, side_of, type_of
from rxex.exchanges.bitfinex.orders.requests import (
    AddOrder,
    BatchCancel,
    CancelOrder,
    EditOrder,
    MultiRequest,
    is_derivative,
)
from rxex.models import Side
from rxex.orders.fields import refuse

__all__ = ["Known", "Payload", "add", "cancel", "cancel_several", "edit", "flags_of", "given", "operations", "target"]

Payload = dict[str, Any]
_FLAGS = {
    "hidden": 64,
    "close_position": 512,
    "reduce_only": 1024,
    "post_only": 4096,
    "no_variable_rates": 524_288,
}
_OCO = 16_384
_AT_ONCE = {"ioc": "IOC", "fok": "FOK"}


@frozen
class Known:
    """What is known here of an order that is to be changed or canceled."""

    order_id: str | None = None
    client_id: str | None = None
    day: dt.date | None = None
    side: Side | None = None
    order_type: str | None = None

    @classmethod
    def of_row(cls, row: Sequence[Any]) -> Known:
        """Make it of the row of an open order."""
        amount = next((value for value in (*row[7:8], *row[6:7]) if isinstance(value, int | Decimal) and value), None)
        kind = row[8] if len(row) > 8 and isinstance(row[8], str) else None
        return cls(str(row[0]), None, None, side_of(None if amount is None else Decimal(amount)), type_of(kind))


Find = Callable[[str | None, str | None], Known]
"""Gives what is known of an order, by Bitfinex's id or ours."""


def given(values: Mapping[str, Any]) -> Payload:
    """Leave out what is not said; write the rest as Bitfinex reads it."""
    return {name: _plain(value) for name, value in values.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return text_of(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M:%S}"
    return value


def _signed(value: Decimal, side: Side) -> Decimal:
    return value if side is Side.BUY else -value


def flags_of(request: AddOrder) -> int:
    """Give the sum of the flags of an order."""
    flags = sum(flag for name, flag in _FLAGS.items() if getattr(request, name))
    return flags + (_OCO if request.oco_stop_price is not None else 0)


def add(request: AddOrder, client_id: str) -> Payload:
    """Make the payload of a new order."""
    kind = _AT_ONCE.get(request.time_in_force, TYPES[request.order_type])
    is_stop = request.trigger_price is not None
    return given(
        {
            "cid": int(client_id),
            "type": kind if request.margin or is_derivative(request.symbol) else f"EXCHANGE {kind}",
            "symbol": request.symbol,
            "amount": _signed(request.quantity, request.side),
            "price": request.trigger_price if is_stop else request.limit_price,
            "price_trailing": request.price_trailing,
            "price_aux_limit": request.limit_price if is_stop else None,
            "price_oco_stop": request.oco_stop_price,
            "cid_oco": None if request.oco_client_id is None else int(request.oco_client_id),
            "gid": request.group_id,
            "lev": request.leverage,
            "flags": flags_of(request) or None,
            "tif": request.expire_time,
            "meta": request.meta,
        }
    )


def target(known: Known) -> Payload:
    """Name an order: by Bitfinex's id where it is known, else by ours and the day on which it was placed."""
    if known.order_id is not None:
        return {"id": int(known.order_id)}
    if known.client_id is None or known.day is None:
        raise refuse("date", None, "say on which day in UTC the order was placed: it is not known here")
    return {"cid": int(known.client_id), "cid_date": f"{known.day:%Y-%m-%d}"}


def edit(request: EditOrder, known: Known) -> Payload:
    """Make the payload of a change."""
    side, kind = request.side or known.side, request.order_type or known.order_type
    changes = [value for value in (request.quantity, request.delta) if value is not None]
    if changes and side is None:
        raise refuse("side", None, "say whether it buys or sells: the order is not known here")
    if any(price is not None for price in request.prices) and kind is None:
        raise refuse("order_type", None, "say of which type it is: the order is not known here")
    is_stop = kind in {"stop-loss", "stop-loss-limit"}
    amount, delta = (
        None if value is None or side is None else _signed(value, side) for value in (request.quantity, request.delta)
    )
    return target(known) | given(
        {
            "amount": amount,
            "delta": delta,
            "price": request.trigger_price if is_stop else request.limit_price,
            "price_trailing": request.price_trailing,
            "price_aux_limit": request.limit_price if is_stop else None,
            "gid": request.group_id,
            "lev": request.leverage,
            "flags": request.flags,
            "tif": request.expire_time,
            "meta": request.meta,
        }
    )


def cancel(_: CancelOrder, known: Known) -> Payload:
    """Make the payload of a cancel."""
    return target(known)


def cancel_several(request: BatchCancel, find: Find) -> Payload:
    """Make the payload of several cancels."""
    found = [_at(find(None, client_id), request.date) for client_id in request.client_ids]
    ids = [*map(int, request.order_ids), *(int(known.order_id) for known in found if known.order_id is not None)]
    days = [list(target(known).values()) for known in found if known.order_id is None]
    lists = {"id": ids, "cid": days, "gid": list(request.group_ids)}
    return {name: values for name, values in lists.items() if values}


def _at(known: Known, day: dt.date | None) -> Known:
    return known if day is None or known.order_id is not None else Known(None, known.client_id, day)


def operations(requests: Sequence[MultiRequest], find: Find, client_ids: Sequence[str]) -> list[Any]:
    """Make the payload of several requests; ``client_ids`` are those of the new orders among them, in order."""
    ids = iter(client_ids)
    made: list[Any] = []
    for request in requests:
        if isinstance(request, AddOrder):
            made.append(["on", add(request, next(ids))])
        elif isinstance(request, BatchCancel):
            made.append(["oc_multi", cancel_several(request, find)])
        else:
            known = _at(find(request.order_id, request.client_id), request.date)
            payload = edit(request, known) if isinstance(request, EditOrder) else cancel(request, known)
            made.append(["ou" if isinstance(request, EditOrder) else "oc", payload])
    return made
