"""What KuCoin's REST tells of our orders, executions and balances, for those who follow them on a socket.

Sources: KuCoin's pages "Get Open Orders", "Get Order By ClientOid", "Get Trade History", "Get Account List" of the spot
and margin references.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import reactivex as rx
from attrs import evolve
from reactivex import Observable
from reactivex import operators as ops

from rxex.channel import Dialect
from rxex.errors import InvalidArgument
from rxex.events import MessageStream
from rxex.exchanges.kucoin.rest import KucoinRest
from rxex.exchanges.kucoin.rest.models.orders import OrderInfo
from rxex.models import Balance, Fill, Order, OrderUpdate
from rxex.orders import OrderRefused, Query, Refusal
from rxex.rest import Response
from rxex.typing import Json

__all__ = [
    "MARGINS",
    "accounts",
    "after",
    "fills_of",
    "find",
    "if_there",
    "needed_rest",
    "open_orders",
    "options_of",
    "order_query",
    "rest_of",
    "told_of",
    "with_fills",
]

A = TypeVar("A")
B = TypeVar("B")
MARGINS = ("MARGIN_TRADE", "MARGIN_ISOLATED_TRADE")
_GIVEN, _OWN = "private_rest", "rest"
_MISSING = re.compile(r"not.?(exist|found)", re.IGNORECASE)
_MOST_FILLS = 100


def options_of(messages: Observable[Json]) -> dict[str, Any]:
    """What the connection of ``messages`` keeps; nothing for any other stream."""
    dialect = messages.dialect if isinstance(messages, MessageStream) else None
    return dialect.options if isinstance(dialect, Dialect) else {}


def rest_of(messages: Observable[Json], rest: KucoinRest | None) -> KucoinRest | None:
    """The client to ask: ``rest``, which the connection keeps for others, else the one that it has, if it has a key."""
    options = options_of(messages)
    if rest is not None:
        options[_GIVEN] = rest
        return rest
    kept = options.get(_GIVEN, options.get(_OWN))
    return kept if isinstance(kept, KucoinRest) and kept.has_credentials else None


def needed_rest(messages: Observable[Json], rest: KucoinRest | None) -> KucoinRest:
    """The client to ask; raises `InvalidArgument` where there is none."""
    client = rest_of(messages, rest)
    if client is None:
        raise InvalidArgument("rest", rest, "give a client with the key, as rest.client(credentials) makes it")
    return client


def after(source: Observable[A], follow: Callable[[A], Observable[B]]) -> Observable[B]:
    """Go on with what ``follow`` makes of each item."""
    return source.pipe(ops.map(follow), ops.merge_all())


def if_there(answer: Observable[A]) -> Observable[A]:
    """Complete without an item where KuCoin says that there is no such order."""

    def missing(error: Exception, _: Observable[A]) -> Observable[A]:
        if isinstance(error, OrderRefused):
            is_missing = error.kind is Refusal.UNKNOWN_ORDER or _MISSING.search(error.reason) is not None
            return rx.empty() if is_missing else rx.throw(error)
        return rx.throw(error)

    return answer.pipe(ops.catch(missing))


def _all(sources: Sequence[Observable[tuple[A, ...]]]) -> Observable[tuple[A, ...]]:
    """Put tuples together to one, once all of them have come, one after the other."""
    nothing: tuple[A, ...] = ()

    def put(some: tuple[A, ...], more: tuple[A, ...]) -> tuple[A, ...]:
        return some + more

    return rx.concat(*sources).pipe(ops.reduce(put, nothing))


def _data(response: Response[A]) -> A:
    return response.data


# Orders


def open_orders(rest: KucoinRest, *, margin: bool) -> Observable[tuple[OrderUpdate, ...]]:
    """Ask for all open orders of the spot market, and with ``margin`` those on margin; gives one item."""

    def of(symbols: Observable[Response[tuple[str, ...]]], ask: Callable[[str], Observable[Any]]) -> Observable[Any]:
        def each(response: Response[tuple[str, ...]]) -> Observable[tuple[OrderUpdate, ...]]:
            return _all([ask(symbol).pipe(ops.map(rows)) for symbol in response.data])

        return after(symbols, each)

    def rows(response: Response[tuple[OrderInfo, ...]]) -> tuple[OrderUpdate, ...]:
        return tuple(told_of(info, response.received) for info in response.data)

    def margin_of(trade_type: str) -> Observable[tuple[OrderUpdate, ...]]:
        return of(
            rest.margin_open_order_symbols(trade_type=trade_type),
            lambda symbol: rest.margin_open_orders(symbol=symbol, trade_type=trade_type),
        )

    spot = of(rest.open_order_symbols(), lambda symbol: rest.open_orders(symbol=symbol))
    return _all([spot, *([margin_of(each) for each in MARGINS] if margin else [])])


def told_of(info: OrderInfo, received: int = 0) -> OrderUpdate:
    """What an order that REST tells says of it, judged by its sizes."""
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
        () if info.fee is None else (info.fee,),
        reason=info.reason or "",
        time=info.updated or info.created,
        received=received,
        raw=dict(info.raw),
    )


def order_query(rest: KucoinRest, *, margin: bool = False, symbols: Sequence[str] = ()) -> Query:
    """Make what ``add_order_factory(query=…)`` takes, of a client with credentials that may see orders.

    By the client id, on the spot market and, with ``margin``, then on margin; then its executions are asked for. An
    order that was changed is found under its new id. KuCoin has to be told the symbol: an order that does not know its
    own is looked for among ``symbols``.
    """

    def query(order: Order) -> Observable[OrderUpdate]:
        def tell(found: OrderInfo | None) -> Observable[OrderUpdate]:
            return rx.empty() if found is None else _tell(rest, order, found)

        names = symbols if order.symbol is None else [order.symbol]
        return after(find(rest, order.client_id, names, margin=margin).pipe(ops.first_or_default(None, None)), tell)

    return query


def find(rest: KucoinRest, client_id: str, symbols: Sequence[str], *, margin: bool) -> Observable[OrderInfo]:
    """Ask for an order by its client id, for one symbol after the other; completes without an item where it is not."""
    asks = [rest.query_order_by_client_oid, *([rest.margin_query_order_by_client_oid] if margin else [])]
    answers = [if_there(ask(client_oid=client_id, symbol=symbol)) for symbol in symbols for ask in asks]
    found: Observable[OrderInfo] = rx.concat(*(each.pipe(ops.map(_data)) for each in answers))
    return found.pipe(ops.take(1))


def _tell(rest: KucoinRest, order: Order, info: OrderInfo) -> Observable[OrderUpdate]:
    return with_fills(order, told_of(info), lambda: fills_of(rest, info.symbol, info.id, info.trade_type))


def with_fills(
    order: Order, told: OrderUpdate, fills: Callable[[], Observable[tuple[Fill, ...]]]
) -> Observable[OrderUpdate]:
    """Give the executions of an order that are news, as ``fills`` tells all of them, then what was ``told`` of it."""
    is_other = order.order_id not in {None, told.order_id}
    replaces = order.order_id if is_other else None
    end = evolve(told, client_id=order.client_id, replaces=replaces)
    if not told.filled:
        return rx.of(end)

    def updates(all_of_them: tuple[Fill, ...]) -> Observable[OrderUpdate]:
        known = {fill.id for fill in order.fills if fill.order_id == told.order_id}
        if not known <= {fill.id for fill in all_of_them}:
            return rx.of(end)  # they are named otherwise here, or are not all here yet: they would count twice
        news = [fill for fill in all_of_them if fill.id not in known]
        updates = [OrderUpdate(told.order_id, order.client_id, fill=fill, replaces=replaces) for fill in news]
        return rx.from_iterable([*updates, end])

    return after(fills(), updates)


def fills_of(
    rest: KucoinRest, symbol: str, order_id: str, trade_type: str | None = None
) -> Observable[tuple[Fill, ...]]:
    """Ask for the executions of an order, the oldest first, the fee with each; gives one item."""

    def page(last_id: int | None, newer: tuple[Fill, ...]) -> Observable[tuple[Fill, ...]]:
        asked: dict[str, Any] = {"symbol": symbol, "order_id": order_id, "limit": _MOST_FILLS}
        if last_id is not None:
            asked["last_id"] = last_id
        if trade_type in MARGINS:
            answer = rest.margin_trades_history(trade_type=trade_type, **asked)
        else:
            answer = rest.trades_history(**asked)

        def more(response: Any) -> Observable[tuple[Fill, ...]]:
            fills = (*newer, *response.data.items)
            is_last = response.data.last_id is None or len(response.data.items) < _MOST_FILLS
            return rx.of(fills[::-1]) if is_last else page(response.data.last_id, fills)

        return after(answer, more)

    return page(None, ())


# Balances


def accounts(rest: KucoinRest) -> Observable[tuple[Balance, ...]]:
    """Ask for what we have on the main and on the trade accounts; gives one item."""
    return rest.balances().pipe(ops.map(_data))
