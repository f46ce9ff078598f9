"""Feeds and books through all faults by seed, judged by the checker of histories: nothing is lost without a word.

The truth of a book is the exchange's own, whatever it sent and whatever became of that.
"""

from __future__ import annotations

import json
import os
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from reactivex.testing import TestScheduler

from rxex.connection import Connection
from rxex.events import Gap
from rxex.exchanges import kraken
from rxex.exchanges.kraken.connection import V1, V2
from rxex.exchanges.kraken.models import time_v1, time_v2, to_v1
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.exchanges.kraken.sandbox.controls import trading_of
from rxex.models import Book, Side, Trade
from rxex.operators import backoff_reconnect, filter_new_socket_only, fixed, keep_messages_only
from rxex.sandbox import Faults, Simulation
from tests.history import Missed, losses, strays

SYMBOLS = ["BTC/USD", "SC/EUR"]
DEPTH = 10
SEEDS = [int(os.environ["RXEX_SEED"])] if "RXEX_SEED" in os.environ else range(6)


def faults(seed: int, *, version: int) -> Faults:
    """Some of all that can go wrong with frames and links, by seed; but their order, which every link keeps.

    (Kraken's books have no numbers. An update that comes after the next one of the same levels brings the book back to
    what it was, and so does its checksum.)
    """
    random = Random(seed)

    def perhaps(value: Any, otherwise: Any = None) -> Any:
        return random.choice([otherwise, value])

    return Faults(
        seed=seed,
        cut_every=perhaps((1.0, 4.0)),
        close_every=perhaps((2.0, 6.0)),
        restart_every=perhaps((2.0, 6.0)),
        delay=perhaps((0.0, 0.3)),
        drop=perhaps(0.02, 0.0),
        duplicate=perhaps(0.02, 0.0),
        truncate=perhaps(0.02, 0.0),
        # A snapshot of v1 has no sum of its own: a digit of it that is wrong shows with the next update only.
        corrupt=perhaps(0.02, 0.0) if version == 2 else 0.0,
    )


class Run:
    """Virtual seconds of a client and the exchange."""

    def __init__(self, seed: int, version: int, faults: Faults) -> None:
        self.clock = TestScheduler()
        sandbox = kraken_sandbox(seed=seed, speed=10.0, symbols=SYMBOLS, faults=faults)
        self.exchange = sandbox.in_virtual_time(self.clock)
        reconnect = backoff_reconnect(lambda: fixed(0.2), jitter=0.0, scheduler=self.clock)
        path = "/" if version == 1 else "/v2"
        self.connection = Connection(
            lambda receive: self.exchange.source(receive, path=path).pipe(reconnect), V1 if version == 1 else V2
        )
        self.messages = self.connection.pipe(keep_messages_only())
        self.told: dict[str, list[Any]] = {symbol: [] for symbol in SYMBOLS}
        self.gaps = 0

    def listen(self, symbol: str, feed: Any, value: Any) -> None:
        told = self.told[symbol]

        def take(item: Any) -> None:
            if isinstance(item, Gap):
                self.gaps += 1
                told.append(Missed(item.missed))
            else:
                told.append(value(item))

        self.connection.pipe(filter_new_socket_only(), feed).subscribe(take)

    def go(self, seconds: float) -> None:
        link = self.connection.connect()
        self.clock.advance_by(seconds)
        link.dispose()


def states(run: Run) -> dict[str, list[Any]]:
    """Note each state of the exchange's own books, from now on."""
    noted: dict[str, list[Any]] = {symbol: [] for symbol in SYMBOLS}

    def begin(simulation: Simulation) -> None:
        trading = trading_of(simulation)
        books = {symbol: trading.watch_book(symbol, DEPTH) for symbol in SYMBOLS}

        def note() -> None:
            for symbol, book in books.items():
                state = tuple(book.levels(side, DEPTH) for side in (Side.BUY, Side.SELL))
                if not noted[symbol] or noted[symbol][-1] != state:
                    noted[symbol].append(state)

        note()
        trading.flushers.insert(0, note)

    run.exchange._run(begin)
    return noted


def state_of(book: Book) -> tuple[Any, ...]:
    return tuple([(level.price, level.size) for level in side] for side in (book.bids, book.asks))


@pytest.mark.parametrize("version", [2, 1])
def test_a_book_is_at_every_moment_the_exchange_s_or_withheld(version: int) -> None:
    gaps = books = 0
    for seed in SEEDS:
        run = Run(seed, version, faults(seed, version=version))
        for symbol in SYMBOLS:
            feed = kraken.subscribe_book(symbol, run.messages, depth=DEPTH, notices=True)
            run.listen(symbol, feed, state_of)
        truth = states(run)
        run.go(10)
        for symbol in SYMBOLS:
            assert strays(truth[symbol], run.told[symbol]) == [], f"RXEX_SEED={seed} repeats it ({symbol})"
            books += len(run.told[symbol])
        gaps += run.gaps
    assert len(SEEDS) == 1 or (gaps > 20 and books > 1000)


def trade_of(trade: Trade) -> tuple[Any, ...]:
    return trade.time, trade.price, trade.size, trade.side


def trades_sent(run: Run, symbol: str) -> list[tuple[Any, ...]]:
    """All trades of a symbol in the frames that the exchange sent, of either version."""
    sides = {"b": Side.BUY, "s": Side.SELL}
    sent = []
    for frame in run.exchange.sent:
        # A proxy that restarts says so in plain words.
        message = json.loads(frame.text, parse_float=Decimal) if frame.text[0] in "[{" else None
        if isinstance(message, list) and message[2:] == ["trade", to_v1(symbol)]:
            sent += [(time_v1(row[2]), Decimal(row[0]), Decimal(row[1]), sides[row[3]]) for row in message[1]]
        elif isinstance(message, dict) and message.get("channel") == "trade":
            rows = [row for row in message["data"] if row["symbol"] == symbol]
            sent += [(time_v2(row["timestamp"]), row["price"], row["qty"], Side(row["side"])) for row in rows]
    return sent


@pytest.mark.parametrize("version", [2, 1])
def test_of_a_feed_nothing_is_lost_without_a_word_when_links_break(version: int) -> None:
    gaps = trades = 0
    for seed in SEEDS:
        links = Faults(
            seed=seed, cut_every=(1.0, 4.0), close_every=(1.0, 9.0), restart_every=(1.0, 9.0), delay=(0, 0.2)
        )
        run = Run(seed, version, links)
        for symbol in SYMBOLS:
            run.listen(symbol, kraken.subscribe_trades(symbol, run.messages, notices=True), trade_of)
        run.go(10)
        for symbol in SYMBOLS:
            assert losses(trades_sent(run, symbol), run.told[symbol]) == [], f"RXEX_SEED={seed} repeats it ({symbol})"
            trades += len(run.told[symbol])
        gaps += run.gaps
    assert len(SEEDS) == 1 or (gaps > 20 and trades > 200)
