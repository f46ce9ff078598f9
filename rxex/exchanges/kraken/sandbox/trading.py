"""The trading side of the simulated Kraken, whatever it is spoken to in: orders, balances, tokens, its words for no."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import partial
from random import Random
from typing import Any

from rxex.exchanges.kraken.sandbox.ids import Ids
from rxex.exchanges.kraken.sandbox.order_rates import OrderRates
from rxex.exchanges.kraken.sandbox.records_v1 import amend_record
from rxex.exchanges.kraken.sandbox.refusals import Declined, declined
from rxex.exchanges.kraken.sandbox.tape import Tape, TapedEngine
from rxex.exchanges.kraken.sandbox.terms import FIRST_BALANCES, TERMS
from rxex.exchanges.kraken.sandbox.tokens import Tokens
from rxex.sandbox.order_checks import check_request
from rxex.sandbox.order_faults import OrderFaults
from rxex.sandbox.orders import Amendment, NewOrder, Order, Reason, Refused
from rxex.sandbox.simulation import Simulation
from rxex.sandbox.trading_floor import MAIN, TradingFloor

__all__ = ["MAIN", "MOST_OPEN", "Declined", "Trading"]

MOST_OPEN = 80
"""Open orders that an account may have per instrument, as the venue's middle tier."""
_LONGEST_SWITCH = 86_400


class Trading(TradingFloor):
    """Orders and balances of the simulated Kraken.

    What clients may do is a method each, which raises `Declined` with the venue's text.
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
        super().__init__(
            simulation,
            [TERMS[symbol] for symbol in simulation.market.instruments],
            ids=self._name_by,
            balances=FIRST_BALANCES if balances is None else balances,
            faults=faults,
            most_open=MOST_OPEN,
            engine=TapedEngine,
        )
        self.tape = Tape(self)
        self.tokens = Tokens(self.random, lambda: simulation.now)
        self.amends: dict[str, list[dict[str, Any]]] = {}
        self.rates = OrderRates(enforced=rate_limits)
        self._switches: dict[str, int] = {}

    # Accounts and tokens.

    def mint_token(self, account: str = MAIN) -> str:
        """Make a token of ``account``, as GetWebSocketsToken does."""
        self.open_account(account)
        return self.tokens.mint(account)

    # What clients do.

    def add(self, account: str, request: NewOrder, *, deadline: int | None = None, validate: bool = False) -> Order:
        """Place an order; with ``validate`` look at it only."""
        self._check_state(request)
        self._start(account, request.symbol, deadline)
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
        self._start(account, order.request.symbol, deadline)
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
        self._start(account, request.symbol, deadline)
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

    def _name_by(self, random: Random) -> Ids:
        self.ids = Ids(random)
        return self.ids

    def _start(self, account: str, symbol: str, deadline: int | None) -> None:
        self._begin(account, symbol)
        if deadline is not None and deadline < self.simulation.timestamp:
            raise Declined("EService:Deadline elapsed")

    def _charge(
        self, account: str, symbol: str, kind: str, order: Order | None = None, *, refuses: bool = True
    ) -> None:
        age = 0.0 if order is None else (self.simulation.timestamp - order.dated) / 1e9
        self.rates.charge(account, symbol, kind, now=self.simulation.now, age=age, refuses=refuses)

    def _switch(self, account: str, number: int) -> None:
        if self._switches.get(account) != number:
            return
        if self.simulation.system == "maintenance":
            # The venue's switch goes off when its engine is back.
            self.simulation.schedule(1.0, partial(self._switch, account, number))
            return
        self.cancel_all(account, Reason.SWITCH)
        self.flush()
