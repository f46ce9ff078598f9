"""Order books, pure: levels or orders in order, exact, verified. No stream and no exchange is known here."""

from rxex.book.checksum import Checksum
from rxex.book.level2 import L2Book
from rxex.book.level3 import L3Book
from rxex.book.orders import BookOrder, OrderBook, OrderLevel

__all__ = ["BookOrder", "Checksum", "L2Book", "L3Book", "OrderBook", "OrderLevel"]
