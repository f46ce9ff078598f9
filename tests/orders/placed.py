"""What the subscriber of one order is told, in virtual time."""

from __future__ import annotations

from typing import Any

from reactivex import Observable

from rxex.models import Order, Stage

__all__ = ["Placed"]


class Placed:
    """Subscribes at once; ``world`` has the ``clock``."""

    def __init__(self, world: Any, place: Observable[Order]) -> None:
        self.orders: list[Order] = []
        self.times: list[float] = []
        self.ended = False
        self._clock = world.clock
        self.subscription = place.subscribe(self._keep, None, self._end)

    def _keep(self, order: Order) -> None:
        self.orders.append(order)
        self.times.append(self._clock.clock)

    def _end(self) -> None:
        self.ended = True

    @property
    def stages(self) -> list[Stage]:
        return [order.stage for order in self.orders]

    @property
    def last(self) -> Order:
        return self.orders[-1]

    @property
    def client_id(self) -> str:
        return self.orders[0].client_id
