"""How Bitfinex's REST endpoints are spoken to: signatures, queries and JSON, and what its errors mean.

Sources: Bitfinex's pages "Authenticated endpoints", "Rate limits" and "Error codes", and what clients saw.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from rxex.auth import Credentials, Secret, ServerClock, sign
from rxex.codec import decode, encode
from rxex.errors import AnswerLost, AuthRefused, ClockSkew, MalformedMessage, RateLimited, RequestRefused, RxexError
from rxex.exchanges.bitfinex.refusals import kind_of, unclear
from rxex.orders import OrderRefused
from rxex.rest import Endpoint, HttpRequest, RawResponse, Request, check_status
from rxex.rest.paths import filled
from rxex.socket.handshake import seconds_of

__all__ = ["PAUSE", "error_of", "is_about_orders", "read", "refusal", "signature", "writer"]

PAUSE = 60.0
"""Seconds for which Bitfinex refuses an address that asked too much."""
_NONCE = 10114
_AUTH = frozenset({10100, 10111, 10112, 10113})
_RATE = 11010
_MAINTENANCE = 20060
# A plain no. Everything else does not tell whether it took effect: unknown error, concurrency, not ready.
_NO = frozenset({10001, 10020, 10200, 20000, _MAINTENANCE, 110202})
_TOO_MUCH = re.compile(r"(err_)?rate[_ ]?limit", re.IGNORECASE)
_TOO_MANY_REQUESTS = 429
_LONGEST_HEADER = 64
_ORDERS = "/w/order/"
_SUBMIT = "/w/order/submit"
_MULTI = "/w/order/multi"


def signature(secret: Secret, path: str, nonce: str, body: bytes) -> str:
    """Sign ``body``, exactly as it is sent, for ``path`` (from ``/v2/`` on).

    >>> signature(Secret("secret"), "/v2/auth/r/wallets", "1700000000000000", b"{}")[:12]
    'afbf78cd51a8'
    """
    message = f"/api{path}{nonce}".encode() + body
    return sign(secret.reveal().encode(), message, digest="sha384", encoding="hex")


def writer(
    token: Secret | None = None, affiliate: str | None = None
) -> Callable[[Endpoint[..., Any], Request, Credentials | None, ServerClock], HttpRequest]:
    """Make what writes requests down, with a token of Bitfinex's instead of a key, and with an affiliate's code."""

    def write(
        endpoint: Endpoint[..., Any], request: Request, credentials: Credentials | None, _: ServerClock
    ) -> HttpRequest:
        path, given = filled(request.path, request.parameters, request.name)
        headers = dict(request.headers)
        if not endpoint.json:
            # Colons and commas stay what they are, as in Bitfinex's own clients.
            query = "&".join(f"{name}={quote(str(value), safe=':,')}" for name, value in given.items())
            return HttpRequest(request.name, request.method, path, query, headers, effect=endpoint.effect)
        if affiliate is not None:
            given = _recommended(path, given, affiliate)
        body = encode(given).encode()
        headers["Content-Type"] = "application/json"
        if credentials is not None:
            headers |= _signed(credentials, token, path, body)
        return HttpRequest(request.name, request.method, path, "", headers, body, endpoint.effect)

    return write


def _signed(credentials: Credentials, token: Secret | None, path: str, body: bytes) -> dict[str, str]:
    nonce = str(credentials.nonces.next(1000))  # microseconds: nanoseconds are more than Bitfinex counts
    if token is not None:
        return {"bfx-nonce": nonce, "bfx-token": token.reveal()}
    return {
        "bfx-nonce": nonce,
        "bfx-apikey": credentials.key.reveal(),
        "bfx-signature": signature(credentials.secret, path, nonce, body),
    }


def _recommended(path: str, given: dict[str, Any], code: str) -> dict[str, Any]:
    """Tell whose customer we are, with each order that does not tell it itself."""

    def told(order: Mapping[str, Any]) -> dict[str, Any]:
        return {**order, "meta": {"aff_code": code, **(order.get("meta") or {})}}

    if path.endswith(_SUBMIT):
        return told(given)
    if path.endswith(_MULTI):
        return {**given, "ops": [[name, told(each) if name == "on" else each] for name, each in given["ops"]]}
    return given


def read(endpoint: Endpoint[..., Any], raw: RawResponse) -> Any:
    """Give the result of an answer, or raise what Bitfinex says instead.

    Raises `RateLimited` for every word of Bitfinex's for it; it then refuses the address for a minute. Notifications
    are results: their status is read with them.
    """
    try:
        return _result(endpoint, raw)
    except RateLimited as limited:
        header = raw.headers.get("retry-after", "")
        asked = seconds_of(header) if header.isascii() and len(header) <= _LONGEST_HEADER else None
        limited.retry_after = max(PAUSE, asked or 0.0)
        raise


def _result(endpoint: Endpoint[..., Any], raw: RawResponse) -> Any:
    if raw.body.strip() == b"null" and raw.status == 200 and not endpoint.effect:
        raise RequestRefused(endpoint.name, "it answered null: there is nothing of that name")
    try:
        answer = decode(raw.body)
    except MalformedMessage:
        # A page of what stands before Bitfinex.
        check_status(endpoint, raw)
        raise
    if isinstance(answer, list):
        if answer[:1] == ["error"]:
            code, text = ([*answer, None, None])[1:3]
            raise error_of(endpoint, code, "" if text is None else str(text), answer, raw.status)
    elif "error" in answer or ("message" in answer and (raw.status >= HTTPStatus.BAD_REQUEST or len(answer) == 1)):
        text = str(answer.get("error") or answer.get("message") or "")
        raise error_of(endpoint, None, text, answer, raw.status)
    check_status(endpoint, raw)
    return answer


def error_of(endpoint: Endpoint[..., Any], code: Any, text: str, answer: Any, status: int) -> RxexError:
    """Give the error that Bitfinex's code and text stand for; most come with HTTP 500, which tells nothing."""
    reason = ": ".join(str(part) for part in (code, text) if part not in (None, "")) or f"HTTP {status}"
    if code == _NONCE:
        return ClockSkew(endpoint.name, reason)
    if code in _AUTH or status in {401, 403}:
        return AuthRefused(reason, status)
    if code == _RATE or status == _TOO_MANY_REQUESTS or _TOO_MUCH.match(text):
        return RateLimited(reason)
    if code == _MAINTENANCE and not endpoint.effect:
        return AnswerLost(endpoint.name, reason, status)
    if code not in _NO and not (400 <= status < 500 and status not in {408, 425}):
        return AnswerLost(endpoint.name, reason, status)
    known = "" if code is None else str(code)
    return refusal(endpoint.name, text, answer, orders=is_about_orders(endpoint.path), code=known)


def is_about_orders(path: str) -> bool:
    """Whether an endpoint's refusals have our names for refusals of orders."""
    return _ORDERS in path


def refusal(request: str, text: str, raw: Any, *, orders: bool, is_refusal: bool = True, code: str = "") -> RxexError:
    """Give the error of a request that was not accepted, or of one of which that is not sure."""
    reason = (f"{code}: {text}" if code and text else code or text) or "without a reason"
    if unclear(request, text, is_refusal=is_refusal) is not None:
        return AnswerLost(request, reason)
    return OrderRefused(request, reason, raw, kind_of(text)) if orders else RequestRefused(request, reason, raw)
