"""What Kraken's public endpoints answer. Source: the pages "Market Data" of Kraken's Spot REST reference."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Generic, TypeVar

from attrs import frozen

from rxex.codec import number
from rxex.exchanges.kraken.models import from_v1, time_v2
from rxex.exchanges.kraken.rest.models.reading import SIDES, mapping, raw_field, rows_of, some, text, time_of
from rxex.models import Candle, Day, Ticker, Trade

__all__ = [
    "Asset",
    "AssetPair",
    "Depth",
    "DepthLevel",
    "ServerTime",
    "Since",
    "Spread",
    "SystemState",
]

T = TypeVar("T")
_ORDER_TYPES = {"m": "market", "l": "limit"}


@frozen
class ServerTime:
    """The exchange's time, in whole seconds."""

    time: int


def read_server_time(result: Any, _: Any, __: int) -> ServerTime:
    return ServerTime(int(number(result["unixtime"])) * 10**9)


@frozen
class SystemState:
    """``online``, ``maintenance``, ``cancel_only`` or ``post_only``, at ``time``."""

    status: str
    time: int


def read_system_status(result: Any, _: Any, __: int) -> SystemState:
    return SystemState(str(result["status"]), time_v2(result["timestamp"]))


@frozen
class Asset:
    """Something that can be held; ``id`` is Kraken's key for it, ``name`` the alternative name."""

    id: str
    name: str
    asset_class: str
    digits: int
    display_digits: int
    collateral_value: Decimal | None
    status: str | None
    raw: Mapping[str, Any] = raw_field()


def read_assets(result: Any, _: Any, __: int) -> dict[str, Asset]:
    return {
        key: Asset(
            key,
            row["altname"],
            row["aclass"],
            int(row["decimals"]),
            int(row["display_decimals"]),
            some(row, "collateral_value", number),
            some(row, "status", text),
            row,
        )
        for key, row in mapping(result).items()
    }


@frozen
class AssetPair:
    """An instrument. ``id``, ``name`` and ``websocket_name`` are what Kraken calls it; none follows from another.

    ``fees`` are (volume in 30 days, percent); ``makers`` those of makers, where they differ.
    """

    id: str
    name: str
    websocket_name: str | None
    base: str
    quote: str
    price_digits: int
    size_digits: int
    tick_size: Decimal | None
    minimum_size: Decimal | None
    minimum_cost: Decimal | None
    status: str | None
    leverage_buy: tuple[int, ...]
    leverage_sell: tuple[int, ...]
    fees: tuple[tuple[Decimal, Decimal], ...]
    makers: tuple[tuple[Decimal, Decimal], ...]
    raw: Mapping[str, Any] = raw_field()

    @property
    def symbol(self) -> str | None:
        """The symbol of the feeds, as in ``BTC/USD``; None for the few that have no feed."""
        return None if self.websocket_name is None else from_v1(self.websocket_name)


def read_asset_pairs(result: Any, _: Any, __: int) -> dict[str, AssetPair]:
    def fees(rows: Any) -> tuple[tuple[Decimal, Decimal], ...]:
        return tuple((number(volume), number(percent)) for volume, percent in rows)

    return {
        key: AssetPair(
            key,
            row["altname"],
            some(row, "wsname", text),
            row["base"],
            row["quote"],
            int(row["pair_decimals"]),
            int(row["lot_decimals"]),
            some(row, "tick_size", number),
            some(row, "ordermin", number),
            some(row, "costmin", number),
            some(row, "status", text),
            tuple(row.get("leverage_buy", ())),
            tuple(row.get("leverage_sell", ())),
            fees(row.get("fees", ())),
            fees(row.get("fees_maker", ())),
            row,
        )
        for key, row in mapping(result).items()
    }


def read_tickers(result: Any, parameters: Any, received: int) -> dict[str, Ticker]:
    """Give the tickers by Kraken's keys; where one was asked for, its symbol is the one that was given."""
    asked = parameters.pair if parameters.pair is not None and "," not in parameters.pair else None
    return {key: _ticker(asked or key, row, received) for key, row in mapping(result).items()}


def _ticker(symbol: str, row: Mapping[str, Any], received: int) -> Ticker:
    last, opened = number(row["c"][0]), number(row["o"])
    # The figures are of the last 24 hours, but the opening price is today's.
    day = Day(
        volume=number(row["v"][1]),
        vwap=number(row["p"][1]),
        open=opened,
        high=number(row["h"][1]),
        low=number(row["l"][1]),
    )
    return Ticker(
        symbol,
        number(row["b"][0]),
        number(row["b"][2]),
        number(row["a"][0]),
        number(row["a"][2]),
        last,
        number(row["c"][1]),
        None,
        received,
        dict(row),
        day,
    )


@frozen
class DepthLevel:
    """One price of a book, what is offered at it, and when it changed. Sizes are rounded to three digits here."""

    price: Decimal
    size: Decimal
    time: int


@frozen
class Depth:
    """A book as it was, best first."""

    symbol: str
    bids: tuple[DepthLevel, ...]
    asks: tuple[DepthLevel, ...]
    received: int


def read_depth(result: Any, parameters: Any, received: int) -> Depth:
    (book,) = mapping(result).values()

    def levels(rows: Any) -> tuple[DepthLevel, ...]:
        return tuple(DepthLevel(number(price), number(size), time_of(time) or 0) for price, size, time in rows)

    return Depth(parameters.pair, levels(book["bids"]), levels(book["asks"]), received)


@frozen
class Since(Generic[T]):
    """Rows, the oldest first; ``last`` is to be given as ``since`` for those that come after them."""

    rows: tuple[T, ...]
    last: str


def read_ohlc(result: Any, parameters: Any, received: int) -> Since[Candle]:
    """Give the candles; the last one is not closed."""
    interval = (parameters.interval or 1) * 60 * 10**9
    rows = rows_of(result, parameters)
    last = int(number(result["last"]))
    candles = tuple(
        Candle(
            parameters.pair,
            int(row[0]) * 10**9,
            interval,
            number(row[1]),
            number(row[2]),
            number(row[3]),
            number(row[4]),
            number(row[6]),
            int(row[7]),
            number(row[5]),
            int(row[0]) <= last,  # closed
            True,  # noqa: FBT003 - complete
            0,
            None,
            received,
            row,
        )
        for row in rows
    )
    return Since(candles, str(last))


def read_trades(result: Any, parameters: Any, received: int) -> Since[Trade]:
    trades = tuple(
        Trade(
            parameters.pair,
            number(row[0]),
            number(row[1]),
            SIDES[row[3]],
            row[6] if len(row) > 6 else None,
            _ORDER_TYPES.get(row[4], row[4]),
            time_of(row[2]),
            received,
            row,
        )
        for row in rows_of(result, parameters)
    )
    return Since(trades, str(result["last"]))


@frozen
class Spread:
    """The best prices, as they were at ``time``."""

    symbol: str
    bid: Decimal
    ask: Decimal
    time: int


def read_spreads(result: Any, parameters: Any, _: int) -> Since[Spread]:
    rows = rows_of(result, parameters)
    spreads = tuple(Spread(parameters.pair, number(row[1]), number(row[2]), int(row[0]) * 10**9) for row in rows)
    return Since(spreads, str(result["last"]))
