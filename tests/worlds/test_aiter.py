"""rxex.aiter: a stream in asyncio."""

from __future__ import annotations

import asyncio
import gc
import threading
from typing import Any, assert_type
from unittest.mock import Mock, patch

import pytest
import reactivex as rx
from reactivex import Observable, Subject
from reactivex.abc import ObserverBase
from reactivex.disposable import Disposable

from rxex.errors import AuthRefused, BufferOverflow, InvalidArgument
from rxex.events import Overflow
from rxex.worlds import AsyncFeed, aiter  # noqa: A004
from tests.worlds.fakes import Source


def numbers(observer: ObserverBase[int]) -> None:
    for number in range(100):
        observer.on_next(number)
    observer.on_completed()


def one(observer: ObserverBase[int]) -> None:
    observer.on_next(1)


def read(source: Source, **options: Any) -> AsyncFeed[int]:
    return aiter(source.connection, connection=source.connection, **options)


def test_items_of_another_thread_come_in_order_and_the_end_closes_the_connection() -> None:
    async def main() -> list[int]:
        return [tick async for tick in read(source)]

    source = Source(numbers)
    assert asyncio.run(main()) == list(range(100))
    assert (source.opened, source.closed) == (1, 1)


def test_nothing_happens_before_the_first_item_is_asked_for() -> None:
    async def main() -> None:
        ticks = read(source)
        assert source.opened == 0
        assert await anext(ticks) == 1
        await ticks.aclose()

    source = Source(one)
    asyncio.run(main())
    assert source.closed == 1


def test_the_error_of_the_feed_is_raised_after_its_last_item() -> None:
    def fail(observer: ObserverBase[int]) -> None:
        observer.on_next(1)
        observer.on_error(AuthRefused("no such key"))

    async def main() -> None:
        async for tick in read(source):
            got.append(tick)

    source, got = Source(fail), list[int]()
    with pytest.raises(AuthRefused, match="no such key"):
        asyncio.run(main())
    assert got == [1]
    assert source.closed == 1


def test_the_end_of_async_with_closes_everything() -> None:
    async def main() -> None:
        async with read(source) as ticks:
            async for _ in ticks:
                break
            assert source.closed == 0
        assert source.closed == 1

    source = Source(one)
    asyncio.run(main())


def test_an_iterator_that_nobody_holds_closes_everything() -> None:
    async def main() -> None:
        async for _ in read(source):
            break
        gc.collect()
        await asyncio.wait_for(closed.wait(), 5)

    async def set_closed() -> None:
        closed.set()

    closed = asyncio.Event()
    source = Source(one, close=lambda: asyncio.run_coroutine_threadsafe(set_closed(), loop))
    loop = asyncio.new_event_loop()
    try:
        loop.run_until_complete(main())
    finally:
        loop.close()


def test_a_cancelled_task_closes_everything() -> None:
    async def main() -> None:
        task = asyncio.create_task(consume())
        await started.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert source.closed == 1

    async def consume() -> None:
        async for _ in read(source):
            started.set()

    started = asyncio.Event()
    source = Source(one)
    asyncio.run(main())


def test_the_loop_runs_on_while_the_connection_takes_its_time_to_close() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_later(0.02, loop_runs.set)
        async with read(source) as ticks:
            await anext(ticks)
        assert not stalled

    loop_runs = threading.Event()
    stalled: list[bool] = []
    source = Source(one, close=lambda: None if loop_runs.wait(5) else stalled.append(True))
    asyncio.run(main())
    assert source.closed == 1


def test_cancelled_while_closing_it_still_closes() -> None:
    async def main() -> None:
        ticks = read(source)
        await anext(ticks)
        closing = asyncio.create_task(ticks.aclose())
        await asyncio.to_thread(entered.wait, 5)
        closing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await closing
        go_on.set()

    def close() -> None:
        entered.set()
        go_on.wait(5)
        closed.set()

    entered, go_on, closed = threading.Event(), threading.Event(), threading.Event()
    source = Source(one, close=close)
    asyncio.run(main())
    assert closed.wait(5)


def test_the_loop_is_woken_once_for_a_burst() -> None:
    async def main() -> None:
        wakes = Mock(wraps=asyncio.get_running_loop().call_soon_threadsafe)
        async with aiter(subject) as ticks:
            first = asyncio.ensure_future(anext(ticks))
            await asyncio.sleep(0)
            with patch.object(asyncio.get_running_loop(), "call_soon_threadsafe", wakes):
                thread = threading.Thread(target=burst)
                thread.start()
                thread.join()
            assert wakes.call_count == 1
            assert [await first, *[await anext(ticks) for _ in range(999)]] == list(range(1000))

    def burst() -> None:
        for number in range(1000):
            subject.on_next(number)

    subject = Subject[int]()
    asyncio.run(main())


def test_other_tasks_get_their_turn_during_a_flood() -> None:
    async def main() -> None:
        task = asyncio.create_task(take_turns())
        numbers = [number async for number in aiter(rx.range(0, 1000))]
        assert assert_type(numbers, list[int]) == list(range(1000))
        task.cancel()

    async def take_turns() -> None:
        while True:
            turns.append(1)
            await asyncio.sleep(0)

    turns: list[int] = []
    asyncio.run(main())
    assert len(turns) >= 10


def test_a_loop_that_is_too_slow_gets_what_had_room_and_then_an_error() -> None:
    async def main() -> None:
        async for number in aiter(rx.range(0, 10), capacity=3):
            got.append(number)  # noqa: PERF401  (what came before the error counts)

    got: list[int] = []
    with pytest.raises(BufferOverflow, match="a buffer of 3 items"):
        asyncio.run(main())
    assert got == [0, 1, 2]


def test_with_notices_a_loop_that_is_too_slow_is_told_how_many_were_dropped() -> None:
    async def main() -> list[int | Overflow]:
        items = [item async for item in aiter(rx.range(0, 10), capacity=3, notices=True)]
        return assert_type(items, list[int | Overflow])

    assert asyncio.run(main()) == [Overflow("", 7), 7, 8, 9]


def test_a_loop_that_was_closed_without_a_word_is_left_alone() -> None:
    disposed = threading.Event()
    emit: list[ObserverBase[int]] = []

    def subscribe(observer: ObserverBase[int], scheduler: object = None) -> Disposable:
        emit.append(observer)
        return Disposable(disposed.set)

    async def main() -> None:
        waiting.append(asyncio.ensure_future(anext(ticks)))
        await asyncio.sleep(0)

    waiting: list[asyncio.Future[int]] = []
    ticks = aiter(Observable[int](subscribe))
    loop = asyncio.new_event_loop()
    loop.set_exception_handler(lambda *_: None)  # it says that a task was destroyed, which is the point here
    loop.run_until_complete(main())
    loop.close()
    emit[0].on_next(1)
    assert disposed.wait(5)
    waiting.clear()


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"capacity": 0}, "capacity is 0: give the number of items to hold"),
        ({"connection": Subject()}, "connection is .*: give the connection itself"),
    ],
)
def test_senseless_options_are_refused_at_once(options: dict[str, Any], text: str) -> None:
    with pytest.raises(InvalidArgument, match=text):
        aiter(rx.of(1), **options)
