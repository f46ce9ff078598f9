"""KuCoin's call auctions, in which the trade of a new pair begins.

Sources: KuCoin's pages "Call Auction Orderbook - Level50" and "Get Call Auction Info" of the WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, overload

from attrs import field, frozen
from msgspec import Struct
from reactivex import Observable

from rxex.channel import Number, Parse
from rxex.codec import number as checked_number
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.asking import Kind, check_symbols, subscribe
from rxex.exchanges.kucoin.depth import DepthWire, LevelWire
from rxex.exchanges.kucoin.models import Milliseconds, optional
from rxex.models import Level, Record
from rxex.typing import Json, Operator

__all__ = ["CallAuction", "CallAuctionBook", "subscribe_call_auction", "subscribe_call_auction_book"]


@frozen(slots=False)
class CallAuctionBook(Record):
    """The best 50 levels of each side while orders are only collected, the best first; bids may cross asks."""

    symbol: str
    bids: tuple[Level, ...]
    asks: tuple[Level, ...]
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False, alias="raw")


@frozen(slots=False)
class CallAuction(Record):
    """What would be traded if the auction ended now, and the prices between which orders are taken.

    What there is not (yet) is None.
    """

    symbol: str
    estimated_price: Decimal | None
    estimated_size: Decimal | None
    buy_low: Decimal | None
    buy_high: Decimal | None
    sell_low: Decimal | None
    sell_high: Decimal | None
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False, alias="raw")


def _levels(levels: Sequence[LevelWire]) -> tuple[Level, ...]:
    return tuple(Level(checked_number(level.price), checked_number(level.size)) for level in levels)


def _auction_books(symbol: str) -> Parse[CallAuctionBook]:
    """Make the reader of the auction books of ``symbol``."""

    def parse(wire: DepthWire, received: int, raw: bytes | Json, _: Number) -> Sequence[CallAuctionBook]:
        data = wire.data
        time = data.timestamp * 1_000_000
        return (CallAuctionBook(symbol, _levels(data.bids), _levels(data.asks), time, received, raw),)

    return parse


class AuctionData(Struct, rename="camel", gc=False):
    """What a message tells."""

    time: Milliseconds
    estimated_price: Any = None
    estimated_size: Any = None
    sell_order_range_low_price: Any = None
    sell_order_range_high_price: Any = None
    buy_order_range_low_price: Any = None
    buy_order_range_high_price: Any = None


class AuctionWire(Struct, gc=False):
    """A message about an auction."""

    data: AuctionData


def _auctions(symbol: str) -> Parse[CallAuction]:
    """Make the reader of the auctions of ``symbol``."""

    def parse(wire: AuctionWire, received: int, raw: bytes | Json, _: Number) -> Sequence[CallAuction]:
        row = wire.data
        auction = CallAuction(
            symbol=symbol,
            estimated_price=optional(row.estimated_price),
            estimated_size=optional(row.estimated_size),
            buy_low=optional(row.buy_order_range_low_price),
            buy_high=optional(row.buy_order_range_high_price),
            sell_low=optional(row.sell_order_range_low_price),
            sell_high=optional(row.sell_order_range_high_price),
            time=row.time * 1_000_000,
            received=received,
            raw=raw,
        )
        return (auction,)

    return parse


_BOOKS: Kind[CallAuctionBook] = Kind("/callauction/level2Depth50", DepthWire, _auction_books, batch=1, keeps_last=True)
_AUCTIONS: Kind[CallAuction] = Kind("/callauction/callauctionData", AuctionWire, _auctions, batch=1, keeps_last=True)


@overload
def subscribe_call_auction_book(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, CallAuctionBook]: ...
@overload
def subscribe_call_auction_book(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, CallAuctionBook | Notice]: ...
def subscribe_call_auction_book(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the order book of ``symbol``, or of several, while it is in its opening auction.

    Args:
        symbol: as in ``BTC-USDT``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.

    Emits a `CallAuctionBook` ten times a second at most; outside of an auction there is none, without a word.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol. Source: KuCoin's page "Call Auction Orderbook - Level50".
    """
    return subscribe(_BOOKS, check_symbols(symbol), messages, notices=notices)


@overload
def subscribe_call_auction(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, CallAuction]: ...
@overload
def subscribe_call_auction(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, CallAuction | Notice]: ...
def subscribe_call_auction(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the state of the auction of ``symbol``, or of several, while it is in its opening auction.

    Args:
        symbol: as in ``BTC-USDT``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the items.

    Emits a `CallAuction` ten times a second at most; outside of an auction there is none, without a word.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol. Source: KuCoin's page "Get Call Auction Info".
    """
    return subscribe(_AUCTIONS, check_symbols(symbol), messages, notices=notices)
