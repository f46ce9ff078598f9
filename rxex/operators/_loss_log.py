"""Log what was lost where nobody else is told of it."""

from __future__ import annotations

import logging
from threading import Lock
from typing import Any

from reactivex.abc import SchedulerBase
from reactivex.disposable import SerialDisposable

from rxex.errors import TransientError
from rxex.events import Overflow

__all__ = ["LossLog"]

_log = logging.getLogger(__name__)
_PAUSE = 1.0  # seconds between two lines of one subscription


class LossLog:
    """Logs the first loss at once, later ones at most once a second; each line has the exact count since the last."""

    def __init__(self, name: str, scheduler: SchedulerBase) -> None:
        self._name = name
        self._scheduler = scheduler
        self._lock = Lock()
        self._lost = 0
        self._channel = ""
        self._pausing = False
        self._pause = SerialDisposable()

    def add(self, overflow: Overflow) -> None:
        """Log a loss, now or with those that follow within the second."""
        with self._lock:
            self._lost += overflow.count
            self._channel = overflow.channel
            if not self._pausing:
                self._tell()

    def close(self) -> None:
        """Log what is left."""
        with self._lock:
            if self._lost:
                self._tell()
        self._pause.dispose()

    def _tell(self) -> None:
        count, self._lost, self._pausing = self._lost, 0, True
        channel = f" of {self._channel}" if self._channel else ""
        _log.warning("%d items%s were dropped: the subscriber behind %s is too slow", count, channel, self._name)
        try:
            self._pause.disposable = self._scheduler.schedule_relative(_PAUSE, self._go_on)
        except TransientError:
            self._pausing = False  # no thread for a pause: then each loss has a line of its own

    def _go_on(self, *_: Any) -> None:
        with self._lock:
            self._pausing = False
            if self._lost:
                self._tell()
