"""Placing spot and margin orders, and following them to their ends.

Sources: KuCoin's pages "Add Order", "Add Order Sync", "Add Order Test", "Add Order" (margin) and "Order V2".
"""

from __future__ import annotations

from reactivex import Observable, abc

from rxex.exchanges.kucoin.lookup import fills_of, find, needed_rest, order_query, told_of
from rxex.exchanges.kucoin.orders import wire
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
from rxex.exchanges.kucoin.orders.requests import AddOrder
from rxex.exchanges.kucoin.orders.ways import RestWay, Way, data_of
from rxex.exchanges.kucoin.orders.whole import whole_order
from rxex.exchanges.kucoin.private import subscribe_executions
from rxex.exchanges.kucoin.rest import KucoinRest
from rxex.exchanges.kucoin.rest.models.orders import OrderInfo, Placed
from rxex.models import Order, OrderSnapshot, OrderUpdate, Stage
from rxex.orders import AddOrder as AddOrderCall
from rxex.orders import Query, ResumeOrder
from rxex.orders import resume_order_factory as resume
from rxex.orders.fields import Precision
from rxex.typing import Json

__all__ = [
    "add_order_factory",
    "resume_order_factory",
    "trade_type_of",
]


def add_order_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    gateway: Way | None = None,
    sync: bool = False,
    margin: bool = False,
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
    """Make ``add_order(request, until=None)``, which places an `AddOrder` and emits each of its stages.

    Orders go over REST, or through ``gateway``; what becomes of them comes on the socket, where it is listened for
    before the first is sent. Keep a subscription of `subscribe_executions`, and an order need not wait for that. See
    `rxex.orders.place_order_factory` for what it promises, and for the thread.

    An order with a client id that was used before is not placed again. Where the order that has it is the same in
    symbol, side, type, price and size, its stages are told; where it is not, the new one ends as rejected.

    An order that `amend_order_factory` of the same connection changes goes on as the same one under its new id.

    Args:
        sockets: those of the private connection, from ``connected_socket()``.
        messages: the connection's, from ``keep_messages_only()``.
        rest: a client with the key; None: the connection's.
        gateway: an `order_gateway`, which orders then go through; what it cannot do goes over REST.
        sync: whether an answer is to wait for the matching engine's word (spot).
        margin: whether lost orders are looked for on margin as well; the key needs the permission.
        executions: what is told of our orders; None: `subscribe_executions`. On a connection these are shared with all
            that ask for them. Of others an order does not wait for the first item.
        query: asks what has become of an order; None: `order_query` does.
        precision: how many digits KuCoin takes of a symbol; what has more is refused with `InvalidArgument`.
        fees: whether an end waits for its fees, which only REST tells; three seconds at most.
        timeout: seconds for the answer, after which the order is unknown.
        settle: seconds after the sending from which ``query`` is believed that there is no such order. A link may be
            silent for 28 s before it counts as dead, and may bring the order until then: give no less.
        patience: seconds of an open link within which an unknown order has to be resolved.
        check: seconds of silence about a live order after which ``query`` is asked about it.
        scheduler: runs the waits; default: the socket's.

    Raises `InvalidArgument` where there is no client.
    """
    client, placed = needed_rest(messages, rest), placed_of(messages)
    way: Way = RestWay(client) if gateway is None else gateway

    def send(order: Order, request: AddOrder) -> Observable[Placed]:
        params = wire.add(request, order.client_id)
        if request.validate:
            test = client.margin_add_order_test if request.margin else client.add_order_test
            return data_of(test(**params))
        return way.add(params, margin=request.margin, sync=sync)

    def is_same(order: Order, request: AddOrder, info: OrderInfo) -> bool:
        asked = (order.symbol, order.side, order.type, order.price, request.quantity, request.cash_quantity)
        return asked == (info.symbol, info.side, info.type, info.price, info.size, info.funds)

    market = Market(
        draft,
        send,
        lambda order, request: find(client, order.client_id, [request.symbol], margin=request.margin),
        told_of,
        is_same,
        lambda request, order_id: fills_of(client, request.symbol, order_id, trade_type_of(request)),
        lambda request: request.validate,
        trade_type_of,
        lambda request: whole_order(client, placed.ids_of, trade_type_of(request)),
    )
    place = placing(
        sockets,
        messages,
        market,
        placed=placed,
        executions=executions_of(sockets, messages, client, margin=margin) if executions is None else executions,
        query=query or order_query(client, margin=margin),
        timing=Timing(timeout, settle, patience, check, scheduler),
        hears_first=executions is None,
        fees=fees,
    )

    def add_order(request: AddOrder, until: Stage | None = None) -> Observable[Order]:
        check_precision(precision, request)
        return place(request, until)

    return add_order


def executions_of(
    sockets: Sockets, messages: Observable[Json], rest: KucoinRest, *, margin: bool
) -> Observable[OrderUpdate | OrderSnapshot]:
    """What is told of our orders on a connection."""
    return sockets.pipe(subscribe_executions(messages, rest=rest, margin=margin))


def trade_type_of(request: AddOrder) -> str:
    """KuCoin's word for the account that an order trades with."""
    if not request.margin:
        return "TRADE"
    return "MARGIN_ISOLATED_TRADE" if request.isolated else "MARGIN_TRADE"


def resume_order_factory(
    sockets: Sockets,
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    symbols: tuple[str, ...] = (),
    margin: bool = False,
    executions: Executions | None = None,
    query: Query | None = None,
    settle: float = 60.0,
    patience: float = 120.0,
    check: float = 60.0,
    scheduler: abc.SchedulerBase | None = None,
) -> ResumeOrder:
    """Make ``resume_order(client_id, until=None)``, which goes on telling the stages of an order placed before.

    Of one that an earlier process placed, or of one of a `BatchAdd`. See `rxex.orders.resume_order_factory` for what it
    promises and for the thread; arguments as of `add_order_factory`, and ``symbols``: where to look for an order that
    is not open any more, as KuCoin has to be told the symbol.
    """
    client = needed_rest(messages, rest)
    told = executions_of(sockets, messages, client, margin=margin) if executions is None else executions
    return resume(
        sockets,
        placed_of(messages).follow(told),
        query=query or order_query(client, margin=margin, symbols=symbols),
        settle=settle,
        patience=patience,
        check=check,
        scheduler=scheduler,
    )
