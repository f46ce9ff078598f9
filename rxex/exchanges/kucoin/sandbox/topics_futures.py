"""Public topics of the futures server; sizes are lots.

Sources: KuCoin's futures pages "Get Ticker v2" and "v1", "Level 2 Market Data", "Level 5" and "Level 50", "Klines",
"Match execution data", "Instrument", "Funding Settlement" and "Symbol Snapshot".
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

from rxex.exchanges.kucoin.sandbox.funding import Funding
from rxex.exchanges.kucoin.sandbox.instruments import CONTRACTS
from rxex.exchanges.kucoin.sandbox.protocol import Subscription, Topic, push
from rxex.exchanges.kucoin.sandbox.tapes import Tape, Tapes
from rxex.exchanges.kucoin.sandbox.topics import BookTopic, CandleTopic, News, PeriodicTopic
from rxex.exchanges.kucoin.sandbox.topics_spot import candle_row, rate
from rxex.exchanges.kucoin.sandbox.writing import frame, number, text
from rxex.models import Side
from rxex.sandbox.market import Pair

__all__ = ["futures_topics", "ticker_of_contract", "turnover"]


def ticker_of_contract(tape: Tape) -> dict[str, Any]:
    """The last trade and the best prices, as the first ticker and REST have them."""
    (bid, bid_size), (ask, ask_size), last = tape.best(Side.BUY), tape.best(Side.SELL), tape.last
    traded: dict[str, Any] = {}
    if last is not None:
        traded = {
            "sequence": last.number,
            "side": str(last.side),
            "size": int(last.size),
            "price": text(last.price),
            "tradeId": str(last.number),
            "ts": last.time,
        }
    return {
        "symbol": tape.symbol,
        "bestBidSize": int(bid_size),
        "bestBidPrice": text(bid),
        "bestAskPrice": text(ask),
        "bestAskSize": int(ask_size),
        **traded,
    }


def turnover(pair: Pair) -> Any:
    """What was traded in a day, in the quote."""
    day, contract = pair.day, CONTRACTS[pair.instrument.symbol]
    return number(day.volume if contract.is_inverse else day.volume * day.vwap * contract.multiplier)


class _TickerV2(BookTopic):
    """New best prices."""

    def concerns(self, news: News) -> bool:
        return news.turn.best_changed

    def frames(self, news: News) -> Iterable[str]:
        (bid, bid_size), (ask, ask_size) = news.tape.best(Side.BUY), news.tape.best(Side.SELL)
        data = {
            "symbol": news.tape.symbol,
            "sequence": news.tape.sequence,
            "bestBidSize": int(bid_size),
            "bestBidPrice": text(bid),
            "bestAskPrice": text(ask),
            "bestAskSize": int(ask_size),
            "ts": self.simulation.timestamp,
        }
        yield frame(news.topic, "tickerV2", data, sn=news.tape.sequence)


class _Trades(BookTopic):
    """Trades, with or without the best prices after them."""

    def __init__(self, tapes: Tapes, *, ticker: bool = False) -> None:
        super().__init__(tapes)
        self._ticker = ticker

    def concerns(self, news: News) -> bool:
        return bool(news.turn.matches)

    def frames(self, news: News) -> Iterable[str]:
        if self._ticker:
            data = ticker_of_contract(news.tape)
            yield frame(news.topic, "ticker", data, sn=data["sequence"])
            return
        for match in news.turn.matches:
            data = {
                "symbol": news.tape.symbol,
                "sequence": match.number,
                "side": str(match.side),
                "size": int(match.size),
                "price": text(match.price),
                "takerOrderId": match.taker_id,
                "makerOrderId": match.maker_id,
                "tradeId": str(match.number),
                "ts": match.time,
            }
            yield frame(news.topic, "match", data, sn=match.number)


class _Increments(BookTopic):
    """Every step of the book, one level to a message."""

    levels = 120

    def concerns(self, news: News) -> bool:
        return bool(news.turn.steps)

    def frames(self, news: News) -> Iterable[str]:
        time = self.simulation.timestamp // 10**6
        for step in news.turn.steps:
            change = f"{text(step.price)},{step.side},{text(step.size)}"
            data = {"sequence": step.number, "change": change, "timestamp": time}
            yield frame(news.topic, "level2", data, sn=step.number)


class _Depth(BookTopic):
    """The whole of the best levels; they have a number, and ``sn`` is a time."""

    interval = 0.1

    def __init__(self, tapes: Tapes, depth: int) -> None:
        super().__init__(tapes)
        self._depth = depth
        self.levels = max(self.levels, depth + 10)

    def concerns(self, news: News) -> bool:
        return bool(news.turn.steps)

    def frames(self, news: News) -> Iterable[str]:
        time = self.simulation.timestamp // 10**6

        def levels(side: Side) -> list[Any]:
            return [[text(price), int(size)] for price, size in news.tape.book.levels(side, self._depth)]

        data = {
            "bids": levels(Side.BUY),
            "sequence": news.tape.sequence,
            "timestamp": time,
            "ts": time,
            "asks": levels(Side.SELL),
        }
        yield frame(news.topic, "level2", data, sn=time)


class _Candles(CandleTopic):
    """The present candle, once a second where anything was traded; its volumes are not to be relied on."""

    interval = 1.0

    def frames(self, news: News) -> Iterable[str]:
        candles = self.candles(news.argument)
        row = candle_row(candles[-1])[:5]
        lots = text(candles[-1].volume)
        data = {
            "symbol": news.tape.symbol,
            "candles": [*row, f"{lots}.0", lots],
            "time": self.simulation.timestamp // 10**6,
        }
        yield frame(news.topic, "candle.stick", data)


class _Instrument(PeriodicTopic):
    """Mark and index price each second, the funding rate each minute."""

    def __init__(self, tapes: Tapes, funding: Funding) -> None:
        super().__init__(tapes.simulation, 1.0 * tapes.rhythm)
        self._funding = funding
        self._minutes: dict[str, int] = {}

    def frames(self, topic: str, argument: str) -> Iterable[str]:
        if argument not in self._funding.symbols:
            return
        time = self.simulation.timestamp // 10**6
        yield frame(
            topic,
            "mark.index.price",
            {
                "markPrice": number(self._funding.mark(argument)),
                "indexPrice": number(self._funding.index(argument)),
                "granularity": 1000,
                "timestamp": time,
            },
        )
        minute = time // 60_000
        if self._minutes.get(argument) != minute:
            self._minutes[argument] = minute
            funding_rate = number(self._funding.rate(argument))
            data = {"granularity": 60_000, "fundingRate": funding_rate, "timestamp": minute * 60_000}
            yield frame(topic, "funding.rate", data)


class _Announcement(Topic):
    """Settlements, of one contract or of all."""

    has_argument = None

    def __init__(self, tapes: Tapes, funding: Funding) -> None:
        super().__init__()
        self._simulation = tapes.simulation
        self._funding = funding
        funding.listeners.append(self._heard)

    def begin(self, subscriptions: Sequence[Subscription]) -> None:
        """Have settlements from now on."""
        super().begin(subscriptions)
        self._funding.run()

    def _heard(self, symbol: str, phase: str, time: int) -> None:
        data = {
            "symbol": symbol,
            "fundingTime": time // 10**6,
            "fundingRate": number(self._funding.rate(symbol)),
            "timestamp": self._simulation.timestamp // 10**6,
        }
        for argument in ("", symbol):
            those = self.subscriptions.get(argument)
            if those:
                push(self._simulation, those, frame(next(iter(those)).topic, f"funding.{phase}", data))


class _Snapshot(PeriodicTopic):
    """The last 24 hours."""

    def __init__(self, tapes: Tapes) -> None:
        super().__init__(tapes.simulation, 5.0 * tapes.rhythm)
        self._tapes = tapes

    def frames(self, topic: str, argument: str) -> Iterable[str]:
        if argument not in self._tapes.symbols:
            return
        pair = self._tapes.pair(argument)
        day, multiplier = pair.day, CONTRACTS[argument].multiplier
        data = {
            "highPrice": number(day.high),
            "lastPrice": number(pair.last),
            "lowPrice": number(day.low),
            "price24HoursBefore": number(day.open),
            "priceChg": number(pair.last - day.open),
            "priceChgPct": number(rate(pair.last - day.open, day.open)),
            "symbol": argument,
            "ts": self.simulation.timestamp,
            "turnover": turnover(pair),
            "volume": number(day.volume * abs(multiplier)),
        }
        yield frame(topic, "snapshot.24h", data, id=f"{self.simulation.random.getrandbits(96):024x}")


def futures_topics(tapes: Tapes, funding: Funding) -> Mapping[str, Topic]:
    """Give the public topics of futures, by what stands before the colon."""
    kinds: dict[str, Callable[[Tapes], Topic]] = {
        "/contractMarket/tickerV2": _TickerV2,
        "/contractMarket/ticker": partial(_Trades, ticker=True),
        "/contractMarket/execution": _Trades,
        "/contractMarket/level2": _Increments,
        "/contractMarket/level2Depth5": partial(_Depth, depth=5),
        "/contractMarket/level2Depth50": partial(_Depth, depth=50),
        "/contractMarket/limitCandle": _Candles,
        "/contractMarket/snapshot": _Snapshot,
        "/contract/instrument": partial(_Instrument, funding=funding),
        "/contract/announcement": partial(_Announcement, funding=funding),
    }
    return {prefix: kind(tapes) for prefix, kind in kinds.items()}
