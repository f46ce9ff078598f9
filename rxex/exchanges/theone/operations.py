"""What is asked of TheOne over the WebSocket, and its answers: balances, estimates, the state of an order.

Source: TheOne's documents on its WebSocket.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Protocol, TypeVar, cast

import msgspec
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable, SerialDisposable, SingleAssignmentDisposable

from rxex.clock import wall_ns
from rxex.errors import InvalidArgument, MalformedMessage, RxexError
from rxex.events import Socket
from rxex.exchanges.theone import models
from rxex.exchanges.theone.desk import Desk, Request, desk_of
from rxex.exchanges.theone.models import Estimate, OrderStatus
from rxex.exchanges.theone.parameters import EstimateParameters, as_data, check_order_id
from rxex.exchanges.theone.refusals import error_of_text
from rxex.fanout import Guard
from rxex.models import Balance
from rxex.operators._answers import check_timeout
from rxex.orders.calls import no_socket, wait_for_socket
from rxex.typing import Json

__all__ = [
    "EstimateSwap",
    "Sockets",
    "estimate_swap_factory",
    "get_balances_factory",
    "get_order_status_factory",
    "operate",
    "reading",
    "require_desk",
]

T = TypeVar("T")
Sockets = Observable[Socket | None]
"""The open socket and None once it has gone, as ``connected_socket()`` gives them."""


class EstimateSwap(Protocol):
    """What `estimate_swap_factory` makes."""

    def __call__(
        self,
        amount_in: Decimal | int | str,
        asset_in: str,
        asset_out: str,
        *,
        network: str | None = None,
        account: str | None = None,
        filter: Sequence[str] | None = None,  # noqa: A002 - the exchange's word
    ) -> Observable[Estimate]: ...


def require_desk(messages: Observable[Json]) -> Desk:
    """Give the desk of a connection; raises `InvalidArgument` for messages of anything else."""
    desk = desk_of(messages)
    if desk is None:
        raise InvalidArgument(
            "messages", messages, "give those of keep_messages_only() on a connection to this exchange"
        )
    return desk


def reading(read: Callable[[Any, int], T], op: str, message: dict[str, Any]) -> T:
    """Read the reply to an operation; raises what the exchange says instead, `MalformedMessage` for nonsense."""
    error = message.get("error")
    if error:
        raise error_of_text(op, str(error), message)
    try:
        return read(message.get("data"), wall_ns())
    except RxexError:
        raise
    except (msgspec.ValidationError, LookupError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        raise MalformedMessage(f"the answer to {op} cannot be read ({type(error).__name__})") from error


def operate(
    sockets: Sockets,
    desk: Desk,
    op: str,
    data: Callable[[], dict[str, Any]],
    read: Callable[[Any, int], T],
    *,
    timeout: float,
    scheduler: abc.SchedulerBase | None = None,
) -> Observable[T]:
    """Send one operation, give its reply, and complete; each subscription sends once or not at all.

    Ends with `NotSent` where nothing has left, with `RequestTimeout` or `ConnectionClosed` where no answer came, and
    with what the exchange says instead. Emits on the socket's thread, `NotSent` before there is one on the clock's.
    """
    check_timeout(timeout)

    def subscribe(observer: abc.ObserverBase[T], on: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        decision = threading.Lock()  # held for good by who decides first: to send, or that it is too late
        ending = threading.Lock()
        listening, timer, asked = SingleAssignmentDisposable(), SerialDisposable(), SerialDisposable()
        everything = CompositeDisposable(listening, timer, asked)
        guard: Guard[T] = Guard(observer, lambda _: everything.dispose())

        def fail(error: Exception) -> None:
            if ending.acquire(blocking=False):
                guard.on_error(error)

        def answered(message: dict[str, Any]) -> None:
            try:
                answer = reading(read, op, message)
            except Exception as error:
                fail(error)
                return
            if ending.acquire(blocking=False):
                guard.on_next(answer)
                guard.on_completed()

        def ask_on(socket: Socket) -> None:
            request = Request(op, data, timeout, answered, fail, fail)
            asked.disposable = Disposable(lambda: _ignore(desk.withdraw(socket, request)))
            desk.ask(socket, request)

        def on_socket(socket: Socket | None) -> None:
            if decision.acquire(blocking=False):
                timer.dispose()
                if socket is None:
                    fail(no_socket(op))
                else:
                    ask_on(socket)

        def give_up() -> None:
            if decision.acquire(blocking=False):
                fail(no_socket(op))

        def on_completed() -> None:
            give_up()

        timer.disposable = wait_for_socket(cast("Observable[Any]", sockets), give_up, scheduler)
        listening.disposable = sockets.subscribe(on_socket, fail, on_completed, scheduler=on)
        return guard

    return Observable(subscribe)


def _ignore(_: object) -> None:
    pass


def get_balances_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 10.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[], Observable[tuple[Balance, ...]]]:
    """Make ``get_balances()``, which asks for what we have.

    Cold; sends once, emits one tuple and completes. One request of a kind is under way at a time on a socket, the next
    waits for its turn.

    Args:
        sockets: the connection's, from ``connected_socket()``.
        messages: the connection's, from ``keep_messages_only()``.
        timeout: seconds for the answer, and before it for the turn.
        scheduler: runs the wait for a socket (a second); default: `default_clock`.

    A call ends with `NotSent` where nothing has left, with `RequestTimeout` or `ConnectionClosed` where no answer came,
    with `BrokerRefused`, `AuthRefused` or `ClockSkew` where the exchange says no. Without an answer in time the socket
    is dropped, as a late one could be taken for that to the next request. Emits on the socket's thread.
    """
    desk = require_desk(messages)
    return lambda: operate(sockets, desk, "balances", dict, models.read_balances, timeout=timeout, scheduler=scheduler)


def estimate_swap_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 10.0,
    scheduler: abc.SchedulerBase | None = None,
) -> EstimateSwap:
    """Make ``estimate_swap(amount_in, asset_in, asset_out, …)``, which asks what a swap would give.

    Its options are ``network``, ``account`` and ``filter`` (providers to choose from). Cold; sends once, emits one
    `Estimate` and completes. Arguments and errors as of `get_balances_factory`; raises `InvalidArgument` for an amount
    that is not above 0, or a float, and for what cannot be an asset.
    """
    desk = require_desk(messages)

    def estimate_swap(
        amount_in: Decimal | int | str,
        asset_in: str,
        asset_out: str,
        *,
        network: str | None = None,
        account: str | None = None,
        filter: Sequence[str] | None = None,  # noqa: A002 - the exchange's word
    ) -> Observable[Estimate]:
        parameters = EstimateParameters(amount_in, asset_in, asset_out, network, account, filter)  # type: ignore[arg-type]

        def read(data: Any, received: int) -> Estimate:
            return models.read_estimate(data, received, asset_in, asset_out, parameters.amount)

        return operate(
            sockets, desk, "estimate", lambda: as_data(parameters), read, timeout=timeout, scheduler=scheduler
        )

    return estimate_swap


def get_order_status_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 10.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[str], Observable[OrderStatus]]:
    """Make ``get_order_status(order_id)``, which asks how an order stands.

    Cold; sends once, emits one `OrderStatus` and completes. Arguments and errors as of `get_balances_factory`.
    """
    desk = require_desk(messages)

    def get_order_status(order_id: str) -> Observable[OrderStatus]:
        name = check_order_id(order_id)
        return operate(
            sockets,
            desk,
            "order_status",
            lambda: {"id": name},
            models.read_status,
            timeout=timeout,
            scheduler=scheduler,
        )

    return get_order_status
