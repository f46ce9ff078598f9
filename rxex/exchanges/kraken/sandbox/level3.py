"""WebSocket v2, the endpoint of the books order by order, as its server speaks it.

https://docs.kraken.com/api/docs/websocket-v2/level3 and the guide to its checksum.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any, TypeAlias

from attrs import frozen

from rxex.codec import text_of
from rxex.exchanges.kraken.sandbox.base import Subscription, rfc3339
from rxex.exchanges.kraken.sandbox.books import sum_of
from rxex.exchanges.kraken.sandbox.trading import Trading
from rxex.exchanges.kraken.sandbox.v2 import PublicV2
from rxex.models import Side
from rxex.sandbox.order_book import OrderBook
from rxex.sandbox.session import Session
from rxex.sandbox.simulation import Simulation

__all__ = ["LEVEL3_PATH", "Level3V2", "OrderChange", "OrderWindow", "Resting"]

LEVEL3_PATH = "/ws-l3/v2"
_SUMMED = 10


@frozen
class Resting:
    """What is told of an order; ``time`` is when it took its place in the queue."""

    id: str
    price: Decimal
    size: Decimal
    time: int


@frozen
class OrderChange:
    """What happened to an order of a side: ``add``, ``modify`` or ``delete``."""

    side: Side
    event: str
    order: Resting


Queues: TypeAlias = dict[Decimal, list[Resting]]
"""Orders by price, best first."""


class OrderWindow:
    """The orders at the best ``depth`` prices of one book, as they were told last."""

    def __init__(self, depth: int, book: OrderBook) -> None:
        """Look at ``book``."""
        self._depth = depth
        self._book = book
        self.told: dict[Side, Queues] = {side: self._look(side) for side in Side}
        """What a client holds that has followed; a new one is sent this."""

    def _look(self, side: Side) -> Queues:
        return {
            price: [Resting(order.id, price, order.visible, order.queued) for order in queue]
            for price, queue in self._book.queues(side, self._depth)
        }

    def changes(self) -> list[OrderChange]:
        """Tell what is different from what was told last; nothing of a level that was pushed out."""
        changes: list[OrderChange] = []
        for side in (Side.SELL, Side.BUY):
            before, now = self.told[side], self._look(side)
            known, left = _by_id(before), _by_id(now)
            gone = [order for name, order in known.items() if name not in left and not self._is_out(side, order, now)]
            changes += [OrderChange(side, "delete", order) for order in gone]
            for name, order in left.items():
                if known.get(name) != order:
                    changes.append(OrderChange(side, "modify" if name in known else "add", order))
            self.told[side] = now
        return changes

    def _is_out(self, side: Side, order: Resting, now: Queues) -> bool:
        if len(now) < self._depth:
            return False
        worst = next(reversed(now))
        return order.price < worst if side is Side.BUY else order.price > worst

    def summed(self, side: Side) -> Iterator[tuple[str, str]]:
        """Give the prices and sizes that the checksum is made of, as they are written."""
        for price in list(self.told[side])[:_SUMMED]:
            for order in self.told[side][price]:
                yield text_of(order.price), text_of(order.size)


def _by_id(queues: Queues) -> dict[str, Resting]:
    return {order.id: order for queue in queues.values() for order in queue}


class Level3V2(PublicV2):
    """The endpoint of the books order by order; a subscription wants a token."""

    fields: Mapping[str, Collection[str]] = {"level3": {"channel", "symbol", "depth", "snapshot", "token"}}
    depths = (10, 100, 1000)

    def __init__(self, simulation: Simulation, trading: Trading) -> None:
        """Serve the books of ``trading``, a part of ``simulation``."""
        super().__init__(simulation, trading)
        self._tokens = trading.tokens

    def remove(self, subscription: Subscription) -> None:
        """Forget a subscription; with the client's last one its token is not in use any more."""
        super().remove(subscription)
        if not subscription.session.state.subscriptions:
            self._tokens.unsubscribed(subscription.session.number)

    def look(self, book: OrderBook, depth: int) -> OrderWindow:
        """The orders of a book."""
        return OrderWindow(depth, book)

    def book(self, symbol: str, depth: int, changes: Sequence[OrderChange] | None) -> str:
        """A frame of orders; the checksum is of the whole window."""
        window: OrderWindow = self.window(symbol, depth)
        rows: dict[Side, list[str]] = {side: [] for side in Side}
        if changes is None:
            for side in Side:
                rows[side] = [_row(order) for order in _by_id(window.told[side]).values()]
        else:
            for change in changes:
                rows[change.side].append(_row(change.order, change.event))
        bids, asks = ",".join(rows[Side.BUY]), ",".join(rows[Side.SELL])
        total = sum_of((*window.summed(Side.SELL), *window.summed(Side.BUY)))
        return (
            f'{{"channel":"level3","type":"{"snapshot" if changes is None else "update"}","data":[{{'
            f'"symbol":"{symbol}","checksum":{total},"bids":[{bids}],"asks":[{asks}],'
            f'"timestamp":"{rfc3339(self.simulation.timestamp, 9)}"}}]}}'
        )

    def error_in(self, session: Session, method: str, request: Mapping[str, Any]) -> str | None:
        """Say what is wrong with a request, its token included."""
        error = super().error_in(session, method, request)
        if error is not None:
            return error
        token = request["params"].get("token")
        if not isinstance(token, str):
            return "Token(s) not found"
        return "ESession:Invalid session" if self._tokens.account_of(token, session.number) is None else None

    def _subscribe(self, session: Session, request: Mapping[str, Any], symbol: str) -> Subscription | None:
        subscription = super()._subscribe(session, request, symbol)
        if subscription is not None:
            self._tokens.subscribed(request["params"]["token"], session.number)
        return subscription


def _row(order: Resting, event: str | None = None) -> str:
    told = "" if event is None else f'"event":"{event}",'
    return (
        f'{{{told}"order_id":"{order.id}","limit_price":{text_of(order.price)},"order_qty":{text_of(order.size)},'
        f'"timestamp":"{rfc3339(order.time, 9)}"}}'
    )
