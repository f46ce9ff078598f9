"""What users of the simulated KuCoin owe: margin that is borrowed, by hand or with an order, and paid back.

Borrowed money comes from outside, and a debt is written down for it; there is no interest, and nothing is liquidated.
Source: KuCoin's pages "Borrow", "Repay", "Add Order" (margin), "Cross Margin Position", "Isolated Margin Position".
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, ROUND_UP, Decimal

from attrs import frozen

from rxex.exchanges.kucoin.sandbox.orders_refusals import MARGIN
from rxex.exchanges.kucoin.sandbox.orders_requests import Wish, wish_of
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.exchanges.kucoin.sandbox.trading import Trading, account_of
from rxex.models import Side
from rxex.sandbox.order_checks import rounded
from rxex.sandbox.orders import Order, OrderEvent, RefusedFor

__all__ = ["LEVERAGE", "Loan", "Margin"]

ZERO = Decimal(0)
LEVERAGE = 5
"""How many times what is one's own an account may hold at most."""
_DIGITS = 8
_TOO_MUCH = ("130204", "The borrowing amount exceeds the limit.")


@frozen
class Loan:
    """Money that was borrowed (``size`` above 0) or paid back, at ``time`` in nanoseconds since the epoch."""

    number: str
    account: str
    asset: str
    size: Decimal
    time: int


class Margin:
    """The debts of all margin accounts.

    ``listeners`` (a list to add functions to) hear the account whose debt has changed, the asset, and the venue's word
    for why.
    """

    def __init__(self, trading: Trading) -> None:
        """Lend to those who trade on ``trading``."""
        self.listeners: list[Callable[[str, str, str], None]] = []
        self.loans: list[Loan] = []
        self._trading = trading
        self._debts: defaultdict[str, defaultdict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
        self._ended: list[Order] = []
        trading.listeners.append(self._heard)
        trading.settlers.append(self._settled)

    # Looking.

    def debt(self, account: str, asset: str) -> Decimal:
        """What ``account`` owes of ``asset``."""
        return self._debts[account].get(asset, ZERO)

    def debts(self, account: str) -> Mapping[str, Decimal]:
        """All that it owes."""
        return {asset: debt for asset, debt in sorted(self._debts[account].items()) if debt}

    def value(self, amounts: Mapping[str, Decimal], quote: str = "USDT") -> Decimal:
        """What these amounts are worth now."""
        prices = {asset: self._price(asset) for asset in (*amounts, quote)}
        total = sum((amount * prices[asset] for asset, amount in amounts.items()), ZERO)
        return (total / prices[quote]).quantize(Decimal(1).scaleb(-_DIGITS), ROUND_HALF_EVEN) if prices[quote] else ZERO

    def ratio(self, account: str) -> Decimal:
        """What is owed as a part of all there is."""
        owed, assets = self.value(self.debts(account)), self.value(self._trading.accounts.balances(account))
        return (owed / assets).quantize(Decimal("0.0001"), ROUND_HALF_EVEN) if assets else ZERO

    def most(self, account: str, asset: str) -> Decimal:
        """How much of ``asset`` could be borrowed more."""
        own = self.value(self._trading.accounts.balances(account)) - self.value(self.debts(account))
        left = own * (LEVERAGE - 1) - self.value(self.debts(account))
        price = self._price(asset)
        return rounded(max(ZERO, left / price), _DIGITS, "ROUND_DOWN") if price else ZERO

    # What clients do.

    def borrow(self, account: str, asset: str, size: Decimal, why: str = "USER_BORROW") -> Loan:
        """Lend; raises `Declined` where it is too much."""
        self._trading.open_account(account)
        if size > self.most(account, asset):
            raise Declined(*_TOO_MUCH)
        return self._lend(account, asset, size, why)

    def repay(self, account: str, asset: str, size: Decimal, why: str = "USER_REPAY") -> Loan:
        """Take back what is owed and there, at most ``size``."""
        available = self._trading.accounts.available(account, asset)
        back = min(size, self.debt(account, asset), max(ZERO, available))
        return self._lend(account, asset, -back, why)

    def add(self, user: str, wish: Wish, *, validate: bool = False) -> tuple[Order, Loan | None]:
        """Place an order, and borrow for it first what is missing, where that is wanted."""
        account = account_of(user, wish.trade_type, wish.symbol)
        loan: Loan | None = None
        missing = self._missing(account, wish) if wish.auto_borrow else None
        if missing is not None:
            asset, size = missing
            if size > self.most(account, asset):
                raise Declined(*MARGIN[RefusedFor.FUNDS])
            loan = self._lend(account, asset, size, "TRADE_AUTO_BORROW")
        try:
            order = self._trading.add(user, wish, validate=validate)
        except Declined:
            self._undo(loan)
            raise
        if validate:
            self._undo(loan)
        return order, loan

    # The inside.

    def _lend(self, account: str, asset: str, size: Decimal, why: str) -> Loan:
        self._trading.accounts.deposit(account, asset, size)
        self._debts[account][asset] += size
        number = f"{self._trading.random.getrandbits(96):024x}"
        loan = Loan(number, account, asset, size, self._trading.simulation.timestamp)
        if size:
            self.loans.append(loan)
            for listener in self.listeners:
                listener(account, asset, why)
        return loan

    def _undo(self, loan: Loan | None) -> None:
        if loan is not None:
            self._lend(loan.account, loan.asset, -loan.size, "USER_REPAY")

    def _missing(self, account: str, wish: Wish) -> tuple[str, Decimal] | None:
        """What an order needs and is not there."""
        self._trading.open_account(account)
        terms = self._trading.engine.terms.get(wish.symbol)
        if terms is None:
            return None
        if wish.side is Side.SELL:
            asset, needed = terms.base, wish.size or ZERO
        else:
            asset = terms.quote
            best = self._trading.book(wish.symbol).levels(Side.SELL, 1)
            price = wish.price or (best[0][0] * Decimal("1.01") if best else ZERO)
            cost = wish.funds if wish.funds is not None else (wish.size or ZERO) * price
            needed = rounded(cost * (1 + terms.taker), _DIGITS, ROUND_UP)
        missing = needed - self._trading.accounts.available(account, asset)
        return (asset, missing) if missing > 0 else None

    def _price(self, asset: str) -> Decimal:
        """The price of an asset in USDT; 0 where nobody trades it."""
        if asset == "USDT":
            return Decimal(1)
        terms = self._trading.engine.terms
        if f"{asset}-USDT" in terms:
            return self._trading.last(f"{asset}-USDT")
        return self._trading.last(f"{asset}-BTC") * self._price("BTC") if f"{asset}-BTC" in terms else ZERO

    def _heard(self, event: OrderEvent) -> None:
        order = event.order
        if not order.is_open and order.filled and wish_of(order).auto_repay:
            self._ended.append(order)

    def _settled(self) -> None:
        """Pay back with what orders have brought, where that is wanted."""
        while self._ended:
            order = self._ended.pop(0)
            terms = self._trading.engine.terms[order.request.symbol]
            is_buy = order.request.side is Side.BUY
            asset, got = (terms.base, order.filled) if is_buy else (terms.quote, order.cost - order.fee)
            if self.debt(order.account, asset):
                self.repay(order.account, asset, got, "AUTO_REPAY")
