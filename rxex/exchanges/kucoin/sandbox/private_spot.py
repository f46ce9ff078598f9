"""The private topics of spot and margin, and what makes them speak.

Sources: KuCoin's pages "Order V2", "Order V1", "Account Balance".
"""

from __future__ import annotations

from collections.abc import Mapping

from rxex.exchanges.kucoin.sandbox.orders_requests import Wish
from rxex.exchanges.kucoin.sandbox.orders_stops import Stop
from rxex.exchanges.kucoin.sandbox.private import PrivateTopic
from rxex.exchanges.kucoin.sandbox.private_balances import BalanceRows
from rxex.exchanges.kucoin.sandbox.private_orders import OrderRows, fill_row
from rxex.exchanges.kucoin.sandbox.trading import Trading, user_of
from rxex.exchanges.kucoin.sandbox.trading_stops import stop_row
from rxex.sandbox.event_outbox import EventOutbox
from rxex.sandbox.orders import Order, OrderEvent

__all__ = ["PrivateSpot"]

ORDERS, OLD_ORDERS, BALANCE = "/spotMarket/tradeOrdersV2", "/spotMarket/tradeOrders", "/account/balance"
STOPS = "/spotMarket/advancedOrders"
# Of no page any more, but known to have been served.
FILLS, OLD_BALANCE = "/spot/tradeFills", "/account/snapshotBalance"


class PrivateSpot:
    """Hears of orders and balances, and tells those who have subscribed."""

    def __init__(self, trading: Trading, outbox: EventOutbox) -> None:
        """Listen to ``trading``; what there is to tell goes into ``outbox``."""
        self._trading = trading
        self._orders = PrivateTopic(outbox, "orderChange")
        self._old_orders = PrivateTopic(outbox, "orderChange")
        self._balance = PrivateTopic(outbox, "account.balance")
        self._stops = PrivateTopic(outbox, "stopOrder")
        self._fills = PrivateTopic(outbox, FILLS)
        self._old_balance = PrivateTopic(outbox, "account.snapshotBalance")
        self._order_rows = OrderRows()
        self._balance_rows = BalanceRows(trading.accounts, trading.random, trading.engine.cost_now)
        self._touched: dict[str, Order] = {}
        trading.openers.append(self._balance_rows.opened)
        trading.listeners.append(self._heard)
        trading.settlers.append(self._settled)
        trading.flushers.append(outbox.flush)

    @property
    def topics(self) -> Mapping[str, PrivateTopic]:
        """The topics by what stands before the colon."""
        return {
            ORDERS: self._orders,
            OLD_ORDERS: self._old_orders,
            BALANCE: self._balance,
            STOPS: self._stops,
            FILLS: self._fills,
            OLD_BALANCE: self._old_balance,
        }

    def sessions(self, user: str) -> set[int]:
        """The sessions on which a user is told anything."""
        return {number for topic in self.topics.values() for number in topic.sessions(user)}

    def moved(self, account: str, asset: str, word: str) -> None:
        """Tell of a balance that changed without an order; ``word`` is what happened: ``transfer``, ``other``."""
        now = self._trading.simulation.timestamp
        for row in self._balance_rows.moved(account, asset, now, word):
            self._tell_balance(account, row)

    def stopped(self, stop: Stop[Wish], kind: str) -> None:
        """Tell of an order that waits for a price: ``open``, ``triggered`` or ``cancel``."""
        self._stops.tell(stop.user, stop_row(stop, kind, self._trading.simulation.timestamp))

    def _heard(self, event: OrderEvent) -> None:
        order = event.order
        self._touched[order.id] = order
        for row in self._order_rows.rows(event):
            self._tell_order(order, row)
        if event.fill is not None:
            terms = self._trading.engine.terms[order.request.symbol]
            self._fills.tell(user_of(order.account), fill_row(event.fill, terms), is_fill=True)
        for row in self._balance_rows.rows(event, self._trading.engine.terms[order.request.symbol]):
            self._tell_balance(order.account, row)

    def _settled(self) -> None:
        """Tell of orders that have gone into the book."""
        for order in self._touched.values():
            for row in self._order_rows.rest(order, order.changed):
                self._tell_order(order, row)
        self._touched.clear()

    def _tell_order(self, order: Order, row: dict[str, object]) -> None:
        user, is_fill = user_of(order.account), row["type"] == "match"
        self._orders.tell(user, row, is_fill=is_fill)
        if row["type"] != "received":
            self._old_orders.tell(user, row, is_fill=is_fill)

    def _tell_balance(self, account: str, row: dict[str, object]) -> None:
        user, name = user_of(account), {"id": row["relationEventId"]}
        self._balance.tell(user, row, more=name)
        self._old_balance.tell(user, {**row, "relationContext": {}}, more=name)
