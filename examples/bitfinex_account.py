"""An account at Bitfinex: what it has, an order through all its stages, and its events by their names.

    python examples/bitfinex_account.py

It trades on a simulated exchange on this machine. For the real one, leave out the sandbox and the address, and give the
credentials of your API key: ``Credentials.from_environment("BITFINEX")``.
"""

from __future__ import annotations

from typing import Any

from reactivex import Observable
from reactivex import operators as ops

import rxex
from rxex.events import Socket
from rxex.exchanges import bitfinex
from rxex.exchanges.bitfinex.sandbox import bitfinex_sandbox
from rxex.models import Balance, Stage
from rxex.operators import connected_socket, keep_messages_only


def say(text: str) -> None:
    """Print a line in one go: two threads print here, that of the socket and the main one."""
    print(f"{text}\n", end="", flush=True)


def show(item: Any) -> None:
    """Print a balance of the wallet for trading without credit."""
    if isinstance(item, Balance) and item.wallet == "exchange":
        say(f"{item.asset}: {item.total}")


with bitfinex_sandbox(balances={"USD": 1000, "BTC": "0.5"}) as exchange:
    connection = bitfinex.private_connection(exchange.credentials(), exchange.private_url)
    messages = connection.pipe(keep_messages_only())
    sockets: Observable[Socket | None] = connection.pipe(bitfinex.private_socket())  # once we are authenticated

    connection.pipe(connected_socket(), bitfinex.subscribe_balances(messages)).subscribe(show)
    messages.pipe(bitfinex.on("order_new")).subscribe(lambda _: say("event: a new order"))
    add_order = bitfinex.add_order_factory(sockets, messages)
    cancel_order = bitfinex.cancel_order_factory(sockets, messages)

    link = connection.connect()
    sockets.pipe(ops.first(lambda socket: socket is not None)).run()
    bid = bitfinex.AddOrder("tBTCUSD", "buy", "limit", "0.01", "1000")
    for order in rxex.blocking(add_order(bid), timeout=10):
        say(f"the order is {order.stage}")
        if order.stage is Stage.OPEN:
            cancel_order(bitfinex.CancelOrder(client_id=order.client_id)).subscribe()
    link.dispose()
