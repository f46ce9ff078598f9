"""The shapes of KuCoin's messages about our orders, of spot, margin and futures, and what they tell.

What has become of an order is judged by its sizes, not by KuCoin's word: a market order that was bought for an amount
of money ends as ``canceled`` when all of it is spent. No message tells fees. Sources: KuCoin's pages "Order V2",
"Order V1", "Order" and "All Order" (futures) of the WebSocket reference.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Hashable, Sequence
from decimal import Decimal
from typing import Any

import attrs
from attrs import evolve
from msgspec import Struct

from rxex.channel import Number
from rxex.exchanges.kucoin.models import SIDES
from rxex.models import Fill, OrderSnapshot, OrderUpdate, Stage, quick
from rxex.typing import Json

__all__ = ["OrderFeed", "OrderRow", "OrderWire", "Seen", "amount", "read_order", "stage_at_end"]

_update: Callable[..., OrderUpdate] = quick(OrderUpdate)
_REMEMBERED = 1000
_MAKER = {"makerFee": True, "takerFee": False, "maker": True, "taker": False}
_STAGES = {
    "received": Stage.PENDING,
    "new": Stage.PENDING,
    "open": Stage.OPEN,
    "match": Stage.PARTIALLY_FILLED,
}
_ENDS = {"filled", "canceled"}
_PATCHED = [
    field.name for field in attrs.fields(OrderUpdate) if field.name not in {"fill", "reason", "error", "received"}
]


class OrderRow(Struct, rename="camel", gc=False):
    """What happened to an order; all but its ids, its symbol and its side may be missing."""

    order_id: str
    symbol: str
    side: str
    type: str
    status: str = ""
    client_oid: str | None = None
    order_type: str | None = None
    price: Any = None
    size: Any = None
    origin_size: Any = None
    funds: Any = None
    origin_funds: Any = None
    filled_size: Any = None
    remain_funds: Any = None
    canceled_size: Any = None
    canceled_funds: Any = None
    match_price: Any = None
    match_size: Any = None
    trade_id: str | None = None
    liquidity: str | None = None
    fee_type: str | None = None
    ts: int | None = None


class OrderWire(Struct, gc=False):
    """A message about an order."""

    data: OrderRow


class Seen:
    """What came lately, to tell what comes a second time."""

    def __init__(self, most: int = _REMEMBERED) -> None:
        self._order: deque[Hashable] = deque()
        self._known: set[Hashable] = set()
        self._most = most

    def is_new(self, key: Hashable) -> bool:
        """Tell whether ``key`` comes for the first time."""
        if key in self._known:
            return False
        self._known.add(key)
        self._order.append(key)
        if len(self._order) > self._most:
            self._known.discard(self._order.popleft())
        return True


def amount(value: Any, number: Number) -> Decimal | None:
    """Make an exact number of what may be missing, or empty."""
    return None if value is None or value == "" else number(value)


def stage_at_end(
    filled: Decimal | None,
    size: Decimal | None,
    *,
    funds: Decimal | None = None,
    unspent: Decimal | None = None,
    word: str = "",
) -> Stage:
    """Judge an order that is over by its sizes; where it has none, by the money it was to spend.

    A hundredth of the money may be left, which buys no further step of the size. ``word`` is KuCoin's, for an order of
    which no size is told.

    >>> stage_at_end(Decimal("0.1"), Decimal("0.1"), word="canceled").value
    'filled'
    >>> stage_at_end(Decimal("0.1"), None, funds=Decimal(100), unspent=Decimal(30)).value
    'canceled'
    """
    if filled is None:
        return Stage.FILLED if word == "filled" else Stage.CANCELED
    if not filled:
        return Stage.CANCELED
    if size:
        return Stage.FILLED if filled >= size else Stage.CANCELED
    if unspent is None:
        return Stage.FILLED
    return Stage.FILLED if unspent * 100 <= (funds or 0) else Stage.CANCELED


def read_order(row: OrderRow, received: int, raw: bytes | Json, number: Number) -> OrderUpdate:
    """Read what happened to an order. ``time`` is in nanoseconds since the epoch; futures sizes are lots."""
    side = SIDES[row.side]
    filled = amount(row.filled_size, number)
    # The present size comes before the first one: a part may have been canceled.
    size = amount(row.size, number) or amount(row.origin_size, number) or None
    fill = None
    if row.type == "match" and row.trade_id:
        is_maker = _MAKER.get(row.fee_type or row.liquidity or "")
        price, quantity = number(row.match_price), number(row.match_size)
        fill = Fill(row.trade_id, row.order_id, price, quantity, row.symbol, side, (), is_maker, row.ts, received, raw)
    if row.status == "done" or row.type in _ENDS:
        funds = amount(row.origin_funds, number) or amount(row.funds, number)
        unspent = amount(row.remain_funds, number) or amount(row.canceled_funds, number)
        stage: Stage | None = stage_at_end(filled, size, funds=funds, unspent=unspent, word=row.type)
    elif row.type == "update":
        stage = Stage.PARTIALLY_FILLED if filled else Stage.OPEN
    else:
        stage = _STAGES.get(row.type) or _STAGES.get(row.status)
    return _update(
        row.order_id,
        row.client_oid or None,
        stage,
        row.symbol,
        side,
        row.order_type,
        size,
        amount(row.price, number) or None,
        filled,
        None,
        None,
        fill,
        "",
        None,
        row.ts,
        received,
        raw,
    )


class OrderFeed:
    """Reads messages about orders as they come, and keeps the list of those that are open.

    The list begins with what REST tells after the acknowledgement (`join`); what the messages have told by then is
    newer.
    """

    def __init__(self) -> None:
        self._open: dict[str, OrderUpdate] = {}
        self._over: set[str] = set()
        self._seen = Seen()
        self._has_joined = False

    def __call__(
        self, wire: OrderWire, received: int, raw: bytes | Json, number: Number, /
    ) -> Sequence[OrderUpdate | OrderSnapshot]:
        row = wire.data
        update = read_order(row, received, raw, number)
        if not self._seen.is_new((row.order_id, row.type, row.status, row.ts, row.trade_id)):
            return ()
        self._keep(row.order_id, update)
        return (update,)

    def join(self, fetched: Sequence[OrderUpdate], received: int, /) -> Sequence[OrderUpdate | OrderSnapshot]:
        """Take the open orders that REST tells; gives the list of all that are open now."""
        newer, self._open = self._open, {}
        for row in fetched:
            if row.order_id is not None and row.order_id not in self._over:
                self._open[row.order_id] = row
        for order_id, update in newer.items():
            self._keep(order_id, update)
        self._has_joined = True
        self._over.clear()
        return (self._list(received),)

    def snapshot(self) -> OrderSnapshot | None:
        """The list of all open orders; None before REST has told them."""
        return self._list(0) if self._has_joined else None

    def _list(self, received: int) -> OrderSnapshot:
        return OrderSnapshot(tuple(self._open.values()), (), None, received)

    def _keep(self, order_id: str, update: OrderUpdate) -> None:
        if update.stage is not None and update.stage.is_final:
            self._open.pop(order_id, None)
            if not self._has_joined:
                self._over.add(order_id)
        elif order_id not in self._over:
            before = self._open.get(order_id)
            self._open[order_id] = evolve(update, fill=None) if before is None else _patched(before, update)


def _patched(before: OrderUpdate, update: OrderUpdate) -> OrderUpdate:
    """What is known of an order: what is told now, and what was told before of the rest. Less than before is late."""
    if before.filled is not None and update.filled is not None and update.filled < before.filled:
        return before
    told = {name: value for name in _PATCHED if (value := getattr(update, name)) is not None}
    told["raw"] = told.pop("_raw")
    if before.filled and update.filled is None:
        told.pop("stage", None)
    return evolve(before, **told, received=update.received)
