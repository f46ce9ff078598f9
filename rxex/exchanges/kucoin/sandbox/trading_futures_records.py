"""Futures orders and fills as REST writes them.

Sources: KuCoin's futures pages "Get Order By OrderId", "Get Stop Order List" and "Get Trade History".
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rxex.exchanges.kucoin.sandbox.orders_futures import FuturesWish, WishedOrder, futures_wish_of
from rxex.exchanges.kucoin.sandbox.orders_stops import Stop
from rxex.exchanges.kucoin.sandbox.private_orders import plain
from rxex.sandbox.orders import Fill, Order, Terms

__all__ = ["futures_fill", "futures_order", "futures_stop"]

ZERO = Decimal(0)
Row = dict[str, Any]


def futures_order(order: Order, terms: Terms) -> Row:
    """An order as it is now; its state is ``open`` or ``done``."""
    request, wish = order.request, futures_wish_of(order)
    leverage = request.leverage if isinstance(request, WishedOrder) else Decimal(1)
    average = abs(order.cost) / order.filled / abs(terms.multiplier) if order.filled else ZERO
    if terms.multiplier < 0 and order.filled:
        average = order.filled * abs(terms.multiplier) / abs(order.cost)
    value = terms.value(order.size, order.price) if order.price else order.cost
    return {
        "id": order.id,
        **_asked(wish, request.side.value),
        "size": int(order.size),
        "value": plain(abs(value).quantize(Decimal("1e-8"))),
        "dealValue": plain(abs(order.cost)),
        "dealSize": int(order.filled),
        "filledSize": int(order.filled),
        "filledValue": plain(abs(order.cost)),
        "avgDealPrice": plain(average.quantize(Decimal(1).scaleb(-terms.price_digits - 2))),
        "stop": "",
        "stopPriceType": "",
        "stopTriggered": False,
        "stopPrice": None,
        "leverage": plain(leverage),
        "isActive": order.is_open,
        "cancelExist": not order.is_open and order.remaining > 0,
        "createdAt": order.opened // 10**6,
        "updatedAt": order.changed // 10**6,
        "endAt": None if order.closed is None else order.closed // 10**6,
        "orderTime": order.opened,
        "settleCurrency": terms.quote,
        "status": "open" if order.is_open else "done",
    }


def futures_stop(stop: Stop[FuturesWish], terms: Terms) -> Row:
    """An order that waits for a price."""
    wish = stop.wish
    return {
        "id": stop.id,
        **_asked(wish, "" if wish.side is None else wish.side.value),
        "size": int(wish.lots or 0),
        "value": "0",
        "dealValue": "0",
        "dealSize": 0,
        "filledSize": 0,
        "filledValue": "0",
        "avgDealPrice": "0",
        "stop": stop.word,
        "stopPriceType": wish.stop_price_type,
        "stopTriggered": stop.state == "triggered",
        "stopPrice": plain(stop.price),
        "leverage": plain(wish.leverage or Decimal(1)),
        "isActive": stop.state == "open",
        "cancelExist": stop.state == "cancel",
        "createdAt": stop.created // 10**6,
        "updatedAt": (stop.triggered or stop.created) // 10**6,
        "endAt": None,
        "orderTime": stop.created,
        "settleCurrency": terms.quote,
        "status": "open" if stop.state == "open" else "done",
    }


def futures_fill(fill: Fill, terms: Terms) -> Row:
    """One order's part in a trade."""
    wish = futures_wish_of(fill.order)
    return {
        "symbol": wish.symbol,
        "tradeId": str(fill.trade_id),
        "orderId": fill.order.id,
        "side": fill.order.request.side.value,
        "liquidity": "maker" if fill.is_maker else "taker",
        "forceTaker": False,
        "price": plain(fill.price),
        "size": int(fill.size),
        "value": plain(abs(fill.cost)),
        "openFeePay": plain(fill.fee),
        "closeFeePay": "0",
        "stop": "",
        "feeRate": plain(terms.maker if fill.is_maker else terms.taker),
        "fixFee": "0",
        "feeCurrency": fill.fee_asset,
        "tradeTime": fill.time,
        "subTradeType": None,
        "marginMode": wish.mode,
        "settleCurrency": terms.quote,
        "displayType": wish.type,
        "fee": plain(fill.fee),
        "orderType": wish.type,
        "tradeType": "trade",
        "createdAt": fill.time // 10**6,
    }


def _asked(wish: FuturesWish, side: str) -> Row:
    return {
        "symbol": wish.symbol,
        "type": wish.type,
        "side": side,
        "price": "" if wish.price is None else plain(wish.price),
        "stp": wish.stp,
        "timeInForce": wish.time_in_force,
        "postOnly": wish.post_only,
        "hidden": wish.hidden,
        "iceberg": wish.iceberg,
        "visibleSize": int(wish.visible or 0),
        "forceHold": wish.force_hold,
        "closeOrder": wish.close_order,
        "reduceOnly": wish.reduce_only,
        "clientOid": wish.client_oid,
        "remark": wish.remark or None,
        "tags": wish.tags or None,
        "marginMode": wish.mode,
    }
