"""What happens to one order of ours, from whatever tells of it; and asking where nothing does."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any

import reactivex as rx
from attrs import frozen
from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxex.errors import ConnectionClosed, InvalidArgument
from rxex.fanout import Guard
from rxex.models import Order, OrderSnapshot, OrderUpdate, Stage
from rxex.operators import exponential
from rxex.operators._answers import check_timeout
from rxex.orders._jobs import Jobs
from rxex.orders.calls import no_socket
from rxex.orders.machine import OrderMachine, is_before

__all__ = ["LABEL", "Desk", "Following", "Query", "check_until"]

_log = logging.getLogger(__name__)
LABEL = "add_order"
_SLOWEST_QUERY = 30.0
_EXECUTIONS_WAIT = 1.0

Query = Callable[[Order], Observable[OrderUpdate]]
"""Asks the exchange what became of an order, open or closed, by its client id or its own: gives what it tells (its
executions first), or completes without an item where the exchange has no such order."""


@frozen
class Desk:
    """What all orders of one factory share; see `place_order_factory` for what the fields mean."""

    sockets: Observable[Any]
    executions: Observable[Any]
    timeout: float
    query: Query | None
    settle: float
    patience: float
    check: float
    scheduler: abc.SchedulerBase | None
    awaits_fees: bool = False

    def __attrs_post_init__(self) -> None:
        for seconds in (self.timeout, self.settle, self.patience, self.check):
            check_timeout(seconds)


def check_until(until: Stage | None) -> None:
    """Raise `InvalidArgument` for a stage that nobody can wait for."""
    if until in {Stage.UNKNOWN, Stage.SUBMITTING}:
        raise InvalidArgument("until", until, "it has to be a stage that an order reaches after it is sent")


class Following(ABC):
    """One subscription: what is told of one order.

    What happens comes as jobs, from any thread.
    """

    def __init__(self, desk: Desk, order: Order, until: Stage | None, observer: abc.ObserverBase[Order]) -> None:
        self._desk = desk
        self._until = until
        self._subscriptions = CompositeDisposable()
        self._resolving, self._ending, self._quiet = SerialDisposable(), SerialDisposable(), SerialDisposable()
        for each in (self._resolving, self._ending, self._quiet):
            self._subscriptions.add(each)
        self._guard = Guard(observer, lambda _: self._leave())
        self._machine = OrderMachine(order, awaits_fees=desk.awaits_fees)
        self._socket: Any = None
        self._clock: abc.SchedulerBase | None = desk.scheduler
        self._began_at: Any = None
        self._can_be_asked = False
        self._is_resolving = False
        self._is_ending = False
        self._is_checked = False
        # What raises in a job is of a venue's function or of the user's query; the order goes on all the same.
        self._jobs = Jobs(lambda: self._guard.is_active, f"{LABEL} {order.client_id}")

    @abstractmethod
    def _on_first_socket(self, socket: Any) -> None:
        """Take the socket of the moment, or None; to be called until `_begin_on` is."""

    @abstractmethod
    def _give_up(self, error: Exception) -> None:
        """Nothing was begun, and nothing will be."""

    def _begin_on(self, socket: Any) -> abc.SchedulerBase:
        """From now on what is told is about an order that may be with the exchange; give the clock."""
        self._socket = socket
        self._clock = clock = self._desk.scheduler or socket.scheduler
        self._began_at = clock.now
        self._can_be_asked = True
        return clock

    def _listen(
        self, source: Observable[Any], take: Callable[[Any], None], end: Callable[[Exception | None], None]
    ) -> None:
        if not self._guard.is_active:
            return
        self._subscriptions.add(
            source.subscribe(
                lambda item: self._jobs.do(lambda: take(item)),
                lambda error: self._jobs.do(lambda: end(error)),
                self._jobs.later(lambda: end(None)),
            )
        )

    def _emit(self, orders: Sequence[Order]) -> None:
        for order in orders:
            self._guard.on_next(order)
            if order.stage.is_final or self._is_enough(order.stage):
                self._guard.on_completed()
                return
        self._follow_up()
        if orders:
            self._watch()

    def _is_enough(self, stage: Stage) -> bool:
        return self._until is not None and stage is not Stage.UNKNOWN and not is_before(stage, self._until)

    def _leave(self) -> None:
        self._subscriptions.dispose()

    # What happens

    def _on_socket(self, socket: Any) -> None:
        if self._began_at is None:
            self._on_first_socket(socket)
        elif socket != self._socket:
            was_linked, self._socket = self._socket is not None, socket
            if socket is not None:
                self._clock = self._desk.scheduler or socket.scheduler
            if was_linked:
                self._can_be_asked = False
                if self._machine.is_ending:
                    return  # its end is known, and what it waits for comes on the next socket or is asked for
                self._emit(self._machine.lose(ConnectionClosed(None, "what becomes of the order is not heard")))

    def _on_end(self, error: Exception | None) -> None:
        if self._began_at is None:
            self._give_up(error or no_socket(LABEL))
            return
        self._can_be_asked = False
        self._emit(self._machine.lose(error or ConnectionClosed(None, "the connection has ended")))
        self._guard.on_completed()

    def _on_execution(self, item: object) -> None:
        if self._began_at is None:
            return
        if isinstance(item, OrderSnapshot):
            self._can_be_asked = True
            self._emit(self._machine.snapshot(item))
        elif isinstance(item, OrderUpdate):
            self._emit(self._machine.update(item))

    # Resolving

    def _follow_up(self) -> None:
        is_ending, clock = self._machine.is_ending, self._clock
        if clock is None or not self._guard.is_active:
            return
        if is_ending != self._is_ending:
            self._is_ending = is_ending
            over = self._jobs.later(self._over)
            self._ending.disposable = clock.schedule_relative(_EXECUTIONS_WAIT, over) if is_ending else None
        has_to = self._can_be_asked and not is_ending and self._machine.order.stage is Stage.UNKNOWN
        if has_to != self._is_resolving:
            self._is_resolving = has_to
            self._resolving.disposable = self._resolve(clock) if has_to else None

    def _over(self) -> None:
        """What belongs to the end has not come: ask for it, or do without."""
        if self._desk.query is None or not self._can_be_asked or not self._machine.lacks_fills:
            self._emit(self._machine.end())
            return
        self._ending.disposable = asking = SerialDisposable()
        self._ask(asking, lambda: self._emit(self._machine.end()))

    def _resolve(self, clock: abc.SchedulerBase) -> abc.DisposableBase:
        asking = SerialDisposable()
        delays = exponential(1.0, _SLOWEST_QUERY)

        def again() -> None:
            if not asking.is_disposed:
                ask = self._jobs.later(lambda: self._ask(asking, again))
                asking.disposable = clock.schedule_relative(next(delays), ask)

        if self._desk.query is not None:
            self._ask(asking, again)
        end = clock.schedule_relative(self._desk.patience, self._jobs.later(self._guard.on_completed))
        return CompositeDisposable(asking, end)

    def _ask(self, asking: SerialDisposable, then: Callable[[], None]) -> None:
        """Ask what has become of the order, once, and call ``then``."""

        def on_told(updates: Sequence[OrderUpdate]) -> None:
            for update in updates:
                self._emit(self._machine.answer(update))
            if updates:
                self._emit(self._machine.end())  # it told its executions, too
            elif self._is_settled():
                self._emit(self._machine.absent())
            then()

        def on_error(error: Exception) -> None:
            _log.warning("what became of order %s could not be asked: %s", self._machine.order.client_id, error)
            then()

        try:
            answer = rx.empty() if self._desk.query is None else self._desk.query(self._machine.order)
        except Exception as error:
            on_error(error)
            return
        asking.disposable = answer.pipe(ops.to_list()).subscribe(
            lambda updates: self._jobs.do(lambda: on_told(updates)),
            lambda error: self._jobs.do(lambda: on_error(error)),
        )

    def _is_settled(self) -> bool:
        return self._clock is not None and (self._clock.now - self._began_at).total_seconds() >= self._desk.settle

    # Silence

    def _watch(self) -> None:
        """Nobody says that the last word about an order was lost; where it is quiet, it is asked for."""
        clock, stage = self._clock, self._machine.order.stage
        if self._desk.query is None or clock is None or not self._guard.is_active or stage is Stage.SUBMITTING:
            return
        is_fresh = stage is Stage.PENDING and not self._is_checked
        check = self._jobs.later(self._check)
        self._quiet.disposable = clock.schedule_relative(self._desk.timeout if is_fresh else self._desk.check, check)

    def _check(self) -> None:
        self._is_checked = True
        if self._can_be_asked and self._machine.order.stage not in {Stage.UNKNOWN, Stage.SUBMITTED}:
            asking = SerialDisposable()
            self._quiet.disposable = asking
            self._ask(asking, self._watch)
        else:
            self._watch()
