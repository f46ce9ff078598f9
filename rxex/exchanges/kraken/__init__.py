"""Kraken: spot market data over WebSocket v2 and v1."""

from rxex.exchanges.kraken.channels import subscribe_ticker, subscribe_trades
from rxex.exchanges.kraken.connection import PUBLIC_URL, PUBLIC_V1_URL, public_connection, reconnect_delays

__all__ = [
    "PUBLIC_URL",
    "PUBLIC_V1_URL",
    "public_connection",
    "reconnect_delays",
    "subscribe_ticker",
    "subscribe_trades",
]
