"""What Bitfinex answers to requests: by notifications, which name the order, or in some errors nothing.

Sources: Bitfinex's page "Notifications", and what clients saw.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, TypeVar, cast

import reactivex as rx
from attrs import field, frozen
from reactivex import Observable, abc
from reactivex import operators as ops

from rxex.codec import number as exact_number
from rxex.errors import TransientError
from rxex.events import Socket
from rxex.exchanges.bitfinex.notifications import Notification, notification_of, notifications_of, read_notification
from rxex.exchanges.bitfinex.orders.desk import Asked, Desk, desk_of, ids_of
from rxex.exchanges.bitfinex.refusals import refused, unclear
from rxex.models import Order, OrderUpdate, Stage
from rxex.operators._answers import check_timeout
from rxex.orders import OrderRefused, call
from rxex.typing import Json

__all__ = [
    "Amended",
    "BatchCanceled",
    "Canceled",
    "CanceledAll",
    "Edited",
    "Placed",
    "Sockets",
    "ask",
    "check_outcome",
    "counted",
    "identity",
    "order_answer",
    "outcomes",
    "rows_of",
]

T = TypeVar("T")
Sockets = Observable[Socket | None]
_REFUSALS = {"ERROR", "FAILURE"}


def _raw() -> Any:
    return field(default=None, repr=False, eq=False)


@frozen
class Edited:
    """Bitfinex takes the change; what it leads to, the order's own stream tells."""

    order_id: str | None
    client_id: str | None = None
    raw: Any = _raw()  # noqa: RUF009 - it is attrs that takes it


Amended = Edited
"""Bitfinex has one way to change an order."""


@frozen
class Canceled:
    """Bitfinex takes the request to cancel; that it is canceled, or was filled before, its own stream tells."""

    order_id: str | None = None
    client_id: str | None = None
    raw: Any = _raw()  # noqa: RUF009 - it is attrs that takes it


@frozen
class CanceledAll:
    """``count`` orders are to be canceled; None: Bitfinex does not say how many."""

    count: int | None
    raw: Any = _raw()  # noqa: RUF009 - it is attrs that takes it


@frozen
class BatchCanceled(CanceledAll):
    """``count`` orders of the batch are to be canceled."""


@frozen
class Placed:
    """One order of a batch: taken as ``order_id``, or refused with ``error``."""

    client_id: str
    order_id: str | None = None
    error: OrderRefused | TransientError | None = None


def error_of(request: str, notification: Notification) -> OrderRefused | TransientError | None:
    """Give what a notification says against a request; None where it is accepted."""
    if notification.is_success:
        return None
    text = notification.text or notification.status
    is_refusal = notification.status in _REFUSALS
    return unclear(request, text, is_refusal=is_refusal) or refused(request, text, notification.raw)


def check_outcome(request: str, notification: Notification) -> None:
    """Raise what a notification says against a request."""
    error = error_of(request, notification)
    if error is not None:
        raise error


def rows_of(info: Any) -> list[Any]:
    """Give the rows that a notification has: one, several, or none."""
    if not isinstance(info, list) or not info:
        return []
    return [row for row in info if isinstance(row, list)] if isinstance(info[0], list) else [info]


def order_answer(message: Json, order: Order) -> OrderUpdate | None:
    """Read the answer to a new order: taken, refused, or neither (see `rxex.orders.OrderDialect`)."""
    notification = notification_of(message)
    if notification is None or notification.kind != "on-req":
        return None
    ids = next((ids for ids in map(ids_of, rows_of(notification.info)) if ids[1] == order.client_id), None)
    if ids is None:
        return None
    error = error_of("add_order", notification)
    if error is None:
        return OrderUpdate(ids[0], order.client_id, Stage.PENDING, time=notification.time, raw=message)
    stage = Stage.REJECTED if isinstance(error, OrderRefused) else Stage.UNKNOWN
    return OrderUpdate(None, order.client_id, stage, reason=notification.text, error=error, raw=message)


def outcomes(notification: Notification, client_ids: Sequence[str]) -> Iterator[tuple[str, Placed]]:
    """Tell what a notification about several operations, or about one, says of new orders."""
    if notification.kind == "on-req":
        error = error_of("batch_add", notification)
        for order_id, client_id in map(ids_of, rows_of(notification.info)):
            if client_id is not None and client_id in client_ids:
                yield client_id, Placed(client_id, order_id if error is None else None, error)
    elif notification.kind == "ox_multi-req":
        for row in rows_of(notification.info):
            if len(row) > 1 and isinstance(row[1], str):
                # What is in it are the notifications about each.
                try:
                    inner = read_notification("n", row, notification.received, notification.raw, exact_number)
                except (TypeError, ValueError):
                    continue
                yield from outcomes(inner, client_ids) if inner.kind == "on-req" else ()
            else:
                order_id, client_id = ids_of(row)
                if client_id is not None and client_id in client_ids and order_id is not None:
                    yield client_id, Placed(client_id, order_id)


Make = Callable[[Desk, Socket, Asked], Any]
"""Makes the payload of a request, and notes in what waits for it which order it is about."""


def ask(
    label: str,
    code: str,
    sockets: Sockets,
    messages: Observable[Json],
    *,
    make: Make,
    read: Callable[[Notification], T | None],
    what: str = "orders",
    kind: str = "",
    reads_all: bool = False,
    timeout: float = 5.0,
    scheduler: abc.SchedulerBase | None = None,
) -> Observable[T]:
    """Send one request, give what is read of the notification that answers it, and complete.

    Each subscription sends once or not at all. What the key may not do, and what Bitfinex would refuse for its state,
    is not sent. See `rxex.orders.call` for errors and thread.

    Args:
        label: what errors call the request.
        code: Bitfinex's word for it.
        sockets: gives the socket, and None once it has gone.
        messages: the connection's.
        make: makes the payload.
        read: makes what is emitted of a notification; None: it goes on. Is not asked where the request is refused.
        what: what it changes, as the key's permissions are called; empty: nothing.
        kind: the type of the notification, where it is not that of ``code``.
        reads_all: whether notifications that are not its own are read as well.
        timeout: seconds for the answer.
        scheduler: runs the waits.
    """
    check_timeout(timeout)
    desk = desk_of(messages)

    def begin(_: object) -> Observable[T]:
        asked = Asked(kind or f"{code}-req")

        def make_input(socket: Socket, request_id: int) -> Json:
            desk.check(socket, label, what)
            payload = make(desk, socket, asked)
            asked.message_id = request_id if kind else None
            desk.wait(asked)
            return [0, code, asked.message_id, payload]

        def read_answer(message: Json, _: int) -> T | None:
            notification = notification_of(message)
            if notification is None:
                return None
            if desk.owner(message, notification) is asked:
                check_outcome(label, notification)
            elif not reads_all:
                return None
            return read(notification)

        answer = call(
            cast("Observable[Any]", sockets),
            notifications_of(messages),
            make_input,
            read_answer,
            label=label,
            timeout=timeout,
            scheduler=scheduler,
        )
        return answer.pipe(ops.finally_action(lambda: desk.leave(asked)))

    return rx.defer(begin)


def counted(info: Any) -> int | None:
    """Tell how many orders a notification has; None where it has none at all."""
    return len(rows_of(info)) if isinstance(info, list) else None


def identity(values: Mapping[str, Any]) -> tuple[str | None, str | None]:
    """Give both ids of a payload that names one order."""
    order_id, client_id = values.get("id"), values.get("cid")
    return (None if order_id is None else str(order_id)), (None if client_id is None else str(client_id))
