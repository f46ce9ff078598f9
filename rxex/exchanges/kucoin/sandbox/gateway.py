"""The gateway for orders over WebSocket, as its server speaks it: a signed address, a challenge, operations.

It shares the quotas of REST, and tells nothing of what becomes of orders: that is for the private topics.
Source: KuCoin's page "Classic Websocket API" (order entry); codes as on "Error code".
"""

from __future__ import annotations

import hmac
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Any

from attrs import define

from rxex.codec import encode
from rxex.exchanges.kucoin.sandbox.orders_http import Ledgered, Operation, OrderServer
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.exchanges.kucoin.sandbox.rest import KEY_PREFIX, is_passphrase, signed
from rxex.sandbox.market import MarketEvent
from rxex.sandbox.order_desk import OrderDesk
from rxex.sandbox.order_ledger import OrderRecord
from rxex.sandbox.session import Session, WireProtocol
from rxex.sandbox.simulation import Simulation
from rxex.typing import Json

__all__ = ["GATEWAY_PATH", "Gateway"]

GATEWAY_PATH = "/v1/private"
"""Where the gateway is."""
_PING_INTERVAL, _PING_TIMEOUT = 18_000, 10_000
_TIME_TO_ANSWER = 30.0
_LONGEST_SILENCE = 60.0
_FARTHEST = 5.0
_MOST_ERRORS = 100


@define
class _Client:
    """What is remembered of a session: whose it is, what it was asked, whether it was welcomed."""

    user: str
    number: str
    challenge: str
    last_frame: float
    is_welcome: bool = False
    errors: int = 0


class Gateway(WireProtocol):
    """The gateway of one exchange."""

    def __init__(
        self,
        simulation: Simulation,
        *,
        operations: Mapping[str, Operation],
        server: OrderServer,
        desk: OrderDesk,
        ledgered: Ledgered,
        followers: Callable[[str], Iterable[int]],
    ) -> None:
        """Serve ``operations``.

        Args:
            simulation: The exchange that this is a part of.
            operations: What can be asked for, by ``op``.
            server: What has the quotas.
            desk: Where requests go wrong.
            ledgered: What handlers write into the ledger with.
            followers: The sessions on which a user is told of orders.
        """
        self._simulation = simulation
        self._operations = operations
        self._server = server
        self._desk = desk
        self._ledgered = ledgered
        self._followers = followers

    # What the simulation calls.

    def opened(self, session: Session) -> None:
        """Check the address, and ask for proof of the secret."""
        try:
            user = self._user(session.query)
        except Declined as declined:
            self._end(session, declined)
            return
        number = f"{self._simulation.random.getrandbits(128):032x}"
        challenge = encode({"sessionId": number, "timestamp": self._simulation.timestamp // 10**6})
        session.state = _Client(user, number, challenge, self._simulation.now)
        self._simulation.send(session, challenge)
        self._simulation.schedule(_TIME_TO_ANSWER, partial(self._lose_patience, session), session)
        self._close_when_silent(session)

    def closed(self, session: Session) -> None:
        """Nothing: nothing is left of it."""

    def happened(self, event: MarketEvent) -> None:
        """Nothing: the market is not told here."""

    def status_changed(self, sessions: Iterable[Session]) -> None:
        """Nothing: the exchange's state is told over REST alone."""

    def received(self, session: Session, message: Json | None) -> None:
        """Take the proof, then operations."""
        client: _Client = session.state
        client.last_frame = self._simulation.now
        if not client.is_welcome:
            self._check_proof(session, client)
            return
        if not isinstance(message, dict):
            self._refuse(session, {}, Declined("4001002", "parameter check failed"))
            return
        op = message.get("op")
        if op == "ping":
            pong = {"id": message.get("id"), "op": "pong", "timestamp": self._simulation.timestamp // 10**6}
            if self._simulation.heartbeats:
                self._simulation.answer(session, encode(pong))
            return
        operation = self._operations.get(op) if isinstance(op, str) else None
        if operation is None or not isinstance(message.get("id"), str):
            name = "id" if operation is not None else "op"
            self._refuse(session, message, Declined("4001002", f"{name} parameter check failed"))
            return
        self._take(session, client, message, operation)

    # Getting in.

    def _user(self, query: Mapping[str, str]) -> str:
        key, sign, passphrase, timestamp = (
            query.get(name, "") for name in ("apikey", "sign", "passphrase", "timestamp")
        )
        if not all((key, sign, passphrase, timestamp)):
            raise Declined("400001", "apikey, sign, passphrase and timestamp are required")
        if not timestamp.isascii() or not timestamp.isdigit():
            raise Declined("400002", "timestamp invalid")
        if abs(int(timestamp) * 10**6 - self._simulation.timestamp) > _FARTHEST * 10**9:
            raise Declined("400002", "timestamp invalid")
        user = key.removeprefix(KEY_PREFIX)
        if not key.startswith(KEY_PREFIX) or not user:
            raise Declined("400003", "apikey not exists")
        if not is_passphrase(key, passphrase, "3"):
            raise Declined("400004", "passphrase error")
        if not hmac.compare_digest(sign.encode(errors="replace"), signed(key, key + timestamp).encode()):
            raise Declined("400005", "sign invalid")
        return user

    def _check_proof(self, session: Session, client: _Client) -> None:
        # The proof is a bare text, which is no JSON: the ledger has it as it came.
        text = self._simulation.ledger.requests[-1].text
        if not hmac.compare_digest(
            text.encode(errors="replace"), signed(KEY_PREFIX + client.user, client.challenge).encode()
        ):
            self._end(session, Declined("400011", "session verification failed"))
            return
        client.is_welcome = True
        welcome = {"sessionId": client.number, "data": "welcome"}
        self._simulation.send(
            session, encode({**welcome, "pingInterval": _PING_INTERVAL, "pingTimeout": _PING_TIMEOUT})
        )

    def _lose_patience(self, session: Session) -> None:
        if not session.state.is_welcome:
            self._end(session, Declined("400012", "session verification timeout"))

    def _close_when_silent(self, session: Session) -> None:
        left = session.state.last_frame + _LONGEST_SILENCE - self._simulation.now
        if left > 0:
            self._simulation.schedule(left, lambda: self._close_when_silent(session), session)
        else:
            self._simulation.close(1000, "Bye", session.number)

    # Operations.

    def _take(self, session: Session, client: _Client, message: dict[str, Any], operation: Operation) -> None:
        args = message.get("args")
        oid = args.get("clientOid") if isinstance(args, dict) else None
        record = OrderRecord(
            time=0.0,
            session=None,
            method=message["op"],
            request=args if isinstance(args, dict) else {"list": args},
            client_id=oid if isinstance(oid, str) else None,
            account=client.user,
        )
        arrived = self._simulation.timestamp
        self._desk.take(
            session,
            record,
            partial(self._answers, session, message, operation, record, arrived),
            failure=partial(self._failed, session, message, arrived),
            followers=self._followers(client.user),
        )

    def _answers(
        self, session: Session, message: dict[str, Any], operation: Operation, record: OrderRecord, arrived: int
    ) -> Iterator[str]:
        user: str = session.state.user
        self._ledgered.record = record
        limits: dict[str, Any] = {}
        try:
            limits = {"rateLimit": self._server.charge(operation.pool, user, operation.weight)}
            data = operation.carry_out(user, message.get("args"))
        except Declined as declined:
            record.errors.insert(0, f"{declined.code} {declined.text}")
            yield self._text(session, message, arrived, {"code": declined.code, "msg": declined.text, **limits})
            self._count_error(session)
        else:
            yield self._text(session, message, arrived, {"code": "200000", "data": data, **limits})
        finally:
            self._ledgered.record = None

    def _failed(self, session: Session, message: dict[str, Any], arrived: int) -> str:
        return self._text(session, message, arrived, {"code": "500000", "msg": "Internal Server Error"})

    def _refuse(self, session: Session, message: dict[str, Any], declined: Declined) -> None:
        told = {"code": declined.code, "msg": declined.text}
        self._simulation.answer(session, self._text(session, message, self._simulation.timestamp, told))
        self._count_error(session)

    def _text(self, session: Session, message: dict[str, Any], arrived: int, told: dict[str, Any]) -> str:
        unit = 1 if session.query.get("enable_ns") == "true" else 10**6
        names = {name: message[name] for name in ("id", "op") if isinstance(message.get(name), str)}
        times = {"inTime": arrived // unit, "outTime": self._simulation.timestamp // unit}
        return encode({**names, **told, **times})

    def _count_error(self, session: Session) -> None:
        """Cut off a client that does nothing right."""
        session.state.errors += 1
        if session.state.errors == _MOST_ERRORS:
            self._end(session, Declined("420001", "too many errors"))

    def _end(self, session: Session, declined: Declined) -> None:
        self._simulation.send(session, encode({"code": declined.code, "msg": declined.text}))
        self._simulation.close(1000, "", session.number)
