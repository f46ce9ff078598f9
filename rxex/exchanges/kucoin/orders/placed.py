"""What has to be known of the orders of one connection: their symbols, and what has taken the place of which.

KuCoin changes an order by canceling it and placing another, with another id and the same client id. Told on the orders'
channel are an end and a new order; here the two become one order that goes on. Source: KuCoin's page "Modify Order".
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal
from typing import Any, TypeVar

from attrs import define, evolve, frozen
from reactivex import Observable, abc
from reactivex.disposable import CompositeDisposable, Disposable

from rxex.channel import Dialect
from rxex.errors import AnswerLost
from rxex.events import MessageStream
from rxex.models import Order, OrderUpdate, Stage
from rxex.typing import Json

__all__ = ["Known", "PlacedOrders", "Replacement", "placed_of"]

K = TypeVar("K")
V = TypeVar("V")
_MOST = 10_000
_OPTION = "placed"


@frozen
class Known:
    """An order that was placed here; ``trade_type`` is KuCoin's word for spot, cross or isolated margin."""

    client_id: str
    symbol: str
    trade_type: str = "TRADE"
    order_id: str | None = None
    ids: tuple[str, ...] = ()
    """All that it was seen to have had."""
    is_changed: bool = False


@define(eq=False)
class Replacement:
    """A change of an order that is under way: until its outcome is known, ends of the order are not believed."""

    order_id: str | None
    client_id: str | None
    price: Decimal | None = None
    """That of the order in its place; None: the same."""

    def is_about(self, update: OrderUpdate) -> bool:
        """Whether ``update`` tells of the order that is being replaced, or of the one in its place."""
        if self.order_id is not None and update.order_id == self.order_id:
            return True
        return self.client_id is not None and update.client_id == self.client_id


class PlacedOrders:
    """The orders of one connection. Safe from any thread."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._by_client_id: OrderedDict[str, Known] = OrderedDict()
        self._client_ids: OrderedDict[str, str] = OrderedDict()
        self._older: OrderedDict[str, str] = OrderedDict()
        self._gone: OrderedDict[str, None] = OrderedDict()
        # Orders of which a change may have taken effect, by client id, with the last id that was seen.
        self._unclear: OrderedDict[str, str | None] = OrderedDict()
        self._pending: tuple[Replacement, ...] = ()
        self._followers: tuple[Callable[[Replacement, str | None, Exception | None], None], ...] = ()
        self._lock = threading.Lock()

    def note(self, order: Order, trade_type: str = "TRADE") -> None:
        """Remember an order, and KuCoin's id of it once it is known."""
        if order.symbol is None:
            return
        with self._lock:
            known = self._by_client_id.get(order.client_id)
            if known is None:
                known = Known(order.client_id, order.symbol, trade_type)
                self._keep(self._by_client_id, order.client_id, known)
            if order.order_id is not None and known.order_id != order.order_id:
                self._has_id(evolve(known, order_id=order.order_id), order.order_id)

    def _has_id(self, known: Known, order_id: str) -> None:
        ids = known.ids if order_id in known.ids else (*known.ids, order_id)
        self._keep(self._by_client_id, known.client_id, evolve(known, ids=ids))
        self._keep(self._client_ids, order_id, known.client_id)

    def saw(self, update: OrderUpdate) -> None:
        """Remember an id of an order that is being changed, or was."""
        with self._lock:
            known = self._by_client_id.get(update.client_id or "")
            if known is not None and known.is_changed and update.order_id not in {None, *known.ids}:
                self._has_id(known, update.order_id or "")

    def ids_of(self, client_id: str) -> tuple[str, ...]:
        """All ids of KuCoin's that an order was seen to have had."""
        known = self.find(client_id=client_id)
        return () if known is None else known.ids

    def is_changed(self, order: Order) -> bool:
        """Whether somebody has tried to change it."""
        known = self.find(client_id=order.client_id)
        return known is not None and known.is_changed

    def is_older(self, client_id: str, order_id: str | None) -> bool:
        """Whether the first id of an order, which is told late, is not that of the order any more."""
        known = self.find(client_id=client_id)
        return known is not None and known.is_changed and known.order_id not in {None, order_id}

    def find(self, order_id: str | None = None, client_id: str | None = None) -> Known | None:
        """What is known of an order, by either id."""
        with self._lock:
            return self._by_client_id.get(client_id or self._client_ids.get(order_id or "", ""))

    def replace(self, order_id: str | None, client_id: str | None, price: Decimal | None = None) -> Replacement:
        """Begin to replace an order; `replaced`, `kept` or `unclear` has to follow."""
        known = self.find(order_id, client_id)
        if known is not None:
            order_id, client_id = order_id or known.order_id, known.client_id
        replacement = Replacement(order_id, client_id, price)
        with self._lock:
            if known is not None:
                known = self._by_client_id.get(known.client_id, known)
                self._keep(self._by_client_id, known.client_id, evolve(known, is_changed=True))
            self._pending = (*self._pending, replacement)
        return replacement

    def replaced(self, replacement: Replacement, order_id: str) -> None:
        """The order with ``order_id`` is in its place."""
        self._settle(replacement, order_id, None)

    def kept(self, replacement: Replacement) -> None:
        """It was not replaced."""
        self._settle(replacement, None, None)

    def unclear(self, replacement: Replacement, error: Exception) -> None:
        """Nobody knows, because of ``error``."""
        self._settle(replacement, None, error)

    def _settle(self, replacement: Replacement, order_id: str | None, error: Exception | None) -> None:
        with self._lock:
            if replacement not in self._pending:
                return
            self._note_replaced(replacement, order_id)
            known = self._by_client_id.get(replacement.client_id or "")
            if known is not None and order_id is not None:
                self._has_id(known, order_id)
            if error is not None and replacement.client_id is not None:
                self._keep(self._unclear, replacement.client_id, replacement.order_id)
            self._pending = tuple(each for each in self._pending if each is not replacement)
            followers = self._followers
        for follower in followers:
            follower(replacement, order_id, error)

    def _note_replaced(self, replacement: Replacement, order_id: str | None) -> None:
        if order_id is not None and replacement.order_id is not None:
            self._keep(self._older, order_id, replacement.order_id)
            self._keep(self._gone, replacement.order_id, None)

    def _keep(self, store: OrderedDict[K, V], key: K, value: V) -> None:
        store[key] = value
        store.move_to_end(key)
        while len(store) > self._most:
            store.popitem(last=False)

    def follow(self, executions: Observable[Any]) -> Observable[Any]:
        """Tell what ``executions`` tell, with orders that go on where they are replaced; for one subscriber.

        Emits on the thread of the executions, and on that of the answer to a change.
        """

        def subscribe(observer: abc.ObserverBase[Any], on: abc.SchedulerBase | None = None) -> abc.DisposableBase:
            held: list[tuple[Replacement, OrderUpdate]] = []
            turn = threading.RLock()

            def on_next(item: Any) -> None:
                if isinstance(item, OrderUpdate):
                    self.saw(item)
                    with turn:
                        pending = next((each for each in self._pending if each.is_about(item)), None)
                        if pending is not None:
                            held.append((pending, item))
                            return
                    for update in self._now(item):
                        observer.on_next(update)
                else:
                    observer.on_next(item)

            def on_settled(replacement: Replacement, order_id: str | None, error: Exception | None) -> None:
                with turn:
                    mine = [update for its, update in held if its is replacement]
                    held[:] = [each for each in held if each[0] is not replacement]
                for update in self._settled(replacement, order_id, error, mine):
                    observer.on_next(update)

            def leave() -> None:
                with self._lock:
                    self._followers = tuple(each for each in self._followers if each is not on_settled)

            with self._lock:
                self._followers = (*self._followers, on_settled)
            listening = executions.subscribe(on_next, observer.on_error, observer.on_completed, scheduler=on)
            return CompositeDisposable(listening, Disposable(leave))

        return Observable(subscribe)

    def _now(self, update: OrderUpdate) -> tuple[OrderUpdate, ...]:
        """What an update means now that some orders are in the place of others."""
        if self._sees(update):
            return self._doubted(update)
        before = self._older.get(update.order_id or "")
        if before is not None:
            return (evolve(update, replaces=before),)
        # Its end is none, but it tells how much was traded before.
        return (evolve(update, stage=None) if _is_end(update) and update.order_id in self._gone else update,)

    def _sees(self, update: OrderUpdate) -> bool:
        """See whether another order is in the place of one; tell whether others may still be."""
        with self._lock:
            client_id = update.client_id or self._client_ids.get(update.order_id or "", "")
            if client_id not in self._unclear:
                return False
            order_id, last = update.order_id, self._unclear[client_id]
            if order_id is not None and order_id != last and order_id not in self._gone:
                self._note_replaced(Replacement(last, client_id), order_id)
                self._keep(self._unclear, client_id, order_id)
            return True

    def _doubted(self, update: OrderUpdate) -> tuple[OrderUpdate, ...]:
        """What an update means of an order that may have been changed: being canceled need not be its end."""
        told = evolve(update, replaces=self._older.get(update.order_id or ""))
        if update.stage is not Stage.CANCELED:
            return (told,)
        told = evolve(told, stage=None)
        if update.order_id in self._gone:
            return (told,)
        doubt = AnswerLost("amend_order", "it was canceled, and another may be in its place")
        return told, OrderUpdate(update.order_id, update.client_id, Stage.UNKNOWN, error=doubt)

    def _settled(
        self, replacement: Replacement, order_id: str | None, error: Exception | None, held: Sequence[OrderUpdate]
    ) -> Iterator[OrderUpdate]:
        """What is told of an order once the outcome of its replacement is known."""
        if order_id is None and error is None:
            yield from held
            return
        before = replacement.order_id
        if order_id is None:
            # Its place may be seen to have been taken.
            others = [each.order_id for each in held if before is not None and each.order_id != before]
            order_id = others[-1] if others else None
            with self._lock:
                self._note_replaced(replacement, order_id)
        for update in held:
            if update.order_id == before:
                yield evolve(update, stage=None) if _is_end(update) else update
        if order_id is None:
            lost = error or AnswerLost("amend_order", "there was none")
            yield OrderUpdate(before, replacement.client_id, Stage.UNKNOWN, error=lost)
            return
        yield OrderUpdate(order_id, replacement.client_id, Stage.PENDING, price=replacement.price, replaces=before)
        for update in held:
            if update.order_id == order_id:
                yield from self._now(update)


def _is_end(update: OrderUpdate) -> bool:
    return update.stage is not None and update.stage.is_final


def placed_of(messages: Observable[Json]) -> PlacedOrders:
    """The orders of the connection that ``messages`` are of; for any other stream a store that nobody shares."""
    dialect = messages.dialect if isinstance(messages, MessageStream) else None
    if not isinstance(dialect, Dialect):
        return PlacedOrders()
    placed = dialect.options.setdefault(_OPTION, PlacedOrders())
    return placed if isinstance(placed, PlacedOrders) else PlacedOrders()
