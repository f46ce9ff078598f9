"""The simulated Kraken in virtual time, with a private connection of ours and a client of its REST."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from reactivex import Observable
from reactivex.testing import TestScheduler

from rxex.auth import Credentials
from rxex.connection import Connection
from rxex.exchanges.kraken import orders, rest
from rxex.exchanges.kraken.private import PRIVATE_V1, PRIVATE_V2
from rxex.exchanges.kraken.sandbox import OrderFaults, kraken_sandbox
from rxex.exchanges.kraken.sandbox import controls as paths
from rxex.exchanges.kraken.sandbox.rest import KEY_PREFIX, secret_of
from rxex.models import Order, OrderUpdate, Stage
from rxex.operators import backoff_reconnect, fixed, keep_messages_only, private_socket
from rxex.sandbox.orders import Order as Truth
from rxex.sandbox.orders import OrderState
from tests.fakes.virtual_rest import to_virtual
from tests.history import Entry, Told, violations
from tests.orders.placed import Placed

__all__ = ["STAGES", "Placed", "TradingWorld", "entry_of", "stage_of"]

STAGES = {
    OrderState.PENDING: Stage.PENDING,
    OrderState.OPEN: Stage.OPEN,
    OrderState.FILLED: Stage.FILLED,
    OrderState.CANCELED: Stage.CANCELED,
    OrderState.EXPIRED: Stage.EXPIRED,
}


def stage_of(order: Truth) -> Stage:
    return Stage.PARTIALLY_FILLED if order.is_open and order.filled else STAGES[order.state]


def entry_of(order: Truth) -> Entry:
    """What the ledger says of an order."""
    return Entry(order.request.client_id or order.id, stage_of(order), {fill.id: fill.size for fill in order.fills})


class TradingWorld:
    """The exchange, a connection, and the orders that were placed."""

    def __init__(
        self,
        *,
        version: int = 2,
        seed: int = 0,
        faults: OrderFaults | None = None,
        connect: bool = True,
        **options: Any,
    ) -> None:
        self.clock = TestScheduler()
        self.exchange = kraken_sandbox(seed=seed, symbols=["BTC/USD"], order_faults=faults, **options).in_virtual_time(
            self.clock
        )
        self.tokens: list[str] = []
        self.placed: list[Placed] = []
        self.version = version
        self.asked = 0
        key = KEY_PREFIX + "main"
        credentials = Credentials(key, secret_of(key))
        self.rest = to_virtual(
            rest.client(credentials, url="http://127.0.0.1", tier="intermediate", scheduler=self.clock), self.exchange
        )
        self._query = orders.order_query(self.rest)
        self.start()
        self.link = self.connection.connect() if connect else None
        self.pass_time(0.5)

    def start(self) -> None:
        """Make a connection, as a program does that begins."""
        dialect, path = (PRIVATE_V1, paths.PRIVATE_V1) if self.version == 1 else (PRIVATE_V2, paths.PRIVATE_V2)
        reconnect = backoff_reconnect(lambda: fixed(0.5), jitter=0.0, scheduler=self.clock)
        self.connection = Connection(lambda receive: self.exchange.source(receive, path=path).pipe(reconnect), dialect)
        self.messages = self.connection.pipe(keep_messages_only())
        self.sockets = self.connection.pipe(private_socket(self._mint, scheduler=self.clock))
        self.events: list[Any] = []
        self.connection.link.subscribe(self.events.append, lambda _: None)
        self.sockets.subscribe(lambda _: None, lambda _: None)

    def restart(self) -> None:
        """End the program and begin anew, with nothing in mind."""
        for placed in self.placed:
            placed.subscription.dispose()
        assert self.link is not None
        self.link.dispose()
        self.pass_time(0.5)
        self.start()
        self.link = self.connection.connect()
        self.pass_time(0.5)

    def _mint(self) -> str:
        self.tokens.append(self.exchange.mint_token())
        return self.tokens[-1]

    def pass_time(self, seconds: float) -> None:
        self.clock.advance_by(float(seconds))

    def wait(self, done: Callable[[], bool], most: float = 300.0, step: float = 0.5) -> None:
        until = self.clock.clock + most
        while not done():
            assert self.clock.clock < until, "it hangs"
            self.pass_time(step)

    def add_order_factory(self, **options: Any) -> Any:
        options = {"query": self.query, "settle": 5.0, "scheduler": self.clock} | options
        return orders.add_order_factory(self.sockets, self.messages, **options)

    def resume_order_factory(self, **options: Any) -> Any:
        options = {"query": self.query, "settle": 5.0, "scheduler": self.clock} | options
        return orders.resume_order_factory(self.sockets, self.messages, **options)

    def place(self, add_order: Any, request: orders.AddOrder, until: Stage | None = None) -> Placed:
        placed = Placed(self, add_order(request, until))
        self.placed.append(placed)
        return placed

    def query(self, order: Order) -> Observable[OrderUpdate]:
        """What REST tells of an order, open or closed."""
        self.asked += 1
        return self._query(order)

    def breaches(self, *, recovered: bool = True) -> list[str]:
        """The exchange's ledger against what was told."""
        ledger = [entry_of(order) for order in self.exchange.orders]
        told = [Told(each.client_id, each.orders, each.ended) for each in self.placed]
        return violations(ledger, told, recovered=recovered)
