"""Bitfinex: public and authenticated streams of WebSocket v2, and REST."""

from rxex.exchanges.bitfinex.books import subscribe_book, subscribe_book_updates
from rxex.exchanges.bitfinex.candles import subscribe_candles
from rxex.exchanges.bitfinex.channels import (
    subscribe_derivatives_status,
    subscribe_funding_ticker,
    subscribe_funding_trades,
    subscribe_liquidations,
    subscribe_raw,
    subscribe_ticker,
    subscribe_trades,
)
from rxex.exchanges.bitfinex.connection import (
    PRIVATE_URL,
    PUBLIC_URL,
    private_connection,
    public_connection,
    reconnect_delays,
)
from rxex.exchanges.bitfinex.funding_books import FundingBook, FundingLevel, subscribe_funding_book
from rxex.exchanges.bitfinex.level3 import subscribe_level3
from rxex.exchanges.bitfinex.models import DerivativesStatus, FundingTicker, FundingTrade, Liquidation

__all__ = [
    "PRIVATE_URL",
    "PUBLIC_URL",
    "DerivativesStatus",
    "FundingBook",
    "FundingLevel",
    "FundingTicker",
    "FundingTrade",
    "Liquidation",
    "private_connection",
    "public_connection",
    "reconnect_delays",
    "subscribe_book",
    "subscribe_book_updates",
    "subscribe_candles",
    "subscribe_derivatives_status",
    "subscribe_funding_book",
    "subscribe_funding_ticker",
    "subscribe_funding_trades",
    "subscribe_level3",
    "subscribe_liquidations",
    "subscribe_raw",
    "subscribe_ticker",
    "subscribe_trades",
]
