"""Public topics of the spot server.

Sources: KuCoin's pages "Ticker", "All Tickers", "Orderbook - Level1", "Level5", "Level50" and "Increment", "Trade",
"Klines", "Symbol Snapshot", "Market Snapshot" and "Call Auction"; a recording of 2021.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from decimal import ROUND_HALF_EVEN, Decimal
from functools import partial
from typing import Any

from rxex.exchanges.kucoin.sandbox.instruments import SPOT_TERMS
from rxex.exchanges.kucoin.sandbox.protocol import Topic
from rxex.exchanges.kucoin.sandbox.tapes import Step, Tape, Tapes
from rxex.exchanges.kucoin.sandbox.topics import BookTopic, CandleTopic, News, PeriodicTopic
from rxex.exchanges.kucoin.sandbox.writing import frame, number, text
from rxex.models import Candle, Side
from rxex.sandbox.market import Pair

__all__ = ["MARKETS", "auction_of", "candle_row", "market_of", "rate", "spot_topics", "ticker_of"]

MARKETS = ("USDS", "BTC", "KCS", "ALTS")
_SIDES = (("asks", Side.SELL), ("bids", Side.BUY))
_MOST_MERGED = 3


def market_of(symbol: str) -> str:
    """The market that a pair is listed in, by what is paid with."""
    quote = SPOT_TERMS[symbol].quote
    return "USDS" if quote == "USDT" else quote


def rate(change: Decimal, before: Decimal) -> Decimal:
    """A change as a fraction, to four digits."""
    return (change / before).quantize(Decimal("0.0001"), ROUND_HALF_EVEN)


def ticker_of(tape: Tape) -> dict[str, Any]:
    """The last trade and the best prices, as the ticker and REST have them."""
    (bid, bid_size), (ask, ask_size), last = tape.best(Side.BUY), tape.best(Side.SELL), tape.last
    return {
        "sequence": str(tape.sequence),
        "price": text(last.price) if last else "0",
        "size": text(last.size) if last else "0",
        "bestAsk": text(ask),
        "bestAskSize": text(ask_size),
        "bestBid": text(bid),
        "bestBidSize": text(bid_size),
    }


class _Ticker(BookTopic):
    """The best prices and the last trade, of some symbols or of all."""

    interval = 0.1

    def symbols_of(self, argument: str) -> Collection[str]:
        return self.tapes.symbols if argument == "all" else super().symbols_of(argument)

    def concerns(self, news: News) -> bool:
        return news.turn.best_changed or bool(news.turn.matches)

    def frames(self, news: News) -> Iterable[str]:
        subject = news.tape.symbol if news.argument == "all" else "trade.ticker"
        yield frame(news.topic, subject, {**ticker_of(news.tape), "time": self.simulation.timestamp // 10**6})


class _Level1(BookTopic):
    """The best price of each side: one flat pair each."""

    interval = 0.01

    def concerns(self, news: News) -> bool:
        return news.turn.best_changed

    def frames(self, news: News) -> Iterable[str]:
        best = {name: [text(value) for value in news.tape.best(side)] for name, side in _SIDES}
        yield frame(news.topic, "level1", {**best, "timestamp": self.simulation.timestamp // 10**6})


class _Depth(BookTopic):
    """The whole of the best levels, without any number."""

    interval = 0.1

    def __init__(self, tapes: Tapes, depth: int, *, auction: bool = False) -> None:
        super().__init__(tapes)
        self._depth = depth
        self._auction = auction
        self.levels = max(self.levels, depth + 10)

    def concerns(self, news: News) -> bool:
        return bool(news.turn.steps) and (not self._auction or news.tape.symbol in self.tapes.auctions)

    def frames(self, news: News) -> Iterable[str]:
        sides = {
            name: [[text(price), text(size)] for price, size in news.tape.book.levels(side, self._depth)]
            for name, side in _SIDES
        }
        yield frame(news.topic, "level2", {**sides, "timestamp": self.simulation.timestamp // 10**6})


class _Increments(BookTopic):
    """Every step of the book; now and then several in one message, which tells the last of each price."""

    levels = 120

    def concerns(self, news: News) -> bool:
        return bool(news.turn.steps)

    def frames(self, news: News) -> Iterable[str]:
        for steps in _merged(news.tape, news.turn.steps):
            last = {(step.side, step.price): step for step in steps}
            changes = {
                name: [
                    [text(step.price), text(step.size), str(step.number)] for step in last.values() if step.side is side
                ]
                for name, side in _SIDES
            }
            data = {
                "changes": changes,
                "sequenceEnd": steps[-1].number,
                "sequenceStart": steps[0].number,
                "symbol": news.tape.symbol,
                "time": self.simulation.timestamp // 10**6,
            }
            yield frame(news.topic, "trade.l2update", data)


def _merged(tape: Tape, steps: list[Step]) -> Iterator[list[Step]]:
    place = 0
    while place < len(steps):
        length = tape.random.randint(2, _MOST_MERGED) if tape.random.random() < 0.25 else 1
        yield steps[place : place + length]
        place += length


class _Matches(BookTopic):
    """Every trade, one to a message."""

    def concerns(self, news: News) -> bool:
        return bool(news.turn.matches)

    def frames(self, news: News) -> Iterable[str]:
        for match in news.turn.matches:
            data = {
                "makerOrderId": match.maker_id,
                "price": text(match.price),
                "sequence": str(match.number),
                "side": str(match.side),
                "size": text(match.size),
                "symbol": news.tape.symbol,
                "takerOrderId": match.taker_id,
                "time": str(match.time),
                "tradeId": str(match.number),
                "type": "match",
            }
            yield frame(news.topic, "trade.l3match", data)


def candle_row(candle: Candle) -> list[str]:
    """Write a candle: its close comes before its high."""
    values = (candle.open, candle.close, candle.high, candle.low, candle.volume)
    amount = candle.volume * (candle.vwap or candle.close)
    return [str(candle.begin // 10**9), *map(text, values), text(amount)]


class _Candles(CandleTopic):
    """The present candle whenever something is traded; a new one is announced before, without any trade in it."""

    def __init__(self, tapes: Tapes) -> None:
        super().__init__(tapes)
        self._told: dict[str, int] = {}

    def frames(self, news: News) -> Iterable[str]:
        for candle in self.candles(news.argument, news.turn.matches[0].time):
            told = self._told.get(news.argument)
            if told is not None and candle.begin > told:
                first = [str(candle.begin // 10**9), *[text(candle.open)] * 4, "0", "0"]
                yield self._frame(news.topic, "trade.candles.add", news.tape.symbol, first)
            self._told[news.argument] = candle.begin
            yield self._frame(news.topic, "trade.candles.update", news.tape.symbol, candle_row(candle))

    def _frame(self, topic: str, subject: str, symbol: str, row: list[str]) -> str:
        return frame(topic, subject, {"symbol": symbol, "candles": row, "time": self.simulation.timestamp})


def _change(pair: Pair, bars: int) -> dict[str, Any]:
    hours = pair.candles(60)[-bars:]
    volume = sum((hour.volume for hour in hours), Decimal(0))
    value = sum((hour.volume * (hour.vwap or hour.close) for hour in hours), Decimal(0))
    first = hours[0].open
    return {
        "changePrice": number(pair.last - first),
        "changeRate": number(rate(pair.last - first, first)),
        "high": number(max(hour.high for hour in hours)),
        "low": number(min(hour.low for hour in hours)),
        "open": number(first),
        "vol": number(volume),
        "volValue": number(value),
    }


class _Snapshot(PeriodicTopic):
    """The last 24 hours of a symbol, or of each symbol of a market; numbers, one level deeper than elsewhere."""

    def __init__(self, tapes: Tapes) -> None:
        super().__init__(tapes.simulation, 2.0 * tapes.rhythm)
        self._tapes = tapes

    def frames(self, topic: str, argument: str) -> Iterable[str]:
        for symbol in self._tapes.symbols:
            if argument in {symbol, market_of(symbol)}:
                tape = self._tapes.tape(symbol)
                yield frame(topic, "trade.snapshot", {"sequence": str(tape.sequence), "data": self._data(tape)})

    def _data(self, tape: Tape) -> dict[str, Any]:
        pair, terms, market = self._tapes.pair(tape.symbol), SPOT_TERMS[tape.symbol], market_of(tape.symbol)
        (bid, bid_size), (ask, ask_size), day = tape.best(Side.BUY), tape.best(Side.SELL), pair.day
        change = pair.last - day.open
        return {
            "askSize": number(ask_size),
            "averagePrice": number(day.vwap),
            "baseCurrency": terms.base,
            "bidSize": number(bid_size),
            "board": 1,
            "buy": number(bid),
            "changePrice": number(change),
            "changeRate": number(rate(change, day.open)),
            "close": number(pair.last),
            "datetime": self.simulation.timestamp // 10**6,
            "high": number(day.high),
            "lastTradedPrice": number(pair.last),
            "low": number(day.low),
            "makerCoefficient": 1,
            "makerFeeRate": number(terms.maker),
            "marginTrade": True,
            "mark": 0,
            "market": market,
            "marketChange1h": _change(pair, 1),
            "marketChange24h": _change(pair, 24),
            "marketChange4h": _change(pair, 4),
            "markets": [market],
            "open": number(day.open),
            "quoteCurrency": terms.quote,
            "sell": number(ask),
            "siteTypes": ["global"],
            "sort": 100,
            "symbol": tape.symbol,
            "symbolCode": tape.symbol,
            "takerCoefficient": 1,
            "takerFeeRate": number(terms.taker),
            "trading": True,
            "vol": number(day.volume),
            "volValue": number(day.volume * day.vwap),
        }


def auction_of(tape: Tape, time: int) -> dict[str, Any]:
    """What an opening auction would come to now; ``time`` in milliseconds."""
    price, size = tape.best(Side.SELL)

    def near(factor: str) -> str:
        return text((price * Decimal(factor)).quantize(price))

    return {
        "symbol": tape.symbol,
        "estimatedPrice": text(price),
        "estimatedSize": text(size),
        "sellOrderRangeLowPrice": near("0.9"),
        "sellOrderRangeHighPrice": near("1.1"),
        "buyOrderRangeLowPrice": near("0.9"),
        "buyOrderRangeHighPrice": near("1.1"),
        "time": time,
    }


class _Auction(BookTopic):
    """The opening auction; silent for a pair that is traded already."""

    interval = 0.1

    def concerns(self, news: News) -> bool:
        return news.tape.symbol in self.tapes.auctions

    def frames(self, news: News) -> Iterable[str]:
        yield frame(
            news.topic, "callauction.callauctionData", auction_of(news.tape, self.simulation.timestamp // 10**6)
        )


def spot_topics(tapes: Tapes) -> Mapping[str, Topic]:
    """Give the public topics of spot, by what stands before the colon."""
    kinds: dict[str, Callable[[Tapes], Topic]] = {
        "/market/ticker": _Ticker,
        "/spotMarket/level1": _Level1,
        "/spotMarket/level2Depth5": partial(_Depth, depth=5),
        "/spotMarket/level2Depth50": partial(_Depth, depth=50),
        "/market/level2": _Increments,
        "/market/match": _Matches,
        "/market/candles": _Candles,
        "/market/snapshot": _Snapshot,
        "/callauction/level2Depth50": partial(_Depth, depth=50, auction=True),
        "/callauction/callauctionData": _Auction,
    }
    return {prefix: kind(tapes) for prefix, kind in kinds.items()}
