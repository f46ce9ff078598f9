"""Bitfinex's public channels but for books and candles: ticker, trades, status, and any other as it comes.

Source: Bitfinex's pages "Ticker", "Trades" and "Status" of the public WebSocket channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, overload

from reactivex import Observable

from rxex.asking import as_it_comes
from rxex.errors import InvalidArgument
from rxex.events import Notice, Socket
from rxex.exchanges.bitfinex.asking import FUNDING, Kind, check_symbols, subscribe
from rxex.exchanges.bitfinex.models import (
    DerivativesStatus,
    FundingTicker,
    FundingTrade,
    FundingTrades,
    Liquidation,
    Trades,
    derivatives_status,
    funding_ticker,
    liquidations,
    ticker,
)
from rxex.models import Ticker, Trade
from rxex.typing import Json, Operator

__all__ = [
    "subscribe_derivatives_status",
    "subscribe_funding_ticker",
    "subscribe_funding_trades",
    "subscribe_liquidations",
    "subscribe_raw",
    "subscribe_ticker",
    "subscribe_trades",
]


@overload
def subscribe_ticker(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: Literal[False] = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Ticker]: ...
@overload
def subscribe_ticker(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: Literal[True],
    sub_id: str | None = None,
) -> Operator[Socket | None, Ticker | Notice]: ...
def subscribe_ticker(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: bool = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the best prices and the last 24 hours of ``symbol``, or of several.

    Args:
        symbol: as in ``tBTCUSD``, or several.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the tickers.
        sub_id: how the request is called on the wire, for one symbol; None: a number of ours.

    Emits a `Ticker` at once and then with each change. Its sizes are None: Bitfinex tells sums of 25 levels only, which
    are in ``raw``.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol that cannot be one. Source: Bitfinex's page "Ticker".
    """
    kind: Kind[Ticker] = Kind("ticker", ticker, keeps_last=True)
    return subscribe(kind, check_symbols(symbol), messages, notices=notices, sub_id=sub_id)


@overload
def subscribe_funding_ticker(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: Literal[False] = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, FundingTicker]: ...
@overload
def subscribe_funding_ticker(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: Literal[True],
    sub_id: str | None = None,
) -> Operator[Socket | None, FundingTicker | Notice]: ...
def subscribe_funding_ticker(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: bool = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the best rates of a currency's funding, or of several.

    Args:
        symbol: as in ``fUSD``, or several.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the tickers.
        sub_id: how the request is called on the wire, for one symbol; None: a number of ours.

    Emits a `FundingTicker` at once and then with each change.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol that cannot be one. Source: Bitfinex's page "Ticker".
    """
    kind: Kind[FundingTicker] = Kind("ticker", funding_ticker, keeps_last=True)
    return subscribe(kind, check_symbols(symbol, FUNDING), messages, notices=notices, sub_id=sub_id)


@overload
def subscribe_trades(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshot: bool = False,
    notices: Literal[False] = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Trade]: ...
@overload
def subscribe_trades(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshot: bool = False,
    notices: Literal[True],
    sub_id: str | None = None,
) -> Operator[Socket | None, Trade | Notice]: ...
def subscribe_trades(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshot: bool = False,
    notices: bool = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the trades of ``symbol``, or of several.

    Args:
        symbol: as in ``tBTCUSD``, or several.
        messages: the connection's, from ``keep_messages_only()``.
        snapshot: whether the last 30 trades come first, the oldest first, on each socket again; see their ``id``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the trades.
        sub_id: how the request is called on the wire, for one symbol; None: a number of ours.

    Emits each `Trade` once, as soon as it is executed (Bitfinex tells it once more when it is stored).
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol that cannot be one. Source: Bitfinex's page "Trades".
    """
    kind: Kind[Trade] = Kind("trades", partial(Trades, snapshot=snapshot), first_timeout=None, variant=snapshot)
    return subscribe(kind, check_symbols(symbol), messages, notices=notices, sub_id=sub_id)


@overload
def subscribe_funding_trades(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshot: bool = False,
    notices: Literal[False] = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, FundingTrade]: ...
@overload
def subscribe_funding_trades(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshot: bool = False,
    notices: Literal[True],
    sub_id: str | None = None,
) -> Operator[Socket | None, FundingTrade | Notice]: ...
def subscribe_funding_trades(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    snapshot: bool = False,
    notices: bool = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the trades of a currency's funding, or of several.

    Args:
        symbol: as in ``fUSD``, or several.
        messages: the connection's, from ``keep_messages_only()``.
        snapshot: whether the last 30 trades come first, the oldest first, on each socket again; see their ``id``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the trades.
        sub_id: how the request is called on the wire, for one symbol; None: a number of ours.

    Emits each `FundingTrade` once, as soon as it is executed.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol that cannot be one. Source: Bitfinex's page "Trades".
    """
    start = partial(FundingTrades, snapshot=snapshot)
    kind: Kind[FundingTrade] = Kind("trades", start, first_timeout=None, variant=snapshot)
    return subscribe(kind, check_symbols(symbol, FUNDING), messages, notices=notices, sub_id=sub_id)


@overload
def subscribe_derivatives_status(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: Literal[False] = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, DerivativesStatus]: ...
@overload
def subscribe_derivatives_status(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: Literal[True],
    sub_id: str | None = None,
) -> Operator[Socket | None, DerivativesStatus | Notice]: ...
def subscribe_derivatives_status(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: bool = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the state of a perpetual contract, or of several: prices, funding, open interest.

    Args:
        symbol: as in ``tBTCF0:USTF0``, or several.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the states.
        sub_id: how the request is called on the wire, for one symbol; None: a number of ours.

    Emits a `DerivativesStatus` at once and then with each change.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol that cannot be one. Source: Bitfinex's page "Status".
    """
    kind: Kind[DerivativesStatus] = Kind(
        "status", derivatives_status, key_of_symbol=lambda symbol: f"deriv:{symbol}", keeps_last=True
    )
    return subscribe(kind, check_symbols(symbol), messages, notices=notices, sub_id=sub_id)


@overload
def subscribe_liquidations(
    messages: Observable[Json],
    *,
    notices: Literal[False] = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Liquidation]: ...
@overload
def subscribe_liquidations(
    messages: Observable[Json],
    *,
    notices: Literal[True],
    sub_id: str | None = None,
) -> Operator[Socket | None, Liquidation | Notice]: ...
def subscribe_liquidations(
    messages: Observable[Json],
    *,
    notices: bool = False,
    sub_id: str | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the liquidations of all positions in derivatives and on margin.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the liquidations.
        sub_id: how the request is called on the wire, for one symbol; None: a number of ours.

    Emits each `Liquidation`; there may be none for hours.
    See `subscribe_channel` for sharing, errors and thread. Source: Bitfinex's page "Status".
    """
    kind: Kind[Liquidation] = Kind("status", liquidations, key_of_symbol=lambda _: "liq:global", first_timeout=None)
    return subscribe(kind, ["global"], messages, notices=notices, sub_id=sub_id)


@overload
def subscribe_raw(
    channel: str,
    messages: Observable[Json],
    *,
    symbol: str | None = None,
    key: str | None = None,
    notices: Literal[False] = False,
    sub_id: str | None = None,
    **params: str,
) -> Operator[Socket | None, Json]: ...
@overload
def subscribe_raw(
    channel: str,
    messages: Observable[Json],
    *,
    symbol: str | None = None,
    key: str | None = None,
    notices: Literal[True],
    sub_id: str | None = None,
    **params: str,
) -> Operator[Socket | None, Json | Notice]: ...
def subscribe_raw(
    channel: str,
    messages: Observable[Json],
    *,
    symbol: str | None = None,
    key: str | None = None,
    notices: bool = False,
    sub_id: str | None = None,
    **params: str,
) -> Operator[Socket | None, Any]:
    """Subscribe to any channel of Bitfinex's, and get its messages as they come.

    Args:
        channel: Bitfinex's word for it: ``ticker``, ``trades``, ``book``, ``candles``, ``status``.
        messages: the connection's, from ``keep_messages_only()``.
        symbol: as in ``tBTCUSD``.
        key: of candles and status instead: ``trade:1m:tBTCUSD``, ``liq:global``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the messages.
        sub_id: how the request is called on the wire; None: a number of ours.
        params: what else is asked for: ``prec="P1"``, ``freq="F1"``, ``len="100"``.

    Emits each message decoded, numbers exact; see `subscribe_channel` for sharing, errors and thread. A channel that
    the connection has already as models ends the stream with `InvalidArgument`: `keep_channel` gives its messages.
    Raises `InvalidArgument` unless either ``symbol`` or ``key`` is given. Source: Bitfinex's page "WebSocket general".
    """
    name = symbol or key
    if name is None or (symbol and key):
        raise InvalidArgument("symbol", symbol, "give either a symbol or a key")
    kind: Kind[Json] = Kind(
        channel,
        lambda _: as_it_comes,
        wire=Any,
        options=params,
        key_of_symbol=None if symbol else str,
        first_timeout=None,
        variant="raw",
    )
    return subscribe(kind, [name], messages, notices=notices, sub_id=sub_id)
