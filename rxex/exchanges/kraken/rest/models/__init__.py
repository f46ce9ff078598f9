"""What Kraken's REST endpoints answer. Numbers are exact, times nanoseconds since the epoch.

Tickers, trades and candles are the models that all exchanges share. What Kraken leaves out is None.
"""

from rxex.exchanges.kraken.rest.models.account import (
    Amend,
    Amended,
    BatchPlaced,
    Canceled,
    Edited,
    ExtendedBalance,
    OrderInfo,
    OrderPage,
    Placed,
    SwitchTimes,
    TradeInfo,
    TradePage,
    WebSocketsToken,
)
from rxex.exchanges.kraken.rest.models.funds import LedgerEntry, LedgerPage, Position, TradeBalance
from rxex.exchanges.kraken.rest.models.market import (
    Asset,
    AssetPair,
    Depth,
    DepthLevel,
    ServerTime,
    Since,
    Spread,
    SystemState,
)

__all__ = [
    "Amend",
    "Amended",
    "Asset",
    "AssetPair",
    "BatchPlaced",
    "Canceled",
    "Depth",
    "DepthLevel",
    "Edited",
    "ExtendedBalance",
    "LedgerEntry",
    "LedgerPage",
    "OrderInfo",
    "OrderPage",
    "Placed",
    "Position",
    "ServerTime",
    "Since",
    "Spread",
    "SwitchTimes",
    "SystemState",
    "TradeBalance",
    "TradeInfo",
    "TradePage",
    "WebSocketsToken",
]
