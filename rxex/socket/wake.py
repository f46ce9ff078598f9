"""How the thread of a socket waits while it dials, and how it is woken."""

from __future__ import annotations

import os
import select
import socket
import threading
from collections.abc import Callable, Mapping

from rxex.clock import monotonic

__all__ = ["LONGEST_WAIT", "Late", "Stopped", "Wait", "Wake"]

LONGEST_WAIT = 3600.0
"""Seconds; what waits longer looks again after that."""


class Stopped(Exception):
    """The subscription was disposed of while it was connecting."""


class Late(Exception):
    """The deadline has passed."""


class Wake:
    """A pipe that a poll can watch; `set` may be called from any thread and after `close`."""

    def __init__(self) -> None:
        self._read, self._write = os.pipe()
        os.set_blocking(self._read, False)
        os.set_blocking(self._write, False)
        # Reentrant: a signal handler may dispose while its own thread is in here.
        self._lock = threading.RLock()
        self._is_set = False
        self._is_open = True

    def fileno(self) -> int:
        """The descriptor that becomes readable."""
        return self._read

    def set(self) -> None:
        """End the current or the next wait."""
        with self._lock:
            if self._is_open and not self._is_set:
                self._is_set = True
                os.write(self._write, b"\0")

    def clear(self) -> None:
        """Be ready to be set again."""
        with self._lock:
            if self._is_set:
                self._is_set = False
                os.read(self._read, 1)

    def close(self) -> None:
        """Give the descriptors back."""
        with self._lock:
            if self._is_open:
                self._is_open = False
                os.close(self._read)
                os.close(self._write)


class Wait:
    """Waits for sockets until the deadline, or until the subscription is disposed of."""

    def __init__(self, deadline: float, wake: Wake, is_stopped: Callable[[], bool]) -> None:
        self._deadline = deadline
        self._is_stopped = is_stopped
        self.wake = wake

    def __call__(self, events: Mapping[int, int], at_most: float = LONGEST_WAIT) -> list[int]:
        """Give the descriptors of ``events`` that are ready; none after ``at_most`` seconds or a wake-up."""
        if self._is_stopped():
            raise Stopped
        left = self._deadline - monotonic()
        if left <= 0:
            raise Late
        poller = select.poll()
        poller.register(self.wake, select.POLLIN)
        for descriptor, event in events.items():
            poller.register(descriptor, event)
        ready = [descriptor for descriptor, _ in poller.poll(1000 * min(left, at_most))]
        if self.wake.fileno() in ready:
            self.wake.clear()
            ready.remove(self.wake.fileno())
        if self._is_stopped():
            raise Stopped
        return ready

    def readable(self, sock: socket.socket) -> None:
        """Wait until ``sock`` can be read."""
        while not self({sock.fileno(): select.POLLIN}):
            pass

    def writable(self, sock: socket.socket) -> None:
        """Wait until ``sock`` can be written."""
        while not self({sock.fileno(): select.POLLOUT}):
            pass
