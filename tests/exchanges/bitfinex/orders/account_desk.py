"""A connection that is accepted and told of no orders, and what Bitfinex answers to inputs on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from reactivex import Observable

from rxex.exchanges.bitfinex.dialect import make_dialect
from rxex.exchanges.bitfinex.private import private_socket
from rxex.models import Order
from rxex.operators import keep_messages_only
from rxex.testing import MarbleConnection, marble_connection
from tests.exchanges.bitfinex.account_samples import AUTH

EMPTY = '[0,"os",[]]'
NAMES = {"a": AUTH, "s": EMPTY}
Reply = Callable[[Any], Iterable[Any]]


def order_row(cid: Any, order_id: Any = 7, amount: Any = 1, status: str = "ACTIVE", **more: Any) -> list[Any]:
    places = {
        0: order_id,
        2: cid,
        3: "tBTCUSD",
        4: 1000,
        5: 2000,
        6: amount,
        7: 1,
        8: "EXCHANGE LIMIT",
        13: status,
        16: 100,
        17: 100,
        **{int(name[1:]): value for name, value in more.items()},
    }
    return [places.get(place) for place in range(32)]


def trade_row(cid: Any, amount: Any, trade_id: int = 1, order_id: int = 7, fee: Any = None) -> list[Any]:
    return [trade_id, "tBTCUSD", 1000, order_id, amount, 100, "EXCHANGE LIMIT", 100, 1, fee, fee and "USD", cid]


def note(kind: str, info: Any, status: str = "SUCCESS", text: str = "fine", message_id: Any = None) -> list[Any]:
    return [0, "n", [1575287438515, kind, message_id, None, info, None, status, text]]


def taken(message: Any) -> Iterable[Any]:
    """Take every order, and put it on the book."""
    if message[1] == "on":
        cid = message[3]["cid"]
        yield note("on-req", order_row(cid))
        yield [0, "on", order_row(cid)]


class Desk:
    """The connection, and what is placed and asked on it."""

    def __init__(
        self, marbles: str = "o-a-s------------|", replies: Reply = taken, names: Any = None, **options: Any
    ) -> None:
        self.world: MarbleConnection = marble_connection(
            marbles, NAMES | (names or {}), make_dialect(), replies=_inputs(replies), **options
        )
        self.scheduler = self.world.scheduler
        self.messages = self.world.connection.pipe(keep_messages_only())
        self.sockets = self.world.connection.pipe(private_socket())

    def at(self, time: float, action: Callable[[], object]) -> None:
        self.scheduler.schedule_absolute(time, lambda *_: action() and None)

    def told(self, make: Callable[[], Observable[Any]], at: float = 5) -> Heard:
        """Subscribe at a time; after the snapshot, unless told otherwise."""
        heard = Heard(self)

        def subscribe() -> None:
            heard.subscription = make().subscribe(heard.keep, heard.fail, heard.complete)

        self.at(at, subscribe)
        return heard

    @property
    def inputs(self) -> list[Any]:
        return [message for socket in self.world.sockets for _, message in socket.sent]


class Heard:
    """What one subscriber was told."""

    def __init__(self, desk: Desk) -> None:
        self.items: list[Any] = []
        self.times: list[float] = []
        self.error: Exception | None = None
        self.is_complete = False
        self.subscription: Any = None
        self._desk = desk

    def keep(self, item: Any) -> None:
        self.items.append(item)
        self.times.append(self._desk.scheduler.clock)

    def fail(self, error: Exception) -> None:
        self.error = error

    def complete(self) -> None:
        self.is_complete = True

    def dispose(self) -> None:
        self.subscription.dispose()

    @property
    def stages(self) -> list[Any]:
        orders: list[Order] = self.items
        return [order.stage for order in orders]

    @property
    def last(self) -> Any:
        return self.items[-1]


def _inputs(replies: Reply) -> Reply:
    return lambda message: replies(message) if isinstance(message, list) else ()
