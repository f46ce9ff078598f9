"""KuCoin's Pro WebSocket, that of unified trading accounts: market data, books with snapshots, private channels.

Early pages of KuCoin's warned against using it in production, and parts of it are known from other clients alone. The
classic connections of `rxex.exchanges.kucoin` remain what is to be used where both have a channel. Symbols are those of
the classic channels; sizes of futures are lots.
"""

from rxex.exchanges.kucoin.pro.books import subscribe_book, subscribe_book_updates, subscribe_depth, subscribe_spread
from rxex.exchanges.kucoin.pro.channels import subscribe_candles, subscribe_raw, subscribe_ticker, subscribe_trades
from rxex.exchanges.kucoin.pro.connection import private_connection, public_connection
from rxex.exchanges.kucoin.pro.indicators import (
    FundingRate,
    MarkPrice,
    subscribe_all_funding_rates,
    subscribe_funding_rate,
    subscribe_mark_price,
)
from rxex.exchanges.kucoin.pro.private import (
    subscribe_balances,
    subscribe_executions,
    subscribe_leverage,
    subscribe_orders,
    subscribe_positions,
    subscribe_risk_warnings,
    subscribe_trade_fills,
)
from rxex.exchanges.kucoin.pro.risk_models import Leverage, RiskWarning

__all__ = [
    "FundingRate",
    "Leverage",
    "MarkPrice",
    "RiskWarning",
    "private_connection",
    "public_connection",
    "subscribe_all_funding_rates",
    "subscribe_balances",
    "subscribe_book",
    "subscribe_book_updates",
    "subscribe_candles",
    "subscribe_depth",
    "subscribe_executions",
    "subscribe_funding_rate",
    "subscribe_leverage",
    "subscribe_mark_price",
    "subscribe_orders",
    "subscribe_positions",
    "subscribe_raw",
    "subscribe_risk_warnings",
    "subscribe_spread",
    "subscribe_ticker",
    "subscribe_trade_fills",
    "subscribe_trades",
]
