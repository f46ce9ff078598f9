"""rxex on KuCoin's messages, by its public names only."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import reactivex as rx
from reactivex import Observable

from benchmarks.clients.meter import Meter, arguments
from benchmarks.venues.kucoin import BOOK, SYMBOLS, TOPICS, Snapshot, snapshots
from rxex.auth import Secret
from rxex.exchanges import kucoin
from rxex.operators import filter_new_socket_only, keep_messages_only


def main() -> None:
    """Take the stream.

    Variants: ``raw``; ``typed``, models but for what changes in books; ``updates``, that as models too, which means to
    keep the books; ``book``, the books with their best prices, instead.
    """
    options = arguments()
    meter = Meter(options)
    connection = kucoin.public_connection(get_bullet=lambda: rx.of(_bullet(options.url)), hosts=["127.0.0.1"])
    messages = connection.pipe(keep_messages_only())
    count: Callable[[Any], None] = meter.count
    keeps_books = options.variant in {"updates", "book"}
    begin = {symbol: _book(symbol, book) for symbol, book in snapshots().items()} if keeps_books else {}

    def raw(topic: str) -> Any:
        return kucoin.subscribe_raw(f"{topic}:{','.join(SYMBOLS)}", messages)

    def join(symbol: str) -> Observable[kucoin.BookSnapshot]:
        return rx.of(begin[symbol])

    feeds: list[Any] = [kucoin.subscribe_ticker(SYMBOLS, messages), kucoin.subscribe_trades(SYMBOLS, messages)]
    match options.variant:
        case "raw":
            feeds = [raw(topic) for topic in TOPICS]
        case "typed":
            feeds += [raw(BOOK)]
        case "updates":
            feeds += [kucoin.subscribe_book_updates(SYMBOLS, messages, depth=None, snapshots=join)]
        case "book":
            books = kucoin.subscribe_book(SYMBOLS, messages, depth=None, snapshots=join)
            sockets = connection.pipe(filter_new_socket_only())
            sockets.pipe(books).subscribe(lambda book: count((book.bid, book.ask)))
    for feed in feeds:
        connection.pipe(filter_new_socket_only(), feed).subscribe(count)
    connection.connect()
    meter.wait()


def _bullet(url: str) -> kucoin.rest.Bullet:
    # Our client of REST takes no address with a path, which here says what is to be sent.
    return kucoin.rest.Bullet(Secret("token"), (kucoin.rest.InstanceServer(url, 18.0, 10.0),))


def _book(symbol: str, snapshot: Snapshot) -> kucoin.BookSnapshot:
    bids, asks = (sorted(side.items(), key=lambda level: Decimal(level[0])) for side in (snapshot.bids, snapshot.asks))
    return kucoin.BookSnapshot.of(symbol, {"sequence": snapshot.sequence, "bids": bids[::-1], "asks": asks})


if __name__ == "__main__":
    main()
