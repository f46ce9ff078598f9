"""Requests about orders as functions, on the authenticated sockets.

Sources: Bitfinex's pages "New Order", "Update Order", "Cancel Order", "Cancel Order Multi" and "Order Multi-OP" of the
WebSocket inputs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import reactivex as rx
from attrs import evolve
from reactivex import Observable, abc

from rxex.events import Socket
from rxex.exchanges.bitfinex.notifications import Notification, notifications_of
from rxex.exchanges.bitfinex.orders import answers, wire
from rxex.exchanges.bitfinex.orders.answers import Sockets, ask
from rxex.exchanges.bitfinex.orders.desk import Asked, Desk, desk_of, ids_of
from rxex.exchanges.bitfinex.orders.requests import (
    AddOrder,
    BatchAdd,
    BatchCancel,
    CancelOrder,
    EditOrder,
    MultiRequest,
    check_operations,
)
from rxex.exchanges.bitfinex.private import executions_of
from rxex.models import Order, OrderSnapshot, OrderUpdate
from rxex.orders import AddOrder as AddOrderCall
from rxex.orders import OrderDialect, Query, ResumeOrder, place_order_factory
from rxex.orders import resume_order_factory as resume
from rxex.typing import Json

__all__ = [
    "add_order_factory",
    "amend_order_factory",
    "batch_add_factory",
    "batch_cancel_factory",
    "cancel_all_factory",
    "cancel_order_factory",
    "edit_order_factory",
    "multi_factory",
    "resume_order_factory",
]


def add_order_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    executions: Observable[OrderUpdate | OrderSnapshot] | None = None,
    query: Query | None = None,
    fees: bool = True,
    timeout: float = 5.0,
    settle: float = 60.0,
    patience: float = 120.0,
    check: float = 60.0,
    scheduler: abc.SchedulerBase | None = None,
) -> AddOrderCall[AddOrder]:
    """Make ``add_order(request, until=None)``, which places an `AddOrder` and emits each of its stages.

    Pending is what Bitfinex has taken for processing; it can still refuse it then, for its balance or as one that would
    take, which is told as rejected. An order is sent once the account's open orders are told on the socket; it is not
    sent where the key may not, or in maintenance. Executions are told at once, and their fees when Bitfinex tells them.
    See `rxex.orders.place_order_factory` for what it promises, and for the thread.

    Bitfinex takes the same client id again, and has two orders then; nothing here is ever sent twice, and one whose
    client id an open order has is not sent.

    Args:
        sockets: those of ``private_socket()``.
        messages: the connection's, from ``keep_messages_only()``.
        executions: what is told of our orders; None: `subscribe_executions`. On a connection these are shared with all
            that ask for them. With others an order does not wait for the first item.
        query: asks (over REST) what has become of an order that has left the open ones unheard; see `order_query`.
        fees: whether an end waits for the fees of its executions, for a second; then ``query`` is asked for them, once.
        timeout: seconds for the answer, after which the order is unknown.
        settle: seconds after the sending from which ``query`` is believed that there is no such order.
        patience: seconds of an open link within which an unknown order has to be resolved.
        check: seconds of silence about a live order after which ``query`` is asked about it.
        scheduler: runs the waits; default: the socket's.
    """
    desk = desk_of(messages)

    def draft(request: AddOrder) -> Order:
        return Order(
            request.client_id or desk.new_client_id(),
            request.symbol,
            request.side,
            request.order_type,
            request.quantity,
            request.limit_price,
        )

    def make(order: Order, request: AddOrder, _: int, socket: Socket) -> Json:
        desk.check(socket, "add_order", "orders")
        desk.check_new(socket, "add_order", order.client_id)
        desk.note(order.client_id)
        return [0, "on", None, wire.add(_with_named_stop(desk, request), order.client_id)]

    return place_order_factory(
        sockets,
        notifications_of(messages),
        executions_of(sockets, messages) if executions is None else executions,
        OrderDialect(draft, make, answer_to=answers.order_answer),
        hears_first=executions is None,
        awaits_fees=fees,
        timeout=timeout,
        query=query,
        settle=settle,
        patience=patience,
        check=check,
        scheduler=scheduler,
    )


def _with_named_stop(desk: Desk, request: AddOrder) -> AddOrder:
    """Give the stop beside an order an id of its own, so that the two are never taken for each other."""
    if request.oco_stop_price is None or request.oco_client_id is not None:
        return request
    return evolve(request, oco_client_id=desk.new_client_id())


def resume_order_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    executions: Observable[OrderUpdate | OrderSnapshot] | None = None,
    query: Query | None = None,
    fees: bool = True,
    settle: float = 60.0,
    patience: float = 120.0,
    check: float = 60.0,
    scheduler: abc.SchedulerBase | None = None,
) -> ResumeOrder:
    """Make ``resume_order(client_id, until=None)``, which goes on telling the stages of an order placed before.

    Of one that an earlier process placed, or of one of a `BatchAdd`. See `rxex.orders.resume_order_factory` for what it
    promises and for the thread; arguments as of `add_order_factory`. Without ``query`` only open orders are found.
    """
    told = executions_of(sockets, messages) if executions is None else executions
    return resume(
        sockets,
        told,
        query=query,
        awaits_fees=fees,
        settle=settle,
        patience=patience,
        check=check,
        scheduler=scheduler,
    )


def edit_order_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[EditOrder], Observable[answers.Edited]]:
    """Make ``edit_order(request)``, which changes an open order; it keeps its id.

    Cold; sends once, emits one `Edited` and completes. What the change leads to, the order's own stream tells. What is
    needed of the order and not in the request (its side, its type) is known for open orders. See `rxex.orders.call` for
    errors and thread; arguments as of `add_order_factory`.
    """

    def edit_order(request: EditOrder) -> Observable[answers.Edited]:
        def make(desk: Desk, socket: Socket, asked: Asked) -> Any:
            return _name(asked, request, wire.edit(request, _known(desk, socket, request)))

        def read(notification: Notification) -> answers.Edited:
            return answers.Edited(*_ids(notification, request), raw=notification.raw)

        return ask("edit_order", "ou", sockets, messages, make=make, read=read, timeout=timeout, scheduler=scheduler)

    return edit_order


amend_order_factory = edit_order_factory
"""Bitfinex has one way to change an order."""


def cancel_order_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[CancelOrder], Observable[answers.Canceled]]:
    """Make ``cancel_order(request)``, which asks for an order to be canceled.

    Cold; sends once, emits one `Canceled` and completes; the order's own stream tells whether it was canceled or filled
    before. See `rxex.orders.call` for errors and thread; arguments as of `add_order_factory`.
    """

    def cancel_order(request: CancelOrder) -> Observable[answers.Canceled]:
        def make(desk: Desk, socket: Socket, asked: Asked) -> Any:
            return _name(asked, request, wire.cancel(request, _known(desk, socket, request)))

        def read(notification: Notification) -> answers.Canceled:
            return answers.Canceled(*_ids(notification, request), raw=notification.raw)

        return ask("cancel_order", "oc", sockets, messages, make=make, read=read, timeout=timeout, scheduler=scheduler)

    return cancel_order


def _known(desk: Desk, socket: Socket, request: EditOrder | CancelOrder) -> wire.Known:
    known = desk.find(socket, request.order_id, request.client_id)
    return known if request.date is None else evolve(known, day=request.date)


def _name(asked: Asked, request: EditOrder | CancelOrder, payload: dict[str, Any]) -> dict[str, Any]:
    asked.order_id, asked.client_id = answers.identity(payload)
    asked.client_id = asked.client_id or request.client_id
    return payload


def _ids(notification: Notification, request: EditOrder | CancelOrder) -> tuple[str | None, str | None]:
    order_id, client_id = ids_of(notification.info)
    return order_id or request.order_id, client_id or request.client_id


def cancel_all_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[], Observable[answers.CanceledAll]]:
    """Make ``cancel_all()``, which cancels all orders of the account, those of derivatives too.

    Cold; sends once, emits one `CanceledAll` and completes. See `rxex.orders.call` for errors and thread; arguments as
    of `add_order_factory`.
    """

    def make(_: Desk, __: Socket, ___: Asked) -> Any:
        return {"all": 1}

    def read(notification: Notification) -> answers.CanceledAll:
        return answers.CanceledAll(answers.counted(notification.info), notification.raw)

    return lambda: ask(
        "cancel_all", "oc_multi", sockets, messages, make=make, read=read, timeout=timeout, scheduler=scheduler
    )


def batch_cancel_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[BatchCancel], Observable[answers.BatchCanceled]]:
    """Make ``batch_cancel(request)``, which cancels several orders at once.

    Cold; sends once, emits one `BatchCanceled` and completes. See `rxex.orders.call` for errors and thread; arguments
    as of `add_order_factory`.
    """

    def batch_cancel(request: BatchCancel) -> Observable[answers.BatchCanceled]:
        def make(desk: Desk, socket: Socket, _: Asked) -> Any:
            return wire.cancel_several(request, lambda *ids: desk.find(socket, *ids))

        def read(notification: Notification) -> answers.BatchCanceled:
            return answers.BatchCanceled(answers.counted(notification.info), notification.raw)

        return ask(
            "batch_cancel", "oc_multi", sockets, messages, make=make, read=read, timeout=timeout, scheduler=scheduler
        )

    return batch_cancel


def multi_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[Sequence[MultiRequest]], Observable[Notification]]:
    """Make ``multi(requests)``, which sends up to 15 new orders, changes and cancels in one message.

    Cold; sends once, emits the `Notification` that Bitfinex has taken them and completes. Each is carried out or not on
    its own: what becomes of them, `subscribe_notifications` and `subscribe_executions` tell. Give new orders their
    ``client_id``. See `rxex.orders.call` for errors and thread; arguments as of `add_order_factory`.
    """

    def multi(requests: Sequence[MultiRequest]) -> Observable[Notification]:
        check_operations(requests)

        def make(desk: Desk, socket: Socket, _: Asked) -> Any:
            return _operations(desk, socket, requests)

        return ask(
            "multi",
            "ox_multi",
            sockets,
            messages,
            make=make,
            read=lambda told: told,
            timeout=timeout,
            scheduler=scheduler,
        )

    return multi


def _operations(
    desk: Desk, socket: Socket, requests: Sequence[MultiRequest], client_ids: Sequence[str] | None = None
) -> list[Any]:
    requests = [_with_named_stop(desk, each) if isinstance(each, AddOrder) else each for each in requests]
    adds = [request for request in requests if isinstance(request, AddOrder)]
    ids = client_ids or [request.client_id or desk.new_client_id() for request in adds]
    for client_id in ids:
        desk.check_new(socket, "several orders", client_id)
        desk.note(client_id)
    return wire.operations(requests, lambda *named: desk.find(socket, *named), ids)


def batch_add_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[BatchAdd], Observable[tuple[answers.Placed, ...]]]:
    """Make ``batch_add(request)``, which places several orders at once.

    Cold; sends once, emits what has become of each and completes; each is taken or refused on its own. Their further
    stages are told by `subscribe_executions`, by their client ids. Where not all are heard of in time it ends with
    `RequestTimeout`. See `rxex.orders.call` for errors and thread; arguments as of `add_order_factory`.
    """
    shared = desk_of(messages)

    def batch_add(request: BatchAdd) -> Observable[tuple[answers.Placed, ...]]:
        def begin(_: object) -> Observable[tuple[answers.Placed, ...]]:
            client_ids = [order.client_id or shared.new_client_id() for order in request.orders]
            told: dict[str, answers.Placed] = {}

            def make(desk: Desk, socket: Socket, _: Asked) -> Any:
                return _operations(desk, socket, request.orders, client_ids)

            def read(notification: Notification) -> tuple[answers.Placed, ...] | None:
                told.update(answers.outcomes(notification, client_ids))
                return tuple(told[each] for each in client_ids) if len(told) == len(client_ids) else None

            return ask(
                "batch_add",
                "ox_multi",
                sockets,
                messages,
                make=make,
                read=read,
                reads_all=True,
                timeout=timeout,
                scheduler=scheduler,
            )

        return rx.defer(begin)

    return batch_add
