"""What Kraken's REST endpoints answer. Numbers are exact, times nanoseconds since the epoch.

Tickers, trades and candles are the models that all exchanges share. What Kraken leaves out is None.
Source: the pages of Kraken's Spot REST reference.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, Generic, TypeVar

from attrs import field, frozen

from rxex.auth import Secret
from rxex.codec import number
from rxex.errors import MalformedMessage
from rxex.exchanges.kraken.models import from_v1, time_v2
from rxex.models import Candle, Day, Side, Ticker, Trade

__all__ = [
    "Amended",
    "Asset",
    "AssetPair",
    "BatchPlaced",
    "Canceled",
    "Depth",
    "DepthLevel",
    "Edited",
    "ExtendedBalance",
    "OrderInfo",
    "OrderPage",
    "Placed",
    "ServerTime",
    "Since",
    "Spread",
    "SwitchTimes",
    "SystemState",
    "TradeInfo",
    "TradePage",
    "WebSocketsToken",
]

T = TypeVar("T")
_SIDES = {"b": Side.BUY, "s": Side.SELL, "buy": Side.BUY, "sell": Side.SELL}
_ORDER_TYPES = {"m": "market", "l": "limit"}
_BILLION = Decimal(10**9)


def _raw() -> Any:
    return field(default=None, repr=False, eq=False)


def _time(value: Any) -> int | None:
    """Nanoseconds of a number of seconds; 0 stands for none."""
    return int(number(value) * _BILLION) or None


def _some(row: Mapping[str, Any], name: str, read: Callable[[Any], T]) -> T | None:
    value = row.get(name)
    return None if value is None else read(value)


def _text(value: Any) -> str | None:
    return str(value) or None


def _rows(result: Any, parameters: Any) -> list[Any]:
    """Give the one entry of a result, whatever its name: it is rarely the name that was asked for."""
    found = [value for name, value in result.items() if name != "last"]
    if len(found) != 1:
        raise MalformedMessage(f"{len(found)} results for {parameters.pair}")
    rows = found[0]
    if not isinstance(rows, list):
        raise MalformedMessage(f"rows of {parameters.pair} are no array")
    return rows


def _mapping(value: Any) -> Mapping[str, Any]:
    if not isinstance(value, dict):
        raise MalformedMessage("an object was expected")
    return value


# Public.


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
    raw: Mapping[str, Any] = _raw()


def read_assets(result: Any, _: Any, __: int) -> dict[str, Asset]:
    return {
        key: Asset(
            key,
            row["altname"],
            row["aclass"],
            int(row["decimals"]),
            int(row["display_decimals"]),
            _some(row, "collateral_value", number),
            _some(row, "status", _text),
            row,
        )
        for key, row in _mapping(result).items()
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
    raw: Mapping[str, Any] = _raw()

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
            _some(row, "wsname", _text),
            row["base"],
            row["quote"],
            int(row["pair_decimals"]),
            int(row["lot_decimals"]),
            _some(row, "tick_size", number),
            _some(row, "ordermin", number),
            _some(row, "costmin", number),
            _some(row, "status", _text),
            tuple(row.get("leverage_buy", ())),
            tuple(row.get("leverage_sell", ())),
            fees(row.get("fees", ())),
            fees(row.get("fees_maker", ())),
            row,
        )
        for key, row in _mapping(result).items()
    }


def read_tickers(result: Any, parameters: Any, received: int) -> dict[str, Ticker]:
    """Give the tickers by Kraken's keys; where one was asked for, its symbol is the one that was given."""
    asked = parameters.pair if parameters.pair is not None and "," not in parameters.pair else None
    return {key: _ticker(asked or key, row, received) for key, row in _mapping(result).items()}


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
    (book,) = _mapping(result).values()

    def levels(rows: Any) -> tuple[DepthLevel, ...]:
        return tuple(DepthLevel(number(price), number(size), _time(time) or 0) for price, size, time in rows)

    return Depth(parameters.pair, levels(book["bids"]), levels(book["asks"]), received)


@frozen
class Since(Generic[T]):
    """Rows, the oldest first; ``last`` is to be given as ``since`` for those that come after them."""

    rows: tuple[T, ...]
    last: str


def read_ohlc(result: Any, parameters: Any, received: int) -> Since[Candle]:
    """Give the candles; the last one is not closed."""
    interval = (parameters.interval or 1) * 60 * 10**9
    rows = _rows(result, parameters)
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
            _SIDES[row[3]],
            row[6] if len(row) > 6 else None,
            _ORDER_TYPES.get(row[4], row[4]),
            _time(row[2]),
            received,
            row,
        )
        for row in _rows(result, parameters)
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
    rows = _rows(result, parameters)
    spreads = tuple(Spread(parameters.pair, number(row[1]), number(row[2]), int(row[0]) * 10**9) for row in rows)
    return Since(spreads, str(result["last"]))


# Private.


@frozen
class WebSocketsToken:
    """What opens the private feeds; to be used within ``expires`` seconds."""

    token: Secret
    expires: int


def read_token(result: Any, _: Any, __: int) -> WebSocketsToken:
    token = result["token"]
    if not isinstance(token, str) or not token:
        raise MalformedMessage("there is no token")
    return WebSocketsToken(Secret(token), int(result["expires"]))


def read_balances(result: Any, _: Any, __: int) -> dict[str, Decimal]:
    return {asset: number(amount) for asset, amount in _mapping(result).items()}


@frozen
class ExtendedBalance:
    """What is held of an asset, what open orders hold back, and credit lines."""

    balance: Decimal
    held: Decimal
    credit: Decimal
    credit_used: Decimal

    @property
    def available(self) -> Decimal:
        """What can be traded with."""
        return self.balance + self.credit - self.credit_used - self.held


def read_extended_balances(result: Any, _: Any, __: int) -> dict[str, ExtendedBalance]:
    return {
        asset: ExtendedBalance(
            number(row["balance"]),
            number(row.get("hold_trade", 0)),
            number(row.get("credit", 0)),
            number(row.get("credit_used", 0)),
        )
        for asset, row in _mapping(result).items()
    }


@frozen
class OrderInfo:
    """An order as Kraken tells it: ``status`` is ``pending``, ``open``, ``closed``, ``canceled`` or ``expired``.

    ``price`` and ``price2`` are those that the order was given, in Kraken's words; ``average_price`` is what its fills
    cost, None without a fill. ``pair`` is Kraken's alternative name.
    """

    id: str
    status: str
    pair: str
    side: Side
    order_type: str
    price: str
    price2: str
    size: Decimal
    filled: Decimal
    cost: Decimal
    fee: Decimal
    average_price: Decimal | None
    opened: int | None
    closed: int | None
    start: int | None
    expires: int | None
    reason: str | None
    flags: tuple[str, ...]
    client_id: str | None
    userref: int | None
    trades: tuple[str, ...]
    raw: Mapping[str, Any] = _raw()


def _order(key: str, row: Mapping[str, Any]) -> OrderInfo:
    description = row["descr"]
    filled = number(row["vol_exec"])
    return OrderInfo(
        id=key,
        status=str(row["status"]),
        pair=description["pair"],
        side=_SIDES[description["type"]],
        order_type=description["ordertype"],
        price=description["price"],
        price2=description["price2"],
        size=number(row["vol"]),
        filled=filled,
        cost=number(row["cost"]),
        fee=number(row["fee"]),
        average_price=number(row["price"]) if filled else None,
        opened=_some(row, "opentm", _time),
        closed=_some(row, "closetm", _time),
        start=_some(row, "starttm", _time),
        expires=_some(row, "expiretm", _time),
        reason=_some(row, "reason", _text),
        flags=tuple(flag for flag in str(row.get("oflags") or "").split(",") if flag),
        client_id=_some(row, "cl_ord_id", _text),
        userref=row.get("userref") or None,
        trades=tuple(row.get("trades") or ()),
        raw=row,
    )


def read_orders(result: Any, _: Any, __: int) -> dict[str, OrderInfo]:
    return {key: _order(key, row) for key, row in _mapping(result).items()}


def read_open_orders(result: Any, parameters: Any, received: int) -> dict[str, OrderInfo]:
    return read_orders(result["open"], parameters, received)


@frozen
class OrderPage:
    """Up to 50 orders, the newest first, of ``count`` in all (None where it was not asked for)."""

    orders: dict[str, OrderInfo]
    count: int | None


def read_closed_orders(result: Any, parameters: Any, received: int) -> OrderPage:
    return OrderPage(read_orders(result["closed"], parameters, received), result.get("count"))


@frozen
class TradeInfo:
    """One fill of one of our orders. ``pair`` is Kraken's key."""

    id: str
    order_id: str
    pair: str
    side: Side
    order_type: str
    price: Decimal
    size: Decimal
    cost: Decimal
    fee: Decimal
    time: int | None
    maker: bool | None
    trade_id: int | None
    raw: Mapping[str, Any] = _raw()


def read_own_trades(result: Any, _: Any, __: int) -> dict[str, TradeInfo]:
    return {
        key: TradeInfo(
            key,
            row["ordertxid"],
            row["pair"],
            _SIDES[row["type"]],
            row["ordertype"],
            number(row["price"]),
            number(row["vol"]),
            number(row["cost"]),
            number(row["fee"]),
            _time(row["time"]),
            row.get("maker"),
            row.get("trade_id"),
            row,
        )
        for key, row in _mapping(result).items()
    }


@frozen
class TradePage:
    """Up to 50 trades, the newest first, of ``count`` in all (None where it was not asked for)."""

    trades: dict[str, TradeInfo]
    count: int | None


def read_trades_history(result: Any, parameters: Any, received: int) -> TradePage:
    return TradePage(read_own_trades(result["trades"], parameters, received), result.get("count"))


@frozen
class Placed:
    """What became of a request for an order: its ids, and Kraken's description of it.

    No ids where it was only validated. ``error`` is Kraken's text for an order of a batch that was refused.
    """

    ids: tuple[str, ...]
    description: str
    close: str | None = None
    error: str | None = None
    raw: Mapping[str, Any] = _raw()


def read_placed(result: Any, _: Any, __: int) -> Placed:
    description = result["descr"]
    return Placed(tuple(result.get("txid", ())), description["order"], description.get("close"), raw=result)


@frozen
class BatchPlaced:
    """What became of the orders of a batch, in its order."""

    orders: tuple[Placed, ...]


def read_batch(result: Any, _: Any, __: int) -> BatchPlaced:
    def placed(row: Mapping[str, Any]) -> Placed:
        ids = (row["txid"],) if row.get("txid") else ()
        description = row.get("descr") or {}
        return Placed(ids, description.get("order", ""), row.get("close"), _some(row, "error", _text), row)

    return BatchPlaced(tuple(map(placed, result["orders"])))


@frozen
class Amended:
    """Kraken's number of an amendment; the order keeps its own."""

    id: str


def read_amended(result: Any, _: Any, __: int) -> Amended:
    return Amended(str(result["amend_id"]))


@frozen
class Edited:
    """An edit cancels an order (``original_id``) and makes a new one (``id``)."""

    id: str | None
    original_id: str | None
    status: str | None
    error: str | None
    raw: Mapping[str, Any] = _raw()


def read_edited(result: Any, _: Any, __: int) -> Edited:
    return Edited(
        _some(result, "txid", _text),
        _some(result, "originaltxid", _text),
        _some(result, "status", _text),
        _some(result, "error_message", _text),
        result,
    )


@frozen
class Canceled:
    """How many orders were canceled; ``pending`` says that it is still to happen."""

    count: int
    pending: bool


def read_canceled(result: Any, _: Any, __: int) -> Canceled:
    return Canceled(int(result["count"]), bool(result.get("pending", False)))


@frozen
class SwitchTimes:
    """When the dead-man's switch was set, and when it cancels all orders; None: it is off."""

    now: int
    trigger: int | None


def read_switch(result: Any, _: Any, __: int) -> SwitchTimes:
    trigger = str(result["triggerTime"])
    return SwitchTimes(time_v2(result["currentTime"]), None if trigger in {"0", ""} else time_v2(trigger))
