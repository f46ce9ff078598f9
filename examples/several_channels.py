"""Several channels on one connection: tickers of two instruments, trades of one, and a second reader of the same.

    python examples/several_channels.py

Two readers of a channel share it: the exchange is asked once, each message is read once.
"""

from __future__ import annotations

from reactivex import operators as ops

import rxex
from rxex.exchanges import kraken
from rxex.exchanges.kraken.sandbox import kraken_sandbox
from rxex.models import Ticker, Trade
from rxex.operators import filter_new_socket_only, keep_messages_only


def show_ticker(ticker: Ticker) -> None:
    """Print the spread."""
    print(f"{ticker.symbol}: {ticker.bid} to {ticker.ask}, {ticker.ask - ticker.bid} apart")


def show_trade(trade: Trade) -> None:
    """Print the trade."""
    print(f"{trade.symbol}: {trade.side} {trade.size} at {trade.price}")


with kraken_sandbox(speed=5) as exchange:
    connection = kraken.public_connection(exchange.public_url)
    messages = connection.pipe(keep_messages_only())
    sockets = connection.pipe(filter_new_socket_only())

    sockets.pipe(kraken.subscribe_ticker(["BTC/USD", "ETH/USD"], messages)).subscribe(show_ticker)
    sockets.pipe(kraken.subscribe_trades("BTC/USD", messages)).subscribe(show_trade)
    bids = sockets.pipe(kraken.subscribe_ticker("BTC/USD", messages)).map(lambda ticker: ticker.bid)
    bids.pipe(ops.scan(max)).subscribe(lambda highest: print(f"BTC/USD: the highest bid so far is {highest}"))

    rxex.run(connection, timeout=2)
    print(f"{len(exchange.requests)} requests were sent")
