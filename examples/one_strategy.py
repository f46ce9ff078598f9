"""One strategy on three exchanges: only the module and the symbol change.

    python examples/one_strategy.py

It watches simulated exchanges on this machine. For the real ones, leave out the sandboxes and the addresses.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from reactivex import Observable
from reactivex import operators as ops

import rxex
from rxex.connection import Connection
from rxex.events import Gap, Socket
from rxex.exchanges import bitfinex, kraken, kucoin
from rxex.exchanges.bitfinex.sandbox import bitfinex_sandbox
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.exchanges.kucoin.sandbox import kucoin_sandbox
from rxex.models import Book
from rxex.operators import filter_new_socket_only, keep_messages_only
from rxex.typing import Operator


def strategy(venue: ModuleType, symbol: str, connection: Connection) -> Observable[str]:
    """Say on which side of the book more is waiting; keep still where something was missed."""

    def decide(item: Any) -> str:
        if isinstance(item, Gap):
            return "wait"
        book: Book = item
        bids, asks = (sum(level.size for level in side[:5]) for side in (book.bids, book.asks))
        return "buyers" if bids > asks else "sellers"

    messages = connection.pipe(keep_messages_only())
    subscribe: Operator[Socket, Any] = venue.subscribe_book(symbol, messages, notices=True)
    books = connection.pipe(filter_new_socket_only(), subscribe)
    return books.pipe(ops.map(decide), ops.distinct_until_changed())


for venue, symbol, sandbox in (
    (kraken, "BTC/USD", kraken_sandbox),
    (kucoin, "BTC-USDT", kucoin_sandbox),
    (bitfinex, "tBTCUSD", bitfinex_sandbox),
):
    with sandbox(speed=5) as exchange:
        connection = venue.public_connection(exchange.public_url)
        decisions = strategy(venue, symbol, connection).pipe(ops.take(3))
        for decision in rxex.blocking(decisions, connection=connection, timeout=10):
            print(f"{venue.__name__.rpartition('.')[2]} {symbol}: {decision}")
