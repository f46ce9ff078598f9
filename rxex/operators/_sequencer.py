"""Numbered items back in order, each once: the pure part of `resequence`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Generic, TypeVar

from attrs import define, field
from reactivex.internal.constants import UTC_ZERO

from rxex.events import Gap
from rxex.operators._timed import received_of

__all__ = ["Sequencer"]

T = TypeVar("T")


@define
class Sequencer(Generic[T]):
    """Give numbered items back in order, each once; the first number is the base.

    An item that comes too early is held, at most ``window`` of them. A number that is given up becomes a `Gap`. A
    number up to ``window`` below the last one counts as a duplicate, one further below as a new beginning.

    >>> sequencer = Sequencer(int)
    >>> [sequencer.push(number) for number in (7, 9, 7, 8)]
    [[7], [], [], [8, 9]]
    """

    number: Callable[[T], int]
    window: int = 64
    channel: str = ""
    now: Callable[[], datetime] = lambda: UTC_ZERO
    """When an item came; asked only for items that are held."""
    expected: int | None = None
    """The number that comes next; None before the first item."""
    held: dict[int, tuple[datetime, T]] = field(factory=dict[int, tuple[datetime, T]])
    """What came too early, by number, with the time when it came."""
    _last: T | None = None

    def push(self, item: T) -> list[T | Gap]:
        """Take one item; give what is in order now."""
        number, expected = self.number(item), self.expected
        if number == expected or expected is None:
            self.expected = number + 1
            self._last = item
            return [item, *self._following()] if self.held else [item]
        if number > expected:
            self.held.setdefault(number, (self.now(), item))
            return self.give_up() if len(self.held) > self.window else []
        if number >= expected - 1 - self.window:
            return []
        return [*self.give_up_all(), *self._begin_anew(number, item)]

    def give_up(self) -> list[T | Gap]:
        """Give up the first missing numbers: a `Gap`, and what was held for them alone."""
        first, expected = min(self.held), self.expected
        missed = None if expected is None else first - expected
        gap = self._gap(first, self.held[first][1], missed)
        self.expected = first
        return [gap, *self._following()]

    def give_up_before(self, time: datetime) -> list[T | Gap]:
        """Give up all missing numbers for which an item is held that came at ``time`` or earlier."""
        results: list[T | Gap] = []
        while (oldest := self.oldest) is not None and oldest <= time:
            results += self.give_up()
        return results

    def give_up_all(self) -> list[T | Gap]:
        """Give up all missing numbers: what is held is given back with a `Gap` for each hole."""
        results: list[T | Gap] = []
        while self.held:
            results += self.give_up()
        return results

    @property
    def oldest(self) -> datetime | None:
        """When the item came that is held longest; None when none is held."""
        return min((time for time, _ in self.held.values()), default=None)

    def _following(self) -> list[T | Gap]:
        results: list[T | Gap] = []
        while self.expected in self.held:
            self._last = self.held.pop(self.expected)[1]
            self.expected += 1
            results.append(self._last)
        return results

    def _begin_anew(self, number: int, item: T) -> list[T | Gap]:
        gap = self._gap(number, item, None, "the numbers start over")
        self.expected, self._last = number + 1, item
        return [gap, item]

    def _gap(self, received: int, item: T, missed: int | None, reason: str = "") -> Gap:
        since, until = received_of(self._last), received_of(item)
        return Gap(self.channel, self.expected, received, missed, since, until, reason)
