"""Order books, pure: levels or orders in order, exact, verified. No stream and no exchange is known here."""

from rxex.book.checksum import Checksum
from rxex.book.level2 import L2Book
from rxex.book.level3 import L3Book
from rxex.book.orders import BookOrder, OrderBook, OrderBookUpdate, OrderLevel
from rxex.book.steps import ChangedBook, best_levels, book_updates, level_updates, order_updates, update_of

__all__ = [
    "BookOrder",
    "ChangedBook",
    "Checksum",
    "L2Book",
    "L3Book",
    "OrderBook",
    "OrderBookUpdate",
    "OrderLevel",
    "best_levels",
    "book_updates",
    "level_updates",
    "order_updates",
    "update_of",
]
