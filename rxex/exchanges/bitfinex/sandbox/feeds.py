"""What the public channels of the simulated Bitfinex have in common: who has subscribed, and turns of the market."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from rxex.exchanges.bitfinex.sandbox.clients import Subscription
from rxex.exchanges.bitfinex.sandbox.instruments import is_funding
from rxex.exchanges.bitfinex.sandbox.protocol import Channel
from rxex.exchanges.bitfinex.sandbox.refusals import Declined
from rxex.models import Side, Trade
from rxex.sandbox.market import Pair
from rxex.sandbox.order_book import OrderBook
from rxex.sandbox.public_trades import PublicTrades
from rxex.sandbox.simulation import Simulation
from rxex.sandbox.trading_floor import LEVELS, TradingFloor

__all__ = ["Feed", "Turns", "symbol_of"]


def symbol_of(asked: object, known: Callable[[str], bool]) -> str:
    """The symbol that is asked for; raises `Declined` for one that is not ``known``."""
    if not isinstance(asked, str) or not known(asked):
        raise Declined("symbol: invalid", 10300)
    return asked


class Turns:
    """Tells, when a turn of the market is over, of each watched pair that something has happened to.

    ``listeners`` (a list to add functions to) hear its symbol, its trades, and whether its best prices have changed.
    """

    def __init__(self, floor: TradingFloor) -> None:
        """Follow ``floor``."""
        self.floor = floor
        self.simulation = floor.simulation
        self.trades = PublicTrades(floor)
        self.listeners: list[Callable[[str, Sequence[Trade], bool], None]] = []
        self._watchers: Counter[str] = Counter()
        self._known: set[str] = set()
        self._news: dict[str, list[Trade]] = {}
        self._best: dict[str, Any] = {}
        self.trades.listeners.append(lambda trade: self._news.setdefault(trade.symbol, []).append(trade))
        floor.flushers.append(self._flush)

    def has(self, symbol: str) -> bool:
        """Whether there is such a pair."""
        return symbol in self.floor.engine.terms

    def pair(self, symbol: str) -> Pair:
        """The market of a pair, as it is now."""
        return self.simulation.market.pair(symbol)

    def watch(self, symbol: str, levels: int = LEVELS) -> OrderBook:
        """Tell of ``symbol`` from now on, until as many `unwatch`; give its book."""
        book = self.floor.watch_book(symbol, levels)
        if symbol not in self._known:
            self._known.add(symbol)
            book.listeners.append(partial(self._changed, symbol))
        self._watchers[symbol] += 1
        self._best.setdefault(symbol, _best(book))
        return book

    def unwatch(self, symbol: str) -> None:
        """End one `watch`."""
        self._watchers[symbol] -= 1
        if not self._watchers[symbol]:
            del self._watchers[symbol], self._best[symbol]
        self.floor.unwatch_book(symbol)

    def _changed(self, symbol: str, *_: object) -> None:
        self._news.setdefault(symbol, [])

    def _flush(self) -> None:
        news, self._news = self._news, {}
        for symbol, trades in news.items():
            if symbol in self._watchers:
                best = _best(self.floor.engine.books[symbol])
                changed, self._best[symbol] = best != self._best.get(symbol), best
                for listener in self.listeners:
                    listener(symbol, trades, changed)


def _best(book: OrderBook) -> Any:
    return book.levels(Side.BUY, 1), book.levels(Side.SELL, 1)


class Feed(Channel):
    """A channel with those who subscribed to it, by what they subscribed to."""

    def __init__(self, simulation: Simulation) -> None:
        """Serve ``simulation``."""
        self.simulation = simulation
        self.subscriptions: dict[str, dict[Subscription, None]] = {}

    def key_of(self, subscription: Subscription) -> str:
        """What a subscription is about."""
        return subscription.symbol

    def begin(self, subscription: Subscription) -> None:
        """Take in a new one, and send it its snapshot."""
        those = self.subscriptions.setdefault(self.key_of(subscription), {})
        if not those:
            self.opened(subscription)
        those[subscription] = None
        self.send(subscription, self.snapshot(subscription))

    def end(self, subscription: Subscription) -> None:
        """Forget one; the last of a kind leaves nothing behind."""
        key = self.key_of(subscription)
        those = self.subscriptions[key]
        del those[subscription]
        if not those:
            del self.subscriptions[key]
            self.closed(subscription)

    def opened(self, subscription: Subscription) -> None:
        """The first one of its kind has come."""

    def closed(self, subscription: Subscription) -> None:
        """The last one of its kind has gone."""

    def snapshot(self, subscription: Subscription) -> str | None:
        """What a new one is sent at once, as JSON; None: nothing."""
        raise NotImplementedError

    def push(self, key: str, payload: str) -> None:
        """Tell all who subscribed to ``key``."""
        for subscription in list(self.subscriptions.get(key, ())):
            self.send(subscription, payload)

    def send(self, subscription: Subscription, payload: str | None) -> None:
        """Send a message of a channel, through the faults."""
        if payload is not None:
            frame = subscription.frame(payload)
            self.simulation.send_data(subscription.session, subscription.channel, subscription.symbol, frame)


def is_known(turns: Turns, funding: Any) -> Callable[[str], bool]:
    """Whether a symbol is that of a pair, or of a currency of funding."""
    return lambda symbol: symbol in funding if is_funding(symbol) else turns.has(symbol)
