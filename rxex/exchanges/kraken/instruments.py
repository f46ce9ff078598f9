"""Kraken's assets and pairs, and their states. v2 only.

Source: Kraken's page "Instruments" of the Spot WebSocket v2 reference.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, overload

from attrs import field, frozen
from msgspec import Struct
from reactivex import Observable

from rxex.channel import Number
from rxex.events import Notice, Socket
from rxex.exchanges.kraken.asking import Kind, only_v2, subscribe, version_of
from rxex.models import Record
from rxex.typing import Json, Operator

__all__ = ["Asset", "Instruments", "Pair", "subscribe_instruments"]


@frozen
class Asset:
    """A currency; its ``status`` in Kraken's word, as ``enabled``, ``depositonly`` or ``disabled``."""

    id: str
    status: str
    precision: int
    precision_display: int
    borrowable: bool
    collateral_value: Decimal | None = None
    margin_rate: Decimal | None = None
    multiplier: Decimal | None = None


@frozen
class Pair:
    """What can be traded; its ``status`` in Kraken's word, as ``online``, ``cancel_only`` or ``post_only``.

    The precisions are numbers of decimals, the increments the smallest steps; sizes are in base, costs in quote.
    """

    symbol: str
    base: str
    quote: str
    status: str
    price_precision: int
    price_increment: Decimal
    size_precision: int
    size_increment: Decimal
    size_min: Decimal
    cost_precision: int
    cost_min: Decimal
    marginable: bool
    has_index: bool
    margin_initial: Decimal | None = None
    position_limit_long: Decimal | None = None
    position_limit_short: Decimal | None = None


@frozen(slots=False)
class Instruments(Record):
    """Assets and pairs: all of them where ``is_snapshot``, else those that have changed."""

    assets: tuple[Asset, ...]
    pairs: tuple[Pair, ...]
    is_snapshot: bool
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False)


class AssetV2(Struct):
    """An asset of v2."""

    id: str
    status: str
    precision: int
    precision_display: int
    borrowable: bool
    collateral_value: Any = None
    margin_rate: Any = None
    multiplier: Any = None


class PairV2(Struct):
    """A pair of v2."""

    symbol: str
    base: str
    quote: str
    status: str
    price_precision: int
    price_increment: Any
    qty_precision: int
    qty_increment: Any
    qty_min: Any
    cost_precision: int
    cost_min: Any
    marginable: bool
    has_index: bool
    margin_initial: Any = None
    position_limit_long: Any = None
    position_limit_short: Any = None


class InstrumentDataV2(Struct):
    """What a message tells."""

    assets: list[AssetV2]
    pairs: list[PairV2]


class InstrumentV2(Struct):
    """An instrument message of v2; its data is an object."""

    type: str
    data: InstrumentDataV2


class _Parser:
    """Keeps all assets and pairs, for whoever comes late."""

    def __init__(self, _: str) -> None:
        self._assets: dict[str, Asset] = {}
        self._pairs: dict[str, Pair] = {}
        self._received = 0

    def __call__(self, wire: InstrumentV2, received: int, raw: bytes | Json, number: Number) -> Sequence[Instruments]:
        assets = tuple(_asset(row, number) for row in wire.data.assets)
        pairs = tuple(_pair(row, number) for row in wire.data.pairs)
        is_snapshot = wire.type == "snapshot"
        if is_snapshot:
            self._assets, self._pairs = {}, {}
        self._assets.update((asset.id, asset) for asset in assets)
        self._pairs.update((pair.symbol, pair) for pair in pairs)
        self._received = received
        return (Instruments(assets, pairs, is_snapshot, None, received, raw),)

    def all(self) -> Instruments | None:
        """Everything as it is now; None before anything has come."""
        if not self._received:
            return None
        return Instruments(
            tuple(self._assets.values()), tuple(self._pairs.values()), is_snapshot=True, received=self._received
        )


def _asset(row: AssetV2, number: Number) -> Asset:
    return Asset(
        row.id,
        row.status,
        row.precision,
        row.precision_display,
        row.borrowable,
        _optional(row.collateral_value, number),
        _optional(row.margin_rate, number),
        _optional(row.multiplier, number),
    )


def _pair(row: PairV2, number: Number) -> Pair:
    return Pair(
        row.symbol,
        row.base,
        row.quote,
        row.status,
        row.price_precision,
        number(row.price_increment),
        row.qty_precision,
        number(row.qty_increment),
        number(row.qty_min),
        row.cost_precision,
        number(row.cost_min),
        row.marginable,
        row.has_index,
        _optional(row.margin_initial, number),
        _optional(row.position_limit_long, number),
        _optional(row.position_limit_short, number),
    )


def _optional(value: Any, number: Number) -> Decimal | None:
    return None if value is None else number(value)


@overload
def subscribe_instruments(
    messages: Observable[Json], *, notices: Literal[False] = False, version: int | None = None
) -> Operator[Socket | None, Instruments]: ...
@overload
def subscribe_instruments(
    messages: Observable[Json], *, notices: Literal[True], version: int | None = None
) -> Operator[Socket | None, Instruments | Notice]: ...
def subscribe_instruments(
    messages: Observable[Json], *, notices: bool = False, version: int | None = None
) -> Operator[Socket | None, Any]:
    """Subscribe to all assets and pairs, their precisions, smallest sizes and states. v2 only.

    Args:
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the items.
        version: 2, for a stream of messages that is no connection's; None: the connection's.

    Emits an `Instruments` with everything first, then one with what has changed. See `subscribe_channel` for sharing,
    errors and thread. Raises `InvalidArgument` on v1. Source: Kraken's page "Instruments".
    """
    version = version_of(messages, version)
    only_v2("version", version, version)
    kind = Kind(
        "instrument",
        InstrumentV2,
        _Parser,
        snapshot=True,
        first_timeout=10.0,
        keeps_last=True,
        late=_Parser.all,
        needs_all=True,
    )
    return subscribe(kind, None, messages, notices=notices, version=version)
