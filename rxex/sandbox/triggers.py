"""Orders that wait for a price."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Decimal

from rxex.models import Side
from rxex.sandbox.orders import Order, OrderType

__all__ = ["Triggers", "trailing_price"]


class Triggers:
    """Keeps waiting orders by symbol, and gives those whose price has come."""

    def __init__(self) -> None:
        self._waiting: dict[str, dict[str, Order]] = {}
        self._hit: list[Order] = []

    def wait(self, order: Order, last: Decimal | None, tick: Decimal) -> None:
        """Have ``order`` wait; where its price is the ``last`` one, or past it, it is hit at once."""
        self._waiting.setdefault(order.request.symbol, {})[order.id] = order
        if last is not None:
            self._see(order, last, tick)

    def forget(self, order: Order) -> None:
        """Have ``order`` wait no more."""
        self._waiting.get(order.request.symbol, {}).pop(order.id, None)

    def price(self, symbol: str, price: Decimal, tick: Decimal) -> None:
        """See a trade."""
        for order in list(self._waiting.get(symbol, {}).values()):
            self._see(order, price, tick)

    def pop(self) -> Order | None:
        """The next order that was hit and is still open; None: there is none."""
        while self._hit:
            order = self._hit.pop(0)
            if order.is_open:
                return order
        return None

    def _see(self, order: Order, price: Decimal, tick: Decimal) -> None:
        if order.request.type.is_trailing:
            follow = trailing_price(order, price, tick)
            # A trigger follows the market one way only.
            better = max if order.request.side is Side.SELL else min
            order.trigger_price = follow if order.trigger_price is None else better(order.trigger_price, follow)
        if order.trigger_price is not None and _is_hit(order, order.trigger_price, price):
            self.forget(order)
            self._hit.append(order)


def _is_hit(order: Order, trigger: Decimal, price: Decimal) -> bool:
    takes_profit = order.request.type in {OrderType.TAKE_PROFIT, OrderType.TAKE_PROFIT_LIMIT}
    upwards = (order.request.side is Side.BUY) is not takes_profit
    return price >= trigger if upwards else price <= trigger


def trailing_price(order: Order, price: Decimal, tick: Decimal) -> Decimal:
    """Where a trailing order is triggered when the market is at ``price``."""
    trigger = order.request.trigger
    distance = Decimal(0) if trigger is None or trigger.distance is None else trigger.distance
    if trigger is not None and trigger.percent:
        distance = price * distance / 100
    away = price - distance if order.request.side is Side.SELL else price + distance
    return max(tick, away.quantize(tick, ROUND_HALF_EVEN))
