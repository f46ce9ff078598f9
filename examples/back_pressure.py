"""A flood, and a subscriber that is too slow for it: three ways to cope, none of which holds up the others.

    python examples/back_pressure.py

Behind each operator the subscriber has a thread of its own. What it loses is told where it was lost, with the number.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable

import rxex
from rxex.events import Notice, Overflow
from rxex.exchanges import kraken
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.models import Ticker
from rxex.operators import (
    filter_new_socket_only,
    keep_messages_only,
    on_backpressure_buffer,
    on_backpressure_drop,
    on_backpressure_latest,
)

FLOOD = 5_000
handled: Counter[str] = Counter()
dropped: Counter[str] = Counter()
pause = threading.Event()


def slowly(name: str) -> Callable[[Ticker | Notice], None]:
    """Take a millisecond for each ticker, and add up what was lost."""

    def take(item: Ticker | Notice) -> None:
        if isinstance(item, Overflow):
            dropped[name] += item.count
        else:
            pause.wait(0.001)
            handled[name] += 1

    return take


with kraken_sandbox(flood=FLOOD) as exchange:
    connection = kraken.public_connection(exchange.public_url)
    messages = connection.pipe(keep_messages_only())
    tickers = connection.pipe(filter_new_socket_only(), kraken.subscribe_ticker("BTC/USD", messages))

    tickers.subscribe(lambda _: handled.update(["all of them, fast enough"]))
    tickers.pipe(on_backpressure_buffer(100, notices=True)).subscribe(slowly("the last 100 wait"))
    tickers.pipe(on_backpressure_latest(notices=True)).subscribe(slowly("the newest waits"))
    tickers.pipe(on_backpressure_drop(notices=True)).subscribe(slowly("none waits"))
    rxex.run(connection, timeout=5)

for name, count in handled.items():
    print(f"{name}: {count} handled, {dropped[name]} dropped, {count + dropped[name]} together")
