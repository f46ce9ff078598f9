"""The channel status: perpetual contracts, and liquidations.

Source: Bitfinex's page "Status" of the public channels.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from typing import Any

from rxex.exchanges.bitfinex.sandbox.clients import Subscription
from rxex.exchanges.bitfinex.sandbox.feeds import Feed, Turns
from rxex.exchanges.bitfinex.sandbox.instruments import DERIVATIVES
from rxex.exchanges.bitfinex.sandbox.refusals import Declined
from rxex.exchanges.bitfinex.sandbox.writing import milliseconds, write

__all__ = ["StatusChannel", "derivative_row", "liquidation_row"]

_EVERY = 5.0
_EIGHT_HOURS = 8 * 3_600_000
_LIQUIDATIONS = "liq:global"


def derivative_row(turns: Turns, symbol: str) -> list[Any]:
    """The status of a contract."""
    now, price = milliseconds(turns.simulation.timestamp), turns.pair(symbol).last
    under = DERIVATIVES[symbol]
    spot = turns.pair(under).last if turns.has(under) else price
    mark = ((price + spot) / 2).quantize(Decimal("1E-8"), ROUND_HALF_EVEN)
    funding = ((price - spot) / spot).quantize(Decimal("1E-8"), ROUND_HALF_EVEN)
    row: list[Any] = [None] * 23
    row[0], row[2], row[3], row[5] = now, price, spot, Decimal("413428.41553523")
    row[7], row[8], row[9] = now - now % _EIGHT_HOURS + _EIGHT_HOURS, funding / 2, now % _EIGHT_HOURS // 60_000
    row[11], row[14], row[17], row[21], row[22] = (
        funding,
        mark,
        turns.pair(symbol).day.volume,
        Decimal("-0.005"),
        Decimal("0.0025"),
    )
    return row


def liquidation_row(
    number: int, time: int, symbol: str, amount: Decimal, price: Decimal, *, is_match: bool
) -> list[Any]:
    """A liquidation, at ``time`` (nanoseconds); the venue writes milliseconds with a fraction."""
    acquired = price if is_match else None
    moment = Decimal(time // 1_000_000) + Decimal("0.2002")
    return ["pos", number, moment, None, symbol, amount, price, None, int(is_match), 1, None, acquired]


class StatusChannel(Feed):
    """The channel ``status``."""

    def __init__(self, turns: Turns) -> None:
        """Serve ``turns``."""
        super().__init__(turns.simulation)
        self._turns = turns
        self._ticking: set[str] = set()
        self.liquidations: list[list[Any]] = []
        """All that were told, oldest first."""

    def fields_of(self, asked: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        """See `rxex.exchanges.bitfinex.sandbox.protocol.Channel.fields_of`."""
        key = asked.get("key")
        if key == _LIQUIDATIONS:
            return "", {"key": key}
        symbol = key.removeprefix("deriv:") if isinstance(key, str) and key.startswith("deriv:") else ""
        if not isinstance(key, str) or symbol not in DERIVATIVES or not self._turns.has(symbol):
            raise Declined("key: invalid", 10300)
        return symbol, {"key": key}

    def key_of(self, subscription: Subscription) -> str:
        """What a subscription is about."""
        return subscription.fields["key"]

    def opened(self, subscription: Subscription) -> None:
        """Watch the contract, and tell of it every few seconds."""
        if subscription.symbol:
            self._turns.watch(subscription.symbol)
            if subscription.symbol not in self._ticking:
                self._ticking.add(subscription.symbol)
                self.simulation.schedule(_EVERY, partial(self._tell, subscription.symbol))

    def closed(self, subscription: Subscription) -> None:
        """Watch it no more."""
        if subscription.symbol:
            self._turns.unwatch(subscription.symbol)

    def snapshot(self, subscription: Subscription) -> str | None:
        """The status of a contract; of liquidations there is none before the next."""
        return write(derivative_row(self._turns, subscription.symbol)) if subscription.symbol else None

    def liquidate(self, symbol: str, amount: Decimal, price: Decimal) -> None:
        """Tell that a position is liquidated, and that it was."""
        number, time = 142_000_000 + len(self.liquidations), self.simulation.timestamp
        for is_match in (False, True):
            row = liquidation_row(number, time, symbol, amount, price, is_match=is_match)
            self.liquidations.append(row)
            self.push(_LIQUIDATIONS, write([row]))

    def _tell(self, symbol: str) -> None:
        key = f"deriv:{symbol}"
        if key not in self.subscriptions:
            self._ticking.discard(symbol)
            return
        self.push(key, write(derivative_row(self._turns, symbol)))
        self.simulation.schedule(_EVERY, partial(self._tell, symbol))
