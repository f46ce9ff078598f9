"""A bounded queue that knows how many items it lost, and where."""

from __future__ import annotations

from collections import deque
from typing import Generic, Literal, TypeAlias, TypeVar

from rxex.errors import BufferOverflow

__all__ = ["Buffer", "OverflowStrategy"]

T = TypeVar("T")
OverflowStrategy: TypeAlias = Literal["drop_oldest", "drop_latest", "error"]
"""What to do with an item that finds a buffer full."""


class Buffer(Generic[T]):
    """A queue whose entries know how many items were lost before them: a store of `rxex.operators._hand_over`."""

    def __init__(self, capacity: int, overflow: OverflowStrategy) -> None:
        self._capacity = capacity
        self._overflow = overflow
        self._entries: deque[tuple[int, T]] = deque()
        self._lost_first = 0
        self._lost_last = 0

    def put(self, item: T) -> None:
        """Add an item, or count one as lost; raise `BufferOverflow` where the strategy is ``error``."""
        if len(self._entries) == self._capacity:
            if self._overflow == "error":
                raise BufferOverflow(self._capacity)
            if self._overflow == "drop_latest":
                self._lost_last += 1
                return
            self._lost_first += self._entries.popleft()[0] + 1
        self._entries.append((self._lost_last, item))
        self._lost_last = 0

    def take(self) -> tuple[int, tuple[T, ...]] | None:
        """Remove the next item; give the number lost before it, and it in a tuple, empty where none follows a loss."""
        if self._entries:
            lost, item = self._entries.popleft()
            lost, self._lost_first = lost + self._lost_first, 0
            return lost, (item,)
        lost, self._lost_last = self._lost_last, 0
        return (lost, ()) if lost else None
