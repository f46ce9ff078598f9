"""What is told of balances: ``/account/balance``, one push for each asset that has changed, with what has changed it.

Source: KuCoin's page "Account Balance"; frames that its users have published.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import ROUND_UP, Decimal
from itertools import count
from random import Random
from typing import Any
from zlib import crc32

from rxex.exchanges.kucoin.sandbox.orders_requests import wish_of
from rxex.exchanges.kucoin.sandbox.private_orders import plain
from rxex.exchanges.kucoin.sandbox.trading import kind_of
from rxex.models import Side
from rxex.sandbox.accounts import Accounts
from rxex.sandbox.order_checks import rounded
from rxex.sandbox.orders import EventKind, Order, OrderEvent, OrderType, Terms

__all__ = ["BalanceRows", "account_id"]

ZERO = Decimal(0)


def account_id(account: str, asset: str) -> str:
    """The venue's number of an account's part in one asset."""
    return str(5 * 10**11 + crc32(f"{account}/{asset}".encode()))


class BalanceRows:
    """Makes rows of what has changed since the last ones."""

    def __init__(self, accounts: Accounts, random: Random, cost: Callable[[Order], Decimal]) -> None:
        """Watch ``accounts``.

        Args:
            accounts: Who owns what.
            random: Where the ids of events begin.
            cost: What an order that has no limit would cost now, fees included.
        """
        self._accounts = accounts
        self._cost = cost
        self._told: dict[tuple[str, str], tuple[Decimal, Decimal]] = {}
        # The engine settles a market order in the moment in which it comes, and holds nothing for it.
        self._market: dict[str, dict[str, tuple[str, Decimal]]] = {}
        self._numbers = count(random.randrange(3 * 10**14, 4 * 10**14))

    def opened(self, account: str) -> None:
        """Take what a new account has as told."""
        for asset in self._accounts.balances(account):
            self._told[account, asset] = self._now(account, asset)

    def rows(self, event: OrderEvent, terms: Terms) -> Iterator[dict[str, Any]]:
        """The ``data`` of each frame that an event leads to."""
        order = event.order
        held = self._market.setdefault(order.account, {})
        if event.kind is EventKind.ACCEPTED and order.request.type is OrderType.MARKET:
            if order.request.side is Side.BUY:
                held[order.id] = terms.quote, self._spent(order, terms)
        elif event.fill is not None and order.id in held:
            held[order.id] = terms.quote, max(ZERO, held[order.id][1] - event.fill.cost - event.fill.fee)
        elif not order.is_open:
            held.pop(order.id, None)
        context = {"symbol": terms.symbol, "orderId": order.id}
        if event.fill is not None:
            context["tradeId"] = str(event.fill.trade_id)
        for asset in (terms.base, terms.quote):
            yield from self._changed(order.account, asset, event.time, context)

    def moved(self, account: str, asset: str, time: int, word: str) -> Iterator[dict[str, Any]]:
        """The row of a balance that changed without an order; ``word`` is what happened: ``transfer``, ``other``."""
        yield from self._changed(account, asset, time, {}, word)

    def _changed(
        self, account: str, asset: str, time: int, context: dict[str, str], word: str | None = None
    ) -> Iterator[dict[str, Any]]:
        total, held = self._now(account, asset)
        old_total, old_held = self._told.get((account, asset), (ZERO, ZERO))
        self._told[account, asset] = total, held
        if (total, held) == (old_total, old_held):
            return
        usual = "hold" if total == old_total and held > old_held else "setted"
        number = str(next(self._numbers))
        yield {
            "accountId": account_id(account, asset),
            "currency": asset,
            "total": plain(total),
            "available": plain(total - held),
            "hold": plain(held),
            "availableChange": plain((total - held) - (old_total - old_held)),
            "holdChange": plain(held - old_held),
            "relationContext": context,
            "relationEvent": f"{kind_of(account)}.{word or usual}",
            "relationEventId": number,
            "time": str(time // 10**6),
        }

    def _now(self, account: str, asset: str) -> tuple[Decimal, Decimal]:
        held = self._accounts.held(account, asset)
        more = sum((amount for name, amount in self._market.get(account, {}).values() if name == asset), ZERO)
        return self._accounts.balance(account, asset), held + more

    def _spent(self, order: Order, terms: Terms) -> Decimal:
        """What a market buy may cost, and no more than there is."""
        funds = wish_of(order).funds
        cost = self._cost(order) if funds is None else rounded(funds * (1 + terms.taker), terms.cost_digits, ROUND_UP)
        return min(cost, self._accounts.available(order.account, terms.quote))
