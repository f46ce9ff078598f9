"""An engine for tests, with everything that it says."""

from __future__ import annotations

from decimal import Decimal
from itertools import count
from typing import Any

from attrs import define, field

from rxex.models import Side, Trade
from rxex.sandbox.accounts import Accounts
from rxex.sandbox.matching import MatchingEngine
from rxex.sandbox.orders import NewOrder, Order, OrderEvent, OrderType, Terms

BUY, SELL = Side.BUY, Side.SELL
SYMBOL = "BTC/USD"
TERMS = Terms(
    symbol=SYMBOL,
    base="BTC",
    quote="USD",
    price_digits=1,
    size_digits=4,
    cost_digits=2,
    minimum=Decimal("0.01"),
    minimum_cost=Decimal("0.5"),
    maker=Decimal("0.0025"),
    taker=Decimal("0.004"),
)


class PlainIds:
    """Counts."""

    def __init__(self) -> None:
        self._numbers = count(1)

    def order(self) -> str:
        return f"O{next(self._numbers)}"

    def fill(self) -> str:
        return f"F{next(self._numbers)}"

    def trade(self) -> int:
        return next(self._numbers)


@define
class Bench:
    """An engine, two accounts with 10 BTC and 10,000 USD each, and what was heard."""

    accounts: Accounts = field(factory=Accounts)
    events: list[OrderEvent] = field(factory=list)
    trades: list[Trade] = field(factory=list)
    engine: MatchingEngine = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.engine = MatchingEngine([TERMS], accounts=self.accounts, ids=PlainIds(), listener=self.events.append)
        self.engine.trade_listeners.append(self.trades.append)
        for account in ("ada", "bob"):
            self.accounts.deposit(account, "BTC", Decimal(10))
            self.accounts.deposit(account, "USD", Decimal(10_000))

    def order(self, side: Side, size: str, price: str | None = None, account: str = "ada", **more: Any) -> Order:
        """Place an order; without a price a market order."""
        kind = OrderType.MARKET if price is None else OrderType.LIMIT
        limit = None if price is None else Decimal(price)
        options: dict[str, Any] = {"type": kind, "price": limit, "size": Decimal(size), **more}
        return self.engine.submit(account, NewOrder(symbol=SYMBOL, side=side, **options))

    def quote(self, bids: dict[str, str], asks: dict[str, str]) -> None:
        """Have the market quote."""
        self.engine.requote(SYMBOL, *({Decimal(p): Decimal(s) for p, s in side.items()} for side in (bids, asks)))

    def take(self, side: Side, price: str, size: str) -> None:
        """Have the market trade."""
        self.engine.take(SYMBOL, side, Decimal(price), Decimal(size))

    def book(self, side: Side) -> list[tuple[str, str]]:
        """The levels of a side as text."""
        return [(str(price), f"{size.normalize():f}") for price, size in self.engine.books[SYMBOL].levels(side)]

    def said(self, order: Order) -> list[str]:
        """What happened to an order."""
        return [event.kind.value for event in self.events if event.order is order]
