"""Block a script while its connections run."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from queue import SimpleQueue
from typing import Any

from attrs import frozen
from reactivex import ConnectableObservable, abc
from reactivex.disposable import CompositeDisposable, Disposable

from rxex.clock import default_clock
from rxex.events import EventStream
from rxex.worlds._checks import check_connection, check_timeout
from rxex.worlds._closing import close_all

_UNHANDLED = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL}


@frozen
class _End:
    """One connection has ended; with ``connection`` None: all shall."""

    connection: ConnectableObservable[Any] | None = None
    error: Exception | None = None


def run(
    connection: ConnectableObservable[Any], *more: ConnectableObservable[Any], timeout: float | None = None
) -> None:
    """Block until the connections have ended, then close them all and return.

    Those that are not connected yet are connected first. It is over when each connection has completed or was disposed,
    after ``timeout`` seconds, and on Ctrl-C (SIGINT) and SIGTERM: these do not raise, so that the script goes on behind
    this call and ends as scripts do, without a traceback. A signal that the program handles or ignores itself is left
    to it. Closing takes 1 s at most, even if a subscriber hangs; the signal handlers are then as before.

    Meant for the main thread; works on any other, where no signals are caught. In asyncio, use `aiter`.

    Args:
        connection: what to connect and wait for.
        more: further connections.
        timeout: seconds; None: no limit.

    Raises:
        InvalidArgument: something is not a connection, or the time-out is negative.
        Exception: the error of the first connection that ended with one, for good.

    >>> from reactivex import of, operators
    >>> ticks = of(1, 2).pipe(operators.publish())
    >>> subscription = ticks.subscribe(print)
    >>> run(ticks)
    1
    2
    """
    connections = (connection, *more)
    for each in connections:
        check_connection(each)
    check_timeout(timeout)

    # SimpleQueue, because a signal handler may put into it while this very thread waits in it.
    ends: SimpleQueue[_End] = SimpleQueue()
    watches = CompositeDisposable()
    opened: list[abc.DisposableBase] = []
    with _signals_handled(lambda: ends.put(_End())):
        try:
            if timeout is not None:
                watches.add(default_clock().schedule_relative(timeout, lambda *_: ends.put(_End())))
            for each in connections:
                watches.add(_watch(each, ends))
                opened.append(_connect(each, ends))
            _wait(set(connections), ends)
        finally:
            watches.dispose()
            close_all(opened)


def _watch(connection: ConnectableObservable[Any], ends: SimpleQueue[_End]) -> abc.DisposableBase:
    # Of a connection of ours only the link events, so that no event is built for each message.
    events = connection.link if isinstance(connection, EventStream) else connection
    return events.subscribe(
        on_error=lambda error: ends.put(_End(connection, error)), on_completed=lambda: ends.put(_End(connection))
    )


def _connect(connection: ConnectableObservable[Any], ends: SimpleQueue[_End]) -> abc.DisposableBase:
    opened = connection.connect()
    if isinstance(opened, CompositeDisposable):
        # Somebody else may dispose it: a subscriber that has seen enough.
        opened.add(Disposable(lambda: ends.put(_End(connection))))
    return opened or Disposable()


def _wait(connections: set[ConnectableObservable[Any]], ends: SimpleQueue[_End]) -> None:
    while connections:
        end = ends.get()
        if end.error is not None:
            raise end.error
        if end.connection is None:
            return
        connections.discard(end.connection)


@contextmanager
def _signals_handled(stop: Callable[[], None]) -> Iterator[None]:
    """Call ``stop`` on SIGINT and SIGTERM, where the program has no handlers of its own."""
    previous = {}
    if threading.current_thread() is threading.main_thread():
        for number, default in _UNHANDLED.items():
            if signal.getsignal(number) == default:
                previous[number] = signal.signal(number, lambda *_: stop())
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
