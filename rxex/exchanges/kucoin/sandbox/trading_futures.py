"""The trading side of the simulated KuCoin on its futures servers: orders, positions, leverage, its words for no."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from typing import cast

from rxex.exchanges.kucoin.sandbox.ids import FuturesIds
from rxex.exchanges.kucoin.sandbox.instruments import CONTRACTS, FUTURES_TERMS
from rxex.exchanges.kucoin.sandbox.orders_futures import FuturesWish, WishedOrder, futures_wish_of
from rxex.exchanges.kucoin.sandbox.orders_refusals import FUTURES, Texts, declined, invalid
from rxex.exchanges.kucoin.sandbox.positions import CROSS, ISOLATED, FuturesAccounts, FuturesEngine, Position
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.exchanges.kucoin.sandbox.trading_base import UserFloor
from rxex.models import Side
from rxex.sandbox.crossing import MARKET
from rxex.sandbox.order_checks import rounded
from rxex.sandbox.orders import EventKind, NewOrder, Order, OrderEvent, Refused, RefusedFor
from rxex.sandbox.trading_floor import TradingFloor

__all__ = ["FIRST_FUTURES_BALANCES", "MOST_OPEN_FUTURES", "FuturesTrading", "futures_account"]

MOST_OPEN_FUTURES = 100
"""Open orders that an account may have per contract."""
FIRST_FUTURES_BALANCES: Mapping[str, Decimal] = {"USDT": Decimal(1_000_000), "XBT": Decimal(10)}
"""What a user's futures account has at first."""
ZERO = Decimal(0)
_USUAL_LEVERAGE = Decimal(10)
_RISK_LEVELS = 10
_NO_POSITION = ("300009", "No open positions to close.")


def futures_account(user: str) -> str:
    """The account that a user's futures are traded with."""
    return f"{user}/futures"


class FuturesTrading(UserFloor):
    """Futures orders and positions of the simulated KuCoin, in one-way mode.

    ``movers`` (a list to add functions to) hear of positions that have changed, and why; ``configured`` that the
    ``mode``, the ``leverage`` or the ``risk`` of a user's contract has.
    """

    accounts: FuturesAccounts

    def __init__(self, beside: TradingFloor, *, balances: Mapping[str, Decimal] | None = None) -> None:
        """Open for trading.

        Args:
            beside: The floor of the other market, whose ledger and faults it shares.
            balances: What an account has at first, by asset; None: plenty.
        """
        super().__init__(
            beside.simulation,
            FUTURES_TERMS,
            ids=FuturesIds,
            # The futures servers have a name of their own for bitcoin.
            balances=FIRST_FUTURES_BALANCES if balances is None else {"XBT": balances.get("BTC", ZERO), **balances},
            most_open=MOST_OPEN_FUTURES,
            beside=beside,
            accounts=FuturesAccounts(),
            engine=FuturesEngine,
        )
        self.movers: list[Callable[[str, Position, str], None]] = []
        self.configured: list[Callable[[str, str, str], None]] = []
        self._modes: dict[tuple[str, str], str] = {}
        self._leverages: dict[tuple[str, str], Decimal] = {}
        # Positions change before anybody is told of a fill.
        self.listeners.append(self._book)
        self.settlers.append(self._drop_what_closes_nothing)

    def texts(self, order: Order) -> Texts:  # noqa: ARG002 - all have the same
        """The words that requests about an order are refused with."""
        return FUTURES

    # Positions and how they are held.

    def position(self, user: str, symbol: str) -> Position:
        """What ``user`` holds of a contract."""
        self.open_account(futures_account(user))
        return self.accounts.position(futures_account(user), self.engine.terms[symbol])

    def positions(self, user: str) -> list[Position]:
        """All that ``user`` holds."""
        return [position for position in self.accounts.positions(futures_account(user)) if position.is_open]

    def mode(self, user: str, symbol: str) -> str:
        """The margin mode of a contract."""
        return self._modes.get((user, symbol), ISOLATED)

    def set_mode(self, user: str, symbol: str, mode: str) -> None:
        """Change it; not while there are orders or a position."""
        if self.mode(user, symbol) == mode:
            return
        if self.position(user, symbol).is_open or any(order.is_open for order in self.of(user, symbol)):
            raise Declined("330006", "There are open positions or orders. Please close them first.")
        self._modes[user, symbol] = mode
        self._configure(user, symbol, "mode")

    def leverage(self, user: str, symbol: str) -> Decimal:
        """The leverage of a contract in cross mode."""
        return self._leverages.get((user, symbol), _USUAL_LEVERAGE)

    def set_leverage(self, user: str, symbol: str, leverage: Decimal) -> None:
        """Change it."""
        self._check_leverage(symbol, leverage)
        self._leverages[user, symbol] = leverage
        self._configure(user, symbol, "leverage")

    def set_risk_level(self, user: str, symbol: str, level: int) -> None:
        """Change the level of risk of a contract, which is told when it is done."""
        if not 1 <= level <= _RISK_LEVELS:
            raise invalid("level", "100001")
        self.position(user, symbol).risk_level = level
        self._configure(user, symbol, "risk")

    def add_margin(self, user: str, symbol: str, amount: Decimal) -> Position:
        """Put more margin into an isolated position."""
        position = self.position(user, symbol)
        if not position.is_open or position.mode != ISOLATED:
            raise Declined(*_NO_POSITION)
        if amount > self.accounts.available(futures_account(user), position.terms.quote):
            raise declined(Refused(RefusedFor.FUNDS), FUTURES)
        position.added += amount
        self._moved(user, position, "marginChange")
        return position

    def settle(self, symbol: str, rate: Decimal, mark: Decimal) -> list[tuple[str, Position, Decimal]]:
        """Have the holders of a contract pay each other; give users, their positions and what they got."""
        settled: list[tuple[str, Position, Decimal]] = []
        for account in sorted(self._known_accounts):
            position = self.accounts.position(account, self.engine.terms[symbol])
            if position.is_open:
                got = -rounded(position.value(mark) * rate, position.terms.cost_digits, ROUND_HALF_EVEN)
                self.accounts.transfer(position.terms.quote, got, MARKET, account)
                position.funding += got
                settled.append((account.rpartition("/")[0], position, got))
        return settled

    # What clients do.

    def add(self, user: str, wish: FuturesWish, *, validate: bool = False) -> Order:
        """Place an order; with ``validate`` look at it only, and give it an id that nobody knows."""
        account = futures_account(user)
        self._begin(account, wish.symbol)
        return self._submit(account, partial(self._request, user, wish), FUTURES, validate=validate)

    # The inside.

    def _request(self, user: str, wish: FuturesWish) -> NewOrder:
        position = self.position(user, wish.symbol)
        if wish.mode != self.mode(user, wish.symbol):
            raise Declined("330005", "The order's margin mode does not match the selected one.")
        leverage = self.leverage(user, wish.symbol) if wish.mode == CROSS else wish.leverage or _USUAL_LEVERAGE
        self._check_leverage(wish.symbol, leverage)
        side, lots = wish.side, wish.lots
        closing = Side.SELL if position.quantity > 0 else Side.BUY
        if wish.close_order or wish.reduce_only:
            if not position.is_open or side not in {None, closing}:
                raise Declined(*_NO_POSITION)
            side, lots = closing, min(lots or abs(position.quantity), abs(position.quantity))
        if side is None or lots is None:
            raise declined(Refused(RefusedFor.SIZE), FUTURES)
        return wish.new_order(side, lots, leverage)

    def _check_leverage(self, symbol: str, leverage: Decimal) -> None:
        most = CONTRACTS[symbol].leverage
        if not 1 <= leverage <= most:
            raise Declined("300016", f"Leverage can't be greater than {most}.")

    def _book(self, event: OrderEvent) -> None:
        fill = event.fill
        if event.kind is not EventKind.FILL or fill is None:
            return
        order = event.order
        position = self.accounts.position(order.account, self.engine.terms[order.request.symbol])
        wish, sign = futures_wish_of(order), 1 if order.request.side is Side.BUY else -1
        was_open = position.is_open
        position.change(sign * fill.size, sign * fill.cost, fill.fee, event.time)
        if not was_open:
            position.mode, position.leverage = wish.mode, cast(WishedOrder, order.request).leverage
        cast(FuturesEngine, self.engine).hold_anew(order.account, wish.symbol)

    def _moved(self, user: str, position: Position, reason: str) -> None:
        for moved in self.movers:
            moved(user, position, reason)

    def _configure(self, user: str, symbol: str, what: str) -> None:
        for told in self.configured:
            told(user, symbol, what)

    def _drop_what_closes_nothing(self) -> None:
        """Cancel orders that may only make a position smaller where there is none."""
        for account in sorted(self._known_accounts):
            for order in self.engine.open_orders(account):
                wish = futures_wish_of(order)
                if not (wish.reduce_only or wish.close_order):
                    continue
                position = self.accounts.position(account, self.engine.terms[wish.symbol])
                if not position.is_open or (position.quantity > 0) is not (order.request.side is Side.SELL):
                    self.engine.cancel(order, "Position closed")
