"""An order from its submission to its fill, and another one until it is canceled.

    python examples/order.py

It trades on a simulated exchange on this machine. For the real one, leave out the sandbox and the address, and take
the token from your account: ``kraken.get_websockets_token(Credentials(key, secret))``.
"""

from __future__ import annotations

from reactivex import Observable
from reactivex import operators as ops

import rxex
from rxex.exchanges import kraken
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.models import Order, Stage
from rxex.operators import TokenSocket, keep_messages_only, private_socket


def show(order: Order) -> None:
    """Print where an order stands."""
    average = "" if order.average_price is None else f", {order.average_price:.1f} each"
    reason = f" ({order.reason})" if order.reason else ""
    print(f"{order.type} order {order.stage}: {order.filled.normalize():f} of 0.01{average}{reason}")


def is_open(socket: TokenSocket | None) -> bool:
    """Tell a socket from the lack of one."""
    return socket is not None


with kraken_sandbox() as exchange:
    connection = kraken.private_connection(exchange.private_url)
    messages = connection.pipe(keep_messages_only())
    sockets = connection.pipe(private_socket(exchange.mint_token))  # the library sees the token, never the key
    add_order = kraken.add_order_factory(sockets, messages)
    cancel_order = kraken.cancel_order_factory(sockets, messages)

    link = connection.connect()
    open_sockets: Observable[TokenSocket | None] = sockets.pipe(ops.filter(is_open))
    open_sockets.pipe(ops.first()).run()  # until there is a socket with its token

    buy = kraken.AddOrder("BTC/USD", "buy", "market", "0.01")
    for order in rxex.blocking(add_order(buy), timeout=10):
        show(order)

    bid = kraken.AddOrder("BTC/USD", "buy", "limit", "0.01", "1000.0")
    for order in rxex.blocking(add_order(bid), timeout=10):
        show(order)
        if order.stage is Stage.OPEN:
            cancel_order(kraken.CancelOrder(client_id=order.client_id)).subscribe(print)
    link.dispose()
