"""Orders that clients ask for, read strictly: members, types and texts as the venue has them.

Sources: KuCoin's pages "Add Order", "Add Stop Order" and "Add OCO Order".
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, cast

from attrs import evolve, frozen

from rxex.exchanges.kucoin.sandbox.orders_refusals import invalid
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.models import Side
from rxex.sandbox.orders import NewOrder, Order, OrderType, SelfTrade, TimeInForce

__all__ = [
    "TRADE_TYPES",
    "SpotOrder",
    "Wish",
    "amount",
    "choice",
    "client_oid",
    "flag",
    "read_wish",
    "text",
    "whole",
    "wish_of",
]

TRADE_TYPES = ("TRADE", "MARGIN_TRADE", "MARGIN_ISOLATED_TRADE")
_CLIENT_OID = re.compile(r"[A-Za-z0-9_-]{1,40}", re.ASCII)
_SELF_TRADES = {
    "": SelfTrade.ALLOW,
    "CN": SelfTrade.CANCEL_NEWEST,
    "CO": SelfTrade.CANCEL_OLDEST,
    "CB": SelfTrade.CANCEL_BOTH,
    "DC": SelfTrade.DECREASE,
}
_FORCES = {"GTC": TimeInForce.GTC, "GTT": TimeInForce.GTD, "IOC": TimeInForce.IOC, "FOK": TimeInForce.FOK}
_LONGEST_LIFE = 2_592_000
_LONGEST_NOTE = 20


@frozen(kw_only=True)
class Wish:
    """An order as a client asked for it, in the venue's words.

    Args:
        symbol: The pair.
        side: Buy or sell.
        type: ``limit`` or ``market``.
        client_oid: The client's own id of it.
        price: The limit.
        size: In the base.
        funds: In the quote, instead of a size.
        time_in_force: ``GTC``, ``GTT``, ``IOC`` or ``FOK``.
        cancel_after: Seconds until it ends, with ``GTT``; -1: none.
        post_only: Whether it is canceled rather than take; nobody heeds it with ``IOC`` and ``FOK``.
        hidden: Whether it is not to be shown; the sandbox shows it all the same.
        iceberg: Whether only ``visible_size`` of it is to be shown.
        visible_size: What is shown.
        stp: What to do where it would meet an order of the same account; empty: let them trade.
        tags: A note of the client's.
        remark: Another one.
        trade_type: One of `TRADE_TYPES`.
        auto_borrow: Whether to borrow what is missing for it; of margin orders alone.
        auto_repay: Whether to pay debts back with what it brings.
        stop: What released it, where that was a price.
    """

    symbol: str
    side: Side
    type: str
    client_oid: str | None = None
    price: Decimal | None = None
    size: Decimal | None = None
    funds: Decimal | None = None
    time_in_force: str = "GTC"
    cancel_after: int = -1
    post_only: bool = False
    hidden: bool = False
    iceberg: bool = False
    visible_size: Decimal | None = None
    stp: str = ""
    tags: str = ""
    remark: str = ""
    trade_type: str = "TRADE"
    auto_borrow: bool = False
    auto_repay: bool = False
    stop: str = ""

    def new_order(self, now: int, size: Decimal | None = None) -> SpotOrder:
        """What the engine is given at ``now`` (nanoseconds since the epoch); ``size`` is that of a sale of funds."""
        is_limit, force = self.type == "limit", _FORCES[self.time_in_force]
        at_once = force in {TimeInForce.IOC, TimeInForce.FOK}
        slices = is_limit and self.iceberg and not at_once
        return SpotOrder(
            wish=self,
            symbol=self.symbol,
            side=self.side,
            type=OrderType.ICEBERG if slices else OrderType.LIMIT if is_limit else OrderType.MARKET,
            size=size or self.size,
            cash=self.funds if size is None else None,
            price=self.price,
            time_in_force=force if is_limit else TimeInForce.GTC,
            expire=now + self.cancel_after * 10**9 if is_limit and force is TimeInForce.GTD else None,
            post_only=is_limit and self.post_only and not at_once,
            display=self.visible_size if slices else None,
            client_id=self.client_oid,
            self_trade=_SELF_TRADES[self.stp],
        )

    def changed(self, price: Decimal | None, size: Decimal | None) -> Wish:
        """The same with another price or size."""
        return evolve(self, price=price or self.price, size=size or self.size)


@frozen(kw_only=True)
class SpotOrder(NewOrder):
    """What the engine is given, and the ``wish`` that it comes from."""

    wish: Wish


def wish_of(order: Order) -> Wish:
    """What a client asked for, by the order that it became."""
    return cast(SpotOrder, order.request).wish


def read_wish(params: Mapping[str, Any], *, trade_type: str = "TRADE", now: int = 0) -> Wish:
    """Read the body of a request; raises `Declined`. ``now`` (nanoseconds since the epoch) is for its time window."""
    symbol, side = text(params, "symbol"), choice(params, "side", ("buy", "sell"))
    kind = choice(params, "type", ("limit", "market"), "limit")
    if not symbol or not side:
        raise invalid("side" if symbol else "symbol")
    price, size, funds = (amount(params, name) for name in ("price", "size", "funds"))
    if kind == "limit" and (price is None or size is None or funds is not None):
        raise invalid("price" if price is None else "size" if size is None else "funds")
    if kind == "market" and (price is not None or (size is None) == (funds is None)):
        raise invalid("price" if price is not None else "funds")
    stp = choice(params, "stp", tuple(_SELF_TRADES), "")
    if stp == "DC" and kind == "market":
        raise invalid("stp")
    force = choice(params, "timeInForce", tuple(_FORCES), "GTC")
    _check_window(params, now)
    return Wish(
        symbol=symbol,
        side=Side(side),
        type=kind,
        client_oid=client_oid(params),
        price=price,
        size=size,
        funds=funds,
        time_in_force=force,
        cancel_after=_life(params, force),
        post_only=flag(params, "postOnly"),
        hidden=flag(params, "hidden"),
        iceberg=flag(params, "iceberg"),
        visible_size=_visible(params),
        stp=stp,
        tags=_note(params, "tags"),
        remark=_note(params, "remark"),
        trade_type=trade_type,
        auto_borrow=trade_type != "TRADE" and flag(params, "autoBorrow"),
        auto_repay=trade_type != "TRADE" and flag(params, "autoRepay"),
    )


def text(params: Mapping[str, Any], name: str) -> str:
    """A member that is a text; empty where there is none."""
    value = params.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise invalid(name)
    return value


def choice(params: Mapping[str, Any], name: str, options: tuple[str, ...], usual: str = "") -> str:
    """One of several texts; ``usual`` where there is none."""
    value = text(params, name) or usual
    if value and value not in options:
        raise invalid(name)
    return value


def flag(params: Mapping[str, Any], name: str) -> bool:
    """A yes or no; queries have it as a text."""
    value = params.get(name, False)
    if isinstance(value, bool):
        return value
    if value not in ("true", "false"):
        raise invalid(name)
    return bool(value == "true")


def whole(params: Mapping[str, Any], name: str, usual: int | None = None) -> int | None:
    """A whole number, as such or as a text; ``usual`` where there is none."""
    value = params.get(name)
    if value is None or value == "":
        return usual
    if isinstance(value, bool) or not re.fullmatch(r"-?[0-9]{1,18}", str(value), re.ASCII):
        raise invalid(name)
    return int(str(value))


def amount(params: Mapping[str, Any], name: str) -> Decimal | None:
    """A positive number as a text (a number does); None where there is none."""
    value = params.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, bool) and re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,20})?", str(value), re.ASCII):
        try:
            number = Decimal(str(value))
        except InvalidOperation:
            raise invalid(name) from None
        if number > 0:
            return number
    raise invalid(name)


def client_oid(params: Mapping[str, Any], name: str = "clientOid") -> str | None:
    """The client's own id; None where there is none."""
    value = text(params, name)
    if value and not _CLIENT_OID.fullmatch(value):
        raise invalid(name)
    return value or None


def _life(params: Mapping[str, Any], force: str) -> int:
    seconds = whole(params, "cancelAfter", -1)
    if seconds is None or seconds > _LONGEST_LIFE or (force == "GTT" and seconds < 1):
        raise invalid("cancelAfter")
    return seconds


def _visible(params: Mapping[str, Any]) -> Decimal | None:
    visible = amount(params, "visibleSize")
    if flag(params, "iceberg") and visible is None:
        raise invalid("visibleSize")
    return visible


def _note(params: Mapping[str, Any], name: str) -> str:
    value = text(params, name)
    if len(value) > _LONGEST_NOTE or not value.isascii():
        raise invalid(name)
    return value


def _check_window(params: Mapping[str, Any], now: int) -> None:
    """An order that arrives later than its client wants it to is not placed."""
    window, sent = whole(params, "allowMaxTimeWindow"), whole(params, "clientTimestamp")
    if window is not None and sent is not None and now > (sent + window) * 10**6:
        raise Declined("102411", "The order exceeded allowMaxTimeWindow.")
