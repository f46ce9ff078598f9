"""The channel book: aggregated and raw, of pairs and of funding, with checksums.

Sources: Bitfinex's pages "Books", "Raw books" and "WebSocket checksum" of the public channels.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from attrs import define

from rxex.exchanges.bitfinex.dialect import Flag
from rxex.exchanges.bitfinex.sandbox.clients import Subscription
from rxex.exchanges.bitfinex.sandbox.feeds import Feed, Turns, is_known, symbol_of
from rxex.exchanges.bitfinex.sandbox.funding import FundingMarkets, FundingTrade
from rxex.exchanges.bitfinex.sandbox.instruments import is_funding
from rxex.exchanges.bitfinex.sandbox.protocol import client_of
from rxex.exchanges.bitfinex.sandbox.refusals import Declined
from rxex.exchanges.bitfinex.sandbox.windows import (
    Look,
    Window,
    funding_levels,
    funding_offers,
    levels,
    orders,
    raw_depth,
)
from rxex.exchanges.bitfinex.sandbox.writing import write
from rxex.models import Trade

__all__ = ["LENGTHS", "PRECISIONS", "BookChannel", "look_at"]

PRECISIONS = ("P0", "P1", "P2", "P3", "P4", "R0")
FREQUENCIES = ("F0", "F1")
LENGTHS = ("1", "25", "100", "250")
_SLOW = 2.0


@define(eq=False)
class _Book:
    """One book as it is told: of ``symbol``, at once or every two seconds."""

    symbol: str
    window: Window
    is_slow: bool
    release: Callable[[], None]


def look_at(
    turns: Turns, funding: FundingMarkets, symbol: str, precision: str, length: int
) -> tuple[Look, Callable[[], None]]:
    """Watch a book; give what looks at it, and what ends that."""
    if is_funding(symbol):
        market = funding.watch(symbol)
        look = funding_offers(market, length) if precision == "R0" else funding_levels(market, precision, length)
        return look, partial(funding.unwatch, symbol)
    digits = turns.floor.engine.terms[symbol].price_digits
    book = turns.watch(symbol, raw_depth(digits, turns.pair(symbol).last, precision, length))
    look = orders(book, length) if precision == "R0" else levels(book, precision, length)
    return look, partial(turns.unwatch, symbol)


class BookChannel(Feed):
    """The channel ``book``."""

    def __init__(self, turns: Turns, funding: FundingMarkets) -> None:
        """Serve both."""
        super().__init__(turns.simulation)
        self._turns = turns
        self._funding = funding
        self._books: dict[str, _Book] = {}
        self._ticking = False
        self.corrupted_levels: set[str] = set()
        """Symbols of which the next change is told with a wrong amount."""
        self.corrupted_checksums: set[str] = set()
        """Symbols of which the next checksum is wrong."""
        turns.listeners.append(self._turned)
        funding.listeners.append(self._funded)

    # Subscriptions.

    def fields_of(self, asked: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        """See `rxex.exchanges.bitfinex.sandbox.protocol.Channel.fields_of`."""
        symbol = symbol_of(asked.get("symbol"), is_known(self._turns, self._funding))
        precision, frequency = asked.get("prec") or "P0", asked.get("freq") or "F0"
        length = str(asked.get("len") or "25")
        if precision not in PRECISIONS:
            raise Declined("book: precision invalid", 10011)
        if length not in LENGTHS:
            raise Declined("book: length invalid", 10012)
        if frequency not in FREQUENCIES:
            raise Declined("freq: invalid", 10020)
        # Raw books are told at once, whatever was asked for.
        frequency = "F0" if precision == "R0" else frequency
        return symbol, {"symbol": symbol, "prec": precision, "freq": frequency, "len": length}

    def key_of(self, subscription: Subscription) -> str:
        """What a subscription is about."""
        fields = subscription.fields
        return " ".join(fields[name] for name in ("symbol", "prec", "freq", "len"))

    def opened(self, subscription: Subscription) -> None:
        """Begin to follow a book."""
        symbol, precision, frequency, length = self.key_of(subscription).split()
        look, release = look_at(self._turns, self._funding, symbol, precision, int(length))
        book = _Book(symbol, Window(look), frequency == "F1", release)
        self._books[self.key_of(subscription)] = book
        if book.is_slow and not self._ticking:
            self._ticking = True
            self.simulation.schedule(_SLOW, self._tick)

    def closed(self, subscription: Subscription) -> None:
        """Follow it no more."""
        self._books.pop(self.key_of(subscription)).release()

    def snapshot(self, subscription: Subscription) -> str:
        """The whole book as it was told to others last."""
        return write(self._books[self.key_of(subscription)].window.rows())

    # What is told.

    def _turned(self, symbol: str, trades: Sequence[Trade], best_changed: bool) -> None:  # noqa: ARG002, FBT001
        self._tell_of(symbol)

    def _funded(self, symbol: str, trade: FundingTrade | None) -> None:  # noqa: ARG002 - its offers are gone
        self._tell_of(symbol)

    def _tell_of(self, symbol: str) -> None:
        for key, book in list(self._books.items()):
            if book.symbol == symbol and not book.is_slow:
                self._tell(key, book)

    def _tick(self) -> None:
        slow = [(key, book) for key, book in self._books.items() if book.is_slow]
        for key, book in slow:
            self._tell(key, book)
        self._ticking = bool(slow)
        if slow:
            self.simulation.schedule(_SLOW, self._tick)

    def _tell(self, key: str, book: _Book) -> None:
        changes = book.window.changes()
        if not changes:
            return
        if book.symbol in self.corrupted_levels:
            self.corrupted_levels.discard(book.symbol)
            *others, (*rest, amount) = changes
            changes = [*others, (*rest, amount * 2)]
        total = book.window.checksum()
        if book.symbol in self.corrupted_checksums:
            self.corrupted_checksums.discard(book.symbol)
            total ^= 1
        rows = [write(change) for change in changes]
        together = f"[{','.join(rows)}]"
        for subscription in list(self.subscriptions.get(key, ())):
            client = client_of(subscription.session)
            for row in [together] if client.has(Flag.BULK_UPDATES) else rows:
                self.send(subscription, row)
            if client.has(Flag.OB_CHECKSUM):
                self.send(subscription, f'"cs",{total}')
