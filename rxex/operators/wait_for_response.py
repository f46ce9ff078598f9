"""The first message that is the answer."""

from __future__ import annotations

from collections.abc import Callable

from reactivex import Observable
from reactivex.abc import SchedulerBase

from rxex.clock import default_clock
from rxex.operators._answers import check_timeout, first_answer
from rxex.typing import Json, Operator

__all__ = ["wait_for_response"]


def wait_for_response(
    matches: Callable[[Json], bool],
    *,
    timeout: float = 5.0,
    request: str = "the request",
    scheduler: SchedulerBase | None = None,
) -> Operator[Json, Json]:
    """Give the first message that is the answer, then complete.

    Of a connection only messages of no channel are looked at: answers and errors. Emits on the source's thread, the
    time-out on the scheduler's.

    Args:
        matches: tells whether a message is the answer.
        timeout: seconds from the subscription, after which it ends with `RequestTimeout`. A link that breaks
            meanwhile is told in this way only.
        request: what errors call the request.
        scheduler: runs the time-out; default: `rxex.clock.default_clock`.

    Ends with `ConnectionClosed` where the source completes first, and with what ``matches`` raises. Raises
    `InvalidArgument` for a ``timeout`` that is not above 0.

    >>> import reactivex as rx
    >>> rx.of({"id": 1}, {"id": 2}).pipe(wait_for_response(lambda message: message["id"] == 2)).run()
    {'id': 2}
    """
    check_timeout(timeout)

    def judge(message: Json) -> Json | None:
        return message if matches(message) else None

    def _wait_for_response(source: Observable[Json]) -> Observable[Json]:
        clock = scheduler or default_clock()
        return first_answer(source, judge, timeout=timeout, request=request, scheduler=clock)

    return _wait_for_response
