"""KuCoin's candles of futures. It does not say when one is final.

Source: KuCoin's page "Klines" of the futures WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from functools import partial
from typing import Any, Literal, overload

from attrs import field, frozen
from msgspec import Struct
from reactivex import Observable

from rxex.asking import check_interval
from rxex.channel import Number
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.asking import Kind, check_contracts, subscribe
from rxex.exchanges.kucoin.candles import INTERVALS, CandleRow, figures_of
from rxex.exchanges.kucoin.models import Milliseconds
from rxex.models import Closing, Record
from rxex.typing import Json, Operator

__all__ = ["FuturesCandle", "subscribe_candles"]


@frozen(slots=False)
class FuturesCandle(Record):
    """Open, high, low and close of one interval of ``interval`` nanoseconds that begins at ``begin``.

    It is no `rxex.models.Candle`, as it has no volume: of what is sent in its place KuCoin says that it is wrong and
    not to be used. The operator `candles` makes candles with exact volumes of trades. ``closed`` says that it will not
    change any more.
    """

    symbol: str
    begin: int
    interval: int
    open: Decimal
    high: Decimal
    low: Decimal
    close: Decimal
    closed: bool = False
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False, alias="raw")


class CandleData(Struct, gc=False):
    """What a message tells; its time is in milliseconds, unlike that of the spot market."""

    candles: CandleRow
    time: Milliseconds


class CandleWire(Struct, gc=False):
    """A candle message."""

    data: CandleData


class _Parser:
    """Tells a candle once more, as closed, when a later one has come."""

    def __init__(self, interval: int, symbol: str) -> None:
        self._interval = interval
        self._symbol = symbol
        self._closing: Closing[FuturesCandle] = Closing()

    def __call__(self, wire: CandleWire, received: int, raw: bytes | Json, number: Number) -> Sequence[FuturesCandle]:
        candle = FuturesCandle(
            **figures_of(wire.data.candles, number),
            symbol=self._symbol,
            interval=self._interval,
            time=wire.data.time * 1_000_000,
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
) -> Operator[Socket | None, FuturesCandle]: ...
@overload
def subscribe_candles(
    symbol: str | Sequence[str], messages: Observable[Json], *, interval: float | timedelta = 60, notices: Literal[True]
) -> Operator[Socket | None, FuturesCandle | Notice]: ...
def subscribe_candles(
    symbol: str | Sequence[str], messages: Observable[Json], *, interval: float | timedelta = 60, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the candles of ``symbol``, or of several, as KuCoin makes them.

    Args:
        symbol: as in ``XBTUSDTM``.
        messages: the connection's, from ``keep_messages_only()``.
        interval: seconds, or a ``timedelta``: 1, 3, 5, 15, 30 minutes, 1, 2, 4, 6, 8, 12 hours, 1 or 7 days.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the candles.

    Emits a `FuturesCandle` with each change, ``closed`` being False, and each candle once more with ``closed`` True
    when one of a later interval has come: a candle after which nothing is traded stays open. KuCoin acknowledges
    symbols that it does not know, and stays silent: after 60 s without a candle `Stale` is told, once, which may also
    mean that nothing is traded. What happened while there was no link may be in no candle.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol, and for another interval. Source: KuCoin's page "Klines" of
    futures.
    """
    word, length = check_interval(interval, INTERVALS)
    kind: Kind[FuturesCandle] = Kind(
        "/contractMarket/limitCandle",
        CandleWire,
        partial(_Parser, length),
        suffix=f"_{word}",
        batch=1,
        first_timeout=60.0,
        keeps_last=True,
    )
    return subscribe(kind, check_contracts(symbol), messages, notices=notices)
