"""The simulated exchange in virtual time, as a source of socket events."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from reactivex.testing import TestScheduler

from rxex.errors import AuthRefused, ConnectError, ConnectionClosed, LinkStale, NotSent
from rxex.events import Closed, Message, Opened, Socket, SocketEvent
from rxex.operators import backoff_reconnect, fixed
from rxex.sandbox import Faults, HttpCall, VirtualExchange
from rxex.sandbox.http import HttpReply
from tests.sandbox.plain import START, make


class Client:
    """Subscribes to a source and keeps what it emits, with the times."""

    def __init__(self, exchange: VirtualExchange, scheduler: TestScheduler, *, watch: bool = True) -> None:
        self.events: list[tuple[float, SocketEvent]] = []
        self.ends: list[Any] = []
        self.socket: Socket | None = None
        self._scheduler = scheduler
        self._watch = watch
        self.subscription = exchange.source().subscribe(
            self._take, self.ends.append, lambda: self.ends.append("completed")
        )

    def _take(self, event: SocketEvent) -> None:
        self.events.append((self._scheduler.to_seconds(self._scheduler.now), event))
        if isinstance(event, Opened):
            self.socket = event.socket
            if self._watch:
                event.socket.send({"watch": "BTC/USD"})

    @property
    def kinds(self) -> list[str]:
        return [type(event).__name__ for _, event in self.events]


def world(**options: Any) -> tuple[VirtualExchange, TestScheduler]:
    scheduler = TestScheduler()
    return VirtualExchange(lambda start: make(start, **options), scheduler, latency=0.1), scheduler


def test_a_subscription_opens_a_socket_after_a_round_trip_and_the_greeting_follows() -> None:
    exchange, scheduler = world()
    client = Client(exchange, scheduler, watch=False)
    assert exchange.connections == 0
    scheduler.advance_to(1.0)
    # `hello` is no JSON.
    assert client.kinds == ["Opened", "Malformed"]
    assert [time for time, _ in client.events] == pytest.approx([0.2, 0.2])
    assert exchange.open_sessions == [1]


def test_what_is_sent_arrives_after_the_latency_and_sending_emits_nothing() -> None:
    exchange, scheduler = world()
    client = Client(exchange, scheduler, watch=False)
    scheduler.advance_to(1.0)
    assert client.socket is not None
    before = len(client.events)
    client.socket.send({"price": Decimal("0.00000010")})
    assert len(client.events) == before
    scheduler.advance_to(1.05)
    assert exchange.requests == []
    scheduler.advance_to(2.0)
    (request,) = exchange.requests
    assert request.text == '{"price":0.00000010}'
    assert request.time == pytest.approx(1.1)
    assert client.events[before][0] == pytest.approx(1.2)


def test_each_subscription_is_a_connection_of_its_own() -> None:
    exchange, scheduler = world()
    Client(exchange, scheduler)
    Client(exchange, scheduler)
    scheduler.advance_to(1.0)
    assert exchange.connections == 2


def test_a_cut_is_told_then_ends_the_stream_with_a_transient_error() -> None:
    exchange, scheduler = world()
    client = Client(exchange, scheduler)
    scheduler.advance_to(1.0)
    exchange.cut()
    scheduler.advance_to(9.0)
    closed = client.events[-1][1]
    assert isinstance(closed, Closed)
    assert closed.code is None
    assert isinstance(closed.error, ConnectionClosed)
    assert client.ends == [closed.error]
    assert exchange.open_sessions == []


def test_a_close_is_told_with_code_and_reason() -> None:
    exchange, scheduler = world()
    client = Client(exchange, scheduler)
    scheduler.advance_to(1.0)
    exchange.close(1013, "later")
    scheduler.advance_to(9.0)
    assert client.ends[0].code == 1013
    assert client.ends[0].reason == "later"


def test_our_own_close_completes() -> None:
    exchange, scheduler = world()
    client = Client(exchange, scheduler)
    scheduler.advance_to(1.0)
    assert client.socket is not None
    client.socket.close()
    client.socket.close()
    scheduler.advance_to(2.0)
    assert client.kinds[-1] == "Closed"
    assert client.ends == ["completed"]
    assert exchange.open_sessions == []


def test_a_dropped_socket_fails_with_the_reason_it_was_dropped_for() -> None:
    exchange, scheduler = world()
    client = Client(exchange, scheduler)
    scheduler.advance_to(1.0)
    error = LinkStale("heartbeat", 10.0)
    assert client.socket is not None
    client.socket.drop(error)
    scheduler.advance_to(2.0)
    assert client.ends == [error]
    with pytest.raises(NotSent):
        client.socket.send({})


def test_a_disposed_stream_leaves_the_exchange_and_emits_nothing_any_more() -> None:
    exchange, scheduler = world()
    client = Client(exchange, scheduler)
    scheduler.advance_to(1.0)
    client.subscription.dispose()
    client.subscription.dispose()
    before = len(client.events)
    scheduler.advance_to(20.0)
    assert len(client.events) == before
    assert exchange.open_sessions == []


def test_a_stream_disposed_while_it_connects_never_opens() -> None:
    exchange, scheduler = world()
    client = Client(exchange, scheduler)
    client.subscription.dispose()
    scheduler.advance_to(5.0)
    assert client.events == []
    assert exchange.connections == 0


def test_time_ends_when_nobody_is_connected() -> None:
    exchange, scheduler = world(idle_timeout=60.0)
    client = Client(exchange, scheduler)
    scheduler.schedule_absolute(30.0, lambda *_: client.subscription.dispose())
    scheduler.start()  # would never return while something is due
    assert exchange.open_sessions == []
    assert len(client.events) > 10


def test_a_half_open_link_is_silent_in_both_directions() -> None:
    exchange, scheduler = world()
    client = Client(exchange, scheduler)
    scheduler.advance_to(5.0)
    exchange.half_open()
    scheduler.advance_to(5.2)
    before = len(client.events)
    assert client.socket is not None
    client.socket.send({"a": 1})
    scheduler.advance_to(60.0)
    assert len(client.events) == before
    assert client.ends == []


@pytest.mark.parametrize(("status", "kind"), [(401, AuthRefused), (403, AuthRefused), (503, ConnectError)])
def test_a_refused_handshake_is_an_error_alone(status: int, kind: type[Exception]) -> None:
    exchange, scheduler = world()
    exchange.refuse_handshakes(1, status, 7.0)
    client = Client(exchange, scheduler)
    scheduler.advance_to(1.0)
    assert client.events == []
    (error,) = client.ends
    assert type(error) is kind
    assert getattr(error, "status", None) == status
    assert getattr(error, "retry_after", 7.0) == 7.0
    assert exchange.refused_handshakes == 1


def test_messages_carry_their_arrival_by_the_clock_of_the_exchange() -> None:
    exchange, scheduler = world()
    client = Client(exchange, scheduler, watch=False)
    scheduler.advance_to(1.0)
    exchange.send_raw('{"a":1}')
    scheduler.advance_to(2.0)
    message = client.events[-1][1]
    assert isinstance(message, Message)
    assert message.received == START + 1_100_000_000


def test_a_flood_comes_whole_and_in_order() -> None:
    exchange, scheduler = world()
    received: list[bytes] = []

    def receive(socket: Socket, payload: bytes, _: int) -> None:
        received.append(payload)

    def take(event: SocketEvent) -> None:
        assert isinstance(event, Opened)
        event.socket.send({"flood": 2500})

    exchange.source(receive).subscribe(take)
    scheduler.advance_to(1.0)
    assert received == [b"hello", *(f"flood {number % 1000}".encode() for number in range(2500))]


def history(seed: int) -> list[str]:
    faults = Faults(seed=seed, cut_every=(2, 8), drop=0.1, reorder=0.1, duplicate=0.1, truncate=0.1, delay=(0, 0.3))
    exchange, scheduler = world(seed=seed, faults=faults)
    seen: list[str] = []

    def take(event: SocketEvent) -> None:
        if isinstance(event, Opened):
            event.socket.send({"watch": "BTC/USD"})
        name = type(event).__name__
        seen.append(f"{scheduler.to_seconds(scheduler.now)} {name} {getattr(event, 'excerpt', '')!r}")

    reconnect = backoff_reconnect(lambda: fixed(1.0), jitter=0.0, scheduler=scheduler)
    subscription = exchange.source().pipe(reconnect).subscribe(take)
    scheduler.advance_to(60.0)
    subscription.dispose()
    assert exchange.connections > 5
    return seen


def test_the_same_seed_gives_the_same_run_to_the_last_digit() -> None:
    assert history(3) == history(3)
    assert history(3) != history(4)


class Echo:
    """Answers every call with what it asked."""

    def answer(self, call: HttpCall) -> HttpReply | None:
        return HttpReply(body=f"{call.method} {call.path} {call.query} {call.server} {call.body.decode()}".encode())


def test_a_call_is_answered_after_the_latency_both_ways() -> None:
    scheduler = TestScheduler()
    exchange = VirtualExchange(lambda start: make(start, http=lambda _: Echo()), scheduler, latency=0.1)
    answers: list[tuple[float, Any]] = []
    call = exchange.call("http://virtual/a?b=c", method="POST", body=b"x", server="second")
    assert exchange.calls == []
    call.subscribe(lambda reply: answers.append((scheduler.clock, reply)))
    call.subscribe(lambda reply: answers.append((scheduler.clock, "never"))).dispose()
    scheduler.advance_to(1.0)
    ((time, reply),) = answers
    assert time == pytest.approx(0.2)
    assert reply.body == b"POST /a {'b': 'c'} second x"
    assert [call.headers for call in exchange.calls] == [{}]
