"""A made-up exchange for tests of orders: its words, and a connection in virtual time."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from itertools import count
from typing import Any

from attrs import frozen
from reactivex import Subject

from rxex.connection import Connection
from rxex.models import Fill, Order, OrderSnapshot, OrderUpdate, Side, Stage
from rxex.operators import PrivateSockets, TokenSocket, keep_messages_only, private_socket
from rxex.orders import OrderDialect, OrderRefused, Refusal
from rxex.testing import MarbleConnection, marble_connection
from rxex.typing import Json

TOKEN = "the-canary-token"


@frozen
class Buy:
    quantity: Decimal = Decimal(2)
    client_id: str = ""


def dialect(**options: Any) -> OrderDialect[Buy]:
    numbers = count(1)

    def draft(request: Buy) -> Order:
        client_id = request.client_id or f"mine-{next(numbers)}"
        return Order(client_id, "A/B", Side.BUY, "limit", request.quantity, Decimal(10))

    def make(order: Order, request: Buy, request_id: int, socket: TokenSocket) -> Json:
        assert socket.token.reveal() == TOKEN
        return {"do": "buy", "client": order.client_id, "size": request.quantity, "id": request_id}

    def answer(message: Json, request_id: int) -> OrderUpdate | None:
        assert isinstance(message, dict)
        if message.get("id") != request_id:
            return None
        if "why" in message:
            error = OrderRefused("add_order", message["why"], message, Refusal.INSUFFICIENT_FUNDS)
            return OrderUpdate(None, None, Stage.REJECTED, reason=message["why"], error=error)
        return OrderUpdate(message["order"], None, Stage.PENDING)

    return OrderDialect(draft, make, answer, **options)


def accept(message: Json) -> Iterable[Json]:
    """Take every order; its own id is that of the client with an O before it."""
    if isinstance(message, dict) and message.get("do") == "buy":
        return [{"id": message["id"], "order": f"O-{message['client']}"}]
    return []


def refuse(message: Json) -> Iterable[Json]:
    if isinstance(message, dict) and message.get("do") == "buy":
        return [{"id": message["id"], "why": "not enough money"}]
    return []


def update(stage: Stage | None, client_id: str = "mine-1", **more: Any) -> OrderUpdate:
    return OrderUpdate(f"O-{client_id}", client_id, stage, **more)


def filled(number: int, size: str, total: str, client_id: str = "mine-1") -> OrderUpdate:
    fill = Fill(f"T{number}", f"O-{client_id}", Decimal(10), Decimal(size))
    return update(Stage.PARTIALLY_FILLED, client_id, fill=fill, filled=Decimal(total))


class World:
    """A connection that lives through marbles, and executions pushed by hand at any virtual time."""

    def __init__(self, marbles: str, replies: Callable[[Json], Iterable[Json]] = accept, **options: Any) -> None:
        self.world: MarbleConnection = marble_connection(marbles, replies=replies, **options)
        self.scheduler = self.world.scheduler
        self.connection: Connection = self.world.connection
        self.messages = self.connection.pipe(keep_messages_only())
        self.sockets: PrivateSockets = self.connection.pipe(private_socket(lambda: TOKEN, scheduler=self.scheduler))
        self.executions: Subject[OrderUpdate | OrderSnapshot] = Subject()
        self.sockets.subscribe(lambda _: None, lambda _: None)

    def at(self, time: float, action: Callable[[], object]) -> None:
        self.scheduler.schedule_absolute(time, lambda *_: action() and None)

    def tell(self, time: float, item: OrderUpdate | OrderSnapshot) -> None:
        self.at(time, lambda: self.executions.on_next(item))

    @property
    def sent(self) -> list[Any]:
        return [message for socket in self.world.sockets for _, message in socket.sent]


class Told:
    """What one subscriber is told: items with their times, and how it ended."""

    def __init__(self, world: World, at: float, place: Callable[[], Any]) -> None:
        self.orders: list[Order] = []
        self.times: list[float] = []
        self.end: tuple[float, Any] | None = None
        self.subscription: Any = None

        def now() -> float:
            return world.scheduler.to_seconds(world.scheduler.now)

        def keep(order: Order) -> None:
            self.orders.append(order)
            self.times.append(now())

        def end(error: Any = None) -> None:
            assert self.end is None
            self.end = (now(), error)

        def subscribe() -> None:
            self.subscription = place().subscribe(keep, end, end)

        world.at(at, subscribe)

    def dispose(self) -> None:
        self.subscription.dispose()

    @property
    def stages(self) -> list[tuple[float, Stage]]:
        return list(zip(self.times, (order.stage for order in self.orders), strict=True))

    @property
    def last(self) -> Order:
        return self.orders[-1]
