"""What can be asked of KuCoin about futures orders. Everything is checked when it is made.

Prices and quantities are Decimals, whole numbers or texts of numbers, never floats. Sources: KuCoin's pages "Add
Order", "Add Take Profit And Stop Loss Order", "Batch Add Orders", "Cancel Order" and "Batch Cancel Orders" of the
futures reference.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from attrs import evolve, field, frozen

from rxex.exchanges.kucoin.orders.fields import (
    SELF_TRADE,
    a_client_id,
    a_contract,
    a_note,
    an_id,
    new_client_id,
)
from rxex.models import Side
from rxex.orders.fields import a_flag, a_side, an_amount, check_one, exact, one_of, optional, refuse, to_side, whole

__all__ = ["AddOrder", "AddStopOrder", "BatchAdd", "BatchCancel", "CancelOrder"]

_LIMITED = ("limit", "iceberg")
_MOST_OF_A_BATCH = 20
_LOTS = optional(
    lambda value: isinstance(value, Decimal) and value.is_finite() and value > 0 and value == value.to_integral_value(),
    "give whole lots, more than 0",
)
_SELF_TRADE = tuple(name for name in SELF_TRADE if name != "decrease_and_cancel")
_MODES = ("isolated", "cross")
_SIDES = ("both", "long", "short")
_REFERENCES = ("last", "index", "mark")


@frozen
class AddOrder:
    """A futures order to be placed.

    Args:
        symbol: the contract, as in ``XBTUSDTM``.
        side: ``buy`` or ``sell``.
        order_type: ``limit``, ``market`` or ``iceberg``; `AddStopOrder` is for those that wait for a price.
        quantity: how many lots.
        limit_price: for the types with a limit.
        client_id: our id of it: up to 40 letters, digits, underscores and hyphens, never used before; None: a new UUID
            for each subscription.
        leverage: how many times the margin; None: that of the account.
        margin_mode: ``isolated`` or ``cross``; None: that of KuCoin, isolated.
        position_side: which position, in hedge mode: ``long`` or ``short``; None: there is one.
        base_quantity: instead of ``quantity``: how much of the base asset.
        cash_quantity: instead of ``quantity``: how much in the quote asset.
        time_in_force: ``gtc`` or ``ioc``.
        post_only: canceled if it would take.
        reduce_only: only reduces a position.
        close_position: closes the position; it then has no quantity.
        force_hold: holds margin although it reduces the position.
        display_quantity: what an iceberg shows, in lots.
        hidden: whether it does not show in the book.
        self_trade: ``cancel_newest``, ``cancel_oldest`` or ``cancel_both``.
        remark: a note of ours, up to 20 characters of ASCII.
        take_profit_price: the price at which its position is closed with a profit, by an order that KuCoin adds.
        stop_loss_price: the price at which its position is closed with a loss, likewise.
        trigger_reference: ``last`` (trades), ``index`` or ``mark``: which price these two are.
        validate: only have it looked at: its stages end as ``validated`` or ``rejected``, and nothing is placed.

    Raises `InvalidArgument` for what KuCoin would refuse by its form.
    """

    symbol: str = field(validator=a_contract)
    side: Side = field(converter=to_side, validator=a_side)
    order_type: str = field(validator=one_of((*_LIMITED, "market")))
    quantity: Decimal | None = field(default=None, converter=exact, validator=_LOTS)
    limit_price: Decimal | None = field(default=None, converter=exact, validator=an_amount)
    client_id: str | None = field(default=None, validator=a_client_id, kw_only=True)
    leverage: int | None = field(default=None, validator=whole(1, 1000), kw_only=True)
    margin_mode: str | None = field(default=None, validator=one_of(_MODES), kw_only=True)
    position_side: str | None = field(default=None, validator=one_of(_SIDES), kw_only=True)
    base_quantity: Decimal | None = field(default=None, converter=exact, validator=an_amount, kw_only=True)
    cash_quantity: Decimal | None = field(default=None, converter=exact, validator=an_amount, kw_only=True)
    time_in_force: str = field(default="gtc", validator=one_of(("gtc", "ioc")), kw_only=True)
    post_only: bool = field(default=False, validator=a_flag, kw_only=True)
    reduce_only: bool = field(default=False, validator=a_flag, kw_only=True)
    close_position: bool = field(default=False, validator=a_flag, kw_only=True)
    force_hold: bool = field(default=False, validator=a_flag, kw_only=True)
    display_quantity: Decimal | None = field(default=None, converter=exact, validator=_LOTS, kw_only=True)
    hidden: bool = field(default=False, validator=a_flag, kw_only=True)
    self_trade: str | None = field(default=None, validator=one_of(_SELF_TRADE), kw_only=True)
    remark: str | None = field(default=None, validator=a_note, kw_only=True)
    take_profit_price: Decimal | None = field(default=None, converter=exact, validator=an_amount, kw_only=True)
    stop_loss_price: Decimal | None = field(default=None, converter=exact, validator=an_amount, kw_only=True)
    trigger_reference: str = field(default="last", validator=one_of(_REFERENCES), kw_only=True)
    validate: bool = field(default=False, validator=a_flag, kw_only=True)

    def __attrs_post_init__(self) -> None:
        is_limited = self.order_type in _LIMITED
        _check_what(self, is_limited=is_limited)
        if (self.order_type == "iceberg") != (self.display_quantity is not None):
            raise refuse("display_quantity", self.display_quantity, "an iceberg has one, and nothing else")
        if self.hidden and self.display_quantity is not None:
            raise refuse("hidden", self.hidden, "an iceberg shows a part of itself")
        if self.post_only and (not is_limited or self.time_in_force == "ioc"):
            raise refuse("post_only", self.post_only, "only an order with a limit that can wait never takes")
        if self.has_exits and self.validate:
            raise refuse("validate", self.validate, "orders with exits cannot be looked at")

    @property
    def has_exits(self) -> bool:
        """Whether KuCoin is to add orders that close its position."""
        return self.take_profit_price is not None or self.stop_loss_price is not None


def _check_what(order: Any, *, is_limited: bool) -> None:
    """Check what orders and stop orders have in common."""
    if is_limited != (order.limit_price is not None):
        has = "needs a" if is_limited else "has no"
        raise refuse("limit_price", order.limit_price, f"a {order.order_type} order {has} limit price")
    amounts = [order.quantity, order.base_quantity, order.cash_quantity]
    given = [each for each in amounts if each is not None]
    if len(given) != (not order.close_position):
        raise refuse("quantity", order.quantity, "give one quantity, and none to close a position")


@frozen
class AddStopOrder:
    """A futures order that is placed once the price has risen or fallen; the order then has an id of its own.

    Args:
        symbol: the contract, as in ``XBTUSDTM``.
        side: ``buy`` or ``sell``.
        order_type: ``limit`` or ``market``: what the order then is.
        quantity: how many lots.
        limit_price: for a limit order.
        rise_price: the price that places it when it is risen to; or
        fall_price: the price that places it when it is fallen to.
        trigger_reference: ``last`` (trades), ``index`` or ``mark``: which price.

    The others are those of `AddOrder`. Raises `InvalidArgument` for what KuCoin would refuse by its form.
    """

    symbol: str = field(validator=a_contract)
    side: Side = field(converter=to_side, validator=a_side)
    order_type: str = field(validator=one_of(("limit", "market")))
    quantity: Decimal | None = field(default=None, converter=exact, validator=_LOTS)
    limit_price: Decimal | None = field(default=None, converter=exact, validator=an_amount)
    rise_price: Decimal | None = field(default=None, converter=exact, validator=an_amount, kw_only=True)
    fall_price: Decimal | None = field(default=None, converter=exact, validator=an_amount, kw_only=True)
    trigger_reference: str = field(default="last", validator=one_of(_REFERENCES), kw_only=True)
    client_id: str = field(factory=new_client_id, validator=a_client_id, kw_only=True)
    leverage: int | None = field(default=None, validator=whole(1, 1000), kw_only=True)
    margin_mode: str | None = field(default=None, validator=one_of(_MODES), kw_only=True)
    position_side: str | None = field(default=None, validator=one_of(_SIDES), kw_only=True)
    base_quantity: Decimal | None = field(default=None, converter=exact, validator=an_amount, kw_only=True)
    cash_quantity: Decimal | None = field(default=None, converter=exact, validator=an_amount, kw_only=True)
    reduce_only: bool = field(default=False, validator=a_flag, kw_only=True)
    close_position: bool = field(default=False, validator=a_flag, kw_only=True)
    remark: str | None = field(default=None, validator=a_note, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _check_what(self, is_limited=self.order_type == "limit")
        check_one(rise_price=self.rise_price, fall_price=self.fall_price)


@frozen(kw_only=True)
class CancelOrder:
    """The order to cancel. ``symbol`` goes with the client id, unless it was placed on the same connection."""

    symbol: str | None = field(default=None, validator=a_contract)
    order_id: str | None = field(default=None, validator=an_id)
    client_id: str | None = field(default=None, validator=a_client_id)

    def __attrs_post_init__(self) -> None:
        check_one(order_id=self.order_id, client_id=self.client_id)


def _named(orders: Iterable[Any]) -> tuple[AddOrder, ...]:
    return tuple(evolve(order, client_id=order.client_id or new_client_id()) for order in orders)


@frozen
class BatchAdd:
    """2 to 20 orders. Each has its client id from the start, to be found whatever happens."""

    orders: tuple[AddOrder, ...] = field(converter=_named)

    def __attrs_post_init__(self) -> None:
        if not 2 <= len(self.orders) <= _MOST_OF_A_BATCH:
            raise refuse("orders", len(self.orders), f"a batch has 2 to {_MOST_OF_A_BATCH} orders")
        if len({order.client_id for order in self.orders}) < len(self.orders):
            raise refuse("orders", "client ids", "each has to be there once")
        if any(order.validate or order.has_exits for order in self.orders):
            raise refuse("orders", "validate", "a batch has neither orders to be looked at nor orders with exits")


def _texts(values: Iterable[str]) -> tuple[str, ...]:
    return tuple(values)


@frozen(kw_only=True)
class BatchCancel:
    """2 to 20 orders to cancel, by KuCoin's ids."""

    order_ids: tuple[str, ...] = field(converter=_texts)

    def __attrs_post_init__(self) -> None:
        if not 2 <= len(self.order_ids) <= _MOST_OF_A_BATCH:
            raise refuse("order_ids", len(self.order_ids), f"a batch has 2 to {_MOST_OF_A_BATCH} orders")
