"""What the public Pro servers tell: tickers, trades, candles, books, mark prices and funding.

Source: KuCoin's pages on the Pro (unified) WebSocket, and what was measured of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from rxex.codec import encode
from rxex.exchanges.kucoin.sandbox.funding import EVERY, Funding
from rxex.exchanges.kucoin.sandbox.protocol import Subscription, Topic, push
from rxex.exchanges.kucoin.sandbox.tapes import Tapes
from rxex.exchanges.kucoin.sandbox.topics import BookTopic, CandleTopic, News, PeriodicTopic
from rxex.exchanges.kucoin.sandbox.writing import CANDLES, text
from rxex.models import Side

__all__ = ["pro_topics", "topic_of"]

_MS = 10**6
_SIDES = (("b", Side.BUY), ("a", Side.SELL))
_INCREMENTS = "increment@10ms"
_DEPTHS = {"1": 0.0, "5": 0.1, "50": 0.1}
_SNAPSHOT_AFTER = 0.5
_ALL_RATES = "funding-fee-all-symbols"
_FUTURES_ONLY = {"mark-price": 1.0, "funding-fee": 60.0, _ALL_RATES: 60.0}


def topic_of(message: Mapping[str, Any], topics: Mapping[str, Topic], kind: str) -> tuple[str, list[str]] | str:
    """Give the topic that a request is about and its arguments; a text where there is no such thing."""
    channel, symbol, symbols = str(message.get("channel")), message.get("symbol"), message.get("symbols")
    name = f"{channel}@{message.get('depth')}" if channel == "obu" else channel
    topic = topics.get(name)
    if message.get("tradeType") != kind:
        return "tradeType is invalid"
    if topic is None:
        return "depth is invalid" if channel == "obu" else f"channel {channel} is not found"
    if not topic.has_argument:
        return name, [""]
    wanted = symbols if isinstance(symbols, list) and channel == "ticker" else [symbol]
    end = f"_{message.get('interval')}" if channel == "kline" else ""
    if end and end[1:] not in CANDLES:
        return "interval is invalid"
    if not all(isinstance(each, str) and each and "_" not in each for each in wanted):
        return "symbol is invalid"
    return name, [f"{each}{end}" for each in wanted]


class _ProTopic(BookTopic):
    """A topic of one kind of trade."""

    def __init__(self, tapes: Tapes, kind: str) -> None:
        super().__init__(tapes)
        self.kind = kind

    def write(self, channel: str, data: Mapping[str, Any], **more: Any) -> str:
        """Write a frame."""
        return encode({"T": f"{channel}.{self.kind}", **more, "P": self.simulation.timestamp, "d": data})


class _Ticker(_ProTopic):
    """The best prices and the last trade."""

    interval = 0.1

    def concerns(self, news: News) -> bool:
        return news.turn.best_changed or bool(news.turn.matches)

    def frames(self, news: News) -> Iterable[str]:
        tape, last = news.tape, news.tape.last
        (bid, bid_size), (ask, ask_size) = tape.best(Side.BUY), tape.best(Side.SELL)
        if last is not None:
            data = {
                "A": text(ask_size),
                "B": text(bid_size),
                "E": tape.sequence,
                "M": last.time,
                "S": str(last.side).upper(),
                "a": text(ask),
                "b": text(bid),
                "l": text(last.price),
                "q": text(last.size),
                "s": tape.symbol,
            }
            yield self.write("ticker", data)


class _Trades(_ProTopic):
    """Every trade."""

    def concerns(self, news: News) -> bool:
        return bool(news.turn.matches)

    def frames(self, news: News) -> Iterable[str]:
        for match in news.turn.matches:
            data = {
                "E": match.number,
                "M": match.time,
                "S": str(match.side),
                "p": text(match.price),
                "q": text(match.size),
                "s": news.tape.symbol,
                "ti": str(match.number),
            }
            yield self.write("trade", data)


class _Candles(_ProTopic, CandleTopic):
    """The present candle whenever something is traded."""

    def frames(self, news: News) -> Iterable[str]:
        word = news.argument.rpartition("_")[2]
        for candle in self.candles(news.argument, news.turn.matches[0].time):
            data = {
                "a": text(candle.volume * (candle.vwap or candle.close)),
                "s": news.tape.symbol,
                "C": (candle.begin + candle.interval) // 10**9,
                "c": text(candle.close),
                "S": "false",
                "v": text(candle.volume),
                "h": text(candle.high),
                "i": word,
                "l": text(candle.low),
                "O": candle.begin // 10**9,
                "o": text(candle.open),
            }
            yield self.write("kline", data)


class _Depth(_ProTopic):
    """The whole of the best levels."""

    def __init__(self, tapes: Tapes, kind: str, depth: str) -> None:
        super().__init__(tapes, kind)
        self.interval = _DEPTHS[depth] * tapes.rhythm
        self.depth = depth
        self.levels = max(self.levels, int(depth) + 10)

    def concerns(self, news: News) -> bool:
        return bool(news.turn.steps) if self.depth != "1" else news.turn.best_changed

    def frames(self, news: News) -> Iterable[str]:
        tape = news.tape
        sides = {
            name: [[text(price), text(size)] for price, size in tape.book.levels(side, int(self.depth))]
            for name, side in _SIDES
        }
        data = {"s": tape.symbol, "O": tape.sequence, "C": tape.sequence, "M": self.simulation.timestamp, **sides}
        yield self.write("obu", data, dp=self.depth, t="snapshot")


class _Increments(_ProTopic):
    """Every step of the book at once; the snapshot to begin with comes later than the first of them."""

    levels = 120

    def concerns(self, news: News) -> bool:
        return bool(news.turn.steps)

    def frames(self, news: News) -> Iterable[str]:
        steps = news.turn.steps
        last = {(step.side, step.price): step for step in steps if step.price}
        sides = {
            name: [[text(step.price), text(step.size)] for step in last.values() if step.side is side]
            for name, side in _SIDES
        }
        data = {"s": news.tape.symbol, "O": steps[0].number, "C": steps[-1].number, "M": self.simulation.timestamp}
        yield self.write("obu", {**data, **sides}, dp=_INCREMENTS, t="delta")

    def begin(self, subscriptions: Sequence[Subscription]) -> None:
        """Follow the books, and tell each of them whole before long."""
        super().begin(subscriptions)
        for each in subscriptions:
            if self.symbols_of(each.argument):
                self.simulation.schedule(_SNAPSHOT_AFTER, partial(self._tell_whole, each), each.session)

    def _tell_whole(self, subscription: Subscription) -> None:
        if subscription not in self.subscriptions.get(subscription.argument, ()):
            return
        tape = self.tapes.tape(subscription.argument, self.levels)
        sides = {name: [[text(price), text(size)] for price, size in tape.book.levels(side)] for name, side in _SIDES}
        data = {"s": tape.symbol, "O": tape.sequence, "C": tape.sequence, "M": self.simulation.timestamp, **sides}
        push(self.simulation, [subscription], self.write("obu", data, dp=_INCREMENTS, t="snapshot"))


class _Instrument(PeriodicTopic):
    """Mark and index prices, or funding, of one contract or of all."""

    def __init__(self, tapes: Tapes, funding: Funding, channel: str) -> None:
        super().__init__(tapes.simulation, _FUTURES_ONLY[channel] * tapes.rhythm)
        self.has_argument = channel != _ALL_RATES
        self._funding = funding
        self._channel = channel

    def frames(self, topic: str, argument: str) -> Iterable[str]:  # noqa: ARG002 - there is one of each name
        data: Any
        if self._channel == _ALL_RATES:
            data = [self._rate(symbol) for symbol in self._funding.symbols]
        elif argument not in self._funding.symbols:
            return
        else:
            data = self._price(argument) if self._channel == "mark-price" else self._rate(argument)
        yield encode({"T": self._channel, "P": self.simulation.timestamp, "d": data})

    def _price(self, symbol: str) -> Mapping[str, Any]:
        return {
            "s": symbol,
            "mp": text(self._funding.mark(symbol)),
            "ip": text(self._funding.index(symbol)),
            "oi": "11481754",
            "ts": self.simulation.timestamp // _MS,
        }

    def _rate(self, symbol: str) -> Mapping[str, Any]:
        due, rate = self._funding.next_time, text(self._funding.rate(symbol))
        return {
            "s": symbol,
            "fr": rate,
            "ft": (due - EVERY) // _MS,
            "lfr": rate,
            "nt": due // _MS,
            "gl": EVERY // _MS,
            "fc": "0.003",
            "ff": "-0.003",
        }


def pro_topics(tapes: Tapes, kind: str, funding: Funding | None = None) -> Mapping[str, Topic]:
    """Give the topics of one server, by name; books by name and depth. ``funding`` is that of futures."""
    topics: dict[str, Topic] = {
        "ticker": _Ticker(tapes, kind),
        "trade": _Trades(tapes, kind),
        "kline": _Candles(tapes, kind),
        f"obu@{_INCREMENTS}": _Increments(tapes, kind),
        **{f"obu@{depth}": _Depth(tapes, kind, depth) for depth in _DEPTHS},
    }
    if funding is not None:
        topics |= {channel: _Instrument(tapes, funding, channel) for channel in _FUTURES_ONLY}
    return topics
