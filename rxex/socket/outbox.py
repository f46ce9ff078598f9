"""The way out of a socket: never waits, so that whoever sends is never held up by the other side."""

from __future__ import annotations

import logging
import socket
import ssl
import threading
from collections import deque
from collections.abc import Callable

import websocket
from reactivex.abc import DisposableBase
from reactivex.disposable import Disposable

from rxex.clock import TimerQueue, monotonic
from rxex.errors import LinkStale, NotSent
from rxex.socket.frames import CLOSE, TEXT, close_payload

__all__ = ["WOULD_BLOCK", "Outbox", "TokenBucket"]

WOULD_BLOCK = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)

_log = logging.getLogger("rxex.socket")
_MOST_PACED = 256


class TokenBucket:
    """Holds ``burst`` tokens at most and gets ``per_second`` back each second; not thread-safe."""

    def __init__(self, per_second: float, burst: int) -> None:
        self._per_second = per_second
        self._burst = burst
        self._tokens = float(burst)
        self._at = monotonic()

    def take(self) -> float:
        """Take one token and give 0, or give the seconds until there is one."""
        now = monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._per_second)
        self._at = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._per_second


class Outbox:
    """Writes frames to a non-blocking socket, in order; what the kernel does not take waits here, within bounds.

    Any thread may write; the thread of the socket calls `flush` when the kernel has room again (``wake`` calls it
    there) and `check` from time to time.
    """

    def __init__(
        self,
        sock: socket.socket,
        *,
        timeout: float,
        max_bytes: int,
        rate: tuple[float, int] | None,
        timers: TimerQueue,
        wake: Callable[[], None],
    ) -> None:
        self.lock = threading.RLock()
        """Held for each use of the socket here: an OpenSSL object must not be read and written at the same time."""
        self._sock = sock
        self._timeout = timeout
        self._max_bytes = max_bytes
        self._bucket = TokenBucket(*rate) if rate else None
        self._timers = timers
        self._wake = wake
        self._waiting = bytearray()
        self._stalled_since = 0.0
        self._paced: deque[bytes] = deque()
        self._turn: DisposableBase = Disposable()
        self._is_open = True

    def send(self, text: str, *, now: bool = False) -> None:
        """Write one text message, at its turn where a rate is set, or with ``now`` at once or not at all.

        Raises `NotSent` if nothing of it will leave.
        """
        frame = _frame(text, TEXT)
        if len(frame) > self._max_bytes:
            raise NotSent(f"the message has {len(frame)} bytes, more than the {self._max_bytes} allowed")
        with self.lock:
            self._check_open()
            if now and (self._waiting or self._paced):
                raise NotSent("what was sent before is still waiting, and this must not wait")
            if self._bucket is None:
                self._write(frame)
                return
            wait = self._bucket.take() if not self._paced else 0.0
            if now and wait:
                raise NotSent(f"it would have to wait {wait:.3g} s for its turn, and must not wait")
            if not wait and not self._paced:
                self._write(frame)
                return
            if len(self._paced) >= _MOST_PACED:
                raise NotSent(f"{_MOST_PACED} messages wait for their turn already; send less often")
            self._paced.append(frame)
            if len(self._paced) == 1:
                self._turn = self._timers.schedule_relative(wait, self._send_paced)

    def control(self, opcode: int, payload: bytes) -> None:
        """Write a control frame if that is still possible."""
        try:
            with self.lock:
                self._check_open()
                self._write(_frame(payload, opcode))
        except NotSent as error:
            _log.debug("%s", error)

    def close(self, code: int, reason: str = "") -> None:
        """Write a close frame, behind which nothing follows. Further calls do nothing."""
        with self.lock:
            if self._is_open:
                self.control(CLOSE, close_payload(code, reason))
                self.refuse()

    def refuse(self) -> None:
        """Take nothing more."""
        with self.lock:
            self._is_open = False
            self._turn.dispose()
            if self._paced:
                _log.warning("closed before %d messages had their turn to be sent", len(self._paced))
                self._paced.clear()

    @property
    def is_empty(self) -> bool:
        """Whether the kernel has taken everything."""
        return not self._waiting

    def flush(self) -> None:
        """Write what waits, as far as the kernel takes it."""
        with self.lock:
            while self._waiting:
                try:
                    sent = self._sock.send(self._waiting)
                except WOULD_BLOCK:
                    return
                del self._waiting[:sent]

    def seconds_left(self) -> float | None:
        """Until when what waits has to be gone; None if nothing waits. Raises `LinkStale` when that time is over."""
        with self.lock:
            if not self._waiting:
                return None
            left = self._stalled_since + self._timeout - monotonic()
        if left <= 0:
            raise LinkStale("room for what is to be sent", self._timeout)
        return left

    def _check_open(self) -> None:
        if not self._is_open:
            raise NotSent("the socket is closed")

    def _write(self, frame: bytes) -> None:
        before = len(self._waiting)
        if before and before + len(frame) > self._max_bytes:
            raise NotSent(f"the other side does not read; {before} bytes wait already")
        if not before:
            self._stalled_since = monotonic()
        self._waiting += frame
        try:
            self.flush()
        except OSError as error:
            # The read loop meets the same error and ends the link.
            if len(self._waiting) >= len(frame):
                del self._waiting[-len(frame) :]
                raise NotSent(f"the link broke ({error.strerror})") from error
        if self._waiting:
            self._wake()

    def _send_paced(self, *_: object) -> None:
        with self.lock:
            while self._paced and self._bucket is not None:
                wait = self._bucket.take()
                if wait:
                    self._turn = self._timers.schedule_relative(wait, self._send_paced)
                    return
                try:
                    self._write(self._paced.popleft())
                except NotSent as error:
                    _log.warning("%d messages are not sent: %s", len(self._paced) + 1, error)
                    self._paced.clear()


def _frame(payload: str | bytes, opcode: int) -> bytes:
    frame: bytes = websocket.ABNF.create_frame(payload, opcode).format()
    return frame
