"""What TheOne tells: estimates, the state of orders, and swaps of ours from their submission to their end.

Sources: TheOne's documents on its WebSocket and REST.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from decimal import Decimal
from enum import StrEnum
from typing import Any

import attrs
import msgspec
from attrs import frozen

from rxex.channel import Number
from rxex.codec import number
from rxex.errors import MalformedMessage
from rxex.models import Balance, Record
from rxex.models.record import as_date
from rxex.typing import Json

__all__ = [
    "BalancesWire",
    "Estimate",
    "OrderStatus",
    "OrderWire",
    "RouteLeg",
    "Swap",
    "SwapStage",
    "parse_balances",
    "parse_order",
    "read_balances",
    "read_estimate",
    "read_placed",
    "read_status",
]


class SwapStage(StrEnum):
    """Where a swap stands. Stages only move forward; `UNKNOWN` may stand between any two of them."""

    SUBMITTING = "submitting"  # its client id is made; nothing has left
    SUBMITTED = "submitted"  # its bytes are with the socket
    PENDING = "pending"  # the exchange has taken it
    PROCESSING = "processing"
    FILLED = "filled"
    FAILED = "failed"
    CANCELED = "canceled"
    REJECTED = "rejected"  # the exchange has not taken it
    NOT_SENT = "not_sent"  # not a byte has left
    UNKNOWN = "unknown"  # it may take effect or not

    @property
    def is_final(self) -> bool:
        """Whether nothing follows."""
        return self in _FINAL_STAGES


_FINAL_STAGES = frozenset(
    {SwapStage.FILLED, SwapStage.FAILED, SwapStage.CANCELED, SwapStage.REJECTED, SwapStage.NOT_SENT}
)
_STAGES = {
    "PENDING": SwapStage.PENDING,
    "PROCESSING": SwapStage.PROCESSING,
    "FILLED": SwapStage.FILLED,
    "FAILED": SwapStage.FAILED,
    "CANCELLED": SwapStage.CANCELED,
    "CANCELED": SwapStage.CANCELED,
}


@frozen(slots=False)
class OrderStatus(Record):
    """The state of an order. ``status`` is the exchange's word in capitals, ``stage`` is ours (None: we have none)."""

    order_id: str
    status: str
    stage: SwapStage | None
    filled_out: Decimal | None = None
    tx_hash: str | None = None
    client_id: str | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class RouteLeg:
    """One step of a route; ``pool`` and ``exchange`` name where it is made."""

    asset_in: str
    asset_out: str
    amount_in: Decimal
    amount_out: Decimal
    pool: str | None = None
    exchange: str | None = None


@frozen(slots=False)
class Estimate(Record):
    """What a swap would give. ``price`` and ``fee`` as TheOne tells them; it stands until ``expires_at``.

    ``expires_at`` is nanoseconds since the epoch.
    """

    asset_in: str
    asset_out: str
    amount_in: Decimal
    expected_out: Decimal
    price: Decimal
    fee: Decimal
    route: tuple[RouteLeg, ...] = ()
    expires_at: int | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")

    @property
    def expires_datetime(self) -> dt.datetime | None:
        """``expires_at`` as a date in UTC, to the microsecond."""
        return None if self.expires_at is None else as_date(self.expires_at)


@frozen(slots=False)
class Swap(Record):
    """A swap of ours at one moment.

    ``filled_out`` is how much of ``asset_out`` has come of it, ``tx_hash`` the transaction. ``reason`` and ``error``
    say why it was rejected, not sent or is unknown.
    """

    client_id: str
    asset_in: str
    asset_out: str
    amount_in: Decimal
    stage: SwapStage = SwapStage.SUBMITTING
    order_id: str | None = None
    filled_out: Decimal | None = None
    tx_hash: str | None = None
    reason: str = ""
    error: Exception | None = attrs.field(default=None, eq=False)
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


class BalanceRow(msgspec.Struct):
    """A row of balances."""

    asset: str
    total: Any
    locked: Any = None


class BalancesWire(msgspec.Struct):
    """A message of the channel ``balances``."""

    data: list[BalanceRow]


class StatusWire(msgspec.Struct):
    """What is told of an order; its id may be missing in a message of its own channel."""

    status: str
    orderId: str | None = None  # noqa: N815 - the names of the wire
    filledOut: Any = None  # noqa: N815
    txHash: str | None = None  # noqa: N815
    updatedAt: int | None = None  # noqa: N815
    clientOrderId: str | None = None  # noqa: N815


class OrderWire(msgspec.Struct):
    """A message of a channel ``orders:…``."""

    ch: str
    data: StatusWire


def parse_balances(wire: BalancesWire, received: int, raw: bytes | Json, make: Number) -> Sequence[Balance]:
    """Make the items of one message of the channel."""
    return [_balance(row, received, raw, make) for row in wire.data]


def _balance(row: BalanceRow, received: int, raw: bytes | Json, make: Number) -> Balance:
    locked = None if row.locked in {None, ""} else make(row.locked)
    return Balance(row.asset, make(row.total), locked, received=received, raw=raw)


def parse_order(wire: OrderWire, received: int, raw: bytes | Json, make: Number) -> Sequence[OrderStatus]:
    """Make the item of one message of an order's channel."""
    order_id = wire.ch.partition(":")[2]
    if wire.data.orderId not in {None, "", order_id}:
        raise MalformedMessage(f"a message of {wire.ch} is about another order")
    return [_status(wire.data, order_id, received, raw, make)]


def _status(wire: StatusWire, order_id: str, received: int, raw: bytes | Json, make: Number) -> OrderStatus:
    status = wire.status.upper()
    return OrderStatus(
        order_id,
        status,
        _STAGES.get(status),
        None if wire.filledOut in {None, ""} else make(wire.filledOut),
        wire.txHash or None,
        wire.clientOrderId or None,
        None if wire.updatedAt is None else wire.updatedAt * 1_000_000,
        received,
        raw,
    )


# What answers to requests hold: the object in ``data``, or the whole answer over REST.


def read_balances(data: Any, received: int) -> tuple[Balance, ...]:
    """Read the answer about balances."""
    rows = msgspec.convert(data["balances"], list[BalanceRow])
    return tuple(_balance(row, received, {"asset": row.asset}, number) for row in rows)


def read_status(data: Any, received: int) -> OrderStatus:
    """Read the answer about an order."""
    wire = msgspec.convert(data, StatusWire)
    if not wire.orderId:
        raise MalformedMessage("the answer names no order")
    return _status(wire, wire.orderId, received, data, number)


def read_placed(data: Any, received: int) -> OrderStatus:
    """Read the answer to a swap, which may leave out how it stands."""
    return read_status({"status": "PENDING", **_object(data)}, received)


def read_estimate(data: Any, received: int, asset_in: str, asset_out: str, amount_in: Decimal) -> Estimate:
    """Read the answer to a question about a swap."""
    data = _object(data)
    expires = data.get("expiresAt")
    return Estimate(
        asset_in,
        asset_out,
        amount_in,
        number(data["expectedOut"]),
        number(data["price"]),
        number(data["fee"]),
        tuple(_leg(leg) for leg in data.get("route") or ()),
        None if expires is None else int(number(expires)) * 1_000_000,
        None,
        received,
        dict(data),
    )


def _leg(leg: Mapping[str, Any]) -> RouteLeg:
    return RouteLeg(
        str(leg["from_asset"]),
        str(leg["to_asset"]),
        number(leg["amount_in"]),
        number(leg["amount_out"]),
        leg.get("pool"),
        leg.get("exchange"),
    )


def _object(data: Any) -> Mapping[str, Any]:
    if not isinstance(data, dict):
        raise MalformedMessage("an object was expected")
    return data
