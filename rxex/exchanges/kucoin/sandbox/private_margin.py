"""The private topics of margin accounts: debts of the cross account every four seconds, changes of isolated ones.

Sources: KuCoin's pages "Cross Margin Position" and "Isolated Margin Position"; of loans, those of 2023.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal

from rxex.exchanges.kucoin.sandbox.margin import Margin
from rxex.exchanges.kucoin.sandbox.private import PrivateTopic
from rxex.exchanges.kucoin.sandbox.private_orders import plain
from rxex.exchanges.kucoin.sandbox.trading import Trading
from rxex.exchanges.kucoin.sandbox.trading_base import kind_of, user_of
from rxex.exchanges.kucoin.sandbox.writing import number
from rxex.sandbox.event_outbox import EventOutbox
from rxex.sandbox.orders import OrderEvent

__all__ = ["PrivateMargin"]

CROSS, ISOLATED = "/margin/position", "/margin/isolatedPosition"
# Of no page any more.
LOANS = "/margin/loan"
_EVERY = 4.0


class PrivateMargin:
    """Hears of debts and of fills of isolated accounts, and tells those who have subscribed."""

    def __init__(
        self, trading: Trading, margin: Margin, outbox: EventOutbox, moved: Callable[[str, str, str], None]
    ) -> None:
        """Listen.

        Args:
            trading: Where orders are.
            margin: Who owes what.
            outbox: What there is to tell goes into it.
            moved: Tells of a balance that has changed without an order.
        """
        self._trading = trading
        self._margin = margin
        self._outbox = outbox
        self._tell_balance = moved
        self._cross = PrivateTopic(outbox, "debt.ratio")
        self._isolated = PrivateTopic(outbox, "positionChange", has_argument=True)
        self._loans = PrivateTopic(outbox, "order.open", has_argument=True)
        self._is_ticking = False
        margin.listeners.append(self._owed)
        trading.listeners.append(self._heard)

    @property
    def topics(self) -> Mapping[str, PrivateTopic]:
        """The topics by what stands before the colon."""
        return {CROSS: self._cross, ISOLATED: self._isolated, LOANS: self._loans}

    def sessions(self, user: str) -> set[int]:
        """The sessions on which a user is told anything."""
        return {session for topic in self.topics.values() for session in topic.sessions(user)}

    def status(self, user: str, word: str) -> None:
        """Tell of a state of the cross account: ``FROZEN_FL``, ``UNFROZEN_FL``, ``LIABILITY`` and so on."""
        data = {"type": word, "timestamp": self._now}
        self._cross.tell(user, data, subject="position.status")

    def lend(self, user: str, asset: str, size: Decimal) -> None:
        """Tell of an order to lend: it is open, half of it is lent, then all; no money moves."""
        order = {"currency": asset, "orderId": f"{self._trading.random.getrandbits(96):024x}", "side": "lend"}
        terms = {"dailyIntRate": number(Decimal("0.00007")), "term": 7, "size": number(size)}
        steps: list[tuple[str, dict[str, object]]] = [
            ("open", {**terms, "lentSize": 0}),
            ("update", {**terms, "lentSize": number(size / 2)}),
            ("done", {"reason": "filled"}),
        ]
        for word, more in steps:
            row = {**order, **more, "ts": self._trading.simulation.timestamp}
            self._loans.tell(user, row, symbol=asset, subject=f"order.{word}")

    @property
    def _now(self) -> int:
        return self._trading.simulation.timestamp // 10**6

    def _owed(self, account: str, asset: str, why: str) -> None:
        self._tell_balance(account, asset, "other")
        if kind_of(account) == "margin":
            self._tick_later()
        else:
            self._tell_isolated(account, why)

    def _heard(self, event: OrderEvent) -> None:
        account = event.order.account
        if event.fill is not None and kind_of(account).startswith("isolated_"):
            self._tell_isolated(account, "DEFAULT_DEBT" if self._margin.debts(account) else "DEFAULT_CLEAR")

    def _tell_isolated(self, account: str, why: str) -> None:
        symbol, accounts = kind_of(account).removeprefix("isolated_"), self._trading.accounts
        debts, quote = self._margin.debts(account), symbol.partition("-")[2]
        assets = {
            asset: {
                "total": plain(accounts.balance(account, asset)),
                "hold": plain(accounts.held(account, asset)),
                "liabilityPrincipal": plain(self._margin.debt(account, asset)),
                "liabilityInterest": "0",
            }
            for asset in symbol.split("-")
        }
        data = {
            "tag": symbol,
            "status": "DEBT" if debts else "CLEAR",
            "statusBizType": why,
            "accumulatedPrincipal": plain(self._margin.value(debts, quote)),
            "changeAssets": assets,
            "timestamp": self._now,
        }
        self._isolated.tell(user_of(account), data, symbol=symbol)

    def _tick_later(self) -> None:
        if not self._is_ticking:
            self._is_ticking = True
            self._trading.simulation.schedule(_EVERY, self._tick)

    def _tick(self) -> None:
        self._is_ticking = False
        for user in sorted(self._cross.users()):
            account = f"{user}/margin"
            if self._margin.debts(account):
                self._tell_cross(user, account)
        if any(kind_of(loan.account) == "margin" and self._margin.debts(loan.account) for loan in self._margin.loans):
            self._tick_later()
        self._outbox.flush()

    def _tell_cross(self, user: str, account: str) -> None:
        accounts, debts = self._trading.accounts, self._margin.debts(account)
        balances = accounts.balances(account)
        total = self._margin.value(balances, "BTC")
        data = {
            "debtRatio": number(self._margin.ratio(account)),
            "totalAsset": number(total),
            "marginCoefficientTotalAsset": plain(total),
            "totalDebt": plain(self._margin.value(debts, "BTC")),
            "assetList": {
                asset: {
                    "total": plain(amount),
                    "available": plain(accounts.available(account, asset)),
                    "hold": plain(accounts.held(account, asset)),
                }
                for asset, amount in sorted(balances.items())
            },
            "debtList": {asset: plain(self._margin.debt(account, asset)) for asset in sorted(balances)},
            "timestamp": self._now,
        }
        self._cross.tell(user, data)
