"""Kraken's public channels: ticker, trades, and any other as it comes.

Sources: Kraken's pages "Ticker", "Trades" and "Subscribe" of the Spot WebSocket v2 and v1 references.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

from reactivex import Observable

from rxex.asking import as_it_comes, check_choice
from rxex.errors import InvalidArgument
from rxex.events import Notice, Socket
from rxex.exchanges.kraken import models
from rxex.exchanges.kraken.asking import Kind, only_v2, subscribe, version_of
from rxex.models import Ticker, Trade
from rxex.typing import Json, Operator

__all__ = ["subscribe_raw", "subscribe_ticker", "subscribe_trades"]


@overload
def subscribe_ticker(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    event_trigger: str = "trades",
    notices: Literal[False] = False,
    version: int | None = None,
) -> Operator[Socket | None, Ticker]: ...
@overload
def subscribe_ticker(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    event_trigger: str = "trades",
    notices: Literal[True],
    version: int | None = None,
) -> Operator[Socket | None, Ticker | Notice]: ...
def subscribe_ticker(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    event_trigger: str = "trades",
    notices: bool = False,
    version: int | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the best prices and the last 24 hours of ``symbol``, or of several.

    Args:
        symbol: as in ``BTC/USD``.
        messages: the connection's, from ``keep_messages_only()``.
        event_trigger: what makes a ticker: ``trades``, or ``bbo`` (each change of the best prices; not on v1).
        notices: whether `Gap`, `Stale` and `Overflow` stand among the tickers.
        version: 1 or 2, for a stream of messages that is no connection's; None: the connection's.

    Emits a `Ticker` at once and then with each trade or change; see `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol or a trigger that cannot be one. Source: Kraken's page "Ticker".
    """
    version = version_of(messages, version)
    check_choice("event_trigger", event_trigger, ("trades", "bbo"))
    wire, start = (models.TickerV1, models.tickers_v1) if version == 1 else (models.TickerV2, models.tickers_v2)
    options = {}
    if event_trigger == "bbo":
        only_v2("event_trigger", event_trigger, version)
        options = {"event_trigger": "bbo"}
    kind = Kind("ticker", wire, start, options=options, snapshot=True, first_timeout=10.0, keeps_last=True)
    return subscribe(kind, symbol, messages, notices=notices, version=version)


@overload
def subscribe_trades(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshot: bool = False,
    notices: Literal[False] = False,
    version: int | None = None,
) -> Operator[Socket | None, Trade]: ...
@overload
def subscribe_trades(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshot: bool = False,
    notices: Literal[True],
    version: int | None = None,
) -> Operator[Socket | None, Trade | Notice]: ...
def subscribe_trades(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshot: bool = False,
    notices: bool = False,
    version: int | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the trades of ``symbol``, or of several.

    Args:
        symbol: as in ``BTC/USD``.
        messages: the connection's, from ``keep_messages_only()``.
        snapshot: whether the last 50 trades come first, on each socket again; ``id`` tells them apart (not on v1).
        notices: whether `Gap`, `Stale` and `Overflow` stand among the trades.
        version: 1 or 2, for a stream of messages that is no connection's; None: the connection's.

    Emits each `Trade` from the subscription on; see `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol that cannot be one. Source: Kraken's page "Trades".
    """
    version = version_of(messages, version)
    if snapshot:
        only_v2("snapshot", snapshot, version)
    wire, start = (models.TradeV1, models.trades_v1) if version == 1 else (models.TradeV2, models.trades_v2)
    kind = Kind("trade", wire, start, snapshot=snapshot)
    return subscribe(kind, symbol, messages, notices=notices, version=version)


@overload
def subscribe_raw(
    channel: str,
    messages: Observable[Json],
    *,
    symbol: str | Sequence[str] | None = None,
    notices: Literal[False] = False,
    version: int | None = None,
    **params: Any,
) -> Operator[Socket | None, Json]: ...
@overload
def subscribe_raw(
    channel: str,
    messages: Observable[Json],
    *,
    symbol: str | Sequence[str] | None = None,
    notices: Literal[True],
    version: int | None = None,
    **params: Any,
) -> Operator[Socket | None, Json | Notice]: ...
def subscribe_raw(
    channel: str,
    messages: Observable[Json],
    *,
    symbol: str | Sequence[str] | None = None,
    notices: bool = False,
    version: int | None = None,
    **params: Any,
) -> Operator[Socket | None, Any]:
    """Subscribe to any channel of Kraken's, and get its messages as they come.

    Args:
        channel: Kraken's word for it: ``ticker``, ``book`` …
        messages: the connection's, from ``keep_messages_only()``.
        symbol: as in ``BTC/USD``, or several; None: the channel has none.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the messages.
        version: 1 or 2, for a stream of messages that is no connection's; None: the connection's.
        params: what else is asked for: ``depth=25``, ``interval=5``, ``snapshot=False`` …

    Emits each message decoded, numbers exact; see `subscribe_channel` for sharing, errors and thread. A channel that
    the connection has already as models ends the stream with `InvalidArgument`: `keep_channel` gives its messages.
    Raises `InvalidArgument` for a symbol that cannot be one. Source: Kraken's page "Subscribe".
    """
    version = version_of(messages, version)
    snapshot = params.pop("snapshot", None)
    if version == 1:
        if symbol is None:
            raise InvalidArgument("symbol", symbol, "the public channels of Kraken's v1 have symbols")
        if snapshot is not None:
            params["snapshot"] = snapshot
    part = {"book": params.get("depth", 10), "ohlc": params.get("interval", 1)} if version == 1 else params
    kind = Kind(
        channel,
        Any,
        lambda _: as_it_comes,
        options=params,
        snapshot=snapshot,
        part=part.get(channel if version == 1 else "interval", 1 if channel == "ohlc" else None),
    )
    return subscribe(kind, symbol, messages, notices=notices, version=version)
