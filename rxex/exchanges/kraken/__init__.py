"""Kraken: spot market data and orders over WebSocket v2 and v1, and REST."""

from rxex.exchanges.kraken import rest
from rxex.exchanges.kraken.books import subscribe_book, subscribe_book_updates
from rxex.exchanges.kraken.candles import subscribe_candles
from rxex.exchanges.kraken.channels import subscribe_raw, subscribe_ticker, subscribe_trades
from rxex.exchanges.kraken.connection import PUBLIC_URL, PUBLIC_V1_URL, public_connection, reconnect_delays
from rxex.exchanges.kraken.instruments import Asset, Instruments, Pair, subscribe_instruments
from rxex.exchanges.kraken.level3 import (
    LEVEL3_URL,
    level3_connection,
    subscribe_level3,
    subscribe_level3_updates,
)
from rxex.exchanges.kraken.orders import (
    AddOrder,
    AmendOrder,
    BatchAdd,
    BatchCancel,
    CancelOrder,
    ConditionalClose,
    EditOrder,
    add_order_factory,
    amend_order_factory,
    batch_add_factory,
    batch_cancel_factory,
    cancel_all_factory,
    cancel_all_orders_after_factory,
    cancel_order_factory,
    dead_mans_switch,
    edit_order_factory,
    order_query,
    resume_order_factory,
)
from rxex.exchanges.kraken.private import (
    PRIVATE_URL,
    PRIVATE_V1_URL,
    private_connection,
    subscribe_balances,
    subscribe_executions,
    subscribe_open_orders,
    subscribe_own_trades,
)
from rxex.exchanges.kraken.rest import get_websockets_token
from rxex.exchanges.kraken.spreads import Spread, subscribe_spread

__all__ = [
    "LEVEL3_URL",
    "PRIVATE_URL",
    "PRIVATE_V1_URL",
    "PUBLIC_URL",
    "PUBLIC_V1_URL",
    "AddOrder",
    "AmendOrder",
    "Asset",
    "BatchAdd",
    "BatchCancel",
    "CancelOrder",
    "ConditionalClose",
    "EditOrder",
    "Instruments",
    "Pair",
    "Spread",
    "add_order_factory",
    "amend_order_factory",
    "batch_add_factory",
    "batch_cancel_factory",
    "cancel_all_factory",
    "cancel_all_orders_after_factory",
    "cancel_order_factory",
    "dead_mans_switch",
    "edit_order_factory",
    "get_websockets_token",
    "order_query",
    "private_connection",
    "level3_connection",
    "public_connection",
    "reconnect_delays",
    "rest",
    "resume_order_factory",
    "subscribe_balances",
    "subscribe_book",
    "subscribe_book_updates",
    "subscribe_candles",
    "subscribe_executions",
    "subscribe_instruments",
    "subscribe_level3",
    "subscribe_level3_updates",
    "subscribe_open_orders",
    "subscribe_own_trades",
    "subscribe_raw",
    "subscribe_spread",
    "subscribe_ticker",
    "subscribe_trades",
]
