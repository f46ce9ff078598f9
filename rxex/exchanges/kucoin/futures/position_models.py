"""The shapes of KuCoin's messages about futures positions, and what they tell.

A position is told whole after an order, and in part after a change of the mark price: the parts are put together.
Sources: KuCoin's pages "Position" and "All Position" of the futures WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import attrs
import msgspec
from attrs import evolve, frozen
from msgspec import Struct

from rxex.channel import Number
from rxex.models import Record
from rxex.typing import Json

__all__ = ["Position", "PositionFeed", "PositionWire", "RiskLimitChange", "Settlement"]

_MILLISECOND = 10**6


@frozen(slots=False)
class Position(Record):
    """A position as it stands. Names and meaning are KuCoin's; what was not told yet is None.

    ``quantity`` is in lots, negative where it is short. ``side`` is ``BOTH``, in hedge mode ``LONG`` or ``SHORT``.
    ``reason`` says what has changed it: ``positionChange``, ``marginChange``, ``markPriceChange``, ``liquidation`` …
    """

    symbol: str
    side: str | None = None
    margin_mode: str | None = None
    quantity: Decimal | None = None
    is_open: bool | None = None
    entry_price: Decimal | None = None
    mark_price: Decimal | None = None
    mark_value: Decimal | None = None
    liquidation_price: Decimal | None = None
    bankrupt_price: Decimal | None = None
    leverage: Decimal | None = None
    real_leverage: Decimal | None = None
    unrealised_pnl: Decimal | None = None
    unrealised_pnl_share: Decimal | None = None
    unrealised_roe_share: Decimal | None = None
    realised_pnl: Decimal | None = None
    realised_gross_pnl: Decimal | None = None
    current_cost: Decimal | None = None
    current_commission: Decimal | None = None
    unrealised_cost: Decimal | None = None
    realised_cost: Decimal | None = None
    realised_gross_cost: Decimal | None = None
    position_cost: Decimal | None = None
    position_margin: Decimal | None = None
    initial_margin: Decimal | None = None
    cross_margin: Decimal | None = None
    commission_margin: Decimal | None = None
    funding_margin: Decimal | None = None
    loss_margin: Decimal | None = None
    maintenance: Decimal | None = None
    maintenance_margin: Decimal | None = None
    maintenance_rate: Decimal | None = None
    risk_limit: Decimal | None = None
    risk_limit_level: int | None = None
    deleverage_share: Decimal | None = None
    auto_deposit: bool | None = None
    settle_currency: str | None = None
    opened: int | None = None
    reason: str | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class Settlement(Record):
    """Funding was settled for a position; the sign of ``fee`` is KuCoin's."""

    symbol: str
    quantity: Decimal | None
    mark_price: Decimal | None
    rate: Decimal | None
    fee: Decimal | None
    settle_currency: str | None
    funding_time: int | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class RiskLimitChange(Record):
    """The outcome of a change of the risk limit of ``symbol``."""

    symbol: str
    success: bool
    level: int | None
    message: str = ""
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


_NUMBERS = {
    "quantity": "currentQty",
    "entry_price": "avgEntryPrice",
    "mark_price": "markPrice",
    "mark_value": "markValue",
    "liquidation_price": "liquidationPrice",
    "bankrupt_price": "bankruptPrice",
    "leverage": "leverage",
    "real_leverage": "realLeverage",
    "unrealised_pnl": "unrealisedPnl",
    "unrealised_pnl_share": "unrealisedPnlPcnt",
    "unrealised_roe_share": "unrealisedRoePcnt",
    "realised_pnl": "realisedPnl",
    "realised_gross_pnl": "realisedGrossPnl",
    "current_cost": "currentCost",
    "current_commission": "currentComm",
    "unrealised_cost": "unrealisedCost",
    "realised_cost": "realisedCost",
    "realised_gross_cost": "realisedGrossCost",
    "position_cost": "posCost",
    "position_margin": "posMargin",
    "initial_margin": "posInit",
    "cross_margin": "posCross",
    "commission_margin": "posComm",
    "funding_margin": "posFunding",
    "loss_margin": "posLoss",
    "maintenance": "posMaint",
    "maintenance_margin": "maintMargin",
    "maintenance_rate": "maintMarginReq",
    "risk_limit": "riskLimit",
    "deleverage_share": "delevPercentage",
}
_WORDS = {
    "side": ("positionSide", str),
    "margin_mode": ("marginMode", str),
    "is_open": ("isOpen", bool),
    "risk_limit_level": ("riskLimitLevel", int),
    "auto_deposit": ("autoDeposit", bool),
    "settle_currency": ("settleCurrency", str),
    "reason": ("changeReason", str),
}
_TIMES = {"opened": "openingTimestamp", "time": "currentTimestamp"}


class SettlementRow(Struct, rename="camel", gc=False):
    """A settlement of funding."""

    funding_time: int | None = None
    qty: Any = None
    mark_price: Any = None
    funding_rate: Any = None
    funding_fee: Any = None
    settle_currency: str | None = None
    symbol: str | None = None
    ts: int | None = None


class RiskLimitRow(Struct, rename="camel", gc=False):
    """The outcome of a change of the risk limit."""

    success: bool
    risk_limit_level: int | None = None
    msg: str | None = None
    symbol: str | None = None


class PositionWire(Struct, gc=False):
    """A message about a position; the subject tells the kind of its data."""

    topic: str
    data: dict[str, Any]
    subject: str


class PositionFeed:
    """Reads what happens to positions; of each the last whole one, with all that was told since, is kept.

    Begins with what REST tells (`join`); a message before that is newer.
    """

    def __init__(self) -> None:
        self._positions: dict[tuple[str, str | None, str | None], Position] = {}

    def __call__(
        self, wire: PositionWire, received: int, raw: bytes | Json, number: Number, /
    ) -> Sequence[Position | Settlement | RiskLimitChange]:
        symbol = wire.data.get("symbol") or wire.topic.partition(":")[2]
        if not isinstance(symbol, str) or not symbol:
            raise ValueError("it does not tell of which contract it is")
        match wire.subject:
            case "position.change":
                return (self._change(symbol, wire.data, received, raw, number),)
            case "position.settlement":
                return (_settled(symbol, wire.data, received, raw, number),)
            case "position.adjustRiskLimit":
                row = msgspec.convert(wire.data, RiskLimitRow)
                level, text = row.risk_limit_level, row.msg or ""
                return (RiskLimitChange(symbol, row.success, level, text, None, received, raw),)
            case _:
                return ()

    def join(self, fetched: Sequence[Position], _: int, /) -> Sequence[Position]:
        """Take the positions that REST tells."""
        news = []
        for position in fetched:
            key = _key(position)
            if key in self._positions:
                # What was told meanwhile may have been a part only.
                position = _merged(position, self._positions[key])  # noqa: PLW2901
            self._positions[key] = position
            news.append(position)
        return news

    def _change(self, symbol: str, data: dict[str, Any], received: int, raw: bytes | Json, number: Number) -> Position:
        told = read_position(symbol, data, received, raw, number)
        before = self._before(told)
        position = told if before is None else _merged(before, told)
        self._positions[_key(position)] = position
        return position

    def _before(self, told: Position) -> Position | None:
        if told.side is not None and told.margin_mode is not None:
            return self._positions.get(_key(told))
        ours = [
            each
            for each in self._positions.values()
            if each.symbol == told.symbol
            and told.side in {None, each.side}
            and told.margin_mode in {None, each.margin_mode}
        ]
        if len(ours) > 1:
            raise ValueError(f"it does not tell which of {len(ours)} positions of {told.symbol} it is about")
        return ours[0] if ours else None


def _key(position: Position) -> tuple[str, str | None, str | None]:
    return position.symbol, position.side, position.margin_mode


def read_position(symbol: str, data: dict[str, Any], received: int, raw: bytes | Json, number: Number) -> Position:
    """Read what is told of a position. Raises `ValueError` for what is no number, flag or text where one has to be."""
    told: dict[str, Any] = {}
    for name, theirs in _NUMBERS.items():
        if data.get(theirs) is not None:
            told[name] = number(data[theirs])
    for name, (theirs, kind) in _WORDS.items():
        value = data.get(theirs)
        if value is not None:
            if type(value) is not kind:
                raise ValueError(f"{theirs} is no {kind.__name__}")
            told[name] = value
    for name, theirs in _TIMES.items():
        value = data.get(theirs)
        if value is not None:
            if type(value) is not int:
                raise ValueError(f"{theirs} is no time")
            told[name] = value * _MILLISECOND
    return Position(symbol, **told, received=received, raw=raw)


_FACTS = [each.name for each in attrs.fields(Position) if each.name not in {"symbol", "received", "_raw"}]


def _merged(before: Position, told: Position) -> Position:
    """Put what is told now over what was told before."""
    news = {name: value for name in _FACTS if (value := getattr(told, name)) is not None}
    return evolve(before, **news, received=told.received, raw=told._raw)


def _settled(symbol: str, data: dict[str, Any], received: int, raw: bytes | Json, number: Number) -> Settlement:
    row = msgspec.convert(data, SettlementRow)
    numbers = [None if each is None else number(each) for each in (row.qty, row.mark_price)]
    rates = [None if each is None else number(each) for each in (row.funding_rate, row.funding_fee)]
    return Settlement(
        symbol,
        numbers[0],
        numbers[1],
        rates[0],
        rates[1],
        row.settle_currency,
        None if row.funding_time is None else row.funding_time * _MILLISECOND,
        row.ts,
        received,
        raw,
    )
