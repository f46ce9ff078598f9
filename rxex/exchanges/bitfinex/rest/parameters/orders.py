"""The parameters of requests about orders, and of questions about them.

Sources: Bitfinex's pages "Submit Order", "Order Update", "Cancel Order", "Cancel Order Multi", "Order Multi-OP".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeAlias

from attrs import frozen

from rxex.errors import InvalidArgument
from rxex.exchanges.bitfinex.rest.parameters.fields import (
    Cid,
    Day,
    Flags,
    Id,
    Number,
    OrderFlags,
    Paged,
    Pair,
    Price,
    Sorted,
    Time,
    a_cid,
    a_day,
    a_price,
    a_second,
    a_symbol,
    an_amount,
    an_id,
    some_ids,
    yes,
)
from rxex.rest.parameters import Check, checked, choice, nested, number, text, whole

__all__ = ["AddOrder", "CancelOrder", "CancelOrders", "EditOrder", "Meta", "OrderFlags"]

_KINDS = ("LIMIT", "MARKET", "STOP", "STOP LIMIT", "TRAILING STOP", "FOK", "IOC")
TYPES = (*(f"EXCHANGE {kind}" for kind in _KINDS), *_KINDS)
_MOST_OPERATIONS = 75
_Gid = Annotated[int | None, a_cid("a number that several orders can have, to be canceled together")]
_Leverage = Annotated[int | None, whole("the leverage of a derivative, 10 by default", 1, 100)]
_Distance = Annotated[Number | None, number("how far a TRAILING STOP stays behind")]
_LimitPrice = Annotated[Number | None, a_price("the limit price of a STOP LIMIT")]
_Tif = Annotated[Time | None, a_second("when it is canceled by itself, to the second")]
_CidDate = Annotated[Day | None, a_day("the day in UTC on which that order was placed, with `cid` only")]


@frozen(kw_only=True, field_transformer=checked)
class Meta:
    """Further wishes for an order."""

    aff_code: Annotated[str | None, text("an affiliate's code", longest=40)] = None
    make_visible: Annotated[bool | None, yes("whether a hidden order is seen once it was hit")] = None
    protect_selfmatch: Annotated[bool | None, yes("whether it does not trade with orders of yours")] = None


@frozen(kw_only=True, field_transformer=checked)
class AddOrder:
    """A new order; give it a ``cid``: without one a lost answer stays lost.

    Bitfinex takes a ``cid`` twice, and then has two orders.
    """

    symbol: Pair
    amount: Annotated[Number, an_amount("how much to buy; below 0: to sell", signed=True)]
    type: Annotated[str, choice("the type; without EXCHANGE it is on margin", *TYPES)] = "EXCHANGE LIMIT"
    price: Price = None
    price_trailing: _Distance = None
    price_aux_limit: _LimitPrice = None
    price_oco_stop: Annotated[Number | None, a_price("the price of the stop beside it, with the flag OCO")] = None
    cid: Cid = None
    gid: _Gid = None
    flags: Flags = None
    lev: _Leverage = None
    tif: _Tif = None
    meta: Annotated[Any, nested("further wishes, see `Meta`", Meta)] = None

    def __attrs_post_init__(self) -> None:
        kind = self.type.removeprefix("EXCHANGE ")
        needs = {
            "price": kind in {"LIMIT", "STOP", "STOP LIMIT", "FOK", "IOC"},
            "price_aux_limit": kind == "STOP LIMIT",
            "price_trailing": kind == "TRAILING STOP",
        }
        for name, is_needed in needs.items():
            value = getattr(self, name)
            if is_needed != (value is not None):
                raise InvalidArgument(name, value, f"a {kind} order {'needs it' if is_needed else 'has none'}")
        if bool((self.flags or 0) & OrderFlags.OCO) != (self.price_oco_stop is not None):
            raise InvalidArgument("price_oco_stop", self.price_oco_stop, "give it with the flag OCO, and only then")


def check_target(request: Any) -> None:
    """Refuse what does not name one order."""
    if (request.id is None) == (request.cid is None):
        raise InvalidArgument("id, cid", (request.id, request.cid), "give one of both")
    if (request.cid is None) != (request.cid_date is None):
        raise InvalidArgument("cid_date", request.cid_date, "give it with cid, and only then")


@frozen(kw_only=True, field_transformer=checked)
class CancelOrder:
    """The order to cancel."""

    id: Annotated[int | str | None, an_id("Bitfinex's id of it")] = None
    cid: Annotated[int | None, a_cid("your own id of it, instead")] = None
    cid_date: _CidDate = None

    def __attrs_post_init__(self) -> None:
        check_target(self)


@frozen(kw_only=True, field_transformer=checked)
class EditOrder:
    """A change of an open order, which keeps its id."""

    id: Annotated[int | str | None, an_id("Bitfinex's id of it")] = None
    cid: Annotated[int | None, a_cid("your own id of it, instead")] = None
    cid_date: _CidDate = None
    amount: Annotated[Number | None, an_amount("how much is to remain; below 0 of a sell", signed=True)] = None
    delta: Annotated[Number | None, an_amount("what is added to the amount, instead", signed=True)] = None
    price: Price = None
    price_trailing: _Distance = None
    price_aux_limit: _LimitPrice = None
    gid: _Gid = None
    flags: Flags = None
    lev: _Leverage = None
    tif: _Tif = None
    meta: Annotated[Any, nested("further wishes, see `Meta`", Meta)] = None

    def __attrs_post_init__(self) -> None:
        check_target(self)
        names = ("amount", "delta", "price", "price_trailing", "price_aux_limit", "gid", "flags", "lev", "tif", "meta")
        if all(getattr(self, name) is None for name in names):
            raise InvalidArgument("amount", None, "say what is to change")
        if self.amount is not None and self.delta is not None:
            raise InvalidArgument("delta", self.delta, "give what is to remain, or how much more or less")


def _cids(doc: str) -> Check:
    number_of, day_of = a_cid(doc), a_day(doc)

    def convert(name: str, value: Any) -> tuple[tuple[int, str], ...]:
        given = list(value) if isinstance(value, Sequence) else []
        pairs = [each for each in given if isinstance(each, list | tuple) and len(each) == 2]
        if not pairs or len(pairs) < len(given):
            raise InvalidArgument(name, value, "give pairs of an id of yours and the day on which it was placed")
        return tuple((number_of.convert(name, mine), day_of.convert(name, when)) for mine, when in pairs)

    return Check(doc, convert)


@frozen(kw_only=True, field_transformer=checked)
class CancelOrders:
    """The orders to cancel: some, or those of some groups."""

    id: Annotated[Any, some_ids("Bitfinex's ids")] = None
    cid: Annotated[Any, _cids("pairs of an id of yours and the day in UTC on which it was placed")] = None
    gid: Annotated[Any, some_ids("numbers of groups")] = None

    def __attrs_post_init__(self) -> None:
        if self.id is self.cid is self.gid is None:
            raise InvalidArgument("id, cid, gid", None, "say which; `cancel_all` cancels all")


@frozen(kw_only=True, field_transformer=checked)
class CancelAll:
    all: Annotated[int, whole("all orders, those of derivatives too", 1, 1)] = 1


Operation: TypeAlias = AddOrder | EditOrder | CancelOrder | CancelOrders
_NAMES: Mapping[type, str] = {AddOrder: "on", EditOrder: "ou", CancelOrder: "oc", CancelOrders: "oc_multi"}


def _operations(doc: str) -> Check:
    def convert(name: str, value: Any) -> tuple[tuple[str, Operation], ...]:
        if not isinstance(value, Sequence) or not 1 <= len(value) <= _MOST_OPERATIONS:
            raise InvalidArgument(name, value, f"give 1 to {_MOST_OPERATIONS} of them in a sequence")
        for each in value:
            if type(each) not in _NAMES:
                raise InvalidArgument(name, each, f"give {', '.join(kind.__name__ for kind in _NAMES)}")
        return tuple((_NAMES[type(each)], each) for each in value)

    return Check(doc, convert)


@frozen(kw_only=True, field_transformer=checked)
class OrderMulti:
    ops: Annotated[Any, _operations("`AddOrder`, `EditOrder`, `CancelOrder` and `CancelOrders`, up to 75")]


_Pair = Annotated[str | None, a_symbol("only this pair")]


@frozen(kw_only=True, field_transformer=checked)
class OpenOrders:
    symbol: _Pair = None
    id: Annotated[Any, some_ids("only those with these of Bitfinex's ids")] = None
    gid: Annotated[int | None, a_cid("only those of this group")] = None
    cid: Annotated[int | None, a_cid("only the one with this id of yours, with `cid_date`")] = None
    cid_date: _CidDate = None

    def __attrs_post_init__(self) -> None:
        if (self.cid is None) != (self.cid_date is None):
            raise InvalidArgument("cid_date", self.cid_date, "give it with cid, and only then")


@frozen(kw_only=True, field_transformer=checked)
class ClosedOrders(Paged):
    symbol: _Pair = None
    id: Annotated[Any, some_ids("only those with these of Bitfinex's ids")] = None


@frozen(kw_only=True, field_transformer=checked)
class OrderTrades:
    symbol: Pair
    id: Id


@frozen(kw_only=True, field_transformer=checked)
class TradesHistory(Sorted):
    symbol: _Pair = None
