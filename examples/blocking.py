"""A feed as a ``for`` loop: no callbacks, on the thread that you are on.

    python examples/blocking.py

The connection lives as long as the loop; however the loop ends, everything is closed.
"""

from __future__ import annotations

from itertools import islice

import rxex
from rxex.exchanges import kraken
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.operators import filter_new_socket_only, keep_messages_only

with kraken_sandbox(speed=5) as exchange:
    connection = kraken.public_connection(exchange.public_url)
    messages = connection.pipe(keep_messages_only())
    feed = connection.pipe(filter_new_socket_only(), kraken.subscribe_trades("BTC/USD", messages))

    for trade in islice(rxex.blocking(feed, connection=connection), 5):
        print(f"{trade.side} {trade.size} at {trade.price}")
    print(f"connected: {connection.is_connected}")
