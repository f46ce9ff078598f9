"""Trading requests of WebSocket v1 and of REST, which share their words: everything is a text.

https://docs.kraken.com/api/docs/websocket-v1/addorder and its neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rxex.codec import number
from rxex.errors import MalformedMessage
from rxex.exchanges.kraken.sandbox.names import PAIRS
from rxex.exchanges.kraken.sandbox.order_requests import (
    away,
    choice,
    client_id,
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

__all__ = ["amendment_v1", "edited_v1", "flag", "integer", "new_order_v1", "symbol_of"]


_SYMBOLS = {
    name: symbol for symbol, names in PAIRS.items() for name in (symbol, names.key, names.name, names.websocket)
}


def symbol_of(pair: Any) -> str:
    """Give the symbol of a pair in any of the venue's ways; raises `Declined` where there is none.

    >>> symbol_of("XXBTZUSD"), symbol_of("XBT/USD"), symbol_of("XBTUSD"), symbol_of("BTC/USD")
    ('BTC/USD', 'BTC/USD', 'BTC/USD', 'BTC/USD')
    """
    try:
        return _SYMBOLS[str(pair)]
    except KeyError:
        raise Declined("EQuery:Unknown asset pair") from None


def new_order_v1(trading: Trading, params: Mapping[str, Any]) -> NewOrder:
    """Read an addOrder of v1, or an AddOrder of REST."""
    symbol = symbol_of(params.get("pair"))
    if symbol not in trading.engine.terms:
        raise Declined("EQuery:Unknown asset pair")
    leverage = params.get("leverage") not in {None, "none", ""}
    refuse_margin(margin=leverage or flag(params.get("margin")), reduce_only=flag(params.get("reduce_only")))
    kind = order_type(params.get("ordertype"), "ordertype")
    side: Side = choice(Side, params.get("type"), "type")
    flags = {each for each in str(params.get("oflags", "")).split(",") if each}
    if not flags <= {"post", "fcib", "fciq", "viqc", "nompp"}:
        raise invalid("oflags")
    force: TimeInForce = choice(TimeInForce, str(params.get("timeinforce", "GTC")).lower(), "timeinforce")
    now, reference = trading.simulation.timestamp, integer(params.get("userref"), "userref")
    begin, expire = (_time(params.get(name), now, name) for name in ("starttm", "expiretm"))
    volume = _number(params.get("volume"), "volume")
    cash = volume if "viqc" in flags else None
    price, distance, trigger = _prices(trading, params, kind, symbol)
    return NewOrder(
        symbol=symbol,
        side=side,
        type=kind,
        size=None if cash is not None else volume,
        cash=cash,
        price=price,
        limit_distance=distance,
        trigger=trigger,
        time_in_force=force,
        begin=begin,
        expire=life(force, expire, now),
        post_only="post" in flags,
        display=_number(params.get("displayvol"), "displayvol"),
        client_id=client_id(params.get("cl_ord_id"), reference),
        reference=reference,
        self_trade=self_trade(params.get("stp_type", params.get("stptype", "cancel_newest")), "stp_type"),
        fee_in_base="fcib" in flags,
        close=_close(trading, params, side, symbol),
    )


def amendment_v1(params: Mapping[str, Any], order: Order, last: Decimal) -> Amendment:
    """Read an amendOrder of v1, or an AmendOrder of REST."""
    digits = TERMS[order.request.symbol].price_digits
    return Amendment(
        size=_number(params.get("volume", params.get("order_qty")), "volume"),
        price=_price(params.get("limit_price"), last, digits, "limit_price"),
        trigger_price=_price(params.get("trigger_price"), last, digits, "trigger_price"),
        display=_number(params.get("display_volume", params.get("display_qty")), "display_volume"),
        post_only=flag(params.get("post_only")),
    )


def edited_v1(params: Mapping[str, Any], order: Order, last: Decimal) -> NewOrder:
    """Read an editOrder of v1, or an EditOrder of REST; the size is what is left unless another one is given."""
    old = order.request
    if symbol_of(params.get("pair")) != old.symbol:
        raise invalid("pair")
    size = _number(params.get("volume"), "volume")
    price = _price(params.get("price"), last, TERMS[old.symbol].price_digits, "price")
    display = _number(params.get("displayvol"), "displayvol")
    return NewOrder(
        symbol=old.symbol,
        side=old.side,
        type=old.type,
        size=order.remaining if size is None else size,
        price=order.price if price is None else price,
        time_in_force=old.time_in_force,
        expire=old.expire,
        post_only="post" in str(params.get("oflags", "")).split(","),
        display=order.display if display is None else display,
        reference=integer(params.get("newuserref", params.get("userref")), "userref"),
        self_trade=old.self_trade,
        fee_in_base=old.fee_in_base,
    )


def flag(value: Any) -> bool:
    """Read a flag, which may be a text."""
    return value is True or str(value).lower() in {"true", "1"}


def integer(value: Any, name: str) -> int | None:
    """Read a whole number, which may be a text."""
    if value is None:
        return None
    try:
        return int(str(value))
    except ValueError:
        raise invalid(name) from None


def _number(value: Any, name: str) -> Decimal | None:
    if value is None:
        return None
    try:
        return number(value)
    except MalformedMessage:
        raise invalid(name) from None


def _time(value: Any, now: int, name: str) -> int | None:
    """A moment: unix time, or ``+`` and seconds from now; 0 is none."""
    if value is None or str(value) == "0":
        return None
    seconds = _number(str(value).removeprefix("+"), name) or Decimal(0)
    return round(seconds * 10**9) + (now if str(value).startswith("+") else 0)


def _price(value: Any, last: Decimal, digits: int, name: str) -> Decimal | None:
    """A price: a number, or ``+``, ``-`` and one (with ``%``: percent) from the last price."""
    if value is None:
        return None
    text = str(value)
    percent = text.endswith("%")
    plain = text.removesuffix("%")
    if percent or plain[:1] in {"+", "-"}:
        distance = _number(plain.removeprefix("+"), name) or Decimal(0)
        return away(last, distance, percent=percent, digits=digits)
    return _number(plain, name)


def _prices(
    trading: Trading, params: Mapping[str, Any], kind: OrderType, symbol: str
) -> tuple[Decimal | None, Decimal | None, Trigger | None]:
    """The limit, its distance from a trailing trigger, the trigger: ``price`` and ``price2`` by the type of order."""
    first, second, last = params.get("price"), params.get("price2"), trading.last(symbol)
    digits, reference = TERMS[symbol].price_digits, str(params.get("trigger", "last"))
    if kind.is_trailing:
        text = str(first)
        percent = text.endswith("%")
        if not text.startswith("+"):
            raise invalid("price")
        distance = None
        if kind is OrderType.TRAILING_STOP_LIMIT and second is not None:
            distance = (_price(second, last, digits, "price2") or last) - last
        step = _number(text.removeprefix("+").removesuffix("%"), "price")
        return None, distance, Trigger(distance=step, percent=percent, reference=reference)
    if kind.is_triggered:
        trigger = _price(first, last, digits, "price")
        limit = None
        if second is not None:
            limit = _price(second, trigger or last, digits, "price2")
        return limit, None, Trigger(price=trigger, reference=reference)
    return _price(first, last, digits, "price"), None, None


def _close(trading: Trading, params: Mapping[str, Any], side: Side, symbol: str) -> NewOrder | None:
    # REST's JSON has an object, everything else names with brackets.
    nested = params.get("close")
    found = {name: params.get(f"close[{name}]") for name in ("ordertype", "price", "price2")}
    wish = nested if isinstance(nested, dict) else {name: value for name, value in found.items() if value is not None}
    if not wish:
        return None
    kind = order_type(wish.get("ordertype"), "close[ordertype]")
    price, distance, trigger = _prices(trading, wish, kind, symbol)
    return NewOrder(
        symbol=symbol,
        side=Side.SELL if side is Side.BUY else Side.BUY,
        type=kind,
        price=price,
        limit_distance=distance,
        trigger=trigger,
    )
