"""A matching engine: orders in, trades out, by price and then by time.

It knows no exchange, no wire and no clock: time is given by `MatchingEngine.advance`, ids by what it is made with. The
rest of the market is an account of its own, which quotes (`requote`) and takes (`take`) like anybody.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_DOWN, ROUND_UP, Decimal

from rxex.models import Side
from rxex.sandbox.accounts import Accounts
from rxex.sandbox.crossing import FEES, MARKET, Crossing, Ids, opposite
from rxex.sandbox.order_checks import check_amendment, check_request, rounded
from rxex.sandbox.orders import (
    Amendment,
    EventKind,
    NewOrder,
    Order,
    OrderEvent,
    OrderState,
    Reason,
    Refused,
    RefusedFor,
    Terms,
)

__all__ = ["FEES", "MARKET", "Ids", "MatchingEngine"]

ZERO = Decimal(0)


class MatchingEngine(Crossing):
    """Orders, books and balances of one exchange."""

    def __init__(
        self,
        terms: Iterable[Terms],
        *,
        accounts: Accounts,
        ids: Ids,
        listener: Callable[[OrderEvent], None],
        most_open: int | None = None,
    ) -> None:
        """Open empty books.

        Args:
            terms: What is traded, and how.
            accounts: Who owns what.
            ids: Makes up names.
            listener: Hears of what happens to orders, while it happens; it must not call the engine.
            most_open: How many open orders an account may have per instrument; None: any number.
        """
        super().__init__(terms, accounts=accounts, ids=ids, listener=listener)
        self.orders: dict[str, Order] = {}
        self._most_open = most_open
        self._agenda: list[tuple[int, int, Order, Callable[[Order], None]]] = []
        self._quotes: dict[tuple[str, Side], dict[Decimal, Order]] = {}
        sides = (Side.BUY, Side.SELL)
        self._ambient = {(symbol, side): NewOrder(symbol=symbol, side=side) for symbol in self.terms for side in sides}

    # Looking.

    def open_orders(self, account: str) -> list[Order]:
        """The open orders of ``account``, oldest first."""
        return list(self._open.get(account, {}).values())

    def find(self, account: str, *, id: str | None = None, client_id: str | None = None) -> Order | None:  # noqa: A002
        """An order by its id, or an open one by the client's id; None where ``account`` has no such."""
        if id is not None:
            order = self.orders.get(id)
            return order if order is not None and order.account == account else None
        return next((order for order in self.open_orders(account) if order.request.client_id == client_id), None)

    @property
    def next_due(self) -> int | None:
        """When `advance` has something to do next; None: nothing is due."""
        while self._agenda and not self._agenda[0][2].is_open:
            heapq.heappop(self._agenda)
        return self._agenda[0][0] if self._agenda else None

    # Time and the rest of the market.

    def advance(self, now: int) -> None:
        """Let orders begin and expire that are due by ``now`` (nanoseconds since the epoch)."""
        while (due := self.next_due) is not None and due <= now:
            self.now = max(self.now, due)
            _, _, order, action = heapq.heappop(self._agenda)
            action(order)
            self._follow_up()
        self.now = max(self.now, now)

    def requote(self, symbol: str, bids: Mapping[Decimal, Decimal], asks: Mapping[Decimal, Decimal]) -> None:
        """Have the market quote these sizes by price, and no others; what crosses resting orders trades with them."""
        sides = ((Side.BUY, bids), (Side.SELL, asks))
        for side, wanted in sides:
            quotes = self._quotes.setdefault((symbol, side), {})
            for price, order in list(quotes.items()):
                if not order.is_open or price not in wanted:
                    self._unquote(quotes, price)
        for side, wanted in sides:
            for price, size in wanted.items():
                self._quote(symbol, side, price, size)
        self._follow_up()

    def offer(self, symbol: str, side: Side, price: Decimal, size: Decimal) -> None:
        """Have the market quote ``size`` at ``price`` at least, and nothing better, until the next `requote`."""
        quotes = self._quotes.setdefault((symbol, side), {})
        better = [each for each in quotes if (each > price if side is Side.BUY else each < price)]
        for each in better:
            self._unquote(quotes, each)
        there = quotes.get(price)
        if there is None or there.remaining < size:
            self._quote(symbol, side, price, size)
        self._follow_up()

    def take(self, symbol: str, side: Side, price: Decimal, size: Decimal) -> None:
        """Have somebody of the market buy or sell ``size`` at once, at ``price`` or better."""
        order = self._ambient_order(symbol, side, price, size)
        self._match(order)
        if not order.filled:
            # Nobody was there any more, but the market was told of such a price.
            self._priced(symbol, price)
        self._follow_up()

    # What clients do.

    def submit(self, account: str, request: NewOrder, *, validate: bool = False) -> Order:
        """Take an order; with ``validate`` only look at it (the order given has no id then). Raises `Refused`."""
        order = self._new(account, request)
        self._check(order)
        if validate:
            return order
        order.id, order.number = self._ids.order(), next(self._numbers)
        self.orders[order.id] = order
        self._open.setdefault(account, {})[order.id] = order
        self._reserve(order)
        self._emit(EventKind.ACCEPTED, order)
        if request.expire is not None:
            self._at(request.expire, order, lambda order: self._end(order, OrderState.EXPIRED, Reason.TIME))
        if request.begin is not None and request.begin > self.now:
            self._at(request.begin, order, self._begin)
        else:
            self._begin(order)
        self._follow_up()
        return order

    def cancel(self, order: Order, reason: str = Reason.USER) -> None:
        """Cancel an open order. Raises `Refused` where it is not open any more."""
        if not order.is_open:
            raise Refused(RefusedFor.ORDER)
        self._end(order, OrderState.CANCELED, reason)

    def amend(self, order: Order, amendment: Amendment) -> None:
        """Change an open order in place. Raises `Refused`, and then nothing has changed.

        Its place in the queue is lost by another price or a larger size. A size that is filled already ends it.
        """
        if not order.is_open:
            raise Refused(RefusedFor.ORDER)
        terms = self.terms[order.request.symbol]
        check_amendment(order, amendment, terms)
        size, price = order.size, order.price
        if amendment.size is not None:
            size = max(rounded(amendment.size, terms.size_digits, ROUND_DOWN), order.filled)
        if amendment.price is not None:
            price = rounded(amendment.price, terms.price_digits, ROUND_DOWN)
        self._check_amended(order, size, price, post_only=order.post_only or amendment.post_only)
        moves = order.is_resting and (price != order.price or size > order.size)
        book = self.books[order.request.symbol]
        if moves:
            book.remove(order)
        order.size, order.price, order.amended, order.dated = size, price, True, self.now
        order.post_only = order.post_only or amendment.post_only
        order.trigger_price = amendment.trigger_price or order.trigger_price
        if amendment.display is not None:
            order.display = order.shown = amendment.display
        if order.is_resting:
            book.update(order)
        self._reserve(order)
        self._emit(EventKind.AMENDED, order, Reason.USER)
        if order.remaining == 0:
            self._end(order, OrderState.CANCELED, Reason.USER)
        elif moves:
            self._enter(order)
        elif order.waits_for_trigger and order.state is OrderState.OPEN:
            self._wait(order)
        self._follow_up()

    def replace(self, order: Order, request: NewOrder) -> Order:
        """Cancel an open order and place another one for it. Raises `Refused`, and then the old one stands."""
        if not order.is_open:
            raise Refused(RefusedFor.ORDER)
        self.accounts.release(order.account, order.id)
        try:
            self._check(self._new(order.account, request), instead_of=order)
        except Refused:
            self._reserve(order)
            raise
        self._end(order, OrderState.CANCELED, Reason.REPLACED)
        new = self.submit(order.account, request)
        order.replaced = new.id
        return new

    # The inside: clients' orders.

    def _new(self, account: str, request: NewOrder) -> Order:
        terms = self.terms.get(request.symbol)
        if terms is None:
            raise Refused(RefusedFor.SYMBOL)
        check_request(request, terms, self.now)
        order = self._order(account, request)
        if request.size is None and request.cash is not None:
            order.size = self._size_for(order, request.cash)
            if order.size < max(terms.minimum, Decimal(1).scaleb(-terms.size_digits)):
                raise Refused(RefusedFor.SIZE)
        if request.trigger is not None:
            order.trigger_price = request.trigger.price
        return order

    def _order(self, account: str, request: NewOrder) -> Order:
        terms = self.terms[request.symbol]
        return Order(
            id="",
            number=0,
            account=account,
            request=request,
            opened=self.now,
            size=rounded(request.size or ZERO, terms.size_digits, ROUND_DOWN),
            price=None if request.price is None else rounded(request.price, terms.price_digits, ROUND_DOWN),
            display=request.display,
            shown=request.display or ZERO,
            trigger_price=None,
            post_only=request.post_only,
            changed=self.now,
            dated=self.now,
        )

    def _check(self, order: Order, instead_of: Order | None = None) -> None:
        request, account = order.request, order.account
        mine = [each for each in self.open_orders(account) if each.request.symbol == request.symbol]
        if request.client_id is not None and self.find(account, client_id=request.client_id) not in {None, instead_of}:
            raise Refused(RefusedFor.CLIENT_ID)
        if self._most_open is not None and len(mine) - (instead_of in mine) >= self._most_open:
            raise Refused(RefusedFor.TOO_MANY)
        asset, amount = self._needed(order)
        if order.price is None and not request.type.is_triggered and request.side is Side.BUY:
            amount = self.cost_now(order)
        if amount > self.accounts.available(account, asset):
            raise Refused(RefusedFor.FUNDS)

    def _check_amended(self, order: Order, size: Decimal, price: Decimal | None, *, post_only: bool) -> None:
        before = order.size, order.price
        order.size, order.price = size, price
        asset, amount = self._needed(order)
        takes = price != before[1] and self._would_take(order)
        order.size, order.price = before
        held = self.accounts.held_for(order.account, order.id)
        if amount > self.accounts.available(order.account, asset) + held:
            raise Refused(RefusedFor.FUNDS)
        if takes and post_only and not order.waits_for_trigger:
            raise Refused(RefusedFor.POST_ONLY)

    def cost_now(self, taker: Order) -> Decimal:
        """What a market order would cost if it traded now, fees included."""
        terms, left, cost = self.terms[taker.request.symbol], taker.remaining, ZERO
        for maker in self.books[taker.request.symbol].orders(Side.SELL):
            size = min(left, maker.remaining)
            cost += size * (maker.price or ZERO)
            left -= size
            if not left:
                break
        rate = ZERO if taker.request.fee_in_base else terms.taker
        return rounded(cost * (1 + rate), terms.cost_digits, ROUND_UP)

    def _size_for(self, taker: Order, cash: Decimal) -> Decimal:
        """What can be bought for ``cash`` now."""
        terms, size = self.terms[taker.request.symbol], ZERO
        for price, offered in self.books[taker.request.symbol].levels(opposite(taker.request.side)):
            part = min(offered, rounded(cash / price, terms.size_digits, ROUND_DOWN))
            size += part
            cash -= part * price
            if part < offered:
                break
        return size

    def _begin(self, order: Order) -> None:
        order.state = OrderState.OPEN
        if order.post_only and self._would_take(order):
            self._end(order, OrderState.CANCELED, Reason.POST_ONLY)
            return
        self._emit(EventKind.OPENED, order)
        if order.waits_for_trigger:
            self._wait(order)
        else:
            self._enter(order)

    def _wait(self, order: Order) -> None:
        symbol = order.request.symbol
        self._triggers.wait(order, self.last.get(symbol), self._tick(symbol))

    def _at(self, due: int, order: Order, action: Callable[[Order], None]) -> None:
        heapq.heappush(self._agenda, (due, next(self._numbers), order, action))

    def _follow_up(self) -> None:
        """Let happen what follows from what has happened, until nothing does."""
        while True:
            while self._to_close:
                account, request = self._to_close.pop(0)
                try:
                    self.submit(account, request)
                except Refused:
                    # Nobody asked for this order just now, so there is nobody to tell: the exchange drops it.
                    continue
            order = self._triggers.pop()
            if order is None:
                return
            self._trigger(order)

    def _trigger(self, order: Order) -> None:
        order.triggered = True
        distance = order.request.limit_distance
        if distance is not None and order.trigger_price is not None:
            order.price = max(self._tick(order.request.symbol), order.trigger_price + distance)
        asset, amount = self._needed(order)
        if amount > self.accounts.available(order.account, asset) + self.accounts.held_for(order.account, order.id):
            self._end(order, OrderState.CANCELED, Reason.FUNDS)
            return
        self._reserve(order)
        self._emit(EventKind.TRIGGERED, order)
        self._enter(order)

    # The inside: the market's own.

    def _ambient_order(self, symbol: str, side: Side, price: Decimal, size: Decimal) -> Order:
        terms, order = self.terms[symbol], self._order(MARKET, self._ambient[symbol, side])
        order.id, order.number, order.state = self._ids.order(), next(self._numbers), OrderState.OPEN
        order.price = rounded(price, terms.price_digits, ROUND_DOWN)
        order.size = rounded(size, terms.size_digits, ROUND_DOWN)
        return order

    def _quote(self, symbol: str, side: Side, price: Decimal, size: Decimal) -> None:
        quotes = self._quotes[symbol, side]
        order = quotes.get(price)
        if order is not None and order.remaining == size:
            return
        if order is not None and size <= order.remaining:
            order.size = order.filled + size
            self.books[symbol].update(order)
            return
        self._unquote(quotes, price)
        order = self._ambient_order(symbol, side, price, size)
        self._match(order)
        if order.remaining > 0:
            self.books[symbol].add(order)
            quotes[price] = order

    def _unquote(self, quotes: dict[Decimal, Order], price: Decimal) -> None:
        order = quotes.pop(price, None)
        if order is not None and order.is_open:
            self._end(order, OrderState.CANCELED)
