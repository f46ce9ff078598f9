"""Endpoints of accounts."""

from __future__ import annotations

from rxex.exchanges.kucoin.rest.models import account, reading
from rxex.exchanges.kucoin.rest.parameters import futures, spot
from rxex.exchanges.kucoin.rest.table.rows import Rows
from rxex.rest import RestClient

__all__ = ["Accounts"]


class Accounts(RestClient):
    """What we have."""

    balances = Rows("spot", "Management").get(
        "balances",
        "/api/v1/accounts",
        spot.Accounts,
        reading.each(account.balance),
        weight=5,
        doc="Ask for what we have, with what open orders hold back; one for each currency and account (`wallet`).",
    )
    margin_account = Rows("spot", "Spot").get(
        "margin_account",
        "/api/v3/margin/accounts",
        spot.MarginAccounts,
        reading.one(account.margin_account),
        weight=15,
        doc="Ask for the cross margin account.",
    )
    isolated_accounts = Rows("spot", "Spot").get(
        "isolated_accounts",
        "/api/v3/isolated/accounts",
        spot.IsolatedAccounts,
        reading.one(account.isolated_accounts),
        weight=15,
        doc="Ask for the isolated margin accounts.",
    )
    futures_account = Rows("futures", "Futures").get(
        "futures_account",
        "/api/v1/account-overview",
        futures.Currency,
        reading.one(account.futures_account),
        weight=5,
        doc="Ask for the futures account of one currency.",
    )
