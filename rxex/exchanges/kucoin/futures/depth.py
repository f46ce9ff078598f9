"""KuCoin's books of the best 5 or 50 levels of futures, whole in each message.

Source: KuCoin's pages "Orderbook - Level5" and "Orderbook - Level50" of the futures WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal, overload

from msgspec import Struct
from reactivex import Observable

from rxex.asking import check_choice
from rxex.channel import Number
from rxex.codec import text_of
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.asking import Kind, check_contracts, subscribe
from rxex.exchanges.kucoin.depth import DEPTHS, DepthParser, Digits
from rxex.exchanges.kucoin.models import Milliseconds
from rxex.models import Book
from rxex.typing import Json, Operator

__all__ = ["subscribe_depth"]


class LevelWire(Struct, array_like=True, gc=False):
    """A level: the price a text, the size a number of lots."""

    price: Digits
    size: Any


class DepthData(Struct, gc=False):
    """Both sides, the best level first."""

    asks: list[LevelWire]
    bids: list[LevelWire]
    timestamp: Milliseconds


class DepthWire(Struct, gc=False):
    """A message with the best levels."""

    data: DepthData


class _Parser(DepthParser):
    def __call__(self, wire: Any, received: int, raw: bytes | Json, number: Number) -> Sequence[Book]:
        for side in (wire.data.asks, wire.data.bids):
            for level in side:
                # A book takes texts or numbers, not one beside the other.
                level.size = text_of(number(level.size))
        return super().__call__(wire, received, raw, number)


_KINDS: dict[int, Kind[Book]] = {
    depth: Kind(
        f"/contractMarket/level2Depth{depth}",
        DepthWire,
        partial(_Parser, depth),
        batch=1,
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
        symbol: as in ``XBTUSDTM``.
        messages: the connection's, from ``keep_messages_only()``.
        depth: levels of each side: 5 or 50.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the books.

    Emits a `Book` after each change, its sizes in lots; after 30 s without one `Stale` is told, as for a symbol that
    KuCoin does not know. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol, and for another depth.
    Source: KuCoin's pages "Orderbook - Level5" and "Orderbook - Level50" of futures.
    """
    check_choice("depth", depth, DEPTHS)
    return subscribe(_KINDS[depth], check_contracts(symbol), messages, notices=notices)
