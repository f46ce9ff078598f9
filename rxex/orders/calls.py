"""One request through a private socket, and its answer."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from typing import TypeVar

from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable, SerialDisposable, SingleAssignmentDisposable

from rxex.clock import default_clock
from rxex.errors import ConnectionClosed, NotSent
from rxex.events import MessageStream
from rxex.operators import PrivateSockets, TokenSocket
from rxex.operators._answers import check_timeout, first_answer
from rxex.typing import Json

__all__ = ["MakeCall", "answers_of", "call", "new_request_id", "no_socket", "wait_for_socket"]

T = TypeVar("T")
_SOCKET_WAIT = 1.0
_ID_BITS = 45  # exchanges take ids of 45 bits and more

MakeCall = Callable[[TokenSocket, int], Json]
"""Makes the message of a request with an id, to be sent through a socket."""


def new_request_id() -> int:
    """Give an id that no other request of the connection has."""
    return random.getrandbits(_ID_BITS)


def answers_of(messages: Observable[Json]) -> Observable[Json]:
    """Give the messages among which an answer can be."""
    return messages.keyed(None) if isinstance(messages, MessageStream) else messages


def no_socket(label: str) -> NotSent:
    """Give the error of a request that finds no open socket."""
    return NotSent(f"there is no socket for {label}")


def wait_for_socket(
    sockets: Observable[TokenSocket | None], give_up: Callable[[], None], scheduler: abc.SchedulerBase | None
) -> abc.DisposableBase:
    """Call ``give_up`` in a second, unless a socket is there: who asks now does not want it to be sent later."""
    if isinstance(sockets, PrivateSockets) and sockets.current is not None:
        return Disposable()
    return (scheduler or default_clock()).schedule_relative(_SOCKET_WAIT, lambda *_: give_up())


def call(
    sockets: Observable[TokenSocket | None],
    messages: Observable[Json],
    make: MakeCall,
    read: Callable[[Json, int], T | None],
    *,
    label: str,
    timeout: float = 5.0,
    check: Callable[[], None] = lambda: None,
    scheduler: abc.SchedulerBase | None = None,
) -> Observable[T]:
    """Send one request, give its answer, and complete; each subscription sends once or not at all.

    Listens before it sends, and sends at once or not at all. Emits on the messages' thread.

    Args:
        sockets: gives the socket, and None once it has gone.
        messages: where the answer comes.
        make: makes the request.
        read: makes what is emitted of the answer with an id, None of any other message. What it raises ends the call.
        label: what errors call the request.
        timeout: seconds from the sending for the answer.
        check: raises `NotSent` where the request must not be sent now.
        scheduler: runs the waits; default: the socket's, and `default_clock` before there is one.

    Ends with `NotSent` where nothing has left (no socket within a second, or sending failed); with `RequestTimeout` or
    `ConnectionClosed` where it may have taken effect all the same; with what ``read`` raises, as a rule
    `RequestRefused`.
    """
    check_timeout(timeout)

    def subscribe(observer: abc.ObserverBase[T], on: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        asked: TokenSocket | None = None
        decision = threading.Lock()  # held for good by who decides first: to send, or that it is too late
        listening, waiting, timer = SingleAssignmentDisposable(), SingleAssignmentDisposable(), SerialDisposable()
        everything = CompositeDisposable(listening, waiting, timer)

        def fail(error: Exception) -> None:
            everything.dispose()
            observer.on_error(error)

        def answered(answer: T) -> None:
            everything.dispose()
            observer.on_next(answer)
            observer.on_completed()

        def ask_on(socket: TokenSocket) -> None:
            id_ = new_request_id()

            def ask() -> None:
                check()
                socket.send(make(socket, id_), now=True)

            answer = first_answer(
                messages,
                lambda message: read(message, id_),
                timeout=timeout,
                request=label,
                scheduler=scheduler or socket.scheduler,
                ask=ask,
            )
            waiting.disposable = answer.subscribe(answered, fail, scheduler=on)

        def on_socket(socket: TokenSocket | None) -> None:
            nonlocal asked
            if decision.acquire(blocking=False):
                timer.dispose()
                if socket is None:
                    fail(no_socket(label))
                else:
                    asked = socket
                    ask_on(socket)
            elif asked is not None and socket != asked:
                fail(ConnectionClosed(None, f"no answer to {label} came before; it may have taken effect"))

        def give_up() -> None:
            if decision.acquire(blocking=False):
                fail(no_socket(label))

        timer.disposable = wait_for_socket(sockets, give_up, scheduler)
        listening.disposable = sockets.subscribe(on_socket, fail, give_up, scheduler=on)
        return everything

    return Observable(subscribe)
