"""What the public is told of trades: those of clients, which the market does not know of, beside the market's own."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import cast

from rxex.models import Side, Trade
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.matching import MARKET, MatchingEngine
from rxex.sandbox.orders import Order
from rxex.sandbox.trading_floor import TradingFloor

__all__ = ["Tape", "TapedEngine"]


class TapedEngine(MatchingEngine):
    """An engine that numbers trades as the public is told of them."""

    of_market: Trade | None = None
    """The trade of the market that takes place now, which the market itself tells of."""
    number_of: Callable[[str], int]
    """Gives the next number of a symbol's trades."""

    def take(self, symbol: str, side: Side, price: Decimal, size: Decimal) -> None:
        """See `MatchingEngine.take`."""
        try:
            super().take(symbol, side, price, size)
        finally:
            self.of_market = None

    def _number(self, symbol: str) -> int:
        return self.number_of(symbol) if self.of_market is None else int(self.of_market.id or 0)


class Tape:
    """Tells ``listeners`` (a list to add functions to) of the trades of clients, when a turn of them is over."""

    def __init__(self, floor: TradingFloor) -> None:
        """Watch the trades on ``floor``, whose engine is a `TapedEngine`."""
        self.listeners: list[Callable[[MarketEvent], None]] = []
        self._simulation = floor.simulation
        self._engine = engine = cast("TapedEngine", floor.engine)
        self._trades: dict[str, list[Trade]] = {}
        engine.number_of = lambda symbol: self._simulation.market.pair(symbol).number_trade()
        engine.match_listeners.append(self._matched)
        floor.previews.append(self._preview)
        floor.flushers.append(self._flush)

    def _preview(self, trade: Trade) -> None:
        self._engine.of_market = trade

    def _matched(self, maker: Order, taker: Order, size: Decimal, price: Decimal, number: int) -> None:
        if self._engine.of_market is not None or maker.account == taker.account == MARKET:
            return
        request, time = taker.request, self._simulation.timestamp
        kind = "market" if taker.price is None else "limit"
        trade = Trade(request.symbol, price, size, request.side, number, kind, time)
        pair = self._simulation.market.pair(request.symbol)
        pair.record(price, size, time)
        pair.recent.append(trade)
        self._trades.setdefault(request.symbol, []).append(trade)

    def _flush(self) -> None:
        trades, self._trades = self._trades, {}
        for symbol, told in trades.items():
            event = MarketEvent(self._simulation.market.pair(symbol), tuple(told), best_changed=False)
            for listener in self.listeners:
                listener(event)
