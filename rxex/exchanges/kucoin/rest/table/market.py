"""Public endpoints of spot and margin, and the books that want a key."""

from __future__ import annotations

from typing import Any

from rxex.exchanges.kucoin.rest.models import assets as models
from rxex.exchanges.kucoin.rest.models import market, reading
from rxex.exchanges.kucoin.rest.parameters import spot
from rxex.exchanges.kucoin.rest.table.rows import Rows
from rxex.rest import NoParameters, RestClient

__all__ = ["SpotMarket"]

_PUBLIC = Rows("spot", "Public", private=False)
_PRIVATE = Rows("spot", "Spot")


def _assets(result: Any, parameters: Any, received: int) -> dict[str, models.Asset]:
    return {row.id: row for row in reading.each(models.asset)(result, parameters, received)}


def _asset_pairs(result: Any, parameters: Any, received: int) -> dict[str, models.AssetPair]:
    return {row.symbol: row for row in reading.each(models.asset_pair)(result, parameters, received)}


class SpotMarket(RestClient):
    """What anybody may ask about spot and margin."""

    server_time = _PUBLIC.get(
        "server_time",
        "/api/v1/timestamp",
        NoParameters,
        models.read_server_time,
        weight=3,
        doc="Ask what time it is at KuCoin.",
    )
    system_status = _PUBLIC.get(
        "system_status",
        "/api/v1/status",
        NoParameters,
        models.read_system_status,
        weight=3,
        doc="Ask for the state of the spot market.",
    )
    spot_public_token = _PUBLIC.token(
        "spot_public_token",
        "/api/v1/bullet-public",
        NoParameters,
        models.read_bullet,
        weight=10,
        doc="Ask for a token for one public WebSocket; see `public_token`.",
    )
    spot_private_token = _PRIVATE.token(
        "spot_private_token",
        "/api/v1/bullet-private",
        NoParameters,
        models.read_bullet,
        weight=10,
        doc="Ask for a token for one private WebSocket; see `private_token`.",
    )
    assets = _PUBLIC.get(
        "assets", "/api/v3/currencies", NoParameters, _assets, weight=3, doc="Ask for all currencies, by their names."
    )
    asset = _PUBLIC.get(
        "asset",
        "/api/v3/currencies/{currency}",
        spot.Currency,
        reading.one(models.asset),
        weight=3,
        doc="Ask for a currency.",
    )
    asset_pairs = _PUBLIC.get(
        "asset_pairs", "/api/v2/symbols", spot.Symbols, _asset_pairs, weight=4, doc="Ask for instruments, by symbol."
    )
    asset_pair = _PUBLIC.get(
        "asset_pair",
        "/api/v2/symbols/{symbol}",
        spot.OneSymbol,
        reading.one(models.asset_pair),
        weight=4,
        doc="Ask for an instrument.",
    )
    markets = _PUBLIC.get(
        "markets", "/api/v1/markets", NoParameters, reading.words, weight=3, doc="Ask for the names of the markets."
    )
    ticker = _PUBLIC.get(
        "ticker",
        "/api/v1/market/orderbook/level1",
        spot.OneSymbol,
        market.read_ticker,
        weight=2,
        doc="Ask for best prices and the last trade.",
    )
    tickers = _PUBLIC.get(
        "tickers",
        "/api/v1/market/allTickers",
        NoParameters,
        market.read_tickers,
        weight=15,
        doc="Ask for the last 24 hours of all instruments; a snapshot of every 2 seconds.",
    )
    day_stats = _PUBLIC.get(
        "day_stats",
        "/api/v1/market/stats",
        spot.OneSymbol,
        market.read_day_stats,
        weight=15,
        doc="Ask for the last 24 hours of an instrument.",
    )
    depth = _PUBLIC.get(
        "depth",
        "/api/v1/market/orderbook/level2_{size}",
        spot.Depth,
        market.read_depth,
        weight=2,
        doc="Ask for the best 20 or 100 levels of a book.",
    )
    full_depth = _PRIVATE.get(
        "full_depth",
        "/api/v3/market/orderbook/level2",
        spot.OneSymbol,
        market.read_depth,
        weight=3,
        doc="Ask for a whole book; though it is public, it wants a key.",
    )
    order_depth = _PRIVATE.get(
        "order_depth",
        "/api/v3/market/orderbook/level3",
        spot.OneSymbol,
        market.read_order_depth,
        weight=3,
        doc="Ask for a whole book order by order; no longer documented by KuCoin.",
    )
    trades = _PUBLIC.get(
        "trades",
        "/api/v1/market/histories",
        spot.OneSymbol,
        market.read_trades,
        weight=3,
        doc="Ask for the last 100 trades.",
    )
    ohlc = _PUBLIC.get(
        "ohlc",
        "/api/v1/market/candles",
        spot.Candles,
        market.read_candles,
        weight=3,
        doc="Ask for candles, 1500 at most, the oldest first.",
    )
    prices = _PUBLIC.get(
        "prices",
        "/api/v1/prices",
        spot.Prices,
        market.read_prices,
        weight=3,
        doc="Ask what currencies are worth in another.",
    )
    mark_price = _PUBLIC.get(
        "mark_price",
        "/api/v1/mark-price/{symbol}/current",
        spot.OneSymbol,
        reading.one(market.mark_price),
        weight=2,
        doc="Ask for the price that margins are reckoned with.",
    )
    mark_prices = _PUBLIC.get(
        "mark_prices",
        "/api/v3/mark-price/all-symbols",
        NoParameters,
        reading.each(market.mark_price),
        weight=10,
        doc="Ask for all prices that margins are reckoned with, by symbols of their own.",
    )
