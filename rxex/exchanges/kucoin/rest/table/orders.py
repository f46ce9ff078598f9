"""Endpoints of spot orders."""

from __future__ import annotations

from rxex.exchanges.kucoin.rest.models import orders, reading
from rxex.exchanges.kucoin.rest.parameters import spot
from rxex.exchanges.kucoin.rest.table.rows import Rows
from rxex.rest import NoParameters, RestClient

__all__ = ["SpotOrders"]

_SPOT = Rows("spot", "Spot")


class SpotOrders(RestClient):
    """Orders on the spot market. A lost answer says nothing about an order: ask for it by its client id."""

    add_order = _SPOT.post(
        "add_order",
        "/api/v1/hf/orders",
        spot.AddOrder,
        reading.one(orders.placed),
        weight=1,
        doc="Give an order; the answer says that it was taken, not what became of it.",
    )
    add_order_sync = _SPOT.post(
        "add_order_sync",
        "/api/v1/hf/orders/sync",
        spot.AddOrder,
        reading.one(orders.placed),
        weight=1,
        doc="Give an order, and wait for what the matching engine says.",
    )
    add_order_test = _SPOT.post(
        "add_order_test",
        "/api/v1/hf/orders/test",
        spot.AddOrder,
        reading.one(orders.placed),
        weight=1,
        doc="Have an order checked; it goes nowhere.",
    )
    add_order_batch = _SPOT.post(
        "add_order_batch",
        "/api/v1/hf/orders/multi",
        spot.AddOrders,
        reading.each(orders.batch_placed),
        weight=1,
        doc="Give up to 5 limit orders of one symbol; each is accepted or refused on its own.",
    )
    add_order_batch_sync = _SPOT.post(
        "add_order_batch_sync",
        "/api/v1/hf/orders/multi/sync",
        spot.AddOrders,
        reading.each(orders.batch_placed),
        weight=1,
        doc="Give up to 5 limit orders, and wait for what the matching engine says.",
    )
    edit_order = _SPOT.post(
        "edit_order",
        "/api/v1/hf/orders/alter",
        spot.EditOrder,
        reading.one(orders.edited),
        weight=1,
        doc="Cancel an order and give a new one in its place.",
    )
    cancel_order = _SPOT.delete(
        "cancel_order",
        "/api/v1/hf/orders/{orderId}",
        spot.ByOrderId,
        reading.one(orders.canceled),
        weight=1,
        doc="Cancel an order.",
    )
    cancel_order_by_client_oid = _SPOT.delete(
        "cancel_order_by_client_oid",
        "/api/v1/hf/orders/client-order/{clientOid}",
        spot.ByClientOid,
        reading.one(orders.canceled),
        weight=1,
        doc="Cancel an order by your own id of it.",
    )
    cancel_order_sync = _SPOT.delete(
        "cancel_order_sync",
        "/api/v1/hf/orders/sync/{orderId}",
        spot.ByOrderId,
        reading.one(orders.canceled),
        weight=1,
        doc="Cancel an order, and wait for what the matching engine says.",
    )
    cancel_order_by_client_oid_sync = _SPOT.delete(
        "cancel_order_by_client_oid_sync",
        "/api/v1/hf/orders/sync/client-order/{clientOid}",
        spot.ByClientOid,
        reading.one(orders.canceled),
        weight=1,
        doc="Cancel an order by your own id of it, and wait for what the matching engine says.",
    )
    cancel_order_part = _SPOT.delete(
        "cancel_order_part",
        "/api/v1/hf/orders/cancel/{orderId}",
        spot.CancelPart,
        reading.one(orders.canceled),
        weight=2,
        doc="Cancel a part of an order.",
    )
    cancel_all_of_symbol = _SPOT.delete(
        "cancel_all_of_symbol",
        "/api/v1/hf/orders",
        spot.OneSymbol,
        reading.identity,
        weight=2,
        doc="Cancel all open orders of a symbol.",
    )
    cancel_all = _SPOT.delete(
        "cancel_all",
        "/api/v1/hf/orders/cancelAll",
        NoParameters,
        reading.one(orders.canceled_symbols),
        weight=30,
        doc="Cancel all open orders.",
    )
    query_order = _SPOT.get(
        "query_order",
        "/api/v1/hf/orders/{orderId}",
        spot.ByOrderId,
        reading.one(orders.order),
        weight=2,
        doc="Ask for an order.",
    )
    query_order_by_client_oid = _SPOT.get(
        "query_order_by_client_oid",
        "/api/v1/hf/orders/client-order/{clientOid}",
        spot.ByClientOid,
        reading.one(orders.order),
        weight=2,
        doc="Ask for an order by your own id of it.",
    )
    open_order_symbols = _SPOT.get(
        "open_order_symbols",
        "/api/v1/hf/orders/active/symbols",
        NoParameters,
        reading.one(orders.open_symbols),
        weight=2,
        doc="Ask for the symbols that have open orders.",
    )
    open_orders = _SPOT.get(
        "open_orders",
        "/api/v1/hf/orders/active",
        spot.OneSymbol,
        reading.each(orders.order),
        weight=2,
        doc="Ask for the open orders of a symbol.",
    )
    open_orders_page = _SPOT.get(
        "open_orders_page",
        "/api/v1/hf/orders/active/page",
        spot.OpenPage,
        reading.page_of(orders.order),
        weight=2,
        doc="Ask for the open orders of a symbol, page by page.",
    )
    closed_orders = _SPOT.get(
        "closed_orders",
        "/api/v1/hf/orders/done",
        spot.ClosedOrders,
        reading.cursor_of(orders.order),
        weight=2,
        doc="Ask for orders that have ended, of 7 days at most, the newest first.",
    )
    trades_history = _SPOT.get(
        "trades_history",
        "/api/v1/hf/fills",
        spot.Fills,
        reading.cursor_of(orders.fill),
        weight=2,
        doc="Ask for our own trades, of 7 days at most, the newest first.",
    )
    cancel_all_orders_after = _SPOT.post(
        "cancel_all_orders_after",
        "/api/v1/hf/orders/dead-cancel-all",
        spot.CancelAllAfter,
        orders.read_switch,
        weight=2,
        doc="Have orders canceled in so many seconds, unless it is called again before.",
    )
    cancel_all_orders_after_state = _SPOT.get(
        "cancel_all_orders_after_state",
        "/api/v1/hf/orders/dead-cancel-all/query",
        NoParameters,
        orders.read_switch,
        weight=2,
        doc="Ask when orders will be canceled.",
    )
