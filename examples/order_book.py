"""An order book: the best levels of both sides whenever one of them changes, verified by the exchange's checksums.

    python examples/order_book.py

A book whose checksum is wrong is not shown: a `Gap` stands in its place until the exchange has sent it anew.
"""

from __future__ import annotations

from itertools import islice

from reactivex import operators as ops

import rxex
from rxex.events import Gap
from rxex.exchanges import kraken
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.models import Book
from rxex.operators import filter_new_socket_only, keep_messages_only


def show(book: Book) -> None:
    """Print three levels of each side, asks above bids."""
    for level in reversed(book.asks[:3]):
        print(f"{level.price:>24} {level.size}")
    print(f"{book.symbol}: {book.bid} to {book.ask}")
    for level in book.bids[:3]:
        print(f"{level.price:>24} {level.size}")


with kraken_sandbox(speed=20) as exchange:
    connection = kraken.public_connection(exchange.public_url)
    messages = connection.pipe(keep_messages_only())
    books = connection.pipe(
        filter_new_socket_only(),
        kraken.subscribe_book("BTC/USD", messages, depth=10, notices=True),
        ops.distinct_until_changed(lambda item: (item.bids[:3], item.asks[:3]) if isinstance(item, Book) else item),
    )
    for item in islice(rxex.blocking(books, connection=connection), 4):
        if isinstance(item, Book):
            show(item)
        elif isinstance(item, Gap):
            print(f"not to be trusted before the next book: {item.reason}")
