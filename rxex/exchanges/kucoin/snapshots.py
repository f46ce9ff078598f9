"""KuCoin's figures of a symbol or of a whole market, every two seconds.

Sources: KuCoin's pages "Symbol Snapshot" and "Market Snapshot" of the WebSocket reference.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import Any, Literal, overload

from attrs import field, frozen
from msgspec import Struct
from msgspec import field as wire_field
from reactivex import Observable

from rxex.asking import check_names
from rxex.channel import Number
from rxex.events import Notice, Socket
from rxex.exchanges.kucoin.asking import Kind, check_symbols, subscribe
from rxex.exchanges.kucoin.models import Milliseconds, optional
from rxex.models import Record
from rxex.typing import Json, Operator

__all__ = ["Change", "MarketSnapshot", "subscribe_market_snapshot", "subscribe_snapshot"]

_MARKET = re.compile(r"[A-Za-z0-9]+")


@frozen
class Change:
    """What has happened within some hours; ``change_rate`` is a part of 1, ``volume_quote`` in quote currency."""

    open: Decimal | None = None
    high: Decimal | None = None
    low: Decimal | None = None
    change: Decimal | None = None
    change_rate: Decimal | None = None
    volume: Decimal | None = None
    volume_quote: Decimal | None = None


@frozen(slots=False)
class MarketSnapshot(Record):
    """The figures of one symbol; None stands for what there is not, such as a price where nobody asks.

    ``market`` and ``markets`` are KuCoin's groups of symbols. ``is_trading`` says whether it can be traded,
    ``is_marginable`` whether on margin. ``change`` and those after it are of the last 24 hours, as ``day`` is;
    ``change_rate`` and the fee rates are parts of 1, and the coefficients multiply the fees of takers and makers.
    ``board`` and ``mark`` are numbers of KuCoin's.
    """

    symbol: str
    base: str
    quote: str
    market: str
    markets: tuple[str, ...]
    is_trading: bool
    is_marginable: bool
    bid: Decimal | None
    bid_size: Decimal | None
    ask: Decimal | None
    ask_size: Decimal | None
    last: Decimal | None
    open: Decimal | None
    high: Decimal | None
    low: Decimal | None
    close: Decimal | None
    average: Decimal | None
    change: Decimal | None
    change_rate: Decimal | None
    volume: Decimal | None
    volume_quote: Decimal | None
    taker_fee_rate: Decimal | None
    maker_fee_rate: Decimal | None
    taker_coefficient: Decimal | None
    maker_coefficient: Decimal | None
    board: int | None
    mark: int | None
    sites: tuple[str, ...]
    hour: Change
    four_hours: Change
    day: Change
    time: int | None = None
    received: int = 0
    _raw: bytes | Json = field(default=b"{}", repr=False, eq=False, alias="raw")


class ChangeWire(Struct, rename="camel", gc=False):
    """The figures of some hours."""

    open: Any = None
    high: Any = None
    low: Any = None
    change_price: Any = None
    change_rate: Any = None
    vol: Any = None
    vol_value: Any = None


class SnapshotRow(Struct, rename="camel", gc=False):
    """The figures of one symbol; the lists are null where they are empty."""

    symbol: str
    base_currency: str
    quote_currency: str
    market: str
    datetime: Milliseconds
    trading: bool
    margin_trade: bool = False
    markets: list[str] | None = None
    site_types: list[str] | None = None
    buy: Any = None
    bid_size: Any = None
    sell: Any = None
    ask_size: Any = None
    last_traded_price: Any = None
    open: Any = None
    high: Any = None
    low: Any = None
    close: Any = None
    average_price: Any = None
    change_price: Any = None
    change_rate: Any = None
    vol: Any = None
    vol_value: Any = None
    taker_fee_rate: Any = None
    maker_fee_rate: Any = None
    taker_coefficient: Any = None
    maker_coefficient: Any = None
    board: int | None = None
    mark: int | None = None
    change1: ChangeWire | None = wire_field(name="marketChange1h", default=None)
    change4: ChangeWire | None = wire_field(name="marketChange4h", default=None)
    change24: ChangeWire | None = wire_field(name="marketChange24h", default=None)


class SnapshotData(Struct, gc=False):
    """What a message tells: one symbol, or, as pages of old have it for markets, several."""

    data: SnapshotRow | list[SnapshotRow]


class SnapshotWire(Struct, gc=False):
    """A snapshot message, whose data are one level deeper than others'."""

    data: SnapshotData


def _snapshots(wire: SnapshotWire, received: int, raw: bytes | Json, _: Number) -> Sequence[MarketSnapshot]:
    """Give the snapshots of a message."""
    rows = wire.data.data
    return [_made(row, received, raw) for row in (rows if isinstance(rows, list) else (rows,))]


def _made(row: SnapshotRow, received: int, raw: bytes | Json) -> MarketSnapshot:
    return MarketSnapshot(
        symbol=row.symbol,
        base=row.base_currency,
        quote=row.quote_currency,
        market=row.market,
        markets=tuple(row.markets or ()),
        is_trading=row.trading,
        is_marginable=row.margin_trade,
        bid=optional(row.buy),
        bid_size=optional(row.bid_size),
        ask=optional(row.sell),
        ask_size=optional(row.ask_size),
        last=optional(row.last_traded_price),
        open=optional(row.open),
        high=optional(row.high),
        low=optional(row.low),
        close=optional(row.close),
        average=optional(row.average_price),
        change=optional(row.change_price),
        change_rate=optional(row.change_rate),
        volume=optional(row.vol),
        volume_quote=optional(row.vol_value),
        taker_fee_rate=optional(row.taker_fee_rate),
        maker_fee_rate=optional(row.maker_fee_rate),
        taker_coefficient=optional(row.taker_coefficient),
        maker_coefficient=optional(row.maker_coefficient),
        board=row.board,
        mark=row.mark,
        sites=tuple(row.site_types or ()),
        hour=_change(row.change1),
        four_hours=_change(row.change4),
        day=_change(row.change24),
        time=row.datetime * 1_000_000,
        received=received,
        raw=raw,
    )


def _change(wire: ChangeWire | None) -> Change:
    if wire is None:
        return Change()
    figures = (wire.open, wire.high, wire.low, wire.change_price, wire.change_rate, wire.vol, wire.vol_value)
    return Change(*map(optional, figures))


_SYMBOLS: Kind[MarketSnapshot] = Kind(
    "/market/snapshot",
    SnapshotWire,
    lambda _: _snapshots,
    batch=1,
    first_timeout=10.0,
    stale_after=30.0,
    keeps_last=True,
)
_MARKETS: Kind[MarketSnapshot] = Kind(
    "/market/snapshot",
    SnapshotWire,
    lambda _: _snapshots,
    batch=1,
    variant="market",
    first_timeout=10.0,
    stale_after=30.0,
)


@overload
def subscribe_snapshot(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, MarketSnapshot]: ...
@overload
def subscribe_snapshot(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, MarketSnapshot | Notice]: ...
def subscribe_snapshot(
    symbol: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the figures of ``symbol``, or of several: prices, fees, and what has happened in 1, 4 and 24 hours.

    Args:
        symbol: as in ``BTC-USDT``.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the snapshots.

    Emits a `MarketSnapshot` every two seconds; `Stale` is told where none comes within 10 s of the subscription, as for
    a symbol that KuCoin does not know, or later for 30 s. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a symbol. Source: KuCoin's page "Symbol Snapshot".
    """
    return subscribe(_SYMBOLS, check_symbols(symbol), messages, notices=notices)


@overload
def subscribe_market_snapshot(
    market: str | Sequence[str], messages: Observable[Json], *, notices: Literal[False] = False
) -> Operator[Socket | None, MarketSnapshot]: ...
@overload
def subscribe_market_snapshot(
    market: str | Sequence[str], messages: Observable[Json], *, notices: Literal[True]
) -> Operator[Socket | None, MarketSnapshot | Notice]: ...
def subscribe_market_snapshot(
    market: str | Sequence[str], messages: Observable[Json], *, notices: bool = False
) -> Operator[Socket | None, Any]:
    """Subscribe to the figures of all symbols of ``market``, or of several.

    Args:
        market: KuCoin's word for a group of symbols, as in ``BTC`` or ``USDS``; see its list of markets.
        messages: the connection's, from ``keep_messages_only()``.
        notices: whether `Gap`, `Stale` and `Overflow` stand among the snapshots.

    Emits a `MarketSnapshot` of each symbol every two seconds; `Stale` as in `subscribe_snapshot`. What a symbol was
    last is not told to those who come later. See `subscribe_channel` for sharing, errors and thread.
    Raises `InvalidArgument` for what cannot be a market. Source: KuCoin's page "Market Snapshot".
    """
    markets = check_names("market", market, _MARKET, "write it as KuCoin does, as in 'BTC'")
    return subscribe(_MARKETS, markets, messages, notices=notices)
