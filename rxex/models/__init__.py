"""What means the same on every exchange. Numbers are exact, times are nanoseconds since the epoch.

Every model keeps the exchange's own message in ``raw``. A field that an exchange does not tell is None, never a guess.
"""

from rxex.models.books import Book, BookUpdate, Level, Levels, WireLevel
from rxex.models.closing import Closing
from rxex.models.market import BestBidOffer, Candle, Day, Spread, Ticker, Trade
from rxex.models.orders import Balance, Fee, Fill, Order, OrderSnapshot, OrderUpdate, Stage
from rxex.models.record import Record, Side, quick

__all__ = [
    "Balance",
    "BestBidOffer",
    "Book",
    "BookUpdate",
    "Candle",
    "Closing",
    "Day",
    "Fee",
    "Fill",
    "Level",
    "Levels",
    "Order",
    "OrderSnapshot",
    "OrderUpdate",
    "Record",
    "Side",
    "Spread",
    "Stage",
    "Ticker",
    "Trade",
    "WireLevel",
    "quick",
]
