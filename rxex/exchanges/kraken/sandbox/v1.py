"""WebSocket v1, public endpoint, as its server speaks it.

https://docs.kraken.com/api/docs/websocket-v1/ticker and its neighbours; error texts as recorded from the venue.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from rxex.codec import encode, text_of
from rxex.exchanges.kraken.models import from_v1, to_v1
from rxex.exchanges.kraken.sandbox.base import INTERVALS, PRIVATE_REFUSED, KrakenProtocol, Subscription
from rxex.exchanges.kraken.sandbox.books import DEPTHS, Change, checksum
from rxex.exchanges.kraken.sandbox.instruments import INSTRUMENTS, v1_price_digits
from rxex.models import Candle, Side
from rxex.sandbox.market import MarketEvent, Pair
from rxex.sandbox.session import Session
from rxex.typing import Json

__all__ = ["PublicV1"]

_CHANNELS = {
    "ticker": 4,
    "trade": 1,
    "spread": 2,
    **{f"book-{depth}": 5 + place for place, depth in enumerate(DEPTHS)},
    **{f"ohlc-{interval}": 10 + place for place, interval in enumerate(INTERVALS)},
}
_MOST_CHANNELS = 32
_FIELDS = {
    "ticker": {"name", "reqid"},
    "trade": {"name", "reqid"},
    "spread": {"name", "reqid"},
    "book": {"name", "reqid", "depth"},
    "ohlc": {"name", "reqid", "interval"},
}
_ELSEWHERE = {"ownTrades", "openOrders"}
# The venue does not tell its limit; this is what careful clients keep to.
_REQUESTS_A_SECOND = 20


class PublicV1(KrakenProtocol):
    """The public v1 endpoint."""

    version = 1
    heartbeat = '{"event":"heartbeat"}'

    def status(self, session: Session | None) -> str:
        """A systemStatus frame; only the greeting has a connection id."""
        number = {} if session is None else {"connectionID": self.connection_id()}
        return encode({**number, "event": "systemStatus", "status": self.simulation.system, "version": "1.9.1"})

    def ticker(self, pair: Pair, kind: str) -> str:  # noqa: ARG002 - v1 has but one kind
        """A ticker frame: prices and volumes are texts, whole lots and counts are numbers."""
        day, today, price = pair.day, pair.today, _Prices(pair)
        return encode(
            [
                self.channel_id("ticker", pair.instrument.symbol),
                {
                    "a": [price(pair.ask), int(pair.ask_size), text_of(pair.ask_size)],
                    "b": [price(pair.bid), int(pair.bid_size), text_of(pair.bid_size)],
                    "c": [price(pair.last), text_of(pair.last_size)],
                    "v": [text_of(today.volume), text_of(day.volume)],
                    "p": [price(today.vwap), price(day.vwap)],
                    "t": [today.trades, day.trades],
                    "l": [price(today.low), price(day.low)],
                    "h": [price(today.high), price(day.high)],
                    "o": [price(today.open), price(day.open)],
                },
                "ticker",
                to_v1(pair.instrument.symbol),
            ]
        )

    def trades(self, event: MarketEvent) -> str:
        """A trade frame, of one trade or several."""
        price, symbol = _Prices(event.pair), event.pair.instrument.symbol
        rows = [
            [
                price(trade.price),
                text_of(trade.size),
                _seconds(trade.time or 0),
                trade.side[0],
                (trade.order_type or "limit")[0],
                "",
            ]
            for trade in event.trades
        ]
        return encode([self.channel_id("trade", symbol), rows, "trade", to_v1(symbol)])

    def book(self, symbol: str, depth: int, changes: Sequence[Change] | None) -> str:
        """A book frame; an update of both sides has two objects, and its checksum in the last."""
        price, now = _Prices(self.simulation.market.pair(symbol)), _seconds(self.simulation.timestamp)
        told = self.window(symbol, depth).told
        written = {side: [(price(at), text_of(size)) for at, size in told[side]] for side in Side}
        asks, bids = written[Side.SELL], written[Side.BUY]
        parts: list[dict[str, Any]]
        if changes is None:
            parts = [{"as": [[*level, now] for level in asks], "bs": [[*level, now] for level in bids]}]
        else:
            rows: dict[str, list[list[str]]] = {"a": [], "b": []}
            for change in changes:
                mark = ["r"] if change.is_known else []
                row = [price(change.price), text_of(change.size), now, *mark]
                rows["a" if change.side is Side.SELL else "b"].append(row)
            parts = [{name: levels} for name, levels in rows.items() if levels]
            parts[-1]["c"] = str(checksum(asks, bids))
        channel = f"book-{depth}"
        return encode([self.channel_id(channel, symbol), *parts, channel, to_v1(symbol)])

    def candles(self, candles: Sequence[Candle], kind: str) -> Sequence[str]:  # noqa: ARG002 - v1 has but one kind
        """A frame for each candle; its time is that of its last trade."""
        frames: list[str] = []
        for candle in candles:
            channel = f"ohlc-{candle.interval // 60_000_000_000}"
            price = _Prices(self.simulation.market.pair(candle.symbol))
            row = [
                _seconds(candle.begin if candle.time is None else candle.time),
                _seconds(candle.begin + candle.interval),
                *(price(each) for each in (candle.open, candle.high, candle.low, candle.close)),
                price(candle.vwap or candle.open),
                text_of(candle.volume),
                candle.trades,
            ]
            frames.append(encode([self.channel_id(channel, candle.symbol), row, channel, to_v1(candle.symbol)]))
        return frames

    def updates(self, subscription: Subscription, event: MarketEvent) -> Sequence[str]:
        """What a subscription is told of an event; spreads beside what both protocols have."""
        if subscription.channel != "spread":
            return super().updates(subscription, event)
        pair = event.pair
        symbol, price = pair.instrument.symbol, _Prices(pair)
        best = [
            price(pair.bid),
            price(pair.ask),
            _seconds(pair.timestamp),
            text_of(pair.bid_size),
            text_of(pair.ask_size),
        ]
        return [encode([self.channel_id("spread", symbol), best, "spread", to_v1(symbol)])]

    def first_frames(self, subscription: Subscription) -> Iterable[str]:
        """The state of the ticker, and the last candle, however old; trades begin with the next one."""
        pair = self.simulation.market.pair(subscription.symbol)
        if subscription.channel == "ticker":
            yield self.ticker(pair, "snapshot")
        if subscription.interval:
            yield from self.candles(pair.candles(subscription.interval)[-1:], "snapshot")
        if subscription.depth:
            yield self.book(subscription.symbol, subscription.depth, None)

    def channel_id(self, channel: str, symbol: str) -> int:
        """The venue's number of a channel of a pair."""
        recorded = None if self.playback is None else self.playback.channel_ids.get((channel, symbol))
        return recorded if recorded is not None else self._number_of(channel, symbol)

    def _number_of(self, channel: str, symbol: str) -> int:
        return _MOST_CHANNELS * (1 + list(INSTRUMENTS).index(symbol)) + _CHANNELS[channel]

    def received(self, session: Session, message: Json | None) -> None:
        """Answer a request."""
        if self._too_fast(session):
            self.simulation.answer(session, '{"Error":"Exceeded msg rate"}')
            return
        if not isinstance(message, dict) or not isinstance(message.get("event"), str):
            self._error(session, {}, "Malformed request")
            return
        match message["event"]:
            case "ping":
                self.simulation.answer(session, encode({"event": "pong", **_echo(message)}))
            case "subscribe" | "unsubscribe":
                self._subscribe_or_unsubscribe(session, message)
            case _:
                self._error(session, message, "Event(s) not found")

    def _too_fast(self, session: Session) -> bool:
        times: deque[float] = session.state.request_times
        now = self.simulation.now
        if len(times) == _REQUESTS_A_SECOND and now - times[0] < 1.0:
            return True
        times.append(now)
        return False

    def _subscribe_or_unsubscribe(self, session: Session, request: Mapping[str, Any]) -> None:
        error = _error_in(request)
        if error is not None:
            self._status(session, request, {"errorMessage": error}, "error")
            return
        subscribed: list[Subscription] = []
        for pair in request["pair"]:
            if request["event"] == "unsubscribe":
                self._unsubscribe(session, request, pair)
                continue
            subscription = self._subscribe(session, request, pair)
            if subscription is not None:
                subscribed.append(subscription)
        self.begin(subscribed)

    def _subscribe(self, session: Session, request: Mapping[str, Any], pair: str) -> Subscription | None:
        channel, depth, interval = _channel(request)
        symbol = from_v1(pair)
        # v1 knows its own names alone: BTC/USD is not one of them.
        known = symbol if to_v1(symbol) == pair else ""
        error = self.refusal(session, channel, known, name=pair, depth=depth)
        if error is not None:
            self._status(session, request, {"errorMessage": error}, "error", pair)
            return None
        trigger = "bbo" if channel == "spread" else "trades"
        subscription = Subscription(session, channel, symbol, trigger, depth=depth, interval=interval)
        self.add(subscription)
        self._status(session, request, self._named(channel, symbol), "subscribed", pair)
        return subscription

    def _unsubscribe(self, session: Session, request: Mapping[str, Any], pair: str) -> None:
        channel, _, _ = _channel(request)
        symbol = from_v1(pair)
        subscription = self.find(session, channel, symbol)
        if subscription is None or to_v1(symbol) != pair:
            self._status(session, request, {"errorMessage": "Subscription Not Found"}, "error", pair)
            return
        self.remove(subscription)
        self._status(session, request, self._named(channel, symbol), "unsubscribed", pair)

    def _named(self, channel: str, symbol: str) -> dict[str, Any]:
        return {"channelID": self.channel_id(channel, symbol), "channelName": channel}

    def _status(
        self,
        session: Session,
        request: Mapping[str, Any],
        first: Mapping[str, Any],
        status: str,
        pair: str | None = None,
    ) -> None:
        answer = {
            **first,
            "event": "subscriptionStatus",
            **({} if pair is None else {"pair": pair}),
            **_echo(request),
            "status": status,
        }
        subscription = request.get("subscription")
        if isinstance(subscription, dict):
            answer["subscription"] = {name: value for name, value in subscription.items() if name != "reqid"}
        self.simulation.answer(session, encode(answer))

    def _error(self, session: Session, request: Mapping[str, Any], error: str) -> None:
        self.simulation.answer(
            session, encode({"errorMessage": error, "event": "error", **_echo(request), "status": "error"})
        )


class _Prices:
    """Writes prices of one pair with the digits of v1, which are more than its tick has."""

    def __init__(self, pair: Pair) -> None:
        self._format = f".{v1_price_digits(pair.instrument)}f"

    def __call__(self, price: Decimal) -> str:
        return format(price, self._format)


def _error_in(request: Mapping[str, Any]) -> str | None:
    """Say what is wrong with a request, before any of its pairs is looked at."""
    subscription: Any = request.get("subscription")
    pairs: Sequence[Any] | None = request.get("pair")
    if not isinstance(subscription, dict):
        return "Subscription field must be an object"
    name = subscription.get("name")
    if name in _ELSEWHERE:
        return PRIVATE_REFUSED
    if not isinstance(name, str) or name not in _FIELDS:
        return "Subscription name invalid"
    unknown = next((field for field in subscription if field not in _FIELDS[name]), None)
    if unknown is not None:
        return f"Unsupported field: '{unknown}' for the given msg type: {request['event']}"
    if not isinstance(pairs, list) or not all(isinstance(pair, str) for pair in pairs):
        return "Pair field must be an array"
    depth = subscription.get("depth", 10)
    if not isinstance(depth, int) or isinstance(depth, bool):
        return "Subscription book depth must be an integer"
    if depth not in DEPTHS:
        return "Subscription depth not supported"
    interval = subscription.get("interval", 1)
    if not isinstance(interval, int) or isinstance(interval, bool):
        return "Subscription ohlc interval must be an integer"
    return None if interval in INTERVALS else "Subscription ohlc interval not supported"


def _channel(request: Mapping[str, Any]) -> tuple[str, int, int]:
    """The channel that is asked for, by its name on the wire, the depth of a book, and the interval of candles."""
    subscription: dict[str, Any] = request["subscription"]
    match subscription["name"]:
        case "book":
            depth = subscription.get("depth", 10)
            return f"book-{depth}", depth, 0
        case "ohlc":
            interval = subscription.get("interval", 1)
            return f"ohlc-{interval}", 0, interval
        case name:
            return name, 0, 0


def _echo(request: Mapping[str, Any]) -> dict[str, Any]:
    # The venue's page draws the id inside the subscription, its clients send it outside; both are answered.
    subscription = request.get("subscription")
    inside = subscription.get("reqid") if isinstance(subscription, dict) else None
    number = request.get("reqid", inside)
    return {} if number is None else {"reqid": number}


def _seconds(nanoseconds: int) -> str:
    return f"{nanoseconds // 10**9}.{nanoseconds % 10**9 // 1000:06d}"
