"""The markets of all instruments, told event by event while somebody watches."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from rxex.sandbox.market import Instrument, MarketEvent, Pair

__all__ = ["MarketFeed"]


class MarketFeed:
    """Tells of each event of the instruments that are watched.

    A market that nobody watches costs nothing: it catches up when it is looked at.
    """

    def __init__(
        self,
        instruments: Iterable[Instrument],
        *,
        start: int,
        seed: int,
        speed: float,
        schedule: Callable[[float, Callable[[], None]], None],
        tell: Callable[[MarketEvent], None],
    ) -> None:
        """Prepare the markets.

        Args:
            instruments: What is traded.
            start: The time at 0 seconds, in nanoseconds since the epoch.
            seed: What the markets follow from.
            speed: How many times faster than usual they go.
            schedule: Has something done in so many seconds.
            tell: Hears of each event.
        """
        self.instruments = {instrument.symbol: instrument for instrument in instruments}
        self.now = 0.0
        self._start, self._seed, self._speed = start, seed, speed
        self._schedule = schedule
        self._tell = tell
        self._pairs: dict[str, Pair] = {}
        self._watchers: dict[str, int] = {}
        self._ticking: set[str] = set()

    def pair(self, symbol: str) -> Pair:
        """The market of ``symbol``, as it is now."""
        pair = self._pairs.get(symbol)
        if pair is None:
            pair = Pair(self.instruments[symbol], seed=self._seed, start=self._start, speed=self._speed)
            self._pairs[symbol] = pair
        if symbol not in self._watchers:
            pair.catch_up(self.now)
        return pair

    def watch(self, symbol: str) -> None:
        """Tell of each event of ``symbol`` from now on, until as many `unwatch`."""
        if symbol not in self._watchers:
            pair = self.pair(symbol)
            self._watchers[symbol] = 0
            if symbol not in self._ticking:
                self._ticking.add(symbol)
                self._schedule_next(pair)
        self._watchers[symbol] += 1

    def unwatch(self, symbol: str) -> None:
        """End one `watch`."""
        self._watchers[symbol] -= 1
        if not self._watchers[symbol]:
            del self._watchers[symbol]

    def skip_to(self, now: float) -> None:
        """Let no event happen before ``now``: more happens than can be told, so the markets go slower."""
        for symbol in self._ticking:
            pair = self._pairs[symbol]
            pair.next_time = max(pair.next_time, now)

    def _schedule_next(self, pair: Pair) -> None:
        self._schedule(pair.next_time - self.now, lambda: self._turn(pair))

    def _turn(self, pair: Pair) -> None:
        symbol = pair.instrument.symbol
        if symbol not in self._watchers:
            self._ticking.remove(symbol)
            return
        # The market may have gone on unwatched meanwhile, or been made to skip.
        if pair.next_time <= self.now:
            self._tell(pair.step())
        self._schedule_next(pair)
