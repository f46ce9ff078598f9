"""Orders at Bitfinex: requests, what they become on the wire, and factories that send them."""

from rxex.exchanges.bitfinex.orders.answers import Amended, BatchCanceled, Canceled, CanceledAll, Edited, Placed
from rxex.exchanges.bitfinex.orders.factories import (
    add_order_factory,
    amend_order_factory,
    batch_add_factory,
    batch_cancel_factory,
    cancel_all_factory,
    cancel_order_factory,
    edit_order_factory,
    multi_factory,
    resume_order_factory,
)
from rxex.exchanges.bitfinex.orders.query import order_query
from rxex.exchanges.bitfinex.orders.requests import AddOrder, BatchAdd, BatchCancel, CancelOrder, EditOrder

__all__ = [
    "AddOrder",
    "Amended",
    "BatchAdd",
    "BatchCancel",
    "BatchCanceled",
    "CancelOrder",
    "Canceled",
    "CanceledAll",
    "EditOrder",
    "Edited",
    "Placed",
    "add_order_factory",
    "amend_order_factory",
    "batch_add_factory",
    "batch_cancel_factory",
    "cancel_all_factory",
    "cancel_order_factory",
    "edit_order_factory",
    "multi_factory",
    "order_query",
    "resume_order_factory",
]
