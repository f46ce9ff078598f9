"""Endpoints of orders on margin."""

from __future__ import annotations

from rxex.exchanges.kucoin.rest.models import orders, reading
from rxex.exchanges.kucoin.rest.parameters import spot
from rxex.exchanges.kucoin.rest.table.rows import Rows
from rxex.rest import RestClient

__all__ = ["MarginOrders"]

_SPOT = Rows("spot", "Spot")


class MarginOrders(RestClient):
    """Orders on the spot market with what was borrowed."""

    margin_add_order = _SPOT.post(
        "margin_add_order",
        "/api/v3/hf/margin/order",
        spot.AddMarginOrder,
        reading.one(orders.placed),
        weight=2,
        doc="Give an order on margin.",
    )
    margin_add_order_test = _SPOT.post(
        "margin_add_order_test",
        "/api/v3/hf/margin/order/test",
        spot.AddMarginOrder,
        reading.one(orders.placed),
        weight=2,
        doc="Have an order on margin checked; it goes nowhere.",
    )
    margin_cancel_order = _SPOT.delete(
        "margin_cancel_order",
        "/api/v3/hf/margin/orders/{orderId}",
        spot.ByOrderId,
        reading.one(orders.canceled),
        weight=2,
        doc="Cancel an order on margin.",
    )
    margin_cancel_order_by_client_oid = _SPOT.delete(
        "margin_cancel_order_by_client_oid",
        "/api/v3/hf/margin/orders/client-order/{clientOid}",
        spot.ByClientOid,
        reading.one(orders.canceled),
        weight=2,
        doc="Cancel an order on margin by your own id of it.",
    )
    margin_cancel_all_of_symbol = _SPOT.delete(
        "margin_cancel_all_of_symbol",
        "/api/v3/hf/margin/orders",
        spot.MarginSymbol,
        reading.identity,
        weight=5,
        doc="Cancel all open orders of a symbol on margin.",
    )
    margin_open_order_symbols = _SPOT.get(
        "margin_open_order_symbols",
        "/api/v3/hf/margin/order/active/symbols",
        spot.MarginKind,
        reading.one(orders.open_symbols),
        weight=4,
        doc="Ask for the symbols that have open orders on margin.",
    )
    margin_open_orders = _SPOT.get(
        "margin_open_orders",
        "/api/v3/hf/margin/orders/active",
        spot.MarginSymbol,
        reading.each(orders.order),
        weight=4,
        doc="Ask for the open orders of a symbol on margin.",
    )
    margin_closed_orders = _SPOT.get(
        "margin_closed_orders",
        "/api/v3/hf/margin/orders/done",
        spot.MarginClosedOrders,
        reading.cursor_of(orders.order),
        weight=10,
        doc="Ask for orders on margin that have ended, the newest first.",
    )
    margin_trades_history = _SPOT.get(
        "margin_trades_history",
        "/api/v3/hf/margin/fills",
        spot.MarginFills,
        reading.cursor_of(orders.fill),
        weight=5,
        doc="Ask for our own trades on margin, the newest first.",
    )
    margin_query_order = _SPOT.get(
        "margin_query_order",
        "/api/v3/hf/margin/orders/{orderId}",
        spot.ByOrderId,
        reading.one(orders.order),
        weight=5,
        doc="Ask for an order on margin.",
    )
    margin_query_order_by_client_oid = _SPOT.get(
        "margin_query_order_by_client_oid",
        "/api/v3/hf/margin/orders/client-order/{clientOid}",
        spot.ByClientOid,
        reading.one(orders.order),
        weight=5,
        doc="Ask for an order on margin by your own id of it.",
    )
