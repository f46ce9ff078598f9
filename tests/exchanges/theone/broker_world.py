"""The simulated TheOne with a connection of ours, in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

from reactivex import Observable
from reactivex.testing import TestScheduler

from rxex.auth import ServerClock
from rxex.connection import Connection
from rxex.events import SocketEvent
from rxex.exchanges import theone
from rxex.exchanges.theone.connection import connection_over
from rxex.exchanges.theone.models import Swap, SwapStage
from rxex.exchanges.theone.sandbox import VirtualTheOne, theone_sandbox
from rxex.exchanges.theone.swap_machine import is_before
from rxex.operators import (
    backoff_reconnect,
    connected_socket,
    filter_new_socket_only,
    fixed,
    keep_messages_only,
)
from rxex.sandbox.virtual import VIRTUAL_START

S = SwapStage


class Told:
    """What one subscriber is told: items with their times, and how it ended."""

    def __init__(self, world: World, source: Observable[Any]) -> None:
        self.items: list[Any] = []
        self.times: list[float] = []
        self.error: Exception | None = None
        self.ended = False
        self._world = world
        self.subscription = source.subscribe(self._keep, self._fail, self._end)

    def _keep(self, item: Any) -> None:
        self.items.append(item)
        self.times.append(self._world.now)

    def _fail(self, error: Exception) -> None:
        self.error = error
        self.ended = True

    def _end(self) -> None:
        self.ended = True

    @property
    def last(self) -> Any:
        return self.items[-1]

    @property
    def stages(self) -> list[SwapStage]:
        return [swap.stage for swap in self.items if isinstance(swap, Swap)]


class World:
    """The exchange, a connection, and what happens on it."""

    def __init__(
        self,
        *,
        credentials: Any = "main",
        connect: bool = True,
        attempts: int | None = None,
        connection_options: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        self.clock = TestScheduler()
        self.exchange: VirtualTheOne = theone_sandbox(**{"seed": 3, **options}).in_virtual_time(self.clock)
        self.time = ServerClock(lambda: VIRTUAL_START + round(self.now * 1e6) * 1000)
        given = self.exchange.credentials() if credentials == "main" else credentials
        reconnect = backoff_reconnect(lambda: fixed(0.5), jitter=0.0, attempts=attempts, scheduler=self.clock)
        self.connection: Connection = connection_over(
            self.exchange.source, given, reconnect, clock=self.time, **(connection_options or {})
        )
        self.messages = self.connection.pipe(keep_messages_only())
        self.sockets = self.connection.pipe(connected_socket())
        self.events: list[SocketEvent] = []
        self.error: Exception | None = None
        self.connection.link.subscribe(self.events.append, self._fail)
        self.link = self.connection.connect() if connect else None
        self.pass_time(0.5)

    def _fail(self, error: Exception) -> None:
        self.error = error

    @property
    def now(self) -> float:
        return float(self.clock.to_seconds(self.clock.now))

    def pass_time(self, seconds: float) -> None:
        self.clock.advance_by(float(seconds))

    def wait(self, done: Callable[[], bool], most: float = 300.0, step: float = 0.25) -> None:
        until = self.now + most
        while not done():
            assert self.now < until, "it hangs"
            self.pass_time(step)

    def hear(self, source: Observable[Any]) -> Told:
        return Told(self, source)

    def ask(self, source: Observable[Any]) -> Told:
        """Subscribe, and let it come to its end."""
        told = Told(self, source)
        self.wait(lambda: told.ended)
        return told

    def of(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]

    def sent(self, op: str) -> list[Any]:
        """What the exchange was sent."""
        messages = [request.message for request in self.exchange.requests]
        return [message for message in messages if isinstance(message, dict) and message.get("op") == op]

    # What can be asked

    def factory(self, name: str, **options: Any) -> Any:
        return getattr(theone, name)(self.sockets, self.messages, **{"scheduler": self.clock, **options})

    def do_swap(self, *, amount: str = "1.5", **options: Any) -> Told:
        swap_options = {name: options.pop(name) for name in ("client_id", "until", "slippage_bps") if name in options}
        return self.hear(self.factory("do_swap_factory", **options)(amount, "ETH", "USDT", **swap_options))

    def sockets_of_all(self) -> Observable[Any]:
        """Every socket, those past the first included, as feeds that are spread need them."""
        return self.connection.pipe(filter_new_socket_only())


TRUE = {"FILLED": S.FILLED, "FAILED": S.FAILED, "CANCELLED": S.CANCELED}


def breaches(world: World, told: Told) -> list[str]:
    """What of one swap's story is not true, by the exchange's own books."""
    client_id = told.items[0].client_id
    records, stages, found = world.exchange.swapped(client_id), told.stages, []
    asked = [message for message in world.sent("swap") if message["data"].get("clientOrderId") == client_id]
    if len(records) > 1 or len(asked) > 1:
        found.append(f"asked for {len(asked)} times, done {len(records)} times")
    known = [stage for stage in stages if stage is not S.UNKNOWN]
    if any(is_before(second, first) for first, second in pairwise(known)):
        found.append(f"stages go back: {stages}")
    if any(first == second for first, second in pairwise(stages)):
        found.append(f"a stage is told twice: {stages}")
    last = told.last
    if not told.ended:
        found.append(f"no end: {stages}")
    if last.stage in {S.NOT_SENT, S.REJECTED} and records:
        found.append(f"{last.stage}, and it was done")
    if last.stage in {S.FILLED, S.FAILED, S.CANCELED}:
        if not records or TRUE.get(records[0].status) is not last.stage:
            found.append(f"{last.stage}, and it is {[record.status for record in records]}")
        elif (records[0].id, records[0].filled_out) != (last.order_id, last.filled_out):
            found.append("another order's facts")
    if last.stage is S.UNKNOWN and records:
        found.append("unknown, and it could be known")
    return found
