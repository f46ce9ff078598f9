"""What has become of an order, asked over REST.

Sources: Kraken's pages "Get Open Orders", "Get Closed Orders", "Query Orders Info", "Query Trades Info".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from typing import TypeVar

import reactivex as rx
from attrs import evolve
from reactivex import Observable
from reactivex import operators as ops

from rxex.codec import number
from rxex.exchanges.kraken.rest import KrakenRest
from rxex.exchanges.kraken.rest.models.account import OrderInfo, OrderPage, TradeInfo
from rxex.exchanges.kraken.rest.models.market import AssetPair
from rxex.models import Fee, Fill, Order, OrderUpdate, Stage
from rxex.orders import Query
from rxex.rest import Response

__all__ = ["order_query"]

A = TypeVar("A")
B = TypeVar("B")
_MOST_TRADES = 20  # that one question may be about
_STAGES = {
    "pending": Stage.PENDING,
    "open": Stage.OPEN,
    "closed": Stage.FILLED,
    "canceled": Stage.CANCELED,
    "expired": Stage.EXPIRED,
}


def order_query(rest: KrakenRest) -> Query:
    """Make what ``add_order_factory(query=…)`` takes, of a client with credentials that may query orders and trades.

    By Kraken's id where it is known, else by the client id, first among the open orders, then among the closed ones;
    then its executions are asked for. Kraken's REST can be behind by a minute: see ``settle`` there.
    """

    def query(order: Order) -> Observable[OrderUpdate]:
        return _then(_find(rest, order), lambda info: _tell_in_full(rest, order, info))

    return query


def _find(rest: KrakenRest, order: Order) -> Observable[OrderInfo]:
    if order.order_id is not None:
        known = rest.query_orders(txid=[order.order_id], trades=True, consolidate_taker=False)
        return _then(known, lambda response: rx.from_iterable(response.data.values()))

    def closed(found: OrderInfo | None) -> Observable[OrderInfo]:
        if found is not None:
            return rx.of(found)
        pages: Observable[Response[OrderPage]] = rest.closed_orders(
            cl_ord_id=order.client_id, trades=True, consolidate_taker=False
        )
        return _then(pages, lambda response: rx.from_iterable(_newest(response.data.orders)))

    def first(response: Response[Mapping[str, OrderInfo]]) -> OrderInfo | None:
        return next(iter(response.data.values()), None)

    # One after the other: an order that ends between the two is in the second.
    return _then(rest.open_orders(cl_ord_id=order.client_id, trades=True).pipe(ops.map(first)), closed)


def _then(source: Observable[A], follow: Callable[[A], Observable[B]]) -> Observable[B]:
    return source.pipe(ops.map(follow), ops.merge_all())


def _newest(orders: Mapping[str, OrderInfo]) -> list[OrderInfo]:
    """Kraken lets the client id of a closed order be used again; the last one is meant."""
    return sorted(orders.values(), key=lambda order: order.opened or 0)[-1:]


def _tell_in_full(rest: KrakenRest, order: Order, info: OrderInfo) -> Observable[OrderUpdate]:
    """Tell of an order; of one that something else placed, Kraken is asked even for the symbol."""
    if order.symbol is not None:
        return _tell(rest, order, info)
    pairs = rest.asset_pairs(pair=[info.pair])

    def tell(response: Response[Mapping[str, AssetPair]]) -> Observable[OrderUpdate]:
        symbol = next((pair.symbol for pair in response.data.values()), None)
        return _tell(rest, evolve(order, symbol=symbol), info)

    return _then(pairs, tell)


def _limit(info: OrderInfo) -> Decimal | None:
    """The price of the limit, where it is told as such: a trigger stands before it, and others are offsets."""
    price = info.price if info.order_type in {"limit", "iceberg"} else info.price2
    is_told = info.order_type.endswith(("limit", "iceberg")) and price[:1].isdigit() and price[-1] != "%"
    return number(price) if is_told else None


def _tell(rest: KrakenRest, order: Order, info: OrderInfo) -> Observable[OrderUpdate]:
    known = {fill.id for fill in order.fills}
    missing = [trade for trade in info.trades if trade not in known]
    asked = [
        rest.query_trades(txid=missing[start : start + _MOST_TRADES]) for start in range(0, len(missing), _MOST_TRADES)
    ]
    base, _, quote = (order.symbol or "").partition("/")
    fee_asset = base if "fcib" in info.flags else quote

    def fills(response: Response[Mapping[str, TradeInfo]]) -> Observable[OrderUpdate]:
        return rx.from_iterable(list(_fills(order, fee_asset, response.data, response.received)))

    stage = _STAGES.get(info.status)
    if stage is Stage.FILLED and info.filled < info.size and info.reason:
        stage = Stage.CANCELED
    end = OrderUpdate(
        info.id,
        order.client_id,
        stage,
        symbol=order.symbol,
        type=info.order_type,
        side=info.side,
        quantity=info.size,
        price=_limit(info),
        filled=info.filled,
        average_price=info.average_price,
        fees=(Fee(fee_asset, info.fee),),
        reason=info.reason or "",
        time=info.closed or info.opened,
        raw=dict(info.raw),
    )
    return rx.concat(*(_then(each, fills) for each in asked), rx.of(end))


def _fills(order: Order, fee_asset: str, trades: Mapping[str, TradeInfo], received: int) -> Iterator[OrderUpdate]:
    for trade in sorted(trades.values(), key=lambda trade: trade.time or 0):
        fill = Fill(
            trade.id,
            trade.order_id,
            trade.price,
            trade.size,
            order.symbol,
            trade.side,
            (Fee(fee_asset, trade.fee),),
            trade.maker,
            trade.time,
            received,
            dict(trade.raw),
        )
        yield OrderUpdate(trade.order_id, order.client_id, fill=fill, time=trade.time, received=received)
