"""One subscription of a socket: dials, reads and emits on a thread of its own, until its end."""

from __future__ import annotations

import logging
import os
import select
import socket
import threading
import weakref
from collections.abc import Callable

from reactivex import abc

from rxex.clock import TimerQueue, default_clock, monotonic
from rxex.codec import encode
from rxex.errors import ConnectError, ConnectionClosed, ForkedError, LinkStale, NotSent, RxexError, TransientError
from rxex.events import Closed, Opened, SocketEvent
from rxex.socket.dial import Dialed, Dialer
from rxex.socket.frames import Violation
from rxex.socket.outbox import WOULD_BLOCK, Outbox
from rxex.socket.reader import End, Options, Reader
from rxex.socket.wake import Stopped, Wake
from rxex.typing import Json

__all__ = ["Link"]

_log = logging.getLogger("rxex.socket")

_LINGER = 0.1  # seconds for our close frame to arrive before the socket is torn down
_JOIN_TIMEOUT = 2.0
_EXIT_TIMEOUT = 0.5  # the same while the interpreter exits
_GOING_AWAY, _INTERNAL_ERROR = 1001, 1011


class Link(abc.DisposableBase):
    """The `rxex.events.Socket` that its events carry, and the subscription that disposes of it."""

    def __init__(self, dialer: Dialer, options: Options, observer: abc.ObserverBase[SocketEvent]) -> None:
        self._dialer = dialer
        self._options = options
        self._observer = observer
        self._process = os.getpid()
        self._wake = Wake()
        self._thread = threading.Thread(target=self._run, name=f"rxex-socket-{dialer.address.host}", daemon=True)
        self._timers = TimerQueue(self._wake_up)
        # Closes the link when the interpreter exits, so that the other side hears of it.
        self._at_exit = weakref.finalize(self, self._stop, _EXIT_TIMEOUT)
        self._lock = threading.RLock()
        self._disposed = False
        self._dropped: Exception | None = None
        self._outbox: Outbox | None = None
        self._reader: Reader | None = None

    def __repr__(self) -> str:
        return f"<socket to {self._dialer.address}>"

    def start(self) -> None:
        """Begin to dial; raises `ConnectError` where the system has no thread for it."""
        try:
            self._thread.start()
        except RuntimeError as error:
            self._at_exit.detach()
            self._wake.close()
            raise ConnectError(str(self._dialer.address), "no thread could be started") from error

    @property
    def scheduler(self) -> TimerQueue:
        """Runs timers on this socket's thread, between messages; once it has ended, on `default_clock`."""
        return self._timers

    def send(self, message: Json, *, now: bool = False) -> None:
        """Send one message; see `rxex.events.Socket.send`."""
        self._check_process()
        text = encode(message)
        outbox = self._outbox
        if outbox is None:
            raise NotSent("the socket is closed")
        outbox.send(text, now=now)

    def close(self, code: int = 1000, reason: str = "") -> None:
        """Close for good: the stream gives `Closed` and completes, within 2 s."""
        self._check_process()
        with self._lock:
            if self._outbox is not None and self._reader is not None:
                self._outbox.close(code, reason)
                self._reader.expect_close()
        self._wake.set()  # on the socket's own thread too: a timer may have called

    def drop(self, error: Exception) -> None:
        """Give the link up: the stream gives ``Closed(error=error)`` and ends with ``error``."""
        self._check_process()
        with self._lock:
            if self._dropped is None:
                self._dropped = error
            if self._reader is not None:
                self._reader.alive.clear()
        self._wake.set()

    def dispose(self) -> None:
        """End silently; closes with 1001. Waits 2 s at most for the thread, unless called on it."""
        self._stop(_JOIN_TIMEOUT)

    def _stop(self, timeout: float) -> None:
        self._disposed = True
        reader = self._reader
        if reader is not None:
            reader.alive.clear()
        if os.getpid() != self._process:
            return  # a forked child: the link goes on in the parent
        self._wake.set()
        if threading.current_thread() is not self._thread and self._thread.ident is not None:
            self._thread.join(timeout)

    def _check_process(self) -> None:
        # Before any lock: in a forked child a lock may be held by a thread that does not exist there.
        if os.getpid() != self._process:
            raise ForkedError

    def _wake_up(self) -> None:
        if threading.current_thread() is not self._thread:
            self._wake.set()

    def _run(self) -> None:
        try:
            dialed = self._dialer.dial(self._wake, lambda: self._disposed)
            _log.debug("%r is open", self)
            sock, options = dialed.sock, self._options
            self._outbox = outbox = Outbox(
                sock,
                timeout=options.send_timeout,
                max_bytes=options.max_message,
                rate=options.rate,
                timers=self._timers,
                wake=self._wake_up,
            )
            self._reader = reader = Reader(
                sock, outbox, options, owner=self, observer=self._observer, timers=self._timers, wake=self._wake
            )
            end = self._live(reader, outbox, dialed)
            self._outbox = None
            outbox.refuse()
            sock.close()
            self._finish(end)
        except Stopped:
            _log.debug("%r: disposed of while connecting", self)
        except RxexError as error:
            _log.debug("%r: %s", self, error)
            self._fail(error)
        except Exception as error:
            _log.exception("%r: the link failed", self)
            self._fail(ConnectError(str(self._dialer.address), f"{type(error).__name__} on the thread of the socket"))
        finally:
            self._at_exit.detach()
            self._wake.close()
            try:
                self._timers.hand_over(default_clock())
            except TransientError:
                _log.exception("%r: its timers are not handed over", self)

    def _live(self, reader: Reader, outbox: Outbox, dialed: Dialed) -> End:
        try:
            self._tell(lambda: self._observer.on_next(Opened(self)))
            if self._disposed or self._dropped:
                reader.alive.clear()
            reader.read(dialed.rest)
            reason, error, code = "", self._dropped, _GOING_AWAY
        except End as end:
            return end
        except LinkStale as stale:
            return End(stale)
        except Violation as violation:
            code, reason, error = violation.code, violation.reason, None
        except OSError as broken:
            if reader.is_closing:
                return End()
            closed = ConnectionClosed(None, broken.strerror or type(broken).__name__)
            closed.__cause__ = broken
            return End(closed)
        except BaseException as failure:
            # An error of ours, or a callback that ends its thread: the subscriber has to hear of it all the same.
            _log.exception("%r: the read loop failed", self)
            code, reason, error = _INTERNAL_ERROR, f"{type(failure).__name__} on the thread of the socket", None
        outbox.close(code, reason)
        _linger(dialed.sock, outbox)
        return End(error or ConnectionClosed(code, f"closed by us: {reason}"))

    def _finish(self, end: End) -> None:
        _log.debug("%r is closed (code %s): %s", self, end.code, end.error)
        shown = end.error if end.code is None else None
        self._tell(lambda: self._observer.on_next(Closed(self, end.code, end.reason, shown)))
        if end.error is None:
            self._tell(self._observer.on_completed)
        else:
            self._fail(end.error)

    def _fail(self, error: Exception) -> None:
        self._tell(lambda: self._observer.on_error(error))

    def _tell(self, tell: Callable[[], None]) -> None:
        if not self._disposed:
            try:
                tell()
            except Exception:
                _log.exception("%r: a subscriber raised", self)


def _linger(sock: socket.socket, outbox: Outbox) -> None:
    # Closing a socket that has unread bytes resets it, and our close frame might never be read.
    until, half_closed = monotonic() + _LINGER, False
    poller = select.poll()
    try:
        while (left := until - monotonic()) > 0:
            outbox.flush()
            if outbox.is_empty and not half_closed:
                sock.shutdown(socket.SHUT_WR)
                half_closed = True
            poller.register(sock, select.POLLIN if half_closed else select.POLLIN | select.POLLOUT)
            poller.poll(1000 * left)
            try:
                if not sock.recv(65_536):
                    return
            except WOULD_BLOCK:
                continue
    except OSError as error:
        _log.debug("while closing: %s", error)
