"""Our own side of the exchange: what happens to our orders, and what we have.

    python examples/private_feed.py

A token is asked for on each new socket; it comes from the API key, which the connection never sees. For the real
exchange, leave out the sandbox and the addresses, and make the ``Credentials`` of your key and secret.
"""

from __future__ import annotations

import reactivex as rx
from reactivex import Observable

import rxex
from rxex.exchanges import kraken
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.models import Balance, OrderSnapshot, OrderUpdate, Stage
from rxex.operators import add_token, connected_socket, keep_messages_only


def show(item: Balance | OrderSnapshot | OrderUpdate) -> None:
    """Print one item of either feed."""
    match item:
        case Balance(change=None):
            print(f"{item.asset}: {item.total}")
        case Balance():
            print(f"{item.asset}: {item.total} after a {item.kind} of {item.change}")
        case OrderSnapshot():
            print(f"{len(item.open)} open orders")
        case OrderUpdate():
            print(f"an order is {item.stage}")


with (
    kraken_sandbox(balances={"USD": 100_000, "BTC": "0.5"}) as exchange,
    kraken.rest.client(exchange.credentials(), url=exchange.rest_url) as account,
):
    connection = kraken.private_connection(exchange.private_url)
    messages = connection.pipe(keep_messages_only())
    sockets = connection.pipe(connected_socket(), add_token(kraken.get_websockets_token(account)))
    feed: Observable[Balance | OrderSnapshot | OrderUpdate] = rx.merge(
        sockets.pipe(kraken.subscribe_balances(messages)),
        sockets.pipe(kraken.subscribe_executions(messages)),
    )
    for item in rxex.blocking(feed, connection=connection, timeout=20):
        show(item)
        if isinstance(item, OrderSnapshot):
            # Given over REST; by hand on the exchange's own page it would be told in the same way.
            account.add_order(pair="BTC/USD", type="buy", ordertype="market", volume="0.01").subscribe()
        elif isinstance(item, OrderUpdate) and item.stage is Stage.FILLED:
            break
