"""What placing orders has in common on all of KuCoin's markets."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, TypeVar

import reactivex as rx
from attrs import evolve, frozen
from reactivex import Observable, abc
from reactivex import operators as ops

from rxex.events import Socket
from rxex.exchanges.kucoin.lookup import after
from rxex.exchanges.kucoin.orders.fees import with_fees
from rxex.exchanges.kucoin.orders.fields import new_client_id
from rxex.exchanges.kucoin.orders.placed import PlacedOrders
from rxex.exchanges.kucoin.private_models import stage_at_end
from rxex.exchanges.kucoin.rest.models.orders import Placed
from rxex.models import Fill, Order, OrderSnapshot, OrderUpdate, Stage
from rxex.orders import AddOrder as AddOrderCall
from rxex.orders import OrderDialect, OrderRefused, Query, Refusal, place_order_factory
from rxex.orders.fields import Precision, check_digits
from rxex.typing import Json

__all__ = ["Executions", "Market", "Sockets", "Timing", "check_precision", "draft", "placing", "read_placed"]

R = TypeVar("R")
Sockets = Observable[Socket | None]
Executions = Observable[OrderUpdate | OrderSnapshot]


@frozen
class Market(Generic[R]):
    """How orders of one market are placed and looked for."""

    draft: Callable[[R], Order]
    """The order as it is asked for."""
    send: Callable[[Order, R], Observable[Placed]]
    """Places it, or has it looked at."""
    find: Callable[[Order, R], Observable[Any]]
    """Asks for the order with its client id; completes without an item where there is none."""
    told_of: Callable[[Any], OrderUpdate]
    """What that tells."""
    is_same: Callable[[Order, R, Any], bool]
    """Whether that is what was asked for."""
    fills: Callable[[R, str], Observable[tuple[Fill, ...]]]
    """Asks for the executions of an order by KuCoin's id."""
    is_trial: Callable[[R], bool]
    trade_type: Callable[[R], str]
    whole: Callable[[R], Callable[[Order], Observable[Order]]] | None = None
    """Makes what tells all of an order that was changed; None: orders are not changed."""


@frozen
class Timing:
    """See `rxex.orders.place_order_factory`."""

    timeout: float
    settle: float
    patience: float
    check: float
    scheduler: abc.SchedulerBase | None


def placing(
    sockets: Sockets,
    messages: Observable[Json],
    market: Market[R],
    *,
    placed: PlacedOrders,
    executions: Executions,
    query: Query,
    timing: Timing,
    hears_first: bool,
    fees: bool,
) -> AddOrderCall[R]:
    """Make ``add_order`` of a market."""

    def send(order: Order, request: R) -> Observable[OrderUpdate]:
        def doubled(error: Exception, _: Observable[OrderUpdate]) -> Observable[OrderUpdate]:
            is_double = isinstance(error, OrderRefused) and error.kind is Refusal.DUPLICATE_CLIENT_ID
            return _found(market, order, request, error) if is_double else rx.throw(error)

        def told(answer: Placed) -> OrderUpdate:
            update = read_placed(answer)
            if not placed.is_older(order.client_id, update.order_id):
                return update
            # It was changed meanwhile; what is told here is how it began.
            placed.saw(evolve(update, client_id=order.client_id))
            return OrderUpdate(None, None, Stage.PENDING, time=update.time, raw=update.raw)

        return market.send(order, request).pipe(ops.map(told), ops.catch(doubled))

    place = place_order_factory(
        sockets,
        messages,
        placed.follow(executions),
        OrderDialect(market.draft, send=send, is_trial=market.is_trial),
        hears_first=hears_first,
        timeout=timing.timeout,
        query=query,
        settle=timing.settle,
        patience=timing.patience,
        check=timing.check,
        scheduler=timing.scheduler,
    )

    def add_order(request: R, until: Stage | None = None) -> Observable[Order]:
        trade_type = market.trade_type(request)

        def ask(order_id: str) -> Observable[tuple[Fill, ...]]:
            return market.fills(request, order_id)

        def note(order: Order) -> None:
            placed.note(order, trade_type)

        orders = place(request, until).pipe(ops.do_action(note))
        whole = None if market.whole is None else market.whole(request)
        if not fees and whole is None:
            return orders
        return with_fees(orders, ask if fees else None, timing.scheduler, whole=whole, is_changed=placed.is_changed)

    return add_order


def draft(request: Any) -> Order:
    """The order as it is asked for, with its client id."""
    return Order(
        request.client_id or new_client_id(),
        request.symbol,
        request.side,
        "market" if request.order_type == "market" else "limit",
        request.quantity,
        request.limit_price,
    )


def check_precision(precision: Precision | None, request: Any) -> None:
    """Raise `InvalidArgument` for digits that KuCoin does not take."""
    digits = None if precision is None else precision(request.symbol)
    if digits is not None:
        check_digits(request.symbol, digits[0], limit_price=request.limit_price)
        check_digits(request.symbol, digits[1], quantity=request.quantity)


def read_placed(placed: Placed) -> OrderUpdate:
    """What the answer to a request for an order tells: that it was taken; where it was waited for, how it stands."""
    stage, size, filled = Stage.PENDING, placed.size or None, placed.filled
    if placed.status == "open":
        stage = Stage.PARTIALLY_FILLED if filled else Stage.OPEN
    elif placed.status == "done" and size is not None:
        stage = stage_at_end(filled, size)
    return OrderUpdate(
        placed.order_id, None, stage, quantity=size, filled=filled, time=placed.time, raw=dict(placed.raw)
    )


def _found(market: Market[R], order: Order, request: R, refused: Exception) -> Observable[OrderUpdate]:
    """Tell of the order that has the client id already; or refuse, where it is another one."""

    def tell(info: Any) -> Observable[OrderUpdate]:
        if info is None:
            # It is there, and cannot be seen yet.
            return rx.of(OrderUpdate(None, None, Stage.UNKNOWN, reason=str(refused), error=refused))
        return rx.of(market.told_of(info)) if market.is_same(order, request, info) else rx.throw(refused)

    def unseen(_: Exception, __: Observable[Any]) -> Observable[Any]:
        return rx.empty()

    found = market.find(order, request).pipe(ops.catch(unseen))
    return after(found.pipe(ops.first_or_default(None, None)), tell)
