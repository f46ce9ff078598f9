"""KuCoin's best prices, each time they change.

Source: KuCoin's page "Orderbook - Level1" of the WebSocket reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

from msgspec import Struct
from reactivex import Observable

from rxex.channel import Number, Parse
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.asking import Kind, check_symbols, subscribe
from rxex.exchanges.kucoin.models import Milliseconds, optional
from rxex.models import Spread, quick
from rxex.typing import Json, Operator

__all__ = ["subscribe_spread"]

_spread = quick(Spread)


class QuoteWire(Struct, array_like=True, forbid_unknown_fields=True, gc=False):
    """The best level of a side; one without any is an empty list."""

    price: str | None = None
    size: str | None = None


class SpreadData(Struct, gc=False):
    """What a message tells."""

    asks: QuoteWire
    bids: QuoteWire
    timestamp: Milliseconds


class SpreadWire(Struct, gc=False):
    """A level 1 message."""

    data: SpreadData


def _spreads(symbol: str) -> Parse[Spread]:
    """Make the reader of the best prices of ``symbol``."""

    def parse(wire: SpreadWire, received: int, raw: bytes | Json, number: Number) -> Sequence[Spread]:
        row = wire.data
        bid, ask = row.bids, row.asks
        if (bid.price is None) is not (bid.size is None) or (ask.price is None) is not (ask.size is None):
            raise ValueError("a price stands without its size")
        spread = _spread(
            symbol,
            optional(bid.price, number),
            optional(bid.size, number),
            optional(ask.price, number),
            optional(ask.size, number),
            row.timestamp * 1_000_000,
            received,
            raw,
        )
        return (spread,)

    return parse


_KIND: Kind[Spread] = Kind("/spotMarket/level1", SpreadWire, _spreads, first_timeout=30.0, keeps_last=True)


@overload
def subscribe_spread(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, Spread]: ...
@overload
def subscribe_spread(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, Spread | Notice]: ...
def subscribe_spread(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the best prices of ``symbol``, or of several, each time one of them or its size changes.

    Args:
        symbol: as in ``BTC-USDT``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the spreads.

    Emits a `Spread` for each change, a hundred a second at most; a side without orders is None. KuCoin acknowledges
    symbols that it does not know, and stays silent: after 30 s without a spread `Stale` is told. See
    `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol. Source: KuCoin's page "Orderbook - Level1".
    """
    return subscribe(_KIND, check_symbols(symbol), messages, notices=notices)
