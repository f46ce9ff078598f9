"""What is due when, in an order that is the same in every run."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from itertools import count

from attrs import define, field

from rxex.sandbox.session import Session

__all__ = ["Timer", "Timers"]


@define(order=True)
class Timer:
    """``action`` is due at ``due``; one of a session ends with it. Of two due at once, the older comes first."""

    due: float
    number: int
    action: Callable[[], None] = field(order=False)
    session: Session | None = field(order=False)

    @property
    def is_active(self) -> bool:
        """Whether its session, if it has one, is still open."""
        return self.session is None or self.session.is_open


class Timers:
    """A queue of timers; those of closed sessions are gone."""

    def __init__(self) -> None:
        self._heap: list[Timer] = []
        self._numbers = count()

    def add(self, due: float, action: Callable[[], None], session: Session | None = None) -> None:
        """Have ``action`` done at ``due``, unless ``session`` has ended by then."""
        heapq.heappush(self._heap, Timer(due, next(self._numbers), action, session))

    @property
    def next_due(self) -> float | None:
        """When the next one is due; None when there is none."""
        while self._heap and not self._heap[0].is_active:
            heapq.heappop(self._heap)
        return self._heap[0].due if self._heap else None

    def pop(self, now: float) -> Timer | None:
        """Take out the next one that is due by ``now``."""
        due = self.next_due
        return None if due is None or due > now else heapq.heappop(self._heap)
