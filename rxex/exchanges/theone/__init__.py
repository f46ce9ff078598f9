"""TheOne: a broker for swaps, over a signed WebSocket and REST. It has no public market data."""

from rxex.exchanges.theone import rest
from rxex.exchanges.theone.channels import subscribe_balances, subscribe_order, subscribe_raw
from rxex.exchanges.theone.connection import STREAM_URL, connection, reconnect_delays
from rxex.exchanges.theone.models import Estimate, OrderStatus, RouteLeg, Swap, SwapStage
from rxex.exchanges.theone.operations import (
    EstimateSwap,
    estimate_swap_factory,
    get_balances_factory,
    get_order_status_factory,
)
from rxex.exchanges.theone.refusals import BrokerRefused, ErrorCode
from rxex.exchanges.theone.rest import swap_query
from rxex.exchanges.theone.signing import Signer, credentials_from_environment
from rxex.exchanges.theone.swaps import DoSwap, do_swap_factory

private_connection = connection
"""The name under which every venue has the connection that needs a key."""

__all__ = [
    "STREAM_URL",
    "BrokerRefused",
    "DoSwap",
    "ErrorCode",
    "Estimate",
    "EstimateSwap",
    "OrderStatus",
    "RouteLeg",
    "Signer",
    "Swap",
    "SwapStage",
    "connection",
    "credentials_from_environment",
    "do_swap_factory",
    "estimate_swap_factory",
    "get_balances_factory",
    "get_order_status_factory",
    "private_connection",
    "reconnect_delays",
    "rest",
    "subscribe_balances",
    "subscribe_order",
    "subscribe_raw",
    "swap_query",
]
