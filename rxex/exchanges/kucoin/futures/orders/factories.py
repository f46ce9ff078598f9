"""Requests about futures orders as functions, by REST or through the order gateway.

Sources: KuCoin's pages "Cancel Order By OrderId", "Cancel Order By ClientOid", "Cancel All Orders - V3", "Batch Add
Orders", "Batch Cancel Orders", "Add Order" and "Cancel All Stop Orders".
"""

from __future__ import annotations

from collections.abc import Callable

import reactivex as rx
from reactivex import Observable, abc
from reactivex import operators as ops

from rxex.exchanges.kucoin.futures.orders import wire
from rxex.exchanges.kucoin.futures.orders.requests import AddStopOrder, BatchAdd, BatchCancel, CancelOrder
from rxex.exchanges.kucoin.gateway.requests import OrderGateway
from rxex.exchanges.kucoin.lookup import needed_rest
from rxex.exchanges.kucoin.orders.answers import Canceled, CanceledAll, Placed, StopPlaced
from rxex.exchanges.kucoin.orders.factories import in_time, placed_rows
from rxex.exchanges.kucoin.orders.placed import placed_of
from rxex.exchanges.kucoin.orders.placing import Sockets, check_precision, draft
from rxex.exchanges.kucoin.orders.ways import data_of
from rxex.exchanges.kucoin.rest import KucoinRest
from rxex.exchanges.kucoin.rest.models import futures as models
from rxex.exchanges.kucoin.rest.models.orders import CanceledIds
from rxex.exchanges.kucoin.rest.models.orders import Placed as PlacedInfo
from rxex.exchanges.kucoin.rest.parameters.futures import BatchOrder
from rxex.operators._answers import check_timeout
from rxex.orders import OrderRefused, Refusal
from rxex.orders.fields import Precision, refuse
from rxex.typing import Json

__all__ = [
    "add_stop_order_factory",
    "batch_add_factory",
    "batch_cancel_factory",
    "cancel_all_factory",
    "cancel_order_factory",
    "cancel_stop_orders_factory",
]

# The sockets are not used: requests go over REST, or through the gateway. They are there because a program that trades
# on another exchange gives them.


def cancel_order_factory(
    sockets: Sockets,  # noqa: ARG001
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    gateway: OrderGateway | None = None,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[CancelOrder], Observable[Canceled]]:
    """Make ``cancel_order(request)``, which asks for a futures order to be canceled, one that waits for a price, too.

    Cold; sends once, emits one `Canceled` and completes; the order's own stream tells whether it was canceled or filled
    before. That there is no such open order is no error: see `Canceled.is_over`.

    Args:
        sockets: as of `add_order_factory`.
        messages: the connection's, from ``keep_messages_only()``.
        rest: a client with the key; None: the connection's.
        gateway: an `order_gateway`, to go through instead.
        timeout: seconds for the answer.
        scheduler: runs the time-out; default: `default_clock`.

    Ends with `OrderRefused`, with `NotSent` where nothing has left, with `RequestTimeout`, `AnswerLost` or
    `ConnectionClosed` where it may have taken effect all the same. Emits on the thread that answers. Raises
    `InvalidArgument` for a client id whose contract is not known.
    """
    check_timeout(timeout)
    client, placed = needed_rest(messages, rest), placed_of(messages)

    def ask(request: CancelOrder) -> Observable[object]:
        if request.order_id is not None:
            by_id = {"order_id": request.order_id}
            return data_of(client.futures_cancel_order(**by_id)) if gateway is None else gateway.futures_cancel(by_id)
        known = placed.find(None, request.client_id)
        symbol = request.symbol or (None if known is None else known.symbol)
        if symbol is None:
            raise refuse("symbol", None, "name it, as in 'XBTUSDTM': the order was not placed on this connection")
        params = {"client_oid": request.client_id or "", "symbol": symbol}
        if gateway is not None:
            return gateway.futures_cancel(params)
        return data_of(client.futures_cancel_order_by_client_oid(**params))

    def cancel_order(request: CancelOrder) -> Observable[Canceled]:
        def told(answer: object) -> Canceled:
            ids = answer.order_ids if isinstance(answer, CanceledIds) else ()
            return Canceled(next(iter(ids), request.order_id), request.client_id)

        def missing(error: Exception, _: Observable[Canceled]) -> Observable[Canceled]:
            if isinstance(error, OrderRefused) and error.kind is Refusal.UNKNOWN_ORDER:
                return rx.of(Canceled(request.order_id, request.client_id, is_over=True, raw=error.raw))
            return rx.throw(error)

        return in_time(ask(request), "cancel_order", timeout, scheduler).pipe(ops.map(told), ops.catch(missing))

    return cancel_order


def cancel_all_factory(
    sockets: Sockets,  # noqa: ARG001
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[str], Observable[CanceledAll]]:
    """Make ``cancel_all(symbol)``, which cancels all open orders in a contract.

    Cold; sends once, emits one `CanceledAll` and completes; errors, thread and arguments as of `cancel_order_factory`.
    """
    check_timeout(timeout)
    client = needed_rest(messages, rest)

    def cancel_all(symbol: str) -> Observable[CanceledAll]:
        answer = data_of(client.futures_cancel_all_of_symbol(symbol=symbol))
        return in_time(answer, "cancel_all", timeout, scheduler).pipe(ops.map(lambda _: CanceledAll((symbol,))))

    return cancel_all


def cancel_stop_orders_factory(
    sockets: Sockets,  # noqa: ARG001
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[..., Observable[CanceledAll]]:
    """Make ``cancel_stop_orders(symbol=None)``, which cancels the orders that wait for a price: all, or of a contract.

    Cold; sends once, emits one `CanceledAll` and completes; errors, thread and arguments as of `cancel_order_factory`.
    """
    check_timeout(timeout)
    client = needed_rest(messages, rest)

    def cancel_stop_orders(symbol: str | None = None) -> Observable[CanceledAll]:
        symbols = None if symbol is None else (symbol,)
        answer = data_of(client.futures_cancel_stop_orders(symbol=symbol))
        return in_time(answer, "cancel_stop_orders", timeout, scheduler).pipe(ops.map(lambda _: CanceledAll(symbols)))

    return cancel_stop_orders


def batch_add_factory(
    sockets: Sockets,  # noqa: ARG001
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    gateway: OrderGateway | None = None,
    precision: Precision | None = None,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[BatchAdd], Observable[tuple[Placed, ...]]]:
    """Make ``batch_add(request)``, which places several orders at once.

    Cold; sends once, emits what has become of each and completes; each is taken or refused on its own. Their further
    stages are told by `subscribe_executions`, or by a `resume_order_factory` made before, by the client ids that the
    `BatchAdd` has from the start. Errors, thread and arguments as of `cancel_order_factory`; ``precision`` as of
    `add_order_factory`.
    """
    check_timeout(timeout)
    client, placed = needed_rest(messages, rest), placed_of(messages)

    def batch_add(request: BatchAdd) -> Observable[tuple[Placed, ...]]:
        for order in request.orders:
            check_precision(precision, order)
            placed.note(draft(order))
        ids = [order.client_id or "" for order in request.orders]
        orders = [wire.add(order, each) for order, each in zip(request.orders, ids, strict=True)]

        def told(rows: tuple[PlacedInfo, ...]) -> tuple[Placed, ...]:
            return placed_rows(ids, rows)

        if gateway is None:
            answer = data_of(client.futures_add_order_batch(orders=[BatchOrder(**order) for order in orders]))
        else:
            answer = gateway.futures_add_batch(orders)
        return in_time(answer, "batch_add", timeout, scheduler).pipe(ops.map(told))

    return batch_add


def batch_cancel_factory(
    sockets: Sockets,  # noqa: ARG001
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    gateway: OrderGateway | None = None,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[BatchCancel], Observable[tuple[models.FuturesCanceled, ...]]]:
    """Make ``batch_cancel(request)``, which cancels several orders at once.

    Cold; sends once, emits what has become of each cancel and completes; each is taken or refused on its own. Errors,
    thread and arguments as of `cancel_order_factory`.
    """
    check_timeout(timeout)
    client = needed_rest(messages, rest)

    def batch_cancel(request: BatchCancel) -> Observable[tuple[models.FuturesCanceled, ...]]:
        ids = list(request.order_ids)
        if gateway is None:
            answer = data_of(client.futures_cancel_orders(order_ids_list=ids))
        else:
            answer = gateway.futures_cancel_batch({"order_ids_list": ids})
        return in_time(answer, "batch_cancel", timeout, scheduler)

    return batch_cancel


def add_stop_order_factory(
    sockets: Sockets,  # noqa: ARG001
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[AddStopOrder], Observable[StopPlaced]]:
    """Make ``add_stop_order(request)``, which places an order that waits for a price.

    Cold; sends once, emits one `StopPlaced` and completes. What becomes of it is told by `subscribe_stop_orders`, and
    of the order that it places by `subscribe_executions`. Errors, thread and arguments as of `cancel_order_factory`.
    """
    check_timeout(timeout)
    client = needed_rest(messages, rest)

    def add_stop_order(request: AddStopOrder) -> Observable[StopPlaced]:
        def told(placed: PlacedInfo) -> StopPlaced:
            return StopPlaced(request.client_id, placed.order_id)

        answer = data_of(client.futures_add_order(**wire.stop(request)))
        return in_time(answer, "add_stop_order", timeout, scheduler).pipe(ops.map(told))

    return add_stop_order
