"""Kraken's spreads: the best prices, each time they change. v1 only.

Source: Kraken's page "Spread" of the Spot WebSocket v1 reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, overload

from msgspec import Struct
from reactivex import Observable

from rxex.channel import Number
from rxex.errors import InvalidArgument
from rxex.events import Notice, Socket
from rxex.exchanges.kraken.asking import Kind, subscribe, version_of
from rxex.exchanges.kraken.models import from_v1, time_v1
from rxex.models import Spread, quick
from rxex.typing import Json, Operator

__all__ = ["Spread", "subscribe_spread"]


class SpreadDataV1(Struct, array_like=True, gc=False):
    """What a message tells."""

    bid: str
    ask: str
    time: str
    bid_size: str
    ask_size: str


class SpreadV1(Struct, array_like=True, gc=False):
    """A spread message of v1."""

    channel_id: Any
    data: SpreadDataV1
    channel: str
    pair: str


_spread = quick(Spread)


def _parse(wire: SpreadV1, received: int, raw: bytes | Json, number: Number) -> Sequence[Spread]:
    row = wire.data
    spread = _spread(
        from_v1(wire.pair),
        number(row.bid),
        number(row.bid_size),
        number(row.ask),
        number(row.ask_size),
        time_v1(row.time),
        received,
        raw,
    )
    return (spread,)


@overload
def subscribe_spread(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: Literal[False] = False,
    version: int | None = None,
) -> Operator[Socket | None, Spread]: ...
@overload
def subscribe_spread(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: Literal[True],
    version: int | None = None,
) -> Operator[Socket | None, Spread | Notice]: ...
def subscribe_spread(
    symbol: str | Sequence[str],
    messages: Observable[Json],
    *,
    notices: bool = False,
    version: int | None = None,
) -> Operator[Socket | None, Any]:
    """Subscribe to the best prices of ``symbol``, or of several, each time one of them or its size changes. v1 only.

    Args:
        symbol: as in ``BTC/USD``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the spreads.
        version: 1, for a stream of messages that is no connection's; None: the connection's.

    Emits a `Spread` for each change; see `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` on v2, which has ``subscribe_ticker(…, event_trigger="bbo")`` instead, and for a symbol
    that cannot be one. Source: Kraken's page "Spread" of v1.
    """
    version = version_of(messages, version)
    if version != 1:
        raise InvalidArgument("version", version, "Kraken's v2 has no spreads; use the ticker with event_trigger='bbo'")
    kind = Kind("spread", SpreadV1, lambda _: _parse, keeps_last=True)
    return subscribe(kind, symbol, messages, notices=notices, version=version)
