"""A feed in asyncio, beside other tasks of the same loop.

    python examples/asyncio_feed.py

The same ``async for`` works wherever a loop is running already: in a web server, in a notebook.
"""

from __future__ import annotations

import asyncio

import rxex
from rxex.exchanges import kraken
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.operators import filter_new_socket_only, keep_messages_only


async def watch(symbol: str, url: str) -> None:
    """Print three tickers of ``symbol``."""
    connection = kraken.public_connection(url)
    messages = connection.pipe(keep_messages_only())
    feed = connection.pipe(filter_new_socket_only(), kraken.subscribe_ticker(symbol, messages))
    async with rxex.aiter(feed, connection=connection) as tickers:  # closed at the end, also when it is cancelled
        for _ in range(3):
            ticker = await anext(tickers)
            print(f"{ticker.symbol} at {ticker.last}")


async def main(url: str) -> None:
    """Watch two instruments at the same time, for ten seconds at most."""
    async with asyncio.timeout(10), asyncio.TaskGroup() as tasks:
        tasks.create_task(watch("BTC/USD", url))
        tasks.create_task(watch("ETH/USD", url))


with kraken_sandbox(speed=5) as exchange:
    asyncio.run(main(exchange.public_url))
