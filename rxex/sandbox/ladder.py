"""What the rest of a market offers at each price, around its best prices."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from rxex.sandbox.market import Instrument, Pair

__all__ = ["Ladder"]

_REMEMBERED = 5000


class Ladder:
    """Quotes of one instrument: the best of each side as the market has them, and others behind.

    What is offered at a price behind the best one follows from the seed alone, so that a level is the same whenever
    the market comes by.
    """

    def __init__(self, instrument: Instrument, *, seed: int, levels: int = 25) -> None:
        """Prepare ``levels`` of each side."""
        self._instrument = instrument
        self._seed = seed
        self.levels = levels
        self._tick = Decimal(1).scaleb(-instrument.price_digits)
        self._known: dict[Decimal, Decimal] = {}

    def quotes(self, pair: Pair) -> tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]:
        """Bids and asks, sizes by price."""
        return (
            self._side(pair.bid, pair.bid_size, -self._tick),
            self._side(pair.ask, pair.ask_size, self._tick),
        )

    def _side(self, best: Decimal, size: Decimal, step: Decimal) -> dict[Decimal, Decimal]:
        behind = (best + step * number for number in range(1, self.levels))
        return {best: size, **{price: self._size(price) for price in behind if price > 0}}

    def _size(self, price: Decimal) -> Decimal:
        if price not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            random = Random(f"{self._seed}/{self._instrument.symbol}/{price}")  # noqa: S311 - must be repeatable
            lots = self._instrument.size * random.lognormvariate(1.5, 1.0) * 10.0**self._instrument.size_digits
            self._known[price] = Decimal(max(1, round(lots))).scaleb(-self._instrument.size_digits)
        return self._known[price]
