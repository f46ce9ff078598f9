"""What can be asked of Kraken about orders. Everything is checked when it is made; nothing wrong can be sent.

Prices and quantities are Decimals, whole numbers or texts of numbers, never floats. Sources: Kraken's pages "Add
Order", "Amend Order", "Edit Order", "Cancel Order", "Batch Add", "Batch Cancel" of the Spot WebSocket references.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

from attrs import evolve, field, frozen

from rxex.exchanges.kraken.orders import fields
from rxex.models import Side

__all__ = [
    "AddOrder",
    "AmendOrder",
    "BatchAdd",
    "BatchCancel",
    "CancelOrder",
    "ConditionalClose",
    "EditOrder",
    "new_client_id",
]

_TRIGGERED = (
    "stop-loss",
    "stop-loss-limit",
    "take-profit",
    "take-profit-limit",
    "trailing-stop",
    "trailing-stop-limit",
)
_LIMITED = ("limit", "iceberg", "stop-loss-limit", "take-profit-limit", "trailing-stop-limit")
_TYPES = ("limit", "market", "iceberg", *_TRIGGERED, "settle-position")
_PRICE_TYPES = ("static", "pct", "quote")
_SMALLEST_PART = 15  # of an iceberg's quantity


def new_client_id() -> str:
    """Make a client order id that no other order has."""
    return str(uuid4())


def _check_prices(order: AddOrder | ConditionalClose, trigger: str) -> None:
    kind = order.order_type
    if (kind in _LIMITED) != (order.limit_price is not None):
        has = "needs" if kind in _LIMITED else "has no"
        raise fields.refuse("limit_price", order.limit_price, f"a {kind} order {has} limit price")
    if (kind in _TRIGGERED) != (order.trigger_price is not None):
        has = "needs" if kind in _TRIGGERED else "has no"
        raise fields.refuse(trigger, order.trigger_price, f"a {kind} order {has} trigger price")
    if kind.startswith("trailing") and order.trigger_price_type == "static":
        raise fields.refuse("trigger_price_type", "static", "a trailing stop goes by 'pct' or 'quote'")
    relative = kind == "trailing-stop-limit"
    if not relative and order.limit_price is not None and order.limit_price <= 0 and order.limit_price_type == "static":
        raise fields.refuse("limit_price", order.limit_price, "it has to be more than 0")


@frozen
class ConditionalClose:
    """The order that is placed for each fill of another, to close what that opened."""

    order_type: str = field(
        validator=fields.one_of(tuple(kind for kind in _TYPES if kind not in {"market", "iceberg"}))
    )
    limit_price: Decimal | None = field(default=None, converter=fields.exact, validator=fields.a_number)
    limit_price_type: str = field(default="static", validator=fields.one_of(_PRICE_TYPES), kw_only=True)
    trigger_price: Decimal | None = field(
        default=None, converter=fields.exact, validator=fields.an_amount, kw_only=True
    )
    trigger_price_type: str = field(default="static", validator=fields.one_of(_PRICE_TYPES), kw_only=True)

    def __attrs_post_init__(self) -> None:
        _check_prices(self, "trigger_price")


@frozen
class AddOrder:
    """An order to be placed.

    Args:
        symbol: as in ``BTC/USD``.
        side: ``buy`` or ``sell``.
        order_type: ``limit``, ``market``, ``iceberg``, ``stop-loss``, ``stop-loss-limit``, ``take-profit``,
            ``take-profit-limit``, ``trailing-stop``, ``trailing-stop-limit`` or ``settle-position``.
        quantity: how much of the base asset.
        limit_price: for the types with a limit; of a trailing-stop-limit the offset from the trigger.
        client_id: our id of it: a UUID, 32 hexadecimal digits or up to 18 characters of ASCII, unique among our open
            orders; None: a new UUID for each subscription.
        limit_price_type: ``static`` (the price itself), ``pct`` or ``quote`` (an offset).
        trigger_price: for the triggered types.
        trigger_price_type: as that of the limit; trailing stops go by an offset.
        trigger_reference: ``last`` (trades) or ``index``.
        time_in_force: ``gtc``, ``gtd`` (with ``expire_time``), ``ioc`` or ``fok``.
        post_only: canceled if it would take.
        reduce_only: only reduces a position.
        margin: trade on margin.
        effective_time: when it begins.
        expire_time: when it ends.
        deadline: not matched after this; at most 60 s ahead.
        display_quantity: what an iceberg shows, at least a fifteenth.
        cash_quantity: instead of ``quantity``, for a market buy: how much of the quote asset.
        fee_preference: ``base`` or ``quote``: in which asset the fee is paid.
        self_trade: ``cancel_newest``, ``cancel_oldest`` or ``cancel_both``.
        close: the order to close what this one opens.
        sender_sub_id: for institutions.
        validate: only have it looked at: its stages end as ``validated`` or ``rejected``, and nothing is placed.

    Raises `InvalidArgument` for what Kraken would refuse by its form.
    """

    symbol: str = field(validator=fields.a_symbol)
    side: Side = field(converter=fields.to_side, validator=fields.a_side)
    order_type: str = field(validator=fields.one_of(_TYPES))
    quantity: Decimal | None = field(default=None, converter=fields.exact, validator=fields.an_amount)
    limit_price: Decimal | None = field(default=None, converter=fields.exact, validator=fields.a_number)
    client_id: str | None = field(default=None, validator=fields.a_client_id, kw_only=True)
    limit_price_type: str = field(default="static", validator=fields.one_of(_PRICE_TYPES), kw_only=True)
    trigger_price: Decimal | None = field(
        default=None, converter=fields.exact, validator=fields.an_amount, kw_only=True
    )
    trigger_price_type: str = field(default="static", validator=fields.one_of(_PRICE_TYPES), kw_only=True)
    trigger_reference: str = field(default="last", validator=fields.one_of(("last", "index")), kw_only=True)
    time_in_force: str = field(default="gtc", validator=fields.one_of(("gtc", "gtd", "ioc", "fok")), kw_only=True)
    post_only: bool = field(default=False, validator=fields.a_flag, kw_only=True)
    reduce_only: bool = field(default=False, validator=fields.a_flag, kw_only=True)
    margin: bool = field(default=False, validator=fields.a_flag, kw_only=True)
    effective_time: datetime | None = field(
        default=None, converter=fields.to_utc, validator=fields.a_date, kw_only=True
    )
    expire_time: datetime | None = field(default=None, converter=fields.to_utc, validator=fields.a_date, kw_only=True)
    deadline: datetime | None = field(default=None, converter=fields.to_utc, validator=fields.a_date, kw_only=True)
    display_quantity: Decimal | None = field(
        default=None, converter=fields.exact, validator=fields.an_amount, kw_only=True
    )
    cash_quantity: Decimal | None = field(
        default=None, converter=fields.exact, validator=fields.an_amount, kw_only=True
    )
    fee_preference: str | None = field(default=None, validator=fields.one_of(("base", "quote")), kw_only=True)
    self_trade: str | None = field(
        default=None, validator=fields.one_of(("cancel_newest", "cancel_oldest", "cancel_both")), kw_only=True
    )
    close: ConditionalClose | None = field(default=None, kw_only=True)
    sender_sub_id: str | None = field(default=None, validator=fields.an_id, kw_only=True)
    validate: bool = field(default=False, validator=fields.a_flag, kw_only=True)

    def __attrs_post_init__(self) -> None:
        _check_prices(self, "trigger_price")
        if self.cash_quantity is not None:
            if self.quantity is not None or (self.side, self.order_type, self.margin) != (Side.BUY, "market", False):
                raise fields.refuse("cash_quantity", self.cash_quantity, "it is for a market buy without margin, alone")
        elif self.quantity is None:
            raise fields.refuse("quantity", None, "say how much")
        self._check_rest()

    def _check_rest(self) -> None:
        shown, whole = self.display_quantity, self.quantity
        if (self.order_type == "iceberg") != (shown is not None):
            raise fields.refuse("display_quantity", shown, "an iceberg has one, and nothing else")
        if shown is not None and whole is not None and not whole <= shown * _SMALLEST_PART <= whole * _SMALLEST_PART:
            raise fields.refuse("display_quantity", shown, "from a fifteenth of the quantity to all of it")
        if (self.time_in_force == "gtd") != (self.expire_time is not None):
            raise fields.refuse("expire_time", self.expire_time, "an order that is good till a date ('gtd') has one")
        if self.post_only and (self.order_type not in _LIMITED or self.time_in_force in {"ioc", "fok"}):
            raise fields.refuse("post_only", self.post_only, "only an order with a limit that can wait never takes")


@frozen(kw_only=True)
class AmendOrder:
    """A change of an open order in its place; see Kraken's page for what costs it its place in the queue."""

    order_id: str | None = field(default=None, validator=fields.an_id)
    client_id: str | None = field(default=None, validator=fields.a_client_id)
    quantity: Decimal | None = field(default=None, converter=fields.exact, validator=fields.an_amount)
    limit_price: Decimal | None = field(default=None, converter=fields.exact, validator=fields.a_number)
    limit_price_type: str | None = field(default=None, validator=fields.one_of(_PRICE_TYPES))
    trigger_price: Decimal | None = field(default=None, converter=fields.exact, validator=fields.an_amount)
    trigger_price_type: str | None = field(default=None, validator=fields.one_of(_PRICE_TYPES))
    display_quantity: Decimal | None = field(default=None, converter=fields.exact, validator=fields.an_amount)
    post_only: bool = field(default=False, validator=fields.a_flag)
    deadline: datetime | None = field(default=None, converter=fields.to_utc, validator=fields.a_date)

    def __attrs_post_init__(self) -> None:
        fields.check_one(order_id=self.order_id, client_id=self.client_id)
        if (self.quantity, self.limit_price, self.trigger_price, self.display_quantity) == (None,) * 4:
            raise fields.refuse("quantity", None, "say what is to change: a quantity or a price")


@frozen(kw_only=True)
class EditOrder:
    """A new order in the place of another, which is canceled; `AmendOrder` keeps the order and is to be preferred."""

    order_id: str = field(validator=fields.an_id)
    symbol: str = field(validator=fields.a_symbol)
    quantity: Decimal | None = field(default=None, converter=fields.exact, validator=fields.an_amount)
    limit_price: Decimal | None = field(default=None, converter=fields.exact, validator=fields.an_amount)
    trigger_price: Decimal | None = field(default=None, converter=fields.exact, validator=fields.an_amount)
    display_quantity: Decimal | None = field(default=None, converter=fields.exact, validator=fields.an_amount)
    post_only: bool = field(default=False, validator=fields.a_flag)
    reduce_only: bool = field(default=False, validator=fields.a_flag)
    fee_preference: str | None = field(default=None, validator=fields.one_of(("base", "quote")))
    user_reference: int | None = field(default=None, validator=fields.a_whole_number)
    deadline: datetime | None = field(default=None, converter=fields.to_utc, validator=fields.a_date)


@frozen(kw_only=True)
class CancelOrder:
    """The order to cancel. One: Kraken's answer to several does not say which of them it refuses."""

    order_id: str | None = field(default=None, validator=fields.an_id)
    client_id: str | None = field(default=None, validator=fields.a_client_id)
    user_reference: int | None = field(default=None, validator=fields.a_whole_number)

    def __attrs_post_init__(self) -> None:
        fields.check_one(order_id=self.order_id, client_id=self.client_id, user_reference=self.user_reference)


def _named(orders: Iterable[Any]) -> tuple[AddOrder, ...]:
    return tuple(evolve(order, client_id=order.client_id or new_client_id()) for order in orders)


@frozen
class BatchAdd:
    """2 to 15 orders of one symbol. Each has its client id from the start, so that it can be found whatever happens."""

    orders: tuple[AddOrder, ...] = field(converter=_named)
    deadline: datetime | None = field(default=None, converter=fields.to_utc, validator=fields.a_date, kw_only=True)

    def __attrs_post_init__(self) -> None:
        if not 2 <= len(self.orders) <= 15:
            raise fields.refuse("orders", len(self.orders), "a batch has 2 to 15 orders")
        if len({order.symbol for order in self.orders}) > 1:
            raise fields.refuse("orders", sorted({order.symbol for order in self.orders}), "a batch has one symbol")
        if len({order.client_id for order in self.orders}) < len(self.orders):
            raise fields.refuse("orders", "client ids", "each has to be there once")
        if any(order.deadline is not None for order in self.orders):
            raise fields.refuse("orders", "deadline", "a batch has one deadline for all")
        if any(order.validate for order in self.orders):
            raise fields.refuse("orders", "validate", "have single orders looked at: a batch would place them")


@frozen(kw_only=True)
class BatchCancel:
    """2 to 50 orders to cancel, by Kraken's ids or ours."""

    order_ids: tuple[str, ...] = field(default=(), converter=tuple)
    client_ids: tuple[str, ...] = field(default=(), converter=tuple)

    def __attrs_post_init__(self) -> None:
        if not 2 <= len(self.order_ids) + len(self.client_ids) <= 50:
            raise fields.refuse("order_ids", len(self.order_ids) + len(self.client_ids), "a batch has 2 to 50 orders")
