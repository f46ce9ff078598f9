"""TheOne's WebSocket, as its server speaks it.

Sources: TheOne's documents on its WebSocket, and the README of its Python client; where they have no text for a no, it
is made up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import partial
from typing import Any

from attrs import define, field

from rxex.codec import encode
from rxex.exchanges.theone.sandbox.broker import Broker, SwapRecord
from rxex.exchanges.theone.sandbox.keys import ApiKey, KeyRing
from rxex.exchanges.theone.sandbox.limits import Limits
from rxex.exchanges.theone.sandbox.refusals import Declined
from rxex.sandbox.event_outbox import EventOutbox
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.order_desk import OrderDesk
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.session import Session, WireProtocol
from rxex.sandbox.simulation import Simulation
from rxex.typing import Json

__all__ = ["PATH", "StreamProtocol"]

PATH = "/ws/v1/stream"
_TROUBLE = "Internal server error"
_OPERATIONS = ("estimate", "swap", "order_status", "balances")


@define(eq=False)
class Client:
    """What is remembered of a session."""

    key: ApiKey | None = None
    channels: set[str] = field(factory=set[str])
    times: deque[float] = field(factory=deque[float])


class StreamProtocol(WireProtocol):
    """The endpoint."""

    def __init__(self, simulation: Simulation, broker: Broker, keys: KeyRing, limits: Limits) -> None:
        """Serve ``broker`` to the owners of ``keys``."""
        self.broker = broker
        self.keys = keys
        self.limits = limits
        self.outbox = EventOutbox(simulation, broker.injector)
        self.ops_in_errors = False
        """Whether errors say what operation they are about."""
        self._simulation = simulation
        self._desk = OrderDesk(broker, self.outbox)
        self._sessions: dict[int, Session] = {}
        broker.listeners.append(self._changed)
        broker.flushers.append(self.outbox.flush)

    # What the simulation calls.

    def opened(self, session: Session) -> None:
        """Wait for a login."""
        session.state = Client()
        self._sessions[session.number] = session

        def lose_patience() -> None:
            if session.state.key is None:
                self._simulation.close(1008, "authentication timeout", session.number)

        self._simulation.schedule(self.limits.login_timeout, lose_patience, session)

    def closed(self, session: Session) -> None:
        """Forget a client."""
        del self._sessions[session.number]
        self.outbox.forget(session.number)

    def status_changed(self, sessions: Iterable[Session]) -> None:
        """The exchange tells nobody."""

    def happened(self, event: MarketEvent) -> None:
        """There is no market data."""

    def received(self, session: Session, message: Json | None) -> None:
        """Answer a request."""
        size = len(self._simulation.ledger.requests[-1].text.encode())
        if size > self.limits.message:
            self._simulation.close(1009, "message too big", session.number)
            return
        op = message.get("op") if isinstance(message, dict) else None
        try:
            if not isinstance(message, dict):
                raise Declined("Invalid message format")
            self._count(session)
            self._take(session, str(op), message)
        except Declined as declined:
            self._simulation.answer(session, self._no(str(op), declined))

    # Requests.

    def _count(self, session: Session) -> None:
        times, now, rate = session.state.times, self._simulation.now, self.limits.rate
        while times and now - times[0] >= 1.0:
            times.popleft()
        if rate is not None and len(times) >= rate:
            raise Declined("Rate limit exceeded")
        times.append(now)

    def _take(self, session: Session, op: str, message: dict[str, Any]) -> None:
        client: Client = session.state
        if op == "auth":
            self._log_in(session, message)
            return
        if client.key is None:
            raise Declined("Not authenticated")
        if op in {"subscribe", "unsubscribe"}:
            self._subscribe_or_unsubscribe(session, op, message.get("ch"))
            return
        if op not in _OPERATIONS:
            raise Declined(f"Unknown operation: {message.get('op')}")
        data = message.get("data")
        if not isinstance(data, dict):
            raise Declined("Invalid message format")
        self._check(client.key.key, message, f"/ws/v1/{op}", encode(data).encode())
        if op == "swap":
            self._swap(session, client.key, data)
        else:
            self._say(session, op=op, data=self._answer(client.key, op, data))

    def _check(self, key: Any, message: dict[str, Any], path: str, body: bytes) -> ApiKey:
        return self.keys.check(
            key, message.get("ts"), message.get("nonce"), message.get("sig"), method="WS", path=path, body=body
        )

    def _log_in(self, session: Session, message: dict[str, Any]) -> None:
        key = self._check(message.get("key"), message, PATH, b"")
        most = self.limits.connections
        if most is not None and sum(other.state.key is key for other in self._sessions.values()) >= most:
            raise Declined("Too many connections")
        session.state.key = key
        self.broker.open_account(key.account)
        self._say(session, op="auth", data={"status": "authenticated"})

    def _subscribe_or_unsubscribe(self, session: Session, op: str, channel: Any) -> None:
        client: Client = session.state
        name, _, order_id = channel.partition(":") if isinstance(channel, str) else ("", "", "")
        if channel != "balances" and not (name == "orders" and order_id):
            raise Declined("Invalid channel format")
        if op == "subscribe":
            refusal = self._simulation.refusal_of(session, channel)
            if refusal is not None:
                raise Declined(refusal or "Invalid channel format")
            if len(client.channels | {channel}) > self.limits.channels:
                raise Declined("Maximum number of subscriptions reached")
            client.channels.add(channel)
            if session.injector.silences():
                session.silent.add((channel, ""))
        else:
            client.channels.discard(channel)
            session.silent.discard((channel, ""))
        self._say(session, op=op, ch=channel, data={"status": f"{op}d"})

    def _answer(self, key: ApiKey, op: str, data: dict[str, Any]) -> dict[str, Any]:
        if op == "estimate":
            return self.broker.estimate(data)
        if op == "balances":
            return {"balances": self.broker.balances(key.account)}
        return self.broker.find(key.account, data.get("id")).shown()

    def _swap(self, session: Session, key: ApiKey, data: dict[str, Any]) -> None:
        client_id = data.get("clientOrderId")
        record = OrderRecord(0.0, None, "swap", dict(data), client_id if isinstance(client_id, str) else None)
        record.account = key.account

        def answers() -> Iterable[str]:
            try:
                swap = self.broker.swap(key.account, data)
            except Declined as declined:
                record.errors.append(declined.text)
                return [self._no("swap", declined)]
            return [encode({"op": "swap", "data": {"orderId": swap.id, "status": "PENDING"}})]

        self._desk.take(session, record, answers, failure=partial(self._no, "swap", Declined(_TROUBLE)))

    def _no(self, op: str, declined: Declined) -> str:
        return encode({**({"op": op} if self.ops_in_errors else {}), "error": declined.text})

    def _say(self, session: Session, **answer: Any) -> None:
        self._simulation.answer(session, encode(answer))

    # What happens to swaps.

    def _changed(self, swap: SwapRecord) -> None:
        update = encode({"ch": f"orders:{swap.id}", "data": {**swap.shown(), "status": swap.status}})
        balances = encode({"ch": "balances", "data": self.broker.balances(swap.account)})
        for session in self._sessions.values():
            client: Client = session.state
            if client.key is None or client.key.account != swap.account:
                continue
            for channel, text in ((f"orders:{swap.id}", update), ("balances", balances)):
                if channel in client.channels:
                    self._put(session, channel, text, is_fill=channel != "balances" and swap.status == "FILLED")

    def _put(self, session: Session, channel: str, text: str, *, is_fill: bool) -> None:
        client: Client = session.state
        self.outbox.put(session, channel, lambda: text, is_wanted=lambda: channel in client.channels, is_fill=is_fill)
