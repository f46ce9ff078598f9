"""F31, F48, F49, F50 and F56 on a whole connection over a real socket: subscribers, threads, secrets."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from attrs import asdict, has
from reactivex.abc import DisposableBase

from rxex.connection import Connection
from rxex.errors import RxexError, TokenError
from rxex.events import Closed, Opened, SocketEvent
from rxex.exchanges import kraken
from rxex.exchanges.kraken.sandbox import KrakenSandbox, kraken_sandbox
from rxex.models import Trade
from rxex.operators import TokenSocket, add_token, filter_new_socket_only, fixed, keep_messages_only

CANARY = "canary-6f1d2a"


@pytest.fixture
def exchange() -> Iterator[KrakenSandbox]:
    with kraken_sandbox(speed=20, symbols=["BTC/USD", "ETH/USD"]) as exchange:
        yield exchange


class Count:
    """Counts items, and lets a test wait for a number of them."""

    def __init__(self) -> None:
        self.items: list[Any] = []
        self._more = threading.Condition()

    def __call__(self, item: Any) -> None:
        with self._more:
            self.items.append(item)
            self._more.notify_all()

    def wait(self, number: int, seconds: float = 8.0) -> None:
        with self._more:
            assert self._more.wait_for(lambda: len(self.items) >= number, seconds), f"{len(self.items)} of {number}"


def _connection(exchange: KrakenSandbox) -> Connection:
    return kraken.public_connection(exchange.public_url, delays=lambda: fixed(0.05))


def _trades(connection: Connection, on_next: Any, symbol: str = "BTC/USD", **more: Any) -> DisposableBase:
    messages = connection.pipe(keep_messages_only())
    return connection.pipe(filter_new_socket_only(), kraken.subscribe_trades(symbol, messages)).subscribe(
        on_next, **more
    )


def test_f31_nothing_of_the_old_socket_comes_after_it_has_closed(exchange: KrakenSandbox) -> None:
    connection = _connection(exchange)
    order: list[tuple[str, Any]] = []
    seen = Count()

    def note(event: SocketEvent) -> None:
        if isinstance(event, Opened | Closed):
            seen(event)
        order.append((type(event).__name__, getattr(event, "socket", None)))

    connection.subscribe(note)
    trades = Count()
    _trades(connection, trades)
    link = connection.connect()
    for cut in range(1, 4):
        trades.wait(len(trades.items) + 3)
        exchange.cut()
        seen.wait(2 * cut + 1)
    link.dispose()
    gone: list[Any] = []
    for name, socket in order:
        assert socket is None or socket not in gone, f"{name} of a socket that had closed"
        if name == "Closed":
            gone.append(socket)
    opened_and_closed = [name for name, _ in order if name in {"Opened", "Closed"}]
    assert opened_and_closed[:6] == ["Opened", "Closed"] * 3


def test_f48_one_raises_one_sleeps_one_disposes_and_the_others_lose_nothing(
    exchange: KrakenSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    connection = _connection(exchange)
    first, last, once = Count(), Count(), Count()
    _trades(connection, first)
    _trades(connection, lambda _: 1 / 0)

    def dispose(trade: Trade) -> None:
        once(trade)
        disposing.dispose()

    disposing = _trades(connection, dispose)
    _trades(connection, last)
    with caplog.at_level(logging.ERROR):
        link = connection.connect()
        last.wait(30)
        link.dispose()
    assert first.items == last.items
    ids = [trade.id for trade in last.items]
    assert ids == list(range(ids[0], ids[0] + len(ids)))
    assert len(once.items) == 1
    raised = [record for record in caplog.records if record.exc_info]
    assert len(raised) == 1
    assert "ZeroDivisionError" in caplog.text
    assert exchange.connections == 1


@pytest.mark.parametrize("threads", [1, 2, 4])
def test_f49_dispose_from_several_threads_returns_and_nothing_comes_after(
    exchange: KrakenSandbox, threads: int
) -> None:
    connection = _connection(exchange)
    late: list[Any] = []
    disposed = threading.Event()
    trades = Count()

    def on_next(trade: Trade) -> None:
        trades(trade)
        if disposed.is_set():
            late.append(trade)

    _trades(connection, on_next)
    link = connection.connect()
    trades.wait(5)
    workers = [threading.Thread(target=link.dispose) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(2)
        assert not worker.is_alive()
    disposed.set()
    assert exchange.wait_until(lambda sandbox: not sandbox.open_sessions)
    assert late == []


def test_f49_the_connection_can_be_disposed_of_inside_a_callback(exchange: KrakenSandbox) -> None:
    connection = _connection(exchange)
    trades = Count()

    def stop(trade: Trade) -> None:
        trades(trade)
        link.dispose()

    ready = threading.Event()
    _trades(connection, lambda trade: stop(trade) if ready.wait(5) else None)
    link = connection.connect()
    ready.set()
    trades.wait(1)
    assert exchange.wait_until(lambda sandbox: not sandbox.open_sessions)
    assert len(trades.items) == 1


def test_f49_disposing_while_it_connects_leaves_nothing(exchange: KrakenSandbox) -> None:
    for _ in range(20):
        connection = _connection(exchange)
        connection.connect().dispose()
    assert exchange.wait_until(lambda sandbox: not sandbox.open_sessions)


def test_f50_connecting_from_four_threads_opens_one_socket_and_after_a_dispose_a_new_one(
    exchange: KrakenSandbox,
) -> None:
    connection = _connection(exchange)
    trades = Count()
    _trades(connection, trades)
    together = threading.Barrier(4)
    links: list[Any] = []

    def connect() -> None:
        together.wait(5)
        links.append(connection.connect())

    workers = [threading.Thread(target=connect) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(5)
    trades.wait(3)
    assert exchange.connections == 1
    assert len({id(link) for link in links}) == 1
    links[0].dispose()
    seen = len(trades.items)
    again = connection.connect()
    trades.wait(seen + 3)
    assert exchange.connections == 2
    again.dispose()


def test_f50_connecting_inside_a_callback_changes_nothing(exchange: KrakenSandbox) -> None:
    connection = _connection(exchange)
    trades = Count()
    links: list[Any] = []

    def on_next(trade: Trade) -> None:
        links.append(connection.connect())
        trades(trade)

    _trades(connection, on_next)
    link = connection.connect()
    trades.wait(3)
    assert all(other is link for other in links)
    assert exchange.connections == 1
    link.dispose()


def _texts_of(event: object) -> str:
    fields = str(asdict(event, recurse=False)) if has(type(event)) else ""
    return f"{event!r} {event!s} {fields}"


def test_f56_a_token_is_seen_by_the_exchange_and_by_nobody_else(
    exchange: KrakenSandbox, caplog: pytest.LogCaptureFixture
) -> None:
    connection = _connection(exchange)
    calls: list[int] = []
    events, sockets = Count(), Count()

    def get_token() -> str:
        calls.append(1)
        if len(calls) == 2:
            raise OSError(f"https://api.example/token?value={CANARY}")
        return CANARY

    def use(socket: TokenSocket) -> None:
        socket.send({"method": "ping", "params": {"token": socket.token.reveal()}})
        sockets(socket)

    connection.subscribe(events)
    connection.pipe(filter_new_socket_only(), add_token(get_token)).subscribe(use)
    with caplog.at_level(logging.DEBUG):
        link = connection.connect()
        for times in (1, 2):
            sockets.wait(times)
            assert exchange.wait_until(lambda sandbox, n=times: _sightings(sandbox) == n)
            if times == 1:
                exchange.cut()
        link.dispose()
    assert len(calls) == 3, "asked once for each new socket, and again after it failed"
    failed = [
        event.error for event in events.items if isinstance(event, Closed) and isinstance(event.error, TokenError)
    ]
    assert len(failed) == 1
    told = " ".join(map(_texts_of, [*events.items, *sockets.items, *failed]))
    # What the exchange itself sends back is not ours to hide.
    ours = [text for text in told.split("Message(") if CANARY in text]
    assert ours == []
    assert CANARY not in caplog.text
    assert not any(isinstance(error, RxexError) and CANARY in str(error.__cause__) for error in failed)


def _sightings(exchange: KrakenSandbox) -> int:
    return sum(CANARY in json.dumps(request.message, default=str) for request in exchange.requests)
