"""What is told of spot and margin orders: ``/spotMarket/tradeOrdersV2`` and the older ``/spotMarket/tradeOrders``.

A taker's matches come before it is open; a market order of funds ends as canceled; there are no fees here.
Sources: KuCoin's pages "Order V2" and "Order V1"; frames that its users have published.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from rxex.codec import text_of
from rxex.exchanges.kucoin.sandbox.orders_requests import wish_of
from rxex.exchanges.kucoin.sandbox.writing import number
from rxex.sandbox.orders import EventKind, Fill, Order, OrderEvent, OrderState, Terms

__all__ = ["OrderRows", "fill_row", "plain"]

ZERO = Decimal(0)


def plain(amount: Decimal) -> str:
    """An amount as the venue writes it: no exponent, no zeros at the end.

    >>> plain(Decimal("100.500")), plain(Decimal("1E+2")), plain(Decimal("0.00"))
    ('100.5', '100', '0')
    """
    text = text_of(amount)
    return text.rstrip("0").rstrip(".") if "." in text else text


class OrderRows:
    """Makes rows of what happens; it remembers which orders were told to be open, and how large."""

    def __init__(self) -> None:
        self._open: set[str] = set()
        self._sizes: dict[str, Decimal] = {}

    def rows(self, event: OrderEvent) -> Iterator[dict[str, Any]]:
        """The ``data`` of each frame that an event leads to, in their order."""
        order = event.order
        if event.kind is EventKind.ACCEPTED:
            yield {**_described(event), "status": "new", "type": "received"}
            return
        if order.queued:
            # It went into the book some time before this, and nobody said so.
            yield from self._opened(event, order.filled if event.fill is None else order.filled - event.fill.size)
        match event.kind:
            case EventKind.FILL if event.fill is not None:
                yield _matched(event, event.fill)
            case EventKind.AMENDED:
                old = self._sizes.get(order.id, order.request.size or order.size)
                yield {**_sizes(event), "oldSize": plain(old), "status": "open", "type": "update"}
                self._sizes[order.id] = order.size
            case EventKind.FILLED | EventKind.CANCELED | EventKind.EXPIRED:
                yield _ended(event)
                self._open.discard(order.id)
                self._sizes.pop(order.id, None)
            case _:
                pass

    def rest(self, order: Order, time: int) -> Iterator[dict[str, Any]]:
        """The row of an order that has gone into the book, unless it was told before."""
        if order.is_resting:
            yield from self._opened(OrderEvent(EventKind.OPENED, order, time), order.filled)

    def _opened(self, event: OrderEvent, filled: Decimal) -> Iterator[dict[str, Any]]:
        order = event.order
        if order.id not in self._open:
            self._open.add(order.id)
            sizes = {"filledSize": plain(filled), "remainSize": plain(order.size - filled), "size": plain(order.size)}
            yield {**_described(event), "canceledSize": _canceled(order), **sizes, "status": "open", "type": "open"}


def fill_row(fill: Fill, terms: Terms) -> dict[str, Any]:
    """What ``/spot/tradeFills`` tells of a fill: numbers, and the fee."""
    wish = wish_of(fill.order)
    return {
        "fee": number(fill.fee),
        "feeCurrency": fill.fee_asset,
        "feeRate": number(terms.maker if fill.is_maker else terms.taker),
        "orderId": fill.order.id,
        "orderType": wish.type,
        "price": number(fill.price),
        "side": wish.side.value,
        "size": number(fill.size),
        "symbol": wish.symbol,
        "time": fill.time,
        "tradeId": str(fill.trade_id),
    }


def _described(event: OrderEvent) -> dict[str, Any]:
    order, wish = event.order, wish_of(event.order)
    client = {} if wish.client_oid is None else {"clientOid": wish.client_oid}
    size = {"originSize": plain(order.request.size or order.size)}
    funds = {} if wish.funds is None else {"originFunds": plain(wish.funds), "funds": plain(wish.funds)}
    price = {} if order.price is None else {"price": plain(order.price)}
    return {
        **client,
        "orderId": order.id,
        "orderTime": order.opened // 10**6,
        "orderType": wish.type,
        **(funds or size),
        **price,
        "side": wish.side.value,
        "symbol": wish.symbol,
        "ts": event.time,
    }


def _matched(event: OrderEvent, fill: Fill) -> dict[str, Any]:
    word = "maker" if fill.is_maker else "taker"
    return {
        **_sizes(event),
        "feeType": f"{word}Fee",
        "liquidity": word,
        "matchPrice": plain(fill.price),
        "matchSize": plain(fill.size),
        "status": "open" if fill.is_maker else "match",
        "tradeId": str(fill.trade_id),
        "type": "match",
    }


def _ended(event: OrderEvent) -> dict[str, Any]:
    order, wish = event.order, wish_of(event.order)
    # An order of funds is never filled in the venue's words: what is left of the funds, or nothing, is canceled.
    word = "filled" if order.state is OrderState.FILLED and wish.funds is None else "canceled"
    canceled = (
        {"canceledSize": _canceled(order)} if wish.funds is None else {"canceledFunds": plain(wish.funds - order.cost)}
    )
    return {**_sizes(event), **canceled, "status": "done", "type": word}


def _sizes(event: OrderEvent) -> dict[str, Any]:
    order, wish = event.order, wish_of(event.order)
    row = {**_described(event), "filledSize": plain(order.filled)}
    if wish.funds is not None:
        return {**row, "remainFunds": plain(wish.funds - order.cost)}
    return {**row, "remainSize": plain(order.remaining if order.is_open else ZERO), "size": plain(order.size)}


def _canceled(order: Order) -> str:
    """What was canceled of an order, part by part."""
    left = order.remaining if order.is_open else ZERO
    return plain((order.request.size or order.size) - order.filled - left)
