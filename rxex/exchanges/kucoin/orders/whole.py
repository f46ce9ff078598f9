"""What has become in all of an order that was changed: each change made another order at KuCoin.

Source: KuCoin's pages "Modify Order", "Get Closed Orders", "Get Order By OrderId" and "Get Trade History".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from decimal import Context
from typing import Any

import reactivex as rx
from attrs import evolve, frozen
from reactivex import Observable
from reactivex import operators as ops

from rxex.errors import AnswerLost
from rxex.exchanges.kucoin.lookup import MARGINS, after, fills_of, told_of
from rxex.exchanges.kucoin.orders.fees import paid, total
from rxex.exchanges.kucoin.rest import KucoinRest
from rxex.exchanges.kucoin.rest.models.orders import OrderInfo
from rxex.models import Fill, Order

__all__ = ["whole_order"]

_EXACT = Context(prec=200)
_MOST_CLOSED = 100


@frozen
class _Part:
    """One of the orders, and its executions."""

    info: OrderInfo
    fills: tuple[Fill, ...]


def whole_order(
    rest: KucoinRest, ids_of: Callable[[str], Iterable[str]], trade_type: str
) -> Callable[[Order], Observable[Order]]:
    """Make what tells an order, which has ended, with all that was traded under any of its ids.

    ``ids_of`` gives the ids that are known of a client id; the last orders that have ended are looked through for more.
    Ends with `AnswerLost` where REST does not tell all of it yet.
    """
    margin = trade_type in MARGINS

    def closed(order: Order) -> Observable[Any]:
        if margin:
            return rest.margin_closed_orders(symbol=order.symbol or "", trade_type=trade_type, limit=_MOST_CLOSED)
        return rest.closed_orders(symbol=order.symbol or "", limit=_MOST_CLOSED)

    def part(order: Order, order_id: str) -> Observable[_Part]:
        ask = rest.margin_query_order if margin else rest.query_order

        def with_its_fills(response: Any) -> Observable[_Part]:
            info: OrderInfo = response.data
            if not info.filled:
                return rx.of(_Part(info, ()))
            fills = fills_of(rest, info.symbol, info.id, trade_type)

            def put(each: tuple[Fill, ...]) -> _Part:
                return _Part(info, each)

            return fills.pipe(ops.map(put))

        return after(ask(order_id=order_id, symbol=order.symbol or ""), with_its_fills)

    def tell(order: Order) -> Observable[Order]:
        def parts(response: Any) -> Observable[Order]:
            others = [info.id for info in response.data.items if info.client_oid == order.client_id]
            known = [*ids_of(order.client_id), *([] if order.order_id is None else [order.order_id])]
            ids = dict.fromkeys([*others[::-1], *known])
            if not ids:
                return rx.of(order)
            asked = [part(order, each) for each in ids]

            def put_together(each: list[_Part]) -> Order:
                return _put_together(order, each)

            return rx.concat(*asked).pipe(ops.to_list(), ops.map(put_together))

        return after(closed(order), parts)

    return tell


def _put_together(order: Order, parts: Sequence[_Part]) -> Order:
    if any(total(part.fills) != part.info.filled or part.info.active for part in parts):
        raise AnswerLost("trades_history", "it does not tell all executions yet")
    in_order = sorted(parts, key=lambda part: part.info.created or 0)
    fills = tuple(fill for part in in_order for fill in part.fills)
    filled, last = total(fills), in_order[-1].info
    told = told_of(last)  # the orders before it were canceled to make place
    size = last.filled if told.quantity is None else told.quantity
    quantity = _EXACT.add(_EXACT.subtract(filled, last.filled), size)
    ended = evolve(order, order_id=last.id, stage=told.stage or order.stage, filled=filled, quantity=quantity)
    return paid(ended, fills) if fills else ended
