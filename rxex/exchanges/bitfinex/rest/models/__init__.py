"""What Bitfinex's REST endpoints answer. Numbers are exact, times nanoseconds since the epoch.

Tickers, trades, candles, fills and balances are the models that all exchanges share; positions, funding and margin
those of the authenticated channels. What Bitfinex leaves out is None.
"""

from rxex.exchanges.bitfinex.account_models import (
    FundingCredit,
    FundingInfo,
    FundingLoan,
    FundingOffer,
    MarginBase,
    MarginSymbol,
    OwnFundingTrade,
    Position,
)
from rxex.exchanges.bitfinex.models import DerivativesStatus, FundingTicker, FundingTrade, Liquidation
from rxex.exchanges.bitfinex.notifications import Notification
from rxex.exchanges.bitfinex.rest.models.account import (
    AutoRenew,
    CollateralLimits,
    IncreaseInfo,
    LedgerEntry,
    Login,
    Summary,
    Token,
    Transfer,
    UserInfo,
    WalletState,
)
from rxex.exchanges.bitfinex.rest.models.figures import (
    Asset,
    AssetPair,
    AveragePrice,
    FundingStatistic,
    Rank,
    Statistic,
    SystemState,
)
from rxex.exchanges.bitfinex.rest.models.market import (
    BookOrder,
    Depth,
    DepthLevel,
    FundingDepth,
    FundingStats,
    OrderDepth,
    PastPrices,
    Stats,
)
from rxex.exchanges.bitfinex.rest.models.orders import Accepted, Operation, OrderInfo

__all__ = [
    "Accepted",
    "Asset",
    "AssetPair",
    "AutoRenew",
    "AveragePrice",
    "BookOrder",
    "CollateralLimits",
    "Depth",
    "DepthLevel",
    "DerivativesStatus",
    "FundingCredit",
    "FundingDepth",
    "FundingInfo",
    "FundingLoan",
    "FundingOffer",
    "FundingStatistic",
    "FundingStats",
    "FundingTicker",
    "FundingTrade",
    "IncreaseInfo",
    "LedgerEntry",
    "Liquidation",
    "Login",
    "MarginBase",
    "MarginSymbol",
    "Notification",
    "Operation",
    "OrderDepth",
    "OrderInfo",
    "OwnFundingTrade",
    "PastPrices",
    "Position",
    "Rank",
    "Statistic",
    "Stats",
    "Summary",
    "SystemState",
    "Token",
    "Transfer",
    "UserInfo",
    "WalletState",
]
