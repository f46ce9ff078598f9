"""KuCoin's REST as its servers speak it: signatures, quotas, envelopes, and where endpoints are plugged in.

Sources: KuCoin's pages "Authentication", "Rate limit" and "Request"; codes as on "Error code".
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeAlias
from urllib.parse import unquote, unquote_plus

from attrs import frozen

from rxex.codec import decode, encode
from rxex.errors import MalformedMessage
from rxex.exchanges.kucoin.sandbox.instruments import FUTURES, SPOT
from rxex.exchanges.kucoin.sandbox.limits import Quotas
from rxex.exchanges.kucoin.sandbox.refusals import Declined
from rxex.sandbox.http import HttpCall, HttpReply
from rxex.sandbox.simulation import Simulation

__all__ = [
    "KEY_PREFIX",
    "Call",
    "Handler",
    "RestServer",
    "Route",
    "is_passphrase",
    "passphrase_of",
    "secret_of",
    "signed",
]

KEY_PREFIX = "sandbox-"
"""What API keys begin with; the name of the account follows."""
_FARTHEST = 5.0
_HEADERS = ("kc-api-key", "kc-api-sign", "kc-api-timestamp", "kc-api-passphrase")
_CLOUDFLARE = HttpReply(429, b"error code: 1015", "text/plain")


@frozen
class Call:
    """A call of an endpoint: ``account`` owns the key (empty: nobody signed), ``parts`` are those of the path."""

    account: str
    parts: Mapping[str, str]
    query: Mapping[str, str]
    body: Any
    """What the JSON of the body says, None where there is none."""
    http: HttpCall


Handler: TypeAlias = Callable[[Call], Any]
"""Gives the ``data`` of the answer: texts, numbers, Decimals, lists, dictionaries; raises `Declined`."""


@frozen
class Route:
    """An endpoint of ``market``; ``path`` may have ``{name}`` parts. ``pool`` is what ``weight`` is taken from."""

    market: str
    method: str
    path: str
    handler: Handler
    pool: str = "public"
    weight: int = 1
    is_signed: bool = False

    def match(self, path: str) -> dict[str, str] | None:
        """Give what stands for the names in the path; None where it is another path."""
        mine, theirs = self.path.split("/"), path.split("/")
        if len(mine) != len(theirs):
            return None
        parts: dict[str, str] = {}
        for pattern, text in zip(mine, theirs, strict=True):
            before, brace, rest = pattern.partition("{")
            if not brace:
                if pattern != text:
                    return None
                continue
            if not text.startswith(before) or len(text) == len(before):
                return None
            parts[rest.removesuffix("}")] = unquote(text[len(before) :])
        return parts


def secret_of(key: str) -> str:
    """The secret that belongs to an API key of the sandbox."""
    return hashlib.sha256(f"secret of {key}".encode()).hexdigest()[:36]


def passphrase_of(key: str) -> str:
    """The passphrase that belongs to an API key of the sandbox."""
    return hashlib.sha256(f"passphrase of {key}".encode()).hexdigest()[:12]


class RestServer:
    """Answers calls; a `rxex.sandbox.http.HttpService`. Each account has one key."""

    def __init__(self, simulation: Simulation, routes: Iterable[Route] = (), *, rate_limits: bool = False) -> None:
        """Serve ``routes``.

        Args:
            simulation: The exchange that this is a part of.
            routes: The endpoints; more with `add`.
            rate_limits: Whether a call is refused where its pool has not enough left.
        """
        self.quotas = Quotas()
        self.blocked_until = 0.0
        """Seconds until which the proxy before the exchange lets nobody through."""
        self.overloads = 0
        """Calls that the exchange is too busy for, from now on."""
        self.bullet_failures: list[int] = []
        """The HTTP statuses that the next calls for a token are answered with."""
        self._simulation = simulation
        self._rate_limits = rate_limits
        self._fixed: dict[tuple[str, str, str], Route] = {}
        self._patterns: list[Route] = []
        self.add(*routes)

    def add(self, *routes: Route) -> None:
        """Serve more endpoints; of two for the same path the later one."""
        for route in routes:
            if "{" in route.path:
                self._patterns.insert(0, route)
            else:
                self._fixed[route.market, route.method, route.path] = route

    def answer(self, call: HttpCall) -> HttpReply | None:
        """See `rxex.sandbox.http.HttpService.answer`."""
        if not call.path.startswith("/api/"):
            return None
        if self._simulation.now < self.blocked_until:
            return _CLOUDFLARE
        if self.overloads:
            self.overloads -= 1
            return _refusal(Declined("429000", "Too many requests", 429))
        if self.bullet_failures and call.path.startswith("/api/v1/bullet-"):
            return HttpReply(self.bullet_failures.pop(0), b"", "text/plain")
        headers: Mapping[str, str] = {}
        try:
            route, parts = self._route(call)
            account = self._authenticated(call) if route.is_signed else ""
            quota = self.quotas.charge(route.pool, account, route.weight, self._simulation.now)
            headers = quota.headers
            if quota.is_used_up and self._rate_limits:
                raise Declined("429000", "Too many requests in a short period of time, please retry later", 429)
            data = route.handler(Call(account, parts, call.query, _body(call), call))
        except Declined as declined:
            return _refusal(declined, headers)
        return HttpReply(body=encode({"code": "200000", "data": data}).encode(), headers=headers)

    def _route(self, call: HttpCall) -> tuple[Route, dict[str, str]]:
        market = FUTURES if call.server == FUTURES else SPOT
        route = self._fixed.get((market, call.method, call.path))
        if route is not None:
            return route, {}
        for pattern in self._patterns:
            if pattern.market == market and pattern.method == call.method:
                parts = pattern.match(call.path)
                if parts is not None:
                    return pattern, parts
        raise Declined("404000", "Url Not Found", 404)

    def _authenticated(self, call: HttpCall) -> str:
        key, signature, timestamp, passphrase = (call.headers.get(name, "") for name in _HEADERS)
        if not all((key, signature, timestamp, passphrase)):
            raise Declined("400001", "Please check the header of your request for KC-API-KEY and its companions", 401)
        if not timestamp.isascii() or not timestamp.isdigit():
            raise Declined("400002", "KC-API-TIMESTAMP Invalid", 401)
        if abs(int(timestamp) * 10**6 - self._simulation.timestamp) > _FARTHEST * 10**9:
            raise Declined("400002", "KC-API-TIMESTAMP Invalid", 401)
        account = key.removeprefix(KEY_PREFIX)
        if not key.startswith(KEY_PREFIX) or not account:
            raise Declined("400003", "KC-API-KEY not exists", 401)
        if not is_passphrase(key, passphrase, call.headers.get("kc-api-key-version", "1")):
            raise Declined("400004", "KC-API-PASSPHRASE error", 401)
        if not any(_are_equal(signature, good) for good in _signatures(key, timestamp, call)):
            raise Declined("400005", "Invalid KC-API-SIGN", 401)
        return account


def is_passphrase(key: str, passphrase: str, version: str) -> bool:
    """Say whether this is the passphrase of a key, as keys of ``version`` send it."""
    plain = passphrase_of(key)
    return _are_equal(passphrase, plain if version == "1" else signed(key, plain))


def _are_equal(given: str, good: str) -> bool:
    # In bytes: a text has to be ASCII for this.
    return hmac.compare_digest(given.encode(), good.encode())


def _signatures(key: str, timestamp: str, call: HttpCall) -> list[str]:
    """Signatures that are good: the query is signed as it is before it is written for the URL."""
    body = call.body.decode(errors="replace")
    paths = {call.path + (f"?{plain(call.raw_query)}" if call.raw_query else "") for plain in (unquote, unquote_plus)}
    return [signed(key, f"{timestamp}{call.method}{path}{body}") for path in paths]


def signed(key: str, text: str) -> str:
    """Sign ``text`` with the secret of a key."""
    return base64.b64encode(hmac.digest(secret_of(key).encode(), text.encode(), "sha256")).decode()


def _body(call: HttpCall) -> Any:
    if not call.body:
        return None
    if "json" not in call.headers.get("content-type", ""):
        raise Declined("415000", "Unsupported Media Type", 415)
    try:
        return decode(call.body)
    except MalformedMessage:
        raise Declined("400100", "The request body is no JSON", 400) from None


def _refusal(declined: Declined, headers: Mapping[str, str] | None = None) -> HttpReply:
    body = encode({"code": declined.code, "msg": declined.text}).encode()
    return HttpReply(declined.status, body, headers=headers or {})
