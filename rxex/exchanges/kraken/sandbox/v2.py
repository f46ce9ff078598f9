"""WebSocket v2, public endpoint, as its server speaks it.

https://docs.kraken.com/api/docs/websocket-v2/ticker and its neighbours; error texts as recorded from the venue.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Any

from rxex.codec import encode, text_of
from rxex.exchanges.kraken.sandbox.base import (
    INTERVALS,
    MOST_CANDLES,
    PRIVATE_REFUSED,
    KrakenProtocol,
    Subscription,
    rfc3339,
)
from rxex.exchanges.kraken.sandbox.books import DEPTHS, checksum, level_v2
from rxex.exchanges.kraken.sandbox.terms import instruments_v2
from rxex.models import Candle, Side, Trade
from rxex.sandbox.market import MarketEvent, Pair
from rxex.sandbox.session import Session
from rxex.typing import Json

__all__ = ["PublicV2"]

_FIELDS = {
    "ticker": {"channel", "symbol", "event_trigger", "snapshot"},
    "trade": {"channel", "symbol", "snapshot"},
    "book": {"channel", "symbol", "depth", "snapshot"},
    "ohlc": {"channel", "symbol", "interval", "snapshot"},
    "instrument": {"channel", "snapshot", "include_tokenized_assets", "execution_venue"},
}
_WITH_DEPTH = {"book", "level3"}
_ELSEWHERE = {"executions", "balances", "level3"}
_TOP_LEVEL = {"method", "params", "req_id"}
_ASKS_FIRST = (Side.SELL, Side.BUY)
_TRIGGERS = {"trades", "bbo"}
# What the venue takes to answer, in nanoseconds.
_ANSWER = 48_000


class PublicV2(KrakenProtocol):
    """The public v2 endpoint."""

    version = 2
    heartbeat = '{"channel":"heartbeat"}'
    fields: Mapping[str, Collection[str]] = _FIELDS
    """The channels of this endpoint, and what may be said about each."""
    depths: Collection[int] = DEPTHS

    def status(self, session: Session | None) -> str:
        """A status frame; the one for everybody has no connection id, as the venue's."""
        data: dict[str, Any] = {"version": "2.0.10", "system": self.simulation.system, "api_version": "v2"}
        if session is not None:
            data["connection_id"] = self.connection_id()
        return encode({"channel": "status", "type": "update", "data": [data]})

    def ticker(self, pair: Pair, kind: str) -> str:
        """A ticker frame; numbers carry the pair's own digits."""
        day = pair.day
        change = pair.last - day.open
        percent = (100 * change / day.open).quantize(Decimal("0.01"), ROUND_HALF_EVEN)
        return (
            f'{{"channel":"ticker","type":"{kind}","data":[{{"symbol":"{pair.instrument.symbol}",'
            f'"bid":{text_of(pair.bid)},"bid_qty":{text_of(pair.bid_size)},'
            f'"ask":{text_of(pair.ask)},"ask_qty":{text_of(pair.ask_size)},"last":{text_of(pair.last)},'
            f'"volume":{text_of(day.volume)},"vwap":{text_of(day.vwap)},'
            f'"low":{text_of(day.low)},"high":{text_of(day.high)},"change":{text_of(change)},"change_pct":{percent},'
            f'"timestamp":"{rfc3339(pair.timestamp)}"}}]}}'
        )

    def trades(self, event: MarketEvent) -> str:
        """A trade frame, of one trade or several."""
        return _trades(event.trades, "update")

    def book(self, symbol: str, depth: int, changes: Sequence[Any] | None) -> str:
        """A book frame; both sides are always there, and the checksum is of the whole window."""
        told = self.window(symbol, depth).told
        sides = [
            [(change.price, change.size) for change in changes if change.side is side]
            if changes is not None
            else told[side]
            for side in (Side.BUY, Side.SELL)
        ]
        bids, asks = (",".join(map(level_v2, levels)) for levels in sides)
        total = checksum(*([(text_of(price), text_of(size)) for price, size in told[side]] for side in _ASKS_FIRST))
        kind = "snapshot" if changes is None else "update"
        return (
            f'{{"channel":"book","type":"{kind}","data":[{{"symbol":"{symbol}","bids":[{bids}],"asks":[{asks}],'
            f'"checksum":{total},"timestamp":"{rfc3339(self.simulation.timestamp)}"}}]}}'
        )

    def candles(self, candles: Sequence[Candle], kind: str) -> Sequence[str]:
        """One frame of candles; it does not say which of them is final."""
        rows = ",".join(map(_candle, candles))
        now = rfc3339(self.simulation.timestamp, 9)
        return [f'{{"channel":"ohlc","type":"{kind}","timestamp":"{now}","data":[{rows}]}}']

    def first_frames(self, subscription: Subscription) -> Iterable[str]:
        """The snapshot, where it was asked for."""
        if not subscription.snapshot:
            return
        pair = self.simulation.market.pair(subscription.symbol)
        if subscription.channel == "ticker":
            yield self.ticker(pair, "snapshot")
        elif subscription.interval:
            yield from self.candles(pair.candles(subscription.interval)[-MOST_CANDLES:], "snapshot")
        elif subscription.depth:
            yield self.book(subscription.symbol, subscription.depth, None)
        else:
            yield _trades(pair.recent, "snapshot")

    def received(self, session: Session, message: Json | None) -> None:
        """Answer a request."""
        if not isinstance(message, dict) or not isinstance(message.get("method"), str):
            self._refuse(session, "error", {}, "Malformed request")
            return
        method: str = message["method"]
        number = message.get("req_id")
        if number is not None and (not isinstance(number, int) or isinstance(number, bool)):
            self._refuse(session, method, {}, "Req_id field must be a number_integer")
        elif method == "ping":
            self._ping(session, message)
        elif method in {"subscribe", "unsubscribe"}:
            self._subscribe_or_unsubscribe(session, method, message)
        else:
            self._refuse(session, method, message, "Unsupported event")

    def error_in(self, session: Session, method: str, request: Mapping[str, Any]) -> str | None:  # noqa: ARG002
        """Say what is wrong with a request, before any of its symbols is looked at."""
        return _error_in(method, request, self.fields, self.depths)

    def _ping(self, session: Session, request: Mapping[str, Any]) -> None:
        unknown = next((name for name in request if name not in {"method", "req_id"}), None)
        if unknown is not None:
            self._refuse(session, "ping", request, _unsupported(unknown, "ping"))
            return
        self._answer(session, {"method": "pong", **_echo(request)})

    def _subscribe_or_unsubscribe(self, session: Session, method: str, request: Mapping[str, Any]) -> None:
        error = self.error_in(session, method, request)
        if error is not None:
            self._refuse(session, method, request, error)
            return
        subscribed: list[Subscription] = []
        if request["params"]["channel"] == "instrument":
            self._instruments(session, method, request)
            return
        for symbol in request["params"]["symbol"]:
            if method == "unsubscribe":
                self._unsubscribe(session, request, symbol)
                continue
            subscription = self._subscribe(session, request, symbol)
            if subscription is not None:
                subscribed.append(subscription)
        self.begin(subscribed)

    def _instruments(self, session: Session, method: str, request: Mapping[str, Any]) -> None:
        known, snapshot = self.find(session, "instrument", ""), request["params"].get("snapshot", True)
        if method == "unsubscribe":
            if known is None:
                self._refuse(session, "subscribe", request, "Subscription Not Found")
                return
            self.remove(known)
            self._accept(session, method, request, {"channel": "instrument"})
        elif known is not None:
            self._refuse(session, method, request, "Already subscribed")
        else:
            self.add(Subscription(session, "instrument", "", snapshot=snapshot))
            self._accept(session, method, request, {"channel": "instrument", "snapshot": snapshot, "warnings": []})
            if snapshot:
                text = instruments_v2(self.simulation.market.instruments)
                self.simulation.send_data(session, "instrument", "", text)

    def _subscribe(self, session: Session, request: Mapping[str, Any], symbol: str) -> Subscription | None:
        params: dict[str, Any] = request["params"]
        channel, interval = _channel(params)
        depth = params.get("depth", 10) if channel in _WITH_DEPTH else 0
        error = self.refusal(session, channel, symbol, name=symbol, depth=depth)
        if error is not None:
            self._refuse(session, "subscribe", request, error, symbol)
            return None
        snapshot = params.get("snapshot", channel != "trade")
        trigger = params.get("event_trigger", "trades")
        subscription = Subscription(session, channel, symbol, trigger, snapshot, depth, interval)
        self.add(subscription)
        result = {**_identity(subscription), "snapshot": snapshot, "symbol": symbol}
        self._accept(session, "subscribe", request, result)
        return subscription

    def _unsubscribe(self, session: Session, request: Mapping[str, Any], symbol: str) -> None:
        params: dict[str, Any] = request["params"]
        subscription = self.find(session, _channel(params)[0], symbol)
        depth = params.get("depth", 10) if params["channel"] in _WITH_DEPTH else 0
        if (
            subscription is None
            or subscription.trigger != params.get("event_trigger", "trades")
            or subscription.depth != depth
        ):
            # The venue answers so: an unsubscribe refused as a subscribe.
            self._refuse(session, "subscribe", request, "Subscription Not Found", symbol)
            return
        self.remove(subscription)
        self._accept(session, "unsubscribe", request, {**_identity(subscription), "symbol": symbol})

    def _accept(self, session: Session, method: str, request: Mapping[str, Any], result: Mapping[str, Any]) -> None:
        self._answer(session, {"method": method, **_echo(request), "result": dict(result), "success": True})

    def _refuse(
        self, session: Session, method: str, request: Mapping[str, Any], error: str, symbol: str | None = None
    ) -> None:
        named = {} if symbol is None else {"symbol": symbol}
        self._answer(session, {"error": error, "method": method, **_echo(request), "success": False, **named})

    def _answer(self, session: Session, answer: dict[str, Any]) -> None:
        now = self.simulation.timestamp
        times = {"time_in": rfc3339(now), "time_out": rfc3339(now + _ANSWER)}
        self.simulation.answer(session, encode({**answer, **times}))


def _error_in(
    method: str, request: Mapping[str, Any], fields: Mapping[str, Collection[str]], depths: Collection[int]
) -> str | None:
    params = request.get("params")
    unknown = next((name for name in request if name not in _TOP_LEVEL), None)
    if unknown is not None:
        return _unsupported(unknown, method)
    if not isinstance(params, dict):
        return "Params field must be an object"
    channel, symbols = params.get("channel"), params.get("symbol")
    if not isinstance(channel, str):
        return "Subscription name invalid"
    if channel in _ELSEWHERE and channel not in fields:
        return PRIVATE_REFUSED
    if channel not in fields:
        return "Subscription name invalid"
    unknown = next((name for name in params if name not in fields[channel]), None)
    if unknown is not None:
        return _unsupported(unknown, method)
    are_symbols = isinstance(symbols, list) and all(isinstance(symbol, str) for symbol in symbols)
    if channel != "instrument" and not are_symbols:
        return "Symbol field must be an array"
    if not isinstance(params.get("snapshot", True), bool):
        return "Snapshot field must be a boolean"
    if params.get("event_trigger", "trades") not in _TRIGGERS:
        return "Event_trigger field must be trades or bbo"
    if not isinstance(params.get("depth", 10), int) or params.get("depth", 10) not in depths:
        return "Subscription depth not supported"
    if not isinstance(params.get("interval", 1), int) or params.get("interval", 1) not in INTERVALS:
        return "Subscription ohlc interval not supported"
    return None


def _unsupported(name: str, method: str) -> str:
    return f"Unsupported field: '{name}' for the given msg type: {method}"


def _echo(request: Mapping[str, Any]) -> dict[str, Any]:
    return {"req_id": request["req_id"]} if "req_id" in request else {}


def _identity(subscription: Subscription) -> dict[str, Any]:
    trigger = {"event_trigger": subscription.trigger} if subscription.channel == "ticker" else {}
    depth = {"depth": subscription.depth} if subscription.channel == "book" else {}
    if subscription.interval:
        return {"channel": "ohlc", "interval": subscription.interval}
    return {"channel": subscription.channel, **depth, **trigger}


def _channel(params: Mapping[str, Any]) -> tuple[str, int]:
    """The channel that is asked for, and the interval of candles, which is part of it."""
    if params["channel"] != "ohlc":
        return params["channel"], 0
    interval = params.get("interval", 1)
    return f"ohlc-{interval}", interval


def _candle(candle: Candle) -> str:
    return (
        f'{{"symbol":"{candle.symbol}","open":{text_of(candle.open)},"high":{text_of(candle.high)},'
        f'"low":{text_of(candle.low)},"close":{text_of(candle.close)},"trades":{candle.trades},'
        f'"volume":{text_of(candle.volume)},"vwap":{text_of(candle.vwap or candle.open)},'
        f'"interval_begin":"{rfc3339(candle.begin, 9)}","interval":{candle.interval // 60_000_000_000},'
        f'"timestamp":"{rfc3339(candle.begin + candle.interval)}"}}'
    )


def _trades(trades: Iterable[Trade], kind: str) -> str:
    rows = ",".join(
        f'{{"symbol":"{trade.symbol}","side":"{trade.side}","price":{text_of(trade.price)},'
        f'"qty":{text_of(trade.size)},"ord_type":"{trade.order_type}","trade_id":{trade.id},'
        f'"timestamp":"{rfc3339(trade.time or 0)}"}}'
        for trade in trades
    )
    return f'{{"channel":"trade","type":"{kind}","data":[{rows}]}}'
