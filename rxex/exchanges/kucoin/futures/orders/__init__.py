"""Futures orders at KuCoin: requests, what they become on the wire, and factories that send them."""

from rxex.exchanges.kucoin.futures.lookup import order_query
from rxex.exchanges.kucoin.futures.orders.factories import (
    add_stop_order_factory,
    batch_add_factory,
    batch_cancel_factory,
    cancel_all_factory,
    cancel_order_factory,
    cancel_stop_orders_factory,
)
from rxex.exchanges.kucoin.futures.orders.place import add_order_factory, resume_order_factory
from rxex.exchanges.kucoin.futures.orders.requests import AddOrder, AddStopOrder, BatchAdd, BatchCancel, CancelOrder
from rxex.exchanges.kucoin.orders.answers import Canceled, CanceledAll, Placed, StopPlaced

__all__ = [
    "AddOrder",
    "AddStopOrder",
    "BatchAdd",
    "BatchCancel",
    "CancelOrder",
    "Canceled",
    "CanceledAll",
    "Placed",
    "StopPlaced",
    "add_order_factory",
    "add_stop_order_factory",
    "batch_add_factory",
    "batch_cancel_factory",
    "cancel_all_factory",
    "cancel_order_factory",
    "cancel_stop_orders_factory",
    "order_query",
    "resume_order_factory",
]
