"""The shapes of KuCoin's private messages about balances, stop orders and executions, and what they tell.

Amounts are exact, times are nanoseconds since the epoch. Sources: KuCoin's pages "Account balance" and "Stop Order" of
the WebSocket reference; for executions, which it does not have, what other clients saw.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Any

import attrs
from attrs import frozen
from msgspec import Struct

from rxex.channel import Number
from rxex.exchanges.kucoin.models import SIDES
from rxex.exchanges.kucoin.private_models import Seen, amount
from rxex.models import Balance, Fee, Fill, Record, Side
from rxex.typing import Json

__all__ = [
    "BalanceWire",
    "Balances",
    "StopOrder",
    "StopWire",
    "TradeFillWire",
    "parse_fills",
    "parse_stops",
]

_EXACT = Context(prec=200)
_MILLISECOND = 10**6


class BalanceRow(Struct, rename="camel", gc=False):
    """What an account has of a currency, and what one booking has changed."""

    currency: str
    total: Any
    available: Any
    hold: Any
    relation_event: str = ""
    relation_event_id: str | None = None
    account_id: str | None = None
    available_change: Any = None
    hold_change: Any = None
    time: str | int | None = None


class BalanceWire(Struct, gc=False):
    """A message about a balance."""

    data: BalanceRow


class Balances:
    """Reads balances, each booking once; begins with what REST tells, unless a message was there before."""

    def __init__(self) -> None:
        self._seen = Seen()
        self._told: set[tuple[str | None, str]] = set()
        self._has_joined = False

    def __call__(self, wire: BalanceWire, received: int, raw: bytes | Json, number: Number, /) -> Sequence[Balance]:
        row = wire.data
        total, hold = number(row.total), number(row.hold)
        wallet = row.relation_event.partition(".")[0] or None
        changes = [each for value in (row.available_change, row.hold_change) if (each := amount(value, number))]
        change = _EXACT.add(changes[0], changes[1]) if len(changes) > 1 else changes[0] if changes else None
        time = None if row.time is None else int(row.time) * _MILLISECOND
        event = (row.relation_event_id, row.relation_event, row.account_id, row.currency, total, hold, time)
        if row.relation_event_id is not None and not self._seen.is_new(event):
            return ()
        if not self._has_joined:
            self._told.add((wallet, row.currency))
        kind = row.relation_event or None
        return (Balance(row.currency, total, hold, wallet, change, None, kind, time, received, raw),)

    def join(self, fetched: Sequence[Balance], _: int, /) -> Sequence[Balance]:
        """Take what REST tells of all accounts; what a message has told by then is newer."""
        self._has_joined = True
        news = [each for each in fetched if (each.wallet, each.asset) not in self._told]
        self._told.clear()
        return news


@frozen(slots=False)
class StopOrder(Record):
    """An order that waits for a price, or what has become of it.

    ``state`` is KuCoin's word: ``open``, ``triggered`` or ``cancel``. A triggered one places an order with another id
    (``client_id`` where it is told); ``success`` says whether that could be placed, where KuCoin says it. ``stop`` is
    KuCoin's word for the direction: ``entry`` and ``up`` wait for a higher price, ``loss`` and ``down`` for a lower
    one. ``trade_type`` (spot and margin), ``margin_mode`` and ``price_type`` (futures) are KuCoin's words.
    """

    order_id: str
    symbol: str
    side: Side | None
    state: str
    quantity: Decimal | None
    trigger_price: Decimal | None
    price: Decimal | None = None
    stop: str | None = None
    type: str | None = None
    client_id: str | None = None
    trade_type: str | None = None
    margin_mode: str | None = None
    price_type: str | None = None
    success: bool | None = None
    reason: str = ""
    created: int | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


class StopRow(Struct, rename="camel", gc=False):
    """A stop order, of spot, margin or futures."""

    order_id: str
    symbol: str
    type: str
    side: str = ""
    size: Any = None
    order_price: Any = None
    stop_price: Any = None
    stop: str | None = None
    order_type: str | None = None
    client_oid: str | None = None
    trade_type: str | None = None
    margin_mode: str | None = None
    stop_price_type: str | None = None
    trigger_success: bool | None = None
    error: Any = None
    created_at: int | None = None
    ts: int | None = None


class StopWire(Struct, gc=False):
    """A message about a stop order."""

    data: StopRow


def parse_stops(wire: StopWire, received: int, raw: bytes | Json, number: Number, /) -> Sequence[StopOrder]:
    """Read what happened to a stop order."""
    row = wire.data
    stop = StopOrder(
        row.order_id,
        row.symbol,
        SIDES[row.side] if row.side else None,
        row.type,
        amount(row.size, number),
        amount(row.stop_price, number),
        amount(row.order_price, number) or None,
        row.stop,
        row.order_type,
        row.client_oid or None,
        row.trade_type,
        row.margin_mode,
        row.stop_price_type,
        row.trigger_success,
        "" if row.error is None else str(row.error),
        None if row.created_at is None else row.created_at * _MILLISECOND,
        row.ts,
        received,
        raw,
    )
    return (stop,)


class TradeFillRow(Struct, rename="camel", gc=False):
    """An execution, with its fee."""

    trade_id: str
    order_id: str
    symbol: str
    side: str
    price: Any
    size: Any
    fee: Any = None
    fee_currency: str | None = None
    liquidity: str | None = None
    time: int | None = None


class TradeFillWire(Struct, gc=False):
    """A message about an execution."""

    data: TradeFillRow


def parse_fills(wire: TradeFillWire, received: int, raw: bytes | Json, number: Number, /) -> Sequence[Fill]:
    """Read an execution."""
    row = wire.data
    fee = amount(row.fee, number)
    fees = () if fee is None or row.fee_currency is None else (Fee(row.fee_currency, fee),)
    is_maker = None if row.liquidity is None else row.liquidity == "maker"
    price, size, side = number(row.price), number(row.size), SIDES[row.side]
    return (
        Fill(
            row.trade_id,
            row.order_id,
            price,
            size,
            row.symbol,
            side,
            fees,
            is_maker,
            row.time,
            received,
            raw,
        ),
    )
