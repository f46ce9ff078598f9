"""The parameters of KuCoin's futures endpoints. Source: KuCoin's reference of its classic REST API."""

from __future__ import annotations

from typing import Annotated, Any

from attrs import frozen

from rxex.errors import InvalidArgument
from rxex.exchanges.kucoin.rest.parameters.fields import (
    ClientOid,
    EndAt,
    Flag,
    Limit,
    Names,
    Number,
    Page,
    Paged,
    Side,
    StartAt,
    Symbol,
    Time,
    camel,
    word,
)
from rxex.rest.parameters import choice, flag, moment, names, nested, number, text, whole

# What users make themselves; every other class is told by the endpoint that takes it.
__all__ = ["BatchOrder", "ClientOrder"]

_MINUTES = (1, 5, 15, 30, 60, 120, 240, 480, 720, 1440, 10080)
_From = Annotated[Time | None, moment("only what is not earlier", 10**6, wire="from")]
_To = Annotated[Time | None, moment("only what is earlier", 10**6, wire="to")]
_OneSymbol = Annotated[str | None, word("only those of this contract")]
_OneSide = Annotated[str | None, choice("only this side", "buy", "sell")]
_MarginMode = Annotated[str | None, choice("isolated or cross margin", "ISOLATED", "CROSS")]
_Price = Annotated[Number | None, number("the price of a limit order")]
_Lots = Annotated[int | None, whole("how much, in lots", 1, 10**12)]


@frozen(kw_only=True, field_transformer=camel)
class SomeSymbol:
    symbol: _OneSymbol = None


@frozen(kw_only=True, field_transformer=camel)
class Candles:
    symbol: Symbol
    granularity: Annotated[
        int, whole("minutes of a candle: 1, 5, 15, 30, 60, 120, 240, 480, 720, 1440 or 10080", 1, 10080)
    ]
    start: _From = None
    end: _To = None

    def __attrs_post_init__(self) -> None:
        if self.granularity not in _MINUTES:
            raise InvalidArgument("granularity", self.granularity, f"give one of {_MINUTES}")


@frozen(kw_only=True, field_transformer=camel)
class FundingRates:
    symbol: Symbol
    start: Annotated[Time, moment("from this time on", 10**6, wire="from")]
    end: Annotated[Time, moment("before this time", 10**6, wire="to")]


@frozen(kw_only=True, field_transformer=camel)
class Currency:
    currency: Annotated[str | None, word("the currency it is settled in; XBT by default")] = None


@frozen(kw_only=True, field_transformer=camel)
class SettledIn:
    currency: Annotated[str | None, word("only what is settled in this currency")] = None


@frozen(kw_only=True, field_transformer=camel)
class Terms:
    client_oid: ClientOid
    symbol: Symbol
    side: Side
    type: Annotated[str, choice("the type", "limit", "market")] = "limit"
    leverage: Annotated[int | None, whole("how many times the margin", 1, 1000)] = None
    price: _Price = None
    size: _Lots = None
    qty: Annotated[Number | None, number("how much, in the base currency")] = None
    value_qty: Annotated[Number | None, number("how much, in the quote currency")] = None
    time_in_force: Annotated[str | None, choice("how long it is good, GTC by default", "GTC", "IOC")] = None
    post_only: Annotated[Flag, flag("whether it is canceled rather than taking")] = None
    hidden: Annotated[Flag, flag("whether it is not shown")] = None
    iceberg: Annotated[Flag, flag("whether only `visible_size` of it is shown")] = None
    visible_size: Annotated[Number | None, number("how much of it is shown, in lots")] = None
    reduce_only: Annotated[Flag, flag("whether it may only make the position smaller")] = None
    close_order: Annotated[Flag, flag("whether it closes the position; it then has no size")] = None
    force_hold: Annotated[Flag, flag("whether margin is held even where it makes the position smaller")] = None
    stp: Annotated[str | None, choice("whose orders are canceled before they trade", "CN", "CO", "CB")] = None
    margin_mode: _MarginMode = None
    position_side: Annotated[str | None, choice("which position, in hedge mode", "BOTH", "LONG", "SHORT")] = None
    stop_price_type: Annotated[str | None, choice("trade, mark or index price", "TP", "MP", "IP")] = None
    remark: Annotated[str | None, text("a text of yours", longest=100)] = None

    def __attrs_post_init__(self) -> None:
        given = [name for name in ("size", "qty", "value_qty") if getattr(self, name) is not None]
        if len(given) != (0 if self.close_order else 1):
            raise InvalidArgument("size, qty, value_qty", given, "give one of them, and none with close_order")
        if (self.type == "limit") != (self.price is not None):
            raise InvalidArgument("price", self.price, "a limit order needs it, and a market order has none")


@frozen(kw_only=True, field_transformer=camel)
class AddOrder(Terms):
    stop: Annotated[str | None, choice("released when the price falls (down) or rises", "down", "up")] = None
    stop_price: Annotated[Number | None, number("the price that releases it")] = None

    def __attrs_post_init__(self) -> None:
        super().__attrs_post_init__()
        stops = [self.stop, self.stop_price, self.stop_price_type]
        if any(stops) != all(stops):
            raise InvalidArgument("stop, stop_price, stop_price_type", stops, "give all of them, or none")


@frozen(kw_only=True, field_transformer=camel)
class BatchOrder(AddOrder):
    """One order of a batch, with the fields of `futures_add_order`."""


@frozen(kw_only=True, field_transformer=camel)
class AddOrders:
    orders: Annotated[Any, nested("1 to 20 orders", BatchOrder, most=20, wire="[]")]


@frozen(kw_only=True, field_transformer=camel)
class AddStopOrder(Terms):
    trigger_stop_up_price: Annotated[Number | None, number("released when the price rises to it")] = None
    trigger_stop_down_price: Annotated[Number | None, number("released when the price falls to it")] = None


@frozen(kw_only=True, field_transformer=camel)
class ByClientOid:
    client_oid: ClientOid
    symbol: Symbol


@frozen(kw_only=True, field_transformer=camel)
class ClientOrder(ByClientOid):
    """An order to cancel, by your own id of it."""


@frozen(kw_only=True, field_transformer=camel)
class CancelOrders:
    order_ids_list: Annotated[Names | None, names("KuCoin's ids", most=20, joined=False)] = None
    client_oids_list: Annotated[Any, nested("your own ids, with symbols, instead", ClientOrder, most=20)] = None

    def __attrs_post_init__(self) -> None:
        if (self.order_ids_list is None) == (self.client_oids_list is None):
            raise InvalidArgument("order_ids_list, client_oids_list", None, "give one of both")


@frozen(kw_only=True, field_transformer=camel)
class Orders(Paged):
    status: Annotated[str | None, choice("active, or done as by default", "active", "done")] = None
    symbol: _OneSymbol = None
    side: _OneSide = None
    type: Annotated[
        str | None,
        choice("only this type", "limit", "market", "limit_stop", "market_stop", "oco_limit", "oco_stop"),
    ] = None


@frozen(kw_only=True, field_transformer=camel)
class StopOrders(Paged):
    symbol: _OneSymbol = None
    side: _OneSide = None
    type: Annotated[str | None, choice("only this type", "limit", "market")] = None


@frozen(kw_only=True, field_transformer=camel)
class Fills(Paged):
    order_id: Annotated[str | None, word("only those of this order")] = None
    symbol: _OneSymbol = None
    side: _OneSide = None
    type: Annotated[str | None, choice("only this type", "limit", "market", "limit_stop", "market_stop")] = None
    trade_types: Annotated[Names | None, names("only these: trade, adl, liquid, settlement")] = None


@frozen(kw_only=True, field_transformer=camel)
class PositionHistory:
    symbol: _OneSymbol = None
    start: _From = None
    end: _To = None
    limit: Limit = None
    page_id: Page = None


@frozen(kw_only=True, field_transformer=camel)
class SwitchMarginMode:
    symbol: Symbol
    margin_mode: Annotated[str, choice("isolated or cross margin", "ISOLATED", "CROSS")]


@frozen(kw_only=True, field_transformer=camel)
class CrossLeverage:
    symbol: Symbol
    leverage: Annotated[Number, number("how many times the margin")]


@frozen(kw_only=True, field_transformer=camel)
class MaxOpenSize:
    symbol: Symbol
    price: Annotated[Number, number("the price of the order")]
    leverage: Annotated[int, whole("how many times the margin", 1, 1000)]


@frozen(kw_only=True, field_transformer=camel)
class FundingHistory:
    symbol: Symbol
    start_at: StartAt = None
    end_at: EndAt = None
    reverse: Annotated[Flag, flag("the newest first, as by default")] = None
    offset: Annotated[int | None, whole("where to begin: the id of a row", 0, 2**63 - 1)] = None
    forward: Annotated[Flag, flag("onwards from there, as by default")] = None
    max_count: Annotated[int | None, whole("how many at most, 10 by default", 1, 100)] = None
