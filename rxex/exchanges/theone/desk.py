"""What was asked on each socket of a connection and is not answered yet.

TheOne's messages have no request ids. A reply repeats the operation, so one request of each is under way at a time, and
the next waits for its answer; an error may not even say that, and is then about the oldest request without an answer.
That answers come in the order of requests is promised by nobody, so what moves money is alone on its socket: a no that
is not its own would be believed, and it would be asked for again. And nothing may be forgotten while a socket lives:
where an answer is missing, the next one could be taken for it. So a request that is not answered in its time gives the
socket up.

Source: TheOne's documents on its WebSocket.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import Any

import reactivex as rx
from attrs import define, field
from reactivex import Observable
from reactivex.disposable import SerialDisposable

from rxex.auth import ServerClock
from rxex.channel import Answer
from rxex.codec import encode
from rxex.errors import AnswerLost, ConnectionClosed, InvalidArgument, NotSent, RequestTimeout
from rxex.events import MessageStream, Socket
from rxex.exchanges.theone.refusals import is_about_login
from rxex.exchanges.theone.signing import Signer
from rxex.typing import Json

__all__ = ["Desk", "Request", "desk_of"]


@define(eq=False)
class Request:
    """One operation, to be sent once or never. Exactly one of its functions is called at its end.

    Args:
        op: the exchange's word for it.
        data: makes what is asked, right before it is signed and sent.
        timeout: seconds to wait for its turn, and again for the answer.
        answered: takes the reply, which may be an error.
        not_sent: hears that nothing has left, and why.
        lost: hears that no answer will come, and why; what was asked may have taken effect.
        sent: hears that it has left; perhaps after ``answered``, where that is quick.
        alone: whether no other operation may be under way; it then goes before those that wait.
    """

    op: str
    data: Callable[[], dict[str, Any]]
    timeout: float
    answered: Callable[[dict[str, Any]], object]
    not_sent: Callable[[Exception], object]
    lost: Callable[[Exception], object]
    sent: Callable[[], object] = lambda: None
    alone: bool = False
    timer: SerialDisposable = field(factory=SerialDisposable, init=False)


@define(eq=False)
class _Open:
    """A request that has left. ``request`` is None for subscriptions, which are told by `Answer`."""

    op: str
    channel: str | None
    request: Request | None
    alone: bool = False
    is_sent: bool = True
    """False while it is being signed: its place is taken, and nothing can be an answer to it yet."""


@define(eq=False)
class _Line:
    """One socket: what is open on it, oldest first, and what waits for its turn."""

    open: list[_Open] = field(factory=list[_Open])
    waiting: deque[Request] = field(factory=deque[Request])

    def is_free_for(self, request: Request) -> bool:
        """Whether nothing that is under way keeps ``request`` from being sent."""
        under_way = [each for each in self.open if each.channel is None]
        if request.alone:
            return not under_way
        return not any(each.op == request.op or each.alone for each in under_way)

    def next_request(self) -> Request | None:
        """Take the request whose turn it is now."""
        first = next((each for each in self.waiting if each.alone), None)
        candidates = self.waiting if first is None else (first,)
        turn = next((each for each in candidates if self.is_free_for(each)), None)
        if turn is not None:
            self.waiting.remove(turn)
        return turn


class Desk:
    """The requests of one connection. Thread-safe; functions of requests are called without a lock."""

    def __init__(self, signer: Signer, clock: ServerClock, stream_path: str) -> None:
        """Sign with ``signer`` by ``clock``; ``stream_path`` is that of the login, operations are its neighbours."""
        self.sockets: Observable[Socket] = rx.never()
        """Every socket of the connection, once it is open; the connection puts it here."""
        self._signer = signer
        self._clock = clock
        self._stream_path = stream_path
        self._lines: dict[Socket, _Line] = {}
        self._verdict: tuple[Json, Answer] | None = None
        self._swaps: set[str] = set()
        self._lock = threading.RLock()

    # What is sent

    def login(self) -> Json:
        """Make the first message of a socket."""
        proof = self._signer.prove("WS", self._stream_path, b"", self._clock)
        return {
            "op": "auth",
            "key": self._signer.key.reveal(),
            "ts": proof.timestamp,
            "nonce": proof.nonce,
            "sig": proof.signature.reveal(),
        }

    def _signed(self, op: str, data: dict[str, Any]) -> Json:
        path = f"{self._stream_path.rpartition('/')[0]}/{op}"
        proof = self._signer.prove("WS", path, encode(data).encode(), self._clock)
        return {
            "op": op,
            "ts": proof.timestamp,
            "nonce": proof.nonce,
            "sig": proof.signature.reveal(),
            "data": data,
        }

    def open(self, socket: Socket) -> None:
        """Take requests for ``socket`` from now on, until `close`."""
        with self._lock:
            self._lines[socket] = _Line()

    def note(self, socket: Socket, op: str, channel: str) -> None:
        """Remember a subscribe or unsubscribe that is about to be sent."""
        with self._lock:
            line = self._lines.get(socket)
            if line is not None:
                line.open.append(_Open(op, channel, None))

    def ask(self, socket: Socket, request: Request) -> None:
        """Send an operation through ``socket``, as soon as no other of its kind is open there."""
        with self._lock:
            line = self._lines.get(socket)
            ready = [] if line is None else self._queue(socket, line, request)
        if line is None:
            request.not_sent(NotSent("the socket is closed"))
        else:
            self._send_all(socket, line, ready)

    def _queue(self, socket: Socket, line: _Line, request: Request) -> list[_Open]:
        line.waiting.append(request)
        what = f"what comes before this {request.op} was not answered, or it was not signed,"
        late = NotSent(f"{what} within {request.timeout:g} s")

        def give_up(*_: Any) -> None:
            if self.withdraw(socket, request):
                request.not_sent(late)

        request.timer.disposable = socket.scheduler.schedule_relative(request.timeout, give_up)
        return self._take_turns(line)

    def withdraw(self, socket: Socket, request: Request) -> bool:
        """Take back what has not been sent; what has been sent stays until it is answered."""
        with self._lock:
            line = self._lines.get(socket)
            if line is None:
                return False
            signing = next((each for each in line.open if each.request is request and not each.is_sent), None)
            if signing is not None:
                line.open.remove(signing)
            elif request in line.waiting:
                line.waiting.remove(request)
            else:
                return False
            ready = self._take_turns(line)  # it may have been all that the next one waited for
        request.timer.dispose()
        self._send_all(socket, line, ready)
        return True

    def _take_turns(self, line: _Line) -> list[_Open]:
        """Give all whose turn it is now, for `_send_all` after the lock; their places are taken."""
        ready: list[_Open] = []
        while (request := line.next_request()) is not None:
            ready.append(_Open(request.op, None, request, request.alone, is_sent=False))
            line.open.append(ready[-1])
        return ready

    def _send_all(self, socket: Socket, line: _Line, ready: list[_Open]) -> None:
        """Sign and send. Without the lock: what signs is the user's, and may take its time or never come back."""
        pending = deque(ready)
        while pending:
            entry = pending.popleft()
            request = entry.request
            if request is None:
                continue
            signed: Json | Exception
            try:
                signed = self._signed(request.op, request.data())
            except Exception as error:
                signed = error
            with self._lock:
                if self._lines.get(socket) is not line or entry not in line.open:
                    continue  # it was told, by whoever took it away
                tell = self._send(socket, line, entry, request, signed)
                pending.extend(self._take_turns(line))  # one that cannot be sent makes room for the next
            tell()

    def _send(
        self, socket: Socket, line: _Line, entry: _Open, request: Request, signed: Json | Exception
    ) -> Callable[[], object]:
        """Send under the lock, so that requests are remembered in the order of the wire; give what is to be told."""
        line.open.remove(entry)
        if isinstance(signed, Exception):
            failure = signed
            request.timer.dispose()
            return lambda: request.not_sent(failure)
        line.open.append(entry)
        entry.is_sent = True
        request.timer.disposable = socket.scheduler.schedule_relative(
            request.timeout, lambda *_: self._on_timeout(socket, entry, request)
        )
        try:
            socket.send(signed, now=True)
        except (NotSent, InvalidArgument) as error:
            refusal = error
            line.open.remove(entry)
            request.timer.dispose()
            return lambda: request.not_sent(refusal)
        except Exception as error:
            # What a socket raises otherwise does not tell whether anything has left.
            doubt = error
            request.timer.dispose()
            entry.request = None
            socket.drop(ConnectionClosed(None, "what was sent is in doubt"))
            return lambda: request.lost(doubt)
        return request.sent

    def _on_timeout(self, socket: Socket, entry: _Open, request: Request) -> None:
        with self._lock:
            line = self._lines.get(socket)
            if line is None or entry not in line.open or entry.request is None:
                return
            entry.request = None  # its place is kept: an answer that comes now is to it, not to the next
        late = RequestTimeout(request.op, request.timeout)
        socket.drop(late)
        request.lost(late)

    # What is heard

    def hear(self, socket: Socket, message: Json) -> None:
        """Take a message that belongs to no channel to the request that it answers."""
        self._verdict = None
        if not isinstance(message, dict):
            return
        error = message.get("error")
        with self._lock:
            line = self._lines.get(socket)
            entry = None if line is None else _answered(line, message)
            if line is None or entry is None:
                return
            # Subscriptions cannot be kept from being under way at the same time.
            is_doubtful = entry.alone and len(line.open) > 1 and not message.get("op")
            line.open.remove(entry)
            ready = self._take_turns(line)
        if entry.op == "subscribe":
            self._verdict = message, Answer(key=(entry.channel,), error=str(error) if error else None)
        request = entry.request
        if request is not None:
            request.timer.dispose()
            if is_doubtful:
                request.lost(AnswerLost(request.op, f"an error that names no request says: {error}"))
            else:
                request.answered(message)
        if error and is_about_login(str(error)):
            # On the next socket we tell again who we are.
            socket.drop(ConnectionClosed(None, str(error)))
        self._send_all(socket, line, ready)

    def answers(self, message: Json) -> Iterable[Answer]:
        """What the message that was heard last means for a subscription."""
        verdict = self._verdict
        return (verdict[1],) if verdict is not None and verdict[0] is message else ()

    def close(self, socket: Socket) -> None:
        """Tell the requests of a socket that it has gone."""
        with self._lock:
            line = self._lines.pop(socket, None)
        if line is None:
            return
        gone = NotSent("the socket closed before its turn came")
        for request in line.waiting:
            request.timer.dispose()
            request.not_sent(gone)
        for entry in line.open:
            if entry.request is None:
                continue
            entry.request.timer.dispose()
            if entry.is_sent:
                lost = ConnectionClosed(None, f"no answer to {entry.op} came before; it may have taken effect")
                entry.request.lost(lost)
            else:
                entry.request.not_sent(gone)

    # Whose swaps there were

    def reserve(self, client_id: str) -> bool:
        """Keep a client's id of a swap; False where this connection has used it before."""
        with self._lock:
            is_new = client_id not in self._swaps
            self._swaps.add(client_id)
            return is_new

    def give_back(self, client_id: str) -> None:
        """Let an id be used again: nothing has come of it."""
        with self._lock, suppress(KeyError):
            self._swaps.remove(client_id)


def _answered(line: _Line, message: dict[str, Any]) -> _Open | None:
    """Find the request that a message answers: the oldest that it can be."""
    op, channel, error = message.get("op"), message.get("ch"), message.get("error")
    named = str(error).removeprefix("Unknown operation: ") if str(error).startswith("Unknown operation: ") else None

    def fits(entry: _Open) -> bool:
        if op:
            return bool(entry.op == op and (not channel or entry.channel in (None, channel)))
        if not error:
            return False
        if channel:
            return bool(entry.channel == channel)
        if named is not None:
            return entry.op == named
        if str(error).startswith("Invalid channel"):
            return entry.channel is not None
        return True

    return next((entry for entry in line.open if entry.is_sent and fits(entry)), None)


def desk_of(messages: Observable[Json]) -> Desk | None:
    """Give the desk of the connection that ``messages`` are of; None where they are of none."""
    options = getattr(messages.dialect, "options", {}) if isinstance(messages, MessageStream) else {}
    desk = options.get("desk")
    return desk if isinstance(desk, Desk) else None
