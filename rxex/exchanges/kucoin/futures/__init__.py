"""KuCoin's futures: market data of its futures servers. Sizes are lots; bitcoin is XBT, as in ``XBTUSDTM``."""

from rxex.exchanges.kucoin.channels import subscribe_raw
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

__all__ = [
    "ContractSnapshot",
    "FundingRate",
    "FundingSettlement",
    "FuturesCandle",
    "FuturesTicker",
    "MarkPrice",
    "subscribe_announcements",
    "subscribe_candles",
    "subscribe_depth",
    "subscribe_funding_rate",
    "subscribe_mark_price",
    "subscribe_raw",
    "subscribe_snapshot",
    "subscribe_spread",
    "subscribe_ticker",
    "subscribe_trades",
]
