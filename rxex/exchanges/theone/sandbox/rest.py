"""TheOne's REST, as its server speaks it.

Source: TheOne's documents on REST.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Mapping
from typing import Any

from rxex.codec import decode, encode
from rxex.errors import MalformedMessage
from rxex.exchanges.theone.sandbox.broker import Broker
from rxex.exchanges.theone.sandbox.keys import ApiKey, KeyRing
from rxex.exchanges.theone.sandbox.limits import Limits
from rxex.exchanges.theone.sandbox.refusals import Declined
from rxex.sandbox.http import HttpCall, HttpReply
from rxex.sandbox.simulation import Simulation

__all__ = ["BROKER_TOKEN", "RestServer"]

BROKER_TOKEN = "sandbox-broker-token"  # noqa: S105 - of the simulated exchange
_STATUS = re.compile(r"/api/v1/orders/([^/]+)/status")
_KEYS = "/broker/v1/keys"
_MOST_KEYS = 100
_HEADERS = ("x-api-key", "x-api-timestamp", "x-api-nonce", "x-api-sign")


class RestServer:
    """Answers calls; a `rxex.sandbox.http.HttpService`."""

    def __init__(self, simulation: Simulation, broker: Broker, keys: KeyRing, limits: Limits) -> None:
        """Serve ``broker`` to the owners of ``keys``."""
        self._simulation = simulation
        self._broker = broker
        self._keys = keys
        self._limits = limits
        self._calls: dict[str, deque[float]] = {}
        self._swaps: set[tuple[str, str]] = set()

    def answer(self, call: HttpCall) -> HttpReply | None:
        """See `rxex.sandbox.http.HttpService.answer`."""
        if call.path.startswith("/ws/"):
            return None
        try:
            return _reply(200, self._answer(call))
        except Declined as declined:
            error = {"code": declined.code, "message": declined.text, "request_id": f"req-{self._simulation.now:.6f}"}
            return _reply(declined.status, error)

    def _answer(self, call: HttpCall) -> Any:
        now = self._simulation.timestamp // 10**6
        public: dict[str, Any] = {
            "/healthz": {"status": "ok", "time": now},
            "/api/v1/time": {"serverTime": now},
            "/version": {"version": "1.0.0", "commit": "sandbox", "buildTime": "2026-01-01", "goVersion": "go1.22"},
        }
        if call.method == "GET" and call.path in public:
            self._count("", self._limits.public)
            return public[call.path]
        if call.path == _KEYS or call.path.startswith(f"{_KEYS}/"):
            return self._manage_keys(call)
        key = self._signed_by(call)
        self._count(key.key, self._limits.private)
        if call.method == "GET" and call.path == "/api/v1/balances":
            return {"balances": self._broker.balances(key.account)}
        status = _STATUS.fullmatch(call.path)
        if call.method == "GET" and status is not None:
            return self._status(key, status[1], call.query)
        if call.method == "POST" and call.path == "/api/v1/estimate":
            return self._broker.estimate(_body(call))
        if call.method == "POST" and call.path == "/api/v1/swap":
            return self._swap(key, call)
        raise Declined("Not found", "NOT_FOUND", 404)

    def _count(self, who: str, most: int) -> None:
        times, now = self._calls.setdefault(who, deque()), self._simulation.now
        while times and now - times[0] >= 60.0:
            times.popleft()
        if len(times) >= most:
            raise Declined("Rate limit exceeded", "RATE_LIMIT", 429)
        times.append(now)

    def _signed_by(self, call: HttpCall) -> ApiKey:
        key, timestamp, nonce, signature = (call.headers.get(name, "") for name in _HEADERS)
        if not key:
            raise Declined("API key is missing", "MISSING_API_KEY", 401)
        path = f"{call.path}?{call.raw_query}" if call.raw_query else call.path
        milliseconds = int(timestamp) if timestamp.isascii() and timestamp.isdigit() else None
        return self._keys.check(key, milliseconds, nonce, signature, method=call.method, path=path, body=call.body)

    def _status(self, key: ApiKey, wanted: str, query: Mapping[str, str]) -> Any:
        swap = self._broker.find(key.account, wanted)
        client_id = query.get("clientOrderId")
        if client_id is not None and client_id != swap.client_id:
            raise Declined("Order not found", "NOT_FOUND", 404)
        return swap.shown(client_id=True)

    def _swap(self, key: ApiKey, call: HttpCall) -> Any:
        once = call.headers.get("idempotency-key", "")
        if not once:
            raise Declined("Idempotency-Key is missing")
        if (key.account, once) in self._swaps:
            raise Declined("Duplicate request", "DUPLICATE_REQUEST", 409)
        swap = self._broker.swap(key.account, _body(call))
        self._swaps.add((key.account, once))
        self._broker.flush()
        return {"orderId": swap.id, "status": "PENDING"}

    def _manage_keys(self, call: HttpCall) -> Any:
        if call.headers.get("authorization") != f"Bearer {BROKER_TOKEN}":
            raise Declined("Invalid broker token", "UNAUTHORIZED", 401)
        key_id = call.path.removeprefix(_KEYS).removeprefix("/")
        if not key_id:
            if call.method == "POST":
                made = self._keys.create(str(_body(call).get("name", "")))
                return {**made.shown(), "secretKey": made.secret}
            limit, offset = int(call.query.get("limit", "20")), int(call.query.get("offset", "0"))
            if not 1 <= limit <= _MOST_KEYS:
                raise Declined("Invalid limit")
            return {"keys": [key.shown() for key in list(self._keys.keys.values())[offset : offset + limit]]}
        found = self._keys.find(key_id)
        if found is None:
            raise Declined("Key not found", "NOT_FOUND", 404)
        if call.method == "DELETE":
            del self._keys.keys[found.key]
        return found.shown()


def _body(call: HttpCall) -> Mapping[str, Any]:
    try:
        message = decode(call.body)
    except MalformedMessage:
        raise Declined("Invalid JSON") from None
    if not isinstance(message, dict):
        raise Declined("Invalid JSON")
    return message


def _reply(status: int, answer: Any) -> HttpReply:
    return HttpReply(status, encode(answer).encode())
