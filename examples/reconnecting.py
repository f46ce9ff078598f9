"""A link that is cut three times: what the connection tells of it, and where the feed says that something is missing.

    python examples/reconnecting.py

Nothing is to be done about it: the connection reconnects and subscribes again on each new socket by itself.
"""

from __future__ import annotations

import rxex
from rxex.events import Closed, Gap, Opened, Reconnected, Reconnecting, SocketEvent
from rxex.exchanges import kraken
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.models import Ticker
from rxex.operators import filter_new_socket_only, keep_messages_only


def show(event: SocketEvent) -> None:
    """Print what happens to the link."""
    match event:
        case Opened():
            print("opened")
        case Closed(error=error):
            print(f"closed: {error}")
        case Reconnecting(attempt=attempt, delay=delay):
            print(f"attempt {attempt} to reconnect in {delay:.1f} s")
        case Reconnected(downtime=downtime):
            print(f"back after {downtime.total_seconds():.1f} s")


with kraken_sandbox(speed=5) as exchange:
    connection = kraken.public_connection(exchange.public_url)
    messages = connection.pipe(keep_messages_only())
    connection.link.subscribe(show)
    feed = connection.pipe(
        filter_new_socket_only(),
        kraken.subscribe_ticker("BTC/USD", messages, notices=True),  # gaps stand among the tickers
    )
    cuts = 0
    for item in rxex.blocking(feed, connection=connection):
        if isinstance(item, Gap):
            print(f"gap in {item.channel}")
        elif isinstance(item, Ticker):
            print(f"{item.symbol} at {item.last}")
            if cuts == 3:
                break
            cuts += 1
            exchange.cut()  # and the real one does it without being asked
