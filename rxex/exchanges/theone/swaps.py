"""Swaps, told stage by stage.

Source: TheOne's documents on ``swap``, ``order_status`` and the channels ``orders:…``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Protocol, cast

import reactivex as rx
from attrs import evolve, frozen
from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.disposable import CompositeDisposable, Disposable, SerialDisposable

from rxex.clock import wall_ns
from rxex.errors import ConnectionClosed, InvalidArgument, MalformedMessage, NotSent, RxexError, TransientError
from rxex.events import MessageStream, Socket
from rxex.exchanges.theone import models
from rxex.exchanges.theone.channels import subscribe_order
from rxex.exchanges.theone.desk import Desk, Request
from rxex.exchanges.theone.models import OrderStatus, Swap, SwapStage
from rxex.exchanges.theone.operations import Sockets, operate, reading, require_desk
from rxex.exchanges.theone.parameters import SwapParameters, as_data, new_client_id
from rxex.exchanges.theone.refusals import is_uncertain
from rxex.exchanges.theone.swap_machine import SwapMachine, is_before
from rxex.fanout import Guard
from rxex.operators import exponential
from rxex.operators._answers import check_timeout
from rxex.orders._jobs import Jobs
from rxex.orders.calls import no_socket, wait_for_socket
from rxex.typing import Json

__all__ = ["DoSwap", "SwapQuery", "do_swap_factory"]

_log = logging.getLogger(__name__)
_LABEL = "swap"
_SLOWEST_QUERY = 30.0

SwapQuery = Callable[[Swap], Observable[OrderStatus]]
"""Asks the exchange what became of a swap, by its order id or its client id: gives what it tells, or completes without
an item where the exchange has surely no such order."""


class DoSwap(Protocol):
    """What `do_swap_factory` makes."""

    def __call__(
        self,
        amount_in: Decimal | int | str,
        asset_in: str,
        asset_out: str,
        *,
        slippage_bps: int | None = None,
        network: str | None = None,
        account: str | None = None,
        filter: Sequence[str] | None = None,  # noqa: A002 - the exchange's word
        client_id: str | None = None,
        until: SwapStage | None = None,
    ) -> Observable[Swap]: ...


@frozen(eq=False)
class _Ways:
    """What all swaps of one factory share."""

    sockets: Sockets
    messages: Observable[Json]
    desk: Desk
    query: SwapQuery
    timeout: float
    settle: float
    patience: float
    check: float
    scheduler: abc.SchedulerBase | None


def do_swap_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    query: SwapQuery | None = None,
    timeout: float = 10.0,
    settle: float = 60.0,
    patience: float = 120.0,
    check: float = 60.0,
    scheduler: abc.SchedulerBase | None = None,
) -> DoSwap:
    """Make ``do_swap(amount_in, asset_in, asset_out, …, until=None)``, which swaps.

    Its options are ``slippage_bps`` (0 to 10,000), ``network``, ``account``, ``filter`` (providers to choose from),
    ``client_id`` (None: a new one for each subscription) and ``until`` (a stage to complete at).

    It gives a cold stream: each subscription swaps once at most, and nothing is ever sent again; a client id is taken
    once on a connection, unless nothing came of it. It emits the `Swap` at each stage: submitting (with the client id,
    before a byte has left), submitted, pending, processing, then filled, failed or canceled; or rejected, or not sent.
    It asks for the order's channel by itself, and completes at a final stage. There is no ``on_error``: what goes wrong
    is a stage, with its ``reason`` and ``error``. Disposing it does not cancel the swap; before it has been sent, it
    keeps it from being sent.

    As replies have no ids, a swap is alone on its socket until it is answered: it waits for other operations, and they
    wait for it.

    After a break, or without an answer, the swap is unknown until ``query`` has told what has become of it, by its
    order id where it is known, else by the client id; then its stages go on. Where nothing can be learned it completes
    as unknown.

    Args:
        sockets: the connection's, from ``connected_socket()``. A swap that finds none within a second is not sent.
        messages: the connection's, from ``keep_messages_only()``.
        query: asks what has become of a swap; `swap_query` makes one of a REST client. None: ``order_status`` on this
            connection, of which no answer is believed that there is no such order.
        timeout: seconds for the answer, and before it for its turn; after them it is unknown, or not sent.
        settle: seconds after the sending from which ``query`` is believed that there is no such order.
        patience: seconds of open links within which a swap that is unknown has to be resolved.
        check: seconds of silence about a swap after which ``query`` is asked: the last word may have been lost.
        scheduler: runs the waits; default: the socket's, and `default_clock` before there is one.

    Emits on the socket's thread, and before it is sent on that of the subscriber. Raises `InvalidArgument` for values
    that cannot be right, before anything is sent.
    """
    for seconds in (timeout, settle, patience, check):
        check_timeout(seconds)
    desk = require_desk(messages)
    ask = query or _asks_here(sockets, desk, timeout, scheduler)
    ways = _Ways(sockets, messages, desk, ask, timeout, settle, patience, check, scheduler)

    def do_swap(
        amount_in: Decimal | int | str,
        asset_in: str,
        asset_out: str,
        *,
        slippage_bps: int | None = None,
        network: str | None = None,
        account: str | None = None,
        filter: Sequence[str] | None = None,  # noqa: A002 - the exchange's word
        client_id: str | None = None,
        until: SwapStage | None = None,
    ) -> Observable[Swap]:
        parameters = SwapParameters(
            amount_in,  # type: ignore[arg-type]  # converted
            asset_in,
            asset_out,
            network,
            account,
            filter,  # type: ignore[arg-type]  # converted
            slippage_bps=slippage_bps,
            client_id=client_id,
        )
        if until in {SwapStage.UNKNOWN, SwapStage.SUBMITTING}:
            raise InvalidArgument("until", until, "it has to be a stage that a swap reaches after it is sent")

        def subscribe(observer: abc.ObserverBase[Swap], _: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            return _Swapping(ways, evolve(parameters, client_id=client_id or new_client_id()), until, observer).start()

        return Observable(subscribe)

    return do_swap


def _asks_here(sockets: Sockets, desk: Desk, timeout: float, scheduler: abc.SchedulerBase | None) -> SwapQuery:
    """Ask on the connection itself. A no is not believed: that it looks for client ids, too, is in no document."""

    def query(swap: Swap) -> Observable[OrderStatus]:
        def read(data: Any, received: int) -> OrderStatus:
            status = models.read_status(data, received)
            if swap.order_id is None and status.client_id not in {None, swap.client_id}:
                raise MalformedMessage("the answer is about another order")
            return status

        wanted = swap.order_id or swap.client_id
        return operate(
            sockets, desk, "order_status", lambda: {"id": wanted}, read, timeout=timeout, scheduler=scheduler
        )

    return query


class _Swapping:
    """One subscription: one swap. What happens comes as jobs, from any thread."""

    def __init__(
        self, ways: _Ways, parameters: SwapParameters, until: SwapStage | None, observer: abc.ObserverBase[Swap]
    ) -> None:
        self._ways = ways
        self._parameters = parameters
        self._until = until
        self._subscriptions = CompositeDisposable()
        self._waiting, self._resolving, self._quiet, self._following = (SerialDisposable() for _ in range(4))
        for each in (self._waiting, self._resolving, self._quiet, self._following):
            self._subscriptions.add(each)
        self._guard: Guard[Swap] = Guard(observer, self._leave)
        client_id = parameters.client_id or ""
        self._machine = SwapMachine(Swap(client_id, parameters.asset_in, parameters.asset_out, parameters.amount))
        self._socket: Socket | None = None
        self._clock: abc.SchedulerBase | None = ways.scheduler
        self._request: Request | None = None
        self._asked_on: Socket | None = None
        self._sent_at: Any = None
        self._patience = ways.patience
        self._is_resolving = False
        self._is_checked = False
        self._owns_id = False
        # What raises in a job is of the user's query; the swap goes on all the same.
        self._jobs = Jobs(lambda: self._guard.is_active, f"{_LABEL} {client_id}")

    def start(self) -> abc.DisposableBase:
        swap = self._machine.swap
        self._owns_id = self._ways.desk.reserve(swap.client_id)
        self._jobs.do(lambda: self._guard.on_next(swap))
        if not self._owns_id:
            error = NotSent(f"a swap with the client id {swap.client_id} was asked for already on this connection")
            self._jobs.do(lambda: self._emit(self._machine.not_sent(error)))
            return self._guard
        self._waiting.disposable = wait_for_socket(
            cast("Observable[Any]", self._ways.sockets), self._jobs.later(self._no_socket), self._ways.scheduler
        )
        self._listen(self._ways.sockets, self._on_socket, self._on_end)
        answers = self._ways.messages
        if isinstance(answers, MessageStream):
            self._listen(answers.keyed(None), self._on_answer, lambda _: None)
        return self._guard

    def _listen(
        self, source: Observable[Any], take: Callable[[Any], None], end: Callable[[Exception | None], None]
    ) -> None:
        if self._guard.is_active:
            self._subscriptions.add(
                source.subscribe(
                    lambda item: self._jobs.do(lambda: take(item)),
                    lambda error: self._jobs.do(lambda: end(error)),
                    self._jobs.later(lambda: end(None)),
                )
            )

    def _emit(self, swap: Swap | None) -> None:
        if swap is not None:
            self._guard.on_next(swap)
            if swap.stage.is_final or self._is_enough(swap.stage):
                self._guard.on_completed()
                return
        self._follow_up()
        if swap is not None:
            self._watch()

    def _is_enough(self, stage: SwapStage) -> bool:
        return self._until is not None and stage is not SwapStage.UNKNOWN and not is_before(stage, self._until)

    def _leave(self, _: Guard[Swap]) -> None:
        self._subscriptions.dispose()
        request, socket = self._request, self._asked_on
        is_back = request is None or (socket is not None and self._ways.desk.withdraw(socket, request))
        nothing_came = self._machine.swap.stage in {SwapStage.NOT_SENT, SwapStage.REJECTED}
        if self._owns_id and (nothing_came or is_back):
            self._owns_id = False
            self._ways.desk.give_back(self._machine.swap.client_id)

    # Sending

    def _no_socket(self) -> None:
        self._emit(self._machine.not_sent(no_socket(_LABEL)))

    def _begin(self, socket: Socket) -> None:
        self._waiting.dispose()
        self._socket = self._asked_on = socket
        self._clock = self._ways.scheduler or socket.scheduler
        self._request = Request(
            _LABEL,
            lambda: as_data(self._parameters),
            self._ways.timeout,
            lambda message: self._jobs.do(lambda: self._on_reply(message)),
            lambda error: self._jobs.do(lambda: self._emit(self._machine.not_sent(error))),
            lambda error: self._jobs.do(lambda: self._on_lost(error)),
            self._jobs.later(self._on_sent),
            alone=True,
        )
        self._ways.desk.ask(socket, self._request)

    def _on_sent(self) -> None:
        if self._sent_at is None and self._clock is not None:
            self._sent_at = self._clock.now
        self._emit(self._machine.sent(wall_ns()))

    # What happens

    def _on_socket(self, socket: Socket | None) -> None:
        if self._request is None:
            if socket is None:
                self._no_socket()
            else:
                self._begin(socket)
        elif socket != self._socket:
            was_linked, self._socket = self._socket is not None, socket
            if socket is not None:
                self._clock = self._ways.scheduler or socket.scheduler
            lost = ConnectionClosed(None, "what becomes of the swap is not heard")
            self._emit(self._machine.lose(lost) if was_linked else None)

    def _on_end(self, error: Exception | None) -> None:
        if self._request is None:
            self._emit(self._machine.not_sent(error or no_socket(_LABEL)))
            return
        self._socket = None
        self._emit(self._machine.lose(error or ConnectionClosed(None, "the connection has ended")))
        self._guard.on_completed()

    def _on_lost(self, error: Exception) -> None:
        self._on_sent()
        self._emit(self._machine.lose(error))

    def _on_reply(self, message: dict[str, Any]) -> None:
        self._on_sent()
        try:
            status = reading(models.read_placed, _LABEL, message)
        except MalformedMessage as error:
            self._emit(self._machine.lose(error))
        except RxexError as error:
            uncertain = is_uncertain(str(message.get("error")))
            self._emit(self._machine.lose(error) if uncertain else self._machine.refuse(error))
        else:
            self._on_status(status)

    def _on_status(self, status: OrderStatus) -> None:
        if status.stage is None:
            _log.warning("swap %s: the exchange says %s", self._machine.swap.client_id, status.status)
        is_followed = self._machine.swap.order_id is not None
        self._emit(self._machine.update(status))
        order_id = self._machine.swap.order_id
        if order_id is not None and not is_followed and self._guard.is_active:
            self._follow(order_id)

    def _follow(self, order_id: str) -> None:
        """Listen to the order's own channel from now on, on each socket."""
        # Of all sockets: where the first has no room for one more channel, it goes over another.
        updates = self._ways.desk.sockets.pipe(subscribe_order(order_id, self._ways.messages))
        self._following.disposable = updates.subscribe(
            lambda status: self._jobs.do(lambda: self._on_status(status)),
            lambda error: _log.warning("the order %s is asked after only: %s", order_id, error),
        )

    def _on_answer(self, message: Json) -> None:
        # What happened before the channel was ours is told by nobody, so it is asked for.
        order_id = self._machine.swap.order_id
        if order_id is None or not isinstance(message, dict) or message.get("error"):
            return
        if message.get("op") == "subscribe" and message.get("ch") == f"orders:{order_id}" and not self._is_resolving:
            self._check()

    # Resolving

    def _follow_up(self) -> None:
        if not self._guard.is_active:
            return
        has_to = self._socket is not None and self._machine.swap.stage is SwapStage.UNKNOWN
        if has_to != self._is_resolving:
            self._is_resolving = has_to
            self._resolving.disposable = self._resolve() if has_to else None

    def _resolve(self) -> abc.DisposableBase | None:
        asking, clock = SerialDisposable(), self._clock
        if clock is None:
            return None
        delays = exponential(1.0, _SLOWEST_QUERY)

        def again() -> None:
            if not asking.is_disposed:
                later = self._jobs.later(lambda: self._ask(asking, again))
                asking.disposable = clock.schedule_relative(next(delays), later)

        began = clock.now
        end = clock.schedule_relative(self._patience, self._jobs.later(self._guard.on_completed))

        def pause() -> None:
            self._patience = max(0.0, self._patience - (clock.now - began).total_seconds())

        # As a job: where it is answered at once, what is told then would come before this has returned.
        self._jobs.do(lambda: self._ask(asking, again))
        return CompositeDisposable(asking, end, Disposable(pause))

    def _ask(self, asking: SerialDisposable, then: Callable[[], None]) -> None:
        """Ask what has become of the swap, once, and call ``then``."""

        def on_told(told: Sequence[OrderStatus]) -> None:
            for status in told:
                self._on_status(status)
            if not told and self._is_settled():
                self._emit(self._machine.absent())
            then()

        def on_error(error: Exception) -> None:
            level = logging.DEBUG if isinstance(error, TransientError) else logging.WARNING
            _log.log(level, "what became of swap %s is not told: %s", self._machine.swap.client_id, error)
            then()

        try:
            answer = self._ways.query(self._machine.swap)
        except Exception as error:
            answer = rx.throw(error)
        asking.disposable = answer.pipe(ops.to_list()).subscribe(
            lambda told: self._jobs.do(lambda: on_told(told)),
            lambda error: self._jobs.do(lambda: on_error(error)),
        )

    def _is_settled(self) -> bool:
        if self._clock is None or self._sent_at is None:
            return False
        return bool((self._clock.now - self._sent_at).total_seconds() >= self._ways.settle)

    # Silence

    def _watch(self) -> None:
        """Nobody says that the last word about a swap was lost; where it is quiet, it is asked for."""
        if self._clock is None or not self._guard.is_active or self._machine.swap.order_id is None:
            return
        wait = self._ways.check if self._is_checked else min(self._ways.timeout, self._ways.check)
        self._quiet.disposable = self._clock.schedule_relative(wait, self._jobs.later(self._check))

    def _check(self) -> None:
        self._is_checked = True
        if self._socket is not None and self._machine.swap.stage is not SwapStage.UNKNOWN:
            asking = SerialDisposable()
            self._quiet.disposable = asking
            self._ask(asking, self._watch)
        else:
            self._watch()
