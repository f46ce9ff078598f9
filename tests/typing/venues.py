"""What the type checkers have to infer of venues' functions. Checked by `test_api.py`, never run."""

from __future__ import annotations

from typing import assert_type

from reactivex import Observable

from rxex.auth import Credentials
from rxex.events import Notice
from rxex.exchanges import kucoin, theone
from rxex.exchanges.kucoin import orders, private
from rxex.models import Balance, Book, Order, OrderSnapshot, OrderUpdate, Ticker
from rxex.operators import connected_socket, filter_new_socket_only, keep_messages_only
from rxex.rest import Response


def market_data() -> None:
    connection = kucoin.public_connection()
    messages, sockets = connection.pipe(keep_messages_only()), connection.pipe(filter_new_socket_only())
    assert_type(sockets.pipe(kucoin.subscribe_ticker("BTC-USDT", messages)), Observable[Ticker])
    told = sockets.pipe(kucoin.subscribe_ticker("BTC-USDT", messages, notices=True))
    assert_type(told, Observable[Ticker | Notice])
    assert_type(sockets.pipe(kucoin.subscribe_book("BTC-USDT", messages)), Observable[Book])
    kucoin.rest.client().ticker(symbol=5)  # type: ignore[arg-type]
    kucoin.rest.client().ticker(symbl="BTC-USDT")  # type: ignore[call-arg]


def trading() -> None:
    connection = kucoin.private_connection(Credentials("key", "secret", "passphrase"))
    messages, sockets = connection.pipe(keep_messages_only()), connection.pipe(connected_socket())
    executions = sockets.pipe(private.subscribe_executions(messages))
    assert_type(executions, Observable[OrderUpdate | OrderSnapshot])
    add_order = orders.add_order_factory(sockets, messages)
    assert_type(add_order(orders.AddOrder("BTC-USDT", "buy", "market", "0.01")), Observable[Order])
    add_order("BTC-USDT")  # type: ignore[arg-type]
    assert_type(orders.cancel_all_factory(sockets, messages)("BTC-USDT"), Observable[orders.CanceledAll])


def swaps() -> None:
    connection = theone.connection(Credentials("key", "secret"))
    messages, sockets = connection.pipe(keep_messages_only()), connection.pipe(connected_socket())
    do_swap = theone.do_swap_factory(sockets, messages)
    assert_type(do_swap("1.5", "ETH", "USDT", until=theone.SwapStage.PENDING), Observable[theone.Swap])
    do_swap("1.5", "ETH", "USDT", slippage=5)  # type: ignore[call-arg]
    do_swap(1.5, "ETH", "USDT")  # type: ignore[arg-type]
    estimate_swap = theone.estimate_swap_factory(sockets, messages)
    assert_type(estimate_swap("1.5", "ETH", "USDT"), Observable[theone.Estimate])
    estimate_swap("1.5", "ETH")  # type: ignore[call-arg]
    assert_type(theone.get_balances_factory(sockets, messages)(), Observable[tuple[Balance, ...]])
    assert_type(theone.rest.client().balances(), Observable[Response[tuple[Balance, ...]]])
