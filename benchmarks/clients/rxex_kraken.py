"""rxex on Kraken's messages, by its public names only."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from reactivex import Observable

from benchmarks import streams
from benchmarks.clients.meter import Arguments, Meter, arguments
from benchmarks.orders import DEPTH
from rxex.exchanges import kraken
from rxex.operators import filter_new_socket_only, keep_channel, keep_messages_only, private_socket


def main() -> None:
    """Take the stream.

    Variants: ``messages``, ``events``, ``raw``, ``typed``; ``typed-day`` also reads the day of each ticker,
    ``book`` the best prices of each book, ``book-2`` of v2, ``orders`` of books order by order.
    """
    options = arguments()
    meter = Meter(options)
    if options.variant == "orders":
        connection = kraken.level3_connection(options.url)
    else:
        connection = kraken.public_connection(options.url, version=2 if options.variant == "book-2" else 1)
    count = meter.count
    takers: dict[str, Callable[[Any], None]] = {
        "typed-day": lambda item: count(getattr(item, "day", None)),
        "book": lambda book: count((book.bid, book.ask)),
        "book-2": lambda book: count((book.bid, book.ask)),
        "orders": lambda book: count((book.bid, book.ask)),
    }
    for items in _items(connection, options):
        items.subscribe(takers.get(options.variant, count))
    connection.connect()
    meter.wait()


def _items(connection: Observable[Any], options: Arguments) -> list[Observable[Any]]:
    messages = connection.pipe(keep_messages_only())
    feeds = streams.feeds(options.stream)
    match options.variant:
        case "messages":
            return [messages]
        case "events":
            return [connection]
        case "raw":
            return [messages.pipe(keep_channel(feed)) for feed in feeds]
        case "orders":
            symbols = [symbol for _, symbol in feeds]
            sockets = private_socket(lambda: "a token that nobody looks at")
            return [connection.pipe(sockets, kraken.subscribe_level3(symbols, messages, depth=DEPTH))]
    subscribe: dict[str, Any] = {
        "ticker": kraken.subscribe_ticker,
        "trade": kraken.subscribe_trades,
        "book": partial(kraken.subscribe_book, depth=1000),
    }
    return [connection.pipe(filter_new_socket_only(), subscribe[name](symbol, messages)) for name, symbol in feeds]


if __name__ == "__main__":
    main()
