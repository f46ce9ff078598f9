"""KuCoin's books of the best 5 or 50 levels, whole in each message.

Source: KuCoin's pages "Orderbook - Level5" and "Orderbook - Level50" of the WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Annotated, Any, Literal, TypeAlias, overload

from msgspec import Meta, Struct
from reactivex import Observable

from rxex.asking import check_choice
from rxex.book import L2Book
from rxex.channel import Number
from rxex.codec import number as checked_number
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.asking import Kind, check_symbols, subscribe
from rxex.exchanges.kucoin.models import Milliseconds
from rxex.models import Book
from rxex.typing import Json, Operator

__all__ = ["DEPTHS", "DepthParser", "Digits", "LevelWire", "subscribe_depth"]

DEPTHS = (5, 50)


Digits: TypeAlias = Annotated[str, Meta(max_length=40)]
"""A number of a level, which a book takes unchecked once it has checked another message of the same shape."""


class LevelWire(Struct, array_like=True, gc=False):
    """A level."""

    price: Digits
    size: Digits


class DepthData(Struct, gc=False):
    """Both sides, the best level first."""

    asks: list[LevelWire]
    bids: list[LevelWire]
    timestamp: Milliseconds


class DepthWire(Struct, gc=False):
    """A message with the best levels."""

    data: DepthData


def _time_of(message: Any) -> int:
    milliseconds: int = message["data"]["timestamp"]
    return milliseconds * 1_000_000


class DepthParser:
    """Makes a book of each message; nothing of the one before is left."""

    def __init__(self, depth: int, symbol: str) -> None:
        self._book = L2Book(depth)
        self._depth = depth
        self._symbol = symbol

    def __call__(self, wire: DepthWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Book]:
        book, data = self._book, wire.data
        book.replace(data.bids, data.asks, is_checked=number is not checked_number)
        return (Book(self._symbol, self._depth, book.bids, book.asks, received, raw, _time_of),)


_KINDS: dict[int, Kind[Book]] = {
    depth: Kind(
        f"/spotMarket/level2Depth{depth}",
        DepthWire,
        partial(DepthParser, depth),
        first_timeout=30.0,
        keeps_last=True,
    )
    for depth in DEPTHS
}


@overload
def subscribe_depth(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int = 5, notices: Literal[False] = False
) -> Operator[Socket | None, Book]: ...
@overload
def subscribe_depth(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int = 5, notices: Literal[True]
) -> Operator[Socket | None, Book | Notice]: ...
def subscribe_depth(
    symbol: str | Sequence[str], messages: Observable[Json], *, depth: int = 5, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the best levels of ``symbol``, or of several: the whole of them in each message.

    Unlike those of `subscribe_book` these books need no other request, but KuCoin sends them ten times a second at
    most, and without a number that would tell whether one is missing. A crossed one is withheld, and a `Gap` told.

    Args:
        symbol: as in ``BTC-USDT``.
        messages: the connection's, from ``keep_messages_only()``.
        depth: levels of each side: 5 or 50.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.

    Emits a `Book` after each change; after 30 s without one `Stale` is told, as for a symbol that KuCoin does not know.
    See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol, and for another depth.
    Source: KuCoin's pages "Orderbook - Level5" and "Orderbook - Level50".
    """
    check_choice("depth", depth, DEPTHS)
    return subscribe(_KINDS[depth], check_symbols(symbol), messages, notices=notices)
