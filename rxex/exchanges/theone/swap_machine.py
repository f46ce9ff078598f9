"""The stages of one swap, told in any order: pure, without clock, socket or stream."""

from __future__ import annotations

from typing import Any

from attrs import evolve

from rxex.exchanges.theone.models import OrderStatus, Swap, SwapStage

__all__ = ["SwapMachine", "is_before"]

_RANKS = {
    SwapStage.SUBMITTING: 0,
    SwapStage.SUBMITTED: 1,
    SwapStage.PENDING: 2,
    SwapStage.PROCESSING: 3,
}


def is_before(first: SwapStage, second: SwapStage) -> bool:
    """Tell whether ``second`` is further than ``first``; all final stages are equally far, UNKNOWN is nowhere.

    >>> is_before(SwapStage.PENDING, SwapStage.FAILED), is_before(SwapStage.FILLED, SwapStage.FAILED)
    (True, False)
    """
    return SwapStage.UNKNOWN not in {first, second} and _RANKS.get(first, 4) < _RANKS.get(second, 4)


class SwapMachine:
    """What is known of one swap, and what of it is news.

    Each input gives the swap to emit, or None. Stages only move forward, and after a final one nothing comes, whatever
    is told and in which order.

    >>> from decimal import Decimal
    >>> machine = SwapMachine(Swap("mine", "ETH", "USDT", Decimal("1.5")))
    >>> machine.sent().stage.value
    'submitted'
    >>> machine.update(OrderStatus("ord_1", "FILLED", SwapStage.FILLED, Decimal(3245))).filled_out
    Decimal('3245')
    >>> machine.update(OrderStatus("ord_1", "PROCESSING", SwapStage.PROCESSING))
    """

    def __init__(self, swap: Swap) -> None:
        self.swap = swap
        # The stage before it became unknown; the same as that of the swap otherwise.
        self._known = swap.stage

    @property
    def is_sent(self) -> bool:
        """Whether it may be with the exchange."""
        return self._known not in {SwapStage.SUBMITTING, SwapStage.NOT_SENT}

    def sent(self, time: int = 0) -> Swap | None:
        """Its bytes are with the socket, since ``time``."""
        return self._enter(SwapStage.SUBMITTED, received=time) if self._known is SwapStage.SUBMITTING else None

    def not_sent(self, error: Exception) -> Swap | None:
        """Nothing of it has left, because of ``error``."""
        if self._known is not SwapStage.SUBMITTING:
            return None
        return self._enter(SwapStage.NOT_SENT, reason=str(error), error=error)

    def refuse(self, error: Exception) -> Swap | None:
        """The exchange has said no to our request; not believed where it is known to have taken it."""
        if self._known is not SwapStage.SUBMITTED:
            return None
        return self._enter(SwapStage.REJECTED, reason=str(getattr(error, "reason", error)), error=error)

    def lose(self, error: Exception) -> Swap | None:
        """Whatever happens to it now is not heard of, because of ``error``."""
        if self.swap.stage is SwapStage.UNKNOWN or not self.is_sent or self._known.is_final:
            return None
        return self._enter(SwapStage.UNKNOWN, reason=str(error), error=error)

    def absent(self) -> Swap | None:
        """The exchange has searched all its orders, and there is none with this client id."""
        if self.swap.stage is SwapStage.UNKNOWN and self._known is SwapStage.SUBMITTED:
            return self._enter(SwapStage.REJECTED, reason="the exchange has no such order: it never took it")
        return None

    def update(self, status: OrderStatus) -> Swap | None:
        """Take what the exchange tells of this order."""
        swap, stage = self.swap, status.stage
        if swap.stage.is_final or self._known is SwapStage.SUBMITTING:
            return None
        if swap.order_id is not None and status.order_id != swap.order_id:
            return None
        # A word that we do not know says at least that the exchange has it.
        reached = stage or SwapStage.PENDING
        if is_before(reached, self._known):
            reached = self._known
        facts = {
            name: value
            for name in ("filled_out", "tx_hash", "time")
            if (value := getattr(status, name)) is not None and not is_before(stage or reached, reached)
        }
        is_news = reached is not swap.stage or swap.order_id is None
        is_news = is_news or any(getattr(swap, name) != facts[name] for name in facts if name != "time")
        news = self._enter(reached, order_id=status.order_id, received=status.received, raw=status._raw, **facts)
        return news if is_news else None

    def _enter(self, stage: SwapStage, **facts: Any) -> Swap:
        self.swap = evolve(self.swap, stage=stage, **({"reason": "", "error": None} | facts))
        if stage is not SwapStage.UNKNOWN:
            self._known = stage
        return self.swap
