"""The simulated KuCoin in virtual time, with a private connection of ours and a client of its REST."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any
from urllib.parse import quote

import reactivex as rx
from attrs import evolve
from reactivex import Observable
from reactivex.testing import TestScheduler

from rxex.auth import ServerClock
from rxex.connection import Connection
from rxex.exchanges.kucoin import orders, rest
from rxex.exchanges.kucoin.dialect import FUTURES, SPOT
from rxex.exchanges.kucoin.sandbox import OrderFaults, kucoin_sandbox
from rxex.exchanges.kucoin.sandbox.controls import PATHS
from rxex.models import Stage
from rxex.operators import backoff_reconnect, connected_socket, fixed, keep_messages_only
from rxex.sandbox.orders import Order as Truth
from rxex.sandbox.orders import OrderState
from rxex.sandbox.virtual import VIRTUAL_START
from tests.fakes.virtual_rest import in_its_time
from tests.history import Entry, Told, violations
from tests.orders.placed import Placed

__all__ = ["STAGES", "Placed", "TradingWorld", "entry_of", "stage_of"]

STAGES = {
    OrderState.PENDING: Stage.PENDING,
    OrderState.OPEN: Stage.OPEN,
    OrderState.FILLED: Stage.FILLED,
    OrderState.CANCELED: Stage.CANCELED,
    OrderState.EXPIRED: Stage.CANCELED,
}


def stage_of(order: Truth) -> Stage:
    return Stage.PARTIALLY_FILLED if order.is_open and order.filled else STAGES[order.state]


def entry_of(order: Truth) -> Entry:
    """What the ledger says of an order."""
    trades = {str(fill.trade_id): fill.size for fill in order.fills}
    return Entry(order.request.client_id or order.id, stage_of(order), trades)


class TradingWorld:
    """The exchange, a connection, and the orders that were placed."""

    module: Any = orders
    symbols: tuple[str, ...] = ("BTC-USDT",)
    market = "spot"

    def __init__(
        self,
        *,
        seed: int = 0,
        faults: OrderFaults | None = None,
        connect: bool = True,
        latency: tuple[float, float] = (0.005, 0.03),
        **options: Any,
    ) -> None:
        self.clock = TestScheduler()
        sandbox = kucoin_sandbox(seed=seed, symbols=self.symbols, order_faults=faults, **options)
        self.exchange = sandbox.in_virtual_time(self.clock)
        random = Random(seed)
        url = "http://127.0.0.1"
        client = rest.client(self.exchange.credentials(), url=url, futures_url=url, scheduler=self.clock)
        self.rest = in_its_time(client, self.exchange, lambda: random.uniform(*latency), "futures")
        self.rest.clock = ServerClock(lambda: VIRTUAL_START + round(self.clock.clock * 1e9))
        self.placed: list[Placed] = []
        self.start()
        self.link = self.connection.connect() if connect else None
        self.pass_time(0.5)

    def start(self) -> None:
        """Make a connection, as a program does that begins."""
        reconnect = backoff_reconnect(lambda: fixed(0.5), jitter=0.0, scheduler=self.clock)
        dialect = evolve(FUTURES if self.market == "futures" else SPOT, options={})

        def link(receive: Any) -> Observable[Any]:
            def dial(_: Any) -> Observable[Any]:
                token = quote(self.exchange.mint_token("main", market=self.market), safe="")
                return self.exchange.source(receive, path=f"{PATHS[self.market]}?token={token}&connectId=me")

            return rx.defer(dial).pipe(reconnect)

        self.connection = Connection(link, dialect)
        self.messages = self.connection.pipe(keep_messages_only())
        self.sockets = self.connection.pipe(connected_socket())
        self.events: list[Any] = []
        self.connection.subscribe(self.events.append, lambda _: None)

    def pass_time(self, seconds: float) -> None:
        self.clock.advance_by(float(seconds))

    def wait(self, done: Callable[[], bool], most: float = 300.0, step: float = 0.5) -> None:
        until = self.clock.clock + most
        while not done():
            assert self.clock.clock < until, "it hangs"
            self.pass_time(step)

    def make(self, name: str, **options: Any) -> Any:
        """One of the factories' functions."""
        factory = getattr(self.module, f"{name}_factory")
        return factory(self.sockets, self.messages, **{"rest": self.rest, "scheduler": self.clock, **options})

    def add_order_factory(self, **options: Any) -> Any:
        return self.make("add_order", **{"settle": 3.0, "check": 10.0, **options})

    def place(self, add_order: Any, request: Any, until: Stage | None = None) -> Placed:
        placed = Placed(self, add_order(request, until))
        self.placed.append(placed)
        return placed

    def breaches(self, *, recovered: bool = True) -> list[str]:
        """The exchange's ledger against what was told."""
        ledger = [entry_of(order) for order in self.exchange.orders]
        told = [Told(each.client_id, each.orders, each.ended) for each in self.placed]
        return violations(ledger, told, recovered=recovered)
