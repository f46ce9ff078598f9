"""The simulated Bitfinex in virtual time, with an authenticated connection of ours and a client of its REST."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from attrs import evolve
from reactivex import Observable
from reactivex.testing import TestScheduler

from rxex.exchanges.bitfinex import orders, rest
from rxex.exchanges.bitfinex.connection import private_connection_over
from rxex.exchanges.bitfinex.private import private_socket
from rxex.exchanges.bitfinex.sandbox import PRIVATE, OrderFaults, bitfinex_sandbox
from rxex.models import Order, OrderUpdate, Stage
from rxex.operators import backoff_reconnect, fixed, keep_messages_only
from rxex.sandbox.orders import Order as Truth
from rxex.sandbox.orders import OrderState, Reason
from tests.fakes.virtual_rest import in_its_time
from tests.history import Entry, Told, violations
from tests.orders.placed import Placed

__all__ = ["STAGES", "Placed", "TradingWorld", "entry_of", "is_unwanted", "stage_of"]

STAGES = {
    OrderState.PENDING: Stage.PENDING,
    OrderState.OPEN: Stage.OPEN,
    OrderState.FILLED: Stage.FILLED,
    OrderState.CANCELED: Stage.CANCELED,
    OrderState.EXPIRED: Stage.EXPIRED,
}
_CUT_SHORT = {Reason.FILL_OR_KILL, Reason.IMMEDIATE}
_UNWANTED = {Reason.POST_ONLY, Reason.LIQUIDITY, Reason.FUNDS}


def stage_of(order: Truth) -> Stage:
    """Where an order stands, in our words."""
    if order.is_open:
        return Stage.PARTIALLY_FILLED if order.filled else STAGES[order.state]
    if order.reason in _CUT_SHORT and order.state is not OrderState.FILLED:
        return Stage.EXPIRED
    return STAGES[order.state]


def is_unwanted(order: Truth) -> bool:
    """Whether it was taken, and turned out not to be wanted before anything was executed: to us it was refused."""
    return order.reason in _UNWANTED and not order.filled and order.state is OrderState.CANCELED


def _as_canceled(told: list[Order]) -> list[Order]:
    return [evolve(order, stage=Stage.CANCELED) if order.stage is Stage.REJECTED else order for order in told]


def entry_of(order: Truth) -> Entry:
    """What the ledger says of an order."""
    trades = {str(fill.trade_id): fill.size for fill in order.fills}
    return Entry(order.request.client_id or order.id, stage_of(order), trades)


class TradingWorld:
    """The exchange, a connection, and the orders that were placed."""

    def __init__(
        self,
        *,
        seed: int = 0,
        faults: OrderFaults | None = None,
        connect: bool = True,
        symbols: tuple[str, ...] = ("tBTCUSD",),
        link: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self.clock = TestScheduler()
        sandbox = bitfinex_sandbox(seed=seed, symbols=symbols, order_faults=faults, **options)
        self.exchange = sandbox.in_virtual_time(self.clock)
        self.placed: list[Placed] = []
        client = rest.client(self.exchange.credentials(), url="http://127.0.0.1", scheduler=self.clock)
        random = Random(seed)
        self.rest = in_its_time(client, self.exchange, lambda: random.uniform(0.005, 0.03))
        self._query = orders.order_query(self.rest)
        self.asked = 0
        self.start(**link or {})
        self.link = self.connection.connect() if connect else None
        self.pass_time(0.5)

    def start(self, **options: Any) -> None:
        """Make a connection, as a program does that begins."""
        reconnect = backoff_reconnect(lambda: fixed(0.5), jitter=0.0, scheduler=self.clock)
        self.connection = private_connection_over(
            lambda receive: self.exchange.source(receive, path=PRIVATE),
            self.exchange.credentials(),
            reconnect,
            **options,
        )
        self.messages = self.connection.pipe(keep_messages_only())
        self.sockets = self.connection.pipe(private_socket())
        self.events: list[Any] = []
        self.connection.link.subscribe(self.events.append, lambda _: None)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance_by(float(seconds))

    def wait(self, done: Callable[[], bool], most: float = 300.0, step: float = 0.5) -> None:
        until = self.clock.clock + most
        while not done():
            assert self.clock.clock < until, "it hangs"
            self.pass_time(step)

    def make(self, name: str, **options: Any) -> Any:
        """One of the factories' functions."""
        factory = getattr(orders, f"{name}_factory")
        return factory(self.sockets, self.messages, **{"scheduler": self.clock, **options})

    def query(self, order: Order) -> Observable[OrderUpdate]:
        self.asked += 1
        return self._query(order)

    def add_order_factory(self, **options: Any) -> Any:
        return self.make("add_order", **{"settle": 3.0, "check": 10.0, "query": self.query, **options})

    def place(self, add_order: Any, request: Any, until: Stage | None = None) -> Placed:
        placed = Placed(self, add_order(request, until))
        self.placed.append(placed)
        return placed

    def breaches(self, *, recovered: bool = True) -> list[str]:
        """The exchange's ledger against what was told."""
        ledger = [entry_of(order) for order in self.exchange.orders]
        # To us an order that turned out not to be wanted was refused, though the exchange had taken it.
        unwanted = {order.request.client_id for order in self.exchange.orders if is_unwanted(order)}
        told = [
            Told(each.client_id, _as_canceled(each.orders) if each.client_id in unwanted else each.orders, each.ended)
            for each in self.placed
        ]
        return violations(ledger, told, recovered=recovered)
