"""Requests about spot and margin orders as functions, by REST or through the order gateway.

Sources: KuCoin's pages "Modify Order", "Cancel Order", "Cancel Partial Order", "Cancel All Orders", "Batch Add Orders",
"Set DCP", "Add Stop Order" and "Cancel Stop Order".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

import reactivex as rx
from reactivex import Observable, abc
from reactivex import operators as ops

from rxex.clock import default_clock
from rxex.errors import AnswerLost
from rxex.exchanges.kucoin.lookup import needed_rest
from rxex.exchanges.kucoin.orders import wire
from rxex.exchanges.kucoin.orders.answers import Amended, Canceled, CanceledAll, Placed, StopPlaced
from rxex.exchanges.kucoin.orders.placed import PlacedOrders, placed_of
from rxex.exchanges.kucoin.orders.placing import Sockets, check_precision, draft
from rxex.exchanges.kucoin.orders.requests import AddStopOrder, AmendOrder, BatchAdd, CancelOrder, CancelStopOrder
from rxex.exchanges.kucoin.orders.ways import RestWay, Way, data_of
from rxex.exchanges.kucoin.rest import KucoinRest
from rxex.exchanges.kucoin.rest.models import orders as models
from rxex.exchanges.kucoin.rest.parameters.spot import BatchOrder
from rxex.models import Stage
from rxex.operators._answers import check_timeout, first_answer
from rxex.orders import OrderRefused, Refusal
from rxex.orders.fields import Precision, refuse
from rxex.orders.refusals import outcome_of
from rxex.typing import Json

__all__ = [
    "add_stop_order_factory",
    "amend_order_factory",
    "batch_add_factory",
    "cancel_all_factory",
    "cancel_all_orders_after_factory",
    "cancel_order_factory",
    "cancel_stop_order_factory",
    "edit_order_factory",
    "in_time",
    "placed_rows",
]

T = TypeVar("T")


def in_time(answer: Observable[T], label: str, timeout: float, scheduler: abc.SchedulerBase | None) -> Observable[T]:
    """Give an answer, or `RequestTimeout` after ``timeout`` seconds; what has not left by then never leaves."""

    def itself(item: T) -> T:
        return item

    return first_answer(answer, itself, timeout=timeout, request=label, scheduler=scheduler or default_clock())


# The sockets are not used: requests go over REST, or through the gateway. They are there because a program that trades
# on another exchange gives them.


def amend_order_factory(
    sockets: Sockets,  # noqa: ARG001
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    gateway: Way | None = None,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[AmendOrder], Observable[Amended]]:
    """Make ``amend_order(request)``, which changes the price or the quantity of an open order.

    Cold; sends once, emits one `Amended` and completes. KuCoin cancels the order and places another: the stream of
    ``add_order`` of the same connection goes on with that one, with what was traded before.

    Args:
        sockets: as of `add_order_factory`.
        messages: the connection's, from ``keep_messages_only()``.
        rest: a client with the key; None: the connection's.
        gateway: an `order_gateway`, to go through instead.
        timeout: seconds for the answer.
        scheduler: runs the time-out; default: `default_clock`.

    Ends with `OrderRefused`, with `NotSent` where nothing has left, with `RequestTimeout`, `AnswerLost` or
    `ConnectionClosed` where it may have taken effect all the same. Emits on the thread that answers. Raises
    `InvalidArgument` for an order whose symbol is not known.
    """
    check_timeout(timeout)
    client, placed = needed_rest(messages, rest), placed_of(messages)
    way: Way = RestWay(client) if gateway is None else gateway

    def amend_order(request: AmendOrder) -> Observable[Amended]:
        params = wire.amend(request, _symbol_of(placed, request))

        def ask(_: object) -> Observable[Amended]:
            replacement = placed.replace(request.order_id, request.client_id, request.limit_price)

            def told(edited: models.Edited) -> Amended:
                placed.replaced(replacement, edited.order_id)
                client_id = edited.client_oid or replacement.client_id
                return Amended(edited.order_id, replacement.order_id, client_id)

            def failed(error: Exception, _: Observable[Amended]) -> Observable[Amended]:
                if outcome_of(error).stage is Stage.UNKNOWN:
                    placed.unclear(replacement, error)
                else:
                    placed.kept(replacement)
                return rx.throw(error)

            def left() -> None:
                # Who leaves before the answer does not learn of it; nor does the order.
                placed.unclear(replacement, AnswerLost("amend_order", "nobody waited for it"))

            answer = in_time(way.edit(params), "amend_order", timeout, scheduler)
            return answer.pipe(ops.map(told), ops.catch(failed), ops.finally_action(left))

        return rx.defer(ask)

    return amend_order


edit_order_factory = amend_order_factory
"""KuCoin has one way to change an order."""


def cancel_order_factory(
    sockets: Sockets,  # noqa: ARG001
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    gateway: Way | None = None,
    sync: bool = False,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[CancelOrder], Observable[Canceled]]:
    """Make ``cancel_order(request)``, which asks for an order to be canceled, or a part of it.

    Cold; sends once, emits one `Canceled` and completes; the order's own stream tells whether it was canceled or filled
    before. That there is no such open order is no error: see `Canceled.is_over`. With ``sync`` the answer waits for the
    matching engine (spot). The others, errors and thread as of `amend_order_factory`.
    """
    check_timeout(timeout)
    client, placed = needed_rest(messages, rest), placed_of(messages)
    way: Way = RestWay(client) if gateway is None else gateway

    def cancel_order(request: CancelOrder) -> Observable[Canceled]:
        symbol = _symbol_of(placed, request)
        known = placed.find(request.order_id, request.client_id)
        margin = request.margin or (known is not None and known.trade_type != "TRADE")
        params = wire.given({"symbol": symbol, "order_id": request.order_id, "client_oid": request.client_id})
        if request.quantity is None:
            answer = way.cancel(params, margin=margin, sync=sync and not margin)
        else:
            answer = data_of(client.cancel_order_part(**params, cancel_size=request.quantity))

        def told(canceled: models.Canceled) -> Canceled:
            ids = canceled.order_id or request.order_id, canceled.client_oid or request.client_id
            return Canceled(*ids, raw=dict(canceled.raw))

        def missing(error: Exception, _: Observable[Canceled]) -> Observable[Canceled]:
            if isinstance(error, OrderRefused) and error.kind is Refusal.UNKNOWN_ORDER:
                return rx.of(Canceled(request.order_id, request.client_id, is_over=True, raw=error.raw))
            return rx.throw(error)

        return in_time(answer, "cancel_order", timeout, scheduler).pipe(ops.map(told), ops.catch(missing))

    return cancel_order


def _symbol_of(placed: PlacedOrders, request: AmendOrder | CancelOrder) -> str:
    known = placed.find(request.order_id, request.client_id)
    if request.symbol is None and known is None:
        raise refuse("symbol", None, "name it, as in 'BTC-USDT': the order was not placed on this connection")
    return request.symbol or (known.symbol if known is not None else "")


def cancel_all_factory(
    sockets: Sockets,  # noqa: ARG001
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> CancelAll:
    """Make ``cancel_all()``, which cancels all orders of the spot account; ``cancel_all("BTC-USDT")`` those of a pair.

    Cold; sends once, emits one `CanceledAll` and completes; errors, thread and arguments as of `amend_order_factory`.
    """
    check_timeout(timeout)
    client = needed_rest(messages, rest)

    def cancel_all(symbol: str | None = None) -> Observable[CanceledAll]:
        def all_of(_: str) -> CanceledAll:
            return CanceledAll((symbol or "",))

        def told(canceled: models.CanceledSymbols) -> CanceledAll:
            return CanceledAll(canceled.symbols, canceled.failed)

        answer: Observable[CanceledAll]
        if symbol is None:
            answer = data_of(client.cancel_all()).pipe(ops.map(told))
        else:
            answer = data_of(client.cancel_all_of_symbol(symbol=symbol)).pipe(ops.map(all_of))
        return in_time(answer, "cancel_all", timeout, scheduler)

    return cancel_all


class CancelAll(Protocol):
    """What `cancel_all_factory` makes."""

    def __call__(self, symbol: str | None = None) -> Observable[CanceledAll]: ...


class SetSwitch(Protocol):
    """What `cancel_all_orders_after_factory` makes."""

    def __call__(self, seconds: int, symbols: Sequence[str] | None = None) -> Observable[models.SwitchTimes]: ...


def cancel_all_orders_after_factory(
    sockets: Sockets,  # noqa: ARG001
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> SetSwitch:
    """Make ``cancel_all_orders_after(seconds)``, the dead man's switch: without a next call KuCoin cancels all orders.

    ``seconds`` is 0 (off) or 5 to 86,400; it concerns the spot account, or with ``symbols=[…]`` up to 50 pairs of it.
    Cold; sends once, emits one `SwitchTimes` and completes; errors, thread and arguments as of `amend_order_factory`.
    """
    check_timeout(timeout)
    client = needed_rest(messages, rest)

    def cancel_all_orders_after(seconds: int, symbols: Sequence[str] | None = None) -> Observable[models.SwitchTimes]:
        answer = data_of(client.cancel_all_orders_after(timeout=seconds or -1, symbols=symbols))
        return in_time(answer, "cancel_all_orders_after", timeout, scheduler)

    return cancel_all_orders_after


def batch_add_factory(
    sockets: Sockets,  # noqa: ARG001
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    sync: bool = False,
    precision: Precision | None = None,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[BatchAdd], Observable[tuple[Placed, ...]]]:
    """Make ``batch_add(request)``, which places several orders at once.

    Cold; sends once, emits what has become of each and completes; each is taken or refused on its own. Their further
    stages are told by `subscribe_executions`, or by a `resume_order_factory` made before, by the client ids that the
    `BatchAdd` has from the start. With ``sync`` the answer waits for the matching engine. The others, errors and thread
    as of `amend_order_factory`; ``precision`` as of `add_order_factory`.
    """
    check_timeout(timeout)
    client, placed = needed_rest(messages, rest), placed_of(messages)
    ask = client.add_order_batch_sync if sync else client.add_order_batch

    def batch_add(request: BatchAdd) -> Observable[tuple[Placed, ...]]:
        for order in request.orders:
            check_precision(precision, order)
        ids = [order.client_id or "" for order in request.orders]
        orders = [wire.add(order, each) for order, each in zip(request.orders, ids, strict=True)]

        def told(rows: tuple[models.Placed, ...]) -> tuple[Placed, ...]:
            return placed_rows(ids, rows)

        for order in request.orders:
            placed.note(draft(order))
        answer = data_of(ask(order_list=[BatchOrder(**order) for order in orders]))
        return in_time(answer, "batch_add", timeout, scheduler).pipe(ops.map(told))

    return batch_add


def placed_rows(client_ids: Sequence[str], rows: Sequence[models.Placed]) -> tuple[Placed, ...]:
    """What has become of each order of a batch, in the order of the request.

    Raises `AnswerLost` for an answer that does not tell of each.
    """
    by_id = {row.client_oid: row for row in rows if row.client_oid}
    unnamed = [row for row in rows if not row.client_oid]
    others = [each for each in client_ids if each not in by_id]
    if len(rows) != len(client_ids) or len(others) != len(unnamed):
        raise AnswerLost("batch_add", f"it tells of {len(rows)} orders, not of each of the {len(client_ids)}")
    # Those that are refused may not be named: among them the order of the request counts.
    by_id |= zip(others, unnamed, strict=True)
    return tuple(Placed(each, by_id[each].order_id, by_id[each].error) for each in client_ids)


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
    of the order that it places by `subscribe_executions`. Errors, thread and arguments as of `amend_order_factory`.
    """
    check_timeout(timeout)
    client = needed_rest(messages, rest)

    def add_stop_order(request: AddStopOrder) -> Observable[StopPlaced]:
        def told(placed: models.Placed) -> StopPlaced:
            return StopPlaced(request.client_id, placed.order_id)

        answer = data_of(client.add_stop_order(**wire.stop(request)))
        return in_time(answer, "add_stop_order", timeout, scheduler).pipe(ops.map(told))

    return add_stop_order


def cancel_stop_order_factory(
    sockets: Sockets,  # noqa: ARG001
    messages: Observable[Json],
    *,
    rest: KucoinRest | None = None,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Callable[[CancelStopOrder], Observable[Canceled]]:
    """Make ``cancel_stop_order(request)``, which cancels an order that waits for a price.

    Cold; sends once, emits one `Canceled` and completes; errors, thread and arguments as of `amend_order_factory`.
    """
    check_timeout(timeout)
    client = needed_rest(messages, rest)

    def cancel_stop_order(request: CancelStopOrder) -> Observable[Canceled]:
        def by_id(canceled: models.CanceledIds) -> Canceled:
            return Canceled(request.order_id, request.client_id, is_over=request.order_id not in canceled.order_ids)

        def by_client_id(canceled: models.Canceled) -> Canceled:
            return Canceled(canceled.order_id, request.client_id, raw=dict(canceled.raw))

        answer: Observable[Canceled]
        if request.order_id is not None:
            answer = data_of(client.cancel_stop_order(order_id=request.order_id)).pipe(ops.map(by_id))
        else:
            params = wire.given({"client_oid": request.client_id, "symbol": request.symbol})
            answer = data_of(client.cancel_stop_order_by_client_oid(**params)).pipe(ops.map(by_client_id))
        return in_time(answer, "cancel_stop_order", timeout, scheduler)

    return cancel_stop_order
