"""What KuCoin tells of stop and OCO orders. Source: "Orders" of its classic REST reference."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from attrs import frozen

from rxex.codec import number
from rxex.exchanges.kucoin.rest.models.reading import (
    amount,
    listing,
    mapping,
    millis,
    nanos,
    raw_field,
    side_of,
    some,
    text,
)
from rxex.models import Side

__all__ = ["OcoOrderInfo", "OcoPart", "StopOrderInfo"]

Row = Mapping[str, Any]


@frozen
class StopOrderInfo:
    """An order that waits for a price; the order that it releases has another id."""

    id: str
    client_oid: str | None
    symbol: str
    side: Side
    type: str
    status: str
    stop: str | None
    stop_price: Decimal
    price: Decimal | None
    size: Decimal | None
    funds: Decimal | None
    trade_type: str | None
    triggered: int | None
    created: int | None
    raw: Mapping[str, Any] = raw_field()


def stop_order(row: Row, _: int) -> StopOrderInfo:
    return StopOrderInfo(
        str(row["id"]),
        some(row, "clientOid", text),
        str(row["symbol"]),
        side_of(row),
        str(row["type"]),
        str(row["status"]),
        some(row, "stop", text),
        number(row["stopPrice"]),
        amount(row, "price") or None,
        amount(row, "size"),
        amount(row, "funds"),
        some(row, "tradeType", text),
        some(row, "stopTriggerTime", millis),
        some(row, "createdAt", millis) or some(row, "orderTime", nanos),
        row,
    )


@frozen
class OcoPart:
    """One of the two orders of an OCO order."""

    id: str
    symbol: str
    side: Side
    price: Decimal
    stop_price: Decimal | None
    size: Decimal
    status: str


@frozen
class OcoOrderInfo:
    """Two orders of which one cancels the other: ``NEW``, ``DONE``, ``TRIGGERED`` or ``CANCELLED``.

    ``parts`` are told only where the details were asked for.
    """

    id: str
    client_oid: str | None
    symbol: str
    status: str
    time: int | None
    parts: tuple[OcoPart, ...] = ()
    raw: Mapping[str, Any] = raw_field()


def oco_order(row: Row, _: int) -> OcoOrderInfo:
    return OcoOrderInfo(
        str(row["orderId"]),
        some(row, "clientOid", text),
        str(row["symbol"]),
        str(row["status"]),
        some(row, "orderTime", millis),
        tuple(_part(mapping(each)) for each in listing(row.get("orders") or [])),
        row,
    )


def _part(row: Row) -> OcoPart:
    return OcoPart(
        str(row["id"]),
        str(row["symbol"]),
        side_of(row),
        number(row["price"]),
        amount(row, "stopPrice"),
        number(row["size"]),
        str(row["status"]),
    )
