"""Jobs that come from any thread and run one after the other."""

from __future__ import annotations

import logging
import threading
from collections import deque
from collections.abc import Callable

__all__ = ["Jobs"]

_log = logging.getLogger(__name__)


class Jobs:
    """Runs jobs in order, on the thread that brings them or on that of the one before; never one inside another.

    ``is_wanted`` says whether a job is to run at all; ``label`` tells in the log whose job has raised.
    """

    def __init__(self, is_wanted: Callable[[], bool], label: str) -> None:
        self._is_wanted = is_wanted
        self._label = label
        self._waiting: deque[Callable[[], object]] = deque()
        self._is_busy = False
        self._lock = threading.Lock()

    def do(self, job: Callable[[], object]) -> None:
        """Run ``job`` after all that wait."""
        with self._lock:
            self._waiting.append(job)
            if self._is_busy:
                return
            self._is_busy = True
        while True:
            with self._lock:
                if not self._waiting:
                    self._is_busy = False
                    return
                job = self._waiting.popleft()
            try:
                if self._is_wanted():
                    job()
            except Exception:
                _log.exception("%s", self._label)

    def later(self, job: Callable[[], object]) -> Callable[..., None]:
        """Make a callback that brings ``job``."""
        return lambda *_: self.do(job)
