"""The life of a link: made, used and disposed of again and again, at any moment."""

from __future__ import annotations

import os
import random
import threading
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest

from rxex.events import Message, Opened, SocketEvent
from rxex.socket import open_socket
from tests.fakes.raw_server import Peer, RawServer, accept_and_wait, frame
from tests.fakes.watch import Watch, watch


def _descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def _flood_a_little(peer: Peer) -> None:
    peer.accept(then=frame("[1]"))
    for _ in range(60):
        peer.send(frame("[2]") * 100)
        peer.server.over.wait(0.0005)
    peer.wait_for_end()


def test_a_link_disposed_of_at_any_moment_leaves_nothing() -> None:
    chance = random.Random(int(os.environ.get("RXEX_SEED", "7")))
    with RawServer(_flood_a_little) as server:
        stream = open_socket(server.url)
        for _ in range(100):
            seen = Watch(stream)
            threading.Event().wait(chance.random() * 0.006)
            seen.subscription.dispose()
            told = len(seen.events)
            assert not [thread for thread in threading.enumerate() if thread.name.startswith("rxex")]
            assert len(seen.events) == told
            assert seen.error is None


def test_many_links_at_once_leave_nothing() -> None:
    with RawServer(accept_and_wait) as server:
        before = _descriptors()
        seen = [watch(server.url) for _ in range(30)]
        for each in seen:
            each.wait(Opened)
        threads = [threading.Thread(target=each.subscription.dispose) for each in seen]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("rxex")]
        assert server.done.wait(3)
        deadline = time.monotonic() + 3
        while _descriptors() > before and time.monotonic() < deadline:
            threading.Event().wait(0.01)
        assert _descriptors() <= before


@pytest.mark.parametrize("moment", [Opened, Message])
def test_disposing_of_the_subscription_inside_its_own_callback_ends_the_thread(moment: type[SocketEvent]) -> None:
    made = threading.Event()

    def stop(event: SocketEvent) -> None:
        if isinstance(event, moment):
            assert made.wait(3)
            seen.subscription.dispose()

    with RawServer(_flood_a_little) as server:
        seen = watch(server.url, stop)
        made.set()
        seen.wait(moment)
        deadline = time.monotonic() + 2
        while any(thread.name.startswith("rxex") for thread in threading.enumerate()):
            assert time.monotonic() < deadline
            threading.Event().wait(0.01)
        assert type(seen.events[-1]) is moment


def test_closing_and_dropping_at_once_end_the_stream_once() -> None:
    def at_once(start: threading.Barrier, call: Callable[[], None]) -> None:
        start.wait()
        call()

    with RawServer(accept_and_wait) as server:
        for _ in range(20):
            with watch(server.url) as seen:
                start = threading.Barrier(2)
                calls = (seen.socket.close, partial(seen.socket.drop, ValueError("mine")))
                threads = [threading.Thread(target=at_once, args=(start, call)) for call in calls]
                for thread in threads:
                    thread.start()
                for thread in threads:
                    thread.join()
                seen.wait_for_end()
                assert seen.kinds.count("Closed") == 1
                assert seen.completed != (seen.error is not None)


def test_a_timer_from_another_thread_runs_within_50_ms_while_nothing_comes() -> None:
    delays = list[float]()
    with RawServer(accept_and_wait) as server, watch(server.url) as seen:
        scheduler = seen.socket.scheduler
        for _ in range(20):
            done, begin = threading.Event(), time.monotonic()
            scheduler.schedule(lambda *_, done=done: done.set())
            assert done.wait(3)
            delays.append(time.monotonic() - begin)
        assert sorted(delays)[10] < 0.05


def test_timers_run_under_a_flood() -> None:
    with RawServer(_flood_a_little) as server, watch(server.url) as seen:
        scheduler, done = seen.socket.scheduler, threading.Event()
        seen.wait(Message, 100)
        scheduler.schedule_relative(0.05, lambda *_: done.set())
        assert done.wait(1)
