"""Channels of a broker: our balances and an order's state, to callbacks, through a cut of the link.

    python examples/theone_channels.py

After the cut both are asked for again; what may have been missed is told as a `Gap` at its place. The swap itself is
asked for over REST here.
"""

from __future__ import annotations

import threading
from itertools import repeat

from rxex.events import Gap, Notice
from rxex.exchanges import theone
from rxex.exchanges.theone.sandbox import theone_sandbox
from rxex.models import Balance
from rxex.operators import filter_new_socket_only, keep_messages_only

filled = threading.Event()


def handle_balance(balance: Balance | Notice) -> None:
    """Print what we have of an asset."""
    if isinstance(balance, Balance) and balance.asset == "USDT" and balance.total != 100:
        print(f"USDT: {balance.total}")
        filled.set()
    elif isinstance(balance, Gap):
        print("balances may have changed unseen")


def handle_order(status: theone.OrderStatus | Notice) -> None:
    """Print how the order stands."""
    if isinstance(status, theone.OrderStatus):
        print(f"the order is {status.status}")


with (
    theone_sandbox(balances={"ETH": 2, "USDT": 100}) as exchange,
    theone.rest.client(exchange.credentials(), url=exchange.rest_url) as rest,
):
    connection = theone.connection(exchange.credentials(), exchange.ws_url, delays=lambda: repeat(0.1))
    messages = connection.pipe(keep_messages_only())
    sockets = connection.pipe(filter_new_socket_only())  # each of them is authenticated already

    exchange.hold_swaps()
    order = rest.swap("1.5", "ETH", "USDT", slippage_bps=50, client_id="example-1").run().data
    print(f"the order is {order.status}")

    sockets.pipe(theone.subscribe_balances(messages, notices=True)).subscribe(handle_balance)
    sockets.pipe(theone.subscribe_order(order.order_id, messages)).subscribe(handle_order)
    link = connection.connect()

    exchange.wait_until(lambda it: len(it.requests) == 3)  # one login, two subscriptions
    exchange.cut()
    exchange.wait_until(lambda it: len(it.requests) == 6)
    exchange.release_swaps()
    filled.wait(10)
    link.dispose()
