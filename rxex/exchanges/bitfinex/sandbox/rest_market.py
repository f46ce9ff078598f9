"""What REST's public endpoints tell of the market.

Source: Bitfinex's pages of the public endpoints, each by its name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from rxex.codec import text_of
from rxex.exchanges.bitfinex.sandbox.book_channel import PRECISIONS, look_at
from rxex.exchanges.bitfinex.sandbox.candle_channel import candle_key, candle_rows
from rxex.exchanges.bitfinex.sandbox.feeds import Turns, is_known
from rxex.exchanges.bitfinex.sandbox.funding import CURRENCIES, FundingMarkets
from rxex.exchanges.bitfinex.sandbox.instruments import DERIVATIVES, INSTRUMENTS, TERMS, currencies_of, is_funding
from rxex.exchanges.bitfinex.sandbox.market_channels import (
    funding_ticker_row,
    funding_trade_row,
    ticker_row,
    trade_row,
)
from rxex.exchanges.bitfinex.sandbox.order_requests import invalid
from rxex.exchanges.bitfinex.sandbox.refusals import Declined
from rxex.exchanges.bitfinex.sandbox.rest import Asked, Route, paged
from rxex.exchanges.bitfinex.sandbox.status_channel import StatusChannel, derivative_row
from rxex.models import Side

__all__ = ["MarketEndpoints"]

_LENGTHS = ("1", "25", "100")
_MARGIN = ("BTCUSD", "BTCUST", "ETHUSD", "ETHUST", "ETHBTC", "SOLUSD", "XRPUSD", "LTCUSD", "XMRUSD")


class MarketEndpoints:
    """The public endpoints."""

    def __init__(self, turns: Turns, funding: FundingMarkets, status: StatusChannel) -> None:
        """Serve what these have."""
        self._turns = turns
        self._funding = funding
        self._status = status
        self._is_known = is_known(turns, funding)

    @property
    def routes(self) -> list[Route]:
        """The endpoints by their paths, and how often a minute each may be called."""
        return [
            Route("platform/status", lambda _, __: [int(self._turns.simulation.system == "online")], 30),
            Route("tickers", self._tickers, 30),
            Route("ticker/{symbol}", lambda _, asked: self._ticker(self._symbol(asked)), 90),
            Route("book/{symbol}/{precision}", self._book, 240),
            Route("trades/{symbol}/hist", self._trades, 15),
            Route("candles/{key}/hist", self._candles, 30),
            Route("candles/{key}/last", self._candle, 30),
            Route("conf/{keys}", self._conf, 90),
            Route("status/deriv", self._derivatives, 90),
            Route("liquidations/hist", self._liquidations, 3),
        ]

    def _symbol(self, asked: Asked) -> str:
        symbol = asked.parts["symbol"]
        if not self._is_known(symbol):
            raise Declined("symbol: invalid", 10020)
        return symbol

    def _all(self, asked: Asked, name: str) -> list[str]:
        text = asked.params.get(name)
        if not isinstance(text, str) or not text:
            raise invalid(name)
        known = [*self._turns.floor.engine.terms, *CURRENCIES]
        # Those that are not known are left out.
        return known if text == "ALL" else [symbol for symbol in text.split(",") if symbol in known]

    def _ticker(self, symbol: str) -> list[Any]:
        if is_funding(symbol):
            return funding_ticker_row(self._funding.market(symbol))
        return ticker_row(self._turns, symbol)

    def _tickers(self, _: str, asked: Asked) -> list[Any]:
        return [[symbol, *self._ticker(symbol)] for symbol in self._all(asked, "symbols")]

    def _book(self, _: str, asked: Asked) -> list[Any]:
        symbol, precision, length = self._symbol(asked), asked.parts["precision"], asked.params.get("len") or "25"
        if precision not in PRECISIONS:
            raise Declined("precision: invalid", 10020)
        if length not in _LENGTHS:
            raise invalid("len")
        look, release = look_at(self._turns, self._funding, symbol, precision, int(length))
        rows = [row.cells for side in (Side.BUY, Side.SELL) for row in look(side)]
        release()
        return rows

    def _trades(self, _: str, asked: Asked) -> list[Any]:
        symbol = self._symbol(asked)
        rows = (
            [funding_trade_row(trade) for trade in self._funding.market(symbol).trades]
            if is_funding(symbol)
            else [trade_row(trade) for trade in self._turns.trades.recent(symbol)]
        )
        return paged(rows, lambda row: row[1], asked, usual=125, most=10_000)

    def _candles(self, _: str, asked: Asked) -> list[Any]:
        try:
            key = candle_key(asked.parts["key"], self._turns, self._funding)
        except Declined:
            return []  # a key that cannot be is no error here
        rows = candle_rows(key, self._turns, self._funding)
        return paged(rows, lambda row: row[0], asked, usual=100, most=10_000)

    def _candle(self, _: str, asked: Asked) -> Any:
        rows = self._candles("", Asked(asked.parts, {}))
        return rows[0] if rows else None

    def _derivatives(self, _: str, asked: Asked) -> list[Any]:
        symbols = [symbol for symbol in self._all(asked, "keys") if symbol in DERIVATIVES]
        return [[symbol, *derivative_row(self._turns, symbol)] for symbol in symbols]

    def _liquidations(self, _: str, asked: Asked) -> list[Any]:
        rows = [[row] for row in self._status.liquidations]
        return paged(rows, lambda row: int(row[0][2]), asked, usual=125, most=500)

    # Configuration.

    def _conf(self, _: str, asked: Asked) -> list[Any]:
        known = self._configuration()
        return [known[key]() if key in known else None for key in asked.parts["keys"].split(",")]

    def _configuration(self) -> Mapping[str, Callable[[], Any]]:
        pairs = [symbol for symbol in self._turns.floor.engine.terms if symbol not in DERIVATIVES]
        contracts = [symbol for symbol in self._turns.floor.engine.terms if symbol in DERIVATIVES]
        return {
            "pub:list:pair:exchange": lambda: [symbol[1:] for symbol in pairs],
            "pub:list:pair:margin": lambda: [symbol[1:] for symbol in pairs if symbol[1:] in _MARGIN],
            "pub:list:pair:futures": lambda: [symbol[1:] for symbol in contracts],
            "pub:list:currency": _currencies,
            "pub:map:currency:sym": lambda: [["UST", "USDt"], ["USTF0", "USDt0"]],
            "pub:map:currency:label": lambda: [[currency, currency.capitalize()] for currency in _currencies()],
            "pub:map:currency:undl": lambda: [[currencies_of(symbol)[0], symbol[1:4]] for symbol in contracts],
            "pub:info:pair": lambda: [_pair_info(symbol) for symbol in pairs],
            "pub:info:pair:futures": lambda: [_pair_info(symbol) for symbol in contracts],
        }


def _currencies() -> list[str]:
    return sorted({currency for symbol in INSTRUMENTS for currency in currencies_of(symbol)})


def _pair_info(symbol: str) -> list[Any]:
    least = TERMS[symbol].minimum
    margins = [Decimal("0.2"), Decimal("0.1")] if symbol[1:] in _MARGIN else [None, None]
    sizes = [text_of(least), f"{text_of(least * 50_000_000)}"]
    return [symbol[1:], [None, None, None, *sizes, None, None, None, *margins]]
