"""What an order has cost: KuCoin tells fees over REST only, with each execution."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from decimal import Context, Decimal

import reactivex as rx
from attrs import evolve
from reactivex import Observable, abc
from reactivex import operators as ops

from rxex.clock import default_clock
from rxex.models import Fee, Fill, Order
from rxex.operators._answers import first_answer

__all__ = ["AskFills", "paid", "total", "with_fees"]

_log = logging.getLogger(__name__)
_EXACT = Context(prec=200)
_AVERAGE = Context(prec=28)
_ZERO = Decimal(0)
_PAUSES = (0.25, 0.5, 1.0)
_LONGEST = 3.0

_LONGEST_WHOLE = 60.0

AskFills = Callable[[str], Observable[Sequence[Fill]]]
"""Asks for the executions of an order under one of its ids; gives one item."""


def with_fees(
    orders: Observable[Order],
    ask: AskFills | None,
    scheduler: abc.SchedulerBase | None = None,
    *,
    whole: Callable[[Order], Observable[Order]] | None = None,
    is_changed: Callable[[Order], bool] = lambda _order: False,
) -> Observable[Order]:
    """Let the last of ``orders`` wait until its executions are known with their fees, for three seconds at most.

    One that ``is_changed`` has had several ids, and not all that was traded under them need have been heard: it waits
    for what ``whole`` tells of it, a minute at most.

    Where they do not come, or do not add up to what was traded, the order stays as it was told: its ``fees`` are then
    empty. Emits what it asks for on the thread that answers.
    """
    clock = scheduler or default_clock()

    def all_of(order: Order, ask_whole: Callable[[Order], Observable[Order]], pause: float = 0.5) -> Observable[Order]:
        def again(error: Exception, _: Observable[Order]) -> Observable[Order]:
            _log.warning("all of the changed order %s could not be asked for: %s", order.client_id, error)
            asked = all_of(order, ask_whole, pause * 2)
            return rx.timer(pause, scheduler=clock).pipe(ops.map(lambda _: asked), ops.merge_all())

        return rx.defer(lambda _: ask_whole(order)).pipe(ops.catch(again))

    def subscribe(observer: abc.ObserverBase[Order], on: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        ids: dict[str, None] = {}  # all that the order has had

        def each(order: Order) -> Observable[Order]:
            if order.order_id is not None:
                ids[order.order_id] = None
            if order.stage.is_final and whole is not None and is_changed(order):
                told = all_of(order, whole)
                answer = first_answer(told, _itself, timeout=_LONGEST_WHOLE, request="the whole", scheduler=clock)
                return answer.pipe(ops.catch(lambda _error, _source: rx.of(order)))
            if ask is None or not order.stage.is_final or not order.filled or _has_fees(order):
                return rx.of(order)
            asked = _asked(order, list(ids), ask, _PAUSES, clock)
            answer = first_answer(asked, _itself, timeout=_LONGEST, request="fees", scheduler=clock)
            return answer.pipe(ops.catch(lambda _error, _source: rx.of(order)))

        return orders.pipe(ops.map(each), ops.merge(max_concurrent=1)).subscribe(observer, scheduler=on)

    return Observable(subscribe)


def _itself(order: Order) -> Order:
    return order


def _has_fees(order: Order) -> bool:
    return total(order.fills) == order.filled and all(fill.fees for fill in order.fills)


def total(fills: Sequence[Fill]) -> Decimal:
    """How much was traded."""
    total = _ZERO
    for fill in fills:
        total = _EXACT.add(total, fill.quantity)
    return total


def _asked(
    order: Order, ids: Sequence[str], ask: AskFills, pauses: Sequence[float], scheduler: abc.SchedulerBase
) -> Observable[Order]:

    def put(some: tuple[Fill, ...], more: Sequence[Fill]) -> tuple[Fill, ...]:
        return (*some, *more)

    nothing: tuple[Fill, ...] = ()

    def tell(fills: tuple[Fill, ...]) -> Observable[Order]:
        if total(fills) == order.filled:
            return rx.of(paid(order, fills))
        return again()

    def again() -> Observable[Order]:
        if not pauses:
            return rx.of(order)
        pause = rx.timer(pauses[0], scheduler=scheduler)
        return pause.pipe(ops.map(lambda _: _asked(order, ids, ask, pauses[1:], scheduler)), ops.merge_all())

    def failed(error: Exception, _: Observable[Order]) -> Observable[Order]:
        _log.warning("the fees of order %s could not be asked for: %s", order.client_id, error)
        return again()

    try:
        answers = [ask(each) for each in ids]
    except Exception as error:
        return failed(error, rx.empty())
    return rx.concat(*answers).pipe(ops.reduce(put, nothing), ops.map(tell), ops.merge_all(), ops.catch(failed))


def paid(order: Order, fills: Sequence[Fill]) -> Order:
    """The order with its executions, all of them, as they were told over REST."""
    cost, fees = _ZERO, dict[str, Decimal]()
    for fill in fills:
        cost = _EXACT.fma(fill.price, fill.quantity, cost)
        for fee in fill.fees:
            fees[fee.asset] = _EXACT.add(fees.get(fee.asset, _ZERO), fee.amount)
    told = tuple(Fee(asset, amount) for asset, amount in fees.items())
    return evolve(order, fills=tuple(fills), fees=told, average_price=_AVERAGE.divide(cost, order.filled))
