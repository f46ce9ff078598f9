"""KuCoin's candles. It does not say when one is final.

Source: KuCoin's page "Klines" of the WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Literal, overload

from msgspec import Struct
from reactivex import Observable

from rxex.asking import check_interval
from rxex.channel import Number
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.asking import Kind, check_symbols, subscribe
from rxex.exchanges.kucoin.models import Nanoseconds
from rxex.models import Candle, Closing
from rxex.typing import Json, Operator

__all__ = ["INTERVALS", "CandleRow", "figures_of", "subscribe_candles"]

_MINUTE, _HOUR = 60, 3600
_SECOND = 1_000_000_000
INTERVALS = {
    **{count * _MINUTE: (f"{count}min", count * _MINUTE * _SECOND) for count in (1, 3, 5, 15, 30)},
    **{count * _HOUR: (f"{count}hour", count * _HOUR * _SECOND) for count in (1, 2, 4, 6, 8, 12)},
    24 * _HOUR: ("1day", 24 * _HOUR * _SECOND),
    7 * 24 * _HOUR: ("1week", 7 * 24 * _HOUR * _SECOND),
}
"""KuCoin's word and the nanoseconds of each length in seconds."""
_MOST_DIGITS = 10


class CandleRow(Struct, array_like=True, gc=False):
    """One candle; the close comes before the extremes, unlike in the candles of REST for futures."""

    begin: str
    open: Any
    close: Any
    high: Any
    low: Any
    volume: Any
    amount: Any


class CandleData(Struct, gc=False):
    """What a message tells."""

    candles: CandleRow
    time: Nanoseconds


class CandleWire(Struct, gc=False):
    """A candle message; whether its subject says that it adds one or that it updates one is all the same."""

    data: CandleData


def _begin_of(text: str) -> int:
    """Nanoseconds since the epoch of the text of seconds.

    >>> _begin_of("1729839600")
    1729839600000000000
    """
    if not 0 < len(text) <= _MOST_DIGITS or not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text[:40]!r} is not a number of seconds since the epoch")
    return int(text) * _SECOND


def figures_of(row: CandleRow, number: Number) -> dict[str, Any]:
    """Give what all candles tell; a volume is not among it."""
    return {
        "begin": _begin_of(row.begin),
        "open": number(row.open),
        "high": number(row.high),
        "low": number(row.low),
        "close": number(row.close),
    }


class _Parser:
    """Tells a candle once more, as closed, when a later one has come."""

    def __init__(self, interval: int, symbol: str) -> None:
        self._interval = interval
        self._symbol = symbol
        self._closing: Closing[Candle] = Closing()

    def __call__(self, wire: CandleWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Candle]:
        row = wire.data.candles
        candle = Candle(
            **figures_of(row, number),
            symbol=self._symbol,
            interval=self._interval,
            volume=number(row.volume),
            time=wire.data.time,
            received=received,
            raw=raw,
        )
        return self._closing.add((candle,))


@overload
def subscribe_candles(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    interval: float | timedelta = 60,
    notices: Literal[False] = False,
) -> Operator[Socket | None, Candle]: ...
@overload
def subscribe_candles(
    symbol: str | Sequence[str], messages: Observable[Json], *, interval: float | timedelta = 60, notices: Literal[True]
) -> Operator[Socket | None, Candle | Notice]: ...
def subscribe_candles(
    symbol: str | Sequence[str], messages: Observable[Json], *, interval: float | timedelta = 60, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the candles of ``symbol``, or of several, as KuCoin makes them.

    Args:
        symbol: as in ``BTC-USDT``.
        messages: the connection's, from ``keep_messages_only()``.
        interval: seconds, or a ``timedelta``: 1, 3, 5, 15, 30 minutes, 1, 2, 4, 6, 8, 12 hours, 1 or 7 days.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the candles.

    Emits a `Candle` with each change, ``closed`` being False, and each candle once more with ``closed`` True when one
    of a later interval has come: a candle after which nothing is traded stays open. Its volume is in base currency.
    KuCoin acknowledges symbols that it does not know, and stays silent: after 60 s without a candle `Stale` is told,
    once, which may also mean that nothing is traded. What happened while there was no link may be in no candle.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol, and for another interval. Source: KuCoin's page "Klines".
    """
    word, length = check_interval(interval, INTERVALS)
    kind: Kind[Candle] = Kind(
        "/market/candles",
        CandleWire,
        partial(_Parser, length),
        suffix=f"_{word}",
        batch=1,
        first_timeout=60.0,
        keeps_last=True,
    )
    return subscribe(kind, check_symbols(symbol), messages, notices=notices)
