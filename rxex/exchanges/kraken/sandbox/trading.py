"""The trading side of the simulated Kraken, whatever it is spoken to in: orders, balances, tokens, its words for no."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from rxex.exchanges.kraken.sandbox.ids import Ids
from rxex.exchanges.kraken.sandbox.order_rates import OrderRates
from rxex.exchanges.kraken.sandbox.records_v1 import amend_record
from rxex.exchanges.kraken.sandbox.refusals import Declined, declined
from rxex.exchanges.kraken.sandbox.terms import FIRST_BALANCES, TERMS
from rxex.exchanges.kraken.sandbox.tokens import Tokens
from rxex.sandbox.accounts import Accounts
from rxex.sandbox.ladder import Ladder
from rxex.sandbox.ledger import Incident
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.matching import MatchingEngine
from rxex.sandbox.order_book import OrderBook
from rxex.sandbox.order_checks import check_request
from rxex.sandbox.order_faults import OrderFaults, OrderInjector
from rxex.sandbox.order_ledger import OrderLedger
from rxex.sandbox.orders import Amendment, NewOrder, Order, OrderEvent, Reason, Refused
from rxex.sandbox.simulation import Simulation

__all__ = ["MAIN", "MOST_OPEN", "Declined", "Trading"]

MAIN = "main"
"""The account that tokens are made for unless another one is named."""
LEVELS = 25
"""Prices of each side that the rest of the market quotes at, unless more are asked for."""
MOST_OPEN = 80
"""Open orders that an account may have per instrument, as the venue's middle tier."""
_LONGEST_SWITCH = 86_400


class Trading:
    """Orders and balances of the simulated Kraken.

    What clients may do is a method each, which raises `Declined` with the venue's text. What happens to orders goes to
    ``listeners`` (lists to add functions to), while it happens; ``flushers`` are called when a request or a turn of
    the market is over, and send what there is to tell.
    """

    def __init__(
        self,
        simulation: Simulation,
        *,
        balances: Mapping[str, Decimal] | None = None,
        faults: OrderFaults | None = None,
        rate_limits: bool = False,
    ) -> None:
        """Open for trading.

        Args:
            simulation: The exchange that this is a part of.
            balances: What every account has at first, by asset; None: plenty of everything.
            faults: What goes wrong with orders by itself.
            rate_limits: Whether the engine counts how fast orders come, as the venue's does.
        """
        self.simulation = simulation
        self.random = Random(simulation.random.getrandbits(64))  # noqa: S311 - must be repeatable
        self.tokens = Tokens(self.random, lambda: simulation.now)
        self.ledger = OrderLedger()
        self.amends: dict[str, list[dict[str, Any]]] = {}
        self.accounts = Accounts()
        self.listeners: list[Callable[[OrderEvent], None]] = []
        self.flushers: list[Callable[[], None]] = []
        self.injector = OrderInjector(faults or OrderFaults(), self.note)
        self.ids = Ids(self.random)
        symbols = list(simulation.market.instruments)
        self.engine = MatchingEngine(
            [TERMS[symbol] for symbol in symbols],
            accounts=self.accounts,
            ids=self.ids,
            listener=self._heard,
            most_open=MOST_OPEN,
        )
        self._seed = self.random.getrandbits(64)
        self.rates = OrderRates(enforced=rate_limits)
        self._ladders = {symbol: self._ladder(symbol, LEVELS) for symbol in symbols}
        self._first_balances = FIRST_BALANCES if balances is None else balances
        self._known_accounts: set[str] = set()
        self._live: set[str] = set()
        self._watched: Counter[str] = Counter()
        self._switches: dict[str, int] = {}
        self._due: int | None = None

    # Accounts and tokens.

    def open_account(self, account: str) -> None:
        """Give an account its first balances, once."""
        if account not in self._known_accounts:
            self._known_accounts.add(account)
            for asset, amount in self._first_balances.items():
                self.accounts.deposit(account, asset, amount)

    def mint_token(self, account: str = MAIN) -> str:
        """Make a token of ``account``, as GetWebSocketsToken does."""
        self.open_account(account)
        return self.tokens.mint(account)

    # The market.

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

    def happened(self, event: MarketEvent) -> None:
        """Let the market trade with the orders, and quote anew."""
        symbol = event.pair.instrument.symbol
        if symbol not in self._live or not self._matches:
            return
        self._turn()
        for trade in event.trades:
            self.engine.take(symbol, trade.side, trade.price, trade.size)
        self._requote(symbol)
        self._over()
        self.flush()

    # What clients do.

    def add(self, account: str, request: NewOrder, *, deadline: int | None = None, validate: bool = False) -> Order:
        """Place an order; with ``validate`` look at it only."""
        self._check_state(request)
        self._begin(account, request.symbol, deadline)
        self._charge(account, request.symbol, "add")
        try:
            order = self.engine.submit(account, request, validate=validate)
        except Refused as refused:
            raise declined(refused, request.symbol) from None
        if not validate:
            self.ledger.orders.append(order)
        self._over()
        return order

    def check_batch(self, requests: Sequence[NewOrder]) -> None:
        """Decline a batch of which any order cannot be, whatever the account and the market are like."""
        for request in requests:
            try:
                check_request(request, self.engine.terms[request.symbol], self.simulation.timestamp)
            except Refused as refused:
                raise declined(refused, request.symbol) from None

    def add_batch(
        self, account: str, requests: Sequence[NewOrder], *, deadline: int | None = None, validate: bool = False
    ) -> list[Order | Declined]:
        """Place several orders; each is placed or declined on its own."""
        placed: list[Order | Declined] = []
        for request in requests:
            try:
                placed.append(self.add(account, request, deadline=deadline, validate=validate))
            except Declined as declined:
                placed.append(declined)
        return placed

    def amend(self, account: str, order: Order, amendment: Amendment, *, deadline: int | None = None) -> str:
        """Change an order in place; give the name of the change."""
        self._check_state(order.request if order.post_only or amendment.post_only else None)
        self._begin(account, order.request.symbol, deadline)
        self._charge(account, order.request.symbol, "amend", order)
        try:
            self.engine.amend(order, amendment)
        except Refused as refused:
            raise declined(refused, order.request.symbol) from None
        self._over()
        amend_id = self.ids.name("T")
        self.amends.setdefault(order.id, []).append(amend_record(order, amend_id))
        return amend_id

    def edit(
        self, account: str, order: Order, request: NewOrder, *, deadline: int | None = None, validate: bool = False
    ) -> Order:
        """Cancel an order and place another one for it."""
        self._check_state(request)
        self._begin(account, request.symbol, deadline)
        self._charge(account, request.symbol, "edit", order)
        old = order.request
        if old.type.is_triggered or old.close is not None or old.client_id is not None:
            raise Declined("EGeneral:Invalid arguments")
        try:
            if validate:
                return self.engine.submit(account, request, validate=True)
            new = self.engine.replace(order, request)
        except Refused as refused:
            raise declined(refused, request.symbol) from None
        self.ledger.orders.append(new)
        self._over()
        return new

    def cancel(self, order: Order, *, in_batch: bool = False) -> None:
        """Cancel an order; one of a batch is never too many."""
        self._check_cancels()
        self._turn()
        self._charge(order.account, order.request.symbol, "cancel", order, refuses=not in_batch)
        try:
            self.engine.cancel(order)
        except Refused as refused:
            raise declined(refused, order.request.symbol) from None
        self._over()

    def cancel_all(self, account: str, reason: str = Reason.USER) -> list[Order]:
        """Cancel every open order; give them."""
        self._check_cancels()
        self._turn()
        orders = self.engine.open_orders(account)
        for order in orders:
            self.engine.cancel(order, reason)
        self._over()
        return orders

    def cancel_all_after(self, account: str, timeout: int) -> tuple[int, int | None]:
        """Cancel every order of ``account`` in ``timeout`` seconds unless this is called again; 0: never.

        Gives the time now and the time of it (None: never), in nanoseconds since the epoch.
        """
        if not 0 <= timeout < _LONGEST_SWITCH:
            raise Declined("EGeneral:Invalid arguments:timeout")
        self._check_cancels()
        now = self.simulation.timestamp
        number = self._switches.get(account, 0) + 1
        self._switches[account] = number
        if not timeout:
            return now, None
        self.simulation.schedule(timeout, partial(self._switch, account, number))
        return now, now + timeout * 10**9

    def find(self, account: str, *, id: str | None = None, client_id: str | None = None) -> Order:  # noqa: A002
        """Give an order of ``account``; an open one where it is looked for by the client's id."""
        order = self.engine.find(account, id=id, client_id=client_id)
        if order is None:
            raise Declined("EOrder:Unknown order")
        return order

    def by_reference(self, account: str, reference: int) -> list[Order]:
        """The open orders of ``account`` with this number."""
        return [order for order in self.engine.open_orders(account) if order.request.reference == reference]

    def orders_of(self, account: str) -> list[Order]:
        """All orders that ``account`` ever placed, oldest first."""
        return [order for order in self.engine.orders.values() if order.account == account]

    def moment(self, time: float) -> int:
        """Nanoseconds since the epoch of ``time``, seconds since the exchange started."""
        return self.simulation.timestamp - round((self.simulation.now - time) * 1e9)

    # The inside.

    @property
    def _matches(self) -> bool:
        return self.simulation.system in {"online", "limit_only"}

    def _check_state(self, request: NewOrder | None) -> None:
        match self.simulation.system:
            case "maintenance":
                raise Declined("EService:Unavailable")
            case "cancel_only":
                raise Declined("EService:Market in cancel_only mode")
            case "post_only" if request is None or not request.post_only:
                raise Declined("EService:Market in post_only mode")

    def _check_cancels(self) -> None:
        if self.simulation.system == "maintenance":
            raise Declined("EService:Unavailable")

    def _begin(self, account: str, symbol: str, deadline: int | None) -> None:
        self._turn()
        self.open_account(account)
        if deadline is not None and deadline < self.simulation.timestamp:
            raise Declined("EService:Deadline elapsed")
        if symbol in self._ladders and symbol not in self._live and self._matches:
            self._requote(symbol)

    def _ladder(self, symbol: str, levels: int) -> Ladder:
        return Ladder(self.simulation.market.instruments[symbol], seed=self._seed, levels=levels)

    def _charge(
        self, account: str, symbol: str, kind: str, order: Order | None = None, *, refuses: bool = True
    ) -> None:
        age = 0.0 if order is None else (self.simulation.timestamp - order.dated) / 1e9
        self.rates.charge(account, symbol, kind, now=self.simulation.now, age=age, refuses=refuses)

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

    def note(self, session: int, kind: str) -> None:
        """Write a fault down."""
        self.simulation.ledger.incidents.append(Incident(session, self.simulation.now, kind))

    def flush(self) -> None:
        """Send what there is to tell of orders."""
        for flush in self.flushers:
            flush()

    def _switch(self, account: str, number: int) -> None:
        if self._switches.get(account) != number:
            return
        if self.simulation.system == "maintenance":
            # The venue's switch goes off when its engine is back.
            self.simulation.schedule(1.0, partial(self._switch, account, number))
            return
        self.cancel_all(account, Reason.SWITCH)
        self.flush()

    def _heard(self, event: OrderEvent) -> None:
        for listener in self.listeners:
            listener(event)
