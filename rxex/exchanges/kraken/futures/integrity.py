"""What Kraken's futures number, and what a hole in the numbers means; what they repeat."""

from __future__ import annotations

from collections.abc import Hashable

from rxex.errors import SequenceGap

__all__ = ["Numbers", "Once"]

_REMEMBERED = 10_000


class Numbers:
    """The numbers of one book on one subscription: the snapshot's is the base, each update's is one more.

    >>> numbers = Numbers()
    >>> numbers.follows(7)
    False
    >>> numbers.begin(8)
    >>> [numbers.follows(each) for each in (8, 9, 9, 10)]
    [False, True, False, True]
    """

    __slots__ = ("_base", "_last")

    def __init__(self) -> None:
        self._base: int | None = None
        self._last: int | None = None

    @property
    def has_begun(self) -> bool:
        """Whether a snapshot has come."""
        return self._base is not None

    def begin(self, number: int) -> None:
        """Take the number of a snapshot."""
        self._base = self._last = number

    def follows(self, number: int) -> bool:
        """Tell whether an update is the next one; one that is to be passed over is not.

        That is one before the snapshot or part of it (it belongs to an earlier subscription), or one that comes twice.
        Raises `SequenceGap` where updates are missing or the numbers have started over.
        """
        last = self._last
        if last is None:
            return False
        if number == last + 1:
            self._last = number
            return True
        if number == last or (last == self._base and number < last):
            return False
        raise SequenceGap(last + 1, number)


class Once:
    """What has come already, as far as snapshots can repeat it.

    >>> once = Once()
    >>> [once.is_new(each) for each in (1, 2, 1)]
    [True, True, False]
    """

    def __init__(self) -> None:
        self._seen: dict[Hashable, None] = {}

    def is_new(self, key: Hashable) -> bool:
        """Tell whether ``key`` comes for the first time."""
        if key in self._seen:
            return False
        self._seen[key] = None
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return True
