"""The trading side of the simulated Bitfinex, whatever it is spoken to in: orders, wallets, positions, its no."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from random import Random

from attrs import evolve

from rxex.codec import text_of
from rxex.exchanges.bitfinex.sandbox.instruments import FIRST_BALANCES, TERMS
from rxex.exchanges.bitfinex.sandbox.keys import Keys
from rxex.exchanges.bitfinex.sandbox.margin import (
    EXCHANGE,
    FUNDING,
    MARGIN,
    Engine,
    PlacedOrder,
    Position,
    Wallets,
    user_of,
    wallet_of,
)
from rxex.exchanges.bitfinex.sandbox.refusals import Declined, declined
from rxex.models import Side
from rxex.sandbox.order_faults import OrderFaults
from rxex.sandbox.orders import Amendment, EventKind, Order, OrderEvent, Reason, Refused
from rxex.sandbox.simulation import Simulation
from rxex.sandbox.trading_floor import MAIN, TradingFloor

__all__ = ["MAIN", "Declined", "Ids", "Trading", "day_of", "placed", "signed"]

ZERO = Decimal(0)
_MOST_ORDERS, _IN_SECONDS = 1000, 300.0


class Ids:
    """Makes up numbers, of orders beyond 2^31 as the venue's; all of them rise."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._order = random.randrange(34 * 10**9, 35 * 10**9)
        self._trade = random.randrange(4 * 10**8, 5 * 10**8)

    def order(self) -> str:
        """Number an order."""
        self._order += self._random.randrange(1, 20)
        return str(self._order)

    def fill(self) -> str:
        """Number one order's part in a trade."""
        return str(self._trade)

    def trade(self) -> int:
        """Number a trade."""
        self._trade += self._random.randrange(1, 4)
        return self._trade


def placed(order: Order) -> PlacedOrder:
    """What was asked for."""
    if not isinstance(order.request, PlacedOrder):
        raise TypeError("an order of the market")
    return order.request


def day_of(order: Order) -> str:
    """The day (UTC) that an order was placed on, as requests name it."""
    return f"{datetime.fromtimestamp(order.opened // 10**9, UTC):%Y-%m-%d}"


def signed(size: Decimal, side: Side) -> Decimal:
    """An amount: below 0 where it is sold."""
    return size if side is Side.BUY else -size


class Trading(TradingFloor):
    """Orders, wallets and positions of the simulated Bitfinex.

    What clients may do is a method each, which raises `Declined` with the venue's text. ``movers`` (a list to add
    functions to) hear of positions that have changed: whose, which, and how: new, updated or closed (``n``, ``u``,
    ``c``).
    """

    engine: Engine
    accounts: Wallets

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
            balances: What the exchange wallet of each account has at first, by currency; None: plenty of everything.
            faults: What goes wrong with orders by itself.
            rate_limits: Whether more than 1,000 orders in five minutes are refused.
        """
        super().__init__(
            simulation,
            [TERMS[symbol] for symbol in simulation.market.instruments],
            ids=self._number_by,
            balances=FIRST_BALANCES if balances is None else balances,
            faults=faults,
            accounts=Wallets(),
            engine=Engine,
        )
        self.keys = Keys(self.random, lambda: simulation.now)
        self.movers: list[Callable[[str, Position, str], None]] = []
        self._rate_limits = rate_limits
        self._times: dict[str, deque[float]] = {}
        self._partners: dict[str, Order] = {}
        # Positions change before anybody is told of a fill.
        self.listeners.append(self._book)

    # Looking.

    def open_user(self, user: str) -> None:
        """Give a user's wallets their first balances, once."""
        for wallet in (EXCHANGE, MARGIN, FUNDING):
            self.open_account(f"{user}/{wallet}")

    def open_account(self, account: str) -> None:
        """Give a wallet its first balances, once."""
        if account not in self._known_accounts:
            self._known_accounts.add(account)
            first = self._first_balances if wallet_of(account) == EXCHANGE else _COLLATERAL
            for asset, amount in first.items():
                self.accounts.deposit(account, asset, amount)

    def of(self, user: str) -> list[Order]:
        """All orders that ``user`` ever placed, oldest first."""
        return [order for order in self.engine.orders.values() if user_of(order.account) == user]

    def open_of(self, user: str) -> list[Order]:
        """The open orders of ``user``, oldest first."""
        open_orders = [order for wallet in (EXCHANGE, MARGIN) for order in self.engine.open_orders(f"{user}/{wallet}")]
        return sorted(open_orders, key=lambda order: order.number)

    def find(self, user: str, *, id: int | None = None, cid: int | None = None, date: str = "") -> Order:  # noqa: A002
        """Give an order by its id, or an open one by the client's id and the day (UTC) that it was placed on."""
        if id is not None:
            order = self.engine.orders.get(str(id))
            if order is not None and user_of(order.account) == user:
                return order
        else:
            for order in self.open_of(user):
                if (placed(order).cid, day_of(order)) == (cid, date):
                    return order
        raise Declined("Order not found.")

    # What clients do.

    def add(self, user: str, request: PlacedOrder, stop: PlacedOrder | None = None) -> list[Order]:
        """Place an order, and with it the ``stop`` of which either it or the other is to be filled."""
        account = f"{user}/{EXCHANGE if request.words.startswith('EXCHANGE') else MARGIN}"
        self._check_state()
        self._charge(user)
        self._begin(account, request.symbol)
        if stop is not None:
            # Both are refused, or none.
            self._submit(account, evolve(stop, partner="0"), validate=True)
        orders = [self._submit(account, self._reduced(account, request))]
        if stop is not None and orders[0].is_open:
            orders.append(self._submit(account, evolve(stop, partner=orders[0].id)))
            self._partners |= {orders[0].id: orders[1], orders[1].id: orders[0]}
        self._over()
        return orders

    def update(self, order: Order, change: Amendment, delta: Decimal | None = None) -> None:
        """Change an open order in place; ``delta`` changes what is left of it."""
        self._check_state()
        self._charge(user_of(order.account))
        self._turn()
        if delta is not None:
            change = evolve(change, size=order.size + delta)
        try:
            self.engine.amend(order, change)
        except Refused as refused:
            raise self._declined(refused, order.account, placed(order)) from None
        self._over()

    def cancel(self, order: Order, reason: str = Reason.USER) -> None:
        """Cancel an open order."""
        self._turn()
        if not order.is_open:
            raise Declined("Order not found.")
        self.engine.cancel(order, reason)
        self._over()

    def cancel_these(self, orders: Sequence[Order], reason: str = Reason.USER) -> list[Order]:
        """Cancel those of them that are open; give these."""
        self._turn()
        canceled = [order for order in orders if order.is_open]
        for order in canceled:
            if order.is_open:
                self.engine.cancel(order, reason)
        self._over()
        return canceled

    # The inside.

    @property
    def _matches(self) -> bool:
        return self.simulation.system == "online"

    def _check_state(self) -> None:
        if not self._matches:
            raise Declined("maintenance", 20060)

    def _number_by(self, random: Random) -> Ids:
        self.ids = Ids(random)
        return self.ids

    def _charge(self, user: str) -> None:
        times, now = self._times.setdefault(user, deque(maxlen=_MOST_ORDERS)), self.simulation.now
        if self._rate_limits and len(times) == _MOST_ORDERS and now - times[0] < _IN_SECONDS:
            raise Declined("ratelimit: error", 11010)
        times.append(now)

    def _submit(self, account: str, request: PlacedOrder, *, validate: bool = False) -> Order:
        try:
            order = self.engine.submit(account, request, validate=validate)
        except Refused as refused:
            raise self._declined(refused, account, request) from None
        if not validate:
            self.ledger.orders.append(order)
        return order

    def _declined(self, refused: Refused, account: str, request: PlacedOrder) -> Declined:
        terms = self.engine.terms[request.symbol]
        return declined(
            refused,
            size=text_of(signed(request.size or ZERO, request.side).normalize()),
            pair=f"{terms.base}/{terms.quote}",
            minimum=text_of(terms.minimum),
            wallet=wallet_of(account),
        )

    def _reduced(self, account: str, request: PlacedOrder) -> PlacedOrder:
        """Make an order that may only make a position smaller no larger than that."""
        if not request.closes:
            return request
        position = self.accounts.position(account, request.symbol)
        if position is None or not position.amount:
            raise Declined("Invalid order: RSN_POS_NOTFOUND")
        held, side = abs(position.amount), Side.SELL if position.amount > 0 else Side.BUY
        if not request.size:
            return evolve(request, size=held, side=side)
        if request.side is not side:
            raise Declined("Invalid order: RSN_POS_REDUCE_INCR")
        return evolve(request, size=min(request.size, held))

    def _book(self, event: OrderEvent) -> None:
        """Let a fill on margin change a position."""
        order, fill = event.order, event.fill
        if event.kind is not EventKind.FILL or fill is None or wallet_of(order.account) != MARGIN:
            return
        request = placed(order)
        position = self.accounts.position(order.account, request.symbol)
        is_new = position is None or not position.amount
        if position is None or is_new:
            position = Position(self.engine.terms[request.symbol], self.random.randrange(10**8, 2 * 10**8))
            self.accounts.begin(order.account, position)
            position.opened, position.leverage = event.time, request.leverage
        position.change(signed(fill.size, request.side), signed(fill.cost, request.side))
        position.changed = event.time
        position.reason = {
            "reason": "TRADE",
            "order_id": int(order.id),
            "order_id_oppo": int(fill.counter),
            "liq_stage": None,
            "trade_price": text_of(fill.price),
            "trade_amount": text_of(fill.size),
        }
        self.engine.hold_anew(order.account, request.symbol)
        for moved in self.movers:
            moved(user_of(order.account), position, "n" if is_new else "u" if position.amount else "c")

    def _over(self) -> None:
        """Let one of two orders go where the other has been filled or has ended, and what has nothing to close."""
        for first, second in list(self._partners.items()):
            order = self.engine.orders[first]
            if order.filled or not order.is_open:
                self._partners.pop(first, None)
                if second.is_open:
                    self.engine.cancel(second, "OCO")
        for account in sorted(self._known_accounts):
            if wallet_of(account) == MARGIN:
                self._drop_what_closes_nothing(account)
        super()._over()

    def _drop_what_closes_nothing(self, account: str) -> None:
        for order in self.engine.open_orders(account):
            position = self.accounts.position(account, order.request.symbol)
            if placed(order).closes and (position is None or not position.amount):
                self.engine.cancel(order, "RSN_POS_NOTFOUND")


_COLLATERAL: Mapping[str, Decimal] = dict.fromkeys(("USD", "UST", "USTF0", "TESTUSD", "EUR"), Decimal(1_000_000))
"""What margin and funding wallets have at first."""
