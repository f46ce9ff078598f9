"""Calls as cold Observables: threads, retries, interceptors, turns, patience, dispose."""

from __future__ import annotations

import logging
import os
import threading
from typing import Any

import attrs
import pytest
from reactivex import operators as ops
from reactivex.testing import TestScheduler

from rxex.errors import (
    AnswerLost,
    ClockSkew,
    ForkedError,
    InvalidArgument,
    NotSent,
    RateLimited,
    RequestRefused,
    RequestTimeout,
)
from rxex.rest import CallCounter, RateLimit, RawResponse, Request
from tests.fakes.http_server import Asked, HttpServer, cut, hold, reply
from tests.fakes.raw_server import Peer
from tests.rest.plain import Outcome, data, error, outcome, plain


def test_a_call_is_cold_and_each_subscription_is_one_request() -> None:
    with HttpServer(reply({"data": 1}), reply({"data": 2})) as server, plain(server.url) as rest:
        call = rest.ask(name="x y", count=3)
        assert server.asked == []
        assert [data(call), data(call)] == [1, 2]
        assert [asked.target for asked in server.asked] == ["/ask?name=x+y&count=3"] * 2


def test_the_response_has_the_data_the_raw_answer_and_its_arrival() -> None:
    with HttpServer(reply({"data": [1]}, headers="X-Told: yes\r\n")) as server, plain(server.url) as rest:
        (response,) = outcome(rest.ask()).items
    assert response.data == [1]
    assert response.raw.status == 200
    assert response.raw.headers["x-told"] == "yes"
    assert response.raw.body == b'{"data": [1]}'
    assert response.received == response.raw.received > 10**18
    assert response.rate_limit is None


def test_answers_come_on_a_named_daemon_thread_that_ends_when_there_is_nothing_to_do() -> None:
    with HttpServer(reply({"data": 1})) as server, plain(server.url) as rest:
        assert outcome(rest.ask()).threads == ["rxex-rest-127.0.0.1-1"]


def test_connections_are_kept_and_used_again() -> None:
    with HttpServer(reply({"data": 1})) as server, plain(server.url) as rest:
        for _ in range(5):
            data(rest.ask())
        assert {asked.connection for asked in server.asked} == {1}


def test_no_more_calls_wait_for_an_answer_at_once_than_there_are_connections() -> None:
    go = threading.Event()

    def slow(_: Asked, __: Peer) -> bytes:
        go.wait(5)
        return b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"data":1}'

    with HttpServer(slow) as server, plain(server.url, connections=3, read_timeout=5) as rest:
        calls = [Outcome(rest.ask()) for _ in range(9)]
        server.wait_for(3)
        assert sum(thread.name.startswith("rxex-rest") for thread in threading.enumerate()) == 3
        go.set()
        assert all(call.wait().items for call in calls)
        assert server.most_at_once == 3
        assert server.connections == 3


@pytest.mark.parametrize(
    ("wrong", "kind"),
    [
        (reply(status="500 Internal Server Error"), AnswerLost),
        (reply(status="503 Service Unavailable"), AnswerLost),
        (reply(status="520 Unknown"), AnswerLost),
        (reply(status="429 Too Many Requests"), RateLimited),
        (reply(status="418 I'm a teapot"), RateLimited),
        (reply(b"<html>"), AnswerLost),
        (reply(b'{"data"'), AnswerLost),
        (reply({"other": 1}), AnswerLost),
        (reply([]), AnswerLost),
        (reply({"data": 1}, cut_at=30), AnswerLost),
        (cut, AnswerLost),
        (hold, RequestTimeout),
    ],
)
def test_a_read_is_tried_again_and_at_last_ends_with_the_last_error(wrong: Any, kind: type[Exception]) -> None:
    with HttpServer(wrong, reply({"data": 1})) as server, plain(server.url) as rest:
        assert data(rest.mine()) == 1
        assert len(server.asked) == 2
    with HttpServer(wrong) as server, plain(server.url, read_timeout=0.1) as rest:
        assert type(error(rest.mine())) is kind
        assert len(server.asked) == 3


def test_a_refusal_is_not_tried_again() -> None:
    with HttpServer(reply(status="400 Bad Request")) as server, plain(server.url) as rest:
        assert isinstance(error(rest.ask()), RequestRefused)
        assert len(server.asked) == 1


@pytest.mark.parametrize("delays", [lambda: iter((-1.0,)), lambda: iter((float("nan"),))])
def test_delays_that_cannot_be_end_the_call(delays: Any) -> None:
    with HttpServer(cut) as server, plain(server.url, delays=delays) as rest:
        assert isinstance(error(rest.ask()), InvalidArgument)


def test_delays_that_raise_end_the_call() -> None:
    def delays() -> Any:
        raise ZeroDivisionError
        yield

    with HttpServer(cut) as server, plain(server.url, delays=delays) as rest:
        assert isinstance(error(rest.ask()), ZeroDivisionError)


# On a scheduler: the calls are real, the pauses virtual.


def test_pauses_are_the_delays_and_at_least_what_the_exchange_asks() -> None:
    scheduler = TestScheduler()
    times: list[float] = []

    def note(request: Request) -> Request:
        times.append(scheduler.to_seconds(scheduler.now))
        return request

    answers = [
        reply(status="429 Too Many Requests", headers="Retry-After: 20\r\n"),
        reply(status="503 Service Unavailable", headers="Retry-After: 2\r\n"),
        reply({"data": 1}),
    ]
    options: dict[str, Any] = {"scheduler": scheduler, "before": [note], "delays": lambda: iter((1, 5))}
    with HttpServer(*answers) as server, plain(server.url, **options) as rest:
        call = Outcome(rest.ask())
        scheduler.advance_by(100)
        assert [response.data for response in call.items] == [1]
    assert times == [0, 20, 25]


def test_an_exchange_that_asks_for_more_patience_than_there_is_ends_the_call() -> None:
    answer = reply(status="429 Too Many Requests", headers="Retry-After: 31\r\n")
    with HttpServer(answer) as server, plain(server.url) as rest:
        end = error(rest.ask())
    assert isinstance(end, RateLimited)
    assert end.retry_after == 31


class _Counted:
    """A limiter of the plain exchange."""

    def __init__(self, counter: CallCounter) -> None:
        self.counter = counter
        self.outcomes: list[Any] = []

    def wait(self, _: Any, __: Any) -> float:
        return self.counter.wait()

    def told(self, endpoint: Any, _: Any, outcome: Any) -> None:
        self.outcomes.append((endpoint.name, outcome))

    def rate_limit(self, _: Any, __: Any) -> RateLimit:
        return self.counter.rate_limit


def test_calls_wait_for_the_limiter_and_tell_what_is_left() -> None:
    scheduler = TestScheduler()
    limiter = _Counted(CallCounter(2, 0.1, scheduler=scheduler))
    with HttpServer(reply({"data": 1})) as server, plain(server.url, scheduler=scheduler, limiter=limiter) as rest:
        calls = [Outcome(rest.ask()) for _ in range(4)]
        ended: list[int] = []
        for _ in range(4):
            ended.append(sum(bool(call.items) for call in calls))
            scheduler.advance_by(10)
        assert ended == [0, 3, 4, 4]
        assert calls[0].items[0].rate_limit == RateLimit(2, 0, 20, estimated=True)
        assert limiter.outcomes == [("Ask", 1)] * 4


def test_a_limiter_that_asks_for_more_patience_than_there_is_ends_the_call_and_nothing_is_sent() -> None:
    scheduler = TestScheduler()
    limiter = _Counted(CallCounter(1, 0.01, scheduler=scheduler))
    limiter.counter.fill()
    with HttpServer(reply()) as server, plain(server.url, scheduler=scheduler, limiter=limiter) as rest:
        call = Outcome(rest.ask())
        scheduler.advance_by(1)
        assert isinstance(call.error, RateLimited)
        assert call.error.retry_after == 100
        assert server.asked == []


def test_a_call_that_waits_for_the_limiter_can_be_disposed_of() -> None:
    scheduler = TestScheduler()
    limiter = _Counted(CallCounter(1, 0.1, scheduler=scheduler))
    limiter.counter.fill()
    with HttpServer(reply()) as server, plain(server.url, scheduler=scheduler, limiter=limiter) as rest:
        call = Outcome(rest.ask())
        call.subscription.dispose()
        scheduler.advance_by(1000)
        assert not call.ended.is_set()
        assert server.asked == []


# Clocks.


def test_a_refused_nonce_of_a_read_is_measured_and_tried_again_once() -> None:
    answers = [reply({"error": "nonce"}), reply({"ns": 10**18}), reply({"data": 1})]
    with HttpServer(*answers) as server, plain(server.url) as rest:
        assert data(rest.mine()) == 1
        assert [asked.target for asked in server.asked] == ["/mine", "/time", "/mine"]
        assert rest.clock.offset is not None
        assert rest.clock.offset < -(10**7)
    answers = [reply({"error": "nonce"}), reply({"ns": 10**18}), reply({"error": "nonce"})]
    with HttpServer(*answers) as server, plain(server.url) as rest:
        end = error(rest.mine())
        assert isinstance(end, ClockSkew)
        assert end.offset == rest.clock.offset
        assert len(server.asked) == 3


def test_a_refused_nonce_of_an_order_is_measured_and_not_tried_again() -> None:
    with HttpServer(reply({"error": "nonce"}), reply({"ns": 10**18})) as server, plain(server.url) as rest:
        end = error(rest.order())
        assert isinstance(end, ClockSkew)
        assert end.offset is not None
        assert [asked.target for asked in server.asked] == ["/order", "/time"]


def test_where_the_time_cannot_be_asked_either_the_offset_is_unknown() -> None:
    with HttpServer(reply({"error": "nonce"}), cut) as server, plain(server.url) as rest:
        end = error(rest.order())
    assert isinstance(end, ClockSkew)
    assert end.offset is None


# Interceptors.


def test_interceptors_see_and_replace_request_and_answer_in_their_order() -> None:
    def add(request: Request) -> Request:
        return attrs.evolve(request, parameters={**request.parameters, "count": "7"}, headers={"X-Mine": "1"})

    def wrap(request: Request, raw: RawResponse) -> RawResponse:
        return attrs.evolve(raw, body=b'{"data":"' + request.parameters["count"].encode() + b'"}')

    options: dict[str, Any] = {"before": [add, add], "after": [wrap]}
    with HttpServer(reply({"data": 1})) as server, plain(server.url, **options) as rest:
        (response,) = outcome(rest.ask()).items
        assert response.data == "7"
        assert response.raw.body == b'{"data":"7"}'
        assert server.asked[0].target == "/ask?count=7"
        assert server.asked[0].headers["x-mine"] == "1"


def _raise(*_: Any) -> Any:
    raise ZeroDivisionError("mine")


def test_an_interceptor_that_raises_before_ends_the_call_and_nothing_is_sent() -> None:
    with HttpServer(reply({"data": 1})) as server, plain(server.url, before=[_raise]) as rest:
        assert isinstance(error(rest.order()), ZeroDivisionError)
        assert server.asked == []


def test_an_interceptor_that_raises_after_a_read_ends_it_and_of_an_order_nothing_is_known() -> None:
    with HttpServer(reply({"data": 1})) as server, plain(server.url, after=[_raise]) as rest:
        assert isinstance(error(rest.mine()), ZeroDivisionError)
        end = error(rest.order())
        assert isinstance(end, AnswerLost)
        assert isinstance(end.__cause__, ZeroDivisionError)
        assert len(server.asked) == 2


# Turns.


def test_calls_with_one_key_go_out_one_at_a_time_with_nonces_in_order() -> None:
    with (
        HttpServer(reply({"data": 1})) as server,
        plain(server.url) as rest,
        plain(server.url, credentials=rest._credentials) as other,
    ):
        calls = [Outcome((rest, other)[number % 2].mine()) for number in range(40)]
        assert all(call.wait(10).items for call in calls)
        nonces = [int(asked.body.split(b"&")[0][6:]) for asked in server.asked]
        assert nonces == sorted(nonces)
        assert len(set(nonces)) == 40
        assert server.most_at_once == 1


def test_orders_go_before_reads_that_wait() -> None:
    go = threading.Event()

    def slow(_: Asked, __: Peer) -> bytes:
        go.wait(5)
        return b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{"data":1}'

    with HttpServer(slow) as server, plain(server.url, read_timeout=5) as rest:
        calls = [Outcome(rest.mine())]
        server.wait_for(1)
        calls += [Outcome(rest.mine(count=number)) for number in range(3)] + [Outcome(rest.order())]
        go.set()
        assert all(call.wait().items for call in calls)
        assert [asked.target for asked in server.asked] == ["/mine", "/order", "/mine", "/mine", "/mine"]


def test_a_call_that_does_not_get_its_turn_in_time_is_not_sent() -> None:
    with HttpServer(hold) as server, plain(server.url, read_timeout=1, patience=0.2, delays=lambda: iter(())) as rest:
        first = Outcome(rest.mine())
        server.wait_for(1)
        late = error(rest.order())
        assert isinstance(late, NotSent)
        assert isinstance(first.wait().error, RequestTimeout)
        assert len(server.asked) == 1


def test_a_disposed_call_gives_its_turn_to_the_next() -> None:
    with HttpServer(hold, reply({"data": 1})) as server, plain(server.url, read_timeout=30) as rest:
        first, skipped, last = Outcome(rest.mine()), Outcome(rest.mine()), Outcome(rest.mine())
        server.wait_for(1)
        skipped.subscription.dispose()
        first.subscription.dispose()
        assert last.wait().items[0].data == 1
        assert len(server.asked) == 2
        assert not first.ended.is_set()
        assert not skipped.ended.is_set()


def test_a_callback_may_ask_again_and_wait_for_it() -> None:
    with HttpServer(reply({"data": 1})) as server, plain(server.url) as rest:
        inner: list[Any] = []
        Outcome(rest.mine(), lambda _: inner.append(data(rest.mine()))).wait()
        assert inner == [1]


# Dispose and subscribers.


def test_dispose_while_waiting_for_an_answer_frees_the_thread_at_once_and_nothing_comes() -> None:
    with HttpServer(hold) as server, plain(server.url, read_timeout=60) as rest:
        call = Outcome(rest.ask())
        server.wait_for(1)
        call.subscription.dispose()
        call.subscription.dispose()
        # That no thread is left is seen by the fixture.
        assert not call.ended.is_set()


def test_dispose_in_the_callback() -> None:
    with HttpServer(reply({"data": 1})) as server, plain(server.url) as rest:
        got: list[Any] = []
        done = threading.Event()

        def take(response: Any) -> None:
            got.append(response.data)
            subscription.dispose()
            done.set()

        subscription = rest.ask().pipe(ops.delay_subscription(0.05)).subscribe(take)
        assert done.wait(5)
        assert got == [1]


def test_a_subscriber_that_raises_is_reported_once_and_hurts_nobody_else(caplog: pytest.LogCaptureFixture) -> None:
    with HttpServer(reply({"data": 1})) as server, plain(server.url, connections=1) as rest:
        with caplog.at_level(logging.ERROR):
            rest.ask().subscribe(_raise)
            assert data(rest.ask()) == 1
        assert len(caplog.records) == 1


def test_no_thread_left_is_an_error_of_the_call(monkeypatch: pytest.MonkeyPatch) -> None:
    with HttpServer(reply({"data": 1})) as server, plain(server.url) as rest:
        start = threading.Thread.start

        def fail(thread: threading.Thread) -> None:
            if thread.name.startswith("rxex-rest"):
                raise RuntimeError("can't start new thread")
            start(thread)

        with monkeypatch.context() as patch:
            patch.setattr(threading.Thread, "start", fail)
            assert isinstance(error(rest.mine()), NotSent)
        assert data(rest.mine()) == 1


def test_a_forked_child_gets_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with HttpServer(reply({"data": 1})) as server, plain(server.url) as rest:
        data(rest.ask())
        with monkeypatch.context() as patch:
            patch.setattr(os, "getpid", lambda: -1)
            assert isinstance(error(rest.mine()), ForkedError)
        assert data(rest.mine()) == 1


def test_a_closed_client_opens_what_it_needs() -> None:
    with HttpServer(reply({"data": 1})) as server:
        rest = plain(server.url)
        data(rest.ask())
        rest.close()
        rest.close()
        assert data(rest.ask()) == 1
        rest.close()
        assert server.connections == 2


# What is refused before anything happens.


def test_a_private_endpoint_needs_credentials() -> None:
    with (
        plain("https://example.invalid", credentials=None) as rest,
        pytest.raises(InvalidArgument, match="Mine is private"),
    ):
        rest.mine()


@pytest.mark.parametrize(
    ("options", "word"),
    [
        ({"connect_timeout": 0}, "connect_timeout"),
        ({"read_timeout": -1}, "read_timeout"),
        ({"patience": float("nan")}, "patience"),
        ({"max_answer": 0}, "max_answer"),
        ({"connections": 0}, "connections"),
        ({"hosts": 0}, "hosts"),
        ({"delays": iter(())}, "delays"),
        ({"proxy": "socks5://x"}, "proxy"),
        ({"ca_file": "/nowhere"}, "ca_file"),
    ],
)
def test_options_that_cannot_be_are_refused(options: dict[str, Any], word: str) -> None:
    with pytest.raises(InvalidArgument, match=word):
        plain("https://example.invalid", **options)


def test_unknown_and_missing_parameters_are_refused_by_name() -> None:
    with plain("https://example.invalid") as rest:
        with pytest.raises(InvalidArgument, match="nmae"):
            rest.ask(nmae="x")  # type: ignore[call-arg]
        with pytest.raises(InvalidArgument, match="count"):
            rest.ask(count=11)


def test_an_endpoint_tells_what_it_takes() -> None:
    with plain("https://example.invalid") as rest:
        assert rest.ask.__doc__ is not None
        assert "count: how many" in rest.ask.__doc__
        assert rest.ask.__name__ == "Ask"
