"""What of a request can be refused by looking at it and at its instrument's terms."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from rxex.models import Side
from rxex.sandbox.orders import (
    Amendment,
    NewOrder,
    Order,
    OrderType,
    Refused,
    RefusedFor,
    Terms,
    TimeInForce,
    Trigger,
)

__all__ = ["check_amendment", "check_request", "fits", "rounded"]


def rounded(value: Decimal, digits: int, rounding: str) -> Decimal:
    """Round ``value`` to ``digits`` after the point."""
    return value.quantize(Decimal(1).scaleb(-digits), rounding)


def check_request(request: NewOrder, terms: Terms, now: int) -> None:
    """Raise `Refused` for an order that cannot be, whatever the account and the market are like."""
    if request.type.has_limit != (request.price is not None or request.limit_distance is not None):
        raise Refused(RefusedFor.ARGUMENTS, "price")
    if request.type.is_triggered != (request.trigger is not None):
        raise Refused(RefusedFor.ARGUMENTS, "trigger")
    if request.limit_distance is not None and request.type is not OrderType.TRAILING_STOP_LIMIT:
        raise Refused(RefusedFor.ARGUMENTS, "price")
    _check_life(request, now)
    if request.cash is not None:
        if request.type is not OrderType.MARKET or request.side is not Side.BUY or request.size is not None:
            raise Refused(RefusedFor.ARGUMENTS, "cash")
        if request.cash <= 0 or request.cash < terms.minimum_cost:
            raise Refused(RefusedFor.COST)
    elif request.size is None:
        raise Refused(RefusedFor.ARGUMENTS, "size")
    else:
        _check_size(request.size, terms)
    if request.price is not None:
        _check_price(request.price, terms)
        if request.size is not None and request.price * request.size < terms.minimum_cost:
            raise Refused(RefusedFor.COST)
    if request.trigger is not None:
        _check_trigger(request.type, request.trigger, terms)
    if (request.display is not None) != (request.type is OrderType.ICEBERG):
        raise Refused(RefusedFor.ARGUMENTS, "display")
    if request.display is not None and request.size is not None:
        _check_display(request.display, request.size, terms)


def check_amendment(order: Order, amendment: Amendment, terms: Terms) -> None:
    """Raise `Refused` for an amendment that cannot be, whatever the account and the market are like."""
    if amendment.size is not None:
        _check_size(amendment.size, terms)
    if amendment.price is not None:
        if order.price is None:
            raise Refused(RefusedFor.ARGUMENTS, "price")
        _check_price(amendment.price, terms)
    if amendment.trigger_price is not None:
        if not order.waits_for_trigger:
            raise Refused(RefusedFor.ARGUMENTS, "trigger")
        _check_price(amendment.trigger_price, terms)
    if amendment.display is not None:
        if order.display is None:
            raise Refused(RefusedFor.ARGUMENTS, "display")
        _check_display(amendment.display, amendment.size or order.size, terms)
    if order.request.close is not None:
        raise Refused(RefusedFor.ARGUMENTS, "close")
    price, size = amendment.price or order.price, amendment.size or order.size
    if price is not None and price * size < terms.minimum_cost:
        raise Refused(RefusedFor.COST)


def _check_life(request: NewOrder, now: int) -> None:
    if (request.time_in_force is TimeInForce.GTD) != (request.expire is not None):
        raise Refused(RefusedFor.ARGUMENTS, "expire")
    if request.expire is not None and request.expire <= max(now, request.begin or now):
        raise Refused(RefusedFor.ARGUMENTS, "expire")
    if request.post_only and (not request.type.has_limit or request.type.is_triggered):
        raise Refused(RefusedFor.ARGUMENTS, "post_only")
    at_once = request.time_in_force in {TimeInForce.IOC, TimeInForce.FOK}
    if at_once and (request.post_only or request.type is OrderType.ICEBERG):
        raise Refused(RefusedFor.ARGUMENTS, "time_in_force")
    if request.time_in_force is TimeInForce.FOK and request.type is not OrderType.LIMIT:
        raise Refused(RefusedFor.ARGUMENTS, "time_in_force")


def _check_trigger(kind: OrderType, trigger: Trigger, terms: Terms) -> None:
    if kind.is_trailing:
        if trigger.distance is None or trigger.distance <= 0 or (trigger.percent and trigger.distance >= 100):
            raise Refused(RefusedFor.PRICE)
    elif trigger.price is None:
        raise Refused(RefusedFor.ARGUMENTS, "trigger")
    else:
        _check_price(trigger.price, terms)


def _check_size(size: Decimal, terms: Terms) -> None:
    if size <= 0:
        raise Refused(RefusedFor.SIZE)
    if not fits(size, terms.size_digits):
        raise Refused(RefusedFor.LOT)
    if size < terms.minimum:
        raise Refused(RefusedFor.SIZE)


def _check_price(price: Decimal, terms: Terms) -> None:
    if price <= 0:
        raise Refused(RefusedFor.PRICE)
    if not fits(price, terms.price_digits):
        raise Refused(RefusedFor.TICK, str(terms.price_digits))


def _check_display(display: Decimal, size: Decimal, terms: Terms) -> None:
    if not fits(display, terms.size_digits) or not size <= terms.most_slices * display or display > size:
        raise Refused(RefusedFor.ARGUMENTS, "display")


def fits(value: Decimal, digits: int) -> bool:
    """Whether ``value`` has no more than ``digits`` after the point; one too large to tell has."""
    try:
        return value == value.quantize(Decimal(1).scaleb(-digits))
    except InvalidOperation:
        return False
