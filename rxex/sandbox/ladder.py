"""What the rest of a market offers at each price, around its best prices."""

from __future__ import annotations

from decimal import Decimal
from random import Random

from rxex.sandbox.market import Instrument, Pair

__all__ = ["Ladder"]

_REMEMBERED = 5000
_NEAR = 3
"""Prices behind the best one that are quoted at every tick."""


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
        self._known: dict[Decimal, Decimal] = {}

    def quotes(self, pair: Pair) -> tuple[dict[Decimal, Decimal], dict[Decimal, Decimal]]:
        """Bids and asks, sizes by price."""
        return (
            self._side(pair.bid, pair.bid_size, -1),
            self._side(pair.ask, pair.ask_size, 1),
        )

    def _side(self, best: Decimal, size: Decimal, step: int) -> dict[Decimal, Decimal]:
        digits, spacing = self._instrument.price_digits, self._instrument.spacing
        first = int(best.scaleb(digits))
        near = first + step * _NEAR
        # The same prices whatever the best one is: those that the spacing divides.
        far = near // spacing * spacing if step < 0 else -(-near // spacing) * spacing
        ticks = [first + step * number for number in range(1, min(self.levels, _NEAR + 1))]
        ticks += [far + step * spacing * (number + (far == near)) for number in range(self.levels - len(ticks) - 1)]
        prices = (Decimal(tick).scaleb(-digits) for tick in ticks if tick > 0)
        return {best: size, **{price: self._size(price) for price in prices}}

    def _size(self, price: Decimal) -> Decimal:
        if price not in self._known:
            if len(self._known) >= _REMEMBERED:
                self._known.clear()
            random = Random(f"{self._seed}/{self._instrument.symbol}/{price}")  # noqa: S311 - must be repeatable
            lots = self._instrument.size * random.lognormvariate(1.5, 1.0) * 10.0**self._instrument.size_digits
            self._known[price] = Decimal(max(1, round(lots))).scaleb(-self._instrument.size_digits)
        return self._known[price]
