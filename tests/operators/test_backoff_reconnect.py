"""`backoff_reconnect` and its delays, in virtual time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from datetime import timedelta
from itertools import islice, pairwise
from math import inf, nan
from typing import Any

import pytest
import reactivex as rx
from hypothesis import given
from hypothesis import strategies as st
from reactivex import Observable
from reactivex.notification import OnError, OnNext
from reactivex.testing import ReactiveTest, TestScheduler
from reactivex.testing.subscription import Subscription

from rxex.errors import (
    AuthRefused,
    CertificateError,
    ConnectError,
    ConnectionClosed,
    InvalidArgument,
    LinkRefused,
    MalformedMessage,
    RateLimited,
    RedirectRefused,
)
from rxex.events import Closed, Message, Opened, Reconnected, Reconnecting, SocketEvent
from rxex.operators import backoff_reconnect, exponential, fixed
from rxex.testing import ScriptedSocket

on_next, on_error, on_completed = ReactiveTest.on_next, ReactiveTest.on_error, ReactiveTest.on_completed
CUT = ConnectionClosed(None, "reset")
REFUSED = ConnectError("exchange.example", "connection refused")
Source = Observable[SocketEvent]


class Run:
    """A subscription of the operator in virtual time: what came out, and when the source was subscribed."""

    def __init__(self, *lives: Callable[[TestScheduler], Source], until: float = 1000, **options: Any) -> None:
        self.clock = TestScheduler()
        self.subscribed: list[float] = []
        left = iter(lives)
        last: list[Callable[[TestScheduler], Source]] = []

        def next_life(_: object) -> Source:
            self.subscribed.append(self.clock.to_seconds(self.clock.now))
            last[:] = [next(left, *last)]
            return last[0](self.clock)

        options.setdefault("jitter", 0)
        options.setdefault("random", lambda: 0.5)
        self.observer = self.clock.create_observer()
        stream = rx.defer(next_life).pipe(backoff_reconnect(scheduler=self.clock, **options))
        self.subscription = stream.subscribe(self.observer)
        self.clock.advance_to(until)

    @property
    def items(self) -> list[tuple[float, SocketEvent]]:
        return [
            (record.time, record.value.value) for record in self.observer.messages if isinstance(record.value, OnNext)
        ]

    @property
    def error(self) -> Exception | None:
        last = self.observer.messages[-1].value
        return last.exception if isinstance(last, OnError) else None

    @property
    def delays(self) -> list[tuple[int, float]]:
        return [(item.attempt, round(item.delay, 6)) for _, item in self.items if isinstance(item, Reconnecting)]

    @property
    def reconnected(self) -> list[tuple[float, int, float]]:
        return [
            (time, item.attempts, item.downtime.total_seconds())
            for time, item in self.items
            if isinstance(item, Reconnected)
        ]


def link(lived: float, code: int | None = None, reason: str = "", error: Exception | None = None) -> Any:
    """One life: opens after a second, is closed after ``lived`` more, and fails."""

    def make(clock: TestScheduler) -> Source:
        socket = ScriptedSocket(clock)
        return clock.create_cold_observable(
            on_next(1, Opened(socket)),
            on_next(1 + lived, Closed(socket, code, reason)),  # type: ignore[arg-type]
            on_error(1 + lived, error or ConnectionClosed(code, reason)),  # type: ignore[arg-type]
        )

    return make


def fails(error: Exception) -> Any:
    """One life: cannot connect, after a second."""
    return lambda clock: clock.create_cold_observable(on_error(1, error))


def lives_on(clock: TestScheduler) -> Source:
    return clock.create_cold_observable(on_next(1, Opened(ScriptedSocket(clock))))


# The course of a reconnection


def test_a_drop_is_told_waited_for_and_made_good() -> None:
    clock = TestScheduler()
    socket = ScriptedSocket(clock)
    opened, message, closed = Opened(socket), Message(socket, {"price": 1}), Closed(socket, None, "reset", CUT)
    source = clock.create_cold_observable(
        on_next(1, opened), on_next(2, message), on_next(40, closed), on_error(40, CUT)
    )
    observer = clock.create_observer()
    stream: Source = source
    subscription = stream.pipe(backoff_reconnect(lambda: fixed(2), jitter=0, scheduler=clock)).subscribe(observer)
    clock.advance_to(50)
    subscription.dispose()
    assert observer.messages == [
        on_next(1, opened),
        on_next(2, message),
        on_next(40, closed),
        on_next(40, Reconnecting(1, 2.0, CUT)),
        on_next(43, opened),
        on_next(43, Reconnected(1, timedelta(seconds=3))),
        on_next(44, message),
    ]
    assert source.subscriptions == [Subscription(0, 40), Subscription(42, 50)]


def test_the_downtime_counts_from_the_close_over_all_failed_attempts() -> None:
    run = Run(link(40), fails(REFUSED), fails(REFUSED), lives_on, delays=lambda: fixed(4))
    assert run.delays == [(1, 4.0), (2, 4.0), (3, 4.0)]
    assert run.reconnected == [(41 + 4 + 1 + 4 + 1 + 4 + 1, 3, 15.0)]


def test_a_first_connect_that_fails_is_a_downtime_since_the_subscription() -> None:
    run = Run(fails(REFUSED), lives_on, delays=lambda: fixed(4))
    assert run.reconnected == [(6, 1, 6.0)]


def test_a_first_connect_that_succeeds_is_no_reconnection() -> None:
    assert [type(item) for _, item in Run(lives_on).items] == [Opened]


def test_a_link_that_fails_without_telling_of_its_close_was_down_from_then_on() -> None:
    def broken(clock: TestScheduler) -> Source:
        return clock.create_cold_observable(on_next(1, Opened(ScriptedSocket(clock))), on_error(41, CUT))

    run = Run(broken, lives_on, delays=lambda: iter((5.0,)))
    assert run.reconnected == [(47, 1, 6.0)]


def test_the_delays_grow_while_links_do_not_last() -> None:
    run = Run(link(1), link(1), link(1), lives_on, delays=lambda: exponential(1, maximum=3))
    assert run.delays == [(1, 1.0), (2, 2.0), (3, 3.0)]
    assert [attempts for _, attempts, _ in run.reconnected] == [1, 1, 1]


def test_a_link_that_lived_long_enough_starts_the_delays_over() -> None:
    run = Run(link(1), link(1), link(29.9), link(30), lives_on, delays=exponential, stable_for=30)
    assert run.delays == [(1, 1.0), (2, 2.0), (3, 4.0), (1, 1.0)]


def test_time_before_the_link_was_open_does_not_make_it_stable() -> None:
    def slow(clock: TestScheduler) -> Source:
        return clock.create_cold_observable(on_error(60, REFUSED))

    assert Run(slow, slow, lives_on).delays == [(1, 1.0), (2, 2.0)]


def test_each_subscription_has_a_state_of_its_own() -> None:
    clock = TestScheduler()
    source = clock.create_cold_observable(on_error(1, REFUSED))
    made: Source = source
    stream = made.pipe(backoff_reconnect(lambda: iter((1.0, 2.0)), jitter=0, scheduler=clock))
    first, second = clock.create_observer(), clock.create_observer()
    stream.subscribe(first)
    clock.advance_to(100)
    stream.subscribe(second)
    clock.advance_to(200)
    assert [record.time for record in first.messages] == [1, 3, 6]
    assert [record.time for record in second.messages] == [101, 103, 106]


def test_without_a_scheduler_the_pause_passes_by_itself() -> None:
    lives = iter((rx.throw(REFUSED), rx.empty()))
    done, seen = threading.Event(), list[SocketEvent]()
    source: Source = rx.defer(lambda _: next(lives))
    source.pipe(backoff_reconnect(lambda: fixed(0.01))).subscribe(seen.append, on_completed=done.set)
    assert done.wait(5)
    assert [type(event) for event in seen] == [Reconnecting]


# Its end


def test_completion_ends_it() -> None:
    run = Run(lambda clock: clock.create_cold_observable(on_completed(3)))
    assert run.observer.messages == [on_completed(3)]


@pytest.mark.parametrize(
    "error",
    [
        AuthRefused("status 401", 401),
        CertificateError("exchange.example", "expired"),
        RedirectRefused("exchange.example", 302),
        MalformedMessage("not transient"),
        ZeroDivisionError("a bug"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_an_error_that_is_not_transient_ends_it_at_once_and_once(error: Exception) -> None:
    run = Run(fails(error))
    assert run.observer.messages == [on_error(1, error)]
    assert run.subscribed == [0]


def test_a_fatal_error_after_a_stable_link_ends_it_too() -> None:
    gone = AuthRefused("key revoked")
    run = Run(link(60, error=gone))
    assert run.error is gone
    assert run.subscribed == [0]


def test_the_end_of_the_delays_ends_it_with_the_last_error() -> None:
    last = ConnectError("exchange.example", "third")
    run = Run(fails(REFUSED), fails(REFUSED), fails(last), delays=lambda: iter((1.0, 2.0)))
    assert run.error is last
    assert run.subscribed == [0, 2, 5]


def test_the_limit_of_attempts_ends_it_with_the_last_error() -> None:
    last = ConnectError("exchange.example", "third")
    run = Run(fails(REFUSED), fails(REFUSED), fails(last), delays=lambda: fixed(1), attempts=2)
    assert run.delays == [(1, 1.0), (2, 1.0)]
    assert run.error is last


def test_no_attempts_means_no_reconnection() -> None:
    run = Run(fails(REFUSED), attempts=0)
    assert run.observer.messages == [on_error(1, REFUSED)]


def test_a_stable_link_gives_all_attempts_back() -> None:
    run = Run(*[link(60)] * 5, lives_on, delays=lambda: fixed(1), attempts=1)
    assert run.error is None
    assert run.delays == [(1, 1.0)] * 5


@pytest.mark.parametrize("code", [1002, 1008, 1009, 4000, 4999])
def test_the_fourth_refusal_in_a_row_is_final(code: int) -> None:
    run = Run(link(1, code, "go away"), delays=lambda: fixed(1))
    assert len(run.subscribed) == 4
    assert isinstance(run.error, LinkRefused)
    assert (run.error.code, run.error.reason) == (code, "go away")
    assert isinstance(run.error.__cause__, ConnectionClosed)


def test_a_stable_link_or_none_at_all_decides_whether_refusals_are_in_a_row() -> None:
    refused = link(1, 1008, "policy")
    with_outage = Run(refused, refused, fails(REFUSED), link(2, 1006), refused, refused, delays=lambda: fixed(1))
    assert isinstance(with_outage.error, LinkRefused)
    assert len(with_outage.subscribed) == 6
    with_stable = Run(refused, refused, refused, link(60, 1008, "policy"), *[refused] * 2, lives_on)
    assert with_stable.error is None
    assert len(with_stable.subscribed) == 7


@pytest.mark.parametrize("code", [None, 1000, 1001, 1006, 1011, 1012, 1013])
def test_no_other_code_is_a_refusal(code: int | None) -> None:
    assert Run(*[link(1, code)] * 10, lives_on).error is None


def test_the_code_of_an_error_counts_where_the_close_had_none() -> None:
    run = Run(link(1, None, "", ConnectionClosed(4001, "by the exchange's own notice")), delays=lambda: fixed(1))
    assert isinstance(run.error, LinkRefused)
    assert run.error.code == 4001


# How long a pause is


def test_jitter_adds_a_share_of_the_delay() -> None:
    run = Run(*[fails(REFUSED)] * 2, lives_on, delays=lambda: fixed(10), jitter=0.2, random=lambda: 0.5)
    assert run.delays == [(1, 11.0), (2, 11.0)]


@pytest.mark.parametrize("code", [1011, 1012, 1013])
def test_the_first_attempt_after_a_restart_comes_at_random(code: int) -> None:
    for share in (0.25, 0.75):
        lives = (link(60, code), link(1, code), lives_on)
        run = Run(*lives, delays=lambda: fixed(1), random=lambda share=share: share)
        assert run.delays == [(1, 1 + 2 * share), (2, 1.0)]


@pytest.mark.parametrize(
    "error", [ConnectError("exchange.example", "status 503", 503, 7.5), RateLimited("slow down", 7.5)]
)
def test_what_the_exchange_asks_to_wait_is_waited_at_least(error: Exception) -> None:
    delays = iter((1.0, 20.0))
    run = Run(fails(error), fails(error), lives_on, delays=lambda: delays)
    assert run.delays == [(1, 7.5), (2, 20.0)]


@pytest.mark.parametrize("after", [1e12, inf])
def test_no_pause_is_longer_than_a_day(after: float) -> None:
    error = RateLimited("come back later", after)
    assert Run(fails(error)).delays == [(1, 86_400.0)]
    assert Run(fails(REFUSED), delays=lambda: fixed(1e12)).delays == [(1, 86_400.0)]


def test_a_link_that_closes_at_once_is_not_hammered() -> None:
    def closes_at_once(clock: TestScheduler) -> Source:
        socket = ScriptedSocket(clock)
        return rx.concat(rx.of(Opened(socket), Closed(socket, 1000)), rx.throw(ConnectionClosed(1000)))

    run = Run(closes_at_once, until=2000, delays=lambda: fixed(0))
    assert 1000 <= len(run.subscribed) <= 2006
    assert run.subscribed[:6] == [0.0] * 6
    assert all(later - earlier >= 1 for earlier, later in pairwise(run.subscribed[5:]))


def test_a_source_that_fails_inside_subscribe_is_waited_for_all_the_same() -> None:
    run = Run(lambda _: rx.throw(REFUSED), lives_on, delays=lambda: fixed(3))
    assert run.subscribed == [0, 3]
    assert run.reconnected == [(4, 1, 4.0)]


# What users do to it


def test_dispose_ends_a_pause() -> None:
    run = Run(fails(REFUSED), delays=lambda: fixed(10), until=5)
    run.subscription.dispose()
    run.subscription.dispose()
    run.clock.advance_to(100)
    assert run.subscribed == [0]
    assert len(run.observer.messages) == 1


def test_dispose_while_a_pause_is_told_prevents_it() -> None:
    clock = TestScheduler()
    source = clock.create_cold_observable(on_error(1, REFUSED))
    made: Source = source
    stream = made.pipe(backoff_reconnect(scheduler=clock))
    subscription = stream.subscribe(lambda event: subscription.dispose())
    clock.advance_to(100)
    assert source.subscriptions == [Subscription(0, 1)]


def test_a_subscriber_that_raises_is_not_connected_again() -> None:
    clock = TestScheduler()
    source = clock.create_cold_observable(on_error(1, REFUSED))

    def raises(event: SocketEvent) -> None:
        raise ZeroDivisionError

    made: Source = source
    made.pipe(backoff_reconnect(scheduler=clock)).subscribe(raises)
    with pytest.raises(ZeroDivisionError):
        clock.advance_to(100)
    clock.stop()
    clock.advance_to(200)
    assert source.subscriptions == [Subscription(0, 1)]


def generator_that_raises() -> Iterator[float]:
    yield 1.0
    raise ZeroDivisionError


def test_a_generator_that_raises_ends_the_stream_with_its_error() -> None:
    run = Run(fails(REFUSED), delays=generator_that_raises)
    assert isinstance(run.error, ZeroDivisionError)
    assert run.subscribed == [0, 2]


@pytest.mark.parametrize("delay", [-0.1, nan, inf, -inf])
def test_a_delay_that_cannot_be_ends_the_stream(delay: float) -> None:
    run = Run(fails(REFUSED), delays=lambda: iter((delay,)))
    assert isinstance(run.error, InvalidArgument)
    assert run.error.name == "delays"
    assert run.subscribed == [0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("delays", exponential()),
        ("stable_for", 0.5),
        ("stable_for", nan),
        ("jitter", -0.1),
        ("jitter", inf),
        ("attempts", -1),
    ],
)
def test_a_value_that_cannot_be_right_is_refused_by_name(name: str, value: object) -> None:
    options: dict[str, Any] = {name: value}
    with pytest.raises(InvalidArgument) as refusal:
        backoff_reconnect(**options)
    assert refusal.value.name == name
    assert refusal.value.value is value


# The delays themselves


@given(
    initial=st.floats(0, 1e6),
    more=st.floats(0, 1e6),
    factor=st.floats(1, 1e6),
)
def test_exponential_delays_never_shrink_and_stay_in_bounds(initial: float, more: float, factor: float) -> None:
    delays = list(islice(exponential(initial, initial + more, factor), 50))
    assert delays[0] == initial
    assert delays == sorted(delays)
    assert max(delays) <= initial + more


def test_exponential_delays_double_up_to_a_minute() -> None:
    assert list(islice(exponential(), 8)) == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("initial", lambda: exponential(-1)),
        ("initial", lambda: exponential(nan)),
        ("maximum", lambda: exponential(2, 1)),
        ("maximum", lambda: exponential(1, inf)),
        ("factor", lambda: exponential(factor=0.5)),
        ("factor", lambda: exponential(factor=inf)),
        ("seconds", lambda: fixed(-1)),
        ("seconds", lambda: fixed(inf)),
    ],
)
def test_delays_that_cannot_be_are_refused_by_name(name: str, make: Callable[[], Iterator[float]]) -> None:
    with pytest.raises(InvalidArgument) as refusal:
        make()
    assert refusal.value.name == name
