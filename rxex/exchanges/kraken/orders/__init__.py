"""Orders at Kraken: requests, what they become on the wire, and factories that send them."""

from rxex.exchanges.kraken.orders.answers import (
    Amended,
    BatchCanceled,
    Canceled,
    CanceledAll,
    Edited,
    Placed,
    SwitchSet,
)
from rxex.exchanges.kraken.orders.factories import (
    add_order_factory,
    amend_order_factory,
    batch_add_factory,
    batch_cancel_factory,
    cancel_all_factory,
    cancel_all_orders_after_factory,
    cancel_order_factory,
    edit_order_factory,
    resume_order_factory,
)
from rxex.exchanges.kraken.orders.query import order_query
from rxex.exchanges.kraken.orders.requests import (
    AddOrder,
    AmendOrder,
    BatchAdd,
    BatchCancel,
    CancelOrder,
    ConditionalClose,
    EditOrder,
)
from rxex.exchanges.kraken.orders.switch import dead_mans_switch

__all__ = [
    "AddOrder",
    "AmendOrder",
    "Amended",
    "BatchAdd",
    "BatchCancel",
    "BatchCanceled",
    "CancelOrder",
    "Canceled",
    "CanceledAll",
    "ConditionalClose",
    "EditOrder",
    "Edited",
    "Placed",
    "SwitchSet",
    "add_order_factory",
    "amend_order_factory",
    "batch_add_factory",
    "batch_cancel_factory",
    "cancel_all_factory",
    "cancel_all_orders_after_factory",
    "cancel_order_factory",
    "dead_mans_switch",
    "edit_order_factory",
    "order_query",
    "resume_order_factory",
]
