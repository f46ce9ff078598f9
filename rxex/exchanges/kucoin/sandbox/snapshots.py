"""Books as REST tells them: as they are, or, where that is wanted, as they were a while ago."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from attrs import frozen

from rxex.exchanges.kucoin.sandbox.tapes import Level, Tapes
from rxex.models import Side

__all__ = ["BookState", "Books", "RestingOrder"]

_LEVELS = 120


@frozen
class RestingOrder:
    """An order as level 3 tells it."""

    id: str
    price: Decimal
    size: Decimal
    time: int


@frozen
class BookState:
    """A whole book after the step ``sequence``, best prices first; ``orders`` after ``order_sequence``."""

    symbol: str
    time: int
    sequence: int
    levels: Mapping[Side, Sequence[Level]]
    order_sequence: int
    orders: Mapping[Side, Sequence[RestingOrder]]


class Books:
    """The books of one market."""

    def __init__(self, tapes: Tapes) -> None:
        """Tell the books of ``tapes``."""
        self._tapes = tapes
        self._held: dict[str, BookState] = {}

    def state(self, symbol: str) -> BookState:
        """The book as REST tells it now."""
        return self._held.get(symbol) or self._look(symbol)

    def hold(self, symbol: str) -> None:
        """Have REST go on telling the book as it is now."""
        self._held[symbol] = self._look(symbol)

    def release(self, symbol: str) -> None:
        """Undo `hold`."""
        self._held.pop(symbol, None)

    def _look(self, symbol: str) -> BookState:
        tape = self._tapes.tape(symbol, _LEVELS)
        orders = {
            side: [
                RestingOrder(each.id, each.price or Decimal(0), each.visible, each.queued)
                for each in tape.book.orders(side)
            ]
            for side in Side
        }
        return BookState(
            symbol,
            self._tapes.simulation.timestamp,
            tape.sequence,
            {side: tape.book.levels(side) for side in Side},
            tape.order_sequence,
            orders,
        )
