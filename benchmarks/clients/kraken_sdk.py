"""python-kraken-sdk: books, each checksum verified; it speaks v2 only."""

from __future__ import annotations

import asyncio
from typing import Any

from benchmarks import streams
from benchmarks.clients.meter import Meter, arguments


def main() -> None:
    """Take the stream."""
    options = arguments()
    from kraken.spot import Market, SpotOrderBookClient  # type: ignore[import-not-found]

    digits = streams.price_digits(options.stream)

    def asset_pairs(_market: object, pair: str) -> dict[str, Any]:
        """Give what it would ask the exchange for over HTTP."""
        return {pair: {"pair_decimals": digits[pair], "lot_decimals": 8}}

    Market.get_asset_pairs = asset_pairs
    meter = Meter(options)

    class Local(SpotOrderBookClient):  # type: ignore[misc]
        WS_URL, API_V = options.url, ""

        async def on_book_update(self, pair: str, message: dict[str, Any]) -> None:
            if "error" in message:
                raise SystemExit(message["error"])
            book = self.get(pair)
            meter.count((next(iter(book["bid"])), next(iter(book["ask"]))))
            if meter.finished.is_set():
                meter.report()

    async def run() -> None:
        client = Local(depth=1000)
        await client.start()
        await client.add_book([pair for _, pair in streams.feeds(options.stream)])
        while not client.exception_occur:
            await asyncio.sleep(1)

    asyncio.run(run())


if __name__ == "__main__":
    main()
