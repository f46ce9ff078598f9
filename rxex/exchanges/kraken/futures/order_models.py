"""The shapes of what Kraken's futures tell of our orders and executions, and what they mean in our models.

Sources: the pages "Open Orders" and "Fills" of the Futures WebSocket reference, and messages as recorded by clients.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from rxex.channel import Number
from rxex.codec import number as exact_number
from rxex.exchanges.kraken.futures.integrity import Once
from rxex.exchanges.kraken.futures.models import optional, time_ns
from rxex.models import Fee, Fill, OrderSnapshot, OrderUpdate, Side, Stage
from rxex.typing import Json

__all__ = ["Fills", "FillsWire", "OpenOrdersWire", "parse_open_orders"]

_DIRECTIONS = {0: Side.BUY, 1: Side.SELL}
_ENDS = {"full_fill": Stage.FILLED, "contract_expired": Stage.EXPIRED}
# They were never in the book; the last words of the reason are not always the same.
_NOT_TAKEN = ("post_order_failed", "ioc_order_failed")
_MAKER = {"maker": True, "taker": False, "takerAfterEdit": False}


class OrderWire(Struct, gc=False):
    """An order. ``qty`` is what is left of it: 0 when it is filled."""

    instrument: str
    order_id: str
    qty: Any
    filled: Any
    direction: int
    type: str
    last_update_time: int
    limit_price: Any = None
    cli_ord_id: str | None = None


class OpenOrdersWire(Struct, gc=False):
    """A snapshot (``orders``), a new state (``order``), or the end of an order, of which only ids may be told."""

    orders: list[OrderWire] | None = None
    order: OrderWire | None = None
    order_id: str | None = None
    cli_ord_id: str | None = None
    is_cancel: bool = False
    reason: str = ""


def parse_open_orders(
    wire: OpenOrdersWire, received: int, raw: bytes | Json, _: Number
) -> Sequence[OrderSnapshot | OrderUpdate]:
    """Give our open orders, or what has become of one."""
    if wire.orders is not None:
        return (OrderSnapshot(tuple(_order(row, wire, received, raw) for row in wire.orders), (), None, received, raw),)
    if wire.order is not None:
        return (_order(wire.order, wire, received, raw),)
    if wire.order_id is None:
        raise ValueError("neither an order nor its id")
    stage = _end(wire.reason) if wire.is_cancel else None
    unknown = (None, None, None, None, None, None, None, None, None)
    return (OrderUpdate(wire.order_id, wire.cli_ord_id, stage, *unknown, wire.reason, None, None, received, raw),)


def _order(row: OrderWire, wire: OpenOrdersWire, received: int, raw: bytes | Json) -> OrderUpdate:
    filled = exact_number(row.filled)
    stage = _end(wire.reason) if wire.is_cancel else Stage.PARTIALLY_FILLED if filled else Stage.OPEN
    return OrderUpdate(
        row.order_id,
        row.cli_ord_id,
        stage,
        row.instrument,
        _DIRECTIONS[row.direction],
        row.type,
        exact_number(row.qty) + filled,
        optional(row.limit_price),
        filled,
        None,
        None,
        None,
        wire.reason,
        None,
        time_ns(row.last_update_time),
        received,
        raw,
    )


def _end(reason: str) -> Stage | None:
    if reason == "stop_order_triggered":
        return None  # it goes on as the order that it has become
    return Stage.REJECTED if reason.startswith(_NOT_TAKEN) else _ENDS.get(reason, Stage.CANCELED)


class FillWire(Struct, gc=False):
    """An execution."""

    instrument: str
    time: int
    price: Any
    qty: Any
    buy: bool
    order_id: str
    fill_id: str
    fill_type: str
    fee_paid: Any = None
    fee_currency: str | None = None


class FillsWire(Struct, gc=False):
    """Executions, of a snapshot or new ones."""

    fills: list[FillWire]


class Fills:
    """Our executions, each once whatever the snapshots repeat.

    Their numbers have holes, so that they tell nothing of a loss; each new socket begins with the last executions.
    """

    def __init__(self) -> None:
        self._once = Once()

    def start(self) -> Fills:
        """Begin on a new socket."""
        return self

    def __call__(self, wire: FillsWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Fill]:
        fills = [_fill(row, received, raw, number) for row in wire.fills]
        return sorted((fill for fill in fills if self._once.is_new(fill.id)), key=lambda fill: fill.time or 0)


def _fill(row: FillWire, received: int, raw: bytes | Json, number: Number) -> Fill:
    fee = optional(row.fee_paid)
    return Fill(
        row.fill_id,
        row.order_id,
        number(row.price),
        number(row.qty),
        row.instrument,
        Side.BUY if row.buy else Side.SELL,
        () if fee is None or row.fee_currency is None else (Fee(row.fee_currency, fee),),
        _MAKER.get(row.fill_type),
        time_ns(row.time),
        received,
        raw,
    )
