"""What Bitfinex tells of our orders. Sources: Bitfinex's pages "Retrieve Orders", "Submit Order", "Order Multi-OP"."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from rxex.codec import number
from rxex.errors import MalformedMessage, RxexError
from rxex.exchanges.bitfinex.notifications import Notification
from rxex.exchanges.bitfinex.order_models import OrdersRead, parse_status, read_trade
from rxex.exchanges.bitfinex.refusals import refused
from rxex.exchanges.bitfinex.rest.models.accepted import accepted, notification
from rxex.exchanges.bitfinex.rest.models.reading import listing, row_of
from rxex.models import Fill, OrderUpdate, Side, Stage
from rxex.rest.reading import raw_field

__all__ = ["Accepted", "Operation", "OrderInfo"]

_LIVE = ("ACTIVE", "PARTIALLY FILLED")


@frozen
class OrderInfo:
    """An order as it stands. ``status`` is Bitfinex's text, ``price`` and ``limit_price`` are those it was given.

    ``average_price`` is None without a fill, ``size`` what was asked for in all. ``parent_id`` is the order that
    caused this one, ``expires`` when it is canceled by itself.
    """

    id: str
    client_id: str | None
    group_id: int | None
    symbol: str | None
    side: Side | None
    type: str | None
    stage: Stage
    status: str
    size: Decimal | None
    filled: Decimal
    remaining: Decimal
    price: Decimal | None
    average_price: Decimal | None
    trailing: Decimal | None
    limit_price: Decimal | None
    flags: int
    hidden: bool
    parent_id: str | None
    expires: int | None
    created: int | None
    updated: int | None
    routing: str | None
    meta: Any
    update: OrderUpdate = field(repr=False, eq=False)
    """The same in the model that all exchanges share."""
    raw: Sequence[Any] = raw_field()


def _order(values: Any, received: int, kind: str) -> OrderInfo:
    row = row_of(values)
    update = OrdersRead().read(kind, values, received, values, number)
    return OrderInfo(
        row.need_id(0),
        row.id(2),
        row.whole(1),
        row.text(3),
        update.side,
        row.text(8),
        update.stage or Stage.OPEN,
        row.text(13) or "",
        update.quantity,
        update.filled or Decimal(0),
        abs(row.number(6) or Decimal(0)),
        row.number(16) or None,
        update.average_price,
        row.number(18) or None,
        row.number(19) or None,
        row.whole(12) or 0,
        row.flag(24),
        row.id(25),
        row.time(10),
        row.time(4),
        row.time(5),
        row.text(28),
        row.at(31),
        update,
        values,
    )


def open_order(values: Any, received: int) -> OrderInfo:
    """Read an order of the list of those that are open, whatever its text says."""
    return _order(values, received, "on")


def closed_order(values: Any, received: int) -> OrderInfo:
    """Read an order of the list of those that are over, whatever its text says."""
    return _order(values, received, "oc")


def _told_order(values: Any, received: int) -> OrderInfo:
    """Read an order of which only the text tells whether it is over."""
    state = parse_status(row_of(values).text(13) or "").state
    return _order(values, received, "on" if not state or state.startswith(_LIVE) else "oc")


def fill(values: Any, received: int) -> Fill:
    made = read_trade(values, received, values, number).fill
    if made is None:
        raise MalformedMessage("an execution was expected")
    return made


@frozen
class Accepted:
    """A request about orders was accepted for processing: what became of them, the orders tell.

    ``orders`` are those that Bitfinex tells of, ``order_id`` and ``client_id`` those of the first, or of the only one;
    a cancel by client id tells the id only in its ``text``.
    """

    order_id: str | None
    client_id: str | None
    text: str
    orders: tuple[OrderInfo, ...] = ()
    time: int | None = None
    raw: Sequence[Any] = raw_field()


def acknowledged(note: Notification, _: Any, received: int) -> Accepted:
    """Read what was accepted: one row, or a list of them, of which some are next to empty."""
    info = note.info if isinstance(note.info, list) else []
    rows = [row_of(values) for values in (info if info and isinstance(info[0], list) else [info] if info else [])]
    orders = tuple(_told_order(row.values, received) for row in rows if row.id(0) is not None)
    head = rows[0] if rows else row_of([])
    return Accepted(head.id(0), head.id(2), note.text, orders, note.time, listing(note.raw))


def placed(request: str) -> Any:
    """Read a new order that was accepted; one that was refused at once is raised, though it was "accepted"."""

    def read(note: Notification, parameters: Any, received: int) -> Accepted:
        made = acknowledged(note, parameters, received)
        if made.orders and all(each.stage is Stage.REJECTED for each in made.orders):
            raise refused(request, made.orders[0].status, note.info)
        return made

    return read


@frozen
class Operation:
    """What became of one operation of several: ``accepted``, or ``error``."""

    accepted: Accepted | None
    error: RxexError | None = None
    raw: Sequence[Any] = raw_field()


_KINDS = {
    "on-req": ("add_order", placed("add_order")),
    "ou-req": ("edit_order", acknowledged),
    "oc-req": ("cancel_order", acknowledged),
    "oc_multi-req": ("cancel_orders", acknowledged),
}


def operations(note: Notification, parameters: Any, received: int) -> tuple[Operation, ...]:
    """Read what became of each operation; that all together were accepted says nothing about one."""
    told = listing(note.info)
    if len(told) != len(parameters.ops):
        raise MalformedMessage(f"{len(told)} answers to {len(parameters.ops)} operations")
    return tuple(_operation(values, received) for values in told)


def _operation(values: Any, received: int) -> Operation:
    request, read = _KINDS.get(notification(values, received).kind, ("order_multi", acknowledged))
    try:
        return Operation(accepted(request, read, orders=True)(values, None, received), raw=values)
    except RxexError as error:
        return Operation(None, error, values)
