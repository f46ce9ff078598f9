"""Orders and fills of spot and margin as REST writes them.

Sources: KuCoin's pages "Get Order By OrderId", "Get Trade History" and "Add Order Sync".
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from rxex.exchanges.kucoin.sandbox.orders_requests import wish_of
from rxex.exchanges.kucoin.sandbox.private_orders import plain
from rxex.sandbox.orders import Fill, Order, Reason, Terms

__all__ = ["fill_id", "fill_record", "order_record", "synced"]

ZERO = Decimal(0)
_REASONS: Mapping[str, int] = {Reason.USER: 1, Reason.SELF_TRADE: 2, Reason.FUNDS: 3}


def order_record(order: Order, terms: Terms) -> dict[str, Any]:
    """An order as it is now; there is no word for its state."""
    wish, request = wish_of(order), order.request
    size = request.size if request.size is not None and wish.funds is None else None
    left = order.remaining if order.is_open else ZERO
    canceled = ZERO if size is None else size - order.filled - left
    unspent = ZERO if wish.funds is None else wish.funds - order.cost
    return {
        "id": order.id,
        "symbol": wish.symbol,
        "opType": "DEAL",
        "type": wish.type,
        "side": wish.side.value,
        "price": plain(order.price or ZERO),
        "size": plain(size or ZERO),
        "funds": plain(wish.funds or ZERO),
        "dealSize": plain(order.filled),
        "dealFunds": plain(order.cost),
        "remainSize": plain(left if size is not None else ZERO),
        "remainFunds": plain(unspent if order.is_open else ZERO),
        "cancelledSize": plain(canceled),
        "cancelledFunds": plain(ZERO if order.is_open else unspent),
        "fee": plain(order.fee),
        "feeCurrency": terms.quote,
        "stp": wish.stp or None,
        "timeInForce": wish.time_in_force,
        "postOnly": wish.post_only,
        "hidden": wish.hidden,
        "iceberg": wish.iceberg,
        "visibleSize": plain(wish.visible_size or ZERO),
        "cancelAfter": wish.cancel_after,
        "channel": "API",
        "clientOid": wish.client_oid or "",
        "remark": wish.remark or None,
        "tags": wish.tags or None,
        "cancelExist": bool(canceled or (unspent and not order.is_open)),
        "createdAt": order.opened // 10**6,
        "lastUpdatedAt": order.changed // 10**6,
        "tradeType": wish.trade_type,
        "inOrderBook": order.is_resting,
        "active": order.is_open,
        "tax": "0",
        **({} if order.is_open or not canceled else {"cancelReason": _REASONS.get(order.reason or "", 4)}),
    }


def fill_record(fill: Fill, terms: Terms) -> dict[str, Any]:
    """One order's part in a trade."""
    wish = wish_of(fill.order)
    return {
        "id": fill_id(fill),
        "symbol": wish.symbol,
        "tradeId": fill.trade_id,
        "orderId": fill.order.id,
        "counterOrderId": fill.counter,
        "side": wish.side.value,
        "liquidity": "maker" if fill.is_maker else "taker",
        "forceTaker": False,
        "price": plain(fill.price),
        "size": plain(fill.size),
        "funds": plain(fill.cost),
        "fee": plain(fill.fee),
        "feeRate": plain(terms.maker if fill.is_maker else terms.taker),
        "feeCurrency": fill.fee_asset,
        "stop": wish.stop,
        "tradeType": wish.trade_type,
        "taxRate": "0",
        "tax": "0",
        "type": wish.type,
        "createdAt": fill.time // 10**6,
    }


def fill_id(fill: Fill) -> int:
    """A number for each part in a trade, both of which may be of one account; it grows with time."""
    return 2 * fill.trade_id + fill.is_maker


def synced(order: Order) -> dict[str, Any]:
    """What the calls that wait for the engine answer besides the ids."""
    wish = wish_of(order)
    size = (order.request.size or order.size) if wish.funds is None else order.filled
    left = order.remaining if order.is_open else ZERO
    return {
        "originSize": plain(size),
        "dealSize": plain(order.filled),
        "remainSize": plain(left),
        "canceledSize": plain(size - order.filled - left),
        "status": "open" if order.is_open else "done",
    }
