"""What the requests of v2 and of v1 have in common when they are read: ids, flags, relative prices, dates."""

from __future__ import annotations

import re
from datetime import datetime
from decimal import Decimal
from typing import Any

from rxex.exchanges.kraken.sandbox.refusals import Declined
from rxex.sandbox.orders import OrderType, SelfTrade, TimeInForce

__all__ = ["choice", "client_id", "date", "deadline", "invalid", "order_type", "refuse_margin"]

_CLIENT_ID = re.compile(
    r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|[0-9a-fA-F]{32}|[\x21-\x7e]{1,18}", re.ASCII
)
_USUAL_DEADLINE = 5 * 10**9
_LONGEST_DEADLINE = 60 * 10**9
_MONTH = 31 * 86_400 * 10**9


def invalid(name: str) -> Declined:
    """The venue's text for an argument that cannot be."""
    return Declined(f"EGeneral:Invalid arguments:{name}")


def choice(kind: type[Any], value: Any, name: str) -> Any:
    """One of the values of an enumeration."""
    try:
        return kind(value)
    except ValueError:
        raise invalid(name) from None


def order_type(value: Any, name: str) -> OrderType:
    """A type of order that can be placed without a position."""
    if value == "settle-position":
        raise Declined("EOrder:Unknown position")
    kind: OrderType = choice(OrderType, value, name)
    return kind


def client_id(value: Any, reference: Any) -> str | None:
    """A client's own id, which stands instead of a number."""
    if value is None:
        return None
    if reference is not None or not isinstance(value, str) or not _CLIENT_ID.fullmatch(value):
        raise invalid("cl_ord_id")
    return value


def refuse_margin(*, margin: Any, reduce_only: Any) -> None:
    """There is no margin here: nothing can be borrowed, and there are no positions to reduce."""
    if margin:
        raise Declined("EOrder:Insufficient margin")
    if reduce_only:
        raise Declined("EOrder:Reduce only:No position exists")


def date(value: Any, name: str) -> int:
    """Nanoseconds since the epoch of an RFC 3339 date."""
    try:
        parsed = datetime.fromisoformat(value)
        if parsed.tzinfo is None:
            raise invalid(name)
    except (TypeError, ValueError):
        raise invalid(name) from None
    return round(parsed.timestamp() * 1e6) * 1000


def deadline(value: Any, received: int, least: int) -> int:
    """When a request that was ``received`` then is too late: ``least`` nanoseconds to a minute later, else 5 s."""
    if value is None:
        return received + _USUAL_DEADLINE
    due = date(value, "deadline")
    if not received + least <= due <= received + _LONGEST_DEADLINE:
        raise Declined("EService:Deadline elapsed") if due < received else invalid("deadline")
    return due


def life(force: TimeInForce, expire: int | None, now: int) -> int | None:
    """When an order expires; at most a month ahead."""
    if force is not TimeInForce.GTD:
        return None
    if expire is None or not now < expire <= now + _MONTH:
        raise invalid("expiretm")
    return expire


def self_trade(value: Any, name: str) -> SelfTrade:
    """Which order goes; REST writes it with hyphens."""
    kind: SelfTrade = choice(SelfTrade, str(value).replace("-", "_"), name)
    if kind in {SelfTrade.DECREASE, SelfTrade.ALLOW}:
        raise invalid(name)
    return kind


def away(last: Decimal, distance: Decimal, *, percent: bool, digits: int) -> Decimal:
    """The price so far away from the last one."""
    step = last * distance / 100 if percent else distance
    return (last + step).quantize(Decimal(1).scaleb(-digits))
