"""The shapes of messages on private Pro channels, and what they tell: orders, executions and balances.

Unlike those of the classic channels, messages about orders tell fees. Source: KuCoin's pages on the Pro (unified)
WebSocket.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from msgspec import Struct

from rxex.channel import Number, Parse
from rxex.exchanges.kucoin.models import Nanoseconds
from rxex.exchanges.kucoin.private_models import amount
from rxex.exchanges.kucoin.pro.models import side_of
from rxex.models import Balance, Fee, Fill, OrderUpdate, Stage
from rxex.typing import Json

__all__ = [
    "BalanceWire",
    "FillWire",
    "OrderWire",
    "balances",
    "fills",
    "orders",
]

_STAGES = {
    0: Stage.PENDING,
    1: Stage.PENDING,
    2: Stage.OPEN,
    3: Stage.FILLED,
    4: Stage.PARTIALLY_FILLED,
    5: Stage.CANCELED,
    6: Stage.CANCELED,
}
_FILLS = {"MATCH", "FILL"}
_IN_QUOTE = "QUOTECCY"

_ORDER = {
    "order_id": "oi",
    "client_id": "ci",
    "status": "os",
    "event": "eT",
    "symbol": "s",
    "side": "S",
    "type": "oT",
    "role": "lR",
    "price": "p",
    "trade_id": "ti",
    "size": "q",
    "unit": "qU",
    "filled": "fS",
    "fill_size": "lS",
    "fill_price": "ls",
    "average": "aP",
    "fee": "f",
    "fee_currency": "fC",
    "reason": "cR",
    "time": "U",
}


class OrderRow(Struct, rename=_ORDER, gc=False):
    """What happened to an order."""

    order_id: str
    status: int
    symbol: str
    side: str
    client_id: str | None = None
    event: str | None = None
    type: str | None = None
    role: str | None = None
    price: Any = None
    trade_id: str | int | None = None
    size: Any = None
    unit: str | None = None
    filled: Any = None
    fill_size: Any = None
    fill_price: Any = None
    average: Any = None
    fee: Any = None
    fee_currency: str | None = None
    reason: str | None = None
    time: Nanoseconds | None = None


class OrderWire(Struct, rename={"data": "d"}, gc=False):
    """A message about an order."""

    data: OrderRow


def _is_maker(role: str | None) -> bool | None:
    return None if not role else role.upper() == "MAKER"


def _fees(asset: str | None, fee: Decimal | None) -> tuple[Fee, ...]:
    return () if fee is None or not asset else (Fee(asset, fee),)


def orders(_: str) -> Parse[OrderUpdate]:
    """Make the reader of what happens to orders."""
    return _order


def _order(wire: OrderWire, received: int, raw: bytes | Json, number: Number) -> Sequence[OrderUpdate]:
    row = wire.data
    side, filled = side_of(row.side), amount(row.filled, number)
    # A size in the other currency is no quantity.
    size = None if row.unit == _IN_QUOTE else amount(row.size, number) or None
    stage = _STAGES.get(row.status)
    if stage is Stage.CANCELED and filled and size and filled >= size:
        stage = Stage.FILLED
    fill, traded, price = None, amount(row.fill_size, number), amount(row.fill_price, number)
    if row.event in _FILLS and row.trade_id and traded and price:
        fill = Fill(
            str(row.trade_id),
            row.order_id,
            price,
            traded,
            row.symbol,
            side,
            is_maker=_is_maker(row.role),
            time=row.time,
            received=received,
            raw=raw,
        )
    update = OrderUpdate(
        row.order_id,
        row.client_id or None,
        stage,
        row.symbol,
        side,
        row.type,
        size,
        amount(row.price, number) or None,
        filled,
        amount(row.average, number) or None,
        _fees(row.fee_currency, amount(row.fee, number)) or None,
        fill,
        row.reason or "",
        None,
        row.time,
        received,
        raw,
    )
    return (update,)


_FILL = {
    "order_id": "oi",
    "symbol": "s",
    "side": "S",
    "role": "lR",
    "price": "p",
    "trade_id": "ti",
    "size": "q",
    "fee": "f",
    "fee_currency": "fC",
    "time": "E",
}


class FillRow(Struct, rename=_FILL, gc=False):
    """An execution."""

    order_id: str
    trade_id: str | int
    symbol: str
    side: str
    price: Any
    size: Any
    role: str | None = None
    fee: Any = None
    fee_currency: str | None = None
    time: Nanoseconds | None = None


class FillWire(Struct, rename={"data": "d"}, gc=False):
    """A message about an execution."""

    data: FillRow


def fills(_: str) -> Parse[Fill]:
    """Make the reader of executions."""
    return _fill


def _fill(wire: FillWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Fill]:
    row = wire.data
    fill = Fill(
        str(row.trade_id),
        row.order_id,
        number(row.price),
        number(row.size),
        row.symbol,
        side_of(row.side),
        _fees(row.fee_currency, amount(row.fee, number)),
        _is_maker(row.role),
        row.time,
        received,
        raw,
    )
    return (fill,)


class BalanceRow(Struct, rename={"currency": "c", "balance": "b", "hold": "h", "time": "U"}, gc=False):
    """What an account has of a currency."""

    currency: str
    balance: Any
    hold: Any = None
    time: Nanoseconds | None = None


class BalanceWire(Struct, rename={"data": "d"}, gc=False):
    """A message about a balance."""

    data: BalanceRow


def balances(wallet: str) -> Parse[Balance]:
    """Make the reader of the balances of an account."""

    def parse(wire: BalanceWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Balance]:
        row = wire.data
        total, locked = number(row.balance), amount(row.hold, number)
        return (Balance(row.currency, total, locked, wallet, None, None, None, row.time, received, raw),)

    return parse
