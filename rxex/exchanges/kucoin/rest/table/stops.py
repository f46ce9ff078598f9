"""Endpoints of stop and OCO orders."""

from __future__ import annotations

from rxex.exchanges.kucoin.rest.models import orders, reading
from rxex.exchanges.kucoin.rest.models import stops as models
from rxex.exchanges.kucoin.rest.parameters import stops
from rxex.exchanges.kucoin.rest.table.rows import Rows
from rxex.rest import RestClient

__all__ = ["StopOrders"]

_SPOT = Rows("spot", "Spot")


class StopOrders(RestClient):
    """Orders on the spot market that wait for a price."""

    add_stop_order = _SPOT.post(
        "add_stop_order",
        "/api/v1/stop-order",
        stops.AddStopOrder,
        reading.one(orders.placed),
        weight=1,
        doc="Give an order that waits for a price.",
    )
    cancel_stop_order = _SPOT.delete(
        "cancel_stop_order",
        "/api/v1/stop-order/{orderId}",
        stops.OnlyOrderId,
        reading.one(orders.canceled_ids),
        weight=3,
        doc="Cancel a stop order.",
    )
    cancel_stop_order_by_client_oid = _SPOT.delete(
        "cancel_stop_order_by_client_oid",
        "/api/v1/stop-order/cancelOrderByClientOid",
        stops.StopByClientOid,
        reading.one(orders.canceled),
        weight=5,
        doc="Cancel a stop order by your own id of it.",
    )
    cancel_stop_orders = _SPOT.delete(
        "cancel_stop_orders",
        "/api/v1/stop-order/cancel",
        stops.SomeStopOrders,
        reading.one(orders.canceled_ids),
        weight=3,
        doc="Cancel stop orders: all, or those of a symbol, or some.",
    )
    stop_orders = _SPOT.get(
        "stop_orders",
        "/api/v1/stop-order",
        stops.StopOrders,
        reading.page_of(models.stop_order),
        weight=8,
        doc="Ask for the stop orders that wait.",
    )
    query_stop_order = _SPOT.get(
        "query_stop_order",
        "/api/v1/stop-order/{orderId}",
        stops.OnlyOrderId,
        reading.one(models.stop_order),
        weight=3,
        doc="Ask for a stop order.",
    )
    query_stop_order_by_client_oid = _SPOT.get(
        "query_stop_order_by_client_oid",
        "/api/v1/stop-order/queryOrderByClientOid",
        stops.StopByClientOid,
        reading.each(models.stop_order),
        weight=3,
        doc="Ask for stop orders by your own id of them.",
    )
    add_oco_order = _SPOT.post(
        "add_oco_order",
        "/api/v3/oco/order",
        stops.AddOcoOrder,
        reading.one(orders.placed),
        weight=2,
        doc="Give a limit and a stop order of which one cancels the other.",
    )
    cancel_oco_order = _SPOT.delete(
        "cancel_oco_order",
        "/api/v3/oco/order/{orderId}",
        stops.OnlyOrderId,
        reading.one(orders.canceled_ids),
        weight=3,
        doc="Cancel an OCO order.",
    )
    cancel_oco_order_by_client_oid = _SPOT.delete(
        "cancel_oco_order_by_client_oid",
        "/api/v3/oco/client-order/{clientOid}",
        stops.OnlyClientOid,
        reading.one(orders.canceled_ids),
        weight=3,
        doc="Cancel an OCO order by your own id of it.",
    )
    cancel_oco_orders = _SPOT.delete(
        "cancel_oco_orders",
        "/api/v3/oco/orders",
        stops.SomeOrders,
        reading.one(orders.canceled_ids),
        weight=3,
        doc="Cancel OCO orders: all, or those of a symbol, or some.",
    )
    oco_orders = _SPOT.get(
        "oco_orders",
        "/api/v3/oco/orders",
        stops.OcoOrders,
        reading.page_of(models.oco_order),
        weight=2,
        doc="Ask for OCO orders.",
    )
    query_oco_order = _SPOT.get(
        "query_oco_order",
        "/api/v3/oco/order/{orderId}",
        stops.OnlyOrderId,
        reading.one(models.oco_order),
        weight=2,
        doc="Ask for an OCO order.",
    )
    query_oco_order_by_client_oid = _SPOT.get(
        "query_oco_order_by_client_oid",
        "/api/v3/oco/client-order/{clientOid}",
        stops.OnlyClientOid,
        reading.one(models.oco_order),
        weight=2,
        doc="Ask for an OCO order by your own id of it.",
    )
    query_oco_order_details = _SPOT.get(
        "query_oco_order_details",
        "/api/v3/oco/order/details/{orderId}",
        stops.OnlyOrderId,
        reading.one(models.oco_order),
        weight=2,
        doc="Ask for an OCO order and its two parts.",
    )
