"""The stages of one order, told in any order: pure, without clock, socket or stream."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from decimal import Context, Decimal
from typing import Any

from attrs import evolve

from rxex.errors import TransientError
from rxex.models import Fee, Fill, Order, OrderSnapshot, OrderUpdate, Stage

__all__ = ["OrderMachine", "is_before"]

_MOST_EARLY = 1000
_EXACT = Context(prec=200)
_AVERAGE = Context(prec=28)
_ZERO = Decimal(0)
_FACTS = ("order_id", "symbol", "side", "type", "quantity", "price", "time")
_RANKS = {
    Stage.SUBMITTING: 0,
    Stage.SUBMITTED: 1,
    Stage.PENDING: 2,
    Stage.OPEN: 3,
    Stage.PARTIALLY_FILLED: 4,
}


def is_before(first: Stage, second: Stage) -> bool:
    """Tell whether ``second`` is further than ``first``; all final stages are equally far, `Stage.UNKNOWN` is nowhere.

    >>> is_before(Stage.PENDING, Stage.OPEN), is_before(Stage.FILLED, Stage.CANCELED)
    (True, False)
    """
    return Stage.UNKNOWN not in {first, second} and _RANKS.get(first, 5) < _RANKS.get(second, 5)


class OrderMachine:
    """What is known of one order, and what of it is news.

    Each input gives the orders to emit, as a rule one or none. Stages only move forward, executions count once, and
    after a final stage nothing comes, whatever is told and in which order. An end that comes before its executions
    waits for them (see `is_ending`); with ``awaits_fees`` also for the fees of executions that were told without. An
    execution that is told once more, with its fees, gets them.

    >>> machine = OrderMachine(Order("mine", "A/B", None, "limit", Decimal(2)))
    >>> [order.stage.value for order in machine.sent()]
    ['submitted']
    >>> fill = Fill("T1", "O1", price=Decimal(10), quantity=Decimal(2))
    >>> filled, = machine.update(OrderUpdate("O1", "mine", Stage.PARTIALLY_FILLED, filled=Decimal(2), fill=fill))
    >>> filled.stage.value, filled.average_price
    ('filled', Decimal('10'))
    """

    def __init__(self, order: Order, *, awaits_fees: bool = False) -> None:
        self.order = order
        self._awaits_fees = awaits_fees
        # The stage before it became unknown; the same as that of the order otherwise.
        self._known = order.stage
        self._told = order.filled
        self._told_average = order.average_price
        self._told_fees = order.fees
        # What was traded under ids that the order does not have any more, by these.
        self._earlier: dict[str | None, Decimal] = {}
        self._is_accepted = False
        self._is_gone = False
        self._early: deque[OrderUpdate] = deque(maxlen=_MOST_EARLY)
        self._end: Callable[[], list[Order]] | None = None
        self._fill_ids: set[str] = set()
        self._without_fees: set[str] = set()
        self._traded = self._cost = _ZERO
        self._fees: dict[str, Decimal] = {}
        for fill in order.fills:
            self._count(fill)
        self._sum_up()
        self._shown = _shown(self.order)

    @property
    def is_ending(self) -> bool:
        """Whether it seems to have ended, and more is to come that tells how; `end` does not wait for it.

        Either its executions, or, where all of it has been traded, the word of the order's own channel.
        """
        return self._end is not None or self._is_traded

    @property
    def lacks_fills(self) -> bool:
        """Whether its end is known, and some of its executions, or of their fees, are not."""
        return self._end is not None or (self._is_traded and not self._is_whole)

    # What we do

    def sent(self, time: int = 0) -> list[Order]:
        """Its bytes are with the socket, since ``time``."""
        return self._enter(Stage.SUBMITTED, received=time) if self._known is Stage.SUBMITTING else []

    def not_sent(self, error: Exception) -> list[Order]:
        """Nothing of it has left, because of ``error``."""
        if self.order.stage is not Stage.SUBMITTING:
            return []
        return self._enter(Stage.NOT_SENT, reason=str(error), error=error)

    def lose(self, error: Exception) -> list[Order]:
        """Whatever happens to it now is not heard of, because of ``error``."""
        self._is_gone = False
        if self._end is not None:
            return self.end()
        if self.order.stage is Stage.UNKNOWN or self._known is Stage.SUBMITTING or self._known.is_final:
            return []
        return self._enter(Stage.UNKNOWN, reason=str(error), error=error)

    def end(self) -> list[Order]:
        """Wait no longer for what belongs to the end."""
        if self._end is None:
            return self._enter(Stage.FILLED) if self._is_traded else []
        end, self._end = self._end, None
        return end()

    # What the exchange tells

    def answer(self, update: OrderUpdate) -> list[Order]:
        """Take the answer to our request: it is surely about this order.

        `Stage.UNKNOWN` stands for an answer that does not tell whether the order was taken. That it was refused is not
        believed once it was taken, unless it is the order itself, with its id, that says so.
        """
        if update.stage is Stage.UNKNOWN:
            return self.lose(update.error or TransientError(update.reason))
        if update.stage in {Stage.REJECTED, Stage.NOT_SENT}:
            if self._is_accepted and update.order_id is None:
                return []
        else:
            self._is_accepted = True
        return self._take(update)

    def update(self, update: OrderUpdate) -> list[Order]:
        """Take what a message tells of some order."""
        if self.order.stage.is_final:
            return []
        is_mine = self._is_mine(update)
        if is_mine is None:
            self._early.append(update)
        elif is_mine and update.stage is Stage.UNKNOWN:
            return self.lose(update.error or TransientError(update.reason))
        return self._take(update) if is_mine else []

    def snapshot(self, snapshot: OrderSnapshot) -> list[Order]:
        """Take the list of all open orders."""
        if self.order.stage.is_final or self._known is Stage.SUBMITTING:
            return []
        row = next((row for row in snapshot.open if self._is_mine(row)), None)
        if row is not None and self.order.order_id is None:
            self.order = evolve(self.order, order_id=row.order_id)
        for told in snapshot.fills:
            if self._is_mine(told):
                self._merge(told)
        if self._end is not None:
            return self._end_with_fills()
        if row is not None:
            return self._take(row)
        if self._fills_are_all():
            self._end = lambda: self._enter(Stage.FILLED)
            return self._end_with_fills()
        if self._known is Stage.SUBMITTED and self.order.stage is not Stage.UNKNOWN:
            return []  # the list may be older than the order
        lost = self.lose(TransientError("it has left the open orders, and why was not heard"))
        self._is_gone = True
        return lost

    def absent(self) -> list[Order]:
        """The exchange has searched all its orders, the closed ones too, and there is none like this."""
        if self.order.stage is Stage.UNKNOWN and self._known is Stage.SUBMITTED:
            return self._enter(Stage.REJECTED, reason="the exchange has no such order: it never took it")
        return []

    def _is_mine(self, update: OrderUpdate) -> bool | None:
        """Whether it is about this order; None where that cannot be told before the order's own id is known."""
        order = self.order
        if update.order_id in self._earlier:
            return True
        if update.order_id is not None and order.order_id is not None:
            return order.order_id in {update.order_id, update.replaces}
        if update.client_id is not None:
            return update.client_id == order.client_id
        return None if order.order_id is None and update.order_id is not None else False

    def _take(self, update: OrderUpdate) -> list[Order]:
        if self.order.stage.is_final:
            return []
        if update.replaces is not None and update.replaces == self.order.order_id != update.order_id:
            self._replaced_by(update.order_id)
        news = self.sent(update.received)
        if self.order.order_id is None and update.order_id is not None:
            self.order = evolve(self.order, order_id=update.order_id)
            early = [told for told in self._early if told.order_id == update.order_id]
            self._early.clear()
        else:
            early = []
        # What told the order's id came last, but where it is not the end it is the cause of the rest.
        is_end = update.stage is not None and update.stage.is_final
        for told in (*early, update) if is_end else (update, *early):
            news += self._apply(told)
        return news

    def _replaced_by(self, order_id: str | None) -> None:
        """Go on under another id; what had seemed to be its end was that of the id before."""
        self._earlier[self.order.order_id] = _EXACT.subtract(self.order.filled, _sum(self._earlier.values()))
        # It may have been the other way round: what was traded under the id that it has again is told by that one.
        self._earlier.pop(order_id, None)
        self._end = None
        self.order = evolve(self.order, order_id=order_id)

    def _of_all(self, update: OrderUpdate) -> OrderUpdate:
        """The totals of an update, together with what was traded under other ids."""
        if update.order_id in self._earlier:
            return self._of_earlier(update)
        before = _sum(self._earlier.values())
        if not before:
            return update
        filled = None if update.filled is None else _EXACT.add(before, update.filled)
        quantity = None if update.quantity is None else _EXACT.add(before, update.quantity)
        return evolve(update, filled=filled, quantity=quantity, average_price=None, fees=None)

    def _of_earlier(self, update: OrderUpdate) -> OrderUpdate:
        """What a late word about an id before means for the whole: that more was traded, and nothing else."""
        known, quantity = self._earlier[update.order_id], self.order.quantity
        more = _ZERO if update.filled is None else max(_ZERO, _EXACT.subtract(update.filled, known))
        self._earlier[update.order_id] = _EXACT.add(known, more)
        return OrderUpdate(
            self.order.order_id,
            filled=_EXACT.add(self._told, more),
            quantity=None if quantity is None else _EXACT.add(quantity, more),
            fill=update.fill,
            received=update.received,
            raw=update._raw,
        )

    def _apply(self, update: OrderUpdate) -> list[Order]:
        if self.order.stage.is_final:
            return []
        is_late, update = update.order_id in self._earlier, self._of_all(update)
        before = self._told
        self._merge(update)
        if is_late and self.order.stage is Stage.UNKNOWN:
            return []
        if self._end is not None:
            return self._end_with_fills()
        order, stage = self.order, update.stage
        if order.stage is Stage.UNKNOWN and stage is None and update.filled is None:
            # An execution alone does not tell what has become of the rest.
            return self._enter(Stage.FILLED) if self._is_gone and self._fills_are_all() else []
        if stage is None or not stage.is_final:
            if self._told > before and order.quantity is not None and self._told >= order.quantity:
                stage = Stage.FILLED
            else:
                reached = Stage.PARTIALLY_FILLED if order.filled else stage or Stage.PENDING
                stage = self._known if is_before(reached, self._known) else reached
        elif stage is Stage.FILLED and update.filled is None and order.quantity is not None:
            self._told = max(self._told, order.quantity)
            self._sum_up()
        if stage.is_final and not self._is_whole:
            self._end = lambda: self._enter(stage, reason=update.reason, error=update.error)
            return []
        return self._enter(stage, reason=update.reason, error=update.error)

    def _end_with_fills(self) -> list[Order]:
        return self.end() if self._is_whole else []

    def _merge(self, update: OrderUpdate) -> None:
        fill = update.fill
        fills = self.order.fills
        if fill is not None and fill.id not in self._fill_ids:
            self._count(fill)
            fills = (*fills, fill)
        elif fill is not None and fill.fees and fill.id in self._without_fees:
            self._count_fees(fill)
            fills = tuple(evolve(each, fees=fill.fees) if each.id == fill.id else each for each in fills)
        if update.filled is not None and update.filled >= self._told:
            self._told = update.filled
            self._told_average = update.average_price or self._told_average
            self._told_fees = update.fees if update.fees is not None else self._told_fees
        told = {name: value for name in _FACTS if (value := getattr(update, name)) is not None}
        self.order = evolve(self.order, **told, fills=fills, received=update.received, raw=update._raw)
        self._sum_up()

    def _count(self, fill: Fill) -> None:
        self._fill_ids.add(fill.id)
        self._traded = _EXACT.add(self._traded, fill.quantity)
        self._cost = _EXACT.fma(fill.price, fill.quantity, self._cost)
        self._without_fees.add(fill.id)
        self._count_fees(fill)

    def _count_fees(self, fill: Fill) -> None:
        if fill.fees:
            self._without_fees.discard(fill.id)
        for fee in fill.fees:
            self._fees[fee.asset] = _EXACT.add(self._fees.get(fee.asset, _ZERO), fee.amount)

    def _sum_up(self) -> None:
        filled = max(self._traded, self._told)
        average, fees = (self._told_average, self._told_fees) if filled else (None, ())
        if self._traded and self._traded == filled:
            average = _AVERAGE.divide(self._cost, self._traded)
            # Where executions are told without their fees, the order's own count.
            fees = tuple(Fee(asset, amount) for asset, amount in self._fees.items()) or self._told_fees
        self.order = evolve(self.order, filled=filled, average_price=average, fees=fees)

    @property
    def _is_whole(self) -> bool:
        """Whether all that belongs to its end is there."""
        return self._traded >= self.order.filled and not (self._awaits_fees and self._without_fees)

    @property
    def _is_traded(self) -> bool:
        return self.order.stage is Stage.PARTIALLY_FILLED and self._fills_are_all()

    def _fills_are_all(self) -> bool:
        return self.order.quantity is not None and self._traded >= self.order.quantity

    def _enter(self, stage: Stage, **facts: Any) -> list[Order]:
        self.order = evolve(self.order, stage=stage, **({"reason": "", "error": None} | facts))
        if stage is not Stage.UNKNOWN:
            self._known, self._is_gone = stage, False
        shown = _shown(self.order)
        if shown == self._shown:
            return []
        self._shown = shown
        return [self.order]


def _sum(amounts: Iterable[Decimal]) -> Decimal:
    total = _ZERO
    for amount in amounts:
        total = _EXACT.add(total, amount)
    return total


def _shown(order: Order) -> tuple[object, ...]:
    """What is news when it changes."""
    return order.stage, order.filled, order.fills, order.quantity, order.price, order.average_price, order.fees
