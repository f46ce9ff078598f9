"""Orders that wait for a price, spot and futures: once it was traded at they release an order with another id.

Nothing is held for them while they wait. Of two that belong together (one cancels the other) the first that is
triggered has the other canceled.
Source: KuCoin's pages "Add Stop Order", "Add OCO Order" and "Stop Order Event".
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Generic, TypeVar

from attrs import define

from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.models import Trade
from rxex.sandbox.orders import Order
from rxex.sandbox.trading_floor import TradingFloor

__all__ = ["MOST_STOPS", "Stop", "StopBook"]

W = TypeVar("W")
MOST_STOPS = 50
"""How many stops a user may have waiting for one symbol."""


@define(eq=False)
class Stop(Generic[W]):
    """An order that waits.

    ``rises`` is whether its price is to be reached from below, ``word`` what the venue calls it, ``wish`` what it
    releases: ``order``, once it was ``triggered``; ``error`` says why that was refused. ``pair`` is the other one of
    two that belong together; ``state`` is ``open``, ``triggered`` or ``cancel``.
    """

    id: str
    user: str
    symbol: str
    word: str
    price: Decimal
    rises: bool
    wish: W
    client_id: str | None
    created: int
    state: str = "open"
    triggered: int | None = None
    order: Order | None = None
    error: str = ""
    pair: Stop[W] | None = None


class StopBook(Generic[W]):
    """The stops of one floor."""

    def __init__(
        self, floor: TradingFloor, place: Callable[[str, W], Order], tell: Callable[[Stop[W], str], None]
    ) -> None:
        """Keep stops of ``floor``.

        Args:
            floor: Where prices come from.
            place: Places what a user's stop releases; raises `Declined`.
            tell: Tells of a stop: ``open``, ``triggered`` or ``cancel``.
        """
        self.all: list[Stop[W]] = []
        self._floor = floor
        self._place = place
        self._tell = tell
        self._waiting: dict[str, dict[str, Stop[W]]] = {}
        self._hit: list[Stop[W]] = []
        floor.engine.trade_listeners.append(self._traded)

    def add(self, stop: Stop[W]) -> None:
        """Have it wait; the market goes on while it does. Raises `Declined` where there are too many."""
        mine = [each for each in self._waiting.get(stop.symbol, {}).values() if each.user == stop.user]
        if len(mine) >= MOST_STOPS:
            raise Declined("200003", "Stop orders limit exceeded.")
        self.all.append(stop)
        self._waiting.setdefault(stop.symbol, {})[stop.id] = stop
        self._tell(stop, "open")
        self._floor.watch_book(stop.symbol)

    def cancel(self, stop: Stop[W]) -> None:
        """Have it wait no more."""
        self._end(stop, "cancel")
        self._tell(stop, "cancel")

    def waiting(self, user: str, symbol: str | None = None) -> list[Stop[W]]:
        """Those of ``user`` that wait, oldest first."""
        return [stop for stop in self.all_of(user) if stop.state == "open" and symbol in {None, stop.symbol}]

    def all_of(self, user: str) -> list[Stop[W]]:
        """All that ``user`` ever placed, oldest first."""
        return [stop for stop in self.all if stop.user == user]

    def find(self, user: str, *, id: str | None = None, client_id: str | None = None) -> Stop[W] | None:  # noqa: A002
        """One of ``user``'s, by its id or by the client's; of several the last."""
        found = [stop for stop in self.all_of(user) if (stop.client_id == client_id if id is None else stop.id == id)]
        return found[-1] if found else None

    def release(self) -> None:
        """Place what was hit; called when a turn is over."""
        while self._hit:
            stop = self._hit.pop(0)
            if stop.state != "open":
                continue
            self._end(stop, "triggered")
            stop.triggered = self._floor.simulation.timestamp
            if stop.pair is not None and stop.pair.state == "open":
                self.cancel(stop.pair)
            try:
                stop.order = self._place(stop.user, stop.wish)
            except Declined as declined:
                stop.error = declined.text
            self._tell(stop, "triggered")

    def _end(self, stop: Stop[W], state: str) -> None:
        stop.state = state
        del self._waiting[stop.symbol][stop.id]
        self._floor.unwatch_book(stop.symbol)

    def _traded(self, trade: Trade) -> None:
        for stop in self._waiting.get(trade.symbol, {}).values():
            if trade.price >= stop.price if stop.rises else trade.price <= stop.price:
                self._hit.append(stop)
