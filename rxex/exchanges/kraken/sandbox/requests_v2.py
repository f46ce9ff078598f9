"""Trading requests of WebSocket v2, read strictly: fields, types and texts as the venue has them.

https://docs.kraken.com/api/docs/websocket-v2/add_order and its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rxex.exchanges.kraken.sandbox.order_requests import (
    away,
    choice,
    client_id,
    date,
    invalid,
    life,
    order_type,
    refuse_margin,
    self_trade,
)
from rxex.exchanges.kraken.sandbox.refusals import Declined
from rxex.exchanges.kraken.sandbox.terms import TERMS
from rxex.exchanges.kraken.sandbox.trading import Trading
from rxex.models import Side
from rxex.sandbox.orders import Amendment, NewOrder, Order, OrderType, TimeInForce, Trigger

__all__ = ["METHODS", "amendment", "check_fields", "edited", "new_order"]

NUMBER, INTEGER, TEXT, FLAG, LIST, OBJECT = "number_float", "number_integer", "string", "boolean", "array", "object"

_ORDER = {
    "order_type": TEXT,
    "side": TEXT,
    "order_qty": NUMBER,
    "limit_price": NUMBER,
    "limit_price_type": TEXT,
    "triggers": OBJECT,
    "time_in_force": TEXT,
    "margin": FLAG,
    "post_only": FLAG,
    "reduce_only": FLAG,
    "effective_time": TEXT,
    "expire_time": TEXT,
    "cl_ord_id": TEXT,
    "order_userref": INTEGER,
    "conditional": OBJECT,
    "display_qty": NUMBER,
    "fee_preference": TEXT,
    "stp_type": TEXT,
    "cash_order_qty": NUMBER,
    "sender_sub_id": TEXT,
    "no_mpp": FLAG,
    "stop_price": NUMBER,
    "trigger": TEXT,
}
_COMMON = {"token": TEXT, "deadline": TEXT, "validate": FLAG}
_IDS = {"order_id": TEXT, "cl_ord_id": TEXT}
METHODS: Mapping[str, Mapping[str, str]] = {
    "add_order": {**_ORDER, **_COMMON, "symbol": TEXT},
    "amend_order": {
        **_IDS,
        "token": TEXT,
        "order_qty": NUMBER,
        "display_qty": NUMBER,
        "limit_price": NUMBER,
        "limit_price_type": TEXT,
        "post_only": FLAG,
        "trigger_price": NUMBER,
        "trigger_price_type": TEXT,
        "deadline": TEXT,
        "symbol": TEXT,
    },
    "edit_order": {
        **_COMMON,
        "order_id": TEXT,
        "symbol": TEXT,
        "order_qty": NUMBER,
        "limit_price": NUMBER,
        "triggers": OBJECT,
        "display_qty": NUMBER,
        "fee_preference": TEXT,
        "order_userref": INTEGER,
        "post_only": FLAG,
        "reduce_only": FLAG,
        "no_mpp": FLAG,
    },
    "cancel_order": {"token": TEXT, "order_id": LIST, "cl_ord_id": LIST, "order_userref": LIST},
    "cancel_all": {"token": TEXT},
    "cancel_all_orders_after": {"token": TEXT, "timeout": INTEGER},
    "batch_add": {**_COMMON, "symbol": TEXT, "orders": LIST},
    "batch_cancel": {"token": TEXT, "orders": LIST, "cl_ord_id": LIST},
}
"""The trading methods: the fields of their parameters, and the JSON type of each."""

_TRIGGERS = {"reference": TEXT, "price": NUMBER, "price_type": TEXT}
_CONDITIONAL = {
    "order_type": TEXT,
    "limit_price": NUMBER,
    "limit_price_type": TEXT,
    "trigger_price": NUMBER,
    "trigger_price_type": TEXT,
    "stop_price": NUMBER,
}
_PYTHON = {NUMBER: (Decimal, int), INTEGER: (int,), TEXT: (str,), FLAG: (bool,), LIST: (list,), OBJECT: (dict,)}


def check_fields(fields: Mapping[str, str], params: Mapping[str, Any], method: str) -> None:
    """Decline fields that are unknown or of another JSON type."""
    for name, value in params.items():
        kind = fields.get(name)
        if kind is None:
            raise Declined(f"Unsupported field: '{name}' for the given msg type: {method}")
        fits = isinstance(value, _PYTHON[kind]) and (kind == FLAG or not isinstance(value, bool))
        if not fits:
            raise Declined(f"{name.capitalize()} field must be a {kind}")


def new_order(trading: Trading, params: Mapping[str, Any], symbol: Any) -> NewOrder:
    """Read one order of add_order or batch_add."""
    check_fields(METHODS["add_order"], params, "add_order")
    if symbol not in trading.engine.terms:
        raise Declined(f"Currency pair not supported {symbol}")
    refuse_margin(margin=params.get("margin"), reduce_only=params.get("reduce_only"))
    kind = order_type(params.get("order_type"), "order_type")
    side: Side = choice(Side, params.get("side"), "side")
    force: TimeInForce = choice(TimeInForce, params.get("time_in_force", "gtc"), "time_in_force")
    expire = None if "expire_time" not in params else date(params["expire_time"], "expire_time")
    now, reference = trading.simulation.timestamp, params.get("order_userref")
    limit, distance = _limit(trading, params, kind, symbol)
    return NewOrder(
        symbol=symbol,
        side=side,
        type=kind,
        size=_number(params.get("order_qty")),
        cash=_number(params.get("cash_order_qty")),
        price=limit,
        limit_distance=distance,
        trigger=_trigger(trading, params, kind, symbol),
        time_in_force=force,
        begin=None if "effective_time" not in params else date(params["effective_time"], "effective_time"),
        expire=life(force, expire, now),
        post_only=params.get("post_only", False),
        display=_number(params.get("display_qty")),
        client_id=client_id(params.get("cl_ord_id"), reference),
        reference=reference,
        self_trade=self_trade(params.get("stp_type", "cancel_newest"), "stp_type"),
        fee_in_base=_fee(params.get("fee_preference")),
        close=_close(trading, params.get("conditional"), side, symbol),
    )


def amendment(params: Mapping[str, Any], order: Order, last: Decimal) -> Amendment:
    """Read an amend_order."""
    digits = TERMS[order.request.symbol].price_digits
    prices: dict[str, Decimal | None] = {}
    for name in ("limit_price", "trigger_price"):
        price, kind = _number(params.get(name)), params.get(f"{name}_type", "static")
        relative = price is not None and kind != "static"
        prices[name] = _relative(last, price or Decimal(0), kind, digits) if relative else price
    return Amendment(
        size=_number(params.get("order_qty")),
        price=prices["limit_price"],
        trigger_price=prices["trigger_price"],
        display=_number(params.get("display_qty")),
        post_only=params.get("post_only", False),
    )


def edited(params: Mapping[str, Any], order: Order) -> NewOrder:
    """Read an edit_order: what ``order`` becomes; its size is what is left of it unless another one is given."""
    old = order.request
    refuse_margin(margin=False, reduce_only=params.get("reduce_only"))
    if params.get("symbol") != old.symbol:
        raise invalid("symbol")
    size, price = _number(params.get("order_qty")), _number(params.get("limit_price"))
    display = _number(params.get("display_qty"))
    return NewOrder(
        symbol=old.symbol,
        side=old.side,
        type=old.type,
        size=order.remaining if size is None else size,
        price=order.price if price is None else price,
        time_in_force=old.time_in_force,
        expire=old.expire,
        post_only=params.get("post_only", False),
        display=order.display if display is None else display,
        reference=params.get("order_userref"),
        self_trade=old.self_trade,
        fee_in_base=_fee(params.get("fee_preference")) if "fee_preference" in params else old.fee_in_base,
    )


def _number(value: Any) -> Decimal | None:
    return None if value is None else Decimal(value)


def _fee(preference: Any) -> bool:
    # The venue's page lets sellers pay in the base unless they say so; its fills show the quote.
    if preference not in {None, "base", "quote"}:
        raise invalid("fee_preference")
    return bool(preference == "base")


def _relative(last: Decimal, value: Decimal, kind: str, digits: int) -> Decimal:
    if kind not in {"pct", "quote"}:
        raise invalid("price_type")
    return away(last, value, percent=kind == "pct", digits=digits)


def _limit(
    trading: Trading, params: Mapping[str, Any], kind: OrderType, symbol: str
) -> tuple[Decimal | None, Decimal | None]:
    """The limit price, or for trailing orders its distance from the trigger."""
    price = _number(params.get("limit_price"))
    if kind is not OrderType.TRAILING_STOP_LIMIT or price is None:
        return price, None
    if params.get("limit_price_type", "quote") == "pct":
        price = (trading.last(symbol) * price / 100).quantize(Decimal(1).scaleb(-TERMS[symbol].price_digits))
    return None, price


def _trigger(trading: Trading, params: Mapping[str, Any], kind: OrderType, symbol: str) -> Trigger | None:
    triggers = params.get("triggers")
    if triggers is None and "stop_price" in params:
        triggers = {"price": params["stop_price"], "reference": params.get("trigger", "last")}
    if triggers is None:
        return None
    check_fields(_TRIGGERS, triggers, "add_order")
    price, price_type = _number(triggers.get("price")), triggers.get("price_type", "static")
    reference = triggers.get("reference", "last")
    if reference not in {"last", "index"} or price_type not in {"static", "pct", "quote"}:
        raise invalid("triggers")
    if kind.is_trailing:
        if price_type == "static":
            raise invalid("triggers")
        return Trigger(distance=price, percent=price_type == "pct", reference=reference)
    if price is not None and price_type != "static":
        price = _relative(trading.last(symbol), price, price_type, TERMS[symbol].price_digits)
    return Trigger(price=price, reference=reference)


def _close(trading: Trading, conditional: Any, side: Side, symbol: str) -> NewOrder | None:
    if conditional is None:
        return None
    check_fields(_CONDITIONAL, conditional, "add_order")
    kind = order_type(conditional.get("order_type"), "conditional")
    price = conditional.get("trigger_price", conditional.get("stop_price"))
    trigger = None if price is None else {"price": price, "price_type": conditional.get("trigger_price_type", "static")}
    params = {"limit_price": conditional.get("limit_price"), "triggers": trigger}
    limit, distance = _limit(trading, params, kind, symbol)
    return NewOrder(
        symbol=symbol,
        side=Side.SELL if side is Side.BUY else Side.BUY,
        type=kind,
        price=limit,
        limit_distance=distance,
        trigger=_trigger(trading, params, kind, symbol),
    )
