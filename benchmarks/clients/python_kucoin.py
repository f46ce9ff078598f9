"""python-kucoin: each message as a dictionary, as its documentation shows."""

from __future__ import annotations

import asyncio
from typing import Any

from benchmarks.clients.meter import Meter, arguments
from benchmarks.venues.kucoin import SYMBOLS, TOPICS


def main() -> None:
    """Take the stream."""
    options = arguments()
    from kucoin.asyncio import KucoinSocketManager  # type: ignore[import-not-found]
    from kucoin.client import Client  # type: ignore[import-not-found]

    Client.REST_API_URL = options.http_url
    meter = Meter(options)

    async def on_message(message: dict[str, Any]) -> None:
        meter.count(message)
        if meter.finished.is_set():
            meter.report()

    async def run() -> None:
        loop = asyncio.get_running_loop()
        manager = await KucoinSocketManager.create(loop, Client("", "", ""), on_message)
        for topic in TOPICS:
            await manager.subscribe(f"{topic}:{','.join(SYMBOLS)}")
        while True:
            await asyncio.sleep(1)

    asyncio.run(run())


if __name__ == "__main__":
    main()
