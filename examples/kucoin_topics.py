"""KuCoin's topics, each as a stream of its own: public ones, a book, and the balances of an account.

    python examples/kucoin_topics.py

It talks to a simulated exchange on this machine. For the real one, leave out the sandbox and the addresses, and give
the credentials of your API key.
"""

from __future__ import annotations

from reactivex import operators as ops

import rxex
from rxex.exchanges import kucoin
from rxex.exchanges.kucoin.sandbox import kucoin_sandbox
from rxex.operators import filter_new_socket_only, keep_messages_only


def say(text: str) -> None:
    """Print a line in one go: two threads print here, one of each connection."""
    print(f"{text}\n", end="", flush=True)


with kucoin_sandbox(speed=5, balances={"BTC": "0.5"}) as exchange:
    public = kucoin.public_connection(exchange.public_url)
    private = kucoin.private_connection(exchange.credentials(), exchange.rest_url)
    topics, ours = (connection.pipe(keep_messages_only()) for connection in (public, private))
    sockets, private_sockets = (connection.pipe(filter_new_socket_only()) for connection in (public, private))

    sockets.pipe(kucoin.subscribe_ticker("ETH-USDT", topics), ops.take(1)).subscribe(
        lambda ticker: say(f"{ticker.symbol}: {ticker.bid} to {ticker.ask}")
    )
    sockets.pipe(kucoin.subscribe_market_snapshot("USDS", topics), ops.take(1)).subscribe(
        lambda snapshot: say(f"{snapshot.symbol} in its market: {snapshot.last}")
    )
    sockets.pipe(kucoin.subscribe_snapshot("KCS-BTC", topics), ops.take(1)).subscribe(
        lambda snapshot: say(f"{snapshot.symbol}: {snapshot.last}")
    )
    sockets.pipe(kucoin.subscribe_all_tickers(topics), ops.take(1)).subscribe(
        lambda ticker: say(f"one of all: {ticker.symbol}")
    )
    sockets.pipe(kucoin.subscribe_book("KCS-BTC", topics), ops.take(1)).subscribe(
        lambda book: say(f"the book of {book.symbol}: {book.bid} to {book.ask}")
    )
    sockets.pipe(kucoin.subscribe_trades("BTC-USDT", topics), ops.take(1)).subscribe(
        lambda trade: say(f"{trade.symbol}: {trade.side} {trade.size} at {trade.price}")
    )
    private_sockets.pipe(kucoin.subscribe_balances(ours)).subscribe(
        lambda balance: say(f"{balance.asset} in {balance.wallet}: {balance.total}, {balance.locked} of it held")
    )
    link = private.connect()
    rxex.run(public, timeout=4)
    link.dispose()
