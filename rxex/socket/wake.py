"""Wakes the thread of a socket while it waits for bytes."""

from __future__ import annotations

import os
import threading

__all__ = ["Wake"]


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
