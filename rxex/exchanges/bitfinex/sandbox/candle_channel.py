"""The channel candles, of pairs and of funding.

Source: Bitfinex's page "Candles" of the public channels: a row is time, open, close, high, low, volume.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from attrs import frozen

from rxex.exchanges.bitfinex.sandbox.clients import Subscription
from rxex.exchanges.bitfinex.sandbox.feeds import Feed, Turns, is_known
from rxex.exchanges.bitfinex.sandbox.funding import FundingMarkets, FundingTrade
from rxex.exchanges.bitfinex.sandbox.instruments import is_funding
from rxex.exchanges.bitfinex.sandbox.refusals import Declined
from rxex.exchanges.bitfinex.sandbox.writing import milliseconds, write
from rxex.models import Candle, Trade

__all__ = ["CandleChannel", "CandleKey", "candle_key", "candle_rows"]

_HOUR, _DAY = 60, 1440
MINUTES = {
    **{f"{minutes}m": minutes for minutes in (1, 5, 15, 30)},
    **{f"{hours}h": hours * _HOUR for hours in (1, 3, 6, 12)},
    "1D": _DAY,
    "7D": 7 * _DAY,
    "1W": 7 * _DAY,
    "14D": 14 * _DAY,
    "1M": _DAY,
}
_KEY = re.compile(r"trade:(?P<frame>[0-9]+[mhDWM]):(?P<symbol>[tf][A-Z0-9]+(?::[A-Z0-9]+)??)(?P<period>:[ap][0-9].*)?")
_PERIOD = re.compile(r":p(?P<only>[0-9]{1,3})|:a[0-9]{1,3}:p(?P<first>[0-9]{1,3}):p(?P<last>[0-9]{1,3})")
_SNAPSHOT = 240


@frozen
class CandleKey:
    """What a key stands for: how long candles are, of what, and of which periods of funding."""

    text: str
    frame: str
    symbol: str
    first: int = 0
    last: int = 0

    @property
    def minutes(self) -> int:
        """How long a candle is; of a month those of days are put together."""
        return MINUTES[self.frame]


def candle_key(text: object, turns: Turns, funding: FundingMarkets) -> CandleKey:
    """Read a key. Raises `Declined` for one that cannot be."""
    match = _KEY.fullmatch(text) if isinstance(text, str) else None
    if not isinstance(text, str) or match is None or match["frame"] not in MINUTES:
        raise Declined("key: invalid", 10300)
    symbol, period = match["symbol"], match["period"]
    if not is_known(turns, funding)(symbol) or is_funding(symbol) is not bool(period):
        raise Declined("key: invalid", 10300)
    if not period:
        return CandleKey(text, match["frame"], symbol)
    periods = _PERIOD.fullmatch(period)
    if periods is None:
        raise Declined("key: invalid", 10300)
    first, last = (int(periods[name] or periods["only"]) for name in ("first", "last"))
    return CandleKey(text, match["frame"], symbol, first, last)


def candle_rows(key: CandleKey, turns: Turns, funding: FundingMarkets, since: int = 0) -> list[list[Any]]:
    """The candles that end after ``since`` (nanoseconds since the epoch), the newest first."""
    if is_funding(key.symbol):
        rows = _funding_rows(key, funding.market(key.symbol).trades)
        return [row for row in rows if row[0] + key.minutes * 60_000 > milliseconds(since)]
    if key.frame == "1M":
        since = 0
    candles = turns.pair(key.symbol).candles(key.minutes, since)
    rows = [_row(candle) for candle in reversed(candles)]
    return _by_months(rows) if key.frame == "1M" else rows


def _row(candle: Candle) -> list[Any]:
    begin = milliseconds(candle.begin)
    return [begin, candle.open, candle.close, candle.high, candle.low, candle.volume]


def _by_months(days: Iterable[list[Any]]) -> list[list[Any]]:
    months: dict[int, list[Any]] = {}
    for begin, opened, closed, high, low, volume in days:
        day = datetime.fromtimestamp(begin // 1000, UTC)
        month = int(day.replace(day=1, hour=0, minute=0, second=0).timestamp()) * 1000
        known = months.setdefault(month, [month, opened, closed, high, low, Decimal(0)])
        # The newest day comes first.
        known[1], known[3], known[4] = opened, max(known[3], high), min(known[4], low)
        known[5] += volume
    return list(months.values())


def _funding_rows(key: CandleKey, trades: Iterable[FundingTrade]) -> list[list[Any]]:
    rows: dict[int, list[Any]] = {}
    length = key.minutes * 60_000
    for trade in trades:
        if key.first <= trade.period <= key.last:
            begin, rate = milliseconds(trade.time) // length * length, trade.rate
            row = rows.setdefault(begin, [begin, rate, rate, rate, rate, Decimal(0)])
            row[2:] = [rate, max(row[3], rate), min(row[4], rate), row[5] + abs(trade.amount)]
    return list(rows.values())[::-1]


class CandleChannel(Feed):
    """The channel ``candles``."""

    def __init__(self, turns: Turns, funding: FundingMarkets) -> None:
        """Serve both."""
        super().__init__(turns.simulation)
        self._turns = turns
        self._funding = funding
        turns.listeners.append(self._turned)
        funding.listeners.append(self._funded)

    def fields_of(self, asked: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
        """See `rxex.exchanges.bitfinex.sandbox.protocol.Channel.fields_of`."""
        key = candle_key(asked.get("key"), self._turns, self._funding)
        return key.symbol, {"key": key.text}

    def key_of(self, subscription: Subscription) -> str:
        """What a subscription is about."""
        return subscription.fields["key"]

    def opened(self, subscription: Subscription) -> None:
        """Watch its market."""
        if is_funding(subscription.symbol):
            self._funding.watch(subscription.symbol)
        else:
            self._turns.watch(subscription.symbol)

    def closed(self, subscription: Subscription) -> None:
        """Watch it no more."""
        (self._funding if is_funding(subscription.symbol) else self._turns).unwatch(subscription.symbol)

    def snapshot(self, subscription: Subscription) -> str:
        """The candles until now, the newest first."""
        key = candle_key(self.key_of(subscription), self._turns, self._funding)
        return write(candle_rows(key, self._turns, self._funding)[:_SNAPSHOT])

    def _turned(self, symbol: str, trades: Sequence[Trade], best_changed: bool) -> None:  # noqa: ARG002, FBT001
        if trades:
            self._tell(symbol, trades[0].time or 0)

    def _funded(self, symbol: str, trade: FundingTrade | None) -> None:
        if trade is not None:
            self._tell(symbol, trade.time)

    def _tell(self, symbol: str, since: int) -> None:
        for text in list(self.subscriptions):
            if f":{symbol}" in text:
                key = candle_key(text, self._turns, self._funding)
                if key.symbol == symbol:
                    rows = candle_rows(key, self._turns, self._funding, since)
                    # A trade may be one of the interval before.
                    for row in rows[: 1 if key.frame == "1M" else 2][::-1]:
                        self.push(text, write(row))
