"""How topics of market data are told: at once, at most so often, or every so many seconds."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection, Iterable, Sequence
from functools import partial

from attrs import frozen

from rxex.exchanges.kucoin.sandbox.protocol import Subscription, Topic, push
from rxex.exchanges.kucoin.sandbox.tapes import Tape, Tapes, Turn
from rxex.exchanges.kucoin.sandbox.writing import CANDLES
from rxex.models import Candle
from rxex.sandbox.simulation import Simulation
from rxex.sandbox.trading_floor import LEVELS

__all__ = ["BookTopic", "CandleTopic", "News", "PeriodicTopic"]


@frozen
class News:
    """What has happened to a book that ``argument`` of ``topic`` (with it) stands for."""

    topic: str
    argument: str
    tape: Tape
    turn: Turn


class BookTopic(Topic):
    """A topic that follows what happens to books: at once, or at most every ``interval`` seconds."""

    interval: float = 0.0
    levels: int = LEVELS
    """Levels of each side that there have to be in the book."""

    def __init__(self, tapes: Tapes) -> None:
        super().__init__()
        self.interval *= tapes.rhythm
        self.tapes = tapes
        self.simulation = tapes.simulation
        self._arguments: dict[str, set[str]] = {}
        self._pending: set[tuple[str, str]] = set()
        tapes.listeners.append(self._heard)

    # What a topic says.

    def symbols_of(self, argument: str) -> Collection[str]:
        """The instruments that an argument stands for; one that is not known is acknowledged, and silent."""
        return [argument] if argument in self.tapes.symbols else []

    @abstractmethod
    def concerns(self, news: News) -> bool:
        """Whether there is something to tell."""

    @abstractmethod
    def frames(self, news: News) -> Iterable[str]:
        """Write what is told; with an interval the turn is empty by then."""

    # Subscriptions.

    def begin(self, subscriptions: Sequence[Subscription]) -> None:
        """Follow the books."""
        super().begin(subscriptions)
        for each in subscriptions:
            for symbol in self.symbols_of(each.argument):
                self._arguments.setdefault(symbol, set()).add(each.argument)
                self.tapes.watch(symbol, self.levels)

    def end(self, subscription: Subscription) -> None:
        """Follow them no more."""
        super().end(subscription)
        argument = subscription.argument
        for symbol in self.symbols_of(argument):
            if argument not in self.subscriptions:
                self._arguments[symbol].discard(argument)
            self.tapes.unwatch(symbol)

    # The inside.

    def _heard(self, tape: Tape, turn: Turn) -> None:
        arguments = self._arguments.get(tape.symbol)
        for argument in sorted(arguments or ()):
            those = self.subscriptions.get(argument)
            if not those:
                continue
            news = News(next(iter(those)).topic, argument, tape, turn)
            if not self.concerns(news):
                continue
            if not self.interval:
                self._tell(news)
            elif (argument, tape.symbol) not in self._pending:
                self._pending.add((argument, tape.symbol))
                now = self.simulation.now
                wait = (now // self.interval + 1) * self.interval - now
                self.simulation.schedule(wait, partial(self._tell_late, argument, tape))

    def _tell_late(self, argument: str, tape: Tape) -> None:
        self._pending.discard((argument, tape.symbol))
        those = self.subscriptions.get(argument)
        if those:
            self._tell(News(next(iter(those)).topic, argument, tape, Turn()))

    def _tell(self, news: News) -> None:
        for text in self.frames(news):
            push(self.simulation, self.subscriptions.get(news.argument, ()), text)


class CandleTopic(BookTopic):
    """A topic of candles, told where something was traded; its arguments are ``symbol_length``."""

    def symbols_of(self, argument: str) -> Collection[str]:
        """The symbol, where the length is one that there is."""
        symbol, _, length = argument.rpartition("_")
        return super().symbols_of(symbol) if length in CANDLES else []

    def concerns(self, news: News) -> bool:
        """Whether something was traded."""
        return bool(news.turn.matches)

    def candles(self, argument: str, since: int = 0) -> list[Candle]:
        """Those that end after ``since``, nanoseconds since the epoch."""
        symbol, _, length = argument.rpartition("_")
        return self.tapes.pair(symbol).candles(CANDLES[length], since)


class PeriodicTopic(Topic):
    """A topic that is told every ``interval`` seconds, as long as anybody has it."""

    def __init__(self, simulation: Simulation, interval: float) -> None:
        super().__init__()
        self.simulation = simulation
        self.interval = interval
        self._running: set[str] = set()

    @abstractmethod
    def frames(self, topic: str, argument: str) -> Iterable[str]:
        """Write what is told now; nothing of what is not known."""

    def begin(self, subscriptions: Sequence[Subscription]) -> None:
        """Tell of them from the next interval on."""
        super().begin(subscriptions)
        for each in subscriptions:
            if each.argument not in self._running:
                self._running.add(each.argument)
                self._schedule(each.argument)

    def _schedule(self, argument: str) -> None:
        now = self.simulation.now
        wait = (now // self.interval + 1) * self.interval - now
        self.simulation.schedule(wait, partial(self._tell, argument))

    def _tell(self, argument: str) -> None:
        those = self.subscriptions.get(argument)
        if not those:
            self._running.discard(argument)
            return
        for text in self.frames(next(iter(those)).topic, argument):
            push(self.simulation, those, text)
        self._schedule(argument)
