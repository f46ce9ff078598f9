"""A book told order by order, as its readers see it."""

from __future__ import annotations

from decimal import Decimal

import attrs
from attrs import frozen
from msgspec import Struct

from rxex.models import Record
from rxex.typing import Json

__all__ = ["BookOrder", "OrderBook", "OrderBookUpdate", "OrderLevel"]


class BookOrder(Struct, frozen=True):
    """One resting order of anybody's.

    ``time`` is what the exchange dates its place in the queue by, in nanoseconds since the epoch; 0: it does not say.
    """

    id: str
    price: Decimal
    size: Decimal
    time: int


class OrderLevel(Struct, frozen=True):
    """One price of a book, and the orders at it: who comes first is filled first."""

    price: Decimal
    orders: tuple[BookOrder, ...]

    @property
    def size(self) -> Decimal:
        """What is offered at this price in all."""
        return sum((order.size for order in self.orders), Decimal(0))


@frozen(slots=False)
class OrderBook(Record):
    """A book of the best ``depth`` prices of each side, order by order, as it was after one message.

    It does not change any more. A book that failed its checksum or is crossed is never emitted.
    """

    symbol: str
    depth: int
    bids: tuple[OrderLevel, ...]
    asks: tuple[OrderLevel, ...]
    checksum: int | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")

    @property
    def bid(self) -> Decimal | None:
        """The best price that is bid; None where nothing is."""
        return self.bids[0].price if self.bids else None

    @property
    def bid_size(self) -> Decimal | None:
        """How much is bid for at the best price."""
        return self.bids[0].size if self.bids else None

    @property
    def ask(self) -> Decimal | None:
        """The best price that is asked; None where nothing is."""
        return self.asks[0].price if self.asks else None

    @property
    def ask_size(self) -> Decimal | None:
        """How much is asked for at the best price."""
        return self.asks[0].size if self.asks else None


@frozen(slots=False)
class OrderBookUpdate(Record):
    """One message about a book: the orders that it sets, in the exchange's order. One of size 0 is gone.

    ``is_snapshot`` says that they are the whole book. ``checksum`` is the exchange's, and has been verified.
    """

    symbol: str
    bids: tuple[BookOrder, ...]
    asks: tuple[BookOrder, ...]
    is_snapshot: bool
    checksum: int | None = None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = attrs.field(default=b"{}", repr=False, eq=False, alias="raw")
