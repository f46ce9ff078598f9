"""F32 and F33: bursts, and subscribers that are slower than the exchange."""

from __future__ import annotations

import gc
import time
import weakref
from itertools import pairwise
from statistics import quantiles
from threading import Event
from typing import Any

import pytest
from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase

from rxex.codec import encode
from rxex.events import Message, Overflow, SocketEvent
from rxex.fanout import FanOut
from rxex.operators import on_backpressure_buffer, on_backpressure_drop, on_backpressure_latest
from rxex.socket import open_socket
from rxex.typing import Operator
from tests.fakes.raw_server import Peer, RawServer, frame

BURST = 100_000


def _burst(peer: Peer) -> None:
    peer.accept(then=b"".join(frame(encode({"n": number})) for number in range(BURST)))
    peer.wait_for_end()


def _numbers(events: list[Any]) -> list[int]:
    return [event.data["n"] for event in events if isinstance(event, Message) and isinstance(event.data, dict)]


def _stream(fan: FanOut[Any]) -> Observable[Any]:
    def subscribe(observer: ObserverBase[Any], _: SchedulerBase | None = None) -> DisposableBase:
        return fan.subscribe(observer)

    return Observable(subscribe)


def test_f32_a_burst_is_delivered_in_order_where_the_buffer_holds_it() -> None:
    seen: list[SocketEvent | Overflow] = []
    done = Event()

    def observe(event: SocketEvent | Overflow) -> None:
        seen.append(event)
        if isinstance(event, Overflow) or (isinstance(event, Message) and event.data == {"n": BURST - 1}):
            done.set()

    with RawServer(_burst) as server:
        events = open_socket(server.url).pipe(on_backpressure_buffer(BURST + 1, notices=True))
        subscription = events.subscribe(observe)
        assert done.wait(30)
        subscription.dispose()
    assert _numbers(seen) == list(range(BURST))


@pytest.mark.parametrize("overflow", ["drop_oldest", "drop_latest"])
def test_f32_what_a_burst_loses_in_a_small_buffer_is_counted_exactly_and_in_its_place(overflow: Any) -> None:
    seen: list[Any] = []
    busy, sent, done = Event(), Event(), Event()
    kept = 10_000

    def observe(event: Any) -> None:
        seen.append(event)
        busy.set()
        assert sent.wait(30)
        if isinstance(event, Overflow) and overflow == "drop_latest":
            done.set()
        if isinstance(event, Message) and event.data == {"n": BURST - 1}:
            done.set()

    def watch(event: SocketEvent) -> None:
        if isinstance(event, Message) and event.data == {"n": 0}:
            assert busy.wait(30)  # the reader has taken what it is busy with
        if isinstance(event, Message) and event.data == {"n": BURST - 1}:
            sent.set()

    fan: FanOut[SocketEvent] = FanOut()
    _stream(fan).pipe(on_backpressure_buffer(kept, overflow=overflow, notices=True)).subscribe(observe)
    _stream(fan).subscribe(watch)
    with RawServer(_burst) as server:
        subscription = open_socket(server.url).subscribe(fan.emit)
        assert done.wait(30)
        subscription.dispose()
    fan.complete()
    numbers, place = _numbers(seen), 0
    assert len(numbers) + sum(event.count for event in seen if isinstance(event, Overflow)) == BURST
    assert all(earlier < later for earlier, later in pairwise(numbers))
    for event in seen[1:]:
        assert isinstance(event, Overflow) or event.data["n"] == place
        place += event.count if isinstance(event, Overflow) else 1
    assert len(numbers) in {kept, kept + 1}


@pytest.mark.parametrize(
    "operator",
    [on_backpressure_buffer(10_000), on_backpressure_latest(), on_backpressure_drop()],
    ids=["buffer", "latest", "drop"],
)
def test_f33_a_consumer_that_takes_50_ms_delays_its_siblings_by_less_than_5(operator: Operator[Any, Any]) -> None:
    fan: FanOut[float] = FanOut()
    pause, late, busy = Event(), list[float](), Event()

    def consume(_: object) -> None:
        busy.set()
        pause.wait(0.05)

    slow = _stream(fan).pipe(operator).subscribe(consume)
    _stream(fan).subscribe(lambda sent: late.append(time.perf_counter() - sent))
    fan.emit(time.perf_counter())
    assert busy.wait(5)
    for _ in range(5000):
        fan.emit(time.perf_counter())
    pause.set()
    slow.dispose()
    assert len(late) == 5001
    assert quantiles(late, n=1000)[-2] < 0.005, "the machine itself may stop us now and then, the consumer may not"


@pytest.mark.parametrize(
    ("operator", "most"),
    [(on_backpressure_buffer(500), 500), (on_backpressure_latest(), 1), (on_backpressure_drop(), 1)],
    ids=["buffer", "latest", "drop"],
)
def test_f33_a_consumer_that_does_not_come_back_holds_no_more_items_than_it_may(
    operator: Operator[Any, Any], most: int
) -> None:
    class Item:
        pass

    fan: FanOut[Item] = FanOut()
    alive: weakref.WeakSet[Item] = weakref.WeakSet()
    busy, go_on = Event(), Event()

    def consume(_: object) -> None:
        busy.set()
        assert go_on.wait(30)

    subscription = _stream(fan).pipe(operator).subscribe(consume)
    fan.emit(Item())
    assert busy.wait(5)
    for _ in range(20_000):
        item = Item()
        alive.add(item)
        fan.emit(item)
    del item
    gc.collect()
    assert len(alive) <= most
    go_on.set()
    subscription.dispose()
