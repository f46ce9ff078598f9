"""Kraken's futures: market data and private feeds over its WebSocket v1."""

from rxex.exchanges.kraken.futures.account_models import AccountLogEntry, Notification, Position, Positions
from rxex.exchanges.kraken.futures.books import subscribe_book, subscribe_book_updates
from rxex.exchanges.kraken.futures.challenge import (
    PrivateConnection,
    ProvenSocket,
    Signer,
    answer_challenge,
    private_connection,
    sign_challenge,
)
from rxex.exchanges.kraken.futures.channels import (
    subscribe_heartbeat,
    subscribe_raw,
    subscribe_ticker,
    subscribe_ticker_lite,
    subscribe_trades,
)
from rxex.exchanges.kraken.futures.connection import DEMO_URL, URL, Alert, keep_alerts, public_connection
from rxex.exchanges.kraken.futures.models import Contract, FuturesTicker, Greeks, TickerLite
from rxex.exchanges.kraken.futures.private import (
    subscribe_account_log,
    subscribe_balances,
    subscribe_fills,
    subscribe_notifications,
    subscribe_open_orders,
    subscribe_open_positions,
)
from rxex.exchanges.kraken.futures.trades import FuturesTrade

__all__ = [
    "AccountLogEntry",
    "Alert",
    "Contract",
    "DEMO_URL",
    "FuturesTicker",
    "FuturesTrade",
    "Greeks",
    "Notification",
    "Position",
    "Positions",
    "PrivateConnection",
    "ProvenSocket",
    "Signer",
    "TickerLite",
    "URL",
    "answer_challenge",
    "keep_alerts",
    "private_connection",
    "public_connection",
    "sign_challenge",
    "subscribe_account_log",
    "subscribe_balances",
    "subscribe_book",
    "subscribe_book_updates",
    "subscribe_fills",
    "subscribe_heartbeat",
    "subscribe_notifications",
    "subscribe_open_orders",
    "subscribe_open_positions",
    "subscribe_raw",
    "subscribe_ticker",
    "subscribe_ticker_lite",
    "subscribe_trades",
]
