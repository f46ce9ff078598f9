"""What can be asked of the trading side of a simulated KuCoin, and done to it; the same in real and in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, TypeVar, cast

from rxex.exchanges.kucoin.sandbox.instruments import FUTURES
from rxex.exchanges.kucoin.sandbox.orders_stops import Stop
from rxex.exchanges.kucoin.sandbox.trading import MAIN, user_of
from rxex.exchanges.kucoin.sandbox.trading_parts import TradingParts
from rxex.sandbox.controls import Controls
from rxex.sandbox.order_faults import OrderFault
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.orders import Order
from rxex.sandbox.simulation import Simulation
from rxex.sandbox.trading_floor import TradingFloor

__all__ = ["TradingControls", "trading_of"]

T = TypeVar("T")


def trading_of(simulation: Simulation) -> TradingParts:
    """The trading side of a simulated KuCoin."""
    server: Any = next(iter(simulation.protocols.values()))
    return cast(TradingParts, server.parts.trading)


class TradingControls(Controls):
    """The trading side of a running exchange. Thread-safe. Orders that were handed out change as the market goes on.

    An ``account`` is the owner of a key; each has several accounts in the venue's sense, told apart by ``kind``:
    ``trade``, ``main``, ``margin``, ``isolated_BTC-USDT``, ``futures``.
    """

    @property
    def orders(self) -> list[Order]:
        """Every order that was ever placed by a client, oldest first; an amended one is followed by its successor."""
        return self._trade(lambda trading: list(trading.spot.ledger.orders))

    @property
    def order_requests(self) -> list[OrderRecord]:
        """Every request about orders, and what became of it: the last 100,000."""
        return self._trade(lambda trading: list(trading.spot.ledger.records))

    @property
    def stops(self) -> list[Stop[Any]]:
        """Every order that waits, or waited, for a price, those of spot first."""
        return self._trade(lambda trading: [*trading.stops.all, *trading.futures_stops.all])

    def placed(self, client_id: str) -> list[Order]:
        """The orders that were ever placed under a client's id; an amended one and its successor share it."""
        return self._trade(lambda trading: trading.spot.ledger.placed(client_id))

    def open_orders(self, account: str = MAIN) -> list[Order]:
        """The open orders of an account, of whatever kind."""

        def opened(trading: TradingParts) -> list[Order]:
            orders = trading.spot.ledger.orders
            return [order for order in orders if order.is_open and user_of(order.account) == account]

        return self._trade(opened)

    def balance(self, asset: str, account: str = MAIN, *, kind: str = "trade") -> Decimal:
        """What an account has of ``asset``, held for orders or not."""
        return self._trade(lambda trading: _floor(trading, kind).accounts.balance(f"{account}/{kind}", asset))

    def held(self, asset: str, account: str = MAIN, *, kind: str = "trade") -> Decimal:
        """What of it is held for orders."""
        return self._trade(lambda trading: _floor(trading, kind).accounts.held(f"{account}/{kind}", asset))

    def deposit(self, asset: str, amount: Decimal, account: str = MAIN, *, kind: str = "trade") -> None:
        """Give ``amount`` to an account, which is told; a negative one is taken away."""

        def deposit(trading: TradingParts) -> None:
            name, floor = f"{account}/{kind}", _floor(trading, kind)
            floor.open_account(name)
            floor.accounts.deposit(name, asset, amount)
            trading.moved(name, asset, "deposit" if kind == "main" else "other")
            trading.flush()

        self._trade(deposit)

    def debt(self, asset: str, account: str = MAIN, *, kind: str = "margin") -> Decimal:
        """What a margin account owes of ``asset``."""
        return self._trade(lambda trading: trading.margin.debt(f"{account}/{kind}", asset))

    def margin_status(self, word: str, account: str = MAIN) -> None:
        """Tell that the cross margin account is in a state, such as ``FROZEN_FL`` or ``LIABILITY``."""

        def tell(trading: TradingParts) -> None:
            trading.private_margin.status(account, word)
            trading.flush()

        self._trade(tell)

    def lend(self, asset: str, size: Decimal, account: str = MAIN) -> None:
        """Tell of an order to lend money in the old market, step by step; no money moves."""

        def lend(trading: TradingParts) -> None:
            trading.private_margin.lend(account, asset, size)
            trading.flush()

        self._trade(lend)

    # What can go wrong.

    def fail_next_request(self, *faults: OrderFault) -> None:
        """Have these go wrong with the next requests about orders, one with each, over HTTP or not."""
        self._trade(lambda trading: trading.spot.injector.planned.extend(faults))

    def hold_events(self) -> None:
        """Tell nobody of anything that happens to orders and balances, until `release_events`."""
        self._trade(lambda trading: setattr(trading.outbox, "held_back", True))

    def release_events(self) -> None:
        """Tell what was held back, and everything from now on."""

        def release(trading: TradingParts) -> None:
            trading.outbox.held_back = False
            trading.flush()

        self._trade(release)

    def _trade(self, action: Callable[[TradingParts], T]) -> T:
        return self._run(lambda simulation: action(trading_of(simulation)))


def _floor(trading: TradingParts, kind: str) -> TradingFloor:
    return trading.floors[FUTURES] if kind == FUTURES else trading.spot
