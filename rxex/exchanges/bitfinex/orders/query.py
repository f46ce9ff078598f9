"""What has become of an order, asked over REST.

Sources: Bitfinex's pages "Retrieve Orders", "Orders History" and "Order Trades".
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal, localcontext

import reactivex as rx
from attrs import evolve
from reactivex import Observable
from reactivex import operators as ops

from rxex.exchanges.bitfinex.order_models import parse_status
from rxex.exchanges.bitfinex.rest import BitfinexRest
from rxex.exchanges.bitfinex.rest.models.orders import OrderInfo
from rxex.models import Fill, Order, OrderUpdate, Stage
from rxex.orders import Query
from rxex.rest import Response

__all__ = ["order_query"]

_MOST_CLOSED = 2500
_LONGEST_SUM = 200


def order_query(rest: BitfinexRest) -> Query:
    """Make what ``add_order_factory(query=…)`` takes, of a client with credentials that may read orders.

    By Bitfinex's id where it is known, else by the client id, first among the open orders, then among the closed ones
    of the last two weeks; then its executions are asked for, with their fees. Of several orders with one client id the
    last one placed is meant, if it is of the same side and type.
    """

    def query(order: Order) -> Observable[OrderUpdate]:
        ids = None if order.order_id is None else [int(order.order_id)]

        def mine(response: Response[tuple[OrderInfo, ...]]) -> Sequence[OrderInfo]:
            wanted = (info for info in response.data if ids is not None or _may_be(order, info))
            return sorted(wanted, key=lambda info: info.created or 0)[-1:]

        def closed(found: Sequence[OrderInfo]) -> Observable[Sequence[OrderInfo]]:
            if found:
                return rx.of(found)
            limit = _MOST_CLOSED if ids is None else None
            return rest.closed_orders(symbol=order.symbol, id=ids, limit=limit).pipe(ops.map(mine))

        def tell(found: Sequence[OrderInfo]) -> Observable[OrderUpdate]:
            return _tell(rest, order, found[0]) if found else rx.empty()

        # One after the other: an order that ends between the two is in the second.
        opened = rest.open_orders(symbol=order.symbol, id=ids)
        found = opened.pipe(ops.map(mine), ops.flat_map(closed))
        return found.pipe(ops.flat_map(tell))

    return query


def _may_be(order: Order, info: OrderInfo) -> bool:
    """Whether it has the client id, which may be that of an older order as well, and what never changes of an order."""
    same = (order.side in {None, info.side}, order.type in {None, info.update.type})
    return info.client_id == order.client_id and all(same)


def _tell(rest: BitfinexRest, order: Order, info: OrderInfo) -> Observable[OrderUpdate]:
    """Give the executions of an order, then the order."""
    if info.symbol is None or (not info.filled and not parse_status(info.status).fills):
        return rx.of(_end(order, info, ()))

    def updates(response: Response[tuple[Fill, ...]]) -> Observable[OrderUpdate]:
        fills = sorted(response.data, key=lambda fill: (fill.time or 0, fill.id))
        told = [OrderUpdate(info.id, order.client_id, fill=fill, time=fill.time) for fill in fills]
        return rx.from_iterable([*told, _end(order, info, fills)])

    return rest.order_trades(symbol=info.symbol, id=int(info.id)).pipe(ops.flat_map(updates))


def _end(order: Order, info: OrderInfo, fills: Sequence[Fill]) -> OrderUpdate:
    """Tell of the order; how much of it was executed its executions know best, as its amount may have been changed."""
    update = evolve(info.update, client_id=order.client_id)
    with localcontext(prec=_LONGEST_SUM):
        traded = sum((fill.quantity for fill in fills), Decimal(0))
        if not traded or traded < parse_status(info.status).filled:
            return update  # none, or not all of them are told
        quantity = traded if update.stage is Stage.FILLED else traded + info.remaining
    return evolve(update, filled=traded, quantity=quantity)
