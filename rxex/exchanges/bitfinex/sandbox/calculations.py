"""What the venue calculates only when it is asked to: what is available, margins, profits.

Source: Bitfinex's page "Calc" of the authenticated inputs.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rxex.exchanges.bitfinex.sandbox.account import Account
from rxex.exchanges.bitfinex.sandbox.instruments import currencies_of
from rxex.exchanges.bitfinex.sandbox.margin import MARGIN
from rxex.exchanges.bitfinex.sandbox.rows import position_row

__all__ = ["Calculations"]

ZERO = Decimal(0)
_LEVERAGE = 10


class Calculations:
    """Calculates for users."""

    def __init__(self, account: Account) -> None:
        """Calculate of what ``account`` tells."""
        self._account = account
        self._trading = account.trading

    def of(self, user: str, name: str) -> Iterator[tuple[str, Any]]:
        """Give the type and the payload of what is told of ``name``; nothing of what is not known."""
        accounts, account = self._trading.accounts, f"{user}/{MARGIN}"
        kind, _, rest = name.partition("_")
        if name == "balance":
            yield "bu", [self._worth(user), self._worth(user)]
        elif name == "margin_base":
            balance, profit = accounts.wallet(account, "USD"), self._profit(account)
            bound = balance - accounts.available(account, "USD")
            yield "miu", ["base", [profit, 0, balance, balance + profit, bound]]
        elif name.startswith("margin_sym_") and name[11:] in self._trading.engine.terms:
            symbol = name[11:]
            quote = currencies_of(symbol)[1]
            free, price = accounts.available(account, quote), self._trading.last(symbol)
            gross = accounts.wallet(account, quote) * _LEVERAGE
            size = (free * _LEVERAGE / price).quantize(Decimal("1E-8"))
            yield "miu", ["sym", symbol, [free * _LEVERAGE, gross, size, size, None, None, None, None]]
        elif kind == "position":
            position = accounts.position(account, rest)
            if position is not None and position.amount:
                yield "pu", position_row(position, self._trading.last(rest))
        elif kind == "wallet":
            where, _, currency = rest.partition("_")
            if where in {"exchange", "margin", "funding"}:
                available = accounts.available(f"{user}/{where}", currency)
                yield "wu", self._account.wallet(user, where, currency, available=available)
        elif name.startswith("funding_sym_"):
            yield "fiu", ["sym", name[12:], [ZERO, Decimal("0.0002"), 0, 2]]

    def _profit(self, account: str) -> Decimal:
        positions = self._trading.accounts.positions(account)
        return sum((each.profit(self._trading.last(each.terms.symbol)) for each in positions), ZERO)

    def _worth(self, user: str) -> Decimal:
        """What all wallets are worth in dollars, as far as these have a price."""
        worth = ZERO
        for _, currency, balance, *_ in self._account.wallets(user):
            pair = f"t{currency}USD"
            if currency in {"USD", "UST", "USTF0"}:
                worth += balance
            elif pair in self._trading.engine.terms:
                worth += balance * self._trading.last(pair)
        return worth.quantize(Decimal("0.01"))
