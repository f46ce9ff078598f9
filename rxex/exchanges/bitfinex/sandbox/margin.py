"""Wallets and positions, and an engine in which margin orders hold collateral instead of what they cost.

The engine books what is bought on margin as an asset that may be owed, and moves its whole value when it changes hands;
the margin wallet in the venue's sense is that balance and what its positions have cost. Nothing is liquidated.
Sources: Bitfinex's pages "Positions" and "Wallets" of the authenticated channels.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal
from typing import Any

from attrs import define, field, frozen

from rxex.models import Side
from rxex.sandbox.accounts import Accounts
from rxex.sandbox.crossing import opposite
from rxex.sandbox.matching import MatchingEngine
from rxex.sandbox.order_checks import rounded
from rxex.sandbox.orders import NewOrder, Order, Terms

__all__ = ["EXCHANGE", "FUNDING", "MARGIN", "Engine", "PlacedOrder", "Position", "Wallets", "user_of", "wallet_of"]

ZERO = Decimal(0)
EXCHANGE, MARGIN, FUNDING = "exchange", "margin", "funding"
_DIGITS = 8


def user_of(account: str) -> str:
    """Whose account of the engine this is: ``main/exchange`` is one of ``main``."""
    return account.rpartition("/")[0]


def wallet_of(account: str) -> str:
    """Which wallet an account of the engine is: ``exchange``, ``margin`` or ``funding``."""
    return account.rpartition("/")[2]


@frozen(kw_only=True)
class PlacedOrder(NewOrder):
    """What the engine is given, with what only the venue knows of an order.

    ``words`` is its type on the wire, ``original`` its size before any change, ``tif`` its end as it was asked for
    (milliseconds). ``closes`` is whether it may only make a position smaller. ``partner`` is the id of the order that
    this one came with, as one of two of which only one is to be filled; it holds nothing itself.
    """

    words: str
    cid: int | None = None
    gid: int | None = None
    flags: int = 0
    meta: Mapping[str, Any] | None = None
    tif: int | None = None
    leverage: Decimal = Decimal(10)
    trailing: Decimal | None = None
    closes: bool = False
    partner: str | None = None


@define(eq=False)
class Position:
    """What an account holds of a pair: ``amount`` is below 0 for a short one, ``cost`` what it was opened for."""

    terms: Terms
    id: int
    amount: Decimal = ZERO
    cost: Decimal = ZERO
    leverage: Decimal = Decimal(10)
    opened: int = 0
    changed: int = 0
    reason: Mapping[str, Any] = field(factory=dict[str, Any])

    @property
    def base_price(self) -> Decimal:
        """The average price that it was opened at."""
        return rounded(self.cost / self.amount, _DIGITS, ROUND_HALF_EVEN).normalize() if self.amount else ZERO

    @property
    def collateral(self) -> Decimal:
        """What of the wallet is bound."""
        return rounded(abs(self.cost) / self.leverage, _DIGITS, ROUND_UP)

    def profit(self, price: Decimal) -> Decimal:
        """What closing it at ``price`` would bring."""
        return self.amount * price - self.cost

    def change(self, amount: Decimal, cost: Decimal) -> None:
        """Take ``amount`` in (below 0: give it away) for ``cost``, signed alike."""
        if self.amount * amount >= 0:
            self.amount, self.cost = self.amount + amount, self.cost + cost
            return
        rest = self.amount + amount
        if abs(amount) > abs(self.amount):
            self.cost = rounded(cost * rest / amount, _DIGITS, ROUND_HALF_EVEN)
        else:
            self.cost = rounded(self.cost * rest / self.amount, _DIGITS, ROUND_HALF_EVEN)
        self.amount = rest


class Wallets(Accounts):
    """Accounts with positions."""

    def __init__(self) -> None:
        super().__init__()
        self._positions: defaultdict[str, dict[str, Position]] = defaultdict(dict)

    def position(self, account: str, symbol: str) -> Position | None:
        """What ``account`` holds of a pair; None: it never held any."""
        return self._positions[account].get(symbol)

    def begin(self, account: str, position: Position) -> Position:
        """Keep a new position."""
        self._positions[account][position.terms.symbol] = position
        return position

    def positions(self, account: str) -> Iterator[Position]:
        """All that ``account`` holds."""
        yield from (each for each in self._positions[account].values() if each.amount)

    def wallet(self, account: str, asset: str) -> Decimal:
        """What was paid in, and what positions have brought: the venue's balance."""
        total = self.balance(account, asset)
        for each in self.positions(account):
            total += each.cost if each.terms.quote == asset else ZERO
            total -= each.amount if each.terms.base == asset else ZERO
        return total

    def available(self, account: str, asset: str) -> Decimal:
        """What can be spent, or put in for orders."""
        if wallet_of(account) != MARGIN:
            return super().available(account, asset)
        bound = sum((each.collateral for each in self.positions(account) if each.terms.quote == asset), ZERO)
        return self.wallet(account, asset) - bound - self.held(account, asset)


class Engine(MatchingEngine):
    """An engine that takes several orders under one id of a client, as the venue does, and margin orders."""

    accounts: Wallets

    def find(self, account: str, *, id: str | None = None, client_id: str | None = None) -> Order | None:  # noqa: A002, ARG002
        """An order by its id; a client's id names none, as any number of orders may have it."""
        return None if id is None else super().find(account, id=id)

    def cost_now(self, taker: Order) -> Decimal:
        """What a market order would cost, or the collateral of one on margin."""
        return self._needed(taker)[1] if wallet_of(taker.account) == MARGIN else super().cost_now(taker)

    def hold_anew(self, account: str, symbol: str) -> None:
        """Hold what open orders need now that a position has changed."""
        for order in self.open_orders(account):
            if order.request.symbol == symbol:
                self._reserve(order)

    def _affordable(self, taker: Order, price: Decimal) -> Decimal:
        # On margin it was checked before.
        return taker.remaining if wallet_of(taker.account) == MARGIN else super()._affordable(taker, price)

    def _needed(self, order: Order) -> tuple[str, Decimal]:
        request, terms = order.request, self.terms[order.request.symbol]
        if not isinstance(request, PlacedOrder) or (wallet_of(order.account) != MARGIN and request.partner is None):
            return super()._needed(order)
        if request.closes or request.partner is not None:
            return terms.quote, ZERO
        position = self.accounts.position(order.account, request.symbol)
        held = ZERO if position is None else position.amount
        is_closing = bool(held) and (held > 0) is (request.side is Side.SELL)
        size = max(ZERO, order.remaining - (abs(held) if is_closing else ZERO))
        best = self.books[terms.symbol].best(opposite(request.side))
        price = order.price or order.trigger_price or best or self.last.get(terms.symbol)
        return terms.quote, rounded(size * (price or ZERO) / request.leverage, terms.cost_digits, ROUND_UP)
