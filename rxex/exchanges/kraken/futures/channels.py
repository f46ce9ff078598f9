"""Kraken's public futures feeds: tickers, trades, heartbeat, and any other as it comes.

Sources: the pages "Ticker", "Ticker Lite", "Trade" and "Heartbeat" of the Futures WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

import reactivex as rx
from reactivex import Observable
from reactivex import operators as ops

from rxex.asking import as_it_comes
from rxex.channel import Number
from rxex.errors import InvalidArgument
from rxex.events import EventStream, Heartbeat, Notice, Socket, SocketEvent
from rxex.exchanges.kraken.futures import models, trades
from rxex.exchanges.kraken.futures.asking import Kind, subscribe
from rxex.exchanges.kraken.futures.models import FuturesTicker, TickerLite
from rxex.exchanges.kraken.futures.trades import FuturesTrade
from rxex.operators import keep_messages_only
from rxex.typing import Json, Operator

__all__ = ["subscribe_heartbeat", "subscribe_raw", "subscribe_ticker", "subscribe_ticker_lite", "subscribe_trades"]

_TICKER: Kind[FuturesTicker] = Kind(
    "ticker",
    models.TickerWire,
    lambda _: lambda: models.parse_ticker,
    first_timeout=10.0,
    keeps_last=True,
)
_TICKER_LITE: Kind[TickerLite] = Kind(
    "ticker_lite",
    models.TickerLiteWire,
    lambda _: lambda: models.parse_ticker_lite,
    first_timeout=10.0,
    keeps_last=True,
)


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
    """Subscribe to the prices, the funding and the last 24 hours of ``symbol``, or of several.

    Args:
        symbol: the product's id, as in ``PF_XBTUSD``; in either case.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the tickers.

    Emits a `FuturesTicker` (a `Ticker` with a ``contract``) at most once a second; see `subscribe_channel` for sharing,
    errors and thread. Raises `InvalidArgument` for what cannot be a product. Source: Kraken's page "Ticker".
    """
    return subscribe(_TICKER, symbol, messages, notices=notices)


@overload
def subscribe_ticker_lite(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, TickerLite]: ...
@overload
def subscribe_ticker_lite(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, TickerLite | Notice]: ...
def subscribe_ticker_lite(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the best prices of ``symbol``, or of several, without sizes.

    Args:
        symbol: the product's id, as in ``PF_XBTUSD``; in either case.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the tickers.

    Emits a `TickerLite` with each change; see `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a product. Source: Kraken's page "Ticker Lite".
    """
    return subscribe(_TICKER_LITE, symbol, messages, notices=notices)


@overload
def subscribe_trades(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshot: bool = False,
    notices: Literal[False] = False,
) -> Operator[Socket | None, FuturesTrade]: ...
@overload
def subscribe_trades(
    symbol: str | Sequence[str], messages: Observable[Json], *, snapshot: bool = False, notices: Literal[True]
) -> Operator[Socket | None, FuturesTrade | Notice]: ...
def subscribe_trades(
    symbol: str | Sequence[str], messages: Observable[Json], *, snapshot: bool = False, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the trades of ``symbol``, or of several.

    Trades are numbered. Those missed in a gap or a reconnect come after its `Gap`, once and in order, as far as the
    exchange's snapshot reaches back (100 trades).

    Args:
        symbol: the product's id, as in ``PF_XBTUSD``; in either case.
        messages: the connection's, from ``keep_messages_only()``.
        snapshot: whether the last 100 trades before the subscription come first.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the trades.

    Emits each `FuturesTrade` (a `Trade` with its ``kind``) from the subscription on; see `subscribe_channel` for
    sharing, errors and thread. Raises `InvalidArgument` for what cannot be a product. Source: Kraken's page "Trade".
    """
    kind: Kind[FuturesTrade] = Kind(
        "trade",
        trades.TradeWire | trades.TradeSnapshotWire,
        lambda _: trades.Trades(snapshot=snapshot).start,
        variant=snapshot,
        needs_all=True,
    )
    return subscribe(kind, symbol, messages, notices=notices)


def _nothing(_: Any, __: int, ___: bytes | Json, ____: Number) -> Sequence[Heartbeat]:
    return ()


_HEARTBEAT: Kind[Heartbeat] = Kind("heartbeat", dict[str, Any], lambda _: lambda: _nothing)


def subscribe_heartbeat(events: Observable[SocketEvent]) -> Operator[Socket | None, Heartbeat]:
    """Subscribe to the exchange's own sign of life, which it sends only to those who ask.

    Args:
        events: the connection: heartbeats are events of it, and never among its messages.

    Emits the connection's `Heartbeat` events, its answers to our pings not among them, on the socket's thread. Errors
    are those of `subscribe_channel`. Source: Kraken's page "Heartbeat".
    """
    asked = subscribe(_HEARTBEAT, None, events.pipe(keep_messages_only()), notices=False)
    link = events.link if isinstance(events, EventStream) else events

    def _subscribe_heartbeat(sockets: Observable[Socket | None]) -> Observable[Heartbeat]:
        beats: Observable[Any] = link.pipe(
            ops.filter(lambda event: isinstance(event, Heartbeat) and not event.solicited)
        )
        return rx.merge(beats, sockets.pipe(asked))

    return _subscribe_heartbeat


@overload
def subscribe_raw(
    feed: str,
    messages: Observable[Json],
    *,
    symbol: str | Sequence[str] | None = None,
    notices: Literal[False] = False,
    private: bool = False,
    **options: Any,
) -> Operator[Socket | None, Json]: ...
@overload
def subscribe_raw(
    feed: str,
    messages: Observable[Json],
    *,
    symbol: str | Sequence[str] | None = None,
    notices: Literal[True],
    private: bool = False,
    **options: Any,
) -> Operator[Socket | None, Json | Notice]: ...
def subscribe_raw(
    feed: str,
    messages: Observable[Json],
    *,
    symbol: str | Sequence[str] | None = None,
    notices: bool = False,
    private: bool = False,
    **options: Any,
) -> Operator[Socket | None, Any]:
    """Subscribe to any feed of Kraken's futures, and get its messages as they come.

    Args:
        feed: Kraken's word for it: ``ticker``, ``open_positions`` …
        messages: the connection's, from ``keep_messages_only()``.
        symbol: the product's id, as in ``PF_XBTUSD``, or several; None: the feed has none.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the messages.
        private: whether the request has to prove who asks; see `private_connection`.
        options: what else is asked for.

    Emits each message decoded, numbers exact, snapshots too; see `subscribe_channel` for sharing, errors and thread. A
    feed that the connection has parsed already cannot be had raw as well: use another connection.
    Raises `InvalidArgument` for what cannot be a product, and for the heartbeat, which has `subscribe_heartbeat`.
    """
    if feed == "heartbeat":
        raise InvalidArgument("feed", feed, "its messages are events; use subscribe_heartbeat")
    kind: Kind[Json] = Kind(feed, Any, lambda _: lambda: as_it_comes, options=options, variant="raw", private=private)
    return subscribe(kind, symbol, messages, notices=notices)
