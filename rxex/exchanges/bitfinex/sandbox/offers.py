"""Funding of the simulated Bitfinex: what clients offer, and what becomes of it.

Source: Bitfinex's pages "Funding offers" and "Funding credits" of the authenticated channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from attrs import define

from rxex.exchanges.bitfinex.sandbox.margin import FUNDING
from rxex.exchanges.bitfinex.sandbox.order_requests import amount_of, invalid, whole
from rxex.exchanges.bitfinex.sandbox.refusals import Declined
from rxex.exchanges.bitfinex.sandbox.trading import Trading
from rxex.exchanges.bitfinex.sandbox.writing import milliseconds

__all__ = ["Offer", "Offers"]

_TYPES = {"LIMIT", "FRRDELTAVAR", "FRRDELTAFIX"}
_LONGEST = 120
_HIDDEN = 64


@define(eq=False)
class Offer:
    """What a user offers to lend (``amount`` above 0) or wants to borrow, at a rate a day for days."""

    id: int
    user: str
    symbol: str
    kind: str
    amount: Decimal
    original: Decimal
    rate: Decimal
    period: int
    flags: int
    created: int
    updated: int
    status: str = "ACTIVE"

    @property
    def is_open(self) -> bool:
        """Whether it may still be taken."""
        return self.status == "ACTIVE" or self.status.startswith("PARTIALLY")

    @property
    def key(self) -> str:
        """What its funds are held for."""
        return f"offer {self.id}"

    def row(self) -> list[Any]:
        """How it is told."""
        row: list[Any] = [None] * 21
        row[:7] = [
            self.id,
            self.symbol,
            milliseconds(self.created),
            milliseconds(self.updated),
            self.amount,
            self.original,
            self.kind,
        ]
        row[9:11] = [self.flags, self.status]
        row[14:18] = [self.rate, self.period, 0, int(bool(self.flags & _HIDDEN))]
        row[19] = 0
        return row


class Offers:
    """All offers; ``listeners`` (a list to add functions to) hear whose what is to be told: type and row."""

    def __init__(self, trading: Trading, currencies: Mapping[str, Any]) -> None:
        """Take offers in ``currencies`` (``fUSD``)."""
        self._trading = trading
        self._currencies = currencies
        self._credits: dict[str, list[list[Any]]] = {}
        self._next = trading.random.randrange(4 * 10**7, 5 * 10**7)
        self.all: dict[int, Offer] = {}
        self.listeners: list[Callable[[str, str, list[Any]], None]] = []

    # Looking.

    def open_of(self, user: str, symbol: str | None = None) -> list[Offer]:
        """The open offers of a user, oldest first."""
        mine = [each for each in self.all.values() if each.user == user and each.is_open]
        return [each for each in mine if symbol in {None, each.symbol}]

    def rows(self, user: str) -> list[list[Any]]:
        """How those are told."""
        return [offer.row() for offer in self.open_of(user)]

    def credits(self, user: str) -> list[list[Any]]:
        """What of a user's funds is lent."""
        return list(self._credits.get(user, []))

    # What clients do.

    def submit(self, user: str, asked: object) -> Offer:
        """Take an offer."""
        if not isinstance(asked, dict):
            raise Declined("input: invalid", 10020)
        kind, symbol = asked.get("type"), asked.get("symbol")
        if not isinstance(kind, str) or kind not in _TYPES:
            raise invalid("type")
        if not isinstance(symbol, str) or symbol not in self._currencies:
            raise invalid("symbol")
        amount, rate = amount_of(asked, "amount"), amount_of(asked, "rate")
        period, flags = whole(asked, "period", _LONGEST), whole(asked, "flags") or 0
        if not amount:
            raise invalid("amount")
        if rate is None or (rate < 0 and kind == "LIMIT"):
            raise invalid("rate")
        if period is None or period < 2:
            raise invalid("period")
        self._trading.open_user(user)
        now, currency = self._trading.simulation.timestamp, symbol[1:]
        account = f"{user}/{FUNDING}"
        if amount > 0 and amount > self._trading.accounts.available(account, currency):
            raise Declined(f"Invalid offer: not enough {currency} balance in funding wallet")
        self._next += 1
        offer = Offer(self._next, user, symbol, kind, amount, amount, rate, period, flags, now, now)
        self.all[offer.id] = offer
        self._hold(offer)
        self._tell(offer, "fon")
        return offer

    def cancel(self, user: str, number: object) -> Offer:
        """Take an offer back."""
        offer = self.all.get(number) if type(number) is int else None
        if offer is None or offer.user != user or not offer.is_open:
            raise Declined("Offer not found.")
        offer.status = "CANCELED"
        self._release(offer)
        self._tell(offer, "foc")
        return offer

    # What the market does.

    def take(self, offer: Offer, size: Decimal) -> Decimal:
        """Have the market take so much of an offer, or what is left of it; give what was taken."""
        taken = min(size, abs(offer.amount))
        lent = taken if offer.amount > 0 else -taken
        offer.amount -= lent
        now = self._trading.simulation.timestamp
        rate = f"{offer.rate.normalize():f}({lent.normalize():f})"
        offer.status = f"PARTIALLY FILLED @ {rate}" if offer.amount else f"EXECUTED @ {rate}"
        self._hold(offer)
        self._tell(offer, "fou" if offer.amount else "foc")
        self._next += 1
        trade = [self._next, offer.symbol, milliseconds(now), offer.id, lent, offer.rate, offer.period, 1]
        for kind in ("fte", "ftu"):
            self._say(offer.user, kind, trade)
        credit: list[Any] = [None] * 22
        credit[:8] = [self._next, offer.symbol, 1 if lent > 0 else -1, *[milliseconds(now)] * 2, taken, 0, "ACTIVE"]
        credit[11:17] = [offer.rate, offer.period, *[milliseconds(now)] * 2, 0, 0]
        credit[18], credit[20], credit[21] = 0, 0, f"tBTC{offer.symbol[1:]}"
        self._credits.setdefault(offer.user, []).append(credit)
        self._say(offer.user, "fcn", credit)
        return taken

    # The inside.

    def _hold(self, offer: Offer) -> None:
        if offer.amount > 0:
            self._trading.accounts.hold(f"{offer.user}/{FUNDING}", offer.key, offer.symbol[1:], offer.amount)
        else:
            self._release(offer)

    def _release(self, offer: Offer) -> None:
        self._trading.accounts.release(f"{offer.user}/{FUNDING}", offer.key)

    def _tell(self, offer: Offer, kind: str) -> None:
        offer.updated = self._trading.simulation.timestamp
        self._say(offer.user, kind, offer.row())

    def _say(self, user: str, kind: str, row: list[Any]) -> None:
        for listener in self.listeners:
            listener(user, kind, row)
