"""What clients ask for about orders, read and checked; WebSocket and REST ask alike.

Source: Bitfinex's pages "New order", "Update order", "Cancel order" and "Order multi-op".
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from attrs import evolve

from rxex.codec import number
from rxex.errors import MalformedMessage
from rxex.exchanges.bitfinex.sandbox.instruments import cut_price
from rxex.exchanges.bitfinex.sandbox.margin import PlacedOrder
from rxex.exchanges.bitfinex.sandbox.refusals import Declined
from rxex.exchanges.bitfinex.sandbox.trading import Trading, placed, signed
from rxex.models import Side
from rxex.sandbox.orders import Amendment, Order, OrderType, SelfTrade, TimeInForce, Trigger

__all__ = ["amendment", "amount_of", "date_of", "invalid", "new_orders", "whole"]

_TYPES = {
    "LIMIT": OrderType.LIMIT,
    "MARKET": OrderType.MARKET,
    "STOP": OrderType.STOP_LOSS,
    "STOP LIMIT": OrderType.STOP_LOSS_LIMIT,
    "TRAILING STOP": OrderType.TRAILING_STOP,
    "FOK": OrderType.LIMIT,
    "IOC": OrderType.LIMIT,
}
_AT_ONCE = {"FOK": TimeInForce.FOK, "IOC": TimeInForce.IOC}
_CLOSE, _REDUCE_ONLY, _POST_ONLY, _OCO = 512, 1024, 4096, 16384
_LARGEST_CID = 2**45 - 1
_EIGHT = Decimal("1E-8")
_TOO_LARGE = 10**15


def invalid(name: str) -> Declined:
    """The venue's text for a parameter that cannot be."""
    return Declined(f"{name}: invalid", 10020)


def whole(asked: Mapping[str, Any], name: str, most: int = _LARGEST_CID) -> int | None:
    """A whole number of a request, which has to be a number on the wire; None: it is not there."""
    value = asked.get(name)
    if value is None:
        return None
    if type(value) is not int or not 0 <= value <= most:
        raise invalid(name)
    return value


def new_orders(trading: Trading, asked: object) -> tuple[PlacedOrder, PlacedOrder | None]:
    """Read a new order, and the stop that comes with it where one of both is to be filled."""
    if not isinstance(asked, dict):
        raise Declined("input: invalid", 10020)
    words, symbol = asked.get("type"), asked.get("symbol")
    bare = words.removeprefix("EXCHANGE ") if isinstance(words, str) else ""
    if not isinstance(words, str) or bare not in _TYPES:
        raise invalid("type")
    if not isinstance(symbol, str) or symbol not in trading.engine.terms:
        raise invalid("symbol")
    cid, flags = whole(asked, "cid"), whole(asked, "flags") or 0
    closes, is_exchange = bool(flags & (_CLOSE | _REDUCE_ONLY)), bare != words
    amount = amount_of(asked, "amount")
    if not amount and not (flags & _CLOSE and amount is not None):
        raise invalid("amount")
    kind = _TYPES[bare]
    meta = asked.get("meta") or {}
    if not isinstance(meta, dict):
        raise invalid("meta")
    tif = _date(asked.get("tif"), trading.simulation.timestamp)
    side = Side.BUY if amount > 0 else Side.SELL
    request = PlacedOrder(
        symbol=symbol,
        side=side,
        type=kind,
        size=abs(amount).quantize(_EIGHT, ROUND_HALF_EVEN),
        price=_limit(kind, asked),
        trigger=_trigger(kind, asked),
        time_in_force=_AT_ONCE.get(bare, TimeInForce.GTC if tif is None else TimeInForce.GTD),
        expire=None if bare in _AT_ONCE else tif,
        post_only=bool(flags & _POST_ONLY) and kind is OrderType.LIMIT and bare == "LIMIT",
        client_id=None if cid is None else str(cid),
        self_trade=SelfTrade.CANCEL_NEWEST if meta.get("protect_selfmatch") else SelfTrade.ALLOW,
        fee_in_base=is_exchange and side is Side.BUY,
        words=words,
        cid=cid,
        gid=whole(asked, "gid"),
        flags=flags,
        meta=meta or None,
        tif=None if tif is None else tif // 1_000_000,
        leverage=Decimal(_leverage(asked)),
        trailing=amount_of(asked, "price_trailing") or None,
        closes=closes and not is_exchange,
    )
    if not flags & _OCO:
        return request, None
    if bare != "LIMIT":
        raise invalid("type")
    return request, _stop_of(request, asked)


def _stop_of(request: PlacedOrder, asked: Mapping[str, Any]) -> PlacedOrder:
    price = amount_of(asked, "price_oco_stop")
    if not price or price < 0:
        raise invalid("price_oco_stop")
    cid = whole(asked, "cid_oco")
    return evolve(
        request,
        type=OrderType.STOP_LOSS,
        words=request.words.replace("LIMIT", "STOP"),
        price=None,
        trigger=Trigger(price=cut_price(price)),
        cid=cid,
        client_id=None if cid is None else str(cid),
        post_only=False,
    )


def amendment(order: Order, asked: Mapping[str, Any], now: int) -> tuple[Amendment, Decimal | None]:
    """Read a change of an order: what is to be changed, and by how much its rest is to grow."""
    request = placed(order)
    amount, delta, price = (amount_of(asked, name) for name in ("amount", "delta", "price"))
    if amount is not None and (not amount or (amount > 0) is not (request.side is Side.BUY)):
        raise invalid("amount")
    if price is not None and price <= 0:
        raise invalid("price")
    aux = amount_of(asked, "price_aux_limit")
    _date(asked.get("tif"), now)
    is_stop = order.waits_for_trigger
    limit = aux if is_stop else price
    change = Amendment(
        size=None if amount is None else order.filled + abs(amount).quantize(_EIGHT, ROUND_HALF_EVEN),
        price=None if limit is None else cut_price(limit),
        trigger_price=cut_price(price) if price is not None and is_stop else None,
        post_only=bool((whole(asked, "flags") or 0) & _POST_ONLY),
    )
    return change, None if delta is None else signed(delta, request.side)


def date_of(asked: Mapping[str, Any], name: str = "cid_date") -> str:
    """The day of a request, as it is written: ``2026-01-31``."""
    value = asked.get(name)
    try:
        return f"{datetime.strptime(str(value), '%Y-%m-%d').replace(tzinfo=UTC):%Y-%m-%d}"
    except ValueError:
        raise invalid(name) from None


def amount_of(asked: Mapping[str, Any], name: str) -> Any:
    """A number, which is a text on the wire or a number; None where it is not there."""
    value = asked.get(name)
    if value is None:
        return None
    try:
        figure = number(value)
    except MalformedMessage:
        raise invalid(name) from None
    if abs(figure) >= _TOO_LARGE:
        raise invalid(name)
    return figure


def _limit(kind: OrderType, asked: Mapping[str, Any]) -> Decimal | None:
    if not kind.has_limit:
        return None
    name = "price_aux_limit" if kind.is_triggered else "price"
    price = amount_of(asked, name)
    if price is None:
        raise invalid(name)
    if price <= 0:
        raise Declined("Invalid price.")
    return cut_price(price)


def _trigger(kind: OrderType, asked: Mapping[str, Any]) -> Trigger | None:
    if not kind.is_triggered:
        return None
    name = "price_trailing" if kind.is_trailing else "price"
    price = amount_of(asked, name)
    if price is None or price <= 0:
        raise invalid(name)
    return Trigger(distance=price) if kind.is_trailing else Trigger(price=cut_price(price))


def _leverage(asked: Mapping[str, Any]) -> int:
    leverage = whole(asked, "lev", 100)
    if leverage == 0:
        raise invalid("lev")
    return 10 if leverage is None else leverage


def _date(value: object, now: int) -> int | None:
    """Nanoseconds since the epoch of a time of day in UTC, or of a day, or of milliseconds, that has to come yet."""
    if value is None:
        return None
    try:
        if type(value) is int:
            date = value * 1_000_000
        else:
            parsed = datetime.fromisoformat(str(value).removesuffix("Z"))
            date = round(parsed.replace(tzinfo=UTC).timestamp() * 1000) * 1_000_000
    except (ValueError, OverflowError):
        raise invalid("tif") from None
    if date <= now:
        raise invalid("tif")
    return date
