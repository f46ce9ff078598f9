"""What Kraken's REST endpoints answer. Numbers are exact, times nanoseconds since the epoch.

Tickers, trades and candles are the models that all exchanges share. What Kraken leaves out is None.
"""

from rxex.exchanges.kraken.rest.models.account import (
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
    "Amended",
    "Asset",
    "AssetPair",
    "BatchPlaced",
    "Canceled",
    "Depth",
    "DepthLevel",
    "Edited",
    "ExtendedBalance",
    "OrderInfo",
    "OrderPage",
    "Placed",
    "ServerTime",
    "Since",
    "Spread",
    "SwitchTimes",
    "SystemState",
    "TradeInfo",
    "TradePage",
    "WebSocketsToken",
]
