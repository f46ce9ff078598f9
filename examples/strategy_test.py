"""A strategy and its test: what does it do when the connection is cut between two tickers?

    pytest examples/strategy_test.py

No network, no waiting: the connection is written as a marble diagram, and time is virtual.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from unittest.mock import ANY

from reactivex import Observable
from reactivex import operators as ops

from rxex.connection import Connection
from rxex.events import Notice
from rxex.exchanges import kraken
from rxex.exchanges.kraken.connection import V2
from rxex.models import Ticker
from rxex.operators import filter_new_socket_only, keep_messages_only
from rxex.testing import assert_marbles, assert_sent, marble_connection, record
from rxex.typing import Json


def strategy(connection: Connection) -> Observable[str]:
    """Buy below 100, and take every order back when tickers may have been missed."""

    def decide(item: Ticker | Notice) -> str:
        if isinstance(item, Notice):
            return "cancel all"
        return "buy" if item.ask < 100 else "wait"

    messages = connection.pipe(keep_messages_only())
    return connection.pipe(
        filter_new_socket_only(),
        kraken.subscribe_ticker("BTC/USD", messages, notices=True),
        ops.map(decide),
    )


def ticker(price: int) -> Json:
    """Kraken's ticker, as on the wire."""
    names = ("bid", "bid_qty", "ask", "ask_qty", "last", "volume", "vwap", "low", "high", "change", "change_pct")
    return {"channel": "ticker", "type": "update", "data": [{"symbol": "BTC/USD"} | dict.fromkeys(names, price)]}


def acknowledge(request: Any) -> Iterable[Json]:
    """Kraken's answer to a subscribe request."""
    for symbol in request["params"]["symbol"]:
        result = {"channel": "ticker", "symbol": symbol}
        yield {"method": request["method"], "req_id": request["req_id"], "result": result, "success": True}


def test_the_strategy_cancels_after_a_cut_and_subscribes_once_on_the_new_socket() -> None:
    """The whole test: two sockets, three tickers, and what the strategy does and sends."""
    world = marble_connection("o-l-h-#--o-l-|", {"l": ticker(99), "h": ticker(101)}, V2, replies=acknowledge)
    actions = record(strategy(world.connection), world.scheduler)
    world.run()
    assert_marbles(actions, "--b-w----c-b-|", {"b": "buy", "w": "wait", "c": "cancel all"})
    request = {"channel": "ticker", "symbol": ["BTC/USD"], "snapshot": True}
    for socket, time in zip(world.sockets, (0, 9), strict=True):
        assert_sent(socket, [(time, {"method": "subscribe", "params": request, "req_id": ANY})])
