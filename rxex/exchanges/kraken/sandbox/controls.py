"""What can be asked of the trading side of a simulated Kraken, and done to it; the same in real and in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar, cast

from rxex.exchanges.kraken.sandbox.private import PrivateProtocol
from rxex.exchanges.kraken.sandbox.trading import MAIN, Trading
from rxex.sandbox.controls import Controls
from rxex.sandbox.order_faults import OrderFault
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.orders import Order
from rxex.sandbox.simulation import Simulation

__all__ = ["PRIVATE_V1", "PRIVATE_V2", "TradingControls", "trading_of"]

PRIVATE_V2, PRIVATE_V1 = "/ws-auth/v2", "/ws-auth"
T = TypeVar("T")


def trading_of(simulation: Simulation) -> Trading:
    """The trading side of a simulated Kraken."""
    return cast(PrivateProtocol, simulation.protocols[PRIVATE_V2]).trading


class TradingControls(Controls):
    """The trading side of a running exchange. Thread-safe. Orders that were handed out change as the market goes on."""

    def mint_token(self, account: str = MAIN) -> str:
        """Make a token, as REST's GetWebSocketsToken does; an account that is new gets its first balances."""
        return self._trade(lambda trading: trading.mint_token(account))

    def expire_tokens(self) -> None:
        """Have the 15 minutes of all tokens made until now be over."""
        self._trade(lambda trading: trading.tokens.expire())

    @property
    def orders(self) -> list[Order]:
        """Every order that was ever placed by a client, oldest first."""
        return self._trade(lambda trading: list(trading.ledger.orders))

    @property
    def order_requests(self) -> list[OrderRecord]:
        """Every request about orders, and what became of it: the last 100,000."""
        return self._trade(lambda trading: list(trading.ledger.records))

    def placed(self, client_id: str) -> list[Order]:
        """The orders that were ever placed under a client's id."""
        return self._trade(lambda trading: trading.ledger.placed(client_id))

    def open_orders(self, account: str = MAIN) -> list[Order]:
        """The open orders of an account."""
        return self._trade(lambda trading: trading.engine.open_orders(account))

    def balance(self, asset: str, account: str = MAIN) -> Decimal:
        """What an account has of ``asset``, held for orders or not."""
        return self._trade(lambda trading: trading.accounts.balance(account, asset))

    def deposit(self, asset: str, amount: Decimal, account: str = MAIN) -> None:
        """Give ``amount`` to an account, which is not told; a negative one is taken away."""

        def deposit(trading: Trading) -> None:
            trading.open_account(account)
            trading.accounts.deposit(account, asset, amount)

        self._trade(deposit)

    # What can go wrong.

    def fail_next_request(self, *faults: OrderFault) -> None:
        """Have these go wrong with the next requests about orders, one with each."""
        self._trade(lambda trading: trading.injector.planned.extend(faults))

    def hold_events(self) -> None:
        """Tell nobody of anything that happens to orders, until `release_events`."""
        self._run(lambda simulation: _hold(simulation, held=True))

    def release_events(self) -> None:
        """Tell what was held back, and everything from now on."""
        self._run(lambda simulation: _hold(simulation, held=False))

    def _trade(self, action: Callable[[Trading], T]) -> T:
        return self._run(lambda simulation: action(trading_of(simulation)))


def _hold(simulation: Simulation, *, held: bool) -> None:
    for protocol in simulation.protocols.values():
        if isinstance(protocol, PrivateProtocol):
            protocol.outbox.held_back = held
    trading_of(simulation).flush()
