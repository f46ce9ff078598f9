"""What KuCoin tells of accounts. Source: the pages "Account" of its classic REST reference."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from rxex.codec import number
from rxex.exchanges.kucoin.rest.models.reading import amount, listing, mapping, raw_field, some, text
from rxex.models import Balance

__all__ = ["FuturesAccount", "IsolatedAccount", "IsolatedAccounts", "MarginAccount", "MarginBalance"]

Row = Mapping[str, Any]


def balance(row: Row, received: int) -> Balance:
    return Balance(
        str(row["currency"]),
        number(row["balance"]),
        number(row["holds"]),
        str(row["type"]),
        received=received,
        raw=dict(row),
    )


@frozen
class MarginBalance:
    """What is held of a currency on margin, and what is owed."""

    asset: str
    total: Decimal
    available: Decimal
    locked: Decimal
    owed: Decimal
    maximum_borrow: Decimal | None
    can_borrow: bool
    raw: Mapping[str, Any] = raw_field()


def _margin_balance(row: Row) -> MarginBalance:
    return MarginBalance(
        str(row["currency"]),
        number(row["total"]),
        number(row["available"]),
        number(row["hold"]),
        number(row["liability"]),
        amount(row, "maxBorrowSize"),
        bool(row.get("borrowEnabled")),
        row,
    )


@frozen
class MarginAccount:
    """The cross margin account; sums are in the quote currency that was asked for."""

    assets: Decimal
    debts: Decimal
    debt_ratio: Decimal
    status: str | None
    balances: tuple[MarginBalance, ...]
    raw: Mapping[str, Any] = raw_field()


def margin_account(row: Row, _: int) -> MarginAccount:
    return MarginAccount(
        number(row["totalAssetOfQuoteCurrency"]),
        number(row["totalLiabilityOfQuoteCurrency"]),
        number(row["debtRatio"]),
        some(row, "status", text),
        tuple(_margin_balance(mapping(each)) for each in listing(row["accounts"])),
        row,
    )


@frozen
class IsolatedAccount:
    """The margin of one pair."""

    symbol: str
    status: str | None
    debt_ratio: Decimal
    base: MarginBalance
    quote: MarginBalance
    raw: Mapping[str, Any] = raw_field()


@frozen
class IsolatedAccounts:
    """The margin of all pairs; sums are in the quote currency that was asked for."""

    assets: Decimal
    debts: Decimal
    accounts: tuple[IsolatedAccount, ...]
    raw: Mapping[str, Any] = raw_field()


def isolated_accounts(row: Row, _: int) -> IsolatedAccounts:
    def account(each: Row) -> IsolatedAccount:
        return IsolatedAccount(
            str(each["symbol"]),
            some(each, "status", text),
            number(each["debtRatio"]),
            _margin_balance(mapping(each["baseAsset"])),
            _margin_balance(mapping(each["quoteAsset"])),
            each,
        )

    return IsolatedAccounts(
        number(row["totalAssetOfQuoteCurrency"]),
        number(row["totalLiabilityOfQuoteCurrency"]),
        tuple(account(mapping(each)) for each in listing(row["assets"])),
        row,
    )


@frozen
class FuturesAccount:
    """What is held for futures that are settled in ``asset``."""

    asset: str
    equity: Decimal
    unrealised: Decimal
    margin_balance: Decimal
    position_margin: Decimal
    order_margin: Decimal
    frozen: Decimal
    available: Decimal
    risk_ratio: Decimal | None
    maximum_withdrawal: Decimal | None
    raw: Mapping[str, Any] = raw_field()


def futures_account(row: Row, _: int) -> FuturesAccount:
    return FuturesAccount(
        str(row["currency"]),
        number(row["accountEquity"]),
        number(row["unrealisedPNL"]),
        number(row["marginBalance"]),
        number(row["positionMargin"]),
        number(row["orderMargin"]),
        number(row["frozenFunds"]),
        number(row["availableBalance"]),
        amount(row, "riskRatio"),
        amount(row, "maxWithdrawAmount"),
        row,
    )
