"""The shapes of KuCoin's private messages about margin and lending, and what they tell.

Amounts are exact, times are nanoseconds since the epoch. Sources: KuCoin's pages "Cross Margin Position" and "Isolated
Margin Position" of the WebSocket reference; for lending orders its older pages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

import attrs
from attrs import frozen
from msgspec import Struct

from rxex.channel import Number
from rxex.exchanges.kucoin.private_models import amount
from rxex.models import Record
from rxex.typing import Json

__all__ = [
    "IsolatedAsset",
    "IsolatedMarginPosition",
    "IsolatedWire",
    "Loan",
    "LoanWire",
    "MarginAsset",
    "MarginDebt",
    "MarginStatus",
    "MarginWire",
    "parse_isolated",
    "parse_loans",
    "parse_margin",
]

_MILLISECOND = 10**6


@frozen
class MarginAsset:
    """What the cross margin account has of a currency."""

    total: Decimal
    available: Decimal
    hold: Decimal


@frozen(slots=False)
class MarginDebt(Record):
    """How much of the cross margin account is owed; told every four seconds while something is.

    ``ratio`` is debt by assets. The totals are KuCoin's, in BTC; ``assets`` and ``debts`` by their currencies.
    """

    ratio: Decimal
    total_asset: Decimal | None
    weighted_asset: Decimal | None
    total_debt: Decimal | None
    assets: Mapping[str, MarginAsset]
    debts: Mapping[str, Decimal]
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class MarginStatus(Record):
    """The state of the cross margin account in KuCoin's word, such as ``FROZEN_FL`` (liquidation) or ``LIABILITY``."""

    status: str
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


class MarginAssetRow(Struct, gc=False):
    """A currency of the cross margin account."""

    total: Any
    available: Any
    hold: Any


class MarginRow(Struct, rename="camel", gc=False):
    """Debts, or a state."""

    type: str | None = None
    debt_ratio: Any = None
    total_asset: Any = None
    margin_coefficient_total_asset: Any = None
    total_debt: Any = None
    asset_list: dict[str, MarginAssetRow] = {}
    debt_list: dict[str, Any] = {}
    timestamp: int | None = None


class MarginWire(Struct, gc=False):
    """A message about the cross margin account."""

    subject: str
    data: MarginRow


def parse_margin(
    wire: MarginWire, received: int, raw: bytes | Json, number: Number, /
) -> Sequence[MarginDebt | MarginStatus]:
    """Read debts or a state; other subjects are for others."""
    row = wire.data
    time = None if row.timestamp is None else row.timestamp * _MILLISECOND
    if wire.subject == "position.status" and row.type is not None:
        return (MarginStatus(row.type, time, received, raw),)
    if wire.subject != "debt.ratio":
        return ()
    assets = {
        name: MarginAsset(number(each.total), number(each.available), number(each.hold))
        for name, each in row.asset_list.items()
    }
    debts = {name: number(each) for name, each in row.debt_list.items()}
    debt = MarginDebt(
        number(row.debt_ratio),
        amount(row.total_asset, number),
        amount(row.margin_coefficient_total_asset, number),
        amount(row.total_debt, number),
        assets,
        debts,
        time,
        received,
        raw,
    )
    return (debt,)


@frozen
class IsolatedAsset:
    """What an isolated margin account has of a currency, and owes."""

    total: Decimal
    hold: Decimal
    principal: Decimal | None
    interest: Decimal | None


@frozen(slots=False)
class IsolatedMarginPosition(Record):
    """A change of an isolated margin account: ``status`` (``DEBT``, ``CLEAR`` …) and ``cause`` are KuCoin's words."""

    symbol: str
    status: str
    cause: str | None
    accumulated_principal: Decimal | None
    assets: Mapping[str, IsolatedAsset]
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


class IsolatedAssetRow(Struct, rename="camel", gc=False):
    """A currency of an isolated margin account."""

    total: Any
    hold: Any
    liability_principal: Any = None
    liability_interest: Any = None


class IsolatedRow(Struct, rename="camel", gc=False):
    """An isolated margin account."""

    tag: str
    status: str
    status_biz_type: str | None = None
    accumulated_principal: Any = None
    change_assets: dict[str, IsolatedAssetRow] = {}
    timestamp: int | None = None


class IsolatedWire(Struct, gc=False):
    """A message about an isolated margin account."""

    data: IsolatedRow


def parse_isolated(
    wire: IsolatedWire, received: int, raw: bytes | Json, number: Number, /
) -> Sequence[IsolatedMarginPosition]:
    """Read a change of an isolated margin account."""
    row = wire.data
    assets = {
        name: IsolatedAsset(
            number(each.total),
            number(each.hold),
            amount(each.liability_principal, number),
            amount(each.liability_interest, number),
        )
        for name, each in row.change_assets.items()
    }
    principal = amount(row.accumulated_principal, number)
    time = None if row.timestamp is None else row.timestamp * _MILLISECOND
    return (IsolatedMarginPosition(row.tag, row.status, row.status_biz_type, principal, assets, time, received, raw),)


@frozen(slots=False)
class Loan(Record):
    """What happened to a lending order of ours: ``event`` is ``open``, ``update`` or ``done``."""

    order_id: str
    currency: str
    event: str
    side: str | None
    size: Decimal | None
    lent: Decimal | None
    daily_rate: Decimal | None
    term: int | None
    reason: str = ""
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


class LoanRow(Struct, rename="camel", gc=False):
    """A lending order."""

    order_id: str
    currency: str
    side: str | None = None
    size: Any = None
    lent_size: Any = None
    daily_int_rate: Any = None
    term: int | None = None
    reason: str | None = None
    ts: int | None = None


class LoanWire(Struct, gc=False):
    """A message about a lending order."""

    subject: str
    data: LoanRow


def parse_loans(wire: LoanWire, received: int, raw: bytes | Json, number: Number, /) -> Sequence[Loan]:
    """Read what happened to a lending order."""
    row = wire.data
    loan = Loan(
        row.order_id,
        row.currency,
        wire.subject.rpartition(".")[2],
        row.side,
        amount(row.size, number),
        amount(row.lent_size, number),
        amount(row.daily_int_rate, number),
        row.term,
        row.reason or "",
        row.ts,
        received,
        raw,
    )
    return (loan,)
