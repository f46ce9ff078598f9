"""Placing futures orders, and following them to their ends.

Sources: KuCoin's pages "Add Order", "Add Order Test" and "All Order" of the futures references.
"""

from __future__ import annotations

from reactivex import Observable, abc

from rxex.exchanges.kucoin.futures.lookup import fills_of, find, order_query, told_of
from rxex.exchanges.kucoin.futures.orders import wire
from rxex.exchanges.kucoin.futures.orders.requests import AddOrder
from rxex.exchanges.kucoin.futures.private import subscribe_executions
from rxex.exchanges.kucoin.gateway.requests import OrderGateway
from rxex.exchanges.kucoin.lookup import needed_rest
from rxex.exchanges.kucoin.orders.placed import placed_of
from rxex.exchanges.kucoin.orders.placing import (
    Executions,
    Market,
    Sockets,
    Timing,
    check_precision,
    draft,
    placing,
)
from rxex.exchanges.kucoin.orders.ways import data_of
from rxex.exchanges.kucoin.rest import KucoinRest
from rxex.exchanges.kucoin.rest.models.futures import FuturesOrderInfo
from rxex.exchanges.kucoin.rest.models.orders import Placed
from rxex.models import Order, Stage
from rxex.orders import AddOrder as AddOrderCall
from rxex.orders import Query, ResumeOrder
from rxex.orders import resume_order_factory as resume
from rxex.orders.fields import Precision
from rxex.typing import Json

__all__ = ["add_order_factory", "resume_order_factory"]


def add_order_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    gateway: OrderGateway | None = None,
    executions: Executions | None = None,
    query: Query | None = None,
    precision: Precision | None = None,
    fees: bool = True,
    timeout: float = 5.0,
    settle: float = 60.0,
    patience: float = 120.0,
    check: float = 60.0,
    scheduler: abc.SchedulerBase | None = None,
) -> AddOrderCall[AddOrder]:
    """Make ``add_order(request, until=None)``, which places a futures `AddOrder` and emits each of its stages.

    Quantities are lots. As `rxex.exchanges.kucoin.add_order_factory`, whose arguments these are; futures have no orders
    that are waited for, and no changes of orders.

    Args:
        sockets: those of the private connection to futures, from ``connected_socket()``.
        messages: the connection's, from ``keep_messages_only()``.
        rest: a client with the key; None: the connection's.
        gateway: an `order_gateway`, which orders then go through.
        executions: what is told of our orders; None: `subscribe_executions`.
        query: asks what has become of an order; None: `order_query` does.
        precision: how many digits KuCoin takes of a contract's prices; what has more is refused with `InvalidArgument`.
        fees: whether an end waits for its fees, which only REST tells; three seconds at most.
        timeout: seconds for the answer, after which the order is unknown.
        settle: seconds after the sending from which ``query`` is believed that there is no such order. A link may be
            silent for 28 s before it counts as dead, and may bring the order until then: give no less.
        patience: seconds of an open link within which an unknown order has to be resolved.
        check: seconds of silence about a live order after which ``query`` is asked about it.
        scheduler: runs the waits; default: the socket's.

    Raises `InvalidArgument` where there is no client.
    """
    client = needed_rest(messages, rest)

    def send(order: Order, request: AddOrder) -> Observable[Placed]:
        params = wire.add(request, order.client_id)
        if request.validate:
            return data_of(client.futures_add_order_test(**params))
        if request.has_exits:
            return data_of(client.futures_add_stop_order(**params))  # KuCoin's name; the order itself is placed at once
        return data_of(client.futures_add_order(**params)) if gateway is None else gateway.futures_add(params)

    def is_same(order: Order, request: AddOrder, info: FuturesOrderInfo) -> bool:
        if (order.symbol, order.side, order.type, order.price) != (info.symbol, info.side, info.type, info.price):
            return False
        return request.quantity is None or request.quantity == info.size

    market = Market(
        draft,
        send,
        lambda order, _request: find(client, order.client_id),
        told_of,
        is_same,
        lambda _request, order_id: fills_of(client, order_id),
        lambda request: request.validate,
        lambda _request: "FUTURES",
    )
    place = placing(
        sockets,
        messages,
        market,
        placed=placed_of(messages),
        executions=_executions_of(sockets, messages, client) if executions is None else executions,
        query=query or order_query(client),
        timing=Timing(timeout, settle, patience, check, scheduler),
        hears_first=executions is None,
        fees=fees,
    )

    def add_order(request: AddOrder, until: Stage | None = None) -> Observable[Order]:
        check_precision(precision, request)
        return place(request, until)

    return add_order


def _executions_of(sockets: Sockets, messages: Observable[Json], rest: KucoinRest) -> Executions:
    return sockets.pipe(subscribe_executions(messages, rest=rest))


def resume_order_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    executions: Executions | None = None,
    query: Query | None = None,
    settle: float = 60.0,
    patience: float = 120.0,
    check: float = 60.0,
    scheduler: abc.SchedulerBase | None = None,
) -> ResumeOrder:
    """Make ``resume_order(client_id, until=None)``, which goes on telling the stages of an order placed before.

    Of one that an earlier process placed, or of one of a `BatchAdd`. See `rxex.orders.resume_order_factory` for what it
    promises and for the thread; arguments as of `add_order_factory`.
    """
    client = needed_rest(messages, rest)
    return resume(
        sockets,
        _executions_of(sockets, messages, client) if executions is None else executions,
        query=query or order_query(client),
        settle=settle,
        patience=patience,
        check=check,
        scheduler=scheduler,
    )
