"""The parameters of Kraken's REST endpoints, by Kraken's own names. Source: Kraken's Spot REST reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any, TypeAlias

from attrs import frozen

from rxex.errors import InvalidArgument
from rxex.rest.parameters import checked, choice, flag, names, nested, number, text, whole

# What users make themselves; every other class is told by the endpoint that takes it.
__all__ = ["BatchOrder", "Close"]

Number: TypeAlias = Decimal | int | str
Names: TypeAlias = str | Sequence[str]
Pair = Annotated[str, text("the pair: key, alternative name, or as in BTC/USD")]
Since = Annotated[str | None, text("only what comes after; what the answer before gave as `last`")]
Flag: TypeAlias = bool | None
_ORDER_TYPES = (
    "market",
    "limit",
    "iceberg",
    "stop-loss",
    "take-profit",
    "stop-loss-limit",
    "take-profit-limit",
    "trailing-stop",
    "trailing-stop-limit",
    "settle-position",
)


@frozen(kw_only=True, field_transformer=checked)
class Assets:
    asset: Annotated[Names | None, names("the assets; all if left out")] = None
    aclass: Annotated[str | None, choice("the class of assets", "currency", "tokenized_asset")] = None


@frozen(kw_only=True, field_transformer=checked)
class AssetPairs:
    pair: Annotated[Names | None, names("the pairs; all if left out")] = None
    info: Annotated[str | None, choice("what to tell of them", "info", "leverage", "fees", "margin")] = None
    country_code: Annotated[str | None, text("only pairs that can be traded there, as in US:TX")] = None


@frozen(kw_only=True, field_transformer=checked)
class Ticker:
    pair: Annotated[Names | None, names("the pairs; all if left out")] = None


@frozen(kw_only=True, field_transformer=checked)
class Ohlc:
    pair: Pair
    interval: Annotated[int | None, whole("minutes of a candle: 1 (default), 5, 15, 30, 60, 240 …", 1, 21600)] = None
    since: Since = None


@frozen(kw_only=True, field_transformer=checked)
class Depth:
    pair: Pair
    count: Annotated[int | None, whole("levels of each side, 100 by default", 1, 500)] = None


@frozen(kw_only=True, field_transformer=checked)
class Trades:
    pair: Pair
    since: Since = None
    count: Annotated[int | None, whole("how many at most, 1000 by default", 1, 1000)] = None


@frozen(kw_only=True, field_transformer=checked)
class Spreads:
    pair: Pair
    since: Since = None


_TRADES = flag("whether to tell the ids of their trades")
_USERREF = whole("only those with this number of yours", -(2**31), 2**31 - 1)
_CLIENT_ID = text("only the one with this client id")
_START = text("only later ones: seconds since the epoch, or an id", longest=40)
_END = text("only earlier ones, and this one: seconds since the epoch, or an id", longest=40)
_OFFSET = whole("how many to skip", 0, 10**9)
_CONSOLIDATE = flag("whether to make one of the trades of one taker")
_NO_COUNT = flag("whether to leave the count out, which is faster")


@frozen(kw_only=True, field_transformer=checked)
class OpenOrders:
    trades: Annotated[Flag, _TRADES] = None
    userref: Annotated[int | None, _USERREF] = None
    cl_ord_id: Annotated[str | None, _CLIENT_ID] = None


@frozen(kw_only=True, field_transformer=checked)
class ClosedOrders:
    trades: Annotated[Flag, _TRADES] = None
    userref: Annotated[int | None, _USERREF] = None
    cl_ord_id: Annotated[str | None, _CLIENT_ID] = None
    start: Annotated[str | None, _START] = None
    end: Annotated[str | None, _END] = None
    ofs: Annotated[int | None, _OFFSET] = None
    closetime: Annotated[str | None, choice("which time start and end mean", "open", "close", "both")] = None
    consolidate_taker: Annotated[Flag, _CONSOLIDATE] = None
    without_count: Annotated[Flag, _NO_COUNT] = None


@frozen(kw_only=True, field_transformer=checked)
class QueryOrders:
    txid: Annotated[Names, names("the ids, 50 at most", most=50)]
    trades: Annotated[Flag, _TRADES] = None
    userref: Annotated[int | None, _USERREF] = None
    consolidate_taker: Annotated[Flag, _CONSOLIDATE] = None


@frozen(kw_only=True, field_transformer=checked)
class TradesHistory:
    type: Annotated[
        str | None,
        choice("which ones", "all", "any position", "closed position", "closing position", "no position"),
    ] = None
    trades: Annotated[Flag, flag("whether to tell the trades of positions")] = None
    start: Annotated[str | None, _START] = None
    end: Annotated[str | None, _END] = None
    ofs: Annotated[int | None, _OFFSET] = None
    consolidate_taker: Annotated[Flag, _CONSOLIDATE] = None
    without_count: Annotated[Flag, _NO_COUNT] = None
    ledgers: Annotated[Flag, flag("whether to tell their ledger ids")] = None


@frozen(kw_only=True, field_transformer=checked)
class QueryTrades:
    txid: Annotated[Names, names("the ids, 20 at most", most=20)]
    trades: Annotated[Flag, flag("whether to tell the trades of positions")] = None


_LEDGER_TYPES = (
    "all",
    "trade",
    "deposit",
    "withdrawal",
    "transfer",
    "margin",
    "adjustment",
    "rollover",
    "credit",
    "settled",
    "staking",
    "dividend",
    "sale",
    "nft_rebate",
)


@frozen(kw_only=True, field_transformer=checked)
class TradeBalance:
    asset: Annotated[str | None, text("what all is counted in: Kraken's key of an asset, ZUSD by default")] = None


@frozen(kw_only=True, field_transformer=checked)
class OrderAmends:
    order_id: Annotated[str, text("the order's id")]


@frozen(kw_only=True, field_transformer=checked)
class OpenPositions:
    txid: Annotated[Names | None, names("the ids; all if left out")] = None
    docalcs: Annotated[Flag, flag("whether to tell what they are worth now, and what they have won")] = None


@frozen(kw_only=True, field_transformer=checked)
class Ledgers:
    asset: Annotated[Names | None, names("the assets; all if left out")] = None
    aclass: Annotated[str | None, text("the class of assets, currency by default")] = None
    type: Annotated[str | None, choice("which bookings", *_LEDGER_TYPES)] = None
    start: Annotated[str | None, _START] = None
    end: Annotated[str | None, _END] = None
    ofs: Annotated[int | None, _OFFSET] = None
    without_count: Annotated[Flag, _NO_COUNT] = None


@frozen(kw_only=True, field_transformer=checked)
class QueryLedgers:
    id: Annotated[Names, names("the ids, 20 at most", most=20)]
    trades: Annotated[Flag, flag("whether to tell the trades of positions")] = None


@frozen(kw_only=True, field_transformer=checked)
class Close:
    """The order that closes a position once another is filled."""

    ordertype: Annotated[str, choice("its type", *(each for each in _ORDER_TYPES if each != "settle-position"))]
    price: Annotated[Number | None, number("its price", relative=True)] = None
    price2: Annotated[Number | None, number("its second price", relative=True)] = None


_ORDERTYPE = choice("its type", *_ORDER_TYPES)
_VOLUME = number("how much, in the base currency; 0 closes a margin position")
_PRICE = number("the limit, or what triggers it", relative=True)
_PRICE2 = number("the limit of what has a trigger", relative=True)
_DISPLAY = number("what an iceberg shows, a fifteenth at least")
_DEADLINE = text("refused if it is not taken by then: RFC 3339, 2 to 60 seconds ahead", longest=40)
_NEW_CLIENT_ID = text("your id for it, unique among your open orders", longest=36)
_NEW_USERREF = whole("your number for it", -(2**31), 2**31 - 1)
_VALIDATE = flag("whether only to check it")
_FLAGS = names("post, fcib, fciq, nompp, viqc")


def _one_id(order: Any) -> None:
    if order.cl_ord_id is not None and order.userref is not None:
        raise InvalidArgument("cl_ord_id", order.cl_ord_id, "give either cl_ord_id or userref")


@frozen(kw_only=True, field_transformer=checked)
class BatchOrder:
    """One order of a batch."""

    ordertype: Annotated[str, _ORDERTYPE]
    type: Annotated[str, choice("its side", "buy", "sell")]
    volume: Annotated[Number, _VOLUME]
    price: Annotated[Number | None, _PRICE] = None
    price2: Annotated[Number | None, _PRICE2] = None
    displayvol: Annotated[Number | None, _DISPLAY] = None
    trigger: Annotated[str | None, choice("the price that triggers it", "last", "index")] = None
    leverage: Annotated[str | None, text("as in 2:1 or 5")] = None
    reduce_only: Annotated[Flag, flag("whether it may only make a position smaller")] = None
    stptype: Annotated[
        str | None, choice("what ends a trade with yourself", "cancel-newest", "cancel-oldest", "cancel-both")
    ] = None
    oflags: Annotated[Names | None, _FLAGS] = None
    timeinforce: Annotated[str | None, choice("how long it stands", "GTC", "IOC", "FOK", "GTD")] = None
    starttm: Annotated[str | None, text("when it begins: seconds since the epoch, or +seconds", longest=40)] = None
    expiretm: Annotated[str | None, text("when it ends: seconds since the epoch, or +seconds", longest=40)] = None
    close: Annotated[
        Close | Mapping[str, Any] | None, nested("the order that closes it: ordertype, price, price2", Close)
    ] = None
    cl_ord_id: Annotated[str | None, _NEW_CLIENT_ID] = None
    userref: Annotated[int | None, _NEW_USERREF] = None

    def __attrs_post_init__(self) -> None:
        _one_id(self)


@frozen(kw_only=True, field_transformer=checked)
class AddOrder(BatchOrder):
    pair: Pair
    deadline: Annotated[str | None, _DEADLINE] = None
    validate: Annotated[Flag, _VALIDATE] = None


@frozen(kw_only=True, field_transformer=checked)
class AddOrderBatch:
    orders: Annotated[Sequence[BatchOrder | Mapping[str, Any]], nested("2 to 15 orders", BatchOrder, least=2, most=15)]
    pair: Pair
    deadline: Annotated[str | None, _DEADLINE] = None
    validate: Annotated[Flag, _VALIDATE] = None


@frozen(kw_only=True, field_transformer=checked)
class AmendOrder:
    txid: Annotated[str | None, text("the order's id; or cl_ord_id")] = None
    cl_ord_id: Annotated[str | None, text("your id of the order")] = None
    order_qty: Annotated[Number | None, number("how much in all")] = None
    display_qty: Annotated[Number | None, _DISPLAY] = None
    limit_price: Annotated[Number | None, number("the limit", relative=True)] = None
    trigger_price: Annotated[Number | None, number("what triggers it", relative=True)] = None
    post_only: Annotated[Flag, flag("whether it must not trade at once")] = None
    pair: Annotated[str | None, text("the pair; needed for some kinds only")] = None
    deadline: Annotated[str | None, _DEADLINE] = None

    def __attrs_post_init__(self) -> None:
        if (self.txid is None) == (self.cl_ord_id is None):
            raise InvalidArgument("txid", self.txid, "give either txid or cl_ord_id")


@frozen(kw_only=True, field_transformer=checked)
class EditOrder:
    txid: Annotated[str, text("the order's id, or your userref")]
    pair: Pair
    volume: Annotated[Number | None, _VOLUME] = None
    displayvol: Annotated[Number | None, _DISPLAY] = None
    price: Annotated[Number | None, _PRICE] = None
    price2: Annotated[Number | None, _PRICE2] = None
    oflags: Annotated[Names | None, _FLAGS] = None
    userref: Annotated[int | None, _NEW_USERREF] = None
    deadline: Annotated[str | None, _DEADLINE] = None
    cancel_response: Annotated[Flag, flag("whether to say whether a pending cancel was replaced")] = None
    validate: Annotated[Flag, _VALIDATE] = None


@frozen(kw_only=True, field_transformer=checked)
class CancelOrder:
    txid: Annotated[str | None, text("the order's id, or your userref (cancels all that have it)")] = None
    cl_ord_id: Annotated[str | None, text("your id of the order")] = None

    def __attrs_post_init__(self) -> None:
        if (self.txid is None) == (self.cl_ord_id is None):
            raise InvalidArgument("txid", self.txid, "give either txid or cl_ord_id")


@frozen(kw_only=True, field_transformer=checked)
class CancelOrderBatch:
    orders: Annotated[Names | None, names("ids or userrefs", most=50, joined=False)] = None
    cl_ord_ids: Annotated[Names | None, names("your ids", most=50, joined=False)] = None

    def __attrs_post_init__(self) -> None:
        if not 1 <= len(self.orders or ()) + len(self.cl_ord_ids or ()) <= 50:
            raise InvalidArgument("orders", self.orders, "give 1 to 50 of orders and cl_ord_ids together")


@frozen(kw_only=True, field_transformer=checked)
class CancelAllOrdersAfter:
    timeout: Annotated[int, whole("seconds until all orders are canceled; 0 switches it off", 0, 86_399)]
