"""Kraken's public channels: how each is asked for, answered and read.

Sources: Kraken's pages "Ticker", "Trades" and "Subscribe" of the Spot WebSocket v2 and v1 references.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Generic, Literal, TypeVar, overload

from attrs import frozen
from reactivex import Observable

from rxex.channel import Answer, Channel, MakeRequest, Parse
from rxex.errors import InvalidArgument
from rxex.events import MessageStream, Notice, Socket
from rxex.exchanges.kraken import models
from rxex.exchanges.kraken.connection import V1, V2, check_version
from rxex.models import Ticker, Trade
from rxex.operators import subscribe_channel
from rxex.typing import Json, Operator

__all__ = ["subscribe_ticker", "subscribe_trades"]

T = TypeVar("T")
_SYMBOL = re.compile(r"[^/\s]+/[^/\s]+")
_REMEDIES = {
    "Currency pair not supported": "see Kraken's list of pairs; v2 writes BTC/USD and DOGE/USD, v1 XBT/USD and XDG/USD",
    "Currency pair not in ISO 4217-A3 format": "write base and quote with a slash, as in BTC/USD",
}


def _answers_v2(message: Json) -> Iterator[Answer]:
    if not isinstance(message, dict) or message.get("success") not in {True, False}:
        return
    request_id, error = message.get("req_id"), message.get("error")
    if message["success"]:
        result = message.get("result")
        if message.get("method") == "subscribe" and isinstance(result, dict):
            yield Answer(request_id, (result.get("channel"), result.get("symbol")))
    elif isinstance(error, str):
        yield _no(error, request_id, message.get("symbol"))


def _answers_v1(message: Json) -> Iterator[Answer]:
    if not isinstance(message, dict):
        return
    if "Error" in message:
        yield Answer(error=str(message["Error"]), transient=True)
    if message.get("event") not in {"subscriptionStatus", "error"}:
        return
    request_id, pair, error = message.get("reqid"), message.get("pair"), message.get("errorMessage")
    symbol = models.from_v1(pair) if isinstance(pair, str) else None
    if message.get("status") == "subscribed":
        yield Answer(request_id, (message.get("channelName"), pair))
    elif isinstance(error, str):
        yield _no(error, request_id, symbol)


def _no(error: str, request_id: int | None, symbol: str | None) -> Answer:
    if error == "Already subscribed":
        return Answer(request_id, symbol=symbol)
    remedy = next((remedy for text, remedy in _REMEDIES.items() if error.startswith(text)), "")
    is_rate = "rate" in error.lower() or "Too many requests" in error
    return Answer(request_id, symbol=symbol, error=error, transient=is_rate, remedy=remedy)


@frozen
class _Kind(Generic[T]):
    """One kind of channel in one version: its name, the shape of its messages, what they mean."""

    name: str
    wire: Any
    parse: Parse[T]
    snapshot: bool
    """Whether the state comes at once, and each message tells it whole."""


_TICKER = {
    1: _Kind("ticker", models.TickerV1, models.parse_ticker_v1, snapshot=True),
    2: _Kind("ticker", models.TickerV2, models.parse_ticker_v2, snapshot=True),
}
_TRADE = {
    1: _Kind("trade", models.TradeV1, models.parse_trades_v1, snapshot=False),
    2: _Kind("trade", models.TradeV2, models.parse_trades_v2, snapshot=False),
}


def _request_v2(method: str, kind: _Kind[Any]) -> MakeRequest:
    def make(channels: Sequence[Channel[Any]], request_id: int, _: Socket) -> Json:
        params: dict[str, Any] = {"channel": kind.name, "symbol": [channel.symbol for channel in channels]}
        if method == "subscribe":
            params["snapshot"] = kind.snapshot
        return {"method": method, "params": params, "req_id": request_id}

    return make


def _request_v1(event: str, kind: _Kind[Any]) -> MakeRequest:
    def make(channels: Sequence[Channel[Any]], request_id: int, _: Socket) -> Json:
        pairs = [models.to_v1(channel.symbol) for channel in channels]
        return {"event": event, "reqid": request_id, "pair": pairs, "subscription": {"name": kind.name}}

    return make


def _channel(kind: _Kind[T], symbol: str, version: int) -> Channel[T]:
    request, answers, dialect = (_request_v1, _answers_v1, V1) if version == 1 else (_request_v2, _answers_v2, V2)
    return Channel(
        name=kind.name,
        symbol=symbol,
        key=(kind.name, models.to_v1(symbol) if version == 1 else symbol),
        wire=kind.wire,
        start=lambda: kind.parse,
        subscribe=request("subscribe", kind),
        unsubscribe=request("unsubscribe", kind),
        answer=answers,
        route=dialect.route,
        group=kind.name,
        first_timeout=10.0 if kind.snapshot else None,
        keeps_last=kind.snapshot,
    )


def _subscribe(
    kinds: Mapping[int, _Kind[T]],
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: bool,
    version: int | None,
) -> Operator[Socket | None, T] | Operator[Socket | None, T | Notice]:
    if version is None:
        version = 1 if isinstance(messages, MessageStream) and messages.dialect is V1 else 2
    check_version(version)
    channels = [_channel(kinds[version], each, version) for each in _symbols(symbol, version)]
    return subscribe_channel(channels, messages, notices=notices)


def _symbols(symbol: str | Sequence[str], version: int) -> list[str]:
    """Check symbols before anything is sent; v1's own names are taken on v1 only."""
    symbols = [symbol] if isinstance(symbol, str) else list(symbol)
    if not symbols:
        raise InvalidArgument("symbol", symbol, "give at least one, as in 'BTC/USD'")
    for each in symbols:
        if not _SYMBOL.fullmatch(str(each)):
            raise InvalidArgument("symbol", each, "write base and quote with a slash, as in 'BTC/USD'")
        if version == 2 and models.from_v1(each) != each:
            raise InvalidArgument("symbol", each, f"Kraken's v2 calls it {models.from_v1(each)!r}")
    return [models.from_v1(each) for each in symbols]


@overload
def subscribe_ticker(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: Literal[False] = False,
    version: int | None = None,
) -> Operator[Socket | None, Ticker]: ...
@overload
def subscribe_ticker(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True], version: int | None = None
) -> Operator[Socket | None, Ticker | Notice]: ...
def subscribe_ticker(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False, version: int | None = None
) -> Operator[Socket | None, Any]:
    """Subscribe to the best prices and the last 24 hours of ``symbol``, or of several.

    Args:
        symbol: as in ``BTC/USD``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the tickers.
        version: 1 or 2, for a stream of messages that is no connection's; None: the connection's.

    Emits a `Ticker` at once and with each trade; see `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol that cannot be one. Source: Kraken's page "Ticker".
    """
    return _subscribe(_TICKER, symbol, messages, notices=notices, version=version)


@overload
def subscribe_trades(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: Literal[False] = False,
    version: int | None = None,
) -> Operator[Socket | None, Trade]: ...
@overload
def subscribe_trades(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True], version: int | None = None
) -> Operator[Socket | None, Trade | Notice]: ...
def subscribe_trades(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False, version: int | None = None
) -> Operator[Socket | None, Any]:
    """Subscribe to the trades of ``symbol``, or of several.

    Args:
        symbol: as in ``BTC/USD``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the trades.
        version: 1 or 2, for a stream of messages that is no connection's; None: the connection's.

    Emits each `Trade` from the subscription on; see `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for a symbol that cannot be one. Source: Kraken's page "Trades".
    """
    return _subscribe(_TRADE, symbol, messages, notices=notices, version=version)
