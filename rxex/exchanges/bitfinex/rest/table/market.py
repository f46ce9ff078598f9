"""Public endpoints."""

from __future__ import annotations

from rxex.exchanges.bitfinex.rest.models import figures, market
from rxex.exchanges.bitfinex.rest.models.reading import each, first, one
from rxex.exchanges.bitfinex.rest.parameters import fields
from rxex.exchanges.bitfinex.rest.parameters import market as parameters
from rxex.exchanges.bitfinex.rest.table.rows import ask, calculate
from rxex.rest import NoParameters, RestClient

__all__ = ["Market"]

_ASSETS = ",".join(("pub:list:currency", *(f"pub:map:currency:{kind}" for kind in ("sym", "label", "undl", "pool"))))


class Market(RestClient):
    """What anybody may ask."""

    system_status = ask(
        "system_status",
        "platform/status",
        NoParameters,
        figures.read_system_status,
        pool="platform",
        doc="Ask whether Bitfinex is at work.",
    )
    config = ask(
        "config",
        "conf/{config}",
        parameters.Config,
        figures.read_config,
        pool="conf",
        doc="Ask for lists and maps by Bitfinex's names for them; the answers are by these names, as they came.",
    )
    assets = ask(
        "assets",
        f"conf/{_ASSETS}",
        NoParameters,
        figures.read_assets,
        pool="conf",
        doc="Ask for all currencies, by Bitfinex's names.",
    )
    asset_pairs = ask(
        "asset_pairs",
        "conf/pub:info:pair,pub:info:pair:futures",
        NoParameters,
        figures.read_asset_pairs,
        pool="conf",
        doc="Ask for all instruments, by symbol.",
    )
    ticker = ask(
        "ticker",
        "ticker/{symbol}",
        parameters.OnePair,
        market.read_ticker,
        pool="ticker",
        doc="Ask for the best prices of a pair, its last trade and its last 24 hours.",
    )
    funding_ticker = ask(
        "funding_ticker",
        "ticker/{symbol}",
        parameters.OneFunding,
        market.read_funding_ticker,
        pool="ticker",
        doc="Ask for the best rates of a currency's funding.",
    )
    tickers = ask(
        "tickers",
        "tickers",
        parameters.Tickers,
        market.read_tickers,
        pool="tickers",
        doc="Ask for the last 24 hours of pairs (`Stats`) and of funding (`FundingStats`), by symbol.",
    )
    tickers_history = ask(
        "tickers_history",
        "tickers/hist",
        parameters.TickersHistory,
        each(market.past_prices),
        pool="tickers/hist",
        doc="Ask for the best prices of every hour of the last year: 250 at most, the newest first.",
    )
    trades = ask(
        "trades",
        "trades/{symbol}/hist",
        parameters.Trades,
        market.read_trades,
        pool="trades",
        doc="Ask for the trades of a pair: 125 unless `limit` says more, the newest first.",
    )
    funding_trades = ask(
        "funding_trades",
        "trades/{symbol}/hist",
        parameters.FundingTrades,
        market.read_funding_trades,
        pool="trades",
        doc="Ask for the trades of a currency's funding: 125 unless `limit` says more, the newest first.",
    )
    depth = ask(
        "depth",
        "book/{symbol}/{precision}",
        parameters.Depth,
        market.read_depth,
        pool="book",
        doc="Ask for the best levels of a book.",
    )
    order_depth = ask(
        "order_depth",
        "book/{symbol}/R0",
        parameters.OrderDepth,
        market.read_order_depth,
        pool="book",
        doc="Ask for the best orders of a book.",
    )
    funding_depth = ask(
        "funding_depth",
        "book/{symbol}/{precision}",
        parameters.FundingDepth,
        market.read_funding_depth,
        pool="book",
        doc="Ask for the best levels of a currency's book of funding.",
    )
    funding_order_depth = ask(
        "funding_order_depth",
        "book/{symbol}/R0",
        parameters.FundingOrderDepth,
        market.read_funding_order_depth,
        pool="book",
        doc="Ask for the best offers of a currency's book of funding.",
    )
    ohlc = ask(
        "ohlc",
        "candles/trade:{timeframe}:{symbol}[:{period}]/hist",
        parameters.Candles,
        market.read_candles,
        pool="candles",
        doc="Ask for candles: the last 100 unless `limit` says more, the oldest first; none where nobody traded.",
    )
    last_ohlc = ask(
        "last_ohlc",
        "candles/trade:{timeframe}:{symbol}[:{period}]/last",
        parameters.LastCandle,
        market.read_last_candle,
        pool="candles",
        doc="Ask for the last candle.",
    )
    derivatives_status = ask(
        "derivatives_status",
        "status/deriv",
        parameters.DerivativesStatus,
        figures.read_derivatives_status,
        pool="status",
        doc="Ask for the state of contracts, by symbol.",
    )
    derivatives_status_history = ask(
        "derivatives_status_history",
        "status/deriv/{key}/hist",
        parameters.DerivativesHistory,
        figures.read_derivatives_history,
        pool="status",
        doc="Ask for the past states of a contract, the newest first.",
    )
    liquidations = ask(
        "liquidations",
        "liquidations/hist",
        fields.Sorted,
        figures.read_liquidations,
        pool="liquidations",
        doc="Ask for liquidations, the newest first. Bitfinex allows three calls a minute.",
    )
    stats = ask(
        "stats",
        "stats1/{resource}/hist",
        parameters.Stats,
        each(figures.statistic),
        pool="stats1",
        doc="Ask for a figure over time, as the size of all positions: 'pos.size:1m:tBTCUSD:long'.",
    )
    last_stats = ask(
        "last_stats",
        "stats1/{resource}/last",
        parameters.LastStats,
        one(figures.statistic),
        pool="stats1",
        doc="Ask for the last value of a figure; see `stats`.",
    )
    rankings = ask(
        "rankings",
        "rankings/{resource}/hist",
        parameters.Rankings,
        each(figures.rank),
        pool="rankings",
        doc="Ask for a ranking of users, as of their volume: 'vol:1w:tBTCUSD'.",
    )
    last_rankings = ask(
        "last_rankings",
        "rankings/{resource}/last",
        parameters.LastRankings,
        first(figures.rank),
        pool="rankings",
        doc="Ask for the last entry of a ranking; see `rankings`.",
    )
    funding_stats = ask(
        "funding_stats",
        "funding/stats/{symbol}/hist",
        parameters.FundingStats,
        each(figures.funding_statistic),
        pool="funding/stats",
        doc="Ask for the flash return rate of a currency over time, the newest first.",
    )
    fx_rate = calculate(
        "fx_rate",
        "calc/fx",
        parameters.FxRate,
        one(figures.figure),
        doc="Ask what one currency is worth in another.",
    )
    average_price = calculate(
        "average_price",
        "calc/trade/avg",
        parameters.AveragePrice,
        one(figures.average_price),
        json=False,
        doc="Ask what an amount would cost at once, on average.",
    )
    funding_average_rate = calculate(
        "funding_average_rate",
        "calc/trade/avg",
        parameters.FundingAveragePrice,
        one(figures.average_price),
        json=False,
        doc="Ask at which rate an amount could be lent or borrowed at once, on average.",
    )
