"""Place an order and tell each of its stages."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, Protocol, TypeVar

from attrs import evolve, field, frozen
from reactivex import Observable, abc
from reactivex.disposable import SerialDisposable

from rxex.clock import wall_ns
from rxex.errors import AnswerLost, FatalError, NotSent, RequestTimeout
from rxex.events import Socket
from rxex.models import Order, OrderUpdate, Stage
from rxex.operators import PrivateSockets, TokenSocket
from rxex.orders.calls import answers_of, new_request_id, no_socket, wait_for_socket
from rxex.orders.following import LABEL, Desk, Following, Query, check_until
from rxex.orders.refusals import outcome_of
from rxex.typing import Json

__all__ = ["AddOrder", "OrderDialect", "place_order_factory"]

R = TypeVar("R")
R_contra = TypeVar("R_contra", contravariant=True)


class AddOrder(Protocol[R_contra]):
    """What a factory of orders gives; see `place_order_factory`."""

    def __call__(self, request: R_contra, until: Stage | None = None) -> Observable[Order]: ...


@frozen
class OrderDialect(Generic[R]):
    """How one protocol of a venue places orders."""

    draft: Callable[[R], Order]
    """The order as it is asked for, with its client id: the request's own, or a new one."""
    make: Callable[[Order, R, int, TokenSocket], Json] | None = None
    """The message that places it, with this request id, through this socket; None: ``send`` places it."""
    answer: Callable[[Json, int], OrderUpdate | None] = lambda _message, _request_id: None
    """What a message tells as the answer to the request with this id; None where it is no answer to it."""
    answer_to: Callable[[Json, Order], OrderUpdate | None] | None = None
    """Instead of ``answer``, where answers name the order and not the request."""
    obstacle: Callable[[R, str], str] = lambda _request, _status: ""
    """Why the exchange would not take it, being in this state; empty where it would."""
    is_trial: Callable[[R], bool] = lambda _request: False
    """Whether the exchange is only to look at it, and places nothing."""
    send: Callable[[Order, R], Observable[OrderUpdate]] | None = None
    """Instead of ``make``: places it when subscribed to, once, and gives what is answered. What its errors tell of the
    order, see `outcome_of`; disposing it keeps back what has not left yet."""


@frozen
class _Counter(Generic[R]):
    """What the orders of one factory share."""

    desk: Desk
    messages: Observable[Json]
    dialect: OrderDialect[R]
    hears_first: bool
    live: set[str] = field(factory=set)
    """The client ids of orders that are being told of."""
    lock: threading.Lock = field(factory=threading.Lock)


def place_order_factory(
    sockets: Observable[TokenSocket | None] | Observable[Socket | None],
    messages: Observable[Json],
    executions: Observable[Any],
    dialect: OrderDialect[R],
    *,
    hears_first: bool = False,
    awaits_fees: bool = False,
    timeout: float = 5.0,
    query: Query | None = None,
    settle: float = 60.0,
    patience: float = 120.0,
    check: float = 60.0,
    scheduler: abc.SchedulerBase | None = None,
) -> AddOrder[R]:
    """Make a function that places orders.

    ``add_order(request, until=None)`` gives a cold stream: each subscription places one order, at most once, and
    nothing is ever sent again. It emits the `Order` at each stage, the first (with the client id) before a byte has
    left, and completes at a final one, or at ``until``, or as `Stage.UNKNOWN` where the exchange could not be asked.
    It has no ``on_error``: what goes wrong is a stage, with its ``reason`` and ``error``. Disposing it does not cancel
    the order; before the order has been sent, it keeps it from being sent.

    An order that is only to be looked at ends as `Stage.VALIDATED` or `Stage.REJECTED`; as `Stage.UNKNOWN` where that
    was not heard. In no case has it been placed.

    Where the exchange tells of the end first and of its executions then, the end waits for them for a second; then
    ``query`` is asked for them, once.

    After a break or without an answer the order is `Stage.UNKNOWN`, until the answer, its executions, the list of open
    orders that comes with them on the next socket, or ``query`` tell what has become of it; then its stages go on.

    Args:
        sockets: gives the socket, and None once it has gone: as a rule those of `private_socket`. An order that finds
            none within a second is not sent.
        messages: where the answers come.
        executions: gives `OrderUpdate` and `OrderSnapshot`; listened to before the order is sent.
        dialect: the venue's.
        hears_first: whether an order waits (for ``timeout`` at most) for the first item of ``executions``, which tells
            that they are heard: for orders that go another way than these come, so that nothing else puts one after
            the other.
        awaits_fees: whether executions are told without their fees first, and once more with them: then an end waits
            for the fees as it does for executions.
        timeout: seconds for the answer, after which the order is unknown.
        query: asks the exchange what has become of an order. Without it an order that has left the open ones unheard
            ends as unknown, and a last word that is lost without a trace is never missed.
        settle: seconds after the sending from which ``query`` is believed that there is no such order.
        patience: seconds of an open link within which an unknown order has to be resolved.
        check: seconds of silence about a live order after which ``query`` is asked about it: the last word may have
            been lost, and nothing after it tells of that.
        scheduler: runs the waits; default: the socket's, and `default_clock` before there is one.

    Emits on the socket's thread, and before it is sent on that of the subscriber. Raises `InvalidArgument` for times
    that are not above 0, and for an ``until`` that nobody can wait for.
    """
    desk = Desk(sockets, executions, timeout, query, settle, patience, check, scheduler, awaits_fees)
    counter = _Counter(desk, messages, dialect, hears_first)

    def add_order(request: R, until: Stage | None = None) -> Observable[Order]:
        check_until(until)

        def subscribe(observer: abc.ObserverBase[Order], _: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            return _Placing(counter, request, until, observer).start()

        return Observable(subscribe)

    return add_order


class _Placing(Following, Generic[R]):
    """One subscription: one order, sent at most once."""

    def __init__(
        self, counter: _Counter[R], request: R, until: Stage | None, observer: abc.ObserverBase[Order]
    ) -> None:
        super().__init__(counter.desk, counter.dialect.draft(request), until, observer)
        self._counter = counter
        self._request = request
        self._answer_timer, self._waiting = SerialDisposable(), SerialDisposable()
        self._subscriptions.add(self._answer_timer)
        self._subscriptions.add(self._waiting)
        self._id = new_request_id()
        self._is_trial = counter.dialect.is_trial(request)
        self._ready: Any = None
        self._is_heard = not counter.hears_first or self._is_trial
        self._is_answered = False
        self._held_id = ""

    def start(self) -> abc.DisposableBase:
        order, counter = self._machine.order, self._counter
        with counter.lock:
            is_double = order.client_id in counter.live and not self._is_trial
            if not is_double and not self._is_trial:
                self._held_id = order.client_id
                counter.live.add(order.client_id)
        self._jobs.do(lambda: self._guard.on_next(order))
        if is_double:
            error = NotSent(f"an order with the client id {order.client_id} is live already")
            self._jobs.do(lambda: self._give_up(error))
            return self._guard
        self._waiting.disposable = wait_for_socket(
            self._desk.sockets, self._jobs.later(lambda: self._give_up(no_socket(LABEL))), self._desk.scheduler
        )
        # Executions first: where they are not asked for yet, this is asked before the order is sent.
        if not self._is_trial:
            self._listen(self._desk.executions, self._on_execution, self._on_end)
        self._listen(answers_of(counter.messages), self._on_message, self._on_end)
        self._listen(self._desk.sockets, self._on_socket, self._on_sockets_end)
        return self._guard

    def _is_enough(self, stage: Stage) -> bool:
        # Nothing becomes of what was only to be looked at.
        return super()._is_enough(stage) or (self._is_trial and stage is Stage.UNKNOWN)

    def _leave(self) -> None:
        super()._leave()
        with self._counter.lock:
            self._counter.live.discard(self._held_id)

    # Sending

    def _give_up(self, error: Exception) -> None:
        self._emit(self._machine.not_sent(error))

    def _on_first_socket(self, socket: Any) -> None:
        if socket is None:
            self._give_up(no_socket(LABEL))
        elif self._is_heard:
            self._begin(socket)
        else:
            self._ready = socket
            clock = self._desk.scheduler or socket.scheduler
            unheard = self._jobs.later(lambda: self._give_up(NotSent("its executions would not be heard yet")))
            self._waiting.disposable = clock.schedule_relative(self._desk.timeout, unheard)

    def _begin(self, socket: Any) -> None:
        desk, dialect, order = self._desk, self._counter.dialect, self._machine.order
        self._waiting.dispose()
        status = desk.sockets.status if isinstance(desk.sockets, PrivateSockets) else None
        obstacle = "" if status is None else dialect.obstacle(self._request, status.status)
        if obstacle:
            self._give_up(NotSent(obstacle))
            return
        message, answers = None, None
        try:
            if dialect.make is not None:
                message = dialect.make(order, self._request, self._id, socket)
            elif dialect.send is not None:
                answers = dialect.send(order, self._request)
        except Exception as error:
            self._give_up(error)
            return
        self._answer_timer.disposable = self._begin_on(socket).schedule_relative(
            desk.timeout, self._jobs.later(self._on_timeout)
        )
        try:
            if answers is None:
                socket.send(message, now=True)
            else:
                self._listen(answers, self._on_answer, self._on_answers_end)
        except (NotSent, FatalError) as error:
            self._give_up(error)
        except Exception as error:
            # What a socket raises otherwise does not tell whether anything has left.
            self._emit([*self._machine.sent(wall_ns()), *self._machine.lose(error)])
        else:
            self._emit(self._machine.sent(wall_ns()))

    # What happens

    def _on_sockets_end(self, error: Exception | None) -> None:
        # A source of one socket completes at once; then the messages tell of the end.
        if (self._began_at is None and self._ready is None) or error is not None:
            self._on_end(error)

    def _on_message(self, message: Json) -> None:
        if self._began_at is None or self._is_answered:
            return
        dialect = self._counter.dialect
        if dialect.answer_to is None:
            update = dialect.answer(message, self._id)
        else:
            update = dialect.answer_to(message, self._machine.order)
        if update is not None:
            self._on_answer(update)

    def _on_answer(self, update: OrderUpdate) -> None:
        self._is_answered = True
        if update.stage is Stage.UNKNOWN and self._machine.order.stage is not Stage.SUBMITTED:
            return  # its executions have told more
        if self._is_trial and update.stage in {Stage.PENDING, Stage.OPEN}:
            update = evolve(update, stage=Stage.VALIDATED, order_id=None)
        self._emit(self._machine.answer(update))

    def _on_answers_end(self, error: Exception | None) -> None:
        if error is not None:
            self._on_answer(outcome_of(error))
        elif not self._is_answered:
            self._on_answer(outcome_of(AnswerLost(LABEL, "there was none")))

    def _on_execution(self, item: object) -> None:
        if self._began_at is None:
            self._is_heard = True
            if self._ready is not None:
                self._begin(self._ready)
            return
        super()._on_execution(item)

    def _on_timeout(self) -> None:
        if self._machine.order.stage is Stage.SUBMITTED:
            self._emit(self._machine.lose(RequestTimeout(LABEL, self._desk.timeout)))
