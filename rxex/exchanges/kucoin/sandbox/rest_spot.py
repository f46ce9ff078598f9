"""KuCoin's endpoints of spot and margin market data.

Sources: KuCoin's pages "Get All Symbols", "Get Ticker", "Get All Tickers", "Get 24hr Stats", "Get Part OrderBook",
"Get Full OrderBook", "Get Trade History", "Get Klines", "Get Fiat Price", "Get Mark Price" and their neighbours.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rxex.exchanges.kucoin.sandbox.instruments import SPOT, SPOT_TERMS
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.exchanges.kucoin.sandbox.rest import Call, Handler, Route
from rxex.exchanges.kucoin.sandbox.rest_market import MarketRest, whole
from rxex.exchanges.kucoin.sandbox.snapshots import Books
from rxex.exchanges.kucoin.sandbox.tapes import Tapes
from rxex.exchanges.kucoin.sandbox.topics_margin import GRANULARITY, Prices
from rxex.exchanges.kucoin.sandbox.topics_spot import MARKETS, auction_of, candle_row, market_of, rate, ticker_of
from rxex.exchanges.kucoin.sandbox.writing import CANDLES, number, text
from rxex.models import Side

__all__ = ["spot_routes"]

_MOST_CANDLES = 1500
_OF_MARGIN = (
    "symbol",
    "name",
    "enableTrading",
    "market",
    "baseCurrency",
    "quoteCurrency",
    "baseIncrement",
    "baseMinSize",
    "quoteIncrement",
    "quoteMinSize",
    "baseMaxSize",
    "quoteMaxSize",
    "priceIncrement",
    "feeCurrency",
    "priceLimitRate",
    "minFunds",
)
_SIZES = {"20": 20, "100": 100}


class SpotRest(MarketRest):
    """The endpoints."""

    missing, unknown = "400100", "900001"

    def __init__(self, tapes: Tapes, books: Books, prices: Prices) -> None:
        """Serve what these have."""
        super().__init__(tapes, books)
        self._prices = prices

    # What there is.

    def symbols(self, call: Call) -> Any:
        """All pairs, or those of a market."""
        market = call.query.get("market")
        return [self._record(symbol) for symbol in self.tapes.symbols if market in {None, market_of(symbol)}]

    def symbol(self, call: Call) -> Any:
        """One pair."""
        return self._record(self.symbol_in(call))

    def _record(self, symbol: str) -> dict[str, Any]:
        terms = SPOT_TERMS[symbol]
        tick, lot = (Decimal(1).scaleb(-digits) for digits in (terms.price_digits, terms.size_digits))
        return {
            "symbol": symbol,
            "name": symbol,
            "baseCurrency": terms.base,
            "quoteCurrency": terms.quote,
            "feeCurrency": terms.quote,
            "market": market_of(symbol),
            "baseMinSize": text(terms.minimum),
            "quoteMinSize": text(terms.minimum_cost),
            "baseMaxSize": "10000000000",
            "quoteMaxSize": "99999999",
            "baseIncrement": text(lot),
            "quoteIncrement": "0.000001" if terms.quote == "USDT" else "0.00000001",
            "priceIncrement": text(tick),
            "priceLimitRate": "0.1",
            "minFunds": text(terms.minimum_cost),
            "isMarginEnabled": True,
            "enableTrading": True,
            "feeCategory": 1,
            "makerFeeCoefficient": "1.00",
            "takerFeeCoefficient": "1.00",
            "st": False,
            "callauctionIsEnabled": symbol in self.tapes.auctions,
            "callauctionPriceFloor": None,
            "callauctionPriceCeiling": None,
            "callauctionFirstStageStartTime": None,
            "callauctionSecondStageStartTime": None,
            "callauctionThirdStageStartTime": None,
            "tradingStartTime": None,
        }

    def markets(self, _: Call) -> Any:
        """The names of the markets."""
        return list(MARKETS)

    def currencies(self, _: Call) -> Any:
        """All currencies."""
        return [_currency(name) for name in self._assets()]

    def currency(self, call: Call) -> Any:
        """One currency."""
        if call.parts["currency"] not in self._assets():
            raise Declined("900003", "currency not exists")
        return _currency(call.parts["currency"])

    def _assets(self) -> list[str]:
        known = [SPOT_TERMS[symbol] for symbol in self.tapes.symbols]
        return sorted({asset for terms in known for asset in (terms.base, terms.quote)})

    def margin_symbols(self, call: Call) -> Any:
        """The pairs of cross margin."""
        wanted = call.query.get("symbol")
        records = [self._record(symbol) for symbol in self.tapes.symbols if wanted in {None, symbol}]
        return {"timestamp": self.now, "items": [{name: record[name] for name in _OF_MARGIN} for record in records]}

    # Prices.

    def ticker(self, call: Call) -> Any:
        """The best prices and the last trade."""
        return {"time": self.now, **ticker_of(self.tapes.tape(self.symbol_in(call)))}

    def tickers(self, _: Call) -> Any:
        """The last 24 hours of all."""
        rows = [{"symbolName": symbol, **self._stats(symbol)} for symbol in self.tapes.symbols]
        return {"time": self.now, "ticker": rows}

    def stats(self, call: Call) -> Any:
        """The last 24 hours of one."""
        stats = self._stats(self.symbol_in(call))
        return {"time": self.now, **{name: stats[name] for name in stats if not name.startswith("best")}}

    def _stats(self, symbol: str) -> dict[str, Any]:
        tape, pair, terms = self.tapes.tape(symbol), self.tapes.pair(symbol), SPOT_TERMS[symbol]
        (bid, bid_size), (ask, ask_size), day = tape.best(Side.BUY), tape.best(Side.SELL), pair.day
        change = pair.last - day.open
        return {
            "symbol": symbol,
            "buy": text(bid),
            "bestBidSize": text(bid_size),
            "sell": text(ask),
            "bestAskSize": text(ask_size),
            "changeRate": text(rate(change, day.open)),
            "changePrice": text(change),
            "high": text(day.high),
            "low": text(day.low),
            "vol": text(day.volume),
            "volValue": text(day.volume * day.vwap),
            "last": text(pair.last),
            "averagePrice": text(day.vwap),
            "takerFeeRate": text(terms.taker),
            "makerFeeRate": text(terms.maker),
            "takerCoefficient": "1",
            "makerCoefficient": "1",
        }

    def fiat(self, call: Call) -> Any:
        """What currencies are worth in dollars."""
        wanted = call.query.get("currencies")
        names = self._assets() if not wanted else [name for name in wanted.split(",") if name in self._assets()]
        return {name: text(self._dollars(name)) for name in names}

    def _dollars(self, name: str) -> Decimal:
        symbol = f"{name}-USDT"
        return self.tapes.pair(symbol).last if symbol in self.tapes.symbols else Decimal(1)

    def mark_price(self, call: Call) -> Any:
        """The mark price of one."""
        try:
            return self._mark(call.parts["symbol"])
        except KeyError:
            raise Declined("900001", f"symbol {call.parts['symbol']} not exists") from None

    def mark_prices(self, _: Call) -> Any:
        """The mark prices of all."""
        return [self._mark(symbol) for symbol in self._prices.symbols]

    def _mark(self, symbol: str) -> Any:
        time = self.now // GRANULARITY * GRANULARITY
        return {"symbol": symbol, "timePoint": time, "value": number(self._prices.mark(symbol))}

    # Books, trades, candles.

    def part_depth(self, call: Call) -> Any:
        """The best 20 or 100 levels."""
        return self._depth(call, _size(call))

    def full_depth(self, call: Call) -> Any:
        """The whole book."""
        return self._depth(call, None)

    def auction_depth(self, call: Call) -> Any:
        """The best levels, during an opening auction alone."""
        symbol = self.symbol_in(call)
        if symbol not in self.tapes.auctions:
            raise Declined("400100", f"{symbol} is not in call auction")
        return self._depth(call, _size(call))

    def _depth(self, call: Call, depth: int | None) -> Any:
        state = self.books.state(self.symbol_in(call))

        def side(which: Side) -> list[Any]:
            return [[text(price), text(size)] for price, size in state.levels[which][:depth]]

        return {
            "time": state.time // 10**6,
            "sequence": str(state.sequence),
            "bids": side(Side.BUY),
            "asks": side(Side.SELL),
        }

    def orders(self, call: Call) -> Any:
        """The whole book order by order."""
        state = self.books.state(self.symbol_in(call))

        def side(which: Side) -> list[Any]:
            return [[each.id, text(each.price), text(each.size), each.time] for each in state.orders[which]]

        return {
            "time": state.time,
            "sequence": str(state.order_sequence),
            "bids": side(Side.BUY),
            "asks": side(Side.SELL),
        }

    def auction(self, call: Call) -> Any:
        """What an opening auction would come to now."""
        symbol = self.symbol_in(call)
        if symbol not in self.tapes.auctions:
            raise Declined("400100", f"{symbol} is not in call auction")
        return auction_of(self.tapes.tape(symbol), self.now)

    def trades(self, call: Call) -> Any:
        """The last 100 trades, the newest first."""
        return [
            {
                "sequence": str(match.number),
                "price": text(match.price),
                "size": text(match.size),
                "side": str(match.side),
                "time": match.time,
            }
            for match in reversed(self.tapes.tape(self.symbol_in(call)).matches)
        ]

    def candles(self, call: Call) -> Any:
        """Candles, the newest first; times in seconds."""
        symbol, length = self.symbol_in(call), call.query.get("type", "")
        if length not in CANDLES:
            raise Declined("400100", "This type is invalid", 400)
        start, end = whole(call.query, "startAt"), whole(call.query, "endAt")
        candles = self.tapes.pair(symbol).candles(CANDLES[length], start * 10**9)
        wanted = [
            candle
            for candle in reversed(candles)
            if start * 10**9 <= candle.begin and (not end or candle.begin < end * 10**9)
        ]
        return [candle_row(candle) for candle in wanted[:_MOST_CANDLES]]

    # All of them.

    @property
    def routes(self) -> list[Route]:
        """What is answered where."""
        rows: list[tuple[str, int, Handler]] = [
            ("/api/v2/symbols", 4, self.symbols),
            ("/api/v2/symbols/{symbol}", 4, self.symbol),
            ("/api/v1/markets", 3, self.markets),
            ("/api/v3/currencies", 3, self.currencies),
            ("/api/v3/currencies/{currency}", 3, self.currency),
            ("/api/v3/margin/symbols", 3, self.margin_symbols),
            ("/api/v1/market/orderbook/level1", 2, self.ticker),
            ("/api/v1/market/allTickers", 15, self.tickers),
            ("/api/v1/market/stats", 15, self.stats),
            ("/api/v1/prices", 3, self.fiat),
            ("/api/v1/mark-price/{symbol}/current", 2, self.mark_price),
            ("/api/v3/mark-price/all-symbols", 10, self.mark_prices),
            ("/api/v1/market/orderbook/level2_{size}", 2, self.part_depth),
            ("/api/v1/market/orderbook/callauction/level2_{size}", 2, self.auction_depth),
            ("/api/v1/market/callauctionData", 2, self.auction),
            ("/api/v1/market/histories", 3, self.trades),
            ("/api/v1/market/candles", 3, self.candles),
        ]
        return [
            *(Route(SPOT, "GET", path, handler, weight=weight) for path, weight, handler in rows),
            Route(SPOT, "GET", "/api/v3/market/orderbook/level2", self.full_depth, "spot", 3, is_signed=True),
            Route(SPOT, "GET", "/api/v3/market/orderbook/level3", self.orders, "spot", 3, is_signed=True),
        ]


def _size(call: Call) -> int:
    if call.parts["size"] not in _SIZES:
        raise Declined("404000", "Url Not Found", 404)
    return _SIZES[call.parts["size"]]


def _currency(name: str) -> dict[str, Any]:
    return {
        "currency": name,
        "name": name,
        "fullName": name,
        "precision": 8,
        "confirms": None,
        "contractAddress": None,
        "isMarginEnabled": True,
        "isDebitEnabled": True,
        "chains": [
            {
                "chainName": name,
                "withdrawalMinSize": "0.001",
                "depositMinSize": "0.0002",
                "withdrawFeeRate": "0",
                "withdrawalMinFee": "0.0005",
                "isWithdrawEnabled": True,
                "isDepositEnabled": True,
                "confirms": 3,
                "preConfirms": 1,
                "contractAddress": "",
                "withdrawPrecision": 8,
                "maxWithdraw": None,
                "maxDeposit": None,
                "needTag": False,
                "chainId": name.lower(),
            }
        ],
    }


def spot_routes(tapes: Tapes, books: Books, prices: Prices) -> list[Route]:
    """Give the endpoints of spot and margin market data."""
    return SpotRest(tapes, books, prices).routes
