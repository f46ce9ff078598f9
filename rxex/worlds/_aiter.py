"""Read a stream in asyncio."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from typing import Any, Generic, Literal, Self, TypeVar, overload

from reactivex import ConnectableObservable, Observable
from reactivex.disposable import CompositeDisposable

from rxex.events import Overflow
from rxex.operators._hand_over import check_capacity
from rxex.worlds._checks import check_connection
from rxex.worlds._closing import close_in_background
from rxex.worlds._mailbox import Mailbox

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
_TURN = 100  # items read without a pause, before the loop's other tasks get their turn


class AsyncFeed(AsyncIterator[T_co], Generic[T_co]):
    """The items of a stream, for ``async for``; closed by `aclose`, the end of an ``async with``, or cancellation."""

    def __init__(self, items: AsyncGenerator[T_co, None]) -> None:
        self._items = items

    async def __anext__(self) -> T_co:
        return await self._items.__anext__()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Dispose the subscription and close the connection; returns when that is done, without stalling the loop."""
        await self._items.aclose()


@overload
def aiter(  # noqa: A001
    feed: Observable[T],
    *,
    connection: ConnectableObservable[Any] | None = None,
    capacity: int = 10_000,
    notices: Literal[False] = False,
) -> AsyncFeed[T]: ...


@overload
def aiter(  # noqa: A001
    feed: Observable[T],
    *,
    connection: ConnectableObservable[Any] | None = None,
    capacity: int = 10_000,
    notices: bool,
) -> AsyncFeed[T | Overflow]: ...


def aiter(  # noqa: A001
    feed: Observable[T],
    *,
    connection: ConnectableObservable[Any] | None = None,
    capacity: int = 10_000,
    notices: bool = False,
) -> AsyncFeed[T | Overflow]:
    """Iterate over ``feed`` in asyncio, on any running loop: a script's, a web server's, a notebook's.

    The feed is subscribed to when the iteration begins. When it ends, the subscription is disposed and ``connection``
    closed, within 2 s and without stalling the loop: because the feed has completed, by cancellation (also of one
    pending item), by ``aclose()`` or the end of ``async with``, or because nobody holds the iterator any more. The loop
    is woken once for all items that came since it looked, and its other tasks get their turn during a flood.

    Args:
        feed: what to read; emits on its own thread.
        connection: is connected (unless it is already) once the feed is subscribed to.
        capacity: items that may wait for a slow loop.
        notices: on overflow, drop the oldest items and put `Overflow` (with their number) where they were, instead of
            ending with `BufferOverflow`.

    Raises:
        InvalidArgument: a capacity below 1, something that is not a connection; at once.
        BufferOverflow: the loop is too slow; after the items that still had room.
        Exception: the feed's own error, after its last item.

    >>> import asyncio
    >>> from reactivex import of
    >>> async def main():
    ...     async for tick in aiter(of(1, 2)):
    ...         print(tick)
    >>> asyncio.run(main())
    1
    2
    """
    check_capacity(capacity)
    if connection is not None:
        check_connection(connection)
    return AsyncFeed(_read(feed, connection, capacity, notices=notices))


async def _read(
    feed: Observable[T], connection: ConnectableObservable[Any] | None, capacity: int, *, notices: bool
) -> AsyncGenerator[T | Overflow, None]:
    loop = asyncio.get_running_loop()
    arrived = asyncio.Event()
    resources = CompositeDisposable()

    def wake() -> None:
        try:
            loop.call_soon_threadsafe(arrived.set)
        except RuntimeError:
            # The loop was closed without a word: nobody reads any more.
            close_in_background(resources)

    mailbox: Mailbox[T] = Mailbox(capacity, notices=notices, wake=wake)
    try:
        mailbox.fill(feed, connection, resources)
        while True:
            arrived.clear()
            for number, item in enumerate(mailbox.read(), 1):
                yield item
                if number % _TURN == 0:
                    await asyncio.sleep(0)
            if mailbox.is_over:
                return
            await arrived.wait()
    finally:
        closed = close_in_background(resources)
        if _is_running():  # else the loop has ended before the iteration: nobody is left to wait
            await asyncio.wrap_future(closed)


def _is_running() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
