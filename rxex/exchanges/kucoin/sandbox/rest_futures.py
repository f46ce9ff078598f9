"""KuCoin's endpoints of futures market data; sizes are lots.

Sources: KuCoin's futures pages "Get All Symbols", "Get Ticker", "Get Part OrderBook", "Get Full OrderBook",
"Get Trade History", "Get Klines", "Get Mark Price" and "Get Current Funding Rate".
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from rxex.exchanges.kucoin.sandbox.funding import EVERY, Funding
from rxex.exchanges.kucoin.sandbox.instruments import CONTRACTS, FUTURES, FUTURES_TERMS
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.exchanges.kucoin.sandbox.rest import Call, Handler, Route
from rxex.exchanges.kucoin.sandbox.rest_market import MarketRest, whole
from rxex.exchanges.kucoin.sandbox.snapshots import Books, BookState
from rxex.exchanges.kucoin.sandbox.tapes import Tapes
from rxex.exchanges.kucoin.sandbox.topics_futures import ticker_of_contract, turnover
from rxex.exchanges.kucoin.sandbox.topics_spot import rate
from rxex.exchanges.kucoin.sandbox.writing import number, text
from rxex.models import Side

__all__ = ["futures_routes"]

_DEPTHS = {"20": 20, "100": 100}
_GRANULARITIES = {1, 5, 15, 30, 60, 120, 240, 480, 720, 1440, 10080}
_MOST_CANDLES = 500


class FuturesRest(MarketRest):
    """The endpoints."""

    missing, unknown = "100001", "200003"

    def __init__(self, tapes: Tapes, books: Books, funding: Funding) -> None:
        """Serve what these have."""
        super().__init__(tapes, books)
        self._funding = funding

    def contracts(self, _: Call) -> Any:
        """All contracts."""
        return [self._record(symbol) for symbol in self.tapes.symbols]

    def contract(self, call: Call) -> Any:
        """One contract."""
        return self._record(self.symbol_in(call))

    def _record(self, symbol: str) -> dict[str, Any]:
        contract, terms, pair = CONTRACTS[symbol], FUTURES_TERMS[symbol], self.tapes.pair(symbol)
        day, tick = pair.day, number(Decimal(1).scaleb(-terms.price_digits))
        return {
            "symbol": symbol,
            "rootSymbol": contract.quote,
            "type": "FFWCSX",
            "firstOpenDate": 1_585_555_200_000,
            "expireDate": None,
            "settleDate": None,
            "baseCurrency": contract.base,
            "quoteCurrency": contract.quote,
            "settleCurrency": contract.settle,
            "maxOrderQty": 1_000_000,
            "maxPrice": number(Decimal(1_000_000)),
            "lotSize": 1,
            "tickSize": tick,
            "indexPriceTickSize": tick,
            "multiplier": number(contract.multiplier),
            "initialMargin": number(Decimal(1) / contract.leverage),
            "maintainMargin": number(Decimal(1) / contract.leverage / 2),
            "maxRiskLimit": 100_000,
            "minRiskLimit": 100_000,
            "riskStep": 50_000,
            "makerFeeRate": number(terms.maker),
            "takerFeeRate": number(terms.taker),
            "takerFixFee": number(Decimal(0)),
            "makerFixFee": number(Decimal(0)),
            "settlementFee": None,
            "isDeleverage": True,
            "isQuanto": not contract.is_inverse,
            "isInverse": contract.is_inverse,
            "markMethod": "FairPrice",
            "fairMethod": "FundingRate",
            "fundingBaseSymbol": f".{contract.base}INT8H",
            "fundingQuoteSymbol": f".{contract.quote}INT8H",
            "fundingRateSymbol": f".{symbol}FPI8H",
            "indexSymbol": f".K{contract.base}{contract.quote}",
            "settlementSymbol": "",
            "status": "Open",
            "fundingFeeRate": number(self._funding.rate(symbol)),
            "predictedFundingFeeRate": number(self._funding.rate(symbol)),
            "fundingRateGranularity": EVERY // 10**6,
            "openInterest": "4725361",
            "turnoverOf24h": turnover(pair),
            "volumeOf24h": number(day.volume * abs(contract.multiplier)),
            "markPrice": number(self._funding.mark(symbol)),
            "indexPrice": number(self._funding.index(symbol)),
            "lastTradePrice": number(pair.last),
            "nextFundingRateTime": (self._funding.next_time - self.simulation.timestamp) // 10**6,
            "maxLeverage": contract.leverage,
            "sourceExchanges": ["sandbox"],
            "premiumsSymbol1M": f".{symbol}PI",
            "premiumsSymbol8H": f".{symbol}PI8H",
            "fundingBaseSymbol1M": f".{contract.base}INT",
            "fundingQuoteSymbol1M": f".{contract.quote}INT",
            "lowPrice": number(day.low),
            "highPrice": number(day.high),
            "priceChgPct": number(rate(pair.last - day.open, day.open)),
            "priceChg": number(pair.last - day.open),
            "supportCross": True,
        }

    def ticker(self, call: Call) -> Any:
        """The best prices and the last trade."""
        return ticker_of_contract(self.tapes.tape(self.symbol_in(call)))

    def tickers(self, _: Call) -> Any:
        """Those of all."""
        return [ticker_of_contract(self.tapes.tape(symbol)) for symbol in self.tapes.symbols]

    def part_depth(self, call: Call) -> Any:
        """The best 20 or 100 levels."""
        if call.parts["size"] not in _DEPTHS:
            raise Declined("404000", "Url Not Found", 404)
        return _depth(self.books.state(self.symbol_in(call)), _DEPTHS[call.parts["size"]])

    def full_depth(self, call: Call) -> Any:
        """The whole book."""
        return _depth(self.books.state(self.symbol_in(call)), None)

    def trades(self, call: Call) -> Any:
        """The last 100 trades, the newest first."""
        return [
            {
                "sequence": match.number,
                "contractId": 1,
                "tradeId": str(match.number),
                "makerOrderId": match.maker_id,
                "takerOrderId": match.taker_id,
                "ts": match.time,
                "size": int(match.size),
                "price": text(match.price),
                "side": str(match.side),
            }
            for match in reversed(self.tapes.tape(self.symbol_in(call)).matches)
        ]

    def candles(self, call: Call) -> Any:
        """Candles, the oldest first; times in milliseconds, numbers, open before high before low before close."""
        symbol, minutes = self.symbol_in(call), whole(call.query, "granularity")
        if minutes not in _GRANULARITIES:
            raise Declined("100001", "granularity is invalid", 400)
        start, end = whole(call.query, "from"), whole(call.query, "to")
        candles = [
            candle
            for candle in self.tapes.pair(symbol).candles(minutes, start * 10**6)
            if start * 10**6 <= candle.begin and (not end or candle.begin <= end * 10**6)
        ]
        # From the beginning of what is asked for, or else the last ones.
        chosen = candles[:_MOST_CANDLES] if start else candles[-_MOST_CANDLES:]
        return [
            [
                candle.begin // 10**6,
                *(number(value) for value in (candle.open, candle.high, candle.low, candle.close, candle.volume)),
            ]
            for candle in chosen
        ]

    def mark_price(self, call: Call) -> Any:
        """Mark and index price."""
        symbol = self.symbol_in(call)
        return {
            "symbol": symbol,
            "granularity": 1000,
            "timePoint": self.now // 1000 * 1000,
            "value": number(self._funding.mark(symbol)),
            "indexPrice": number(self._funding.index(symbol)),
        }

    def funding_rate(self, call: Call) -> Any:
        """What is paid at the next settlement."""
        symbol = self.symbol_in(call)
        return {
            "symbol": f".{symbol}FPI8H",
            "granularity": EVERY // 10**6,
            "timePoint": (self._funding.next_time - EVERY) // 10**6,
            "value": number(self._funding.rate(symbol)),
            "predictedValue": number(self._funding.rate(symbol)),
            "fundingRateCap": number(Decimal("0.003")),
            "fundingRateFloor": number(Decimal("-0.003")),
            "period": 1,
            "fundingTime": self._funding.next_time // 10**6,
        }

    def funding_rates(self, call: Call) -> Any:
        """What was paid at the settlements of some time, the last one first."""
        symbol = self.symbol_in(call)
        start, end = (whole(call.query, name) * 10**6 for name in ("from", "to"))
        time = self._funding.next_time - EVERY
        rows: list[dict[str, Any]] = []
        while time >= start and len(rows) < 100:
            if time <= end:
                rows.append(
                    {
                        "symbol": symbol,
                        "fundingRate": number(self._funding.rate(symbol)),
                        "timepoint": time // 10**6,
                    }
                )
            time -= EVERY
        return rows

    def orders(self, call: Call) -> Any:
        """The whole book order by order."""
        state = self.books.state(self.symbol_in(call))

        def side(which: Side) -> list[Any]:
            return [[each.id, text(each.price), int(each.size), each.time] for each in state.orders[which]]

        return {
            "symbol": state.symbol,
            "sequence": state.order_sequence,
            "bids": side(Side.BUY),
            "asks": side(Side.SELL),
            "ts": state.time,
        }

    @property
    def routes(self) -> list[Route]:
        """What is answered where."""
        rows: list[tuple[str, int, Handler]] = [
            ("/api/v1/contracts/active", 3, self.contracts),
            ("/api/v1/contracts/{symbol}", 3, self.contract),
            ("/api/v1/ticker", 2, self.ticker),
            ("/api/v1/allTickers", 5, self.tickers),
            ("/api/v1/level2/snapshot", 3, self.full_depth),
            ("/api/v1/level2/depth{size}", 5, self.part_depth),
            ("/api/v2/level3/snapshot", 3, self.orders),
            ("/api/v1/trade/history", 5, self.trades),
            ("/api/v1/kline/query", 3, self.candles),
            ("/api/v1/mark-price/{symbol}/current", 3, self.mark_price),
            ("/api/v1/funding-rate/{symbol}/current", 2, self.funding_rate),
            ("/api/v1/contract/funding-rates", 5, self.funding_rates),
        ]
        return [Route(FUTURES, "GET", path, handler, weight=weight) for path, weight, handler in rows]


def _depth(state: BookState, depth: int | None) -> dict[str, Any]:
    def side(which: Side) -> list[Any]:
        return [[number(price), int(size)] for price, size in state.levels[which][:depth]]

    return {
        "sequence": state.sequence,
        "symbol": state.symbol,
        "bids": side(Side.BUY),
        "asks": side(Side.SELL),
        "ts": state.time,
    }


def futures_routes(tapes: Tapes, books: Books, funding: Funding) -> list[Route]:
    """Give the endpoints of futures market data."""
    return FuturesRest(tapes, books, funding).routes
