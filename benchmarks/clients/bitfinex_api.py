"""bitfinex-api-py, as its README shows: models with floats, books as single changes."""

from __future__ import annotations

from typing import Any

from benchmarks import streams
from benchmarks.clients.meter import Meter, arguments
from benchmarks.venues.bitfinex import BOOK


def main() -> None:
    """Take the stream."""
    options = arguments()
    from bfxapi import Client  # type: ignore[import-not-found]

    client = Client(wss_host=options.url)
    meter = Meter(options)
    count = meter.count

    def take(_subscription: dict[str, Any], item: Any) -> None:
        count(item)
        if meter.finished.is_set():
            meter.report()

    for event in ("t_ticker_update", "t_trade_execution", "t_book_snapshot", "t_book_update"):
        client.wss.on(event, take)

    @client.wss.on("open")  # type: ignore[untyped-decorator]
    async def _subscribe() -> None:
        for channel, symbol in streams.feeds(options.stream):
            await client.wss.subscribe(channel, symbol=symbol, **BOOK if channel == "book" else {})

    client.wss.run()


if __name__ == "__main__":
    main()
