"""Authenticate on each new socket."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import reactivex as rx
from reactivex import Observable
from reactivex import operators as ops
from reactivex.abc import SchedulerBase

from rxex.errors import AuthRefused, ConnectionClosed, TransientError
from rxex.events import Authenticated, MessageStream, Socket
from rxex.operators._answers import check_timeout, first_answer
from rxex.operators._each_socket import each_socket
from rxex.typing import Json, Operator

__all__ = ["authenticate"]

S = TypeVar("S", bound=Socket)
_NAME = "the authentication"


def _unexplained(_: Json) -> str:
    return "it gave no reason"


def authenticate(
    request: Callable[[S], Json],
    accepted: Callable[[Json], bool | None],
    messages: Observable[Json],
    *,
    timeout: float = 10.0,
    refusal: Callable[[Json], str] = _unexplained,
    scheduler: SchedulerBase | None = None,
) -> Operator[S | None, S]:
    """Send a request on each new socket, and give the socket once the exchange has accepted it.

    Listens before it sends. On the messages of a connection `Authenticated` is announced before the socket is given. A
    newer socket, or None for one that has gone, ends the wait. Emits on the messages' thread.

    Args:
        request: makes the message for a socket, with `TokenSocket.token` where `add_token` comes before.
        accepted: tells whether a message means yes (True), no (False), or is no answer (None).
        messages: where the answer comes.
        timeout: seconds for the answer, after which the socket is dropped with `RequestTimeout`: the connection
            reconnects within its own backoff. The same goes for a request that cannot be sent.
        refusal: gives the exchange's reason of an answer that means no.
        scheduler: runs the time-out; default: the socket's.

    Ends with `AuthRefused` where the answer means no, and with what the functions raise; the connection goes on. Raises
    `InvalidArgument` for a ``timeout`` that is not above 0.
    """
    check_timeout(timeout)

    def judge(message: Json) -> Json | None:
        is_yes = accepted(message)
        if is_yes is False:
            raise AuthRefused(refusal(message))
        return message if is_yes else None

    def ask_on(socket: S) -> Observable[S]:
        def ask() -> None:
            socket.send(request(socket))

        def accept(message: Json) -> S:
            if isinstance(messages, MessageStream):
                messages.announce(Authenticated(socket, message))
            return socket

        def give_up(error: Exception, _: Observable[S]) -> Observable[S]:
            if not isinstance(error, TransientError):
                return rx.throw(error)
            if not isinstance(error, ConnectionClosed):  # that is the end of the messages, and so of the connection
                socket.drop(error)
            return rx.empty()

        clock = scheduler or socket.scheduler
        answer: Observable[Json] = first_answer(
            messages, judge, timeout=timeout, request=_NAME, scheduler=clock, ask=ask
        )
        return answer.pipe(ops.map(accept), ops.catch(give_up))

    return each_socket(ask_on)
