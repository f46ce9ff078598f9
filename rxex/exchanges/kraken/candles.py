"""Kraken's candles, v2 and v1. Neither says when a candle is final.

Sources: Kraken's pages "OHLC" of the Spot WebSocket v2 and v1 references.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from typing import Any, Generic, Literal, TypeVar, overload

from msgspec import Struct
from reactivex import Observable

from rxex.asking import check_interval
from rxex.channel import Number
from rxex.events import Notice, Socket
from rxex.exchanges.kraken.asking import Kind, subscribe, version_of
from rxex.exchanges.kraken.models import time_v1, time_v2
from rxex.models import Candle, Closing
from rxex.typing import Json, Operator

__all__ = ["subscribe_candles"]

_CHOICES = {minutes * 60: minutes for minutes in (1, 5, 15, 30, 60, 240, 1440, 10080, 21600)}
_MINUTE = 60_000_000_000
W = TypeVar("W")


class CandleDataV2(Struct, gc=False):
    """One candle of v2."""

    open: Any
    high: Any
    low: Any
    close: Any
    trades: int
    volume: Any
    vwap: Any
    interval_begin: str


class CandleV2(Struct, gc=False):
    """A candle message of v2; a snapshot has many, the oldest first."""

    data: list[CandleDataV2]
    timestamp: str | None = None


class CandleDataV1(Struct, array_like=True, gc=False):
    """One candle of v1; ``end`` is that of its interval."""

    time: str
    end: str
    open: str
    high: str
    low: str
    close: str
    vwap: str
    volume: str
    trades: int


class CandleV1(Struct, array_like=True, gc=False):
    """A candle message of v1."""

    channel_id: Any
    data: CandleDataV1


class _Parser(ABC, Generic[W]):
    """Tells a candle once more, as closed, when a later one has come."""

    def __init__(self, interval: int, symbol: str) -> None:
        self._interval = interval
        self._symbol = symbol
        self._closing: Closing[Candle] = Closing()

    def __call__(self, wire: Any, received: int, raw: bytes | Json, number: Number) -> Sequence[Candle]:
        return self._closing.add(self._read(wire, received, raw, number))

    @abstractmethod
    def _read(self, wire: W, received: int, raw: bytes | Json, number: Number) -> Iterable[Candle]:
        """Give the candles of a message, the oldest first."""

    def _candle(self, row: CandleDataV2 | CandleDataV1, number: Number, **more: Any) -> Candle:
        return Candle(
            symbol=self._symbol,
            interval=self._interval,
            open=number(row.open),
            high=number(row.high),
            low=number(row.low),
            close=number(row.close),
            volume=number(row.volume),
            trades=row.trades,
            vwap=number(row.vwap),
            **more,
        )


class _ParserV2(_Parser[CandleV2]):
    def _read(self, wire: CandleV2, received: int, raw: bytes | Json, number: Number) -> Iterable[Candle]:
        time = None if wire.timestamp is None else time_v2(wire.timestamp)
        for row in wire.data:
            begin = time_v2(row.interval_begin)
            yield self._candle(row, number, begin=begin, time=time, received=received, raw=raw)


class _ParserV1(_Parser[CandleV1]):
    def _read(self, wire: CandleV1, received: int, raw: bytes | Json, number: Number) -> Iterable[Candle]:
        row = wire.data
        begin = time_v1(row.end) - self._interval
        yield self._candle(row, number, begin=begin, time=time_v1(row.time), received=received, raw=raw)


@overload
def subscribe_candles(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    interval: float | timedelta = 60,
    notices: Literal[False] = False,
    version: int | None = None,
) -> Operator[Socket | None, Candle]: ...
@overload
def subscribe_candles(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    interval: float | timedelta = 60,
    notices: Literal[True],
    version: int | None = None,
) -> Operator[Socket | None, Candle | Notice]: ...
def subscribe_candles(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    interval: float | timedelta = 60,
    notices: bool = False,
    version: int | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the candles of ``symbol``, or of several, as Kraken makes them.

    Args:
        symbol: as in ``BTC/USD``.
        messages: the connection's, from ``keep_messages_only()``.
        interval: seconds, or a ``timedelta``: 1, 5, 15, 30 minutes, 1 or 4 hours, 1, 7 or 15 days.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the candles.
        version: 1 or 2, for a stream of messages that is no connection's; None: the connection's.

    Emits a `Candle` for each trade, ``closed`` being False, and each candle once more with ``closed`` True when one of
    a later interval has come. v2 begins with many earlier candles, all but the last closed; v1 with the last one,
    however old: look at its ``begin``. What happened while there was no link is in no candle of v1.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol or an interval that cannot be one. Source: Kraken's page "OHLC".
    """
    version = version_of(messages, version)
    minutes = check_interval(interval, _CHOICES)
    wire, parser = (CandleV1, _ParserV1) if version == 1 else (CandleV2, _ParserV2)
    kind: Kind[Candle] = Kind(
        "ohlc",
        wire,
        partial(parser, minutes * _MINUTE),
        options={"interval": minutes},
        snapshot=True,
        part=minutes,
        first_timeout=10.0,
        keeps_last=True,
    )
    return subscribe(kind, symbol, messages, notices=notices, version=version)
