"""The shapes of Kraken's private messages, and what they tell of our orders and balances.

Updates are patches: what one does not tell is None in what is made of it. Sources: Kraken's pages "Executions" and
"Balances" of the Spot WebSocket v2 reference, "openOrders" and "ownTrades" of the v1 reference.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, Generic, TypeVar

from attrs import define
from msgspec import Struct

from rxex.channel import Number, Parse
from rxex.errors import SequenceGap
from rxex.exchanges.kraken.models import from_v1, time_v1, time_v2
from rxex.models import Balance, Fee, Fill, OrderSnapshot, OrderUpdate, Side, Stage, quick
from rxex.typing import Json

__all__ = [
    "BalancesV2",
    "ExecutionsV2",
    "Numbering",
    "OpenOrdersV1",
    "OwnTradesV1",
    "parse_balances_v2",
    "parse_executions_v2",
    "parse_open_orders_v1",
    "parse_own_trades_v1",
]

T = TypeVar("T")
_update: Callable[..., OrderUpdate] = quick(OrderUpdate)
_STAGES_V2 = {
    "pending_new": Stage.PENDING,
    "new": Stage.OPEN,
    "partially_filled": Stage.PARTIALLY_FILLED,
    "filled": Stage.FILLED,
    "canceled": Stage.CANCELED,
    "expired": Stage.EXPIRED,
}
_STAGES_V1 = {
    "pending": Stage.PENDING,
    "open": Stage.OPEN,
    "closed": Stage.FILLED,
    "canceled": Stage.CANCELED,
    "expired": Stage.EXPIRED,
}
_MAKER = {"m": True, "t": False}


@define
class Numbering:
    """The numbers of one private channel, over all its parsers: without a hole, whatever the first one is.

    After a gap the channel is asked for anew, and messages of the old subscription may still come before the new
    snapshot. They go on with the old numbers, while the new ones begin at 1 or 2.
    """

    channel: str
    _last: int | None = None
    _old: int | None = None

    def start(self) -> None:
        """A new parser: the next number is the first."""
        self._last = None

    def take(self, number: int) -> bool:
        """Tell whether the message of ``number`` counts; raises `SequenceGap` where one before it is missing."""
        if self._last is None:
            if self._old is not None and number > self._old:
                return False
            self._old = None
        elif number != self._last + 1:
            self._old = max(number, self._last, 2)
            raise SequenceGap(self._last + 1, number, self.channel)
        self._last = number
        return True


class _Parser(Generic[T]):
    """Reads the messages of one subscription that count."""

    def __init__(self, numbering: Numbering, read: Parse[T]) -> None:
        numbering.start()
        self._numbering = numbering
        self._read = read

    def __call__(self, wire: Any, received: int, raw: bytes | Json, number: Number, /) -> Sequence[T]:
        return self._read(wire, received, raw, number) if self._numbering.take(wire.number) else ()


def _maybe(value: Any, number: Number) -> Decimal | None:
    return None if value is None else number(value)


# v2


class FeeV2(Struct, gc=False):
    """A part of a fee."""

    asset: str
    qty: Any


class ExecutionV2(Struct, gc=False):
    """A row of executions; all but its order and its kind may be missing."""

    order_id: str
    exec_type: str
    order_status: str | None = None
    cl_ord_id: str | None = None
    symbol: str | None = None
    side: str | None = None
    order_type: str | None = None
    order_qty: Any = None
    limit_price: Any = None
    cum_qty: Any = None
    avg_price: Any = None
    exec_id: str | None = None
    last_qty: Any = None
    last_price: Any = None
    liquidity_ind: str | None = None
    fees: list[FeeV2] | None = None
    reason: str | None = None
    cancel_reason: str | None = None
    timestamp: str | None = None


class ExecutionsV2(Struct, gc=False):
    """A message of executions."""

    type: str
    data: list[ExecutionV2]
    sequence: int

    @property
    def number(self) -> int:
        """Its place in the subscription."""
        return self.sequence


def parse_executions_v2(numbering: Numbering) -> _Parser[OrderUpdate | OrderSnapshot]:
    """Make a parser of executions: one `OrderSnapshot`, then an `OrderUpdate` for each row."""
    return _Parser(numbering, _executions_v2)


def _executions_v2(
    wire: ExecutionsV2, received: int, raw: bytes | Json, number: Number
) -> Sequence[OrderUpdate | OrderSnapshot]:
    in_snapshot = wire.type == "snapshot"
    updates = [_execution_v2(row, received, raw, number, in_snapshot=in_snapshot) for row in wire.data]
    if not in_snapshot:
        return updates
    executions = tuple(update for update in updates if update.fill is not None)
    return (OrderSnapshot(tuple(each for each in updates if each.fill is None), executions, None, received, raw),)


def _execution_v2(
    row: ExecutionV2, received: int, raw: bytes | Json, number: Number, *, in_snapshot: bool
) -> OrderUpdate:
    side = None if row.side is None else Side(row.side)
    time = None if row.timestamp is None else time_v2(row.timestamp)
    fill, stage = None, _STAGES_V2.get(row.order_status or "")
    if row.exec_type == "trade" and row.exec_id is not None:
        fees = tuple(Fee(fee.asset, number(fee.qty)) for fee in row.fees or ())
        fill = Fill(
            row.exec_id,
            row.order_id,
            number(row.last_price),
            number(row.last_qty),
            row.symbol,
            side,
            fees,
            _MAKER.get(row.liquidity_ind or ""),
            time,
            received,
            raw,
        )
        if in_snapshot:
            stage = None  # all executions of the past are called filled, whatever their order is now
    return _update(
        row.order_id,
        row.cl_ord_id,
        stage,
        row.symbol,
        side,
        row.order_type,
        _maybe(row.order_qty, number),
        _maybe(row.limit_price, number),
        _maybe(row.cum_qty, number),
        _maybe(row.avg_price, number),
        None,
        fill,
        row.reason or row.cancel_reason or "",
        None,
        time,
        received,
        raw,
    )


class BalanceV2(Struct, gc=False):
    """A row of balances: the state of an asset in a snapshot, one booking in an update."""

    asset: str
    balance: Any
    amount: Any = None
    fee: Any = None
    type: str | None = None
    wallet_type: str | None = None
    wallet_id: str | None = None
    timestamp: str | None = None


class BalancesV2(Struct, gc=False):
    """A message of balances."""

    type: str
    data: list[BalanceV2]
    sequence: int

    @property
    def number(self) -> int:
        """Its place in the subscription."""
        return self.sequence


def parse_balances_v2(numbering: Numbering) -> _Parser[Balance]:
    """Make a parser of balances: each asset's, then each booking's."""
    return _Parser(numbering, _balances_v2)


def _balances_v2(wire: BalancesV2, received: int, raw: bytes | Json, number: Number) -> Sequence[Balance]:
    return [
        Balance(
            row.asset,
            number(row.balance),
            None,
            None if row.wallet_type is None else f"{row.wallet_type}/{row.wallet_id}",
            _maybe(row.amount, number),
            _maybe(row.fee, number),
            row.type,
            None if row.timestamp is None else time_v2(row.timestamp),
            received,
            raw,
        )
        for row in wire.data
    ]


# v1


class SequenceV1(Struct, gc=False):
    """The last element of a private message."""

    sequence: int


class DescriptionV1(Struct, gc=False):
    """What an order is; in its first message only."""

    pair: str
    type: str
    ordertype: str
    price: str | None = None
    price2: str | None = None


class OpenOrderV1(Struct, gc=False):
    """An order, or what has changed of it."""

    status: str | None = None
    vol: str | None = None
    vol_exec: str | None = None
    avg_price: str | None = None
    fee: str | None = None
    descr: DescriptionV1 | None = None
    cl_ord_id: str | None = None
    oflags: str | None = None
    opentm: str | None = None
    lastupdated: str | None = None
    cancel_reason: str | None = None


class OpenOrdersV1(Struct, array_like=True, gc=False):
    """A message of openOrders."""

    data: list[dict[str, OpenOrderV1]]
    channel: str
    info: SequenceV1

    @property
    def number(self) -> int:
        """Its place in the subscription."""
        return self.info.sequence


def parse_open_orders_v1(numbering: Numbering) -> _Parser[OrderUpdate | OrderSnapshot]:
    """Make a parser of openOrders: one `OrderSnapshot`, then an `OrderUpdate` for each order."""
    return _Parser(numbering, _OpenOrders())


class _OpenOrders:
    """What has to be known of orders to read what has changed of them: how much, and in which asset fees are paid."""

    def __init__(self) -> None:
        self._has_snapshot = False
        self._fee_assets: dict[str, str] = {}
        self._quantities: dict[str, Decimal] = {}

    def __call__(
        self, wire: OpenOrdersV1, received: int, raw: bytes | Json, number: Number, /
    ) -> Sequence[OrderUpdate | OrderSnapshot]:
        updates = [
            self._read(order_id, row, received, raw, number) for rows in wire.data for order_id, row in rows.items()
        ]
        if self._has_snapshot:
            return updates
        self._has_snapshot = True
        return (OrderSnapshot(tuple(updates), (), None, received, raw),)

    def _read(self, order_id: str, row: OpenOrderV1, received: int, raw: bytes | Json, number: Number) -> OrderUpdate:
        told, quantity = row.descr, _maybe(row.vol, number)
        symbol = None if told is None else from_v1(told.pair)
        if symbol is not None:
            base, _, quote = symbol.partition("/")
            self._fee_assets[order_id] = base if "fcib" in (row.oflags or "") else quote
        asset = self._fee_assets.get(order_id)
        if quantity is not None:
            self._quantities[order_id] = quantity
        stage, filled = _STAGES_V1.get(row.status or ""), _maybe(row.vol_exec, number)
        if stage is Stage.FILLED and row.cancel_reason and filled is not None:
            # Closed means filled, unless it was cut short for a reason.
            stage = Stage.CANCELED if filled < self._quantities.get(order_id, filled) else stage
        if stage is not None and stage.is_final:
            self._fee_assets.pop(order_id, None)
            self._quantities.pop(order_id, None)
        time = row.lastupdated or row.opentm
        return _update(
            order_id,
            row.cl_ord_id,
            stage,
            symbol,
            None if told is None else Side(told.type),
            None if told is None else told.ordertype,
            quantity,
            None if told is None else _limit_v1(told, number),
            filled,
            _maybe(row.avg_price, number),
            None if row.fee is None or asset is None else (Fee(asset, number(row.fee)),),
            None,
            row.cancel_reason or "",
            None,
            None if time is None else time_v1(time),
            received,
            raw,
        )


def _limit_v1(told: DescriptionV1, number: Number) -> Decimal | None:
    """The limit is the second price of triggered orders; a relative one (``+5%``) is not known as a number yet."""
    text = told.price2 if told.ordertype.endswith("-limit") else told.price if told.ordertype == "limit" else None
    return None if text is None or not text.replace(".", "", 1).isdecimal() else number(text) or None


class OwnTradeV1(Struct, gc=False):
    """An execution."""

    ordertxid: str
    pair: str
    type: str
    price: str
    vol: str
    fee: str
    time: str
    cl_ord_id: str | None = None


class OwnTradesV1(Struct, array_like=True, gc=False):
    """A message of ownTrades."""

    data: list[dict[str, OwnTradeV1]]
    channel: str
    info: SequenceV1

    @property
    def number(self) -> int:
        """Its place in the subscription."""
        return self.info.sequence


def parse_own_trades_v1(numbering: Numbering) -> _Parser[OrderUpdate]:
    """Make a parser of ownTrades: an `OrderUpdate` with its execution for each, the oldest first."""
    return _Parser(numbering, _own_trades_v1)


def _own_trades_v1(wire: OwnTradesV1, received: int, raw: bytes | Json, number: Number) -> Sequence[OrderUpdate]:
    trades = [
        _own_trade_v1(trade_id, row, received, raw, number) for rows in wire.data for trade_id, row in rows.items()
    ]
    return sorted(trades, key=lambda trade: trade.time or 0)  # the snapshot has the newest first


def _own_trade_v1(trade_id: str, row: OwnTradeV1, received: int, raw: bytes | Json, number: Number) -> OrderUpdate:
    symbol, side, time = from_v1(row.pair), Side(row.type), time_v1(row.time)
    fees = (Fee(symbol.partition("/")[2], number(row.fee)),)
    price, quantity = number(row.price), number(row.vol)
    fill = Fill(trade_id, row.ordertxid, price, quantity, symbol, side, fees, None, time, received, raw)
    return _update(row.ordertxid, row.cl_ord_id, None, symbol, side, *(None,) * 6, fill, "", None, time, received, raw)
