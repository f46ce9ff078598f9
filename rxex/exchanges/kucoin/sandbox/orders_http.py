"""Requests about orders over HTTP, through whatever goes wrong with them, and what the ledger says of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, TypeAlias

from attrs import evolve, frozen

from rxex.codec import decode
from rxex.errors import MalformedMessage
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.exchanges.kucoin.sandbox.rest import KEY_PREFIX, RestServer, Route
from rxex.sandbox.event_outbox import EventOutbox
from rxex.sandbox.http import HttpCall, HttpReply
from rxex.sandbox.order_faults import OrderFault
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.orders import Order
from rxex.sandbox.simulation import Simulation
from rxex.sandbox.trading_floor import TradingFloor

__all__ = ["Ledgered", "Operate", "Operation", "OrderServer"]

_ABOUT_ORDERS = re.compile(r"/api/v[13]/(hf/(margin/)?orders?|orders|st-orders|stopOrders|stop-order|oco)(/.*)?")
_TOO_MANY = 429
_NEVER = 120.0
"""Seconds after which a connection is reset on which no answer comes."""
_FAILURE = b'{"code":"500000","msg":"Internal Server Error"}'


Operate: TypeAlias = Callable[[str, Any], Any]
"""Carries out an operation of a user with its ``args``; gives the ``data`` of the answer or raises `Declined`."""


@frozen
class Operation:
    """An operation: what it does, and what it takes from which pool."""

    carry_out: Operate
    pool: str = "spot"
    weight: int = 1


class Ledgered:
    """What the ledger is told of the request that is being carried out, over HTTP or otherwise."""

    def __init__(self, now: Callable[[], float]) -> None:
        """Be told nothing yet; ``now`` tells the time in seconds."""
        self._now = now
        self.record: OrderRecord | None = None

    @property
    def arrived(self) -> float:
        """When the request arrived, in seconds since the exchange started."""
        return self._now() if self.record is None else self.record.time

    def note(self, order: Order) -> Order:
        """Write an order down that the request is about; give it back."""
        if self.record is not None:
            self.record.orders.append(order)
        return order

    def note_all(self, orders: Iterable[Order]) -> None:
        """Write several down."""
        for order in orders:
            self.note(order)

    def refused(self, declined: Declined) -> None:
        """Write down that the request, or a part of it, was refused."""
        if self.record is not None:
            self.record.errors.append(f"{declined.code} {declined.text}")


class OrderServer(RestServer):
    """REST whose requests about orders stand in the ledger, and go wrong as the faults have it.

    Events of a request come after its answer, as far as that can be said of two connections, unless a fault has them
    come before it.
    """

    def __init__(
        self,
        simulation: Simulation,
        routes: Iterable[Route] = (),
        *,
        floor: TradingFloor,
        ledgered: Ledgered,
        outbox: EventOutbox,
        flush: Callable[[], None],
        sessions: Callable[[str], Iterable[int]],
        rate_limits: bool = False,
    ) -> None:
        """Serve ``routes``.

        Args:
            simulation: The exchange that this is a part of.
            routes: The endpoints; more with `add`.
            floor: What has the ledger and the faults.
            ledgered: What handlers write into the ledger with.
            outbox: What has the events that requests lead to.
            flush: Sends these.
            sessions: The sessions on which a user is told of orders.
            rate_limits: Whether a call is refused where its pool has not enough left.
        """
        super().__init__(simulation, routes, rate_limits=rate_limits)
        self._floor = floor
        self._ledgered = ledgered
        self._outbox = outbox
        self._flush = flush
        self._sessions = sessions

    def answer(self, call: HttpCall) -> HttpReply | None:
        """See `rxex.sandbox.http.HttpService.answer`."""
        if call.method == "GET":
            return super().answer(call)
        if not _ABOUT_ORDERS.fullmatch(call.path):
            # Settings, margin, money: they are told of, too.
            self._simulation.schedule(0.0, self._flush)
            return super().answer(call)
        record, injector = _record_of(call), self._floor.injector
        self._floor.ledger.records.append(record)
        fault = record.fault = injector.of_request(0)
        match fault:
            case OrderFault.LOSE_REQUEST:
                return HttpReply(0, delay=_NEVER)
            case OrderFault.CUT_BEFORE:
                self._cut(record.account)
                return HttpReply(0)
            case OrderFault.CUT_BEFORE_ANSWER:
                self._cut(record.account)
                # What has arrived is carried out, perhaps later, though its link is gone.
                self._simulation.schedule(injector.request_delay(), lambda: self._carry_out_late(call, record))
                return HttpReply(0)
            case OrderFault.CUT_AFTER_FILL:
                for number in self._sessions(record.account or ""):
                    self._outbox.cut_after_fill(number)
            case _:
                pass
        reply = self._carry_out(call, record, fault)
        match fault:
            case OrderFault.LOSE_ANSWER:
                return HttpReply(0, delay=_NEVER)
            case OrderFault.SERVER_ERROR:
                reply = HttpReply(500, _FAILURE)
            case OrderFault.SLOW_ANSWER:
                reply = _late(reply, injector.answer_delay())
            case _:
                pass
        if reply is not None:
            record.answers.append(reply.body.decode())
        return reply

    def charge(self, pool: str, user: str, weight: int) -> dict[str, int]:
        """Take from a pool what something weighs that is not asked over HTTP; give what is told of it then.

        Raises `Declined` where there is not enough left.
        """
        quota = self.quotas.charge(pool, user, weight, self._simulation.now)
        if quota.is_used_up and self._rate_limits:
            raise Declined("429000", "Too many requests in a short period of time, please retry later")
        return {"limit": quota.limit, "reset": quota.reset, "remaining": quota.remaining}

    def _carry_out(self, call: HttpCall, record: OrderRecord, fault: OrderFault | None = None) -> HttpReply | None:
        record.carried_out = True
        self._ledgered.record = record
        try:
            reply = super().answer(call)
        finally:
            self._ledgered.record = None
        error = _error_of(reply)
        if error:
            record.errors.insert(0, error)
        if reply is not None and reply.status == _TOO_MANY:
            record.carried_out = False
        match fault:
            case OrderFault.LOSE_EVENTS:
                self._outbox.lose()
            case OrderFault.DUPLICATE_EVENTS:
                self._outbox.flush(twice=True)
            case OrderFault.EVENTS_FIRST:
                self._flush()
            case OrderFault.CUT_AFTER_ANSWER:
                self._simulation.schedule(0.0, partial(self._cut, record.account))
            case _:
                pass
        self._simulation.schedule(0.0, self._flush)
        return reply

    def _carry_out_late(self, call: HttpCall, record: OrderRecord) -> None:
        self._carry_out(call, record)

    def _cut(self, user: str | None) -> None:
        for number in sorted(self._sessions(user or "")):
            self._simulation.cut(number)


def _record_of(call: HttpCall) -> OrderRecord:
    wish: Mapping[str, Any] = dict(call.query)
    try:
        body = decode(call.body) if call.body else {}
        wish = body if isinstance(body, dict) else {**wish, "list": body}
    except MalformedMessage:
        pass  # it is refused for that
    oid = wish.get("clientOid")
    if "/client-order/" in call.path:
        oid = call.path.rpartition("/")[2]
    key = call.headers.get("kc-api-key", "")
    return OrderRecord(
        time=call.time,
        session=None,
        method=f"{call.method} {call.path}",
        request=dict(wish),
        client_id=oid if isinstance(oid, str) else None,
        account=key.removeprefix(KEY_PREFIX) or None,
    )


def _error_of(reply: HttpReply | None) -> str:
    """What is refused by the whole answer: code and text."""
    if reply is None:
        return "404000 nothing is served there"
    try:
        answer = decode(reply.body)
    except MalformedMessage:
        return f"HTTP {reply.status}"
    if not isinstance(answer, dict) or answer.get("code") == "200000":
        return ""
    return f"{answer.get('code')} {answer.get('msg')}"


def _late(reply: HttpReply | None, delay: float) -> HttpReply | None:
    return None if reply is None else evolve(reply, delay=delay)
