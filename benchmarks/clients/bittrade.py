"""bittrade-kraken-websocket, each feed made as its README shows."""

from __future__ import annotations

import os

from benchmarks import streams
from benchmarks.clients.meter import Meter, arguments


def main() -> None:
    """Take the stream. Variants: ``feeds``, ``messages`` (no feed, all messages)."""
    options = arguments()
    os.environ["WS_PUBLIC_URL"] = options.url  # read when the package is imported
    import bittrade_kraken_websocket as bittrade  # type: ignore[import-not-found]
    from bittrade_kraken_websocket.operators import (  # type: ignore[import-not-found]
        filter_new_socket_only,
        keep_messages_only,
    )

    meter = Meter(options)
    count = meter.count
    connection = bittrade.public_websocket_connection()
    messages = connection.pipe(keep_messages_only())
    if options.variant == "messages":
        messages.subscribe(count)
    else:
        subscribe = {"ticker": bittrade.subscribe_ticker, "trade": bittrade.subscribe_trade}
        for channel, pair in streams.feeds(options.stream):
            connection.pipe(filter_new_socket_only(), subscribe[channel](pair, messages)).subscribe(count)
    connection.connect()
    meter.wait()


if __name__ == "__main__":
    main()
