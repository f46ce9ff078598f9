"""The trading side of the simulated KuCoin on its spot servers: spot and margin orders, balances, its words for no."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import ROUND_DOWN, Decimal
from functools import partial

from attrs import frozen

from rxex.exchanges.kucoin.sandbox.ids import SpotIds
from rxex.exchanges.kucoin.sandbox.instruments import SPOT_TERMS
from rxex.exchanges.kucoin.sandbox.orders_refusals import HF, MARGIN, UNKNOWN_ORDER, Texts, declined
from rxex.exchanges.kucoin.sandbox.orders_requests import Wish, wish_of
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.exchanges.kucoin.sandbox.trading_base import UserFloor, kind_of, user_of
from rxex.models import Side
from rxex.sandbox.order_checks import fits, rounded
from rxex.sandbox.order_faults import OrderFaults
from rxex.sandbox.orders import Amendment, NewOrder, Order, Refused, RefusedFor
from rxex.sandbox.simulation import Simulation
from rxex.sandbox.trading_floor import MAIN

__all__ = ["FIRST_BALANCES", "MAIN", "MOST_OPEN", "Switch", "Trading", "account_of", "kind_of", "user_of"]

MOST_OPEN = 200
"""Open orders that an account may have per pair."""
FIRST_BALANCES: Mapping[str, Decimal] = {
    **{terms.base: Decimal(100_000) for terms in SPOT_TERMS.values()},
    "USDT": Decimal(1_000_000),
    "BTC": Decimal(10),
    "ETH": Decimal(200),
    "SOL": Decimal(5000),
}
"""What each of a user's accounts has at first, by asset."""
_KINDS = {"TRADE": "trade", "MARGIN_TRADE": "margin"}
_ALPHABET = "0123456789abcdefghijklmnopqrstuv"
_DEAD_MAN = "Disconnection protection"


def account_of(user: str, trade_type: str = "TRADE", symbol: str = "") -> str:
    """The account that such orders of a user trade with; each isolated margin pair has one of its own."""
    return f"{user}/{_KINDS.get(trade_type) or f'isolated_{symbol}'}"


@frozen
class Switch:
    """A dead man's switch: the seconds it was set to, the pairs it is for (none: all), when it goes off."""

    timeout: int
    symbols: tuple[str, ...]
    due: int


class Trading(UserFloor):
    """Spot and margin orders and balances of the simulated KuCoin.

    What clients may do is a method each, which raises `Declined` with the venue's code and text. An amended order is
    another order under the same client id.
    """

    def __init__(
        self,
        simulation: Simulation,
        *,
        balances: Mapping[str, Decimal] | None = None,
        faults: OrderFaults | None = None,
    ) -> None:
        """Open for trading.

        Args:
            simulation: The exchange that this is a part of.
            balances: What each account has at first, by asset; None: plenty of everything.
            faults: What goes wrong with orders by itself.
        """
        super().__init__(
            simulation,
            SPOT_TERMS,
            ids=SpotIds,
            balances=FIRST_BALANCES if balances is None else balances,
            faults=faults,
            most_open=MOST_OPEN,
        )
        self._switches: dict[str, Switch] = {}

    def texts(self, order: Order) -> Texts:
        """The words that requests about an order are refused with."""
        return _texts(wish_of(order))

    # Looking.

    def stop_id(self) -> str:
        """Name an order that waits for a price."""
        return "vs" + "".join(self.random.choices(_ALPHABET, k=22))

    def open_of(self, user: str, trade_type: str | None = None, symbol: str | None = None) -> list[Order]:
        """The open orders of ``user``, oldest first."""
        return [order for order in self.all_of(user, trade_type, symbol) if order.is_open]

    def all_of(self, user: str, trade_type: str | None = None, symbol: str | None = None) -> list[Order]:
        """All orders that ``user`` ever placed, of one kind or of all, oldest first."""
        return [order for order in self.of(user, symbol) if trade_type in {None, wish_of(order).trade_type}]

    # What clients do.

    def add(self, user: str, wish: Wish, *, validate: bool = False) -> Order:
        """Place an order; with ``validate`` look at it only, and give it an id that nobody knows."""
        account = account_of(user, wish.trade_type, wish.symbol)
        self._begin(account, wish.symbol)
        return self._submit(account, partial(self._request, wish), _texts(wish), validate=validate)

    def cancel_part(self, order: Order, size: Decimal) -> None:
        """Make an open order so much smaller."""
        if size >= order.remaining:
            self.cancel(order)
            return
        self._check_state("200002")
        self._turn()
        try:
            self.engine.amend(order, Amendment(size=order.size - size))
        except Refused as refused:
            raise declined(refused, self.texts(order)) from None
        self._over()

    def alter(self, order: Order, price: Decimal | None, size: Decimal | None) -> Order:
        """Cancel an open order and place another for it, of ``size`` or of what is left; give the new one."""
        self._check_state("200001")
        user = user_of(order.account)
        self._begin(order.account, order.request.symbol)
        wish = wish_of(order).changed(price, size or order.remaining)
        if not order.is_open or order.price is None:
            raise Declined(*UNKNOWN_ORDER)
        try:
            new = self.engine.replace(order, wish.new_order(self.simulation.timestamp))
        except Refused as refused:
            raise declined(refused, self.texts(order)) from None
        self._placed(user, new)
        self._over()
        return new

    def cancel_all(self, user: str, trade_type: str = "TRADE", symbol: str | None = None) -> list[Order]:
        """Cancel every open order of a kind, of one pair or of all; give them."""
        return self.cancel_these(self.open_of(user, trade_type, symbol))

    # The dead man's switch.

    def cancel_all_after(self, user: str, timeout: int, symbols: tuple[str, ...]) -> tuple[int, int]:
        """Cancel the spot orders of ``symbols`` (empty: of all) in ``timeout`` seconds unless called again; -1: never.

        Gives the time now and the time of it (0: never), in seconds since the epoch.
        """
        now = self.simulation.timestamp // 10**9
        if timeout < 0:
            self._switches.pop(user, None)
            return now, 0
        switch = self._switches[user] = Switch(timeout, symbols, now + timeout)
        self.simulation.schedule(timeout, partial(self._switch, user, switch))
        return now, switch.due

    def switch_of(self, user: str) -> Switch | None:
        """The switch as it was set last; None: there is none."""
        return self._switches.get(user)

    def _switch(self, user: str, switch: Switch) -> None:
        if self._switches.get(user) is not switch:
            return
        del self._switches[user]
        self._turn()
        for order in self.open_of(user, "TRADE"):
            if not switch.symbols or order.request.symbol in switch.symbols:
                self.engine.cancel(order, _DEAD_MAN)
        self._over()
        self.flush()

    # The inside.

    def _first_balances_of(self, account: str) -> Iterable[tuple[str, Decimal]]:
        kind = kind_of(account)
        if not kind.startswith("isolated_"):
            return self._first_balances.items()
        pair = kind.removeprefix("isolated_").split("-")
        return [(asset, self._first_balances.get(asset, Decimal(0))) for asset in pair]

    def _request(self, wish: Wish) -> NewOrder:
        return wish.new_order(self.simulation.timestamp, self._size_of_sale(wish))

    def _size_of_sale(self, wish: Wish) -> Decimal | None:
        """How much has to be sold now for the funds that are wanted, in whole lots; None: it is no such sale."""
        terms = self.engine.terms.get(wish.symbol)
        if wish.funds is None or terms is None:
            return None
        if not fits(wish.funds, terms.price_digits):
            raise Refused(RefusedFor.LOT)
        if wish.side is Side.BUY:
            return None
        size, left = Decimal(0), wish.funds
        for price, offered in self.engine.books[wish.symbol].levels(Side.BUY):
            part = min(offered, rounded(left / price, terms.size_digits, ROUND_DOWN))
            size, left = size + part, left - part * price
            if part < offered:
                break
        if size < terms.minimum:
            raise Refused(RefusedFor.SIZE)
        return size


def _texts(wish: Wish) -> Texts:
    return HF if wish.trade_type == "TRADE" else MARGIN
