"""Endpoints of orders and positions in futures."""

from __future__ import annotations

from rxex.exchanges.kucoin.rest.models import futures as models
from rxex.exchanges.kucoin.rest.models import orders, reading
from rxex.exchanges.kucoin.rest.parameters import futures, spot, stops
from rxex.exchanges.kucoin.rest.table.rows import Rows
from rxex.rest import RestClient

__all__ = ["FuturesOrders"]

_FUTURES = Rows("futures", "Futures")


class FuturesOrders(RestClient):
    """Orders and positions in futures. A lost answer says nothing about an order: ask for it by its client id."""

    futures_add_order = _FUTURES.post(
        "futures_add_order",
        "/api/v1/orders",
        futures.AddOrder,
        reading.one(orders.placed),
        weight=2,
        doc="Give an order.",
    )
    futures_add_order_test = _FUTURES.post(
        "futures_add_order_test",
        "/api/v1/orders/test",
        futures.AddOrder,
        reading.one(orders.placed),
        weight=2,
        doc="Have an order checked; it goes nowhere.",
    )
    futures_add_order_batch = _FUTURES.post(
        "futures_add_order_batch",
        "/api/v1/orders/multi",
        futures.AddOrders,
        reading.each(models.batch_placed),
        weight=20,
        doc="Give up to 20 orders; each is accepted or refused on its own.",
    )
    futures_add_stop_order = _FUTURES.post(
        "futures_add_stop_order",
        "/api/v1/st-orders",
        futures.AddStopOrder,
        reading.one(orders.placed),
        weight=2,
        doc="Give an order that takes profit and stops loss.",
    )
    futures_cancel_order = _FUTURES.delete(
        "futures_cancel_order",
        "/api/v1/orders/{orderId}",
        stops.OnlyOrderId,
        reading.one(orders.canceled_ids),
        weight=1,
        doc="Cancel an order.",
    )
    futures_cancel_order_by_client_oid = _FUTURES.delete(
        "futures_cancel_order_by_client_oid",
        "/api/v1/orders/client-order/{clientOid}",
        futures.ByClientOid,
        reading.one(orders.canceled),
        weight=1,
        doc="Cancel an order by your own id of it.",
    )
    futures_cancel_orders = _FUTURES.delete_json(
        "futures_cancel_orders",
        "/api/v1/orders/multi-cancel",
        futures.CancelOrders,
        reading.each(models.batch_canceled),
        weight=20,
        doc="Cancel up to 20 orders; each cancel is taken or refused on its own.",
    )
    futures_cancel_all_of_symbol = _FUTURES.delete(
        "futures_cancel_all_of_symbol",
        "/api/v3/orders",
        spot.OneSymbol,
        reading.one(orders.canceled_ids),
        weight=10,
        doc="Cancel all open orders in a contract.",
    )
    futures_cancel_stop_orders = _FUTURES.delete(
        "futures_cancel_stop_orders",
        "/api/v1/stopOrders",
        futures.SomeSymbol,
        reading.one(orders.canceled_ids),
        weight=15,
        doc="Cancel all stop orders, or those in a contract.",
    )
    futures_query_order = _FUTURES.get(
        "futures_query_order",
        "/api/v1/orders/{orderId}",
        stops.OnlyOrderId,
        reading.one(models.order),
        weight=5,
        doc="Ask for an order.",
    )
    futures_query_order_by_client_oid = _FUTURES.get(
        "futures_query_order_by_client_oid",
        "/api/v1/orders/byClientOid",
        stops.OnlyClientOid,
        reading.one(models.order),
        weight=5,
        doc="Ask for an order by your own id of it.",
    )
    futures_orders = _FUTURES.get(
        "futures_orders",
        "/api/v1/orders",
        futures.Orders,
        reading.page_of(models.order),
        weight=2,
        doc="Ask for orders: those that have ended, unless it is asked for the active ones.",
    )
    futures_recent_orders = _FUTURES.get(
        "futures_recent_orders",
        "/api/v1/recentDoneOrders",
        futures.SomeSymbol,
        reading.each(models.order),
        weight=5,
        doc="Ask for orders that ended in the last 24 hours.",
    )
    futures_stop_orders = _FUTURES.get(
        "futures_stop_orders",
        "/api/v1/stopOrders",
        futures.StopOrders,
        reading.page_of(models.order),
        weight=6,
        doc="Ask for the stop orders that wait.",
    )
    futures_trades_history = _FUTURES.get(
        "futures_trades_history",
        "/api/v1/fills",
        futures.Fills,
        reading.page_of(orders.fill),
        weight=5,
        doc="Ask for our own trades, of 7 days at most.",
    )
    # KuCoin tells no weight of this one; it is taken for that of the longer history.
    futures_recent_trades = _FUTURES.get(
        "futures_recent_trades",
        "/api/v1/recentFills",
        futures.SomeSymbol,
        reading.each(orders.fill),
        weight=5,
        doc="Ask for our own trades of the last 24 hours.",
    )
    futures_open_order_value = _FUTURES.get(
        "futures_open_order_value",
        "/api/v1/openOrderStatistics",
        spot.OneSymbol,
        reading.one(models.open_order_value),
        weight=10,
        doc="Ask what open orders are for in all.",
    )
    futures_position = _FUTURES.get(
        "futures_position",
        "/api/v1/position",
        spot.OneSymbol,
        reading.one(models.position),
        weight=2,
        doc="Ask for a position.",
    )
    futures_positions = _FUTURES.get(
        "futures_positions",
        "/api/v1/positions",
        futures.SettledIn,
        reading.each(models.position),
        weight=2,
        doc="Ask for all positions.",
    )
    futures_positions_history = _FUTURES.get(
        "futures_positions_history",
        "/api/v1/history-positions",
        futures.PositionHistory,
        reading.page_of(models.closed_position),
        weight=2,
        doc="Ask for positions that were closed.",
    )
    futures_margin_mode = _FUTURES.get(
        "futures_margin_mode",
        "/api/v2/position/getMarginMode",
        spot.OneSymbol,
        reading.one(models.margin_mode),
        weight=2,
        doc="Ask for the margin mode of a contract.",
    )
    futures_switch_margin_mode = _FUTURES.post(
        "futures_switch_margin_mode",
        "/api/v2/position/changeMarginMode",
        futures.SwitchMarginMode,
        reading.one(models.margin_mode),
        weight=2,
        doc="Change the margin mode of a contract.",
    )
    futures_cross_leverage = _FUTURES.get(
        "futures_cross_leverage",
        "/api/v2/getCrossUserLeverage",
        spot.OneSymbol,
        reading.one(models.cross_leverage),
        weight=2,
        doc="Ask for the leverage with cross margin.",
    )
    futures_change_cross_leverage = _FUTURES.post(
        "futures_change_cross_leverage",
        "/api/v2/changeCrossUserLeverage",
        futures.CrossLeverage,
        reading.flag,
        weight=2,
        doc="Change the leverage with cross margin.",
    )
    futures_max_open_size = _FUTURES.get(
        "futures_max_open_size",
        "/api/v2/getMaxOpenSize",
        futures.MaxOpenSize,
        reading.one(models.max_open_size),
        weight=2,
        doc="Ask how many lots can still be opened.",
    )
    futures_funding_history = _FUTURES.get(
        "futures_funding_history",
        "/api/v1/funding-history",
        futures.FundingHistory,
        reading.one(models.funding_history),
        weight=5,
        doc="Ask what was paid for our own positions.",
    )
