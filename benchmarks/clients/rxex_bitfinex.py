"""rxex on Bitfinex's messages, by its public names only: each message's number checked, as it is by default."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.clients.meter import Meter, arguments
from benchmarks.venues.bitfinex import BOOK, CHANNELS, SYMBOLS
from rxex.exchanges import bitfinex
from rxex.operators import filter_new_socket_only, keep_messages_only


def main() -> None:
    """Take the stream.

    Variants: ``raw``; ``typed``, models but for what changes in books; ``updates``, that as models too, which means to
    keep the books; ``book``, the books with their best prices, instead.
    """
    options = arguments()
    meter = Meter(options)
    connection = bitfinex.public_connection(options.url)
    messages = connection.pipe(keep_messages_only())
    count: Callable[[Any], None] = meter.count

    def raw(channel: str, more: dict[str, Any]) -> list[Any]:
        return [bitfinex.subscribe_raw(channel, messages, symbol=symbol, **more) for symbol in SYMBOLS]

    depth = int(BOOK["len"])
    feeds: list[Any] = [bitfinex.subscribe_ticker(SYMBOLS, messages), bitfinex.subscribe_trades(SYMBOLS, messages)]
    match options.variant:
        case "raw":
            feeds = [feed for channel in CHANNELS for feed in raw(channel, BOOK if channel == "book" else {})]
        case "typed":
            feeds += raw("book", BOOK)
        case "updates":
            feeds += [bitfinex.subscribe_book_updates(SYMBOLS, messages, depth=depth)]
        case "book":
            books = bitfinex.subscribe_book(SYMBOLS, messages, depth=depth)
            sockets = connection.pipe(filter_new_socket_only())
            sockets.pipe(books).subscribe(lambda book: count((book.bid, book.ask)))
    for feed in feeds:
        connection.pipe(filter_new_socket_only(), feed).subscribe(count)
    connection.connect()
    meter.wait()


if __name__ == "__main__":
    main()
