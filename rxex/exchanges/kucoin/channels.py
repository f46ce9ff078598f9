"""KuCoin's public channels: tickers, trades, and any other as it comes.

Sources: KuCoin's pages "Ticker", "All Tickers" and "Trade" of the WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

from reactivex import Observable

from rxex.events import Notice, Socket
from rxex.exchanges.kucoin import models
from rxex.exchanges.kucoin.asking import Kind, check_symbols, subscribe, subscribe_topics
from rxex.models import Ticker, Trade
from rxex.typing import Json, Operator

__all__ = ["subscribe_all_tickers", "subscribe_raw", "subscribe_ticker", "subscribe_trades"]

_TICKER: Kind[Ticker] = Kind("/market/ticker", models.TickerWire, models.tickers, first_timeout=30.0, keeps_last=True)
# Of more than a thousand symbols one changes in each tenth of a second.
_ALL_TICKERS: Kind[Ticker] = Kind(
    "/market/ticker", models.AnyTickerWire, models.tickers_of_all, variant="all", first_timeout=10.0, stale_after=30.0
)
_TRADES: Kind[Trade] = Kind("/market/match", models.TradeWire, models.trades, first_timeout=60.0)


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
        symbol: as in ``BTC-USDT``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the tickers.

    Emits a `Ticker` when a price or the last trade has changed, ten times a second at most; its ``day`` is empty.
    KuCoin acknowledges symbols that it does not know, and stays silent: after 30 s without a ticker `Stale` is told,
    which may also mean that nothing is traded. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol. Source: KuCoin's page "Ticker".
    """
    return subscribe(_TICKER, check_symbols(symbol), messages, notices=notices)


@overload
def subscribe_all_tickers(
    messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Ticker]: ...
@overload
def subscribe_all_tickers(
    messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Ticker | Notice]: ...
def subscribe_all_tickers(messages: Observable[Json], *, notices: bool = False) -> Operator[Socket | None, Any]:
    """Subscribe to the best prices and the last trades of all symbols.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the tickers.

    Emits a `Ticker` for each symbol in which something has changed. It is one channel: what a symbol was last is not
    told to those who come later. See `subscribe_channel` for sharing, errors and thread.
    Source: KuCoin's page "All Tickers".
    """
    return subscribe(_ALL_TICKERS, ["all"], messages, notices=notices)


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
        symbol: as in ``BTC-USDT``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the trades.

    Emits each `Trade` from the subscription on; an order that is matched with several makes several. KuCoin
    acknowledges symbols that it does not know, and stays silent: after 60 s without a trade `Stale` is told, once,
    which may also mean that nothing is traded.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol. Source: KuCoin's page "Trade".
    """
    return subscribe(_TRADES, check_symbols(symbol), messages, notices=notices)


@overload
def subscribe_raw(
    topic: str | Sequence[str], messages: Observable[Json], *, private: bool = False, notices: Literal[False] = False
) -> Operator[Socket | None, Json]: ...
@overload
def subscribe_raw(
    topic: str | Sequence[str], messages: Observable[Json], *, private: bool = False, notices: Literal[True]
) -> Operator[Socket | None, Json | Notice]: ...
def subscribe_raw(
    topic: str | Sequence[str], messages: Observable[Json], *, private: bool = False, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to any topic of KuCoin's, spot or futures, and get its messages as they come.

    Args:
        topic: as KuCoin writes it, with one argument or several: ``/market/ticker:BTC-USDT,ETH-USDT``; or several
            topics.
        messages: the connection's, from ``keep_messages_only()``.
        private: whether it is about our own account; then the connection has to be a private one.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the messages.

    Emits each message decoded, numbers exact; see `subscribe_channel` for sharing, errors and thread. A topic that the
    connection has already as models ends the stream with `InvalidArgument`: `keep_channel` gives its messages.
    Raises `InvalidArgument` for what cannot be a topic. Source: KuCoin's page "Subscribe".
    """
    return subscribe_topics(topic, messages, private=private, notices=notices)
