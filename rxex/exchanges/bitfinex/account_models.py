"""What Bitfinex tells of the account beside orders: positions, wallets, funding, margin.

Amounts of positions and of funding are signed, as Bitfinex writes them. Sources: Bitfinex's pages "Positions",
"Wallets", "Funding Offers", "Funding Credits", "Funding Loans", "Funding Trades", "Balance", "Margin" and "Funding
Info" of the authenticated WebSocket channels.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any, Generic, TypeVar

import attrs
from attrs import field, frozen

from rxex.channel import Number
from rxex.exchanges.bitfinex.account_rows import Row
from rxex.models import Balance
from rxex.models.record import Record
from rxex.typing import Json

__all__ = [
    "BalanceInfo",
    "FundingCredit",
    "FundingInfo",
    "FundingLoan",
    "FundingOffer",
    "MarginBase",
    "MarginSymbol",
    "OwnFundingTrade",
    "Position",
    "Snapshot",
    "read_balance_info",
    "read_funding_credit",
    "read_funding_info",
    "read_funding_loan",
    "read_funding_offer",
    "read_funding_trade",
    "read_margin",
    "read_position",
    "read_wallet",
]

T = TypeVar("T")
_DERIVATIVE = 1


@frozen(slots=False)
class Snapshot(Record, Generic[T]):
    """All that is open at this moment; what is not among ``items`` is not open any more."""

    items: tuple[T, ...]
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class Position(Record):
    """A position, margin or derivative; what Bitfinex has not calculated is None (see `calc_factory`)."""

    symbol: str
    amount: Decimal
    """Negative: short; 0: closed."""
    is_open: bool
    base_price: Decimal | None
    position_id: str | None = None
    type: str | None = None
    """``margin`` or ``derivative``."""
    profit_loss: Decimal | None = None
    profit_loss_percent: Decimal | None = None
    liquidation_price: Decimal | None = None
    leverage: Decimal | None = None
    margin_funding: Decimal | None = None
    margin_funding_type: int | None = None
    """0: daily, 1: term."""
    collateral: Decimal | None = None
    collateral_min: Decimal | None = None
    created: int | None = None
    meta: Any = field(default=None, repr=False)
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class FundingOffer(Record):
    """An offer to lend (``amount`` above 0) or to borrow; ``is_open`` is False with its last word."""

    id: str
    symbol: str
    amount: Decimal
    """What remains of it."""
    original_amount: Decimal | None
    type: str | None
    status: str
    rate: Decimal | None
    """A day."""
    period: int | None
    """Days."""
    is_open: bool = True
    flags: int = 0
    is_hidden: bool = False
    renews: bool = False
    notifies: bool = False
    rate_real: Decimal | None = None
    created: int | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class FundingLoan(Record):
    """Funding that was lent or taken and is in no position; ``is_open`` is False with its last word."""

    id: str
    symbol: str
    amount: Decimal
    side: int | None
    """1: we lend, -1: we borrow, 0: both."""
    status: str
    rate: Decimal | None
    period: int | None
    is_open: bool = True
    flags: int = 0
    opened: int | None = None
    last_payout: int | None = None
    is_hidden: bool = False
    renews: bool = False
    notifies: bool = False
    no_close: bool = False
    rate_real: Decimal | None = None
    created: int | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class FundingCredit(FundingLoan):
    """Funding that is used in a position of ``position_pair``."""

    position_pair: str | None = field(default=None, kw_only=True)


@frozen(slots=False)
class OwnFundingTrade(Record):
    """A trade of one of our funding offers; ``amount`` is negative where we borrow."""

    id: str
    symbol: str
    offer_id: str | None
    amount: Decimal
    rate: Decimal
    period: int | None
    is_maker: bool | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class BalanceInfo(Record):
    """What the account is worth: the assets under management, with and without what is owed."""

    total: Decimal
    net: Decimal
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class MarginBase(Record):
    """The margin of the whole account."""

    profit_loss: Decimal | None
    swaps: Decimal | None
    balance: Decimal | None
    net: Decimal | None
    minimum: Decimal | None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class MarginSymbol(Record):
    """What can be traded of ``symbol`` on margin."""

    symbol: str
    tradable_balance: Decimal | None
    gross_balance: Decimal | None
    buy: Decimal | None
    sell: Decimal | None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class FundingInfo(Record):
    """What we lend and borrow of a currency, on average: rates a day, durations in days."""

    symbol: str
    yield_loan: Decimal | None
    yield_lend: Decimal | None
    duration_loan: Decimal | None
    duration_lend: Decimal | None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")


# Readers: the type of the message, its payload or one row of it, and what every model keeps.


def read_position(kind: str, values: Any, received: int, raw: bytes | Json, number: Number) -> Position:
    """Read a position."""
    row = Row(values, number)
    kind_of_position = row.whole(15)
    return Position(
        str(row.need(0)),
        row.need_number(2),
        is_open=kind != "pc" and row.text(1) != "CLOSED",
        base_price=row.number(3),
        position_id=row.id(11),
        type=None if kind_of_position is None else "derivative" if kind_of_position == _DERIVATIVE else "margin",
        profit_loss=row.number(6),
        profit_loss_percent=row.number(7),
        liquidation_price=row.number(8),
        leverage=row.number(9),
        margin_funding=row.number(4),
        margin_funding_type=row.whole(5),
        collateral=row.number(17),
        collateral_min=row.number(18),
        created=row.time(12),
        meta=row.at(19),
        time=row.time(13),
        received=received,
        raw=raw,
    )


def read_wallet(_: str, values: Any, received: int, raw: bytes | Json, number: Number) -> Balance:
    """Read a wallet; what of it is free is told only after a `calc_factory`."""
    row = Row(values, number)
    total, available = row.need_number(2), row.number(4)
    return Balance(
        str(row.need(1)),
        total,
        None if available is None else total - available,
        str(row.need(0)),
        kind=row.text(5),
        received=received,
        raw=raw,
    )


def read_funding_offer(kind: str, values: Any, received: int, raw: bytes | Json, number: Number) -> FundingOffer:
    """Read an offer."""
    row = Row(values, number)
    return FundingOffer(
        row.need_id(0),
        str(row.need(1)),
        row.need_number(4),
        row.number(5),
        row.text(6),
        row.text(10) or "",
        row.number(14),
        row.whole(15),
        is_open=kind != "foc",
        flags=row.whole(9) or 0,
        is_hidden=row.flag(17),
        renews=row.flag(19),
        notifies=row.flag(16),
        rate_real=row.number(20),
        created=row.time(2),
        time=row.time(3),
        received=received,
        raw=raw,
    )


def _loan(row: Row, kind: str) -> dict[str, Any]:
    """What loans and credits have in common."""
    return {
        "id": row.need_id(0),
        "symbol": str(row.need(1)),
        "amount": row.need_number(5),
        "side": row.whole(2),
        "status": row.text(7) or "",
        "rate": row.number(11),
        "period": row.whole(12),
        "is_open": kind not in {"flc", "fcc"},
        "flags": row.whole(6) or 0,
        "opened": row.time(13),
        "last_payout": row.time(14),
        "is_hidden": row.flag(16),
        "renews": row.flag(18),
        "notifies": row.flag(15),
        "no_close": row.flag(20),
        "rate_real": row.number(19),
        "created": row.time(3),
        "time": row.time(4),
    }


def read_funding_loan(kind: str, values: Any, received: int, raw: bytes | Json, number: Number) -> FundingLoan:
    """Read a loan."""
    return FundingLoan(**_loan(Row(values, number), kind), received=received, raw=raw)


def read_funding_credit(kind: str, values: Any, received: int, raw: bytes | Json, number: Number) -> FundingCredit:
    """Read a credit."""
    row = Row(values, number)
    return FundingCredit(**_loan(row, kind), position_pair=row.text(21), received=received, raw=raw)


def read_funding_trade(_: str, values: Any, received: int, raw: bytes | Json, number: Number) -> OwnFundingTrade:
    """Read a trade of funding."""
    row = Row(values, number)
    maker = row.at(7)
    return OwnFundingTrade(
        row.need_id(0),
        str(row.need(1)),
        row.id(3),
        row.need_number(4),
        row.need_number(5),
        row.whole(6),
        None if maker is None else maker == 1,
        row.time(2),
        received,
        raw,
    )


def read_balance_info(_: str, values: Any, received: int, raw: bytes | Json, number: Number) -> BalanceInfo:
    """Read what the account is worth."""
    row = Row(values, number)
    return BalanceInfo(row.need_number(0), row.need_number(1), received=received, raw=raw)


def read_margin(_: str, values: Any, received: int, raw: bytes | Json, number: Number) -> MarginBase | MarginSymbol:
    """Read the margin, of all or of a symbol."""
    row = Row(values, number)
    if row.need(0) == "base":
        figures = Row(row.at(1), number)
        profit_loss, swaps, balance, net, minimum = (figures.number(place) for place in range(5))
        return MarginBase(profit_loss, swaps, balance, net, minimum, received=received, raw=raw)
    figures = Row(row.at(2), number)
    tradable, gross, buy, sell = (figures.number(place) for place in range(4))
    return MarginSymbol(str(row.need(1)), tradable, gross, buy, sell, received=received, raw=raw)


def read_funding_info(_: str, values: Any, received: int, raw: bytes | Json, number: Number) -> FundingInfo:
    """Read what we lend and borrow of a currency."""
    row = Row(values, number)
    figures = Row(row.at(2), number)
    loan, lend, loan_days, lend_days = (figures.number(place) for place in range(4))
    return FundingInfo(str(row.need(1)), loan, lend, loan_days, lend_days, received=received, raw=raw)
