"""The shortest script: print the ticker of one instrument for two seconds, then leave.

    python examples/public_feed.py

It talks to a simulated exchange on this machine. For the real one, leave out the sandbox and the address.
"""

from __future__ import annotations

import rxex
from rxex.exchanges import kraken
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.operators import filter_new_socket_only, keep_messages_only

with kraken_sandbox(speed=5) as exchange:
    connection = kraken.public_connection(exchange.public_url)  # nothing happens until it is run
    messages = connection.pipe(keep_messages_only())
    connection.pipe(
        filter_new_socket_only(),
        kraken.subscribe_ticker("BTC/USD", messages),  # subscribes again on every new socket
    ).subscribe(print)
    rxex.run(connection, timeout=2)  # without the time-out: until Ctrl-C
