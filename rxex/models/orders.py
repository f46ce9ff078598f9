"""Our own orders, executions and balances."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

import attrs
from attrs import frozen

from rxex.models.record import Record, Side
from rxex.typing import Json

__all__ = ["Balance", "Fee", "Fill", "Order", "OrderSnapshot", "OrderUpdate", "Stage"]


class Stage(StrEnum):
    """Where an order stands. Stages only move forward; `UNKNOWN` may stand between any two of them."""

    SUBMITTING = "submitting"  # its client id is made; nothing has left
    SUBMITTED = "submitted"  # its bytes are with the socket
    PENDING = "pending"  # the exchange has taken it
    OPEN = "open"  # it can be traded with
    PARTIALLY_FILLED = "partially_filled"
    FILLED = "filled"
    CANCELED = "canceled"
    EXPIRED = "expired"
    REJECTED = "rejected"  # the exchange has not taken it
    NOT_SENT = "not_sent"  # not a byte has left
    VALIDATED = "validated"  # it was only to be looked at, and the exchange would take it; nothing was placed
    UNKNOWN = "unknown"  # it may be live or not

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return self in _FINAL_STAGES


_FINAL_STAGES = frozenset(
    {Stage.FILLED, Stage.CANCELED, Stage.EXPIRED, Stage.REJECTED, Stage.NOT_SENT, Stage.VALIDATED}
)


@frozen(slots=False)
class Fee:
    """What was paid to the exchange; negative where it paid."""

    asset: str
    amount: Decimal


@frozen(slots=False)
class Fill(Record):
    """One execution of one of our orders; ``side`` is the order's, ``id`` is the exchange's, the same whoever tells."""

    id: str
    order_id: str
    price: Decimal
    quantity: Decimal
    symbol: str | None = None
    side: Side | None = None
    fees: tuple[Fee, ...] = ()
    is_maker: bool | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class Order(Record):
    """An order of ours at one moment.

    ``filled`` is how much of ``quantity`` has been traded, ``fills`` by which executions; their sum is less where some
    of them are not known (yet). ``average_price`` and ``fees`` are those of all that has been traded. ``reason`` and
    ``error`` say why it was canceled, rejected, not sent or is unknown.
    """

    client_id: str
    symbol: str | None
    side: Side | None
    type: str | None
    quantity: Decimal | None
    price: Decimal | None = None
    stage: Stage = Stage.SUBMITTING
    order_id: str | None = None
    filled: Decimal = Decimal(0)
    average_price: Decimal | None = None
    fees: tuple[Fee, ...] = ()
    fills: tuple[Fill, ...] = ()
    reason: str = ""
    error: Exception | None = attrs.field(default=None, eq=False)
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")

    @property
    def remaining(self) -> Decimal | None:
        """What is still to be traded; None where the quantity is not known."""
        return None if self.quantity is None else self.quantity - self.filled


@frozen(slots=False)
class OrderUpdate(Record):
    """What one message tells of one of our orders. What it does not tell is None.

    ``filled``, ``average_price`` and ``fees`` are totals of the order so far, ``fill`` is the one execution that the
    message is about. ``replaces`` is the id that the order had before, where the exchange has put this one in its
    place; totals are then those of this one alone.
    """

    order_id: str | None
    client_id: str | None = None
    stage: Stage | None = None
    symbol: str | None = None
    side: Side | None = None
    type: str | None = None
    quantity: Decimal | None = None
    price: Decimal | None = None
    filled: Decimal | None = None
    average_price: Decimal | None = None
    fees: tuple[Fee, ...] | None = None
    fill: Fill | None = None
    reason: str = ""
    error: Exception | None = attrs.field(default=None, eq=False)
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")
    replaces: str | None = attrs.field(default=None, kw_only=True)


@frozen(slots=False)
class OrderSnapshot(Record):
    """All our open orders at this moment, and our last executions where the exchange tells them."""

    open: tuple[OrderUpdate, ...]
    fills: tuple[OrderUpdate, ...] = ()
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class Balance(Record):
    """What we have of an asset.

    ``change`` and ``fee`` are what one booking moved, ``kind`` the exchange's word for it; None where the message
    tells the state. ``locked`` is what open orders hold. ``wallet`` names a part of the account, where it is not all.
    """

    asset: str
    total: Decimal
    locked: Decimal | None = None
    wallet: str | None = None
    change: Decimal | None = None
    fee: Decimal | None = None
    kind: str | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")
