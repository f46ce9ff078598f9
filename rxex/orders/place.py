"""Place an order and tell each of its stages."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Sequence
from typing import Any, Generic, Protocol, TypeVar

import reactivex as rx
from attrs import evolve, field, frozen
from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.disposable import CompositeDisposable, SerialDisposable

from rxex.clock import wall_ns
from rxex.errors import AnswerLost, ConnectionClosed, FatalError, InvalidArgument, NotSent, RequestTimeout
from rxex.events import Socket
from rxex.fanout import Guard
from rxex.models import Order, OrderSnapshot, OrderUpdate, Stage
from rxex.operators import PrivateSockets, TokenSocket, exponential
from rxex.operators._answers import check_timeout
from rxex.orders._jobs import Jobs
from rxex.orders.calls import answers_of, new_request_id, no_socket, wait_for_socket
from rxex.orders.machine import OrderMachine, is_before
from rxex.orders.refusals import outcome_of
from rxex.typing import Json

__all__ = ["AddOrder", "OrderDialect", "Query", "place_order_factory"]

_log = logging.getLogger(__name__)
_LABEL = "add_order"
_SLOWEST_QUERY = 30.0
_EXECUTIONS_WAIT = 1.0
R = TypeVar("R")
R_contra = TypeVar("R_contra", contravariant=True)

Query = Callable[[Order], Observable[OrderUpdate]]
"""Asks the exchange what became of an order, open or closed, by its client id or its own: gives what it tells (its
executions first), or completes without an item where the exchange has no such order."""


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
    obstacle: Callable[[R, str], str] = lambda _request, _status: ""
    """Why the exchange would not take it, being in this state; empty where it would."""
    is_trial: Callable[[R], bool] = lambda _request: False
    """Whether the exchange is only to look at it, and places nothing."""
    send: Callable[[Order, R], Observable[OrderUpdate]] | None = None
    """Instead of ``make``: places it when subscribed to, once, and gives what is answered. What its errors tell of the
    order, see `outcome_of`; disposing it keeps back what has not left yet."""


@frozen
class Desk(Generic[R]):
    """What all orders of one factory share."""

    sockets: Observable[Any]
    messages: Observable[Json]
    executions: Observable[Any]
    dialect: OrderDialect[R]
    hears_first: bool
    timeout: float
    query: Query | None
    settle: float
    patience: float
    check: float
    scheduler: abc.SchedulerBase | None
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

    Where the exchange tells of the end first and of its executions then, the end waits for them, a second at most.

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
    for seconds in (timeout, settle, patience, check):
        check_timeout(seconds)
    desk = Desk(sockets, messages, executions, dialect, hears_first, timeout, query, settle, patience, check, scheduler)

    def add_order(request: R, until: Stage | None = None) -> Observable[Order]:
        if until in {Stage.UNKNOWN, Stage.SUBMITTING}:
            raise InvalidArgument("until", until, "it has to be a stage that an order reaches after it is sent")

        def subscribe(observer: abc.ObserverBase[Order], _: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            return _Placing(desk, request, until, observer).start()

        return Observable(subscribe)

    return add_order


class _Placing(Generic[R]):
    """One subscription: one order.

    What happens comes as jobs, from any thread.
    """

    def __init__(self, desk: Desk[R], request: R, until: Stage | None, observer: abc.ObserverBase[Order]) -> None:
        self._desk = desk
        self._request = request
        self._until = until
        self._subscriptions = CompositeDisposable()
        self._answer_timer = SerialDisposable()
        self._resolving = SerialDisposable()
        self._waiting = SerialDisposable()
        self._ending = SerialDisposable()
        self._quiet = SerialDisposable()
        for each in (self._answer_timer, self._resolving, self._waiting, self._ending, self._quiet):
            self._subscriptions.add(each)
        self._guard = Guard(observer, self._leave)
        self._machine = OrderMachine(desk.dialect.draft(request))
        self._id = new_request_id()
        self._socket: Any = None
        self._ready: Any = None
        self._is_heard = not desk.hears_first or desk.dialect.is_trial(request)
        self._clock: abc.SchedulerBase | None = desk.scheduler
        self._sent_at: Any = None
        self._can_be_asked = False
        self._is_resolving = False
        self._is_answered = False
        self._is_ending = False
        self._is_checked = False
        self._held_id = ""
        self._is_trial = desk.dialect.is_trial(request)
        # What raises in a job is of a venue's function or of the user's query; the order goes on all the same.
        self._jobs = Jobs(lambda: self._guard.is_active, f"{_LABEL} {self._machine.order.client_id}")

    def start(self) -> abc.DisposableBase:
        order = self._machine.order
        with self._desk.lock:
            is_double = order.client_id in self._desk.live and not self._is_trial
            if not is_double and not self._is_trial:
                self._held_id = order.client_id
                self._desk.live.add(order.client_id)
        self._jobs.do(lambda: self._guard.on_next(order))
        if is_double:
            error = NotSent(f"an order with the client id {order.client_id} is live already")
            self._jobs.do(lambda: self._not_sent(error))
            return self._guard
        self._waiting.disposable = wait_for_socket(
            self._desk.sockets, self._jobs.later(lambda: self._not_sent(no_socket(_LABEL))), self._desk.scheduler
        )
        # Executions first: where they are not asked for yet, this is asked before the order is sent.
        if not self._is_trial:
            self._listen(self._desk.executions, self._on_execution, self._on_end)
        self._listen(answers_of(self._desk.messages), self._on_message, self._on_end)
        self._listen(self._desk.sockets, self._on_socket, self._on_sockets_end)
        return self._guard

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
        if stage is Stage.UNKNOWN:
            return self._is_trial  # there is nothing that could become of it
        return self._until is not None and not is_before(stage, self._until)

    def _leave(self, _: Guard[Order]) -> None:
        self._subscriptions.dispose()
        with self._desk.lock:
            self._desk.live.discard(self._held_id)

    # Sending

    def _not_sent(self, error: Exception) -> None:
        self._emit(self._machine.not_sent(error))

    def _begin(self, socket: Any) -> None:
        desk, order = self._desk, self._machine.order
        self._waiting.dispose()
        status = desk.sockets.status if isinstance(desk.sockets, PrivateSockets) else None
        obstacle = "" if status is None else desk.dialect.obstacle(self._request, status.status)
        if obstacle:
            self._not_sent(NotSent(obstacle))
            return
        message, answers = None, None
        try:
            if desk.dialect.make is not None:
                message = desk.dialect.make(order, self._request, self._id, socket)
            elif desk.dialect.send is not None:
                answers = desk.dialect.send(order, self._request)
        except Exception as error:
            self._not_sent(error)
            return
        self._socket = socket
        self._clock = clock = desk.scheduler or socket.scheduler
        self._sent_at = clock.now
        self._can_be_asked = True
        self._answer_timer.disposable = clock.schedule_relative(desk.timeout, self._jobs.later(self._on_timeout))
        try:
            if answers is None:
                socket.send(message, now=True)
            else:
                self._listen(answers, self._on_answer, self._on_answers_end)
        except (NotSent, FatalError) as error:
            self._not_sent(error)
        except Exception as error:
            # What a socket raises otherwise does not tell whether anything has left.
            self._emit([*self._machine.sent(wall_ns()), *self._machine.lose(error)])
        else:
            self._emit(self._machine.sent(wall_ns()))

    # What happens

    def _on_socket(self, socket: TokenSocket | None) -> None:
        if self._sent_at is None:
            if socket is None:
                self._not_sent(no_socket(_LABEL))
            elif self._is_heard:
                self._begin(socket)
            else:
                self._ready = socket
                clock = self._desk.scheduler or socket.scheduler
                unheard = self._jobs.later(lambda: self._not_sent(NotSent("its executions would not be heard yet")))
                self._waiting.disposable = clock.schedule_relative(self._desk.timeout, unheard)
        elif socket != self._socket:
            was_linked, self._socket = self._socket is not None, socket
            if socket is not None:
                self._clock = self._desk.scheduler or socket.scheduler
            if was_linked:
                self._can_be_asked = False
                self._emit(self._machine.lose(ConnectionClosed(None, "what becomes of the order is not heard")))

    def _on_sockets_end(self, error: Exception | None) -> None:
        # A source of one socket completes at once; then the messages tell of the end.
        if (self._sent_at is None and self._ready is None) or error is not None:
            self._on_end(error)

    def _on_end(self, error: Exception | None) -> None:
        if self._sent_at is None:
            self._not_sent(error or no_socket(_LABEL))
            return
        self._can_be_asked = False
        self._emit(self._machine.lose(error or ConnectionClosed(None, "the connection has ended")))
        self._guard.on_completed()

    def _on_message(self, message: Json) -> None:
        if self._sent_at is None or self._is_answered:
            return
        update = self._desk.dialect.answer(message, self._id)
        if update is not None:
            self._on_answer(update)

    def _on_answer(self, update: OrderUpdate) -> None:
        self._is_answered = True
        if self._is_trial and update.stage in {Stage.PENDING, Stage.OPEN}:
            update = evolve(update, stage=Stage.VALIDATED, order_id=None)
        self._emit(self._machine.answer(update))

    def _on_answers_end(self, error: Exception | None) -> None:
        if error is not None:
            self._on_answer(outcome_of(error))
        elif not self._is_answered:
            self._on_answer(outcome_of(AnswerLost(_LABEL, "there was none")))

    def _on_execution(self, item: object) -> None:
        if self._sent_at is None:
            self._is_heard = True
            if self._ready is not None:
                self._begin(self._ready)
            return
        if isinstance(item, OrderSnapshot):
            self._can_be_asked = True
            self._emit(self._machine.snapshot(item))
        elif isinstance(item, OrderUpdate):
            self._emit(self._machine.update(item))

    def _on_timeout(self) -> None:
        if self._machine.order.stage is Stage.SUBMITTED:
            self._emit(self._machine.lose(RequestTimeout(_LABEL, self._desk.timeout)))

    # Resolving

    def _follow_up(self) -> None:
        is_ending, clock = self._machine.is_ending, self._clock
        if is_ending != self._is_ending and clock is not None:
            self._is_ending = is_ending
            over = self._jobs.later(lambda: self._emit(self._machine.end()))
            self._ending.disposable = clock.schedule_relative(_EXECUTIONS_WAIT, over) if is_ending else None
        if clock is None or not self._guard.is_active:
            return
        has_to = self._can_be_asked and not is_ending and self._machine.order.stage is Stage.UNKNOWN
        if has_to != self._is_resolving:
            self._is_resolving = has_to
            self._resolving.disposable = self._resolve(clock) if has_to else None

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
        return self._clock is not None and (self._clock.now - self._sent_at).total_seconds() >= self._desk.settle

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
