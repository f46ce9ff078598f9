"""Orders and trades as WebSocket v1 and REST write them: nearly everything is a text.

https://docs.kraken.com/api/docs/websocket-v1/openorders, https://docs.kraken.com/api/docs/rest-api/get-open-orders
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rxex.codec import text_of
from rxex.exchanges.kraken.models import to_v1
from rxex.exchanges.kraken.sandbox.executions import average
from rxex.exchanges.kraken.sandbox.terms import TERMS
from rxex.sandbox.orders import EventKind, Fill, Order, OrderEvent, OrderState, Reason

__all__ = ["amend_record", "described", "order_patch", "order_record", "rest_order", "rest_trade", "trade_record"]

_CLOSED = {OrderState.FILLED: "closed"}


def described(order: Order, pair: str | None = None) -> str:
    """Say in words what an order is: ``buy 10.00000000 USDTUSD @ limit 0.99800``."""
    request = order.request
    name = to_v1(request.symbol).replace("/", "") if pair is None else pair
    words = f"{request.side} {order.size:.8f} {name} @ {request.type.value.replace('-', ' ')}"
    if request.type.is_trailing and request.trigger is not None:
        words += f" +{text_of(request.trigger.distance or Decimal(0))}{'%' if request.trigger.percent else ''}"
    elif order.trigger_price is not None:
        words += f" {text_of(order.trigger_price)}"
    if order.price is not None:
        words += f"{' -> limit' if request.type.is_triggered else ''} {text_of(order.price)}"
    return words


def order_record(order: Order) -> dict[str, Any]:
    """All of an order, as openOrders of v1 has it."""
    request, pair = order.request, to_v1(order.request.symbol)
    first, second = (order.trigger_price, order.price) if request.type.is_triggered else (order.price, None)
    flags = ["fcib" if request.fee_in_base else "fciq", *(["post"] if order.post_only else [])]
    client = {} if request.client_id is None else {"cl_ord_id": request.client_id}
    return {
        **_filled(order),
        **client,
        "descr": {
            "close": None,
            "leverage": None,
            "order": described(order, pair),
            "ordertype": request.type.value,
            "pair": pair,
            "price": _eight(first),
            "price2": _eight(second),
            "type": request.side.value,
        },
        "expiretm": None if request.expire is None else _seconds(request.expire),
        "limitprice": _eight(order.price if order.triggered else None),
        "misc": "",
        "oflags": ",".join(flags),
        "opentm": _seconds(order.opened),
        "refid": None,
        "starttm": None if request.begin is None else _seconds(request.begin),
        "status": _status(order),
        "stopprice": _eight(order.trigger_price),
        "timeinforce": request.time_in_force.value.upper(),
        "userref": request.reference or 0,
        "vol": f"{order.size:.8f}",
    }


def order_patch(event: OrderEvent) -> dict[str, Any]:
    """What of an order an event has changed, as openOrders of v1 tells it; of a fill without any status."""
    order = event.order
    reference: dict[str, Any] = {"userref": order.request.reference or 0}
    if order.request.client_id is not None:
        reference["cl_ord_id"] = order.request.client_id
    match event.kind:
        case EventKind.OPENED:
            return {"status": "open", **reference}
        case EventKind.FILL | EventKind.REFILLED:
            return {**_filled(order), **reference}
        case EventKind.AMENDED:
            return {**order_record(order), "amended": True, "amend_reason": event.reason}
        case EventKind.TRIGGERED:
            return {"misc": "touched", "limitprice": _eight(order.price), **reference}
        case _:
            reason = {"cancel_reason": event.reason} if event.reason else {}
            ended = {"lastupdated": _seconds(event.time), "status": _status(order)}
            return {**ended, **_filled(order), **reference, **reason}


def trade_record(fill: Fill, pair: str) -> dict[str, Any]:
    """A fill, as ownTrades of v1 has it."""
    request = fill.order.request
    client: dict[str, Any] = {} if request.client_id is None else {"cl_ord_id": request.client_id}
    if request.reference is not None:
        client["userref"] = request.reference
    return {
        **client,
        "cost": f"{fill.cost:.8f}",
        "fee": f"{fill.fee:.8f}",
        "margin": "0.00000000",
        "ordertxid": fill.order.id,
        "ordertype": request.type.value,
        "pair": pair,
        "postxid": f"TP{fill.order.id[2:]}",
        "price": _eight(fill.price),
        "time": _seconds(fill.time),
        "type": request.side.value,
        "vol": f"{fill.size:.8f}",
    }


def _filled(order: Order) -> dict[str, str]:
    return {
        "avg_price": _eight(average(order)),
        "cost": f"{order.cost:.8f}",
        "fee": f"{order.fee:.8f}",
        "vol_exec": f"{order.filled:.8f}",
    }


def _status(order: Order) -> str:
    return _CLOSED.get(order.state, order.state.value)


def _eight(value: Decimal | None) -> str:
    return f"{value or Decimal(0):.8f}"


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds // 10**9}.{nanoseconds % 10**9 // 1000:06d}"


def rest_order(order: Order) -> dict[str, Any]:
    """An order, as OpenOrders, ClosedOrders and QueryOrders of REST have it."""
    request, terms = order.request, TERMS[order.request.symbol]
    record = order_record(order)
    descr = record["descr"]
    pair = descr["pair"].replace("/", "")
    first, second = (order.trigger_price, order.price) if request.type.is_triggered else (order.price, None)
    ended = {} if order.closed is None else {"reason": order.reason, "closetm": _decimal_seconds(order.closed)}
    client = {} if request.client_id is None else {"cl_ord_id": request.client_id}
    return {
        "refid": None,
        "userref": request.reference or 0,
        **client,
        "status": record["status"],
        **ended,
        "opentm": _decimal_seconds(order.opened),
        "starttm": 0 if request.begin is None else _decimal_seconds(request.begin),
        "expiretm": 0 if request.expire is None else _decimal_seconds(request.expire),
        "descr": {
            "pair": pair,
            "type": request.side.value,
            "ordertype": request.type.value,
            "price": "0" if first is None else text_of(first),
            "price2": "0" if second is None else text_of(second),
            "leverage": "none",
            "order": described(order),
            "close": "",
        },
        "vol": record["vol"],
        "vol_exec": record["vol_exec"],
        "cost": f"{order.cost:.{terms.cost_digits}f}",
        "fee": f"{order.fee:.{terms.cost_digits}f}",
        "price": text_of(average(order)),
        "stopprice": _eight(order.trigger_price),
        "limitprice": record["limitprice"],
        "misc": "",
        "oflags": record["oflags"],
        "trades": [fill.id for fill in order.fills],
    }


def rest_trade(fill: Fill) -> dict[str, Any]:
    """A fill, as TradesHistory and QueryTrades of REST have it."""
    request, terms = fill.order.request, TERMS[fill.order.request.symbol]
    return {
        "ordertxid": fill.order.id,
        "postxid": f"TP{fill.order.id[2:]}",
        "pair": request.symbol,
        "time": _decimal_seconds(fill.time),
        "type": request.side.value,
        "ordertype": request.type.value,
        "price": text_of(fill.price),
        "cost": f"{fill.cost:.{terms.cost_digits}f}",
        "fee": f"{fill.fee:.{terms.cost_digits}f}",
        "vol": f"{fill.size:.8f}",
        "margin": "0.00000",
        "misc": "",
        "trade_id": fill.trade_id,
        "maker": fill.is_maker,
    }


def amend_record(order: Order, amend_id: str) -> dict[str, Any]:
    """A change of an order as it is now, as OrderAmends of REST has it."""
    limit = {} if order.price is None else {"limit_price": text_of(order.price)}
    return {
        "amend_id": amend_id,
        "amend_type": "user",
        "order_qty": f"{order.size:.8f}",
        "remaining_qty": f"{order.remaining:.8f}",
        **limit,
        "reason": str(Reason.USER),
        "post_only": order.post_only,
        "timestamp": order.dated // 10**6,
    }


def _decimal_seconds(nanoseconds: int) -> Decimal:
    return (Decimal(nanoseconds) / 10**9).quantize(Decimal("0.0001"))
