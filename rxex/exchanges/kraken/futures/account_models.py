"""The shapes of what Kraken's futures tell of our account, and what they mean in our models.

Sources: the pages "Open Positions", "Balances", "Account Log" and "Notifications" of the Futures WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from attrs import field, frozen
from msgspec import Struct

from rxex.channel import Number
from rxex.codec import number as exact_number
from rxex.errors import SequenceGap
from rxex.exchanges.kraken.futures.integrity import Once
from rxex.exchanges.kraken.futures.models import moment, optional
from rxex.exchanges.kraken.models import time_v2
from rxex.models import Balance, Record
from rxex.typing import Json

__all__ = [
    "AccountLog",
    "AccountLogEntry",
    "AccountLogWire",
    "Balances",
    "BalancesWire",
    "Notification",
    "NotificationsWire",
    "Position",
    "Positions",
    "PositionsWire",
    "parse_notifications",
    "parse_positions",
]


@frozen(slots=False)
class Position:
    """What we hold of a contract: ``size`` is negative for a short one. Money is in ``pnl_currency``."""

    symbol: str
    size: Decimal
    entry_price: Decimal | None = None
    mark_price: Decimal | None = None
    index_price: Decimal | None = None
    pnl: Decimal | None = None
    pnl_currency: str | None = None
    liquidation_threshold: Decimal | None = None
    effective_leverage: Decimal | None = None
    max_fixed_leverage: Decimal | None = None
    return_on_equity: Decimal | None = None
    unrealized_funding: Decimal | None = None
    initial_margin: Decimal | None = None
    initial_margin_with_orders: Decimal | None = None
    maintenance_margin: Decimal | None = None


@frozen(slots=False)
class Positions(Record):
    """All our positions at this moment."""

    positions: tuple[Position, ...]
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False)


class PositionWire(Struct, gc=False):
    """A position."""

    instrument: str
    balance: Any
    entry_price: Any = None
    mark_price: Any = None
    index_price: Any = None
    pnl: Any = None
    pnl_currency: str | None = None
    liquidation_threshold: Any = None
    effective_leverage: Any = None
    max_fixed_leverage: Any = None
    return_on_equity: Any = None
    unrealized_funding: Any = None
    initial_margin: Any = None
    initial_margin_with_orders: Any = None
    maintenance_margin: Any = None


class PositionsWire(Struct, gc=False):
    """All positions; the whole list comes each time, so that its number matters to nobody."""

    positions: list[PositionWire]
    timestamp: int | None = None


def parse_positions(wire: PositionsWire, received: int, raw: bytes | Json, _: Number) -> Sequence[Positions]:
    """Give all positions."""
    positions = tuple(
        Position(
            row.instrument,
            exact_number(row.balance),
            optional(row.entry_price),
            optional(row.mark_price),
            optional(row.index_price),
            optional(row.pnl),
            row.pnl_currency,
            optional(row.liquidation_threshold),
            optional(row.effective_leverage),
            optional(row.max_fixed_leverage),
            optional(row.return_on_equity),
            optional(row.unrealized_funding),
            optional(row.initial_margin),
            optional(row.initial_margin_with_orders),
            optional(row.maintenance_margin),
        )
        for row in wire.positions
    )
    return (Positions(positions, moment(wire.timestamp), received, raw),)


class WalletWire(Struct, gc=False):
    """A wallet of one collateral."""

    balance: Any
    unit: str


class CurrencyWire(Struct, gc=False):
    """A currency of the wallet of several collaterals."""

    quantity: Any


class FlexWire(Struct, gc=False):
    """The wallet of several collaterals."""

    currencies: Mapping[str, CurrencyWire] | None = None


class BalancesWire(Struct, gc=False):
    """Balances; after the snapshot only those wallets that have changed need to be told."""

    feed: str
    seq: int
    timestamp: int | None = None
    holding: Mapping[str, Any] | None = None
    futures: Mapping[str, WalletWire] | None = None
    flex_futures: FlexWire | None = None


class Balances:
    """Our balances on one subscription; its messages are numbered, from the snapshot on."""

    def __init__(self) -> None:
        self._last: int | None = None

    def __call__(self, wire: BalancesWire, received: int, raw: bytes | Json, _: Number) -> Sequence[Balance]:
        if wire.feed != "balances_snapshot":
            if self._last is None or wire.seq == self._last:
                return ()
            if wire.seq != self._last + 1:
                raise SequenceGap(self._last + 1, wire.seq)
        self._last = wire.seq
        time = moment(wire.timestamp)
        return [
            Balance(asset, exact_number(total), None, wallet, None, None, None, time, received, raw)
            for asset, total, wallet in _wallets(wire)
        ]


def _wallets(wire: BalancesWire) -> Iterator[tuple[str, Any, str]]:
    for asset, total in (wire.holding or {}).items():
        yield asset, total, "holding"
    for name, wallet in (wire.futures or {}).items():
        yield wallet.unit, wallet.balance, name
    flex = wire.flex_futures
    for asset, currency in ((flex and flex.currencies) or {}).items():
        yield asset, currency.quantity, "flex"


@frozen(slots=False)
class AccountLogEntry(Record):
    """One booking. ``info`` is the exchange's word for it, ``contract`` what was traded, where something was."""

    id: int
    info: str
    asset: str | None = None
    booking_id: str | None = None
    wallet: str | None = None
    old_balance: Decimal | None = None
    new_balance: Decimal | None = None
    old_average_entry_price: Decimal | None = None
    new_average_entry_price: Decimal | None = None
    contract: str | None = None
    execution_id: str | None = None
    trade_price: Decimal | None = None
    mark_price: Decimal | None = None
    realized_pnl: Decimal | None = None
    fee: Decimal | None = None
    collateral: str | None = None
    funding_rate: Decimal | None = None
    realized_funding: Decimal | None = None
    conversion_spread_percentage: Decimal | None = None
    liquidation_fee: Decimal | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False)


class EntryWire(Struct, gc=False):
    """A booking."""

    id: int
    info: str
    date: str | None = None
    asset: str | None = None
    booking_uid: str | None = None
    margin_account: str | None = None
    old_balance: Any = None
    new_balance: Any = None
    old_average_entry_price: Any = None
    new_average_entry_price: Any = None
    contract: str | None = None
    execution: str | None = None
    trade_price: Any = None
    mark_price: Any = None
    realized_pnl: Any = None
    fee: Any = None
    collateral: str | None = None
    funding_rate: Any = None
    realized_funding: Any = None
    conversion_spread_percentage: Any = None
    liquidation_fee: Any = None


class AccountLogWire(Struct, gc=False):
    """The last bookings, newest first (``logs``), or a new one."""

    logs: list[EntryWire] | None = None
    new_entry: EntryWire | None = None


class AccountLog:
    """The bookings of our account, each once and in order, whatever the snapshots repeat."""

    def __init__(self) -> None:
        self._once = Once()

    def start(self) -> AccountLog:
        """Begin on a new socket."""
        return self

    def __call__(self, wire: AccountLogWire, received: int, raw: bytes | Json, _: Number) -> Sequence[AccountLogEntry]:
        rows = wire.logs if wire.logs is not None else [wire.new_entry] if wire.new_entry is not None else None
        if rows is None:
            raise ValueError("neither bookings nor a new one")
        entries = [_entry(row, received, raw) for row in rows]
        return sorted((entry for entry in entries if self._once.is_new(entry.id)), key=lambda entry: entry.id)


def _entry(row: EntryWire, received: int, raw: bytes | Json) -> AccountLogEntry:
    return AccountLogEntry(
        row.id,
        row.info,
        row.asset,
        row.booking_uid,
        row.margin_account,
        optional(row.old_balance),
        optional(row.new_balance),
        optional(row.old_average_entry_price),
        optional(row.new_average_entry_price),
        row.contract or None,
        row.execution or None,
        optional(row.trade_price),
        optional(row.mark_price),
        optional(row.realized_pnl),
        optional(row.fee),
        row.collateral,
        optional(row.funding_rate),
        optional(row.realized_funding),
        optional(row.conversion_spread_percentage),
        optional(row.liquidation_fee),
        None if row.date is None else time_v2(row.date),
        received,
        raw,
    )


@frozen(slots=False)
class Notification(Record):
    """A notice of the exchange to us. ``time`` is when it takes effect."""

    id: int
    type: str
    priority: str
    note: str
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False)


class NotificationWire(Struct, gc=False):
    """A notice."""

    id: int
    type: str
    priority: str
    note: str
    effective_time: int | None = None


class NotificationsWire(Struct, gc=False):
    """Notices."""

    notifications: list[NotificationWire]


def parse_notifications(wire: NotificationsWire, received: int, raw: bytes | Json, _: Number) -> Sequence[Notification]:
    """Give the notices of a message."""
    return [
        Notification(row.id, row.type, row.priority, row.note, moment(row.effective_time), received, raw)
        for row in wire.notifications
    ]
