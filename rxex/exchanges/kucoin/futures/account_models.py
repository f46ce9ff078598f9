"""The shapes of KuCoin's private futures messages about the wallet, margin modes and leverages, and what they tell.

Amounts are exact, times are nanoseconds since the epoch. Sources: KuCoin's pages "Balance", "Margin Mode" and "Cross
Leverage" of the futures WebSocket reference; positions are in `position_models`.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Context, Decimal
from typing import Any

import attrs
from attrs import frozen
from msgspec import Struct

from rxex.channel import Number
from rxex.exchanges.kucoin.private_models import amount
from rxex.models import Balance, Record
from rxex.typing import Json

__all__ = [
    "CrossLeverage",
    "CrossLeverageWire",
    "MarginMode",
    "MarginModeWire",
    "Wallet",
    "WalletBalance",
    "WalletWire",
    "parse_leverages",
    "parse_margin_modes",
]

_EXACT = Context(prec=200)
_MILLISECOND = 10**6
_ZERO = Decimal(0)


@frozen(slots=False)
class WalletBalance(Balance):
    """What the futures wallet has of a currency; ``locked`` is what orders, positions and withdrawals hold.

    ``equity`` counts profits that are not made yet (``unrealised``: cross and isolated together). ``version`` grows.
    """

    equity: Decimal | None = None
    available: Decimal | None = None
    unrealised: Decimal | None = None
    position_margin: Decimal | None = None
    order_margin: Decimal | None = None
    withdrawable: Decimal | None = None
    version: int | None = None


class WalletRow(Struct, rename="camel", gc=False):
    """What the wallet has of a currency; messages of older subjects tell a part of it."""

    currency: str
    wallet_balance: Any = None
    equity: Any = None
    available_balance: Any = None
    hold_balance: Any = None
    cross_pos_margin: Any = None
    cross_order_margin: Any = None
    cross_un_pnl: Any = None
    isolated_pos_margin: Any = None
    isolated_order_margin: Any = None
    isolated_un_pnl: Any = None
    max_withdraw_amount: Any = None
    version: str | int | None = None
    timestamp: str | int | None = None


class WalletWire(Struct, gc=False):
    """A message about the wallet."""

    subject: str
    data: WalletRow


class Wallet:
    """Reads the wallet, each currency by the version that is the latest.

    What does not tell the whole state (messages of older subjects) is passed over.
    """

    def __init__(self) -> None:
        self._versions: dict[str, int] = {}

    def __call__(
        self, wire: WalletWire, received: int, raw: bytes | Json, number: Number, /
    ) -> Sequence[WalletBalance]:
        row = wire.data
        if row.wallet_balance is None:
            return ()
        version = None if row.version is None else int(row.version)
        positions = _sum(number, row.cross_pos_margin, row.isolated_pos_margin)
        orders = _sum(number, row.cross_order_margin, row.isolated_order_margin)
        locked = [each for each in (positions, orders, amount(row.hold_balance, number)) if each is not None]
        balance = WalletBalance(
            row.currency,
            number(row.wallet_balance),
            _total(locked) if locked else None,
            kind=wire.subject,
            time=None if row.timestamp is None else int(row.timestamp) * _MILLISECOND,
            received=received,
            raw=raw,
            equity=amount(row.equity, number),
            available=amount(row.available_balance, number),
            unrealised=_sum(number, row.cross_un_pnl, row.isolated_un_pnl),
            position_margin=positions,
            order_margin=orders,
            withdrawable=amount(row.max_withdraw_amount, number),
            version=version,
        )
        if version is not None:
            if version <= self._versions.get(row.currency, -1):
                return ()
            self._versions[row.currency] = version
        return (balance,)


def _sum(number: Number, *values: Any) -> Decimal | None:
    told = [each for value in values if (each := amount(value, number)) is not None]
    return _total(told) if told else None


def _total(amounts: Sequence[Decimal]) -> Decimal:
    total = _ZERO
    for each in amounts:
        total = _EXACT.add(total, each)
    return total


@frozen(slots=False)
class MarginMode(Record):
    """The margin mode of a contract is now this: ``ISOLATED`` or ``CROSS``."""

    symbol: str
    mode: str
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


class MarginModeWire(Struct, gc=False):
    """Margin modes by their contracts."""

    data: dict[str, str]


def parse_margin_modes(wire: MarginModeWire, received: int, raw: bytes | Json, _: Number, /) -> Sequence[MarginMode]:
    """Read each contract's margin mode."""
    return [MarginMode(symbol, mode, None, received, raw) for symbol, mode in wire.data.items()]


@frozen(slots=False)
class CrossLeverage(Record):
    """The leverage of a contract with cross margin is now this."""

    symbol: str
    leverage: Decimal
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


class LeverageRow(Struct, gc=False):
    """A leverage."""

    leverage: Any


class CrossLeverageWire(Struct, gc=False):
    """Leverages by their contracts."""

    data: dict[str, LeverageRow]


def parse_leverages(
    wire: CrossLeverageWire, received: int, raw: bytes | Json, number: Number, /
) -> Sequence[CrossLeverage]:
    """Read each contract's leverage."""
    return [CrossLeverage(symbol, number(row.leverage), None, received, raw) for symbol, row in wire.data.items()]
