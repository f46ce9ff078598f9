"""Kraken: spot market data over WebSocket v2 and v1."""

from rxex.exchanges.kraken import rest
from rxex.exchanges.kraken.books import subscribe_book, subscribe_book_updates
from rxex.exchanges.kraken.candles import subscribe_candles
from rxex.exchanges.kraken.channels import subscribe_raw, subscribe_ticker, subscribe_trades
from rxex.exchanges.kraken.connection import PUBLIC_URL, PUBLIC_V1_URL, public_connection, reconnect_delays
from rxex.exchanges.kraken.instruments import Asset, Instruments, Pair, subscribe_instruments
from rxex.exchanges.kraken.rest import get_websockets_token
from rxex.exchanges.kraken.spreads import Spread, subscribe_spread

__all__ = [
    "PUBLIC_URL",
    "PUBLIC_V1_URL",
    "Asset",
    "Instruments",
    "Pair",
    "Spread",
    "get_websockets_token",
    "public_connection",
    "reconnect_delays",
    "rest",
    "subscribe_book",
    "subscribe_book_updates",
    "subscribe_candles",
    "subscribe_instruments",
    "subscribe_raw",
    "subscribe_spread",
    "subscribe_ticker",
    "subscribe_trades",
]
