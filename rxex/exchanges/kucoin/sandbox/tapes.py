"""What happens to the books of the simulated KuCoin, in the venue's own numbers.

Each book has a sequence for its levels, another for its orders, and trades with theirs. A change of a level is one step
of the first; about a third of its steps change nothing, as on the venue (a price of "0"). Trades of clients are in
candles and figures of the day, too; only where a client's order gives the market a better price than it would have had,
these keep the market's.
Sources: KuCoin's pages "Orderbook - Increment", "Level-3" (retired) and "Trade"; a recording of 2021.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable
from decimal import Decimal
from random import Random

from attrs import define, field, frozen

from rxex.models import Side, Trade
from rxex.sandbox.crossing import MARKET, opposite
from rxex.sandbox.market import Pair
from rxex.sandbox.order_book import OrderBook
from rxex.sandbox.orders import Order
from rxex.sandbox.trading_floor import LEVELS, TradingFloor

__all__ = ["Level", "Match", "OrderStep", "Step", "Tape", "Tapes", "Turn"]

ZERO = Decimal(0)
Level = tuple[Decimal, Decimal]
"""A price and the size there."""
_NOTHING = 0.35
_REMEMBERED = 100


@frozen
class Match:
    """A trade: the two orders that met, ``side`` is the taker's; ``time`` in nanoseconds since the epoch."""

    number: int
    side: Side
    price: Decimal
    size: Decimal
    maker_id: str
    taker_id: str
    time: int


@frozen
class Step:
    """A step of a book's sequence: the new size of a level, or (price 0) nothing."""

    number: int
    side: Side
    price: Decimal
    size: Decimal


@frozen
class OrderStep:
    """A step of the sequence of a book's orders.

    ``kind`` is ``received``, ``open``, ``match``, ``update`` or ``done``; ``size`` is what is to be seen of the order
    after it (of a match: what is left of its maker), ``before`` what was.
    """

    number: int
    kind: str
    side: Side
    order_id: str
    client_id: str | None
    price: Decimal | None
    size: Decimal
    before: Decimal = ZERO
    match: Match | None = None
    is_filled: bool = False


@define
class Turn:
    """What happened to one book at once."""

    steps: list[Step] = field(factory=list)
    orders: list[OrderStep] = field(factory=list)
    matches: list[Match] = field(factory=list)
    best_changed: bool = False


class Tape:
    """One book's numbers, and what has happened to it since it was told last."""

    def __init__(self, book: OrderBook, random: Random, *, steps_of_nothing: bool) -> None:
        """Begin to write.

        Args:
            book: The book.
            random: What the first numbers, and steps that change nothing, follow from.
            steps_of_nothing: Whether there are such.
        """
        self.symbol = book.symbol
        self.book = book
        self.sequence = random.randrange(10**9, 10**10)
        """The number of the last step."""
        self.order_sequence = random.randrange(10**12, 2 * 10**12)
        self.matches: deque[Match] = deque(maxlen=_REMEMBERED)
        """The last trades."""
        self.random = random
        self.turn = Turn()
        self._steps_of_nothing = steps_of_nothing
        self._best = self._bests()
        self._matched: str | None = None
        self._shown: dict[str, Decimal] = {}
        self._takers: dict[str, Order] = {}
        for side in Side:
            for order in book.orders(side):
                self._shown[order.id] = order.visible
        book.listeners.append(self._level_changed)
        book.order_listeners.append(self._order_changed)

    # Reading.

    def best(self, side: Side) -> Level:
        """The best price of a side and the size there; zeros where nobody offers any."""
        levels = self.book.levels(side, 1)
        return levels[0] if levels else (ZERO, ZERO)

    @property
    def last(self) -> Match | None:
        """The last trade; None: there was none yet."""
        return self.matches[-1] if self.matches else None

    # Writing.

    def matched(self, match: Match, maker: Order, taker: Order) -> None:
        """Take a trade in; the book has not been put right yet."""
        self.matches.append(match)
        self.turn.matches.append(match)
        if taker.id not in self._takers:
            self._takers[taker.id] = taker
            self._add("received", taker, taker.remaining + match.size)
        before = self._shown.get(maker.id, match.size)
        self._add("match", maker, max(ZERO, before - match.size), before=before, match=match)
        self._matched = maker.id

    def take_turn(self) -> Turn:
        """Give what has happened since the last time, and begin anew."""
        for taker in self._takers.values():
            if not taker.is_resting:
                self._add("done", taker, taker.remaining, is_filled=taker.remaining == 0)
        self._takers.clear()
        turn, self.turn = self.turn, Turn()
        best = self._bests()
        turn.best_changed, self._best = best != self._best, best
        return turn

    def _bests(self) -> tuple[Level, Level]:
        return self.best(Side.BUY), self.best(Side.SELL)

    def _level_changed(self, side: Side, price: Decimal, size: Decimal) -> None:
        if self._steps_of_nothing and self.random.random() < _NOTHING:
            self._step(side, ZERO, ZERO)
        self._step(side, price, size)

    def _step(self, side: Side, price: Decimal, size: Decimal) -> None:
        self.sequence += 1
        self.turn.steps.append(Step(self.sequence, side, price, size))

    def _order_changed(self, what: str, order: Order) -> None:
        was_matched, self._matched = self._matched == order.id, None
        if what == "add":
            if order.id not in self._takers and order.id not in self._shown:
                self._add("received", order, order.visible)
            self._shown[order.id] = order.visible
            self._add("open", order, order.visible)
            return
        before = self._shown[order.id]
        self._shown[order.id] = order.visible
        if what == "update":
            if not was_matched:
                self._add("update", order, order.visible, before=before)
        # An iceberg that shows its next slice is opened again, and was never done.
        elif order.display is None or order.shown > 0 or not order.remaining:
            del self._shown[order.id]
            self._add("done", order, order.remaining, is_filled=order.remaining == 0)

    def _add(self, kind: str, order: Order, size: Decimal, **more: Decimal | Match | bool) -> None:
        self.order_sequence += 1
        side, client_id = order.request.side, order.request.client_id
        step = OrderStep(self.order_sequence, kind, side, order.id, client_id, order.price, size, **more)  # type: ignore[arg-type]
        self.turn.orders.append(step)


class Tapes:
    """The tapes of one market; ``listeners`` (a list to add functions to) hear each turn of those that are watched."""

    def __init__(self, floor: TradingFloor, *, seed: int, steps_of_nothing: bool, rhythm: float = 1.0) -> None:
        """Write down what happens to the books of ``floor``.

        Args:
            floor: Where orders meet.
            seed: What the tapes' own numbers follow from.
            steps_of_nothing: Whether there are steps that change no level.
            rhythm: What intervals of topics are multiplied by.
        """
        self.rhythm = rhythm
        self.floor = floor
        self.simulation = floor.simulation
        self.symbols = list(floor.engine.terms)
        self.listeners: list[Callable[[Tape, Turn], None]] = []
        self.auctions: set[str] = set()
        """What is in its opening auction."""
        self._seed = seed
        self._steps_of_nothing = steps_of_nothing
        self._tapes: dict[str, Tape] = {}
        self._watchers: Counter[str] = Counter()
        self._market_left = ZERO
        self._market_trade: Trade | None = None
        floor.previews.append(self._preview)
        floor.flushers.append(self._flush)
        floor.engine.match_listeners.append(self._matched)

    def pair(self, symbol: str) -> Pair:
        """The market of ``symbol``, as it is now."""
        return self.simulation.market.pair(symbol)

    def tape(self, symbol: str, levels: int = LEVELS) -> Tape:
        """The tape of ``symbol``, as it is now, with so many levels of each side at least."""
        tape = self.watch(symbol, levels)
        self.unwatch(symbol)
        return tape

    def watch(self, symbol: str, levels: int = LEVELS) -> Tape:
        """Tell of the book of ``symbol`` from now on, until as many `unwatch`; give its tape."""
        book = self.floor.watch_book(symbol, levels)
        if symbol not in self._tapes:
            random = Random(f"{self._seed}/{symbol}/tape")  # noqa: S311 - must be repeatable
            self._tapes[symbol] = Tape(book, random, steps_of_nothing=self._steps_of_nothing)
        tape = self._tapes[symbol]
        if not self._watchers[symbol]:
            # Nobody heard of what has happened until now.
            tape.take_turn()
            self._look_back(tape)
        self._watchers[symbol] += 1
        return tape

    def unwatch(self, symbol: str) -> None:
        """End one `watch`."""
        self._watchers[symbol] -= 1
        if not self._watchers[symbol]:
            del self._watchers[symbol]
        self.floor.unwatch_book(symbol)

    # The inside.

    def _look_back(self, tape: Tape) -> None:
        """Take in what was traded while nobody looked."""
        ids, since = self.floor.engine.ids, tape.last.time if tape.last is not None else 0
        for trade in self.pair(tape.symbol).recent:
            if (trade.time or 0) > since:
                names = ids.order(), ids.order()
                tape.matches.append(Match(ids.trade(), trade.side, trade.price, trade.size, *names, trade.time or 0))

    def _preview(self, trade: Trade) -> None:
        # So that the market's trade takes place at its price, and whole.
        self.floor.engine.offer(trade.symbol, opposite(trade.side), trade.price, trade.size)
        self._market_trade, self._market_left = trade, trade.size

    def _matched(self, maker: Order, taker: Order, size: Decimal, price: Decimal, number: int) -> None:
        symbol, side = taker.request.symbol, taker.request.side
        tape = self._tapes.get(symbol)
        time, of_market = self.simulation.timestamp, self._market_trade
        if (
            of_market is not None
            and self._market_left
            and (symbol, side, taker.account) == (of_market.symbol, of_market.side, MARKET)
        ):
            self._market_left -= size
            time = of_market.time or time
        else:
            # The market does not know of it.
            self.pair(symbol).record(price, size, time)
        if tape is not None:
            time = max(time, tape.last.time if tape.last is not None else 0)
            tape.matched(Match(number, side, price, size, maker.id, taker.id, time), maker, taker)

    def _flush(self) -> None:
        self._market_left = ZERO
        for symbol, tape in list(self._tapes.items()):
            turn = tape.take_turn()
            if symbol in self._watchers and (turn.steps or turn.matches):
                for listener in self.listeners:
                    listener(tape, turn)
