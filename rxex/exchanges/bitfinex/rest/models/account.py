"""What Bitfinex tells of the account beside orders.

Sources: Bitfinex's pages "Key Permissions", "User Info", "Login History", "Ledgers", "Summary", "Generate Token",
"Transfer Between Wallets", "Increase Position Info".
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from attrs import field, frozen

from rxex.auth import Secret
from rxex.errors import MalformedMessage
from rxex.exchanges.bitfinex.account_models import MarginBase, MarginSymbol, read_margin
from rxex.exchanges.bitfinex.notifications import Notification
from rxex.exchanges.bitfinex.rest.models.reading import listing, mine, row_of
from rxex.rest.reading import raw_field

__all__ = [
    "AutoRenew",
    "CollateralLimits",
    "IncreaseInfo",
    "LedgerEntry",
    "Login",
    "Summary",
    "Token",
    "Transfer",
    "UserInfo",
    "WalletState",
]


@frozen
class UserInfo:
    """Who the key belongs to."""

    id: int | None
    email: str | None = field(repr=False)
    username: str | None = field(repr=False)
    created: int | None
    verified: bool
    verification_level: int | None
    timezone: str | None
    locale: str | None
    subaccount_type: str | None
    master_account_id: int | None
    is_group_master: bool
    last_login: int | None
    raw: Sequence[Any] = raw_field()


def user_info(values: Any, _: int) -> UserInfo:
    row = row_of(values)
    return UserInfo(
        row.whole(0),
        row.text(1),
        row.text(2),
        row.time(3),
        row.flag(4),
        row.whole(5),
        row.text(7),
        row.text(8),
        row.text(12),
        row.whole(16),
        row.flag(18),
        row.time(44),
        values,
    )


@frozen
class Login:
    """One login."""

    id: int | None
    time: int | None
    address: str | None
    extra: Any
    raw: Sequence[Any] = raw_field()


def login(values: Any, _: int) -> Login:
    row = row_of(values)
    return Login(row.whole(0), row.time(2), row.text(4), row.at(7), values)


@frozen
class LedgerEntry:
    """One booking: ``amount`` was added (or, below 0, taken), and ``balance`` was left in ``wallet``."""

    id: str
    asset: str
    wallet: str | None
    amount: Decimal
    balance: Decimal | None
    description: str | None
    time: int | None
    raw: Sequence[Any] = raw_field()


def ledger_entry(values: Any, _: int) -> LedgerEntry:
    row = row_of(values)
    return LedgerEntry(
        row.need_id(0),
        str(row.need(1)),
        row.text(2),
        row.need_number(5),
        row.number(6),
        row.text(8),
        row.time(3),
        values,
    )


@frozen
class WalletState:
    """A wallet as it was at a time."""

    wallet: str
    asset: str
    total: Decimal
    unsettled_interest: Decimal | None
    available: Decimal | None
    time: int | None
    raw: Sequence[Any] = raw_field()


def wallet_state(values: Any, _: int) -> WalletState:
    row = row_of(values)
    return WalletState(
        str(row.need(0)),
        str(row.need(1)),
        row.need_number(2),
        row.number(3),
        row.number(4),
        row.time(6),
        values,
    )


@frozen
class Token:
    """What opens a WebSocket, or signs calls, instead of a key (see ``client(token=…)``)."""

    token: Secret


def read_token(result: Any, _: Any, __: int) -> Token:
    token = row_of(result).text(0)
    if not token:
        raise MalformedMessage("there is no token")
    return Token(Secret(token))


@frozen
class Summary:
    """What the account pays, as parts of one, and what it traded in the last 30 days."""

    maker_fee: Decimal | None
    derivatives_maker_rebate: Decimal | None
    taker_fee_to_crypto: Decimal | None
    taker_fee_to_stable: Decimal | None
    taker_fee_to_fiat: Decimal | None
    derivatives_taker_fee: Decimal | None
    volume: Any
    earnings: Any
    leo: Any
    raw: Sequence[Any] = raw_field()


def summary(values: Any, _: int) -> Summary:
    row = row_of(values)
    fees = row_of(row.at(4))
    makers, takers = row_of(fees.at(0)), row_of(fees.at(1))
    return Summary(
        makers.number(0),
        makers.number(5),
        takers.number(0),
        takers.number(1),
        takers.number(2),
        takers.number(5),
        row.at(5),
        row.at(6),
        row.at(9),
        values,
    )


@frozen
class Transfer:
    """A transfer between wallets that was made."""

    source: str | None
    target: str | None
    asset: str | None
    target_asset: str | None
    amount: Decimal | None
    time: int | None
    text: str
    raw: Sequence[Any] = raw_field()


def transfer(note: Notification, _: Any, __: int) -> Transfer:
    row = row_of(note.info)
    return Transfer(
        row.text(1),
        row.text(2),
        row.text(4),
        row.text(5),
        row.number(7),
        row.time(0),
        note.text,
        listing(note.raw),
    )


@frozen
class IncreaseInfo:
    """How far a position can be increased, and what funding it would take."""

    maximum: Decimal | None
    current: Decimal | None
    base_balance: Decimal | None
    tradable_quote: Decimal | None
    tradable_base: Decimal | None
    funding_available: Decimal | None
    funding_value: Decimal | None
    funding_required: Decimal | None
    funding_value_asset: str | None
    funding_required_asset: str | None
    raw: Sequence[Any] = raw_field()


def increase_info(values: Any, _: int) -> IncreaseInfo:
    row = row_of(values)
    sizes, balances, funding, assets = (row_of(row.at(place) or []) for place in (0, 1, 4, 5))
    tradable = row_of(balances.at(1) or [])
    return IncreaseInfo(
        sizes.number(0),
        sizes.number(1),
        balances.number(0),
        tradable.number(0),
        tradable.number(2),
        balances.number(2),
        funding.number(0),
        funding.number(1),
        assets.text(0),
        assets.text(1),
        values,
    )


def margin_base(values: Any, received: int) -> MarginBase:
    made = mine(read_margin)(values, received)
    if not isinstance(made, MarginBase):
        raise MalformedMessage("the margin of the whole account was expected")
    return made


def margin_symbol(values: Any, received: int) -> MarginSymbol:
    made = mine(read_margin)(values, received)
    if not isinstance(made, MarginSymbol):
        raise MalformedMessage("the margin of a symbol was expected")
    return made


@frozen
class CollateralLimits:
    """How little and how much collateral the position may have."""

    minimum: Decimal
    maximum: Decimal


def collateral_limits(values: Any, _: int) -> CollateralLimits:
    row = row_of(values)
    return CollateralLimits(row.need_number(0), row.need_number(1))


@frozen
class AutoRenew:
    """How funding is offered by itself: ``rate`` 0 is the flash return rate, ``threshold`` what is kept back."""

    asset: str | None
    period: int | None
    rate: Decimal | None
    threshold: Decimal | None
    raw: Sequence[Any] = raw_field()


def auto_renew(values: Any, _: int) -> AutoRenew:
    row = row_of(values)
    return AutoRenew(row.text(0), row.whole(1), row.number(2), row.number(3), values)


def read_done(result: Any, _: Any, __: int) -> bool:
    """Read ``[[1]]``."""
    return row_of(row_of(result).at(0)).flag(0)
