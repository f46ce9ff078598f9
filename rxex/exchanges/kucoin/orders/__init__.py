"""Spot and margin orders at KuCoin: requests, what they become on the wire, and factories that send them."""

from rxex.exchanges.kucoin.lookup import order_query
from rxex.exchanges.kucoin.orders.answers import Amended, Canceled, CanceledAll, Edited, Placed, StopPlaced
from rxex.exchanges.kucoin.orders.factories import (
    add_stop_order_factory,
    amend_order_factory,
    batch_add_factory,
    cancel_all_factory,
    cancel_all_orders_after_factory,
    cancel_order_factory,
    cancel_stop_order_factory,
    edit_order_factory,
)
from rxex.exchanges.kucoin.orders.fields import new_client_id
from rxex.exchanges.kucoin.orders.place import add_order_factory, resume_order_factory
from rxex.exchanges.kucoin.orders.requests import (
    AddOrder,
    AddStopOrder,
    AmendOrder,
    BatchAdd,
    CancelOrder,
    CancelStopOrder,
    EditOrder,
)
from rxex.exchanges.kucoin.orders.switch import dead_mans_switch

__all__ = [
    "AddOrder",
    "AddStopOrder",
    "AmendOrder",
    "Amended",
    "BatchAdd",
    "CancelOrder",
    "CancelStopOrder",
    "Canceled",
    "CanceledAll",
    "EditOrder",
    "Edited",
    "Placed",
    "StopPlaced",
    "add_order_factory",
    "add_stop_order_factory",
    "amend_order_factory",
    "batch_add_factory",
    "cancel_all_factory",
    "cancel_all_orders_after_factory",
    "cancel_order_factory",
    "cancel_stop_order_factory",
    "dead_mans_switch",
    "edit_order_factory",
    "new_client_id",
    "order_query",
    "resume_order_factory",
]
