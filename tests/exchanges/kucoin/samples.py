"""One message of each public channel as KuCoin's pages show it, and what is to be read in it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from attrs import field, frozen

from rxex.exchanges.kucoin import auctions, candles, channels, depth, futures, indicators, snapshots, spreads

__all__ = ["FUTURES_SAMPLES", "SPOT_SAMPLES", "Sample", "read"]

MS = 10**6
SNAPSHOT = (
    '{"askSize":1375.1096,"averagePrice":2.62e-06,"baseCurrency":"CHR","bidSize":152.0912,"board":0,"buy":2.63e-06,'
    '"changePrice":5.3e-08,"changeRate":0.02,"close":2.698e-06,"datetime":1729785948008,"high":2.746e-06,'
    '"lastTradedPrice":2.698e-06,"low":2.558e-06,"makerCoefficient":1.0,"makerFeeRate":0.001,"marginTrade":false,'
    '"mark":0,"market":"BTC","marketChange1h":{"changePrice":-9e-09,"changeRate":-0.0033,"high":2.707e-06,'
    '"low":2.642e-06,"open":2.707e-06,"vol":27.1035,"volValue":7.18501566e-05},"marketChange24h":{"changePrice":'
    '5.3e-08,"changeRate":0.02,"high":2.746e-06,"low":2.558e-06,"open":2.645e-06,"vol":6824.948,"volValue":'
    '0.0178950964952},"marketChange4h":{"changePrice":6e-09,"changeRate":0.0022,"high":2.707e-06,"low":2.642e-06,'
    '"open":2.692e-06,"vol":92.6902,"volValue":0.0002490387574},"markets":["BTC","DePIN","Layer 1"],"open":2.645e-06,'
    '"quoteCurrency":"BTC","sell":2.695e-06,"siteTypes":["global"],"sort":100,"symbol":"CHR-BTC","symbolCode":'
    '"CHR-BTC","takerCoefficient":1.0,"takerFeeRate":0.001,"trading":true,"vol":6824.948,"volValue":0.0178950964952}'
)
FIGURES = {
    "symbol": "CHR-BTC",
    "base": "CHR",
    "quote": "BTC",
    "market": "BTC",
    "markets": ("BTC", "DePIN", "Layer 1"),
    "is_trading": True,
    "is_marginable": False,
    "bid": "0.00000263",
    "bid_size": "152.0912",
    "ask": "0.000002695",
    "ask_size": "1375.1096",
    "last": "0.000002698",
    "open": "0.000002645",
    "high": "0.000002746",
    "low": "0.000002558",
    "close": "0.000002698",
    "average": "0.00000262",
    "change": "0.000000053",
    "change_rate": "0.02",
    "volume": "6824.948",
    "volume_quote": "0.0178950964952",
    "taker_fee_rate": "0.001",
    "maker_fee_rate": "0.001",
    "taker_coefficient": "1.0",
    "maker_coefficient": "1.0",
    "board": 0,
    "mark": 0,
    "sites": ("global",),
    "hour.change": "-0.000000009",
    "hour.volume_quote": "0.0000718501566",
    "four_hours.low": "0.000002642",
    "four_hours.volume": "92.6902",
    "day.open": "0.000002645",
    "day.high": "0.000002746",
    "day.change_rate": "0.02",
    "time": 1729785948008 * MS,
}
DEPTH = (
    '{"topic":"%s","type":"message","subject":"level2","data":{"asks":[["67996.7","1.14213262"],["67996.80",'
    '"0.21748212"]],"bids":[["67996.6","0.37969491"],["67995.3","0.20779740"]],"timestamp":1729822226746}}'
)
LEVELS = {
    "bids": [("67996.6", "0.37969491"), ("67995.3", "0.20779740")],
    "asks": [("67996.7", "1.14213262"), ("67996.80", "0.21748212")],
    "time": 1729822226746 * MS,
}
LOTS = (
    '{"topic":"/contractMarket/level2Depth%d:XBTUSDTM","type":"message","subject":"level2","sn":1731680019100,"data":'
    '{"bids":[["89720.9",513],["89720.8",12]],"sequence":1709294294670,"timestamp":1731680019100,"ts":1731680019100,'
    '"asks":[["89721",906],["89721.1",203]]}}'
)
LEVELS_OF_LOTS = {
    "symbol": "XBTUSDTM",
    "bids": [("89720.9", "513"), ("89720.8", "12")],
    "asks": [("89721", "906"), ("89721.1", "203")],
    "time": 1731680019100 * MS,
}
TICK = (
    '{"id":"5c24c5da03aa673885cd67a0","type":"message","topic":"/indicator/%s:USDT-BTC","subject":"tick","data":'
    '{"symbol":"USDT-BTC","granularity":5000,"timestamp":1551770400000,"value":0.00010920}}'
)
PRICE = {"symbol": "USDT-BTC", "price": "0.00010920", "granularity": 5000 * MS, "time": 1551770400000 * MS}


@frozen
class Sample:
    """A message, how to ask for it, what it says; and the fields without which it says nothing."""

    subscribe: Callable[..., Any]
    argument: str | None
    frame: str
    told: Mapping[str, Any]
    required: tuple[str, ...]
    options: Mapping[str, Any] = field(factory=dict)

    @property
    def is_of_futures(self) -> bool:
        return '"topic":"/contract' in self.frame

    @property
    def arguments(self) -> tuple[str, ...]:
        return () if self.argument is None else (self.argument,)


SPOT_SAMPLES = {
    "ticker": Sample(
        channels.subscribe_ticker,
        "BTC-USDT",
        '{"type":"message","topic":"/market/ticker:BTC-USDT","subject":"trade.ticker","data":{"sequence":'
        '"1545896668986","price":"0.08","size":"0.0110","bestAsk":"0.08","bestAskSize":"0.18","bestBid":"0.049",'
        '"bestBidSize":"0.036","time":1704873323416}}',
        {
            "symbol": "BTC-USDT",
            "bid": "0.049",
            "bid_size": "0.036",
            "ask": "0.08",
            "ask_size": "0.18",
            "last": "0.08",
            "last_size": "0.0110",
            "time": 1704873323416 * MS,
            "day.volume": None,
        },
        ("price", "size", "bestAsk", "bestAskSize", "bestBid", "bestBidSize", "time"),
    ),
    "all tickers": Sample(
        channels.subscribe_all_tickers,
        None,
        '{"topic":"/market/ticker:all","type":"message","subject":"BTC-USDT","data":{"bestAsk":"67218.7","bestAskSize":'
        '"1.92318539","bestBid":"67218.6","bestBidSize":"0.01045638","price":"67220","sequence":"14691455768","size":'
        '"0.00004316","time":1729757723612}}',
        {
            "symbol": "BTC-USDT",
            "bid": "67218.6",
            "bid_size": "0.01045638",
            "ask": "67218.7",
            "ask_size": "1.92318539",
            "last": "67220",
            "last_size": "0.00004316",
            "time": 1729757723612 * MS,
        },
        ("price", "size", "bestAsk", "bestAskSize", "bestBid", "bestBidSize", "time"),
    ),
    "spread": Sample(
        spreads.subscribe_spread,
        "BTC-USDT",
        '{"topic":"/spotMarket/level1:BTC-USDT","type":"message","subject":"level1","data":{"asks":["68145.8",'
        '"0.51987471"],"bids":["68145.70","1.29267802"],"timestamp":1729816058766}}',
        {
            "symbol": "BTC-USDT",
            "bid": "68145.70",
            "bid_size": "1.29267802",
            "ask": "68145.8",
            "ask_size": "0.51987471",
            "time": 1729816058766 * MS,
        },
        ("asks", "bids", "timestamp"),
    ),
    "depth 5": Sample(
        depth.subscribe_depth,
        "BTC-USDT",
        DEPTH % "/spotMarket/level2Depth5:BTC-USDT",
        {"symbol": "BTC-USDT", "depth": 5, "bid": "67996.6", "ask_size": "1.14213262", **LEVELS},
        ("asks", "bids", "timestamp"),
    ),
    "depth 50": Sample(
        depth.subscribe_depth,
        "BTC-USDT",
        DEPTH % "/spotMarket/level2Depth50:BTC-USDT",
        {"symbol": "BTC-USDT", "depth": 50, **LEVELS},
        ("asks", "bids", "timestamp"),
        {"depth": 50},
    ),
    "trades": Sample(
        channels.subscribe_trades,
        "BTC-USDT",
        '{"topic":"/market/match:BTC-USDT","type":"message","subject":"trade.l3match","data":{"makerOrderId":'
        '"671b5007389355000701b1d3","price":"67523","sequence":"11067996711960577","side":"buy","size":"0.0030",'
        '"symbol":"BTC-USDT","takerOrderId":"671b50161777ff00074c168d","time":"1729843222921000000","tradeId":'
        '"11067996711960577","type":"match"}}',
        {
            "symbol": "BTC-USDT",
            "price": "67523",
            "size": "0.0030",
            "side": "buy",
            "id": "11067996711960577",
            "order_type": None,
            "time": 1729843222921000000,
        },
        ("price", "size", "side", "tradeId", "time"),
    ),
    "candles": Sample(
        candles.subscribe_candles,
        "BTC-USDT",
        '{"topic":"/market/candles:BTC-USDT_1hour","type":"message","subject":"trade.candles.update","data":{"symbol":'
        '"BTC-USDT","candles":["1729839600","67644.9","67437.6","67724.8","67243.8","44.88321440","3027558.991928447"]'
        ',"time":1729842192785164840}}',
        {
            "symbol": "BTC-USDT",
            "begin": 1729839600 * 10**9,
            "interval": 3600 * 10**9,
            "open": "67644.9",
            "close": "67437.6",
            "high": "67724.8",
            "low": "67243.8",
            "volume": "44.88321440",
            "closed": False,
            "time": 1729842192785164840,
        },
        ("candles", "time"),
        {"interval": 3600},
    ),
    "snapshot": Sample(
        snapshots.subscribe_snapshot,
        "CHR-BTC",
        '{"topic":"/market/snapshot:CHR-BTC","type":"message","subject":"trade.snapshot","data":{"sequence":'
        f'"1729785948015","data":{SNAPSHOT}}}}}',
        FIGURES,
        ("data.symbol", "data.baseCurrency", "data.quoteCurrency", "data.market", "data.datetime", "data.trading"),
    ),
    "market snapshot": Sample(
        snapshots.subscribe_market_snapshot,
        "BTC",
        '{"topic":"/market/snapshot:BTC","type":"message","subject":"trade.snapshot","data":{"sequence":'
        f'"1729785948015","data":{SNAPSHOT}}}}}',
        FIGURES,
        ("data",),
    ),
    "call auction book": Sample(
        auctions.subscribe_call_auction_book,
        "BTC-USDT",
        DEPTH % "/callauction/level2Depth50:BTC-USDT",
        {"symbol": "BTC-USDT", **LEVELS},
        ("asks", "bids", "timestamp"),
    ),
    "call auction": Sample(
        auctions.subscribe_call_auction,
        "BTC-USDT",
        '{"type":"message","topic":"/callauction/callauctionData:BTC-USDT","subject":"callauction.callauctionData",'
        '"data":{"symbol":"BTC-USDT","estimatedPrice":"0.17","estimatedSize":"0.03715004","sellOrderRangeLowPrice":'
        '"1.788","sellOrderRangeHighPrice":"2.788","buyOrderRangeLowPrice":"1.789","buyOrderRangeHighPrice":"2.789",'
        '"time":1550653727731}}',
        {
            "symbol": "BTC-USDT",
            "estimated_price": "0.17",
            "estimated_size": "0.03715004",
            "sell_low": "1.788",
            "sell_high": "2.788",
            "buy_low": "1.789",
            "buy_high": "2.789",
            "time": 1550653727731 * MS,
        },
        ("time",),
    ),
    "index price": Sample(
        indicators.subscribe_index_price,
        "USDT-BTC",
        TICK % "index",
        PRICE,
        ("granularity", "timestamp", "value"),
    ),
    "mark price": Sample(
        indicators.subscribe_mark_price,
        "USDT-BTC",
        TICK % "markPrice",
        PRICE,
        ("granularity", "timestamp", "value"),
    ),
    "funding book": Sample(
        indicators.subscribe_funding_book,
        "BTC",
        '{"id":"5c24c5da03aa673885cd67ab","type":"message","topic":"/margin/fundingBook:BTC","subject":'
        '"funding.update","data":{"sequence":1000000,"currency":"BTC","dailyIntRate":"0.00007","annualIntRate":"0.12",'
        '"term":7,"size":"1017.5","side":"lend","ts":1553846081210004941}}',
        {
            "currency": "BTC",
            "side": "lend",
            "size": "1017.5",
            "term": 7,
            "daily_rate": "0.00007",
            "annual_rate": "0.12",
            "sequence": 1000000,
            "time": 1553846081210004941,
        },
        ("sequence", "dailyIntRate", "annualIntRate", "term", "size", "side", "ts"),
    ),
}

FUTURES_SAMPLES = {
    "ticker": Sample(
        futures.subscribe_ticker,
        "XBTUSDTM",
        '{"topic":"/contractMarket/ticker:XBTUSDTM","type":"message","subject":"ticker","sn":1793133570931,"data":'
        '{"symbol":"XBTUSDTM","sequence":1793133570931,"side":"sell","size":1,"price":"90147.70","bestBidSize":2186,'
        '"bestBidPrice":"90147.7","bestAskPrice":"90147.8","tradeId":"1793133570931","bestAskSize":275,"ts":'
        "1731679215637000000}}",
        {
            "symbol": "XBTUSDTM",
            "bid": "90147.7",
            "bid_size": "2186",
            "ask": "90147.8",
            "ask_size": "275",
            "last": "90147.70",
            "last_size": "1",
            "side": "sell",
            "trade_id": "1793133570931",
            "time": 1731679215637000000,
            "day.high": None,
        },
        ("side", "size", "price", "bestBidSize", "bestBidPrice", "bestAskPrice", "tradeId", "bestAskSize", "ts"),
    ),
    "spread": Sample(
        futures.subscribe_spread,
        "XBTUSDTM",
        '{"topic":"/contractMarket/tickerV2:XBTUSDTM","type":"message","subject":"tickerV2","sn":1709284589209,"data":'
        '{"symbol":"XBTUSDTM","sequence":1709284589209,"bestBidSize":713,"bestBidPrice":"88987.4","bestAskPrice":'
        '"88987.5","bestAskSize":1037,"ts":1731665526461000000}}',
        {
            "symbol": "XBTUSDTM",
            "bid": "88987.4",
            "bid_size": "713",
            "ask": "88987.5",
            "ask_size": "1037",
            "time": 1731665526461000000,
        },
        ("bestBidSize", "bestBidPrice", "bestAskPrice", "bestAskSize", "ts"),
    ),
    "depth 5": Sample(
        futures.subscribe_depth, "XBTUSDTM", LOTS % 5, {"depth": 5, **LEVELS_OF_LOTS}, ("asks", "bids", "timestamp")
    ),
    "depth 50": Sample(
        futures.subscribe_depth,
        "XBTUSDTM",
        LOTS % 50,
        {"depth": 50, **LEVELS_OF_LOTS},
        ("asks", "bids", "timestamp"),
        {"depth": 50},
    ),
    "candles": Sample(
        futures.subscribe_candles,
        "XBTUSDTM",
        '{"topic":"/contractMarket/limitCandle:XBTUSDTM_1min","type":"message","data":{"symbol":"XBTUSDTM","candles":'
        '["1731898200","90638.6","90638.7","90638.9","90638.50","21.0","21"],"time":1731898208357},"subject":'
        '"candle.stick"}',
        {
            "symbol": "XBTUSDTM",
            "begin": 1731898200 * 10**9,
            "interval": 60 * 10**9,
            "open": "90638.6",
            "close": "90638.7",
            "high": "90638.9",
            "low": "90638.50",
            "closed": False,
            "time": 1731898208357 * MS,
        },
        ("candles", "time"),
    ),
    "trades": Sample(
        futures.subscribe_trades,
        "XBTUSDTM",
        '{"topic":"/contractMarket/execution:XBTUSDTM","type":"message","subject":"match","sn":1794100537695,"data":'
        '{"symbol":"XBTUSDTM","sequence":1794100537695,"side":"buy","size":2,"price":"90503.90","takerOrderId":'
        '"247822202957807616","makerOrderId":"247822167163555840","tradeId":"1794100537695","ts":1731898619520000000}}',
        {
            "symbol": "XBTUSDTM",
            "price": "90503.90",
            "size": "2",
            "side": "buy",
            "id": "1794100537695",
            "time": 1731898619520000000,
        },
        ("side", "size", "price", "tradeId", "ts"),
    ),
    "mark price": Sample(
        futures.subscribe_mark_price,
        "XBTUSDTM",
        '{"topic":"/contract/instrument:XBTUSDTM","type":"message","subject":"mark.index.price","data":{"markPrice":'
        '90445.02,"indexPrice":90445.10,"granularity":1000,"timestamp":1731899129000}}',
        {
            "symbol": "XBTUSDTM",
            "price": "90445.02",
            "index_price": "90445.10",
            "granularity": 10**9,
            "time": 1731899129000 * MS,
        },
        ("markPrice", "indexPrice", "granularity", "timestamp"),
    ),
    "funding rate": Sample(
        futures.subscribe_funding_rate,
        "XBTUSDTM",
        '{"topic":"/contract/instrument:XBTUSDTM","type":"message","subject":"funding.rate","data":{"granularity":'
        '60000,"fundingRate":-0.002966,"timestamp":1551770400000}}',
        {
            "symbol": "XBTUSDTM",
            "rate": "-0.002966",
            "granularity": 60 * 10**9,
            "period": None,
            "time": 1551770400000 * MS,
        },
        ("granularity", "fundingRate", "timestamp"),
    ),
    "announcement": Sample(
        futures.subscribe_announcements,
        "XBTUSDTM",
        '{"topic":"/contract/announcement","subject":"funding.begin","data":{"symbol":"XBTUSDTM","fundingTime":'
        '1551770400000,"fundingRate":-0.002966,"timestamp":1551770400001}}',
        {
            "symbol": "XBTUSDTM",
            "is_over": False,
            "rate": "-0.002966",
            "funding_time": 1551770400000 * MS,
            "time": 1551770400001 * MS,
        },
        ("fundingTime", "fundingRate", "timestamp"),
    ),
    "snapshot": Sample(
        futures.subscribe_snapshot,
        "XBTUSDTM",
        '{"topic":"/contractMarket/snapshot:XBTUSDTM","type":"message","subject":"snapshot.24h","id":'
        '"673ab3fff4088b0001664f41","data":{"highPrice":91512.8,"lastPrice":90326.7,"lowPrice":88747.8,'
        '"price24HoursBefore":89880.4,"priceChg":446.3,"priceChgPct":0.0049,"symbol":"XBTUSDTM","ts":'
        '1731900415023929239,"turnover":526928331.0482178,"volume":5834.46}}',
        {
            "symbol": "XBTUSDTM",
            "last": "90326.7",
            "before": "89880.4",
            "high": "91512.8",
            "low": "88747.8",
            "change": "446.3",
            "change_rate": "0.0049",
            "volume": "5834.46",
            "turnover": "526928331.0482178",
            "time": 1731900415023929239,
        },
        ("ts",),
    ),
}


def read(item: Any, name: str) -> Any:
    """Give what an item says, numbers as the text that they came as."""
    for part in name.split("."):
        item = getattr(item, part)
    if name in {"bids", "asks"}:
        return [(format(level.price, "f"), format(level.size, "f")) for level in item]
    return format(item, "f") if type(item).__name__ == "Decimal" else item
