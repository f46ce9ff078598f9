"""Ask once, and hear the answer."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import reactivex as rx
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, SingleAssignmentDisposable

from rxex.errors import ConnectionClosed, InvalidArgument, NotSent
from rxex.events import Socket
from rxex.operators._answers import check_timeout, first_answer
from rxex.typing import Json, Operator

__all__ = ["request_response"]

_ID_BITS = 45  # exchanges take ids of 45 bits and more


def request_response(
    request: Callable[[int], Json],
    messages: Observable[Json],
    *,
    matches: Callable[[Json, int], bool],
    timeout: float = 5.0,
    label: str = "the request",
    ids: Iterator[int] | None = None,
    scheduler: abc.SchedulerBase | None = None,
) -> Operator[Socket | None, Json]:
    """Send one request on the first socket, give its answer, and complete.

    Listens before it sends, so that no answer is too fast for it. Each subscription sends exactly once, or not at all;
    nothing is ever sent again. Emits on the messages' thread.

    Args:
        request: makes the message of an id.
        messages: where the answer comes.
        matches: tells whether a message is the answer to the request with this id.
        timeout: seconds from the sending, after which it ends with `RequestTimeout`.
        label: what errors call the request.
        ids: gives the id; default: a random number of 45 bits.
        scheduler: runs the time-out; default: the socket's, so that it never comes at the same time as the answer.

    Ends with `NotSent` where nothing has left (no socket came, or sending failed); with `ConnectionClosed` where the
    messages complete before the answer, or the source gives None: the socket has gone; with what ``request`` and
    ``matches`` raise. After a `RequestTimeout` or a `ConnectionClosed` the request
    may have taken effect all the same. Raises `InvalidArgument` for a ``timeout`` that is not above 0.
    """
    check_timeout(timeout)

    def ask_on(socket: Socket) -> Observable[Json]:
        id_ = random.getrandbits(_ID_BITS) if ids is None else next(ids, None)
        if id_ is None:
            raise InvalidArgument("ids", ids, "it has to go on without end")

        def judge(message: Json) -> Json | None:
            return message if matches(message, id_) else None

        def ask() -> None:
            socket.send(request(id_))

        clock = scheduler or socket.scheduler
        return first_answer(messages, judge, timeout=timeout, request=label, scheduler=clock, ask=ask)

    def _request_response(source: Observable[Socket | None]) -> Observable[Json]:
        def subscribe(observer: abc.ObserverBase[Json], on: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            asked: Socket | None = None
            sockets, waiting = SingleAssignmentDisposable(), SingleAssignmentDisposable()
            both = CompositeDisposable(sockets, waiting)

            def fail(error: Exception) -> None:
                both.dispose()
                observer.on_error(error)

            def on_answer(answer: Json) -> None:
                both.dispose()
                observer.on_next(answer)
                observer.on_completed()

            def on_socket(socket: Socket | None) -> None:
                nonlocal asked
                if asked is None and socket is not None:
                    asked = first = socket
                    answer = rx.defer(lambda _: ask_on(first))
                    waiting.disposable = answer.subscribe(on_answer, fail, scheduler=on)
                elif asked is not None and socket is None:
                    fail(ConnectionClosed(None, f"no answer to {label} came before; it may have taken effect"))

            def on_completed() -> None:
                if asked is None:
                    fail(NotSent(f"there was no socket for {label}"))

            sockets.disposable = source.subscribe(on_socket, fail, on_completed, scheduler=on)
            return both

        return Observable(subscribe)

    return _request_response
