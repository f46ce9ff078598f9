"""F54: the wall clock steps, or the process stands still for a while."""

from __future__ import annotations

import signal
import threading

from rxex.exchanges.kraken.sandbox import kraken_sandbox
from tests.faults.processes import Script

# The wall clock of this process is set before anything can read it: time.time, time.time_ns and datetime.now.
STEPPING = """
import datetime as dt, time

step = 0.0
true_time, true_time_ns = time.time, time.time_ns

class Stepping(dt.datetime):
    @classmethod
    def now(cls, tz=None):
        return cls.fromtimestamp(time.time(), tz)

    @classmethod
    def utcnow(cls):
        return cls.now(dt.timezone.utc).replace(tzinfo=None)

time.time = lambda: true_time() + step
time.time_ns = lambda: true_time_ns() + int(step * 1e9)
dt.datetime = Stepping
"""
STEPS = """
from rxex.clock import default_clock
from rxex.events import Closed, LinkEvent

links, ticks, received = [], threading.Semaphore(0), []
connection.link.subscribe(lambda event: links.append(event) if isinstance(event, LinkEvent) else None)
feed = sockets.pipe(kraken.subscribe_ticker("BTC/USD", messages))
feed.subscribe(lambda tick: (received.append(tick.received), ticks.release()))
connection.connect()
assert ticks.acquire(timeout=5)
for following in (-30.0, 3600.0, 0.0):
    due = [threading.Event(), threading.Event()]
    start = time.monotonic()
    for scheduler, event in zip((default_clock(), links[0].socket.scheduler), due):
        scheduler.schedule_relative(0.2, lambda *_, event=event: event.set())
    step = following  # while the timers run
    for event in due:
        assert event.wait(5)
        late = time.monotonic() - start - 0.2
        assert 0 <= late < 0.5, late
    while ticks.acquire(blocking=False):
        pass
    assert ticks.acquire(timeout=5) and ticks.acquire(timeout=5)
    assert abs(received[-1] / 1e9 - (true_time() + step)) < 1, "arrivals are stamped by the wall clock"
assert [type(event).__name__ for event in links] == ["Opened"], links
"""


def test_steps_of_the_wall_clock_touch_neither_timers_nor_the_link() -> None:
    with kraken_sandbox(speed=50) as exchange, Script(STEPS, exchange.public_url, before=STEPPING) as script:
        code, _, err, _ = script.end()
        connections = exchange.connections
    assert (code, err, connections) == (0, "", 1)


# As public_connection makes it, with a time of silence that a test can wait for.
STOPPED = """
from attrs import evolve
from rxex.connection import Connection
from rxex.events import Closed, Opened, Reconnected
from rxex.exchanges.kraken.connection import V2
from rxex.operators import backoff_reconnect
from rxex.socket import open_socket

connection = Connection(
    lambda receive: open_socket(url, receive=receive, ping_interval=0.3, pong_timeout=0.2).pipe(
        backoff_reconnect(kraken.reconnect_delays)
    ),
    V2,
)
sockets = connection.pipe(filter_new_socket_only())
feed = sockets.pipe(kraken.subscribe_ticker("BTC/USD", connection.pipe(keep_messages_only())))
ticks = threading.Semaphore(0)
feed.subscribe(lambda tick: ticks.release())
opened = threading.Semaphore(0)
connection.link.subscribe(lambda event: print(event) if isinstance(event, (Opened, Closed)) else None)
connection.link.subscribe(lambda event: opened.release() if isinstance(event, Opened) else None)
connection.connect()
assert ticks.acquire(timeout=5) and opened.acquire(timeout=5)
say_when()  # and be stopped
sys.stdin.readline()
while ticks.acquire(blocking=False):
    pass
for _ in range(3):
    assert ticks.acquire(timeout=5)
"""
# Some ticks may have been sent before the link died, and wait to be read.
DIED = f"{STOPPED}assert opened.acquire(timeout=5) and ticks.acquire(timeout=5)\n"


def test_a_process_that_stood_still_goes_on_with_the_link_it_has() -> None:
    with kraken_sandbox(speed=50) as exchange, Script(STOPPED, exchange.public_url) as script:
        script.wait_until_said()
        script.stop()
        assert not threading.Event().wait(1.0)
        script.send_signal(signal.SIGCONT)
        code, out, err, _ = script.end()
        connections = exchange.connections
    assert (code, err, connections) == (0, "", 1)
    assert [line.partition("(")[0] for line in out.splitlines()] == ["Opened"]


def test_a_link_that_died_while_the_process_stood_still_is_found_stale_and_made_anew() -> None:
    with kraken_sandbox(speed=50) as exchange, Script(DIED, exchange.public_url) as script:
        script.wait_until_said()
        script.stop()
        exchange.half_open()
        assert not threading.Event().wait(1.0)
        script.send_signal(signal.SIGCONT)
        code, out, err, _ = script.end()
        connections = exchange.connections
    assert (code, err, connections) == (0, "", 2)
    assert [line.partition("(")[0] for line in out.splitlines()] == ["Opened", "Closed", "Opened"]
    assert "LinkStale" in out
