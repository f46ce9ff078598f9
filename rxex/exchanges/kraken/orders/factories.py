"""Requests about orders as functions, on the private sockets of either version."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from reactivex import Observable, abc

from rxex.errors import InvalidArgument, NotSent
from rxex.exchanges.kraken.orders import answers, wire_v1, wire_v2
from rxex.exchanges.kraken.orders.requests import (
    AddOrder,
    AmendOrder,
    BatchAdd,
    BatchCancel,
    CancelOrder,
    EditOrder,
    new_client_id,
)
from rxex.exchanges.kraken.private import executions_of, private_version_of
from rxex.models import Order, OrderSnapshot, OrderUpdate, Stage
from rxex.operators import PrivateSockets, TokenSocket
from rxex.orders import AddOrder as AddOrderCall
from rxex.orders import OrderDialect, Query, ResumeOrder, call, place_order_factory
from rxex.orders import resume_order_factory as resume
from rxex.orders.fields import Precision, check_digits
from rxex.typing import Json

__all__ = [
    "Precision",
    "add_order_factory",
    "amend_order_factory",
    "batch_add_factory",
    "batch_cancel_factory",
    "cancel_all_factory",
    "cancel_all_orders_after_factory",
    "cancel_order_factory",
    "edit_order_factory",
    "resume_order_factory",
]

R = TypeVar("R")
T = TypeVar("T")
Sockets = Observable[TokenSocket | None]
_EVENTS_V1 = {
    "add_order": "addOrder",
    "amend_order": "amendOrder",
    "edit_order": "editOrder",
    "cancel_order": "cancelOrder",
    "cancel_all": "cancelAll",
    "cancel_all_orders_after": "cancelAllOrdersAfter",
}
_LONGEST_SWITCH = 86_399


def _message(method: str, version: int, params: dict[str, Any], request_id: int, socket: TokenSocket) -> Json:
    token = socket.token.reveal()
    if version == 1:
        return wire_v1.message(_EVENTS_V1[method], params, request_id, token)
    return wire_v2.message(method, params, request_id, token)


def obstacle(method: str, status: str, *, post_only: bool = False) -> str:
    """Say why Kraken would not take a request in this state; empty where it would."""
    is_cancel = method.startswith(("cancel", "batch_cancel"))
    if status == "maintenance" or (status == "cancel_only" and not is_cancel):
        return f"Kraken is in {status} and would refuse {method}"
    if status == "post_only" and not is_cancel and not post_only:
        return f"Kraken is in post_only and would refuse {method} without post_only"
    return ""


def _check_digits(precision: Precision | None, request: AddOrder) -> None:
    digits = None if precision is None else precision(request.symbol)
    if digits is None:
        return
    static = {"limit_price": request.limit_price_type, "trigger_price": request.trigger_price_type}
    prices = {name: getattr(request, name) for name, kind in static.items() if kind == "static"}
    check_digits(request.symbol, digits[0], **prices)
    check_digits(request.symbol, digits[1], quantity=request.quantity)


def add_order_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    executions: Observable[OrderUpdate | OrderSnapshot] | None = None,
    query: Query | None = None,
    precision: Precision | None = None,
    timeout: float = 5.0,
    settle: float = 60.0,
    patience: float = 120.0,
    check: float = 60.0,
    version: int | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> AddOrderCall[AddOrder]:
    """Make ``add_order(request, until=None)``, which places an `AddOrder` and emits each of its stages.

    See `rxex.orders.place_order_factory` for what it promises, and for the thread.

    Args:
        sockets: those of ``private_socket``.
        messages: the connection's, from ``keep_messages_only()``.
        executions: what is told of our orders; None: `subscribe_executions`, on v1 `subscribe_open_orders` with
            `subscribe_own_trades`. On a connection these are shared with all that ask for them.
        query: asks (over REST) what has become of an order that has left the open ones unheard.
        precision: how many digits Kraken takes of a symbol; what has more is refused with `InvalidArgument`.
        timeout: seconds for the answer, after which the order is unknown.
        settle: seconds after the sending from which ``query`` is believed that there is no such order; Kraken's REST
            can be a minute behind.
        patience: seconds of an open link within which an unknown order has to be resolved.
        check: seconds of silence about a live order after which ``query`` is asked about it; each costs of the limit
            of REST.
        version: 1 or 2, for a stream of messages that is no connection's; None: the connection's.
        scheduler: runs the waits; default: the socket's.

    While Kraken does not trade (see `PrivateSockets.status`) an order that it would refuse is not sent.
    """
    version = private_version_of(messages, version)
    fields = wire_v1.add if version == 1 else wire_v2.add

    def draft(request: AddOrder) -> Order:
        return Order(
            request.client_id or new_client_id(),
            request.symbol,
            request.side,
            request.order_type,
            request.quantity,
            request.limit_price if request.limit_price_type == "static" else None,
        )

    def make(order: Order, request: AddOrder, request_id: int, socket: TokenSocket) -> Json:
        return _message("add_order", version, fields(request, order.client_id), request_id, socket)

    dialect = OrderDialect(
        draft,
        make,
        answers.order_answer,
        obstacle=lambda request, status: obstacle("add_order", status, post_only=request.post_only),
        is_trial=lambda request: request.validate,
    )
    place = place_order_factory(
        sockets,
        messages,
        executions_of(sockets, messages, version) if executions is None else executions,
        dialect,
        timeout=timeout,
        query=query,
        settle=settle,
        patience=patience,
        check=check,
        scheduler=scheduler,
    )

    def add_order(request: AddOrder, until: Stage | None = None) -> Observable[Order]:
        _check_digits(precision, request)
        fields(request, None)  # raises what this version does not have
        return place(request, until)

    return add_order


def resume_order_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    executions: Observable[OrderUpdate | OrderSnapshot] | None = None,
    query: Query | None = None,
    settle: float = 60.0,
    patience: float = 120.0,
    check: float = 60.0,
    version: int | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> ResumeOrder:
    """Make ``resume_order(client_id, until=None)``, which goes on telling the stages of an order placed before.

    Of one that an earlier process placed, or of one of a `BatchAdd`. The ids of all that are open are in the
    `OrderSnapshot` that `subscribe_executions` begins with. See `rxex.orders.resume_order_factory` for what it promises
    and for the thread; arguments as of `add_order_factory`. Without ``query`` only open orders are found.
    """
    told = executions_of(sockets, messages, private_version_of(messages, version)) if executions is None else executions
    return resume(sockets, told, query=query, settle=settle, patience=patience, check=check, scheduler=scheduler)


def _asker(
    method: str,
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float,
    version: int | None,
    scheduler: abc.SchedulerBase | None,
) -> Callable[[dict[str, Any], Callable[[dict[str, Any], Json], Any]], Observable[Any]]:
    """Make what all further requests have in common: the parameters in, what is read of the answer out."""
    spoken = private_version_of(messages, version)
    if spoken == 1 and method not in _EVENTS_V1:
        raise wire_v1.only_v2("request", method)

    def check() -> None:
        status = sockets.status if isinstance(sockets, PrivateSockets) else None
        reason = "" if status is None else obstacle(method, status.status, post_only=True)
        if reason:
            raise NotSent(reason)

    def ask(params: dict[str, Any], read: Callable[[dict[str, Any], Json], Any]) -> Observable[Any]:
        return call(
            sockets,
            messages,
            lambda socket, request_id: _message(method, spoken, params, request_id, socket),
            answers.reader(method, read),
            label=method,
            timeout=timeout,
            check=check,
            scheduler=scheduler,
        )

    return ask


def amend_order_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 5.0,
    version: int | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[AmendOrder], Observable[answers.Amended]]:
    """Make ``amend_order(request)``, which changes an open order in its place.

    Cold; sends once, emits one `Amended` and completes. What the change leads to, the order's own stream tells. Wait
    for it before the next change of the same order: Kraken takes unanswered ones in any order. See `rxex.orders.call`
    for errors and thread; arguments as of `add_order_factory`.
    """
    ask = _asker("amend_order", sockets, messages, timeout=timeout, version=version, scheduler=scheduler)
    fields = wire_v1.amend if private_version_of(messages, version) == 1 else wire_v2.amend
    return lambda request: ask(fields(request), answers.read_amended)


def edit_order_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 5.0,
    version: int | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[EditOrder], Observable[answers.Edited]]:
    """Make ``edit_order(request)``, which cancels an order and places another; `amend_order_factory` keeps it.

    Cold; sends once, emits one `Edited` and completes. The stream of the old order ends as canceled. See
    `rxex.orders.call` for errors and thread; arguments as of `add_order_factory`.
    """
    ask = _asker("edit_order", sockets, messages, timeout=timeout, version=version, scheduler=scheduler)
    fields = wire_v1.edit if private_version_of(messages, version) == 1 else wire_v2.edit
    return lambda request: ask(fields(request), answers.read_edited)


def cancel_order_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 5.0,
    version: int | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[CancelOrder], Observable[answers.Canceled]]:
    """Make ``cancel_order(request)``, which asks for an order to be canceled.

    Cold; sends once, emits one `Canceled` and completes; the order's own stream tells whether it was canceled or filled
    before. See `rxex.orders.call` for errors and thread; arguments as of `add_order_factory`.
    """
    ask = _asker("cancel_order", sockets, messages, timeout=timeout, version=version, scheduler=scheduler)
    fields = wire_v1.cancel if private_version_of(messages, version) == 1 else wire_v2.cancel
    return lambda request: ask(fields(request), answers.read_canceled)


def cancel_all_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 5.0,
    version: int | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[], Observable[answers.CanceledAll]]:
    """Make ``cancel_all()``, which cancels all orders of the account.

    Cold; sends once, emits one `CanceledAll` and completes. See `rxex.orders.call` for errors and thread; arguments as
    of `add_order_factory`.
    """
    ask = _asker("cancel_all", sockets, messages, timeout=timeout, version=version, scheduler=scheduler)
    return lambda: ask({}, answers.read_canceled_all)


def cancel_all_orders_after_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 5.0,
    version: int | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[int], Observable[answers.SwitchSet]]:
    """Make ``cancel_all_orders_after(seconds)``, the dead man's switch: without a next call Kraken cancels all orders.

    ``seconds`` is 0 (off) to 86,399; it concerns the whole account. Cold; sends once, emits one `SwitchSet` and
    completes. `dead_mans_switch` keeps calling it. See `rxex.orders.call` for errors and thread; arguments as of
    `add_order_factory`.
    """
    ask = _asker("cancel_all_orders_after", sockets, messages, timeout=timeout, version=version, scheduler=scheduler)

    def cancel_all_orders_after(seconds: int) -> Observable[answers.SwitchSet]:
        given: object = seconds
        if type(given) is not int or not 0 <= seconds <= _LONGEST_SWITCH:
            raise InvalidArgument("seconds", seconds, f"give whole seconds, 0 to {_LONGEST_SWITCH}")
        return ask({"timeout": seconds}, answers.read_switch)

    return cancel_all_orders_after


def batch_add_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    precision: Precision | None = None,
    timeout: float = 5.0,
    version: int | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[BatchAdd], Observable[tuple[answers.Placed, ...]]]:
    """Make ``batch_add(request)``, which places several orders at once (v2).

    Cold; sends once, emits what has become of each and completes; each is taken or refused on its own. Their further
    stages are told by `subscribe_executions`, by the client ids that the `BatchAdd` has from the start. See
    `rxex.orders.call` for errors and thread; arguments as of `add_order_factory`.
    """
    ask = _asker("batch_add", sockets, messages, timeout=timeout, version=version, scheduler=scheduler)

    def batch_add(request: BatchAdd) -> Observable[tuple[answers.Placed, ...]]:
        for order in request.orders:
            _check_digits(precision, order)
        client_ids = [order.client_id or "" for order in request.orders]
        return ask(wire_v2.batch_add(request), answers.read_batch_add(client_ids))

    return batch_add


def batch_cancel_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 5.0,
    version: int | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[BatchCancel], Observable[answers.BatchCanceled]]:
    """Make ``batch_cancel(request)``, which cancels several orders at once (v2).

    Cold; sends once, emits one `BatchCanceled` and completes. See `rxex.orders.call` for errors and thread; arguments
    as of `add_order_factory`.
    """
    ask = _asker("batch_cancel", sockets, messages, timeout=timeout, version=version, scheduler=scheduler)
    return lambda request: ask(wire_v2.batch_cancel(request), answers.read_batch_canceled)
