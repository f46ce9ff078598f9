"""The streams that are flooded: recorded messages, looped; those of the simulated exchange without recordings."""

from __future__ import annotations

import random
from collections.abc import Iterable
from functools import cache
from itertools import islice, product
from string import ascii_uppercase
from typing import Any

from benchmarks import books, orders
from benchmarks.recorded import Stream, folder, received
from benchmarks.venues import bitfinex, kucoin

__all__ = ["feeds", "load", "price_digits", "source"]

PAIRS = (
    *("WAVES/EUR", "XMR/USD", "KSM/XBT", "GRT/ETH", "SC/EUR"),
    *("ETH/CHF", "OCEAN/XBT", "OMG/USD", "XBT/CHF", "ADA/XBT"),
)
_RECORDED = {"ticker": 18, "trade": 8}  # messages that the recordings hold of each channel
_SIMULATED_SECONDS = 5.0
_SIMULATED_BOOKS_SECONDS = 2.0


def source() -> str:
    """Say what the streams are made of."""
    if folder() is not None:
        return "recorded messages, looped"
    return "messages of the simulated exchange, looped (RXEX_RECORDINGS names no folder of recordings)"


@cache
def load(name: str) -> Stream:
    """Make a stream.

    ``kraken``: 10 pairs, ticker and trade. ``kraken-N``: the same messages spread over N feeds. ``trades``: the trades
    alone. ``tickers-N``: the tickers alone, spread over N feeds. ``books``: books of 10 pairs, 1,000 levels a side.
    ``books-2``: the same as v2 writes them. ``orders``: books of 10 pairs order by order, 100 prices a side. ``short``:
    array messages of some 30 bytes. ``kucoin``, ``bitfinex``: see `benchmarks.venues`.
    """
    base, _, number = name.partition("-")
    match base:
        case "kraken":
            messages = [message for _, message in sorted((*_recorded("ticker"), *_recorded("trade")))]
            return Stream(tuple(_spread(messages, int(number) // 2) if number else messages))
        case "trades":
            return Stream(tuple(message for _, message in _recorded("trade")))
        case "tickers":
            return Stream(tuple(_spread([message for _, message in _recorded("ticker")], int(number))))
        case "books":
            first, messages = books.round_trip(_books())
            write = books.to_v2 if number else str
            return Stream(tuple(map(write, messages)), tuple(map(write, first)))
        case "orders":
            first, messages = orders.round_trip()
            return Stream(tuple(messages), tuple(first))
        case "short":
            return Stream(tuple(_short()))
        case "kucoin":
            return kucoin.stream()
        case "bitfinex":
            return bitfinex.stream()
    raise ValueError(f"unknown stream {name!r}")


def feeds(name: str) -> list[tuple[str, str]]:
    """Give the feeds of a stream, as channel and symbol, without building its messages."""
    base, _, number = name.partition("-")
    match base:
        case "kraken":
            pairs = _pairs(int(number) // 2) if number else PAIRS
            return [(channel, pair) for channel in ("ticker", "trade") for pair in pairs]
        case "trades":
            return [("trade", pair) for pair in PAIRS]
        case "books":
            return [("book", books.name_v2(pair) if number else pair) for pair in PAIRS]
        case "orders":
            return [("level3", symbol) for symbol in orders.SYMBOLS]
        case "tickers":
            return [("ticker", pair) for pair in _pairs(int(number))]
        case "short":
            return [("", number) for number in sorted({text[1:].partition(",")[0] for text in _short()})]
        case "kucoin":
            return [(topic, symbol) for topic in kucoin.TOPICS for symbol in kucoin.SYMBOLS]
        case "bitfinex":
            return [(channel, symbol) for channel in bitfinex.CHANNELS for symbol in bitfinex.SYMBOLS]
    raise ValueError(f"unknown stream {name!r}")


def price_digits(name: str) -> dict[str, int]:
    """Give how many digits after the point the prices of each pair of a stream of books have, by the names of v2."""
    return books.price_digits(load(name.partition("-")[0]).first)


def _recorded(channel: str) -> list[tuple[float, str]]:
    path = folder()
    if path is not None:
        return [timed for timed in received(path / f"kraken_v1_{channel}.jsonl") if timed[1].startswith("[")]
    simulated = _simulated(({"name": "ticker"}, {"name": "trade"}), _SIMULATED_SECONDS)
    return [timed for timed in simulated if f'"{channel}"' in timed[1]][: _RECORDED[channel]]


@cache
def _books() -> list[str]:
    path = folder()
    if path is not None:
        texts = (text for _, text in received(path / "kraken_v1_book1000.jsonl"))
        return [text for text in texts if text.startswith("[")]
    return [message for _, message in _simulated(({"name": "book", "depth": 1000},), _SIMULATED_BOOKS_SECONDS)]


def _simulated(subscriptions: Iterable[dict[str, Any]], seconds: float) -> list[tuple[float, str]]:
    """Let the simulated exchange run in virtual time; its pairs get the names of the recorded ones."""
    from reactivex.testing import TestScheduler

    from rxex.events import Opened, Socket, SocketEvent
    from rxex.exchanges.kraken.sandbox import INSTRUMENTS, kraken_sandbox

    # Those that v1 calls by the same name.
    symbols = [symbol for symbol in INSTRUMENTS if "BTC" not in symbol and "DOGE" not in symbol][: len(PAIRS)]
    received: list[tuple[float, str]] = []

    def receive(_socket: Socket, frame: bytes, arrival: int) -> None:
        text = frame.decode()
        if text.startswith("["):
            number, symbol = text[1:].partition(",")[0], text.rpartition(',"')[2][:-2]
            received.append((arrival / 1e9, _renamed(text, PAIRS[symbols.index(symbol)], int(number))))

    def subscribe(event: SocketEvent) -> None:
        if isinstance(event, Opened):
            for subscription in subscriptions:
                event.socket.send({"event": "subscribe", "pair": symbols, "subscription": subscription})

    scheduler = TestScheduler()
    exchange = kraken_sandbox(seed=1, symbols=symbols).in_virtual_time(scheduler)
    with exchange.source(receive, path="/").subscribe(subscribe):
        scheduler.advance_to(seconds)
    return received


def _short() -> list[str]:
    path = folder()
    if path is not None:
        messages = [text for _, text in received(path / "bitfinex.jsonl") if text.startswith("[")]
        return [text for text in messages if '"hb"' not in text and "[[" not in text]  # nor heartbeats nor snapshots
    chance = random.Random("short")
    return [
        f"[{chance.randrange(232940, 232961)},[{chance.uniform(0.1, 9):.5f},{chance.randrange(9)},{sign}],{number}]"
        for number, sign in enumerate(chance.choices(("1", "-1", "1064.82501782"), k=900), start=10)
    ]


def _pairs(count: int) -> tuple[str, ...]:
    """Make names of letters, as real ones are."""
    return tuple(f"{''.join(letters)}/EUR" for letters in islice(product(ascii_uppercase, repeat=3), count))


def _spread(messages: list[str], count: int) -> list[str]:
    """Give each message to each of ``count`` pairs in turn."""
    pairs = _pairs(count)
    return [_renamed(message, pair, 1000 + place) for message in messages for place, pair in enumerate(pairs)]


def _renamed(message: str, pair: str, number: int) -> str:
    body = message.partition(",")[2].rpartition(',"')[0]
    return f'[{number},{body},"{pair}"]'
