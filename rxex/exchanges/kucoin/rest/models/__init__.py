"""What KuCoin's REST endpoints answer. Numbers are exact, times nanoseconds since the epoch.

Tickers, trades, candles, fills and balances are the models that all exchanges share. What KuCoin leaves out is None.
"""

from rxex.exchanges.kucoin.rest.models.account import (
    FuturesAccount,
    IsolatedAccount,
    IsolatedAccounts,
    MarginAccount,
    MarginBalance,
)
from rxex.exchanges.kucoin.rest.models.assets import (
    Asset,
    AssetPair,
    Bullet,
    Chain,
    InstanceServer,
    ServerTime,
    SystemState,
)
from rxex.exchanges.kucoin.rest.models.contracts import Contract, FundingRate
from rxex.exchanges.kucoin.rest.models.futures import (
    ClosedPosition,
    FundingPage,
    FundingPayment,
    FuturesCanceled,
    FuturesOrderInfo,
    MarginMode,
    MaxOpenSize,
    OpenOrderValue,
    Position,
)
from rxex.exchanges.kucoin.rest.models.market import BookOrder, Depth, MarkPrice, OrderDepth, Stats
from rxex.exchanges.kucoin.rest.models.orders import (
    Canceled,
    CanceledIds,
    CanceledSymbols,
    Edited,
    OrderInfo,
    Placed,
    SwitchTimes,
)
from rxex.exchanges.kucoin.rest.models.reading import Cursor, Page
from rxex.exchanges.kucoin.rest.models.stops import OcoOrderInfo, OcoPart, StopOrderInfo

__all__ = [
    "Asset",
    "AssetPair",
    "BookOrder",
    "Bullet",
    "Canceled",
    "CanceledIds",
    "CanceledSymbols",
    "Chain",
    "ClosedPosition",
    "Contract",
    "Cursor",
    "Depth",
    "Edited",
    "FundingPage",
    "FundingPayment",
    "FundingRate",
    "FuturesAccount",
    "FuturesCanceled",
    "FuturesOrderInfo",
    "InstanceServer",
    "IsolatedAccount",
    "IsolatedAccounts",
    "MarginAccount",
    "MarginBalance",
    "MarginMode",
    "MarkPrice",
    "MaxOpenSize",
    "OcoOrderInfo",
    "OcoPart",
    "OpenOrderValue",
    "OrderDepth",
    "OrderInfo",
    "Page",
    "Placed",
    "Position",
    "ServerTime",
    "Stats",
    "StopOrderInfo",
    "SwitchTimes",
    "SystemState",
]
