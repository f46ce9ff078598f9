"""How orders meet: who trades with whom, at what price, and who owns what afterwards."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import ROUND_DOWN, ROUND_UP, Decimal
from itertools import count
from typing import Protocol

from attrs import frozen

from rxex.models import Side, Trade
from rxex.sandbox.accounts import Accounts
from rxex.sandbox.order_book import OrderBook
from rxex.sandbox.order_checks import rounded
from rxex.sandbox.orders import (
    EventKind,
    Fill,
    NewOrder,
    Order,
    OrderEvent,
    OrderState,
    OrderType,
    Reason,
    SelfTrade,
    Terms,
)
from rxex.sandbox.triggers import Triggers

__all__ = ["FEES", "MARKET", "Crossing", "Ids", "opposite"]

ZERO = Decimal(0)
MARKET = "market"
"""The account of the rest of the market; it may owe what it likes, and pays no fees."""
FEES = "fees"
"""The account that fees go to."""


def opposite(side: Side) -> Side:
    """The side that trades with ``side``."""
    return Side.SELL if side is Side.BUY else Side.BUY


class Ids(Protocol):
    """Makes up what an exchange calls orders, fills and trades."""

    def order(self) -> str:
        """Name an order."""
        raise NotImplementedError

    def fill(self) -> str:
        """Name one order's part in a trade."""
        raise NotImplementedError

    def trade(self) -> int:
        """Number a trade."""
        raise NotImplementedError


@frozen
class _Trade:
    number: int
    size: Decimal
    price: Decimal
    cost: Decimal


class Crossing:
    """Books and balances, and the trades between them.

    ``listener`` hears of all that happens to orders but the market's own, in order, while it happens; it must not
    call back. ``trade_listeners`` (a list to add functions to) hear of every trade, as the public does, and
    ``match_listeners`` of the orders that met, when they have and before the book is put right: the one that rested,
    the other one, the size, the price and the trade's number.
    """

    def __init__(
        self, terms: Iterable[Terms], *, accounts: Accounts, ids: Ids, listener: Callable[[OrderEvent], None]
    ) -> None:
        """Open empty books.

        Args:
            terms: What is traded, and how.
            accounts: Who owns what.
            ids: Makes up names.
            listener: Hears of what happens to orders.
        """
        self.now = 0
        self.terms = {each.symbol: each for each in terms}
        self.accounts = accounts
        self.books = {symbol: OrderBook(symbol) for symbol in self.terms}
        self.trade_listeners: list[Callable[[Trade], None]] = []
        self.match_listeners: list[Callable[[Order, Order, Decimal, Decimal, int], None]] = []
        self.last: dict[str, Decimal] = {}
        self._ids = ids
        self._listener = listener
        self._numbers = count(1)
        self._open: dict[str, dict[str, Order]] = {}
        self._triggers = Triggers()
        self._to_close: list[tuple[str, NewOrder]] = []

    @property
    def ids(self) -> Ids:
        """What makes up names and numbers here."""
        return self._ids

    # Meeting.

    def _enter(self, order: Order) -> None:
        """Let an order take what it may, and let the rest of it wait in the book."""
        request = order.request
        if request.time_in_force == "fok" and self._reachable(order) < order.remaining:
            self._end(order, OrderState.CANCELED, Reason.FILL_OR_KILL)
            return
        self._match(order)
        if not order.is_open:
            return
        if request.time_in_force in {"ioc", "fok"}:
            self._end(order, OrderState.CANCELED, Reason.IMMEDIATE)
        elif order.price is None:
            self._end(order, OrderState.CANCELED, Reason.LIQUIDITY)
        else:
            self.books[request.symbol].add(order)

    def _match(self, taker: Order) -> None:
        symbol = taker.request.symbol
        book, other = self.books[symbol], opposite(taker.request.side)
        while taker.is_open and taker.remaining > 0:
            maker = book.first(other)
            if maker is None or maker.price is None or not self._reaches(taker, maker.price):
                return
            if self._is_self_trade(maker, taker):
                self._prevent_self_trade(maker, taker)
                continue
            size = min(taker.remaining, maker.visible, self._affordable(taker, maker.price))
            if size <= 0:
                self._end(taker, OrderState.CANCELED, Reason.FUNDS)
                return
            self._trade(maker, taker, size, maker.price)

    def _reaches(self, taker: Order, price: Decimal) -> bool:
        if taker.price is None:
            return True
        return taker.price >= price if taker.request.side is Side.BUY else taker.price <= price

    def _would_take(self, order: Order) -> bool:
        best = self.books[order.request.symbol].best(opposite(order.request.side))
        return best is not None and self._reaches(order, best)

    def _reachable(self, taker: Order) -> Decimal:
        """How much an order could take now."""
        found = ZERO
        for maker in self.books[taker.request.symbol].orders(opposite(taker.request.side)):
            if maker.price is None or not self._reaches(taker, maker.price) or self._is_self_trade(maker, taker):
                break
            found += maker.remaining
        return found

    def _affordable(self, taker: Order, price: Decimal) -> Decimal:
        if taker.price is not None or taker.request.side is Side.SELL or taker.account == MARKET:
            return taker.remaining
        terms = self.terms[taker.request.symbol]
        fee = ZERO if taker.request.fee_in_base else terms.taker
        budget = self.accounts.available(taker.account, terms.quote)
        return rounded(budget / (price * (1 + fee)), terms.size_digits, ROUND_DOWN)

    def _is_self_trade(self, maker: Order, taker: Order) -> bool:
        return maker.account == taker.account != MARKET and taker.request.self_trade is not SelfTrade.ALLOW

    def _prevent_self_trade(self, maker: Order, taker: Order) -> None:
        if taker.request.self_trade is SelfTrade.DECREASE:
            self._decrease(maker, taker)
            return
        if taker.request.self_trade is not SelfTrade.CANCEL_NEWEST:
            self._end(maker, OrderState.CANCELED, Reason.SELF_TRADE)
        if taker.request.self_trade is not SelfTrade.CANCEL_OLDEST:
            self._end(taker, OrderState.CANCELED, Reason.SELF_TRADE)

    def _decrease(self, maker: Order, taker: Order) -> None:
        size = min(maker.remaining, taker.remaining)
        for order in (maker, taker):
            order.size -= size
            if order.remaining == 0:
                order.size += size
                self._end(order, OrderState.CANCELED, Reason.SELF_TRADE)
                continue
            if order.is_resting:
                self.books[order.request.symbol].update(order)
            self._reserve(order)
            self._emit(EventKind.AMENDED, order, Reason.SELF_TRADE)

    # Trading.

    def _trade(self, maker: Order, taker: Order, size: Decimal, price: Decimal) -> None:
        symbol = taker.request.symbol
        terms = self.terms[symbol]
        # Rounded down, so that what many small fills cost is never more than what is held for the whole.
        cost = rounded(terms.value(size, price), terms.cost_digits, ROUND_DOWN)
        buyer, seller = (taker, maker) if taker.request.side is Side.BUY else (maker, taker)
        self.accounts.transfer(terms.base, size, seller.account, buyer.account)
        self.accounts.transfer(terms.quote, cost, buyer.account, seller.account)
        number = self._number(symbol)
        fees = [self._charge(order, size, cost, terms) for order in (maker, taker)]
        for order in (maker, taker):
            order.filled += size
            order.cost += cost
            order.changed = self.now
            if order.display is not None:
                order.shown -= size
        self._tell_trade(taker, number, size, price)
        for listener in self.match_listeners:
            listener(maker, taker, size, price, number)
        refilled = self._tidy(maker)
        trade = _Trade(number, size, price, cost)
        fills = [
            self._fill(order, other, trade, fee, is_maker=order is maker)
            for order, other, fee in zip((maker, taker), (taker, maker), fees, strict=True)
        ]
        for order, fill in zip((maker, taker), fills, strict=True):
            self._reserve(order)
            self._emit(EventKind.FILL, order, fill=fill)
            if order.remaining == 0:
                self._end(order, OrderState.FILLED)
            elif refilled and order is maker:
                self._emit(EventKind.REFILLED, order)
        self._priced(symbol, price)

    def _number(self, symbol: str) -> int:  # noqa: ARG002 - an engine may number each symbol's trades by themselves
        """Number the next trade of ``symbol``."""
        return self._ids.trade()

    def _charge(self, order: Order, size: Decimal, cost: Decimal, terms: Terms) -> tuple[str, Decimal]:
        if order.account == MARKET:
            return terms.quote, ZERO
        rate = terms.maker if order.is_resting else terms.taker
        if order.request.fee_in_base:
            asset, fee = terms.base, rounded(size * rate, terms.size_digits, ROUND_DOWN)
        else:
            asset, fee = terms.quote, rounded(abs(cost) * rate, terms.cost_digits, ROUND_DOWN)
        self.accounts.transfer(asset, fee, order.account, FEES)
        order.fee += fee
        return asset, fee

    def _fill(
        self, order: Order, other: Order, trade: _Trade, fee: tuple[str, Decimal], *, is_maker: bool
    ) -> Fill | None:
        if order.account == MARKET:
            return None
        terms, account = self.terms[order.request.symbol], order.account
        fill = Fill(
            id=self._ids.fill(),
            trade_id=trade.number,
            order=order,
            time=self.now,
            size=trade.size,
            price=trade.price,
            cost=trade.cost,
            fee=fee[1],
            fee_asset=fee[0],
            is_maker=is_maker,
            base_left=self.accounts.balance(account, terms.base),
            quote_left=self.accounts.balance(account, terms.quote),
            counter=other.id,
        )
        order.fills.append(fill)
        if order.request.close is not None:
            self._to_close.append((account, order.request.close_of(trade.size)))
        return fill

    def _tidy(self, maker: Order) -> bool:
        """Put the book right after a trade; True where an iceberg shows its next slice."""
        book = self.books[maker.request.symbol]
        book.update(maker)
        if maker.remaining == 0:
            book.remove(maker)
        elif maker.display is not None and maker.shown <= 0:
            book.remove(maker)
            maker.shown = maker.display
            book.add(maker)
            return True
        return False

    def _tell_trade(self, taker: Order, number: int, size: Decimal, price: Decimal) -> None:
        if self.trade_listeners:
            request = taker.request
            kind = "limit" if taker.price is not None else "market"
            trade = Trade(request.symbol, price, size, request.side, id=number, order_type=kind, time=self.now)
            for listener in self.trade_listeners:
                listener(trade)

    def _priced(self, symbol: str, price: Decimal) -> None:
        self.last[symbol] = price
        self._triggers.price(symbol, price, self._tick(symbol))

    def _tick(self, symbol: str) -> Decimal:
        return Decimal(1).scaleb(-self.terms[symbol].price_digits)

    # Ending, and what is held meanwhile.

    def _end(self, order: Order, state: OrderState, reason: str | None = None) -> None:
        if order.is_resting:
            self.books[order.request.symbol].remove(order)
        self._triggers.forget(order)
        order.state, order.reason = state, reason
        order.closed = order.changed = self.now
        if order.account != MARKET:
            self._open[order.account].pop(order.id, None)
            self.accounts.release(order.account, order.id)
            self._emit(EventKind(state.value), order, reason or "")

    def _reserve(self, order: Order) -> None:
        if order.account != MARKET:
            asset, amount = self._needed(order)
            self.accounts.hold(order.account, order.id, asset, amount)

    def _needed(self, order: Order) -> tuple[str, Decimal]:
        """What has to be held for the rest of an order."""
        request, terms = order.request, self.terms[order.request.symbol]
        if request.side is Side.SELL:
            fee = rounded(order.remaining * terms.taker, terms.size_digits, ROUND_UP) if request.fee_in_base else ZERO
            return terms.base, order.remaining + fee
        price = order.price
        if price is None and request.type is not OrderType.MARKET and not order.triggered:
            price = order.trigger_price
        if price is None:
            return terms.quote, ZERO
        rate = ZERO if request.fee_in_base else terms.taker
        return terms.quote, rounded(order.remaining * price * (1 + rate), terms.cost_digits, ROUND_UP)

    def _emit(self, kind: EventKind, order: Order, reason: str = "", fill: Fill | None = None) -> None:
        if order.account != MARKET:
            order.changed = self.now
            self._listener(OrderEvent(kind, order, self.now, reason, fill))
