"""Orders over real sockets and real HTTP on this machine, from the key to the fee; and no secret in any text."""

from __future__ import annotations

import logging
import threading
from typing import Any

import pytest

import rxex
from rxex.events import Opened
from rxex.exchanges.kucoin import private_connection, rest
from rxex.exchanges.kucoin.orders import AddOrder, CancelOrder, add_order_factory, cancel_order_factory
from rxex.exchanges.kucoin.private import subscribe_balances, subscribe_executions
from rxex.exchanges.kucoin.sandbox import kucoin_sandbox
from rxex.models import Balance, Order, OrderSnapshot, OrderUpdate, Stage
from rxex.operators import connected_socket, keep_messages_only

S = Stage


@pytest.mark.timeout(60)
def test_an_order_is_placed_filled_and_paid_for_and_another_one_canceled(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with kucoin_sandbox(symbols=["BTC-USDT"]) as exchange:
        credentials = exchange.credentials()
        connection = private_connection(credentials, exchange.rest_url)
        messages, sockets = connection.pipe(keep_messages_only()), connection.pipe(connected_socket())
        events: list[Any] = []
        told: list[Any] = []
        connection.subscribe(events.append)
        with rest.client(credentials, url=exchange.rest_url) as client:
            sockets.pipe(subscribe_executions(messages, rest=client)).subscribe(told.append)
            sockets.pipe(subscribe_balances(messages)).subscribe(told.append)
            add_order = add_order_factory(sockets, messages)
            cancel_order = cancel_order_factory(sockets, messages)
            link = connection.connect()
            next(iter(rxex.blocking(sockets, timeout=20)))
            bought = list(rxex.blocking(add_order(AddOrder("BTC-USDT", "buy", "market", "0.01")), timeout=20))
            bid: list[Order] = []
            canceled = threading.Event()
            for order in rxex.blocking(add_order(AddOrder("BTC-USDT", "buy", "limit", "0.01", "1000.0")), timeout=20):
                bid.append(order)
                if order.stage is S.OPEN:
                    cancel_order(CancelOrder(client_id=order.client_id)).subscribe(on_completed=canceled.set)
            assert canceled.wait(10)
            link.dispose()
        orders = exchange.orders
    assert bought[0].stage is S.SUBMITTING
    assert (bought[-1].stage, bought[-1].filled) == (S.FILLED, bought[-1].quantity)
    assert bought[-1].fees[0].amount > 0
    assert bid[-1].stage is S.CANCELED
    assert [order.request.client_id for order in orders] == [bought[0].client_id, bid[0].client_id]
    assert {type(item) for item in told} == {OrderSnapshot, OrderUpdate, Balance}
    assert any(isinstance(event, Opened) for event in events)
    logged = caplog.text
    caplog.clear()
    texts = repr(events) + repr(told) + repr(bought) + repr(client) + logged
    for secret in (credentials.secret, credentials.passphrase):
        assert secret is not None
        assert secret.reveal() not in texts
