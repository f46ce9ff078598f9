"""Futures positions, and accounts and an engine in which orders hold margin instead of what they cost.

The engine books a contract as an asset that may be owed, and moves its whole value when it changes hands; what an
account has in the venue's sense (its wallet) is that balance and what its positions have cost. Nothing is liquidated.
Source: KuCoin's futures pages "Get Position Details" and "Margin and Risk Limit".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal

from attrs import define, frozen

from rxex.models import Side
from rxex.sandbox.accounts import Accounts
from rxex.sandbox.crossing import MARKET, opposite
from rxex.sandbox.matching import MatchingEngine
from rxex.sandbox.order_checks import rounded
from rxex.sandbox.orders import NewOrder, Order, Terms

__all__ = ["CROSS", "ISOLATED", "MAINTENANCE", "FuturesAccounts", "FuturesEngine", "FuturesOrder", "Position"]

ZERO = Decimal(0)
ISOLATED, CROSS = "ISOLATED", "CROSS"
MAINTENANCE = Decimal("0.005")
"""The margin below which a position would be liquidated, as a fraction of its cost."""


@define(eq=False)
class Position:
    """What an account holds of one contract.

    ``quantity`` is in lots, below 0 for a short one; ``cost`` is what it was opened for, with the sign of the
    quantity (the other one of inverse contracts), ``realised`` what closing it has brought, ``fees`` and ``funding``
    what was paid. ``added`` is margin put in beside what the leverage asks for; ``opened`` is in nanoseconds since the
    epoch. The ``risk_level`` is but remembered.
    """

    terms: Terms
    mode: str = ISOLATED
    leverage: Decimal = Decimal(1)
    quantity: Decimal = ZERO
    cost: Decimal = ZERO
    realised: Decimal = ZERO
    fees: Decimal = ZERO
    funding: Decimal = ZERO
    added: Decimal = ZERO
    opened: int = 0
    auto_deposit: bool = False
    risk_level: int = 1

    @property
    def is_open(self) -> bool:
        """Whether there is anything."""
        return bool(self.quantity)

    @property
    def initial(self) -> Decimal:
        """The margin that was put in for the leverage."""
        return rounded(abs(self.cost) / self.leverage, self.terms.cost_digits, ROUND_UP)

    @property
    def closing_fee(self) -> Decimal:
        """What is kept for the fee of closing it."""
        return rounded(abs(self.cost) * self.terms.taker, self.terms.cost_digits, ROUND_UP)

    @property
    def margin(self) -> Decimal:
        """What of the wallet is bound."""
        return self.initial + self.closing_fee + self.added if self.is_open else ZERO

    @property
    def entry(self) -> Decimal:
        """The average price that it was opened at; 0 where there is nothing."""
        if not self.is_open:
            return ZERO
        multiplier = self.terms.multiplier
        price = self.cost / self.quantity / multiplier if multiplier > 0 else self.quantity * multiplier / self.cost
        return price.quantize(Decimal(1).scaleb(-self.terms.price_digits - 2), ROUND_HALF_EVEN)

    def value(self, price: Decimal) -> Decimal:
        """What it is worth at ``price``, signed like its cost."""
        return rounded(self.terms.value(self.quantity, price), self.terms.cost_digits, ROUND_HALF_EVEN)

    def profit(self, price: Decimal) -> Decimal:
        """What closing it at ``price`` would bring, fees aside."""
        return self.value(price) - self.cost

    def price_of_loss(self, loss: Decimal) -> Decimal:
        """The price at which as much is lost; 0 where that cannot be."""
        if not self.is_open:
            return ZERO
        value, multiplier = self.cost - loss, self.terms.multiplier
        if multiplier > 0:
            price = value / self.quantity / multiplier
        else:
            price = self.quantity * multiplier / value if value else ZERO
        return max(ZERO, price).quantize(Decimal(1).scaleb(-self.terms.price_digits - 2), ROUND_HALF_EVEN)

    def change(self, lots: Decimal, cost: Decimal, fee: Decimal, now: int) -> None:
        """Take ``lots`` in (below 0: give them away) for ``cost``, signed alike."""
        self.fees += fee
        if not self.is_open:
            self.opened = now
        if self.quantity * lots >= 0:
            self.quantity, self.cost = self.quantity + lots, self.cost + cost
            return
        part = min(abs(lots), abs(self.quantity))
        digits = self.terms.cost_digits
        mine, theirs = _share(self.cost, part, self.quantity, digits), _share(cost, part, lots, digits)
        self.realised -= mine + theirs
        rest = self.quantity + lots
        if abs(lots) > abs(self.quantity):
            self.cost, self.opened = cost - theirs, now
        else:
            self.cost -= mine
        self.quantity = rest
        if not rest:
            self.added = ZERO


def _share(amount: Decimal, part: Decimal, whole: Decimal, digits: int) -> Decimal:
    share = amount * part / abs(whole)
    return amount if part == abs(whole) else rounded(share, digits, ROUND_HALF_EVEN)


@frozen(kw_only=True)
class FuturesOrder(NewOrder):
    """What the engine is given; ``closes`` is whether it may only make a position smaller."""

    leverage: Decimal
    mode: str = ISOLATED
    closes: bool = False


class FuturesAccounts(Accounts):
    """Accounts with positions."""

    def __init__(self) -> None:
        super().__init__()
        self._positions: defaultdict[str, dict[str, Position]] = defaultdict(dict)

    def position(self, account: str, terms: Terms) -> Position:
        """What ``account`` holds of a contract."""
        return self._positions[account].setdefault(terms.symbol, Position(terms))

    def positions(self, account: str) -> Iterator[Position]:
        """Every contract that ``account`` ever had anything to do with."""
        yield from self._positions[account].values()

    def wallet(self, account: str, asset: str) -> Decimal:
        """What was paid in, and what positions have brought: the venue's balance."""
        mine = [each.cost for each in self.positions(account) if each.terms.quote == asset]
        return self.balance(account, asset) + sum(mine, ZERO)

    def bound(self, account: str, asset: str, mode: str | None = None) -> Decimal:
        """What of the wallet positions bind, all or those of a mode."""
        return sum(
            (
                each.margin
                for each in self.positions(account)
                if each.terms.quote == asset and mode in {None, each.mode}
            ),
            ZERO,
        )

    def available(self, account: str, asset: str) -> Decimal:
        """What can be put in for orders."""
        if account == MARKET:
            return super().available(account, asset)
        return self.wallet(account, asset) - self.bound(account, asset) - self.held(account, asset)


class FuturesEngine(MatchingEngine):
    """An engine whose orders hold margin; sellers need own nothing."""

    accounts: FuturesAccounts

    def cost_now(self, taker: Order) -> Decimal:
        """The margin of a market order."""
        return self._needed(taker)[1]

    def hold_anew(self, account: str, symbol: str) -> None:
        """Hold what open orders need now that a position has changed."""
        for order in self.open_orders(account):
            if order.request.symbol == symbol:
                self._reserve(order)

    def _affordable(self, taker: Order, price: Decimal) -> Decimal:  # noqa: ARG002 - it was checked before
        return taker.remaining

    def _needed(self, order: Order) -> tuple[str, Decimal]:
        request, terms = order.request, self.terms[order.request.symbol]
        if not isinstance(request, FuturesOrder) or request.closes:
            return terms.quote, ZERO
        position = self.accounts.position(order.account, terms)
        is_closing = position.quantity and (position.quantity > 0) is (request.side is Side.SELL)
        lots = max(ZERO, order.remaining - (abs(position.quantity) if is_closing else ZERO))
        price = order.price or self.books[terms.symbol].best(opposite(request.side)) or self.last.get(terms.symbol)
        if price is None or not lots:
            return terms.quote, ZERO
        value = abs(terms.value(lots, price))
        # The fees of opening and of closing are held, too.
        return terms.quote, rounded(value / request.leverage + 2 * value * terms.taker, terms.cost_digits, ROUND_UP)
