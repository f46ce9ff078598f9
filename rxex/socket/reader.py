"""The read loop of a socket: bytes in, events out, and the deadlines of an open link."""

from __future__ import annotations

import logging
import select
import socket
import ssl
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, TypeAlias

from attrs import frozen
from reactivex import abc

from rxex.clock import TimerQueue, monotonic, wall_ns
from rxex.errors import ConnectionClosed, LinkStale, MalformedMessage
from rxex.events import Malformed, Socket, SocketEvent
from rxex.socket.frames import (
    BINARY,
    CLOSE,
    INVALID_TEXT,
    PING,
    PONG,
    TOO_BIG,
    Fragments,
    Violation,
    parse_close,
    parse_header,
)
from rxex.socket.outbox import WOULD_BLOCK, Outbox
from rxex.socket.wake import LONGEST_WAIT, Wake
from rxex.typing import Json

__all__ = ["End", "Options", "Reader", "Receive", "taken_in_turn", "turn_of"]

Receive: TypeAlias = Callable[[Socket, bytes, int], SocketEvent | None]
"""Makes the event of one text message: socket, payload, arrival in nanoseconds since the epoch; None for no event."""
_TURN = "turn"


def taken_in_turn(receive: Receive, turn: AbstractContextManager[Any]) -> Receive:
    """Give a function like ``receive`` that holds ``turn``, for several links that are not to emit at the same time.

    A link takes the turn for all messages of one read at once; behind something that stands between, each takes it.
    """

    def taken(socket: Socket, payload: bytes, received: int) -> SocketEvent | None:
        with turn:
            return receive(socket, payload, received)

    vars(taken)[_TURN] = turn, receive
    return taken


def turn_of(receive: Receive) -> tuple[AbstractContextManager[Any], Receive]:
    """Give what has to be held, and what is to be called then."""
    told: tuple[AbstractContextManager[Any], Receive] = getattr(receive, _TURN, None) or (nullcontext(), receive)
    return told


_log = logging.getLogger("rxex.socket")

_CHUNK = 64 * 1024
_TEXT = 0x81  # the first byte of a final frame of text without any reserved bit
_CLOSE_TIMEOUT = 2.0  # seconds for the other side to answer our close frame
_MOST_MALFORMED = 10
_NO_CODE = 1005  # RFC 6455 7.1.5: how a close frame without a code is reported


@frozen
class Options:
    """The options of `rxex.socket.open_socket` that concern an open link."""

    receive: Receive
    frame_timeout: float
    ping_interval: float
    pong_timeout: float
    ping: Callable[[int], Json] | None
    max_message: int
    send_timeout: float
    rate: tuple[float, int] | None
    keep_alive: float | None = None
    unpack: Callable[[bytes, int], bytes] | None = None


class End(Exception):
    """The link is over: ``code`` and ``reason`` came from the other side; without ``error`` it was we who wanted it."""

    def __init__(self, error: Exception | None = None, code: int | None = None, reason: str = "") -> None:
        super().__init__(reason)
        self.error = error
        self.code = code
        self.reason = reason


class Reader:
    """Reads one open link until it ends; everything here happens on the thread of the socket."""

    def __init__(
        self,
        sock: socket.socket,
        outbox: Outbox,
        options: Options,
        *,
        owner: Socket,
        observer: abc.ObserverBase[SocketEvent],
        timers: TimerQueue,
        wake: Wake,
    ) -> None:
        self.alive = [True]
        """Emptied (from any thread) to stop: nothing is emitted any more. A list, as asking it costs least."""
        self._closing_at: float | None = None  # when the other side has to have answered our close frame

        self._owner = owner
        self._sock = sock
        self._outbox = outbox
        self._wake = wake
        self._timers = timers
        self._options = options
        self._turn, self._receive = turn_of(options.receive)
        self._observer = observer

        self._fragments = Fragments(options.max_message)
        self._fragments_at = 0.0
        self._part_at: float | None = None  # since when a frame is not whole
        self._heard_at = monotonic()
        self._pinged_at: float | None = None
        self._kept_at = self._heard_at
        self._pings = 0
        self._malformed = 0

    @property
    def is_closing(self) -> bool:
        """Whether our close frame is out."""
        return self._closing_at is not None

    def expect_close(self) -> None:
        """Our close frame is out: give the other side its time to answer."""
        self._closing_at = monotonic() + _CLOSE_TIMEOUT

    def read(self, rest: bytes) -> None:
        """Read until ``alive`` is empty; raises `End`, `Violation` or `OSError` when the link is over before."""
        sock, outbox, turn = self._sock, self._outbox, self._turn
        tls = sock if isinstance(sock, ssl.SSLSocket) else None
        recv_into = sock.recv_into if tls is None else self._recv_into_locked
        view = memoryview(bytearray(_CHUNK))
        poller = select.poll()
        poller.register(self._wake, select.POLLIN)
        poller.register(sock, select.POLLIN)
        own, woken, watched = sock.fileno(), self._wake.fileno(), select.POLLIN

        view[: len(rest)] = rest
        size, received = len(rest), wall_ns()
        parts: list[bytes | memoryview] = []  # the start of a frame that is not whole yet
        have, need = 0, 2
        while True:
            if size:
                have += size
                if have < need:
                    parts.append(bytes(view[:size]))
                else:
                    parts.append(view[:size])
                    data = b"".join(parts)
                    parts.clear()  # a large message need not be there twice
                    with turn:
                        done, need = self._cut(data, received)
                    parts.append(data[done:])
                    have = len(data) - done
                    del data
                    if done:
                        self._part_at = None
                if have and self._part_at is None:
                    self._part_at = monotonic()
            if not self.alive:
                return
            wait = self._check()

            wanted = select.POLLIN if outbox.is_empty else select.POLLIN | select.POLLOUT
            if wanted != watched:
                poller.modify(sock, wanted)
                watched = wanted
            pending = tls is not None and self._has_pending(tls)
            ready = dict(poller.poll(0 if pending else 1000 * wait))
            if woken in ready:
                self._wake.clear()
            if watched != select.POLLIN:
                outbox.flush()
            if own not in ready and not pending:
                size = 0
                self._check_pong()
                continue
            try:
                size = recv_into(view)
            except WOULD_BLOCK:
                size = 0
                continue
            received = wall_ns()
            if not size:
                raise End(None if self.is_closing else ConnectionClosed(None, "the other side hung up"))
            self._heard_at, self._pinged_at = monotonic(), None

    def _recv_into_locked(self, view: memoryview) -> int:
        with self._outbox.lock:
            return self._sock.recv_into(view)

    def _has_pending(self, tls: ssl.SSLSocket) -> bool:
        with self._outbox.lock:
            return tls.pending() > 0

    def _cut(self, data: bytes, received: int) -> tuple[int, int]:
        """Take whole frames from the front; give how many bytes they had and how many the next one needs to go on."""
        alive, receive, owner, on_next = self.alive, self._receive, self._owner, self._observer.on_next
        limit, end, pos = self._options.max_message, len(data), 0
        usual = -1 if self._fragments else _TEXT
        while alive:
            body = pos + 2
            if body > end:
                return pos, 2
            size = data[pos + 1]
            if data[pos] != usual or size > 126:
                message, stop = self._strict(data, pos)
                usual = -1 if self._fragments else _TEXT
                if message is None:
                    if stop > end:
                        return pos, stop - pos
                    pos = stop
                    continue
                payload, pos = message, stop
            else:
                if size == 126:
                    body = pos + 4
                    if body > end:
                        return pos, 4
                    size = data[pos + 2] << 8 | data[pos + 3]
                    if size > limit:
                        raise Violation(TOO_BIG, f"a frame has {size} bytes, more than the {limit} allowed")
                stop = body + size
                if stop > end:
                    return pos, stop - pos
                payload = data[body:stop]
                pos = stop

            try:
                event = receive(owner, payload, received)
            except Exception as error:
                event = Malformed(owner, payload[:200], error)
            if event is None:
                if self._malformed:
                    self._malformed = 0
            elif event.__class__ is Malformed:
                self._emit(event)
                self._count_malformed(payload)
            else:
                self._malformed = 0
                try:
                    on_next(event)
                except Exception:
                    _log.exception("%r: a subscriber raised", owner)
        return pos, 2

    def _strict(self, data: bytes, pos: int) -> tuple[bytes | None, int]:
        """Take one frame that is not plain text: give the text message it completes, if any, and where it stops."""
        header = parse_header(data, pos, self._options.max_message)
        if header is None:
            return None, len(data) + 1
        is_control = header.opcode >= CLOSE
        if not is_control:
            self._fragments.check(header)
        start = pos + header.start
        stop = start + header.size
        if stop > len(data):
            return None, stop
        payload = data[start:stop]
        if is_control:
            self._control(header.opcode, payload)
            return None, stop
        if not self._fragments:
            self._fragments_at = monotonic()
        whole = self._fragments.add(header, payload)
        if whole is None:
            return None, stop
        opcode, message = whole
        if opcode != BINARY:
            return message, stop
        unpack = self._options.unpack
        if unpack is None:
            self._emit(Malformed(self._owner, message[:200], MalformedMessage("it is binary, not text", message[:200])))
            self._count_malformed(b"")
            return None, stop
        return unpack(message, self._options.max_message), stop

    def _control(self, opcode: int, payload: bytes) -> None:
        if opcode == PING:
            self._outbox.control(PONG, payload)
        elif opcode == CLOSE:
            code, reason = parse_close(payload)
            self._outbox.close(1000 if code is None else code)
            if self.is_closing:
                raise End(None, code, reason)
            code = _NO_CODE if code is None else code
            raise End(ConnectionClosed(code, reason), code, reason)

    def _emit(self, event: SocketEvent) -> None:
        if self.alive:
            try:
                self._observer.on_next(event)
            except Exception:
                _log.exception("%r: a subscriber raised", self._owner)

    def _count_malformed(self, payload: bytes) -> None:
        try:
            payload.decode()
        except UnicodeDecodeError:
            raise Violation(INVALID_TEXT, "a text message is not UTF-8") from None
        self._malformed += 1
        if self._malformed >= _MOST_MALFORMED:
            raise Violation(INVALID_TEXT, f"{_MOST_MALFORMED} messages in a row could not be understood")

    def _check(self) -> float:
        """Run what is due, look at the deadlines, and give the seconds until one of them needs looking at again."""
        options = self._options
        due = self._timers.run_due()
        now = monotonic()
        waits = [LONGEST_WAIT] if due is None else [due]
        if self._pinged_at is None:
            quiet = now - self._heard_at
            if quiet >= options.ping_interval:
                self._ping()
                self._pinged_at = now
                waits.append(options.pong_timeout)
            else:
                waits.append(options.ping_interval - quiet)
        else:
            waits.append(self._pinged_at + options.pong_timeout - now)
        if options.keep_alive is not None:
            if now - self._kept_at >= options.keep_alive:
                self._kept_at = now
                self._outbox.control(PING, b"")
            waits.append(options.keep_alive - (now - self._kept_at))
        if self._part_at is not None:
            waits.append(self._rest_due(self._part_at, now))
        if self._fragments:
            waits.append(self._rest_due(self._fragments_at, now))
        room = self._outbox.seconds_left()
        if room is not None:
            waits.append(room)
        if self._closing_at is not None:
            if now >= self._closing_at:
                raise End
            waits.append(self._closing_at - now)
        return max(0.0, min(waits))

    def _rest_due(self, since: float, now: float) -> float:
        left = since + self._options.frame_timeout - now
        if left <= 0:
            raise End(LinkStale("rest of a frame", self._options.frame_timeout))
        return left

    def _check_pong(self) -> None:
        # Only when nothing is there to be read: a callback that took long must not look like silence.
        if self._pinged_at is not None:
            now = monotonic()
            if now - self._pinged_at >= self._options.pong_timeout:
                raise End(LinkStale("byte", round(now - self._heard_at, 1)))

    def _ping(self) -> None:
        self._pings += 1
        make = self._options.ping
        if make is None:
            self._outbox.control(PING, str(self._pings).encode())
            return
        try:
            self._owner.send(make(self._pings))
        except Exception:
            _log.exception("%r: no ping could be sent", self._owner)
