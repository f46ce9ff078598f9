"""Public endpoints of futures."""

from __future__ import annotations

from rxex.exchanges.kucoin.rest.models import assets, contracts, market, reading
from rxex.exchanges.kucoin.rest.parameters import futures, spot
from rxex.exchanges.kucoin.rest.table.rows import Rows
from rxex.rest import NoParameters, RestClient

__all__ = ["FuturesMarket"]

_PUBLIC = Rows("futures", "Public", private=False)
_FUTURES = Rows("futures", "Futures")


class FuturesMarket(RestClient):
    """What anybody may ask about futures."""

    futures_server_time = _PUBLIC.get(
        "futures_server_time",
        "/api/v1/timestamp",
        NoParameters,
        assets.read_server_time,
        weight=2,
        doc="Ask what time it is at KuCoin's futures.",
    )
    futures_system_status = _PUBLIC.get(
        "futures_system_status",
        "/api/v1/status",
        NoParameters,
        assets.read_system_status,
        weight=4,
        doc="Ask for the state of the futures market.",
    )
    futures_public_token = _PUBLIC.token(
        "futures_public_token",
        "/api/v1/bullet-public",
        NoParameters,
        assets.read_bullet,
        weight=10,
        doc="Ask for a token for one public WebSocket; see `public_token`.",
    )
    futures_private_token = _FUTURES.token(
        "futures_private_token",
        "/api/v1/bullet-private",
        NoParameters,
        assets.read_bullet,
        weight=10,
        doc="Ask for a token for one private WebSocket; see `private_token`.",
    )
    futures_contracts = _PUBLIC.get(
        "futures_contracts",
        "/api/v1/contracts/active",
        NoParameters,
        reading.each(contracts.contract),
        weight=3,
        doc="Ask for all contracts that are traded.",
    )
    futures_contract = _PUBLIC.get(
        "futures_contract",
        "/api/v1/contracts/{symbol}",
        spot.OneSymbol,
        reading.one(contracts.contract),
        weight=3,
        doc="Ask for a contract.",
    )
    futures_ticker = _PUBLIC.get(
        "futures_ticker",
        "/api/v1/ticker",
        spot.OneSymbol,
        contracts.read_ticker,
        weight=2,
        doc="Ask for best prices and the last trade.",
    )
    futures_tickers = _PUBLIC.get(
        "futures_tickers",
        "/api/v1/allTickers",
        NoParameters,
        reading.each(contracts.ticker),
        weight=5,
        doc="Ask for best prices and the last trade of all contracts.",
    )
    futures_depth = _PUBLIC.get(
        "futures_depth",
        "/api/v1/level2/depth{size}",
        spot.Depth,
        market.read_depth,
        weight=5,
        doc="Ask for the best 20 or 100 levels of a book.",
    )
    futures_full_depth = _PUBLIC.get(
        "futures_full_depth",
        "/api/v1/level2/snapshot",
        spot.OneSymbol,
        market.read_depth,
        weight=3,
        doc="Ask for a whole book.",
    )
    futures_order_depth = _PUBLIC.get(
        "futures_order_depth",
        "/api/v2/level3/snapshot",
        spot.OneSymbol,
        market.read_order_depth,
        weight=3,
        doc="Ask for a whole book order by order, once a minute at most; no longer documented by KuCoin.",
    )
    futures_trades = _PUBLIC.get(
        "futures_trades",
        "/api/v1/trade/history",
        spot.OneSymbol,
        market.read_trades,
        weight=5,
        doc="Ask for the last 100 trades.",
    )
    futures_ohlc = _PUBLIC.get(
        "futures_ohlc",
        "/api/v1/kline/query",
        futures.Candles,
        contracts.read_candles,
        weight=3,
        doc="Ask for candles, 500 at most, the oldest first.",
    )
    futures_mark_price = _PUBLIC.get(
        "futures_mark_price",
        "/api/v1/mark-price/{symbol}/current",
        spot.OneSymbol,
        reading.one(market.mark_price),
        weight=3,
        doc="Ask for the price that margins are reckoned with.",
    )
    futures_funding_rate = _PUBLIC.get(
        "futures_funding_rate",
        "/api/v1/funding-rate/{symbol}/current",
        spot.OneSymbol,
        reading.one(contracts.funding_rate),
        weight=2,
        doc="Ask what is paid for positions now.",
    )
    futures_funding_rates = _PUBLIC.get(
        "futures_funding_rates",
        "/api/v1/contract/funding-rates",
        futures.FundingRates,
        reading.each(contracts.past_funding_rate),
        weight=5,
        doc="Ask what was paid for positions.",
    )
