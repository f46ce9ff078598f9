"""Futures orders that clients ask for, read strictly: members, types and texts as the venue has them.

Source: KuCoin's futures pages "Add Order" and "Add Take Profit And Stop Loss Order".
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_DOWN, Decimal
from typing import Any, cast

from attrs import evolve, frozen

from rxex.exchanges.kucoin.sandbox.instruments import CONTRACTS
from rxex.exchanges.kucoin.sandbox.orders_refusals import FUTURES, declined, invalid
from rxex.exchanges.kucoin.sandbox.orders_requests import amount, choice, client_oid, flag, text, whole
from rxex.exchanges.kucoin.sandbox.positions import CROSS, ISOLATED, FuturesOrder
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.models import Side
from rxex.sandbox.orders import Order, OrderType, Refused, RefusedFor, SelfTrade, TimeInForce

__all__ = ["FuturesWish", "WishedOrder", "futures_wish_of", "read_futures_wish"]

_SELF_TRADES = {
    "": SelfTrade.ALLOW,
    "CN": SelfTrade.CANCEL_NEWEST,
    "CO": SelfTrade.CANCEL_OLDEST,
    "CB": SelfTrade.CANCEL_BOTH,
}
_BAD = "100001"


@frozen(kw_only=True)
class FuturesWish:
    """A futures order as a client asked for it, in the venue's words.

    Args:
        symbol: The contract.
        side: Buy or sell; None where a position is to be closed, whatever it is.
        type: ``limit`` or ``market``.
        client_oid: The client's own id of it.
        price: The limit.
        lots: How many lots; None: all of the position that is to be closed.
        leverage: What the client says; None: nothing.
        mode: ``ISOLATED`` or ``CROSS``.
        time_in_force: ``GTC`` or ``IOC``.
        post_only: Whether it is canceled rather than take.
        hidden: Whether it is not to be shown; the sandbox shows it all the same.
        iceberg: Whether only ``visible`` lots of it are to be shown.
        visible: How many.
        reduce_only: Whether it may only make a position smaller.
        close_order: Whether it closes the position.
        force_hold: Whether margin is to be held even where it makes a position smaller; the sandbox never does.
        stp: What to do where it would meet an order of the same account; empty: let them trade.
        stop: ``up`` or ``down`` for one that waits for a price.
        stop_price_type: ``TP`` (last trade), ``MP`` (mark) or ``IP`` (index); the sandbox looks at trades for all.
        stop_price: The price that it waits for.
        tags: A note of the client's.
        remark: Another one.
    """

    symbol: str
    side: Side | None
    type: str
    client_oid: str
    price: Decimal | None = None
    lots: Decimal | None = None
    leverage: Decimal | None = None
    mode: str = ISOLATED
    time_in_force: str = "GTC"
    post_only: bool = False
    hidden: bool = False
    iceberg: bool = False
    visible: Decimal | None = None
    reduce_only: bool = False
    close_order: bool = False
    force_hold: bool = False
    stp: str = ""
    stop: str = ""
    stop_price_type: str = ""
    stop_price: Decimal | None = None
    tags: str = ""
    remark: str = ""

    def new_order(self, side: Side, lots: Decimal, leverage: Decimal) -> WishedOrder:
        """What the engine is given."""
        is_limit, at_once = self.type == "limit", self.time_in_force == "IOC"
        slices = is_limit and self.iceberg and not at_once
        return WishedOrder(
            wish=self,
            symbol=self.symbol,
            side=side,
            type=OrderType.ICEBERG if slices else OrderType.LIMIT if is_limit else OrderType.MARKET,
            size=lots,
            price=self.price,
            time_in_force=TimeInForce.IOC if is_limit and at_once else TimeInForce.GTC,
            post_only=is_limit and self.post_only and not at_once,
            display=self.visible if slices else None,
            client_id=self.client_oid,
            self_trade=_SELF_TRADES[self.stp],
            leverage=leverage,
            mode=self.mode,
            closes=self.reduce_only or self.close_order,
        )

    def released(self) -> FuturesWish:
        """What is placed once the price has come."""
        return evolve(self, stop="", stop_price=None)


@frozen(kw_only=True)
class WishedOrder(FuturesOrder):
    """What the engine is given, and the ``wish`` that it comes from."""

    wish: FuturesWish


def futures_wish_of(order: Order) -> FuturesWish:
    """What a client asked for, by the order that it became."""
    return cast(WishedOrder, order.request).wish


def read_futures_wish(params: Mapping[str, Any], last: Mapping[str, Decimal]) -> FuturesWish:
    """Read an order; ``last`` has prices by symbol, for sizes that are told as values. Raises `Declined`."""
    try:
        return _read(params, last)
    except Declined as refused:
        # The futures servers have another code for parameters that cannot be.
        raise Declined(_BAD if refused.code == "400100" else refused.code, refused.text) from None


def _read(params: Mapping[str, Any], last: Mapping[str, Decimal]) -> FuturesWish:
    symbol, side = text(params, "symbol"), choice(params, "side", ("buy", "sell"))
    kind, oid = choice(params, "type", ("limit", "market"), "limit"), client_oid(params)
    closes = flag(params, "closeOrder")
    if oid is None:
        raise invalid("clientOid")
    if symbol not in last:
        raise declined(Refused(RefusedFor.SYMBOL), FUTURES)
    if not side and not closes:
        raise invalid("side")
    price = amount(params, "price")
    if (kind == "limit") is not (price is not None):
        raise invalid("price")
    return FuturesWish(
        symbol=symbol,
        side=Side(side) if side else None,
        type=kind,
        client_oid=oid,
        price=price,
        lots=None if closes else _lots(params, symbol, price or last[symbol]),
        leverage=_leverage(params),
        mode=choice(params, "marginMode", (ISOLATED, CROSS), ISOLATED),
        time_in_force=choice(params, "timeInForce", ("GTC", "IOC"), "GTC"),
        post_only=flag(params, "postOnly"),
        hidden=flag(params, "hidden"),
        iceberg=flag(params, "iceberg"),
        visible=_visible(params),
        reduce_only=flag(params, "reduceOnly"),
        close_order=closes,
        force_hold=flag(params, "forceHold"),
        stp=choice(params, "stp", tuple(_SELF_TRADES), ""),
        **_stop(params),
        tags=text(params, "tags"),
        remark=text(params, "remark"),
    )


def _lots(params: Mapping[str, Any], symbol: str, price: Decimal) -> Decimal:
    """The size in lots, which may be told in the base (``qty``) or as a value (``valueQty``) too."""
    given = {name: amount(params, name) for name in ("size", "qty", "valueQty")}
    told = [(name, value) for name, value in given.items() if value is not None]
    if len(told) != 1:
        raise invalid("size")
    ((name, value),) = told
    multiplier = CONTRACTS[symbol].multiplier
    if name == "size":
        return value
    if multiplier < 0:
        # A lot is one of the quote.
        lots = value * price if name == "qty" else value
    else:
        lots = value / multiplier if name == "qty" else value / multiplier / price
    return lots.quantize(Decimal(1), ROUND_DOWN)


def _leverage(params: Mapping[str, Any]) -> Decimal | None:
    value = whole(params, "leverage")
    if value is not None and value < 1:
        raise invalid("leverage")
    return None if value is None else Decimal(value)


def _visible(params: Mapping[str, Any]) -> Decimal | None:
    visible = amount(params, "visibleSize")
    if flag(params, "iceberg") and visible is None:
        raise invalid("visibleSize")
    return visible


def _stop(params: Mapping[str, Any]) -> dict[str, Any]:
    stop, kind = choice(params, "stop", ("up", "down"), ""), choice(params, "stopPriceType", ("TP", "MP", "IP"), "")
    price = amount(params, "stopPrice")
    if bool(stop) is not bool(kind) or bool(stop) is not (price is not None):
        raise invalid("stop")
    return {"stop": stop, "stop_price_type": kind, "stop_price": price}
