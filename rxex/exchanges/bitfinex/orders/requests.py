"""What can be asked of Bitfinex about orders. Everything is checked when it is made; nothing wrong can be sent.

Prices and quantities are Decimals, whole numbers or texts of numbers, never floats. Sources: Bitfinex's pages "New
Order", "Update Order", "Cancel Order", "Cancel Order Multi" and "Order Multi-OP" of the WebSocket inputs.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeAlias

from attrs import field, frozen

from rxex.exchanges.bitfinex.digits import LARGEST_ID, check_amount, check_price
from rxex.exchanges.bitfinex.order_models import TYPES
from rxex.exchanges.bitfinex.orders import fields as bitfinex
from rxex.models import Side
from rxex.orders import fields

__all__ = ["AddOrder", "BatchAdd", "BatchCancel", "CancelOrder", "EditOrder", "MultiRequest", "is_derivative"]

_STOPS = ("stop-loss", "stop-loss-limit")
_LIMITED = ("limit", "stop-loss-limit")
_MOST_OPERATIONS = 15


def is_derivative(symbol: str) -> bool:
    """Tell whether a symbol is that of a perpetual contract.

    >>> is_derivative("tBTCF0:USTF0"), is_derivative("tBTCUSD")
    (True, False)
    """
    return symbol.endswith("F0")


@frozen
class AddOrder:
    """An order to be placed.

    Args:
        symbol: as in ``tBTCUSD``; of derivatives ``tBTCF0:USTF0``.
        side: ``buy`` or ``sell``.
        order_type: ``limit``, ``market``, ``stop-loss``, ``stop-loss-limit`` or ``trailing-stop``.
        quantity: how much of the base asset; 8 digits after the point.
        limit_price: for the types with a limit; 5 significant digits.
        client_id: our id of it, a whole number up to 35,184,372,088,831. Bitfinex takes one twice, and then has two
            orders. None: a new one for each subscription.
        trigger_price: for stops.
        price_trailing: for a trailing stop, how far it stays behind.
        time_in_force: ``gtc``, ``gtd`` (with ``expire_time``), ``ioc`` or ``fok``.
        post_only: canceled if it would take.
        reduce_only: only reduces a position.
        close_position: closes the position.
        margin: trades with the margin wallet instead of the exchange wallet; derivatives always do.
        hidden: not seen in the book.
        no_variable_rates: takes no funding of a variable rate.
        expire_time: when it ends, to the second.
        leverage: of derivatives, 1 to 100; Bitfinex takes 10 otherwise.
        group_id: a whole number that orders can have in common, to be canceled together.
        oco_stop_price: makes it one of two: the other is a stop at this price, and one that is executed cancels the
            other.
        oco_client_id: our id of the other; None: a new one.
        meta: Bitfinex's further wishes: ``aff_code``, ``make_visible``, ``protect_selfmatch``.

    Raises `InvalidArgument` for what Bitfinex would refuse by its form, and for digits that it would cut.
    """

    symbol: str = field(validator=bitfinex.a_symbol)
    side: Side = field(converter=fields.to_side, validator=fields.a_side)
    order_type: str = field(validator=fields.one_of(tuple(TYPES)))
    quantity: Decimal = field(converter=bitfinex.to_amount, validator=fields.an_amount)
    limit_price: Decimal | None = field(default=None, converter=fields.exact, validator=fields.an_amount)
    client_id: str | None = field(
        default=None, converter=bitfinex.to_text, validator=bitfinex.a_client_id, kw_only=True
    )
    trigger_price: Decimal | None = field(
        default=None, converter=fields.exact, validator=fields.an_amount, kw_only=True
    )
    price_trailing: Decimal | None = field(
        default=None, converter=fields.exact, validator=fields.an_amount, kw_only=True
    )
    time_in_force: str = field(default="gtc", validator=fields.one_of(("gtc", "gtd", "ioc", "fok")), kw_only=True)
    post_only: bool = field(default=False, validator=fields.a_flag, kw_only=True)
    reduce_only: bool = field(default=False, validator=fields.a_flag, kw_only=True)
    close_position: bool = field(default=False, validator=fields.a_flag, kw_only=True)
    margin: bool = field(default=False, validator=fields.a_flag, kw_only=True)
    hidden: bool = field(default=False, validator=fields.a_flag, kw_only=True)
    no_variable_rates: bool = field(default=False, validator=fields.a_flag, kw_only=True)
    expire_time: datetime | None = field(default=None, converter=fields.to_utc, validator=fields.a_date, kw_only=True)
    leverage: int | None = field(default=None, validator=bitfinex.a_leverage, kw_only=True)
    group_id: int | None = field(default=None, validator=bitfinex.a_group, kw_only=True)
    oco_stop_price: Decimal | None = field(
        default=None, converter=fields.exact, validator=fields.an_amount, kw_only=True
    )
    oco_client_id: str | None = field(
        default=None, converter=bitfinex.to_text, validator=bitfinex.a_client_id, kw_only=True
    )
    meta: dict[str, Any] | None = field(default=None, validator=bitfinex.a_meta, kw_only=True)

    def __attrs_post_init__(self) -> None:
        kind = self.order_type
        for name, is_for, value in (
            ("limit_price", kind in _LIMITED, self.limit_price),
            ("trigger_price", kind in _STOPS, self.trigger_price),
            ("price_trailing", kind == "trailing-stop", self.price_trailing),
        ):
            if is_for != (value is not None):
                raise fields.refuse(name, value, f"a {kind} order {'needs one' if is_for else 'has none'}")
        check_amount("quantity", self.quantity)
        for name in ("limit_price", "trigger_price", "price_trailing", "oco_stop_price"):
            check_price(name, getattr(self, name))
        self._check_rest()

    def _check_rest(self) -> None:
        at_once = self.time_in_force in {"ioc", "fok"}
        if (self.time_in_force == "gtd") != (self.expire_time is not None):
            raise fields.refuse("expire_time", self.expire_time, "an order that is good till a date ('gtd') has one")
        if at_once and self.order_type != "limit":
            raise fields.refuse("time_in_force", self.time_in_force, "only a limit order is executed at once or not")
        if self.post_only and (self.order_type != "limit" or at_once):
            raise fields.refuse("post_only", self.post_only, "only a limit order that can wait never takes")
        if self.oco_stop_price is not None and (self.order_type != "limit" or at_once):
            raise fields.refuse("oco_stop_price", self.oco_stop_price, "only a limit order has a stop beside it")
        if self.oco_client_id is not None and (self.oco_stop_price is None or self.oco_client_id == self.client_id):
            raise fields.refuse("oco_client_id", self.oco_client_id, "it is that of the stop beside the order")
        if self.leverage is not None and not is_derivative(self.symbol):
            raise fields.refuse("leverage", self.leverage, "only derivatives have one")
        if self.margin and is_derivative(self.symbol):
            raise fields.refuse("margin", self.margin, "derivatives are on margin anyway")


@frozen(kw_only=True)
class EditOrder:
    """A change of an open order, which keeps its id; a change of price is known to cost its place in the queue.

    Args:
        order_id: Bitfinex's id of it; or
        client_id: ours, and ``date``, the day in UTC on which it was placed, where it is not known here.
        quantity: what is to remain; or
        delta: how much more is to remain, below 0: how much less.
        limit_price: as all that follow, see `AddOrder`.
        trigger_price: a price.
        price_trailing: a distance.
        expire_time: a time.
        leverage: a number.
        group_id: a number.
        flags: Bitfinex's sum of its flags, as in 64 + 4096 for a hidden order that never takes.
        meta: further wishes.
        side: of the order, where it is not known here: an order that is not open, or on a stream of messages that is
            no connection's. Needed for a change of quantity; and
        order_type: for a change of prices.
    """

    order_id: str | None = field(default=None, converter=bitfinex.to_text, validator=bitfinex.a_text_id)
    client_id: str | None = field(default=None, converter=bitfinex.to_text, validator=bitfinex.a_client_id)
    date: dt.date | None = field(default=None, validator=bitfinex.a_day)
    quantity: Decimal | None = field(default=None, converter=fields.exact, validator=fields.an_amount)
    delta: Decimal | None = field(default=None, converter=fields.exact, validator=fields.a_number)
    limit_price: Decimal | None = field(default=None, converter=fields.exact, validator=fields.an_amount)
    trigger_price: Decimal | None = field(default=None, converter=fields.exact, validator=fields.an_amount)
    price_trailing: Decimal | None = field(default=None, converter=fields.exact, validator=fields.an_amount)
    expire_time: datetime | None = field(default=None, converter=fields.to_utc, validator=fields.a_date)
    leverage: int | None = field(default=None, validator=bitfinex.a_leverage)
    group_id: int | None = field(default=None, validator=bitfinex.a_group)
    flags: int | None = field(default=None, validator=fields.whole(0, 2**31 - 1))
    meta: dict[str, Any] | None = field(default=None, validator=bitfinex.a_meta)
    side: Side | None = field(default=None, converter=fields.to_side, validator=fields.a_side)
    order_type: str | None = field(default=None, validator=fields.one_of(tuple(TYPES)))

    def __attrs_post_init__(self) -> None:
        fields.check_one(order_id=self.order_id, client_id=self.client_id)
        others = (self.expire_time, self.leverage, self.group_id, self.flags, self.meta)
        if all(change is None for change in (self.quantity, self.delta, *self.prices, *others)):
            raise fields.refuse("quantity", None, "say what is to change")
        if (self.quantity is not None and self.delta is not None) or self.delta == 0:
            raise fields.refuse("delta", self.delta, "give what is to remain, or how much more or less")
        check_amount("quantity", self.quantity)
        check_amount("delta", self.delta)
        for name in ("limit_price", "trigger_price", "price_trailing"):
            check_price(name, getattr(self, name))

    @property
    def prices(self) -> tuple[Decimal | None, ...]:
        """The prices that are to change, with None for those that are not."""
        return self.limit_price, self.trigger_price, self.price_trailing


@frozen(kw_only=True)
class CancelOrder:
    """The order to cancel: by Bitfinex's id, or by ours.

    ``date`` is the day in UTC on which it was placed; it is known here for orders that are open, or that were placed
    on the same connection.
    """

    order_id: str | None = field(default=None, converter=bitfinex.to_text, validator=bitfinex.a_text_id)
    client_id: str | None = field(default=None, converter=bitfinex.to_text, validator=bitfinex.a_client_id)
    date: dt.date | None = field(default=None, validator=bitfinex.a_day)

    def __attrs_post_init__(self) -> None:
        fields.check_one(order_id=self.order_id, client_id=self.client_id)


@frozen(kw_only=True)
class BatchCancel:
    """Several orders to cancel: by Bitfinex's ids, by ours (see `CancelOrder`), or all of some groups."""

    order_ids: tuple[str, ...] = field(default=(), converter=bitfinex.to_ids)
    client_ids: tuple[str, ...] = field(default=(), converter=bitfinex.to_ids)
    group_ids: tuple[int, ...] = field(default=(), converter=tuple)
    date: dt.date | None = field(default=None, validator=bitfinex.a_day)

    def __attrs_post_init__(self) -> None:
        if not (self.order_ids or self.client_ids or self.group_ids):
            raise fields.refuse("order_ids", (), "say which")
        for order_id in self.order_ids:
            CancelOrder(order_id=order_id)
        for client_id in self.client_ids:
            CancelOrder(client_id=client_id)
        for group_id in self.group_ids:
            given: object = group_id
            if type(given) is not int or not 1 <= group_id <= LARGEST_ID:
                raise fields.refuse("group_ids", group_id, "give whole numbers above 0")


@frozen
class BatchAdd:
    """Up to 15 orders, of any symbols; give each its ``client_id``, or have it made for each subscription."""

    orders: tuple[AddOrder, ...] = field(converter=tuple)

    def __attrs_post_init__(self) -> None:
        check_operations(self.orders)
        named = [order.client_id for order in self.orders if order.client_id is not None]
        if len(set(named)) < len(named):
            raise fields.refuse("orders", "client ids", "each has to be there once")


MultiRequest: TypeAlias = AddOrder | EditOrder | CancelOrder | BatchCancel


def check_operations(requests: Sequence[MultiRequest] | Iterable[MultiRequest]) -> None:
    """Raise `InvalidArgument` for what is no list of 1 to 15 requests."""
    given: list[object] = list(requests)
    if not 1 <= len(given) <= _MOST_OPERATIONS:
        raise fields.refuse("requests", len(given), f"one message has 1 to {_MOST_OPERATIONS} operations")
    for request in given:
        if not isinstance(request, MultiRequest):
            raise fields.refuse("requests", request, "give requests: AddOrder, EditOrder, CancelOrder, BatchCancel")
