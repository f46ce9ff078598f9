"""What can be asked of a simulated TheOne, and done to it; the same in real and in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import TypeVar, cast

from rxex.auth import Credentials
from rxex.exchanges.theone.sandbox.broker import Broker, SwapRecord
from rxex.exchanges.theone.sandbox.keys import FIRST_KEYS
from rxex.exchanges.theone.sandbox.protocol import PATH, StreamProtocol
from rxex.sandbox.controls import Controls
from rxex.sandbox.order_faults import OrderFault
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.simulation import Simulation

__all__ = ["MAIN", "BrokerControls"]

T = TypeVar("T")
MAIN = "test_key_1"
"""The account that is meant unless another one is named: that of the first test key."""


def _protocol(simulation: Simulation) -> StreamProtocol:
    return cast(StreamProtocol, simulation.protocols[PATH])


class BrokerControls(Controls):
    """The broker of a running exchange. Thread-safe. Swaps that were handed out change as they go on."""

    def credentials(self, account: str = MAIN) -> Credentials:
        """One of the two public test keys."""
        return Credentials(account, FIRST_KEYS[account])

    @property
    def swaps(self) -> list[SwapRecord]:
        """Every swap that was ever taken, oldest first."""
        return self._trade(lambda broker: list(broker.swaps.values()))

    @property
    def swap_requests(self) -> list[OrderRecord]:
        """Every request to swap over the WebSocket, and what became of it: the last 100,000."""
        return self._trade(lambda broker: list(broker.ledger.records))

    def swapped(self, client_id: str) -> list[SwapRecord]:
        """The swaps that were ever taken under a client's id; exactly one is what a client wants."""
        return [swap for swap in self.swaps if swap.client_id == client_id]

    def balance(self, asset: str, account: str = MAIN) -> Decimal:
        """What an account has of ``asset``, held for swaps or not."""
        return self._trade(lambda broker: broker.accounts.balance(account, asset))

    # What can be done.

    def end_next_swap(self, *statuses: str) -> None:
        """Have the next swaps end so, one with each: ``FILLED``, ``FAILED`` or ``CANCELLED``."""
        self._trade(lambda broker: broker.planned.extend(statuses))

    def hold_swaps(self) -> None:
        """Have no swap go on, until `release_swaps`."""
        self._trade(lambda broker: setattr(broker, "is_held", True))

    def release_swaps(self) -> None:
        """Let swaps go on."""
        self._trade(lambda broker: setattr(broker, "is_held", False))

    def move_swap(self, order_id: str, status: str) -> None:
        """Bring a swap to a state at once."""
        self._trade(lambda broker: broker.move(broker.swaps[order_id], status))

    def fail_next_swap(self, *faults: OrderFault) -> None:
        """Have these go wrong with the next requests to swap, one with each."""
        self._trade(lambda broker: broker.injector.planned.extend(faults))

    def log_out(self) -> None:
        """Forget who everybody is: what is asked now is not authenticated."""

        def forget(simulation: Simulation) -> None:
            for session in simulation.sessions.values():
                session.state.key = None

        self._run(forget)

    def name_operations_in_errors(self) -> None:
        """Have errors say what operation they are about; they need not, and at first they do not."""
        self._run(lambda simulation: setattr(_protocol(simulation), "ops_in_errors", True))

    def _trade(self, action: Callable[[Broker], T]) -> T:
        return self._run(lambda simulation: action(_protocol(simulation).broker))
