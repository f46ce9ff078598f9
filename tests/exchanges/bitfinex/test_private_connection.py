"""The authenticated connection on real sockets: accepted, refused, one order through all its stages."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from reactivex import Observable
from reactivex.testing import TestScheduler

from rxex.auth import Credentials
from rxex.errors import AuthRefused, InvalidArgument
from rxex.events import Authenticated, Opened, SocketEvent
from rxex.exchanges.bitfinex.connection import private_connection, private_connection_over
from rxex.exchanges.bitfinex.orders import AddOrder, add_order_factory
from rxex.exchanges.bitfinex.private import private_socket, subscribe_balances
from rxex.exchanges.bitfinex.sandbox import bitfinex_sandbox
from rxex.models import Stage
from rxex.operators import backoff_reconnect, filter_new_socket_only, fixed, keep_messages_only
from rxex.testing import ScriptedSocket, record
from tests.exchanges.bitfinex.account_samples import AUTH

PATIENCE = 10.0


def test_an_order_is_filled_on_a_real_socket_and_the_wallets_are_told_to_who_comes_late() -> None:
    with bitfinex_sandbox(symbols=["tBTCUSD"]) as exchange:
        connection = private_connection(exchange.credentials(), exchange.private_url, dead_man_switch=True)
        messages = connection.pipe(keep_messages_only())
        add_order = add_order_factory(connection.pipe(private_socket()), messages)
        accepted, ended, told = threading.Event(), threading.Event(), threading.Event()
        events: list[Any] = []
        stages: list[Stage] = []
        wallets: list[str] = []

        def hear(event: Any) -> None:
            events.append(event)
            if isinstance(event, Authenticated):
                accepted.set()

        def note(asset: str) -> None:
            wallets.append(asset)
            told.set()

        connection.link.subscribe(hear)
        link = connection.connect()
        assert accepted.wait(PATIENCE)
        order = AddOrder("tBTCUSD", "buy", "market", "0.01")
        add_order(order).subscribe(lambda order: stages.append(order.stage), None, ended.set)
        assert ended.wait(PATIENCE)
        connection.pipe(filter_new_socket_only(), subscribe_balances(messages)).subscribe(
            lambda balance: note(balance.asset)
        )
        assert told.wait(PATIENCE)
        link.dispose()
        assert stages[0] is Stage.SUBMITTING
        assert stages[-1] is Stage.FILLED
        assert "BTC" in wallets
        secret = exchange.credentials().secret.reveal()
        assert secret not in repr(events)


def test_a_key_that_is_refused_ends_the_connection() -> None:
    with bitfinex_sandbox(symbols=["tBTCUSD"]) as exchange:
        right = exchange.credentials()
        connection = private_connection(Credentials(right.key.reveal(), "wrong"), exchange.private_url)
        errors: list[Exception] = []
        ended = threading.Event()

        def fail(error: Exception) -> None:
            errors.append(error)
            ended.set()

        connection.subscribe(lambda _: None, fail)
        connection.connect()
        assert ended.wait(PATIENCE)
        assert isinstance(errors[0], AuthRefused)


def test_what_cannot_be_right_is_refused_at_once() -> None:
    credentials = Credentials("key", "secret")
    with pytest.raises(InvalidArgument, match="wss"):
        private_connection(credentials, "ws://example.com/ws/2")
    for filters in ("trading", []):
        with pytest.raises(InvalidArgument, match="list"):
            private_connection(credentials, filters=filters)


def test_a_link_on_which_bitfinex_does_not_accept_us_or_is_silent_on_the_account_is_made_anew() -> None:
    clock, sockets = TestScheduler(), list[ScriptedSocket]()

    def open_link(receive: Any) -> Observable[SocketEvent]:
        def subscribe(observer: Any, _: Any = None) -> Any:
            socket = ScriptedSocket(clock)
            sockets.append(socket)
            observer.on_next(Opened(socket))
            if len(sockets) > 1:
                receive(socket, AUTH.encode(), 0)
            if len(sockets) > 2:
                receive(socket, b'[0,"os",[]]', 0)

            def end(closed: Any) -> None:
                observer.on_next(closed)
                observer.on_error(closed.error)

            return socket.ends.subscribe(end)

        return Observable(subscribe)

    reconnect = backoff_reconnect(lambda: fixed(0.5), jitter=0.0, scheduler=clock)
    connection = private_connection_over(open_link, Credentials("key", "secret"), reconnect, auth_timeout=5.0)
    accepted = record(connection.pipe(private_socket()), clock)
    link = connection.connect()
    clock.advance_to(60)
    link.dispose()
    first, second, third = sockets
    assert accepted.values == [None, second, None, third]
    for socket in (first, second):
        assert socket.closed is not None
        assert "accepted" in str(socket.closed.error)
    said = [message for _, message in third.sent]
    assert [message["event"] for message in said] == ["conf", "auth"]
    assert "secret" not in repr(said)
