"""The shapes of messages on private Pro channels about positions, leverage and risk, and what they tell.

Source: KuCoin's pages on the Pro (unified) WebSocket.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs
from attrs import frozen
from msgspec import Struct

from rxex.channel import Number, Parse
from rxex.exchanges.kucoin.futures.position_models import Position
from rxex.exchanges.kucoin.models import Nanoseconds
from rxex.exchanges.kucoin.private_models import amount
from rxex.models import Record
from rxex.typing import Json

__all__ = [
    "Leverage",
    "LeverageWire",
    "PositionWire",
    "RiskWarning",
    "RiskWire",
    "leverages",
    "positions",
    "risks",
]

_POSITION = {
    "symbol": "s",
    "margin_mode": "mM",
    "quantity": "q",
    "entry_price": "eP",
    "mark_value": "pV",
    "mark_price": "mP",
    "liquidation_price": "lP",
    "bankrupt_price": "bP",
    "leverage": "l",
    "unrealised_pnl": "uPL",
    "realised_pnl": "rPL",
    "initial_margin": "iM",
    "maintenance_rate": "mmr",
    "maintenance_margin": "mtM",
    "position_margin": "pM",
    "deleverage_share": "adl",
    "opened": "O",
    "time": "U",
}
_NUMBERS = [name for name in _POSITION if name not in {"symbol", "margin_mode", "opened", "time"}]


class PositionRow(Struct, rename=_POSITION, gc=False):
    """A position."""

    symbol: str
    margin_mode: str | None = None
    quantity: Any = None
    entry_price: Any = None
    mark_value: Any = None
    mark_price: Any = None
    liquidation_price: Any = None
    bankrupt_price: Any = None
    leverage: Any = None
    unrealised_pnl: Any = None
    realised_pnl: Any = None
    initial_margin: Any = None
    maintenance_rate: Any = None
    maintenance_margin: Any = None
    position_margin: Any = None
    deleverage_share: Any = None
    opened: Nanoseconds | None = None
    time: Nanoseconds | None = None


class PositionWire(Struct, rename={"data": "d"}, gc=False):
    """A message about a position."""

    data: PositionRow


def positions(_: str) -> Parse[Position]:
    """Make the reader of positions."""
    return _position


def _position(wire: PositionWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Position]:
    row = wire.data
    told = {name: amount(getattr(row, name), number) for name in _NUMBERS}
    position = Position(
        row.symbol,
        margin_mode=row.margin_mode,
        opened=row.opened,
        time=row.time,
        received=received,
        raw=raw,
        **told,  # type: ignore[arg-type]
    )
    return (position,)


@frozen(slots=False)
class Leverage(Record):
    """The leverage of a contract has changed."""

    symbol: str
    leverage: Decimal
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


class LeverageRow(Struct, rename={"symbol": "s", "leverage": "l"}, gc=False):
    """A leverage."""

    symbol: str
    leverage: Any


class LeverageWire(Struct, rename={"data": "d", "time": "P"}, gc=False):
    """A message about a leverage."""

    data: LeverageRow
    time: Nanoseconds | None = None


def leverages(_: str) -> Parse[Leverage]:
    """Make the reader of leverages."""

    def parse(wire: LeverageWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Leverage]:
        return (Leverage(wire.data.symbol, number(wire.data.leverage), wire.time, received, raw),)

    return parse


@frozen(slots=False)
class RiskWarning(Record):
    """An account comes close to liquidation; ``kind`` is KuCoin's word, as ``MARGIN_CALL`` or ``FORCE_LIQUIDATION``."""

    kind: str
    risk_ratio: Decimal | None
    equity: Decimal | None
    adjusted_equity: Decimal | None
    liability: Decimal | None
    initial_margin: Decimal | None
    maintenance_margin: Decimal | None
    available_margin: Decimal | None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


_RISK = {
    "kind": "eT",
    "risk_ratio": "r",
    "equity": "e",
    "adjusted_equity": "a",
    "liability": "l",
    "initial_margin": "iM",
    "maintenance_margin": "mM",
    "available_margin": "aM",
    "time": "U",
}


class RiskRow(Struct, rename=_RISK, gc=False):
    """A warning."""

    kind: str
    risk_ratio: Any = None
    equity: Any = None
    adjusted_equity: Any = None
    liability: Any = None
    initial_margin: Any = None
    maintenance_margin: Any = None
    available_margin: Any = None
    time: Nanoseconds | None = None


class RiskWire(Struct, rename={"data": "d"}, gc=False):
    """A message with a warning."""

    data: RiskRow


def risks(_: str) -> Parse[RiskWarning]:
    """Make the reader of warnings."""
    return _risk


def _risk(wire: RiskWire, received: int, raw: bytes | Json, number: Number) -> Sequence[RiskWarning]:
    row = wire.data
    warning = RiskWarning(
        kind=row.kind,
        risk_ratio=amount(row.risk_ratio, number),
        equity=amount(row.equity, number),
        adjusted_equity=amount(row.adjusted_equity, number),
        liability=amount(row.liability, number),
        initial_margin=amount(row.initial_margin, number),
        maintenance_margin=amount(row.maintenance_margin, number),
        available_margin=amount(row.available_margin, number),
        time=row.time,
        received=received,
        raw=raw,
    )
    return (warning,)
