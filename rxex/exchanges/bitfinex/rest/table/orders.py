"""Endpoints of orders and executions."""

from __future__ import annotations

from rxex.exchanges.bitfinex.rest.models import orders as models
from rxex.exchanges.bitfinex.rest.models.reading import each
from rxex.exchanges.bitfinex.rest.parameters import orders as parameters
from rxex.exchanges.bitfinex.rest.table.rows import ask_mine, change
from rxex.rest import RestClient

__all__ = ["Orders"]


class Orders(RestClient):
    """Our orders. An order that was accepted may yet be refused: see what becomes of it."""

    open_orders = ask_mine(
        "open_orders",
        "auth/r/orders[/{symbol}]",
        parameters.OpenOrders,
        each(models.open_order),
        doc="Ask for the open orders: all, or some of them.",
    )
    closed_orders = ask_mine(
        "closed_orders",
        "auth/r/orders[/{symbol}]/hist",
        parameters.ClosedOrders,
        each(models.closed_order),
        doc="Ask for orders that have ended, and were placed in the last two weeks, the newest first.",
    )
    order_trades = ask_mine(
        "order_trades",
        "auth/r/order/{symbol}:{id}/trades",
        parameters.OrderTrades,
        each(models.fill),
        doc="Ask for the executions of an order, of the last ten days.",
    )
    trades_history = ask_mine(
        "trades_history",
        "auth/r/trades[/{symbol}]/hist",
        parameters.TradesHistory,
        each(models.fill),
        doc="Ask for our own executions, the newest first.",
    )
    add_order = change(
        "add_order",
        "auth/w/order/submit",
        parameters.AddOrder,
        models.placed("add_order"),
        doc="Give an order. A lost answer says nothing about it: ask for it by its `cid` before it is given again.",
    )
    edit_order = change(
        "edit_order",
        "auth/w/order/update",
        parameters.EditOrder,
        models.acknowledged,
        doc="Change an open order, which keeps its id.",
    )
    cancel_order = change(
        "cancel_order",
        "auth/w/order/cancel",
        parameters.CancelOrder,
        models.acknowledged,
        doc="Cancel an order; that it is canceled, the order tells.",
    )
    cancel_orders = change(
        "cancel_orders",
        "auth/w/order/cancel/multi",
        parameters.CancelOrders,
        models.acknowledged,
        doc="Cancel orders: some, or those of some groups.",
    )
    cancel_all = change(
        "cancel_all",
        "auth/w/order/cancel/multi",
        parameters.CancelAll,
        models.acknowledged,
        doc="Cancel all open orders, those of derivatives too.",
    )
    order_multi = change(
        "order_multi",
        "auth/w/order/multi",
        parameters.OrderMulti,
        models.operations,
        doc="Give, change and cancel up to 75 orders; each is accepted or refused on its own.",
    )
