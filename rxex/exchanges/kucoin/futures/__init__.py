"""KuCoin's futures: market data and orders. Sizes are lots; bitcoin is XBT, as in ``XBTUSDTM``."""

from rxex.exchanges.kucoin.book_snapshots import futures_snapshots
from rxex.exchanges.kucoin.channels import subscribe_raw
from rxex.exchanges.kucoin.futures.account_models import CrossLeverage, MarginMode, WalletBalance
from rxex.exchanges.kucoin.futures.books import subscribe_book, subscribe_book_updates
from rxex.exchanges.kucoin.futures.candles import FuturesCandle, subscribe_candles
from rxex.exchanges.kucoin.futures.channels import subscribe_spread, subscribe_ticker, subscribe_trades
from rxex.exchanges.kucoin.futures.depth import subscribe_depth
from rxex.exchanges.kucoin.futures.instruments import (
    ContractSnapshot,
    FundingRate,
    FundingSettlement,
    MarkPrice,
    subscribe_announcements,
    subscribe_funding_rate,
    subscribe_mark_price,
    subscribe_snapshot,
)
from rxex.exchanges.kucoin.futures.models import FuturesTicker
from rxex.exchanges.kucoin.futures.orders import (
    AddOrder,
    AddStopOrder,
    BatchAdd,
    BatchCancel,
    Canceled,
    CanceledAll,
    CancelOrder,
    Placed,
    StopPlaced,
    add_order_factory,
    add_stop_order_factory,
    batch_add_factory,
    batch_cancel_factory,
    cancel_all_factory,
    cancel_order_factory,
    cancel_stop_orders_factory,
    order_query,
    resume_order_factory,
)
from rxex.exchanges.kucoin.futures.position_models import Position, RiskLimitChange, Settlement
from rxex.exchanges.kucoin.futures.private import (
    subscribe_balances,
    subscribe_cross_leverages,
    subscribe_executions,
    subscribe_margin_modes,
    subscribe_orders,
    subscribe_positions,
    subscribe_stop_orders,
)

__all__ = [
    "AddOrder",
    "AddStopOrder",
    "BatchAdd",
    "BatchCancel",
    "CancelOrder",
    "Canceled",
    "CanceledAll",
    "ContractSnapshot",
    "CrossLeverage",
    "FundingRate",
    "FundingSettlement",
    "FuturesCandle",
    "FuturesTicker",
    "MarginMode",
    "MarkPrice",
    "Placed",
    "Position",
    "RiskLimitChange",
    "Settlement",
    "StopPlaced",
    "WalletBalance",
    "add_order_factory",
    "add_stop_order_factory",
    "batch_add_factory",
    "batch_cancel_factory",
    "cancel_all_factory",
    "cancel_order_factory",
    "cancel_stop_orders_factory",
    "futures_snapshots",
    "order_query",
    "resume_order_factory",
    "subscribe_announcements",
    "subscribe_balances",
    "subscribe_book",
    "subscribe_book_updates",
    "subscribe_candles",
    "subscribe_cross_leverages",
    "subscribe_depth",
    "subscribe_executions",
    "subscribe_funding_rate",
    "subscribe_margin_modes",
    "subscribe_mark_price",
    "subscribe_orders",
    "subscribe_positions",
    "subscribe_raw",
    "subscribe_snapshot",
    "subscribe_spread",
    "subscribe_stop_orders",
    "subscribe_ticker",
    "subscribe_trades",
]
