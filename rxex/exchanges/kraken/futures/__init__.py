"""Kraken's futures: market data and private feeds over its WebSocket v1."""

from rxex.exchanges.kraken.futures.books import subscribe_book, subscribe_book_updates
from rxex.exchanges.kraken.futures.channels import (
    subscribe_heartbeat,
    subscribe_raw,
    subscribe_ticker,
    subscribe_ticker_lite,
    subscribe_trades,
)
from rxex.exchanges.kraken.futures.connection import DEMO_URL, URL, Alert, keep_alerts, public_connection
from rxex.exchanges.kraken.futures.models import Contract, FuturesTicker, FuturesTrade, Greeks, TickerLite

__all__ = [
    "Alert",
    "Contract",
    "DEMO_URL",
    "FuturesTicker",
    "FuturesTrade",
    "Greeks",
    "TickerLite",
    "URL",
    "keep_alerts",
    "public_connection",
    "subscribe_book",
    "subscribe_book_updates",
    "subscribe_heartbeat",
    "subscribe_raw",
    "subscribe_ticker",
    "subscribe_ticker_lite",
    "subscribe_trades",
]
