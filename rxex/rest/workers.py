"""The threads that wait for answers: few, named, and gone when there is nothing to wait for."""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable

from rxex.errors import ForkedError, NotSent

__all__ = ["Workers"]


class Workers:
    """Runs actions, which must not raise, on ``most`` daemon threads at most; one ends when no action is left."""

    def __init__(self, name: str, most: int) -> None:
        self._name = name
        self._most = most
        self._urgent: deque[Callable[[], None]] = deque()
        self._patient: deque[Callable[[], None]] = deque()
        self._idle_numbers = list(range(most, 0, -1))
        self._lock = threading.Lock()
        self._process = os.getpid()

    def run(self, action: Callable[[], None], *, urgent: bool = False) -> None:
        """Run ``action`` soon, ``urgent`` ones before the others.

        Raises `ForkedError` in a forked child, `NotSent` where no thread can be started.
        """
        if os.getpid() != self._process:
            raise ForkedError
        with self._lock:
            actions = self._urgent if urgent else self._patient
            actions.append(action)
            if not self._idle_numbers:
                return
            number = self._idle_numbers.pop()
            thread = threading.Thread(target=self._serve, args=(number,), name=f"{self._name}-{number}", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                self._idle_numbers.append(number)
                if len(self._idle_numbers) == self._most:
                    actions.remove(action)
                    raise NotSent("no thread could be started for the call") from None

    def _serve(self, number: int) -> None:
        while True:
            with self._lock:
                actions = self._urgent or self._patient
                if not actions:
                    self._idle_numbers.append(number)
                    return
                action = actions.popleft()
            action()
