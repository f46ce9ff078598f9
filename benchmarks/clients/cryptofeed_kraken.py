"""cryptofeed: tickers, trades and books with Decimals, in its compiled types."""

from __future__ import annotations

import asyncio
from typing import Any

from benchmarks import streams
from benchmarks.clients.meter import Meter, arguments


def main() -> None:
    """Take the stream; all feeds go over one connection, within the limit that cryptofeed sets itself."""
    options = arguments()
    from cryptofeed import FeedHandler  # type: ignore[import-not-found]
    from cryptofeed.connection import WebsocketEndpoint  # type: ignore[import-not-found]
    from cryptofeed.exchanges import Kraken  # type: ignore[import-not-found]
    from cryptofeed.symbols import Symbols  # type: ignore[import-not-found]

    feeds = streams.feeds(options.stream)
    names = {pair.replace("XBT", "BTC").replace("/", "-"): pair for _, pair in feeds}
    # What it would ask the exchange for over HTTP.
    Symbols.set(Kraken.id, names, {"instrument_type": dict.fromkeys(names, "spot")})

    class Local(Kraken):  # type: ignore[misc]
        """It takes no other address than one over TLS; the hook for authentication may give another."""

        websocket_endpoints = (WebsocketEndpoint("wss://localhost", limit=20, authentication=True),)

        async def _ws_authentication(self, _address: str, settings: dict[str, Any]) -> tuple[str, dict[str, Any]]:
            return options.url, settings

    meter = Meter(options)
    count = meter.count

    async def on_item(item: Any, _received: float) -> None:
        count(item)
        if meter.finished.is_set():
            meter.report()

    async def on_book(item: Any, _received: float) -> None:
        count((item.book.bids.index(0)[0], item.book.asks.index(0)[0]))
        if meter.finished.is_set():
            meter.report()

    channels = {"ticker": "ticker", "trade": "trades", "book": "l2_book"}
    wanted = sorted({channels[channel] for channel, _ in feeds})
    callbacks = {name: on_book if name == "l2_book" else on_item for name in wanted}
    handler = FeedHandler(config={"uvloop": True, "log": {"disabled": True}})
    asyncio.set_event_loop(asyncio.new_event_loop())  # the current uvloop does not make one by itself any more
    handler.add_feed(Local(symbols=list(names), channels=wanted, callbacks=callbacks, checksum_validation=True))
    handler.run()


if __name__ == "__main__":
    main()
