"""The parameters of KuCoin's spot and margin endpoints. Source: KuCoin's reference of its classic REST API."""

from __future__ import annotations

from typing import Annotated, Any

from attrs import frozen

from rxex.errors import InvalidArgument
from rxex.exchanges.kucoin.rest.parameters.fields import (
    ClientOid,
    EndAt,
    Flag,
    LastId,
    Limit,
    Names,
    Number,
    OrderId,
    Page,
    Side,
    StartAt,
    Symbol,
    Time,
    camel,
    client_word,
    word,
)
from rxex.rest.parameters import choice, flag, moment, names, nested, number, text, whole

# What users make themselves; every other class is told by the endpoint that takes it.
__all__ = ["BatchOrder"]

MARGIN_TYPES = ("MARGIN_TRADE", "MARGIN_ISOLATED_TRADE")
Type = Annotated[str | None, choice("only this type", "limit", "market")]
OneSide = Annotated[str | None, choice("only this side", "buy", "sell")]
_TradeType = Annotated[str, choice("cross or isolated margin", *MARGIN_TYPES)]
Remark = Annotated[str | None, text("a text of yours", longest=20)]
_Stp = Annotated[
    str | None,
    choice("whose orders are canceled before they trade with each other: CN both, …", "CN", "CO", "CB", "DC"),
]
_TimeInForce = Annotated[str | None, choice("how long it is good, GTC by default", "GTC", "GTT", "IOC", "FOK")]
_Iceberg = Annotated[Flag, flag("whether only `visible_size` of it is shown")]
_CancelAfter = Annotated[int | None, whole("seconds after which it is canceled, with GTT", 1, 2_592_000)]
_Price = Annotated[Number | None, number("the price of a limit order")]
_Size = Annotated[Number | None, number("how much, in the base currency")]
_Funds = Annotated[Number | None, number("how much of the quote currency to spend or get, for market orders only")]
_MaxWindow = Annotated[
    int | None, whole("milliseconds after the signature from which it is not taken any more", 1, 86_400_000)
]


@frozen(kw_only=True, field_transformer=camel)
class OneSymbol:
    symbol: Symbol


@frozen(kw_only=True, field_transformer=camel)
class Currency:
    currency: Annotated[str, word("the currency")]
    chain: Annotated[str | None, text("only this chain")] = None


@frozen(kw_only=True, field_transformer=camel)
class Symbols:
    market: Annotated[str | None, text("only this market, as in USDS")] = None


@frozen(kw_only=True, field_transformer=camel)
class Depth:
    symbol: Symbol
    size: Annotated[int, whole("levels of each side: 20 or 100 (default)", 20, 100)] = 100

    def __attrs_post_init__(self) -> None:
        if self.size not in {20, 100}:
            raise InvalidArgument("size", self.size, "give 20 or 100")


@frozen(kw_only=True, field_transformer=camel)
class Candles:
    symbol: Symbol
    type: Annotated[
        str,
        choice(
            "the length of a candle",
            *("1min", "3min", "5min", "15min", "30min", "1hour", "2hour", "4hour"),
            *("6hour", "8hour", "12hour", "1day", "1week", "1month"),
        ),
    ]
    start_at: Annotated[Time | None, moment("from this time on", 10**9)] = None
    end_at: Annotated[Time | None, moment("before this time", 10**9)] = None


@frozen(kw_only=True, field_transformer=camel)
class Prices:
    base: Annotated[str | None, text("the currency to tell them in, USD by default")] = None
    currencies: Annotated[Names | None, names("of which currencies; all if left out")] = None


@frozen(kw_only=True, field_transformer=camel)
class Accounts:
    currency: Annotated[str | None, text("only this currency")] = None
    type: Annotated[str | None, choice("only these accounts", "main", "trade", "option")] = None


@frozen(kw_only=True, field_transformer=camel)
class MarginAccounts:
    quote_currency: Annotated[str | None, choice("what sums are told in", "USDT", "KCS", "BTC")] = None
    query_type: Annotated[str | None, choice("which accounts", "MARGIN", "MARGIN_V2", "ALL")] = None


@frozen(kw_only=True, field_transformer=camel)
class IsolatedAccounts:
    symbol: Annotated[str | None, word("only this pair")] = None
    quote_currency: Annotated[str | None, choice("what sums are told in", "USDT", "KCS", "BTC")] = None
    query_type: Annotated[str | None, choice("which accounts", "ISOLATED", "ISOLATED_V2", "ALL")] = None


def _check_sizes(order: Any) -> None:
    """Refuse what KuCoin would refuse: a limit order without price or size, a market order with both or none."""
    if order.type == "market":
        if order.price is not None:
            raise InvalidArgument("price", order.price, "a market order has none")
        if (order.size is None) == (order.funds is None):
            raise InvalidArgument("size, funds", (order.size, order.funds), "give a market order one of both")
        if order.stp == "DC":
            raise InvalidArgument("stp", order.stp, "it is for limit orders only")
        return
    for name in ("price", "size"):
        if getattr(order, name) is None:
            raise InvalidArgument(name, None, "a limit order needs it")
    if order.funds is not None:
        raise InvalidArgument("funds", order.funds, "it is for market orders only")


def _check_terms(order: Any) -> None:
    if (order.time_in_force == "GTT") != (order.cancel_after is not None):
        raise InvalidArgument("cancel_after", order.cancel_after, "give it with time_in_force GTT, and only then")
    if bool(order.iceberg) != (order.visible_size is not None):
        raise InvalidArgument("visible_size", order.visible_size, "give it with iceberg, and only then")


@frozen(kw_only=True, field_transformer=camel)
class Terms:
    symbol: Symbol
    side: Side
    type: Annotated[str, choice("the type; of a stop order once it is released", "limit", "market")] = "limit"
    price: _Price = None
    size: _Size = None
    funds: _Funds = None
    time_in_force: _TimeInForce = None
    cancel_after: _CancelAfter = None
    post_only: Annotated[Flag, flag("whether it is canceled rather than taking")] = None
    hidden: Annotated[Flag, flag("whether it is not shown")] = None
    iceberg: _Iceberg = None
    visible_size: _Size = None
    stp: _Stp = None

    def __attrs_post_init__(self) -> None:
        _check_sizes(self)
        _check_terms(self)


@frozen(kw_only=True, field_transformer=camel)
class AddOrder(Terms):
    client_oid: Annotated[str | None, client_word("your own id of it; without one a lost answer stays lost")] = None
    tags: Remark = None
    remark: Remark = None
    allow_max_time_window: _MaxWindow = None


@frozen(kw_only=True, field_transformer=camel)
class BatchOrder(AddOrder):
    """One order of a batch: a limit order, with the fields of `add_order`."""

    type: Annotated[str, choice("the type", "limit")] = "limit"


@frozen(kw_only=True, field_transformer=camel)
class AddOrders:
    order_list: Annotated[Any, nested("up to 5 limit orders of one symbol", BatchOrder, most=5)]

    def __attrs_post_init__(self) -> None:
        symbols = sorted({order.symbol for order in self.order_list})
        if len(symbols) > 1:
            raise InvalidArgument("order_list", symbols, "give orders of one symbol")


@frozen(kw_only=True, field_transformer=camel)
class AddMarginOrder(Terms):
    client_oid: ClientOid
    is_isolated: Annotated[Flag, flag("isolated instead of cross margin")] = None
    auto_borrow: Annotated[Flag, flag("whether what is missing is borrowed")] = None
    auto_repay: Annotated[Flag, flag("whether what it brings repays debts")] = None


@frozen(kw_only=True, field_transformer=camel)
class ByOrderId:
    order_id: OrderId
    symbol: Symbol


@frozen(kw_only=True, field_transformer=camel)
class ByClientOid:
    client_oid: ClientOid
    symbol: Symbol


@frozen(kw_only=True, field_transformer=camel)
class CancelPart(ByOrderId):
    cancel_size: Annotated[Number, number("how much of it to cancel")]


@frozen(kw_only=True, field_transformer=camel)
class EditOrder:
    symbol: Symbol
    order_id: Annotated[str | None, word("KuCoin's id of the order")] = None
    client_oid: Annotated[str | None, client_word("your own id of it, instead")] = None
    new_price: _Price = None
    new_size: _Size = None

    def __attrs_post_init__(self) -> None:
        if (self.order_id is None) == (self.client_oid is None):
            raise InvalidArgument("order_id, client_oid", (self.order_id, self.client_oid), "give one of both")
        if self.new_price is None and self.new_size is None:
            raise InvalidArgument("new_price, new_size", None, "give one of both, or both")


@frozen(kw_only=True, field_transformer=camel)
class OpenPage:
    symbol: Symbol
    page_num: Page = None
    page_size: Annotated[int | None, whole("how many on a page", 1, 50)] = None


@frozen(kw_only=True, field_transformer=camel)
class ClosedOrders:
    symbol: Symbol
    side: OneSide = None
    type: Type = None
    last_id: LastId = None
    limit: Limit = None
    start_at: StartAt = None
    end_at: EndAt = None


@frozen(kw_only=True, field_transformer=camel)
class Fills(ClosedOrders):
    order_id: Annotated[str | None, word("only those of this order")] = None


@frozen(kw_only=True, field_transformer=camel)
class CancelAllAfter:
    timeout: Annotated[int, whole("seconds until all is canceled, 5 or more; -1: never", -1, 86_400)]
    symbols: Annotated[Names | None, names("of these symbols, 50 at most; all if left out", most=50)] = None

    def __attrs_post_init__(self) -> None:
        if self.timeout != -1 and self.timeout < 5:
            raise InvalidArgument("timeout", self.timeout, "give 5 to 86400 seconds, or -1 for never")


@frozen(kw_only=True, field_transformer=camel)
class MarginKind:
    trade_type: _TradeType


@frozen(kw_only=True, field_transformer=camel)
class MarginSymbol(MarginKind):
    symbol: Symbol


@frozen(kw_only=True, field_transformer=camel)
class MarginClosedOrders(ClosedOrders):
    trade_type: _TradeType


@frozen(kw_only=True, field_transformer=camel)
class MarginFills(Fills):
    trade_type: _TradeType
