"""When a candle is closed, for exchanges that do not say it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Generic, Protocol, TypeVar

from attrs import evolve

__all__ = ["Closing"]


class _Candle(Protocol):
    @property
    def begin(self) -> int: ...

    @property
    def closed(self) -> bool: ...


C = TypeVar("C", bound=_Candle)


class Closing(Generic[C]):
    """The candles of one series as they come: each is told once more, as closed, when a later one has come.

    >>> from attrs import frozen
    >>> @frozen
    ... class Candle:
    ...     begin: int
    ...     closed: bool = False
    >>> closing = Closing()
    >>> [closing.add([Candle(begin)]) for begin in (60, 60, 120)][-1]
    [Candle(begin=60, closed=True), Candle(begin=120, closed=False)]
    """

    def __init__(self) -> None:
        self._running: C | None = None

    def add(self, candles: Iterable[C]) -> list[C]:
        """Give what one message tells, its ``candles`` being the oldest first; one of a closed interval is left out."""
        told: list[C] = []
        for candle in candles:
            running: Any = self._running
            if running is not None and candle.begin < running.begin:
                continue  # it is closed
            if running is not None and candle.begin > running.begin:
                told.append(evolve(running, closed=True))
            self._running = candle
        if self._running is not None:
            told.append(self._running)
        return told
