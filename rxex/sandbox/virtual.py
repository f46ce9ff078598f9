"""The simulated exchange in the time of a scheduler, without sockets or threads."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from itertools import cycle, islice
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit

from attrs import evolve
from reactivex import Observable
from reactivex.abc import DisposableBase, ObserverBase, SchedulerBase
from reactivex.disposable import BooleanDisposable, Disposable, SerialDisposable

from rxex.codec import encode
from rxex.errors import AuthRefused, ConnectError, ConnectionClosed, NotSent
from rxex.events import Closed, Opened, Socket, SocketEvent
from rxex.sandbox.actions import Action, Close, Cut, Flood, HalfOpen, Send
from rxex.sandbox.controls import Controls
from rxex.sandbox.http import HttpCall, HttpReply
from rxex.sandbox.simulation import Simulation
from rxex.socket import Receive, decode_message
from rxex.typing import Json

__all__ = ["VIRTUAL_START", "VirtualExchange"]

T = TypeVar("T")
VIRTUAL_START = 1_767_225_600_000_000_000
"""The exchange's time when virtual time starts: 2026-01-01, midnight UTC, in nanoseconds since the epoch."""


class VirtualExchange(Controls):
    """A simulated exchange whose connections are Observables on one scheduler.

    `source` serves wherever a cold stream of socket events does, so the same connection, operators and faults run in
    a test's virtual time; the same seed gives the same run to the last digit. There is no keep-alive on such a socket:
    a half-open one is noticed by what watches the exchange's own heartbeat.
    """

    def __init__(self, make: Callable[[int], Simulation], scheduler: SchedulerBase, *, latency: float = 0.01) -> None:
        """Start an exchange on ``scheduler``; ``latency`` is the seconds that a frame takes, either way."""
        self._simulation = make(VIRTUAL_START)
        self._scheduler = scheduler
        self._latency = latency
        self._began = scheduler.to_seconds(scheduler.now)
        self._links: dict[int, _VirtualSocket] = {}
        self._timer = SerialDisposable()
        # With a scheduler of real time, tests act from another thread.
        self._lock = threading.RLock()

    def source(self, receive: Receive = decode_message, *, path: str | None = None) -> Observable[SocketEvent]:
        """Make a cold stream that opens one connection per subscription, on ``path`` (None: the exchange's usual one).

        ``path`` may have a query, and scheme and host before it, which do not matter.

        Emits `Opened`, what ``receive`` makes of each message, and when the exchange ends it `Closed`, then the error;
        after our own `Socket.close` `Closed`, then completion. A refused handshake is an error alone: `AuthRefused`
        for 401 and 403, else `ConnectError`. Emits on the scheduler.
        """
        path = path or next(iter(self._simulation.protocols))

        def subscribe(observer: ObserverBase[SocketEvent], _: SchedulerBase | None = None) -> DisposableBase:
            socket = _VirtualSocket(self, observer, receive)
            self._later(lambda: self._shake_hands(socket, path))
            return Disposable(socket.leave)

        return Observable(subscribe)

    def call(
        self,
        path: str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        server: str = "",
    ) -> Observable[HttpReply | None]:
        """Make a call over HTTP; emits the answer (None: nothing is served there) and completes, on the scheduler.

        ``path`` as for `source`; ``server`` is the name of the address that is called. The answer comes after the
        latency both ways; one with status 0 is a connection that was reset.
        """

        def subscribe(observer: ObserverBase[HttpReply | None], _: SchedulerBase | None = None) -> DisposableBase:
            ended = BooleanDisposable()

            def ask() -> None:
                if ended.is_disposed:
                    return
                where, query = _path_of(path)
                lower = {name.lower(): value for name, value in (headers or {}).items()}
                raw = urlsplit(path).query
                call = HttpCall(self._now(), method, where, query, lower, body, raw_query=raw, server=server)
                reply = self._run(lambda simulation: simulation.serve(call))
                self._later(lambda: answer(reply), self._latency + (0.0 if reply is None else reply.delay))

            def answer(reply: HttpReply | None) -> None:
                if not ended.is_disposed:
                    observer.on_next(reply)
                    observer.on_completed()

            self._later(ask)
            return ended

        return Observable(subscribe)

    def ask(self, call: HttpCall) -> HttpReply | None:
        """Answer a call over HTTP, now, whatever ``call.time`` says; None where nothing is served on its path."""
        return self._run(lambda simulation: simulation.serve(evolve(call, time=self._now())))

    # What its sockets call.

    def _later(self, action: Callable[[], None], wait: float | None = None) -> None:
        def run(_: SchedulerBase, __: object = None) -> None:
            action()

        self._scheduler.schedule_relative(self._latency if wait is None else wait, run)

    def _now(self) -> float:
        return self._scheduler.to_seconds(self._scheduler.now) - self._began

    def _arrival(self) -> int:
        return VIRTUAL_START + round(self._now() * 1e6) * 1000

    def _run(self, action: Callable[[Simulation], T]) -> T:
        with self._lock:
            self._simulation.advance(self._now())
            try:
                return action(self._simulation)
            finally:
                self._carry_out()

    def _shake_hands(self, socket: _VirtualSocket, path: str) -> None:
        if socket.ended:
            return
        where, query = _path_of(path)
        refusal = self._run(lambda simulation: simulation.admit(where, self._now(), query))
        if refusal is None:
            self._later(lambda: socket.tell(Opened(socket)))
            with self._lock:
                socket.number = self._simulation.open(where, self._now(), query)
                self._links[socket.number] = socket
                self._carry_out()
        elif refusal.status in {401, 403}:
            self._later(lambda: socket.end(AuthRefused(f"HTTP {refusal.status}", refusal.status)))
        else:
            error = ConnectError(where, f"HTTP {refusal.status}", refusal.status, refusal.retry_after)
            self._later(lambda: socket.end(error))

    def _received(self, number: int, text: str) -> None:
        self._run(lambda simulation: simulation.receive(number, text, self._now()))

    def _left(self, number: int) -> None:
        with self._lock:
            self._links.pop(number, None)
            self._run(lambda simulation: simulation.leave(number, self._now()))

    def _carry_out(self) -> None:
        for action in self._simulation.take():
            socket = self._links.get(action.session)
            if socket is not None:
                self._carry(action, socket)
        self._schedule()

    def _carry(self, action: Action, socket: _VirtualSocket) -> None:
        match action:
            case Send(text=text):
                self._later(lambda: socket.deliver(text.encode()))
            case Flood(texts=texts, frames=frames):
                for text in islice(cycle(texts), frames):
                    self._carry(Send(action.session, text), socket)
            case Close(code=code, reason=reason):
                self._later(lambda: socket.closed(code, reason, ConnectionClosed(code, reason)))
            case Cut():
                self._later(lambda: socket.closed(None, "", ConnectionClosed(None, "connection reset")))
            case HalfOpen():
                pass

    def _schedule(self) -> None:
        due = self._simulation.next_due

        def wake(_: SchedulerBase, __: object = None) -> None:
            with self._lock:
                # A scheduler's clock may be rounded; what was due when this was set is due now.
                self._simulation.advance(max(self._now(), due or 0.0))
                self._carry_out()

        self._timer.disposable = (
            Disposable() if due is None else self._scheduler.schedule_relative(max(0.0, due - self._now()), wake)
        )


def _path_of(url: str) -> tuple[str, dict[str, str]]:
    parts = urlsplit(url)
    return parts.path or "/", dict(parse_qsl(parts.query, keep_blank_values=True))


class _VirtualSocket(Socket):
    """The client's end of a virtual connection."""

    def __init__(
        self,
        exchange: VirtualExchange,
        observer: ObserverBase[SocketEvent],
        receive: Receive,
    ) -> None:
        self._exchange = exchange
        self._observer = observer
        self._receive = receive
        self.number: int | None = None
        self.ended = False

    @property
    def scheduler(self) -> SchedulerBase:
        return self._exchange._scheduler

    def send(self, message: Json, *, now: bool = False) -> None:  # noqa: ARG002 - nothing waits here
        number = self.number
        if self.ended or number is None:
            raise NotSent("the socket is closed")
        text = encode(message)
        self._exchange._later(lambda: self._exchange._received(number, text))

    def close(self, code: int = 1000, reason: str = "") -> None:
        self._exchange._later(lambda: self.closed(code, reason, None), 0.0)

    def drop(self, error: Exception) -> None:
        self._exchange._later(lambda: self.closed(None, "", error), 0.0)

    # What the exchange's end does.

    def tell(self, event: SocketEvent) -> None:
        if not self.ended:
            self._observer.on_next(event)

    def deliver(self, payload: bytes) -> None:
        if not self.ended:
            event = self._receive(self, payload, self._exchange._arrival())
            if event is not None:
                self._observer.on_next(event)

    def closed(self, code: int | None, reason: str, error: Exception | None) -> None:
        if not self.ended:
            self._observer.on_next(Closed(self, code, reason, error))
            self.end(error)

    def end(self, error: Exception | None) -> None:
        if self.ended:
            return
        self.leave()
        if error is None:
            self._observer.on_completed()
        else:
            self._observer.on_error(error)

    def leave(self) -> None:
        self.ended = True
        number, self.number = self.number, None
        if number is not None:
            self._exchange._left(number)
