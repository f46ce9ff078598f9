"""rxex on Kraken's v1 messages, by its public names only."""

from __future__ import annotations

from typing import Any

from reactivex import Observable

from benchmarks import streams
from benchmarks.clients.meter import Arguments, Meter, arguments
from rxex.exchanges import kraken
from rxex.operators import filter_new_socket_only, keep_channel, keep_messages_only


def main() -> None:
    """Take the stream.

    Variants: ``messages``, ``events``, ``raw``, ``typed``; ``typed-day`` also reads the day of each ticker.
    """
    options = arguments()
    meter = Meter(options)
    connection = kraken.public_connection(options.url, version=1)
    count = meter.count
    for items in _items(connection, options):
        items.subscribe(count if options.variant != "typed-day" else lambda item: count(getattr(item, "day", None)))
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
    subscribe: dict[str, Any] = {"ticker": kraken.subscribe_ticker, "trade": kraken.subscribe_trades}
    return [connection.pipe(filter_new_socket_only(), subscribe[name](symbol, messages)) for name, symbol in feeds]


if __name__ == "__main__":
    main()
