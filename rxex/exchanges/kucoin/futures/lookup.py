"""What KuCoin's REST tells of our futures orders, executions and positions, for those who follow them on a socket.

Sources: KuCoin's pages "Get Order List", "Get Order By ClientOid", "Get Trade History" and "Get Position List" of the
futures reference.
"""

from __future__ import annotations

from typing import Any

import reactivex as rx
from reactivex import Observable
from reactivex import operators as ops

from rxex.codec import number
from rxex.exchanges.kucoin.futures.position_models import Position, read_position
from rxex.exchanges.kucoin.lookup import after, if_there, with_fills
from rxex.exchanges.kucoin.rest import KucoinRest
from rxex.exchanges.kucoin.rest.models.futures import FuturesOrderInfo
from rxex.exchanges.kucoin.rest.models.futures import Position as PositionInfo
from rxex.exchanges.kucoin.rest.models.reading import Page
from rxex.models import Fill, Order, OrderUpdate
from rxex.orders import Query
from rxex.rest import Response

__all__ = ["fills_of", "find", "open_orders", "order_query", "positions", "told_of"]

_PAGE_SIZE = 100


def _pages(ask: Any, **asked: Any) -> Observable[tuple[Any, ...]]:
    """Ask for one page after the other; gives one item."""

    def page(number_: int, before: tuple[Any, ...]) -> Observable[tuple[Any, ...]]:
        def more(response: Response[Page[Any]]) -> Observable[tuple[Any, ...]]:
            items = (*before, *response.data.items)
            return rx.of(items) if number_ >= response.data.pages else page(number_ + 1, items)

        return after(ask(current_page=number_, page_size=_PAGE_SIZE, **asked), more)

    return page(1, ())


def open_orders(rest: KucoinRest) -> Observable[tuple[OrderUpdate, ...]]:
    """Ask for all open orders; gives one item. Those that wait for a price are not among them."""

    def told(infos: tuple[FuturesOrderInfo, ...]) -> tuple[OrderUpdate, ...]:
        return tuple(told_of(info) for info in infos)

    return _pages(rest.futures_orders, status="active").pipe(ops.map(told))


def told_of(info: FuturesOrderInfo) -> OrderUpdate:
    """What an order that REST tells says of it, judged by its sizes; they are lots."""
    return OrderUpdate(
        info.id,
        info.client_oid,
        info.stage,
        info.symbol,
        info.side,
        info.type,
        info.size,
        info.price,
        info.filled,
        info.average_price,
        time=info.updated or info.created,
        raw=dict(info.raw),
    )


def order_query(rest: KucoinRest) -> Query:
    """Make what ``add_order_factory(query=…)`` takes, of a client with credentials that may see orders.

    By the client id, open or closed; then its executions are asked for.
    """

    def query(order: Order) -> Observable[OrderUpdate]:
        def tell(info: FuturesOrderInfo) -> Observable[OrderUpdate]:
            return with_fills(order, told_of(info), lambda: fills_of(rest, info.id))

        return after(find(rest, order.client_id), tell)

    return query


def find(rest: KucoinRest, client_id: str) -> Observable[FuturesOrderInfo]:
    """Ask for an order by its client id; completes without an item where there is none."""

    def data(response: Response[FuturesOrderInfo]) -> FuturesOrderInfo:
        return response.data

    return if_there(rest.futures_query_order_by_client_oid(client_oid=client_id)).pipe(ops.map(data))


def fills_of(rest: KucoinRest, order_id: str) -> Observable[tuple[Fill, ...]]:
    """Ask for the executions of an order, the oldest first, the fee with each; gives one item."""

    def oldest_first(fills: tuple[Fill, ...]) -> tuple[Fill, ...]:
        return tuple(sorted(fills, key=lambda fill: fill.time or 0))

    return _pages(rest.futures_trades_history, order_id=order_id).pipe(ops.map(oldest_first))


def positions(rest: KucoinRest) -> Observable[tuple[Position, ...]]:
    """Ask for all open positions; gives one item."""

    def told(response: Response[tuple[PositionInfo, ...]]) -> tuple[Position, ...]:
        rows = (dict(info.raw) for info in response.data)
        return tuple(read_position(str(row["symbol"]), row, response.received, row, number) for row in rows)

    return rest.futures_positions().pipe(ops.map(told))
