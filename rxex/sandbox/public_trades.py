"""The trades of a market as the public hears of them: the market's own, and those of clients' orders."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from decimal import Decimal

from attrs import evolve

from rxex.models import Trade
from rxex.sandbox.crossing import MARKET, opposite
from rxex.sandbox.orders import Order
from rxex.sandbox.trading_floor import TradingFloor

__all__ = ["PublicTrades"]

ZERO = Decimal(0)
_REMEMBERED = 100


class PublicTrades:
    """Every trade of the symbols whose books are watched, numbered by the engine, as fills are.

    ``listeners`` (a list to add functions to) hear of each, while it happens.
    """

    def __init__(self, floor: TradingFloor) -> None:
        """Hear what is traded on ``floor``; the market's trades take place there, whole and at their prices."""
        self.listeners: list[Callable[[Trade], None]] = []
        self._floor = floor
        self._recent: dict[str, deque[Trade]] = {}
        self._of_market: Trade | None = None
        self._left = ZERO
        floor.previews.append(self._preview)
        floor.flushers.append(self._end_turn)
        floor.engine.match_listeners.append(self._matched)

    def recent(self, symbol: str) -> list[Trade]:
        """The last trades of ``symbol``, oldest first: 100 at most."""
        trades = self._recent.setdefault(symbol, deque(maxlen=_REMEMBERED))
        since = trades[-1].time or 0 if trades else 0
        for trade in self._floor.simulation.market.pair(symbol).recent:
            # What was traded while nobody watched.
            if (trade.time or 0) > since:
                trades.append(evolve(trade, id=self._floor.engine.ids.trade()))
        return list(trades)

    # The inside.

    def _preview(self, trade: Trade) -> None:
        self._floor.engine.offer(trade.symbol, opposite(trade.side), trade.price, trade.size)
        self._of_market, self._left = trade, trade.size

    def _matched(self, maker: Order, taker: Order, size: Decimal, price: Decimal, number: int) -> None:  # noqa: ARG002
        symbol, side, time, of_market = taker.request.symbol, taker.request.side, self._now(), self._of_market
        if (
            of_market is not None
            and self._left
            and (symbol, side, taker.account) == (of_market.symbol, of_market.side, MARKET)
        ):
            self._left -= size
            time = of_market.time or time
        else:
            # The market does not know of it.
            self._floor.simulation.market.pair(symbol).record(price, size, time)
        kind = "limit" if taker.price is not None else "market"
        known = self._recent.setdefault(symbol, deque(maxlen=_REMEMBERED))
        time = max(time, known[-1].time or 0 if known else 0)
        trade = Trade(symbol, price, size, side, id=number, order_type=kind, time=time)
        known.append(trade)
        for listener in self.listeners:
            listener(trade)

    def _end_turn(self) -> None:
        self._left = ZERO

    def _now(self) -> int:
        return self._floor.simulation.timestamp
