"""KuCoin's public futures channels: tickers, best prices and trades.

Sources: KuCoin's pages "Ticker V1", "Ticker V2" and "Match" of the futures WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

from reactivex import Observable

from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.asking import Kind, check_contracts, subscribe
from rxex.exchanges.kucoin.futures import models
from rxex.exchanges.kucoin.futures.models import FuturesTicker
from rxex.models import Spread, Trade
from rxex.typing import Json, Operator

__all__ = ["subscribe_spread", "subscribe_ticker", "subscribe_trades"]

_TICKER: Kind[FuturesTicker] = Kind(
    "/contractMarket/ticker", models.TickerWire, models.tickers, batch=1, first_timeout=30.0, keeps_last=True
)
_SPREAD: Kind[Spread] = Kind(
    "/contractMarket/tickerV2", models.SpreadWire, models.spreads, batch=1, first_timeout=30.0, keeps_last=True
)
_TRADES: Kind[Trade] = Kind("/contractMarket/execution", models.TradeWire, models.trades, batch=1, first_timeout=60.0)


@overload
def subscribe_ticker(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, FuturesTicker]: ...
@overload
def subscribe_ticker(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, FuturesTicker | Notice]: ...
def subscribe_ticker(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the last trade and the best prices of ``symbol``, or of several.

    Args:
        symbol: as in ``XBTUSDTM``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the tickers.

    Emits a `FuturesTicker` (a `Ticker` with the taker's ``side``) with each trade; its sizes are lots, its ``day`` is
    empty. For each change of the best prices there is `subscribe_spread`. KuCoin acknowledges symbols that it does not
    know, and stays silent: after 30 s without a ticker `Stale` is told, which may also mean that nothing is traded.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a contract. Source: KuCoin's page "Ticker V1".
    """
    return subscribe(_TICKER, check_contracts(symbol), messages, notices=notices)


@overload
def subscribe_spread(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Spread]: ...
@overload
def subscribe_spread(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Spread | Notice]: ...
def subscribe_spread(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the best prices of ``symbol``, or of several, each time one of them or its size changes.

    Args:
        symbol: as in ``XBTUSDTM``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the spreads.

    Emits a `Spread` for each change; its sizes are lots. KuCoin acknowledges symbols that it does not know, and stays
    silent: after 30 s without a spread `Stale` is told.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a contract. Source: KuCoin's page "Ticker V2".
    """
    return subscribe(_SPREAD, check_contracts(symbol), messages, notices=notices)


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
        symbol: as in ``XBTUSDTM``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the trades.

    Emits each `Trade` from the subscription on; its size is in lots. KuCoin acknowledges symbols that it does not know,
    and stays silent: after 60 s without a trade `Stale` is told, once, which may also mean that nothing is traded.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a contract. Source: KuCoin's page "Match".
    """
    return subscribe(_TRADES, check_contracts(symbol), messages, notices=notices)
