"""What can be asked of KuCoin about spot and margin orders. Everything is checked when it is made.

Prices and quantities are Decimals, whole numbers or texts of numbers, never floats. Sources: KuCoin's pages "Add
Order", "Add Order Sync", "Batch Add Orders", "Modify Order", "Cancel Order", "Cancel Partial Order", "Add Stop Order"
and "Add Order" (margin).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any

from attrs import evolve, field, frozen

from rxex.exchanges.kucoin.orders.fields import (
    LONGEST_LIFE,
    SELF_TRADE,
    a_client_id,
    a_note,
    a_symbol,
    an_id,
    new_client_id,
)
from rxex.models import Side
from rxex.orders.fields import (
    a_date,
    a_flag,
    a_side,
    an_amount,
    check_one,
    exact,
    needed,
    one_of,
    refuse,
    to_side,
    to_utc,
    whole,
)

__all__ = ["AddOrder", "AddStopOrder", "AmendOrder", "BatchAdd", "CancelOrder", "CancelStopOrder", "EditOrder"]

_LIMITED = ("limit", "iceberg")
_FORCES = ("gtc", "gtd", "ioc", "fok")
_MOST_OF_A_BATCH = 5


@frozen
class AddOrder:
    """An order to be placed.

    Args:
        symbol: as in ``BTC-USDT``.
        side: ``buy`` or ``sell``.
        order_type: ``limit``, ``market`` or ``iceberg``; `AddStopOrder` is for those that wait for a price.
        quantity: how much of the base asset.
        limit_price: for the types with a limit.
        client_id: our id of it: up to 40 letters, digits, underscores and hyphens, never used before; None: a new UUID
            for each subscription.
        time_in_force: ``gtc``, ``gtd`` (with ``cancel_after`` or ``expire_time``), ``ioc`` or ``fok``.
        post_only: canceled if it would take; hidden orders and icebergs it may meet all the same.
        margin: trade on margin.
        expire_time: when it ends, to the second.
        cancel_after: instead of ``expire_time``: seconds until it ends.
        deadline: not taken by the exchange after this; our clock has to be right for it.
        display_quantity: what an iceberg shows.
        hidden: whether it does not show in the book.
        cash_quantity: instead of ``quantity``, for a market order: how much of the quote asset.
        self_trade: ``cancel_newest``, ``cancel_oldest``, ``cancel_both`` or ``decrease_and_cancel``.
        isolated: on the isolated margin account of the symbol, instead of the cross one.
        auto_borrow: borrow what it lacks (margin).
        auto_repay: repay with what it brings (margin).
        remark: a note of ours, up to 20 characters of ASCII.
        tags: another one.
        validate: only have it looked at: its stages end as ``validated`` or ``rejected``, and nothing is placed.

    Raises `InvalidArgument` for what KuCoin would refuse by its form.
    """

    symbol: str = field(validator=a_symbol)
    side: Side = field(converter=to_side, validator=a_side)
    order_type: str = field(validator=one_of((*_LIMITED, "market")))
    quantity: Decimal | None = field(default=None, converter=exact, validator=an_amount)
    limit_price: Decimal | None = field(default=None, converter=exact, validator=an_amount)
    client_id: str | None = field(default=None, validator=a_client_id, kw_only=True)
    time_in_force: str = field(default="gtc", validator=one_of(_FORCES), kw_only=True)
    post_only: bool = field(default=False, validator=a_flag, kw_only=True)
    margin: bool = field(default=False, validator=a_flag, kw_only=True)
    expire_time: datetime | None = field(default=None, converter=to_utc, validator=a_date, kw_only=True)
    cancel_after: int | None = field(default=None, validator=whole(1, LONGEST_LIFE), kw_only=True)
    deadline: datetime | None = field(default=None, converter=to_utc, validator=a_date, kw_only=True)
    display_quantity: Decimal | None = field(default=None, converter=exact, validator=an_amount, kw_only=True)
    hidden: bool = field(default=False, validator=a_flag, kw_only=True)
    cash_quantity: Decimal | None = field(default=None, converter=exact, validator=an_amount, kw_only=True)
    self_trade: str | None = field(default=None, validator=one_of(tuple(SELF_TRADE)), kw_only=True)
    isolated: bool = field(default=False, validator=a_flag, kw_only=True)
    auto_borrow: bool = field(default=False, validator=a_flag, kw_only=True)
    auto_repay: bool = field(default=False, validator=a_flag, kw_only=True)
    remark: str | None = field(default=None, validator=a_note, kw_only=True)
    tags: str | None = field(default=None, validator=a_note, kw_only=True)
    validate: bool = field(default=False, validator=a_flag, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _check_what(self, is_limited=self.order_type in _LIMITED)
        shown, amount = self.display_quantity, self.quantity
        if (self.order_type == "iceberg") != (shown is not None):
            raise refuse("display_quantity", shown, "an iceberg has one, and nothing else")
        if shown is not None and amount is not None and shown > amount:
            raise refuse("display_quantity", shown, "at most all of it")
        if self.hidden and shown is not None:
            raise refuse("hidden", self.hidden, "an iceberg shows a part of itself")
        for name in ("isolated", "auto_borrow", "auto_repay"):
            if getattr(self, name) and not self.margin:
                raise refuse(name, value=True, remedy="it goes with margin=True")
        for name in ("deadline", "remark", "tags"):
            if self.margin and getattr(self, name) is not None:
                raise refuse(name, getattr(self, name), "margin orders do not have it")


def _check_what(order: Any, *, is_limited: bool) -> None:
    """Check what orders and stop orders have in common."""
    if is_limited != (order.limit_price is not None):
        has = "needs a" if is_limited else "has no"
        raise refuse("limit_price", order.limit_price, f"a {order.order_type} order {has} limit price")
    if order.cash_quantity is not None:
        if order.quantity is not None or is_limited:
            raise refuse("cash_quantity", order.cash_quantity, "it is for a market order, alone")
    elif order.quantity is None:
        raise refuse("quantity", None, "say how much")
    ends = [each for each in (order.expire_time, order.cancel_after) if each is not None]
    if len(ends) != (order.time_in_force == "gtd"):
        raise refuse("expire_time", order.expire_time, "an order that is good till a date ('gtd') has one end")
    if not is_limited and order.time_in_force != "gtc":
        raise refuse("time_in_force", order.time_in_force, "a market order is done at once")
    if order.post_only and (not is_limited or order.time_in_force in {"ioc", "fok"}):
        raise refuse("post_only", order.post_only, "only an order with a limit that can wait never takes")
    if not is_limited and order.self_trade == "decrease_and_cancel":
        raise refuse("self_trade", order.self_trade, "not for market orders")


@frozen
class AddStopOrder:
    """An order that is placed once the price has come to ``trigger_price``; the order then has an id of its own.

    Args:
        symbol: as in ``BTC-USDT``.
        side: ``buy`` or ``sell``.
        order_type: ``limit`` or ``market``: what the order then is.
        quantity: how much of the base asset.
        limit_price: for a limit order.
        trigger_price: the price of a trade that places it. Where it is above the present one KuCoin waits for a rise,
            else for a fall.
        margin: trade on margin, ``isolated`` or not.

    The others are those of `AddOrder`. Raises `InvalidArgument` for what KuCoin would refuse by its form.
    """

    symbol: str = field(validator=a_symbol)
    side: Side = field(converter=to_side, validator=a_side)
    order_type: str = field(validator=one_of(("limit", "market")))
    quantity: Decimal | None = field(default=None, converter=exact, validator=an_amount)
    limit_price: Decimal | None = field(default=None, converter=exact, validator=an_amount)
    trigger_price: Decimal = field(converter=needed, validator=an_amount, kw_only=True)
    client_id: str = field(factory=new_client_id, validator=a_client_id, kw_only=True)
    time_in_force: str = field(default="gtc", validator=one_of(_FORCES), kw_only=True)
    post_only: bool = field(default=False, validator=a_flag, kw_only=True)
    margin: bool = field(default=False, validator=a_flag, kw_only=True)
    isolated: bool = field(default=False, validator=a_flag, kw_only=True)
    expire_time: datetime | None = field(default=None, converter=to_utc, validator=a_date, kw_only=True)
    cancel_after: int | None = field(default=None, validator=whole(1, LONGEST_LIFE), kw_only=True)
    cash_quantity: Decimal | None = field(default=None, converter=exact, validator=an_amount, kw_only=True)
    self_trade: str | None = field(default=None, validator=one_of(tuple(SELF_TRADE)), kw_only=True)
    remark: str | None = field(default=None, validator=a_note, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _check_what(self, is_limited=self.order_type == "limit")
        if self.isolated and not self.margin:
            raise refuse("isolated", value=True, remedy="it goes with margin=True")


@frozen(kw_only=True)
class AmendOrder:
    """A change of the price or the quantity of an open order, which has another id of KuCoin's from then on.

    ``symbol`` may be left out for an order that was placed on the same connection.
    """

    symbol: str | None = field(default=None, validator=a_symbol)
    order_id: str | None = field(default=None, validator=an_id)
    client_id: str | None = field(default=None, validator=a_client_id)
    quantity: Decimal | None = field(default=None, converter=exact, validator=an_amount)
    limit_price: Decimal | None = field(default=None, converter=exact, validator=an_amount)

    def __attrs_post_init__(self) -> None:
        check_one(order_id=self.order_id, client_id=self.client_id)
        if self.quantity is None and self.limit_price is None:
            raise refuse("quantity", None, "say what is to change: a quantity or a price")


EditOrder = AmendOrder
"""KuCoin has one way to change an order."""


@frozen(kw_only=True)
class CancelOrder:
    """The order to cancel, or ``quantity`` of it to take off.

    ``symbol`` may be left out for an order that was placed on the same connection.
    """

    symbol: str | None = field(default=None, validator=a_symbol)
    order_id: str | None = field(default=None, validator=an_id)
    client_id: str | None = field(default=None, validator=a_client_id)
    quantity: Decimal | None = field(default=None, converter=exact, validator=an_amount)
    margin: bool = field(default=False, validator=a_flag)

    def __attrs_post_init__(self) -> None:
        check_one(order_id=self.order_id, client_id=self.client_id)
        if self.quantity is not None and (self.order_id is None or self.margin):
            raise refuse("quantity", self.quantity, "a part is canceled by KuCoin's id of a spot order")


@frozen(kw_only=True)
class CancelStopOrder:
    """The stop order to cancel, by KuCoin's id or ours (then ``symbol`` helps to find it)."""

    order_id: str | None = field(default=None, validator=an_id)
    client_id: str | None = field(default=None, validator=a_client_id)
    symbol: str | None = field(default=None, validator=a_symbol)

    def __attrs_post_init__(self) -> None:
        check_one(order_id=self.order_id, client_id=self.client_id)


def _named(orders: Iterable[Any]) -> tuple[AddOrder, ...]:
    return tuple(evolve(order, client_id=order.client_id or new_client_id()) for order in orders)


@frozen
class BatchAdd:
    """2 to 5 limit orders of one symbol. Each has its client id from the start, to be found whatever happens."""

    orders: tuple[AddOrder, ...] = field(converter=_named)

    def __attrs_post_init__(self) -> None:
        if not 2 <= len(self.orders) <= _MOST_OF_A_BATCH:
            raise refuse("orders", len(self.orders), f"a batch has 2 to {_MOST_OF_A_BATCH} orders")
        if len({order.symbol for order in self.orders}) > 1:
            raise refuse("orders", sorted({order.symbol for order in self.orders}), "a batch has one symbol")
        if len({order.client_id for order in self.orders}) < len(self.orders):
            raise refuse("orders", "client ids", "each has to be there once")
        for order in self.orders:
            if order.order_type == "market":
                raise refuse("orders", order.order_type, "a batch has orders with a limit")
            if order.margin or order.validate:
                raise refuse("orders", order, "a batch has neither margin orders nor orders to be looked at")
