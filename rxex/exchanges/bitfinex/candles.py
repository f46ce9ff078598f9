"""Bitfinex's candles. It does not say when one is final.

Source: Bitfinex's page "Candles" of the public WebSocket channels: a row is time, open, close, high, low, volume.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Literal, overload

from reactivex import Observable

from rxex.asking import check_interval
from rxex.channel import Number
from rxex.errors import InvalidArgument
from rxex.events import Notice, Socket
from rxex.exchanges.bitfinex.asking import FUNDING, PAIR, Kind, check_symbols, subscribe
from rxex.exchanges.bitfinex.models import rows_of, time_of
from rxex.models import Candle, Closing
from rxex.typing import Json, Operator

__all__ = ["subscribe_candles"]

_HOUR, _DAY = 3600, 86_400
_CHOICES = {
    **{minutes * 60: f"{minutes}m" for minutes in (1, 5, 15, 30)},
    **{hours * _HOUR: f"{hours}h" for hours in (1, 3, 6, 12)},
    _DAY: "1D",
    7 * _DAY: "1W",
    14 * _DAY: "14D",
}
_PERIOD = re.compile(r"p[0-9]{1,3}|a[0-9]{1,3}:p[0-9]{1,3}:p[0-9]{1,3}")


class _Parser:
    """Tells a candle once more, as closed, when a later one has come."""

    def __init__(self, interval: int, symbol: str) -> None:
        self._interval = interval
        self._symbol = symbol
        self._closing: Closing[Candle] = Closing()

    def __call__(self, wire: list[Any], received: int, raw: bytes | Json, number: Number, /) -> Sequence[Candle]:
        rows = rows_of(wire[1])
        rows = [wire[1]] if rows is None else rows[::-1]  # a snapshot begins with the newest
        return self._closing.add(self._candle(row, received, raw, number) for row in rows)

    def _candle(self, row: list[Any], received: int, raw: bytes | Json, number: Number) -> Candle:
        begin = time_of(row[0])
        if begin is None:
            raise ValueError("a candle has to have a time")
        first, last, high, low, volume = (number(figure) for figure in row[1:6])
        return Candle(
            symbol=self._symbol,
            begin=begin,
            interval=self._interval,
            open=first,
            high=high,
            low=low,
            close=last,
            volume=volume,
            received=received,
            raw=raw,
        )


@overload
def subscribe_candles(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    interval: float | timedelta = 60,
    period: str | None = None,
    notices: Literal[False] = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Candle]: ...
@overload
def subscribe_candles(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    interval: float | timedelta = 60,
    period: str | None = None,
    notices: Literal[True],
    sub_id: str | None = None,
) -> Operator[Socket | None, Candle | Notice]: ...
def subscribe_candles(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    interval: float | timedelta = 60,
    period: str | None = None,
    notices: bool = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the candles of ``symbol``, or of several, as Bitfinex makes them.

    Args:
        symbol: as in ``tBTCUSD``; of funding as in ``fUSD``, with a ``period``.
        messages: the connection's, from ``keep_messages_only()``.
        interval: seconds, or a ``timedelta``: 1, 5, 15, 30 minutes, 1, 3, 6, 12 hours, 1, 7 or 14 days.
        period: of funding, in Bitfinex's words: ``p30`` (of 30 days), ``a30:p2:p30`` (of 2 to 30 days together).
        notices: whether `Gap`, `Stale` and `Overflow` stand among the candles.
        sub_id: how the request is called on the wire, for one symbol; None: a number of ours.

    Emits a `Candle` for each change, ``closed`` being False, and each candle once more with ``closed`` True when one of
    a later interval has come; an interval without trades has none. Begins with many earlier ones, all but the last
    closed. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol, an interval or a period that cannot be one. Source: Bitfinex's "Candles".
    """
    name = check_interval(interval, _CHOICES)
    symbols = check_symbols(symbol, PAIR if period is None else FUNDING)
    if period is not None and not _PERIOD.fullmatch(period):
        raise InvalidArgument("period", period, "write 'p30', or 'a30:p2:p30' for several periods together")
    seconds = interval.total_seconds() if isinstance(interval, timedelta) else interval
    end = "" if period is None else f":{period}"
    kind: Kind[Candle] = Kind(
        "candles",
        partial(_Parser, int(seconds) * 1_000_000_000),
        key_of_symbol=lambda each: f"trade:{name}:{each}{end}",
        keeps_last=True,
    )
    return subscribe(kind, symbols, messages, notices=notices, sub_id=sub_id)
