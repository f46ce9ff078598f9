"""Bitfinex's REST as its server speaks it: signatures, nonces, errors, rate limits, and where endpoints are plugged in.

An endpoint is a function of the user (empty: nobody) and an `Asked`; it gives what is answered, or raises `Declined`.
Sources: Bitfinex's pages "Authenticated endpoints", "Error codes" and "Requirements and limitations".
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from attrs import field, frozen

from rxex.codec import decode
from rxex.errors import MalformedMessage
from rxex.exchanges.bitfinex.sandbox.refusals import Declined
from rxex.exchanges.bitfinex.sandbox.trading import Trading
from rxex.exchanges.bitfinex.sandbox.writing import write
from rxex.sandbox.http import HttpCall, HttpReply

__all__ = ["Asked", "Endpoint", "RestServer", "Route", "paged"]

_ROOT = "/v2/"
_MINUTE = 60.0


@frozen
class Asked:
    """What an endpoint is asked: the parts of its path by name, and the parameters of the query or of the body."""

    parts: Mapping[str, str]
    params: Mapping[str, Any]

    def number(self, name: str) -> int | None:
        """A whole number, which is a text in a query; None: it is not there."""
        value = self.params.get(name)
        if value is None or type(value) is int:
            return value
        if isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,15}", value):
            return int(value)
        raise Declined(f"{name}: invalid", 10020)


Endpoint: TypeAlias = Callable[[str, Asked], Any]


@frozen
class Route:
    """A path, with ``{name}`` for what differs, the endpoint there, and how often a minute it may be called."""

    path: str
    endpoint: Endpoint
    limit: int | None = 90
    pattern: re.Pattern[str] = field(init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        parts = re.split(r"\{(\w+)\}", self.path)
        pattern = "".join(f"(?P<{part}>[^/]+?)" if place % 2 else re.escape(part) for place, part in enumerate(parts))
        object.__setattr__(self, "pattern", re.compile(pattern))

    @property
    def is_private(self) -> bool:
        """Whether it wants a key."""
        return self.path.startswith("auth/")


def paged(
    rows: Sequence[Any], time_of: Callable[[Any], int | None], asked: Asked, *, usual: int, most: int
) -> list[Any]:
    """The page of ``rows`` (oldest first), the newest first unless ``sort`` is 1; ``time_of`` gives milliseconds."""
    start, end, limit = asked.number("start"), asked.number("end"), asked.number("limit")
    if limit is not None and not 0 < limit <= most:
        raise Declined("limit: invalid", 10020)
    chosen = [row for row in rows if (start or 0) <= (time_of(row) or 0) <= (end if end is not None else 10**15)]
    chosen.sort(key=lambda row: time_of(row) or 0)
    return (chosen if asked.number("sort") == 1 else chosen[::-1])[: limit or usual]


class RestServer:
    """Answers calls; a `rxex.sandbox.http.HttpService`."""

    def __init__(self, trading: Trading, routes: Sequence[Route], *, rate_limits: bool = False) -> None:
        """Serve ``routes``.

        Args:
            trading: Where keys are.
            routes: What is served; of several that fit a path, the first.
            rate_limits: Whether calls that come too often are refused.
        """
        self._trading = trading
        self._simulation = trading.simulation
        self._routes = routes
        self._rate_limits = rate_limits
        self._times: dict[tuple[str, str], deque[float]] = {}

    def answer(self, call: HttpCall) -> HttpReply | None:
        """See `rxex.sandbox.http.HttpService.answer`."""
        if not call.path.startswith(_ROOT):
            return None
        path = call.path.removeprefix(_ROOT)
        for route in self._routes:
            match = route.pattern.fullmatch(path)
            if match is not None:
                return self._carry_out(route, match.groupdict(), call, path)
        return _error(Declined("request: unknown", 10020), 404)

    def _carry_out(self, route: Route, parts: Mapping[str, str], call: HttpCall, path: str) -> HttpReply:
        if call.method != ("POST" if route.is_private else "GET"):
            return _error(Declined("method: invalid", 10020), 404)
        try:
            user = self._owner(call, path) if route.is_private else ""
            if self._is_too_often(route, user):
                return HttpReply(429, b'{"error":"ERR_RATE_LIMIT"}')
            if self._simulation.system == "maintenance" and path != "platform/status":
                raise Declined("maintenance", 20060)
            params = _params(call.body) if route.is_private else dict(call.query)
            if user:
                self._trading.open_user(user)
            result = route.endpoint(user, Asked(parts, params))
        except Declined as declined:
            return _error(declined)
        finally:
            self._trading.flush()
        return HttpReply(body=write(result).encode())

    def _owner(self, call: HttpCall, path: str) -> str:
        headers, keys = call.headers, self._trading.keys
        if "bfx-token" in headers:
            return keys.account_of_token(headers["bfx-token"])
        nonce = headers.get("bfx-nonce", "")
        try:
            payload = f"/api/v2/{path}{nonce}{call.body.decode()}"
        except UnicodeDecodeError:
            raise Declined("apikey: digest invalid", 10100) from None
        try:
            return keys.account_of(headers.get("bfx-apikey"), headers.get("bfx-signature"), payload, nonce)
        except Declined as declined:
            # REST has one code for all that is wrong with a key.
            raise Declined(declined.text, 10114 if declined.text.startswith("nonce") else 10100) from None

    def _is_too_often(self, route: Route, user: str) -> bool:
        if not self._rate_limits or route.limit is None:
            return False
        times = self._times.setdefault((route.path, user), deque(maxlen=route.limit))
        now = self._simulation.now
        if len(times) == route.limit and now - times[0] < _MINUTE:
            return True
        times.append(now)
        return False


def _params(body: bytes) -> dict[str, Any]:
    if not body:
        return {}
    try:
        params = decode(body)
    except MalformedMessage:
        raise Declined("request: invalid", 10020) from None
    if not isinstance(params, dict):
        raise Declined("request: invalid", 10020)
    return params


def _error(declined: Declined, status: int = 500) -> HttpReply:
    return HttpReply(status, write(["error", declined.code, declined.text]).encode())
