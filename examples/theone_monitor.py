"""Watching a connection to a broker: whether it is connected and authenticated, why not, and a key that is refused.

    python examples/theone_monitor.py

A link that breaks comes back by itself, five attempts at most; a key that is refused ends the connection at once.
"""

from __future__ import annotations

from itertools import islice, repeat

import reactivex as rx
from reactivex import operators as ops

import rxex
from rxex.auth import Credentials
from rxex.errors import AuthRefused
from rxex.events import Reconnecting, SocketEvent
from rxex.exchanges import theone
from rxex.exchanges.theone.sandbox import theone_sandbox
from rxex.operators import is_connected


def why(event: SocketEvent) -> str:
    """Say why there is another attempt."""
    return f"attempt {event.attempt}: {event.error}" if isinstance(event, Reconnecting) else ""


with theone_sandbox() as exchange:
    connection = theone.connection(exchange.credentials(), exchange.ws_url, delays=lambda: repeat(0.1))
    states = connection.pipe(is_connected(), ops.map(lambda state: f"connected: {state}"))
    reasons = connection.link.pipe(ops.map(why), ops.filter(bool))
    for line in islice(rxex.blocking(rx.merge(states, reasons), connection=connection, timeout=10), 5):
        print(line)
        if line == "connected: True" and exchange.connections == 1:
            exchange.cut()

    stranger = theone.connection(Credentials("a key", "of somebody else's"), exchange.ws_url)
    try:
        for _ in rxex.blocking(stranger, connection=stranger, timeout=10):
            print("this is never reached")
    except AuthRefused as error:
        print(error)
