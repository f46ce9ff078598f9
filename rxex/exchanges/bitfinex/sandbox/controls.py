"""What can be asked of a simulated Bitfinex, and done to it; the same in real and in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar

from rxex.auth import Credentials
from rxex.exchanges.bitfinex.sandbox.clients import Client
from rxex.exchanges.bitfinex.sandbox.keys import KEY_PREFIX, secret_of
from rxex.exchanges.bitfinex.sandbox.margin import EXCHANGE, MARGIN
from rxex.exchanges.bitfinex.sandbox.parts import Parts, parts_of
from rxex.exchanges.bitfinex.sandbox.protocol import BitfinexProtocol, client_of
from rxex.exchanges.bitfinex.sandbox.trading import MAIN
from rxex.sandbox.controls import Controls
from rxex.sandbox.order_faults import OrderFault
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.orders import Order
from rxex.sandbox.session import Session
from rxex.sandbox.simulation import Simulation

__all__ = ["BitfinexControls"]

T = TypeVar("T")


class BitfinexControls(Controls):
    """A running exchange. Thread-safe. Orders that were handed out change as the market goes on.

    An ``account`` is the owner of a key; it has three wallets in the venue's sense: ``exchange``, ``margin``,
    ``funding``.
    """

    def credentials(self, account: str = MAIN) -> Credentials:
        """The API key of an account."""
        key = KEY_PREFIX + account
        return Credentials(key, secret_of(key))

    def mint_token(self, account: str = MAIN, life: float = 120.0) -> str:
        """Make a token that stands for the key of an account for ``life`` seconds, as REST does."""
        return self._with(lambda parts: parts.trading.keys.mint_token(account, life))

    @property
    def orders(self) -> list[Order]:
        """Every order that was ever placed by a client, oldest first."""
        return self._with(lambda parts: list(parts.trading.ledger.orders))

    @property
    def order_requests(self) -> list[OrderRecord]:
        """Every request about orders and offers, and what became of it: the last 100,000."""
        return self._with(lambda parts: list(parts.trading.ledger.records))

    def placed(self, cid: int | str) -> list[Order]:
        """The orders that were ever placed under a client's id; the venue takes the same id twice."""
        return self._with(lambda parts: parts.trading.ledger.placed(str(cid)))

    def open_orders(self, account: str = MAIN) -> list[Order]:
        """The open orders of an account, oldest first."""
        return self._with(lambda parts: parts.trading.open_of(account))

    def balance(self, asset: str, account: str = MAIN, *, wallet: str = EXCHANGE) -> Decimal:
        """What a wallet has of ``asset``, held for orders or not."""

        def balance(parts: Parts) -> Decimal:
            name, accounts = f"{account}/{wallet}", parts.trading.accounts
            return accounts.wallet(name, asset) if wallet == MARGIN else accounts.balance(name, asset)

        return self._with(balance)

    def deposit(self, asset: str, amount: Decimal, account: str = MAIN, *, wallet: str = EXCHANGE) -> None:
        """Give ``amount`` to an account, which is told; a negative one is taken away."""

        def deposit(parts: Parts) -> None:
            parts.trading.open_user(account)
            parts.trading.accounts.deposit(f"{account}/{wallet}", asset, amount)
            row = parts.account.wallet(account, wallet, asset, description="Deposit")
            parts.account.tell(account, "wu", row)
            parts.trading.flush()

        self._with(deposit)

    # What can go wrong.

    def fail_next_request(self, *faults: OrderFault) -> None:
        """Have these go wrong with the next requests about orders, one with each."""
        self._with(lambda parts: parts.trading.injector.planned.extend(faults))

    def hold_events(self) -> None:
        """Tell nobody of anything that happens to orders and wallets, until `release_events`."""
        self._with(lambda parts: setattr(parts.account.outbox, "held_back", True))

    def release_events(self) -> None:
        """Tell what was held back, and everything from now on."""

        def release(parts: Parts) -> None:
            parts.account.outbox.held_back = False
            parts.trading.flush()

        self._with(release)

    def announce(self, code: int, text: str = "", session: int | None = None) -> None:
        """Send a notice: 20051 (the exchange restarts), 20060 and 20061 (maintenance begins, has ended), 5000."""

        def announce(simulation: Simulation) -> None:
            for each in _chosen(simulation, session):
                protocol = each.protocol
                if isinstance(protocol, BitfinexProtocol):
                    protocol.announce(each, code, text or "a notice")

        self._run(announce)

    def restart(self, session: int | None = None) -> None:
        """Say that the exchange restarts (20051), then close with 1012."""
        self.announce(20051, "the server restarts", session)
        self.close(1012, "service restart", session)

    def set_version(self, version: int) -> None:
        """Have new connections be greeted with another version than 2."""

        def change(simulation: Simulation) -> None:
            for protocol in simulation.protocols.values():
                if isinstance(protocol, BitfinexProtocol):
                    protocol.version = version

        self._run(change)

    def swallow(self, session: int | None = None) -> None:
        """Lose the next message of a channel on each connection: its number is missing."""
        self._to_clients(session, lambda client: setattr(client, "swallows", 1))

    def stall(self, session: int | None = None) -> None:
        """Send no more messages of channels on connections, not even heartbeats; their links stay and answer."""
        self._to_clients(session, lambda client: setattr(client, "is_stalled", True))

    def corrupt_level(self, symbol: str) -> None:
        """Tell the next change of a book of ``symbol`` with a wrong amount; the checksum behind it is right."""
        self._with(lambda parts: parts.books.corrupted_levels.add(symbol))

    def corrupt_checksum(self, symbol: str) -> None:
        """Have the next checksum of a book of ``symbol`` be wrong."""
        self._with(lambda parts: parts.books.corrupted_checksums.add(symbol))

    def liquidate(self, symbol: str, amount: Decimal, price: Decimal) -> None:
        """Tell that somebody's position is liquidated."""
        self._with(lambda parts: parts.status.liquidate(symbol, amount, price))

    def _to_clients(self, session: int | None, action: Callable[[Client], None]) -> None:
        def act(simulation: Simulation) -> None:
            for each in _chosen(simulation, session):
                action(client_of(each))

        self._run(act)

    def _with(self, action: Callable[[Parts], T]) -> T:
        return self._run(lambda simulation: action(parts_of(simulation)))


def _chosen(simulation: Simulation, session: int | None) -> list[Session]:
    return [each for each in simulation.sessions.values() if session in {None, each.number}]
