"""Read a stream in a ``for`` loop."""

from __future__ import annotations

import sys
from collections.abc import Generator
from queue import SimpleQueue
from typing import Any, Literal, TypeVar, overload

from reactivex import ConnectableObservable, Observable
from reactivex.disposable import CompositeDisposable

from rxex.clock import default_clock
from rxex.events import Overflow
from rxex.operators._hand_over import check_capacity
from rxex.worlds._checks import check_connection, check_timeout
from rxex.worlds._closing import close_all
from rxex.worlds._mailbox import Mailbox

T = TypeVar("T")


@overload
def blocking(
    feed: Observable[T],
    *,
    connection: ConnectableObservable[Any] | None = None,
    capacity: int = 10_000,
    notices: Literal[False] = False,
    timeout: float | None = None,
) -> Generator[T, None, None]: ...


@overload
def blocking(
    feed: Observable[T],
    *,
    connection: ConnectableObservable[Any] | None = None,
    capacity: int = 10_000,
    notices: bool,
    timeout: float | None = None,
) -> Generator[T | Overflow, None, None]: ...


def blocking(
    feed: Observable[T],
    *,
    connection: ConnectableObservable[Any] | None = None,
    capacity: int = 10_000,
    notices: bool = False,
    timeout: float | None = None,
) -> Generator[T | Overflow, None, None]:
    """Iterate over ``feed`` on the calling thread.

    The feed is subscribed to when the iteration begins. When it ends, the subscription is disposed and ``connection``
    closed, within 1 s: because the feed has completed, after ``timeout`` seconds, by ``break``, an exception or Ctrl-C
    in the loop, by ``close()``, or because nobody holds the iterator any more.

    Args:
        feed: what to read.
        connection: is connected (unless it is already) once the feed is subscribed to.
        capacity: items that may wait for a slow loop.
        notices: on overflow, drop the oldest items and put `Overflow` (with their number) where they were, instead of
            ending with `BufferOverflow`.
        timeout: seconds from the first item asked for, after which the iteration ends with what came until then.

    Raises:
        InvalidArgument: a capacity below 1, a negative time-out, something that is not a connection; at once.
        BufferOverflow: the loop is too slow; after the items that still had room.
        Exception: the feed's own error, after its last item.

    >>> from reactivex import of
    >>> for tick in blocking(of(1, 2)):
    ...     print(tick)
    1
    2
    """
    check_capacity(capacity)
    check_timeout(timeout)
    if connection is not None:
        check_connection(connection)
    return _read(feed, connection, capacity, notices=notices, timeout=timeout)


def _read(
    feed: Observable[T],
    connection: ConnectableObservable[Any] | None,
    capacity: int,
    *,
    notices: bool,
    timeout: float | None,
) -> Generator[T | Overflow, None, None]:
    # SimpleQueue, because a signal handler may emit, and so put into it, while this very thread waits in it.
    woken: SimpleQueue[None] = SimpleQueue()
    mailbox: Mailbox[T] = Mailbox(capacity, notices=notices, wake=lambda: woken.put(None))
    resources = CompositeDisposable()
    try:
        if timeout is not None:
            resources.add(default_clock().schedule_relative(timeout, lambda *_: mailbox.end()))
        mailbox.fill(feed, connection, resources)
        while True:
            yield from mailbox.read()
            if mailbox.is_over:
                return
            woken.get()
    finally:
        # While the interpreter ends there are no threads any more, neither to close with nor to wait for.
        if not sys.is_finalizing():
            close_all([resources])
