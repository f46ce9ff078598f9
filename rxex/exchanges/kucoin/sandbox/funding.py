"""Mark prices and funding of the simulated futures: rates, and settlements every eight hours.

Sources: KuCoin's pages "Instrument" and "Funding Settlement".
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

from rxex.exchanges.kucoin.sandbox.instruments import CONTRACTS
from rxex.sandbox.simulation import Simulation

__all__ = ["EVERY", "Funding"]

_HOUR = 3600 * 10**9
EVERY = 8 * _HOUR
"""Nanoseconds from one settlement to the next; they are at 4, 12 and 20 o'clock, UTC."""
_FIRST = 4 * _HOUR
_LASTS = 1.0


class Funding:
    """What holders of contracts pay each other; ``listeners`` (a list to add functions to) hear of settlements.

    They hear the symbol, ``begin`` or ``end``, and the time of the settlement in nanoseconds since the epoch.
    """

    def __init__(self, simulation: Simulation) -> None:
        """Nothing is due before somebody calls `run`."""
        self.listeners: list[Callable[[str, str, int], None]] = []
        self.symbols = [symbol for symbol in CONTRACTS if symbol in simulation.market.instruments]
        self._simulation = simulation
        self._is_running = False

    def mark(self, symbol: str) -> Decimal:
        """The mark price: between bid and ask, to half a tick."""
        pair = self._simulation.market.pair(symbol)
        return (pair.bid + pair.ask) / 2

    def index(self, symbol: str) -> Decimal:
        """The index price: that of the spot market, or of the contract's own where there is none."""
        market, contract = self._simulation.market, CONTRACTS[symbol]
        spot = f"{'BTC' if contract.base == 'XBT' else contract.base}-USDT"
        return market.pair(spot if spot in market.instruments else symbol).last

    def rate(self, symbol: str) -> Decimal:
        """What is paid at the next settlement, as a fraction of the value."""
        return CONTRACTS[symbol].funding

    @property
    def next_time(self) -> int:
        """When the next settlement is, in nanoseconds since the epoch."""
        now = self._simulation.timestamp
        return (now - _FIRST) // EVERY * EVERY + EVERY + _FIRST

    def run(self) -> None:
        """Settle at the usual times from now on."""
        if not self._is_running:
            self._is_running = True
            self._schedule()

    def settle(self, time: int | None = None) -> None:
        """Settle all contracts, now or as of ``time``; it takes a second."""
        when = self._simulation.timestamp if time is None else time
        self._tell("begin", when)
        self._simulation.schedule(_LASTS, lambda: self._tell("end", when))

    def _schedule(self) -> None:
        due = self.next_time

        def go() -> None:
            self.settle(due)
            self._schedule()

        self._simulation.schedule((due - self._simulation.timestamp) / 1e9, go)

    def _tell(self, phase: str, time: int) -> None:
        for symbol in self.symbols:
            for listener in self.listeners:
                listener(symbol, phase, time)
