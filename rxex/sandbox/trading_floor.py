"""The trading side of a simulated exchange, whatever it is spoken to in: orders, balances, and the market they meet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from random import Random

from rxex.models import Trade
from rxex.sandbox.accounts import Accounts
from rxex.sandbox.ladder import Ladder
from rxex.sandbox.ledger import Incident
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.matching import Ids, MatchingEngine
from rxex.sandbox.order_book import OrderBook
from rxex.sandbox.order_faults import OrderFaults, OrderInjector
from rxex.sandbox.order_ledger import OrderLedger
from rxex.sandbox.orders import Order, OrderEvent, Terms
from rxex.sandbox.simulation import Simulation

__all__ = ["LEVELS", "MAIN", "TradingFloor"]

MAIN = "main"
"""The account that keys and tokens are of unless another one is named."""
LEVELS = 25
"""Prices of each side that the rest of the market quotes at, unless more are asked for."""


class TradingFloor:
    """Orders and balances of one exchange, and the market around them.

    What happens to orders goes to ``listeners`` (lists to add functions to), while it happens; ``flushers`` are called
    when a request or a turn of the market is over, and send what there is to tell; ``previews`` hear of each trade of
    the market before it takes place. An exchange's own class adds what clients may do, and its words for no.
    """

    def __init__(
        self,
        simulation: Simulation,
        terms: Iterable[Terms],
        *,
        ids: Callable[[Random], Ids],
        balances: Mapping[str, Decimal],
        faults: OrderFaults | None = None,
        beside: TradingFloor | None = None,
        most_open: int | None = None,
        accounts: Accounts | None = None,
        engine: type[MatchingEngine] = MatchingEngine,
    ) -> None:
        """Open for trading.

        Args:
            simulation: The exchange that this is a part of.
            terms: What is traded here, and how; the market has an instrument of each name.
            ids: Makes what makes up names, of a source of chances.
            balances: What every account has at first, by asset.
            faults: What goes wrong with orders by itself.
            beside: Another floor of the same exchange, whose ledger and whose faults it shares.
            most_open: How many open orders an account may have per instrument; None: any number.
            accounts: Who owns what; None: nobody anything yet.
            engine: The class of the engine.
        """
        self.simulation = simulation
        self.random = Random(simulation.random.getrandbits(64))  # noqa: S311 - must be repeatable
        self.ledger: OrderLedger = OrderLedger() if beside is None else beside.ledger
        self.accounts = Accounts() if accounts is None else accounts
        self.listeners: list[Callable[[OrderEvent], None]] = []
        self.flushers: list[Callable[[], None]] = []
        self.previews: list[Callable[[Trade], None]] = []
        self.injector: OrderInjector = (
            OrderInjector(faults or OrderFaults(), self.note) if beside is None else beside.injector
        )
        self.engine = engine(
            terms, accounts=self.accounts, ids=ids(self.random), listener=self._heard, most_open=most_open
        )
        self._seed = self.random.getrandbits(64)
        self._ladders = {symbol: self._ladder(symbol, LEVELS) for symbol in self.engine.terms}
        self._first_balances = balances
        self._known_accounts: set[str] = set()
        self._live: set[str] = set()
        self._watched: Counter[str] = Counter()
        self._due: int | None = None

    # Looking.

    def open_account(self, account: str) -> None:
        """Give an account its first balances, once."""
        if account not in self._known_accounts:
            self._known_accounts.add(account)
            for asset, amount in self._first_balances.items():
                self.accounts.deposit(account, asset, amount)

    def book(self, symbol: str) -> OrderBook:
        """The book of ``symbol``, as it is now: the market's quotes and the clients' orders."""
        self._turn()
        if symbol not in self._live and self._matches:
            self._requote(symbol)
        return self.engine.books[symbol]

    def watch_book(self, symbol: str, levels: int = LEVELS) -> OrderBook:
        """Keep the book of ``symbol`` up to date from now on, until as many `unwatch_book`; give it.

        The market quotes at ``levels`` prices of each side at least. The book's ``listeners`` hear of each level that
        changes; ``flushers`` are called when a turn of changes is over.
        """
        if levels > self._ladders[symbol].levels:
            self._ladders[symbol] = self._ladder(symbol, levels)
        self._turn()
        if self._matches:
            self._requote(symbol)
        book = self.engine.books[symbol]
        self._watched[symbol] += 1
        self._over()
        return book

    def unwatch_book(self, symbol: str) -> None:
        """End one `watch_book`."""
        self._watched[symbol] -= 1
        self._over()

    def last(self, symbol: str) -> Decimal:
        """The price of the last trade of ``symbol``."""
        return self.engine.last.get(symbol) or self.simulation.market.pair(symbol).last

    def orders_of(self, account: str) -> list[Order]:
        """All orders that ``account`` ever placed, oldest first."""
        return [order for order in self.engine.orders.values() if order.account == account]

    def moment(self, time: float) -> int:
        """Nanoseconds since the epoch of ``time``, seconds since the exchange started."""
        return self.simulation.timestamp - round((self.simulation.now - time) * 1e9)

    # What happens.

    def happened(self, event: MarketEvent) -> None:
        """Let the market trade with the orders, and quote anew."""
        symbol = event.pair.instrument.symbol
        if symbol not in self._live or not self._matches:
            return
        self._turn()
        for trade in event.trades:
            for preview in self.previews:
                preview(trade)
            self.engine.take(symbol, trade.side, trade.price, trade.size)
        self._requote(symbol)
        self._over()
        self.flush()

    def note(self, session: int, kind: str) -> None:
        """Write a fault down."""
        self.simulation.ledger.incidents.append(Incident(session, self.simulation.now, kind))

    def flush(self) -> None:
        """Send what there is to tell of orders."""
        for flush in self.flushers:
            flush()

    # The inside.

    @property
    def _matches(self) -> bool:
        """Whether orders meet at all in the exchange's present state."""
        return True

    def _begin(self, account: str, symbol: str) -> None:
        """Bring everything up to date that an order of ``account`` may touch."""
        self._turn()
        self.open_account(account)
        if symbol in self._ladders and symbol not in self._live and self._matches:
            self._requote(symbol)

    def _ladder(self, symbol: str, levels: int) -> Ladder:
        return Ladder(self.simulation.market.instruments[symbol], seed=self._seed, levels=levels)

    def _turn(self) -> None:
        self.engine.advance(self.simulation.timestamp)

    def _requote(self, symbol: str) -> None:
        pair = self.simulation.market.pair(symbol)
        self.engine.last.setdefault(symbol, pair.last)
        self.engine.requote(symbol, *self._ladders[symbol].quotes(pair))

    def _over(self) -> None:
        """Watch the markets where orders are open, be called when something is due, and tell what happened."""
        wanted = {symbol for symbol, watchers in self._watched.items() if watchers > 0}
        wanted |= {
            order.request.symbol for account in self._known_accounts for order in self.engine.open_orders(account)
        }
        for symbol in sorted(wanted - self._live):
            self.simulation.market.watch(symbol)
        for symbol in sorted(self._live - wanted):
            self.simulation.market.unwatch(symbol)
        self._live = wanted
        due = self.engine.next_due
        if due is not None and due != self._due:
            self._due = due
            self.simulation.schedule((due - self.simulation.timestamp) / 1e9, self._wake)

    def _wake(self) -> None:
        self._due = None
        self._turn()
        self._over()
        self.flush()

    def _heard(self, event: OrderEvent) -> None:
        for listener in self.listeners:
            listener(event)
