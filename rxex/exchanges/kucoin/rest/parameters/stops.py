"""The parameters of KuCoin's stop and OCO orders. Source: KuCoin's reference of its classic REST API."""

from __future__ import annotations

from typing import Annotated

from attrs import frozen

from rxex.exchanges.kucoin.rest.parameters.fields import (
    ClientOid,
    Names,
    Number,
    OrderId,
    Paged,
    Side,
    Symbol,
    camel,
    client_word,
    word,
)
from rxex.exchanges.kucoin.rest.parameters.spot import MARGIN_TYPES, OneSide, Remark, Terms, Type
from rxex.rest.parameters import choice, names, number

__all__: list[str] = []

_OneSymbol = Annotated[str | None, word("only those of this symbol")]
_OrderIds = Annotated[Names | None, names("only those with these ids")]
_AnyTradeType = Annotated[str | None, choice("spot, cross or isolated margin", "TRADE", *MARGIN_TYPES)]


@frozen(kw_only=True, field_transformer=camel)
class AddStopOrder(Terms):
    stop_price: Annotated[Number, number("the price that releases it")]
    client_oid: Annotated[str | None, client_word("your own id of it; without one a lost answer stays lost")] = None
    remark: Remark = None
    trade_type: _AnyTradeType = None


@frozen(kw_only=True, field_transformer=camel)
class OnlyOrderId:
    order_id: OrderId


@frozen(kw_only=True, field_transformer=camel)
class OnlyClientOid:
    client_oid: ClientOid


@frozen(kw_only=True, field_transformer=camel)
class StopByClientOid(OnlyClientOid):
    symbol: Annotated[str | None, word("of which symbol")] = None


@frozen(kw_only=True, field_transformer=camel)
class SomeOrders:
    symbol: _OneSymbol = None
    order_ids: _OrderIds = None


@frozen(kw_only=True, field_transformer=camel)
class SomeStopOrders(SomeOrders):
    trade_type: _AnyTradeType = None


@frozen(kw_only=True, field_transformer=camel)
class OcoOrders(Paged):
    symbol: _OneSymbol = None
    order_ids: _OrderIds = None


@frozen(kw_only=True, field_transformer=camel)
class StopOrders(OcoOrders):
    side: OneSide = None
    type: Type = None
    trade_type: _AnyTradeType = None
    stop: Annotated[str | None, choice("only stop orders, or OCO orders", "stop", "oco")] = None


@frozen(kw_only=True, field_transformer=camel)
class AddOcoOrder:
    symbol: Symbol
    side: Side
    client_oid: ClientOid
    price: Annotated[Number, number("the price of its limit order")]
    size: Annotated[Number, number("how much, in the base currency")]
    stop_price: Annotated[Number, number("the price that releases its stop order")]
    limit_price: Annotated[Number, number("the price of the stop order once it is released")]
    trade_type: Annotated[str | None, choice("spot", "TRADE")] = None
    remark: Remark = None
