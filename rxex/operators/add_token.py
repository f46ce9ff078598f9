"""Fetch a token for each new socket."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from reactivex import Observable, abc
from reactivex import operators as ops
from reactivex.disposable import CompositeDisposable, SingleAssignmentDisposable

from rxex.auth import Secret
from rxex.errors import FatalError, TokenError
from rxex.events import Socket
from rxex.operators._each_socket import each_socket
from rxex.typing import Json, Operator

__all__ = ["TokenSocket", "add_token"]


class TokenSocket:
    """A socket with the token that was fetched for it; equal to the socket that it stands for."""

    __slots__ = ("_socket", "token")

    def __init__(self, socket: Socket, token: Secret) -> None:
        self._socket = socket
        self.token = token

    @property
    def scheduler(self) -> abc.SchedulerBase:
        """See `rxex.events.Socket.scheduler`."""
        return self._socket.scheduler

    def send(self, message: Json, *, now: bool = False) -> None:
        """See `rxex.events.Socket.send`."""
        self._socket.send(message, now=now)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """See `rxex.events.Socket.close`."""
        self._socket.close(code, reason)

    def drop(self, error: Exception) -> None:
        """See `rxex.events.Socket.drop`."""
        self._socket.drop(error)

    def __eq__(self, other: object) -> bool:
        return self._socket == (other._socket if isinstance(other, TokenSocket) else other)

    def __hash__(self) -> int:
        return hash(self._socket)

    def __repr__(self) -> str:
        return f"<TokenSocket: {self._socket!r}>"


def add_token(
    get_token: Callable[[], str | Observable[str]], *, scheduler: abc.SchedulerBase | None = None
) -> Operator[Socket | None, TokenSocket]:
    """Ask for a token once for each new socket, and give the socket with it.

    A newer socket, or None for one that has gone, ends the wait. Emits on the socket's thread.

    Args:
        get_token: gives the token, or an Observable whose first item it is. It may take its time: it is called on a
            thread of its own.
        scheduler: runs ``get_token`` instead of that thread.

    Where ``get_token`` raises, or gives no token, the socket is dropped with `TokenError`: the connection reconnects
    within its own backoff (after the error's ``retry_after``, if it has one), and the token is asked for again. A
    `FatalError` (`AuthRefused`) ends this stream with it, while the connection goes on. The token shows in no text: no
    cause and no traceback of ``get_token`` is kept.
    """
    return each_socket(lambda socket: _with_token(socket, get_token, scheduler))


def _with_token(
    socket: Socket, get_token: Callable[[], str | Observable[str]], scheduler: abc.SchedulerBase | None
) -> Observable[TokenSocket]:
    def subscribe(observer: abc.ObserverBase[TokenSocket], on: abc.SchedulerBase | None = None) -> abc.DisposableBase:
        asking, telling = SingleAssignmentDisposable(), SingleAssignmentDisposable()

        def tell(outcome: Secret | Exception) -> None:
            def act(*_: Any) -> None:
                if isinstance(outcome, Secret):
                    observer.on_next(TokenSocket(socket, outcome))
                elif isinstance(outcome, FatalError):
                    observer.on_error(outcome)
                    return
                else:
                    socket.drop(outcome)
                observer.on_completed()

            telling.disposable = socket.scheduler.schedule(act)

        def take(token: object) -> None:
            tell(Secret(token) if isinstance(token, str) and token else TokenError("EmptyToken"))

        def fail(error: BaseException) -> None:
            tell(_without_traces(error))

        def ask(*_: Any) -> None:
            try:
                answer = get_token()
            except BaseException as error:
                fail(error)
                return
            if isinstance(answer, Observable):
                asking.disposable = answer.pipe(ops.first_or_default(None, "")).subscribe(take, fail, scheduler=on)
            else:
                take(answer)

        if scheduler is not None:
            return CompositeDisposable(scheduler.schedule(ask), asking, telling)
        try:
            threading.Thread(target=ask, name="rxex-token", daemon=True).start()
        except RuntimeError as error:  # no more threads; there may be some when the connection tries again
            fail(error)
        return CompositeDisposable(asking, telling)

    return Observable(subscribe)


def _without_traces(error: BaseException) -> Exception:
    # A cause can be an HTTP error whose text is a url with the token, and a frame can hold the token in a variable.
    if isinstance(error, FatalError):
        error.__cause__ = error.__context__ = None
        return error.with_traceback(None)
    return TokenError(type(error).__name__, getattr(error, "retry_after", None))
