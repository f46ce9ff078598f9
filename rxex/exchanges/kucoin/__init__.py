"""KuCoin: spot and margin market data and orders, over WebSocket and REST; its futures are in `futures`."""

from rxex.exchanges.kucoin import futures, rest
from rxex.exchanges.kucoin.auctions import (
    CallAuction,
    CallAuctionBook,
    subscribe_call_auction,
    subscribe_call_auction_book,
)
from rxex.exchanges.kucoin.book_snapshots import (
    BookSnapshot,
    OrdersSnapshot,
    full_snapshots,
    order_snapshots,
    part_snapshots,
)
from rxex.exchanges.kucoin.books import subscribe_book, subscribe_book_updates
from rxex.exchanges.kucoin.candles import subscribe_candles
from rxex.exchanges.kucoin.channels import subscribe_all_tickers, subscribe_raw, subscribe_ticker, subscribe_trades
from rxex.exchanges.kucoin.connection import private_connection, public_connection, reconnect_delays
from rxex.exchanges.kucoin.depth import subscribe_depth
from rxex.exchanges.kucoin.dialect import ServerNotice
from rxex.exchanges.kucoin.indicators import (
    FundingOffer,
    IndexPrice,
    MarkPrice,
    subscribe_funding_book,
    subscribe_index_price,
    subscribe_mark_price,
)
from rxex.exchanges.kucoin.level3 import subscribe_level3, subscribe_level3_updates
from rxex.exchanges.kucoin.snapshots import MarketSnapshot, subscribe_market_snapshot, subscribe_snapshot
from rxex.exchanges.kucoin.spreads import subscribe_spread

__all__ = [
    "BookSnapshot",
    "CallAuction",
    "CallAuctionBook",
    "FundingOffer",
    "IndexPrice",
    "MarkPrice",
    "MarketSnapshot",
    "OrdersSnapshot",
    "ServerNotice",
    "full_snapshots",
    "futures",
    "order_snapshots",
    "part_snapshots",
    "private_connection",
    "public_connection",
    "reconnect_delays",
    "rest",
    "subscribe_all_tickers",
    "subscribe_book",
    "subscribe_book_updates",
    "subscribe_call_auction",
    "subscribe_call_auction_book",
    "subscribe_candles",
    "subscribe_depth",
    "subscribe_funding_book",
    "subscribe_index_price",
    "subscribe_level3",
    "subscribe_level3_updates",
    "subscribe_mark_price",
    "subscribe_market_snapshot",
    "subscribe_raw",
    "subscribe_snapshot",
    "subscribe_spread",
    "subscribe_ticker",
    "subscribe_trades",
]
