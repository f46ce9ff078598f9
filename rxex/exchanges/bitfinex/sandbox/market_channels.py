"""The channels ticker and trades, of pairs and of funding.

Source: Bitfinex's pages "Ticker" and "Trades" of the public channels.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from itertools import islice
from random import Random
from typing import Any

from rxex.exchanges.bitfinex.sandbox.clients import Subscription
from rxex.exchanges.bitfinex.sandbox.feeds import Feed, Turns, is_known, symbol_of
from rxex.exchanges.bitfinex.sandbox.funding import FundingMarket, FundingMarkets, FundingTrade
from rxex.exchanges.bitfinex.sandbox.instruments import is_funding
from rxex.exchanges.bitfinex.sandbox.trading import signed
from rxex.exchanges.bitfinex.sandbox.writing import milliseconds, write
from rxex.models import Side, Trade

__all__ = ["TickerChannel", "TradesChannel", "funding_ticker_row", "funding_trade_row", "ticker_row", "trade_row"]

_SUMMED = 25
_RECENT = 30
_STORED_AFTER = (0.3, 1.5)


def ticker_row(turns: Turns, symbol: str) -> list[Any]:
    """A ticker; its sizes are those of 25 levels together."""
    book, pair = turns.floor.book(symbol), turns.pair(symbol)
    row: list[Any] = []
    for side in (Side.BUY, Side.SELL):
        levels = book.levels(side, _SUMMED)
        row += [levels[0][0] if levels else None, sum((size for _, size in levels), Decimal(0))]
    day = pair.day
    change = pair.last - day.open
    relative = (change / day.open).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
    return [*row, change, relative, pair.last, day.volume, day.high, day.low]


def funding_ticker_row(market: FundingMarket) -> list[Any]:
    """A ticker of funding."""
    row: list[Any] = [(market.trades[-1].rate * Decimal("0.98")).quantize(Decimal("1E-10"), ROUND_HALF_EVEN)]
    for side in (Side.BUY, Side.SELL):
        offers = market.offers(side)[:_SUMMED]
        amount = sum((abs(each.amount) for each in offers), Decimal(0))
        row += [offers[0].rate, offers[0].period, amount] if offers else [None, None, Decimal(0)]
    rates = [trade.rate for trade in market.trades]
    change = rates[-1] - rates[0]
    relative = (change / rates[0]).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
    volume = sum((abs(trade.amount) for trade in market.trades), Decimal(0))
    row += [change, relative, rates[-1], volume, max(rates), min(rates), None, None]
    return [*row, sum((each.amount for each in market.offers(Side.SELL)), Decimal(0))]


def trade_row(trade: Trade) -> list[Any]:
    """A trade: above 0 where the taker bought."""
    return [trade.id, milliseconds(trade.time or 0), signed(trade.size, trade.side), trade.price]


def funding_trade_row(trade: FundingTrade) -> list[Any]:
    """A trade of funding."""
    return [trade.id, milliseconds(trade.time), trade.amount, trade.rate, trade.period]


class _OfBoth(Feed):
    """A channel of pairs and of funding."""

    def __init__(self, turns: Turns, funding: FundingMarkets) -> None:
        super().__init__(turns.simulation)
        self.turns = turns
        self.funding = funding
        self._is_known = is_known(turns, funding)
        turns.listeners.append(self.turned)
        funding.listeners.append(self.funded)

    def fields_of(self, asked: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        symbol = symbol_of(asked.get("symbol"), self._is_known)
        return symbol, {"symbol": symbol}

    def opened(self, subscription: Subscription) -> None:
        if is_funding(subscription.symbol):
            self.funding.watch(subscription.symbol)
        else:
            self.turns.watch(subscription.symbol)

    def closed(self, subscription: Subscription) -> None:
        (self.funding if is_funding(subscription.symbol) else self.turns).unwatch(subscription.symbol)

    def turned(self, symbol: str, trades: Sequence[Trade], best_changed: bool) -> None:  # noqa: FBT001 - as told
        raise NotImplementedError

    def funded(self, symbol: str, trade: FundingTrade | None) -> None:
        raise NotImplementedError


class TickerChannel(_OfBoth):
    """The channel ``ticker``."""

    def snapshot(self, subscription: Subscription) -> str:
        """The ticker as it is now."""
        return self._text(subscription.symbol)

    def turned(self, symbol: str, trades: Sequence[Trade], best_changed: bool) -> None:  # noqa: FBT001 - as told
        """Tell of new best prices, and of trades."""
        if symbol in self.subscriptions and (trades or best_changed):
            self.push(symbol, self._text(symbol))

    def funded(self, symbol: str, trade: FundingTrade | None) -> None:
        """Tell of a trade."""
        if symbol in self.subscriptions and trade is not None:
            self.push(symbol, self._text(symbol))

    def _text(self, symbol: str) -> str:
        if is_funding(symbol):
            return write(funding_ticker_row(self.funding.market(symbol)))
        return write(ticker_row(self.turns, symbol))


class TradesChannel(_OfBoth):
    """The channel ``trades``: each is told at once, and once more when it is stored."""

    def __init__(self, turns: Turns, funding: FundingMarkets, random: Random) -> None:
        """Serve both; ``random`` says when a trade is stored."""
        super().__init__(turns, funding)
        self._random = random

    def snapshot(self, subscription: Subscription) -> str:
        """The last trades, the newest first."""
        rows: Iterable[list[Any]]
        if is_funding(subscription.symbol):
            rows = map(funding_trade_row, reversed(self.funding.market(subscription.symbol).trades))
        else:
            rows = map(trade_row, reversed(self.turns.trades.recent(subscription.symbol)))
        return write(list(islice(rows, _RECENT)))

    def turned(self, symbol: str, trades: Sequence[Trade], best_changed: bool) -> None:  # noqa: ARG002, FBT001
        """Tell of trades."""
        if symbol in self.subscriptions:
            self._tell(symbol, "t", [write(trade_row(trade)) for trade in trades])

    def funded(self, symbol: str, trade: FundingTrade | None) -> None:
        """Tell of a trade."""
        if symbol in self.subscriptions and trade is not None:
            self._tell(symbol, "ft", [write(funding_trade_row(trade))])

    def _tell(self, symbol: str, kind: str, rows: Sequence[str]) -> None:
        for row in rows:
            # Who subscribes before it is stored is told of it then; it stood in the snapshot.
            self.push(symbol, f'"{kind}e",{row}')
            wait = self._random.uniform(*_STORED_AFTER)
            self.simulation.schedule(wait, partial(self.push, symbol, f'"{kind}u",{row}'))
