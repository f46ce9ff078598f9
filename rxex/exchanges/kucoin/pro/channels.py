"""KuCoin's public Pro channels: tickers, trades, candles, and any other as it comes.

Source: KuCoin's pages on the Pro (unified) WebSocket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Literal, overload

from reactivex import Observable

from rxex.asking import check_interval
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.candles import INTERVALS
from rxex.exchanges.kucoin.futures.candles import FuturesCandle
from rxex.exchanges.kucoin.pro import models
from rxex.exchanges.kucoin.pro.asking import Kind, check_symbols, subscribe, subscribe_request
from rxex.models import Candle, Ticker, Trade
from rxex.typing import Json, Operator

__all__ = ["subscribe_candles", "subscribe_raw", "subscribe_ticker", "subscribe_trades"]

_MOST_SYMBOLS = 100
_TICKER: Kind[Ticker] = Kind(
    "ticker", models.TickerWire, models.tickers, batch=_MOST_SYMBOLS, first_timeout=30.0, keeps_last=True
)
_TRADES: Kind[Trade] = Kind("trade", models.TradeWire, models.trades)


@overload
def subscribe_ticker(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Ticker]: ...
@overload
def subscribe_ticker(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Ticker | Notice]: ...
def subscribe_ticker(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the best prices and the last trade of ``symbol``, or of several.

    Args:
        symbol: as in ``BTC-USDT``, or ``XBTUSDTM`` on a connection to futures.
        messages: those of a `public_connection`, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the tickers.

    Emits a `Ticker` for each message, of futures one with the taker's ``side`` and sizes in lots; its ``day`` is empty,
    its ``time`` that of the last trade. After 30 s without a ticker `Stale` is told, which may also mean that nothing
    happens. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol. Source: KuCoin's page on the Pro channel "ticker".
    """
    return subscribe(_TICKER, check_symbols(symbol), messages, notices=notices)


@overload
def subscribe_trades(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Trade]: ...
@overload
def subscribe_trades(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Trade | Notice]: ...
def subscribe_trades(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the trades of ``symbol``, or of several.

    Args:
        symbol: as in ``BTC-USDT``, or ``XBTUSDTM`` on a connection to futures.
        messages: those of a `public_connection`, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the trades.

    Emits each `Trade` from the subscription on; sizes of futures are lots.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol. Source: KuCoin's page on the Pro channel "trade".
    """
    return subscribe(_TRADES, check_symbols(symbol), messages, notices=notices)


@overload
def subscribe_candles(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    interval: float | timedelta = 60,
    notices: Literal[False] = False,
) -> Operator[Socket | None, Candle | FuturesCandle]: ...
@overload
def subscribe_candles(
    symbol: str | Sequence[str], messages: Observable[Json], *, interval: float | timedelta = 60, notices: Literal[True]
) -> Operator[Socket | None, Candle | FuturesCandle | Notice]: ...
def subscribe_candles(
    symbol: str | Sequence[str], messages: Observable[Json], *, interval: float | timedelta = 60, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the candles of ``symbol``, or of several, as KuCoin makes them.

    Args:
        symbol: as in ``BTC-USDT``, or ``XBTUSDTM`` on a connection to futures.
        messages: those of a `public_connection`, from ``keep_messages_only()``.
        interval: seconds, or a ``timedelta``: 1, 3, 5, 15, 30 minutes, 1, 2, 4, 6, 8, 12 hours, 1 or 7 days; those of
            a month are for `subscribe_raw`.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the candles.

    Emits a `Candle` of spot, or a `FuturesCandle` (which has no volume), with each change, ``closed`` being False, and
    each once more with ``closed`` True when one of a later interval has come. What happened while there was no link
    may be in no candle. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol, and for another interval.
    Source: KuCoin's page on the Pro channel "kline".
    """
    word, length = check_interval(interval, INTERVALS)
    kind: Kind[Candle | FuturesCandle] = Kind(
        "kline", models.CandleWire, models.candles(length), {"interval": word}, keeps_last=True
    )
    return subscribe(kind, check_symbols(symbol), messages, notices=notices)


@overload
def subscribe_raw(
    request: Mapping[str, Any], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Json]: ...
@overload
def subscribe_raw(
    request: Mapping[str, Any], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Json | Notice]: ...
def subscribe_raw(
    request: Mapping[str, Any], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to any Pro channel, public or private, and get its messages as they come.

    Args:
        request: what KuCoin wants to be told, without ``id`` and ``action``, of one symbol at most:
            ``{"channel": "obu", "tradeType": "FUTURES", "symbol": "XBTUSDTM", "depth": "5", "rpiFilter": 1}``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the messages.

    Emits each message decoded, numbers exact; see `subscribe_channel` for sharing, errors and thread. A channel that
    the connection has already as models ends the stream with `InvalidArgument`: `keep_channel` gives its messages.
    Raises `InvalidArgument` for what cannot be a request. Source: KuCoin's page on subscribing to Pro channels.
    """
    return subscribe_request(request, messages, notices=notices)
