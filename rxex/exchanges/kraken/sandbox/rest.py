"""Kraken's REST as its server speaks it: signatures, nonces, counters, errors, and where endpoints are plugged in.

https://docs.kraken.com/api/docs/guides/spot-rest-auth and its neighbours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias
from urllib.parse import parse_qsl

from attrs import define

from rxex.codec import decode, encode
from rxex.errors import MalformedMessage
from rxex.exchanges.kraken.sandbox.rest_public import PublicEndpoints
from rxex.exchanges.kraken.sandbox.trading import Declined, Trading
from rxex.sandbox.http import HttpCall, HttpReply
from rxex.sandbox.simulation import Simulation

__all__ = ["KEY_PREFIX", "CallPrivate", "RestServer", "secret_of"]

CallPrivate: TypeAlias = Callable[[str, str, Mapping[str, Any]], Any]
"""Gives the result of an account's call of a private endpoint, by its name; the parameters are texts, or what JSON has.

Raises `Declined`.
"""

KEY_PREFIX = "sandbox-"
"""What API keys begin with; the name of the account follows."""
_PUBLIC, _PRIVATE = "/0/public/", "/0/private/"
# The venue's middle tier.
_MOST, _DECAY = 20.0, 0.5
_COSTS = {"Ledgers": 4, "QueryLedgers": 4, "TradesHistory": 4, "QueryTrades": 4}
_NOT_COUNTED = {
    "AddOrder",
    "AddOrderBatch",
    "AmendOrder",
    "CancelAll",
    "CancelAllOrdersAfter",
    "CancelOrder",
    "CancelOrderBatch",
    "EditOrder",
}


def secret_of(key: str) -> str:
    """The secret that belongs to an API key of the sandbox, in base64."""
    return base64.b64encode(hashlib.sha512(key.encode()).digest()).decode()


@define
class _Key:
    """What is remembered of an API key: its highest nonce, and the counter of its calls."""

    nonce: int = 0
    count: float = 0.0
    time: float = 0.0


class RestServer:
    """Answers calls; a `rxex.sandbox.http.HttpService`. Each account has one key, made when it is first used."""

    def __init__(self, simulation: Simulation, trading: Trading, private: CallPrivate) -> None:
        """Serve the market of ``simulation``.

        Args:
            simulation: The exchange that this is a part of.
            trading: Its trading side, for the books.
            private: Carries out what the owner of a key asks for.
        """
        self._simulation = simulation
        self._public = PublicEndpoints(simulation, trading)
        self._private = private
        self._keys: dict[str, _Key] = {}

    def answer(self, call: HttpCall) -> HttpReply | None:
        """See `rxex.sandbox.http.HttpService.answer`."""
        if not call.path.startswith("/0/"):
            return None
        try:
            result = self._result(call)
        except Declined as declined:
            return HttpReply(body=encode({"error": [declined.text]}).encode())
        return HttpReply(body=encode({"error": [], "result": result}).encode())

    def _result(self, call: HttpCall) -> Any:
        if call.path.startswith(_PUBLIC):
            return self._public.answer(call.path.removeprefix(_PUBLIC), call.query)
        if not call.path.startswith(_PRIVATE) or call.method != "POST":
            raise Declined("EGeneral:Unknown method")
        account, values = self._authenticated(call)
        return self._private(account, call.path.removeprefix(_PRIVATE), values)

    def _authenticated(self, call: HttpCall) -> tuple[str, dict[str, Any]]:
        name = call.headers.get("api-key", "")
        account = name.removeprefix(KEY_PREFIX)
        if not name.startswith(KEY_PREFIX) or not account:
            raise Declined("EAPI:Invalid key")
        values = _values(call)
        nonce = str(values.pop("nonce", ""))
        values.pop("otp", None)
        if not hmac.compare_digest(_signature(name, call.path, nonce, call.body), call.headers.get("api-sign", "")):
            raise Declined("EAPI:Invalid signature")
        key = self._keys.setdefault(name, _Key())
        if not nonce.isascii() or not nonce.isdigit() or not key.nonce < int(nonce) < 2**64:
            raise Declined("EAPI:Invalid nonce")
        key.nonce = int(nonce)
        self._count(key, call.path.removeprefix(_PRIVATE))
        return account, values

    def _count(self, key: _Key, name: str) -> None:
        now = self._simulation.now
        key.count, key.time = max(0.0, key.count - (now - key.time) * _DECAY), now
        if name in _NOT_COUNTED:
            return
        key.count += _COSTS.get(name, 1)
        if key.count > _MOST:
            raise Declined("EAPI:Rate limit exceeded")


def _values(call: HttpCall) -> dict[str, Any]:
    try:
        if "json" in call.headers.get("content-type", ""):
            message = decode(call.body)
            if isinstance(message, dict):
                return message
        else:
            return dict(parse_qsl(call.body.decode(), keep_blank_values=True, strict_parsing=True))
    except (MalformedMessage, ValueError):
        pass  # answered as anything else that cannot be read
    raise Declined("EGeneral:Invalid arguments")


def _signature(name: str, path: str, nonce: str, body: bytes) -> str:
    digest = hashlib.sha256(nonce.encode() + body).digest()
    code = hmac.digest(base64.b64decode(secret_of(name)), path.encode() + digest, "sha512")
    return base64.b64encode(code).decode()
